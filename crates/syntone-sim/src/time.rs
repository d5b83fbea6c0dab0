//! True time and spans of it, in whole picoseconds.

use core::ops::{Add, AddAssign, Mul, Neg, Sub};

const PICOS_PER_SECOND: i64 = 1_000_000_000_000;

/// A signed span of true time in picoseconds; ± 106 days.
///
/// Made by [`ps`], [`ns`], [`us`], [`ms`] and [`secs`]. Overflow is a mistake in the scenario and panics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// `count` picoseconds.
#[must_use]
pub const fn ps(count: i64) -> Span {
    Span(count)
}

/// `count` nanoseconds.
#[must_use]
pub const fn ns(count: i64) -> Span {
    Span(count * 1_000)
}

/// `count` microseconds.
#[must_use]
pub const fn us(count: i64) -> Span {
    Span(count * 1_000_000)
}

/// `count` milliseconds.
#[must_use]
pub const fn ms(count: i64) -> Span {
    Span(count * 1_000_000_000)
}

/// `count` seconds.
#[must_use]
pub const fn secs(count: i64) -> Span {
    Span(count * PICOS_PER_SECOND)
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// In picoseconds.
    #[must_use]
    pub const fn picos(self) -> i64 {
        self.0
    }

    /// In nanoseconds.
    #[must_use]
    pub fn nanos(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e12
    }

    /// The larger of this and no time.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        self.max(Self::ZERO)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a span within 106 days"))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("a span within 106 days"))
    }
}

impl Neg for Span {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<i64> for Span {
    type Output = Self;

    fn mul(self, factor: i64) -> Self {
        Self(self.0.checked_mul(factor).expect("a span within 106 days"))
    }
}

/// A moment of true time: picoseconds since the world began; up to 106 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

impl SimTime {
    /// The beginning of the world.
    pub const ZERO: Self = Self(0);

    /// The moment `span` after the beginning.
    #[must_use]
    pub const fn after(span: Span) -> Self {
        Self(span.0)
    }

    /// Picoseconds since the beginning.
    #[must_use]
    pub const fn picos(self) -> i64 {
        self.0
    }

    /// Seconds since the beginning.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add<Span> for SimTime {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.checked_add(span.0).expect("a world younger than 106 days"))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub for SimTime {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span(self.0 - earlier.0)
    }
}

impl From<Span> for SimTime {
    fn from(span: Span) -> Self {
        Self::after(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_nest_by_a_thousand() {
        assert_eq!(ns(1_000), us(1));
        assert_eq!(us(1_000), ms(1));
        assert_eq!(ms(1_000), secs(1));
        assert_eq!(ps(1_000).nanos(), 1.0);
        assert_eq!(SimTime::after(secs(2)) - SimTime::after(ms(500)), ms(1_500));
        assert_eq!(ns(-3).at_least_zero(), Span::ZERO);
    }
}
