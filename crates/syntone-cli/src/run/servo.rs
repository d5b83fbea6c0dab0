//! The servo of the daemon: PI, or none.

use super::clock;
use super::settings::Settings;
use syntone::servo::{Adjustment, LockState, PiServo, Servo, ServoContext, SyncSample};
use syntone_hal::{FrequencyOffset, Instant};

/// What steers the clock.
#[derive(Debug)]
pub(crate) enum DaemonServo {
    Pi(PiServo),
    /// Nothing: `free_running`.
    Free,
}

impl DaemonServo {
    /// # Errors
    /// A text that names the option.
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        if settings.flag("free_running", None) {
            return Ok(Self::Free);
        }
        PiServo::new(clock::servo_config(settings)).map(Self::Pi).map_err(|error| error.to_string())
    }

    /// The clock runs at `frequency`.
    pub(crate) fn start_from(&mut self, frequency: FrequencyOffset) {
        if let Self::Pi(servo) = self {
            servo.start_from(frequency);
        }
    }
}

impl Servo for DaemonServo {
    fn start(&mut self, context: &ServoContext) {
        if let Self::Pi(servo) = self {
            servo.start(context);
        }
    }

    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        match self {
            Self::Pi(servo) => servo.sync(sample),
            Self::Free => Adjustment::NONE,
        }
    }

    fn applied(&mut self, at: Instant, effective: &Adjustment) {
        if let Self::Pi(servo) = self {
            servo.applied(at, effective);
        }
    }

    fn hold(&mut self) -> Adjustment {
        match self {
            Self::Pi(servo) => servo.hold(),
            Self::Free => Adjustment::NONE,
        }
    }

    fn lock_state(&self) -> LockState {
        match self {
            Self::Pi(servo) => servo.lock_state(),
            Self::Free => LockState::Unlocked,
        }
    }

    fn frequency(&self) -> FrequencyOffset {
        match self {
            Self::Pi(servo) => servo.frequency(),
            Self::Free => FrequencyOffset::ZERO,
        }
    }
}
