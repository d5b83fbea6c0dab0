//! Asks every clock on a path: GET of each id that is named, over UDP on IPv4 multicast from an address, or over Ethernet from
//! an interface. Prints the first answer to each, of a clock that refuses only where no other does better.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};
use syntone::hal::{Destination, NetworkHal, PortIndex, Transmit};
use syntone::management::{Addressee, Outcome, Request, Response};
use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, SoftwareClock};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 129);
const GENERAL: u16 = 320;
const LIMIT: Duration = Duration::from_secs(2);

/// What the requests go over.
enum Path {
    Udp { sender: UdpSocket, receiver: UdpSocket },
    Ethernet(Box<LinuxHal>),
}

impl Path {
    fn of(name: &str) -> Self {
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            let receiver = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, GENERAL)).expect("port 320");
            receiver.join_multicast_v4(&GROUP, &address).expect("the group of PTP");
            receiver.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
            return Self::Udp { sender: UdpSocket::bind((address, 0)).expect("a socket"), receiver };
        }
        let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
        hal.add_ethernet(&Ethernet::on_interface(name)).expect("an interface");
        Self::Ethernet(Box::new(hal))
    }

    fn send(&mut self, octets: &[u8]) {
        match self {
            Self::Udp { sender, .. } => {
                sender.send_to(octets, (GROUP, GENERAL)).expect("it is sent");
            }
            Self::Ethernet(hal) => {
                let destination = Destination::PrimaryMulticast;
                let transmit = Transmit { port: PortIndex(0), destination, ticket: None, one_step: None };
                hal.send(transmit, octets).expect("it is sent");
            }
        }
    }

    fn receive(&mut self, octets: &mut [u8]) -> Option<usize> {
        match self {
            Self::Udp { receiver, .. } => receiver.recv(octets).ok(),
            Self::Ethernet(hal) => {
                let until = hal.monotonic().plus_nanos(100_000_000);
                hal.wait(until).expect("it waits");
                hal.receive(octets).expect("it receives").map(|received| received.length)
            }
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut path = Path::of(&arguments.next().expect("an address or an interface"));
    for (sequence_id, name) in (1..).zip(arguments) {
        let id = ManagementId::ALL.iter().find(|id| id.name() == Some(name.as_str())).expect("a known id");
        let request = Request {
            addressee: Addressee::EVERYBODY,
            source_port_identity: PortIdentity::new(ClockIdentity(0x0200_00FF_FE00_00EE), 1),
            sequence_id,
            action: ManagementAction::GET,
            management_id: *id,
            data: None,
        };
        let mut octets = [0; 1500];
        let length = request.emit(&mut octets).expect("a short request");
        path.send(&octets[..length]);
        println!("{name} {}", answer(&mut path, &request).unwrap_or_else(|| "unanswered".to_owned()));
    }
}

fn answer(path: &mut Path, request: &Request<'_>) -> Option<String> {
    let start = Instant::now();
    let (mut octets, mut refused) = ([0; 1500], None);
    while start.elapsed() < LIMIT {
        let Some(length) = path.receive(&mut octets) else { continue };
        if let Some(response) = Response::parse(&octets[..length]).filter(|response| request.is_answered_by(response)) {
            let told = format!("{} {:?}", response.source_port_identity, response.outcome);
            if !matches!(response.outcome, Outcome::Refused(_)) {
                return Some(told);
            }
            refused.get_or_insert(told);
        }
    }
    refused
}
