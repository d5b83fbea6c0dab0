//! What rides on Announces and Signaling, by the calls of C.

use crate::quiet::{Quiet, Storage, config, hear, new_clock, run_until};
use core::ffi::{CStr, c_void};
use core::mem::{size_of, zeroed};
use core::ptr;
use syntone_capi::attached::*;
use syntone_capi::board::SyntoneReceived;
use syntone_capi::clock::SyntoneClock;
use syntone_capi::config::{SyntoneConfig, SyntoneConfigError};
use syntone_capi::event::SyntonePortIdentity;
use syntone_capi::lent::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;

/// Storage that is lent: aligned, and full of garbage.
type Room = [u64; 200];
const GARBAGE: Room = [0xA5A5_A5A5_A5A5_A5A5; 200];

fn lend(clock: *mut SyntoneClock, purpose: u16, room: &mut Room) {
    // SAFETY: a clock, and storage that outlives it.
    let result = unsafe { syntone_clock_lend(clock, purpose, room.as_mut_ptr().cast(), size_of::<Room>()) };
    assert_eq!(result, SyntoneResult::Ok);
}

/// ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE with four octets of data.
const OF_ORGANIZATION: [u8; 14] = [0x80, 0x00, 0, 10, 0x00, 0x1B, 0x19, 0, 0, 1, 5, 6, 7, 8];

/// A TLV as it was told.
type Told = (u16, Vec<u8>, SyntonePortIdentity, u8, u8);

unsafe extern "C" fn on_tlv(context: *mut c_void, tlv: *const SyntoneReceivedTlv) {
    // SAFETY: the context is a list, and the library hands over a TLV whose value is there.
    unsafe {
        let tlv = *tlv;
        let value = core::slice::from_raw_parts(tlv.value, tlv.length.into()).to_vec();
        (*context.cast::<Vec<Told>>()).push((tlv.tlv_type, value, tlv.source, tlv.port, tlv.message_type));
    }
}

fn take(clock: *mut SyntoneClock) -> Vec<Told> {
    let mut told = Vec::<Told>::new();
    // SAFETY: a clock, and a list that outlives the call.
    let result = unsafe { syntone_clock_take_tlvs(clock, Some(on_tlv), (&raw mut told).cast()) };
    assert_eq!(result, SyntoneResult::Ok);
    told
}

/// IEEE 1588-2019 14.3
#[test]
fn tlvs_of_organisations_are_taken_once_with_who_sent_them() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    hear(clock, &mut quiet, 9, &OF_ORGANIZATION);
    assert_eq!(take(clock), [], "nothing was lent");
    lend(clock, SYNTONE_LEND_RECEIVED_TLVS, &mut room);
    hear(clock, &mut quiet, 9, &OF_ORGANIZATION);
    let mut signaling = vec![0; 44];
    signaling[..4].copy_from_slice(&[0x0C, 0x12, 0, 58]);
    signaling[20..30].copy_from_slice(&[7, 0, 0, 0xFF, 0xFE, 0, 0, 7, 0, 3]);
    signaling[34..44].copy_from_slice(&[0xFF; 10]);
    signaling.extend([0x00, 0x03]);
    signaling.extend(&OF_ORGANIZATION[2..]);
    quiet.arriving.push_back((SyntoneReceived::default(), signaling));
    let now = quiet.time;
    run_until(clock, &mut quiet, now);
    let told = take(clock);
    let parent = SyntonePortIdentity { clock_identity: [9, 0, 0, 0xFF, 0xFE, 0, 0, 9], port_number: 1 };
    let other = SyntonePortIdentity { clock_identity: [7, 0, 0, 0xFF, 0xFE, 0, 0, 7], port_number: 3 };
    let value = OF_ORGANIZATION[4..].to_vec();
    assert_eq!(told.first(), Some(&(0x8000, value.clone(), parent, 0, 11)));
    assert_eq!(told.last(), Some(&(0x0003, value, other, 0, 12)));
    assert_eq!(take(clock), [], "they are forgotten");
}

/// The newest Announce that was sent.
fn announced(quiet: &Quiet) -> &[u8] {
    &quiet.sent.iter().rev().find(|sent| sent.octets[0] & 15 == 11).expect("an Announce").octets
}

/// A clock alone that has become master.
fn grandmaster(storage: &mut Storage, quiet: &mut Quiet) -> *mut SyntoneClock {
    let clock = new_clock(storage, quiet, &config());
    run_until(clock, quiet, 10_000_000_000);
    clock
}

/// IEEE 1588-2019 16.13
#[test]
fn tlvs_of_the_application_and_a_pad_ride_on_each_announce() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = grandmaster(&mut storage, &mut quiet);
    assert_eq!(announced(&quiet).len(), 64);
    let mut error = SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 };
    let mut set = |tlvs: &[u8]| {
        // SAFETY: a clock, and pointers to what is there.
        let result = unsafe { syntone_clock_announce_tlvs(clock, tlvs.as_ptr(), tlvs.len(), &raw mut error) };
        (result, error.value, error.maximum)
    };
    assert_eq!(set(&OF_ORGANIZATION), (SyntoneResult::BadConfig, 14, 0), "nothing was lent");
    lend(clock, SYNTONE_LEND_ANNOUNCED_TLVS, &mut room);
    assert_eq!(set(&OF_ORGANIZATION[..13]).0, SyntoneResult::OutOfRange, "it is not whole");
    assert_eq!(set(&OF_ORGANIZATION).0, SyntoneResult::Ok);
    run_until(clock, &mut quiet, 20_000_000_000);
    assert_eq!(announced(&quiet)[64..], OF_ORGANIZATION);
    assert_eq!(set(&[]).0, SyntoneResult::Ok);
    // SAFETY: a clock.
    let padded = unsafe { syntone_clock_set(clock, SYNTONE_SETTING_ANNOUNCE_LENGTH, 0, 128, ptr::null_mut()) };
    assert_eq!(padded, SyntoneResult::Ok);
    run_until(clock, &mut quiet, 30_000_000_000);
    assert_eq!((announced(&quiet).len(), &announced(&quiet)[64..68]), (128, &[0x80, 0x08, 0, 60][..]));
}

/// PATH_TRACE of two clocks.
fn path() -> Vec<u8> {
    [&[0, 8, 0, 16][..], &[9, 0, 0, 0xFF, 0xFE, 0, 0, 9], &[8; 8]].concat()
}

/// IEEE 1588-2019 14.2.2.2, 16.2
#[test]
fn the_tlvs_of_the_parent_and_the_path_are_told_and_handed_on() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    lend(clock, SYNTONE_LEND_ANNOUNCE_TLVS, &mut room);
    // SAFETY: a clock.
    let traced = unsafe { syntone_clock_set(clock, SYNTONE_SETTING_PATH_TRACE, 0, 1, ptr::null_mut()) };
    assert_eq!(traced, SyntoneResult::Ok);
    for _ in 0..3 {
        hear(clock, &mut quiet, 9, &path());
    }
    let (mut octets, mut length, mut list, mut count) = ([0_u8; 32], 0, [[0_u8; 8]; 2], 0);
    let (place, places) = (octets.as_mut_ptr(), list.as_mut_ptr().cast());
    // SAFETY: a clock, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_parent_tlvs(clock, place, 19, &raw mut length), SyntoneResult::StorageTooSmall);
        assert_eq!((length, octets), (20, [0; 32]));
        assert_eq!(syntone_clock_parent_tlvs(clock, place, 20, &raw mut length), SyntoneResult::Ok);
        assert_eq!(octets[..length], path());
        assert_eq!(syntone_clock_path_trace(clock, places, 1, &raw mut count), SyntoneResult::StorageTooSmall);
        assert_eq!((count, list), (2, [[0; 8]; 2]));
        assert_eq!(syntone_clock_path_trace(clock, places, 2, &raw mut count), SyntoneResult::Ok);
    }
    assert_eq!((count, list), (2, [[9, 0, 0, 0xFF, 0xFE, 0, 0, 9], [8; 8]]));
    let handed_on = announced(&quiet);
    assert_eq!((&handed_on[64..68], &handed_on[84..92]), (&[0, 8, 0, 24][..], &config().clock_identity[..]));
}

fn timescale(key_field: u8, name: &[u8]) -> SyntoneAlternateTimescale {
    let mut display_name = [0; 16];
    display_name.iter_mut().zip(name).for_each(|(place, octet)| *place = i8::from_ne_bytes([*octet]));
    SyntoneAlternateTimescale {
        struct_size: size_of::<SyntoneAlternateTimescale>() as u32,
        current_offset: 3_563,
        jump_seconds: 3_600,
        key_field,
        enable: 1,
        reserved: [0; 2],
        time_of_next_jump: 1_806_195_637,
        display_name,
    }
}

/// IEEE 1588-2019 16.3
#[test]
fn alternate_timescales_are_set_announced_and_told() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = grandmaster(&mut storage, &mut quiet);
    let mut error = SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 };
    let mut set = |timescale: &SyntoneAlternateTimescale| {
        // SAFETY: a clock, and pointers to what is there.
        let result = unsafe { syntone_clock_set_alternate_timescale(clock, timescale, &raw mut error) };
        // SAFETY: the library ends the name with NUL.
        (result, unsafe { CStr::from_ptr(error.option.as_ptr()) }.to_owned())
    };
    let (berlin, okay) = (timescale(2, b"CET"), c"".to_owned());
    assert_eq!(set(&berlin), (SyntoneResult::BadConfig, c"keyField".to_owned()), "nothing was lent");
    lend(clock, SYNTONE_LEND_ALTERNATE_TIMESCALES, &mut room);
    assert_eq!(set(&berlin), (SyntoneResult::Ok, okay));
    let never = SyntoneAlternateTimescale { time_of_next_jump: 1 << 48, ..berlin };
    assert_eq!(set(&never), (SyntoneResult::BadConfig, c"timeOfNextJump".to_owned()));
    for name in [&b"01234567890"[..], &[b'A'; 16], &[0xFF]] {
        assert_eq!(set(&timescale(2, name)).0, SyntoneResult::OutOfRange);
    }
    let mut told = timescale(0, b"");
    // SAFETY: a clock, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_alternate_timescale(clock, 0, &raw mut told), SyntoneResult::Ok);
        assert_eq!(told, berlin);
        assert_eq!(syntone_clock_alternate_timescale(clock, 1, &raw mut told), SyntoneResult::OutOfRange);
        told.struct_size = 0;
        assert_eq!(syntone_clock_alternate_timescale(clock, 0, &raw mut told), SyntoneResult::WrongSize);
    }
    run_until(clock, &mut quiet, 20_000_000_000);
    assert_eq!(announced(&quiet)[64..66], [0x00, 0x09]);
}

/// IEEE 1588-2019 16.12
#[test]
fn errors_of_the_time_are_announced_as_they_were_set_and_told() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = grandmaster(&mut storage, &mut quiet);
    let own = SyntoneAccuracyMetrics {
        struct_size: size_of::<SyntoneAccuracyMetrics>() as u32,
        max_gm_inaccuracy: 100 << 16,
        var_gm_inaccuracy: 1e-16,
        max_static_medium_inaccuracy: -5,
        var_static_medium_inaccuracy: 2.5,
        ..SyntoneAccuracyMetrics::default()
    };
    let mut told = SyntoneAccuracyMetrics { struct_size: own.struct_size, ..SyntoneAccuracyMetrics::default() };
    // SAFETY: a clock, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_accuracy_metrics(clock, &raw mut told), SyntoneResult::OutOfRange);
        assert_eq!(syntone_clock_set_accuracy_metrics(clock, &own), SyntoneResult::Ok);
        assert_eq!(syntone_clock_accuracy_metrics(clock, &raw mut told), SyntoneResult::Ok);
    }
    assert_eq!(told, own);
    run_until(clock, &mut quiet, 20_000_000_000);
    let tlv = &announced(&quiet)[64..];
    assert_eq!((tlv[0..2].to_vec(), tlv[8..16].to_vec()), (vec![0x40, 0x01], (100_i64 << 16).to_be_bytes().to_vec()));
    assert_eq!(tlv[16..24], 1e-16_f64.to_be_bytes());
    // SAFETY: a clock, and null.
    assert_eq!(unsafe { syntone_clock_set_accuracy_metrics(clock, ptr::null()) }, SyntoneResult::Ok);
    run_until(clock, &mut quiet, 30_000_000_000);
    assert_eq!(announced(&quiet).len(), 64);
}

#[test]
fn storage_that_cannot_be_lent_is_refused() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let place: *mut c_void = room.as_mut_ptr().cast();
    // SAFETY: a clock or none, and storage or none.
    let lend = |clock, purpose, place, size| unsafe { syntone_clock_lend(clock, purpose, place, size) };
    for purpose in SYNTONE_LEND_ANNOUNCE_TLVS..=SYNTONE_LEND_USER_DESCRIPTION {
        assert_eq!(lend(clock, purpose, ptr::null_mut(), 8), SyntoneResult::NullPointer);
        assert_eq!(lend(clock, purpose, place.wrapping_byte_add(4), 64), SyntoneResult::Misaligned);
        assert_eq!(lend(clock, purpose, place, 0), SyntoneResult::StorageTooSmall);
        assert_eq!(lend(ptr::null_mut(), purpose, place, 64), SyntoneResult::NullPointer);
        // Twice the same is once.
        assert_eq!(lend(clock, purpose, place, 64), SyntoneResult::Ok);
        assert_eq!(lend(clock, purpose, place, 64), SyntoneResult::Ok);
    }
    assert_eq!(lend(clock, SYNTONE_LEND_ACCEPTABLE_MASTERS, place, 1), SyntoneResult::StorageTooSmall);
    assert_eq!(lend(clock, SYNTONE_LEND_ALTERNATE_TIMESCALES, place, 1), SyntoneResult::StorageTooSmall);
    assert_eq!(lend(clock, SYNTONE_LEND_FAULT_LOG, place, 1), SyntoneResult::StorageTooSmall);
    for unknown in [0, SYNTONE_LEND_USER_DESCRIPTION + 1, u16::MAX] {
        assert_eq!(lend(clock, unknown, place, 64), SyntoneResult::OutOfRange);
    }
    assert_eq!(room[8..], GARBAGE[8..], "more was taken than was lent");
}

unsafe extern "C" fn calls_back(context: *mut c_void, _: *const SyntoneReceivedTlv) {
    // SAFETY: the context is a place for a clock and results.
    let (clock, results) = unsafe { &mut *context.cast::<(*mut SyntoneClock, Vec<SyntoneResult>)>() };
    // SAFETY: a clock, at work.
    results.push(unsafe { syntone_clock_take_tlvs(*clock, Some(on_tlv), ptr::null_mut()) });
}

#[test]
fn pointers_to_nowhere_and_calls_from_the_callback_are_results() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), GARBAGE);
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { slave_only: 1, ..config() });
    lend(clock, SYNTONE_LEND_RECEIVED_TLVS, &mut room);
    hear(clock, &mut quiet, 9, &OF_ORGANIZATION);
    let mut told = (clock, Vec::<SyntoneResult>::new());
    const NULL: SyntoneResult = SyntoneResult::NullPointer;
    // SAFETY: a clock, nulls, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_take_tlvs(clock, Some(calls_back), (&raw mut told).cast()), SyntoneResult::Ok);
        assert!(!told.1.is_empty() && told.1.iter().all(|result| *result == SyntoneResult::Busy));
        assert_eq!(syntone_clock_take_tlvs(clock, None, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_announce_tlvs(clock, ptr::null(), 4, ptr::null_mut()), NULL);
        let (mut octets, mut length) = ([0; 8], 0);
        assert_eq!(syntone_clock_parent_tlvs(clock, ptr::null_mut(), 0, &raw mut length), NULL);
        assert_eq!(syntone_clock_parent_tlvs(clock, octets.as_mut_ptr(), 8, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_path_trace(clock, ptr::null_mut(), 1, &raw mut length), NULL);
        assert_eq!(syntone_clock_path_trace(clock, octets.as_mut_ptr(), 1, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_set_alternate_timescale(clock, ptr::null(), ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_alternate_timescale(clock, 0, ptr::null_mut()), NULL);
        assert_eq!(syntone_clock_accuracy_metrics(clock, ptr::null_mut()), NULL);
        let unset: SyntoneAccuracyMetrics = zeroed();
        assert_eq!(syntone_clock_set_accuracy_metrics(clock, &unset), SyntoneResult::WrongSize);
    }
}
