//! The two times: PTP time and monotonic time.

use crate::{TimeInterval, saturating};
use core::ops::{Add, Sub};
use core::time::Duration;

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A moment of PTP time, as a clock reads it or a time stamper gives it: nanoseconds since the epoch, and the fraction of a
/// nanosecond in units of 2⁻¹⁶ ns for hardware that resolves it.
///
/// Its epoch is that of the clock's timescale: 1970-01-01 00:00:00 TAI for the PTP timescale (IEEE 1588-2019 7.2.2). It
/// reaches 2³³ s, to the year 2242; the 48-bit seconds of messages, which reach further, are [`None`] beyond that.
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
    /// From 0 to `MAX_NANOS`, so that the difference of any two fits as well.
    nanos: i64,
    subnanos: u16,
}

impl Timestamp {
    /// The epoch.
    pub const ZERO: Self = Self { nanos: 0, subnanos: 0 };
    /// The largest number of seconds: 33 bits.
    pub const MAX_SECONDS: u64 = (1 << 33) - 1;
    const MAX_NANOS: i64 = (1 << 33) * 1_000_000_000 - 1;

    /// A moment from seconds (up to [`Timestamp::MAX_SECONDS`]) and nanoseconds (below 10⁹); `None` outside these ranges.
    #[must_use]
    #[inline]
    pub const fn new(seconds: u64, nanos: u32) -> Option<Self> {
        if seconds > Self::MAX_SECONDS || nanos >= NANOS_PER_SECOND {
            return None;
        }
        #[expect(clippy::as_conversions, reason = "33-bit seconds and 30-bit nanoseconds fit i64 as nanoseconds")]
        let nanos = (seconds as i64).wrapping_mul(1_000_000_000).wrapping_add(nanos as i64);
        Some(Self { nanos, subnanos: 0 })
    }

    /// The same with a fraction in units of 2⁻¹⁶ ns.
    #[must_use]
    #[inline]
    pub const fn with_subnanos(self, subnanos: u16) -> Self {
        Self { subnanos, ..self }
    }

    /// The moment `nanos` nanoseconds after the epoch; stops at the end of the range.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self::ZERO.offset_nanos(0_i64.saturating_add_unsigned(nanos))
    }

    /// Whole nanoseconds since the epoch.
    #[must_use]
    #[inline]
    pub const fn total_nanos(self) -> u64 {
        self.nanos.unsigned_abs()
    }

    /// Whole seconds since the epoch; up to [`Timestamp::MAX_SECONDS`].
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.split().0
    }

    /// Nanoseconds within the second; below 10⁹.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        self.split().1
    }

    /// Whole seconds since the epoch, and nanoseconds within the second.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[expect(clippy::as_conversions, reason = "the lower halves of numbers that fit, or whose upper halves cancel")]
    pub const fn split(self) -> (u64, u32) {
        // Small targets have no division of 64 bits. 2^32 ns are 4.294967296 s: that leaves less than 6.2 s; and 2^24 ns are
        // 0.016777216 s: that leaves less than 1.02 s, which fits 32 bits.
        let seconds = (self.total_nanos() >> 32).wrapping_mul(2_305_843_009) >> 29;
        let rest = self.total_nanos().wrapping_sub(seconds.wrapping_mul(1_000_000_000));
        let more = ((rest >> 24) as u32).wrapping_mul(1_125_899) >> 26;
        let nanos = (rest as u32).wrapping_sub(more.wrapping_mul(1_000_000_000));
        let one = nanos >= 1_000_000_000;
        let seconds = seconds.wrapping_add(more as u64).wrapping_add(one as u64);
        (seconds, if one { nanos.wrapping_sub(1_000_000_000) } else { nanos })
    }

    /// Fraction of a nanosecond in units of 2⁻¹⁶ ns.
    #[must_use]
    #[inline]
    pub const fn subnanos(self) -> u16 {
        self.subnanos
    }

    /// Nanoseconds from `earlier` to this moment, negative if it is later; drops the fractions.
    #[must_use]
    #[inline]
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.nanos.wrapping_sub(earlier.nanos)
    }

    /// Time from `earlier` to this moment; saturates beyond ± 39 h.
    #[must_use]
    #[inline]
    pub fn since(self, earlier: Self) -> TimeInterval {
        let fraction = i64::from(self.subnanos).wrapping_sub(i64::from(earlier.subnanos));
        TimeInterval::from_nanos(self.nanos_since(earlier)) + TimeInterval::from_scaled(fraction)
    }

    /// The time since the epoch in units of 2⁻¹⁶ ns, modulo 2⁶⁴: two of them differ by the right interval if that is below
    /// 39 h.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "a fraction of 16 bits beside 48 that are free for it")]
    pub const fn wrapping_scaled(self) -> i64 {
        (self.nanos << 16) | self.subnanos as i64
    }

    /// This moment moved by `nanos`; stops at the epoch and at the end of the range.
    #[must_use]
    #[inline]
    pub const fn offset_nanos(self, nanos: i64) -> Self {
        match self.nanos.saturating_add(nanos) {
            ..0 => Self::ZERO,
            nanos @ 0..=Self::MAX_NANOS => Self { nanos, ..self },
            _ => Self { nanos: Self::MAX_NANOS, subnanos: 0 },
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
        Self(saturating::add_unsigned(self.0, nanos))
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
        assert_eq!(Timestamp::new(1 << 33, 0), None);
        assert_eq!(Timestamp::new(0, 1_000_000_000), None);
        assert!(Timestamp::new((1 << 33) - 1, 999_999_999).is_some());
        assert_eq!(Timestamp::from_nanos(u64::MAX), at((1 << 33) - 1, 999_999_999));
    }

    #[test]
    fn seconds_and_nanoseconds_are_those_that_division_gives() {
        for power in 0..63 {
            for near in [0, 1, 999_999_999, 1_000_000_000, 4_294_967_295] {
                let nanos = ((1_u64 << power) + near) % (Timestamp::MAX_SECONDS * 1_000_000_000);
                let expected = (nanos / 1_000_000_000, u32::try_from(nanos % 1_000_000_000).expect("small"));
                assert_eq!(Timestamp::from_nanos(nanos).split(), expected, "{nanos}");
            }
        }
        // Through the range by steps that have nothing to do with it, at both ends of each second.
        for step in 0..=100_000 {
            let seconds = Timestamp::MAX_SECONDS - step * 85_899;
            for nanos in [0, 1, 16_777_215, 16_777_216, 499_999_999, 999_999_999] {
                assert_eq!(at(seconds, nanos).split(), (seconds, nanos));
            }
        }
    }

    #[test]
    fn differences_carry_over_the_second_and_as_intervals_saturate() {
        assert_eq!(at(2, 1).nanos_since(at(1, 999_999_999)), 2);
        assert_eq!(at(1, 999_999_999).nanos_since(at(2, 1)), -2);
        assert_eq!(Timestamp::ZERO.nanos_since(at(Timestamp::MAX_SECONDS, 0)), -8_589_934_591_000_000_000);
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
