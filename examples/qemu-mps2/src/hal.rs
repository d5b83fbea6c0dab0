//! Frames, their stamps and the clock of this board, as the protocol wants them.

use crate::arrivals::Arrivals;
use crate::bus::Bus;
use crate::counter::{Extended, TICK_NANOS};
use crate::lan9118::{CHECK_LENGTH, Lan9118, PADDING, STATUS_ERROR};
use crate::soft_clock::SoftClock;
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Stamping,
    Ticket, TimeInterval, Timestamp, TimestampHal,
};
use syntone_smoltcp::{Frame, FrameInterface, Outgoing};

/// How far the clock can be steered: as much as the core's unit holds, less the oscillator's own error.
const MAX_FREQUENCY: FrequencyOffset = FrequencyOffset::from_ppb(30_000_000);
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
    /// Octets of the last frame that are still in the controller, and when it arrived.
    left: u32,
    arrival: Option<u32>,
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
        Self {
            controller,
            arrivals,
            station,
            counter: Extended::new(),
            clock,
            left: 0,
            arrival: None,
            tag: 0,
            pending: [None; 4],
        }
    }

    /// Waits for an interrupt: the next frame, or the moment `until` (as good as the chip's timer of 100 µs allows).
    pub fn sleep_until(&mut self, until: Instant) {
        let nanos = u32::try_from(until.nanos_since(self.monotonic())).unwrap_or(u32::MAX);
        let hundreds = u16::try_from(nanos / 100_000).unwrap_or(u16::MAX);
        if hundreds > 0 {
            self.controller.sleep(hundreds, self.arrivals);
        }
    }

    /// Frames wait to be received.
    #[must_use]
    pub fn has_frames(&self) -> bool {
        !self.arrivals.is_empty()
    }

    /// A frame of so many octets can be sent.
    #[must_use]
    pub fn has_room(&self, length: usize) -> bool {
        self.controller.has_room(length as u32)
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

/// The frame that was received last. It leaves the controller as it is read.
impl<B: Bus> Frame for &mut Board<'_, B> {
    fn header(&mut self) -> [u8; 14] {
        let mut octets = [0; 16];
        self.read(&mut octets);
        let [_, _, header @ ..] = octets;
        header
    }

    fn remaining(&self) -> usize {
        self.left.saturating_sub(CHECK_LENGTH) as usize
    }

    fn read(&mut self, octets: &mut [u8]) {
        let (mut word, mut held) = (0, 0_u32);
        for octet in octets {
            if held == 0 && self.left > 0 {
                word = self.controller.take_word(&mut self.left);
            }
            *octet = word as u8;
            word >>= 8;
            held = held.wrapping_add(1) & 3;
        }
    }

    fn stamp(&mut self) -> Option<Timestamp> {
        self.arrival.map(|arrival| self.time_of(arrival))
    }
}

impl<B: Bus> FrameInterface for Board<'_, B> {
    type Error = ErrorKind;
    type Frame<'f>
        = &'f mut Self
    where
        Self: 'f;

    fn receive(&mut self) -> Result<Option<&mut Self>, ErrorKind> {
        loop {
            // Whatever nobody read of the frame before.
            while self.left > 0 {
                self.controller.take_word(&mut self.left);
            }
            let Some((status, arrival)) = self.controller.take_status(self.arrivals) else { return Ok(None) };
            self.left = (status >> 16 & 0x3FFF).wrapping_add(PADDING);
            self.arrival = arrival;
            if status & STATUS_ERROR == 0 {
                return Ok(Some(self));
            }
        }
    }

    fn send(&mut self, _: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        // General messages go under the tag 0.
        let tag = if ticket.is_some() { self.tag.wrapping_add(1) | EVENT_TAG } else { 0 };
        let departure = self.controller.send(frame, tag).ok_or(ErrorKind::Busy)?;
        if let Some(ticket) = ticket.map(Ticket::into_raw) {
            self.tag = tag;
            if let Some(slot) = self.slot(tag) {
                *slot = Some(Pending { tag, ticket, departure });
            }
        }
        Ok(())
    }

    fn station(&self, _: PortIndex) -> [u8; 6] {
        self.station
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
