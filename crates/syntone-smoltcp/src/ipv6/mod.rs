//! PTP over UDP/IPv6 (IEEE 1588-2019 Annex D).

mod icmp;
mod packet;

use crate::ethernet::{self, Header};
use crate::membership::Memberships;
use crate::neighbours::{self, Asked, Neighbours};
use crate::transport::{Refusal, Transport};
use crate::udp::{self, Unchecked};
use crate::{Frame, FrameInterface, Outgoing};
use packet::{Fields, Packet};
use syntone_hal::{Address, ClockHal, Destination, ErrorKind, MessageClass, PortIndex, Received, Transmit};

/// Group of the peer delay messages (IEEE 1588-2019 D.3).
const PEER_GROUP: [u8; 16] = [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6B];
/// Every node of the link.
const ALL_NODES: [u8; 16] = [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const ETHERTYPE: u16 = 0x86DD;
/// Two octets behind each message, so that hardware can put the checksum right (IEEE 1588-2019 D.1).
const TRAILER: [u8; 2] = [0; 2];

/// PTP over UDP/IPv6 on `PORTS` ports, with what belongs to it: MLDv1, and neighbour discovery for who sends to one port alone.
///
/// Messages to one node go to the station that this node was last heard from; a node on the same link that has not been
/// heard is looked for, and its first message is lost. Fragments are refused. The groups are joined on each new link. Addresses
/// are not checked for duplicates: a station address that is unique makes a unique link-local one.
#[derive(Clone, Copy, Debug)]
pub struct Ipv6<const PORTS: usize = 1> {
    ports: [Port; PORTS],
    primary_group: [u8; 16],
    /// How many routers a message to the primary group or to one node may pass; 1 stays on the link. Peer delay messages
    /// never leave it.
    pub hop_limit: u8,
    /// The code point of differentiated services of event messages, 0 to 63.
    pub event_dscp: u8,
    /// The same of general messages.
    pub general_dscp: u8,
}

/// One port.
#[derive(Clone, Copy, Debug)]
struct Port {
    link_local: [u8; 16],
    address: [u8; 16],
    up: bool,
    memberships: Memberships<3>,
    neighbours: Neighbours<[u8; 16]>,
}

impl<const PORTS: usize> Ipv6<PORTS> {
    /// Ports with these station addresses, under the link-local addresses made of them (RFC 4291 appendix A); the primary group
    /// has global scope (ff0e::181).
    #[must_use]
    pub fn new(stations: [[u8; 6]; PORTS]) -> Self {
        let port = |station: [u8; 6]| {
            let [a, b, c, d, e, f] = station;
            let link_local = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xFF, 0xFE, d, e, f];
            let memberships = Memberships::new(u32::from_be_bytes([c, d, e, f]));
            Port { link_local, address: link_local, up: true, memberships, neighbours: Neighbours::new() }
        };
        let ports = stations.map(port);
        Self { ports, primary_group: primary_group(0xE), hop_limit: 1, event_dscp: 0, general_dscp: 0 }
    }

    /// The same with the scope (0 to 15; 2 the link, 5 the site, 8 the organisation, 14 the world) of the primary group.
    #[must_use]
    pub const fn with_scope(mut self, scope: u8) -> Self {
        self.primary_group = primary_group(scope);
        self
    }

    /// Messages of `port` leave under another address than the link-local one, and those to it are taken as well.
    pub fn set_address(&mut self, port: PortIndex, address: [u8; 16]) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.address = address;
            port.memberships.rejoin();
        }
    }

    /// What the MAC's filter must pass on `port`, beside its own station address.
    #[must_use]
    pub fn groups(&self, port: PortIndex) -> [[u8; 6]; 4] {
        let address = self.ports.get(port.get()).map_or([0; 16], |port| port.address);
        [self.primary_group, PEER_GROUP, ALL_NODES, solicited(address)].map(station_of)
    }

    /// The address that `destination` has, and the station by which it is reached.
    fn resolve<I: FrameInterface + ClockHal>(
        &mut self,
        interface: &mut I,
        index: PortIndex,
        destination: Destination,
    ) -> Result<([u8; 16], [u8; 6]), ErrorKind> {
        let address = match destination {
            Destination::PrimaryMulticast => return Ok((self.primary_group, station_of(self.primary_group))),
            Destination::PeerMulticast => return Ok((PEER_GROUP, station_of(PEER_GROUP))),
            Destination::Unicast(Address::Ipv6(address)) if neighbours::SERVED => address,
            Destination::Unicast(_) => return Err(ErrorKind::Unreachable),
        };
        let port = self.ports.get_mut(index.get()).ok_or(ErrorKind::Unreachable)?;
        if let Some(station) = port.neighbours.station(address) {
            return Ok((address, station));
        }
        let now = interface.monotonic();
        if port.neighbours.may_send(now) {
            // Found or not, this message is lost.
            let _ = icmp::solicit(interface, index, port.link_local, address);
        }
        Err(ErrorKind::Busy)
    }
}

impl<const PORTS: usize> Transport for Ipv6<PORTS> {
    fn receive<F: Frame>(&mut self, frame: &mut F, buffer: &mut [u8]) -> Result<Option<Received>, Refusal> {
        let header = Header::read(frame)?;
        if header.kind() != ETHERTYPE {
            return Err(Refusal::Foreign);
        }
        let port = self.ports.get_mut(frame.port().get()).ok_or(Refusal::Foreign)?;
        let packet = Packet::read(frame)?;
        let own = [port.address, port.link_local];
        let destination = match packet.destination {
            group if group == self.primary_group => Destination::PrimaryMulticast,
            PEER_GROUP => Destination::PeerMulticast,
            address if own.contains(&address) => Destination::Unicast(Address::Ipv6(address)),
            ALL_NODES => Destination::PrimaryMulticast,
            address if own.map(solicited).contains(&address) => Destination::PrimaryMulticast,
            _ => return Err(Refusal::Foreign),
        };
        match packet.protocol {
            packet::FRAGMENT => Err(Refusal::Malformed),
            udp::PROTOCOL => {
                let length = udp::receive(frame, packet.payload, packet.pseudo(), Unchecked::Refused, buffer)?;
                port.neighbours.learn(packet.source, header.source());
                let (source, destination) = (Some(Address::Ipv6(packet.source)), Some(destination));
                Ok(Some(Received { port: frame.port(), length, source, destination, stamp: None }))
            }
            icmp::PROTOCOL => {
                let groups = [self.primary_group, PEER_GROUP, solicited(port.address)];
                match icmp::receive(frame, &packet)? {
                    icmp::Heard::Query { group: None, nanos } => port.memberships.on_query(None, nanos),
                    icmp::Heard::Query { group: Some(group), nanos } => {
                        let asked = groups.iter().position(|ours| *ours == group).ok_or(Refusal::Foreign)?;
                        port.memberships.on_query(Some(asked), nanos);
                    }
                    icmp::Heard::Solicitation(own_address) if neighbours::SERVED && own.contains(&own_address) => {
                        let (asker, station) = (packet.source, header.source());
                        port.neighbours.on_request(Asked { own: own_address, asker, station });
                    }
                    icmp::Heard::Advertisement(target) => port.neighbours.learn(target, header.source()),
                    icmp::Heard::Solicitation(_) => return Err(Refusal::Foreign),
                }
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
        if transmit.one_step.is_some() {
            return Err(ErrorKind::Unsupported.into());
        }
        let class = transmit.class();
        let (destination, station) = self.resolve(interface, transmit.port, transmit.destination)?;
        let source = self.ports.get(transmit.port.get()).ok_or(ErrorKind::Unreachable)?.address;
        let length = udp::length(message, &TRAILER).ok_or(ErrorKind::OutOfRange)?;
        let dscp = if class == MessageClass::Event { self.event_dscp } else { self.general_dscp };
        let hop_limit = if destination == PEER_GROUP { 1 } else { self.hop_limit };
        let fields = Fields { dscp, hop_limit, protocol: udp::PROTOCOL, length, source, destination };
        let mut frame = Outgoing { header: &[], message, trailer: &TRAILER, one_step: None };
        let mut header = ethernet::begin(station, interface.station(transmit.port), ETHERTYPE);
        packet::write(&mut header, &fields);
        udp::write(&mut header, class, length, &frame, packet::pseudo(source, destination));
        frame.header = header.from(0);
        interface.send(transmit.port, frame, transmit.ticket)
    }

    fn serve<I: FrameInterface + ClockHal>(&mut self, interface: &mut I) {
        let now = interface.monotonic();
        for (port, index) in self.ports.iter_mut().zip((0..=u8::MAX).map(PortIndex)) {
            if !port.up {
                continue;
            }
            let (link_local, address) = (port.link_local, port.address);
            port.memberships.serve(now, |group| {
                let group = match group {
                    0 => self.primary_group,
                    1 => PEER_GROUP,
                    _ => solicited(address),
                };
                icmp::report(interface, index, link_local, group).is_ok()
            });
            if let Some(asked) = port.neighbours.answer(now) {
                // Who is not answered asks again.
                let _ = icmp::advertise(interface, index, asked);
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

    fn allows_one_step(&self) -> bool {
        // The checksum covers what the hardware would change, and may not be left out.
        false
    }
}

/// Group of all messages but peer delay (IEEE 1588-2019 D.3).
const fn primary_group(scope: u8) -> [u8; 16] {
    [0xFF, scope & 0xF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x81]
}

/// The group in which a node is looked for (RFC 4291 2.7.1).
fn solicited(address: [u8; 16]) -> [u8; 16] {
    let [.., a, b, c] = address;
    [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, a, b, c]
}

/// The station address of a group (RFC 2464).
fn station_of(group: [u8; 16]) -> [u8; 6] {
    let [.., a, b, c, d] = group;
    [0x33, 0x33, a, b, c, d]
}
