//! A transport that is chosen while the program runs.

use crate::transport::{Refusal, Transport};
use crate::{Frame, FrameInterface};
use syntone_hal::{ClockHal, Forward, PortIndex, Received, Transmit};

/// One of two transports, as settings say when the program runs; for one of three `B` is another `Either`.
#[derive(Clone, Copy, Debug)]
pub enum Either<A, B> {
    /// The first one.
    First(A),
    /// The other one.
    Second(B),
}

/// The same of whichever it is.
macro_rules! of_either {
    ($either:expr, $transport:ident => $do:expr) => {
        match $either {
            Self::First($transport) => $do,
            Self::Second($transport) => $do,
        }
    };
}

impl<A: Transport, B: Transport> Transport for Either<A, B> {
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal> {
        of_either!(self, transport => transport.receive(frame, buffer))
    }

    fn send<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        transmit: Transmit,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        of_either!(self, transport => transport.send(interface, transmit, message))
    }

    fn forward<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        forward: Forward,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        of_either!(self, transport => transport.forward(interface, forward, message))
    }

    fn serve<I: FrameInterface + ClockHal>(&mut self, interface: &mut I) {
        of_either!(self, transport => transport.serve(interface));
    }

    fn on_link(&mut self, port: PortIndex, up: bool) {
        of_either!(self, transport => transport.on_link(port, up));
    }

    fn allows_one_step(&self) -> bool {
        of_either!(self, transport => transport.allows_one_step())
    }
}
