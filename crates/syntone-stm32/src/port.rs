//! The clock and the frames of the DMA rings.

use crate::block::{Block, Leaving, Receipt, Slot};
use crate::clock::{Clock, Monotonic};
use crate::memory::Memory;
use crate::registers::Registers;
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, OneStep, PortCapabilities, PortIndex,
    Stamping, Ticket, TimeInterval, Timestamp, TimestampHal,
};
use syntone_smoltcp::{FrameInterface, Outgoing, SliceFrame};

/// The shortest frame, without its check sequence.
const SHORTEST: usize = 60;

/// The MAC with its rings `X` (receive) and `Y` (transmit, of up to `SENT` descriptors), and its clock.
///
/// With EQOS a frame takes two receive descriptors, because its time comes in one of its own, and of each ring one is always left free: 8
/// are a good number to receive, and 4 to send. Frames that do not fit one buffer are dropped.
#[derive(Debug)]
pub struct Port<R, B, M, X, Y, const SENT: usize = 4> {
    clock: Clock<R, B, M>,
    receive: X,
    transmit: Y,
    station: [u8; 6],
    /// The receive descriptor to look at next; so many from it on hold the frame that was handed out.
    next_receive: usize,
    handed_out: usize,
    next_transmit: usize,
    tickets: [Option<u32>; SENT],
    /// The DMA was told to complete what leaves.
    completing: bool,
    /// There is a link, as the PHY says: ask it now and then, or in an interrupt.
    pub link: bool,
    /// Let the MAC write its egress time into a Sync, so that no Follow_Up is needed: EQOS alone, with 4 or more transmit descriptors, and
    /// until 2106, because it writes 32 bits of the seconds. Off at first: it is by the manual and was not seen on silicon. Such a Sync takes
    /// two descriptors and so does the next frame, because the unit believes what it was told until it is told otherwise: 8 are a good
    /// number. A Pdelay_Resp leaves in two steps always; why is told [above](crate#one-step).
    pub one_step: bool,
    /// What the PHY is known to take; zero if unknown.
    pub ingress_latency: TimeInterval,
    /// What the PHY is known to take; zero if unknown.
    pub egress_latency: TimeInterval,
}

impl<R: Registers, B: Block, M: Monotonic, X: Memory, Y: Memory, const SENT: usize> Port<R, B, M, X, Y, SENT> {
    /// Starts the DMA and the MAC on these rings, under the address `station`.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] for a ring of less than two descriptors, or three to receive with EQOS, and for a transmit ring of more
    /// than `SENT`.
    pub fn start(clock: Clock<R, B, M>, mut receive: X, mut transmit: Y, station: [u8; 6]) -> Result<Self, ErrorKind> {
        // With EQOS a frame, its time, and the one that is left free.
        let fewest = if B::HAS_TAIL { 3 } else { 2 };
        if receive.count() < fewest || !(2..=SENT).contains(&transmit.count()) {
            return Err(ErrorKind::OutOfRange);
        }
        let (upper, lower) = B::STATION;
        let [a, b, c, d, e, f] = station;
        // The lower half takes over both.
        clock.registers().write(upper, u32::from(u16::from_le_bytes([e, f])));
        clock.registers().write(lower, u32::from_le_bytes([a, b, c, d]));
        B::start(clock.registers(), &mut receive, &mut transmit);
        Ok(Self {
            clock,
            receive,
            transmit,
            station,
            next_receive: 0,
            handed_out: 0,
            next_transmit: 0,
            tickets: [None; SENT],
            completing: false,
            link: true,
            one_step: false,
            ingress_latency: TimeInterval::ZERO,
            egress_latency: TimeInterval::ZERO,
        })
    }

    /// The clock.
    pub const fn clock(&mut self) -> &mut Clock<R, B, M> {
        &mut self.clock
    }

    /// Lets the MAC interrupt for each frame that came in or has left. The handler calls [`acknowledge`](crate::acknowledge).
    pub fn listen(&mut self) {
        let (enable, interrupts, _) = B::INTERRUPTS;
        self.clock.registers().write(enable, interrupts);
    }

    /// The transmit descriptor behind `index`.
    fn after(&self, index: usize) -> usize {
        index.wrapping_add(1).checked_rem(self.transmit.count()).unwrap_or(0)
    }

    /// Syncs can leave in one step, and are to.
    fn completes_sync(&self) -> bool {
        B::ONE_STEP && self.one_step && self.transmit.count() >= 4
    }

    /// Gives the next receive descriptor back to the DMA.
    fn give_back(&mut self) {
        let index = self.next_receive;
        B::give(&mut self.receive, index);
        B::resume_receive(self.clock.registers(), &self.receive, index);
        self.next_receive = index.wrapping_add(1).checked_rem(self.receive.count()).unwrap_or(0);
    }
}

impl<R: Registers, B: Block, M: Monotonic, X: Memory, Y: Memory, const SENT: usize> FrameInterface
    for Port<R, B, M, X, Y, SENT>
{
    type Error = ErrorKind;
    type Frame<'a>
        = SliceFrame<'a>
    where
        Self: 'a;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        for _ in 0..core::mem::take(&mut self.handed_out) {
            self.give_back();
        }
        // Once around the ring is enough for one call.
        for _ in 0..self.receive.count() {
            let index = self.next_receive;
            match B::look(&self.receive, index) {
                Receipt::Empty => return Ok(None),
                Receipt::Frame { length, stamp, descriptors } if length <= self.receive.buffer(index).len() => {
                    self.handed_out = descriptors;
                    let stamp = stamp.and_then(|stamp| self.clock.extend(stamp));
                    let octets = self.receive.buffer(index).get(..length).unwrap_or(&[]);
                    return Ok(Some(SliceFrame::new(PortIndex(0), octets, stamp)));
                }
                Receipt::Frame { .. } | Receipt::Useless => self.give_back(),
            }
        }
        Ok(None)
    }

    fn send(&mut self, _: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        let leaving = match frame.one_step {
            None if ticket.is_none() => Leaving::Plain,
            None => Leaving::Stamped,
            Some(OneStep::Origin) if self.completes_sync() => Leaving::OneStep,
            Some(_) => return Err(ErrorKind::Unsupported),
        };
        let first = self.next_transmit;
        // The DMA is told in a descriptor before that of the frame, and believes it until it is told otherwise.
        let told = leaving == Leaving::OneStep || self.completing;
        let index = if told { self.after(first) } else { first };
        let free = if B::HAS_TAIL { self.after(index) } else { index };
        if [first, index, free].into_iter().any(|index| B::sent(&self.transmit, index) == Slot::Pending) {
            return Err(ErrorKind::Busy);
        }
        let buffer = self.transmit.buffer_mut(index);
        let length = frame.length().max(SHORTEST);
        let room = buffer.get_mut(..length).ok_or(ErrorKind::OutOfRange)?;
        room.fill(0);
        frame.copy_into(room).ok_or(ErrorKind::OutOfRange)?;
        let length = u32::try_from(length).map_err(|_| ErrorKind::OutOfRange)?;
        // Stamps that nobody has fetched from there are lost.
        if let Some(place) = self.tickets.get_mut(first) {
            *place = None;
        }
        if let Some(place) = self.tickets.get_mut(index) {
            *place = ticket.map(Ticket::into_raw);
        }
        B::send(self.clock.registers(), &mut self.transmit, index, length, leaving, told);
        self.completing = leaving == Leaving::OneStep;
        self.next_transmit = self.after(index);
        Ok(())
    }

    fn link_up(&mut self, _: PortIndex) -> bool {
        self.link
    }

    fn station(&self, _: PortIndex) -> [u8; 6] {
        self.station
    }
}

impl<R: Registers, B: Block, M: Monotonic, X: Memory, Y: Memory, const SENT: usize> TimestampHal
    for Port<R, B, M, X, Y, SENT>
{
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        for (index, place) in self.tickets.iter_mut().enumerate() {
            if place.is_none() {
                continue;
            }
            let Slot::Done(stamp) = B::sent(&self.transmit, index) else { continue };
            let stamp = stamp.and_then(|stamp| self.clock.extend(stamp));
            let ticket = place.take().map(Ticket::from_raw);
            return Ok(ticket.map(|ticket| EgressStamp { ticket, stamp }));
        }
        Ok(None)
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        PortCapabilities {
            stamping: Stamping::Hardware,
            one_step_sync: self.completes_sync(),
            resolution: TimeInterval::from_nanos(i64::from(self.clock.rate().increment)),
            ingress_latency: self.ingress_latency,
            egress_latency: self.egress_latency,
            ..PortCapabilities::default()
        }
    }
}

impl<R: Registers, B: Block, M: Monotonic, X: Memory, Y: Memory, const SENT: usize> ClockHal
    for Port<R, B, M, X, Y, SENT>
{
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.clock.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.clock.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.clock.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.clock.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.clock.limits()
    }
}
