//! Moving median.

mod packed;

use syntone_hal::TimeInterval;

/// The moving median of the last `N` values, 1 to 255; of fewer while fewer have been seen.
#[derive(Clone, Debug)]
pub struct MedianFilter<const N: usize = 16> {
    /// A ring by age.
    values: [TimeInterval; N],
    /// The places of the values in the ring, the smallest value first; [`packed`] where that serves.
    order: [u8; N],
    /// The place that the next value takes.
    next: u8,
    count: u8,
}

impl<const N: usize> MedianFilter<N> {
    /// An empty filter.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N >= 1 && N <= 255, "a median of 1 to 255 values") };
        Self { values: [TimeInterval::ZERO; N], order: [0; N], next: 0, count: 0 }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.next = 0;
        self.count = 0;
    }

    /// Takes a value, drops the oldest if there are more than `N`, and gives the median: the mean of the middle two if
    /// their number is even.
    pub fn push(&mut self, value: TimeInterval) -> TimeInterval {
        if packed::serves(N) {
            return self.push_packed(value);
        }
        let place = self.next;
        self.next = place.wrapping_add(1);
        if usize::from(self.next) >= N {
            self.next = 0;
        }
        if let Some(slot) = self.values.get_mut(usize::from(place)) {
            *slot = value;
        }
        self.sort_in(place, value);
        self.middle(self.count, |rank| self.order.get(usize::from(rank)).copied().unwrap_or(0))
    }

    /// The median of `count` values; `place_of` tells where the value of a rank is.
    #[inline(always)]
    fn middle(&self, count: u8, place_of: impl Fn(u8) -> u8) -> TimeInterval {
        let middle = count >> 1;
        let upper = value_at(&self.values, place_of(middle));
        if count & 1 == 1 {
            return upper;
        }
        let lower = value_at(&self.values, place_of(middle.saturating_sub(1)));
        lower.half().wrapping_add(upper.half())
    }

    /// As [`Self::push`] with a packed order.
    fn push_packed(&mut self, value: TimeInterval) -> TimeInterval {
        let place = self.next & packed::LAST;
        self.next = place.wrapping_add(1);
        if let Some(slot) = self.values.get_mut(usize::from(place)) {
            *slot = value;
        }
        let Some(octets) = self.order.first_chunk_mut() else { return value };
        let mut order = u64::from_le_bytes(*octets);
        if self.count >= packed::VALUES {
            order = packed::exchanged(order, place, value, &self.values);
            *octets = order.to_le_bytes();
            return self.middle(packed::VALUES, |rank| packed::place_of(order, rank));
        }
        order = packed::inserted(order, self.count, place, value, &self.values);
        *octets = order.to_le_bytes();
        self.count = self.count.wrapping_add(1);
        self.middle(self.count, |rank| packed::place_of(order, rank))
    }

    /// Brings `place`, which now holds `value`, to its rank.
    fn sort_in(&mut self, place: u8, value: TimeInterval) {
        let rank = if usize::from(self.count) < N {
            self.count = self.count.wrapping_add(1);
            usize::from(place)
        } else {
            self.order.iter().position(|&other| other == place).unwrap_or(0)
        };
        let ranks = self.order.get_mut(..usize::from(self.count));
        let Some((smaller, [hole, larger @ ..])) = ranks.and_then(|ranks| ranks.split_at_mut_checked(rank)) else {
            return;
        };
        let mut hole = hole;
        for other in larger {
            if value_at(&self.values, *other) >= value {
                break;
            }
            *hole = *other;
            hole = other;
        }
        for other in smaller.iter_mut().rev() {
            if value_at(&self.values, *other) <= value {
                break;
            }
            *hole = *other;
            hole = other;
        }
        *hole = place;
    }
}

impl<const N: usize> Default for MedianFilter<N> {
    fn default() -> Self {
        Self::new()
    }
}

fn value_at(values: &[TimeInterval], place: u8) -> TimeInterval {
    values.get(usize::from(place)).copied().unwrap_or(TimeInterval::ZERO)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Sorts the last `n` values and takes the middle.
    fn plain_median(values: &[i64], n: usize) -> i64 {
        let mut last: Vec<i64> = values.iter().rev().take(n).copied().collect();
        last.sort_unstable();
        let middle = last.len() / 2;
        if last.len() % 2 == 1 {
            return last[middle];
        }
        (last[middle - 1] >> 1) + (last[middle] >> 1)
    }

    fn check<const N: usize>(values: &[i64]) {
        let mut filter = MedianFilter::<N>::new();
        for seen in 1..=values.len() {
            let median = filter.push(TimeInterval::from_scaled(values[seen - 1])).scaled();
            assert_eq!(median, plain_median(&values[..seen], N), "{N}: {:?}", &values[..seen]);
        }
    }

    proptest! {
        #[test]
        fn any_values_give_the_median_that_sorting_gives(values in prop::collection::vec(any::<i64>(), 0..60)) {
            check::<1>(&values);
            check::<5>(&values);
            check::<16>(&values);
        }

        #[test]
        fn many_equal_values_give_the_median_that_sorting_gives(values in prop::collection::vec(-2..3_i64, 0..60)) {
            check::<4>(&values);
            check::<16>(&values);
        }
    }

    #[test]
    fn a_spike_leaves_the_median_alone() {
        let mut filter = MedianFilter::<5>::new();
        for nanos in [100, 101, 99, 1_000_000, 100] {
            let median = filter.push(TimeInterval::from_nanos(nanos)).nanos();
            assert!((99..=101).contains(&median), "{median}");
        }
    }

    #[test]
    fn a_cleared_filter_remembers_nothing() {
        let mut filter = MedianFilter::<4>::new();
        for nanos in 0..10 {
            filter.push(TimeInterval::from_nanos(nanos));
        }
        filter.clear();
        assert_eq!(filter.push(TimeInterval::from_nanos(-7)), TimeInterval::from_nanos(-7));
    }
}
