//! Moving median.

use syntone_hal::TimeInterval;

/// The moving median of the last `N` values; of fewer while fewer were seen.
#[derive(Clone, Debug)]
pub struct MedianFilter<const N: usize = 16> {
    values: [TimeInterval; N],
    oldest: u8,
    count: u8,
}

impl<const N: usize> MedianFilter<N> {
    /// An empty filter. `N` is 1 to 255.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N >= 1 && N <= 255, "a median of 1 to 255 values") };
        Self { values: [TimeInterval::ZERO; N], oldest: 0, count: 0 }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.oldest = 0;
        self.count = 0;
    }

    /// Takes a value and gives the median; the mean of the middle two when their number is even.
    pub fn push(&mut self, value: TimeInterval) -> TimeInterval {
        if let Some(slot) = self.values.get_mut(usize::from(self.oldest)) {
            *slot = value;
        }
        self.oldest = self.oldest.wrapping_add(1);
        if usize::from(self.oldest) >= N {
            self.oldest = 0;
        }
        if usize::from(self.count) < N {
            self.count = self.count.wrapping_add(1);
        }
        value
    }
}

impl<const N: usize> Default for MedianFilter<N> {
    fn default() -> Self {
        Self::new()
    }
}
