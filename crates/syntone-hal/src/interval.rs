//! Time intervals as the wire carries them.

use crate::saturating;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// A signed time interval in units of 2⁻¹⁶ ns, the TimeInterval of IEEE 1588-2019 5.3.2; ± 140 737 s (39 h).
///
/// Arithmetic saturates. It does not convert to a [`Timestamp`](crate::Timestamp) by accident:
///
/// ```compile_fail
/// let interval = syntone_hal::TimeInterval::from_nanos(1);
/// let time: syntone_hal::Timestamp = interval;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimeInterval(i64);

impl TimeInterval {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// The most positive value; in performance records it means "not measured".
    pub const MAX: Self = Self(i64::MAX);
    /// The most negative value.
    pub const MIN: Self = Self(i64::MIN);

    /// From the integer on the wire, in units of 2⁻¹⁶ ns.
    #[must_use]
    pub const fn from_scaled(scaled: i64) -> Self {
        Self(scaled)
    }

    /// The integer on the wire, in units of 2⁻¹⁶ ns.
    #[must_use]
    pub const fn scaled(self) -> i64 {
        self.0
    }

    /// From whole nanoseconds; saturates beyond ± 140 737 s.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(saturating::times_2_16(nanos))
    }

    /// Whole nanoseconds, rounded to the nearest (halves up).
    #[must_use]
    pub const fn nanos(self) -> i64 {
        (self.0 >> 16).wrapping_add((self.0 >> 15) & 1)
    }

    /// Half of it, rounded towards minus infinity.
    #[must_use]
    pub const fn half(self) -> Self {
        Self(self.0 >> 1)
    }

    /// It times `factor` / 2¹⁶, rounded down. Exact while the result fits; a factor up to 2¹⁶ always does.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[expect(clippy::as_conversions, reason = "widening, and products that fit")]
    pub const fn scaled_by(self, factor: u32) -> Self {
        if cfg!(target_pointer_width = "64") {
            // One multiplication gives all bits.
            return Self(((self.0 as i128).wrapping_mul(factor as i128) >> 16) as i64);
        }
        let low = ((self.0 & 0xFFFF) as u64).wrapping_mul(factor as u64) >> 16;
        Self((self.0 >> 16).wrapping_mul(factor as i64).wrapping_add_unsigned(low))
    }

    /// The sum where both are known to be so small that it fits: it wraps, which costs less than to saturate.
    #[must_use]
    #[inline]
    pub const fn wrapping_add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// The difference where both are known to be so small that it fits: it wraps, which costs less than to saturate.
    #[must_use]
    #[inline]
    pub const fn wrapping_sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// Its size without its sign; saturating.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(saturating::abs(self.0))
    }
}

// On a 32-bit target these are a dozen instructions, which are better not repeated wherever times are reckoned with.

impl Add for TimeInterval {
    type Output = Self;

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn add(self, other: Self) -> Self {
        Self(saturating::add(self.0, other.0))
    }
}

impl Sub for TimeInterval {
    type Output = Self;

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn sub(self, other: Self) -> Self {
        Self(saturating::sub(self.0, other.0))
    }
}

impl Neg for TimeInterval {
    type Output = Self;

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn neg(self) -> Self {
        Self(saturating::sub(0, self.0))
    }
}

impl AddAssign for TimeInterval {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for TimeInterval {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_example_2_5_ns_is_0x28000() {
        // IEEE 1588-2019 5.3.2 gives 2.5 ns as 0000 0000 0002 8000.
        assert_eq!(TimeInterval::from_scaled(0x2_8000).nanos(), 3);
        assert_eq!(TimeInterval::from_nanos(5).half().scaled(), 0x2_8000);
    }

    #[test]
    fn a_share_of_an_interval_is_rounded_down() {
        assert_eq!(TimeInterval::from_scaled(3).scaled_by(0x8000).scaled(), 1);
        assert_eq!(TimeInterval::from_scaled(-3).scaled_by(0x8000).scaled(), -2);
        assert_eq!(TimeInterval::MIN.scaled_by(0x1_0000), TimeInterval::MIN);
        assert_eq!(TimeInterval::MAX.scaled_by(0x1_0000), TimeInterval::MAX);
        assert_eq!(TimeInterval::from_nanos(-1_000_000).scaled_by(0x4000), TimeInterval::from_nanos(-250_000));
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(TimeInterval::MAX + TimeInterval::from_nanos(1), TimeInterval::MAX);
        assert_eq!(-TimeInterval::MIN, TimeInterval::MAX);
        assert_eq!(TimeInterval::from_nanos(i64::MAX), TimeInterval::MAX);
        assert_eq!(TimeInterval::from_nanos(i64::MIN), TimeInterval::MIN);
        assert_eq!(TimeInterval::from_nanos(1 << 47), TimeInterval::MAX);
        assert_eq!(TimeInterval::from_nanos((1 << 47) - 1).scaled(), i64::MAX - 0xFFFF);
        assert_eq!(TimeInterval::from_nanos(-(1 << 47)), TimeInterval::MIN);
        assert_eq!(TimeInterval::MIN - TimeInterval::from_nanos(1), TimeInterval::MIN);
    }
}
