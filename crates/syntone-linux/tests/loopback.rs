//! The HAL over the sockets of the loopback interface, as an ordinary user.

use std::net::Ipv4Addr;
use std::time::Duration;
use syntone_hal::{
    Address, ClockHal, Destination, EgressStamp, ErrorKind, HalError, NetworkHal, PortIndex, Received, Ticket,
    TimestampHal, Transmit,
};
use syntone_linux::{Error, Ethernet, FrameTunnel, LinuxHal, OscillatorError, Peer, SoftwareClock, UdpIpv4};

const PORT: PortIndex = PortIndex(0);
/// The first octets of a Sync and of a Follow_Up.
const SYNC: [u8; 44] = [0x10; 44];
const FOLLOW_UP: [u8; 44] = [0x18; 44];

fn udp_hal(address: Ipv4Addr) -> LinuxHal {
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    let mut transport = UdpIpv4::on_address(address);
    (transport.event_port, transport.general_port) = (0, 0);
    assert_eq!(hal.add_udp_ipv4(&transport).unwrap(), PORT);
    hal
}

/// Two nodes that know each other.
fn udp_pair() -> (LinuxHal, LinuxHal) {
    let (mut one, mut two) = (udp_hal(Ipv4Addr::new(127, 0, 0, 1)), udp_hal(Ipv4Addr::new(127, 0, 0, 2)));
    let (end_one, end_two) = (one.local_end(PORT).unwrap(), two.local_end(PORT).unwrap());
    one.set_peers(PORT, vec![end_two]);
    two.set_peers(PORT, vec![end_one]);
    (one, two)
}

fn tunnel(local_port: u16, remote_port: u16, last_octet: u8) -> LinuxHal {
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    let hardware_address = [2, 0, 0, 0, 0, last_octet];
    hal.add_frame_tunnel(&FrameTunnel { local_port, remote_port, hardware_address }).unwrap();
    hal
}

fn event(ticket: u32) -> Transmit {
    Transmit {
        port: PORT,
        destination: Destination::PrimaryMulticast,
        ticket: Some(Ticket::from_raw(ticket)),
        one_step: None,
    }
}

fn general() -> Transmit {
    Transmit { port: PORT, destination: Destination::PrimaryMulticast, ticket: None, one_step: None }
}

fn receive(hal: &mut LinuxHal, buffer: &mut [u8]) -> Received {
    wait_for(hal, |hal| hal.receive(buffer).unwrap())
}

fn egress(hal: &mut LinuxHal) -> EgressStamp {
    wait_for(hal, |hal| hal.poll_egress().unwrap())
}

fn wait_for<T>(hal: &mut LinuxHal, mut poll: impl FnMut(&mut LinuxHal) -> Option<T>) -> T {
    let deadline = hal.monotonic() + Duration::from_secs(5);
    while hal.monotonic() < deadline {
        if let Some(found) = poll(hal) {
            return found;
        }
        hal.wait(deadline).unwrap();
    }
    panic!("nothing within five seconds");
}

/// The kernel switches receive stamps on some milliseconds after the first socket has asked for them: sends to and fro
/// until they come.
fn warm_up(from: &mut LinuxHal, to: &mut LinuxHal) {
    let deadline = from.monotonic() + Duration::from_secs(5);
    while from.monotonic() < deadline {
        from.send(event(0), &SYNC).unwrap();
        let stamp = receive(to, &mut [0; 128]).stamp;
        egress(from);
        if stamp.is_some() {
            return;
        }
    }
    panic!("no receive stamp within five seconds");
}

#[test]
fn an_event_message_is_stamped_at_both_ends() {
    let (mut one, mut two) = udp_pair();
    warm_up(&mut one, &mut two);
    let mut buffer = [0; 128];
    let before = one.now().unwrap();
    one.send(event(77), &SYNC).unwrap();
    let received = receive(&mut two, &mut buffer);
    assert_eq!((received.port, received.length), (PORT, 44));
    assert_eq!(received.source, Some(Address::Ipv4([127, 0, 0, 1])));
    assert_eq!(buffer[..44], SYNC);
    let left = egress(&mut one);
    assert_eq!(left.ticket, Ticket::from_raw(77));
    let (left, arrived) = (left.stamp.unwrap(), received.stamp.unwrap());
    assert!(before <= left && left <= arrived && arrived <= two.now().unwrap());
    assert_eq!(one.poll_egress().unwrap(), None);
    assert_eq!(two.receive(&mut buffer).unwrap(), None);
}

#[test]
fn a_general_message_is_not_stamped() {
    let (mut one, mut two) = udp_pair();
    let mut buffer = [0; 128];
    one.send(general(), &FOLLOW_UP).unwrap();
    assert_eq!(receive(&mut two, &mut buffer).stamp, None);
    assert_eq!(one.poll_egress().unwrap(), None);
}

#[test]
fn stamps_are_on_the_clock_of_their_end() {
    let (mut one, mut two) = udp_pair();
    warm_up(&mut one, &mut two);
    two.step(3_600_000_000_000).unwrap();
    one.send(event(1), &SYNC).unwrap();
    let arrived = receive(&mut two, &mut [0; 128]).stamp.unwrap();
    let left = egress(&mut one).stamp.unwrap();
    let apart = arrived.nanos_since(left) - 3_600_000_000_000;
    assert!((0..1_000_000_000).contains(&apart), "{apart} ns apart");
}

#[test]
fn a_message_that_failed_does_not_shift_the_stamps_of_the_next() {
    let (mut one, _two) = udp_pair();
    one.send(event(1), &SYNC).unwrap();
    assert_eq!(egress(&mut one).ticket, Ticket::from_raw(1));
    one.send(event(2), &[0; 70_000]).unwrap_err();
    let nobody = Destination::Unicast(Address::Ipv4([255, 255, 255, 255]));
    one.send(Transmit { destination: nobody, ..event(3) }, &SYNC).unwrap_err();
    one.send(event(4), &SYNC).unwrap();
    one.send(event(5), &SYNC).unwrap();
    assert_eq!([egress(&mut one).ticket, egress(&mut one).ticket], [4, 5].map(Ticket::from_raw));
}

#[test]
fn a_message_too_long_for_the_buffer_is_dropped_and_the_next_comes() {
    let (mut one, mut two) = udp_pair();
    one.send(general(), &[0x18; 64]).unwrap();
    one.send(general(), &FOLLOW_UP).unwrap();
    let mut buffer = [0; 44];
    assert_eq!(receive_error(&mut two, &mut buffer).kind(), ErrorKind::BufferTooSmall);
    assert_eq!(receive(&mut two, &mut buffer).length, 44);
}

#[test]
fn a_message_longer_than_any_of_ptp_is_dropped_whatever_the_buffer() {
    let (mut one, mut two) = udp_pair();
    one.send(general(), &[0x18; 3000]).unwrap();
    one.send(general(), &FOLLOW_UP).unwrap();
    let mut buffer = [0; 4096];
    assert_eq!(receive_error(&mut two, &mut buffer).kind(), ErrorKind::BufferTooSmall);
    assert_eq!(receive(&mut two, &mut buffer).length, 44);
}

fn receive_error(hal: &mut LinuxHal, buffer: &mut [u8]) -> Error {
    wait_for(hal, |hal| match hal.receive(buffer) {
        Err(error) => Some(error),
        Ok(received) => {
            assert_eq!(received, None);
            None
        }
    })
}

#[test]
fn a_message_to_the_address_of_a_peer_goes_to_its_ports() {
    let (mut one, mut two) = udp_pair();
    let destination = Destination::Unicast(Address::Ipv4([127, 0, 0, 2]));
    one.send(Transmit { destination, ..general() }, &FOLLOW_UP).unwrap();
    assert_eq!(receive(&mut two, &mut [0; 128]).length, 44);
    let ethernet = Destination::Unicast(Address::Ethernet([2; 6]));
    let error = one.send(Transmit { destination: ethernet, ..general() }, &FOLLOW_UP).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[test]
fn a_taken_port_names_its_holder() {
    let mut hal = udp_hal(Ipv4Addr::LOCALHOST);
    let Peer { event_port, .. } = hal.local_end(PORT).unwrap();
    let mut transport = UdpIpv4::on_address(Ipv4Addr::LOCALHOST);
    transport.event_port = event_port;
    let text = hal.add_udp_ipv4(&transport).unwrap_err().to_string();
    assert!(text.contains(&format!("port {event_port} on 127.0.0.1 is taken by")), "{text}");
    assert!(text.contains(&format!("pid {}", std::process::id())), "{text}");
}

#[test]
fn a_missing_interface_is_named_with_those_that_exist() {
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    let text = hal.add_udp_ipv4(&UdpIpv4::on_interface("nonexistent0")).unwrap_err().to_string();
    assert!(
        text.starts_with("there is no interface \"nonexistent0\"; this machine has: ") && text.contains("lo"),
        "{text}"
    );
}

#[test]
fn frames_pass_through_a_tunnel() {
    // Both ports are free when asked for, and taken at once.
    let free = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let (a, b) = (free(), free());
    let (port_a, port_b) = (a.local_addr().unwrap().port(), b.local_addr().unwrap().port());
    drop((a, b));
    let (mut one, mut two) = (tunnel(port_a, port_b, 1), tunnel(port_b, port_a, 2));
    warm_up(&mut one, &mut two);
    let mut buffer = [0; 128];
    one.send(event(9), &SYNC).unwrap();
    let received = receive(&mut two, &mut buffer);
    assert_eq!(received.source, Some(Address::Ethernet([2, 0, 0, 0, 0, 1])));
    // A frame has at least 60 octets, 14 of them before the message.
    assert_eq!((received.length, &buffer[..44]), (46, &SYNC[..]));
    assert!(egress(&mut one).stamp.unwrap() <= received.stamp.unwrap());
    two.send(general(), &FOLLOW_UP).unwrap();
    assert_eq!(receive(&mut one, &mut buffer).stamp, None);
}

#[test]
fn ethernet_needs_a_capability_and_says_which() {
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    match hal.add_ethernet(&Ethernet::on_interface("lo")) {
        Err(error) => assert!(error.to_string().contains("cap_net_raw"), "{error}"),
        Ok(port) => {
            // On the loopback interface our own frame comes back, and once only.
            let mut buffer = [0; 128];
            let stamped = |raw| {
                hal.send(Transmit { port, ..event(raw) }, &SYNC).unwrap();
                let received = receive(&mut hal, &mut buffer);
                assert_eq!(buffer[..44], SYNC);
                let left = egress(&mut hal);
                assert_eq!(left.ticket, Ticket::from_raw(raw));
                assert_eq!(hal.receive(&mut buffer).unwrap(), None);
                received.stamp.map(|arrived| (left.stamp.unwrap(), arrived))
            };
            let (left, arrived) = (0..10_000).find_map(stamped).expect("a receive stamp");
            assert!(left <= arrived);
        }
    }
}
