//! What the samples tell about phase and frequency.

use super::Gains;
use super::gains::FULL_MEMORY;
use super::units::{ONE, drift_of, ratio, scale, within};
use syntone_hal::{FrequencyOffset, TimeInterval};

/// From so many samples on, a sample that surprises too much is trimmed.
const TRIM_FROM: u16 = 8;
/// After so many trimmed samples in a row, all on one side, it is the phase that has changed.
const SHIFT_AFTER: i8 = 4;
/// How much later than it is known a frequency may take effect, as a shift of the Sync interval.
const LATENESS: u32 = 5;
/// The largest surprise that is counted with, 0.5 s: 16 s at 32 767 ppm.
const MAX_SURPRISE: i64 = 1 << 45;
/// The least that the spread counts as, 2 ns: below, stamps agree by chance.
const MIN_SPREAD: u32 = 2 << 16;

/// How far the phase is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Not at all: the next sample sets it.
    Unknown,
    /// As well as the samples allow.
    Tracked,
    /// It was set anew: if the next sample is a surprise, then the frequency is not what it was either.
    Fresh,
    /// It was set anew behind a fast slew, whose end is no better known than its begin: the next surprise may be of that.
    Slewed,
}

/// Estimates phase and drift of the slave against its master, whatever frequency the slave was set to.
///
/// Each sample is compared with what was predicted for its moment; the surprise, once trimmed, corrects both estimates
/// by the gains. That the prediction knows the frequency that was truly set, saturated or refused as it may be, is what
/// keeps the integral from winding up.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    /// The phase at the last sample.
    phase: TimeInterval,
    /// The drift of the oscillator alone; within the limit.
    drift: i64,
    /// The drift of the frequency that the clock is set to.
    steered: i64,
    /// The largest drift, either way; below 2⁶².
    limit: i64,
    /// Mean size of the trimmed surprises, as a phase.
    spread: i64,
    /// What the spread counts as at least.
    min_spread: u32,
    /// The master's time of the last sample in nanoseconds; wraps.
    time: i64,
    /// How many samples the estimates rest on; 0: none, 1: the phase only.
    memory: u16,
    knowledge: Phase,
    /// Samples trimmed in a row: how many, and its sign is their side.
    trimmed: i8,
    /// Index of the Sync interval.
    interval: u8,
}

impl Observer {
    pub(super) const fn new() -> Self {
        Self {
            phase: TimeInterval::ZERO,
            drift: 0,
            steered: 0,
            limit: 0,
            spread: 0,
            min_spread: MIN_SPREAD,
            time: 0,
            memory: 0,
            knowledge: Phase::Unknown,
            trimmed: 0,
            interval: 7,
        }
    }

    /// Stamps come in steps of `resolution`: a sample that is one step off is no surprise.
    pub(super) fn set_resolution(&mut self, resolution: TimeInterval) {
        self.min_spread = u32::try_from(resolution.scaled() >> 2).unwrap_or(0).max(MIN_SPREAD);
    }

    /// Before the first sample: the clock is set to `frequency`, which made up its drift.
    pub(super) fn start_from(&mut self, frequency: FrequencyOffset) {
        if self.is_new() {
            self.steered = drift_of(frequency, self.interval);
            self.drift = self.steered.wrapping_neg();
        }
    }

    /// Forgets the phase, keeps the drift.
    pub(super) fn forget_phase(&mut self) {
        self.knowledge = Phase::Unknown;
    }

    /// The next sample sets the phase.
    pub(super) fn is_phase_unknown(&self) -> bool {
        self.knowledge == Phase::Unknown
    }

    /// No sample has been seen.
    pub(super) fn is_new(&self) -> bool {
        self.memory == 0
    }

    /// The drift rests on samples.
    pub(super) fn knows_drift(&self) -> bool {
        self.memory >= 2
    }

    pub(super) fn phase(&self) -> TimeInterval {
        self.phase
    }

    /// The drift of the oscillator, as a phase per interval.
    pub(super) fn drift(&self) -> i64 {
        self.drift >> 16
    }

    /// The largest drift, as a phase per interval.
    pub(super) fn limit(&self) -> i64 {
        self.limit >> 16
    }

    pub(super) fn interval(&self) -> u8 {
        self.interval
    }

    /// Frequencies are kept within `limit`.
    pub(super) fn set_limit(&mut self, limit: FrequencyOffset) {
        self.limit = drift_of(limit, self.interval);
        self.drift = within(self.limit, self.drift);
    }

    /// Goes over to another Sync interval.
    pub(super) fn set_interval(&mut self, interval: u8) {
        let (longer, shorter) = (interval.saturating_sub(self.interval), self.interval.saturating_sub(interval));
        for drift in [&mut self.drift, &mut self.steered, &mut self.limit] {
            *drift = drift.wrapping_shl(u32::from(longer)).wrapping_shr(u32::from(shorter));
        }
        self.interval = interval;
    }

    /// The zero of the phase was moved: phases grow by `change`.
    pub(super) fn shift(&mut self, change: TimeInterval) {
        self.phase += change;
    }

    /// The clock was set to `frequency`, `nanos` after the last sample. Until then it ran at what it was set to before, and
    /// the next prediction must know.
    pub(super) fn steer(&mut self, frequency: FrequencyOffset, nanos: i64) {
        let steered = drift_of(frequency, self.interval);
        let excess = self.steered.wrapping_sub(steered) >> 16;
        self.steered = steered;
        if let Some(ratio) = ratio(nanos, self.interval) {
            self.phase = self.phase.wrapping_add(TimeInterval::from_scaled(scale(excess, ratio)));
        }
    }

    /// Takes a sample, the phase measured at the master's `time`, and compares it with the last one. The phase is known.
    ///
    /// Gives the time since the last sample the other way up: intervals over elapsed time, 2 at most. `None` if it cannot be
    /// compared, or surprises so much that it is a new phase: then nothing has changed, and [`Self::set_phase`] is due.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn take(&mut self, measured: TimeInterval, time: i64, steady: Gains) -> Option<u32> {
        self.take_by::<{ cfg!(target_pointer_width = "64") }>(measured, time, steady)
    }

    /// With or without a short way for what is usual of a memory that is full.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn take_by<const SHORT: bool>(&mut self, measured: TimeInterval, time: i64, steady: Gains) -> Option<u32> {
        let elapsed = ratio(time.wrapping_sub(self.time), self.interval)?;
        let inverse = u32::MAX.checked_div(elapsed).map_or(2 * ONE, |inverse| inverse.min(2 * ONE));
        // Drifts have 62 bits at most, so their sum fits; as phases they have 46, and the product fits as well.
        let speed = self.drift.wrapping_add(self.steered) >> 16;
        // Phases have 61 bits at most: what is measured has, and far surprises set the phase anew.
        let predicted = self.phase.wrapping_add(TimeInterval::from_scaled(scale(speed, elapsed)));
        let surprise = measured.wrapping_sub(predicted).scaled();
        let bound = self.spread.max(i64::from(self.min_spread)).wrapping_mul(5);
        let size = surprise.wrapping_abs();
        let is_usual = size <= bound && size <= MAX_SURPRISE;
        if SHORT && is_usual && self.memory >= FULL_MEMORY {
            self.trimmed = 0;
            self.knowledge = Phase::Tracked;
            self.correct(predicted, surprise, inverse, steady, Some(4));
        } else {
            let surprise = self.trim(within(MAX_SURPRISE, surprise), bound, speed)?;
            self.learn(predicted, surprise, inverse, steady);
        }
        self.time = time;
        Some(inverse)
    }

    /// Takes the phase as it was measured at the master's `time`.
    pub(super) fn set_phase(&mut self, measured: TimeInterval, time: i64) {
        self.time = time;
        self.phase = measured;
        self.memory = self.memory.max(1);
        self.knowledge = self.knowledge.max(Phase::Fresh);
        self.trimmed = 0;
    }

    /// Cuts a surprise down to what is usual, no more than `bound`, and notices when surprises become usual: then the phase has
    /// changed, and `None` is left of it. `speed` is how fast the phase moved.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn trim(&mut self, surprise: i64, bound: i64, speed: i64) -> Option<i64> {
        let usual = within(bound, surprise);
        if usual == surprise {
            self.trimmed = 0;
            self.knowledge = Phase::Tracked;
            return Some(surprise);
        }
        if self.knowledge >= Phase::Fresh {
            let slewed = within(speed.wrapping_abs() >> LATENESS, surprise) == surprise;
            if slewed || self.knowledge == Phase::Slewed {
                // A fast slew has ended beside its aim: that is the phase once more, and no drift.
                self.knowledge = if slewed { Phase::Slewed } else { Phase::Fresh };
                return None;
            }
            self.memory = 1;
        }
        self.knowledge = Phase::Tracked;
        if self.memory < TRIM_FROM {
            return Some(surprise);
        }
        let side: i8 = if surprise < 0 { -1 } else { 1 };
        self.trimmed = if self.trimmed.signum() == side { self.trimmed.saturating_add(side) } else { side };
        (self.trimmed.saturating_abs() < SHIFT_AFTER).then_some(usual)
    }

    /// Corrects both estimates with one sample more in the memory.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn learn(&mut self, predicted: TimeInterval, surprise: i64, inverse: u32, steady: Gains) {
        self.memory = self.memory.saturating_add(1);
        let gains = steady.growing(self.memory);
        if gains == steady {
            self.memory = FULL_MEMORY;
        }
        // The first surprise is the frequency, which says nothing of the noise; then the mean settles quickly.
        let settled = self.memory.checked_sub(3).map(|rest| rest.min(4));
        self.correct(predicted, surprise, inverse, gains, settled);
    }

    /// Corrects both estimates, and by 2 to the power of minus `settled` the mean size of surprises.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn correct(&mut self, predicted: TimeInterval, surprise: i64, inverse: u32, gains: Gains, settled: Option<u16>) {
        self.phase = predicted.wrapping_add(TimeInterval::from_scaled(scale(surprise, gains.proportional.to_bits())));
        // Surprises have 46 bits, twice that 47, with ten more to match the 22 of the gain 57: the product fits, and so
        // does its sum with a drift.
        let rate = scale(surprise, inverse).wrapping_shl(10);
        let drift = self.drift.wrapping_add(scale(rate, gains.integral.to_bits()));
        self.drift = within(self.limit, drift);
        if let Some(settled) = settled {
            let change = surprise.wrapping_abs().wrapping_sub(self.spread);
            self.spread = self.spread.wrapping_add(change >> settled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixed::types::{U10F22, U16F16};
    use proptest::prelude::*;

    extern crate std;

    proptest! {
        #[test]
        fn the_short_way_ends_where_the_long_one_does(
            samples in prop::collection::vec((-3_000_000..3_000_000_i64, prop::num::i64::ANY, 0..40_u8), 0..200),
            memory in prop_oneof![Just(0), Just(FULL_MEMORY - 1), Just(FULL_MEMORY)],
            spread in prop_oneof![0..1_000_000_i64, Just(MAX_SURPRISE)],
        ) {
            let steady = Gains { proportional: U16F16::from_num(0.2), integral: U10F22::from_num(0.02) };
            let mut short = Observer { memory, spread, ..Observer::new() };
            short.set_limit(FrequencyOffset::from_ppb(500_000));
            short.set_phase(TimeInterval::ZERO, 0);
            let mut long = short.clone();
            let mut time = 0;
            for (noise, wild, kind) in samples {
                time = if kind == 1 { 700_000_000_000 } else { 1_000_000_000_i64 }.wrapping_add(time);
                let measured = TimeInterval::from_scaled(if kind == 0 { wild >> 3 } else { noise });
                let (a, b) = (short.take_by::<true>(measured, time, steady), long.take_by::<false>(measured, time, steady));
                prop_assert_eq!(a, b);
                if a.is_none() {
                    short.set_phase(measured, time);
                    long.set_phase(measured, time);
                }
                prop_assert_eq!(std::format!("{short:?}"), std::format!("{long:?}"));
            }
        }
    }

    #[test]
    fn the_largest_surprises_take_the_drift_to_its_limit_and_no_further() {
        let gains = Gains { proportional: U16F16::ONE, integral: U10F22::from_num(2) };
        let limit = FrequencyOffset::from_scaled_ppm(i32::MAX);
        for side in [1, -1] {
            let mut observer = Observer::new();
            observer.set_interval(11);
            observer.set_limit(limit);
            observer.steer(limit, 0);
            for turn in 0..40 {
                let measured = TimeInterval::from_scaled(side * turn * (i64::MAX >> 8));
                let time = turn * 16_000_000_000;
                if turn == 0 || observer.take(measured, time, gains).is_none() {
                    observer.set_phase(measured, time);
                }
                assert!(observer.drift.abs() <= drift_of(limit, 11), "{}", observer.drift);
            }
        }
    }
}
