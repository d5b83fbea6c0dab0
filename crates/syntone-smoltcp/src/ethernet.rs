//! PTP over Ethernet, without IP (IEEE 1588-2019 Annex E).

use crate::transport::{Refusal, Transport};
use crate::writer::Writer;
use crate::{Frame, FrameInterface, Outgoing};
use syntone_hal::{Address, ClockHal, Destination, ErrorKind, Forward, PortIndex, Received, Transmit};

/// EtherType of PTP (IEEE 1588-2019 E.2).
pub const ETHERTYPE: u16 = 0x88F7;
/// Group of all messages but peer delay (IEEE 1588-2019 E.4).
pub const PRIMARY_GROUP: [u8; 6] = [0x01, 0x1B, 0x19, 0x00, 0x00, 0x00];
/// Group of the peer delay messages, which no bridge forwards (IEEE 1588-2019 E.4).
pub const PEER_GROUP: [u8; 6] = [0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E];

/// The VLAN tag that may stand between the addresses and the type (IEEE 802.1Q).
const TAG: u16 = 0x8100;

/// PTP over Ethernet. Frames with a VLAN tag are taken as well; ours have none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ethernet;

/// The same for the ports of a transparent clock: it is told whom a message was for, and what passes through it leaves under the
/// address of its sender. The MAC must be promiscuous, or unicast messages do not pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForwardingEthernet;

impl Ethernet {
    /// What the MAC's filter must pass.
    pub const GROUPS: [[u8; 6]; 2] = [PRIMARY_GROUP, PEER_GROUP];
}

impl Transport for Ethernet {
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal> {
        receive(frame, buffer).map(|(_, received)| Some(received))
    }

    fn send<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        transmit: Transmit,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        let source = interface.station(transmit.port);
        send(interface, source, transmit, message)
    }
}

impl Transport for ForwardingEthernet {
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal> {
        let (destination, received) = receive(frame, buffer)?;
        let destination = match destination {
            PRIMARY_GROUP => Destination::PrimaryMulticast,
            PEER_GROUP => Destination::PeerMulticast,
            station => Destination::Unicast(Address::Ethernet(station)),
        };
        Ok(Some(Received { destination: Some(destination), ..received }))
    }

    fn send<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        transmit: Transmit,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        Ethernet.send(interface, transmit, message)
    }

    fn forward<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        forward: Forward,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        match forward.source {
            Some(Address::Ethernet(source)) => send(interface, source, forward.transmit, message),
            _ => self.send(interface, forward.transmit, message),
        }
    }
}

/// Takes the message of a frame; and whom it was for.
fn receive<F: Frame>(frame: &mut F, buffer: &mut [u8]) -> Result<([u8; 6], Received), Refusal> {
    let header = Header::read(frame)?;
    if header.kind() != ETHERTYPE {
        return Err(Refusal::Foreign);
    }
    let length = frame.remaining();
    frame.read(buffer.get_mut(..length).ok_or(Refusal::TooLong)?);
    let source = Some(Address::Ethernet(header.source()));
    let received = Received { port: frame.port(), length, source, destination: None, stamp: None };
    Ok((header.destination(), received))
}

fn send<I: FrameInterface>(
    interface: &mut I,
    source: [u8; 6],
    transmit: Transmit,
    message: &[u8],
) -> Result<(), I::Error> {
    let destination = match transmit.destination {
        Destination::PrimaryMulticast => PRIMARY_GROUP,
        Destination::PeerMulticast => PEER_GROUP,
        Destination::Unicast(Address::Ethernet(station)) => station,
        Destination::Unicast(_) => return Err(ErrorKind::Unreachable.into()),
    };
    let header = header(destination, source, ETHERTYPE);
    let frame = Outgoing { header: &header, message, trailer: &[], one_step: transmit.one_step };
    interface.send(transmit.port, frame, transmit.ticket)
}

/// What is before the payload of a frame, without its VLAN tag.
pub(crate) struct Header([u8; 14]);

impl Header {
    /// Reads the header and a VLAN tag in it.
    pub(crate) fn read<F: Frame>(frame: &mut F) -> Result<Self, Refusal> {
        let mut header = Self(frame.header());
        if header.kind() == TAG {
            let [_, _, high, low] = frame.take().ok_or(Refusal::Malformed)?;
            let [.., h, l] = &mut header.0;
            (*h, *l) = (high, low);
        }
        Ok(header)
    }

    pub(crate) const fn kind(&self) -> u16 {
        let [.., high, low] = self.0;
        u16::from_be_bytes([high, low])
    }

    pub(crate) const fn destination(&self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }

    pub(crate) const fn source(&self) -> [u8; 6] {
        let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }
}

/// The header of a frame.
pub(crate) fn header(destination: [u8; 6], source: [u8; 6], kind: u16) -> [u8; 14] {
    let [d0, d1, d2, d3, d4, d5] = destination;
    let [s0, s1, s2, s3, s4, s5] = source;
    let [high, low] = kind.to_be_bytes();
    [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, high, low]
}

/// Begins a frame.
pub(crate) fn begin(destination: [u8; 6], source: [u8; 6], kind: u16) -> Writer {
    let mut writer = Writer::new();
    writer.put(&destination);
    writer.put(&source);
    writer.word(kind);
    writer
}

/// Sends a frame that is all written.
pub(crate) fn send_written<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    frame: &Writer,
) -> Result<(), I::Error> {
    interface.send(port, Outgoing { header: frame.from(0), message: &[], trailer: &[], one_step: None }, None)
}
