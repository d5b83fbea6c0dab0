//! The arithmetic of the time-stamp unit, apart from its registers.

use syntone_hal::{FrequencyOffset, Timestamp};

const NANOS_PER_SECOND: u32 = 1_000_000_000;
const SECOND: i64 = 1_000_000_000;
/// What the clock must be able to gain beyond its oscillator, in parts per 10⁶.
const HEADROOM: u64 = 5_000;
/// Units of 2⁻¹⁶ ppm in one.
const SCALE: i64 = 65_536_000_000;

/// How the unit counts: each of its input clocks adds the addend to an accumulator of 32 bits, and each time that overflows the
/// time goes on by the increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Nanoseconds of each overflow.
    pub increment: u8,
    /// The addend of a clock that runs as its oscillator does: 2³² · 10⁹ / (input frequency · increment).
    pub nominal: u32,
}

impl Rate {
    /// For a unit that is clocked with `hertz` (HCLK on all parts): with the smallest increment that lets the clock be steered up by
    /// 0.5 %. `None` below 4 MHz and where no increment fits.
    #[must_use]
    pub const fn from_hertz(hertz: u32) -> Option<Self> {
        let mut increment = 1_u8;
        while increment < u8::MAX {
            if let Some(rate) = Self::with_increment(hertz, increment) {
                return Some(rate);
            }
            increment = increment.saturating_add(1);
        }
        None
    }

    /// With `increment` nanoseconds, if the clock can then be steered up by 0.5 %.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "widening; and an addend that was found to fit 32 bits")]
    pub const fn with_increment(hertz: u32, increment: u8) -> Option<Self> {
        let nanos_per_second = (hertz as u64).wrapping_mul(increment as u64);
        let least =
            (NANOS_PER_SECOND as u64).wrapping_add((NANOS_PER_SECOND as u64 / 1_000_000).wrapping_mul(HEADROOM));
        if nanos_per_second < least {
            return None;
        }
        // 2^32 · 10^9 fits 62 bits.
        let numerator = ((NANOS_PER_SECOND as u64) << 32).wrapping_add(nanos_per_second / 2);
        match numerator.checked_div(nanos_per_second) {
            Some(nominal) => Some(Self { increment, nominal: nominal as u32 }),
            None => None,
        }
    }

    /// The addend of a clock that runs `frequency` faster than its oscillator, rounded to the nearest; `None` beyond 32 bits.
    #[must_use]
    pub fn addend(&self, frequency: FrequencyOffset) -> Option<u32> {
        let nominal = i64::from(self.nominal);
        // A number of 32 bits by one of 31 and a sign: it fits.
        let product = nominal.wrapping_mul(i64::from(frequency.scaled_ppm()));
        let half = if product < 0 { SCALE.wrapping_neg() } else { SCALE } >> 1;
        // The product may be near the end of 64 bits: the half is added to what is left of the division.
        let (whole, rest) = (product.wrapping_div(SCALE), product.wrapping_rem(SCALE));
        let rounded = whole.wrapping_add(rest.wrapping_add(half).wrapping_div(SCALE));
        u32::try_from(nominal.wrapping_add(rounded)).ok()
    }

    /// The largest offset, either way.
    #[must_use]
    pub fn limit(&self) -> FrequencyOffset {
        let room = i64::from(u32::MAX.wrapping_sub(self.nominal));
        // One unit less than the room, which rounding may take.
        let scaled = i128::from(room).wrapping_mul(i128::from(SCALE)).checked_div(i128::from(self.nominal));
        let scaled = scaled.unwrap_or(0).saturating_sub(1).max(0);
        FrequencyOffset::from_scaled_ppm(i32::try_from(scaled).unwrap_or(i32::MAX))
    }
}

/// Seconds and nanoseconds as the unit holds them, in decimal rollover mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawTime {
    /// The lower 32 bits of the seconds.
    pub seconds: u32,
    /// Nanoseconds, below 10⁹ in whatever the hardware writes of itself.
    pub nanos: u32,
}

impl RawTime {
    /// A time out of a descriptor; `None` for what hardware writes where it has none, and for what is no time.
    #[must_use]
    pub const fn stamp(seconds: u32, nanos: u32) -> Option<Self> {
        if nanos >= NANOS_PER_SECOND { None } else { Some(Self { seconds, nanos }) }
    }

    /// What to load for `time`: its seconds modulo 2³².
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self::addition(time.nanos_since(Timestamp::ZERO))
    }

    /// What to *add* so that the time moves by `nanoseconds`, forward or back.
    ///
    /// The seconds count modulo 2³², so going back is going forward by the rest of 2³² s. Manuals and drivers disagree on how to
    /// subtract (a plain size on some, complements of 2³² and of 10⁹ on others, and a nanosecond field that must not be 0); addition
    /// is the same everywhere.
    #[must_use]
    pub const fn addition(nanoseconds: i64) -> Self {
        let seconds = nanoseconds.div_euclid(SECOND);
        let nanos = nanoseconds.rem_euclid(SECOND);
        Self { seconds: low_half(seconds), nanos: low_half(nanos) }
    }

    /// The whole time, which is less than 68 years from `near`.
    #[must_use]
    pub fn extend(self, near: Timestamp) -> Option<Timestamp> {
        let reference = near.seconds();
        let distance = signed(self.seconds.wrapping_sub(low_half(i64::try_from(reference).ok()?)));
        Timestamp::new(reference.checked_add_signed(i64::from(distance))?, self.nanos)
    }
}

#[expect(clippy::as_conversions, reason = "the lower half is meant")]
const fn low_half(value: i64) -> u32 {
    value as u32
}

#[expect(clippy::as_conversions, reason = "the same bits, two's complement")]
const fn signed(value: u32) -> i32 {
    value as i32
}
