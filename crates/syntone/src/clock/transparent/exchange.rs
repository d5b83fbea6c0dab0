//! What goes into a transparent clock and what comes out of it.

use crate::servo::Adjustment;
use syntone_hal::{ClockLimits, EgressStamp, ErrorKind, Forward, Instant, PortCapabilities, PortIndex, Received};

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The board started: what its clock can do.
    Start(ClockLimits),
    /// What a port can do; given at the start and whenever it may have changed.
    Capabilities(PortIndex, PortCapabilities),
    /// A frame was received. Its octets are still in the buffer when [`TransparentClock::poll`] is called next, and until
    /// that says to wait: they are what is forwarded.
    ///
    /// [`TransparentClock::poll`]: super::TransparentClock::poll
    Frame(&'a Received, &'a [u8]),
    /// An egress time stamp became known, or is known to be lost.
    Egress(EgressStamp),
    /// The clock was adjusted: the parts that took effect.
    Adjusted(Adjustment),
    /// Somebody else stepped the clock.
    Stepped,
    /// A port's link is up (`true`) or down.
    Link(PortIndex, bool),
    /// The message that was to leave by this port last did not.
    SendFailed(PortIndex, ErrorKind),
    /// A frame could not be handed over.
    ReceiveFailed(ErrorKind),
}

/// What to do.
#[derive(Debug)]
#[must_use = "an output that is dropped is a message or an adjustment that is lost"]
pub enum Output {
    /// Send the first `length` octets of the buffer: mostly on their way, sometimes ours.
    Send {
        /// By which port, where to, under whose address, and whether its time stamp is wanted.
        forward: Forward,
        /// Octets of the message.
        length: usize,
    },
    /// Adjust the clock, and tell [`Input::Adjusted`].
    Adjust(Adjustment),
    /// Nothing until then, unless something happens.
    Wait(Instant),
}
