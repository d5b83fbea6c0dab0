//! A transparent clock that is managed: what it answers itself, and what goes through it.

use crate::bench::{OURS, Sent, emitted, raw, request};
use syntone::TransparentClock;
use syntone::clock::transparent::{Input, Output, TransparentConfig, TransparentPortConfig};
use syntone::counters::Discard;
use syntone::datasets::DelayMechanism;
use syntone::hal::{Address, Destination, ErrorKind, Instant, PortIndex, Received};
use syntone::management::{Access, HostRequest, Outcome, Response};
use syntone::wire::{ClockIdentity, ManagementAction, ManagementErrorId, ManagementId, MessageType, PortIdentity};

struct Bench {
    clock: TransparentClock<3>,
    now: Instant,
}

impl Bench {
    fn new(config: &TransparentConfig, access: Access) -> Self {
        let port = TransparentPortConfig { log_min_pdelay_req_interval: -1, ..TransparentPortConfig::default() };
        let mut clock = TransparentClock::new(config, &[port.clone(), port.clone(), port]).unwrap();
        for port in 0..3 {
            clock.set_management_access(PortIndex(port), access);
        }
        Self { clock, now: Instant::from_nanos(1_000_000_000) }
    }

    fn end_to_end(access: Access) -> Self {
        Self::new(&TransparentConfig::new(OURS), access)
    }

    /// Gives a message; what is forwarded, and what is answered.
    fn give(&mut self, port: u8, message: &[u8]) -> (Vec<u8>, Vec<Sent>) {
        self.now = self.now.plus_nanos(20_000_000);
        let mut buffer = [0; 512];
        buffer[..message.len()].copy_from_slice(message);
        let source = Some(Address::Ipv4([10, 0, 0, 9]));
        let length = message.len();
        let received = Received { port: PortIndex(port), length, source, destination: None, stamp: None };
        self.clock.handle(self.now, Input::Frame(&received, message));
        let (mut through, mut answers) = (Vec::new(), Vec::new());
        loop {
            match self.clock.poll(self.now, &mut buffer) {
                Output::Wait(_) => return (through, answers),
                Output::Send { forward, length } => {
                    let (port, octets) = (forward.transmit.port, buffer[..length].to_vec());
                    if octets == message {
                        assert_eq!(forward.source, source);
                        through.push(port.0);
                    } else if octets[0] & 0x0F == 0xD {
                        assert_eq!(forward.source, None, "an answer is our own");
                        answers.push((port, forward.transmit.destination, octets));
                    }
                }
                Output::Adjust(_) => panic!("nothing is syntonised"),
            }
        }
    }

    fn ask(&mut self, action: ManagementAction, id: ManagementId, data: &[u8]) -> (u16, Result<Vec<u8>, u16>) {
        let (through, answers) = self.give(1, &raw(action, id.0, data));
        assert!(through.is_empty(), "it is for this clock alone");
        let [(port, _, octets)] = &answers[..] else { panic!("{} answers about {id:?}", answers.len()) };
        let response = Response::parse(octets).expect("an answer");
        assert_eq!((*port, response.source_port_identity.clock_identity), (PortIndex(1), OURS));
        let data = match response.outcome {
            Outcome::Refused(error) => Err(error.0),
            _ => Ok(octets[54..].to_vec()),
        };
        (response.source_port_identity.port_number, data)
    }

    fn get(&mut self, id: ManagementId) -> Result<Vec<u8>, u16> {
        self.ask(ManagementAction::GET, id, &[]).1
    }
}

const NOT_SUPPORTED: Result<Vec<u8>, u16> = Err(ManagementErrorId::NOT_SUPPORTED.0);
const OWN: [u8; 8] = [2, 0, 0, 0xFF, 0xFE, 0, 0, 1];

/// IEEE 1588-2019 15.5.3
#[test]
fn get_tells_what_a_transparent_clock_is() {
    for (mechanism, clock_type) in [(DelayMechanism::EndToEnd, 0x1000_u16), (DelayMechanism::PeerToPeer, 0x2000)] {
        let config = TransparentConfig {
            delay_mechanism: mechanism,
            syntonised_domain: Some(7),
            ..TransparentConfig::new(OURS)
        };
        let mut bench = Bench::new(&config, Access::ReadOnly);
        let number = mechanism.number();
        let data_set = [&OWN[..], &[0, 3, number, 7]].concat();
        assert_eq!(bench.get(ManagementId::TRANSPARENT_CLOCK_DEFAULT_DATA_SET), Ok(data_set));
        let port = [&OWN[..], &[0, 1, 0, 0xFF], &[0; 8]].concat();
        assert_eq!(bench.get(ManagementId::TRANSPARENT_CLOCK_PORT_DATA_SET), Ok(port));
        assert_eq!(bench.get(ManagementId::PRIMARY_DOMAIN), Ok(vec![7, 0]));
        assert_eq!(bench.get(ManagementId::DELAY_MECHANISM), Ok(vec![number, 0]));
        assert_eq!(bench.get(ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL), Ok(vec![0xFF, 0]));
        assert_eq!(bench.get(ManagementId::VERSION_NUMBER), Ok(vec![2, 0]));
        assert_eq!(bench.get(ManagementId::NULL_PTP_MANAGEMENT), Ok(vec![]));
        assert_eq!(bench.get(ManagementId::CLOCK_DESCRIPTION).unwrap()[..2], clock_type.to_be_bytes());
        assert_eq!(bench.get(ManagementId::USER_DESCRIPTION), Ok(vec![0, 0]));
        for id in [ManagementId::DEFAULT_DATA_SET, ManagementId::PORT_DATA_SET, ManagementId::TIME] {
            assert_eq!(bench.get(id), NOT_SUPPORTED, "{id:?}");
        }
    }
}

/// IEEE 1588-2019 15.3.3
#[test]
fn what_is_for_others_goes_through_untouched_and_what_is_for_all_is_answered_too() {
    let mut bench = Bench::end_to_end(Access::ReadOnly);
    let to = |clock_identity, port_number| {
        let mut get = request(ManagementAction::GET, ManagementId::TRANSPARENT_CLOCK_PORT_DATA_SET, None);
        get.addressee.target_port_identity = PortIdentity { clock_identity, port_number };
        // The hops of boundary clocks are no concern of a transparent one.
        get.addressee.boundary_hops = 2;
        emitted(&get)
    };
    let (through, answers) = bench.give(1, &to(ClockIdentity(5), 1));
    assert_eq!((through, answers.len()), (vec![0, 2], 0), "another's");
    let (through, answers) = bench.give(1, &to(ClockIdentity::WILDCARD, 0xFFFF));
    let sources: Vec<_> = answers.iter().map(|(port, _, octets)| (port.0, octets[29], octets[44])).collect();
    assert_eq!((through, sources), (vec![0, 2], vec![(1, 1, 0), (1, 2, 0), (1, 3, 0)]), "everybody's");
    let (through, answers) = bench.give(1, &to(OURS, 4));
    assert_eq!((through.len(), answers.len()), (0, 1), "a port that is not there");
    assert_eq!(Response::parse(&answers[0].2).unwrap().outcome, Outcome::Refused(ManagementErrorId::WRONG_VALUE));
    // Answers of others, and what is no request at all.
    let mut response = to(ClockIdentity(5), 1);
    response[46] = ManagementAction::RESPONSE.0;
    assert_eq!(bench.give(0, &response), (vec![1, 2], vec![]));
    let mut nonsense = to(ClockIdentity::WILDCARD, 1);
    nonsense[48] = 0x7F;
    assert_eq!(bench.give(0, &nonsense), (vec![1, 2], vec![]));
}

/// IEEE 1588-2019 15.3.1
#[test]
fn a_request_is_answered_in_its_domain_and_unicast_by_unicast() {
    let mut bench = Bench::end_to_end(Access::ReadOnly);
    let mut octets = raw(ManagementAction::GET, ManagementId::PRIMARY_DOMAIN.0, &[]);
    (octets[4], octets[6]) = (99, 0x04);
    let source = Address::Ipv4([10, 0, 0, 9]);
    let (_, answers) = bench.give(2, &octets);
    let (port, destination, answer) = &answers[0];
    assert_eq!((*port, *destination, answer[4], answer[6]), (PortIndex(2), Destination::Unicast(source), 99, 0x04));
    // A profile that isolates itself is another world.
    octets[5] = 1;
    octets[6] = 0;
    assert_eq!(bench.give(2, &octets), (vec![0, 1], vec![]));
}

#[test]
fn where_the_host_allows_nothing_everything_just_passes() {
    let mut bench = Bench::end_to_end(Access::None);
    let octets = raw(ManagementAction::GET, ManagementId::PRIMARY_DOMAIN.0, &[]);
    assert_eq!(bench.give(0, &octets), (vec![1, 2], vec![]));
    assert_eq!(bench.clock.counters(PortIndex(0)).unwrap().total_discarded(), 0);
}

#[test]
fn who_may_only_read_changes_nothing_and_who_may_write_changes_what_can_be_changed() {
    use ManagementAction as A;
    use ManagementErrorId as E;
    let config = TransparentConfig {
        delay_mechanism: DelayMechanism::PeerToPeer,
        syntonised_domain: Some(7),
        ..TransparentConfig::new(OURS)
    };
    let mut reader = Bench::new(&config, Access::ReadOnly);
    assert_eq!(reader.ask(A::SET, ManagementId::PRIMARY_DOMAIN, &[3, 0]).1, NOT_SUPPORTED);
    assert_eq!(reader.get(ManagementId::PRIMARY_DOMAIN), Ok(vec![7, 0]));
    let mut bench = Bench::new(&config, Access::ReadWrite);
    assert_eq!(bench.ask(A::SET, ManagementId::PRIMARY_DOMAIN, &[3, 0]).1, Ok(vec![3, 0]));
    assert_eq!(bench.ask(A::SET, ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, &[0xFD, 0]).1, Ok(vec![0xFD, 0]));
    for (id, data, error) in [
        (ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, vec![8, 0], E::WRONG_VALUE),
        (ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, vec![0, 0, 0, 0], E::WRONG_LENGTH),
        (ManagementId::DELAY_MECHANISM, vec![1, 0], E::WRONG_VALUE),
        (ManagementId::VERSION_NUMBER, vec![1, 0], E::WRONG_VALUE),
        (ManagementId::PRIORITY1, vec![1, 0], E::NOT_SUPPORTED),
        (ManagementId::TRANSPARENT_CLOCK_DEFAULT_DATA_SET, vec![0; 12], E::NOT_SETABLE),
    ] {
        assert_eq!(bench.ask(A::SET, id, &data).1, Err(error.0), "{id:?}");
    }
    assert_eq!(bench.get(ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL), Ok(vec![0xFD, 0]));
    // A clock that runs free has no domain to follow.
    let mut free = Bench::end_to_end(Access::ReadWrite);
    assert_eq!(free.ask(A::SET, ManagementId::PRIMARY_DOMAIN, &[3, 0]).1, NOT_SUPPORTED);
}

/// IEEE 1588-2019 15.5.3.7.6
#[test]
fn another_interval_holds_from_the_next_request_on() {
    let config = TransparentConfig { delay_mechanism: DelayMechanism::PeerToPeer, ..TransparentConfig::new(OURS) };
    let mut bench = Bench::new(&config, Access::ReadWrite);
    let requests = |bench: &mut Bench| {
        let before = bench.clock.counters(PortIndex(0)).unwrap().sent(MessageType::PDELAY_REQ);
        for _ in 0..400 {
            bench.now = bench.now.plus_nanos(10_000_000);
            while !matches!(bench.clock.poll(bench.now, &mut [0; 512]), Output::Wait(_)) {}
        }
        bench.clock.counters(PortIndex(0)).unwrap().sent(MessageType::PDELAY_REQ) - before
    };
    // Two a second for four seconds; of an answer that never comes, some are put off.
    let slow = requests(&mut bench);
    bench.ask(ManagementAction::SET, ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, &[0xFD, 0]).1.unwrap();
    let fast = requests(&mut bench);
    assert!(slow >= 2 && fast >= 3 * slow, "{slow} requests, then {fast}");
}

/// IEEE 1588-2019 8.2.6, IEEE 1588-2019 15.5.3.1.4
#[test]
fn faults_words_and_storage_are_as_those_of_other_clocks() {
    let mut bench = Bench::end_to_end(Access::ReadWrite);
    assert_eq!(bench.get(ManagementId::FAULT_LOG), NOT_SUPPORTED);
    bench.clock.keep_fault_log(Box::leak(Box::new([None; 2])));
    for kind in [ErrorKind::Busy, ErrorKind::PermissionDenied] {
        bench.clock.handle(bench.now, Input::SendFailed(PortIndex(2), kind));
    }
    let log = bench.get(ManagementId::FAULT_LOG).unwrap();
    assert_eq!(log[..2], [0, 1], "only what will not go away is a fault: {log:?}");
    assert_eq!(bench.ask(ManagementAction::COMMAND, ManagementId::FAULT_LOG_RESET, &[]).1, Ok(vec![]));
    assert_eq!(bench.get(ManagementId::FAULT_LOG), Ok(vec![0, 0]));
    bench.clock.lend_user_description(Box::leak(Box::new([0; 8])));
    let set = bench.ask(ManagementAction::SET, ManagementId::USER_DESCRIPTION, b"\x04roof\0");
    assert_eq!(set.1, Ok(b"\x04roof\0".to_vec()));
    assert_eq!(bench.clock.user_description(), b"roof");
    let save = ManagementId::SAVE_IN_NON_VOLATILE_STORAGE;
    assert_eq!(bench.ask(ManagementAction::COMMAND, save, &[]).1, NOT_SUPPORTED);
    bench.clock.offer_storage();
    assert_eq!(bench.ask(ManagementAction::COMMAND, save, &[]).1, Ok(vec![]));
    assert_eq!(bench.clock.take_host_request(), Some(HostRequest::Save));
    assert_eq!(bench.ask(ManagementAction::COMMAND, ManagementId::INITIALIZE, &[0, 0]).1, Ok(vec![]));
    assert_eq!(bench.ask(ManagementAction::COMMAND, ManagementId::INITIALIZE, &[0, 1]).1, Err(4));
}

#[test]
fn a_flood_is_answered_at_a_bounded_rate_and_goes_through_all_the_same() {
    let mut bench = Bench::end_to_end(Access::ReadOnly);
    let mut get = request(ManagementAction::GET, ManagementId::PRIMARY_DOMAIN, None);
    get.addressee.target_port_identity = PortIdentity::WILDCARD;
    let octets = emitted(&get);
    let (mut through, mut answers) = (0, 0);
    for _ in 0..20_000 {
        // `give` lets 20 ms pass.
        bench.now = Instant::from_nanos(bench.now.nanos() - 19_950_000);
        let (passed, answered) = bench.give(0, &octets);
        through += passed.len();
        answers += answered.len();
    }
    assert_eq!(through, 40_000);
    assert!((190..=193).contains(&answers), "{answers} in one second");
    assert_eq!(bench.clock.counters(PortIndex(0)).unwrap().discarded(Discard::TooMany) as usize, 20_000 - answers);
}
