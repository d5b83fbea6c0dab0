//! PTP and an application's sockets on one device: the contract, and neither disturbs the other.

mod common;

use common::frames::{self, OWN_V4, PEER_V4};
use common::{Mac, PEER, STATIONS, Wired};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, PacketMeta, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as SmoltcpInstant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, IpEndpoint};
use std::cell::RefCell;
use std::rc::Rc;
use syntone_hal::contract::{Direction, Fixture, Injected, Taken};
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, FrequencyOffset, Instant, MessageClass,
    NetworkHal, PortCapabilities, PortIndex, Received, Ticket, Timestamp, TimestampHal, Transmit, contract_test,
};
use syntone_smoltcp::{Ethernet, FrameInterface, Ipv4, Raw, Shared, StampingDevice, Transport};

const FIRST: PortIndex = PortIndex(0);

/// The MAC as a device of smoltcp. It forgets a stamp with the next frame.
struct Nic {
    mac: Rc<RefCell<Mac>>,
    last: (u32, Option<Timestamp>),
}

struct NicReceive(Wired, u32);

struct NicTransmit(Rc<RefCell<Mac>>, u32);

impl RxToken for NicReceive {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        take(&self.0.octets)
    }

    fn meta(&self) -> PacketMeta {
        let mut meta = PacketMeta::default();
        meta.id = self.1;
        meta
    }
}

impl TxToken for NicTransmit {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        // What was in the ring's buffer before.
        let mut octets = vec![0xEE; length];
        let result = write(&mut octets);
        octets.resize(length.max(60), 0);
        let mut mac = self.0.borrow_mut();
        let stamp = mac.time();
        let lost = self.1 != 0 && std::mem::take(&mut mac.lose_egress);
        mac.sent.push_back(Wired { port: FIRST, octets, stamp: (!lost).then_some(stamp) });
        if self.1 != 0 {
            let ticket = Ticket::from_raw(self.1);
            mac.egress.push_back(EgressStamp { ticket, stamp: (!lost).then_some(stamp) });
        }
        result
    }

    fn set_meta(&mut self, meta: PacketMeta) {
        self.1 = meta.id;
    }
}

impl Device for Nic {
    type RxToken<'a> = NicReceive;
    type TxToken<'a> = NicTransmit;

    fn receive(&mut self, _: SmoltcpInstant) -> Option<(NicReceive, NicTransmit)> {
        let mut mac = self.mac.borrow_mut();
        let wired = (!mac.full).then(|| mac.arrived.pop_front()).flatten()?;
        self.last = (self.last.0 + 1, wired.stamp);
        Some((NicReceive(wired, self.last.0), NicTransmit(self.mac.clone(), 0)))
    }

    fn transmit(&mut self, _: SmoltcpInstant) -> Option<NicTransmit> {
        (!self.mac.borrow().full).then(|| NicTransmit(self.mac.clone(), 0))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        (capabilities.medium, capabilities.max_transmission_unit) = (Medium::Ethernet, 1_514);
        capabilities
    }
}

impl StampingDevice for Nic {
    fn ingress_stamp(&mut self, id: u32) -> Option<Timestamp> {
        self.last.1.take().filter(|_| self.last.0 == id)
    }

    fn egress_stamp(&mut self) -> Option<(u32, Option<Timestamp>)> {
        let EgressStamp { ticket, stamp } = self.mac.borrow_mut().egress.pop_front()?;
        Some((ticket.into_raw(), stamp))
    }

    fn stamping(&self) -> PortCapabilities {
        self.mac.borrow().capabilities(FIRST)
    }

    fn station(&self) -> [u8; 6] {
        STATIONS[0]
    }

    fn link_up(&mut self) -> bool {
        self.mac.borrow().link
    }
}

/// The clock of the MAC.
struct Ticks(Rc<RefCell<Mac>>);

impl ClockHal for Ticks {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.0.borrow_mut().monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.0.borrow_mut().now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.0.borrow_mut().step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.0.borrow_mut().set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.0.borrow().limits()
    }
}

/// A firmware with an application and PTP on one device: it polls smoltcp before it looks what there is for PTP.
struct Firmware<T> {
    mac: Rc<RefCell<Mac>>,
    ptp: Raw<Shared<Nic, Ticks>, T>,
    interface: Interface,
    sockets: SocketSet<'static>,
    echo: SocketHandle,
}

fn tcp_socket() -> tcp::Socket<'static> {
    let buffer = || tcp::SocketBuffer::new(vec![0; 2_048]);
    tcp::Socket::new(buffer(), buffer())
}

fn interface(device: &mut impl Device, station: [u8; 6], address: [u8; 4]) -> Interface {
    let config = Config::new(EthernetAddress(station).into());
    let mut interface = Interface::new(config, device, SmoltcpInstant::ZERO);
    let [a, b, c, d] = address;
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(IpAddress::v4(a, b, c, d), 24)).expect("there is room");
    });
    interface
}

fn now(mac: &RefCell<Mac>) -> SmoltcpInstant {
    SmoltcpInstant::from_micros(i64::try_from(mac.borrow().nanos / 1_000).expect("soon after the start"))
}

impl<T: Transport> Firmware<T> {
    fn new(transport: T) -> Self {
        let mac = Rc::new(RefCell::new(Mac::new()));
        let nic = Nic { mac: mac.clone(), last: (0, None) };
        let mut ptp = Raw::new(Shared::new(nic, Ticks(mac.clone())), transport);
        let interface = interface(ptp.interface(), STATIONS[0], OWN_V4[0]);
        let mut sockets = SocketSet::new(Vec::new());
        let echo = sockets.add(tcp_socket());
        sockets.get_mut::<tcp::Socket<'_>>(echo).listen(7).expect("it is closed");
        Self { mac, ptp, interface, sockets, echo }
    }

    /// One round of the firmware's loop before PTP has its turn.
    fn poll(&mut self) {
        let now = now(&self.mac);
        for _ in 0..8 {
            self.interface.poll_ingress_single(now, self.ptp.interface(), &mut self.sockets);
        }
        let echo = self.sockets.get_mut::<tcp::Socket<'_>>(self.echo);
        let mut octets = [0; 512];
        while echo.can_send() && echo.can_recv() {
            let count = echo.recv_slice(&mut octets).expect("it can");
            assert_eq!(echo.send_slice(&octets[..count]), Ok(count), "the buffers are alike");
        }
        self.interface.poll_egress(now, self.ptp.interface(), &mut self.sockets);
    }
}

impl<T: Transport> NetworkHal for Firmware<T> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        self.poll();
        self.ptp.receive(buffer)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        self.ptp.send(transmit, message)
    }
}

impl<T: Transport> TimestampHal for Firmware<T> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        self.ptp.poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.ptp.capabilities(port)
    }
}

impl<T: Transport> ClockHal for Firmware<T> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.ptp.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.ptp.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.ptp.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.ptp.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.ptp.limits()
    }
}

/// The firmware under test, and how its peer frames messages.
struct Bench<T> {
    firmware: Firmware<T>,
    wrap: fn(MessageClass, &[u8]) -> Vec<u8>,
    unwrap: fn(&[u8]) -> Option<Vec<u8>>,
}

impl<T: Transport> Fixture for Bench<T> {
    type Hal = Firmware<T>;

    fn hal(&mut self) -> &mut Firmware<T> {
        &mut self.firmware
    }

    fn pass(&mut self, nanos: u64) {
        self.firmware.mac.borrow_mut().nanos += nanos;
    }

    fn inject(&mut self, _: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let mut mac = self.firmware.mac.borrow_mut();
        let foreign = || Wired { port: FIRST, octets: vec![0xFF; 64], stamp: None };
        mac.arrived.push_back(foreign());
        let truth = mac.arrive(FIRST, (self.wrap)(class, message));
        // The device has forgotten the stamp when this one is taken.
        mac.arrived.push_back(foreign());
        Injected::At(truth)
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let mut mac = self.firmware.mac.borrow_mut();
        while let Some(wired) = mac.sent.pop_front() {
            if let Some(message) = (self.unwrap)(&wired.octets) {
                buffer[..message.len()].copy_from_slice(&message);
                return Taken::Message(message.len());
            }
        }
        Taken::Nothing
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        let mut mac = self.firmware.mac.borrow_mut();
        match direction {
            Direction::Ingress => mac.lose_ingress = true,
            Direction::Egress => mac.lose_egress = true,
        }
        true
    }
}

contract_test!(
    the_contract_holds_over_ethernet,
    Bench {
        firmware: Firmware::new(Ethernet),
        wrap: |_, message| frames::ethernet(message),
        unwrap: |frame| (frame[12..14] == [0x88, 0xF7]).then(|| frame[14..].to_vec()),
    }
);

contract_test!(
    the_contract_holds_over_ipv4,
    Bench {
        firmware: Firmware::new(Ipv4::new([OWN_V4[0]])),
        wrap: |class, message| {
            let port = if class == MessageClass::Event { 319 } else { 320 };
            frames::udp_v4([224, 0, 1, 129], port, message)
        },
        unwrap: |frame| (frame[12..14] == [8, 0] && frame[23] == 17).then(|| frames::datagram(frame).payload),
    }
);

/// The other end of the cable: a host with a TCP client, that keeps what it sees of PTP.
struct Host {
    mac: Rc<RefCell<Mac>>,
    ptp: Vec<Vec<u8>>,
}

struct HostReceive(Vec<u8>);

struct HostTransmit(Rc<RefCell<Mac>>);

impl RxToken for HostReceive {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        take(&self.0)
    }
}

impl TxToken for HostTransmit {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut octets = vec![0; length];
        let result = write(&mut octets);
        self.0.borrow_mut().arrive(FIRST, octets);
        result
    }
}

impl Device for Host {
    type RxToken<'a> = HostReceive;
    type TxToken<'a> = HostTransmit;

    fn receive(&mut self, _: SmoltcpInstant) -> Option<(HostReceive, HostTransmit)> {
        loop {
            let octets = self.mac.borrow_mut().sent.pop_front()?.octets;
            if octets[12..14] != [0x88, 0xF7] {
                return Some((HostReceive(octets), HostTransmit(self.mac.clone())));
            }
            self.ptp.push(octets);
        }
    }

    fn transmit(&mut self, _: SmoltcpInstant) -> Option<HostTransmit> {
        Some(HostTransmit(self.mac.clone()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        (capabilities.medium, capabilities.max_transmission_unit) = (Medium::Ethernet, 1_514);
        capabilities
    }
}

/// A client that sends what it is told and remembers what comes back.
struct Client {
    host: Host,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    sent: Vec<u8>,
    echoed: Vec<u8>,
}

impl Client {
    fn new(mac: &Rc<RefCell<Mac>>) -> Self {
        let mut host = Host { mac: mac.clone(), ptp: Vec::new() };
        let mut interface = interface(&mut host, PEER, PEER_V4);
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(tcp_socket());
        let [a, b, c, d] = OWN_V4[0];
        let to = IpEndpoint::new(IpAddress::v4(a, b, c, d), 7);
        let client = sockets.get_mut::<tcp::Socket<'_>>(socket);
        client.connect(interface.context(), to, 49_152).expect("it is closed");
        Self { host, interface, sockets, socket, sent: Vec::new(), echoed: Vec::new() }
    }

    fn poll(&mut self, wanted: usize) {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.socket);
        if socket.may_send() && self.sent.len() < wanted {
            let from = self.sent.len();
            let octets: Vec<u8> = (from..wanted.min(from + 700)).map(|number| (number % 251) as u8).collect();
            let count = socket.send_slice(&octets).expect("it is open");
            self.sent.extend(&octets[..count]);
        }
        let mut octets = [0; 2_048];
        if socket.can_recv() {
            let count = socket.recv_slice(&mut octets).expect("it can");
            self.echoed.extend(&octets[..count]);
        }
        let now = now(&self.host.mac);
        self.interface.poll(now, &mut self.host, &mut self.sockets);
    }
}

/// What else is on the cable, a different thing each round.
fn disturb(mac: &mut Mac, round: usize) {
    let mut put = |octets: Vec<u8>| mac.arrived.push_back(Wired { port: FIRST, octets, stamp: None });
    let udp = frames::udp_v4([224, 0, 1, 129], 319, &[0x01; 44]);
    match round % 8 {
        0 => put(vec![0xFF; round % 14]),
        1 => put(udp[..14 + round % 40].to_vec()),
        2 => put(frames::tagged(&frames::udp_v4(OWN_V4[0], 4_242, b"tagged"))),
        3 => put([&STATIONS[0][..], &PEER, &[0x88, 0xCC], &[0; 46]].concat()),
        4 => (0..30).for_each(|_| put([&[0xFF; 6], &PEER[..], &[8, 6], &[0; 46]].concat())),
        5 => put([&STATIONS[0][..], &PEER, &[0x88, 0xF7]].concat()),
        6 => (0..9).for_each(|_| put(frames::ethernet(&[0x0B; 400]))),
        _ => {}
    }
    // The transmit ring is full in one round of 16.
    mac.full = round % 16 == 7;
}

#[test]
fn a_tcp_echo_and_ptp_share_a_device_undisturbed_by_each_other_and_by_what_else_comes() {
    let mut firmware = Firmware::new(Ethernet);
    let mac = firmware.mac.clone();
    let mut client = Client::new(&mac);
    let (mut expected, mut seen, mut stamps, mut sent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let wanted = 40_000;
    for round in 0..2_000_usize {
        mac.borrow_mut().nanos += 1_000_000;
        client.poll(wanted);
        disturb(&mut mac.borrow_mut(), round);
        if round % 5 == 0 {
            let message = [&[0x00, 2, 0, 44][..], &round.to_be_bytes(), &[0; 32]].concat();
            let truth = mac.borrow_mut().arrive(FIRST, frames::ethernet(&message));
            expected.push((round, Some(truth)));
        }
        for _ in 0..6 {
            let mut buffer = [0; 192];
            if let Ok(Some(received)) = firmware.receive(&mut buffer)
                && buffer[1] == 2
            {
                let number = usize::from_be_bytes(buffer[4..12].try_into().expect("eight octets"));
                seen.push((number, received.stamp));
            }
        }
        let ticket = u32::try_from(round).expect("few rounds");
        let destination = Destination::PrimaryMulticast;
        let transmit = Transmit { port: FIRST, destination, ticket: Some(Ticket::from_raw(ticket)), one_step: None };
        let result = firmware.send(transmit, &[0x01; 44]);
        assert_eq!(result, if mac.borrow().full { Err(ErrorKind::Busy) } else { Ok(()) });
        if result.is_ok() {
            let stamp = mac.borrow().sent.back().expect("it left").stamp;
            sent.push((ticket, stamp));
        }
        while let Some(egress) = firmware.poll_egress().expect("nothing fails") {
            stamps.push((egress.ticket.into_raw(), egress.stamp));
        }
    }
    assert_eq!((client.sent.len(), client.echoed.len()), (wanted, wanted));
    assert_eq!(client.echoed, client.sent);
    assert_eq!(seen, expected);
    assert_eq!(stamps, sent);
    assert_eq!(sent.len(), 2_000 - 125, "the ring was full 125 times");
    assert!(client.host.ptp.iter().all(|frame| frame[14..58] == [0x01; 44] && frame[58..] == [0, 0]));
    assert_eq!(firmware.ptp.interface().lost(), 250 * 9, "messages beyond the places of the queue");
}

#[test]
fn queries_and_answers_are_seen_by_both_and_smoltcp_alone_tells_our_address() {
    let mut firmware = Firmware::new(Ipv4::new([OWN_V4[0]]));
    let mac = firmware.mac.clone();
    let turn = |firmware: &mut Firmware<Ipv4>| {
        for _ in 0..100 {
            mac.borrow_mut().nanos += 100_000_000;
            firmware.receive(&mut [0; 64]).expect("nothing fails");
        }
        let sent = mac.borrow_mut().take_sent();
        let kind = |frame: &Vec<u8>| (u16::from_be_bytes([frame[12], frame[13]]), frame[23]);
        sent.iter().map(kind).collect::<Vec<_>>()
    };
    let group = smoltcp::wire::Ipv4Address::new(239, 1, 2, 3);
    firmware.interface.join_multicast_group(group).expect("there is room");
    turn(&mut firmware);
    // A query for all groups: of our two, and of the application's one.
    let query = [&[0x11, 10, 0xEE, 0xF5, 0, 0, 0, 0][..]].concat();
    let mut header = etherparse::Ipv4Header::new(8, 1, etherparse::ip_number::IGMP, PEER_V4, [224, 0, 0, 1]).unwrap();
    header.header_checksum = header.calc_header_checksum();
    let frame = [&[1, 0, 0x5E, 0, 0, 1], &PEER[..], &[8, 0], &header.to_bytes()[..], &query].concat();
    mac.borrow_mut().arrive(FIRST, frame);
    assert_eq!(turn(&mut firmware), [(0x0800, 2); 3]);
    // Who has our address?
    let arp = |operation: u8, target: [u8; 4]| {
        let body = [&[0, 1, 8, 0, 6, 4, 0, operation][..], &PEER, &PEER_V4, &STATIONS[0], &target].concat();
        [&STATIONS[0][..], &PEER, &[8, 6], &body].concat()
    };
    mac.borrow_mut().arrive(FIRST, arp(1, OWN_V4[0]));
    assert_eq!(turn(&mut firmware), [(0x0806, 0)], "one answer");
    // The answer to who the peer is.
    mac.borrow_mut().arrive(FIRST, arp(2, OWN_V4[0]));
    turn(&mut firmware);
    let destination = Destination::Unicast(Address::Ipv4(PEER_V4));
    let transmit = Transmit { port: FIRST, destination, ticket: None, one_step: None };
    assert_eq!(firmware.send(transmit, &[0x0B; 64]), Ok(()));
    assert!(mac.borrow().egress.is_empty(), "no stamp is asked for");
    assert_eq!(frames::datagram(&mac.borrow_mut().take_sent()[0]).station, PEER);
}

#[test]
fn smoltcp_does_not_see_ptp_and_ptp_does_not_see_fragments() {
    let mut firmware = Firmware::new(Ipv4::new([OWN_V4[0]]));
    firmware.receive(&mut [0; 64]).expect("nothing fails");
    firmware.mac.borrow_mut().take_sent();
    firmware.mac.borrow_mut().arrive(FIRST, frames::udp_v4(OWN_V4[0], 319, &[0x01; 44]));
    assert!(firmware.receive(&mut [0; 64]).expect("nothing fails").is_some());
    assert!(firmware.mac.borrow_mut().take_sent().is_empty(), "nobody says that the port is closed");
    // A later fragment, whose octets look like the ports of PTP.
    let mut header = etherparse::Ipv4Header::new(16, 9, etherparse::ip_number::UDP, PEER_V4, OWN_V4[0]).unwrap();
    header.fragment_offset = etherparse::IpFragOffset::try_new(8).unwrap();
    header.header_checksum = header.calc_header_checksum();
    let frame = [&STATIONS[0][..], &PEER, &[8, 0], &header.to_bytes()[..], &[1, 63, 1, 63, 0, 16], &[0; 10]].concat();
    firmware.mac.borrow_mut().arrive(FIRST, frame);
    assert_eq!(firmware.receive(&mut [0; 64]), Ok(None));
    assert_eq!(firmware.ptp.counters(), syntone_smoltcp::FrameCounters::default());
}

#[test]
fn messages_beyond_the_places_of_the_queue_are_counted_and_those_before_them_come() {
    let mut firmware = Firmware::new(Ethernet);
    for number in 0..6 {
        firmware.mac.borrow_mut().arrive(FIRST, frames::ethernet(&[number; 46]));
    }
    for number in 0..4 {
        let mut buffer = [0; 64];
        assert!(firmware.receive(&mut buffer).expect("nothing fails").is_some());
        assert_eq!(buffer[..46], [number; 46]);
    }
    assert_eq!(firmware.receive(&mut [0; 64]), Ok(None));
    assert_eq!(firmware.ptp.interface().lost(), 2);
}

#[test]
fn a_link_that_is_down_is_told_and_one_step_is_not_promised() {
    let mut firmware = Firmware::new(Ethernet);
    firmware.mac.borrow_mut().one_step = true;
    firmware.mac.borrow_mut().link = false;
    assert!(!firmware.ptp.interface().link_up(FIRST) && !firmware.ptp.link_up(FIRST));
    assert!(!firmware.capabilities(FIRST).one_step_sync);
}
