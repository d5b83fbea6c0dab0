//! Checks of the clock and of the monotonic time.

use super::measure::{
    NS, PPB, clock, gained, monotonic, rate, rate_error, reading, set_frequency, signed, step, step_moves,
    trial_frequency,
};
use super::report::within;
use super::{Fixture, Stop, Value};
use crate::{ClockHal, ErrorKind, FrequencyOffset, HalError};

const MILLISECOND: u64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

/// Each reading of the monotonic time is at or after the one before.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn monotonic_never_goes_back<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let mut last = monotonic(fixture);
    for turn in 0..1_000_u32 {
        if turn & 7 == 7 {
            fixture.pass(997);
        }
        let now = monotonic(fixture);
        let back = signed(last.nanos_since(now));
        within("how far the monotonic time went back", 0, 0, back, NS)?;
        last = now;
    }
    Ok(())
}

/// The monotonic time advances by the time that passes, in nanoseconds.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn monotonic_advances_with_time<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let before = monotonic(fixture);
    fixture.pass(10 * MILLISECOND);
    let seen = signed(monotonic(fixture).nanos_since(before));
    // A sleep may last longer than asked; a wrong unit is off by more.
    within("the monotonic time of 10 ms", 9_900_000, 1_100_000_000, seen, NS)
}

/// The PTP clock advances as the monotonic time does, but for the frequency offset it can have.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn clock_advances_with_time<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let from = reading(fixture)?;
    fixture.pass(10 * MILLISECOND);
    // 4 %: more than the largest frequency offset that a FrequencyOffset can say.
    gained(fixture, "the gain of the clock over the monotonic time in 10 ms", from, 400_000)
}

/// Seconds and nanoseconds of a reading belong together, also when the second turns over between them.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn clock_readings_are_whole<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let can_step = fixture.hal().limits().can_step;
    let rounds = if can_step { 16 } else { 8 };
    // What one reading takes with all that is around it: the rounds begin at that many phases of it.
    let before = monotonic(fixture);
    clock(fixture)?;
    fixture.pass(101);
    let phase = signed(monotonic(fixture).nanos_since(before)).wrapping_div(rounds).saturating_add(37);
    for round in 0..rounds {
        let to_go = SECOND.saturating_sub(i64::from(clock(fixture)?.nanos()));
        // A sleep ends late: start well before the second turns over.
        let early = phase.saturating_mul(round).saturating_add(2_000_000);
        if to_go > early && can_step {
            step(fixture, to_go.saturating_sub(early))?;
        } else {
            fixture.pass(to_go.saturating_sub(early).max(0).unsigned_abs());
        }
        readings_across_the_second(fixture)?;
    }
    Ok(())
}

fn readings_across_the_second<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let error = signed(fixture.bounds().reading_nanos).saturating_mul(4);
    let mut last = (monotonic(fixture), clock(fixture)?);
    let start = last.1.seconds();
    for _ in 0..100_000_u32 {
        let now = (monotonic(fixture), clock(fixture)?);
        let elapsed = signed(monotonic(fixture).nanos_since(last.0));
        let seen = now.1.nanos_since(last.1);
        // Between two readings the clock goes on by what passed, twice that at most.
        let high = elapsed.saturating_mul(2).saturating_add(error);
        within("the clock from one reading to the next", error.saturating_neg(), high, seen, NS).map_err(|stop| {
            let torn = seen.saturating_abs() > SECOND / 2;
            stop.hinted(if torn { "torn: seconds and nanoseconds are of different moments" } else { "" })
        })?;
        if now.1.seconds() > start && now.1.nanos() > 20_000 {
            return Ok(());
        }
        fixture.pass(101);
        last = now;
    }
    Ok(())
}

/// Limits are plausible and do not change.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn limits_are_constant_and_plausible<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let limits = fixture.hal().limits();
    let largest = i64::from(limits.max_frequency.scaled_ppm());
    within("the largest frequency", 0, i64::MAX, largest, "· 2⁻¹⁶ ppm")?;
    fixture.pass(MILLISECOND);
    if fixture.hal().limits() == limits {
        return Ok(());
    }
    Err(Stop::failed("the limits", Value::Text("always the same"), Value::Text("a change")))
}

/// The same frequency set twice gives the same rate: it is not added to what was set before.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn frequency_is_absolute<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let frequency = trial_frequency(fixture)?;
    set_frequency(fixture, frequency)?;
    let once = rate(fixture)?;
    set_frequency(fixture, frequency)?;
    let twice = rate(fixture)?;
    let error = rate_error(fixture);
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    let (low, high) = (once.saturating_sub(error), once.saturating_add(error));
    within("the rate after the same frequency was set again", low, high, twice, PPB)
        .map_err(|stop| stop.hinted("added to the one before instead of replacing it"))
}

/// A positive frequency makes the clock faster.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn positive_frequency_is_faster<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let frequency = trial_frequency(fixture)?;
    let change = rate_change(fixture, frequency)?;
    within("the change of the rate by a positive frequency", 1, i64::MAX, change, PPB)
}

/// A frequency changes the rate by its size, both ways.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn frequency_has_its_size<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let trial = trial_frequency(fixture)?;
    for frequency in [trial, trial.negated()] {
        let change = rate_change(fixture, frequency)?;
        let expected = i64::from(frequency.ppb());
        let error = rate_error(fixture).saturating_mul(2);
        let (low, high) = (expected.saturating_sub(error), expected.saturating_add(error));
        within("the change of the rate by a frequency", low, high, change, PPB)?;
    }
    Ok(())
}

/// What setting `frequency` after zero does to the rate; zero is set again.
fn rate_change<F: Fixture>(fixture: &mut F, frequency: FrequencyOffset) -> Result<i64, Stop> {
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    let natural = rate(fixture)?;
    set_frequency(fixture, frequency)?;
    let steered = rate(fixture)?;
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    Ok(steered.saturating_sub(natural))
}

/// A frequency beyond the limit is refused with [`ErrorKind::OutOfRange`], and the one set before stays.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn frequency_beyond_the_limit_is_refused<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let limit = fixture.hal().limits().max_frequency.scaled_ppm();
    let Some(beyond) = limit.checked_add(1 << 8) else {
        return Err(Stop::Skipped("no frequency is beyond the limit"));
    };
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    let before = rate(fixture)?;
    for scaled in [beyond, beyond.saturating_neg()] {
        let refused = fixture.hal().set_frequency(FrequencyOffset::from_scaled_ppm(scaled));
        refusal("setting a frequency beyond the limit", &refused, &[ErrorKind::OutOfRange])?;
        let error = rate_error(fixture);
        let after = rate(fixture)?;
        let (low, high) = (before.saturating_sub(error), before.saturating_add(error));
        within("the rate after a refused frequency", low, high, after, PPB)?;
    }
    Ok(())
}

/// A clock whose limits say that it cannot step refuses to, and does not move.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn clock_that_cannot_step_refuses<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    if fixture.hal().limits().can_step {
        return Err(Stop::Skipped("the clock can step"));
    }
    let before = reading(fixture)?;
    let refused = fixture.hal().step(SECOND);
    refusal("stepping a clock that cannot step", &refused, &[ErrorKind::Unsupported, ErrorKind::PermissionDenied])?;
    gained(fixture, "the gain of the clock by a refused step", before, 0)
}

fn refusal<E: HalError>(of: &'static str, result: &Result<(), E>, kinds: &[ErrorKind]) -> Result<(), Stop> {
    let expected = kinds.first().map_or(Value::Text("an error"), |kind| Value::Error(*kind));
    match result {
        Ok(()) => Err(Stop::failed(of, expected, Value::Text("success"))),
        Err(error) if kinds.contains(&error.kind()) => Ok(()),
        Err(error) => Err(Stop::failed(of, expected, Value::Error(error.kind()))),
    }
}

/// A positive step moves the clock forward by its nanoseconds.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn positive_step_moves_forward<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    early_in_the_second(fixture)?;
    step_moves(fixture, 300_000_001)
}

/// A negative step moves the clock back by its nanoseconds.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn negative_step_moves_back<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    early_in_the_second(fixture)?;
    step(fixture, 500_000_000)?;
    step_moves(fixture, -300_000_001)
}

/// Lets time pass until the clock is in the first 400 ms of a second, so that a short step stays within it.
fn early_in_the_second<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let nanos = i64::from(clock(fixture)?.nanos());
    if nanos > 400_000_000 {
        fixture.pass(SECOND.saturating_sub(nanos).unsigned_abs());
    }
    Ok(())
}

/// Steps over one or more turns of the second move the clock by all their nanoseconds.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn steps_carry_over_the_second<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    // Whatever the phase: 600 ms four times each way turn the second over at least twice each way.
    for _ in 0..4_u8 {
        step_moves(fixture, 600_000_000)?;
    }
    for _ in 0..4_u8 {
        step_moves(fixture, -600_000_000)?;
    }
    for whole_and_part in [7_999_999_999, -7_999_999_999, SECOND, SECOND.saturating_neg()] {
        step_moves(fixture, whole_and_part)?;
    }
    Ok(())
}

/// A step leaves the frequency as it was set.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn step_keeps_the_rate<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let frequency = trial_frequency(fixture)?;
    set_frequency(fixture, frequency)?;
    let before = rate(fixture)?;
    step(fixture, 1_000_000_007)?;
    let after = rate(fixture)?;
    let error = rate_error(fixture);
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    within("the rate after a step", before.saturating_sub(error), before.saturating_add(error), after, PPB)
}

/// The monotonic time is not moved by steps of the PTP clock.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn monotonic_ignores_steps<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for nanoseconds in [3 * SECOND, -3 * SECOND] {
        let before = monotonic(fixture);
        step(fixture, nanoseconds)?;
        let seen = monotonic(fixture);
        within("how far the monotonic time went back with a step", 0, 0, signed(before.nanos_since(seen)), NS)?;
        // A step of three seconds is told from a slow call.
        within("how far the monotonic time went on with a step", 0, SECOND, signed(seen.nanos_since(before)), NS)?;
    }
    Ok(())
}
