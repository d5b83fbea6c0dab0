//! A bench for the HAL contract on the board itself, with nobody at the other end of the cable.

use crate::ethernet::{ETHERTYPE, PEER_GROUP, PRIMARY_GROUP, header};
use crate::{Ethernet, Frame, FrameInterface, Outgoing, Raw, SliceFrame};
use heapless::{Deque, Vec};
use syntone_hal::contract::{Bounds, Check, Direction, Fixture, Injected, Taken};
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, FrequencyOffset, Instant, MessageClass, PortCapabilities,
    PortIndex, Ticket, Timestamp, TimestampHal,
};

/// The longest frame of the checks, with its header and padding.
const LONGEST: usize = 256;
/// Frames that are kept for the side that did not ask for them.
const CAPACITY: usize = 4;
/// What is before a message.
const HEADER: usize = 14;
/// The port that is looked at.
const PORT: PortIndex = PortIndex(0);
/// How long the longest frame of the checks is on a medium of 100 Mbit/s and in the PHY, and some more.
const ROUND_NANOS: u64 = 50_000;

/// A board whose PHY or MAC sends back what leaves it. What it has sent is for its peer, who is the same board under another
/// address; the rest is for the board.
#[derive(Debug)]
pub struct Looped<I> {
    interface: I,
    own: Inbox,
    peer: Inbox,
    current: Stored,
    loses: [bool; 2],
}

type Inbox = Deque<Stored, CAPACITY>;

#[derive(Debug, Default)]
struct Stored {
    octets: Vec<u8, LONGEST>,
    stamp: Option<Timestamp>,
}

/// The checks of the contract over a board whose first port sends back what leaves it: `check_all(&mut bench)`.
///
/// Most PHYs can do that (bit 14 of their control register). Unicast messages of the board to its peer are not looked at, because the
/// MAC's filter would not let them in again.
#[derive(Debug)]
pub struct LoopBench<I, W> {
    hal: Raw<Looped<I>, Ethernet>,
    bounds: Bounds,
    wait: W,
    station: [u8; 6],
    taken_for: Option<Destination>,
    /// Told of each check before it is made.
    pub starting: fn(Check),
}

impl<I: FrameInterface + TimestampHal + ClockHal, W: FnMut(u64)> LoopBench<I, W> {
    /// The bench of `interface`, which is looped already. `wait` lets time pass: some of the nanoseconds that it is given, or none; it
    /// is called until they are over.
    pub fn new(interface: I, bounds: Bounds, wait: W) -> Self {
        let station = interface.station(PORT);
        let looped =
            Looped { interface, own: Deque::new(), peer: Deque::new(), current: Stored::default(), loses: [false; 2] };
        Self { hal: Raw::new(looped, Ethernet), bounds, wait, station, taken_for: None, starting: |_| {} }
    }

    /// The board.
    pub const fn interface(&mut self) -> &mut I {
        &mut self.hal.interface().interface
    }
}

impl<I, W> Fixture for LoopBench<I, W>
where
    I: FrameInterface + TimestampHal + ClockHal,
    W: FnMut(u64),
{
    type Hal = Raw<Looped<I>, Ethernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.hal
    }

    fn pass(&mut self, nanos: u64) {
        let until = self.interface().monotonic().plus_nanos(nanos);
        loop {
            let left = until.nanos_since(self.interface().monotonic());
            if left == 0 {
                return;
            }
            (self.wait)(left);
        }
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn address(&self, port: PortIndex) -> Option<Address> {
        (port == PORT).then_some(Address::Ethernet(self.station))
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.inject_for(port, Destination::PrimaryMulticast, class, message)
    }

    fn inject_for(&mut self, port: PortIndex, destination: Destination, _: MessageClass, message: &[u8]) -> Injected {
        let station = match destination {
            Destination::PrimaryMulticast => PRIMARY_GROUP,
            Destination::PeerMulticast => PEER_GROUP,
            Destination::Unicast(Address::Ethernet(station)) => station,
            Destination::Unicast(_) => return Injected::Unsupported,
        };
        let header = header(station, peer_of(self.station), ETHERTYPE);
        let frame = Outgoing { header: &header, message, trailer: &[], one_step: None };
        if self.interface().send(port, frame, None).is_err() {
            return Injected::Unsupported;
        }
        // It stays in the ring: what is there is the driver's to tell.
        self.pass(ROUND_NANOS);
        Injected::Sent
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let looped = self.hal.interface();
        while looped.peer.is_empty() && matches!(looped.sort(), Ok(true)) {}
        let Some(Stored { octets, .. }) = looped.peer.pop_front() else { return Taken::Nothing };
        let (group, message) = (octets.first_chunk(), octets.get(HEADER..).unwrap_or(&[]));
        self.taken_for = match group {
            Some(&PRIMARY_GROUP) => Some(Destination::PrimaryMulticast),
            Some(&PEER_GROUP) => Some(Destination::PeerMulticast),
            Some(station) => Some(Destination::Unicast(Address::Ethernet(*station))),
            None => None,
        };
        buffer.get_mut(..message.len()).map_or(Taken::Nothing, |place| {
            place.copy_from_slice(message);
            Taken::Message(message.len())
        })
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        let [ingress, egress] = &mut self.hal.interface().loses;
        *(if direction == Direction::Ingress { ingress } else { egress }) = true;
        true
    }

    fn starting(&mut self, check: Check) {
        let looped = self.hal.interface();
        // What the checks before did not ask for.
        while matches!(looped.sort(), Ok(true)) {
            looped.peer.clear();
        }
        looped.peer.clear();
        (self.starting)(check);
    }
}

/// The address of the peer of a station.
const fn peer_of(station: [u8; 6]) -> [u8; 6] {
    let [a, b, c, d, e, f] = station;
    [a, b, c, d, e, f ^ 0x80]
}

impl<I: FrameInterface> Looped<I> {
    /// Takes the next frame out of the board and puts it where it belongs; whether there was one.
    fn sort(&mut self) -> Result<bool, <I as FrameInterface>::Error> {
        let station = self.interface.station(PORT);
        let Some(mut frame) = self.interface.receive()? else { return Ok(false) };
        let header = frame.header();
        let length = frame.remaining().saturating_add(HEADER);
        let mut stored = Stored { octets: Vec::new(), stamp: frame.stamp() };
        let fits = stored.octets.extend_from_slice(&header).and_then(|()| stored.octets.resize(length, 0));
        let Some(rest) = stored.octets.get_mut(HEADER..).filter(|_| fits.is_ok()) else { return Ok(true) };
        frame.read(rest);
        drop(frame);
        let is_own = header.get(6..12) == Some(&station);
        let inbox = if is_own { &mut self.peer } else { &mut self.own };
        if !is_own {
            let [lost, _] = &mut self.loses;
            stored.stamp = stored.stamp.filter(|_| !core::mem::take(lost));
        }
        // What has no room is lost, as in any switch.
        let _ = inbox.push_back(stored);
        Ok(true)
    }
}

impl<I: FrameInterface> FrameInterface for Looped<I> {
    type Error = I::Error;
    type Frame<'a>
        = SliceFrame<'a>
    where
        Self: 'a;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, Self::Error> {
        while self.own.is_empty() && self.sort()? {}
        let Some(stored) = self.own.pop_front() else { return Ok(None) };
        self.current = stored;
        Ok(Some(SliceFrame::new(PORT, &self.current.octets, self.current.stamp)))
    }

    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), Self::Error> {
        self.interface.send(port, frame, ticket)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.interface.link_up(port)
    }

    fn station(&self, port: PortIndex) -> [u8; 6] {
        self.interface.station(port)
    }
}

impl<I: TimestampHal> TimestampHal for Looped<I> {
    type Error = I::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Self::Error> {
        let Some(mut egress) = self.interface.poll_egress()? else { return Ok(None) };
        let [_, lost] = &mut self.loses;
        egress.stamp = egress.stamp.filter(|_| !core::mem::take(lost));
        Ok(Some(egress))
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.interface.capabilities(port)
    }
}

impl<I: ClockHal> ClockHal for Looped<I> {
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
