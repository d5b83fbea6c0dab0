//! Without the feature `unicast` messages go to the groups alone, and nothing is answered or remembered for one node.
#![cfg(not(feature = "unicast"))]

mod common;

use common::frames::{self, OWN_V4, PEER_V4};
use common::{Mac, PEER, STATIONS};
use syntone_hal::{Address, Destination, ErrorKind, NetworkHal, PortIndex, Transmit};
use syntone_smoltcp::{Ipv4, Raw};

const FIRST: PortIndex = PortIndex(0);

#[test]
fn groups_are_served_and_single_nodes_are_not() {
    let mut board = Raw::new(Mac::new(), Ipv4::new([OWN_V4[0]]));
    let send = |destination| Transmit { port: FIRST, destination, ticket: None, one_step: None };
    let mut buffer = [0; 64];
    board.interface().arrive(FIRST, frames::udp_v4([224, 0, 1, 129], 320, &[0x08; 44]));
    assert!(board.receive(&mut buffer).expect("nothing fails").is_some());
    let reports = board.interface().take_sent();
    assert_eq!(reports.len(), 2, "the groups are joined");
    assert_eq!(board.send(send(Destination::PrimaryMulticast), &[0x08; 44]), Ok(()));
    assert_eq!(frames::datagram(&board.interface().take_sent()[0]).payload, [0x08; 44]);
    let to_peer = send(Destination::Unicast(Address::Ipv4(PEER_V4)));
    assert_eq!(board.send(to_peer, &[0x08; 44]), Err(ErrorKind::Unreachable));
    // Who has our address?
    let body = [&[0, 1, 8, 0, 6, 4, 0, 1][..], &PEER, &PEER_V4, &STATIONS[0], &OWN_V4[0]].concat();
    board.interface().arrive(FIRST, [&[0xFF; 6], &PEER[..], &[8, 6], &body].concat());
    assert_eq!(board.receive(&mut buffer), Ok(None));
    assert_eq!(board.receive(&mut buffer), Ok(None));
    assert!(board.interface().take_sent().is_empty());
    assert_eq!(board.counters().foreign, 1);
}
