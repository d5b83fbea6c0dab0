//! Settings changed while a clock runs, by the calls of C.

use crate::quiet::{Quiet, Storage, announce, config, hear, new_clock, option, run_until};
use core::mem::{size_of, zeroed};
use core::ptr;
use syntone_capi::board::{SyntoneReceived, SyntoneTimestamp};
use syntone_capi::clock::{SyntoneClock, syntone_clock_run_once, syntone_clock_status};
use syntone_capi::config::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;
use syntone_capi::status::SyntoneStatus;

fn set(clock: *mut SyntoneClock, setting: u16, port: u8, value: i64) -> (SyntoneResult, SyntoneConfigError) {
    let mut error = SyntoneConfigError { option: [1; 64], value: 0, minimum: 0, maximum: 0 };
    // SAFETY: a clock, and a pointer to a local.
    let result = unsafe { syntone_clock_set(clock, setting, port, value, &raw mut error) };
    (result, error)
}

fn get(clock: *mut SyntoneClock, setting: u16, port: u8) -> Option<i64> {
    let mut value = 0;
    // SAFETY: a clock, and a pointer to a local.
    let result = unsafe { syntone_clock_get(clock, setting, port, &raw mut value) };
    assert!(matches!(result, SyntoneResult::Ok | SyntoneResult::OutOfRange), "{result:?}");
    (result == SyntoneResult::Ok).then_some(value)
}

#[test]
fn every_setting_is_read_back_as_it_was_set_and_out_of_its_range_changes_nothing() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    let of_clock = [
        (SYNTONE_SETTING_PRIORITY1, 128, 7, [-1, 256]),
        (SYNTONE_SETTING_PRIORITY2, 128, 255, [-1, 256]),
        (SYNTONE_SETTING_DOMAIN_NUMBER, 0, 24, [-1, 256]),
        (SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION, 0, 1, [-1, 2]),
        (SYNTONE_SETTING_PATH_TRACE, 0, 1, [-1, 2]),
        (SYNTONE_SETTING_ANNOUNCE_LENGTH, 0, 128, [63, 1441]),
    ];
    let of_port = [
        (SYNTONE_SETTING_PORT_ENABLE, 1, 0, [-1, 2]),
        (SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL, 1, -3, [-8, 8]),
        (SYNTONE_SETTING_ANNOUNCE_RECEIPT_TIMEOUT, 3, 10, [1, 256]),
        (SYNTONE_SETTING_LOG_SYNC_INTERVAL, 0, -7, [-8, 1_000]),
        (SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL, 0, 7, [-8, 8]),
        (SYNTONE_SETTING_MASTER_ONLY, 0, 1, [-1, 2]),
        (SYNTONE_SETTING_DESIRED_STATE, 7, 9, [8, i64::MAX]),
        (SYNTONE_SETTING_MANAGEMENT_ACCESS, 0, 2, [-1, 3]),
        (SYNTONE_SETTING_ACCEPTABLE_MASTERS, 0, 1, [-1, 2]),
        (SYNTONE_SETTING_ALTERNATE_MASTERS, 0, 4, [-1, 5]),
        (SYNTONE_SETTING_ALTERNATE_SYNC, 0, 1, [-1, 2]),
        (SYNTONE_SETTING_LOG_ALTERNATE_SYNC_INTERVAL, 0, -7, [-8, 8]),
    ];
    for (settings, ports) in [(&of_clock[..], [0, 0]), (&of_port[..], [1, 0])] {
        for (setting, before, after, wrong) in settings.iter().copied() {
            assert_eq!(get(clock, setting, ports[0]), Some(before), "{setting}");
            assert_eq!(set(clock, setting, ports[0], after).0, SyntoneResult::Ok, "{setting}");
            assert_eq!(get(clock, setting, ports[0]), Some(after), "{setting}");
            if ports[0] != ports[1] {
                assert_eq!(get(clock, setting, ports[1]), Some(before), "the other port has its own");
                let (result, error) = set(clock, setting, 2, after);
                assert_eq!(
                    (result, error.value),
                    (SyntoneResult::BadConfig, if setting == SYNTONE_SETTING_DESIRED_STATE { 2 } else { 3 })
                );
                assert_eq!(get(clock, setting, 2), None);
            }
            for value in wrong {
                let (result, error) = set(clock, setting, ports[0], value);
                assert_eq!((result, error.value), (SyntoneResult::BadConfig, value), "{setting}: {}", option(&error));
                assert!(!option(&error).is_empty() && (value < error.minimum || value > error.maximum || value == 8));
                assert_eq!(get(clock, setting, ports[0]), Some(after), "{setting}");
            }
        }
    }
    for unknown in [0, 9, 31, 44, u16::MAX] {
        assert_eq!(set(clock, unknown, 0, 0).0, SyntoneResult::OutOfRange);
        assert_eq!(get(clock, unknown, 0), None);
    }
}

#[test]
fn a_clock_that_becomes_slave_only_says_so_and_a_boundary_clock_cannot() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    assert_eq!(set(clock, SYNTONE_SETTING_SLAVE_ONLY, 0, 1).0, SyntoneResult::Ok);
    assert_eq!(get(clock, SYNTONE_SETTING_SLAVE_ONLY, 0), Some(1));
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let boundary = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    let (result, error) = set(boundary, SYNTONE_SETTING_SLAVE_ONLY, 0, 1);
    assert_eq!((result, option(&error)), (SyntoneResult::BadConfig, "slaveOnly"));
}

#[test]
fn a_saved_frequency_is_set_at_once_and_one_that_the_board_refuses_is_told() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    // SAFETY: a clock.
    unsafe {
        assert_eq!(syntone_clock_start_from(clock, 12 << 16), SyntoneResult::Ok);
        assert_eq!(quiet.frequency, Some(12 << 16));
        assert_eq!(syntone_clock_start_from(clock, 501 << 16), SyntoneResult::Refused);
        assert_eq!(quiet.frequency, Some(12 << 16));
        assert_eq!(syntone_clock_initialize(clock), SyntoneResult::Ok);
        assert_eq!(syntone_clock_run_once(clock, ptr::null_mut()), SyntoneResult::Ok);
    }
}

#[test]
fn a_clock_tells_the_frequency_that_it_starts_from_and_its_first_sync_does_not_lose_it() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    // SAFETY: a clock; integers only, for which zeros are values.
    let told = unsafe {
        assert_eq!(syntone_clock_start_from(clock, 12 << 16), SyntoneResult::Ok);
        let mut status = SyntoneStatus { struct_size: size_of::<SyntoneStatus>() as u32, ..zeroed() };
        assert_eq!(syntone_clock_status(clock, &raw mut status), SyntoneResult::Ok);
        status.frequency
    };
    assert_eq!(told, 12 << 16);
    hear(clock, &mut quiet, 9, &[]);
    quiet.frequency = None;
    let stamp = SyntoneTimestamp { seconds: 5, ..SyntoneTimestamp::default() };
    let mut sync = announce(9, 1, &[])[..44].to_vec();
    sync[..4].copy_from_slice(&[0x00, 0x12, 0, 44]);
    sync[33] = 0; // logMessageInterval
    quiet.arriving.push_back((SyntoneReceived { stamp, has_stamp: 1, ..SyntoneReceived::default() }, sync));
    let now = quiet.time;
    run_until(clock, &mut quiet, now);
    assert_eq!(quiet.frequency, Some(12 << 16), "as the first Sync finds it");
}

/// IEEE 1588-2019 I.4
#[test]
fn the_profiles_differ_in_the_delay_mechanism_and_others_are_refused() {
    let mut config = config();
    let size = config.struct_size;
    let mut init = |profile| {
        // SAFETY: a pointer to a local.
        let result = unsafe { syntone_config_init_profile(&raw mut config, size, profile) };
        (result, config.ports.map(|port| port.delay_mechanism))
    };
    assert_eq!(init(SYNTONE_PROFILE_DEFAULT_P2P), (SyntoneResult::Ok, [2; SYNTONE_MAX_PORTS]));
    assert_eq!(init(SYNTONE_PROFILE_DEFAULT_E2E), (SyntoneResult::Ok, [1; SYNTONE_MAX_PORTS]));
    assert_eq!(init(0).0, SyntoneResult::OutOfRange);
    assert_eq!(init(3).0, SyntoneResult::OutOfRange);
}

#[test]
fn no_clock_no_setting() {
    assert_eq!(set(ptr::null_mut(), SYNTONE_SETTING_PRIORITY1, 0, 1).0, SyntoneResult::NullPointer);
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    assert_eq!(set(storage.place().cast(), SYNTONE_SETTING_PRIORITY1, 0, 1).0, SyntoneResult::NoClock);
    let clock = new_clock(&mut storage, &mut quiet, &config());
    // SAFETY: a clock.
    assert_eq!(unsafe { syntone_clock_get(clock, 1, 0, ptr::null_mut()) }, SyntoneResult::NullPointer);
    // SAFETY: a clock; without a place for the error.
    assert_eq!(unsafe { syntone_clock_set(clock, 1, 0, 256, ptr::null_mut()) }, SyntoneResult::BadConfig);
}
