//! The board as a device of smoltcp, for an application's sockets beside PTP.

use crate::bus::Bus;
use crate::hal::Board;
use core::cell::RefCell;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium, PacketMeta};
use smoltcp::time::Instant as SmoltcpInstant;
use syntone_hal::{
    ClockHal, ClockLimits, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Ticket, Timestamp,
    TimestampHal,
};
use syntone_smoltcp::{Frame, FrameInterface, Outgoing, StampingDevice};

/// Octets of the longest frame, without its check sequence.
const LONGEST: usize = 1_514;
/// Octets of the header, which is read by itself.
const HEADER: usize = 14;
/// Of a board with one port.
const PORT: PortIndex = PortIndex(0);

/// The controller and the clock of a board, which two may use in turn: smoltcp's interface and PTP.
#[derive(Debug)]
pub struct Nic<'n, 'a, B>(&'n RefCell<Board<'a, B>>);

impl<'n, 'a, B> Nic<'n, 'a, B> {
    /// Those of `board`.
    #[must_use]
    pub const fn new(board: &'n RefCell<Board<'a, B>>) -> Self {
        Self(board)
    }
}

impl<B> Clone for Nic<'_, '_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Nic<'_, '_, B> {}

/// The frame that was received last, which is still in the controller.
#[derive(Debug)]
pub struct RxToken<'n, 'a, B>(Nic<'n, 'a, B>);

/// Room for a frame.
#[derive(Debug)]
pub struct TxToken<'n, 'a, B> {
    nic: Nic<'n, 'a, B>,
    /// Other than 0, it leaves with a ticket.
    id: u32,
}

impl<'n, 'a, B: Bus> Device for Nic<'n, 'a, B> {
    type RxToken<'t>
        = RxToken<'n, 'a, B>
    where
        Self: 't;
    type TxToken<'t>
        = TxToken<'n, 'a, B>
    where
        Self: 't;

    fn receive(&mut self, now: SmoltcpInstant) -> Option<(RxToken<'n, 'a, B>, TxToken<'n, 'a, B>)> {
        // Whoever receives may have to answer.
        let answer = self.transmit(now)?;
        self.0.borrow_mut().receive().ok()??;
        Some((RxToken(*self), answer))
    }

    fn transmit(&mut self, _: SmoltcpInstant) -> Option<TxToken<'n, 'a, B>> {
        self.0.borrow().has_room(LONGEST).then_some(TxToken { nic: *self, id: 0 })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        (capabilities.medium, capabilities.max_transmission_unit) = (Medium::Ethernet, LONGEST);
        capabilities
    }
}

impl<B: Bus> phy::RxToken for RxToken<'_, '_, B> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        let mut octets = [0; LONGEST];
        let length = read(&mut &mut *self.0.0.borrow_mut(), &mut octets);
        // smoltcp passes over a frame without octets. It may answer at once, so the board is free again.
        take(length.and_then(|length| octets.get(..length)).unwrap_or_default())
    }
}

/// Takes the frame out of the controller; its length, or `None` if it is longer than what Ethernet has without a tag.
fn read(frame: &mut impl Frame, octets: &mut [u8; LONGEST]) -> Option<usize> {
    let (header, rest) = octets.split_first_chunk_mut::<HEADER>()?;
    *header = frame.header();
    let rest = rest.get_mut(..frame.remaining())?;
    frame.read(rest);
    Some(rest.len().wrapping_add(HEADER))
}

impl<B: Bus> phy::TxToken for TxToken<'_, '_, B> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut octets = [0; LONGEST];
        let octets = octets.get_mut(..length).unwrap_or_default();
        let result = write(octets);
        if let Some((header, message)) = octets.split_at_checked(HEADER) {
            let frame = Outgoing { header, message, trailer: &[], one_step: None };
            let ticket = Some(self.id).filter(|id| *id != 0).map(Ticket::from_raw);
            // There is room for it, or there would be no token.
            let _ = self.nic.0.borrow_mut().send(PORT, frame, ticket);
        }
        result
    }

    fn set_meta(&mut self, meta: PacketMeta) {
        self.id = meta.id;
    }
}

impl<B: Bus> StampingDevice for Nic<'_, '_, B> {
    fn ingress_stamp(&mut self, _: u32) -> Option<Timestamp> {
        // It is kept until the next frame is taken.
        (&mut *self.0.borrow_mut()).stamp()
    }

    fn egress_stamp(&mut self) -> Option<(u32, Option<Timestamp>)> {
        let egress = self.0.borrow_mut().poll_egress().ok()??;
        Some((egress.ticket.into_raw(), egress.stamp))
    }

    fn stamping(&self) -> PortCapabilities {
        self.0.borrow().capabilities(PORT)
    }

    fn station(&self) -> [u8; 6] {
        FrameInterface::station(&*self.0.borrow(), PORT)
    }
}

impl<B: Bus> ClockHal for Nic<'_, '_, B> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.0.borrow_mut().monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.0.borrow_mut().now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.0.borrow_mut().step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.0.borrow_mut().set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.0.borrow().limits()
    }
}
