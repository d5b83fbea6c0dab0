//! Egress time stamps and what a port can stamp.

use crate::{HalError, PortIndex, Ticket, TimeInterval, Timestamp};

/// Where the time stamps of a port are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Stamping {
    /// In software: driver, interrupt or kernel; microseconds of noise.
    #[default]
    Software,
    /// In the MAC, PHY or a simulation of one: nanoseconds.
    Hardware,
}

/// What a port can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortCapabilities {
    /// Where stamps are taken.
    pub stamping: Stamping,
    /// The step of the time stamps; zero if unknown.
    pub resolution: TimeInterval,
    /// The hardware can write the egress time into a Sync as it leaves.
    pub one_step_sync: bool,
    /// The hardware can write the turnaround time into a Pdelay_Resp as it leaves.
    pub one_step_pdelay_resp: bool,
    /// The hardware can do [`OneStep::Elapsed`](crate::OneStep::Elapsed) to any event message, so that a transparent clock
    /// passes it on in one step. Only a transparent clock asks.
    pub one_step_residence: bool,
    /// Known time from the medium to the point where ingress stamps are taken (IEEE 1588-2019 16.7.1); zero if unknown.
    pub ingress_latency: TimeInterval,
    /// Known time from the point where egress stamps are taken to the medium (IEEE 1588-2019 16.7.1); zero if unknown.
    pub egress_latency: TimeInterval,
}

/// The egress time stamp that belongs to a ticket.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EgressStamp {
    /// The ticket of the message.
    pub ticket: Ticket,
    /// When it left, on the PTP clock, not corrected for latency; `None` if the hardware is known to have lost it.
    pub stamp: Option<Timestamp>,
}

/// Hands over egress time stamps and says what the ports can do.
pub trait TimestampHal {
    /// The driver's own error.
    type Error: HalError;

    /// The next egress time stamp that has become known, of any port and in any order, or `Ok(None)` at once.
    ///
    /// A stamp that never comes is simply never returned: it costs the protocol one sample.
    ///
    /// # Errors
    /// When the driver failed. Must not block.
    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Self::Error>;

    /// What `port` can do. Asked once when the clock starts and again after its link came up.
    fn capabilities(&self, port: PortIndex) -> PortCapabilities;
}

impl<T: TimestampHal + ?Sized> TimestampHal for &mut T {
    type Error = T::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Self::Error> {
        (**self).poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        (**self).capabilities(port)
    }
}
