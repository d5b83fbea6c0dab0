#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test"
)]

extern crate std;

use super::*;
use crate::config::{ClockConfig, PortConfig};
use crate::port::{State, screen_field_by_field};
use crate::servo::{PiConfig, PiServo};
use crate::wire::ClockIdentity;
use crate::{Input, Output};
use proptest::prelude::*;
use std::format;
use std::vec;
use std::vec::Vec;
use syntone_hal::{ClockLimits, EgressStamp, FrequencyOffset, PortCapabilities, Ticket, Timestamp};

const EPOCH: u64 = 1_700_000_000_000_000_000;
const OWN: [u8; 10] = [2, 0, 0, 0xFF, 0xFE, 0, 0, 2, 0, 1];
const PARENT: [u8; 10] = [0, 0x1B, 0x19, 0xFF, 0xFE, 0, 0, 1, 0, 1];
const OTHER: [u8; 10] = [0, 0x1B, 0x19, 0xFF, 0xFE, 0, 0, 1, 0, 2];

/// Two clocks that see the same, one of them by the general way alone.
struct Pair {
    usual: Clock,
    general: Clock,
    now: u64,
    domain: u8,
    /// sequenceId of the newest Sync and of the newest Delay_Req.
    sync: u16,
    request: u16,
}

/// What is different from an ordinary message.
#[derive(Clone, Debug)]
enum Twist {
    None,
    Octet(usize, u8),
    Length(usize),
    Sender([u8; 10]),
    SequenceBack(u16),
    LogInterval(u8),
    Correction(i64),
    Unstamped,
    WrongPort,
    Tlv(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Step {
    Sync(Twist),
    FollowUp(Twist),
    DelayResp(Twist),
    Announce,
    /// Time passes, nanoseconds.
    Wait(u64),
    /// The clock was stepped by somebody.
    Stepped,
    /// The clock and its master go over to another domain.
    Domain(u8),
}

fn clock() -> Clock {
    let identity = ClockIdentity(u64::from_be_bytes(*OWN.first_chunk().unwrap()));
    let port = PortConfig { log_min_delay_req_interval: -2, ..PortConfig::default() };
    Clock::new(&ClockConfig::slave_only(identity), &[port], PiServo::new(PiConfig::DEFAULT).unwrap()).unwrap()
}

/// A message from its header on, as a master sends it.
fn message(message_type: u8, length: usize, sequence: u16, nanos: u64) -> Vec<u8> {
    let mut octets = vec![0; length];
    octets[0] = message_type;
    octets[1] = 0x12;
    octets[3] = length as u8;
    octets[20..30].copy_from_slice(&PARENT);
    octets[30..32].copy_from_slice(&sequence.to_be_bytes());
    octets[34..40].copy_from_slice(&(nanos / 1_000_000_000).to_be_bytes()[2..]);
    octets[40..44].copy_from_slice(&((nanos % 1_000_000_000) as u32).to_be_bytes());
    octets
}

impl Pair {
    /// Both follow the parent.
    fn new() -> Self {
        let mut pair = Self { usual: clock(), general: clock(), now: 1_000_000_000, domain: 0, sync: 0, request: 0 };
        let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true };
        for clock in [&mut pair.usual, &mut pair.general] {
            clock.start(limits);
            clock.set_capabilities(PortIndex(0), &PortCapabilities::default());
            clock.handle_link(Instant::from_nanos(pair.now), PortIndex(0), true);
        }
        for _ in 0..4 {
            pair.step(Step::Announce);
            pair.step(Step::Wait(1_000_000_000));
        }
        assert!(pair.usual.port_ds(PortIndex(0)).unwrap().port_state == State::Uncalibrated);
        pair
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Sync(twist) => {
                self.sync = self.sync.wrapping_add(1);
                let mut octets = message(0, 44, self.sync, 0);
                octets[6] = 2;
                self.hear(octets, true, &twist);
            }
            Step::FollowUp(twist) => self.hear(message(8, 44, self.sync, EPOCH + self.now), false, &twist),
            Step::DelayResp(twist) => {
                let mut octets = message(9, 54, self.request, EPOCH + self.now);
                octets[44..54].copy_from_slice(&OWN);
                octets[33] = 0xFE;
                self.hear(octets, false, &twist);
            }
            Step::Announce => {
                let mut octets = message(11, 64, self.sync, 0);
                self.sync = self.sync.wrapping_add(1);
                octets[44..53].copy_from_slice(&[0, 37, 0, 100, 6, 0x21, 0x4E, 0x5D, 100]);
                octets[53..61].copy_from_slice(&PARENT[..8]);
                self.hear(octets, false, &Twist::None);
            }
            Step::Wait(nanos) => self.now += nanos,
            Step::Stepped => {
                self.usual.handle(Instant::from_nanos(self.now), Input::Stepped(1_000_000));
                self.general.handle(Instant::from_nanos(self.now), Input::Stepped(1_000_000));
            }
            Step::Domain(domain) => {
                self.domain = domain;
                self.usual.set_domain_number(Instant::from_nanos(self.now), domain);
                self.general.set_domain_number(Instant::from_nanos(self.now), domain);
            }
        }
        self.drain();
    }

    fn hear(&mut self, mut octets: Vec<u8>, event: bool, twist: &Twist) {
        let mut stamp = event.then(|| Timestamp::from_nanos(EPOCH + self.now + 1_000));
        let mut port = PortIndex(0);
        octets[4] = self.domain;
        match twist {
            Twist::None => {}
            &Twist::Octet(at, value) => {
                if let Some(octet) = octets.get_mut(at) {
                    *octet = value;
                }
            }
            &Twist::Length(length) => octets.resize(length, 0),
            Twist::Sender(sender) => octets[20..30].copy_from_slice(sender),
            Twist::SequenceBack(by) => {
                let sequence = u16::from_be_bytes([octets[30], octets[31]]).wrapping_sub(*by);
                octets[30..32].copy_from_slice(&sequence.to_be_bytes());
            }
            Twist::LogInterval(log) => octets[33] = *log,
            Twist::Correction(scaled) => octets[8..16].copy_from_slice(&scaled.to_be_bytes()),
            Twist::Unstamped => stamp = None,
            Twist::WrongPort => port = PortIndex(1),
            Twist::Tlv(tlv) => {
                octets.extend(tlv);
                octets[3] = octets.len() as u8;
            }
        }
        let received = Received { port, length: octets.len(), source: None, destination: None, stamp };
        let now = Instant::from_nanos(self.now);
        self.usual.handle_frame(now, &received, &octets);
        #[cfg(feature = "management")]
        self.general.read_time(now, received.stamp);
        match screen_field_by_field(&self.general.instance.default_ds, &octets) {
            Ok(message_type) => self.general.handle_any(message_type, now, &received, &octets),
            Err(reason) => self.general.discard(received.port, reason),
        }
    }

    /// Both do the same.
    fn drain(&mut self) {
        let now = Instant::from_nanos(self.now);
        loop {
            let (mut first, mut second) = ([0; 128], [0; 128]);
            let (output, other) = (self.usual.poll(now, &mut first), self.general.poll(now, &mut second));
            assert_eq!(format!("{output:?}"), format!("{other:?}"));
            assert_eq!(first, second);
            match output {
                Output::Wait(_) => return,
                Output::Event(_) => {}
                Output::Adjust(adjustment) => {
                    self.usual.handle_adjusted(now, &adjustment);
                    self.general.handle_adjusted(now, &adjustment);
                }
                Output::Send { transmit, .. } => {
                    let Some(ticket) = transmit.ticket.map(Ticket::into_raw) else { continue };
                    self.request = u16::from_be_bytes([first[30], first[31]]);
                    let stamp = Some(Timestamp::from_nanos(EPOCH + self.now));
                    self.usual.handle_egress(now, EgressStamp { ticket: Ticket::from_raw(ticket), stamp });
                    self.general.handle_egress(now, EgressStamp { ticket: Ticket::from_raw(ticket), stamp });
                }
            }
        }
    }
}

fn twist() -> impl Strategy<Value = Twist> {
    prop_oneof![
        12 => Just(Twist::None),
        2 => (0..54_usize, any::<u8>()).prop_map(|(at, value)| Twist::Octet(at, value)),
        1 => (0..3_u8).prop_map(|domain| Twist::Octet(4, domain)),
        1 => (0..60_usize).prop_map(Twist::Length),
        1 => prop_oneof![Just(OWN), Just(OTHER)].prop_map(Twist::Sender),
        1 => (0..20_u16).prop_map(Twist::SequenceBack),
        1 => any::<u8>().prop_map(Twist::LogInterval),
        1 => prop_oneof![any::<i64>(), -1_000_000..1_000_000_i64].prop_map(Twist::Correction),
        1 => Just(Twist::Unstamped),
        1 => Just(Twist::WrongPort),
        1 => prop::collection::vec(any::<u8>(), 0..10).prop_map(Twist::Tlv),
        1 => Just(Twist::Tlv(vec![0x20, 0, 0, 2, 1, 2])),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => twist().prop_map(Step::Sync),
        6 => twist().prop_map(Step::FollowUp),
        4 => twist().prop_map(Step::DelayResp),
        1 => Just(Step::Announce),
        6 => (0..400_000_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Stepped),
        1 => (0..3_u8).prop_map(Step::Domain),
    ]
}

proptest! {
    /// In whatever order messages come and whatever is wrong with them.
    #[test]
    fn the_usual_way_does_what_the_general_one_does(steps in prop::collection::vec(step(), 0..120)) {
        let mut pair = Pair::new();
        for step in steps {
            pair.step(step);
            prop_assert_eq!(format!("{:?}", pair.usual), format!("{:?}", pair.general));
        }
    }
}

/// What the test above would show as well if nothing went the usual way.
#[test]
fn a_locked_slave_hears_all_by_the_usual_way() {
    let mut pair = Pair::new();
    pair.step(Step::Domain(1));
    for _ in 0..60 {
        pair.step(Step::Sync(Twist::None));
        pair.step(Step::FollowUp(Twist::None));
        pair.step(Step::DelayResp(Twist::None));
        pair.step(Step::Announce);
        pair.step(Step::Wait(1_000_000_000));
    }
    assert_eq!(pair.usual.port_ds(PortIndex(0)).unwrap().port_state, State::Slave);
    let received = Received { port: PortIndex(0), length: 44, source: None, destination: None, stamp: None };
    let (now, sequence) = (Instant::from_nanos(pair.now), pair.sync.wrapping_add(1));
    let stamped = Received { stamp: Some(Timestamp::from_nanos(EPOCH + pair.now + 1_000)), ..received };
    let mut sync = message(0, 44, sequence, 0);
    (sync[4], sync[6]) = (1, 2);
    assert!(pair.usual.handle_usual(MessageType::SYNC, now, &stamped, &sync));
    let mut follow_up = message(8, 44, sequence, EPOCH + pair.now);
    follow_up[4] = 1;
    assert!(pair.usual.handle_usual(MessageType::FOLLOW_UP, now, &received, &follow_up));
}
