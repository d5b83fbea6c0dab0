//! The difference of two clocks' time stamps.

use crate::servo::{bounded_difference, bounded_sum};
use syntone_hal::{TimeInterval, Timestamp};

/// The difference of two time stamps that may be decades apart and still differ by fractions of a nanosecond: whole
/// nanoseconds (± 272 years) plus a small rest of fractions and corrections, at most hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    nanos: i64,
    rest: TimeInterval,
}

impl Difference {
    /// `later` − `earlier` − `correction`.
    #[must_use]
    pub fn between(later: Timestamp, earlier: Timestamp, correction: TimeInterval) -> Self {
        let fraction = i64::from(later.subnanos()).wrapping_sub(i64::from(earlier.subnanos()));
        Self { nanos: later.nanos_since(earlier), rest: TimeInterval::from_scaled(fraction).wrapping_sub(correction) }
    }

    /// The difference of the time stamps alone, in whole nanoseconds.
    #[must_use]
    pub const fn whole_nanos(self) -> i64 {
        self.nanos
    }

    /// What is to be added to [`Difference::whole_nanos`]: fractions and corrections.
    #[must_use]
    pub const fn rest(self) -> TimeInterval {
        self.rest
    }

    /// The whole difference in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.nanos.wrapping_add(self.rest.nanos())
    }

    /// The whole difference in units of 2⁻¹⁶ ns; saturating at ± 39 h.
    #[must_use]
    pub fn interval(self) -> TimeInterval {
        TimeInterval::from_nanos(self.nanos) + self.rest
    }

    /// The sum of two differences. Exact also where each alone is far beyond 39 h and the two cancel, as those of the
    /// two directions of a path do. The whole nanoseconds stop at ± 2.4 h.
    #[must_use]
    pub fn plus(self, other: Self) -> TimeInterval {
        bounded_sum(self.nanos, other.nanos).wrapping_add(self.rest).wrapping_add(other.rest)
    }

    /// How much larger this is than `other`; the whole nanoseconds stop at ± 2.4 h.
    pub(crate) fn minus(self, other: Self) -> TimeInterval {
        bounded_difference(self.nanos, other.nanos).wrapping_add(self.rest.wrapping_sub(other.rest))
    }

    /// This difference moved by `interval`.
    pub(crate) fn moved(self, interval: TimeInterval) -> Self {
        Self { nanos: self.nanos, rest: self.rest.wrapping_add(interval) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, nanos: u32) -> Timestamp {
        Timestamp::new(seconds, nanos).unwrap()
    }

    /// IEEE 1588-2019 13.3.2.9
    #[test]
    fn corrections_and_fractions_count() {
        let correction = TimeInterval::from_scaled(0x1_8000); // 1.5 ns
        let difference = Difference::between(at(5, 10).with_subnanos(0x4000), at(5, 4), correction);
        assert_eq!(difference.interval().scaled(), (6 << 16) + 0x4000 - 0x1_8000);
        assert_eq!(difference.nanos(), 5); // 4.75
    }

    #[test]
    fn two_directions_cancel_although_the_clocks_are_decades_apart() {
        let apart = 1_700_000_000;
        let forward = Difference::between(at(0, 700), at(apart, 0), TimeInterval::ZERO);
        let backward = Difference::between(at(apart, 500), at(0, 0), TimeInterval::ZERO);
        assert_eq!(forward.interval(), TimeInterval::MIN);
        assert_eq!(forward.nanos(), 700 - 1_700_000_000_000_000_000);
        assert_eq!(forward.plus(backward), TimeInterval::from_nanos(1200));
    }
}
