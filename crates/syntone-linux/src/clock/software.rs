//! The software clock: a PTP clock laid over the kernel's time of day.

use super::map::{self, ClockMap};
use super::watch::{Reading, StepWatch, read_kernel};
use syntone_hal::{ClockLimits, FrequencyOffset, Timestamp};

/// How wrong the imagined oscillator of a [`SoftwareClock`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OscillatorError {
    /// How far the clock is ahead of the kernel's time of day at the start, in nanoseconds.
    pub offset_ns: i64,
    /// How much faster than the kernel's time it runs.
    pub frequency: FrequencyOffset,
}

/// A PTP clock laid over CLOCK_REALTIME, the clock in which the kernel takes its software time stamps.
///
/// Stepping and steering it changes this object alone, never the machine's own time. When somebody else steps the
/// machine's time, this clock notices and runs on undisturbed.
///
/// The arithmetic is exact: no reading depends on how often the clock was read or steered.
#[derive(Debug)]
pub struct SoftwareClock {
    map: ClockMap,
    watch: StepWatch,
    oscillator: FrequencyOffset,
    steering: FrequencyOffset,
    /// Kernel time stamps before this moment were taken before the machine's time was stepped.
    valid_from: i64,
    read: fn() -> Reading,
}

impl SoftwareClock {
    /// The largest offset that [`SoftwareClock::set_frequency`] accepts.
    pub const MAX_FREQUENCY: FrequencyOffset = FrequencyOffset::from_ppb(1_000_000);

    /// A clock that equals the kernel's time of day but for `error`, and then drifts off as `error` says.
    #[must_use]
    pub fn new(error: OscillatorError) -> Self {
        Self::over(error, read_kernel)
    }

    fn over(error: OscillatorError, read: fn() -> Reading) -> Self {
        let (watch, real) = StepWatch::start(read());
        let mut map = ClockMap::new(real, error.offset_ns);
        map.set_rate(real, rate(error.frequency, FrequencyOffset::ZERO));
        Self { map, watch, oscillator: error.frequency, steering: FrequencyOffset::ZERO, valid_from: i64::MIN, read }
    }

    /// Reads the clock.
    pub fn now(&mut self) -> Timestamp {
        let kernel = self.kernel_now();
        self.map.at(kernel)
    }

    /// Adds `nanoseconds` to the clock in one step. Stamps taken before it are converted to the time after it.
    pub fn step(&mut self, nanoseconds: i64) {
        self.kernel_now();
        self.map.step(nanoseconds);
    }

    /// Makes the clock run `frequency` faster than its oscillator by itself would. Absolute.
    ///
    /// Returns `false`, and changes nothing, beyond [`SoftwareClock::MAX_FREQUENCY`].
    pub fn set_frequency(&mut self, frequency: FrequencyOffset) -> bool {
        if frequency.clamp_to(Self::MAX_FREQUENCY) != frequency {
            return false;
        }
        let kernel = self.kernel_now();
        self.map.set_rate(kernel, rate(self.oscillator, frequency));
        self.steering = frequency;
        true
    }

    /// The frequency that was set last; zero at the start.
    #[must_use]
    pub const fn frequency(&self) -> FrequencyOffset {
        self.steering
    }

    /// What the clock can do.
    #[must_use]
    pub const fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: Self::MAX_FREQUENCY, can_step: true }
    }

    /// The machine's time of day, in nanoseconds, for use with [`SoftwareClock::at`].
    pub fn kernel_now(&mut self) -> i64 {
        let (kernel, stepped) = self.watch.read((self.read)());
        if stepped != 0 {
            self.map.shift(stepped);
            self.valid_from = kernel;
        }
        kernel
    }

    /// What this clock showed when the machine's time of day was `kernel` nanoseconds: two clocks asked for the same
    /// moment are compared without any reading error.
    #[must_use]
    pub fn at(&self, kernel: i64) -> Timestamp {
        self.map.at(kernel)
    }

    /// Converts a time stamp of the kernel. `None` if it cannot be trusted: from the future, or from before somebody
    /// stepped the machine's time.
    pub(crate) fn convert(&mut self, kernel_stamp: i64) -> Option<Timestamp> {
        let kernel = self.kernel_now();
        (self.valid_from..=kernel).contains(&kernel_stamp).then(|| self.map.at(kernel_stamp))
    }
}

/// The total rate of an oscillator that is off by `oscillator`, steered by `steering`, in units of 2⁻¹⁶ ppm; the product
/// of the two offsets counts too: 37 ppm × 37 ppm is 1.4 ppb.
fn rate(oscillator: FrequencyOffset, steering: FrequencyOffset) -> i64 {
    let (oscillator, steering) = (i64::from(oscillator.scaled_ppm()), i64::from(steering.scaled_ppm()));
    let product = oscillator * steering;
    oscillator + steering + (product + product.signum() * map::UNITY / 2) / map::UNITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn starts_as_wrong_as_it_was_told() {
        let mut clock =
            SoftwareClock::new(OscillatorError { offset_ns: 250_000_000, frequency: FrequencyOffset::ZERO });
        let kernel = clock.kernel_now();
        assert_eq!(clock.at(kernel).nanos_since(Timestamp::from_nanos(kernel.unsigned_abs())), 250_000_000);
    }

    #[test]
    fn two_clocks_over_the_same_kernel_clock_drift_apart_as_told() {
        let mut slow = SoftwareClock::new(OscillatorError::default());
        let mut fast =
            SoftwareClock::new(OscillatorError { offset_ns: 0, frequency: FrequencyOffset::from_ppb(100_000) });
        let start = slow.kernel_now().max(fast.kernel_now());
        let apart =
            |kernel: i64, slow: &SoftwareClock, fast: &SoftwareClock| fast.at(kernel).nanos_since(slow.at(kernel));
        let first = apart(start, &slow, &fast);
        assert_eq!(apart(start + 1_000_000_000, &slow, &fast) - first, 100_000);
    }

    #[test]
    fn steering_cancels_the_oscillator() {
        let mut clock =
            SoftwareClock::new(OscillatorError { offset_ns: 0, frequency: FrequencyOffset::from_ppb(37_000) });
        assert!(clock.set_frequency(FrequencyOffset::from_ppb(-36_999)));
        let kernel = clock.kernel_now();
        // 1.000037 × (1 − 36.999e-6) = 1 − 0.37 ppb: over 1000 s, −369 ns by exact calculation.
        let elapsed = clock.at(kernel + 1_000_000_000_000).nanos_since(clock.at(kernel));
        assert!((elapsed - 1_000_000_000_000 + 369).abs() <= 10, "{elapsed}");
    }

    #[test]
    fn refuses_a_frequency_out_of_range_and_keeps_the_old_one() {
        let mut clock = SoftwareClock::new(OscillatorError::default());
        assert!(clock.set_frequency(FrequencyOffset::from_ppb(1_000_000)));
        assert!(!clock.set_frequency(FrequencyOffset::from_ppb(1_000_001)));
        assert_eq!(clock.frequency(), FrequencyOffset::from_ppb(1_000_000));
        let kernel = clock.kernel_now();
        assert_eq!(clock.at(kernel + 1_000_000).nanos_since(clock.at(kernel)), 1_001_000);
    }

    #[test]
    fn a_stamp_from_the_future_is_not_believed() {
        let mut clock = SoftwareClock::new(OscillatorError::default());
        let kernel = clock.kernel_now();
        assert!(clock.convert(kernel).is_some());
        assert_eq!(clock.convert(kernel + 3_600_000_000_000), None);
    }

    thread_local! {
        static KERNEL: Cell<Reading> = const { Cell::new((0, 0, 0)) };
    }

    /// The kernel's clocks show these times from now on.
    fn set_kernel(monotonic: i64, real: i64) {
        KERNEL.set((monotonic - 10, real, monotonic + 10));
    }

    #[test]
    fn runs_on_undisturbed_when_the_machines_time_is_stepped() {
        const SECOND: i64 = 1_000_000_000;
        set_kernel(10 * SECOND, 1000 * SECOND);
        let error = OscillatorError { offset_ns: 5, frequency: FrequencyOffset::from_ppb(1_000) };
        let mut clock = SoftwareClock::over(error, || KERNEL.get());
        let start = clock.now();
        set_kernel(11 * SECOND, 4601 * SECOND);
        assert_eq!(clock.now().nanos_since(start), SECOND + 1000);
        // What was stamped before the step cannot be told from what was stamped long ago.
        assert_eq!(clock.convert(1000 * SECOND + 5), None);
        set_kernel(12 * SECOND, 4602 * SECOND);
        assert_eq!(clock.convert(4602 * SECOND).map(|stamp| stamp.nanos_since(start)), Some(2 * SECOND + 2000));
        set_kernel(13 * SECOND, 1003 * SECOND);
        assert_eq!(clock.now().nanos_since(start), 3 * SECOND + 3000);
        assert_eq!(clock.convert(4602 * SECOND + 5), None);
    }

    #[test]
    fn two_rates_combine_as_factors() {
        let thousand_ppm = FrequencyOffset::from_ppb(1_000_000);
        // 1.001 × 1.001 = 1.002001: 2001 ppm.
        assert_eq!(rate(thousand_ppm, thousand_ppm), 2001 * 65_536);
        assert_eq!(rate(thousand_ppm, thousand_ppm.negated()), -65_536);
    }
}
