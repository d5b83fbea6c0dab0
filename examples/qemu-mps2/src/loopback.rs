//! Two stations on one controller whose PHY sends back what leaves: a clock and its peer in the same image, over the whole driver, and
//! in the same virtual time where an emulator counts instructions.

use crate::bus::Bus;
use crate::counter::TICK_NANOS;
use crate::hal::Board;
use crate::soft_clock::SoftClock;
use core::cell::RefCell;
use heapless::{Deque, Vec};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Ticket,
    Timestamp, TimestampHal,
};
use syntone_smoltcp::{Frame, FrameInterface, Outgoing, SliceFrame};

/// The longest frame that is kept.
const LONGEST: usize = 256;
/// Frames and stamps that wait for a station.
const CAPACITY: usize = 8;

/// What came back: its octets, and the counter when it did.
#[derive(Debug, Default)]
struct Stored {
    octets: Vec<u8, LONGEST>,
    ticks: Option<u64>,
}

#[derive(Debug, Default)]
struct Inbox {
    frames: Deque<Stored, CAPACITY>,
    /// Tickets and the counter when their frames left.
    departures: Deque<(u32, Option<u64>), CAPACITY>,
    /// The next stamp of what arrives, or of what leaves, is lost.
    loses: [bool; 2],
}

/// The controller, and what waits for its two stations.
#[derive(Debug)]
struct Shared<'a, B> {
    /// Its clock is the counter itself.
    board: Board<'a, B>,
    inboxes: [Inbox; 2],
    /// Who sent the event messages whose stamps are awaited, in their order.
    senders: Deque<usize, CAPACITY>,
}

/// The cable that ends where it begins.
#[derive(Debug)]
pub struct Loopback<'a, B>(RefCell<Shared<'a, B>>);

/// One of the stations, with a clock of its own.
#[derive(Debug)]
pub struct Station<'l, 'a, B> {
    cable: &'l Loopback<'a, B>,
    number: usize,
    clock: SoftClock,
    current: Stored,
}

fn address(number: usize) -> [u8; 6] {
    [0x02, 0, 0, 0, 0x38, 0x70 | number as u8]
}

/// The counter at a stamp of the board, whose clock is the counter.
fn ticks_of(stamp: Timestamp) -> u64 {
    counted(stamp.nanos_since(Timestamp::ZERO) as u64)
}

/// Ticks in so many nanoseconds.
fn counted(nanos: u64) -> u64 {
    nanos.checked_div(u64::from(TICK_NANOS)).unwrap_or(0)
}

impl<'a, B: Bus> Loopback<'a, B> {
    /// The cable of `board`, whose clock begins at 0 and is right.
    #[must_use]
    pub fn new(board: Board<'a, B>) -> Self {
        let inboxes = [Inbox::default(), Inbox::default()];
        Self(RefCell::new(Shared { board, inboxes, senders: Deque::new() }))
    }

    /// The station with this number, 0 or 1.
    #[must_use]
    pub fn station(&self, number: usize, clock: SoftClock) -> Station<'_, 'a, B> {
        Station { cable: self, number: number & 1, clock, current: Stored::default() }
    }

    /// Loses the stamp of the next frame that arrives at a station, or of the next one with a ticket that leaves it.
    pub fn lose_next_stamp(&self, number: usize, arriving: bool) {
        if let Some(inbox) = self.0.borrow_mut().inboxes.get_mut(number & 1) {
            let [ingress, egress] = &mut inbox.loses;
            *(if arriving { ingress } else { egress }) = true;
        }
    }

    /// Waits for a frame or for the moment `until`, without sleeping: an emulator that counts instructions knows then what time it is.
    pub fn spin_until(&self, until: Instant) {
        let board = &mut self.0.borrow_mut().board;
        while !board.has_frames() && board.monotonic() < until {
            // Not the hint of a spinning loop, at which an emulator stops to look around.
            for round in 0..512 {
                core::hint::black_box(round);
            }
        }
    }
}

impl<B: Bus> Shared<'_, B> {
    /// Takes what has come back, each frame for the station that did not send it.
    fn collect(&mut self) -> Result<(), ErrorKind> {
        while let Some(mut frame) = self.board.receive()? {
            let header = frame.header();
            let mut stored = Stored { octets: Vec::new(), ticks: frame.stamp().map(ticks_of) };
            let length = frame.remaining().wrapping_add(header.len());
            let fits = stored.octets.extend_from_slice(&header).and_then(|()| stored.octets.resize(length, 0)).is_ok();
            let Some(rest) = stored.octets.get_mut(header.len()..).filter(|_| fits) else { continue };
            frame.read(rest);
            let receiver = (0..2).find(|number| header.get(6..12) == Some(&address(number ^ 1)));
            if let Some(inbox) = receiver.and_then(|receiver| self.inboxes.get_mut(receiver)) {
                let [lost, _] = &mut inbox.loses;
                stored.ticks = stored.ticks.filter(|_| !core::mem::take(lost));
                // What has no room is lost, as in any switch.
                let _ = inbox.frames.push_back(stored);
            }
        }
        while let Some(egress) = self.board.poll_egress()? {
            let sender = self.senders.pop_front().unwrap_or(0);
            if let Some(inbox) = self.inboxes.get_mut(sender) {
                let [_, lost] = &mut inbox.loses;
                let ticks = egress.stamp.filter(|_| !core::mem::take(lost)).map(ticks_of);
                let _ = inbox.departures.push_back((egress.ticket.into_raw(), ticks));
            }
        }
        Ok(())
    }
}

impl<B: Bus> FrameInterface for Station<'_, '_, B> {
    type Error = ErrorKind;
    type Frame<'f>
        = SliceFrame<'f>
    where
        Self: 'f;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        let mut shared = self.cable.0.borrow_mut();
        shared.collect()?;
        let Some(stored) = shared.inboxes.get_mut(self.number).and_then(|inbox| inbox.frames.pop_front()) else {
            return Ok(None);
        };
        let stamp = stored.ticks.map(|ticks| self.clock.at(ticks));
        self.current = stored;
        Ok(Some(SliceFrame::new(PortIndex(0), &self.current.octets, stamp)))
    }

    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        let mut shared = self.cable.0.borrow_mut();
        let awaited = ticket.is_some();
        shared.board.send(port, frame, ticket)?;
        if awaited {
            shared.senders.push_back(self.number).map_err(|_| ErrorKind::Busy)?;
        }
        Ok(())
    }

    fn station(&self, _: PortIndex) -> [u8; 6] {
        address(self.number)
    }
}

impl<B: Bus> TimestampHal for Station<'_, '_, B> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        let mut shared = self.cable.0.borrow_mut();
        shared.collect()?;
        let departure = shared.inboxes.get_mut(self.number).and_then(|inbox| inbox.departures.pop_front());
        Ok(departure.map(|(ticket, ticks)| EgressStamp {
            ticket: Ticket::from_raw(ticket),
            stamp: ticks.map(|ticks| self.clock.at(ticks)),
        }))
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.cable.0.borrow().board.capabilities(port)
    }
}

impl<B: Bus> Station<'_, '_, B> {
    fn ticks(&self) -> u64 {
        counted(self.cable.0.borrow_mut().board.monotonic().nanos())
    }
}

impl<B: Bus> ClockHal for Station<'_, '_, B> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        let ticks = self.ticks();
        self.clock.keep_up(ticks);
        Instant::from_nanos(ticks.wrapping_mul(u64::from(TICK_NANOS)))
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        Ok(self.clock.at(self.ticks()))
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.clock.step(self.ticks(), nanoseconds);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(self.limits().max_frequency) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        self.clock.set_frequency(self.ticks(), frequency);
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        self.cable.0.borrow().board.limits()
    }
}
