//! Takes the headers off that lie before a PTP message.

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use std::net::SocketAddr;

const PTP: EtherType = EtherType(0x88F7);
const EVENT_PORT: u16 = 319;
const GENERAL_PORT: u16 = 320;

/// What a frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Link {
    /// What the capture says; for octets, what they look like
    Auto,
    /// The PTP header itself
    Ptp,
    /// An Ethernet header
    Ethernet,
    /// A Linux cooked header, version 1
    Sll,
    /// A Linux cooked header, version 2
    Sll2,
    /// An IPv4 or IPv6 header
    Ip,
    /// A loopback header of BSD: 4 octets before IP
    Loopback,
    /// Something that only a number is known of.
    #[value(skip)]
    Unknown(i32),
}

impl Link {
    /// From the LINKTYPE of a capture; the number itself if it is not known.
    pub(super) const fn from_capture(link_type: i32) -> Result<Self, i32> {
        match link_type & 0x0FFF_FFFF {
            1 => Ok(Self::Ethernet),
            0 | 108 => Ok(Self::Loopback),
            12 | 14 | 101 | 228 | 229 => Ok(Self::Ip),
            113 => Ok(Self::Sll),
            276 => Ok(Self::Sll2),
            other => Err(other),
        }
    }
}

/// A PTP message and what its transport tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub transport: Option<&'static str>,
    pub vlan: Vec<u16>,
    pub source: Option<String>,
    pub destination: Option<String>,
    /// The octets from the PTP header on.
    pub octets: &'a [u8],
    /// The field, and its offset in the frame, that keeps the message from being read.
    pub fault: Option<(&'static str, usize, &'static str)>,
}

/// The PTP message in a frame; `None` if there is none.
pub(super) fn unwrap(link: Link, octets: &[u8]) -> Option<Packet<'_>> {
    match link {
        Link::Ptp => Some(Packet { octets, ..Packet::default() }),
        Link::Ethernet => LaxSlicedPacket::from_ethernet(octets).ok().and_then(|sliced| packet(octets, &sliced)),
        Link::Ip => ip(octets),
        Link::Sll => cooked(octets, octets.get(14..16)?, octets.get(16..)?),
        Link::Sll2 => cooked(octets, octets.get(0..2)?, octets.get(20..)?),
        Link::Loopback => ip(octets.get(4..)?),
        Link::Auto | Link::Unknown(_) => Some(guess(octets)),
    }
}

/// Octets of which nothing is known: whatever leads to a message of version 2, or else a bare message.
fn guess(octets: &[u8]) -> Packet<'_> {
    let wrapped = [Link::Ethernet, Link::Ip, Link::Sll, Link::Sll2].into_iter().find_map(|link| {
        let packet = unwrap(link, octets)?;
        let version_2 = packet.octets.get(1).is_some_and(|octet| octet & 0x0F == 2);
        (version_2 || packet.fault.is_some()).then_some(packet)
    });
    wrapped.unwrap_or(Packet { octets, ..Packet::default() })
}

fn ip(octets: &[u8]) -> Option<Packet<'_>> {
    LaxSlicedPacket::from_ip(octets).ok().and_then(|sliced| packet(octets, &sliced))
}

fn cooked<'a>(frame: &'a [u8], protocol: &[u8], payload: &'a [u8]) -> Option<Packet<'a>> {
    let protocol = u16::from_be_bytes(protocol.try_into().ok()?);
    packet(frame, &LaxSlicedPacket::from_ether_type(EtherType(protocol), payload))
}

fn packet<'a>(frame: &'a [u8], sliced: &LaxSlicedPacket<'a>) -> Option<Packet<'a>> {
    let vlan = sliced.vlan_ids().iter().map(|id| id.value()).collect();
    match (&sliced.net, &sliced.transport) {
        (Some(net), Some(TransportSlice::Udp(udp))) if is_ptp(udp.source_port(), udp.destination_port()) => {
            let ends = Ends::of(net, udp.source_port(), udp.destination_port())?;
            Some(Packet { vlan, octets: udp.payload(), ..ends.packet() })
        }
        (Some(net), None) => fragment(frame, net).map(|packet| Packet { vlan, ..packet }),
        (None, None) => {
            let payload = sliced.ether_payload().filter(|payload| payload.ether_type == PTP)?;
            let (source, destination) = stations(sliced);
            Some(Packet {
                transport: Some("Ethernet"),
                vlan,
                source,
                destination,
                octets: payload.payload,
                fault: None,
            })
        }
        _ => None,
    }
}

const fn is_ptp(source: u16, destination: u16) -> bool {
    matches!(source, EVENT_PORT | GENERAL_PORT) || matches!(destination, EVENT_PORT | GENERAL_PORT)
}

fn stations(sliced: &LaxSlicedPacket<'_>) -> (Option<String>, Option<String>) {
    let Some(etherparse::LinkSlice::Ethernet2(ethernet)) = &sliced.link else {
        return (None, None);
    };
    let text = |mac: [u8; 6]| mac.map(|octet| format!("{octet:02x}")).join(":");
    (Some(text(ethernet.source())), Some(text(ethernet.destination())))
}

/// Both ends of a UDP datagram.
struct Ends {
    transport: &'static str,
    source: SocketAddr,
    destination: SocketAddr,
}

impl Ends {
    fn of(net: &LaxNetSlice<'_>, source: u16, destination: u16) -> Option<Self> {
        Some(match net {
            LaxNetSlice::Ipv4(ip) => Self {
                transport: "UDP/IPv4",
                source: (ip.header().source_addr(), source).into(),
                destination: (ip.header().destination_addr(), destination).into(),
            },
            LaxNetSlice::Ipv6(ip) => Self {
                transport: "UDP/IPv6",
                source: (ip.header().source_addr(), source).into(),
                destination: (ip.header().destination_addr(), destination).into(),
            },
            LaxNetSlice::Arp(_) => return None,
        })
    }

    fn packet(&self) -> Packet<'static> {
        Packet {
            transport: Some(self.transport),
            source: Some(self.source.to_string()),
            destination: Some(self.destination.to_string()),
            ..Packet::default()
        }
    }
}

/// The first fragment of a PTP datagram: it is PTP, and it cannot be read. Of later fragments nothing can be said.
fn fragment<'a>(frame: &'a [u8], net: &LaxNetSlice<'a>) -> Option<Packet<'a>> {
    let payload = net.ip_payload_ref().filter(|payload| payload.fragmented)?;
    let (first, at) = match net {
        LaxNetSlice::Ipv4(ip) => (ip.header().fragments_offset().value() == 0, &ip.header().slice()[6..]),
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.extensions().clone().into_iter().find_map(|extension| match extension {
                etherparse::Ipv6ExtensionSlice::Fragment(fragment) => Some(fragment),
                _ => None,
            })?;
            (header.fragment_offset().value() == 0, &header.slice()[2..])
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let &[a, b, c, d, ..] = payload.payload else {
        return None;
    };
    let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    if payload.ip_number != etherparse::ip_number::UDP || !first || !is_ptp(source, destination) {
        return None;
    }
    let offset = at.as_ptr().addr() - frame.as_ptr().addr();
    let fault = Some(("fragmentOffset", offset, "the datagram is in fragments, which PTP does not allow"));
    Some(Packet { fault, ..Ends::of(net, source, destination)?.packet() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{
        Ethernet2Header, IpFragOffset, IpNumber, Ipv4Header, PacketBuilder, SingleVlanHeader, ether_type,
    };

    const SYNC: [u8; 4] = [0x00, 0x12, 0x00, 0x2C];

    fn udp_ipv4(port: u16) -> Vec<u8> {
        let builder = PacketBuilder::ipv4([192, 0, 2, 1], [224, 0, 1, 129], 1).udp(port, port);
        let mut octets = Vec::new();
        builder.write(&mut octets, &SYNC).unwrap();
        octets
    }

    #[test]
    fn every_link_layer_leads_to_the_message() {
        let ip = udp_ipv4(319);
        let ethernet = [&[1; 12][..], &[8, 0], &ip].concat();
        let tagged = [&[1; 12][..], &[0x88, 0xA8, 0, 7], &[0x81, 0, 0, 9, 8, 0], &ip].concat();
        let sll = [&[0; 14][..], &[8, 0], &ip].concat();
        let sll2 = [&[8, 0][..], &[0; 18], &ip].concat();
        let loopback = [&[2, 0, 0, 0][..], &ip].concat();
        for (link, octets, vlan) in [
            (Link::Ip, &ip, &[][..]),
            (Link::Ethernet, &ethernet, &[]),
            (Link::Ethernet, &tagged, &[7, 9]),
            (Link::Sll, &sll, &[]),
            (Link::Sll2, &sll2, &[]),
            (Link::Loopback, &loopback, &[]),
            (Link::Auto, &ip, &[]),
            (Link::Auto, &ethernet, &[]),
            (Link::Auto, &tagged, &[7, 9]),
            (Link::Auto, &sll, &[]),
            (Link::Auto, &sll2, &[]),
        ] {
            let packet = unwrap(link, octets).unwrap_or_else(|| panic!("{link:?} is PTP"));
            assert_eq!((packet.octets, &packet.vlan[..]), (&SYNC[..], vlan), "{link:?}");
            assert_eq!(packet.source.as_deref(), Some("192.0.2.1:319"));
            assert_eq!(packet.destination.as_deref(), Some("224.0.1.129:319"));
        }
    }

    #[test]
    fn other_traffic_is_no_ptp() {
        assert_eq!(unwrap(Link::Ip, &udp_ipv4(123)), None);
        let mut answer = udp_ipv4(319);
        answer[20..22].copy_from_slice(&40_000_u16.to_be_bytes());
        assert!(unwrap(Link::Ip, &answer).is_some(), "one port is enough");
        let mut arp = vec![0; 42];
        arp[12..14].copy_from_slice(&[8, 6]);
        assert_eq!(unwrap(Link::Ethernet, &arp), None);
        for length in 0..udp_ipv4(319).len() {
            assert!(unwrap(Link::Ip, &udp_ipv4(319)[..length]).is_none_or(|packet| packet.octets.len() < 4));
        }
    }

    #[test]
    fn options_of_ipv4_and_extension_headers_of_ipv6_are_passed_over() {
        let mut ip = udp_ipv4(320);
        ip[0] = 0x46;
        ip[3] += 4;
        ip.splice(20..20, [1, 1, 1, 0]);
        assert_eq!(unwrap(Link::Ip, &ip).unwrap().octets, SYNC);

        let builder = PacketBuilder::ipv6([0xFE; 16], [0xFF; 16], 1).udp(320, 320);
        let mut ip = Vec::new();
        builder.write(&mut ip, &SYNC).unwrap();
        let next = std::mem::replace(&mut ip[6], 0);
        ip[5] += 8;
        ip.splice(40..40, [next, 0, 1, 4, 0, 0, 0, 0]);
        let packet = unwrap(Link::Ip, &ip).unwrap();
        assert_eq!((packet.octets, packet.transport), (&SYNC[..], Some("UDP/IPv6")));
    }

    #[test]
    fn a_fragment_is_refused_and_named() {
        let mut octets = Vec::new();
        let mut header = Ipv4Header::new(12, 1, IpNumber::UDP, [192, 0, 2, 1], [224, 0, 1, 129]).unwrap();
        header.more_fragments = true;
        header.write(&mut octets).unwrap();
        octets.extend_from_slice(&udp_ipv4(319)[20..]);
        let packet = unwrap(Link::Ip, &octets).unwrap();
        assert_eq!(packet.fault.map(|(field, offset, _)| (field, offset)), Some(("fragmentOffset", 6)));

        header.fragment_offset = IpFragOffset::try_new(1).unwrap();
        let mut later = Vec::new();
        header.write(&mut later).unwrap();
        later.extend_from_slice(&udp_ipv4(319)[20..]);
        assert_eq!(unwrap(Link::Ip, &later), None);
    }

    #[test]
    fn bare_octets_are_a_message_whatever_they_are() {
        for octets in [&SYNC[..], &[], &[0xFF; 70]] {
            assert_eq!(unwrap(Link::Auto, octets).map(|packet| packet.octets), Some(octets));
        }
        let ethernet = Ethernet2Header { ether_type: PTP, ..Ethernet2Header::default() };
        let mut framed = ethernet.to_bytes().to_vec();
        framed.extend_from_slice(&SYNC);
        assert_eq!(unwrap(Link::Auto, &framed).unwrap().transport, Some("Ethernet"));
        let tag = SingleVlanHeader { ether_type: PTP, ..SingleVlanHeader::default() };
        let mut tagged = Ethernet2Header { ether_type: ether_type::VLAN_TAGGED_FRAME, ..ethernet }.to_bytes().to_vec();
        tagged.extend_from_slice(&tag.to_bytes());
        tagged.extend_from_slice(&SYNC);
        assert_eq!(unwrap(Link::Auto, &tagged).unwrap().octets, SYNC);
    }
}
