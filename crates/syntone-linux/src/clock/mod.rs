//! The clocks that messages are stamped on.

mod cross;
mod map;
mod phc;
mod software;
mod system;
mod watch;

pub use cross::{CrossMethod, CrossStamp};
pub use phc::Phc;
pub use software::{OscillatorError, SoftwareClock};
pub use system::{Leap, SystemClock};

use crate::Error;
use syntone_hal::{ClockLimits, FrequencyOffset, Stamping, Timestamp};

/// The clock of a [`LinuxHal`](crate::LinuxHal): which one it is decides how its ports stamp.
#[derive(Debug)]
pub enum PtpClock {
    /// A clock of this program alone; software stamps.
    Software(SoftwareClock),
    /// The machine's time of day; software stamps.
    System(SystemClock),
    /// The hardware clock of the interfaces; hardware stamps.
    Phc(Phc),
}

impl PtpClock {
    /// Where stamps on this clock are taken.
    #[must_use]
    pub const fn stamping(&self) -> Stamping {
        match self {
            Self::Software(_) | Self::System(_) => Stamping::Software,
            Self::Phc(_) => Stamping::Hardware,
        }
    }

    /// The frequency that was set last, or was found when the clock was opened.
    #[must_use]
    pub const fn frequency(&self) -> FrequencyOffset {
        match self {
            Self::Software(clock) => clock.frequency(),
            Self::System(clock) => clock.frequency(),
            Self::Phc(clock) => clock.frequency(),
        }
    }

    /// How far another program has stepped the clock since this was asked last, in nanoseconds; `None` if it has not. A software
    /// clock is of one program.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn stepped_by_others(&mut self) -> Result<Option<i64>, Error> {
        match self {
            Self::Software(_) => Ok(None),
            Self::System(clock) => Ok(clock.stepped_by_others()),
            Self::Phc(clock) => clock.stepped_by_others(),
        }
    }

    pub(crate) fn now(&mut self) -> Result<Timestamp, Error> {
        match self {
            Self::Software(clock) => Ok(clock.now()),
            Self::System(clock) => Ok(clock.now()),
            Self::Phc(clock) => clock.now(),
        }
    }

    pub(crate) fn step(&mut self, nanoseconds: i64) -> Result<(), Error> {
        match self {
            Self::Software(clock) => {
                clock.step(nanoseconds);
                Ok(())
            }
            Self::System(clock) => clock.step(nanoseconds),
            Self::Phc(clock) => clock.step(nanoseconds),
        }
    }

    pub(crate) fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Error> {
        match self {
            Self::Software(clock) => clock.set_frequency(frequency).then_some(()).ok_or(Error::FrequencyOutOfRange),
            Self::System(clock) => clock.set_frequency(frequency),
            Self::Phc(clock) => clock.set_frequency(frequency),
        }
    }

    pub(crate) const fn limits(&self) -> ClockLimits {
        match self {
            Self::Software(clock) => clock.limits(),
            Self::System(clock) => clock.limits(),
            Self::Phc(clock) => clock.limits(),
        }
    }

    /// The time in which the kernel stamps messages for this clock, in nanoseconds; 0 where it cannot be read.
    pub(crate) fn stamp_time(&mut self) -> i64 {
        match self {
            Self::Software(clock) => clock.kernel_now(),
            Self::System(clock) => clock.kernel_now(),
            Self::Phc(clock) => clock.now().map_or(0, |now| now.nanos_since(Timestamp::ZERO)),
        }
    }

    /// Converts a stamp of the kernel. `None` if it cannot be trusted.
    pub(crate) fn convert(&mut self, stamp: i64) -> Option<Timestamp> {
        match self {
            Self::Software(clock) => clock.convert(stamp),
            Self::System(clock) => clock.convert(stamp),
            Self::Phc(_) => u64::try_from(stamp).ok().map(Timestamp::from_nanos),
        }
    }
}

impl From<SoftwareClock> for PtpClock {
    fn from(clock: SoftwareClock) -> Self {
        Self::Software(clock)
    }
}

impl From<SystemClock> for PtpClock {
    fn from(clock: SystemClock) -> Self {
        Self::System(clock)
    }
}

impl From<Phc> for PtpClock {
    fn from(clock: Phc) -> Self {
        Self::Phc(clock)
    }
}
