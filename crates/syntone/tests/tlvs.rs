//! TLVs and management data: what goes out comes back, what came in goes out again, and what is cut short is named
//! (IEEE 1588-2019 clauses 14 to 17).

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use syntone::wire::layout::{NetworkProtocol, PortAddress, PtpText, Records, Table};
use syntone::wire::management::{
    AcceptableMaster, FaultLog, FaultRecord, GrandmasterClusterTable, SeverityCode, UnicastMasterTable,
};
use syntone::wire::tlvs::{
    EnhancedAccuracyMetrics, OrganizationData, OrganizationExtension, PathTrace, RequestUnicastTransmission, ScaledNs,
};
use syntone::wire::{
    ClockIdentity, EmitError, Field, ManagementData, ManagementId, Nesting, ParseError, ParseReason, PortIdentity, Tlv,
    TlvData, TlvType, TlvValue, Tlvs, Value, Visitor, WireTimestamp,
};
use syntone_hal::TimeInterval;

/// Octets that lengths and counts in them often fit.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![3 => 0..4_u8, 1 => any::<u8>()];
    let pair = prop_oneof![1 => Just([0, 0]), 1 => any::<[u8; 2]>()];
    let any = prop::collection::vec(octet, 0..120);
    let pairs = prop::collection::vec(pair, 0..140).prop_map(|pairs| pairs.concat());
    (prop_oneof![any, pairs]).prop_map(|mut octets| {
        octets.truncate(octets.len() & !1);
        octets
    })
}

/// dataField by hand: octets of each id with a fixed length, from the table of the standard and linuxptp's own.
const FIXED: [(u16, usize); 52] = [
    (0x0000, 0),
    (0x0003, 0),
    (0x0004, 0),
    (0x0005, 2),
    (0x0007, 0),
    (0x2000, 20),
    (0x2001, 18),
    (0x2002, 32),
    (0x2003, 4),
    (0x2004, 26),
    (0x2005, 2),
    (0x2006, 2),
    (0x2007, 2),
    (0x2008, 2),
    (0x2009, 2),
    (0x200A, 2),
    (0x200B, 2),
    (0x200C, 2),
    (0x200D, 0),
    (0x200E, 0),
    (0x200F, 10),
    (0x2010, 2),
    (0x2011, 4),
    (0x2012, 2),
    (0x2013, 2),
    (0x2014, 2),
    (0x2016, 2),
    (0x2019, 2),
    (0x201B, 2),
    (0x201C, 2),
    (0x201D, 4),
    (0x201E, 2),
    (0x2020, 2),
    (0x2021, 16),
    (0x3000, 2),
    (0x3001, 2),
    (0x3002, 2),
    (0x3003, 2),
    (0x4000, 12),
    (0x4001, 20),
    (0x4002, 2),
    (0x6000, 2),
    (0x6001, 2),
    (0xC000, 50),
    (0xC001, 8),
    (0xC002, 8),
    (0xC003, 66),
    (0xC005, 266),
    (0xC006, 2),
    (0xC007, 90),
    (0xC009, 16),
    (0xC00D, 10),
];

/// The others: how long they are depends on what they say.
const VARIABLE: [u16; 8] = [0x0001, 0x0002, 0x0006, 0x2015, 0x2017, 0x2018, 0x201A, 0x201F];

/// TLVs by hand: lengthField of each with a fixed length.
const FIXED_TLVS: [(TlvType, usize); 9] = [
    (TlvType::REQUEST_UNICAST_TRANSMISSION, 6),
    (TlvType::GRANT_UNICAST_TRANSMISSION, 8),
    (TlvType::CANCEL_UNICAST_TRANSMISSION, 2),
    (TlvType::ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION, 2),
    (TlvType::ENHANCED_ACCURACY_METRICS, 84),
    (TlvType::L1_SYNC, 2),
    (TlvType::PORT_COMMUNICATION_AVAILABILITY, 2),
    (TlvType::CUMULATIVE_RATE_RATIO, 4),
    (TlvType::ALTERNATE_RESPONSE_PORT, 2),
];

fn emitted(emit: impl Fn(&mut [u8]) -> Result<usize, EmitError>) -> Vec<u8> {
    let mut buffer = vec![0xEE; 1024];
    let length = emit(&mut buffer).unwrap();
    assert!(buffer[length..].iter().all(|&octet| octet == 0xEE), "octets behind the value were touched");
    assert_eq!(length % 2, 0, "PTP counts in pairs of octets");
    for short in 0..length {
        assert_eq!(emit(&mut buffer[..short]), Err(EmitError::BufferTooSmall));
    }
    emit(&mut buffer).unwrap();
    buffer.truncate(length);
    buffer
}

/// An error within the octets that are there.
fn assert_named(error: ParseError, end: usize) {
    assert_eq!(error.reason, ParseReason::Truncated);
    assert!(usize::from(error.offset) <= end, "{error}");
    assert!(!error.field.name().is_empty());
}

fn check_management(id: ManagementId, octets: &[u8]) -> bool {
    let Ok(data) = ManagementData::parse(id, octets) else { return false };
    assert_eq!(data.id(), id);
    let again = emitted(|buffer| data.emit(buffer));
    assert_eq!(ManagementData::parse(id, &again), Ok(data), "{id:?}");
    for end in 0..again.len() {
        match ManagementData::parse(id, &again[..end]) {
            Err(error) => assert_named(error, end),
            // A list may end sooner, and the octet that makes a length even may be missing.
            Ok(_) => assert!(VARIABLE.contains(&id.0) || id.0 >= 0xC000, "{id:?} without its end"),
        }
    }
    true
}

fn check_tlv(tlv: Tlv<'_>) -> bool {
    let Ok(data) = TlvData::parse(tlv) else { return false };
    assert_eq!(data.tlv_type(), tlv.tlv_type);
    let again = emitted(|buffer| data.emit(buffer));
    let parsed = Tlvs::parse(&again).unwrap().iter().next().unwrap();
    assert_eq!(TlvData::parse(parsed), Ok(data), "{:?}", tlv.tlv_type);
    if let Some((_, length)) = FIXED_TLVS.iter().find(|(fixed, _)| *fixed == tlv.tlv_type)
        && parsed.value.len() == *length
    {
        for end in 0..*length {
            assert_named(TlvData::parse(Tlv { value: &parsed.value[..end], ..parsed }).unwrap_err(), end);
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    /// IEEE 1588-2019 15.5.3, IEEE 1588-2019 15.5
    #[test]
    fn management_data_that_go_out_come_back(octets in octets()) {
        for id in ManagementId::ALL {
            check_management(*id, &octets);
        }
    }

    /// IEEE 1588-2019 14.1
    #[test]
    fn tlvs_that_go_out_come_back(octets in octets()) {
        for tlv_type in TlvData::TYPES {
            check_tlv(Tlv { tlv_type: *tlv_type, value: &octets });
        }
    }

    /// IEEE 1588-2019 14.3
    #[test]
    fn extensions_of_organisations_that_go_out_come_back(octets in octets(), which in 0..ORGANIZATIONS.len()) {
        let (organization_id, organization_sub_type, length) = ORGANIZATIONS[which];
        let extension = OrganizationExtension { organization_id, organization_sub_type, data_field: &octets };
        match OrganizationData::parse(&extension).unwrap() {
            Ok(data) => {
                prop_assert_eq!(data.kind(), (organization_id, organization_sub_type));
                let again = emitted(|buffer| data.emit(buffer));
                prop_assert!(again.len() == length || which == ORGANIZATIONS.len() - 1);
                let extension = OrganizationExtension { data_field: &again, ..extension };
                prop_assert_eq!(OrganizationData::parse(&extension), Some(Ok(data)));
            }
            Err(error) => {
                prop_assert!(octets.len() < length);
                assert_named(error, octets.len());
            }
        }
    }

    /// Each octet of a fixed layout that is not reserved changes the value, and so has a place in it.
    #[test]
    fn no_octet_of_management_data_is_lost(index in 0..FIXED.len(), flip in 1..=255_u8, place: prop::sample::Index) {
        let (id, length) = FIXED[index];
        prop_assume!(length > 0);
        let mut octets = vec![0; length];
        let parse = |octets: &[u8]| {
            let data = ManagementData::parse(ManagementId(id), octets).unwrap();
            emitted(|buffer| data.emit(buffer))
        };
        octets[place.index(length)] = flip;
        let again = parse(&octets);
        // Reserved bits become zero; nothing else changes, and nothing moves.
        prop_assert!(again.iter().zip(&octets).all(|(again, octet)| again & !octet == 0));
        prop_assert_eq!(again.len(), length);
    }
}

/// organizationId, organizationSubType and octets of the data.
const ORGANIZATIONS: [([u8; 3], [u8; 3], usize); 10] = [
    ([0x00, 0x80, 0xC2], [0, 0, 1], 22),
    ([0x00, 0x80, 0xC2], [0, 0, 2], 6),
    ([0x00, 0x80, 0xC2], [0, 0, 3], 40),
    ([0x00, 0x80, 0xC2], [0, 0, 4], 6),
    ([0x00, 0x80, 0xC2], [0, 0, 5], 4),
    ([0x1C, 0x12, 0x9D], [0, 0, 1], 12),
    ([0x1C, 0x12, 0x9D], [0, 0, 2], 12),
    ([0x68, 0x97, 0xE8], [0, 0, 1], 42),
    ([0x00, 0x19, 0xA7], [0, 0, 2], 12),
    ([0x08, 0x00, 0x30], [0xDE, 0xAD, 0x01], 2),
];

/// IEEE 1588-2019 15.5.3, IEEE 1588-2019 15.5.2.3, IEEE 1588-2019 16.1.4.5
#[test]
fn management_data_have_the_lengths_of_the_table() {
    for (id, length) in FIXED {
        let parse = |length: usize| ManagementData::parse(ManagementId(id), &vec![0; length]).map(|data| data.id());
        assert_eq!(parse(length), Ok(ManagementId(id)), "{id:04x}");
        for short in 0..length {
            assert_named(parse(short).unwrap_err(), short);
        }
        let long = parse(length + 2).unwrap_err();
        assert_eq!((long.field, long.reason), (Field::LengthField, ParseReason::Surplus), "{id:04x}");
    }
    let listed: BTreeSet<_> = FIXED.iter().map(|(id, _)| *id).chain(VARIABLE).collect();
    let missing: Vec<_> = ManagementId::ALL.iter().filter(|id| !listed.contains(&id.0)).collect();
    // linuxptp's with names and tables, those of which the length was not at hand, and our own.
    let unlisted = [0xC004, 0xC008, 0xC00A, 0xC00B, 0xC00C, 0xDF00, 0xDF01];
    assert_eq!(missing.iter().map(|id| id.0).collect::<Vec<_>>(), unlisted);
}

/// IEEE 1588-2019 16.1, IEEE 1588-2019 16.1.4.2, IEEE 1588-2019 16.1.4.3, IEEE 1588-2019 16.9, IEEE 1588-2019 16.10, IEEE 1588-2019 16.14.3
#[test]
fn tlvs_have_the_lengths_of_the_table() {
    for (tlv_type, length) in FIXED_TLVS {
        let zeros = vec![0; length];
        assert!(check_tlv(Tlv { tlv_type, value: &zeros }), "{tlv_type:?}");
        let TlvData::Unknown(_) = TlvData::parse(Tlv { tlv_type: TlvType(0x2222), value: &zeros }).unwrap() else {
            panic!("a type that nobody knows");
        };
    }
    let mut extended = [0; 40];
    extended[0] = 8;
    assert!(check_tlv(Tlv { tlv_type: TlvType::L1_SYNC, value: &extended }));
    for end in 2..40 {
        assert_named(TlvData::parse(Tlv { tlv_type: TlvType::L1_SYNC, value: &extended[..end] }).unwrap_err(), end);
    }
}

/// A fixed generator reaches every id and type with octets that they accept.
#[test]
fn the_generator_of_octets_reaches_everything() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..3000 {
        let octets = octets().new_tree(&mut runner).unwrap().current();
        for id in ManagementId::ALL {
            *counts.entry(format!("{id:?}")).or_default() += usize::from(ManagementData::parse(*id, &octets).is_ok());
        }
        for tlv_type in TlvData::TYPES {
            let tlv = Tlv { tlv_type: *tlv_type, value: &octets };
            *counts.entry(format!("{tlv_type:?}")).or_default() += usize::from(TlvData::parse(tlv).is_ok());
        }
    }
    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count < 3).collect();
    assert!(rare.is_empty(), "{rare:?}");
}

/// IEEE 1588-2019 16.1.4.1, IEEE 1588-2019 16.2
#[test]
fn a_tlv_is_taken_from_a_message_by_its_type() {
    let request = RequestUnicastTransmission { duration_field: 300, ..RequestUnicastTransmission::default() };
    let identities = [ClockIdentity(1), ClockIdentity(2)];
    let trace = PathTrace { path_sequence: Records::new(&identities) };
    let octets = [emitted(|buffer| request.emit_tlv(buffer)), emitted(|buffer| trace.emit_tlv(buffer))].concat();
    let tlvs = Tlvs::parse(&octets).unwrap();
    assert_eq!(tlvs.get::<RequestUnicastTransmission>(), Some(Ok(request)));
    let parsed = tlvs.get::<PathTrace<'_>>().unwrap().unwrap();
    assert_eq!(parsed.path_sequence.iter().collect::<Vec<_>>(), identities);
    assert_eq!(parsed, trace);
    assert_eq!(tlvs.get::<EnhancedAccuracyMetrics>(), None);
}

/// IEEE 1588-2019 5.3.6, IEEE 1588-2019 7.4.1, IEEE 1588-2019 17.2.3, IEEE 1588-2019 17.4.3.3
#[test]
fn tables_count_what_is_in_them() {
    let addresses = [
        PortAddress { network_protocol: NetworkProtocol::UDP_IPV4, address_field: &[10, 0, 0, 1] },
        PortAddress { network_protocol: NetworkProtocol::IEEE_802_3, address_field: &[2, 0, 0, 0, 0, 9] },
    ];
    let list = Records::new(&addresses);
    let unicast = UnicastMasterTable { log_query_interval: -1, port_address: Table::new(list) };
    let cluster = GrandmasterClusterTable { log_query_interval: -1, port_address: Table::new(list) };
    let entries = [0, 1, 0, 4, 10, 0, 0, 1, 0, 3, 0, 6, 2, 0, 0, 0, 0, 9];
    let unicast = emitted(|buffer| ManagementData::UnicastMasterTable(unicast).emit(buffer));
    assert_eq!(unicast, [&[0xFF, 0, 2][..], &entries, &[0]].concat());
    let cluster = emitted(|buffer| ManagementData::GrandmasterClusterTable(cluster).emit(buffer));
    assert_eq!(cluster, [&[0xFF, 2][..], &entries].concat());
    // One more than there are.
    let mut lying = cluster;
    lying[1] = 3;
    assert!(ManagementData::parse(ManagementId::GRANDMASTER_CLUSTER_TABLE, &lying).is_err());
    let master = AcceptableMaster { acceptable_port_identity: PortIdentity::WILDCARD, alternate_priority1: 1 };
    let masters = [master; 3];
    let list = Table::new(Records::new(&masters));
    let table = ManagementData::AcceptableMasterTable(syntone::wire::management::AcceptableMasterTable { list });
    assert_eq!(emitted(|buffer| table.emit(buffer)).len(), 2 + 3 * 11 + 1);
}

/// IEEE 1588-2019 5.3.10
#[test]
fn fault_records_are_read_whether_their_length_counts_itself_or_not() {
    let record = FaultRecord {
        fault_time: WireTimestamp { seconds: 7, nanoseconds: 8 },
        severity_code: SeverityCode::WARNING,
        fault_name: "abc".into(),
        fault_value: "".into(),
        fault_description: "d".into(),
    };
    let records = [record; 2];
    let log = FaultLog { fault_records: Table::new(Records::new(&records)) };
    let mut octets = emitted(|buffer| ManagementData::FaultLog(log).emit(buffer));
    assert_eq!(octets[..4], [0, 2, 0, 18]);
    assert_eq!(octets.len(), 2 + 2 * 20);
    for counted in [18, 20] {
        octets[3] = counted;
        octets[23] = counted;
        assert_eq!(ManagementData::parse(ManagementId::FAULT_LOG, &octets), Ok(ManagementData::FaultLog(log)));
    }
}

/// IEEE 1588-2019 5.3.9
#[test]
fn texts_that_are_too_long_are_not_emitted() {
    let long = [b'x'; 256];
    let data = syntone::wire::management::UserDescription { user_description: PtpText(&long) };
    let data = ManagementData::UserDescription(data);
    assert_eq!(data.emit(&mut [0; 600]), Err(EmitError::TooLong));
}

/// IEEE 802.1AS 6.4.3.1
#[test]
fn scaled_ns_saturate_as_time_intervals() {
    for scaled in [0, 1, -1, 65_536, -65_536, i64::MAX, i64::MIN, 123_456_789_012_345] {
        let interval = TimeInterval::from_scaled(scaled);
        assert_eq!(ScaledNs::from(interval).saturating_interval(), interval);
    }
    let large = ScaledNs { nanoseconds_lsb: 1 << 47, ..ScaledNs::default() };
    assert_eq!(large.saturating_interval().scaled(), i64::MAX);
    let small = ScaledNs { nanoseconds_msb: -1, nanoseconds_lsb: 1, ..ScaledNs::default() };
    assert_eq!(small.saturating_interval().scaled(), i64::MIN);
}

/// Counts what it is told, and that everything opened is closed.
#[derive(Default)]
struct Balance(usize, usize);

impl Visitor for Balance {
    fn value(&mut self, name: &'static str, _: Value<'_>) {
        assert!(!name.is_empty());
        self.1 += 1;
    }

    fn open(&mut self, _: &'static str, _: Nesting) {
        self.0 += 1;
    }

    fn close(&mut self) {
        self.0 -= 1;
    }
}

#[test]
fn every_fixed_value_tells_its_fields() {
    for (id, length) in FIXED.iter().filter(|(_, length)| *length > 0) {
        let mut told = Balance::default();
        let zeros = vec![0; *length];
        ManagementData::parse(ManagementId(*id), &zeros).unwrap().visit(&mut told);
        assert_eq!((told.0, told.1 > 0), (0, true), "{id:04x}");
    }
}
