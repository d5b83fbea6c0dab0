//! The Linux HAL keeps the contract of the three traits: over UDP and over a tunnel of Ethernet frames.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;
use syntone_hal::contract::{Bounds, Fixture, Injected, Taken};
use syntone_hal::{
    Destination, FrequencyOffset, MessageClass, NetworkHal, PortIndex, Ticket, Timestamp, TimestampHal, Transmit,
    contract_test,
};
use syntone_linux::{FrameTunnel, LinuxHal, OscillatorError, SoftwareClock, UdpIpv4};

/// The HAL under test with two ports, and a HAL as peer of each.
struct Bench {
    tested: LinuxHal,
    peers: [LinuxHal; 2],
}

const PEER_PORT: PortIndex = PortIndex(0);

impl Bench {
    fn new(error: OscillatorError) -> Self {
        let mut tested = LinuxHal::new(SoftwareClock::new(error));
        let peers = [udp_peer(&mut tested), tunnel_peer(&mut tested)];
        let mut bench = Self { tested, peers };
        bench.warm_up();
        bench
    }

    /// The kernel switches receive stamps on some milliseconds after they were first asked for.
    fn warm_up(&mut self) {
        for _ in 0..10_000 {
            self.inject(PortIndex(0), MessageClass::Event, &[0; 44]);
            if self.tested.receive(&mut [0; 64]).unwrap().is_some_and(|received| received.stamp.is_some()) {
                return;
            }
        }
        panic!("no receive stamps");
    }
}

impl Fixture for Bench {
    type Hal = LinuxHal;

    fn hal(&mut self) -> &mut LinuxHal {
        &mut self.tested
    }

    fn pass(&mut self, nanos: u64) {
        std::thread::sleep(Duration::from_nanos(nanos));
    }

    fn bounds(&self) -> Bounds {
        Bounds::software()
    }

    fn ports(&self) -> u8 {
        2
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let peer = &mut self.peers[port.get()];
        let ticket = (class == MessageClass::Event).then(|| Ticket::from_raw(1));
        peer.send(transmit(ticket), message).unwrap();
        if class == MessageClass::General {
            return Injected::Sent;
        }
        // The peer's clock shows kernel time, so its transmit stamp tells when the message was on its way.
        let left = loop {
            if let Some(egress) = peer.poll_egress().unwrap() {
                break egress.stamp.unwrap();
            }
        };
        Injected::At(self.tested.software_clock().unwrap().at(left.nanos_since(Timestamp::ZERO)))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        match self.peers[port.get()].receive(buffer).unwrap() {
            Some(received) => Taken::Message(received.length),
            None => Taken::Nothing,
        }
    }
}

fn transmit(ticket: Option<Ticket>) -> Transmit {
    Transmit { port: PEER_PORT, destination: Destination::PrimaryMulticast, ticket, one_step: None }
}

fn udp_peer(tested: &mut LinuxHal) -> LinuxHal {
    let mut peer = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    let mut transport = UdpIpv4::on_address(Ipv4Addr::LOCALHOST);
    (transport.event_port, transport.general_port) = (0, 0);
    let port = tested.add_udp_ipv4(&transport).unwrap();
    peer.add_udp_ipv4(&transport).unwrap();
    tested.set_peers(port, peer.local_end(PEER_PORT).into_iter().collect());
    peer.set_peers(PEER_PORT, tested.local_end(port).into_iter().collect());
    peer
}

fn tunnel_peer(tested: &mut LinuxHal) -> LinuxHal {
    let mut peer = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    // Two ports that are free now, and taken in a moment.
    let free = [0, 0].map(|any| UdpSocket::bind((Ipv4Addr::LOCALHOST, any)).unwrap());
    let [one, two] = free.each_ref().map(|socket| socket.local_addr().unwrap().port());
    drop(free);
    let tunnel = |local_port, remote_port, last| FrameTunnel {
        local_port,
        remote_port,
        hardware_address: [2, 0, 0, 0, 0, last],
    };
    tested.add_frame_tunnel(&tunnel(one, two, 1)).unwrap();
    peer.add_frame_tunnel(&tunnel(two, one, 2)).unwrap();
    peer
}

contract_test!(a_perfect_software_clock_keeps_the_contract, Bench::new(OscillatorError::default()));

contract_test!(
    a_clock_that_is_250_ms_and_37_ppm_off_keeps_the_contract,
    Bench::new(OscillatorError { offset_ns: 250_000_000, frequency: FrequencyOffset::from_ppb(37_000) })
);
