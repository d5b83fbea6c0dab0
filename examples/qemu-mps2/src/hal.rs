//! The three traits of the protocol's edge, on this board.

use crate::arrivals::Arrivals;
use crate::bus::Bus;
use crate::counter::{Extended, TICK_NANOS};
use crate::lan9118::Lan9118;
use crate::soft_clock::SoftClock;
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, FrequencyOffset, Instant, NetworkHal,
    PortCapabilities, PortIndex, Received, Stamping, Ticket, TimeInterval, Timestamp, TimestampHal, Transmit,
};

/// Group of all messages but peer delay (IEEE 1588-2019 E.4).
const PRIMARY_GROUP: [u8; 6] = [0x01, 0x1B, 0x19, 0x00, 0x00, 0x00];
/// Group of the peer delay messages, which no bridge forwards (IEEE 1588-2019 E.4).
const PEER_GROUP: [u8; 6] = [0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E];
/// How far the clock can be steered: as much as the core's unit holds, less the oscillator's own error.
const MAX_FREQUENCY: FrequencyOffset = FrequencyOffset::from_ppb(30_000_000);
/// Message types below this one are event messages (IEEE 1588-2019 13.3.2.3).
const FIRST_GENERAL_TYPE: u8 = 8;

/// Tags with this bit are those of event messages.
const EVENT_TAG: u16 = 1 << 15;

/// An event message on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Pending {
    tag: u16,
    ticket: u32,
    departure: u32,
}

/// The board: one port, and a clock of its own.
#[derive(Debug)]
pub struct Board<'a, B> {
    controller: &'a Lan9118<B>,
    arrivals: &'a Arrivals,
    station: [u8; 6],
    counter: Extended,
    clock: SoftClock,
    /// The tag of the last event message; the chip gives it back with the status word.
    tag: u16,
    /// Event messages whose status word has not come yet, at the place that their tag names. One that never comes
    /// loses its place to a later one.
    pending: [Option<Pending>; 4],
}

impl<'a, B: Bus> Board<'a, B> {
    /// The board with its controller started, under the station address `station`.
    #[must_use]
    pub const fn new(controller: &'a Lan9118<B>, arrivals: &'a Arrivals, station: [u8; 6], clock: SoftClock) -> Self {
        Self { controller, arrivals, station, counter: Extended::new(), clock, tag: 0, pending: [None; 4] }
    }

    /// Waits for an interrupt: the next frame, or the moment `until` (as good as the chip's timer of 100 µs allows).
    pub fn sleep_until(&mut self, until: Instant) {
        let nanos = u32::try_from(until.nanos_since(self.monotonic())).unwrap_or(u32::MAX);
        let hundreds = u16::try_from(nanos / 100_000).unwrap_or(u16::MAX);
        if hundreds > 0 {
            self.controller.sleep(hundreds, self.arrivals);
        }
    }

    fn ticks(&mut self) -> u64 {
        let raw = self.controller.counter();
        self.counter.look(raw)
    }

    fn time_of(&mut self, raw: u32) -> Timestamp {
        let ticks = self.counter.look(raw);
        self.clock.at(ticks)
    }

    fn slot(&mut self, tag: u16) -> Option<&mut Option<Pending>> {
        self.pending.get_mut(usize::from(tag & 3))
    }
}

impl<B: Bus> NetworkHal for Board<'_, B> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        let Some(frame) = self.controller.receive(buffer, self.arrivals) else { return Ok(None) };
        let Some(message) = buffer.get(..frame.length) else { return Err(ErrorKind::BufferTooSmall) };
        let is_event = message.first().is_some_and(|octet| octet & 0xF < FIRST_GENERAL_TYPE);
        let stamp = frame.arrival.filter(|_| is_event).map(|arrival| self.time_of(arrival));
        let source = Some(Address::Ethernet(frame.source));
        Ok(Some(Received { port: PortIndex(0), length: frame.length, source, destination: None, stamp }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        let destination = match transmit.destination {
            Destination::PrimaryMulticast => PRIMARY_GROUP,
            Destination::PeerMulticast => PEER_GROUP,
            Destination::Unicast(Address::Ethernet(station)) => station,
            Destination::Unicast(_) => return Err(ErrorKind::Unreachable),
        };
        // General messages go under the tag 0.
        let tag = if transmit.ticket.is_some() { self.tag.wrapping_add(1) | EVENT_TAG } else { 0 };
        let departure = self.controller.send(destination, self.station, message, tag).ok_or(ErrorKind::Busy)?;
        if let Some(ticket) = transmit.ticket.map(Ticket::into_raw) {
            self.tag = tag;
            if let Some(slot) = self.slot(tag) {
                *slot = Some(Pending { tag, ticket, departure });
            }
        }
        Ok(())
    }
}

impl<B: Bus> TimestampHal for Board<'_, B> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        while let Some(sent) = self.controller.sent() {
            let Some(slot) = self.slot(sent.tag) else { continue };
            if let Some(Pending { ticket, departure, .. }) = slot.take_if(|pending| pending.tag == sent.tag) {
                let stamp = sent.left.then(|| self.time_of(departure));
                return Ok(Some(EgressStamp { ticket: Ticket::from_raw(ticket), stamp }));
            }
        }
        Ok(None)
    }

    fn capabilities(&self, _port: PortIndex) -> PortCapabilities {
        PortCapabilities {
            stamping: Stamping::Software,
            resolution: TimeInterval::from_nanos(i64::from(TICK_NANOS)),
            ..PortCapabilities::default()
        }
    }
}

impl<B: Bus> ClockHal for Board<'_, B> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        let ticks = self.ticks();
        self.clock.keep_up(ticks);
        Instant::from_nanos(ticks.wrapping_mul(u64::from(TICK_NANOS)))
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        let ticks = self.ticks();
        Ok(self.clock.at(ticks))
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        let ticks = self.ticks();
        self.clock.step(ticks, nanoseconds);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(MAX_FREQUENCY) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        let ticks = self.ticks();
        self.clock.set_frequency(ticks, frequency);
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: MAX_FREQUENCY, can_step: true }
    }
}
