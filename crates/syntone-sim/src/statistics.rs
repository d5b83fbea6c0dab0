//! What a scenario is judged by.

use crate::{SimTime, Span};

/// Offsets sampled over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    samples: Vec<(SimTime, Span)>,
}

impl Series {
    pub(crate) fn push(&mut self, at: SimTime, offset: Span) {
        self.samples.push((at, offset));
    }

    /// Every sample: when, and the offset.
    #[must_use]
    pub fn samples(&self) -> &[(SimTime, Span)] {
        &self.samples
    }

    /// The figures of all samples from `from` on.
    #[must_use]
    pub fn since(&self, from: impl Into<SimTime>) -> Statistics {
        let from = from.into();
        Statistics::of(self.samples.iter().filter(|(at, _)| *at >= from).map(|(_, offset)| *offset))
    }

    /// The figures of all samples from `from` on, before `until`.
    #[must_use]
    pub fn between(&self, from: impl Into<SimTime>, until: impl Into<SimTime>) -> Statistics {
        let range = from.into()..until.into();
        Statistics::of(self.samples.iter().filter(|(at, _)| range.contains(at)).map(|(_, offset)| *offset))
    }

    /// When the offset came below `limit` and stayed there to the end; `None` if it did not.
    #[must_use]
    pub fn settled_below(&self, limit: Span) -> Option<SimTime> {
        let within = |(_, offset): &&(SimTime, Span)| offset.picos().abs() < limit.picos();
        self.samples.iter().rev().take_while(within).last().map(|(at, _)| *at)
    }

    /// When the offset was first below `limit`; `None` if it never was.
    #[must_use]
    pub fn first_below(&self, limit: Span) -> Option<SimTime> {
        self.samples.iter().find(|(_, offset)| offset.picos().abs() < limit.picos()).map(|(at, _)| *at)
    }
}

/// Figures of a set of offsets, in nanoseconds. Those of an empty set are not numbers, so that no limit holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Sizes, sorted.
    sizes: Vec<f64>,
    mean: f64,
    rms: f64,
}

impl Statistics {
    /// The figures of `offsets`.
    #[must_use]
    pub fn of(offsets: impl IntoIterator<Item = Span>) -> Self {
        let values: Vec<f64> = offsets.into_iter().map(Span::nanos).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let rms = (values.iter().map(|value| value * value).sum::<f64>() / count).sqrt();
        let mut sizes: Vec<f64> = values.into_iter().map(f64::abs).collect();
        sizes.sort_by(f64::total_cmp);
        Self { sizes, mean, rms }
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// The mean.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// The root mean square.
    #[must_use]
    pub const fn rms(&self) -> f64 {
        self.rms
    }

    /// The standard deviation about the mean.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        (self.rms * self.rms - self.mean * self.mean).max(0.0).sqrt()
    }

    /// The size that no offset exceeds.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.sizes.last().copied().unwrap_or(f64::NAN)
    }

    /// The smallest size that `percent` of the offsets do not exceed; 0 < `percent` ≤ 100.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.sizes.len() as f64).ceil() as usize;
        self.sizes.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

/// The median: the middle one, or the mean of the two in the middle; not a number if there is none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ns, secs};

    #[test]
    fn figures_of_a_known_set() {
        // By hand: sum 2, squares 4 + 1 + 9 + 4 + 0 = 18 over 5.
        let figures = Statistics::of([ns(2), ns(-1), ns(3), ns(-2), ns(0)]);
        assert_eq!((figures.count(), figures.mean(), figures.max()), (5, 0.4, 3.0));
        assert!((figures.rms() - 3.6_f64.sqrt()).abs() < 1e-12);
        assert!((figures.deviation() - 3.44_f64.sqrt()).abs() < 1e-12);
        assert_eq!([20.0, 50.0, 80.0, 81.0, 100.0].map(|p| figures.percentile(p)), [0.0, 2.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn nothing_holds_of_an_empty_set() {
        let figures = Statistics::of([]);
        assert!(figures.rms().is_nan() && figures.max().is_nan() && figures.percentile(99.0).is_nan());
    }

    #[test]
    fn windows_and_settling() {
        let mut series = Series::default();
        for (at, offset) in [(0, 90), (1, 5), (2, -50), (3, 7), (4, -8)] {
            series.push(SimTime::after(secs(at)), ns(offset));
        }
        assert_eq!(series.since(secs(3)).max(), 8.0);
        assert_eq!(series.between(secs(1), secs(3)).count(), 2);
        assert_eq!(series.first_below(ns(10)), Some(SimTime::after(secs(1))));
        assert_eq!(series.settled_below(ns(10)), Some(SimTime::after(secs(3))));
        assert_eq!(series.settled_below(ns(8)), None);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }
}
