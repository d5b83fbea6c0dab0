//! How messages are framed: what [`Raw`](crate::Raw) asks of a transport.

use crate::{Frame, FrameInterface};
use syntone_hal::{ClockHal, Forward, PortIndex, Received, Transmit};

/// Puts messages into frames and takes them out.
pub trait Transport {
    /// Takes the message of `frame` into `buffer`; `None` for what the transport needed for itself. The stamp is left to the caller.
    ///
    /// # Errors
    /// Why the frame is passed over.
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal>;

    /// Sends `message`.
    ///
    /// # Errors
    /// As [`NetworkHal::send`](syntone_hal::NetworkHal::send).
    fn send<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        transmit: Transmit,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error>;

    /// Sends `message`, which came in by another port, on its way.
    ///
    /// # Errors
    /// As [`NetworkHal::forward`](syntone_hal::NetworkHal::forward).
    fn forward<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        forward: Forward,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        self.send(interface, forward.transmit, message)
    }

    /// Sends what is due beside messages: memberships of groups, answers to who asks for our address.
    fn serve<I: FrameInterface + ClockHal>(&mut self, interface: &mut I) {
        let _ = interface;
    }

    /// The link of `port` went up or down.
    fn on_link(&mut self, port: PortIndex, up: bool) {
        let _ = (port, up);
    }

    /// One-step hardware may change messages on their way out: their checksum allows it.
    fn allows_one_step(&self) -> bool {
        true
    }
}

/// Why a frame is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not PTP by this transport, or not for us.
    Foreign,
    /// It ends too early, is a fragment, or a length, a version or a checksum is wrong.
    Malformed,
    /// A message that is longer than the caller's buffer.
    TooLong,
}
