//! The frames, stamps and clock of a [`Chip`]: tickets, and the arithmetic of steps and addends. `Raw` of `syntone-smoltcp` frames messages.

use crate::chip::{Chip, RawStamp};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Stamping,
    Ticket, TimeInterval, Timestamp, TimestampHal,
};
use syntone_smoltcp::{FrameInterface, Outgoing, SliceFrame};

/// The longest frame: no PTP message of ours is longer.
const LONGEST: usize = 1_514;
/// Event messages whose stamp is awaited at the same time.
const IN_FLIGHT: usize = 4;

/// A board with one port.
#[derive(Debug)]
pub struct Board<C> {
    chip: C,
    /// The tickets of the messages under way; their place is the tag that the hardware carries.
    tickets: [Option<Ticket>; IN_FLIGHT],
    /// The place that was taken last: a message whose stamp never comes must give way one day.
    last: usize,
    frame: [u8; LONGEST],
}

impl<C: Chip> Board<C> {
    /// A board on an initialised chip.
    pub fn new(mut chip: C) -> Self {
        chip.set_addend(C::NOMINAL_ADDEND);
        Self { chip, tickets: [const { None }; IN_FLIGHT], last: 0, frame: [0; LONGEST] }
    }

    /// The chip.
    pub fn chip(&mut self) -> &mut C {
        &mut self.chip
    }

    /// Keeps a ticket in the next place; what may still be there is a stamp that was lost.
    fn keep(&mut self, ticket: Ticket) -> u8 {
        self.last = (self.last + 1) % IN_FLIGHT;
        self.tickets[self.last] = Some(ticket);
        self.last as u8
    }
}

impl<C: Chip> FrameInterface for Board<C> {
    type Error = ErrorKind;
    type Frame<'a>
        = SliceFrame<'a>
    where
        Self: 'a;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        let Some(info) = self.chip.take_frame(&mut self.frame) else { return Ok(None) };
        let octets = self.frame.get(..info.length).ok_or(ErrorKind::BufferTooSmall)?;
        Ok(Some(SliceFrame::new(PortIndex(0), octets, info.stamp.and_then(timestamp))))
    }

    fn send(&mut self, _: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        // Hardware that completes a message as it leaves is told so with the frame, and `capabilities` says that it can.
        if frame.one_step.is_some() {
            return Err(ErrorKind::Unsupported);
        }
        let length = frame.copy_into(&mut self.frame).ok_or(ErrorKind::OutOfRange)?;
        let tag = ticket.map(|ticket| self.keep(ticket));
        if self.chip.put_frame(self.frame.get(..length).unwrap_or(&[]), tag) {
            return Ok(());
        }
        if let Some(tag) = tag {
            self.tickets[usize::from(tag)] = None;
        }
        Err(ErrorKind::Busy)
    }

    fn link_up(&mut self, _: PortIndex) -> bool {
        self.chip.link_up()
    }

    fn station(&self, _: PortIndex) -> [u8; 6] {
        self.chip.mac_address()
    }
}

impl<C: Chip> TimestampHal for Board<C> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        while let Some((tag, stamp)) = self.chip.take_stamp() {
            let ticket = self.tickets.get_mut(usize::from(tag)).and_then(Option::take);
            if let Some(ticket) = ticket {
                return Ok(Some(EgressStamp { ticket, stamp: stamp.and_then(timestamp) }));
            }
        }
        Ok(None)
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        PortCapabilities {
            stamping: Stamping::Hardware,
            // How far the clock goes on with each overflow of its accumulator; and what your PHY is known to take.
            resolution: TimeInterval::from_nanos(40),
            ..PortCapabilities::default()
        }
    }
}

impl<C: Chip> ClockHal for Board<C> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        Instant::from_nanos(self.chip.monotonic_nanos())
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        // The same seconds before and after: the nanoseconds between belong to them.
        let mut before = self.chip.read_clock();
        for _ in 0..4 {
            let after = self.chip.read_clock();
            if after.seconds == before.seconds && after.nanos >= before.nanos {
                return timestamp(after).ok_or(ErrorKind::Other);
            }
            before = after;
        }
        Err(ErrorKind::Timeout)
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        let size = nanoseconds.unsigned_abs();
        let seconds = u32::try_from(size / 1_000_000_000).map_err(|_| ErrorKind::OutOfRange)?;
        self.chip.step_clock(nanoseconds >= 0, seconds, (size % 1_000_000_000) as u32);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(self.limits().max_frequency) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        // addend = nominal · (1 + frequency), in 2⁻¹⁶ ppm, rounded.
        let nominal = i64::from(C::NOMINAL_ADDEND);
        let change = i128::from(nominal) * i128::from(frequency.scaled_ppm());
        let half = 32_768_000_000 * change.signum();
        let addend = nominal + ((change + half) / 65_536_000_000) as i64;
        self.chip.set_addend(u32::try_from(addend).map_err(|_| ErrorKind::OutOfRange)?);
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: FrequencyOffset::from_ppb(C::MAX_PPB), can_step: true }
    }
}

fn timestamp(stamp: RawStamp) -> Option<Timestamp> {
    // Seconds of 32 bits end in 2106: hardware that has 48 bits of them brings the rest.
    Timestamp::new(u64::from(stamp.seconds), stamp.nanos)
}
