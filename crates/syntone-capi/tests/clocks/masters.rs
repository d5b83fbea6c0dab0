//! Which masters are followed, by the calls of C: acceptable ones, alternate ones, and ports that are told what to be.

use crate::quiet::{Quiet, Storage, announce, config, hear, new_clock, run_until};
use core::mem::{size_of, zeroed};
use core::ptr;
use syntone_capi::board::SyntoneReceived;
use syntone_capi::clock::*;
use syntone_capi::config::{SyntoneConfig, SyntoneConfigError};
use syntone_capi::event::{SyntonePortIdentity, SyntonePortState};
use syntone_capi::lent::*;
use syntone_capi::masters::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;
use syntone_capi::status::*;

fn set(clock: *mut SyntoneClock, setting: u16, port: u8, value: i64) {
    // SAFETY: a clock.
    assert_eq!(unsafe { syntone_clock_set(clock, setting, port, value, ptr::null_mut()) }, SyntoneResult::Ok);
}

/// The parent.
fn parent(clock: *mut SyntoneClock) -> SyntonePortIdentity {
    // SAFETY: a clock; integers only, for which zeros are values.
    unsafe {
        let mut status = SyntoneStatus { struct_size: size_of::<SyntoneStatus>() as u32, ..zeroed() };
        assert_eq!(syntone_clock_status(clock, &raw mut status), SyntoneResult::Ok);
        status.parent
    }
}

fn state(clock: *mut SyntoneClock, port: u8) -> u8 {
    // SAFETY: a clock; integers only, for which zeros are values.
    unsafe {
        let mut status = SyntonePortStatus { struct_size: size_of::<SyntonePortStatus>() as u32, ..zeroed() };
        assert_eq!(syntone_clock_port_status(clock, port, &raw mut status), SyntoneResult::Ok);
        status.state
    }
}

const fn identity(number: u8) -> SyntonePortIdentity {
    SyntonePortIdentity { clock_identity: [9, 0, 0, 0xFF, 0xFE, 0, 0, number], port_number: 1 }
}

const fn acceptable(number: u8) -> SyntoneAcceptableMaster {
    SyntoneAcceptableMaster { identity: identity(number), alternate_priority1: number, reserved: 0 }
}

/// IEEE 1588-2019 17.5
#[test]
fn only_acceptable_masters_are_followed() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), [u64::MAX; 6]);
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    let mut error = SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 };
    let mut list = |masters: &[SyntoneAcceptableMaster]| {
        let (first, count) = (masters.as_ptr(), masters.len());
        // SAFETY: a clock, and pointers to what is there.
        let result = unsafe { syntone_clock_set_acceptable_masters(clock, first, count, &raw mut error) };
        (result, error.value, error.maximum)
    };
    assert_eq!(list(&[acceptable(1)]), (SyntoneResult::BadConfig, 1, 0), "nothing was lent");
    // SAFETY: a clock, and storage that outlives it.
    let lent = unsafe {
        syntone_clock_lend(
            clock,
            SYNTONE_LEND_ACCEPTABLE_MASTERS,
            room.as_mut_ptr().cast(),
            2 * SYNTONE_SIZE_ACCEPTABLE_MASTER,
        )
    };
    assert_eq!(lent, SyntoneResult::Ok);
    assert_eq!(list(&[acceptable(1); 3]), (SyntoneResult::BadConfig, 3, 2));
    assert_eq!(list(&[acceptable(4), acceptable(5)]).0, SyntoneResult::Ok);
    let mut told = acceptable(0);
    // SAFETY: a clock, and pointers to what is there.
    let mut tell = |index| (unsafe { syntone_clock_acceptable_master(clock, index, &raw mut told) }, told);
    assert_eq!(tell(1), (SyntoneResult::Ok, acceptable(5)));
    assert_eq!(tell(2).0, SyntoneResult::OutOfRange);
    set(clock, SYNTONE_SETTING_ACCEPTABLE_MASTERS, 0, 1);
    hear(clock, &mut quiet, 9, &[]);
    assert_ne!(parent(clock), identity(9), "it is not acceptable");
    hear(clock, &mut quiet, 5, &[]);
    assert_eq!(parent(clock), identity(5));
    assert_eq!(list(&[]).0, SyntoneResult::Ok);
    assert_eq!(tell(0).0, SyntoneResult::OutOfRange);
    let now = quiet.time;
    run_until(clock, &mut quiet, now);
    assert_ne!(parent(clock), identity(5), "it is acceptable no longer");
}

/// IEEE 1588-2019 17.3
#[test]
fn alternate_masters_are_remembered_where_they_are_asked_for() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    // SAFETY: integers only, for which zeros are values.
    let mut told =
        SyntoneAlternateMaster { struct_size: size_of::<SyntoneAlternateMaster>() as u32, ..unsafe { zeroed() } };
    let mut hear_alternate = |quiet: &mut Quiet, sequence| {
        let mut octets = announce(6, sequence, &[]);
        octets[6] |= 0x01; // alternateMasterFlag
        quiet.arriving.push_back((SyntoneReceived::default(), octets));
        let until = quiet.time + 2_000_000_000;
        run_until(clock, quiet, until);
        // SAFETY: a clock, and a pointer to what is there.
        let result = unsafe { syntone_clock_alternate_master(clock, 0, 0, &raw mut told) };
        (result, told.qualified, told.master.parent, told.master.clock_class, told.master.steps_removed)
    };
    hear(clock, &mut quiet, 9, &[]);
    assert_eq!(hear_alternate(&mut quiet, 0).0, SyntoneResult::OutOfRange, "it does not remember");
    set(clock, SYNTONE_SETTING_ALTERNATE_MASTERS, 0, 2);
    assert_eq!(hear_alternate(&mut quiet, 1), (SyntoneResult::Ok, 0, identity(6), 6, 1));
    assert_eq!(hear_alternate(&mut quiet, 2), (SyntoneResult::Ok, 1, identity(6), 6, 1), "heard twice");
    // SAFETY: a clock, and a pointer to what is there.
    unsafe {
        assert_eq!(syntone_clock_alternate_master(clock, 0, 1, &raw mut told), SyntoneResult::OutOfRange);
        assert_eq!(syntone_clock_alternate_master(clock, 1, 0, &raw mut told), SyntoneResult::OutOfRange);
        told.struct_size = 1;
        assert_eq!(syntone_clock_alternate_master(clock, 0, 0, &raw mut told), SyntoneResult::WrongSize);
    }
}

/// IEEE 1588-2019 17.6
#[test]
fn ports_are_what_they_are_told_to_be_where_that_is_on() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    set(clock, SYNTONE_SETTING_DESIRED_STATE, 0, 9);
    set(clock, SYNTONE_SETTING_DESIRED_STATE, 1, 6);
    run_until(clock, &mut quiet, 1_000_000);
    assert_eq!([0, 1].map(|port| state(clock, port)), [SyntonePortState::Listening as u8; 2]);
    set(clock, SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION, 0, 1);
    run_until(clock, &mut quiet, 2_000_000);
    assert_eq!(state(clock, 1), SyntonePortState::Master as u8, "it waits for nobody");
    hear(clock, &mut quiet, 9, &[]);
    assert_eq!(state(clock, 0), SyntonePortState::Uncalibrated as u8);
    assert_eq!(parent(clock), identity(9));
}

#[test]
fn pointers_to_nowhere_are_results() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    const NULL: SyntoneResult = SyntoneResult::NullPointer;
    let mut two = [acceptable(1); 2];
    // SAFETY: a clock, nulls, and a misaligned pointer into what is there.
    unsafe {
        assert_eq!(syntone_clock_set_acceptable_masters(clock, ptr::null(), 1, ptr::null_mut()), NULL);
        let odd = two.as_mut_ptr().wrapping_byte_add(1);
        assert_eq!(syntone_clock_set_acceptable_masters(clock, odd, 1, ptr::null_mut()), SyntoneResult::Misaligned);
        assert_eq!(syntone_clock_acceptable_master(clock, 0, odd), SyntoneResult::Misaligned);
        assert_eq!(syntone_clock_acceptable_master(clock, 0, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_alternate_master(clock, 0, 0, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_acceptable_master(ptr::null_mut(), 0, two.as_mut_ptr()), NULL);
    }
}
