//! The ids of optional features: acceptable and alternate masters, the path from the grandmaster, alternate timescales.

use crate::bench::{Answer, Bench, raw};
use syntone::attached::{AlternateTimescale, DisplayName};
use syntone::bmca::AcceptableMaster;
use syntone::hal::{PortIndex, Received};
use syntone::management::{Access, Outcome, Response};
use syntone::port::AlternateMasterPortDs;
use syntone::wire::layout::{Records, Table, U48};
use syntone::wire::management::{
    AcceptableMasterTable, AcceptableMasterTableEnabled, AlternateMaster, AlternateTimeOffsetEnable,
    AlternateTimeOffsetName, AlternateTimeOffsetProperties, PathTraceEnable,
};
use syntone::wire::tlvs::{PathTrace, TlvValue};
use syntone::wire::{
    Announce, ClockIdentity, Header, ManagementAction, ManagementData, ManagementErrorId, ManagementId, MessageBody,
    PortIdentity, Tlvs,
};
use syntone::{Clock, Input};

const NOT_SUPPORTED: Answer = Answer::Refused(ManagementErrorId::NOT_SUPPORTED);
const WRONG_VALUE: Answer = Answer::Refused(ManagementErrorId::WRONG_VALUE);
const WRONG_LENGTH: Answer = Answer::Refused(ManagementErrorId::WRONG_LENGTH);

fn lent<T: Copy + Default, const N: usize>() -> &'static mut [T] {
    Box::leak(Box::new([T::default(); N]))
}

/// What is answered to a dataField that need not be one.
fn ask<const PORTS: usize>(
    bench: &mut Bench<PORTS>,
    action: ManagementAction,
    id: ManagementId,
    data: &[u8],
) -> Answer {
    let answers = bench.give(0, &raw(action, id.0, data));
    match Response::parse(&answers[0].2).expect("an answer").outcome {
        Outcome::Data(data) => {
            let mut octets = vec![0; 600];
            let length = data.emit(&mut octets).unwrap();
            Answer::Data(octets[..length].to_vec())
        }
        Outcome::Done => Answer::Done,
        Outcome::Refused(error) => Answer::Refused(error),
    }
}

fn master(clock: u64, alternate_priority1: u8) -> AcceptableMaster {
    AcceptableMaster { acceptable_port_identity: PortIdentity::new(ClockIdentity(clock), 1), alternate_priority1 }
}

fn table(list: &[AcceptableMaster]) -> ManagementData<'_> {
    ManagementData::AcceptableMasterTable(AcceptableMasterTable { list: Table::new(Records::new(list)) })
}

fn enabled(enable: bool) -> ManagementData<'static> {
    ManagementData::AcceptableMasterTableEnabled(AcceptableMasterTableEnabled { enable })
}

/// IEEE 1588-2019 17.5.3, IEEE 1588-2019 17.5.3.4, IEEE 1588-2019 17.5.4, IEEE 1588-2019 17.5.4.3
#[test]
fn acceptable_masters_are_told_and_set_where_there_is_a_table() {
    let mut bench = Bench::<2>::new(Access::ReadWrite);
    let ids = [
        ManagementId::ACCEPTABLE_MASTER_TABLE,
        ManagementId::ACCEPTABLE_MASTER_TABLE_ENABLED,
        ManagementId::ACCEPTABLE_MASTER_MAX_TABLE_SIZE,
    ];
    assert_eq!(ids.map(|id| bench.get(id)), [NOT_SUPPORTED; 3]);
    assert_eq!([enabled(true), table(&[])].map(|data| bench.set(data)), [NOT_SUPPORTED; 2]);
    bench.clock.keep_acceptable_masters(bench.now, lent::<_, 2>());
    let told = [vec![0, 0], vec![0, 0], vec![0, 2]].map(Answer::Data);
    assert_eq!(ids.map(|id| bench.get(id)), told);
    assert_eq!(bench.set(enabled(true)), Answer::Data(vec![1, 0]));
    let ports = [0, 1].map(|port| bench.clock.acceptable_master_table_enabled(PortIndex(port)));
    assert_eq!(ports, [Some(true), Some(false)], "the port that was asked");
    let two = [master(0x0102_0304_0506_0708, 9), master(2, 0)];
    let octets = [&[0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 9][..], &[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0]].concat();
    assert_eq!(bench.set(table(&two)), Answer::Data(octets.clone()));
    assert_eq!(bench.clock.acceptable_master_table().list(), two);
    assert_eq!(bench.get(ids[0]), Answer::Data(octets.clone()));
    // What is refused, and changes nothing.
    assert_eq!(bench.set(table(&[two[1], two[0], two[1]])), WRONG_VALUE);
    let set = |bench: &mut Bench<2>, data: &[u8]| ask(bench, ManagementAction::SET, ids[0], data);
    assert_eq!(set(&mut bench, &octets[..octets.len() - 2]), WRONG_LENGTH);
    assert_eq!(set(&mut bench, &[&octets[..], &[0, 0]].concat()), WRONG_LENGTH);
    assert_eq!(set(&mut bench, &[0xFF, 0xFF]), WRONG_LENGTH, "so many are not there");
    assert_eq!(ask(&mut bench, ManagementAction::SET, ids[1], &[0, 0, 0, 0]), WRONG_LENGTH);
    let not_setable = Answer::Refused(ManagementErrorId::NOT_SETABLE);
    assert_eq!(ask(&mut bench, ManagementAction::SET, ids[2], &[0, 9]), not_setable);
    assert_eq!(bench.clock.acceptable_master_table().list(), two);
    assert_eq!(bench.set(table(&[])), Answer::Data(vec![0, 0]));
}

/// IEEE 1588-2019 15.5.4.4
#[test]
fn a_table_that_no_answer_holds_is_told_to_be_too_big_and_not_set() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    bench.clock.keep_acceptable_masters(bench.now, lent::<_, 200>());
    let too_big = Answer::Refused(ManagementErrorId::RESPONSE_TOO_BIG);
    let many: Vec<_> = (1..=200).map(|clock| master(clock, 0)).collect();
    bench.clock.set_acceptable_masters(bench.now, &many[..41]).unwrap();
    let id = ManagementId::ACCEPTABLE_MASTER_TABLE;
    assert!(matches!(bench.get(id), Answer::Data(data) if data.len() == 2 + 41 * 11 + 1));
    bench.clock.set_acceptable_masters(bench.now, &many[..42]).unwrap();
    assert_eq!(bench.get(id), too_big, "the buffer of this runner has 512 octets");
    let emitted = |count: usize| {
        let mut octets = vec![0; 1500];
        let length = table(&many[..count]).emit(&mut octets).unwrap();
        octets.truncate(length);
        octets
    };
    bench.buffer = vec![0; 1500];
    assert_eq!(ask(&mut bench, ManagementAction::SET, id, &emitted(126)), too_big);
    assert_eq!(bench.clock.acceptable_master_table().list().len(), 42, "what is refused changes nothing");
    let answers = bench.give(0, &raw(ManagementAction::SET, id.0, &emitted(125)));
    assert_eq!(answers[0].2.len(), 54 + 2 + 125 * 11 + 1);
    assert_eq!(bench.clock.acceptable_master_table().list(), &many[..125]);
}

/// IEEE 1588-2019 17.3.4
#[test]
fn alternate_masters_are_told_and_set_within_their_range() {
    let mut bench = Bench::<2>::new(Access::ReadWrite);
    let id = ManagementId::ALTERNATE_MASTER;
    assert_eq!(bench.get(id), Answer::Data(vec![0, 0, 0, 0]));
    let data = AlternateMaster {
        transmit_alternate_multicast_sync: true,
        log_alternate_multicast_sync_interval: -3,
        number_of_alternate_masters: 2,
    };
    assert_eq!(bench.set(ManagementData::AlternateMaster(data)), Answer::Data(vec![1, 0xFD, 2, 0]));
    let ds = AlternateMasterPortDs {
        transmit_alternate_multicast_sync: true,
        log_alternate_multicast_sync_interval: -3,
        number_of_alternate_masters: 2,
    };
    for (octets, answer) in [
        (&[1, 0xFD, 5, 0][..], WRONG_VALUE),
        (&[1, 8, 2, 0], WRONG_VALUE),
        (&[1, 0x80, 2, 0], WRONG_VALUE),
        (&[1, 0], WRONG_LENGTH),
    ] {
        assert_eq!(ask(&mut bench, ManagementAction::SET, id, octets), answer, "{octets:?}");
    }
    let ports = [0, 1].map(|port| *bench.clock.alternate_master_port_ds(PortIndex(port)).unwrap());
    assert_eq!(ports, [ds, AlternateMasterPortDs::default()]);
}

/// An Announce of a better clock, with this path.
fn announce(sequence_id: u16, path: &[ClockIdentity]) -> Vec<u8> {
    let grandmaster = ClockIdentity(0x0200_00FF_FE00_0007);
    let body = Announce { grandmaster_priority1: 1, grandmaster_identity: grandmaster, ..Announce::default() };
    let header = Header {
        version_ptp: 2,
        source_port_identity: PortIdentity::new(grandmaster, 1),
        sequence_id,
        log_message_interval: 1,
        ..Header::default()
    };
    let mut tlv = vec![0; 256];
    let length = PathTrace { path_sequence: Records::new(path) }.emit_tlv(&mut tlv).unwrap();
    let mut octets = vec![0; 64 + length];
    body.emit(&header, Tlvs::parse(&tlv[..length]).unwrap(), &mut octets).unwrap();
    octets
}

fn hear<const PORTS: usize>(bench: &mut Bench<PORTS>, path: &[ClockIdentity]) {
    for sequence_id in 0..3 {
        let octets = announce(sequence_id, path);
        let received =
            Received { port: PortIndex(0), length: octets.len(), source: None, destination: None, stamp: None };
        bench.clock.handle(bench.now, Input::Frame(&received, &octets));
        bench.wait(2_000);
    }
    assert_eq!(bench.clock.parent_ds().grandmaster_priority1, 1);
}

/// IEEE 1588-2019 16.2.4.1, IEEE 1588-2019 16.2.4.2, IEEE 1588-2019 16.2.4
#[test]
fn the_path_is_told_where_there_is_room_to_know_it() {
    let enable = ManagementData::PathTraceEnable(PathTraceEnable { path_trace_enable: true });
    let [list, enabled] = [ManagementId::PATH_TRACE_LIST, ManagementId::PATH_TRACE_ENABLE];
    let mut boundary = Bench::<2>::new(Access::ReadWrite);
    assert_eq!([boundary.get(list), boundary.get(enabled), boundary.set(enable)], [NOT_SUPPORTED; 3]);
    let mut ordinary = Bench::<1>::new(Access::ReadWrite);
    assert_eq!([ordinary.get(list), ordinary.get(enabled)], [NOT_SUPPORTED, Answer::Data(vec![0, 0])]);

    boundary.clock.keep_announce_tlvs(lent::<_, 64>());
    assert_eq!(boundary.set(enable), Answer::Data(vec![1, 0]));
    assert!(boundary.clock.path_trace_enabled());
    assert_eq!(boundary.get(list), Answer::Done, "nobody is before a grandmaster");
    let path = [ClockIdentity(0x0200_00FF_FE00_0007), ClockIdentity(3)];
    hear(&mut boundary, &path);
    let octets = [path[0].0.to_be_bytes(), path[1].0.to_be_bytes()].concat();
    assert_eq!(boundary.get(list), Answer::Data(octets));
    let read_only = Answer::Refused(ManagementErrorId::NOT_SETABLE);
    assert_eq!(ask(&mut boundary, ManagementAction::SET, list, &[0; 8]), read_only);
    assert_eq!(ask(&mut boundary, ManagementAction::SET, enabled, &[0; 4]), WRONG_LENGTH);
    assert_eq!(ask(&mut boundary, ManagementAction::SET, enabled, &[0xFE, 0]), Answer::Data(vec![0, 0]), "bit 0");
}

/// IEEE 1588-2019 15.5.4.4
#[test]
fn a_path_that_no_answer_holds_is_told_to_be_too_big() {
    let mut bench = Bench::<1>::new(Access::ReadOnly);
    bench.clock.keep_announce_tlvs(lent::<_, 256>());
    hear(&mut bench, &[ClockIdentity(1); 20]);
    let id = ManagementId::PATH_TRACE_LIST;
    assert!(matches!(bench.get(id), Answer::Data(data) if data.len() == 160));
    bench.buffer = vec![0; 200];
    assert_eq!(bench.get(id), Answer::Refused(ManagementErrorId::RESPONSE_TOO_BIG));
}

fn timescales(access: Access) -> Bench<1> {
    let mut bench = Bench::<1>::new(access);
    bench.clock.keep_alternate_timescales(lent::<_, 3>());
    let local = AlternateTimescale {
        enable: true,
        current_offset: -2,
        jump_seconds: 3600,
        time_of_next_jump: 0x0102_0304_0506,
        display_name: DisplayName::new("CET").unwrap(),
    };
    bench.clock.set_alternate_timescale(1, local).unwrap();
    bench
}

/// IEEE 1588-2019 16.3.4.1, IEEE 1588-2019 16.3.4.2, IEEE 1588-2019 16.3.4.3, IEEE 1588-2019 16.3.4.4, IEEE 1588-2019 16.3.4
#[test]
fn timescales_are_told_by_their_key() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    let ids = [
        ManagementId::ALTERNATE_TIME_OFFSET_MAX_KEY,
        ManagementId::ALTERNATE_TIME_OFFSET_ENABLE,
        ManagementId::ALTERNATE_TIME_OFFSET_NAME,
        ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES,
    ];
    assert_eq!(ids.map(|id| bench.get(id)), [NOT_SUPPORTED; 4]);
    let enable = AlternateTimeOffsetEnable { key_field: 0, enable: true };
    assert_eq!(bench.set(ManagementData::AlternateTimeOffsetEnable(enable)), NOT_SUPPORTED);

    let mut bench = timescales(Access::ReadOnly);
    let get = |bench: &mut Bench<1>, id, data: &[u8]| ask(bench, ManagementAction::GET, id, data);
    assert_eq!(bench.get(ids[0]), Answer::Data(vec![2, 0]));
    let properties = [1, 0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 0x0E, 0x10, 1, 2, 3, 4, 5, 6, 0];
    for (id, second) in [(ids[1], vec![1, 1]), (ids[2], b"\x01\x03CET\0".to_vec()), (ids[3], properties.to_vec())] {
        let mut first = vec![0; second.len() & 0xFE];
        if id == ids[2] {
            first = vec![0, 0];
        }
        assert_eq!(get(&mut bench, id, &[1, 0]), Answer::Data(second), "{id:?}");
        assert_eq!(get(&mut bench, id, &[]), Answer::Data(first.clone()), "{id:?}");
        assert_eq!(get(&mut bench, id, &[0; 16]), Answer::Data(first), "{id:?}");
        assert_eq!(get(&mut bench, id, &[3, 0]), WRONG_VALUE, "{id:?}");
    }
    assert_eq!(get(&mut bench, ids[1], &[0xFF, 0]), Answer::Data(vec![0xFF, 0]), "not all of them");
    assert_eq!([ids[2], ids[3]].map(|id| get(&mut bench, id, &[0xFF, 0])), [WRONG_VALUE; 2]);
}

/// IEEE 1588-2019 16.3.3, IEEE 1588-2019 16.3.3.4, IEEE 1588-2019 16.3.4.1, IEEE 1588-2019 16.3.4.2, IEEE 1588-2019 16.3.4.4
#[test]
fn timescales_are_set_member_by_member_and_announced() {
    let mut bench = timescales(Access::ReadWrite);
    let name = AlternateTimeOffsetName { key_field: 1, display_name: "0123456789".into() };
    let [told_name, told] = [b"\x01\x0A0123456789".to_vec(), vec![1, 0]].map(Answer::Data);
    assert_eq!(bench.set(ManagementData::AlternateTimeOffsetName(name)), told_name);
    let off = AlternateTimeOffsetEnable { key_field: 1, enable: false };
    assert_eq!(bench.set(ManagementData::AlternateTimeOffsetEnable(off)), told);
    let properties = AlternateTimeOffsetProperties {
        key_field: 1,
        current_offset: i32::MIN,
        jump_seconds: i32::MAX,
        time_of_next_jump: U48((1 << 48) - 1),
    };
    let octets = [&[1, 0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF][..], &[0xFF; 6], &[0]].concat();
    assert_eq!(bench.set(ManagementData::AlternateTimeOffsetProperties(properties)), Answer::Data(octets));
    let expected = AlternateTimescale {
        enable: false,
        current_offset: i32::MIN,
        jump_seconds: i32::MAX,
        time_of_next_jump: (1 << 48) - 1,
        display_name: DisplayName::new("0123456789").unwrap(),
    };
    let none = AlternateTimescale::default();
    assert_eq!(bench.clock.own_alternate_timescales(), [none, expected, none]);

    let set = |bench: &mut Bench<1>, id, data: &[u8]| ask(bench, ManagementAction::SET, id, data);
    let [enable, name, properties] = [
        ManagementId::ALTERNATE_TIME_OFFSET_ENABLE,
        ManagementId::ALTERNATE_TIME_OFFSET_NAME,
        ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES,
    ];
    for (id, data, answer) in [
        (enable, &[3, 1][..], WRONG_VALUE),
        (enable, &[1, 1, 0, 0], WRONG_LENGTH),
        (name, b"\x01\x0Bhas too many", WRONG_VALUE),
        (name, b"\x01\x0C012345678901", WRONG_VALUE),
        (name, b"\x01\x02\xC3\x28", WRONG_VALUE),
        (name, b"\x03\x02no", WRONG_VALUE),
        (name, b"\x01\x05no", WRONG_LENGTH),
        (properties, &[1; 14], WRONG_LENGTH),
        (properties, &[0xFF; 16], WRONG_VALUE),
    ] {
        assert_eq!(set(&mut bench, id, data), answer, "{id:?} {data:?}");
    }
    assert_eq!(bench.clock.own_alternate_timescales(), [none, expected, none], "what is refused changes nothing");
    assert_eq!(set(&mut bench, enable, &[0xFF, 1]), Answer::Data(vec![0xFF, 1]), "all of them");
    assert!(bench.clock.own_alternate_timescales().iter().all(|timescale| timescale.enable));
}

#[test]
fn who_may_only_read_sets_no_option() {
    let mut bench = timescales(Access::ReadOnly);
    bench.clock.keep_acceptable_masters(bench.now, lent::<_, 2>());
    bench.clock.keep_announce_tlvs(lent::<_, 64>());
    let before = format!("{:?}", (bench.clock.acceptable_master_table(), bench.clock.own_alternate_timescales()));
    for (id, data) in [
        (ManagementId::ACCEPTABLE_MASTER_TABLE, &[0, 0][..]),
        (ManagementId::ACCEPTABLE_MASTER_TABLE_ENABLED, &[1, 0]),
        (ManagementId::ALTERNATE_MASTER, &[1, 0, 1, 0]),
        (ManagementId::PATH_TRACE_ENABLE, &[1, 0]),
        (ManagementId::ALTERNATE_TIME_OFFSET_ENABLE, &[0, 1]),
        (ManagementId::ALTERNATE_TIME_OFFSET_NAME, b"\x00\x02no"),
        (ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES, &[0; 16]),
    ] {
        assert_eq!(ask(&mut bench, ManagementAction::SET, id, data), NOT_SUPPORTED, "{id:?}");
    }
    let clock: &Clock<1> = &bench.clock;
    assert_eq!(format!("{:?}", (clock.acceptable_master_table(), clock.own_alternate_timescales())), before);
    assert!(!clock.path_trace_enabled() && clock.acceptable_master_table_enabled(PortIndex(0)) == Some(false));
    assert_eq!(clock.alternate_master_port_ds(PortIndex(0)), Some(&AlternateMasterPortDs::default()));
}
