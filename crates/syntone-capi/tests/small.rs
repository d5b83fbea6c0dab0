//! The library for a slave and nothing more: `cargo test -p syntone-capi --no-default-features --features std --test small`.
#![cfg(not(feature = "full"))]

#[expect(dead_code, reason = "the other tests do more with it")]
#[path = "clocks/quiet.rs"]
mod quiet;

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;
use quiet::{Quiet, ROOM, Storage, config, new_clock};
use syntone_capi::clock::*;
use syntone_capi::config::*;
use syntone_capi::event::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::status::*;

/// A slave.
fn slave() -> SyntoneConfig {
    SyntoneConfig { slave_only: 1, ..config() }
}

fn refusal(change: fn(&mut SyntoneConfig)) -> (SyntoneResult, SyntoneConfigError) {
    let (mut storage, mut quiet, mut config) = (Storage::new(), Quiet::new(), slave());
    change(&mut config);
    let (hal, mut clock) = (quiet.hal(), ptr::null_mut());
    let mut error = SyntoneConfigError { option: [1; 64], value: 1, minimum: 1, maximum: 1 };
    // SAFETY: pointers to locals and to storage of that size.
    let result = unsafe {
        syntone_clock_init(storage.place(), ROOM, &raw const config, &raw const hal, &raw mut clock, &raw mut error)
    };
    assert!(clock.is_null());
    (result, error)
}

#[test]
fn what_a_slave_cannot_be_is_refused_without_a_name() {
    let wrong: [fn(&mut SyntoneConfig); 14] = [
        |config| config.slave_only = 0,
        |config| config.port_count = 0,
        |config| config.port_count = 2,
        |config| config.sdo_id = 0x1000,
        |config| config.clock_identity = [0; 8],
        |config| config.max_steps_removed = 1,
        |config| config.minor_version_ptp = 2,
        |config| config.lock_count = 0,
        |config| config.step_threshold = -1,
        |config| config.ports[0].delay_mechanism = 2,
        |config| config.ports[0].hybrid = 1,
        |config| config.ports[0].log_sync_interval = 8,
        |config| config.ports[0].announce_receipt_timeout = 1,
        |config| config.ports[0].ingress_latency = i64::MAX,
    ];
    for (number, change) in wrong.into_iter().enumerate() {
        let (result, error) = refusal(change);
        assert_eq!(result, SyntoneResult::BadConfig, "{number}");
        assert_eq!((error.option, error.value, error.minimum, error.maximum), ([0; 64], 0, 0, 0), "{number}");
    }
}

#[test]
fn what_a_master_says_and_does_is_not_looked_at() {
    let (mut storage, mut quiet, mut config) = (Storage::new(), Quiet::new(), slave());
    (config.priority1, config.clock_class, config.time_flags) = (7, 6, SYNTONE_TIME_LEAP61 | SYNTONE_TIME_LEAP59);
    (config.ports[0].log_min_delay_req_interval, config.ports[0].log_min_pdelay_req_interval) = (100, 100);
    let clock = new_clock(&mut storage, &mut quiet, &config);
    // SAFETY: a clock that was made in storage that lives on; a status of zeros is one.
    let status = unsafe {
        let mut status = core::mem::zeroed::<SyntoneStatus>();
        status.struct_size = size_of::<SyntoneStatus>() as u32;
        assert_eq!(syntone_clock_status(clock, &raw mut status), SyntoneResult::Ok);
        status
    };
    assert_eq!((status.grandmaster_priority1, status.grandmaster_clock_class), (128, 255));
}

unsafe extern "C" fn note(context: *mut c_void, event: *const SyntoneEvent) {
    // SAFETY: the test hands over its list, the library an event.
    unsafe { (*context.cast::<Vec<u8>>()).push((*event).kind) };
}

#[test]
fn a_listener_is_told_from_when_it_is_set_to_when_it_is_taken_away() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &slave());
    let mut kinds: Vec<u8> = Vec::new();
    let list = &raw mut kinds;
    // SAFETY: the clock and the list outlive the calls.
    unsafe {
        assert_eq!(syntone_clock_on_event(clock, Some(note), list.cast()), SyntoneResult::Ok);
        assert_eq!(syntone_clock_run_once(clock, ptr::null_mut()), SyntoneResult::Ok);
        // INITIALIZING, then LISTENING.
        assert_eq!(*list, [SYNTONE_EVENT_STATE]);
        assert_eq!(syntone_clock_on_event(clock, None, ptr::null_mut()), SyntoneResult::Ok);
        assert_eq!(syntone_clock_stepped(clock, 1), SyntoneResult::Ok);
        assert_eq!(syntone_clock_run_once(clock, ptr::null_mut()), SyntoneResult::Ok);
        assert_eq!(*list, [SYNTONE_EVENT_STATE]);
    }
}
