//! Frequency offsets as scaled integers.

/// A frequency offset in units of 2⁻¹⁶ ppm (0.0153 ppb), as Linux and most drivers count it; ± 32 767 ppm.
///
/// Positive is faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FrequencyOffset(i32);

impl FrequencyOffset {
    /// No offset.
    pub const ZERO: Self = Self(0);

    /// From units of 2⁻¹⁶ ppm.
    #[must_use]
    pub const fn from_scaled_ppm(scaled: i32) -> Self {
        Self(scaled)
    }

    /// In units of 2⁻¹⁶ ppm.
    #[must_use]
    pub const fn scaled_ppm(self) -> i32 {
        self.0
    }

    /// From parts per 10⁹, rounded to the nearest unit; saturates at ± 32 767 999 ppb.
    #[must_use]
    pub const fn from_ppb(ppb: i32) -> Self {
        const LIMIT: i32 = 32_767_999;
        let ppb = if ppb > LIMIT {
            LIMIT
        } else if ppb < -LIMIT {
            -LIMIT
        } else {
            ppb
        };
        // |ppb| · 8192 fits 48 bits; 65536 / 1000 = 8192 / 125.
        #[expect(clippy::as_conversions, reason = "widening, and a result that fits by the clamp above")]
        let scaled =
            ((ppb as i64).wrapping_mul(8192).wrapping_add(if ppb < 0 { -62 } else { 62 })).wrapping_div(125) as i32;
        Self(scaled)
    }

    /// In parts per 10⁹, rounded to the nearest.
    #[must_use]
    pub fn ppb(self) -> i32 {
        let half = if self.0 < 0 { -32_768 } else { 32_768 };
        let ppb = i64::from(self.0).wrapping_mul(1000).wrapping_add(half).wrapping_div(65_536);
        i32::try_from(ppb).unwrap_or(i32::MAX)
    }

    /// The same offset the other way; saturating.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Limited to ± `limit`, which is not negative.
    #[must_use]
    pub fn clamp_to(self, limit: Self) -> Self {
        let limit = limit.0.saturating_abs();
        // Not `clamp`, which can panic as far as the compiler knows.
        Self(self.0.max(limit.saturating_neg()).min(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ppm_is_65536_units_and_back() {
        assert_eq!(FrequencyOffset::from_ppb(1000).scaled_ppm(), 65_536);
        assert_eq!(FrequencyOffset::from_ppb(-37_000).ppb(), -37_000);
        assert_eq!(FrequencyOffset::from_ppb(1).scaled_ppm(), 66); // 65.536
        assert_eq!(FrequencyOffset::from_ppb(-1).scaled_ppm(), -66);
        assert_eq!(FrequencyOffset::from_ppb(i32::MAX).ppb(), 32_767_999);
        assert_eq!(FrequencyOffset::from_ppb(i32::MIN).ppb(), -32_767_999);
    }
}
