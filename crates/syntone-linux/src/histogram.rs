//! How often a quantity was how large.

/// Counts of values in nanoseconds, by ranges that are given at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One more than there are bounds: the last is for what is beyond them all.
    counts: Vec<u64>,
    sum: u64,
}

impl Histogram {
    /// Without values. `bounds` are the upper ends of its ranges in nanoseconds, each included, in ascending order.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0 }
    }

    /// Counts a value, in nanoseconds.
    pub fn add(&mut self, nanoseconds: u64) {
        let range = self.bounds.partition_point(|bound| *bound < nanoseconds);
        self.counts[range] += 1;
        self.sum = self.sum.saturating_add(nanoseconds);
    }

    /// For each bound in nanoseconds, how many values were not above it.
    pub fn up_to(&self) -> impl Iterator<Item = (u64, u64)> {
        let sums = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        self.bounds.iter().copied().zip(sums)
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All values together, in nanoseconds.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_each_range_that_it_is_not_above() {
        let mut histogram = Histogram::new(&[10, 100]);
        for value in [0, 10, 11, 100, 101] {
            histogram.add(value);
        }
        assert_eq!(histogram.up_to().collect::<Vec<_>>(), [(10, 2), (100, 4)]);
        assert_eq!((histogram.count(), histogram.sum()), (5, 222));
    }
}
