//! The functions called as C would call them: right, wrong, and from their own callbacks.

use crate::quiet::{Quiet, ROOM, Sent, Storage, config, option};
use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use std::cell::RefCell;
use std::rc::Rc;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::config::*;
use syntone_capi::event::*;
use syntone_capi::grandmaster::*;
use syntone_capi::result::{SyntoneResult, syntone_result_text};
use syntone_capi::status::*;

/// Keeps every event in the Vec behind the context.
unsafe extern "C" fn on_event(context: *mut c_void, event: *const SyntoneEvent) {
    // SAFETY: the tests hand over a Vec, which outlives the clock; the library a pointer to an event.
    unsafe { (*context.cast::<Vec<SyntoneEvent>>()).push(*event) };
}

fn status() -> SyntoneStatus {
    // SAFETY: integers only, for which zeros are values.
    let zeros: SyntoneStatus = unsafe { core::mem::zeroed() };
    SyntoneStatus { struct_size: size_of::<SyntoneStatus>() as u32, ..zeros }
}

fn port_status() -> SyntonePortStatus {
    // SAFETY: integers only, for which zeros are values.
    let zeros: SyntonePortStatus = unsafe { core::mem::zeroed() };
    SyntonePortStatus { struct_size: size_of::<SyntonePortStatus>() as u32, ..zeros }
}

/// Calls syntone_clock_init with what is given, and an error to be filled in.
fn init(
    storage: *mut c_void,
    size: usize,
    config: *const SyntoneConfig,
    hal: *const SyntoneHal,
) -> (SyntoneResult, *mut SyntoneClock, SyntoneConfigError) {
    let mut clock = ptr::dangling_mut();
    let mut error = SyntoneConfigError { option: [1; 64], value: 0, minimum: 0, maximum: 0 };
    // SAFETY: the tests give null or valid pointers, and `size` octets of storage.
    let result = unsafe { syntone_clock_init(storage, size, config, hal, &raw mut clock, &raw mut error) };
    (result, clock, error)
}

#[test]
fn every_wrong_argument_of_init_is_its_own_result_and_makes_no_clock() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (config, hal, place) = (config(), quiet.hal(), storage.place());
    let refused = |storage, size, config: *const _, hal: *const _| {
        let (result, clock, error) = init(storage, size, config, hal);
        assert!(clock.is_null(), "{result:?}");
        assert_eq!(option(&error), "", "{result:?}");
        result
    };
    let (c, h) = (&raw const config, &raw const hal);
    assert_eq!(refused(ptr::null_mut(), ROOM, c, h), SyntoneResult::NullPointer);
    assert_eq!(refused(place, ROOM, ptr::null(), h), SyntoneResult::NullPointer);
    assert_eq!(refused(place, ROOM, c, ptr::null()), SyntoneResult::NullPointer);
    assert_eq!(refused(place.wrapping_byte_add(8), ROOM - 8, c, h), SyntoneResult::Misaligned);
    assert_eq!(refused(place, ROOM, c.wrapping_byte_add(1), h), SyntoneResult::Misaligned);
    assert_eq!(refused(place, ROOM, c, h.wrapping_byte_add(4)), SyntoneResult::Misaligned);
    assert_eq!(refused(place, syntone_clock_size(1) - 1, c, h), SyntoneResult::StorageTooSmall);
    assert_eq!(refused(place, 0, c, h), SyntoneResult::StorageTooSmall);
    let unset = SyntoneConfig { struct_size: 0, ..config };
    assert_eq!(refused(place, ROOM, &unset, h), SyntoneResult::WrongSize);
    let larger = SyntoneHal { struct_size: hal.struct_size + 8, ..hal };
    assert_eq!(refused(place, ROOM, c, &larger), SyntoneResult::WrongSize);
    let newer = SyntoneHal { abi_version: SYNTONE_ABI_VERSION + 1, ..hal };
    assert_eq!(refused(place, ROOM, c, &newer), SyntoneResult::WrongVersion);
    let hals = [
        SyntoneHal { receive: None, ..hal },
        SyntoneHal { send: None, ..hal },
        SyntoneHal { poll_egress: None, ..hal },
        SyntoneHal { monotonic: None, ..hal },
        SyntoneHal { now: None, ..hal },
        SyntoneHal { set_frequency: None, ..hal },
    ];
    for lacking in &hals {
        assert_eq!(refused(place, ROOM, c, lacking), SyntoneResult::MissingFunction);
    }
    // SAFETY: null is allowed to be handed over.
    let nowhere = unsafe { syntone_clock_init(place, ROOM, c, h, ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(nowhere, SyntoneResult::NullPointer);
    assert!(storage.is_garbage_from(0), "a refused clock wrote to the storage");
}

#[test]
fn a_wrong_option_is_named_with_value_and_range() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (right, hal) = (config(), quiet.hal());
    let mut ports = right.ports;
    ports[0].log_sync_interval = 8;
    let wrong = [
        (SyntoneConfig { port_count: 9, ..right }, "port_count", (9, 1, 8)),
        (SyntoneConfig { port_count: 0, ..right }, "port_count", (0, 1, 8)),
        (SyntoneConfig { sdo_id: 0x1000, ..right }, "sdoId", (0x1000, 0, 0xFFF)),
        (SyntoneConfig { max_steps_removed: 1, ..right }, "maxStepsRemoved", (1, 2, 255)),
        (SyntoneConfig { lock_count: 0, ..right }, "lock_count", (0, 1, 255)),
        (SyntoneConfig { ports, ..right }, "logSyncInterval", (8, -7, 7)),
        (SyntoneConfig { slave_only: 1, port_count: 2, ..right }, "portCount of a slaveOnly clock", (2, 1, 1)),
    ];
    for (config, name, (value, minimum, maximum)) in &wrong {
        let (result, clock, error) = init(storage.place(), ROOM, config, &hal);
        assert_eq!((result, clock), (SyntoneResult::BadConfig, ptr::null_mut()), "{name}");
        assert_eq!(option(&error), *name);
        assert_eq!((error.value, error.minimum, error.maximum), (*value, *minimum, *maximum), "{name}");
    }
    let nobody = SyntoneConfig { clock_identity: [0; 8], ..right };
    let (result, _, error) = init(storage.place(), ROOM, &nobody, &hal);
    assert_eq!((result, option(&error)), (SyntoneResult::BadConfig, "clockIdentity"));
}

#[test]
fn storage_without_a_clock_is_told_from_one_with() {
    let mut storage = Storage::new();
    let mut next = 0;
    // SAFETY: pointers to storage that holds no clock, and null: both are allowed.
    unsafe {
        let clock = storage.place().cast();
        assert_eq!(syntone_clock_run_once(clock, &raw mut next), SyntoneResult::NoClock);
        assert_eq!(syntone_clock_on_event(clock, None, ptr::null_mut()), SyntoneResult::NoClock);
        assert_eq!(syntone_clock_status(clock, &mut status()), SyntoneResult::NoClock);
        assert_eq!(syntone_clock_port_status(clock, 0, &mut port_status()), SyntoneResult::NoClock);
        assert_eq!(syntone_clock_run_once(ptr::null_mut(), &raw mut next), SyntoneResult::NullPointer);
        let odd = storage.place().wrapping_byte_add(1).cast();
        assert_eq!(syntone_clock_run_once(odd, &raw mut next), SyntoneResult::Misaligned);
    }
}

#[test]
fn clocks_of_one_to_eight_ports_fit_the_constant_and_work() {
    for ports in 1..=8_u8 {
        let room = SYNTONE_CLOCK_SIZE_BASE + usize::from(ports) * SYNTONE_CLOCK_SIZE_PORT;
        assert!(syntone_clock_size(ports) <= room, "{ports}");
        let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
        let config = SyntoneConfig { port_count: ports, ..config() };
        let (result, clock, _) = init(storage.place(), syntone_clock_size(ports), &config, &quiet.hal());
        assert_eq!(result, SyntoneResult::Ok);
        let mut status = status();
        let mut port = port_status();
        // SAFETY: a clock that was just made.
        unsafe {
            assert_eq!(syntone_clock_run_once(clock, ptr::null_mut()), SyntoneResult::Ok);
            assert_eq!(syntone_clock_status(clock, &raw mut status), SyntoneResult::Ok);
            assert_eq!(syntone_clock_port_status(clock, ports - 1, &raw mut port), SyntoneResult::Ok);
            assert_eq!(syntone_clock_port_status(clock, ports, &raw mut port), SyntoneResult::OutOfRange);
        }
        assert_eq!((status.port_count, port.port_number), (ports, u16::from(ports)));
        assert_eq!((status.clock_identity, status.grandmaster), (config.clock_identity, config.clock_identity));
        assert_eq!(port.state, SyntonePortState::Listening as u8);
        assert!(storage.is_garbage_from(syntone_clock_size(ports)), "wrote beyond its size");
    }
    assert_eq!((syntone_clock_size(0), syntone_clock_size(9)), (0, 0));
}

#[test]
fn a_clock_alone_becomes_master_and_says_so() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (result, clock, _) = init(storage.place(), ROOM, &config(), &quiet.hal());
    assert_eq!(result, SyntoneResult::Ok);
    quiet.arriving.push_back((SyntoneReceived::default(), vec![0; 3]));
    let mut events: Vec<SyntoneEvent> = Vec::new();
    let (mut next, mut port) = (0, port_status());
    // SAFETY: a clock that was just made; the context outlives it.
    unsafe {
        let context = (&raw mut events).cast();
        assert_eq!(syntone_clock_on_event(clock, Some(on_event), context), SyntoneResult::Ok);
        while quiet.time < 30_000_000_000 {
            assert_eq!(syntone_clock_run_once(clock, &raw mut next), SyntoneResult::Ok);
            assert!(next > quiet.time, "asks to be called again at once: {next}");
            quiet.time = next;
        }
        assert_eq!(syntone_clock_port_status(clock, 0, &raw mut port), SyntoneResult::Ok);
    }
    assert_eq!(port.state, SyntonePortState::Master as u8);
    let states: Vec<_> = events.iter().filter(|event| event.kind == SYNTONE_EVENT_STATE).collect();
    assert_eq!(states.last().expect("it changed its state").state, SyntonePortState::Master as u8);
    // Every 2 s an Announce and every second a Sync, from the sixth second on or a little later.
    assert!((20..=26).contains(&port.sent[0x0]) && (10..=13).contains(&port.sent[0xB]), "{:?}", port.sent);
    // No egress stamp ever came, so no Follow_Up could leave.
    assert_eq!(port.sent[0x8], 0);
    assert_eq!(usize::try_from(port.sent.iter().sum::<u32>()).expect("few"), quiet.sent.len());
    // The one frame that came in was none of PTP's.
    let discarded = |name| {
        (0..32)
            .find(|reason| self::name(*reason).as_deref() == Some(name))
            .map(|reason| port.discarded[reason as usize])
    };
    assert_eq!((discarded("malformed"), discarded("domain")), (Some(1), Some(0)));
}

#[test]
fn a_grandmaster_is_told_of_its_leap_second_and_tells_utc() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (_, clock, _) = init(storage.place(), ROOM, &config(), &quiet.hal());
    let mut events: Vec<SyntoneEvent> = Vec::new();
    // SAFETY: the clock and its board are there, and everything pointed to is a local.
    unsafe {
        let context = (&raw mut events).cast();
        assert_eq!(syntone_clock_on_event(clock, Some(on_event), context), SyntoneResult::Ok);
        let at = SyntoneTimestamp { seconds: 1_483_228_836, ..SyntoneTimestamp::default() };
        let (mut utc, mut next) = (SyntoneUtc::default(), 0);
        assert_eq!(syntone_clock_utc(clock, &at, &mut utc), SyntoneResult::OutOfRange);
        let mut error = SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 };
        let told = SyntoneGrandmaster {
            struct_size: size_of::<SyntoneGrandmaster>() as u32,
            clock_class: 6,
            clock_accuracy: 0x21,
            offset_scaled_log_variance: 0x4E5D,
            current_utc_offset: 36,
            time_flags: SYNTONE_TIME_PTP_TIMESCALE | SYNTONE_TIME_UTC_OFFSET_VALID | SYNTONE_TIME_LEAP61,
            time_source: 0x20,
            ..SyntoneGrandmaster::default()
        };
        let wrong = SyntoneGrandmaster { clock_class: 13, ..told };
        assert_eq!(syntone_clock_set_grandmaster(clock, &wrong, &mut error), SyntoneResult::BadConfig);
        assert_eq!(option(&error), "ptpTimescale with clockClass 13, 14, 58 or 193");
        assert_eq!((error.value, error.minimum, error.maximum), (1, 0, 0));
        assert_eq!(syntone_clock_set_grandmaster(clock, &told, &mut error), SyntoneResult::Ok);
        assert_eq!(option(&error), "");
        // It listens for 8 s at the most, then sends Syncs, whose stamps tell it the time: 2016-12-31T23:59:59Z at first.
        for seconds in [1_483_228_835, 1_483_228_837] {
            let stamp = SyntoneTimestamp { seconds, ..SyntoneTimestamp::default() };
            for _ in 0..40 {
                quiet.time += 500_000_000;
                assert_eq!(syntone_clock_run_once(clock, &raw mut next), SyntoneResult::Ok);
                let events = quiet.sent.drain(..).filter(|sent| sent.transmit.is_event != 0);
                let stamped = |sent: Sent| SyntoneEgressStamp { stamp, ticket: sent.transmit.ticket, has_stamp: 1 };
                quiet.stamps.extend(events.map(stamped));
            }
        }
        assert_eq!(syntone_clock_utc(clock, &at, &mut utc), SyntoneResult::Ok);
        let inserted = SyntoneUtc { year: 2016, month: 12, day: 31, hour: 23, minute: 59, second: 60, ..utc };
        assert_eq!((utc, utc.nanoseconds, utc.current), (inserted, 0, 1));
        let changed = events.iter().rev().find(|event| event.kind == SYNTONE_EVENT_PARENT).expect("told");
        assert_eq!((changed.master_before.clock_class, changed.master.clock_class), (248, 6));
        assert_eq!(changed.master.grandmaster, config().clock_identity);
        let changed = events.iter().find(|event| event.kind == SYNTONE_EVENT_TIME_PROPERTIES).expect("told");
        assert_eq!((changed.time.current_utc_offset, changed.time.time_flags), (36, told.time_flags));
        assert_eq!(changed.time_before.current_utc_offset, 37);
        let changed = events.iter().rev().find(|event| event.kind == SYNTONE_EVENT_TIME_PROPERTIES).expect("told");
        let after = SYNTONE_TIME_PTP_TIMESCALE | SYNTONE_TIME_UTC_OFFSET_VALID;
        assert_eq!((changed.time.current_utc_offset, changed.time.time_flags), (37, after), "midnight has passed");
    }
}

fn name(reason: u32) -> Option<String> {
    let mut name: [c_char; 32] = [0; 32];
    // SAFETY: the array and its size.
    let result = unsafe { syntone_discard_name(reason, name.as_mut_ptr(), name.len()) };
    // SAFETY: after success the name ends with NUL.
    (result == SyntoneResult::Ok).then(|| unsafe { CStr::from_ptr(name.as_ptr()) }.to_str().expect("ASCII").to_owned())
}

#[test]
fn calls_from_a_callback_are_refused_as_busy() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (_, clock, _) = init(storage.place(), ROOM, &config(), &quiet.hal());
    let results = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&results);
    // SAFETY: a clock, at work.
    quiet.on_send = Some(Box::new(move || unsafe {
        told.borrow_mut().extend([
            syntone_clock_run_once(clock, ptr::null_mut()),
            syntone_clock_status(clock, &mut status()),
            syntone_clock_on_event(clock, None, ptr::null_mut()),
            syntone_clock_stepped(clock, 1),
        ]);
    }));
    while results.borrow().is_empty() {
        let mut next = 0;
        // SAFETY: a clock that was just made.
        assert_eq!(unsafe { syntone_clock_run_once(clock, &raw mut next) }, SyntoneResult::Ok);
        quiet.time = next;
    }
    assert!(results.borrow().iter().all(|result| *result == SyntoneResult::Busy), "{results:?}");
}

#[test]
fn structs_of_another_size_and_pointers_to_nowhere_are_refused_everywhere() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (_, clock, _) = init(storage.place(), ROOM, &config(), &quiet.hal());
    let (mut wrong, mut wrong_port) = (SyntoneStatus { struct_size: 4, ..status() }, port_status());
    wrong_port.struct_size += 1;
    // SAFETY: a clock that was just made, places that are there, and nulls.
    unsafe {
        assert_eq!(syntone_clock_status(clock, &raw mut wrong), SyntoneResult::WrongSize);
        assert_eq!(syntone_clock_status(clock, ptr::null_mut()), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_port_status(clock, 0, &raw mut wrong_port), SyntoneResult::WrongSize);
        assert_eq!(syntone_clock_port_status(clock, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        let odd = (&raw mut wrong).cast::<u8>().wrapping_add(1).cast();
        assert_eq!(syntone_clock_status(clock, odd), SyntoneResult::Misaligned);
        let odd = (&raw mut wrong).cast::<u8>().wrapping_add(1).cast();
        assert_eq!(syntone_clock_run_once(clock, odd), SyntoneResult::Misaligned);
        let mut config = config();
        assert_eq!(syntone_config_init(&raw mut config, 12), SyntoneResult::WrongSize);
        assert_eq!(syntone_config_init(ptr::null_mut(), 12), SyntoneResult::NullPointer);
        assert_eq!(syntone_discard_name(0, ptr::null_mut(), 8), SyntoneResult::NullPointer);
        assert_eq!(syntone_discard_name(99, config.clock_identity.as_mut_ptr().cast(), 8), SyntoneResult::OutOfRange);
        assert_eq!(
            syntone_discard_name(0, config.clock_identity.as_mut_ptr().cast(), 0),
            SyntoneResult::StorageTooSmall
        );
        assert_eq!(syntone_discard_name(0, config.clock_identity.as_mut_ptr().cast(), 5), SyntoneResult::Ok);
        assert_eq!(config.clock_identity, *b"malf\0\0\0\x01");
    }
}

/// IEEE 1588-2019 I.3
#[test]
fn defaults_are_those_of_the_default_profile() {
    // IEEE 1588-2019 I.3.2: the values of the default delay request-response profile.
    let config = config();
    assert_eq!((config.port_count, config.domain_number, config.sdo_id), (1, 0, 0));
    assert_eq!((config.priority1, config.priority2, config.slave_only), (128, 128, 0));
    assert_eq!((config.clock_class, config.clock_accuracy, config.offset_scaled_log_variance), (248, 0xFE, 0xFFFF));
    for port in &config.ports {
        assert_eq!((port.log_announce_interval, port.log_sync_interval), (1, 0));
        assert_eq!((port.log_min_delay_req_interval, port.announce_receipt_timeout), (0, 3));
    }
}

#[test]
fn every_result_has_its_text_and_every_other_number_one_too() {
    // SAFETY: the function returns pointers to static strings that end with NUL.
    let text = |result| unsafe { CStr::from_ptr(syntone_result_text(result)) }.to_str().expect("ASCII");
    assert_eq!(text(SyntoneResult::Ok as i32), "done");
    assert_eq!(text(SyntoneResult::OutOfRange as i32), "no such port or number");
    assert_eq!(text(SyntoneResult::NoClock as i32), "the storage holds no clock");
    assert_eq!(text(SyntoneResult::NotOpen as i32), "the board is not open");
    for unknown in [-1, SyntoneResult::NotAnswered as i32 + 1, i32::MAX, i32::MIN] {
        assert_eq!(text(unknown), "not a result");
    }
}
