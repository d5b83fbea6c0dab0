//! PTP over UDP/IPv4 (IEEE 1588-2019 Annex C).

mod arp;
mod igmp;
mod packet;

use crate::checksum::Sum;
use crate::ethernet::{self, Header};
use crate::membership::Memberships;
use crate::neighbours::{self, Neighbours};
use crate::transport::{Refusal, Transport};
use crate::udp::{self, Unchecked};
use crate::{Frame, FrameInterface, Outgoing};
use packet::{Fields, Packet};
use syntone_hal::{Address, ClockHal, Destination, ErrorKind, MessageClass, PortIndex, Received, Transmit};

/// Group of all messages but peer delay (IEEE 1588-2019 C.3).
const PRIMARY_GROUP: [u8; 4] = [224, 0, 1, 129];
/// Group of the peer delay messages (IEEE 1588-2019 C.3).
const PEER_GROUP: [u8; 4] = [224, 0, 0, 107];
const ETHERTYPE: u16 = 0x0800;

/// PTP over UDP/IPv4 on `PORTS` ports, with what belongs to it: IGMPv2, and ARP for who sends to one port alone.
///
/// Messages to one node go to the station that this node was last heard from; a node on the same link that has not been
/// heard is looked for, and its first message is lost. Fragments are refused. The groups are joined on each new link.
#[derive(Clone, Copy, Debug)]
pub struct Ipv4<const PORTS: usize = 1> {
    ports: [Port; PORTS],
    /// How many routers a message to the primary group or to one node may pass; 1 stays on the link. Peer delay messages
    /// never leave it.
    pub ttl: u8,
    /// The code point of differentiated services of event messages, 0 to 63.
    pub event_dscp: u8,
    /// The same of general messages.
    pub general_dscp: u8,
}

/// One port.
#[derive(Clone, Copy, Debug)]
struct Port {
    address: [u8; 4],
    up: bool,
    memberships: Memberships<2>,
    neighbours: Neighbours<[u8; 4]>,
}

impl<const PORTS: usize> Ipv4<PORTS> {
    /// What the MAC's filter must pass, beside the port's own station address and broadcasts.
    pub const GROUPS: [[u8; 6]; 3] = [station_of(PRIMARY_GROUP), station_of(PEER_GROUP), station_of(igmp::ALL_SYSTEMS)];

    /// Ports with these addresses; 0.0.0.0 for one that has none yet: it sends nothing.
    #[must_use]
    pub fn new(addresses: [[u8; 4]; PORTS]) -> Self {
        let port = |address| Port {
            address,
            up: true,
            memberships: Memberships::new(u32::from_be_bytes(address)),
            neighbours: Neighbours::new(),
        };
        Self { ports: addresses.map(port), ttl: 1, event_dscp: 0, general_dscp: 0 }
    }

    /// The address of `port` changes, by DHCP for example; the groups are joined under it.
    pub fn set_address(&mut self, port: PortIndex, address: [u8; 4]) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.address = address;
            port.memberships.rejoin();
        }
    }

    /// The address that `destination` has, and the station by which it is reached.
    fn resolve<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        index: PortIndex,
        destination: Destination,
    ) -> Result<([u8; 4], [u8; 6]), ErrorKind> {
        let address = match destination {
            Destination::PrimaryMulticast => return Ok((PRIMARY_GROUP, station_of(PRIMARY_GROUP))),
            Destination::PeerMulticast => return Ok((PEER_GROUP, station_of(PEER_GROUP))),
            Destination::Unicast(Address::Ipv4(address)) if neighbours::SERVED => address,
            Destination::Unicast(_) => return Err(ErrorKind::Unreachable),
        };
        let port = self.ports.get_mut(index.get()).ok_or(ErrorKind::Unreachable)?;
        if let Some(station) = port.neighbours.station(address) {
            return Ok((address, station));
        }
        let now = interface.monotonic();
        if port.neighbours.may_send(now) {
            // Found or not, this message is lost.
            let _ = arp::send(interface, index, port.address, arp::REQUEST, (address, arp::BROADCAST));
        }
        Err(ErrorKind::Busy)
    }

    fn receive_packet<F: Frame>(
        &mut self,
        frame: &mut F,
        station: [u8; 6],
        buffer: &mut [u8],
    ) -> Result<Option<Received>, Refusal> {
        let port = self.ports.get_mut(frame.port().get()).ok_or(Refusal::Foreign)?;
        let packet = Packet::read(frame)?;
        let destination = match packet.destination() {
            PRIMARY_GROUP => Destination::PrimaryMulticast,
            PEER_GROUP => Destination::PeerMulticast,
            // Asked or reported: only this protocol has anything to say there.
            _ if packet.protocol() == igmp::PROTOCOL => Destination::PrimaryMulticast,
            own if own == port.address => Destination::Unicast(Address::Ipv4(own)),
            _ => return Err(Refusal::Foreign),
        };
        if packet.is_fragment() {
            return Err(Refusal::Malformed);
        }
        match packet.protocol() {
            udp::PROTOCOL => {
                let pseudo = Sum::default().add(&packet.source()).add(&packet.destination());
                let length = udp::receive(frame, packet.payload, pseudo, Unchecked::Taken, buffer)?;
                port.neighbours.learn(packet.source(), station);
                let (source, destination) = (Some(Address::Ipv4(packet.source())), Some(destination));
                Ok(Some(Received { port: frame.port(), length, source, destination, stamp: None }))
            }
            igmp::PROTOCOL => {
                igmp::receive(frame, packet.payload, [PRIMARY_GROUP, PEER_GROUP], &mut port.memberships)?;
                Ok(None)
            }
            _ => Err(Refusal::Foreign),
        }
    }
}

impl<const PORTS: usize> Transport for Ipv4<PORTS> {
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal> {
        let header = Header::read(frame)?;
        match header.kind() {
            ETHERTYPE => self.receive_packet(frame, header.source(), buffer),
            arp::ETHERTYPE if neighbours::SERVED => {
                let port = self.ports.get_mut(frame.port().get()).ok_or(Refusal::Foreign)?;
                arp::receive(frame, port.address, &mut port.neighbours)?;
                Ok(None)
            }
            _ => Err(Refusal::Foreign),
        }
    }

    fn send<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        transmit: Transmit,
        message: &[u8],
    ) -> Result<(), <I as FrameInterface>::Error> {
        let class = transmit.class();
        let (destination, station) = self.resolve(interface, transmit.port, transmit.destination)?;
        let source = self.ports.get(transmit.port.get()).map_or([0; 4], |port| port.address);
        if source == [0; 4] {
            return Err(ErrorKind::Unreachable.into());
        }
        let length = udp::length(message, &[]).ok_or(ErrorKind::OutOfRange)?;
        let dscp = if class == MessageClass::Event { self.event_dscp } else { self.general_dscp };
        let ttl = if destination == PEER_GROUP { 1 } else { self.ttl };
        let fields = Fields { dscp, ttl, protocol: udp::PROTOCOL, length, source, destination };
        let mut frame = Outgoing { header: &[], message, trailer: &[], one_step: transmit.one_step };
        let pseudo = Sum::default().add(&source).add(&destination);
        let mut header = ethernet::begin(station, interface.station(transmit.port), ETHERTYPE);
        packet::write(&mut header, &fields, false);
        udp::write(&mut header, class, length, &frame, pseudo);
        frame.header = header.from(0);
        interface.send(transmit.port, frame, transmit.ticket)
    }

    fn serve<I: FrameInterface + ClockHal>(&mut self, interface: &mut I) {
        let now = interface.monotonic();
        for (port, index) in self.ports.iter_mut().zip((0..=u8::MAX).map(PortIndex)) {
            let address = port.address;
            if !port.up || address == [0; 4] {
                continue;
            }
            port.memberships.serve(now, |group| {
                let group = if group == 0 { PRIMARY_GROUP } else { PEER_GROUP };
                igmp::report(interface, index, address, group).is_ok()
            });
            if let Some(asked) = port.neighbours.answer(now) {
                // Who is not answered asks again.
                let _ = arp::send(interface, index, asked.own, arp::REPLY, (asked.asker, asked.station));
            }
        }
    }

    fn on_link(&mut self, port: PortIndex, up: bool) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            if up && !port.up {
                port.memberships.rejoin();
            }
            port.up = up;
        }
    }
}

/// The station address of a group (RFC 1112).
const fn station_of([_, b, c, d]: [u8; 4]) -> [u8; 6] {
    [0x01, 0x00, 0x5E, b & 0x7F, c, d]
}
