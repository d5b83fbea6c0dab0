//! Receiving and sending PTP messages.

use crate::{HalError, OneStep, Timestamp};

/// A port of the clock, counted from 0; its `portNumber` on the wire is one more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortIndex(pub u8);

impl PortIndex {
    /// The index for use with slices.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// The port's `portNumber` (IEEE 1588-2019 7.5.2.3): 1 for the first port.
    #[must_use]
    pub fn number(self) -> u16 {
        u16::from(self.0).saturating_add(1)
    }
}

/// Where a message came from or goes to, below PTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Address {
    /// A UDP/IPv4 host; the UDP port follows from the message class.
    Ipv4([u8; 4]),
    /// A UDP/IPv6 host; the UDP port follows from the message class.
    Ipv6([u8; 16]),
    /// An Ethernet station.
    Ethernet([u8; 6]),
}

/// Whom a message is for. The driver knows the addresses that its transport uses for the two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Destination {
    /// The group of all messages but peer delay: 224.0.1.129, FF0X::181 or 01-1B-19-00-00-00.
    PrimaryMulticast,
    /// The link-local group of the peer delay messages: 224.0.0.107, FF02::6B or 01-80-C2-00-00-0E.
    PeerMulticast,
    /// One node.
    Unicast(Address),
}

/// Event messages are time-stamped, general messages are not (IEEE 1588-2019 7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MessageClass {
    /// Time-stamped; UDP port 319.
    Event,
    /// Not time-stamped; UDP port 320.
    General,
}

/// The claim on one egress time stamp. The protocol issues it with an event message; the driver gives it back once, with
/// the stamp, through [`TimestampHal::poll_egress`](crate::TimestampHal::poll_egress).
///
/// It is neither `Clone` nor `Copy`: a stamp cannot be handed over twice. A driver whose hardware carries a tag of 32
/// bits or more can send [`Ticket::into_raw`] along; another keeps the tickets in a table beside its descriptors.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a ticket that is dropped is a time stamp that is lost"]
pub struct Ticket(u32);

impl Ticket {
    /// A ticket from the number that [`Ticket::into_raw`] gave.
    pub const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The number behind the ticket, to be carried by hardware.
    #[must_use]
    pub const fn into_raw(self) -> u32 {
        self.0
    }
}

/// What to do with the octets of one message.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Transmit {
    /// The port that it leaves by.
    pub port: PortIndex,
    /// Whom it is for.
    pub destination: Destination,
    /// Present for an event message whose egress time stamp is wanted under this ticket.
    pub ticket: Option<Ticket>,
    /// Present for an event message that is to be completed as it leaves. Asked only of ports that say that they can.
    pub one_step: Option<OneStep>,
}

impl Transmit {
    /// Event if a time stamp is wanted or written, general otherwise.
    #[must_use]
    pub const fn class(&self) -> MessageClass {
        if self.ticket.is_some() || self.one_step.is_some() { MessageClass::Event } else { MessageClass::General }
    }
}

/// What to do with the octets of a message of another node that passes through a transparent clock (IEEE 1588-2019 10).
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Forward {
    /// By which port, whom it is for, and whether its time stamp is wanted.
    pub transmit: Transmit,
    /// Whom it comes from, where that is known: it leaves under this address if the port can do so.
    pub source: Option<Address>,
}

/// One PTP message that was received into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Received {
    /// The port that it came in by.
    pub port: PortIndex,
    /// Octets in the buffer, from the first octet of the PTP header on; padding behind the message is allowed.
    pub length: usize,
    /// The sender's address, if the transport tells.
    pub source: Option<Address>,
    /// Whom it was for, if the transport tells. Only a transparent clock asks: it forwards unicast messages that it is told
    /// the destination of, and none that were for [`Destination::PeerMulticast`] and are not of the peer delay mechanism.
    pub destination: Option<Destination>,
    /// The ingress time stamp on the PTP clock, not corrected for latency; `None` for a general message and where the
    /// stamp was lost. Never a made-up value.
    pub stamp: Option<Timestamp>,
}

/// Receives and sends PTP messages. One implementation serves all ports of a clock.
pub trait NetworkHal {
    /// The driver's own error.
    type Error: HalError;

    /// Takes the next received message of any port into `buffer`, or returns `Ok(None)` at once when there is none.
    ///
    /// # Errors
    /// [`ErrorKind::BufferTooSmall`](crate::ErrorKind::BufferTooSmall) when the message did not fit (it is dropped, the
    /// next call goes on); other kinds when the driver failed. Must not block.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Self::Error>;

    /// Sends `message`, the octets of one PTP message from its header on. Must not block and must not wait for the time
    /// stamp: that is handed over later by [`TimestampHal::poll_egress`](crate::TimestampHal::poll_egress).
    ///
    /// # Errors
    /// When the message did not leave. The ticket is then void: no stamp will be expected.
    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Self::Error>;

    /// Sends `message`, which came in by another port, on its way: as [`NetworkHal::send`], but under the address of its
    /// sender and with the time that it stayed added in hardware, where the port can do so. A driver that does nothing for
    /// this serves a transparent clock for multicast messages, in two steps.
    ///
    /// # Errors
    /// As [`NetworkHal::send`].
    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), Self::Error> {
        self.send(forward.transmit, message)
    }

    /// Whether `port` has a link. Asked at every turn of the loop, so it must be cheap; a port without link is FAULTY
    /// until it comes back.
    fn link_up(&mut self, port: PortIndex) -> bool {
        let _ = port;
        true
    }
}

impl<T: NetworkHal + ?Sized> NetworkHal for &mut T {
    type Error = T::Error;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Self::Error> {
        (**self).receive(buffer)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Self::Error> {
        (**self).send(transmit, message)
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), Self::Error> {
        (**self).forward(forward, message)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        (**self).link_up(port)
    }
}
