//! The two times: PTP time and monotonic time.

use crate::TimeInterval;
use core::ops::{Add, Sub};
use core::time::Duration;

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A moment of PTP time, as a clock reads it or a time stamper gives it: 48-bit seconds, nanoseconds, and the fraction of
/// a nanosecond in units of 2⁻¹⁶ ns for hardware that resolves it.
///
/// Its epoch is that of the clock's timescale: 1970-01-01 00:00:00 TAI for the PTP timescale (IEEE 1588-2019 7.2.2).
///
/// It is not an [`Instant`], and neither becomes the other by accident:
///
/// ```compile_fail
/// let now = syntone_hal::Instant::from_nanos(0);
/// let time: syntone_hal::Timestamp = now;
/// ```
///
/// ```compile_fail
/// let time = syntone_hal::Timestamp::ZERO;
/// let elapsed = time - syntone_hal::Instant::from_nanos(0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timestamp {
    seconds: u64,
    nanos: u32,
    subnanos: u16,
}

impl Timestamp {
    /// The epoch.
    pub const ZERO: Self = Self { seconds: 0, nanos: 0, subnanos: 0 };
    /// The largest number of seconds: 48 bits.
    pub const MAX_SECONDS: u64 = (1 << 48) - 1;

    /// A moment from seconds (below 2⁴⁸) and nanoseconds (below 10⁹); `None` outside these ranges.
    #[must_use]
    pub const fn new(seconds: u64, nanos: u32) -> Option<Self> {
        if seconds > Self::MAX_SECONDS || nanos >= NANOS_PER_SECOND {
            return None;
        }
        Some(Self { seconds, nanos, subnanos: 0 })
    }

    /// The same with a fraction in units of 2⁻¹⁶ ns.
    #[must_use]
    pub const fn with_subnanos(self, subnanos: u16) -> Self {
        Self { subnanos, ..self }
    }

    /// The moment `nanos` nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        let seconds = nanos.wrapping_div(1_000_000_000);
        #[expect(clippy::as_conversions, reason = "a remainder below 10^9 fits 32 bits")]
        let nanos = nanos.wrapping_sub(seconds.wrapping_mul(1_000_000_000)) as u32;
        Self { seconds, nanos, subnanos: 0 }
    }

    /// Whole seconds since the epoch; below 2⁴⁸.
    #[must_use]
    #[inline]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// Nanoseconds within the second; below 10⁹.
    #[must_use]
    #[inline]
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// Fraction of a nanosecond in units of 2⁻¹⁶ ns.
    #[must_use]
    #[inline]
    pub const fn subnanos(self) -> u16 {
        self.subnanos
    }

    /// Nanoseconds from `earlier` to this moment, negative if it is later; saturates beyond ± 272 years, drops the
    /// fractions.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        // Both are below 2^48, so the difference fits 49 bits.
        #[expect(clippy::as_conversions, reason = "48-bit seconds and 30-bit nanoseconds fit i64")]
        let (seconds, nanos) = (
            (self.seconds as i64).wrapping_sub(earlier.seconds as i64),
            (self.nanos as i64).wrapping_sub(earlier.nanos as i64),
        );
        match seconds >> 33 {
            0 | -1 => seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos),
            1.. => i64::MAX,
            _ => i64::MIN,
        }
    }

    /// Time from `earlier` to this moment; saturates beyond ± 39 h.
    #[must_use]
    #[inline]
    pub fn since(self, earlier: Self) -> TimeInterval {
        let fraction = i64::from(self.subnanos).wrapping_sub(i64::from(earlier.subnanos));
        TimeInterval::from_nanos(self.nanos_since(earlier)) + TimeInterval::from_scaled(fraction)
    }

    /// This moment moved by `nanos`; stops at the epoch and at the end of the 48-bit seconds.
    #[must_use]
    pub fn offset_nanos(self, nanos: i64) -> Self {
        // 2^32 ns are 4.294967296 s. That tells the seconds up to four, and spares small targets a 64-bit division.
        let steps = (nanos >> 32).wrapping_add((nanos >> 31) & 1);
        let mut seconds = steps.wrapping_mul(2_305_843_009) >> 29;
        let mut rest = nanos.wrapping_sub(seconds.wrapping_mul(1_000_000_000)).wrapping_add(i64::from(self.nanos));
        for _ in 0..4 {
            if rest < 0 {
                rest = rest.wrapping_add(1_000_000_000);
                seconds = seconds.wrapping_sub(1);
            } else if rest >= 1_000_000_000 {
                rest = rest.wrapping_sub(1_000_000_000);
                seconds = seconds.wrapping_add(1);
            } else {
                break;
            }
        }
        match self.seconds.checked_add_signed(seconds) {
            Some(seconds) if seconds <= Self::MAX_SECONDS => {
                Self { seconds, nanos: u32::try_from(rest).unwrap_or(0), subnanos: self.subnanos }
            }
            Some(_) => Self { seconds: Self::MAX_SECONDS, nanos: NANOS_PER_SECOND.wrapping_sub(1), subnanos: 0 },
            None => Self::ZERO,
        }
    }
}

impl Add<TimeInterval> for Timestamp {
    type Output = Self;

    fn add(self, interval: TimeInterval) -> Self {
        let scaled = interval.scaled().saturating_add(i64::from(self.subnanos));
        // The low 16 bits are the fraction, also of a negative number in two's complement.
        let subnanos = u16::try_from(scaled & 0xFFFF).unwrap_or(0);
        Self { subnanos, ..self.offset_nanos(scaled >> 16) }
    }
}

impl Sub<TimeInterval> for Timestamp {
    type Output = Self;

    fn sub(self, interval: TimeInterval) -> Self {
        self + (-interval)
    }
}

/// A moment of monotonic time in nanoseconds; it drives timers and never jumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

impl Instant {
    /// Later than any timer: "never".
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// From nanoseconds since the fixed moment that the board chose.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the fixed moment that the board chose.
    #[must_use]
    #[inline]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The moment `nanos` nanoseconds later; saturates at [`Instant::FAR_FUTURE`].
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn plus_nanos(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Nanoseconds since `earlier`, 0 if it is later.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Time since `earlier`, zero if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.plus_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, nanos: u32) -> Timestamp {
        Timestamp::new(seconds, nanos).expect("in range")
    }

    #[test]
    fn ranges_are_checked() {
        assert_eq!(Timestamp::new(1 << 48, 0), None);
        assert_eq!(Timestamp::new(0, 1_000_000_000), None);
        assert!(Timestamp::new((1 << 48) - 1, 999_999_999).is_some());
    }

    #[test]
    fn differences_carry_over_the_second_and_saturate() {
        assert_eq!(at(2, 1).nanos_since(at(1, 999_999_999)), 2);
        assert_eq!(at(1, 999_999_999).nanos_since(at(2, 1)), -2);
        assert_eq!(at(Timestamp::MAX_SECONDS, 0).nanos_since(Timestamp::ZERO), i64::MAX);
        assert_eq!(at(200_000, 0).since(Timestamp::ZERO), TimeInterval::MAX);
        let fraction = at(1, 0).with_subnanos(1).since(at(1, 0).with_subnanos(3));
        assert_eq!(fraction, TimeInterval::from_scaled(-2));
    }

    #[test]
    fn moving_a_time_stamp_carries_both_ways() {
        assert_eq!(at(1, 999_999_999).offset_nanos(1), at(2, 0));
        assert_eq!(at(2, 0).offset_nanos(-1), at(1, 999_999_999));
        assert_eq!(at(0, 5).offset_nanos(-6), Timestamp::ZERO);
        assert_eq!(at(10, 7).offset_nanos(-3_000_000_007), at(7, 0));
        let back = at(5, 0) - TimeInterval::from_scaled(1);
        assert_eq!((back.seconds(), back.nanos(), back.subnanos()), (4, 999_999_999, 0xFFFF));
    }
}
