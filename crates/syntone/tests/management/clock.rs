//! What an ordinary or boundary clock answers, what it refuses, and what that changes.

use crate::bench::{Answer, Bench, OURS, emitted, raw, request};
use std::collections::BTreeMap;
use syntone::counters::Discard;
use syntone::hal::{Address, Destination, ErrorKind, PortIndex};
use syntone::management::{Access, Description, Outcome, PortDescription, Response};
use syntone::state::State;
use syntone::wire::layout::PtpText;
use syntone::wire::management::{
    Actions, LogAnnounceInterval, LogSyncInterval, NoData, PortStateNumber, Priority1, Scope, UtcProperties,
};
use syntone::wire::{
    ClockAccuracy, ClockIdentity, Flags, ManagementAction, ManagementData, ManagementErrorId, ManagementId,
    PortIdentity, TlvType,
};
use syntone::{ClockConfig, Input};

/// IEEE 1588-2019 15.5.3, IEEE 1588-2019 15.5.3.2.2, IEEE 1588-2019 15.5.3.3.1, IEEE 1588-2019 15.5.3.3.2
/// IEEE 1588-2019 15.5.3.3.3, IEEE 1588-2019 15.5.3.3.4, IEEE 1588-2019 15.5.3.3.5, IEEE 1588-2019 15.5.3.4.1
/// IEEE 1588-2019 15.5.3.5.1, IEEE 1588-2019 15.5.3.6.1, IEEE 1588-2019 15.5.3.6.2, IEEE 1588-2019 15.5.3.6.3
/// IEEE 1588-2019 15.5.3.6.4, IEEE 1588-2019 15.5.3.7, IEEE 1588-2019 15.5.3.7.1, IEEE 1588-2019 15.5.3.7.2
/// IEEE 1588-2019 15.5.3.7.3, IEEE 1588-2019 15.5.3.7.4, IEEE 1588-2019 15.5.3.7.5, IEEE 1588-2019 15.5.3.7.6
/// IEEE 1588-2019 15.5.3.7.7, IEEE 1588-2019 15.5.3.7.10, IEEE 1588-2019 8.2.1, IEEE 1588-2019 8.2.2, IEEE 1588-2019 8.2.3
/// IEEE 1588-2019 8.2.15
/// IEEE 1588-2019 8.2
#[test]
fn get_tells_what_is_in_the_data_sets() {
    let mut config = ClockConfig::new(OURS);
    (config.priority1, config.priority2, config.clock_quality.offset_scaled_log_variance) = (11, 22, 0x4E5D);
    config.clock_quality.clock_accuracy = ClockAccuracy::NS_100;
    let mut bench = Bench::<1>::of(&config, Access::ReadOnly);
    let own = [2, 0, 0, 0xFF, 0xFE, 0, 0, 1];
    let quality = [248, 0x21, 0x4E, 0x5D];
    let expected: BTreeMap<ManagementId, Vec<u8>> = [
        (ManagementId::DEFAULT_DATA_SET, [&[1, 0, 0, 1, 11][..], &quality, &[22], &own, &[0, 0]].concat()),
        (ManagementId::CURRENT_DATA_SET, vec![0; 18]),
        (
            ManagementId::PARENT_DATA_SET,
            [&own[..], &[0, 0, 0, 0, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 11], &quality, &[22], &own].concat(),
        ),
        (ManagementId::TIME_PROPERTIES_DATA_SET, vec![0, 37, 8, 0xA0]),
        (ManagementId::PORT_DATA_SET, [&own[..], &[0, 1, 4, 0], &[0; 8], &[1, 3, 0, 1, 0, 2]].concat()),
        (ManagementId::PRIORITY1, vec![11, 0]),
        (ManagementId::PRIORITY2, vec![22, 0]),
        (ManagementId::DOMAIN, vec![0, 0]),
        (ManagementId::SLAVE_ONLY, vec![0, 0]),
        (ManagementId::LOG_ANNOUNCE_INTERVAL, vec![1, 0]),
        (ManagementId::ANNOUNCE_RECEIPT_TIMEOUT, vec![3, 0]),
        (ManagementId::LOG_SYNC_INTERVAL, vec![0, 0]),
        (ManagementId::VERSION_NUMBER, vec![2, 0]),
        (ManagementId::CLOCK_ACCURACY, vec![0x21, 0]),
        (ManagementId::UTC_PROPERTIES, vec![0, 37, 0, 0]),
        (ManagementId::TRACEABILITY_PROPERTIES, vec![0, 0]),
        (ManagementId::TIMESCALE_PROPERTIES, vec![8, 0xA0]),
        (ManagementId::MASTER_ONLY, vec![0, 0]),
        (ManagementId::DELAY_MECHANISM, vec![1, 0]),
        (ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, vec![0, 0]),
    ]
    .into();
    for (id, data) in expected {
        assert_eq!(bench.get(id), Answer::Data(data), "{id:?}");
    }
    assert_eq!(bench.get(ManagementId::NULL_PTP_MANAGEMENT), Answer::Done);
}

/// IEEE 1588-2019 15.5.3.1.2, IEEE 1588-2019 8.2.5
#[test]
fn a_clock_describes_itself_in_the_words_of_its_host() {
    const ADDRESS: Option<Address> = Some(Address::Ipv4([10, 0, 0, 7]));
    static DESCRIPTION: Description = Description {
        manufacturer_identity: [1, 2, 3],
        product_description: "Maker;Model;7",
        revision_data: "1;2;3",
        user_description: "roof",
        ports: &[
            PortDescription::UNKNOWN,
            PortDescription { hardware_address: Some([2; 6]), protocol_address: ADDRESS },
        ],
        ..Description::UNKNOWN
    };
    let mut bench = Bench::<2>::new(Access::ReadOnly);
    bench.clock.set_description(&DESCRIPTION);
    let request = request(ManagementAction::GET, ManagementId::CLOCK_DESCRIPTION, None);
    let answers = bench.give(0, &emitted(&request));
    let response = Response::parse(&answers[0].2).unwrap();
    let Outcome::Data(ManagementData::ClockDescription(told)) = response.outcome else { panic!("{response:?}") };
    assert_eq!((told.product_description, told.revision_data), ("Maker;Model;7".into(), "1;2;3".into()));
    assert_eq!((told.user_description, told.manufacturer_identity), (PtpText(b"roof"), [1, 2, 3]));
    assert_eq!(told.clock_type.bits(), 0x4000);
    assert_eq!((told.physical_address.0, told.protocol_address.address_field), (&[][..], &[][..]));
    let mut second = request;
    second.addressee.target_port_identity.port_number = 2;
    let answers = bench.give(0, &emitted(&second));
    let response = Response::parse(&answers[0].2).unwrap();
    let Outcome::Data(ManagementData::ClockDescription(told)) = response.outcome else { panic!("{response:?}") };
    let network = (told.protocol_address.network_protocol.0, told.protocol_address.address_field);
    assert_eq!((told.physical_address.0, network), (&[2; 6][..], (1, &[10, 0, 0, 7][..])));
    assert_eq!(bench.get(ManagementId::USER_DESCRIPTION), Answer::Data(b"\x04roof\0".to_vec()));
}

#[test]
fn nobody_is_answered_where_the_host_did_not_allow_it() {
    let mut bench = Bench::<1>::new(Access::None);
    let before = bench.everything();
    assert_eq!(bench.give(0, &emitted(&request(ManagementAction::GET, ManagementId::PRIORITY1, None))), []);
    let data = ManagementData::Priority1(Priority1 { priority1: 1 });
    assert_eq!(bench.give(0, &emitted(&request(ManagementAction::SET, ManagementId::PRIORITY1, Some(data)))), []);
    assert_eq!((bench.discarded(Discard::Unsupported), bench.everything()), (2, before));
}

/// IEEE 1588-2019 15.5.4.4
#[test]
fn what_cannot_be_done_is_refused_with_its_reason_and_changes_nothing() {
    use ManagementAction as A;
    use ManagementErrorId as E;
    let id = |id: ManagementId| id.0;
    let cases: [(A, u16, &[u8], E); 19] = [
        (A::GET, 0x1234, &[], E::NO_SUCH_ID),
        (A::SET, 0xFFFF, &[1, 0], E::NO_SUCH_ID),
        (A::GET, id(ManagementId::ENABLE_PORT), &[], E::NOT_SUPPORTED),
        (A::GET, id(ManagementId::TIME), &[], E::UNPOPULATED),
        (A::SET, id(ManagementId::DEFAULT_DATA_SET), &[0; 20], E::NOT_SETABLE),
        (A::SET, id(ManagementId::PORT_DATA_SET), &[0; 26], E::NOT_SETABLE),
        (A::SET, id(ManagementId::DISABLE_PORT), &[], E::NOT_SUPPORTED),
        (A::COMMAND, id(ManagementId::PRIORITY1), &[1, 0], E::NOT_SUPPORTED),
        (A::COMMAND, id(ManagementId::SAVE_IN_NON_VOLATILE_STORAGE), &[], E::NOT_SUPPORTED),
        (A::COMMAND, id(ManagementId::INITIALIZE), &[], E::WRONG_LENGTH),
        (A::COMMAND, id(ManagementId::INITIALIZE), &[0, 1], E::WRONG_VALUE),
        (A::SET, id(ManagementId::PRIORITY1), &[], E::WRONG_LENGTH),
        (A::SET, id(ManagementId::PRIORITY1), &[1, 0, 0, 0], E::WRONG_LENGTH),
        (A::SET, id(ManagementId::UTC_PROPERTIES), &[0, 38], E::WRONG_LENGTH),
        (A::SET, id(ManagementId::UTC_PROPERTIES), &[0, 38, 3, 0], E::WRONG_VALUE),
        (A::SET, id(ManagementId::LOG_ANNOUNCE_INTERVAL), &[8, 0], E::WRONG_VALUE),
        (A::SET, id(ManagementId::LOG_SYNC_INTERVAL), &[0x80, 0], E::WRONG_VALUE),
        (A::SET, id(ManagementId::ANNOUNCE_RECEIPT_TIMEOUT), &[1, 0], E::WRONG_VALUE),
        (A::SET, id(ManagementId::DELAY_MECHANISM), &[4, 0], E::WRONG_VALUE),
    ];
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let before = bench.everything();
    for (action, id, data, error) in cases {
        let answers = bench.give(0, &raw(action, id, data));
        assert_eq!(answers.len(), 1, "{action:?} {id:04x}");
        let response = Response::parse(&answers[0].2).unwrap();
        assert_eq!(response.outcome, Outcome::Refused(error), "{action:?} {id:04x} {data:?}");
        assert_eq!(response.acknowledges, action == A::COMMAND);
        assert_eq!(answers[0].2.len(), 60, "no text");
        bench.wait(10);
        assert_eq!(bench.everything(), before, "{action:?} {id:04x} {data:?}");
    }
}

#[test]
fn who_may_only_read_changes_nothing() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadOnly);
    let before = bench.everything();
    for id in ManagementId::ALL {
        for action in [ManagementAction::SET, ManagementAction::COMMAND] {
            for length in [0, 2, 4, 16] {
                let answers = bench.give(0, &raw(action, id.0, &vec![1; length]));
                let response = Response::parse(&answers[0].2).unwrap();
                let harmless = *id == ManagementId::NULL_PTP_MANAGEMENT;
                assert_eq!(matches!(response.outcome, Outcome::Refused(_)), !harmless, "{response:?}");
                bench.wait(10);
            }
        }
    }
    // What has changed is only what time does.
    assert_eq!(bench.everything(), before);
}

/// IEEE 1588-2019 8.2.1.4.1, IEEE 1588-2019 9.2.6.9
#[test]
fn a_set_is_answered_with_the_value_in_effect_and_decides_anew() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let data = ManagementData::Priority1(Priority1 { priority1: 7 });
    assert_eq!(bench.set(data), Answer::Data(vec![7, 0]));
    assert_eq!(bench.clock.default_ds().priority1, 7);
    assert_eq!(bench.clock.parent_ds().grandmaster_priority1, 7);
    let flags = Flags::LEAP61 | Flags::CURRENT_UTC_OFFSET_VALID;
    let data = UtcProperties { current_utc_offset: 38, flags };
    assert_eq!(bench.set(ManagementData::UtcProperties(data)), Answer::Data(vec![0, 38, 5, 0]));
    assert!(bench.clock.time_properties_ds().ptp_timescale());
    let data = ManagementData::LogSyncInterval(LogSyncInterval { log_sync_interval: -3 });
    assert_eq!(bench.set(data), Answer::Data(vec![0xFD, 0]));
    assert_eq!(bench.clock.port_ds(PortIndex(0)).unwrap().log_sync_interval, -3);
    let data = ManagementData::SlaveOnly(syntone::wire::management::SlaveOnly { slave_only: true });
    assert_eq!(bench.set(data), Answer::Data(vec![1, 0]));
    bench.wait(100);
    assert_eq!((bench.state(0), bench.clock.default_ds().clock_quality.clock_class.0), (State::Listening, 255));
}

/// The members that no other test here sets.
///
/// IEEE 1588-2019 8.2.1.4.2, IEEE 1588-2019 8.2.1.4.4, IEEE 1588-2019 8.2.15.4.1, IEEE 1588-2019 8.2.15.4.2
/// IEEE 1588-2019 8.2.15.4.3, IEEE 1588-2019 8.2.15.4.5
#[test]
fn each_set_changes_the_member_that_it_names() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let set = |bench: &mut Bench<1>, id: ManagementId, data: &[u8]| {
        let answers = bench.give(0, &raw(ManagementAction::SET, id.0, data));
        let Outcome::Data(told) = Response::parse(&answers[0].2).unwrap().outcome else { panic!("{answers:?}") };
        let mut octets = [0; 8];
        let length = told.emit(&mut octets).unwrap();
        assert_eq!(&octets[..length], data, "{id:?}");
    };
    for (id, value) in [
        (ManagementId::PRIORITY2, 77),
        (ManagementId::LOG_ANNOUNCE_INTERVAL, 3),
        (ManagementId::ANNOUNCE_RECEIPT_TIMEOUT, 9),
        (ManagementId::LOG_SYNC_INTERVAL, 0xFE),
        (ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL, 0xFF),
    ] {
        set(&mut bench, id, &[value, 0]);
    }
    let ds = bench.clock.port_ds(PortIndex(0)).unwrap();
    assert_eq!((ds.log_announce_interval, ds.announce_receipt_timeout), (3, 9));
    assert_eq!((ds.log_sync_interval, ds.log_min_pdelay_req_interval), (-2, -1));
    assert_eq!(bench.clock.default_ds().priority2, 77);
    assert_eq!((bench.state(0), bench.clock.default_ds().clock_quality.clock_class.0), (State::Master, 248));
    set(&mut bench, ManagementId::SLAVE_ONLY, &[1, 0]);
    bench.wait(10);
    let class = bench.clock.default_ds().clock_quality.clock_class.0;
    assert_eq!((bench.state(0), bench.clock.default_ds().slave_only, class), (State::Listening, true, 255));
}

/// IEEE 1588-2019 15.5.3.1.6, IEEE 1588-2019 9.2.6.3
#[test]
fn a_clock_that_is_to_initialize_begins_anew() {
    let mut bench = Bench::<2>::grandmaster(Access::ReadWrite);
    let answers = bench.give(0, &raw(ManagementAction::COMMAND, ManagementId::INITIALIZE.0, &[0, 0]));
    let response = Response::parse(&answers[0].2).unwrap();
    assert_eq!((response.acknowledges, response.outcome), (true, Outcome::Done));
    assert_eq!([0, 1].map(|port| bench.state(port)), [State::Listening; 2]);
    bench.wait(30_000);
    assert_eq!([0, 1].map(|port| bench.state(port)), [State::Master; 2]);
}

/// IEEE 1588-2019 9.2.6.4, IEEE 1588-2019 9.2.6.5
#[test]
fn a_port_that_was_disabled_still_answers_and_can_be_enabled() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    assert_eq!(bench.command(ManagementData::DisablePort(NoData)), Answer::Done);
    assert_eq!(bench.state(0), State::Disabled);
    let Answer::Data(data) = bench.get(ManagementId::PORT_DATA_SET) else { panic!("no data") };
    assert_eq!(data[10], PortStateNumber::DISABLED.0);
    bench.wait(60_000);
    assert_eq!(bench.state(0), State::Disabled);
    assert_eq!(bench.command(ManagementData::EnablePort(NoData)), Answer::Done);
    bench.wait(100);
    assert_eq!(bench.state(0), State::Listening);
}

/// IEEE 1588-2019 15.3.1, IEEE 1588-2019 15.3
#[test]
fn each_port_answers_for_itself_and_the_clock_once() {
    let mut bench = Bench::<2>::new(Access::ReadOnly);
    let mut ask = |id, port_number, clock_identity| {
        let mut request = request(ManagementAction::GET, id, None);
        request.addressee.target_port_identity = PortIdentity { clock_identity, port_number };
        let answers = bench.give(1, &emitted(&request));
        let sources = answers.iter().map(|(port, _, octets)| {
            let response = Response::parse(octets).unwrap();
            assert_eq!(*port, PortIndex(1), "it goes where the request came from");
            (
                response.source_port_identity,
                matches!(response.outcome, Outcome::Refused(ManagementErrorId::WRONG_VALUE)),
            )
        });
        sources.collect::<Vec<_>>()
    };
    let [one, two] = [1, 2].map(|number| PortIdentity::new(OURS, number));
    let everybody = ClockIdentity::WILDCARD;
    assert_eq!(ask(ManagementId::PORT_DATA_SET, 0xFFFF, everybody), [(one, false), (two, false)]);
    assert_eq!(ask(ManagementId::PORT_DATA_SET, 0xFFFF, OURS), [(one, false), (two, false)]);
    assert_eq!(ask(ManagementId::PORT_DATA_SET, 1, everybody), [(one, false)]);
    assert_eq!(ask(ManagementId::PORT_DATA_SET, 3, OURS), [(two, true)]);
    assert_eq!(ask(ManagementId::PORT_DATA_SET, 0, OURS), [(two, true)]);
    for port_number in [0, 1, 2, 3, 0xFFFF] {
        assert_eq!(ask(ManagementId::DEFAULT_DATA_SET, port_number, everybody), [(two, false)]);
    }
    assert_eq!(ask(ManagementId::DEFAULT_DATA_SET, 1, ClockIdentity(5)), []);
    assert_eq!(bench.clock.counters(PortIndex(1)).unwrap().discarded(Discard::NotForUs), 1);
}

/// IEEE 1588-2019 15.4.1, and the zeros that tools of the edition of 2008 send
#[test]
fn an_answer_copies_what_belongs_to_its_request() {
    let mut bench = Bench::<1>::new(Access::ReadOnly);
    let mut octets = raw(ManagementAction::GET, ManagementId::PRIORITY2.0, &[0, 0]);
    octets[30..32].copy_from_slice(&[0xAB, 0xCD]);
    octets[44..46].copy_from_slice(&[5, 2]);
    let answers = bench.give(0, &octets);
    let (_, destination, answer) = &answers[0];
    assert_eq!(*destination, Destination::PrimaryMulticast);
    let expected = [
        &[0x0D, 0x12, 0, 56, 0, 0, 0, 0][..],
        &[0; 12],
        &[2, 0, 0, 0xFF, 0xFE, 0, 0, 1, 0, 1],
        &[0xAB, 0xCD, 4, 0x7F],
        &[2, 0, 0, 0xFF, 0xFE, 0, 0, 0x99, 0, 3],
        &[3, 3, 2, 0],
        &[0, 1, 0, 4, 0x20, 0x06, 128, 0],
    ];
    assert_eq!(answer, &expected.concat());
    // Unicast is answered by unicast.
    octets[6] |= 0x04;
    let answers = bench.give(0, &octets);
    assert_eq!(answers[0].1, Destination::Unicast(Address::Ipv4([10, 0, 0, 9])));
    assert_eq!(answers[0].2[6..8], [0x04, 0]);
    // Data of another length, too: what comes with a GET is not looked at.
    for length in [2, 20, 34] {
        let octets = raw(ManagementAction::GET, ManagementId::DEFAULT_DATA_SET.0, &vec![0; length]);
        assert_eq!(bench.give(0, &octets).len(), 1);
    }
}

#[test]
fn an_answer_for_which_there_is_no_room_says_so() {
    let mut bench = Bench::<1>::new(Access::ReadOnly);
    bench.buffer = vec![0; 64];
    assert_eq!(bench.get(ManagementId::PORT_DATA_SET), Answer::Refused(ManagementErrorId::RESPONSE_TOO_BIG));
    assert_eq!(bench.get(ManagementId::PRIORITY1), Answer::Data(vec![128, 0]));
}

#[test]
fn what_is_no_request_is_counted_and_not_answered() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    let good = raw(ManagementAction::GET, ManagementId::PRIORITY1.0, &[]);
    let with_type = |tlv_type: TlvType| {
        let mut octets = good.clone();
        octets[48..50].copy_from_slice(&tlv_type.0.to_be_bytes());
        octets
    };
    let twice = {
        let mut octets = [&good[..], &good[48..]].concat();
        octets[3] += 6;
        octets
    };
    for (octets, reason) in [
        (raw(ManagementAction::RESPONSE, ManagementId::PRIORITY1.0, &[1, 0]), Discard::NotForUs),
        (raw(ManagementAction::ACKNOWLEDGE, ManagementId::DISABLE_PORT.0, &[]), Discard::NotForUs),
        (raw(ManagementAction(9), ManagementId::PRIORITY1.0, &[1, 0]), Discard::NotForUs),
        (twice, Discard::Malformed),
        (with_type(TlvType::MANAGEMENT_ERROR_STATUS), Discard::NotForUs),
    ] {
        let before = bench.discarded(reason);
        assert_eq!(bench.give(0, &octets), []);
        assert_eq!(bench.discarded(reason), before + 1, "{reason:?}");
    }
    // SMPTE's metadata come as a COMMAND, and are nobody's fault.
    let total = bench.clock.counters(PortIndex(0)).unwrap().total_discarded();
    assert_eq!(bench.give(0, &with_type(TlvType::ORGANIZATION_EXTENSION)), []);
    assert_eq!(bench.clock.counters(PortIndex(0)).unwrap().total_discarded(), total);
}

/// IEEE 1588-2019 15.3.3
#[test]
fn a_boundary_clock_hands_on_while_there_are_hops_left() {
    let mut bench = Bench::<3>::grandmaster(Access::ReadOnly);
    let mut octets = raw(ManagementAction::GET, ManagementId::PRIORITY1.0, &[]);
    let mut give = |octets: &[u8]| {
        let sent = bench.give(1, octets);
        let handed_on = sent.iter().filter(|(_, _, octets)| octets[20..30] == [2, 0, 0, 0xFF, 0xFE, 0, 0, 0x99, 0, 3]);
        let handed_on: Vec<_> = handed_on.map(|(port, _, octets)| (port.0, octets.clone())).collect();
        (sent.len() - handed_on.len(), handed_on)
    };
    octets[34..44].fill(0xFF);
    octets[44..46].copy_from_slice(&[2, 2]);
    let mut next = octets.clone();
    next[45] = 1;
    assert_eq!(give(&octets), (1, vec![(0, next.clone()), (2, next.clone())]), "to everybody, and to us");
    octets[34..42].copy_from_slice(&[9; 8]);
    next[34..42].copy_from_slice(&[9; 8]);
    assert_eq!(give(&octets), (0, vec![(0, next.clone()), (2, next)]), "to another");
    octets[45] = 0;
    assert_eq!(give(&octets), (0, vec![]), "no hop is left");
    let ours = raw(ManagementAction::GET, ManagementId::PRIORITY1.0, &[]);
    assert_eq!(give(&ours).1, [], "to us");
    octets[45] = 3;
    octets[46] = ManagementAction::RESPONSE.0;
    assert_eq!(give(&octets).1.len(), 2, "answers, too");
    let mut long = octets.clone();
    long.extend_from_slice(&[0x80, 0x08, 0, 120]);
    long.extend_from_slice(&[0; 120]);
    long[3] = u8::try_from(long.len()).unwrap();
    assert_eq!(give(&long).1, [], "too long");
    assert_eq!(bench.clock.counters(PortIndex(1)).unwrap().discarded(Discard::TooMany), 1);
    // Not to or from a port on which nothing is allowed.
    bench.clock.set_management_access(PortIndex(2), Access::None);
    assert_eq!(bench.give(1, &octets).len(), 1);
    assert_eq!(bench.give(2, &octets).len(), 0);
}

#[test]
fn a_flood_is_answered_at_a_bounded_rate() {
    let mut bench = Bench::<1>::new(Access::ReadOnly);
    let octets = raw(ManagementAction::GET, ManagementId::PRIORITY1.0, &[]);
    let mut answers = 0;
    for _ in 0..20_000 {
        bench.now = bench.now.plus_nanos(50_000);
        answers += bench.give(0, &octets).len();
    }
    // 64 at once and 128 in the second that this takes.
    assert!((190..=193).contains(&answers), "{answers}");
    assert_eq!(bench.discarded(Discard::TooMany) as usize, 20_000 - answers);
    bench.wait(1_000);
    assert_eq!(bench.give(0, &octets).len(), 1, "who comes later is served");
}

#[test]
fn answers_that_are_not_taken_are_bounded() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    for priority in 0..20 {
        bench.put(0, &raw(ManagementAction::SET, ManagementId::PRIORITY1.0, &[priority, 0]));
    }
    assert_eq!(bench.clock.default_ds().priority1, 1, "what cannot be answered is not done");
    assert_eq!(bench.discarded(Discard::NotDrained), 18);
}

/// IEEE 1588-2019 8.2.6, IEEE 1588-2019 15.5.3.1.7
#[test]
fn faults_are_remembered_the_newest_first() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    assert_eq!(bench.get(ManagementId::FAULT_LOG), Answer::Refused(ManagementErrorId::NOT_SUPPORTED));
    bench.clock.keep_fault_log(Box::leak(Box::new([None; 2])));
    for kind in [ErrorKind::Unsupported, ErrorKind::PermissionDenied, ErrorKind::Other] {
        bench.clock.handle(bench.now, Input::SendFailed(PortIndex(0), kind));
    }
    let kinds: Vec<_> = bench.clock.fault_log().unwrap().iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [ErrorKind::Other, ErrorKind::PermissionDenied]);
    let answers = bench.give(0, &raw(ManagementAction::GET, ManagementId::FAULT_LOG.0, &[]));
    let response = Response::parse(&answers[0].2).unwrap();
    let Outcome::Data(ManagementData::FaultLog(log)) = response.outcome else { panic!("{response:?}") };
    let told: Vec<_> = log.fault_records.records.iter().map(|record| (record.fault_name, record.fault_value)).collect();
    assert_eq!(told, [("other".into(), "1".into()), ("permission denied".into(), PtpText(b"1"))]);
    assert_eq!(bench.command(ManagementData::FaultLogReset(NoData)), Answer::Done);
    assert_eq!(bench.get(ManagementId::FAULT_LOG), Answer::Data(vec![0, 0]));
}

/// IEEE 1588-2019 8.2.1.4.3
#[test]
fn another_domain_is_answered_in_the_old_one_and_heard_from_then_on() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let data = ManagementData::Domain(syntone::wire::management::Domain { domain_number: 9 });
    assert_eq!(bench.set(data), Answer::Data(vec![9, 0]));
    bench.wait(10);
    assert_eq!(bench.state(0), State::Listening);
    let mut octets = raw(ManagementAction::GET, ManagementId::DOMAIN.0, &[]);
    assert_eq!(bench.give(0, &octets), []);
    octets[4] = 9;
    assert_eq!(bench.give(0, &octets)[0].2[4], 9);
}

/// What an application changes by itself is checked in the same way.
#[test]
fn an_application_sets_what_management_sets() {
    let mut bench = Bench::<2>::grandmaster(Access::ReadWrite);
    let now = bench.now;
    let error = bench.clock.set_log_announce_interval(now, PortIndex(0), 8).unwrap_err();
    assert_eq!((error.option, error.value, error.max), ("logAnnounceInterval", 8, 7));
    assert_eq!(bench.clock.set_log_announce_interval(now, PortIndex(2), 0).unwrap_err().option, "portNumber");
    assert!(bench.clock.set_slave_only(now, true).is_err(), "a boundary clock");
    let data = ManagementData::LogAnnounceInterval(LogAnnounceInterval { log_announce_interval: -2 });
    let mut both = request(ManagementAction::SET, ManagementId::LOG_ANNOUNCE_INTERVAL, Some(data));
    both.addressee.target_port_identity = PortIdentity::WILDCARD;
    assert_eq!(bench.give(0, &emitted(&both)).len(), 2);
    let intervals = [0, 1].map(|port| bench.clock.port_ds(PortIndex(port)).unwrap().log_announce_interval);
    assert_eq!(intervals, [-2, -2]);
}

/// What the table says may be asked is answered, with data or a reason; nothing else ever is.
#[test]
fn every_id_is_answered_once_for_each_port_that_it_is_about() {
    let mut bench = Bench::<2>::new(Access::ReadOnly);
    for id in ManagementId::ALL {
        let mut get = request(ManagementAction::GET, *id, None);
        get.addressee.target_port_identity = PortIdentity::WILDCARD;
        bench.wait(20);
        let answers = bench.give(0, &emitted(&get));
        let expected = if id.scope() == Some(Scope::Port) && id.actions().contains(Actions::G) { 2 } else { 1 };
        assert_eq!(answers.len(), expected, "{id:?}");
        for (_, _, octets) in &answers {
            assert!(
                octets.len() <= 512 && Response::parse(octets).is_some_and(|response| get.is_answered_by(&response))
            );
        }
    }
}

/// IEEE 1588-2019 16.13
#[test]
fn octets_that_mean_nothing_behind_a_request_are_ignored() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    let padded = |pads: &[&[u8]]| {
        let mut octets = raw(ManagementAction::SET, ManagementId::PRIORITY1.0, &[7, 0]);
        octets.extend(pads.concat());
        octets[3] = u8::try_from(octets.len()).unwrap();
        octets
    };
    let pad: &[u8] = &[0x80, 0x08, 0, 4, 1, 2, 3, 4];
    assert_eq!(bench.give(0, &padded(&[pad, &[0, 3, 0, 6, 0, 0, 0, 0, 0, 0]])), []);
    assert_eq!((bench.discarded(Discard::Malformed), bench.clock.default_ds().priority1), (1, 128));
    let answers = bench.give(0, &padded(&[pad, &[0x80, 0x08, 0, 0]]));
    assert_eq!((answers.len(), bench.clock.default_ds().priority1), (1, 7));
    assert_eq!(answers[0].2.len(), 56, "the answer has none");
}
