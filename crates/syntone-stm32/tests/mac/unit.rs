//! The time-stamp unit as a clock, over a model of the unit: readings of one moment, steps, rates, the end of 32 bits.

use crate::model::{HERTZ, Kind, Model};
use syntone_hal::{ClockHal, ErrorKind, FrequencyOffset, Instant, Timestamp};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Block, Clock, Eqos, Legacy};

type AnyClock<B> = Clock<Model, B, Box<dyn FnMut() -> Instant>>;

fn try_start<B: Block>(model: &Model, seconds: u64, nanos: u32) -> Result<AnyClock<B>, ErrorKind> {
    let rate = Rate::from_hertz(HERTZ).expect("a usual frequency");
    let time = Timestamp::new(seconds, nanos).expect("in range");
    Clock::start(model.clone(), rate, Box::new(model.monotonic()), time)
}

/// A unit that was started at this time.
fn start<B: Block>(kind: Kind, seconds: u64, nanos: u32) -> (Model, AnyClock<B>) {
    let model = Model::new(kind, 2, 2);
    let clock = try_start(&model, seconds, nanos).expect("it has a clock");
    (model, clock)
}

/// Each test for both kinds.
macro_rules! both {
    ($($name:ident => $check:ident;)*) => {
        mod legacy {
            $(#[test] fn $name() { super::$check::<super::Legacy>(super::Kind::Legacy); })*
        }
        mod eqos {
            $(#[test] fn $name() { super::$check::<super::Eqos>(super::Kind::Eqos); })*
        }
    };
}

both! {
    a_reading_is_of_one_moment_wherever_the_second_turns_over => readings;
    a_step_is_exact_to_the_nanosecond_and_loses_no_time => steps;
    steps_out_of_range_change_nothing => out_of_range;
    seconds_go_on_beyond_32_bits => eras;
    a_frequency_is_kept_within_the_rounding_of_the_addend => rates;
    a_unit_without_a_clock_is_told_in_bounded_time => no_clock;
}

fn readings<B: Block>(kind: Kind) {
    // Each access takes 18 ns: somewhere in these phases the second turns over between any two of them.
    for phase in 0..60 {
        let (model, mut clock) = start::<B>(kind, 100, 999_999_700);
        model.pass(phase * 5);
        for _ in 0..8 {
            let (before, time, after) = (model.time(0), clock.now().expect("a time"), model.time(0));
            assert!(before <= time && time <= after, "{time:?} is not between {before:?} and {after:?}");
        }
        assert_eq!(model.time(0).seconds(), 101);
    }
}

fn steps<B: Block>(kind: Kind) {
    let sizes = [0, 1, -1, 999_999_999, -999_999_999, 1_000_000_000, -1_000_000_000, -1_000_000_001, 7_300_000_123];
    for size in sizes.into_iter().chain([i64::from(u32::MAX) * 1_000_000_000 / 2, -56 * 365 * 86_400 * 1_000_000_000]) {
        for nanos in [0, 1, 500_000_000, 999_999_000] {
            let (model, mut clock) = start::<B>(kind, 2_000_000_000, nanos);
            let (ticks, time) = (model.ticks(), model.time(0));
            clock.step(size).expect("in range");
            let elapsed = model.ticks() - ticks;
            let moved = clock.now().expect("a time").nanos_since(time) - size;
            // What passed between: some accesses more for the reading.
            let passed = i64::try_from(elapsed * 1_000_000_000 / u64::from(HERTZ)).expect("soon");
            assert!((passed - 6..passed + 200).contains(&moved), "step by {size} at {nanos}: {moved}, {passed}");
        }
    }
}

fn out_of_range<B: Block>(kind: Kind) {
    let (_, mut clock) = start::<B>(kind, 1_000, 0);
    for size in [-1_001_000_000_000, i64::MIN, i64::MAX] {
        assert_eq!(clock.step(size), Err(ErrorKind::OutOfRange));
    }
    assert_eq!(clock.now().expect("a time").seconds(), 1_000);
}

fn eras<B: Block>(kind: Kind) {
    let (model, mut clock) = start::<B>(kind, u64::from(u32::MAX), 999_999_000);
    assert_eq!(clock.now().expect("a time").seconds(), u64::from(u32::MAX));
    model.pass(2_000_000_000);
    assert_eq!(model.time(1).seconds(), (1 << 32) + 1, "the unit knows 32 bits of them");
    assert_eq!(clock.now().expect("a time").seconds(), (1 << 32) + 1);
    // Back into the era before, and on again.
    clock.step(-10_000_000_000).expect("in range");
    assert_eq!(clock.now().expect("a time").seconds(), (1 << 32) - 9);
    clock.step(10_000_000_000).expect("in range");
    assert_eq!(clock.now().expect("a time").seconds(), (1 << 32) + 1);
    // 60 years at a time, with a look at the clock in between.
    for years in [60, 120] {
        model.pass(60 * 365 * 86_400 * 1_000_000_000);
        let passed = clock.now().expect("a time").seconds() - (1 << 32);
        assert!(passed.abs_diff(years * 365 * 86_400) < 5, "{passed}");
    }
    // From the epoch far into the next era.
    let (_, mut clock) = start::<B>(kind, 0, 0);
    clock.step(5_000_000_000 * 1_000_000_000).expect("in range");
    assert_eq!(clock.now().expect("a time").seconds(), 5_000_000_000);
}

fn rates<B: Block>(kind: Kind) {
    let (model, mut clock) = start::<B>(kind, 1_000, 0);
    for scaled in [0, 1, -1, 65_536, -65_536, 100 << 16, -(100 << 16), 7_999 << 16, -(7_999 << 16)] {
        clock.set_frequency(FrequencyOffset::from_scaled_ppm(scaled)).expect("within the limit");
        let (ticks, time) = (model.ticks(), model.time(0));
        model.pass(100_000_000_000);
        let elapsed = i128::from(model.ticks() - ticks) * 1_000_000_000 / i128::from(HERTZ);
        let gained = i128::from(model.time(0).nanos_since(time)) - elapsed;
        let expected = elapsed * i128::from(scaled) / 65_536_000_000;
        // The nominal addend and this one are rounded to 0.235 ppb each: 24 ns in 100 s, and two increments.
        assert!((gained - expected).abs() < 40, "{scaled}: {gained} instead of {expected}");
    }
    let limit = clock.limits().max_frequency.scaled_ppm();
    for beyond in [limit + 1, -limit - 1] {
        let refused = clock.set_frequency(FrequencyOffset::from_scaled_ppm(beyond));
        assert_eq!(refused, Err(ErrorKind::OutOfRange));
    }
}

fn no_clock<B: Block>(kind: Kind) {
    let model = Model::new(kind, 2, 2);
    model.mac.borrow_mut().clocked = false;
    assert_eq!(try_start::<B>(&model, 0, 0).map(|_| ()), Err(ErrorKind::Timeout));
    let (model, mut clock) = start::<B>(kind, 1_000, 0);
    model.mac.borrow_mut().clocked = false;
    let ticks = model.ticks();
    assert_eq!(clock.step(1), Err(ErrorKind::Timeout));
    assert!(model.ticks() - ticks < 10_000);
}
