//! The contract of the three traits, over each way to frame messages.

mod common;

use common::frames::{self, OWN_V4};
use common::{Mac, Wired};
use syntone_hal::contract::{Bounds, Direction, Fixture, Injected, Taken};
use syntone_hal::{MessageClass, PortIndex, contract_test};
use syntone_smoltcp::{Ethernet, ForwardingEthernet, Ipv4, Raw, Transport};

/// A board with two ports, and a peer at each of them that frames messages by other code.
struct Bench<T> {
    board: Raw<Mac, T>,
    wrap: fn(MessageClass, &[u8]) -> Vec<u8>,
    unwrap: fn(&[u8]) -> Option<Vec<u8>>,
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

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        // A frame of somebody else's comes first: it must not disturb.
        let mac = self.board.interface();
        mac.arrived.push_back(Wired { port, octets: vec![0xFF; 64], stamp: None });
        Injected::At(mac.arrive(port, (self.wrap)(class, message)))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let sent = &mut self.board.interface().sent;
        while let Some(place) = sent.iter().position(|wired| wired.port == port) {
            let wired = sent.remove(place).expect("found above");
            if let Some(message) = (self.unwrap)(&wired.octets) {
                buffer[..message.len()].copy_from_slice(&message);
                return Taken::Message(message.len());
            }
        }
        Taken::Nothing
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

fn ethernet<T: Transport>(transport: T) -> Bench<T> {
    Bench {
        board: Raw::new(Mac::new(), transport),
        wrap: |_, message| frames::ethernet(message),
        unwrap: |frame| (frame[12..14] == [0x88, 0xF7]).then(|| frame[14..].to_vec()),
    }
}

mod over_ethernet {
    use super::*;

    contract_test!(the_contract_holds, ethernet(Ethernet));
    contract_test!(the_contract_holds_for_a_transparent_clock, ethernet(ForwardingEthernet));
}

mod over_ipv4 {
    use super::*;

    contract_test!(
        the_contract_holds,
        Bench {
            board: Raw::new(Mac::new(), Ipv4::new(OWN_V4)),
            wrap: |class, message| frames::udp_v4([224, 0, 1, 129], udp_port(class), message),
            unwrap: |frame| (frame[23] == 17).then(|| frames::datagram(frame).payload),
        }
    );
}

#[cfg(feature = "ipv6")]
mod over_ipv6 {
    use super::*;
    use common::STATIONS;
    use syntone_smoltcp::Ipv6;

    contract_test!(
        the_contract_holds,
        Bench {
            board: Raw::new(Mac::new(), Ipv6::new(STATIONS)),
            wrap: |class, message| frames::udp_v6(frames::PRIMARY_V6, udp_port(class), message),
            unwrap: |frame| (frame[20] == 17).then(|| frames::datagram(frame).payload),
        }
    );
}
