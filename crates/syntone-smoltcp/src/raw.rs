//! A board's frames as ports of a PTP clock.

use crate::transport::{Refusal, Transport};
use crate::{Frame, FrameInterface};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, Forward, FrequencyOffset, Instant, NetworkHal, PortCapabilities,
    PortIndex, Received, Timestamp, TimestampHal, Transmit,
};

/// Frames that one call of `receive` passes over at the most: a flood keeps nobody in there. The loop of the protocol comes
/// back at once for the rest, because each call that gave up so is told as an error.
const BATCH: u8 = 32;
/// Message types below this one are event messages (IEEE 1588-2019 13.3.2.3).
const FIRST_GENERAL_TYPE: u8 = 8;

/// Frames that were received and are no messages for us. The counts wrap. A message that is longer than
/// the buffer for it is not among them: it is an error of `receive`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FrameCounters {
    /// Not PTP by this transport, or for somebody else.
    pub foreign: u32,
    /// Too short, in fragments, or with a wrong length, version or checksum.
    pub malformed: u32,
}

/// The three traits that a PTP clock needs, over the frames of the board `I` and the framing `T`.
///
/// The MAC's filter must pass the groups of the transport ([`Ethernet::GROUPS`](crate::Ethernet::GROUPS) and the like).
#[derive(Debug)]
pub struct Raw<I, T> {
    interface: I,
    transport: T,
    counters: FrameCounters,
}

impl<I, T> Raw<I, T> {
    /// Messages framed by `transport` over `interface`.
    pub const fn new(interface: I, transport: T) -> Self {
        let counters = FrameCounters { foreign: 0, malformed: 0 };
        Self { interface, transport, counters }
    }

    /// The board.
    pub const fn interface(&mut self) -> &mut I {
        &mut self.interface
    }

    /// The framing.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Frames that were passed over.
    pub const fn counters(&self) -> FrameCounters {
        self.counters
    }
}

impl<I: FrameInterface + ClockHal, T: Transport> NetworkHal for Raw<I, T> {
    type Error = <I as FrameInterface>::Error;

    /// As the trait says. After 32 frames that were no messages it ends with [`ErrorKind::Busy`]: call it again.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Self::Error> {
        self.transport.serve(&mut self.interface);
        for _ in 0..BATCH {
            let Some(mut frame) = self.interface.receive()? else { return Ok(None) };
            match self.transport.receive(&mut frame, buffer) {
                Ok(Some(mut received)) => {
                    if buffer.first().is_some_and(|octet| octet & 0xF < FIRST_GENERAL_TYPE) {
                        received.stamp = frame.stamp();
                    }
                    return Ok(Some(received));
                }
                Ok(None) => {}
                Err(Refusal::TooLong) => return Err(ErrorKind::BufferTooSmall.into()),
                Err(refusal) => {
                    let FrameCounters { foreign, malformed } = &mut self.counters;
                    let counter = if refusal == Refusal::Foreign { foreign } else { malformed };
                    *counter = counter.wrapping_add(1);
                }
            }
        }
        Err(ErrorKind::Busy.into())
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Self::Error> {
        self.transport.send(&mut self.interface, transmit, message)
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), Self::Error> {
        self.transport.forward(&mut self.interface, forward, message)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        let up = self.interface.link_up(port);
        self.transport.on_link(port, up);
        up
    }
}

impl<I: TimestampHal, T: Transport> TimestampHal for Raw<I, T> {
    type Error = I::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Self::Error> {
        self.interface.poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        let mut capabilities = self.interface.capabilities(port);
        if !self.transport.allows_one_step() {
            capabilities.one_step_sync = false;
            capabilities.one_step_pdelay_resp = false;
            capabilities.one_step_residence = false;
        }
        capabilities
    }
}

impl<I: ClockHal, T> ClockHal for Raw<I, T> {
    type Error = I::Error;

    fn monotonic(&mut self) -> Instant {
        self.interface.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, Self::Error> {
        self.interface.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), Self::Error> {
        self.interface.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Self::Error> {
        self.interface.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.interface.limits()
    }
}
