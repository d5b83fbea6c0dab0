//! Frames: what is sent as others read it, what is taken and what is refused, and the protocols around it.

mod common;

use common::frames::{self, OWN_V4, PEER_V4};
use common::{Mac, PEER, STATIONS};
use etherparse::{ArpEthIpv4Packet, PacketBuilder};
use syntone_hal::{
    Address, Destination, ErrorKind, Forward, NetworkHal, OneStep, PortIndex, Received, Ticket, TimestampHal, Transmit,
};
use syntone_smoltcp::{Ethernet, ForwardingEthernet, FrameCounters, Ipv4, Raw, Transport};

const FIRST: PortIndex = PortIndex(0);
/// A Delay_Req, as far as framing looks at it.
const EVENT: [u8; 44] = {
    let mut message = [0xA5; 44];
    message[0] = 0x01;
    message
};
/// A Follow_Up of an odd length.
const GENERAL: [u8; 45] = {
    let mut message = [0x5A; 45];
    message[0] = 0x08;
    message
};

fn board<T: Transport>(transport: T) -> Raw<Mac, T> {
    Raw::new(Mac::new(), transport)
}

fn ipv4() -> Raw<Mac, Ipv4> {
    let mut board = board(Ipv4::new([OWN_V4[0]]));
    settle(&mut board);
    board
}

/// Lets the reports of a new link pass.
fn settle<T: Transport>(board: &mut Raw<Mac, T>) {
    for _ in 0..12 {
        assert_eq!(board.receive(&mut [0; 64]), Ok(None));
        board.interface().nanos += 1_000_000_000;
    }
    board.interface().take_sent();
}

fn event(destination: Destination) -> Transmit {
    Transmit { port: FIRST, destination, ticket: Some(Ticket::from_raw(7)), one_step: None }
}

fn general(destination: Destination) -> Transmit {
    Transmit { ticket: None, ..event(destination) }
}

/// Receives `frame`: what became of it.
fn receive<T: Transport>(board: &mut Raw<Mac, T>, frame: Vec<u8>) -> Result<Option<(Received, Vec<u8>)>, ErrorKind> {
    board.interface().arrive(FIRST, frame);
    let mut buffer = [0; 256];
    let received = board.receive(&mut buffer)?;
    Ok(received.map(|received| (received, buffer[..received.length].to_vec())))
}

/// IEEE 1588-2019 E.2 and IEEE 1588-2019 E.4
#[test]
fn messages_over_ethernet_have_the_type_and_the_groups_of_the_standard() {
    let mut board = board(Ethernet);
    let other = [2, 0, 0, 0, 0, 0x42];
    for (destination, station) in [
        (Destination::PrimaryMulticast, [0x01, 0x1B, 0x19, 0, 0, 0]),
        (Destination::PeerMulticast, [0x01, 0x80, 0xC2, 0, 0, 0x0E]),
        (Destination::Unicast(Address::Ethernet(other)), other),
    ] {
        board.send(event(destination), &EVENT).expect("there is room");
        let sent = board.interface().take_sent();
        assert_eq!(sent, [[&station[..], &STATIONS[0], &[0x88, 0xF7], &EVENT, &[0, 0]].concat()]);
    }
    let elsewhere = event(Destination::Unicast(Address::Ipv4(PEER_V4)));
    assert_eq!(board.send(elsewhere, &EVENT), Err(ErrorKind::Unreachable));
}

#[test]
fn a_vlan_tag_is_passed_over() {
    let mut ethernet = board(Ethernet);
    let (_, message) = receive(&mut ethernet, frames::tagged(&frames::ethernet(&EVENT))).unwrap().expect("PTP");
    assert_eq!(message, EVENT);
    let frame = frames::tagged(&frames::udp_v4([224, 0, 1, 129], 319, &EVENT));
    let (_, message) = receive(&mut ipv4(), frame).unwrap().expect("PTP");
    assert_eq!(message, EVENT);
}

/// IEEE 1588-2019 10.2: what passes through stays as it was.
#[test]
fn a_transparent_clock_is_told_the_destination_and_forwards_under_the_address_of_the_sender() {
    let mut board = board(ForwardingEthernet);
    let other = [2, 0, 0, 0, 0, 0x42];
    let frame = [&other[..], &PEER, &[0x88, 0xF7], &EVENT].concat();
    let (received, message) = receive(&mut board, frame).unwrap().expect("PTP");
    assert_eq!(received.destination, Some(Destination::Unicast(Address::Ethernet(other))));
    let transmit = Transmit { port: PortIndex(1), ..event(received.destination.expect("told")) };
    board.forward(Forward { transmit, source: received.source }, &message[..44]).expect("there is room");
    let sent = board.interface().take_sent();
    assert_eq!(sent[0][..14], [&other[..], &PEER, &[0x88, 0xF7]].concat());
    for (group, destination) in [
        ([0x01, 0x1B, 0x19, 0, 0, 0], Destination::PrimaryMulticast),
        ([0x01, 0x80, 0xC2, 0, 0, 0x0E], Destination::PeerMulticast),
    ] {
        let frame = [&group[..], &PEER, &[0x88, 0xF7], &EVENT].concat();
        assert_eq!(receive(&mut board, frame).unwrap().expect("PTP").0.destination, Some(destination));
    }
}

/// IEEE 1588-2019 C.2 and IEEE 1588-2019 C.3
#[test]
fn messages_over_ipv4_go_to_the_ports_and_groups_of_the_standard() {
    let mut transport = Ipv4::new([OWN_V4[0]]);
    (transport.ttl, transport.event_dscp, transport.general_dscp) = (5, 46, 8);
    let mut board = board(transport);
    let cases = [
        (event(Destination::PrimaryMulticast), [224, 0, 1, 129], 5, 46, 319, &EVENT[..]),
        (general(Destination::PrimaryMulticast), [224, 0, 1, 129], 5, 8, 320, &GENERAL),
        // Peer delay messages stay on the link.
        (event(Destination::PeerMulticast), [224, 0, 0, 107], 1, 46, 319, &EVENT),
    ];
    for (transmit, address, hops, dscp, port, message) in cases {
        board.send(transmit, message).expect("there is room");
        let sent = board.interface().take_sent();
        let datagram = frames::datagram(&sent[0]);
        let [_, b, c, d] = address;
        assert_eq!(datagram.station, [1, 0, 0x5E, b & 0x7F, c, d]);
        assert_eq!((datagram.destination, datagram.hops, datagram.dscp), (address.to_vec(), hops, dscp));
        assert_eq!((datagram.ports, &*datagram.payload), ([port, port], message));
    }
    assert_eq!(board.send(event(Destination::PrimaryMulticast), &[0; 1_473]), Err(ErrorKind::OutOfRange));
}

#[test]
fn a_message_that_the_hardware_completes_leaves_without_a_checksum() {
    let mut board = ipv4();
    let transmit = Transmit { one_step: Some(OneStep::Origin), ticket: None, ..event(Destination::PrimaryMulticast) };
    board.send(transmit, &EVENT).expect("there is room");
    let sent = board.interface().take_sent();
    assert_eq!(sent[0][40..42], [0, 0]);
    // To port 319 and completed: the clock has run for 12 s from 5 000 s.
    assert_eq!((&sent[0][36..38], &sent[0][42 + 34..42 + 40]), (&[1, 63][..], &[0, 0, 0, 0, 0x13, 0x94][..]));
}

#[test]
fn a_checksum_of_zero_is_written_as_ones() {
    let mut board = ipv4();
    let mut message = EVENT;
    let mut ones = 0;
    for number in 0..=u16::MAX {
        message[42..].copy_from_slice(&number.to_be_bytes());
        board.send(general(Destination::PrimaryMulticast), &message).expect("there is room");
        let sent = board.interface().sent.pop_front().expect("sent");
        assert_ne!(sent.octets[40..42], [0, 0]);
        ones += u32::from(sent.octets[40..42] == [0xFF, 0xFF]);
    }
    assert_eq!(ones, 1);
}

#[test]
fn a_received_message_tells_its_sender_and_whom_it_was_for() {
    let mut board = ipv4();
    for (address, destination) in [
        ([224, 0, 1, 129], Destination::PrimaryMulticast),
        ([224, 0, 0, 107], Destination::PeerMulticast),
        (OWN_V4[0], Destination::Unicast(Address::Ipv4(OWN_V4[0]))),
    ] {
        let (received, message) = receive(&mut board, frames::udp_v4(address, 320, &GENERAL)).unwrap().expect("PTP");
        assert_eq!((received.source, received.destination), (Some(Address::Ipv4(PEER_V4)), Some(destination)));
        assert_eq!((received.stamp, &*message), (None, &GENERAL[..]));
    }
}

/// What `change` makes of a good frame, and what is counted.
fn counted(change: impl FnOnce(&mut Vec<u8>)) -> FrameCounters {
    let mut board = ipv4();
    let mut frame = frames::udp_v4([224, 0, 1, 129], 319, &EVENT);
    change(&mut frame);
    assert_eq!(receive(&mut board, frame), Ok(None));
    // The next one comes.
    assert!(receive(&mut board, frames::udp_v4([224, 0, 1, 129], 319, &EVENT)).unwrap().is_some());
    board.counters()
}

/// Makes the checksum of the header right again.
fn repair(frame: &mut [u8]) {
    frame[24..26].fill(0);
    let sum: u32 = frame[14..34].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let folded = !((sum & 0xFFFF) + (sum >> 16)) as u16;
    frame[24..26].copy_from_slice(&folded.to_be_bytes());
}

#[test]
fn what_is_broken_is_refused_and_counted() {
    let malformed = FrameCounters { foreign: 0, malformed: 1 };
    let repaired = |at: usize, value: u8| {
        counted(move |frame| {
            frame[at] = value;
            repair(frame);
        })
    };
    assert_eq!(counted(|frame| frame[24] ^= 1), malformed, "checksum of the header");
    assert_eq!(counted(|frame| frame[50] ^= 1), malformed, "checksum of the datagram");
    assert_eq!(repaired(14, 0x55), malformed, "version 5");
    assert_eq!(repaired(14, 0x44), malformed, "a header that is too short");
    assert_eq!(repaired(17, 19), malformed, "a packet that is shorter than its header");
    assert_eq!(repaired(16, 2), malformed, "a packet that is longer than its frame");
    assert_eq!(repaired(20, 0x20), malformed, "more fragments");
    assert_eq!(repaired(21, 0x01), malformed, "a later fragment");
    assert_eq!(counted(|frame| frame[39] = 7), malformed, "a datagram shorter than its header");
    assert_eq!(counted(|frame| frame[38] = 1), malformed, "a datagram longer than its frame");
    let longer_than_its_packet = |frame: &mut Vec<u8>| {
        frame.extend([0; 8]);
        frame[39] += 4;
        frame[40..42].fill(0);
    };
    assert_eq!(counted(longer_than_its_packet), malformed, "a datagram longer than its packet");
}

#[test]
fn what_is_for_others_is_passed_over_and_counted() {
    let foreign = FrameCounters { foreign: 1, malformed: 0 };
    assert_eq!(counted(|frame| frame[13] = 0x01), foreign, "another protocol than IP");
    assert_eq!(counted(|frame| *frame = frames::udp_v4([224, 0, 1, 130], 319, &EVENT)), foreign, "another group");
    assert_eq!(counted(|frame| *frame = frames::udp_v4([192, 0, 2, 77], 319, &EVENT)), foreign, "another host");
    assert_eq!(counted(|frame| *frame = frames::udp_v4([224, 0, 1, 129], 123, &EVENT)), foreign, "another port");
    assert_eq!(counted(|frame| *frame = vec![0xFF; 20]), foreign, "a frame of nothing");
    let tcp = |frame: &mut Vec<u8>| {
        let builder = PacketBuilder::ethernet2(PEER, STATIONS[0]).ipv4(PEER_V4, OWN_V4[0], 64).tcp(80, 80, 0, 0);
        frame.clear();
        builder.write(frame, b"GET").expect("it fits");
    };
    assert_eq!(counted(tcp), foreign, "TCP");
}

#[test]
fn header_options_are_passed_over_and_a_missing_checksum_is_taken() {
    let mut frame = frames::udp_v4([224, 0, 1, 129], 319, &EVENT);
    frame[40..42].fill(0);
    assert!(receive(&mut ipv4(), frame.clone()).unwrap().is_some());
    // Four octets of options: nothing, nothing, nothing, end.
    frame.splice(34..34, [1, 1, 1, 0]);
    (frame[14], frame[17]) = (0x46, frame[17] + 4);
    repair(&mut frame);
    let sum = u16::from_be_bytes([frame[24], frame[25]]);
    // The options are part of the sum: 0x0101 and 0x0100.
    let (sum, borrow) = sum.overflowing_sub(0x0201);
    frame[24..26].copy_from_slice(&(sum - u16::from(borrow)).to_be_bytes());
    assert_eq!(receive(&mut ipv4(), frame).unwrap().expect("PTP").1, EVENT);
}

#[test]
fn a_flood_of_other_frames_does_not_keep_the_loop() {
    let mut board = board(Ethernet);
    for _ in 0..40 {
        board.interface().arrive(FIRST, vec![0xFF; 64]);
    }
    board.interface().arrive(FIRST, frames::ethernet(&EVENT));
    let mut buffer = [0; 64];
    assert_eq!(board.receive(&mut buffer), Err(ErrorKind::Busy));
    assert!(board.receive(&mut buffer).unwrap().is_some());
    assert_eq!(board.counters(), FrameCounters { foreign: 40, malformed: 0 });
}

/// The groups of the IGMP reports among `sent`, each checked (RFC 2236).
fn reported(sent: &[Vec<u8>]) -> Vec<[u8; 4]> {
    let reports = sent.iter().filter(|frame| frame[12..14] == [8, 0] && frame[23] == 2);
    let group = |frame: &Vec<u8>| {
        let group: [u8; 4] = frame[42..46].try_into().expect("four octets");
        let [_, b, c, d] = group;
        assert_eq!(frame[..6], [1, 0, 0x5E, b & 0x7F, c, d]);
        // Time to live 1; router alert; version 2's report.
        assert_eq!((frame[14], frame[22], &frame[34..38], frame[38]), (0x46, 1, &[0x94, 4, 0, 0][..], 0x16));
        assert_eq!((&frame[26..30], &frame[30..34]), (&OWN_V4[0][..], &group[..]));
        for range in [14..38, 38..46] {
            let words = frame[range].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
            let sum: u32 = words.sum();
            assert_eq!((sum & 0xFFFF) + (sum >> 16), 0xFFFF);
        }
        group
    };
    reports.map(group).collect()
}

/// A query, for all groups or for one.
fn query(group: [u8; 4], tenths: u8) -> Vec<u8> {
    let to = if group == [0; 4] { [224, 0, 0, 1] } else { group };
    let [_, b, c, d] = to;
    let mut message = [&[0x11, tenths, 0, 0], &group[..]].concat();
    let sum: u32 = message.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    message[2..4].copy_from_slice(&(!((sum & 0xFFFF) + (sum >> 16)) as u16).to_be_bytes());
    let mut header = etherparse::Ipv4Header::new(8, 1, etherparse::ip_number::IGMP, PEER_V4, to).expect("it fits");
    header.header_checksum = header.calc_header_checksum();
    [&[1, 0, 0x5E, b & 0x7F, c, d], &PEER[..], &[8, 0], &header.to_bytes()[..], &message].concat()
}

const BOTH: [[u8; 4]; 2] = [[224, 0, 1, 129], [224, 0, 0, 107]];

#[test]
fn the_groups_are_joined_on_a_new_link_and_after_a_change_of_address() {
    let mut board = board(Ipv4::new([[0; 4]]));
    assert_eq!(board.send(event(Destination::PrimaryMulticast), &EVENT), Err(ErrorKind::Unreachable));
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert!(board.interface().take_sent().is_empty(), "no address yet");
    board.transport().set_address(FIRST, OWN_V4[0]);
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert_eq!(reported(&board.interface().take_sent()), BOTH);
    settle(&mut board);
    board.transport().set_address(FIRST, OWN_V4[0]);
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert_eq!(reported(&board.interface().take_sent()), BOTH);
    settle(&mut board);
    board.interface().link = false;
    assert!(!board.link_up(FIRST));
    board.interface().link = true;
    assert!(board.link_up(FIRST));
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert_eq!(reported(&board.interface().take_sent()), BOTH);
}

#[test]
fn queries_are_answered_within_their_time_and_a_flood_of_them_no_faster() {
    let mut board = ipv4();
    let mut answers = |queries: &[Vec<u8>]| {
        for query in queries {
            assert_eq!(receive(&mut board, query.clone()), Ok(None));
        }
        for _ in 0..100 {
            board.interface().nanos += 10_000_000;
            board.receive(&mut [0; 64]).expect("nothing fails");
        }
        reported(&board.interface().take_sent())
    };
    let mut general = answers(&[query([0; 4], 10)]);
    general.sort_unstable();
    assert_eq!(general, [BOTH[1], BOTH[0]]);
    assert_eq!(answers(&[query(BOTH[1], 10)]), [BOTH[1]]);
    assert_eq!(answers(&[query([224, 0, 1, 130], 10)]), [[0; 4]; 0]);
    assert!(answers(&vec![query([0; 4], 10); 200]).len() <= 4);
    let mut wrong = query([0; 4], 10);
    wrong[36] ^= 1;
    assert_eq!(answers(&[wrong]), [[0; 4]; 0]);
    // The report of another member: the type is 5 more, and the sum.
    let mut report = query(BOTH[0], 10);
    (report[34], report[36]) = (0x16, report[36] - 5);
    assert_eq!(answers(&[report]), [[0; 4]; 0]);
}

fn arp(operation: etherparse::ArpOperation, station: [u8; 6], to: ([u8; 6], [u8; 4])) -> Vec<u8> {
    let packet =
        ArpEthIpv4Packet { operation, sender_mac: station, sender_ipv4: PEER_V4, target_mac: to.0, target_ipv4: to.1 };
    [&[0xFF; 6], &station[..], &[8, 6], &etherparse::ArpPacket::from(packet).to_bytes()[..]].concat()
}

#[test]
fn who_asks_for_our_address_is_told_it_and_a_thousand_a_second_at_the_most() {
    let mut board = ipv4();
    let request = arp(etherparse::ArpOperation::REQUEST, PEER, ([0; 6], OWN_V4[0]));
    for _ in 0..100 {
        assert_eq!(receive(&mut board, request.clone()), Ok(None));
        board.interface().nanos += 10_000;
    }
    let sent = board.interface().take_sent();
    assert!((1..=3).contains(&sent.len()), "{} answers in a millisecond", sent.len());
    let answer = ArpEthIpv4Packet {
        operation: etherparse::ArpOperation::REPLY,
        sender_mac: STATIONS[0],
        sender_ipv4: OWN_V4[0],
        target_mac: PEER,
        target_ipv4: PEER_V4,
    };
    assert_eq!(
        sent[0][..42],
        [&PEER[..], &STATIONS[0], &[8, 6], &etherparse::ArpPacket::from(answer).to_bytes()].concat()
    );
    let other = arp(etherparse::ArpOperation::REQUEST, PEER, ([0; 6], [192, 0, 2, 200]));
    settle(&mut board);
    assert_eq!(receive(&mut board, other), Ok(None));
    assert_eq!(board.receive(&mut [0; 64]), Ok(None));
    assert!(board.interface().take_sent().is_empty());
}

#[test]
fn a_message_to_one_node_goes_where_it_was_heard_or_looks_for_it() {
    let mut board = ipv4();
    let to_peer = || event(Destination::Unicast(Address::Ipv4(PEER_V4)));
    assert_eq!(board.send(to_peer(), &EVENT), Err(ErrorKind::Busy));
    let sent = board.interface().take_sent();
    assert_eq!((&sent[0][..6], &sent[0][38..42]), (&[0xFF; 6][..], &PEER_V4[..]), "asks who has it");
    assert!(board.poll_egress().unwrap().is_none(), "the ticket is void");
    let reply = arp(etherparse::ArpOperation::REPLY, [2, 0, 0, 0, 0, 0x55], (STATIONS[0], OWN_V4[0]));
    assert_eq!(receive(&mut board, reply), Ok(None));
    board.send(to_peer(), &EVENT).expect("it is known now");
    let sent = board.interface().take_sent();
    assert_eq!(frames::datagram(&sent[0]).station, [2, 0, 0, 0, 0, 0x55]);
    // A message that comes by another station: it has moved.
    assert!(receive(&mut board, frames::udp_v4([224, 0, 1, 129], 320, &GENERAL)).unwrap().is_some());
    board.send(to_peer(), &EVENT).expect("it is known");
    let sent = board.interface().take_sent();
    let datagram = frames::datagram(&sent[0]);
    assert_eq!((datagram.station, &*datagram.destination), (PEER, &PEER_V4[..]));
}

#[test]
fn a_full_ring_voids_the_ticket_and_delays_reports() {
    let mut board = board(Ipv4::new([OWN_V4[0]]));
    board.interface().full = true;
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert_eq!(board.send(event(Destination::PrimaryMulticast), &EVENT), Err(ErrorKind::Busy));
    assert!(board.poll_egress().unwrap().is_none());
    board.interface().full = false;
    board.interface().nanos += 100_000_000;
    board.receive(&mut [0; 64]).expect("nothing fails");
    assert_eq!(reported(&board.interface().take_sent()), BOTH);
}
