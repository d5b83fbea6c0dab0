//! UDP/IPv6: what is sent as others read it, what is taken and refused, MLD and neighbour discovery.

mod common;

use common::frames::{self, PEER_V6, PRIMARY_V6};
use common::{Mac, PEER, STATIONS};
use etherparse::{Icmpv6Slice, Ipv6Header, NetSlice, SlicedPacket, TransportSlice, ip_number};
use syntone_hal::{Address, Destination, ErrorKind, NetworkHal, OneStep, PortIndex, Ticket, TimestampHal, Transmit};
use syntone_smoltcp::{FrameCounters, Ipv6, Raw};

const FIRST: PortIndex = PortIndex(0);
const EVENT: [u8; 45] = [0xA1; 45];
/// Of the station 02-00-00-00-00-10.
const LINK_LOCAL: [u8; 16] = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE, 0, 0, 0x10];
const PEER_GROUP: [u8; 16] = [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6B];
const ALL_NODES: [u8; 16] = [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const SOLICITED: [u8; 16] = [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0, 0, 0x10];

fn board() -> Raw<Mac, Ipv6> {
    let mut board = Raw::new(Mac::new(), Ipv6::new([STATIONS[0]]));
    turn(&mut board, 1_200, 10);
    board.interface().take_sent();
    board
}

/// Lets the loop turn `times` times, `millis` apart.
fn turn(board: &mut Raw<Mac, Ipv6>, times: u32, millis: u64) {
    for _ in 0..times {
        assert_eq!(board.receive(&mut [0; 64]), Ok(None));
        board.interface().nanos += millis * 1_000_000;
    }
}

fn event(destination: Destination) -> Transmit {
    Transmit { port: FIRST, destination, ticket: Some(Ticket::from_raw(7)), one_step: None }
}

fn receive(board: &mut Raw<Mac, Ipv6>, frame: Vec<u8>) -> Option<Vec<u8>> {
    board.interface().arrive(FIRST, frame);
    let mut buffer = [0; 256];
    let received = board.receive(&mut buffer).expect("nothing fails");
    received.map(|received| buffer[..received.length].to_vec())
}

/// An ICMPv6 message of the peer, its checksum put right; with options for every hop if it is for MLD.
fn icmp(to: [u8; 16], hops: u8, mut message: Vec<u8>) -> Vec<u8> {
    let [.., a, b, c, d] = to;
    let is_mld = hops == 1;
    let mut sum = 58 + message.len() as u32;
    for pair in PEER_V6.chunks(2).chain(to.chunks(2)).chain(message.chunks(2)) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair[1]);
    }
    message[2..4].copy_from_slice(&(!((sum & 0xFFFF) + (sum >> 16)) as u16).to_be_bytes());
    let options: &[u8] = if is_mld { &[58, 0, 5, 2, 0, 0, 1, 0] } else { &[] };
    let header = Ipv6Header {
        payload_length: (options.len() + message.len()) as u16,
        next_header: if is_mld { ip_number::IPV6_HEADER_HOP_BY_HOP } else { ip_number::IPV6_ICMP },
        hop_limit: hops,
        source: PEER_V6,
        destination: to,
        ..Ipv6Header::default()
    };
    [&[0x33, 0x33, a, b, c, d], &PEER[..], &[0x86, 0xDD], &header.to_bytes()[..], options, &message].concat()
}

/// An ICMPv6 message that was sent, its checksum checked.
struct Sent {
    station: [u8; 6],
    source: [u8; 16],
    destination: [u8; 16],
    hops: u8,
    message: Vec<u8>,
}

fn sent_icmp(frame: &[u8]) -> Sent {
    let packet = SlicedPacket::from_ethernet(frame).expect("well-formed");
    let Some(NetSlice::Ipv6(ip)) = &packet.net else { panic!("IPv6") };
    let header = ip.header().to_header();
    let Some(TransportSlice::Icmpv6(icmp)) = packet.transport else { panic!("ICMPv6") };
    assert!(icmp.is_checksum_valid(header.source, header.destination));
    Sent {
        station: frame[..6].try_into().expect("six octets"),
        source: header.source,
        destination: header.destination,
        hops: header.hop_limit,
        message: Icmpv6Slice::slice(&icmp).to_vec(),
    }
}

/// IEEE 1588-2019 D.1, IEEE 1588-2019 D.2 and IEEE 1588-2019 D.3
#[test]
fn messages_over_ipv6_go_to_the_ports_and_groups_of_the_standard_with_two_octets_behind() {
    let mut transport = Ipv6::new([STATIONS[0]]).with_scope(5);
    (transport.hop_limit, transport.event_dscp) = (5, 46);
    let mut board = Raw::new(Mac::new(), transport);
    let site = [0xFF, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x81];
    for (destination, address, hops) in
        [(Destination::PrimaryMulticast, site, 5), (Destination::PeerMulticast, PEER_GROUP, 1)]
    {
        board.send(event(destination), &EVENT).expect("there is room");
        let sent = board.interface().take_sent();
        let datagram = frames::datagram(&sent[0]);
        let [.., a, b, c, d] = address;
        assert_eq!(datagram.station, [0x33, 0x33, a, b, c, d]);
        assert_eq!((datagram.destination, datagram.hops, datagram.dscp), (address.to_vec(), hops, 46));
        assert_eq!((datagram.ports, datagram.payload), ([319, 319], [&EVENT[..], &[0, 0]].concat()));
    }
}

#[test]
fn the_hardware_cannot_complete_what_a_checksum_covers() {
    let mut board = board();
    board.interface().one_step = true;
    assert!(!board.capabilities(FIRST).one_step_sync);
    let transmit = Transmit { one_step: Some(OneStep::Origin), ..event(Destination::PrimaryMulticast) };
    assert_eq!(board.send(transmit, &EVENT), Err(ErrorKind::Unsupported));
}

#[test]
fn what_is_broken_or_for_others_is_refused_and_counted() {
    let counted = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut board = board();
        let mut frame = frames::udp_v6(PRIMARY_V6, 319, &EVENT);
        change(&mut frame);
        assert_eq!(receive(&mut board, frame), None);
        assert!(receive(&mut board, frames::tagged(&frames::udp_v6(PRIMARY_V6, 319, &EVENT))).is_some());
        board.counters()
    };
    let malformed = FrameCounters { foreign: 0, malformed: 1 };
    assert_eq!(counted(&|frame| frame[14] = 0x40), malformed, "version 4");
    assert_eq!(counted(&|frame| frame[18] = 1), malformed, "a packet that is longer than its frame");
    assert_eq!(counted(&|frame| frame[20] = 44), malformed, "a fragment");
    assert_eq!(counted(&|frame| frame[60..62].fill(0)), malformed, "no checksum");
    assert_eq!(counted(&|frame| frame[70] ^= 1), malformed, "checksum");
    assert_eq!(counted(&|frame| frame[20] = 0), malformed, "options that are longer than the packet");
    let foreign = FrameCounters { foreign: 1, malformed: 0 };
    assert_eq!(counted(&|frame| frame[53] = 0x82), foreign, "another group");
    assert_eq!(counted(&|frame| frame[20] = 6), foreign, "TCP");
}

#[test]
fn the_groups_are_joined_and_queries_are_answered() {
    let mut board = Raw::new(Mac::new(), Ipv6::new([STATIONS[0]]));
    turn(&mut board, 1, 1);
    let reported = |board: &mut Raw<Mac, Ipv6>| {
        let check = |frame: &Vec<u8>| {
            let sent = sent_icmp(frame);
            let [.., a, b, c, d] = sent.destination;
            assert_eq!((sent.station, sent.hops, sent.source), ([0x33, 0x33, a, b, c, d], 1, LINK_LOCAL));
            assert_eq!((frame[20], &frame[54..62]), (0, &[58, 0, 5, 2, 0, 0, 1, 0][..]), "router alert");
            assert_eq!((sent.message[0], &sent.message[8..24]), (131, &sent.destination[..]));
            sent.destination
        };
        let mut groups: Vec<_> = board.interface().take_sent().iter().map(check).collect();
        groups.sort_unstable();
        groups
    };
    assert_eq!(reported(&mut board), [PEER_GROUP, SOLICITED, PRIMARY_V6]);
    turn(&mut board, 1_200, 10);
    reported(&mut board);
    // Within 500 ms; about all groups, then about one, then about one that we are not in.
    let query = |group: [u8; 16]| [&[130, 0, 0, 0, 1, 0xF4, 0, 0], &group[..]].concat();
    for (to, group, expected) in [
        (ALL_NODES, [0; 16], &[PEER_GROUP, SOLICITED, PRIMARY_V6][..]),
        (PEER_GROUP, PEER_GROUP, &[PEER_GROUP]),
        (ALL_NODES, [0xFF; 16], &[]),
    ] {
        assert_eq!(receive(&mut board, icmp(to, 1, query(group))), None);
        turn(&mut board, 50, 10);
        assert_eq!(reported(&mut board), expected);
    }
}

#[test]
fn who_looks_for_our_address_is_told_it() {
    let mut board = board();
    let solicitation = |address: [u8; 16]| [&[135, 0, 0, 0, 0, 0, 0, 0], &address[..], &[1, 1], &PEER].concat();
    assert_eq!(receive(&mut board, icmp(SOLICITED, 255, solicitation(LINK_LOCAL))), None);
    turn(&mut board, 1, 10);
    let sent = board.interface().take_sent();
    let answer = sent_icmp(&sent[0]);
    assert_eq!((answer.station, answer.source, answer.destination, answer.hops), (PEER, LINK_LOCAL, PEER_V6, 255));
    let expected = [&[136, 0][..], &answer.message[2..4], &[0x60, 0, 0, 0], &LINK_LOCAL, &[2, 1], &STATIONS[0]];
    assert_eq!(answer.message, expected.concat());
    let mut broken = icmp(SOLICITED, 255, solicitation(LINK_LOCAL));
    broken[60] ^= 1;
    assert_eq!(receive(&mut board, broken), None);
    turn(&mut board, 1, 10);
    assert!(board.interface().take_sent().is_empty(), "a wrong checksum");
    // From beyond a router, or for somebody else.
    for (hops, address) in [(254, LINK_LOCAL), (255, PEER_V6)] {
        assert_eq!(receive(&mut board, icmp(SOLICITED, hops, solicitation(address))), None);
        turn(&mut board, 1, 10);
        assert!(board.interface().take_sent().is_empty());
    }
}

#[test]
fn a_message_to_one_node_goes_where_it_was_heard_or_looks_for_it() {
    let mut board = board();
    let to_peer = || event(Destination::Unicast(Address::Ipv6(PEER_V6)));
    assert_eq!(board.send(to_peer(), &EVENT), Err(ErrorKind::Busy));
    let sent = board.interface().take_sent();
    let question = sent_icmp(&sent[0]);
    let group = [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0, 0, 0x99];
    assert_eq!((question.destination, question.message[0], &question.message[8..24]), (group, 135, &PEER_V6[..]));
    let advertisement = [&[136, 0, 0, 0, 0x60, 0, 0, 0], &PEER_V6[..], &[2, 1], &PEER].concat();
    assert_eq!(receive(&mut board, icmp(LINK_LOCAL, 255, advertisement)), None);
    board.send(to_peer(), &EVENT).expect("it is known now");
    let sent = board.interface().take_sent();
    assert_eq!(frames::datagram(&sent[0]).station, PEER);
}

#[test]
fn a_global_address_is_used_and_both_are_answered_for() {
    let mut board = board();
    let global = [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77];
    board.transport().set_address(FIRST, global);
    let [.., last] = board.transport().groups(FIRST);
    assert_eq!(last, [0x33, 0x33, 0xFF, 0, 0, 0x77]);
    for own in [global, LINK_LOCAL] {
        assert_eq!(receive(&mut board, frames::udp_v6(own, 319, &EVENT)).expect("PTP")[..45], EVENT);
    }
    turn(&mut board, 1_200, 10);
    board.interface().take_sent();
    board.send(event(Destination::PrimaryMulticast), &EVENT).expect("there is room");
    assert_eq!(board.interface().take_sent()[0][22..38], global);
}
