//! Figures of several Syncs.

use super::Sample;

/// Figures of several Syncs; nanoseconds and ppb.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Statistics {
    count: u32,
    offset_squares: f64,
    offset_max: f64,
    frequency: Moments,
    delay: Moments,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moments {
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.squares += value * value;
    }

    /// Mean and standard deviation.
    fn of(&self, count: u32) -> (f64, f64) {
        let count = f64::from(count.max(1));
        let mean = self.sum / count;
        (mean, (self.squares / count - mean * mean).max(0.0).sqrt())
    }
}

impl Statistics {
    pub(crate) fn add(&mut self, sample: &Sample) {
        self.count += 1;
        self.offset_squares += sample.offset * sample.offset;
        self.offset_max = self.offset_max.max(sample.offset.abs());
        self.frequency.add(sample.frequency);
        self.delay.add(sample.delay);
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            rms: (self.offset_squares / f64::from(self.count.max(1))).sqrt(),
            max: self.offset_max,
            frequency: self.frequency.of(self.count),
            delay: self.delay.of(self.count),
        }
    }
}

/// What is printed of [`Statistics`]; means with their standard deviations.
pub(super) struct Figures {
    pub(super) rms: f64,
    pub(super) max: f64,
    pub(super) frequency: (f64, f64),
    pub(super) delay: (f64, f64),
}
