//! What goes into a clock and what comes out of it.

use crate::event::Event;
use crate::port::Timer;
use crate::servo::Adjustment;
use syntone_hal::{ClockLimits, EgressStamp, ErrorKind, Instant, PortCapabilities, PortIndex, Received, Transmit};

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The board started: what its clock can do. Before that no adjustment is asked for.
    Start(ClockLimits),
    /// What a port can do; given at the start and whenever it may have changed.
    Capabilities(PortIndex, PortCapabilities),
    /// A frame was received; the octets begin with the PTP header and may have padding behind the message.
    Frame(&'a Received, &'a [u8]),
    /// An egress time stamp became known, or is known to be lost.
    Egress(EgressStamp),
    /// The clock was adjusted: the parts that took effect.
    Adjusted(Adjustment),
    /// Somebody else stepped the clock by that many nanoseconds.
    Stepped(i64),
    /// A port's link is up (`true`) or down.
    Link(PortIndex, bool),
    /// A message could not be sent by this port.
    SendFailed(PortIndex, ErrorKind),
    /// A frame could not be handed over.
    ReceiveFailed(ErrorKind),
}

/// What to do.
#[derive(Debug)]
#[must_use = "an output that is dropped is a message or an adjustment that is lost"]
pub enum Output {
    /// Send the first `length` octets of the buffer.
    Send {
        /// By which port, where to, and whether its time stamp is wanted.
        transmit: Transmit,
        /// Octets of the message.
        length: usize,
    },
    /// Adjust the clock, and tell [`Input::Adjusted`].
    Adjust(Adjustment),
    /// Something that the application may want to know.
    Event(Event),
    /// Nothing until then, unless something happens.
    Wait(Wait),
}

/// Until when there is nothing to do, and why then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Wait {
    /// Poll again at that time at the latest.
    pub until: Instant,
    /// What is due then.
    pub reason: WaitReason,
}

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WaitReason {
    /// A timer of a port.
    Timer(PortIndex, Timer),
    /// The next state decision (IEEE 1588-2019 9.2.6.9).
    StateDecision,
}
