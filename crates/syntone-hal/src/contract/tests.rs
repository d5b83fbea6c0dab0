//! The contract judged by mocks: a sound one that passes, and broken ones that each fail the check that names the fault.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a mock in plain words; a fault in it fails tests"
)]

extern crate std;

use super::{Bounds, Check, Direction, Fixture, Injected, Outcome, Taken, check_all};
use crate::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, Forward, FrequencyOffset, Instant,
    MessageClass, NetworkHal, OneStep, PortCapabilities, PortIndex, Received, Stamping, Ticket, TimeInterval,
    Timestamp, TimestampHal, Transmit,
};
use std::collections::VecDeque;
use std::string::{String, ToString};
use std::vec::Vec;

/// What is wrong with a mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    MonotonicGoesBack,
    MonotonicCountsTicks,
    MonotonicFollowsSteps,
    ClockStandsStill,
    TornReading,
    LimitsChange,
    RelativeFrequency,
    FrequencyWrongSign,
    FrequencyInPpb,
    FrequencyClamped,
    FrequencyRefusedButSet,
    StepWrongSign,
    NegativeStepForward,
    StepWithoutCarry,
    StepResetsFrequency,
    StepsThoughItCannot,
    CapabilitiesChange,
    ReceiveBlocks,
    TransportHeaders,
    LongMessageCut,
    PortAlwaysFirst,
    ReceivedTwice,
    SmallBufferCuts,
    SmallBufferJams,
    IngressStampLate,
    IngressStampSwapped,
    IngressStampOfOtherFrame,
    IngressStampOnRawFrequency,
    IngressStampIgnoresSteps,
    GeneralStamped,
    LostIngressZero,
    PollBlocks,
    SendBlocks,
    SentShort,
    TicketCut,
    OneInFlight,
    EgressTwice,
    EgressStampLate,
    EgressStampOfOtherFrame,
    EgressStampOnRawFrequency,
    EgressStampIgnoresSteps,
    GeneralEgressStamp,
    LostEgressAllOnes,
    ReceivedForEverybody,
    SentToEverybody,
    UnicastToEverybody,
    ForwardedCut,
    ForwardedByFirstPort,
    ForwardedWithoutStamp,
    OneStepSyncTooEarly,
    OneStepSyncLosesCorrection,
    OneStepStays,
    OneStepSyncUntouched,
    TurnaroundUntouched,
    TurnaroundInNanos,
    ResidenceOnlyOfPdelay,
    ResidenceBreaksOrigin,
}

const BOOT: u64 = 5_000 * 1_000_000_000;

struct Frame {
    port: PortIndex,
    class: MessageClass,
    octets: Vec<u8>,
    stamp: Option<Timestamp>,
    destination: Destination,
}

/// A board in virtual time: two ports, a clock that starts at 5 000 s; each access costs some nanoseconds.
struct Mock {
    fault: Fault,
    true_nanos: u64,
    /// The clock at `set_at`, in units of 2⁻¹⁶ ns, and how it went on without steps or without steering.
    clock: i128,
    unstepped: i128,
    unsteered: i128,
    set_at: u64,
    frequency: i32,
    stepped: i64,
    arrived: VecDeque<Frame>,
    sent: VecDeque<(PortIndex, Destination, Vec<u8>)>,
    egress: VecDeque<(u32, Option<Timestamp>)>,
    lose: Option<Direction>,
    /// What the message that left last was told, for the fault that goes on so.
    completing: Option<OneStep>,
    reads: u32,
}

impl Mock {
    fn new(fault: Fault) -> Self {
        let boot = i128::from(BOOT) << 16;
        Self {
            fault,
            true_nanos: 1_000_000,
            clock: boot,
            unstepped: boot,
            unsteered: boot,
            set_at: 1_000_000,
            frequency: 0,
            stepped: 0,
            arrived: VecDeque::new(),
            sent: VecDeque::new(),
            egress: VecDeque::new(),
            lose: None,
            completing: None,
            reads: 0,
        }
    }

    /// Brings the clock's three histories up to now.
    fn advance(&mut self) {
        let elapsed = i128::from(self.true_nanos - self.set_at);
        if self.fault == Fault::ClockStandsStill {
            return;
        }
        let scaled = elapsed << 16;
        let steered = scaled + elapsed * i128::from(self.frequency) / 1_000_000;
        self.clock += steered;
        self.unstepped += steered;
        self.unsteered += scaled;
        self.set_at = self.true_nanos;
    }

    fn time(scaled: i128) -> Timestamp {
        Timestamp::from_nanos(u64::try_from(scaled >> 16).expect("after the epoch"))
    }

    fn clock_now(&mut self) -> Timestamp {
        self.advance();
        Self::time(self.clock)
    }

    fn stamp(&mut self, steps: Fault, frequency: Fault) -> Timestamp {
        self.advance();
        if self.fault == steps {
            Self::time(self.unstepped)
        } else if self.fault == frequency {
            Self::time(self.unsteered)
        } else {
            Self::time(self.clock)
        }
    }

    fn arrive(&mut self, port: PortIndex, destination: Destination, class: MessageClass, message: &[u8]) -> Timestamp {
        let truth = self.clock_now();
        let stamp = self.stamp(Fault::IngressStampIgnoresSteps, Fault::IngressStampOnRawFrequency);
        let mut stamp = (class == MessageClass::Event || self.fault == Fault::GeneralStamped).then_some(stamp);
        if class == MessageClass::Event && self.lose == Some(Direction::Ingress) {
            self.lose = None;
            stamp = (self.fault == Fault::LostIngressZero).then_some(Timestamp::ZERO);
        }
        if self.fault == Fault::IngressStampSwapped {
            stamp = stamp.map(|stamp| Timestamp::new(stamp.nanos().into(), stamp.seconds() as u32).expect("in range"));
        }
        let mut octets = message.to_vec();
        match self.fault {
            Fault::TransportHeaders => drop(octets.splice(0..0, [0x45; 28])),
            Fault::LongMessageCut => octets.truncate(64),
            _ => {}
        }
        let frame = || Frame { port, class, octets: octets.clone(), stamp, destination };
        if self.fault == Fault::ReceivedTwice {
            self.arrived.push_back(frame());
        }
        self.arrived.push_back(frame());
        truth
    }
}

impl NetworkHal for Mock {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        self.true_nanos += if self.fault == Fault::ReceiveBlocks { 50_000_000 } else { 200 };
        let late = self.clock_now();
        let last = self.arrived.back().and_then(|frame| frame.stamp);
        let Some(mut frame) = self.arrived.pop_front() else { return Ok(None) };
        if frame.octets.len() > buffer.len() {
            match self.fault {
                Fault::SmallBufferCuts => frame.octets.truncate(buffer.len()),
                Fault::SmallBufferJams => {
                    self.arrived.push_front(frame);
                    return Err(ErrorKind::BufferTooSmall);
                }
                _ => return Err(ErrorKind::BufferTooSmall),
            }
        }
        buffer[..frame.octets.len()].copy_from_slice(&frame.octets);
        let stamp = match self.fault {
            Fault::IngressStampLate => frame.stamp.map(|_| late),
            Fault::IngressStampOfOtherFrame if frame.class == MessageClass::Event => last.or(frame.stamp),
            _ => frame.stamp,
        };
        let port = if self.fault == Fault::PortAlwaysFirst { PortIndex(0) } else { frame.port };
        let everybody = self.fault == Fault::ReceivedForEverybody;
        let destination = if everybody { Destination::PrimaryMulticast } else { frame.destination };
        Ok(Some(Received { port, length: frame.octets.len(), source: None, destination: Some(destination), stamp }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        self.true_nanos += if self.fault == Fault::SendBlocks { 3_000_000 } else { 100 };
        let stamp = self.stamp(Fault::EgressStampIgnoresSteps, Fault::EgressStampOnRawFrequency);
        let length = if self.fault == Fault::SentShort { message.len() - 2 } else { message.len() };
        let mut octets = message[..length].to_vec();
        self.completing = transmit.one_step.or(self.completing.filter(|_| self.fault == Fault::OneStepStays));
        if let Some(one_step) = self.completing {
            self.complete(one_step, &mut octets, stamp);
        }
        let destination = match (self.fault, transmit.destination) {
            (Fault::SentToEverybody, _) | (Fault::UnicastToEverybody, Destination::Unicast(_)) => {
                Destination::PrimaryMulticast
            }
            (_, destination) => destination,
        };
        self.sent.push_back((transmit.port, destination, octets));
        let mut stamp = Some(stamp);
        if transmit.ticket.is_some() && self.lose == Some(Direction::Egress) {
            self.lose = None;
            let all_ones = Timestamp::new(Timestamp::MAX_SECONDS, 999_999_999).expect("in range");
            stamp = (self.fault == Fault::LostEgressAllOnes).then_some(all_ones);
        }
        let ticket = match (transmit.ticket.map(Ticket::into_raw), self.fault) {
            (None, Fault::GeneralEgressStamp) if transmit.one_step.is_none() => 0,
            (None, _) => return Ok(()),
            (Some(ticket), Fault::TicketCut) => ticket & 0xFFFF,
            (Some(ticket), _) => ticket,
        };
        if self.fault == Fault::OneInFlight {
            self.egress.clear();
        }
        self.egress.push_back((ticket, stamp));
        if self.fault == Fault::EgressTwice {
            self.egress.push_back((ticket, stamp));
        }
        Ok(())
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), ErrorKind> {
        let mut transmit = forward.transmit;
        let mut message = message;
        match self.fault {
            Fault::ForwardedCut => message = &message[..message.len().min(64)],
            Fault::ForwardedByFirstPort => transmit.port = PortIndex(0),
            Fault::ForwardedWithoutStamp => transmit.ticket = None,
            _ => {}
        }
        self.send(transmit, message)
    }
}

impl Mock {
    /// Writes what a one-step message is to tell, in the ways that go wrong.
    fn complete(&self, one_step: OneStep, octets: &mut [u8], egress: Timestamp) {
        let before = i64::from_be_bytes(octets[8..16].try_into().expect("eight octets"));
        let is_response = octets[0] & 0x0F == 3;
        match (self.fault, one_step) {
            (Fault::OneStepSyncUntouched, OneStep::Origin) => {}
            (Fault::OneStepSyncTooEarly, OneStep::Origin) => one_step.complete(octets, egress.offset_nanos(-3_000)),
            (Fault::TurnaroundUntouched, OneStep::Elapsed) if is_response => {}
            (Fault::ResidenceOnlyOfPdelay, OneStep::Elapsed) if !is_response => {}
            (Fault::TurnaroundInNanos, OneStep::Elapsed) if is_response => {
                let nanos = before.wrapping_add(egress.wrapping_scaled() >> 16);
                octets[8..16].copy_from_slice(&nanos.to_be_bytes());
            }
            _ => one_step.complete(octets, egress),
        }
        match (self.fault, one_step) {
            (Fault::OneStepSyncLosesCorrection, OneStep::Origin) => octets[8..16].fill(0),
            (Fault::ResidenceBreaksOrigin, OneStep::Elapsed) if !is_response => octets[34..44].fill(0),
            _ => {}
        }
    }
}

impl TimestampHal for Mock {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        self.true_nanos += if self.fault == Fault::PollBlocks { 2_000_000 } else { 50 };
        let late = self.clock_now();
        let last = self.egress.back().copied();
        let Some((ticket, mut stamp)) = self.egress.pop_front() else { return Ok(None) };
        match self.fault {
            Fault::EgressStampLate => stamp = Some(late),
            Fault::EgressStampOfOtherFrame => stamp = last.and_then(|(_, stamp)| stamp),
            _ => {}
        }
        Ok(Some(EgressStamp { ticket: Ticket::from_raw(ticket), stamp }))
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        let changed = self.fault == Fault::CapabilitiesChange && self.true_nanos % 2 == 1;
        PortCapabilities {
            stamping: Stamping::Hardware,
            resolution: TimeInterval::from_nanos(if changed { 8 } else { 1 }),
            one_step_sync: true,
            one_step_pdelay_resp: true,
            one_step_residence: true,
            ..PortCapabilities::default()
        }
    }
}

impl ClockHal for Mock {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.true_nanos += 10;
        self.reads += 1;
        match self.fault {
            Fault::MonotonicGoesBack if self.reads % 100 == 99 => Instant::from_nanos(self.true_nanos - 5_000),
            Fault::MonotonicCountsTicks => Instant::from_nanos(self.true_nanos / 40),
            Fault::MonotonicFollowsSteps => Instant::from_nanos(self.true_nanos.saturating_add_signed(self.stepped)),
            _ => Instant::from_nanos(self.true_nanos),
        }
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        let early = self.clock_now();
        self.true_nanos += 20;
        let right = self.clock_now();
        self.true_nanos += 20;
        if self.fault == Fault::TornReading {
            return Ok(Timestamp::new(early.seconds(), right.nanos()).expect("in range"));
        }
        Ok(right)
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.advance();
        let applied = match self.fault {
            Fault::StepWrongSign => -nanoseconds,
            Fault::NegativeStepForward => nanoseconds.abs(),
            Fault::StepWithoutCarry => {
                let nanos = i64::from(Self::time(self.clock).nanos());
                (nanos + nanoseconds % 1_000_000_000).rem_euclid(1_000_000_000) - nanos
                    + nanoseconds / 1_000_000_000 * 1_000_000_000
            }
            _ => nanoseconds,
        };
        self.clock += i128::from(applied) << 16;
        self.unsteered += i128::from(applied) << 16;
        self.stepped += applied;
        if self.fault == Fault::StepResetsFrequency {
            self.frequency = 0;
        }
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.advance();
        let refused = frequency.clamp_to(self.limits().max_frequency) != frequency;
        let scaled = frequency.clamp_to(self.limits().max_frequency).scaled_ppm();
        let applied = match self.fault {
            Fault::RelativeFrequency => self.frequency + scaled,
            Fault::FrequencyWrongSign => -scaled,
            Fault::FrequencyInPpb => scaled / 8,
            _ => scaled,
        };
        match self.fault {
            Fault::FrequencyClamped => {}
            Fault::FrequencyRefusedButSet if refused => {
                self.frequency = applied;
                return Err(ErrorKind::OutOfRange);
            }
            _ if refused => return Err(ErrorKind::OutOfRange),
            _ => {}
        }
        self.frequency = applied;
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        let changed = self.fault == Fault::LimitsChange && self.true_nanos % 2 == 1;
        ClockLimits {
            max_frequency: FrequencyOffset::from_ppb(if changed { 400_000 } else { 500_000 }),
            can_step: self.fault != Fault::StepsThoughItCannot,
        }
    }
}

/// A mock and the peers at its two ports.
struct Bench {
    mock: Mock,
    exact: bool,
    started: usize,
    taken_for: Option<Destination>,
}

impl Bench {
    fn new(fault: Fault) -> Self {
        Self { mock: Mock::new(fault), exact: true, started: 0, taken_for: None }
    }
}

impl Fixture for Bench {
    type Hal = Mock;

    fn hal(&mut self) -> &mut Mock {
        &mut self.mock
    }

    fn pass(&mut self, nanos: u64) {
        self.mock.true_nanos += nanos | 1;
    }

    fn ports(&self) -> u8 {
        2
    }

    fn peer(&self, port: PortIndex) -> Option<Address> {
        Some(Address::Ethernet([2, 0, 0, 0, 1, port.0]))
    }

    fn address(&self, port: PortIndex) -> Option<Address> {
        Some(Address::Ethernet([2, 0, 0, 0, 0, port.0]))
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
        let truth = self.mock.arrive(port, destination, class, message);
        if self.exact { Injected::At(truth) } else { Injected::Sent }
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(place) = self.mock.sent.iter().position(|(sent_by, ..)| *sent_by == port) else {
            return Taken::Nothing;
        };
        let (_, destination, octets) = self.mock.sent.remove(place).expect("found above");
        buffer[..octets.len()].copy_from_slice(&octets);
        self.taken_for = Some(destination);
        Taken::Message(octets.len())
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.mock.lose = Some(direction);
        true
    }

    fn starting(&mut self, _: Check) {
        self.started += 1;
    }
}

/// The mock through `&mut T`, with no peer: what a fixture has that fills in no more than it must.
struct Bare<'a> {
    hal: &'a mut Mock,
}

impl<'a> Fixture for Bare<'a> {
    type Hal = &'a mut Mock;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.hal
    }

    fn pass(&mut self, nanos: u64) {
        self.hal.true_nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        Bounds { stamp_nanos: 200, ..Bounds::default() }
    }
}

/// Each fault and the one check that must name it.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::MonotonicGoesBack, "monotonic_never_goes_back"),
    (Fault::MonotonicCountsTicks, "monotonic_advances_with_time"),
    (Fault::MonotonicFollowsSteps, "monotonic_ignores_steps"),
    (Fault::ClockStandsStill, "clock_advances_with_time"),
    (Fault::TornReading, "clock_readings_are_whole"),
    (Fault::LimitsChange, "limits_are_constant_and_plausible"),
    (Fault::RelativeFrequency, "frequency_is_absolute"),
    (Fault::FrequencyWrongSign, "positive_frequency_is_faster"),
    (Fault::FrequencyInPpb, "frequency_has_its_size"),
    (Fault::FrequencyClamped, "frequency_beyond_the_limit_is_refused"),
    (Fault::FrequencyRefusedButSet, "frequency_beyond_the_limit_is_refused"),
    (Fault::StepWrongSign, "positive_step_moves_forward"),
    (Fault::NegativeStepForward, "negative_step_moves_back"),
    (Fault::StepWithoutCarry, "steps_carry_over_the_second"),
    (Fault::StepResetsFrequency, "step_keeps_the_rate"),
    (Fault::StepsThoughItCannot, "clock_that_cannot_step_refuses"),
    (Fault::CapabilitiesChange, "capabilities_are_constant_and_plausible"),
    (Fault::ReceiveBlocks, "receive_returns_at_once_when_nothing_is_there"),
    (Fault::TransportHeaders, "received_message_is_whole_from_its_header_on"),
    (Fault::LongMessageCut, "received_message_is_whole_from_its_header_on"),
    (Fault::PortAlwaysFirst, "received_message_names_its_port"),
    (Fault::ReceivedTwice, "several_messages_are_each_received_once"),
    (Fault::SmallBufferCuts, "message_beyond_the_buffer_is_refused_and_the_next_comes"),
    (Fault::SmallBufferJams, "message_beyond_the_buffer_is_refused_and_the_next_comes"),
    (Fault::IngressStampLate, "received_event_message_is_stamped_when_it_arrived"),
    (Fault::IngressStampSwapped, "received_event_message_is_stamped_when_it_arrived"),
    (Fault::IngressStampOfOtherFrame, "ingress_stamps_belong_to_their_messages"),
    (Fault::IngressStampOnRawFrequency, "ingress_stamps_follow_the_frequency"),
    (Fault::IngressStampIgnoresSteps, "ingress_stamps_follow_steps"),
    (Fault::GeneralStamped, "received_general_message_has_no_stamp"),
    (Fault::LostIngressZero, "lost_ingress_stamp_is_none"),
    (Fault::PollBlocks, "poll_egress_returns_at_once_when_nothing_is_there"),
    (Fault::SendBlocks, "send_does_not_wait"),
    (Fault::SentShort, "sent_message_arrives_whole"),
    (Fault::TicketCut, "egress_stamp_comes_back_under_its_ticket"),
    (Fault::OneInFlight, "egress_stamps_of_several_in_flight_come_back"),
    (Fault::EgressTwice, "egress_stamp_comes_back_only_once"),
    (Fault::EgressStampLate, "egress_stamp_is_of_when_the_message_left"),
    (Fault::EgressStampOfOtherFrame, "egress_stamps_belong_to_their_messages"),
    (Fault::EgressStampOnRawFrequency, "egress_stamps_follow_the_frequency"),
    (Fault::EgressStampIgnoresSteps, "egress_stamps_follow_steps"),
    (Fault::GeneralEgressStamp, "general_message_gives_no_egress_stamp"),
    (Fault::LostEgressAllOnes, "lost_egress_stamp_is_none_or_never_comes"),
    (Fault::ReceivedForEverybody, "received_message_tells_whom_it_was_for_or_nothing"),
    (Fault::SentToEverybody, "sent_message_goes_to_its_destination"),
    (Fault::UnicastToEverybody, "sent_message_goes_to_its_destination"),
    (Fault::ForwardedCut, "forwarded_message_arrives_whole"),
    (Fault::ForwardedByFirstPort, "forwarded_message_arrives_whole"),
    (Fault::ForwardedWithoutStamp, "forwarded_event_message_is_stamped_when_it_left"),
    (Fault::OneStepSyncTooEarly, "one_step_sync_tells_when_it_left"),
    (Fault::OneStepSyncLosesCorrection, "one_step_sync_tells_when_it_left"),
    (Fault::OneStepStays, "one_step_sync_tells_when_it_left"),
    (Fault::OneStepSyncUntouched, "one_step_sync_tells_when_it_left"),
    (Fault::TurnaroundUntouched, "one_step_pdelay_resp_tells_its_turnaround"),
    (Fault::TurnaroundInNanos, "one_step_pdelay_resp_tells_its_turnaround"),
    (Fault::ResidenceOnlyOfPdelay, "one_step_residence_is_added_to_what_passes"),
    (Fault::ResidenceBreaksOrigin, "one_step_residence_is_added_to_what_passes"),
];

crate::contract_test!(sound_mock_keeps_the_contract, Bench::new(Fault::None));
crate::contract_test!(
    sound_mock_keeps_the_contract_with_inexact_peer,
    Bench { exact: false, ..Bench::new(Fault::None) }
);

#[test]
fn sound_mock_leaves_only_the_check_of_fixed_clocks_out() {
    let mut bench = Bench::new(Fault::None);
    let report = check_all(&mut bench);
    for check in Check::ALL {
        let left_out = Outcome::Skipped("the clock can step");
        let expected = if check == Check::FixedClock { left_out } else { Outcome::Held };
        assert_eq!(report.outcome(check), expected, "{}", check.name());
    }
    assert_eq!(bench.started, Check::ALL.len());
}

#[test]
fn reference_to_a_sound_mock_keeps_the_contract_and_a_missing_peer_is_said() {
    let report = check_all(&mut Bare { hal: &mut Mock::new(Fault::None) });
    assert!(report.passed(), "{report}");
    assert_eq!(report.outcome(Check::EgressStep), Outcome::Held);
    assert_eq!(report.outcome(Check::IngressStamp), Outcome::Skipped("the fixture has no peer that sends"));
    assert_eq!(report.outcome(Check::SentWhole), Outcome::Skipped("the fixture has no peer that receives"));
}

#[test]
fn each_fault_fails_exactly_the_check_that_names_it() {
    for (fault, expected) in FAULTS {
        let report = check_all(&mut Bench::new(*fault));
        let failed: Vec<&str> = report.failed().map(|(check, _)| check.name()).collect();
        assert_eq!(failed, [*expected], "{fault:?}:\n{report:#}");
    }
}

#[test]
fn every_check_fails_for_some_fault() {
    for check in Check::ALL {
        assert!(FAULTS.iter().any(|(_, name)| *name == check.name()), "no mock breaks {}", check.name());
    }
}

#[test]
fn report_names_check_expected_seen_and_usual_cause() {
    let text = |fault| check_all(&mut Bench::new(fault)).to_string();
    let line = |text: &str, check: &str| -> String {
        text.lines().find(|line| line.contains(check)).expect("the check is in the report").to_string()
    };
    let swapped = line(&text(Fault::IngressStampSwapped), "received_event_message_is_stamped_when_it_arrived");
    assert!(swapped.starts_with("FAILED"), "{swapped}");
    assert!(
        swapped.contains("expected 500") && swapped.ends_with("(seconds and nanoseconds are swapped)"),
        "{swapped}"
    );
    let torn = line(&text(Fault::TornReading), "clock_readings_are_whole");
    assert!(torn.ends_with("(torn: seconds and nanoseconds are of different moments)"), "{torn}");
    let wrong_way = line(&text(Fault::StepWrongSign), "positive_step_moves_forward");
    assert!(wrong_way.ends_with("(stepped the wrong way)"), "{wrong_way}");
    let headers = line(&text(Fault::TransportHeaders), "received_message_is_whole_from_its_header_on");
    assert!(headers.contains("28 octets before the PTP header"), "{headers}");
    let twice = line(&text(Fault::EgressTwice), "egress_stamp_comes_back_only_once");
    assert!(twice.ends_with("how often the egress stamp came back: expected 1 times, saw 2 times"), "{twice}");
    let sum = text(Fault::None);
    assert!(sum.ends_with("45 held, 0 failed, 1 skipped, 0 unreached"), "{sum}");
}
