//! Behaviour of the PI servo.
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

extern crate std;
use super::bench::{Bench, Seen, Setup, median, rms, worst};
use super::reference::{FloatingPi, steady_kalman};
use super::{Adjustment, Gains, LockState, PiConfig, PiServo, Servo, ServoContext, SyncSample};
use proptest::prelude::*;
use std::vec::Vec;
use std::{eprintln, format};
use syntone_hal::{ClockLimits, FrequencyOffset, Instant, Stamping, TimeInterval, Timestamp};

fn servo(bench: &Bench) -> PiServo {
    servo_of(bench, PiConfig::DEFAULT)
}

fn servo_of(bench: &Bench, config: PiConfig) -> PiServo {
    let mut servo = PiServo::new(config).unwrap();
    servo.start(&bench.context());
    servo
}

fn seeds<T>(setup: &Setup, run: impl Fn(Setup) -> T) -> Vec<T> {
    (1..=20).map(|seed| run(Setup { seed, ..setup.clone() })).collect()
}

/// How many Syncs after the first one the offset is within `limit`, and stays.
fn syncs_until(seen: &[Seen], limit: f64) -> f64 {
    seen.iter().rposition(|seen| seen.offset.abs() >= limit).map_or(0.0, |last| (last + 1) as f64)
}

#[test]
fn from_1_ms_and_20_ppm_off_it_is_within_100_ns_after_few_syncs() {
    for log_interval in [0, -3, -7] {
        let setup = Setup { log_interval, ..Setup::default() };
        let counts = seeds(&setup, |setup| {
            let mut bench = Bench::new(setup);
            let mut servo = servo(&bench);
            syncs_until(&bench.run(&mut servo, 60), 100.0)
        });
        let slowest = counts.iter().copied().fold(0.0, f64::max);
        let median = median(counts);
        eprintln!("log {log_interval}: within 100 ns after {median} Syncs, slowest {slowest}");
        assert!(median <= 5.0 && slowest <= 12.0, "{median} {slowest}");
    }
}

#[test]
fn from_10_s_and_20_ppm_off_it_is_within_1_us_in_time() {
    for (log_interval, allowed) in [(0, 7.0), (-3, 1.0)] {
        for delay in [1e3, 5e5, 2e6] {
            let setup =
                Setup { offset_seconds: 10, offset: 0.0, delays: (delay, delay), log_interval, ..Setup::default() };
            let times = seeds(&setup, |setup| {
                let mut bench = Bench::new(setup);
                let mut servo = servo(&bench);
                let seen = bench.run(&mut servo, 60);
                assert_eq!(bench.steps.len(), 1);
                syncs_until(&seen, 1e3) * f64::from(log_interval).exp2()
            });
            let time = median(times);
            eprintln!("log {log_interval}, path {delay} ns: within 1 us after {time} s");
            assert!(time <= allowed / 2.0, "{time}");
        }
    }
}

/// What an earlier run has learnt is not lost between the first Sync and the third.
#[test]
fn a_clock_that_already_runs_right_is_not_taken_off_its_frequency() {
    let run = |start| {
        let mut bench = Bench::new(Setup { offset: 0.0, ..Setup::default() });
        bench.steered = -20_000.0;
        let mut servo = servo(&bench);
        if start {
            servo.start_from(FrequencyOffset::from_ppb(-20_000));
        }
        worst(&bench.run(&mut servo, 10))
    };
    let (cold, warm) = (run(false), run(true));
    eprintln!("worst offset {cold} ns from zero, {warm} ns from the frequency that was right");
    assert!(cold > 10_000.0 && warm < 100.0, "{cold} {warm}");
}

#[test]
fn from_1970_on_the_first_step_is_right_to_the_nanosecond() {
    let setup = Setup { offset_seconds: -1_700_000_000, stamp_noise: 0.0, wander: 0.0, lag: 0, ..Setup::default() };
    let mut bench = Bench::new(setup);
    let mut servo = servo(&bench);
    let seen = bench.run(&mut servo, 3);
    assert_eq!(bench.steps.len(), 1);
    assert!(seen[2].offset.abs() < 3.0, "{seen:?}");
}

#[test]
fn steady_noise_is_near_that_of_a_kalman_filter() {
    for (log_interval, limit) in [(0, 9.0), (-3, 4.8), (-4, 4.2)] {
        let setup = Setup { log_interval, ..Setup::default() };
        let noises = seeds(&setup, |setup| {
            let mut bench = Bench::new(setup);
            let mut servo = servo(&bench);
            bench.run(&mut servo, 500);
            rms(&bench.run(&mut servo, 2000))
        });
        let noise = (noises.iter().map(|noise| noise * noise).sum::<f64>() / noises.len() as f64).sqrt();
        let bound = steady_kalman(f64::from(log_interval).exp2(), 8.0 * 2f64.sqrt(), 1.0).predicted;
        eprintln!("log {log_interval}: {noise:.2} ns rms at Sync; Kalman filter with a delay free of noise {bound:.2}");
        assert!(noise <= limit, "{noise}");
    }
}

#[test]
fn software_stamps_are_smoothed() {
    let setup = Setup {
        stamping: Stamping::Software,
        stamp_noise: 500.0,
        ingress_jitter: 1_000.0,
        log_interval: -3,
        offset: 2.5e8,
        frequency: 37_000.0,
        ..Setup::default()
    };
    for noise in seeds(&setup, |setup| {
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 80);
        assert_eq!(servo.lock_state(), LockState::Locked);
        rms(&bench.run(&mut servo, 1000))
    }) {
        assert!(noise < 600.0, "{noise}");
    }
}

#[test]
fn the_fixed_point_servo_does_what_its_floating_point_twin_does() {
    let offsets = [(0, 1e6), (0, -3000.0), (10, 5e8), (-2, 1.0)];
    for (seed, log_interval) in [0, -3, -7, 2].into_iter().enumerate() {
        for (offset_seconds, offset) in offsets {
            for stamping in [Stamping::Hardware, Stamping::Software] {
                let setup =
                    Setup { seed: seed as u64, offset_seconds, offset, log_interval, stamping, ..Setup::default() };
                let mut bench = Bench::new(Setup { loss: 0.1, irregular: 0.2, ..setup });
                let mut pair = Pair { fixed: servo(&bench), twin: FloatingPi::new(&bench.context()) };
                for turn in 0..300 {
                    if turn % 37 == 30 {
                        bench.spike = 100_000.0;
                    }
                    if turn == 200 {
                        pair.start(&bench.context());
                        bench.offset += 5_000.0;
                    }
                    bench.turn(&mut pair);
                }
            }
        }
    }
}

/// Both servos on the same samples; the clock follows the fixed-point one.
struct Pair {
    fixed: PiServo,
    twin: FloatingPi,
}

impl Servo for Pair {
    fn start(&mut self, context: &ServoContext) {
        self.fixed.start(context);
        self.twin.start();
    }

    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        let fixed = self.fixed.sync(sample);
        let (step, frequency) = self.twin.sync(sample);
        assert_eq!(fixed.step.is_some(), step.is_some(), "{fixed:?} {step:?}");
        if let (Some(fixed), Some(twin)) = (fixed.step, step) {
            assert!((fixed as f64 - twin).abs() <= 1.0, "{fixed} {twin}");
        }
        assert_eq!(fixed.frequency.is_some(), frequency.is_some());
        if let (Some(fixed), Some(twin)) = (fixed.frequency, frequency) {
            // Time is counted in 2^-16 intervals: at 500 ppm that makes 0.06 ns in the longest one.
            let interval = f64::from(sample.log_sync_interval).exp2();
            let fixed = f64::from(fixed.scaled_ppm()) / 65.536;
            assert!((fixed - twin).abs() <= 0.05 + 0.05 / interval + twin.abs() * 2e-5, "{fixed} {twin}");
        }
        fixed
    }

    fn applied(&mut self, at: Instant, effective: &Adjustment) {
        self.fixed.applied(at, effective);
        self.twin.applied(at, effective);
    }

    fn hold(&mut self) -> Adjustment {
        self.fixed.hold()
    }

    fn lock_state(&self) -> LockState {
        self.fixed.lock_state()
    }

    fn frequency(&self) -> FrequencyOffset {
        self.fixed.frequency()
    }
}

#[test]
fn a_lost_master_leaves_the_oscillator_alone_to_blame() {
    let setup = Setup { wander: 0.0, ..Setup::default() };
    let errors = seeds(&setup, |setup| {
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 300);
        // The walk of the frequency is the oscillator's; 60 s at the frequency error of the estimate are the servo's.
        let adjustment = servo.hold();
        bench.apply(&mut servo, adjustment);
        assert_eq!(servo.lock_state(), LockState::Holdover);
        let before = bench.true_offset();
        bench.pass(60_000_000_000);
        (bench.true_offset() - before).abs() / 60.0
    });
    let error = median(errors);
    eprintln!("frequency held within {error:.2} ppb, median");
    assert!(error < 3.0, "{error}");
}

#[test]
fn holding_before_anything_is_known_leaves_the_clock_alone() {
    let bench = Bench::new(Setup::default());
    let mut servo = servo(&bench);
    assert_eq!(servo.hold(), Adjustment::NONE);
    assert_eq!(servo.lock_state(), LockState::Unlocked);
}

#[test]
fn spikes_move_nothing() {
    for spike in [1e5, -1e5, 1e9] {
        let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
        let mut servo = servo(&bench);
        bench.run(&mut servo, 100);
        let mut seen = Vec::new();
        for turn in 0..400 {
            bench.spike = if turn % 20 == 7 { spike } else { 0.0 };
            seen.extend(bench.turn(&mut servo));
            assert_eq!(servo.lock_state(), LockState::Locked);
        }
        let (rms, worst) = (rms(&seen), worst(&seen));
        eprintln!("spikes of {spike} ns: {rms:.2} ns rms, {worst:.1} ns at worst");
        assert!(rms < 7.0 && worst < 30.0, "{rms} {worst}");
    }
}

#[test]
fn a_phase_that_stays_elsewhere_is_followed_at_once_and_the_frequency_kept() {
    let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
    let mut servo = servo(&bench);
    bench.run(&mut servo, 100);
    bench.offset += 20_000.0;
    let seen = bench.run(&mut servo, 40);
    assert!(syncs_until(&seen, 100.0) <= 8.0, "{seen:?}");
    assert!(seen.iter().all(|seen| seen.offset > -200.0), "no overshoot: {seen:?}");
    assert!(bench.steps.len() == 1, "the first step only");
}

/// What programs on the way of a Sync take of time is not known, and makes a fast slew end beside its aim: that is no drift.
#[test]
fn a_step_of_somebody_else_does_not_cost_the_frequency() {
    for (log_interval, step, syncs_until_told) in [(-2, -200_000.0, 40), (-2, 1.5e9, 4), (-3, 7e8, 6), (0, -1e6, 40)] {
        let setup = Setup { log_interval, lag: 1_500_000, latency: 1_000_000, ..Setup::default() };
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 200);
        bench.offset += step;
        let seen = bench.run(&mut servo, syncs_until_told);
        let mut settled = syncs_until(&seen, 100.0);
        if step.abs() > 1e8 {
            // The host undoes it, not quite.
            bench.offset -= step - 25_000.0;
            servo.start(&bench.context());
            settled = syncs_until(&bench.run(&mut servo, 40), 100.0);
        }
        let drift = f64::from(servo.frequency().scaled_ppm()) / 65.536 + bench.oscillator;
        eprintln!("log {log_interval}, {step} ns: within 100 ns after {settled} Syncs, {drift:.1} ppb off then");
        assert!(settled <= 10.0 && drift.abs() < 30.0, "{settled} {drift}");
    }
}

#[test]
fn a_frequency_that_jumps_is_followed() {
    let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
    let mut servo = servo(&bench);
    bench.run(&mut servo, 200);
    bench.oscillator += 10_000.0;
    let seen = bench.run(&mut servo, 60);
    let settled = syncs_until(&seen, 100.0);
    eprintln!("10 ppm more: within 100 ns after {settled} Syncs, {:.0} ns at worst", worst(&seen));
    assert!(settled <= 15.0, "{seen:?}");
}

#[test]
fn without_steps_it_slews_at_the_limit_and_lands_without_overshoot() {
    for (log_interval, frequency) in [(0, 20_000.0), (-3, -80_000.0)] {
        let setup = Setup { offset_seconds: 1, offset: 0.0, frequency, log_interval, ..Setup::default() };
        let mut bench = Bench::new(setup);
        let config = PiConfig { first_step_threshold: TimeInterval::ZERO, ..PiConfig::DEFAULT };
        let mut servo = servo_of(&bench, config);
        let needed = 1e9 / (500_000.0 - frequency) / f64::from(log_interval).exp2();
        let seen = bench.run(&mut servo, needed as usize + 100);
        let landed = syncs_until(&seen, 1e3);
        eprintln!("slewed 1 s in {landed} Syncs, {needed:.0} at the limit");
        assert!(landed < needed + 8.0, "{landed} {needed}");
        assert!(
            seen.iter().all(|seen| seen.offset > -1e3),
            "overshoot {:?}",
            seen.iter().map(|s| s.offset as i64).min()
        );
        assert_eq!(bench.steps.len(), 0);
        assert_eq!(servo.lock_state(), LockState::Locked);
    }
}

#[test]
fn a_clock_that_cannot_step_is_slewed() {
    let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: false };
    let mut bench = Bench::new(Setup { limits, ..Setup::default() });
    let mut servo = servo(&bench);
    let seen = bench.run(&mut servo, 30);
    assert_eq!(bench.steps.len(), 0);
    assert!(syncs_until(&seen, 100.0) <= 12.0, "{seen:?}");
}

#[test]
fn near_the_limit_of_the_clock_one_step_is_enough() {
    let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(100_000), can_step: true };
    for log_interval in [0, -3] {
        let setup = Setup { offset_seconds: 2, frequency: 80_000.0, log_interval, limits, ..Setup::default() };
        for count in seeds(&setup, |setup| {
            let mut bench = Bench::new(setup);
            let mut servo = servo(&bench);
            let seen = bench.run(&mut servo, 40);
            assert_eq!(bench.steps.len(), 1);
            assert_eq!(servo.lock_state(), LockState::Locked);
            syncs_until(&seen, 100.0)
        }) {
            assert!(count <= 12.0, "{count}");
        }
    }
}

#[test]
fn refused_steps_are_tried_again() {
    let mut bench = Bench::new(Setup { offset_seconds: 10, ..Setup::default() });
    let mut servo = servo(&bench);
    bench.refuse.0 = 3;
    let seen = bench.run(&mut servo, 30);
    assert_eq!(bench.steps.len(), 1);
    assert!(syncs_until(&seen, 100.0) <= 15.0, "{seen:?}");
}

#[test]
fn a_clock_that_refuses_every_step_is_slewed() {
    let mut bench = Bench::new(Setup { offset: 1e8, ..Setup::default() });
    let mut servo = servo(&bench);
    bench.refuse.0 = u32::MAX;
    bench.run(&mut servo, 1000);
    assert!(bench.true_offset().abs() < 100.0, "{}", bench.true_offset());
}

#[test]
fn refused_frequencies_do_not_mislead_the_estimate() {
    let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
    let mut servo = servo(&bench);
    bench.run(&mut servo, 100);
    let before = servo.frequency().ppb();
    bench.refuse.1 = 20;
    bench.run(&mut servo, 20);
    assert!((servo.frequency().ppb() - before).abs() < 20, "{} {before}", servo.frequency().ppb());
    let seen = bench.run(&mut servo, 50);
    assert!(syncs_until(&seen, 50.0) <= 2.0, "{seen:?}");
}

#[test]
fn gains_follow_the_interval_without_a_transient() {
    let mut bench = Bench::new(Setup::default());
    let mut servo = servo(&bench);
    bench.run(&mut servo, 100);
    for log_interval in [-3, 1, -7, 0] {
        bench.setup.log_interval = log_interval;
        let seen = bench.run(&mut servo, 60);
        assert!(worst(&seen) < 50.0, "{log_interval}: {}", worst(&seen));
        let noise = rms(&bench.run(&mut servo, 300));
        eprintln!("log {log_interval}: {noise:.2} ns rms");
        assert!(noise < if log_interval > 0 { 15.0 } else { 10.0 }, "{noise}");
    }
}

#[test]
fn lost_and_irregular_syncs_do_little_harm() {
    for log_interval in [0, -3] {
        let setup = Setup { log_interval, loss: 0.3, irregular: 0.3, ..Setup::default() };
        for noise in seeds(&setup, |setup| {
            let mut bench = Bench::new(setup);
            let mut servo = servo(&bench);
            let seen = bench.run(&mut servo, 60);
            assert!(syncs_until(&seen, 100.0) <= 15.0);
            rms(&bench.run(&mut servo, 500))
        }) {
            assert!(noise < 20.0, "{log_interval} {noise}");
        }
    }
}

#[test]
fn an_interval_that_is_not_the_announced_one_does_not_make_it_swing() {
    for (log_interval, announced) in [(0, -3), (-3, 0), (-3, 127), (1, 0)] {
        let setup = Setup { log_interval, announced_interval: Some(announced), ..Setup::default() };
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 600);
        let noise = rms(&bench.run(&mut servo, 300));
        eprintln!("log {log_interval}, announced {announced}: {noise:.1} ns rms");
        assert!(noise < 60.0, "{log_interval} {announced} {noise}");
    }
}

#[test]
fn negative_delays_and_slow_follow_ups_are_followed_all_the_same() {
    for (delays, lag) in [((-500.0, -500.0), 0), ((-2e6, 3e6), 50_000_000), ((0.0, 0.0), 30_000_000)] {
        let mut bench = Bench::new(Setup { delays, lag, log_interval: -3, ..Setup::default() });
        let mut servo = servo(&bench);
        let asymmetry = (delays.1 - delays.0) / 2.0;
        let seen = bench.run(&mut servo, 60);
        let settled = seen.iter().rposition(|seen| (seen.offset - asymmetry).abs() >= 100.0).unwrap();
        assert!(settled <= 12, "{delays:?} {lag} {settled}");
    }
}

#[test]
fn a_new_master_that_ticks_alike_costs_no_new_acquisition() {
    let mut bench = Bench::new(Setup::default());
    let mut servo = servo(&bench);
    bench.run(&mut servo, 100);
    servo.start(&bench.context());
    assert_eq!(servo.lock_state(), LockState::Unlocked);
    let seen = bench.run(&mut servo, 30);
    assert!(worst(&seen) < 60.0, "{}", worst(&seen));
    assert_eq!(servo.lock_state(), LockState::Locked);
}

#[test]
fn a_new_master_that_ticks_otherwise_is_followed() {
    let setup = Setup { offset: 1e5, frequency: 3000.0, ..Setup::default() };
    for count in seeds(&setup, |setup| {
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 100);
        bench.offset += 50_000.0;
        bench.oscillator += 5000.0;
        servo.start(&bench.context());
        syncs_until(&bench.run(&mut servo, 30), 100.0)
    }) {
        assert!(count <= 10.0, "{count}");
    }
}

#[test]
fn only_the_first_offset_is_stepped_away_unless_the_step_threshold_says_so() {
    for (threshold, steps) in [(0, 1), (1_000_000, 2)] {
        let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
        let config = PiConfig { step_threshold: TimeInterval::from_nanos(threshold), ..PiConfig::DEFAULT };
        let mut servo = servo_of(&bench, config);
        bench.run(&mut servo, 50);
        bench.offset += 3e6;
        servo.start(&bench.context());
        bench.run(&mut servo, 100);
        assert_eq!(bench.steps.len(), steps);
        assert!(bench.true_offset().abs() < 100.0);
    }
}

/// A parent that finds its own grandmaster may jump by more than the servo's arithmetic holds, and stays the parent.
#[test]
fn a_parent_that_jumps_by_days_is_followed_and_no_lock_is_told_before() {
    for seconds in [-1_000_000, 1_000_000] {
        let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
        let config = PiConfig { step_threshold: TimeInterval::from_nanos(1_000_000), ..PiConfig::DEFAULT };
        let mut servo = servo_of(&bench, config);
        bench.run(&mut servo, 50);
        bench.seconds += seconds;
        // Four Syncs until it is believed, and four until the lock is lost.
        bench.run(&mut servo, 8);
        for _ in 0..100 {
            bench.run(&mut servo, 1);
            assert!(bench.true_offset().abs() < 10_000.0 || servo.lock_state() != LockState::Locked, "{seconds} s");
        }
        assert!(bench.true_offset().abs() < 100.0, "{}", bench.true_offset());
        assert_eq!(servo.lock_state(), LockState::Locked);
    }
}

#[test]
fn no_step_below_the_threshold() {
    let mut bench = Bench::new(Setup { offset: 15_000.0, ..Setup::default() });
    let mut servo = servo(&bench);
    let seen = bench.run(&mut servo, 30);
    // 20 ppm make 20 us in the second that the estimate takes: it is stepped then, or made up.
    assert!(bench.steps.len() <= 1 && syncs_until(&seen, 100.0) < 12.0);
    let mut bench = Bench::new(Setup { offset: 15_000.0, frequency: 100.0, ..Setup::default() });
    let mut servo = self::servo(&bench);
    bench.run(&mut servo, 30);
    assert_eq!(bench.steps.len(), 0);
    bench.offset += 1e6;
    bench.run(&mut servo, 30);
    assert_eq!(bench.steps.len(), 0, "the first offset was made up already");
}

#[test]
fn a_path_that_changes_is_no_offset() {
    for delays in [(1e6, 1e6), (100.0, 100.0)] {
        let mut bench = Bench::new(Setup { log_interval: -3, delays: (50_000.0, 50_000.0), ..Setup::default() });
        let mut servo = servo(&bench);
        bench.run(&mut servo, 100);
        bench.change_path(delays);
        let seen = bench.run(&mut servo, 100);
        assert!(worst(&seen) < 60.0, "{}", worst(&seen));
    }
}

#[test]
fn coarse_stamps_are_no_surprise() {
    let setup = Setup { log_interval: -3, stamp_noise: 0.0, resolution: 200.0, wander: 0.02, ..Setup::default() };
    let noises = seeds(&setup, |setup| {
        let mut bench = Bench::new(setup);
        let mut servo = servo(&bench);
        bench.run(&mut servo, 200);
        rms(&bench.run(&mut servo, 1000))
    });
    let noise = median(noises);
    eprintln!("stamps in steps of 200 ns: {noise:.1} ns rms");
    assert!(noise < 65.0, "{noise}");
}

#[test]
fn the_lock_needs_several_syncs_and_so_does_its_loss() {
    let mut bench = Bench::new(Setup { log_interval: -3, ..Setup::default() });
    let mut servo = servo(&bench);
    let locked = (0..20).find(|_| {
        bench.turn(&mut servo);
        servo.lock_state() == LockState::Locked
    });
    assert!(locked.is_some_and(|turn| turn >= 4), "{locked:?}");
    bench.run(&mut servo, 20);
    bench.offset += 30_000_000.0;
    let lost = (0..20).find(|_| {
        bench.turn(&mut servo);
        servo.lock_state() == LockState::Unlocked
    });
    assert!(lost.is_some_and(|turn| (4..10).contains(&turn)), "{lost:?}");
}

#[test]
fn the_servo_is_small() {
    // On 64 bits it keeps three values that it makes each time on others.
    let kept = if cfg!(target_pointer_width = "64") { 24 } else { 0 };
    assert!(size_of::<PiServo>() <= 152 + kept, "{}", size_of::<PiServo>());
}

fn any_interval() -> impl Strategy<Value = TimeInterval> {
    prop_oneof![any::<i64>(), -100_000..100_000_i64, Just(i64::MIN), Just(i64::MAX)].prop_map(TimeInterval::from_scaled)
}

prop_compose! {
    fn any_sample()(
        at in any::<u64>(),
        seconds in 0..=Timestamp::MAX_SECONDS,
        nanos in 0..1_000_000_000_u32,
        difference_nanos in prop_oneof![any::<i64>(), -1000..1000_i64, Just(i64::MIN), Just(i64::MAX)],
        correction in any_interval(),
        mean_delay in prop::option::weighted(0.8, any_interval()),
        log_sync_interval in any::<i8>(),
    ) -> SyncSample {
        let ingress = Timestamp::new(seconds, nanos).unwrap();
        SyncSample { at: Instant::from_nanos(at), ingress, difference_nanos, correction, mean_delay, log_sync_interval }
    }
}

#[derive(Clone, Debug)]
enum Call {
    Start(ServoContext),
    Sync(SyncSample),
    /// A Sync some time after the last one.
    Next(i64, i64, i8),
    Applied(u64, Adjustment),
    ApplyLast(u64),
    Hold,
}

fn any_call() -> impl Strategy<Value = Call> {
    let context = (any::<bool>(), any_interval(), 0..=i32::MAX, any::<bool>()).prop_map(
        |(hardware, resolution, maximum, can_step)| ServoContext {
            stamping: if hardware { Stamping::Hardware } else { Stamping::Software },
            resolution,
            limits: ClockLimits { max_frequency: FrequencyOffset::from_scaled_ppm(maximum), can_step },
        },
    );
    let adjustment = (any::<Option<i64>>(), any::<Option<i32>>())
        .prop_map(|(step, frequency)| Adjustment { step, frequency: frequency.map(FrequencyOffset::from_scaled_ppm) });
    prop_oneof![
        1 => context.prop_map(Call::Start),
        6 => any_sample().prop_map(Call::Sync),
        12 => (0..20_000_000_000_i64, -10_000_000_000..10_000_000_000_i64, -10..6_i8)
            .prop_map(|(elapsed, change, log)| Call::Next(elapsed, change, log)),
        2 => (any::<u64>(), adjustment).prop_map(|(at, adjustment)| Call::Applied(at, adjustment)),
        6 => any::<u64>().prop_map(Call::ApplyLast),
        1 => Just(Call::Hold),
    ]
}

fn any_config() -> impl Strategy<Value = PiConfig> {
    let gains = (1..=65_536_u32, 0..=1_u32 << 23).prop_map(|(proportional, integral)| Gains {
        proportional: fixed::types::U16F16::from_bits(proportional),
        integral: fixed::types::U10F22::from_bits(integral),
    });
    let thresholds = (0..=i64::MAX, 0..=i64::MAX, prop::option::of(0..=i64::MAX), 1..=u8::MAX);
    (thresholds, 1..=i32::MAX, prop::option::of(gains)).prop_map(
        |((first, later, lock, lock_count), maximum, gains)| PiConfig {
            first_step_threshold: TimeInterval::from_scaled(first),
            step_threshold: TimeInterval::from_scaled(later),
            lock_threshold: lock.map(TimeInterval::from_scaled),
            lock_count,
            max_frequency: FrequencyOffset::from_scaled_ppm(maximum),
            gains,
        },
    )
}

proptest! {
    #[test]
    fn no_input_overflows_or_exceeds_the_limit(
        config in any_config(),
        calls in prop::collection::vec(any_call(), 1..80),
    ) {
        let mut servo = PiServo::new(config).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let mut limit = config.max_frequency;
        let mut last = Adjustment::NONE;
        let mut sample = SyncSample {
            at: Instant::default(),
            ingress: Timestamp::ZERO,
            difference_nanos: 0,
            correction: TimeInterval::ZERO,
            mean_delay: Some(TimeInterval::ZERO),
            log_sync_interval: 0,
        };
        for call in calls {
            match call {
                Call::Start(context) => {
                    servo.start(&context);
                    limit = config.max_frequency.clamp_to(context.limits.max_frequency);
                }
                Call::Sync(any) => {
                    sample = any;
                    last = servo.sync(&sample);
                }
                Call::Next(elapsed, change, log) => {
                    sample.ingress = sample.ingress.offset_nanos(elapsed);
                    sample.difference_nanos = sample.difference_nanos.saturating_add(change);
                    sample.log_sync_interval = log;
                    last = servo.sync(&sample);
                }
                Call::Applied(at, adjustment) => servo.applied(Instant::from_nanos(at), &adjustment),
                Call::ApplyLast(after) => servo.applied(Instant::from_nanos(sample.at.nanos().saturating_add(after)), &last),
                Call::Hold => last = servo.hold(),
            }
            let set = last.frequency.map_or(0, |frequency| frequency.scaled_ppm().saturating_abs());
            prop_assert!(set <= config.max_frequency.scaled_ppm());
            prop_assert!(servo.frequency().scaled_ppm().saturating_abs() <= limit.scaled_ppm());
        }
    }
}

#[test]
fn a_servo_that_has_followed_nobody_yet_tells_the_frequency_that_it_starts_from() {
    for ppb in [-20_000, 0, 37_000] {
        let mut servo = PiServo::new(PiConfig::default()).expect("the default settings");
        servo.start_from(FrequencyOffset::from_ppb(ppb));
        assert_eq!(servo.frequency(), FrequencyOffset::from_ppb(ppb));
    }
}
