//! What a clock tells of itself and remembers, by the calls of C; of every kind of clock.

use crate::management::{decode, encode, on_answer, one, request};
use crate::quiet::{Quiet, Storage, config, new_clock, run_until};
use crate::transparent::{SYNC, made, message, received, run, settings};
use core::ffi::{CStr, c_char, c_void};
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use syntone_capi::board::{SYNTONE_HAL_OK, SYNTONE_HAL_PERMISSION_DENIED};
use syntone_capi::clock::SyntoneClock;
use syntone_capi::config::SyntoneConfig;
use syntone_capi::describe::*;
use syntone_capi::event::SyntonePortIdentity;
use syntone_capi::lent::*;
use syntone_capi::management::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::transparent::SyntoneTransparent;
use syntone_capi::transparent_management::*;

const CLOCK_DESCRIPTION: u16 = 0x0001;
const USER_DESCRIPTION: u16 = 0x0002;
const SAVE: u16 = 0x0003;
const RESET: u16 = 0x0004;
const FAULT_LOG: u16 = 0x0006;

fn text<const N: usize>(words: &[u8]) -> [c_char; N] {
    let mut text = [0; N];
    text.iter_mut().zip(words).for_each(|(place, octet)| *place = c_char::from_ne_bytes([*octet]));
    text
}

/// Where it stands, and in whose rack.
const PLACE: &[u8] = "rack 7; Zürich".as_bytes();

fn described() -> SyntoneDescription {
    let mut description = MaybeUninit::<SyntoneDescription>::uninit();
    // SAFETY: the place is there; after success it is filled in.
    unsafe {
        let size = size_of::<SyntoneDescription>() as u32;
        assert_eq!(syntone_description_init(description.as_mut_ptr(), size), SyntoneResult::Ok);
        let description = description.assume_init();
        assert_eq!(description.product_description, text::<65>(b";;"));
        SyntoneDescription {
            manufacturer_identity: [1, 2, 3],
            product_description: text(b"Acme;T1;42"),
            user_description: text(PLACE),
            ..description
        }
    }
}

type Room = [u64; SYNTONE_SIZE_DESCRIPTION / 8];

fn describe(clock: *mut SyntoneClock, description: &SyntoneDescription, room: &mut Room, size: usize) -> SyntoneResult {
    // SAFETY: a clock, and storage that outlives it.
    unsafe { syntone_clock_describe(clock, description, room.as_mut_ptr().cast(), size) }
}

fn contains(data: &[u8], words: &[u8]) -> bool {
    data.windows(words.len()).any(|window| window == words)
}

fn user_description(clock: *mut SyntoneClock, size: usize) -> Vec<u8> {
    let mut words = [c_char::from_ne_bytes([0x55]); 140];
    // SAFETY: a clock, and a place for so many octets, which the library ends with NUL.
    unsafe {
        assert_eq!(syntone_clock_user_description(clock, words.as_mut_ptr(), size), SyntoneResult::Ok);
        CStr::from_ptr(words.as_ptr()).to_bytes().to_vec()
    }
}

/// IEEE 1588-2019 8.2.5
#[test]
fn a_clock_tells_what_was_copied_of_its_description_and_management_sets_the_owners_words() {
    let (mut storage, mut quiet, mut room, mut words) = (Storage::new(), Quiet::new(), [u64::MAX; 48], [u64::MAX; 4]);
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let mut description = described();
    assert_eq!(describe(clock, &description, &mut room, size_of::<Room>()), SyntoneResult::Ok);
    description.product_description = text(b"overwritten");
    core::hint::black_box(&description);
    let data = one(clock, 1, &request(CLOCK_DESCRIPTION, SYNTONE_ACTION_GET), &[]).1;
    assert!(contains(&data, b"Acme;T1;42") && contains(&data, PLACE) && contains(&data, &[1, 2, 3]));
    assert_eq!((user_description(clock, 140), user_description(clock, 5)), (PLACE.to_vec(), b"rack".to_vec()));
    let renamed = [&[6][..], b"bench1"].concat();
    let set = request(USER_DESCRIPTION, SYNTONE_ACTION_SET);
    assert_eq!(
        one(clock, 2, &set, &[&renamed[..], &[0]].concat()).0.outcome,
        SYNTONE_OUTCOME_REFUSED,
        "nothing was lent"
    );
    // SAFETY: a clock, and storage that outlives it.
    let lent = unsafe { syntone_clock_lend(clock, SYNTONE_LEND_USER_DESCRIPTION, words.as_mut_ptr().cast(), 32) };
    assert_eq!(lent, SyntoneResult::Ok);
    assert_eq!(user_description(clock, 140), PLACE);
    assert_eq!(one(clock, 2, &set, &[&renamed[..], &[0]].concat()).0.outcome, SYNTONE_OUTCOME_DATA);
    assert_eq!(user_description(clock, 140), b"bench1");
    // Another description in the same storage.
    assert_eq!(describe(clock, &described(), &mut room, size_of::<Room>()), SyntoneResult::Ok);
}

#[test]
fn a_description_that_is_none_and_storage_that_does_not_hold_it_are_refused() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), [u64::MAX; 48]);
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let good = described();
    let endless = SyntoneDescription { physical_layer_protocol: [65; 33], ..good };
    let no_text = SyntoneDescription { revision_data: text(&[0xFF]), ..good };
    for wrong in [endless, no_text] {
        assert_eq!(describe(clock, &wrong, &mut room, size_of::<Room>()), SyntoneResult::OutOfRange);
    }
    assert_eq!(describe(clock, &good, &mut room, 100), SyntoneResult::StorageTooSmall);
    assert_eq!(room, [u64::MAX; 48], "what is refused is not written");
    let place: *mut c_void = room.as_mut_ptr().cast();
    // SAFETY: a clock, and nulls or pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_describe(clock, ptr::null(), place, 384), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_describe(clock, &good, ptr::null_mut(), 384), SyntoneResult::NullPointer);
        let odd = place.wrapping_byte_add(1);
        assert_eq!(syntone_clock_describe(clock, &good, odd, 380), SyntoneResult::Misaligned);
        let unset = SyntoneDescription { struct_size: 0, ..good };
        assert_eq!(syntone_clock_describe(clock, &unset, place, 384), SyntoneResult::WrongSize);
        assert_eq!(syntone_description_init(ptr::null_mut(), 0), SyntoneResult::NullPointer);
        assert_eq!(syntone_description_init(place.cast(), 0), SyntoneResult::WrongSize);
        assert_eq!(syntone_clock_user_description(clock, ptr::null_mut(), 4), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_user_description(clock, place.cast(), 0), SyntoneResult::StorageTooSmall);
        assert_eq!(syntone_clock_fault(clock, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_take_host_request(clock, ptr::null_mut()), SyntoneResult::NullPointer);
    }
}

/// IEEE 1588-2019 8.2.6
#[test]
fn faults_are_remembered_the_newest_first_as_many_as_there_is_room_for() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), [u64::MAX; 1]);
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    let mut fault = SyntoneFault::default();
    // SAFETY: a clock, and a pointer to a local.
    let mut tell = |index| (unsafe { syntone_clock_fault(clock, index, &raw mut fault) }, fault.error, fault.port);
    assert_eq!(tell(0).0, SyntoneResult::OutOfRange, "nothing was lent");
    // SAFETY: a clock, and storage that outlives it.
    let lent =
        unsafe { syntone_clock_lend(clock, SYNTONE_LEND_FAULT_LOG, room.as_mut_ptr().cast(), 2 * SYNTONE_SIZE_FAULT) };
    assert_eq!(lent, SyntoneResult::Ok);
    assert_eq!(tell(0).0, SyntoneResult::OutOfRange, "nothing has happened");
    quiet.returned = SYNTONE_HAL_PERMISSION_DENIED;
    run_until(clock, &mut quiet, 60_000_000_000);
    quiet.returned = SYNTONE_HAL_OK;
    let faults = [0, 1].map(&mut tell);
    assert!(faults.iter().all(|fault| (fault.0, fault.1) == (SyntoneResult::Ok, SYNTONE_HAL_PERMISSION_DENIED)));
    assert_ne!(faults[0].2, faults[1].2, "one of each port");
    assert_eq!(tell(2).0, SyntoneResult::OutOfRange, "there is no more room");
}

/// IEEE 1588-2019 15.5.3.1.4
#[test]
fn the_host_is_asked_to_keep_settings_once_it_has_said_that_it_can() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    assert_eq!(one(clock, 2, &request(SAVE, SYNTONE_ACTION_COMMAND), &[]).0.outcome, SYNTONE_OUTCOME_REFUSED);
    let mut asked = 77;
    // SAFETY: a clock, and a pointer to a local.
    let mut take = || (unsafe { syntone_clock_take_host_request(clock, &raw mut asked) }, asked);
    assert_eq!(take(), (SyntoneResult::Ok, SYNTONE_HOST_NOTHING));
    for (id, wish) in [(SAVE, SYNTONE_HOST_SAVE), (RESET, SYNTONE_HOST_RESET)] {
        assert_eq!(one(clock, 2, &request(id, SYNTONE_ACTION_COMMAND), &[]).0.outcome, SYNTONE_OUTCOME_DONE);
        assert_eq!([take().1, take().1], [wish, SYNTONE_HOST_NOTHING], "once");
    }
}

/// The answers of a transparent clock to a program on its host.
fn ask(clock: *mut SyntoneTransparent, allowed: u8, octets: &[u8]) -> (SyntoneResult, Vec<Vec<u8>>) {
    let (mut buffer, mut answers) = ([0; 1500], Vec::<Vec<u8>>::new());
    // SAFETY: a clock, and pointers to locals.
    let result = unsafe {
        let (buffer, context) = (buffer.as_mut_ptr(), (&raw mut answers).cast());
        let (request, length) = (octets.as_ptr(), octets.len());
        syntone_transparent_answer(clock, allowed, request, length, buffer, 1500, Some(on_answer), context)
    };
    (result, answers)
}

/// IEEE 1588-2019 8.2.5, 8.2.6
#[test]
fn a_transparent_clock_describes_itself_and_remembers_faults_and_answers_where_it_may() {
    let (mut storage, mut quiet, mut room, mut more) = (Storage::new(), Quiet::new(), [u64::MAX; 48], [u64::MAX; 4]);
    let clock = made(&mut storage, &mut quiet, &settings());
    let (place, other) = (room.as_mut_ptr().cast(), more.as_mut_ptr().cast());
    // SAFETY: a clock, and storage that outlives it.
    unsafe {
        assert_eq!(syntone_transparent_describe(clock, &described(), place, 384), SyntoneResult::Ok);
        assert_eq!(syntone_transparent_lend(clock, SYNTONE_LEND_FAULT_LOG, other, 16), SyntoneResult::Ok);
        assert_eq!(syntone_transparent_lend(clock, SYNTONE_LEND_ANNOUNCE_TLVS, other, 16), SyntoneResult::OutOfRange);
    }
    quiet.returned = SYNTONE_HAL_PERMISSION_DENIED;
    quiet.arriving.push_back((received(5), message(SYNC)));
    run(clock);
    quiet.returned = SYNTONE_HAL_OK;
    let get = |id| encode(&request(id, SYNTONE_ACTION_GET), &[], 200).1;
    let data = |id| ask(clock, 1, &get(id)).1.concat();
    assert!(contains(&data(CLOCK_DESCRIPTION), b"Acme;T1;42"));
    assert!(contains(&data(FAULT_LOG), b"permission denied"));
    assert_eq!(ask(clock, 0, &get(FAULT_LOG)).0, SyntoneResult::NotAnswered);
    assert_eq!(ask(clock, 3, &get(FAULT_LOG)).0, SyntoneResult::OutOfRange);
    // From the network: only where the port lets it.
    let asks = |quiet: &mut Quiet| {
        quiet.sent.clear();
        let ours = SyntonePortIdentity { clock_identity: settings().clock_identity, port_number: 0 };
        let octets = encode(&SyntoneRequest { target: ours, ..request(CLOCK_DESCRIPTION, 0) }, &[], 200).1;
        quiet.arriving.push_back((received(6), octets));
        run(clock);
        quiet.sent.iter().filter(|sent| decode(&sent.octets).0 == SyntoneResult::Ok).count()
    };
    assert_eq!(asks(&mut quiet), 0);
    // SAFETY: a clock.
    unsafe {
        assert_eq!(syntone_transparent_set_management_access(clock, 2, 1), SyntoneResult::OutOfRange);
        assert_eq!(syntone_transparent_set_management_access(clock, 0, 3), SyntoneResult::OutOfRange);
        assert_eq!(syntone_transparent_set_management_access(clock, 0, 1), SyntoneResult::Ok);
    }
    assert_eq!(asks(&mut quiet), 1);
}
