//! What a slave tells of its measurements, and requests for intervals, by the calls of C.

use crate::quiet::{Quiet, Storage, config, hear, new_clock, option, run_until};
use core::mem::{size_of, zeroed};
use core::ptr;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::codec::*;
use syntone_capi::config::{SyntoneConfig, SyntoneConfigError};
use syntone_capi::event::SyntonePortIdentity;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;
use syntone_capi::signaling::*;
use syntone_capi::slave_event::*;

const NONE: SyntoneConfigError = SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 };

fn monitoring(clock: *mut SyntoneClock, port: u8) -> (SyntoneResult, SyntoneSlaveMonitoring) {
    let size = size_of::<SyntoneSlaveMonitoring>() as u32;
    let mut told = SyntoneSlaveMonitoring { struct_size: size, ..Default::default() };
    // SAFETY: a clock, and a pointer to a local.
    (unsafe { syntone_clock_slave_monitoring(clock, port, &raw mut told) }, told)
}

/// What came of it, and which member was wrong.
fn monitor(clock: *mut SyntoneClock, port: u8, ds: &SyntoneSlaveMonitoring) -> (SyntoneResult, String) {
    let mut error = NONE;
    // SAFETY: a clock, and pointers to what is there.
    let result = unsafe { syntone_clock_set_slave_monitoring(clock, port, ds, &raw mut error) };
    (result, option(&error).to_owned())
}

/// A Sync in one step of clock 9 at so many seconds, which came so many nanoseconds later.
fn sync(quiet: &mut Quiet, sequence: u8, seconds: u8, later: u32) {
    let mut octets = vec![0; 44];
    octets[..4].copy_from_slice(&[0, 0x12, 0, 44]);
    octets[20..30].copy_from_slice(&[9, 0, 0, 0xFF, 0xFE, 0, 0, 9, 0, 1]);
    octets[31] = sequence;
    octets[39] = seconds;
    let stamp = SyntoneTimestamp { seconds: seconds.into(), nanoseconds: later, subnanoseconds: 0 };
    quiet.arriving.push_back((SyntoneReceived { stamp, has_stamp: 1, ..Default::default() }, octets));
}

/// The measurements in the first TLV of a message.
fn events(octets: &[u8]) -> Vec<SyntoneSlaveEvent> {
    // SAFETY: integers and pointers, for which zeros are values.
    let (mut message, mut tlv) = unsafe { (zeroed::<SyntoneMessage>(), zeroed::<SyntoneTlv>()) };
    message.struct_size = size_of::<SyntoneMessage>() as u32;
    let mut position = 0;
    // SAFETY: pointers to what is there.
    unsafe {
        let decoded = syntone_message_decode(octets.as_ptr(), octets.len(), &raw mut message, ptr::null_mut());
        assert_eq!(decoded, SyntoneResult::Ok);
        let next = syntone_tlv_next(message.tlvs, message.tlvs_length, &raw mut position, &raw mut tlv);
        assert_eq!(next, SyntoneResult::Ok);
    }
    let size = size_of::<SyntoneSlaveEvent>() as u32;
    let event = |index| {
        let mut event = SyntoneSlaveEvent { struct_size: size, ..Default::default() };
        // SAFETY: pointers to what is there.
        match unsafe { syntone_slave_event_decode(&raw const tlv, index, &raw mut event) } {
            SyntoneResult::Ok => Some(event),
            result => {
                assert_eq!(result, SyntoneResult::OutOfRange);
                None
            }
        }
    };
    (0..).map_while(event).collect()
}

/// IEEE 1588-2019 16.11.4.1
#[test]
fn a_slave_tells_of_every_second_sync_two_at_a_time_and_a_collector_reads_them() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    let (result, off) = monitoring(clock, 0);
    assert_eq!((result, off.enable, off.events_per_rx_sync_timing_tlv), (SyntoneResult::Ok, 0, 1));
    let ds = SyntoneSlaveMonitoring {
        enable: SYNTONE_MONITOR_RX_SYNC_TIMING,
        events_per_rx_sync_timing_tlv: 2,
        rx_sync_timing_tlv_message_m: 2,
        destination: SYNTONE_DESTINATION_UNICAST,
        address: SyntoneAddress {
            kind: SYNTONE_ADDRESS_IPV4,
            octets: [10, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        },
        ..off
    };
    assert_eq!(monitor(clock, 0, &ds), (SyntoneResult::Ok, String::new()));
    assert_eq!(monitoring(clock, 0), (SyntoneResult::Ok, ds));
    hear(clock, &mut quiet, 9, &[]);
    for number in 1..=4 {
        sync(&mut quiet, number, number, 700 + u32::from(number));
        let until = quiet.time + 500_000_000;
        run_until(clock, &mut quiet, until);
    }
    let sent: Vec<_> = quiet.sent.iter().filter(|sent| sent.octets[0] & 0xF == 0xC).collect();
    assert_eq!(sent.len(), 1, "one message for two of four Syncs");
    assert_eq!((sent[0].transmit.destination, sent[0].transmit.address), (SYNTONE_DESTINATION_UNICAST, ds.address));
    let at = |seconds, nanoseconds| SyntoneTimestamp { seconds, nanoseconds, subnanoseconds: 0 };
    let told: Vec<_> = events(&sent[0].octets).iter().map(|it| (it.sequence_id, it.sent, it.received)).collect();
    assert_eq!(told, [(2, at(2, 0), at(2, 702)), (4, at(4, 0), at(4, 704))]);
    let master = SyntonePortIdentity { clock_identity: [9, 0, 0, 0xFF, 0xFE, 0, 0, 9], port_number: 1 };
    assert!(events(&sent[0].octets).iter().all(|it| it.source == master && it.correction == 0));
}

fn octets(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// What ptp4l 3.1.1 sent of its seventh Sync and its twelfth delay exchange, over veth.
const PTP4L_SYNC: &str = "0c02005c00000000000000000000000000000000569414fffe1f15740000000f057fffffffffffffffffffff\
    8004002c4a56aefffeb13cdf0001001000006b0714d80440256a00000000000000000000000000006b0714d804402a8a";
const PTP4L_DELAY: &str = "0c02005800000000000000000000000000000000569414fffe1f15740000000c057fffffffffffffffffffff\
    7f0000284a56aefffeb13cdf0001000c00006b0714d70d679c00000000000000000000006b0714d70d67a460";

/// IEEE 1588-2019 16.11.4
#[test]
fn what_other_slaves_tell_is_read() {
    let [sync, delay] = [PTP4L_SYNC, PTP4L_DELAY].map(|hex| events(&octets(hex)));
    let source =
        SyntonePortIdentity { clock_identity: [0x4A, 0x56, 0xAE, 0xFF, 0xFE, 0xB1, 0x3C, 0xDF], port_number: 1 };
    for (events, tlv_type, sequence_id, way) in
        [(sync, SYNTONE_TLV_SLAVE_RX_SYNC_TIMING, 16, 0x520), (delay, SYNTONE_TLV_SLAVE_DELAY_TIMING, 12, 0x860)]
    {
        let [event] = events[..] else { panic!("{events:?}") };
        assert_eq!((event.tlv_type, event.sequence_id, event.source), (tlv_type, sequence_id, source));
        assert_eq!(event.received.nanoseconds - event.sent.nanoseconds, way, "the way over veth");
    }
}

/// IEEE 1588-2019 16.11.4.2, IEEE 1588-2019 16.11.4.3
#[test]
fn computed_data_and_egress_stamps_have_members_of_their_own() {
    let mut message = vec![0x0C, 0x12];
    message.resize(44, 0);
    let slave = [2, 0, 0, 0xFF, 0xFE, 0, 0, 2, 0, 1];
    let mut computed = vec![0x80, 0x05, 0, 34];
    computed.extend(slave);
    computed.extend([6, 0, 0, 77]); // delay and offset hold; sequenceId
    computed.extend((-3_i64 << 16).to_be_bytes());
    computed.extend((450_i64 << 16).to_be_bytes());
    computed.extend((-9_i32).to_be_bytes());
    let mut sent = vec![0x80, 0x06, 0, 24];
    sent.extend(slave);
    sent.extend([2, 0, 0, 78, 0, 0, 0, 0, 0, 5, 0, 0, 0, 6]); // Pdelay_Req, sequenceId, 5 s, 6 ns
    let read = |tlv: &[u8]| {
        let mut octets = [&message[..], tlv].concat();
        octets[3] = u8::try_from(octets.len()).expect("short");
        let [event] = events(&octets)[..] else { panic!("one event") };
        event
    };
    let event = read(&computed);
    assert_eq!(
        (event.sequence_id, event.computed),
        (77, SYNTONE_COMPUTED_MEAN_PATH_DELAY | SYNTONE_COMPUTED_OFFSET_FROM_MASTER)
    );
    assert_eq!((event.offset_from_master, event.mean_path_delay, event.rate_offset), (-3 << 16, 450 << 16, -9));
    let event = read(&sent);
    assert_eq!((event.sequence_id, event.message_type, event.source.port_number), (78, 2, 1));
    assert_eq!((event.sent.seconds, event.sent.nanoseconds), (5, 6));
    // Another TLV, a TLV that is not whole, and one that is not there.
    let value = [0_u8; 8];
    let mut tlv = SyntoneTlv { value: value.as_ptr(), length: 8, tlv_type: 3 };
    let mut event = SyntoneSlaveEvent::default();
    // SAFETY: pointers to what is there, and nulls.
    unsafe {
        assert_eq!(syntone_slave_event_decode(&raw const tlv, 0, &raw mut event), SyntoneResult::WrongSize);
        event.struct_size = size_of::<SyntoneSlaveEvent>() as u32;
        assert_eq!(syntone_slave_event_decode(&raw const tlv, 0, &raw mut event), SyntoneResult::OutOfRange);
        tlv.tlv_type = SYNTONE_TLV_SLAVE_RX_SYNC_TIMING;
        assert_eq!(syntone_slave_event_decode(&raw const tlv, 0, &raw mut event), SyntoneResult::OutOfRange);
        assert_eq!(syntone_slave_event_decode(ptr::null(), 0, &raw mut event), SyntoneResult::NullPointer);
        assert_eq!(syntone_slave_event_decode(&raw const tlv, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        tlv.value = ptr::null();
        assert_eq!(syntone_slave_event_decode(&raw const tlv, 0, &raw mut event), SyntoneResult::NullPointer);
    }
}

#[test]
fn settings_of_monitoring_that_cannot_be_are_named_and_change_nothing() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let before = monitoring(clock, 0).1;
    for (wrong, name) in [
        (SyntoneSlaveMonitoring { enable: 8, ..before }, "enable"),
        (SyntoneSlaveMonitoring { events_per_rx_sync_timing_tlv: 9, ..before }, "eventsPerRxSyncTimingTLV"),
        (SyntoneSlaveMonitoring { tx_event_type: 0, ..before }, "txEventType"),
        (SyntoneSlaveMonitoring { tx_timestamps_tlv_message_m: 0, ..before }, "txTimestampsTLVMessageM"),
        (SyntoneSlaveMonitoring { destination: 3, ..before }, "destination, or the kind of its address"),
        (SyntoneSlaveMonitoring { destination: 2, ..before }, "destination, or the kind of its address"),
    ] {
        assert_eq!(monitor(clock, 0, &wrong), (SyntoneResult::BadConfig, name.to_owned()));
    }
    assert_eq!(monitoring(clock, 0).1, before);
    assert_eq!(monitor(clock, 1, &before).0, SyntoneResult::OutOfRange, "no such port");
    assert_eq!(monitoring(clock, 1).0, SyntoneResult::OutOfRange);
    assert_eq!(monitor(clock, 0, &SyntoneSlaveMonitoring { struct_size: 1, ..before }).0, SyntoneResult::WrongSize);
}

/// A message interval request of IEEE 802.1AS 10.6.4.3: Pdelay_Req, Sync, Announce.
const fn request_tlv(intervals: [i8; 3], flags: u8) -> [u8; 16] {
    let [pdelay_req, sync, announce] = intervals;
    #[expect(clippy::cast_sign_loss, reason = "the bits are meant")]
    let [pdelay_req, sync, announce] = [pdelay_req as u8, sync as u8, announce as u8];
    [0, 3, 0, 12, 0x00, 0x80, 0xC2, 0, 0, 2, pdelay_req, sync, announce, flags, 0, 0]
}

/// Somebody asks the first port.
fn ask(clock: *mut SyntoneClock, quiet: &mut Quiet, intervals: [i8; 3]) {
    let mut octets = vec![0; 44];
    octets[..4].copy_from_slice(&[0x0C, 0x12, 0, 60]);
    octets[20..30].copy_from_slice(&[7, 0, 0, 0xFF, 0xFE, 0, 0, 7, 0, 1]);
    octets[34..44].fill(0xFF);
    octets.extend(request_tlv(intervals, 0));
    quiet.arriving.push_back((SyntoneReceived::default(), octets));
    let until = quiet.time + 1_000;
    run_until(clock, quiet, until);
}

/// logAnnounceInterval, logSyncInterval, logMinPdelayReqInterval.
fn intervals(clock: *mut SyntoneClock) -> [i64; 3] {
    let settings = [
        SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL,
        SYNTONE_SETTING_LOG_SYNC_INTERVAL,
        SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL,
    ];
    settings.map(|setting| {
        let mut value = 77;
        // SAFETY: a clock, and a pointer to a local.
        assert_eq!(unsafe { syntone_clock_get(clock, setting, 0, &raw mut value) }, SyntoneResult::Ok);
        value
    })
}

/// IEEE 802.1AS 10.6.4.3
#[test]
fn a_master_takes_intervals_that_it_is_asked_for_within_what_is_accepted() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    run_until(clock, &mut quiet, 20_000_000_000);
    assert_eq!(intervals(clock), [1, 0, 0]);
    ask(clock, &mut quiet, [-1, -2, -3]);
    assert_eq!(intervals(clock), [1, 0, 0], "at first nothing is accepted");
    let accepted = SyntoneAcceptedIntervals {
        struct_size: size_of::<SyntoneAcceptedIntervals>() as u32,
        log_announce_interval_min: 0,
        log_announce_interval_max: 1,
        log_sync_interval_min: -3,
        log_sync_interval_max: 0,
        log_min_pdelay_req_interval_min: -4,
        log_min_pdelay_req_interval_max: 0,
        reserved: [0; 2],
    };
    let accept = |port, accepted: *const SyntoneAcceptedIntervals| {
        let mut error = NONE;
        // SAFETY: a clock, null or a pointer to what is there.
        let result = unsafe { syntone_clock_accept_interval_requests(clock, port, accepted, &raw mut error) };
        (result, option(&error).to_owned())
    };
    assert_eq!(accept(0, &raw const accepted), (SyntoneResult::Ok, String::new()));
    ask(clock, &mut quiet, [-1, -2, -3]);
    assert_eq!(intervals(clock), [1, -2, -1], "Announces are not accepted as fast as that");
    ask(clock, &mut quiet, [SYNTONE_INTERVAL_NO_CHANGE, SYNTONE_INTERVAL_INITIAL, SYNTONE_INTERVAL_STOP]);
    assert_eq!(intervals(clock), [1, 0, -1], "nothing is stopped");
    let turned = SyntoneAcceptedIntervals { log_sync_interval_min: 1, ..accepted };
    assert_eq!(accept(0, &raw const turned), (SyntoneResult::BadConfig, "logSyncInterval to be asked for".to_owned()));
    assert_eq!(accept(1, &raw const accepted).0, SyntoneResult::OutOfRange);
    let unset = SyntoneAcceptedIntervals { struct_size: 0, ..accepted };
    assert_eq!(accept(0, &raw const unset).0, SyntoneResult::WrongSize);
    assert_eq!(accept(0, ptr::null()).0, SyntoneResult::Ok);
    ask(clock, &mut quiet, [0, 0, 0]);
    assert_eq!(intervals(clock), [1, 0, -1], "nothing is accepted any more");
}

/// IEEE 802.1AS 10.6.4.3
#[test]
fn a_slave_asks_its_master_for_intervals_once() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    hear(clock, &mut quiet, 9, &[]);
    let request = SyntoneIntervalRequest {
        struct_size: size_of::<SyntoneIntervalRequest>() as u32,
        log_announce_interval: -1,
        log_sync_interval: -5,
        log_pdelay_req_interval: SYNTONE_INTERVAL_NO_CHANGE,
        flags: SYNTONE_INTERVAL_COMPUTE_LINK_DELAY | SYNTONE_INTERVAL_ONE_STEP_CAPABLE,
    };
    // SAFETY: a clock, nulls, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_request_intervals(clock, 0, &raw const request), SyntoneResult::Ok);
        assert_eq!(syntone_clock_request_intervals(clock, 1, &raw const request), SyntoneResult::OutOfRange);
        assert_eq!(syntone_clock_request_intervals(clock, 0, ptr::null()), SyntoneResult::NullPointer);
        let unset = SyntoneIntervalRequest { struct_size: 0, ..request };
        assert_eq!(syntone_clock_request_intervals(clock, 0, &raw const unset), SyntoneResult::WrongSize);
    }
    let until = quiet.time + 2_000_000_000;
    run_until(clock, &mut quiet, until);
    let sent: Vec<_> = quiet.sent.iter().filter(|sent| sent.octets[0] & 0xF == 0xC).collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].octets[34..44], [9, 0, 0, 0xFF, 0xFE, 0, 0, 9, 0, 1], "to the master that it follows");
    assert_eq!(sent[0].octets[44..], request_tlv([-128, -5, -1], 6));
}
