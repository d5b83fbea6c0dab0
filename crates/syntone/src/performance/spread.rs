//! Minimum, maximum, average and standard deviation of many intervals, by integers.

use syntone_hal::TimeInterval;

/// What a record tells of one quantity in its period (IEEE 1588-2019 Table J.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Spread {
    /// The average, to the nearest 2⁻¹⁶ ns.
    pub average: TimeInterval,
    /// The smallest.
    pub minimum: TimeInterval,
    /// The largest.
    pub maximum: TimeInterval,
    /// The standard deviation of the population, to the next lower 2⁻¹⁶ ns.
    pub standard_deviation: TimeInterval,
}

/// A value that was not measured (IEEE 1588-2019 J.5.1).
pub const NOT_MEASURED: TimeInterval = TimeInterval::MAX;

impl Spread {
    /// Nothing was measured.
    pub const NOT_MEASURED: Self =
        Self { average: NOT_MEASURED, minimum: NOT_MEASURED, maximum: NOT_MEASURED, standard_deviation: NOT_MEASURED };
}

/// Takes samples and gives their [`Spread`].
///
/// It sums the differences d from the first sample, and their squares, exactly; the variance is then (Σd² − m(Σd + r)) / n with
/// the whole average m and the rest r of Σd / n, so that nothing cancels and no rounding adds up. Squares of d up to 2⁵⁰ · 2⁻¹⁶ ns
/// (17 s) fit for 2²⁶ samples, six times the 86 400 · 128 of a day; beyond either the standard deviation is not measured, which
/// leaves the other three right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u32,
    first: i64,
    minimum: i64,
    maximum: i64,
    sum: i128,
    /// All ones once it is too large.
    squares: u128,
}

/// The largest difference from the first sample whose square is summed.
const MAX_DIFFERENCE: u128 = 1 << 50;

impl Tally {
    /// Takes one sample.
    pub fn push(&mut self, sample: TimeInterval) {
        let sample = sample.scaled();
        if self.count == 0 {
            *self = Self { first: sample, minimum: sample, maximum: sample, ..Self::default() };
        }
        self.count = self.count.saturating_add(1);
        self.minimum = self.minimum.min(sample);
        self.maximum = self.maximum.max(sample);
        let difference = i128::from(sample).saturating_sub(i128::from(self.first));
        self.sum = self.sum.saturating_add(difference);
        let size = difference.unsigned_abs();
        let square = if size <= MAX_DIFFERENCE { size.saturating_mul(size) } else { u128::MAX };
        self.squares = self.squares.saturating_add(square);
    }

    /// How many samples there were.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// What they amount to.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let count = i128::from(self.count);
        let Some(average) = self.sum.checked_div_euclid(count) else { return Spread::NOT_MEASURED };
        let rest = self.sum.saturating_sub(average.saturating_mul(count));
        let up = i128::from(rest.saturating_mul(2) >= count);
        Spread {
            average: from_wide(average.saturating_add(up).saturating_add(i128::from(self.first))),
            minimum: TimeInterval::from_scaled(self.minimum),
            maximum: TimeInterval::from_scaled(self.maximum),
            standard_deviation: self.deviation(average, rest),
        }
    }

    fn deviation(&self, average: i128, rest: i128) -> TimeInterval {
        if self.squares == u128::MAX {
            return NOT_MEASURED;
        }
        // With the whole average instead of the true one this is too large by (rest / count)², which is less than one unit².
        let about = i128::try_from(self.squares).unwrap_or(i128::MAX);
        let about = about.saturating_sub(average.saturating_mul(self.sum.saturating_add(rest)));
        let variance = about.unsigned_abs().checked_div(u128::from(self.count)).unwrap_or(0);
        from_wide(i128::try_from(variance.isqrt()).unwrap_or(i128::MAX))
    }
}

fn from_wide(scaled: i128) -> TimeInterval {
    i64::try_from(scaled).map_or(NOT_MEASURED, TimeInterval::from_scaled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn spread(samples: impl IntoIterator<Item = i64>) -> Spread {
        let mut tally = Tally::default();
        for sample in samples {
            tally.push(TimeInterval::from_scaled(sample));
        }
        tally.spread()
    }

    /// Average and standard deviation in two passes of floating point.
    #[expect(clippy::as_conversions, reason = "floating point of a test")]
    fn reference(samples: &[i64]) -> (f64, f64) {
        let count = samples.len() as f64;
        let average = samples.iter().map(|sample| *sample as f64).sum::<f64>() / count;
        let squares = samples.iter().map(|sample| (*sample as f64 - average).powi(2)).sum::<f64>();
        (average, (squares / count).sqrt())
    }

    #[expect(clippy::as_conversions, reason = "floating point of a test")]
    fn check(samples: &[i64]) {
        let (average, deviation) = reference(samples);
        let found = spread(samples.iter().copied());
        assert_eq!(found.minimum.scaled(), *samples.iter().min().unwrap());
        assert_eq!(found.maximum.scaled(), *samples.iter().max().unwrap());
        // What doubles can tell of numbers of this size, and the unit that integers round by.
        let slack = 1.0 + average.abs() * 1e-14 + deviation * 1e-9;
        assert!((found.average.scaled() as f64 - average).abs() <= slack, "{found:?} {average}");
        assert!((found.standard_deviation.scaled() as f64 - deviation).abs() <= slack, "{found:?} {deviation}");
    }

    /// IEEE 1588-2019 J.5.1
    #[test]
    fn nothing_is_told_of_no_sample() {
        assert_eq!(Tally::default().spread(), Spread::NOT_MEASURED);
        assert_eq!(NOT_MEASURED.scaled(), 0x7FFF_FFFF_FFFF_FFFF);
    }

    #[test]
    fn the_figures_of_a_known_set() {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, population standard deviation 2.
        let found = spread([2, 4, 4, 4, 5, 5, 7, 9]);
        let [average, minimum, maximum, standard_deviation] = [5, 2, 9, 2].map(TimeInterval::from_scaled);
        assert_eq!(found, Spread { average, minimum, maximum, standard_deviation });
    }

    proptest! {
        #[test]
        fn integers_find_what_floating_point_finds(
            centre in -(1_i64 << 55)..1 << 55,
            width in 1_i64..1 << 49,
            parts in proptest::collection::vec(-1000_i64..=1000, 1..400),
        ) {
            let samples: Vec<i64> =
                parts.iter().map(|part| centre.wrapping_add(part.wrapping_mul(width.checked_div(1000).unwrap()))).collect();
            check(&samples);
        }
    }

    #[test]
    fn a_day_of_128_samples_a_second_at_the_limit_fits() {
        // First one end, then the other for a day but one sample: the sums are as large as they get.
        let mut tally = Tally::default();
        let (low, high) = (-(1_i64 << 49), 1_i64 << 49);
        tally.push(TimeInterval::from_scaled(low));
        let count = 86_400_u32.wrapping_mul(128);
        for _ in 1..count {
            tally.push(TimeInterval::from_scaled(high));
        }
        let found = tally.spread();
        // Of a share p = 1 / count: average high − 2⁵⁰p, standard deviation 2⁵⁰ √(p (1 − p)).
        let (step, share) = (f64::from(1 << 25).powi(2), f64::from(count).recip());
        let deviation = step * (share * (1.0 - share)).sqrt();
        #[expect(clippy::as_conversions, reason = "floating point of a test")]
        let told = [found.average.scaled() as f64, found.standard_deviation.scaled() as f64];
        assert!((told[0] - (step / 2.0 - step * share)).abs() < 2.0, "{found:?}");
        assert!((told[1] - deviation).abs() < 2.0 + deviation * 1e-9, "{found:?} {deviation}");
    }

    #[test]
    fn samples_too_far_apart_have_no_standard_deviation_but_all_else() {
        let found = spread([i64::MIN, i64::MAX, 0]);
        assert_eq!(found.standard_deviation, NOT_MEASURED);
        assert_eq!((found.minimum.scaled(), found.maximum.scaled(), found.average.scaled()), (i64::MIN, i64::MAX, 0));
    }
}
