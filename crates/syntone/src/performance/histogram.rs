//! How often an interval was how large.

use syntone_hal::TimeInterval;

/// Counts of intervals by size. Bucket i counts those that are no larger than bound i and larger than the bound before it; one more
/// counts those above the last bound. Counts wrap after 2³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    bounds: &'static [TimeInterval],
    counts: [u32; Self::BUCKETS],
}

/// Bounds for offsets: 0 and ± 10 ns to ± 1 ms, three a decade.
pub const OFFSET_BOUNDS: [TimeInterval; 23] = nanos([
    -1_000_000, -300_000, -100_000, -30_000, -10_000, -3_000, -1_000, -300, -100, -30, -10, 0, 10, 30, 100, 300, 1_000,
    3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
]);

/// Bounds for path delays: 10 ns to 10 ms, three a decade.
pub const DELAY_BOUNDS: [TimeInterval; 19] = nanos([
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 5_000_000, 10_000_000,
]);

impl Histogram {
    /// How many counts there are at the most.
    pub const BUCKETS: usize = 24;

    /// An empty one with these bounds, which rise. Those behind the 23rd are not used.
    #[must_use]
    pub fn new(bounds: &'static [TimeInterval]) -> Self {
        let last = Self::BUCKETS.saturating_sub(1);
        Self { bounds: bounds.get(..last).unwrap_or(bounds), counts: [0; Self::BUCKETS] }
    }

    /// Counts one interval.
    pub fn push(&mut self, interval: TimeInterval) {
        let bucket = self.bounds.partition_point(|bound| *bound < interval);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count = count.wrapping_add(1);
        }
    }

    /// Each upper bound with its count; `None` is above the last.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<TimeInterval>, u32)> + '_ {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        bounds.zip(self.counts.iter().copied())
    }

    /// The same bounds, nothing counted.
    #[must_use]
    pub const fn emptied(&self) -> Self {
        Self { bounds: self.bounds, counts: [0; Self::BUCKETS] }
    }
}

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs at compile time, below N")]
const fn nanos<const N: usize>(values: [i64; N]) -> [TimeInterval; N] {
    let mut bounds = [TimeInterval::ZERO; N];
    let mut index = 0;
    while index < N {
        bounds[index] = TimeInterval::from_nanos(values[index]);
        index += 1;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    static BOUNDS: [TimeInterval; 3] = nanos([-10, 0, 10]);

    #[test]
    fn an_interval_counts_in_the_bucket_whose_bound_it_does_not_exceed() {
        let mut histogram = Histogram::new(&BOUNDS);
        for nanos in [-11, -10, -9, 0, 1, 10, 11, 12] {
            histogram.push(TimeInterval::from_nanos(nanos));
        }
        histogram.push(TimeInterval::MIN);
        histogram.push(TimeInterval::MAX);
        let counts: Vec<u32> = histogram.buckets().map(|(_, count)| count).collect();
        assert_eq!(counts, [3, 2, 2, 3]);
        let bounds: Vec<_> = histogram.buckets().map(|(bound, _)| bound.map(TimeInterval::nanos)).collect();
        assert_eq!(bounds, [Some(-10), Some(0), Some(10), None]);
        assert!(histogram.emptied().buckets().all(|(_, count)| count == 0));
    }

    #[test]
    fn the_given_bounds_rise_and_fit() {
        assert!(OFFSET_BOUNDS.is_sorted() && DELAY_BOUNDS.is_sorted());
        assert!(OFFSET_BOUNDS.len() < Histogram::BUCKETS && DELAY_BOUNDS.len() < Histogram::BUCKETS);
        static MANY: [TimeInterval; 40] = [TimeInterval::ZERO; 40];
        assert_eq!(Histogram::new(&MANY).buckets().count(), 24);
    }
}
