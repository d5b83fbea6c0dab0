//! Asks every clock on the path of an address: GET of each id that is named, over UDP on IPv4 multicast. Prints the answers.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};
use syntone::management::{Addressee, Request, Response};
use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 129);
const GENERAL: u16 = 320;
const LIMIT: Duration = Duration::from_secs(2);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let address: Ipv4Addr = arguments.next().expect("an address").parse().expect("an IPv4 address");
    let receiver = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, GENERAL)).expect("port 320");
    receiver.join_multicast_v4(&GROUP, &address).expect("the group of PTP");
    receiver.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let sender = UdpSocket::bind((address, 0)).expect("a socket");
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
        sender.send_to(&octets[..length], (GROUP, GENERAL)).expect("it is sent");
        println!("{name} {}", answer(&receiver, &request).unwrap_or_else(|| "unanswered".to_owned()));
    }
}

fn answer(receiver: &UdpSocket, request: &Request<'_>) -> Option<String> {
    let start = Instant::now();
    let mut octets = [0; 1500];
    while start.elapsed() < LIMIT {
        let Ok(length) = receiver.recv(&mut octets) else { continue };
        if let Some(response) = Response::parse(&octets[..length]).filter(|response| request.is_answered_by(response)) {
            return Some(format!("{} {:?}", response.source_port_identity, response.outcome));
        }
    }
    None
}
