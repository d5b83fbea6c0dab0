//! The three traits over a [`Chip`]: framing of Ethernet, tickets, and the arithmetic of steps and addends.

use crate::chip::{Chip, RawStamp};
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, FrequencyOffset, Instant, NetworkHal,
    PortCapabilities, PortIndex, Received, Stamping, Ticket, TimeInterval, Timestamp, TimestampHal, Transmit,
};

const ETHERTYPE: [u8; 2] = [0x88, 0xF7];
const PRIMARY: [u8; 6] = [0x01, 0x1B, 0x19, 0x00, 0x00, 0x00];
const PEER: [u8; 6] = [0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E];
const HEADER: usize = 14;
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

impl<C: Chip> NetworkHal for Board<C> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        // Frames that are not PTP's are passed over; a driver that shares the port hands them to the network stack.
        while let Some(info) = self.chip.take_frame(&mut self.frame) {
            let frame = self.frame.get(..info.length).ok_or(ErrorKind::BufferTooSmall)?;
            if frame.len() < HEADER || frame[12..HEADER] != ETHERTYPE {
                continue;
            }
            let message = &frame[HEADER..];
            let place = buffer.get_mut(..message.len()).ok_or(ErrorKind::BufferTooSmall)?;
            place.copy_from_slice(message);
            let mut source = [0; 6];
            source.copy_from_slice(&frame[6..12]);
            let mut target = [0; 6];
            target.copy_from_slice(&frame[..6]);
            // messageType 0x0 to 0x7 are event messages; the hardware may have stamped others too.
            let is_event = message.first().is_some_and(|octet| octet & 0x0F < 8);
            return Ok(Some(Received {
                port: PortIndex(0),
                length: message.len(),
                source: Some(Address::Ethernet(source)),
                destination: Some(destination(target)),
                stamp: info.stamp.filter(|_| is_event).and_then(timestamp),
            }));
        }
        Ok(None)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        let destination = match transmit.destination {
            Destination::PrimaryMulticast => PRIMARY,
            Destination::PeerMulticast => PEER,
            Destination::Unicast(Address::Ethernet(address)) => address,
            Destination::Unicast(_) => return Err(ErrorKind::Unreachable),
        };
        let length = HEADER + message.len();
        let mut frame = [0; LONGEST];
        let room = frame.get_mut(HEADER..length).ok_or(ErrorKind::Other)?;
        room.copy_from_slice(message);
        frame[..6].copy_from_slice(&destination);
        frame[6..12].copy_from_slice(&self.chip.mac_address());
        frame[12..HEADER].copy_from_slice(&ETHERTYPE);
        let tag = transmit.ticket.map(|ticket| self.keep(ticket));
        if self.chip.put_frame(&frame[..length], tag) {
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
            // How far the clock goes on with each input clock; and what your PHY is known to take.
            resolution: TimeInterval::from_nanos(20),
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

fn destination(address: [u8; 6]) -> Destination {
    match address {
        PRIMARY => Destination::PrimaryMulticast,
        PEER => Destination::PeerMulticast,
        _ => Destination::Unicast(Address::Ethernet(address)),
    }
}

fn timestamp(stamp: RawStamp) -> Option<Timestamp> {
    // Seconds of 32 bits end in 2106: hardware that has 48 bits of them brings the rest.
    Timestamp::new(u64::from(stamp.seconds), stamp.nanos)
}
