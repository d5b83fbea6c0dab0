//! The PTP clock and the monotonic time.

use crate::{FrequencyOffset, HalError, Instant, Timestamp};

/// What a clock can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClockLimits {
    /// The largest frequency offset that can be set, either way; not negative.
    pub max_frequency: FrequencyOffset,
    /// The clock can be stepped. Where it cannot, the protocol slews only.
    pub can_step: bool,
}

/// The PTP clock that stamps the messages, and the monotonic time that drives the timers.
///
/// The two times are different types: [`Timestamp`] jumps and is steered, [`Instant`] does neither.
pub trait ClockHal {
    /// The driver's own error.
    type Error: HalError;

    /// Time since some fixed moment; never goes back, not affected by the PTP clock's steps and steering.
    fn monotonic(&mut self) -> Instant;

    /// Reads the PTP clock.
    ///
    /// # Errors
    /// When the clock cannot be read.
    fn now(&mut self) -> Result<Timestamp, Self::Error>;

    /// Adds `nanoseconds` (which may be negative) to the PTP clock in one step.
    ///
    /// Stamps taken before the step may still be handed over afterwards, on the time before the step.
    ///
    /// # Errors
    /// When the clock did not step.
    fn step(&mut self, nanoseconds: i64) -> Result<(), Self::Error>;

    /// Makes the PTP clock run `frequency` faster than its oscillator by itself would. Absolute, not added to what
    /// was set before.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange) beyond [`ClockLimits::max_frequency`]; nothing is
    /// changed then.
    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Self::Error>;

    /// What this clock can do; constant while the clock exists.
    fn limits(&self) -> ClockLimits;
}

impl<T: ClockHal + ?Sized> ClockHal for &mut T {
    type Error = T::Error;

    fn monotonic(&mut self) -> Instant {
        (**self).monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, Self::Error> {
        (**self).now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), Self::Error> {
        (**self).step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Self::Error> {
        (**self).set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        (**self).limits()
    }
}
