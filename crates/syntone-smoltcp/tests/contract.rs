//! The contract of the three traits, over each way to frame messages.

mod common;

use common::frames::{self, OWN_V4};
use common::{Mac, PEER, STATIONS, Wired};
use syntone_hal::contract::{Bounds, Direction, Fixture, Injected, Taken};
use syntone_hal::{Address, Destination, MessageClass, PortIndex, contract_test};
use syntone_smoltcp::{Either, Ethernet, ForwardingEthernet, Ipv4, Raw, Transport};

/// A board with two ports, and a peer at each of them that frames messages by other code.
struct Bench<T> {
    board: Raw<Mac, T>,
    addresses: Addresses,
    wrap: fn(Destination, MessageClass, &[u8]) -> Vec<u8>,
    unwrap: fn(&[u8]) -> Option<Unwrapped>,
    taken_for: Option<Destination>,
}

/// Whom a message was for, and its octets.
type Unwrapped = (Destination, Vec<u8>);

/// The unicast addresses of the peer and of the two ports.
struct Addresses {
    peer: Address,
    own: [Address; 2],
}

impl<T: Transport> Fixture for Bench<T> {
    type Hal = Raw<Mac, T>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.board
    }

    fn pass(&mut self, nanos: u64) {
        self.board.interface().nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    fn ports(&self) -> u8 {
        2
    }

    fn peer(&self, _: PortIndex) -> Option<Address> {
        Some(self.addresses.peer)
    }

    fn address(&self, port: PortIndex) -> Option<Address> {
        self.addresses.own.get(port.get()).copied()
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.inject_for(port, Destination::PrimaryMulticast, class, message)
    }

    fn inject_for(
        &mut self,
        port: PortIndex,
        destination: Destination,
        class: MessageClass,
        message: &[u8],
    ) -> Injected {
        // A frame of somebody else's comes first: it must not disturb.
        let mac = self.board.interface();
        mac.arrived.push_back(Wired { port, octets: vec![0xFF; 64], stamp: None });
        Injected::At(mac.arrive(port, (self.wrap)(destination, class, message)))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let sent = &mut self.board.interface().sent;
        while let Some(place) = sent.iter().position(|wired| wired.port == port) {
            let wired = sent.remove(place).expect("found above");
            if let Some((destination, message)) = (self.unwrap)(&wired.octets) {
                self.taken_for = Some(destination);
                buffer[..message.len()].copy_from_slice(&message);
                return Taken::Message(message.len());
            }
        }
        Taken::Nothing
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        let mac = self.board.interface();
        *(if direction == Direction::Ingress { &mut mac.lose_ingress } else { &mut mac.lose_egress }) = true;
        true
    }
}

fn udp_port(class: MessageClass) -> u16 {
    if class == MessageClass::Event { 319 } else { 320 }
}

/// The groups of a transport, and whatever else is one node.
fn group<A: PartialEq>(address: A, [primary, peer]: [A; 2], unicast: impl FnOnce(A) -> Address) -> Destination {
    match address {
        address if address == primary => Destination::PrimaryMulticast,
        address if address == peer => Destination::PeerMulticast,
        address => Destination::Unicast(unicast(address)),
    }
}

const STATION_GROUPS: [[u8; 6]; 2] = [frames::PRIMARY, [0x01, 0x80, 0xC2, 0, 0, 0x0E]];
const V4_GROUPS: [[u8; 4]; 2] = [[224, 0, 1, 129], [224, 0, 0, 107]];

fn ethernet<T: Transport>(transport: T) -> Bench<T> {
    Bench {
        board: Raw::new(Mac::new(), transport),
        addresses: Addresses { peer: Address::Ethernet(PEER), own: STATIONS.map(Address::Ethernet) },
        wrap: |destination, _, message| {
            let station = match destination {
                Destination::PrimaryMulticast => STATION_GROUPS[0],
                Destination::PeerMulticast => STATION_GROUPS[1],
                Destination::Unicast(Address::Ethernet(station)) => station,
                Destination::Unicast(_) => panic!("over Ethernet"),
            };
            [&station[..], &PEER, &[0x88, 0xF7], message].concat()
        },
        unwrap: |frame| {
            let station = frame[..6].try_into().expect("six octets");
            let destination = group(station, STATION_GROUPS, Address::Ethernet);
            (frame[12..14] == [0x88, 0xF7]).then(|| (destination, frame[14..].to_vec()))
        },
        taken_for: None,
    }
}

fn ipv4<T: Transport>(transport: T) -> Bench<T> {
    Bench {
        board: Raw::new(Mac::new(), transport),
        addresses: Addresses { peer: Address::Ipv4(frames::PEER_V4), own: OWN_V4.map(Address::Ipv4) },
        wrap: |destination, class, message| {
            let address = match destination {
                Destination::PrimaryMulticast => V4_GROUPS[0],
                Destination::PeerMulticast => V4_GROUPS[1],
                Destination::Unicast(Address::Ipv4(address)) => address,
                Destination::Unicast(_) => panic!("over IPv4"),
            };
            frames::udp_v4(address, udp_port(class), message)
        },
        unwrap: |frame| {
            (frame[12..14] == [8, 0] && frame[23] == 17).then(|| {
                let datagram = frames::datagram(frame);
                let address = datagram.destination.try_into().expect("four octets");
                (group(address, V4_GROUPS, Address::Ipv4), datagram.payload)
            })
        },
        taken_for: None,
    }
}

mod over_ethernet {
    use super::*;

    contract_test!(the_contract_holds, ethernet(Ethernet));
    contract_test!(the_contract_holds_for_a_transparent_clock, ethernet(ForwardingEthernet));
    contract_test!(
        the_contract_holds_where_the_program_chose_it,
        ethernet(Either::<Ethernet, Ipv4<2>>::First(Ethernet))
    );
}

mod over_ipv4 {
    use super::*;

    contract_test!(the_contract_holds, ipv4(Ipv4::new(OWN_V4)));
    contract_test!(
        the_contract_holds_where_the_program_chose_it,
        ipv4(Either::<Ethernet, _>::Second(Ipv4::new(OWN_V4)))
    );
}

#[cfg(feature = "ipv6")]
mod over_ipv6 {
    use super::*;
    use syntone_smoltcp::Ipv6;

    const GROUPS: [[u8; 16]; 2] = [frames::PRIMARY_V6, [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6B]];

    /// The link-local address of a station (RFC 4291 appendix A).
    fn link_local([a, b, c, d, e, f]: [u8; 6]) -> Address {
        Address::Ipv6([0xFE, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xFF, 0xFE, d, e, f])
    }

    contract_test!(
        the_contract_holds,
        Bench {
            board: Raw::new(Mac::new(), Ipv6::new(STATIONS)),
            addresses: Addresses { peer: Address::Ipv6(frames::PEER_V6), own: STATIONS.map(link_local) },
            wrap: |destination, class, message| {
                let address = match destination {
                    Destination::PrimaryMulticast => GROUPS[0],
                    Destination::PeerMulticast => GROUPS[1],
                    Destination::Unicast(Address::Ipv6(address)) => address,
                    Destination::Unicast(_) => panic!("over IPv6"),
                };
                frames::udp_v6(address, udp_port(class), message)
            },
            unwrap: |frame| {
                (frame[12..14] == [0x86, 0xDD] && frame[20] == 17).then(|| {
                    let datagram = frames::datagram(frame);
                    let address = datagram.destination.try_into().expect("sixteen octets");
                    (group(address, GROUPS, Address::Ipv6), datagram.payload)
                })
            },
            taken_for: None,
        }
    );
}
