//! A transparent clock by itself, with corrections calculated by hand.
#![expect(clippy::arithmetic_side_effects, reason = "a panic fails the test")]

use super::*;
use crate::servo::Adjustment;
use crate::wire::{
    Announce, DelayReq, DelayResp, Flags, FollowUp, Header, MessageBody, PdelayReq, PdelayResp, PdelayRespFollowUp,
    PortIdentity, Signaling, Sync, Tlvs, WireTimestamp,
};
use std::vec::Vec;
use syntone_hal::{Address, ClockLimits, Destination, OneStep, Ticket, TimeInterval};

const MASTER: PortIdentity = PortIdentity { clock_identity: ClockIdentity(0xA), port_number: 1 };
const SLAVE: PortIdentity = PortIdentity { clock_identity: ClockIdentity(0xB), port_number: 2 };
const OWN: ClockIdentity = ClockIdentity(0xC);
const ORIGIN: WireTimestamp = WireTimestamp { seconds: 5, nanoseconds: 17 };
const SECOND: u64 = 1_000_000_000;

/// A message that left.
#[derive(Clone, Debug)]
struct Sent {
    port: u8,
    octets: Vec<u8>,
    destination: Destination,
    source: Option<Address>,
    ticket: Option<u32>,
    one_step: Option<OneStep>,
}

impl Sent {
    fn header(&self) -> Header {
        Header::parse(&self.octets).expect("a message").0
    }

    /// What the hardware makes of it.
    fn completed(mut self, egress: u64) -> Self {
        self.one_step.expect("completed as it leaves").complete(&mut self.octets, Timestamp::from_nanos(egress));
        self
    }

    fn correction(&self) -> i64 {
        let scaled = self.header().correction_field.scaled();
        assert_eq!(scaled & 0xFFFF, 0, "a fraction of a nanosecond");
        scaled >> 16
    }
}

struct Bench<const PORTS: usize, const PENDING: usize = 16, const HELD: usize = 8> {
    clock: TransparentClock<PORTS, PENDING, HELD>,
    now: u64,
    adjusted: Vec<FrequencyOffset>,
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> Bench<PORTS, PENDING, HELD> {
    fn new(config: &TransparentConfig, port: &TransparentPortConfig) -> Self {
        let ports = core::array::from_fn(|_| port.clone());
        let mut clock = TransparentClock::new(config, &ports).expect("good settings");
        let max_frequency = FrequencyOffset::from_ppb(500_000);
        clock.handle(Instant::from_nanos(0), Input::Start(ClockLimits { max_frequency, can_step: true }));
        Self { clock, now: SECOND, adjusted: Vec::new() }
    }

    fn one_step(mut self, ports: &[u8]) -> Self {
        let capabilities = PortCapabilities { one_step_residence: true, ..PortCapabilities::default() };
        for port in ports {
            self.handle(Input::Capabilities(PortIndex(*port), capabilities));
        }
        self
    }

    fn handle(&mut self, input: Input<'_>) {
        self.clock.handle(Instant::from_nanos(self.now), input);
    }

    /// A message comes in at `at` nanoseconds of our clock; gives what leaves.
    fn receive(&mut self, port: u8, at: u64, octets: &[u8]) -> Vec<Sent> {
        let stamp = octets.first().is_some_and(|octet| octet & 0x0F < 8).then(|| Timestamp::from_nanos(at));
        let received = Received { port: PortIndex(port), length: octets.len(), source: None, destination: None, stamp };
        self.receive_as(&received, octets)
    }

    fn receive_as(&mut self, received: &Received, octets: &[u8]) -> Vec<Sent> {
        let mut buffer = [0xEE; 512];
        buffer[..octets.len()].copy_from_slice(octets);
        self.handle(Input::Frame(received, octets));
        self.drain(&mut buffer)
    }

    /// The stamp of a message that left comes back.
    fn stamp(&mut self, sent: &Sent, at: u64) -> Vec<Sent> {
        self.stamp_as(sent, Some(Timestamp::from_nanos(at)))
    }

    fn stamp_as(&mut self, sent: &Sent, stamp: Option<Timestamp>) -> Vec<Sent> {
        let ticket = Ticket::from_raw(sent.ticket.expect("an event message"));
        self.handle(Input::Egress(EgressStamp { ticket, stamp }));
        self.drain(&mut [0; 512])
    }

    fn drain(&mut self, buffer: &mut [u8]) -> Vec<Sent> {
        let mut sent = Vec::new();
        loop {
            match self.clock.poll(Instant::from_nanos(self.now), buffer) {
                Output::Wait(_) => return sent,
                Output::Adjust(adjustment) => {
                    self.adjusted.extend(adjustment.frequency);
                    self.handle(Input::Adjusted(Adjustment { step: None, ..adjustment }));
                }
                Output::Send { forward, length } => sent.push(Sent {
                    port: forward.transmit.port.0,
                    octets: buffer[..length].to_vec(),
                    destination: forward.transmit.destination,
                    source: forward.source,
                    ticket: forward.transmit.ticket.map(Ticket::into_raw),
                    one_step: forward.transmit.one_step,
                }),
            }
            assert!(sent.len() <= 64, "no end of outputs");
        }
    }

    fn discarded(&self, port: u8, reason: Discard) -> u32 {
        self.clock.counters(PortIndex(port)).expect("a port").discarded(reason)
    }
}

fn bench<const PORTS: usize>() -> Bench<PORTS> {
    Bench::new(&TransparentConfig::new(OWN), &TransparentPortConfig::default())
}

fn ns(nanos: i64) -> TimeInterval {
    TimeInterval::from_nanos(nanos)
}

fn header(sender: PortIdentity, sequence_id: u16, correction: i64) -> Header {
    Header {
        version_ptp: 2,
        minor_version_ptp: 1,
        domain_number: 3,
        correction_field: ns(correction),
        source_port_identity: sender,
        sequence_id,
        log_message_interval: -3,
        ..Header::default()
    }
}

fn emit<B: MessageBody>(header: &Header, body: &B) -> Vec<u8> {
    let mut octets = [0; 128];
    let header = Header { control_field: B::MESSAGE_TYPE.control_field(), ..*header };
    let length = body.emit(&header, Tlvs::NONE, &mut octets).expect("room");
    octets[..length].to_vec()
}

fn two_step_sync(id: u16, correction: i64) -> Vec<u8> {
    let header = Header { flags: Flags::TWO_STEP, ..header(MASTER, id, correction) };
    emit(&header, &Sync { origin_timestamp: WireTimestamp::ZERO })
}

fn one_step_sync(id: u16, correction: i64) -> Vec<u8> {
    emit(&header(MASTER, id, correction), &Sync { origin_timestamp: ORIGIN })
}

fn follow_up(id: u16, correction: i64) -> Vec<u8> {
    emit(&header(MASTER, id, correction), &FollowUp { precise_origin_timestamp: ORIGIN })
}

fn delay_req(id: u16, correction: i64) -> Vec<u8> {
    emit(&header(SLAVE, id, correction), &DelayReq { origin_timestamp: WireTimestamp::ZERO })
}

fn delay_resp(id: u16, correction: i64) -> Vec<u8> {
    let body = DelayResp { receive_timestamp: ORIGIN, requesting_port_identity: SLAVE };
    emit(&header(MASTER, id, correction), &body)
}

/// Only the correctionField differs, and by this much.
#[track_caller]
fn assert_corrected(sent: &Sent, original: &[u8], nanos: i64) {
    let mut expected = original.to_vec();
    let before = Header::parse(original).expect("a message").0.correction_field;
    expected[8..16].copy_from_slice(&(before + ns(nanos)).scaled().to_be_bytes());
    assert_eq!(sent.octets, expected, "{} ns, not {nanos}", sent.correction());
}

/// IEEE 1588-2019 10.2.2
#[test]
fn the_time_that_a_two_step_sync_stayed_is_added_to_its_follow_up() {
    let mut bench = bench::<2>();
    let sync = two_step_sync(7, 100);
    let sent = bench.receive(0, 1_000, &sync);
    assert_eq!((sent.len(), sent[0].port), (1, 1));
    assert_corrected(&sent[0], &sync, 0);
    assert!(bench.stamp(&sent[0], 4_500).is_empty());
    let follow_up = follow_up(7, 7);
    let sent = bench.receive(0, 0, &follow_up);
    assert_eq!((sent.len(), sent[0].port, sent[0].ticket), (1, 1, None));
    assert_corrected(&sent[0], &follow_up, 3_500);
    assert_eq!(bench.clock.counters(PortIndex(0)).expect("a port").total_discarded(), 0);
}

/// IEEE 1588-2019 10.2.2
#[test]
fn a_one_step_sync_becomes_a_two_step_one_with_a_follow_up_of_its_own() {
    let mut bench = bench::<2>();
    let sync = one_step_sync(9, 250);
    let sent = bench.receive(1, 10_000, &sync);
    let mut expected = sync.clone();
    expected[6] |= 0x02;
    assert_eq!(sent[0].octets, expected);
    let made = bench.stamp(&sent[0], 12_345);
    assert_eq!((made.len(), made[0].port), (1, 0));
    // preciseOriginTimestamp is the Sync's originTimestamp; the Sync keeps its correction, this has the residence.
    let mut expected = follow_up(9, 2_345);
    expected[33] = sync[33];
    assert_eq!(made[0].octets, expected);
}

#[test]
fn a_follow_up_that_comes_before_the_stamp_waits_for_it_at_each_port() {
    let mut bench = bench::<3>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    assert_eq!(sent.iter().map(|sent| sent.port).collect::<Vec<_>>(), [1, 2]);
    assert!(bench.stamp(&sent[1], 3_000).is_empty());
    let follow_up = follow_up(1, 40);
    let at_once = bench.receive(0, 0, &follow_up);
    assert_eq!((at_once.len(), at_once[0].port), (1, 2));
    assert_corrected(&at_once[0], &follow_up, 2_000);
    let later = bench.stamp(&sent[0], 1_600);
    assert_eq!((later.len(), later[0].port), (1, 1));
    assert_corrected(&later[0], &follow_up, 600);
    // Twice the same is once too often.
    assert!(bench.receive(0, 0, &follow_up).is_empty());
    assert_eq!(bench.discarded(0, Discard::Duplicate), 1);
}

#[test]
fn a_follow_up_may_overtake_its_sync() {
    let mut bench = bench::<2>();
    let follow_up = follow_up(1, 0);
    assert!(bench.receive(0, 0, &follow_up).is_empty());
    let sent = bench.receive(0, 500, &two_step_sync(1, 0));
    let released = bench.stamp(&sent[0], 800);
    assert_corrected(&released[0], &follow_up, 300);
}

#[test]
fn syncs_of_several_domains_with_the_same_number_are_told_apart() {
    let mut bench = bench::<2>();
    let in_domain = |mut octets: Vec<u8>, domain| {
        octets[4] = domain;
        octets
    };
    let first = bench.receive(0, 1_000, &in_domain(two_step_sync(1, 0), 0));
    let second = bench.receive(0, 2_000, &in_domain(two_step_sync(1, 0), 1));
    bench.stamp(&second[0], 2_700);
    bench.stamp(&first[0], 1_100);
    let follow_ups = [0, 1].map(|domain| bench.receive(0, 0, &in_domain(follow_up(1, 0), domain))[0].correction());
    assert_eq!(follow_ups, [100, 700]);
}

/// IEEE 1588-2019 10.2.2, 11.6.3
#[test]
fn the_time_that_a_delay_req_stayed_is_added_to_its_delay_resp() {
    let port = TransparentPortConfig {
        delay_asymmetry: ns(30),
        ingress_latency: ns(200),
        egress_latency: ns(50),
        ..TransparentPortConfig::default()
    };
    let mut bench = Bench::<2>::new(&TransparentConfig::new(OWN), &port);
    let request = delay_req(3, 0);
    let sent = bench.receive(1, 5_000, &request);
    assert_eq!(sent[0].port, 0);
    assert_corrected(&sent[0], &request, 0);
    bench.stamp(&sent[0], 9_000);
    let response = delay_resp(3, 11);
    let sent = bench.receive(0, 0, &response);
    assert_eq!((sent.len(), sent[0].port), (1, 1));
    // (9000 + 50) - (5000 - 200), less the asymmetry of the port towards the master.
    assert_corrected(&sent[0], &response, 4_250 - 30);
}

/// IEEE 1588-2019 11.6.2, IEEE 1588-2019 7.3.4.2, IEEE 1588-2019 11.6.3, IEEE 1588-2019 16.7.1
#[test]
fn latencies_and_the_asymmetry_of_the_ingress_port_correct_a_sync() {
    let port = TransparentPortConfig { delay_asymmetry: ns(30), ..TransparentPortConfig::default() };
    let mut bench = Bench::<2>::new(&TransparentConfig::new(OWN), &port);
    let latencies =
        PortCapabilities { ingress_latency: ns(300), egress_latency: ns(70), ..PortCapabilities::default() };
    bench.handle(Input::Capabilities(PortIndex(0), latencies));
    bench.handle(Input::Capabilities(PortIndex(1), PortCapabilities { egress_latency: ns(9), ..latencies }));
    let sent = bench.receive(0, 2_000, &two_step_sync(1, 0));
    bench.stamp(&sent[0], 2_500);
    assert_eq!(bench.receive(0, 0, &follow_up(1, 0))[0].correction(), 2_509 - 1_700 + 30);
}

#[test]
fn a_delay_resp_may_come_before_the_stamp_of_its_request() {
    let mut bench = bench::<3>();
    let sent = bench.receive(2, 5_000, &delay_req(3, 0));
    assert!(bench.receive(0, 0, &delay_resp(3, 0)).is_empty());
    // The stamp of the other port is not the one.
    assert!(bench.stamp(&sent[1], 7_000).is_empty());
    let released = bench.stamp(&sent[0], 5_400);
    assert_eq!(released.iter().map(|sent| (sent.port, sent.correction())).collect::<Vec<_>>(), [(1, 400), (2, 400)]);
}

#[test]
fn a_delay_resp_to_nobody_who_passed_here_is_not_forwarded() {
    let mut bench = bench::<2>();
    assert!(bench.receive(0, 0, &delay_resp(3, 0)).is_empty());
    assert_eq!(bench.discarded(0, Discard::Unmatched), 1);
    // Master and slave at the same port.
    let sent = bench.receive(0, 1_000, &delay_req(4, 0));
    bench.stamp(&sent[0], 1_100);
    assert!(bench.receive(0, 0, &delay_resp(4, 0)).is_empty());
    assert_eq!(bench.discarded(0, Discard::NotForUs), 1);
}

fn pdelay_req() -> Vec<u8> {
    emit(&header(SLAVE, 6, 0), &PdelayReq { origin_timestamp: WireTimestamp::ZERO })
}

fn pdelay_resp(flags: Flags, correction: i64) -> Vec<u8> {
    let body = PdelayResp { request_receipt_timestamp: ORIGIN, requesting_port_identity: SLAVE };
    emit(&Header { flags, ..header(MASTER, 6, correction) }, &body)
}

fn pdelay_resp_follow_up(correction: i64) -> Vec<u8> {
    let body = PdelayRespFollowUp { response_origin_timestamp: ORIGIN, requesting_port_identity: SLAVE };
    emit(&header(MASTER, 6, correction), &body)
}

/// IEEE 1588-2019 10.2.2: the times of request and response are added to what follows the response.
#[test]
fn an_end_to_end_clock_corrects_a_two_step_peer_delay_exchange() {
    let port = TransparentPortConfig { delay_asymmetry: ns(5), ..TransparentPortConfig::default() };
    let mut bench = Bench::<2>::new(&TransparentConfig::new(OWN), &port);
    let request = bench.receive(0, 1_000, &pdelay_req());
    assert_eq!(request[0].destination, Destination::PeerMulticast);
    bench.stamp(&request[0], 1_300);
    let response = pdelay_resp(Flags::TWO_STEP, 0);
    let sent = bench.receive(1, 2_000, &response);
    assert_corrected(&sent[0], &response, 0);
    bench.stamp(&sent[0], 2_070);
    let after = pdelay_resp_follow_up(9);
    let sent = bench.receive(1, 0, &after);
    // 300 less the asymmetry at the egress of the request, 70 plus that at the ingress of the response.
    assert_corrected(&sent[0], &after, 300 - 5 + 70 + 5);
}

/// The requester subtracts the difference of the two time stamps, so it has to be zero: the correction of a one-step
/// Pdelay_Resp holds the turnaround time already.
#[test]
fn a_one_step_pdelay_resp_gets_a_follow_up_for_the_same_requester() {
    let mut bench = bench::<2>();
    let request = bench.receive(0, 1_000, &pdelay_req());
    bench.stamp(&request[0], 1_300);
    let response = pdelay_resp(Flags::empty(), 44);
    let sent = bench.receive(1, 2_000, &response);
    let mut expected = response;
    expected[6] |= 0x02;
    assert_eq!(sent[0].octets, expected);
    let made = bench.stamp(&sent[0], 2_070);
    assert_eq!(made[0].octets, pdelay_resp_follow_up(370));
}

/// The hardware adds the egress stamp less the time that it is given.
#[test]
fn a_port_that_corrects_in_hardware_needs_no_follow_up_of_ours() {
    let port = TransparentPortConfig {
        delay_asymmetry: ns(5),
        ingress_latency: ns(200),
        egress_latency: ns(50),
        ..TransparentPortConfig::default()
    };
    let mut bench = Bench::<3>::new(&TransparentConfig::new(OWN), &port).one_step(&[0, 1]);
    let sync = one_step_sync(1, 100);
    let sent = bench.receive(0, 1_000, &sync);
    assert_corrected(&sent[0].clone().completed(1_500), &sync, 1_550 - 800 + 5);
    // Port 2 cannot.
    assert_eq!((sent[1].one_step, sent[1].correction(), sent[1].octets[6]), (None, 100, 0x02));
    assert_eq!(sent[0].ticket, None);
    let made = bench.stamp(&sent[1], 1_600);
    assert_eq!((made[0].port, made[0].correction()), (2, 1_650 - 800 + 5));
    // What the master sends after a two-step Sync passes as it is, where that was corrected.
    let sent = bench.receive(0, 10_000, &two_step_sync(2, 0));
    bench.stamp(&sent[1], 10_100);
    let passed = bench.receive(0, 0, &follow_up(2, 3));
    assert_eq!(passed.iter().map(|sent| (sent.port, sent.correction())).collect::<Vec<_>>(), [(1, 3), (2, 358)]);
    // A request that leaves by a corrected port needs no record of ours.
    let sent = bench.receive(2, 20_000, &delay_req(1, 0));
    assert_eq!(sent[0].port, 0);
    assert_eq!(sent[0].clone().completed(20_500).correction(), 20_550 - 19_800 - 5);
    let response = delay_resp(1, 8);
    let sent = bench.receive(0, 0, &response);
    assert_corrected(&sent[1], &response, 0);
}

/// IEEE 1588-2019 10.2.1: octet for octet, padding left out.
#[test]
fn what_is_not_understood_passes_untouched() {
    let mut bench = bench::<2>();
    let mut announce = emit(&header(MASTER, 1, 77), &Announce::default());
    let mut signaling = emit(&header(SLAVE, 1, 0), &Signaling { target_port_identity: MASTER });
    // An unknown TLV, and one whose length lies.
    announce.extend([0x7E, 0xFF, 0, 4, 1, 2, 3, 4]);
    signaling.extend([0x3F, 0xFF, 0x40, 0, 9]);
    let mut reserved_event = two_step_sync(1, 9);
    reserved_event[0] = 0x05;
    let mut reserved_general = vec_of(0xEE, 60);
    reserved_general[..34].copy_from_slice(&follow_up(1, -4)[..34]);
    reserved_general[0] = 0x2F;
    reserved_general[0] &= 0x0F;
    for mut octets in [announce, signaling, reserved_event, reserved_general] {
        let length = u16::try_from(octets.len()).expect("short");
        octets[2..4].copy_from_slice(&length.to_be_bytes());
        let mut padded = octets.clone();
        padded.extend([0xAA; 7]);
        let sent = bench.receive(1, 1_000, &padded);
        assert_eq!((sent.len(), sent[0].port, sent[0].octets.clone()), (1, 0, octets.clone()));
        assert_eq!(sent[0].ticket.is_some(), octets[0] & 0x0F < 8);
    }
    assert_eq!(bench.clock.counters(PortIndex(1)).expect("a port").total_discarded(), 0);
}

fn vec_of(octet: u8, length: usize) -> Vec<u8> {
    core::iter::repeat_n(octet, length).collect()
}

#[test]
fn unknown_tlvs_of_event_messages_and_followers_are_kept() {
    let mut bench = bench::<2>();
    let with_tlv = |mut octets: Vec<u8>| {
        octets.extend([0x7E, 0xFF, 0, 4, 1, 2, 3, 4]);
        octets[3] = u8::try_from(octets.len()).expect("short");
        octets
    };
    let sync = with_tlv(two_step_sync(1, 0));
    let sent = bench.receive(0, 1_000, &sync);
    assert_corrected(&sent[0], &sync, 0);
    let follow_up = with_tlv(follow_up(1, 0));
    assert!(bench.receive(0, 0, &follow_up).is_empty());
    assert_corrected(&bench.stamp(&sent[0], 1_900)[0], &follow_up, 900);
}

#[test]
fn a_unicast_message_keeps_its_addresses() {
    let mut bench = bench::<2>();
    let to = Destination::Unicast(Address::Ipv4([10, 0, 0, 9]));
    let from = Some(Address::Ipv4([10, 0, 0, 7]));
    let mut sync = two_step_sync(1, 0);
    sync[6] |= 0x04;
    let stamp = Some(Timestamp::from_nanos(1_000));
    let received = Received { port: PortIndex(0), length: 44, source: from, destination: Some(to), stamp };
    let sent = bench.receive_as(&received, &sync);
    assert_eq!((sent[0].destination, sent[0].source), (to, from));
    bench.stamp(&sent[0], 1_200);
    let mut follow_up = follow_up(1, 0);
    follow_up[6] |= 0x04;
    let sent = bench.receive_as(&Received { stamp: None, ..received }, &follow_up);
    assert_eq!((sent[0].destination, sent[0].source, sent[0].correction()), (to, from, 200));
    // Whom it is for is not known: it must not become a multicast message.
    assert!(bench.receive(0, 9_000, &sync).is_empty());
    assert_eq!(bench.discarded(0, Discard::Unsupported), 1);
}

#[test]
fn what_must_not_pass_is_counted() {
    let mut bench = bench::<2>();
    let mut own = two_step_sync(1, 0);
    own[20..28].copy_from_slice(&OWN.octets());
    let mut gptp = two_step_sync(1, 0);
    gptp[0] |= 0x10;
    let mut old = two_step_sync(1, 0);
    old[1] = 0x01;
    let mut long = two_step_sync(1, 0);
    long[3] = 45;
    let mut short = pdelay_req();
    short[3] = 53;
    for octets in [&own, &gptp, &old, &long, &short, &short[..33].to_vec()] {
        assert!(bench.receive(0, 1_000, octets).is_empty());
    }
    let received = Received {
        port: PortIndex(0),
        length: 44,
        source: None,
        destination: Some(Destination::PeerMulticast),
        stamp: Some(Timestamp::ZERO),
    };
    assert!(bench.receive_as(&received, &two_step_sync(1, 0)).is_empty());
    let unstamped = Received { destination: None, stamp: None, ..received };
    assert!(bench.receive_as(&unstamped, &two_step_sync(1, 0)).is_empty());
    let reasons = [Discard::OwnIdentity, Discard::SdoId, Discard::Version, Discard::NotForUs, Discard::NoStamp]
        .map(|reason| bench.discarded(0, reason));
    assert_eq!((reasons, bench.discarded(0, Discard::Malformed)), ([1; 5], 3));
}

#[test]
fn the_same_sync_by_another_way_is_dropped() {
    let mut bench = bench::<3>();
    assert_eq!(bench.receive(0, 1_000, &two_step_sync(1, 0)).len(), 2);
    assert!(bench.receive(1, 1_500, &two_step_sync(1, 0)).is_empty());
    assert!(bench.receive(1, 0, &follow_up(1, 0)).is_empty());
    assert_eq!(bench.discarded(1, Discard::Duplicate), 2);
}

#[test]
fn a_blocked_port_and_one_without_link_neither_take_nor_give() {
    let mut bench = bench::<3>();
    bench.clock.set_forwarding(PortIndex(1), false);
    bench.handle(Input::Link(PortIndex(2), false));
    assert!(bench.receive(0, 1_000, &two_step_sync(1, 0)).is_empty());
    assert!(bench.receive(1, 1_000, &two_step_sync(2, 0)).is_empty());
    assert_eq!(bench.discarded(1, Discard::State), 1);
    bench.clock.set_forwarding(PortIndex(1), true);
    assert_eq!(bench.receive(0, 1_000, &two_step_sync(3, 0)).len(), 1);
}

#[test]
fn a_link_that_goes_down_forgets_what_was_pending() {
    let mut bench = bench::<2>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    bench.receive(0, 0, &follow_up(1, 0));
    bench.handle(Input::Link(PortIndex(1), false));
    bench.handle(Input::Link(PortIndex(1), true));
    assert!(bench.stamp(&sent[0], 1_500).is_empty());
    assert_eq!(bench.discarded(1, Discard::Unmatched), 1);
}

#[test]
fn a_lost_stamp_costs_one_follow_up_at_one_port() {
    let mut bench = bench::<3>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    assert!(bench.stamp_as(&sent[0], None).is_empty());
    bench.stamp(&sent[1], 1_100);
    let passed = bench.receive(0, 0, &follow_up(1, 0));
    assert_eq!(passed.iter().map(|sent| (sent.port, sent.correction())).collect::<Vec<_>>(), [(2, 100)]);
    assert_eq!([1, 2].map(|port| bench.discarded(port, Discard::EgressStampLost)), [1, 0]);
}

#[test]
fn a_stamp_that_never_comes_is_counted_when_its_time_is_over() {
    let mut bench = bench::<2>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    bench.receive(0, 0, &follow_up(1, 0));
    // A Follow_Up without its Sync, too.
    bench.receive(0, 0, &follow_up(2, 0));
    bench.now += 2 * SECOND;
    bench.receive(0, 9_000, &two_step_sync(3, 0));
    assert_eq!(bench.discarded(1, Discard::EgressStampLost), 1);
    assert_eq!(bench.discarded(0, Discard::Incomplete), 1);
    assert!(bench.stamp(&sent[0], 1_500).is_empty());
}

#[test]
fn a_message_that_did_not_leave_is_not_waited_for() {
    let mut bench = bench::<2>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    bench.handle(Input::SendFailed(PortIndex(1), ErrorKind::Busy));
    assert_eq!(bench.discarded(1, Discard::SendFailed), 1);
    assert!(bench.receive(0, 0, &follow_up(1, 0)).is_empty());
    assert!(bench.stamp(&sent[0], 1_100).is_empty());
}

#[test]
fn a_full_table_gives_up_the_oldest_and_counts_it() {
    let mut bench = Bench::<2, 4, 2>::new(&TransparentConfig::new(OWN), &TransparentPortConfig::default());
    let requests: Vec<_> = (0..6)
        .map(|id| {
            bench.now += 1;
            bench.receive(1, 1_000, &delay_req(id, 0)).remove(0)
        })
        .collect();
    assert_eq!(bench.discarded(1, Discard::TableFull), 2);
    for request in &requests {
        bench.stamp(request, 1_100);
    }
    let answered = |bench: &mut Bench<2, 4, 2>, id| !bench.receive(0, 0, &delay_resp(id, 0)).is_empty();
    assert_eq!([0, 1, 2, 5].map(|id| answered(&mut bench, id)), [false, false, true, true]);
    // Requests take nothing from the Syncs; and of the messages that wait the oldest goes.
    let syncs: Vec<_> = (0..3)
        .map(|id| {
            bench.now += 1;
            let sent = bench.receive(0, 1_000, &two_step_sync(id, 0)).remove(0);
            bench.receive(0, 0, &follow_up(id, 0));
            sent
        })
        .collect();
    assert_eq!(bench.discarded(0, Discard::TableFull), 1);
    let released = syncs.iter().map(|sync| bench.stamp(sync, 1_100).len()).collect::<Vec<_>>();
    assert_eq!(released, [0, 1, 1]);
}

#[test]
fn a_step_of_the_clock_spoils_what_is_under_way_and_nothing_after() {
    let mut bench = bench::<2>();
    let sent = bench.receive(0, 1_000, &two_step_sync(1, 0));
    bench.handle(Input::Stepped);
    assert!(bench.stamp(&sent[0], 1_500).is_empty());
    assert!(bench.receive(0, 2_000, &two_step_sync(2, 0)).is_empty());
    bench.now += SETTLING_NANOS;
    let sent = bench.receive(0, 3_000, &two_step_sync(3, 0));
    bench.stamp(&sent[0], 3_500);
    assert_eq!(bench.receive(0, 0, &follow_up(3, 0))[0].correction(), 500);
}

/// Syncs a second apart of a master that runs `ppm` faster than our clock.
fn syncs_of<const PORTS: usize>(bench: &mut Bench<PORTS>, first: u64, count: u64, ppm: i64) {
    let offset = 1_000 * ppm;
    for second in first..first + count {
        let id = u16::try_from(second).expect("a short test");
        let nanos = (second * SECOND).saturating_add_signed(offset * i64::try_from(second).expect("a short test"));
        let origin = WireTimestamp::from(Timestamp::from_nanos(nanos));
        let sync = emit(&header(MASTER, id, 0), &Sync { origin_timestamp: origin });
        bench.now = second * SECOND;
        let sent = bench.receive(0, second * SECOND, &sync);
        bench.stamp(&sent[0], second * SECOND + 100);
    }
}

/// IEEE 1588-2019 10.1: 1 s at 100 ppm is 100 µs of the master's time more.
#[test]
fn the_residence_time_is_told_in_the_masters_time() {
    let mut bench = bench::<2>();
    syncs_of(&mut bench, 10, 20, 100);
    let rate = bench.clock.rate(SdoId::DEFAULT, 3).expect("measured");
    assert!((rate.ppb() - 100_000).abs() <= 1, "{rate:?}");
    let at = 31 * SECOND;
    bench.now = at;
    let sent = bench.receive(1, at, &delay_req(1, 0));
    bench.stamp(&sent[0], at + SECOND);
    let sent = bench.receive(0, 0, &delay_resp(1, 0));
    let error = sent[0].header().correction_field.scaled() - (1_000_100_000_i64 << 16);
    assert!(error.abs() <= 1 << 16, "{error}");
}

#[test]
fn a_master_that_jumps_or_is_beyond_all_reason_moves_no_rate() {
    let mut bench = bench::<2>();
    syncs_of(&mut bench, 10, 20, 40);
    // An hour later by its own clock, and then 300 ppm fast.
    syncs_of(&mut bench, 30, 20, 300);
    let rate = bench.clock.rate(SdoId::DEFAULT, 3).map_or(0, FrequencyOffset::ppb);
    assert!((0..=40_001).contains(&rate), "{rate}");
}

#[test]
fn a_syntonised_clock_is_steered_to_the_rate_of_its_domain() {
    let config = TransparentConfig { syntonised_domain: Some(3), ..TransparentConfig::new(OWN) };
    let mut bench = Bench::<2>::new(&config, &TransparentPortConfig::default());
    syncs_of(&mut bench, 10, 4, -80);
    let first = bench.adjusted.clone();
    assert_eq!(first.len(), 1);
    assert!((first[0].ppb() + 80_000).abs() <= 1, "{first:?}");
    // From here on the two run alike.
    syncs_of(&mut bench, 14, 40, 0);
    assert!(bench.adjusted.len() >= 3);
    let last = bench.adjusted.last().expect("adjusted").ppb();
    assert!((last + 80_000).abs() <= 1, "{last}");
    let rate = bench.clock.rate(SdoId::DEFAULT, 3).expect("measured").ppb();
    assert!(rate.abs() <= 1, "{rate}");
}

/// A peer-to-peer clock with two ports whose links to others were measured: 400 ns and 100 ns.
#[cfg(feature = "peer-to-peer")]
fn measured() -> Bench<2> {
    let config = TransparentConfig { delay_mechanism: DelayMechanism::PeerToPeer, ..TransparentConfig::new(OWN) };
    let port = TransparentPortConfig { delay_asymmetry: ns(30), domain_number: 3, ..TransparentPortConfig::default() };
    let mut bench = Bench::<2>::new(&config, &port);
    let requests = bench.drain(&mut [0; 128]);
    assert_eq!(requests.iter().map(|sent| sent.port).collect::<Vec<_>>(), [0, 1]);
    // Before that, a Sync would lack the link's delay.
    assert!(bench.receive(0, 500, &two_step_sync(0, 0)).is_empty());
    for (request, delay) in requests.iter().zip([400, 100]) {
        let asked = request.header();
        assert_eq!(
            (request.destination, asked.domain_number, request.correction()),
            (Destination::PeerMulticast, 3, -30)
        );
        bench.stamp(request, 1_000);
        let requesting_port_identity = asked.source_port_identity;
        assert_eq!(requesting_port_identity, PortIdentity::new(OWN, u16::from(request.port) + 1));
        // It took 50 ns to answer, by its own clock, and gives our correction back.
        let at = |nanoseconds| WireTimestamp { seconds: 77, nanoseconds };
        let header = Header { flags: Flags::TWO_STEP, ..header(MASTER, asked.sequence_id, 0) };
        let response = emit(&header, &PdelayResp { request_receipt_timestamp: at(100), requesting_port_identity });
        assert!(bench.receive(request.port, 1_050 + 2 * delay, &response).is_empty());
        let header = Header { flags: Flags::empty(), correction_field: ns(-30), ..header };
        let after = PdelayRespFollowUp { response_origin_timestamp: at(150), requesting_port_identity };
        assert!(bench.receive(request.port, 0, &emit(&header, &after)).is_empty());
    }
    let delays = [0, 1].map(|port| bench.clock.mean_link_delay(PortIndex(port)));
    assert_eq!(delays, [Some(ns(400)), Some(ns(100))]);
    bench
}

/// IEEE 1588-2019 10.3, 11.6.2
#[cfg(feature = "peer-to-peer")]
#[test]
fn a_peer_to_peer_clock_adds_the_delay_of_the_link_that_the_sync_came_over() {
    let mut bench = measured();
    assert_eq!(bench.discarded(0, Discard::State), 1);
    for (port, id, delay) in [(0, 1, 400), (1, 2, 100)] {
        let sent = bench.receive(port, 10_000, &two_step_sync(id, 7));
        bench.stamp(&sent[0], 12_000);
        assert_eq!(bench.receive(port, 0, &follow_up(id, 9))[0].correction(), 9 + 2_000 + delay + 30);
    }
    let mut bench = bench.one_step(&[1]);
    let sync = one_step_sync(3, 7);
    let sent = bench.receive(0, 10_000, &sync);
    assert_corrected(&sent[0].clone().completed(10_600), &sync, 600 + 400 + 30);
}

/// IEEE 1588-2019 10.3
#[cfg(feature = "peer-to-peer")]
#[test]
fn a_peer_to_peer_clock_keeps_the_messages_that_measure_delay() {
    let mut bench = measured();
    assert!(bench.receive(1, 1_000, &delay_req(1, 0)).is_empty());
    assert!(bench.receive(0, 0, &delay_resp(1, 0)).is_empty());
    assert_eq!([0, 1].map(|port| bench.discarded(port, Discard::DelayMechanism)), [1, 1]);
    // A request is answered where it came in, also where nothing passes, in its own domain.
    bench.clock.set_forwarding(PortIndex(1), false);
    let mut request = pdelay_req();
    request[4] = 9;
    let answers = bench.receive(1, 2_000, &request);
    assert_eq!((answers.len(), answers[0].port), (1, 1));
    let answer = answers[0].header();
    assert_eq!((answer.message_type, answer.domain_number), (crate::wire::MessageType::PDELAY_RESP, 9));
    let after = bench.stamp(&answers[0], 2_700);
    assert_eq!((after.len(), after[0].port, after[0].header().domain_number), (1, 1, 9));
    let (body, _) = PdelayRespFollowUp::parse(&after[0].octets[Header::LENGTH..]).expect("a body");
    assert_eq!(body.requesting_port_identity, SLAVE);
    assert_eq!(body.response_origin_timestamp, WireTimestamp { seconds: 0, nanoseconds: 2_700 });
}

#[cfg(feature = "peer-to-peer")]
#[test]
fn a_link_that_went_down_is_measured_again() {
    let mut bench = measured();
    bench.handle(Input::Link(PortIndex(0), false));
    bench.handle(Input::Link(PortIndex(0), true));
    assert_eq!(bench.clock.mean_link_delay(PortIndex(0)), None);
    assert!(bench.receive(0, 500, &two_step_sync(0, 0)).is_empty());
    bench.now += SECOND;
    let requests = bench.drain(&mut [0; 128]);
    assert_eq!(requests.iter().map(|sent| sent.port).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn settings_that_cannot_be_are_named() {
    let ports = [TransparentPortConfig::default()];
    let one = TransparentClock::<1>::new(&TransparentConfig::new(OWN), &ports).expect_err("one port");
    assert_eq!((one.option, one.value, one.min, one.max), ("numberPorts", 1, 2, 32));
    let two = core::array::from_fn(|_| TransparentPortConfig::default());
    assert!(TransparentClock::<2, 65>::new(&TransparentConfig::new(OWN), &two).is_err());
    assert!(TransparentClock::<2, 1, 0>::new(&TransparentConfig::new(OWN), &two).is_err());
    assert!(TransparentClock::<2>::new(&TransparentConfig::new(ClockIdentity::ZERO), &two).is_err());
}
