//! Frames as other implementations make and read them: etherparse's.

use super::PEER;
use etherparse::{NetSlice, PacketBuilder, SlicedPacket, TransportSlice};

pub(crate) const PEER_V4: [u8; 4] = [192, 0, 2, 9];
pub(crate) const OWN_V4: [[u8; 4]; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]];
pub(crate) const PEER_V6: [u8; 16] = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE, 0, 0, 0x99];
pub(crate) const PRIMARY: [u8; 6] = [0x01, 0x1B, 0x19, 0, 0, 0];
pub(crate) const PRIMARY_V6: [u8; 16] = [0xFF, 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x81];

/// A message to the primary group over Ethernet.
pub(crate) fn ethernet(message: &[u8]) -> Vec<u8> {
    [&PRIMARY[..], &PEER, &[0x88, 0xF7], message].concat()
}

/// A message over UDP/IPv4.
pub(crate) fn udp_v4(destination: [u8; 4], port: u16, message: &[u8]) -> Vec<u8> {
    let [_, b, c, d] = destination;
    let builder = PacketBuilder::ethernet2(PEER, [0x01, 0, 0x5E, b & 0x7F, c, d]);
    let builder = builder.ipv4(PEER_V4, destination, 1).udp(port, port);
    let mut frame = Vec::new();
    builder.write(&mut frame, message).expect("it fits");
    frame
}

/// A message over UDP/IPv6, with the two octets behind it.
pub(crate) fn udp_v6(destination: [u8; 16], port: u16, message: &[u8]) -> Vec<u8> {
    let [.., a, b, c, d] = destination;
    let builder = PacketBuilder::ethernet2(PEER, [0x33, 0x33, a, b, c, d]);
    let builder = builder.ipv6(PEER_V6, destination, 1).udp(port, port);
    let mut frame = Vec::new();
    builder.write(&mut frame, &[message, &[0, 0]].concat()).expect("it fits");
    frame
}

/// `frame` with a VLAN tag.
pub(crate) fn tagged(frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0x00, 0x80, 0x07], &frame[12..]].concat()
}

/// What a datagram says, every checksum checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Datagram {
    pub(crate) station: [u8; 6],
    pub(crate) destination: Vec<u8>,
    pub(crate) hops: u8,
    pub(crate) dscp: u8,
    pub(crate) ports: [u16; 2],
    pub(crate) payload: Vec<u8>,
}

/// Reads a frame with a datagram; panics where it is not right in every field.
pub(crate) fn datagram(frame: &[u8]) -> Datagram {
    let packet = SlicedPacket::from_ethernet(frame).expect("well-formed");
    let link = packet.link.as_ref().and_then(|link| link.to_header()).expect("Ethernet");
    let station = link.ethernet2().expect("Ethernet II").destination;
    let Some(TransportSlice::Udp(udp)) = packet.transport else { panic!("UDP") };
    let header = udp.to_header();
    let (destination, hops, dscp, checksum) = match packet.net.expect("IP") {
        NetSlice::Ipv4(ip) => {
            let ip = ip.header();
            assert_eq!(ip.header_checksum(), ip.to_header().calc_header_checksum());
            assert!(ip.dont_fragment() && !ip.more_fragments());
            let right = header.calc_checksum_ipv4(&ip.to_header(), udp.payload()).expect("it fits");
            (ip.destination().to_vec(), ip.ttl(), ip.dcp().value(), right)
        }
        NetSlice::Ipv6(ip) => {
            let ip = ip.header();
            let right = header.calc_checksum_ipv6(&ip.to_header(), udp.payload()).expect("it fits");
            (ip.destination().to_vec(), ip.hop_limit(), ip.traffic_class() >> 2, right)
        }
        NetSlice::Arp(_) => panic!("IP"),
    };
    assert_eq!(udp.checksum(), checksum);
    let ports = [udp.source_port(), udp.destination_port()];
    Datagram { station, destination, hops, dscp, ports, payload: udp.payload().to_vec() }
}
