//! The ids of linuxptp; their octets are those that its tools print (see the interoperability tests).

use crate::bench::{Answer, Bench, OURS, raw};
use syntone::hal::{EgressStamp, PortCapabilities, PortIndex, TimeInterval, Timestamp};
use syntone::management::{Access, Outcome, Response};
use syntone::wire::management::{
    ExternalGrandmasterPropertiesNp, GrandmasterSettingsNp, PortDataSetNp, SynchronizationUncertainNp,
};
use syntone::wire::{
    Announce, ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, Flags, Header, ManagementAction, ManagementData,
    ManagementErrorId, ManagementId, MessageBody, MessageType, TimeSource,
};
use syntone::{Input, Output};

#[test]
fn a_grandmaster_tells_its_status_and_its_counters() {
    let mut bench = Bench::<2>::grandmaster(Access::ReadOnly);
    let own = [2, 0, 0, 0xFF, 0xFE, 0, 0, 1];
    let status = [&[0; 42][..], &own].concat();
    assert_eq!(bench.get(ManagementId::TIME_STATUS_NP), Answer::Data(status));
    assert_eq!(
        bench.get(ManagementId::GRANDMASTER_SETTINGS_NP),
        Answer::Data(vec![248, 0xFE, 255, 255, 0, 37, 8, 0xA0])
    );
    assert_eq!(bench.get(ManagementId::PORT_DATA_SET_NP), Answer::Data(vec![1, 0x31, 0x2D, 0, 0, 0, 0, 1]));
    let Answer::Data(stats) = bench.get(ManagementId::PORT_STATS_NP) else { panic!("no data") };
    assert_eq!((stats.len(), &stats[..10]), (266, &[&own[..], &[0, 1]].concat()[..]));
    // The low octet first: requests received, and Announces and answers sent.
    assert_eq!(stats[10 + 8 * 0xD], 4);
    assert!(stats[138 + 8 * 0xB] > 10 && stats[138 + 8 * 0xB + 1..138 + 8 * 0xC] == [0; 7]);
    assert_eq!(stats[138 + 8 * 0xD], 3, "the answer that tells it is not sent yet");
    assert_eq!(bench.get(ManagementId::SUBSCRIBE_EVENTS_NP), Answer::Refused(ManagementErrorId::NOT_SUPPORTED));
}

/// What there are no data of has the values that linuxptp tells then.
#[test]
fn a_grandmaster_tells_how_often_its_timers_were_due() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadOnly);
    let Answer::Data(stats) = bench.get(ManagementId::PORT_SERVICE_STATS_NP) else { panic!("no data") };
    assert_eq!(stats.len(), 90);
    let counts: Vec<u64> = stats[10..].chunks(8).map(|count| u64::from_le_bytes(count.try_into().unwrap())).collect();
    let port = PortIndex(0);
    let sent = |message_type| u64::from(bench.clock.counters(port).unwrap().sent(message_type));
    // It heard nobody and became master once; what is due is sent.
    assert_eq!((counts[0], counts[1], counts[2]), (1, 0, 0));
    assert_eq!((counts[5], counts[6]), (sent(MessageType::ANNOUNCE), sent(MessageType::SYNC)));
    assert!(counts[5] > 10 && counts[6] > 10, "{counts:?}");
    assert_eq!([counts[3], counts[4], counts[8], counts[9]], [0; 4]);
    assert_eq!(bench.get(ManagementId::SYNCHRONIZATION_UNCERTAIN_NP), Answer::Data(vec![0xFF, 0]));
    assert_eq!(bench.get(ManagementId::UNICAST_MASTER_TABLE_NP), Answer::Data(vec![0, 0]));
    let none = [[0; 4], [0xFF; 4], [0xFF; 4], [0xFF; 4]].concat();
    assert_eq!(bench.get(ManagementId::POWER_PROFILE_SETTINGS_NP), Answer::Data(none));
    assert_eq!(bench.get(ManagementId::CMLDS_INFO_NP), Answer::Refused(ManagementErrorId::NOT_SUPPORTED));
}

/// What the port sends after its next Sync, whose stamp is 5 s: the nanoseconds of its preciseOriginTimestamp.
fn origin_after_a_sync(bench: &mut Bench<1>) -> u32 {
    let mut buffer = [0; 512];
    for _ in 0..200 {
        match bench.clock.poll(bench.now, &mut buffer) {
            Output::Wait(wait) => bench.now = wait.until,
            Output::Send { transmit, .. } => {
                if buffer[0] & 0x0F == MessageType::FOLLOW_UP.0 {
                    return u32::from_be_bytes(buffer[40..44].try_into().unwrap());
                }
                if let Some(ticket) = transmit.ticket {
                    let stamp = Some(Timestamp::from_nanos(5_000_000_000));
                    bench.clock.handle(bench.now, Input::Egress(EgressStamp { ticket, stamp }));
                }
            }
            _ => {}
        }
    }
    panic!("no Follow_Up");
}

/// The low octet first, as linuxptp has it on its hosts: what is set counts from the next message on, beside what the driver says.
#[test]
fn the_corrections_of_a_port_are_read_and_set() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let driver = PortCapabilities { egress_latency: TimeInterval::from_nanos(100), ..PortCapabilities::default() };
    bench.clock.handle(bench.now, Input::Capabilities(PortIndex(0), driver));
    assert_eq!(bench.get(ManagementId::PORT_CORRECTIONS_NP), Answer::Data(vec![0; 24]));
    assert_eq!(origin_after_a_sync(&mut bench), 100);
    let corrections = |egress: i64, ingress: i64, asymmetry: i64| {
        [egress, ingress, asymmetry].map(|nanos| (nanos << 16).to_le_bytes()).concat()
    };
    let set = |octets: &[u8]| raw(ManagementAction::SET, ManagementId::PORT_CORRECTIONS_NP.0, octets);
    let mut outcome = |octets: &[u8]| {
        let answer = bench.give(0, &set(octets));
        let outcome = Response::parse(&answer[0].2).unwrap().outcome;
        let told = bench.get(ManagementId::PORT_CORRECTIONS_NP);
        (matches!(outcome, Outcome::Data(_)), told)
    };
    let first = corrections(7, -8, 9);
    assert_eq!(outcome(&first), (true, Answer::Data(first.clone())));
    // More than a second, and too short.
    assert_eq!(outcome(&corrections(1_000_000_001, 0, 0)), (false, Answer::Data(first.clone())));
    assert_eq!(outcome(&first[..16]), (false, Answer::Data(first)));
    assert_eq!(origin_after_a_sync(&mut bench), 107);
    let ds = bench.clock.port_ds(PortIndex(0)).unwrap();
    assert_eq!(ds.delay_asymmetry, TimeInterval::from_nanos(9));
    bench.clock.handle(bench.now, Input::Capabilities(PortIndex(0), driver));
    assert_eq!(origin_after_a_sync(&mut bench), 107, "what is configured stays when the driver speaks again");
}

/// As ptp4l: the threshold is set, and whether the port is asCapable is not.
#[test]
fn the_threshold_of_the_link_delay_is_set_alone() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let wanted = PortDataSetNp { neighbor_prop_delay_thresh: 800, as_capable: 0 };
    let told = Answer::Data(vec![0, 0, 3, 32, 0, 0, 0, 1]);
    assert_eq!(bench.set(ManagementData::PortDataSetNp(wanted)), told);
    assert_eq!(bench.get(ManagementId::PORT_DATA_SET_NP), told);
}

/// The next Announce that the port sends.
fn next_announce(bench: &mut Bench<1>) -> (Header, Announce) {
    let mut buffer = [0; 512];
    for _ in 0..200 {
        match bench.clock.poll(bench.now, &mut buffer) {
            Output::Wait(wait) => bench.now = wait.until,
            Output::Send { length, .. } if buffer[0] & 0x0F == MessageType::ANNOUNCE.0 => {
                let (header, body) = Header::parse(&buffer[..length]).expect("a header");
                return (header, Announce::parse(body).expect("a body").0);
            }
            _ => {}
        }
    }
    panic!("no Announce");
}

/// A clock whose time comes from a grandmaster that it does not hear, by another domain for example, announces that one.
#[test]
fn an_external_grandmaster_is_announced_until_it_is_taken_back() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let none = vec![0; 10];
    assert_eq!(bench.get(ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP), Answer::Data(none.clone()));
    let announced = |bench: &mut Bench<1>| {
        let (_, body) = next_announce(bench);
        (body.grandmaster_identity, body.steps_removed)
    };
    assert_eq!(announced(&mut bench), (OURS, 0));
    let gm_identity = ClockIdentity(0x00B0_AEFF_FE01_0203);
    let other = ExternalGrandmasterPropertiesNp { gm_identity, steps_removed: 3 };
    let octets = vec![0x00, 0xB0, 0xAE, 0xFF, 0xFE, 1, 2, 3, 0, 3];
    assert_eq!(bench.set(ManagementData::ExternalGrandmasterPropertiesNp(other)), Answer::Data(octets.clone()));
    assert_eq!(bench.get(ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP), Answer::Data(octets));
    assert_eq!(announced(&mut bench), (gm_identity, 3));
    assert_eq!(bench.clock.parent_ds().parent_port_identity.clock_identity, OURS, "its own parent as before");
    bench.set(ManagementData::ExternalGrandmasterPropertiesNp(Default::default()));
    assert_eq!(announced(&mut bench), (OURS, 0));
    assert_eq!(bench.get(ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP), Answer::Data(none));
}

/// IEEE 1588-2019 13.3.2.8, Table 37: synchronizationUncertain is a flag of Announces.
#[test]
fn who_is_told_that_its_time_is_uncertain_announces_it() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    for (val, is_announced) in [(1, true), (0, false), (1, true), (0xFF, false)] {
        let told = ManagementData::SynchronizationUncertainNp(SynchronizationUncertainNp { val });
        assert_eq!(bench.set(told), Answer::Data(vec![val, 0]));
        let (header, _) = next_announce(&mut bench);
        assert_eq!(header.flags.contains(Flags::SYNCHRONIZATION_UNCERTAIN), is_announced, "{val}");
    }
    let unknown = ManagementData::SynchronizationUncertainNp(SynchronizationUncertainNp { val: 2 });
    assert_eq!(bench.set(unknown), Answer::Refused(ManagementErrorId::WRONG_VALUE));
    assert_eq!(bench.get(ManagementId::SYNCHRONIZATION_UNCERTAIN_NP), Answer::Data(vec![0xFF, 0]));
}

#[test]
fn the_settings_of_a_grandmaster_are_set_all_at_once_or_not_at_all() {
    let mut bench = Bench::<1>::grandmaster(Access::ReadWrite);
    let settings = GrandmasterSettingsNp {
        clock_quality: ClockQuality {
            clock_class: ClockClass::PRIMARY,
            clock_accuracy: ClockAccuracy::NS_100,
            offset_scaled_log_variance: 0x4E5D,
        },
        current_utc_offset: 38,
        flags: Flags::PTP_TIMESCALE | Flags::CURRENT_UTC_OFFSET_VALID | Flags::TIME_TRACEABLE,
        time_source: TimeSource::GNSS,
    };
    let octets = vec![6, 0x21, 0x4E, 0x5D, 0, 38, 0x1C, 0x20];
    assert_eq!(bench.set(ManagementData::GrandmasterSettingsNp(settings)), Answer::Data(octets.clone()));
    let parent = bench.clock.parent_ds();
    assert_eq!(parent.grandmaster_clock_quality, settings.clock_quality);
    assert_eq!(bench.clock.time_properties_ds().current_utc_offset, 38);
    let before = bench.everything();
    // Two leap seconds at once, and a class that is another timescale's.
    let leaps = GrandmasterSettingsNp { flags: settings.flags | Flags::LEAP59 | Flags::LEAP61, ..settings };
    let wrong = Answer::Refused(ManagementErrorId::WRONG_VALUE);
    assert_eq!(bench.set(ManagementData::GrandmasterSettingsNp(leaps)), wrong);
    let timescale = GrandmasterSettingsNp { flags: Flags::empty(), current_utc_offset: 0, ..settings };
    assert_eq!(bench.set(ManagementData::GrandmasterSettingsNp(timescale)), wrong);
    let short = bench.give(0, &raw(ManagementAction::SET, ManagementId::GRANDMASTER_SETTINGS_NP.0, &octets[..6]));
    let outcome = Response::parse(&short[0].2).unwrap().outcome;
    assert_eq!(outcome, Outcome::Refused(ManagementErrorId::WRONG_LENGTH));
    assert_eq!(bench.everything(), before);
}
