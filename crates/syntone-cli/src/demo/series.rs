//! What was measured in a run, and its statistics.

/// Samples kept at most; a longer run is thinned out.
const CAPACITY: usize = 1 << 17;

/// What was known after one Sync.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    /// Since the start of the run, in nanoseconds.
    pub(crate) at: u64,
    /// offsetFromMaster, in nanoseconds: positive when the slave is ahead.
    pub(crate) offset: f64,
    /// How far the slave really is ahead, in nanoseconds, where that can be known.
    pub(crate) true_error: Option<f64>,
    /// meanPathDelay, in nanoseconds.
    pub(crate) delay: f64,
    /// The frequency offset that the clock is set to, in ppb.
    pub(crate) frequency: f64,
    /// The servo calls itself locked.
    pub(crate) locked: bool,
}

/// How it stood before there was an offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Early {
    /// Since the start of the run, in nanoseconds.
    pub(crate) at: u64,
    /// As in [`Sample::true_error`].
    pub(crate) true_error: Option<f64>,
    /// As in [`Sample::frequency`].
    pub(crate) frequency: f64,
}

/// The samples of a run.
#[derive(Debug, Default)]
pub(crate) struct Series {
    samples: Vec<Sample>,
    early: Vec<Early>,
    /// Samples offered since one was kept, and how many of them make one kept: a power of 2.
    skipped: usize,
    thinning: usize,
}

/// Statistics of one quantity, by its size without the sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Statistics {
    pub(crate) rms: f64,
    /// Half of the values are not larger: one that is far off does not show.
    pub(crate) median: f64,
    /// 99 % of the values are not larger.
    pub(crate) p99: f64,
    pub(crate) max: f64,
    /// How many values there were.
    pub(crate) count: usize,
}

impl Series {
    /// Adds a sample, unless it falls to the thinning of a long run.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.skipped += 1;
        if self.skipped < self.thinning {
            return;
        }
        self.skipped = 0;
        if self.samples.len() == CAPACITY {
            let mut odd = false;
            self.samples.retain(|_| {
                odd = !odd;
                odd
            });
            self.thinning = self.thinning.max(1) * 2;
        }
        self.samples.push(sample);
    }

    /// Notes how it stands while there is no offset yet; one note in 50 ms is kept.
    pub(crate) fn push_early(&mut self, early: Early) {
        let is_due = self.early.last().is_none_or(|last| early.at >= last.at + 50_000_000);
        if self.samples.is_empty() && self.early.len() < CAPACITY && is_due {
            self.early.push(early);
        }
    }

    /// What was noted before the first sample, the oldest first.
    pub(crate) fn early(&self) -> &[Early] {
        &self.early
    }

    /// All samples, the oldest first.
    pub(crate) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The samples from `start` nanoseconds on.
    pub(crate) fn since(&self, start: u64) -> &[Sample] {
        let first = self.samples.partition_point(|sample| sample.at < start);
        &self.samples[first..]
    }
}

impl Statistics {
    /// Of `values`; `None` if there are none.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sizes: Vec<f64> = values.map(f64::abs).collect();
        sizes.sort_by(f64::total_cmp);
        let max = *sizes.last()?;
        let count = sizes.len();
        let rms = (sizes.iter().map(|size| size * size).sum::<f64>() / count as f64).sqrt();
        let rank = (count * 99).div_ceil(100);
        Some(Self { rms, median: sizes[(count - 1) / 2], p99: sizes[rank - 1], max, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Sample {
        Sample { at: seconds * 1_000_000_000, ..Sample::default() }
    }

    #[test]
    fn statistics_of_a_known_set() {
        let set = (1..=200).map(|i| if i % 2 == 0 { f64::from(i) } else { -f64::from(i) });
        let statistics = Statistics::of(set).unwrap();
        // Sum of squares to n is n(n+1)(2n+1)/6: 2 686 700; the 198th of 200 sizes is 198.
        assert!((statistics.rms - (2_686_700.0_f64 / 200.0).sqrt()).abs() < 1e-9);
        assert_eq!((statistics.median, statistics.p99, statistics.max), (100.0, 198.0, 200.0));
        assert_eq!(statistics.count, 200);
        assert_eq!(Statistics::of(std::iter::empty()), None);
    }

    #[test]
    fn the_last_part_of_a_run_can_be_had() {
        let mut series = Series::default();
        (0..10).for_each(|i| series.push(at(i)));
        assert_eq!(series.since(5_000_000_000).first(), Some(&at(5)));
        assert_eq!(series.since(5_000_000_000).len(), 5);
        assert_eq!(series.since(60_000_000_000), []);
    }

    #[test]
    fn notes_end_with_the_first_sample() {
        let mut series = Series::default();
        let early = |at| Early { at, true_error: None, frequency: 0.0 };
        for at in [0, 49_999_999, 50_000_000, 60_000_000] {
            series.push_early(early(at));
        }
        series.push(at(1));
        series.push_early(early(2_000_000_000));
        assert_eq!(series.early(), [0, 50_000_000].map(early));
    }

    #[test]
    fn a_long_run_is_thinned_out_evenly() {
        let mut series = Series::default();
        let total = 3 * CAPACITY as u64;
        (0..total).for_each(|i| series.push(at(i)));
        let samples = series.samples();
        assert!(samples.len() > CAPACITY / 2 && samples.len() <= CAPACITY);
        let gaps: Vec<u64> = samples.windows(2).map(|pair| (pair[1].at - pair[0].at) / 1_000_000_000).collect();
        assert!(gaps.iter().all(|gap| (1..=8).contains(gap)), "{:?}", gaps.iter().max());
        assert!(total - samples[samples.len() - 1].at / 1_000_000_000 <= 8);
    }
}
