//! Servos: samples of the offset in, adjustments of the clock out.
//!
//! A servo holds no clock and reads no time. The clock's owner hands it each Sync and each delay exchange as a raw
//! sample of its own, makes the [`Adjustment`] that comes back, and reports when it took effect.

#[cfg(test)]
mod bench;
mod gains;
mod lock;
mod median;
mod observer;
mod pi;
mod pi_config;
#[cfg(test)]
mod pi_tests;
#[cfg(test)]
mod reference;
mod units;

pub(crate) use units::{bounded_difference, bounded_sum};

pub use gains::Gains;
pub use median::MedianFilter;
pub use pi::PiServo;
pub use pi_config::{PiConfig, PiConfigError};

use syntone_hal::{ClockLimits, FrequencyOffset, Instant, Stamping, TimeInterval, Timestamp};

/// One Sync, once its origin time is known: how far the slave appears ahead, path delay included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SyncSample {
    /// When the Sync message itself was handled, as near to [`SyncSample::ingress`] as the monotonic time tells.
    pub at: Instant,
    /// The ingress time stamp t2 as it was taken, on the clock that is being steered.
    pub ingress: Timestamp,
    /// t2 − t1 in whole nanoseconds, before corrections; ± 272 years.
    pub difference_nanos: i64,
    /// What is to be added to [`SyncSample::difference_nanos`]: fractions of the stamps, minus the correctionFields of
    /// Sync and Follow_Up, minus asymmetry and latency.
    pub correction: TimeInterval,
    /// The filtered mean path delay; `None` until one is known.
    pub mean_delay: Option<TimeInterval>,
    /// The logarithm to base 2 of the Sync interval in seconds; 0x7F if that is not known.
    pub log_sync_interval: i8,
}

impl SyncSample {
    /// offsetFromMaster (IEEE 1588-2019 11.2), positive when the slave is ahead; saturates beyond ± 39 h; `None` until the
    /// path delay is known.
    #[must_use]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub fn offset_from_master(&self) -> Option<TimeInterval> {
        self.mean_delay.map(|delay| TimeInterval::from_nanos(self.difference_nanos) + (self.correction - delay))
    }
}

/// One delay exchange, for servos that filter the delay themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DelaySample {
    /// When the exchange was complete.
    pub at: Instant,
    /// The egress time stamp t3 of the request as it was taken, on the clock that is being steered.
    pub egress: Timestamp,
    /// t4 − t3 in whole nanoseconds, before corrections; zero with peer delay. ± 272 years.
    pub difference_nanos: i64,
    /// What is to be added to [`DelaySample::difference_nanos`], as in [`SyncSample::correction`].
    pub correction: TimeInterval,
    /// The mean path delay of this exchange alone.
    pub mean_path_delay: TimeInterval,
}

/// What the samples are made of and what the clock can do; given with [`Servo::start`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServoContext {
    /// Where the port's time stamps are taken.
    pub stamping: Stamping,
    /// The step of the time stamps; zero if unknown.
    pub resolution: TimeInterval,
    /// What the clock can do.
    pub limits: ClockLimits,
}

/// What a servo wants done to the clock, or what of it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the servo counts on the clock being adjusted"]
pub struct Adjustment {
    /// Nanoseconds to add to the clock in one step.
    pub step: Option<i64>,
    /// The frequency to set, absolute. After the step, where there is one.
    pub frequency: Option<FrequencyOffset>,
}

impl Adjustment {
    /// Leave the clock alone.
    pub const NONE: Self = Self { step: None, frequency: None };
}

/// How well the clock follows its master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LockState {
    /// Not within the threshold, or not yet for long enough.
    #[default]
    Unlocked,
    /// Within the threshold for several Syncs in a row.
    Locked,
    /// It was locked; the master is lost and the frequency is held.
    Holdover,
}

/// Turns samples into adjustments.
pub trait Servo {
    /// A new master was chosen, or somebody else stepped the clock: what is known of the offset is void, what is known
    /// of the frequency is kept.
    fn start(&mut self, context: &ServoContext);

    /// Takes one Sync and says what to do to the clock.
    fn sync(&mut self, sample: &SyncSample) -> Adjustment;

    /// Takes one delay exchange.
    fn delay(&mut self, sample: &DelaySample) {
        let _ = sample;
    }

    /// Reports what of the last adjustment took effect, and when. A part that the clock refused is `None`.
    fn applied(&mut self, at: Instant, effective: &Adjustment);

    /// The master is lost: says which frequency to hold.
    fn hold(&mut self) -> Adjustment;

    /// How well the clock follows.
    fn lock_state(&self) -> LockState;

    /// The frequency that keeps pace with the master, as well as it is known: without what is being made up at the
    /// moment.
    fn frequency(&self) -> FrequencyOffset;
}
