//! Noticing that somebody stepped the machine's time.

use crate::sys::time::{KernelClock, now};

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
}
