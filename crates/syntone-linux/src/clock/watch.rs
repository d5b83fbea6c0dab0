//! Noticing that somebody else stepped a clock.

use crate::sys::time::{KernelClock, now};
use syntone_hal::FrequencyOffset;

/// Compares the time of day with the monotonic time at each reading. The kernel steers both alike, so their difference
/// changes only when the time of day is stepped (by a person, a daemon, a leap second).
///
/// A reading bounds the difference between two values: it was taken between two readings of monotonic time. All
/// readings since the last step must have a common value; when a reading has none with the others, there was a step.
#[derive(Debug)]
pub(super) struct StepWatch {
    /// The least and the greatest difference that agree with every reading since the last step.
    least: i64,
    greatest: i64,
}

/// Smaller contradictions are not taken for steps, but for processors whose counters disagree a little.
const TOLERANCE: i64 = 1_000;

/// Monotonic time before, time of day, and monotonic time after, in nanoseconds.
pub(super) type Reading = (i64, i64, i64);

impl StepWatch {
    /// Begins, and gives the time of day.
    pub(super) fn start((before, real, after): Reading) -> (Self, i64) {
        (Self { least: real - after, greatest: real - before }, real)
    }

    /// Takes a reading: the time of day, and how far it was stepped since the last reading: 0 if it was not. The size of a step is
    /// known to half the time that a reading takes, some tens of nanoseconds.
    pub(super) fn read(&mut self, (before, real, after): Reading) -> (i64, i64) {
        let (least, greatest) = (real - after, real - before);
        if least <= self.greatest && greatest >= self.least {
            self.least = self.least.max(least);
            self.greatest = self.greatest.min(greatest);
            return (real, 0);
        }
        if least - self.greatest <= TOLERANCE && self.least - greatest <= TOLERANCE {
            return (real, 0);
        }
        let stepped = i64::midpoint(least, greatest) - i64::midpoint(self.least, self.greatest);
        (self.least, self.greatest) = (least, greatest);
        (real, stepped)
    }
}

/// Compares a hardware clock with the oscillator of the machine at each look. What this program does to it is known, and how
/// the oscillators differ is learnt: what is more was a step of somebody else.
#[derive(Debug)]
pub(super) struct RunWatch {
    /// The machine's time, raw, of what follows.
    raw: i64,
    /// How far the hardware clock is to be ahead then.
    ahead: i64,
    /// What it is set to.
    frequency: FrequencyOffset,
    /// How much faster than the machine's its oscillator was between the last two looks, in 2⁻¹⁶ ppm.
    oscillator: i64,
    /// The machine's time, raw, when it was looked at last.
    looked: i64,
}

/// A deviation of 100 µs is no step, and 200 ppm more are the oscillators.
const RUN_TOLERANCE: i64 = 100_000;
const OSCILLATORS: i64 = 5_000;
/// Looks nearer to each other teach nothing of the oscillators, in nanoseconds.
const LEARNT_FROM: i64 = 500_000_000;
/// 2⁻¹⁶ ppm are one in so many.
const SCALED_PPM: i128 = 65_536_000_000;

impl RunWatch {
    /// Begins with both clocks read together.
    pub(super) const fn start(raw: i64, clock: i64, frequency: FrequencyOffset) -> Self {
        Self { raw, ahead: clock.wrapping_sub(raw), frequency, oscillator: 0, looked: raw }
    }

    /// From `raw` on the clock is set to `frequency`.
    pub(super) fn steer(&mut self, raw: i64, frequency: FrequencyOffset) {
        self.ahead = self.ahead_at(raw);
        (self.raw, self.frequency) = (raw, frequency);
    }

    /// What the clock is to show at `raw`.
    pub(super) fn expected(&self, raw: i64) -> i64 {
        raw.saturating_add(self.ahead_at(raw))
    }

    fn ahead_at(&self, raw: i64) -> i64 {
        let elapsed = i128::from(raw.saturating_sub(self.raw));
        let faster = i128::from(self.frequency.scaled_ppm()) + i128::from(self.oscillator);
        self.ahead.saturating_add(i64::try_from(elapsed * faster / SCALED_PPM).unwrap_or(0))
    }

    /// This program has stepped the clock.
    pub(super) const fn step(&mut self, nanoseconds: i64) {
        self.ahead = self.ahead.saturating_add(nanoseconds);
    }

    /// The clock is read between two readings of the machine's: how far somebody else has stepped it since the last look, 0 if nobody
    /// has. As exact as the oscillators are steady, a microsecond or so; before the third look 200 µs per second between.
    pub(super) fn look(&mut self, (before, clock, after): Reading) -> i64 {
        // Whoever is interrupted between the readings knows nothing.
        if after.saturating_sub(before) > RUN_TOLERANCE {
            return 0;
        }
        let raw = i64::midpoint(before, after);
        self.steer(raw, self.frequency);
        let ahead = clock.saturating_sub(raw);
        let deviation = ahead.saturating_sub(self.ahead);
        let elapsed = raw.saturating_sub(self.looked);
        let tolerated = RUN_TOLERANCE + elapsed / OSCILLATORS;
        (self.ahead, self.looked) = (ahead, raw);
        if deviation.saturating_abs() > tolerated {
            return deviation;
        }
        if elapsed >= LEARNT_FROM {
            let more = i128::from(deviation) * SCALED_PPM / i128::from(elapsed);
            self.oscillator = self.oscillator.saturating_add(i64::try_from(more).unwrap_or(0));
        }
        0
    }
}

/// A reading of the kernel's clocks.
pub(super) fn read_kernel() -> Reading {
    (now(KernelClock::Monotonic), now(KernelClock::Realtime), now(KernelClock::Monotonic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_agree_are_no_step() {
        let (mut watch, real) = StepWatch::start((100, 5120, 140));
        assert_eq!(real, 5120);
        assert_eq!(watch.read((200, 5205, 210)), (5205, 0));
        // Interrupted for a long time between the readings.
        assert_eq!(watch.read((300, 5305, 90_000)), (5305, 0));
        assert_eq!(watch.read((91_000, 180_000, 190_000)), (180_000, 0));
    }

    #[test]
    fn a_step_is_measured_once() {
        let (mut watch, _) = StepWatch::start((100, 5110, 120));
        assert_eq!(watch.read((200, 1_005_210, 220)), (1_005_210, 1_000_000));
        assert_eq!(watch.read((300, 1_005_310, 320)), (1_005_310, 0));
        assert_eq!(watch.read((400, 410, 420)), (410, -1_005_000));
    }

    #[test]
    fn many_readings_sharpen_the_difference() {
        let (mut watch, _) = StepWatch::start((0, 5500, 10_000));
        watch.read((12_000, 17_010, 12_020));
        // This step would hide in the first reading, not in the second.
        assert_eq!(watch.read((13_000, 20_010, 13_020)), (20_010, 2_000));
    }

    #[test]
    fn counters_that_disagree_a_little_are_no_step() {
        let (mut watch, _) = StepWatch::start((100, 5110, 120));
        assert_eq!(watch.read((200, 5300, 220)), (5300, 0));
        assert_eq!(watch.read((200, 5110, 220)), (5110, 0));
    }

    #[test]
    fn of_a_hardware_clock_only_steps_of_others_are_told() {
        const SECOND: i64 = 1_000_000_000;
        let mut watch = RunWatch::start(0, 50 * SECOND, FrequencyOffset::ZERO);
        let at = |raw, clock| (raw - 1_000, clock, raw + 1_000);
        assert_eq!(watch.look(at(SECOND, 51 * SECOND + 50_000)), 0, "an oscillator 50 ppm off");
        watch.step(-7 * SECOND);
        assert_eq!(watch.look(at(2 * SECOND, 45 * SECOND + 100_000)), 0, "a step of our own");
        watch.steer(2 * SECOND, FrequencyOffset::from_ppb(30_000_000));
        watch.steer(3 * SECOND, FrequencyOffset::ZERO);
        assert_eq!(watch.look(at(4 * SECOND, 47 * SECOND + 30_200_000)), 0, "3 % for a second, set by us");
        assert_eq!(watch.look(at(5 * SECOND, 48 * SECOND + 31_250_000)), 1_000_000, "and somebody else");
        assert_eq!(watch.look(at(6 * SECOND, 49 * SECOND + 31_300_000)), 0, "which is told once");
        assert_eq!(watch.expected(8 * SECOND), 51 * SECOND + 31_400_000, "its oscillator is known by now");
    }

    #[test]
    fn who_is_interrupted_while_reading_a_hardware_clock_takes_that_for_no_step() {
        const SECOND: i64 = 1_000_000_000;
        let mut watch = RunWatch::start(0, 0, FrequencyOffset::ZERO);
        assert_eq!(watch.look((SECOND, SECOND + 10, SECOND + 4_000_000)), 0);
        assert_eq!(watch.look((2 * SECOND, 2 * SECOND + 10, 2 * SECOND + 20)), 0);
    }
}
