//! Transparent clocks: right use and wrong.

use crate::quiet::{Quiet, Storage, config};
use core::ffi::{CStr, c_void};
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use std::cell::RefCell;
use std::rc::Rc;
use syntone_capi::board::*;
use syntone_capi::clock::{SyntoneClock, syntone_clock_init, syntone_clock_run_once};
use syntone_capi::config::SyntoneConfigError;
use syntone_capi::result::SyntoneResult;
use syntone_capi::transparent::*;
use syntone_capi::transparent_config::*;

const OURS: [u8; 8] = [2, 0, 0, 0xFF, 0xFE, 0, 0, 7];
const ROOM: usize = SYNTONE_TRANSPARENT_SIZE_BASE + 8 * SYNTONE_TRANSPARENT_SIZE_PORT;

pub(crate) fn settings() -> SyntoneTransparentConfig {
    let mut config = MaybeUninit::<SyntoneTransparentConfig>::uninit();
    // SAFETY: the place is there; after success it is filled in.
    unsafe {
        let result = syntone_transparent_config_init(config.as_mut_ptr(), size_of::<SyntoneTransparentConfig>() as u32);
        assert_eq!(result, SyntoneResult::Ok);
        SyntoneTransparentConfig { clock_identity: OURS, ..config.assume_init() }
    }
}

fn init(
    storage: *mut c_void,
    size: usize,
    config: *const SyntoneTransparentConfig,
    hal: *const SyntoneHal,
) -> (SyntoneResult, *mut SyntoneTransparent, SyntoneConfigError) {
    let mut clock = ptr::dangling_mut();
    let mut error = SyntoneConfigError { option: [1; 64], value: 0, minimum: 0, maximum: 0 };
    // SAFETY: the tests give null or valid pointers, and `size` octets of storage.
    let result = unsafe { syntone_transparent_init(storage, size, config, hal, &raw mut clock, &raw mut error) };
    (result, clock, error)
}

pub(crate) fn made(
    storage: &mut Storage,
    quiet: &mut Quiet,
    config: &SyntoneTransparentConfig,
) -> *mut SyntoneTransparent {
    let (result, clock, _) = init(storage.place(), ROOM, config, &quiet.hal());
    assert_eq!(result, SyntoneResult::Ok);
    clock
}

pub(crate) fn run(clock: *mut SyntoneTransparent) {
    // SAFETY: a clock.
    assert_eq!(unsafe { syntone_transparent_run_once(clock, ptr::null_mut()) }, SyntoneResult::Ok);
}

fn port(clock: *mut SyntoneTransparent, index: u8) -> (SyntoneResult, SyntoneTransparentPort) {
    // SAFETY: integers only, for which zeros are values; a pointer to a local.
    unsafe {
        let zeros: SyntoneTransparentPort = core::mem::zeroed();
        let mut port = SyntoneTransparentPort { struct_size: size_of::<SyntoneTransparentPort>() as u32, ..zeros };
        (syntone_transparent_port_status(clock, index, &raw mut port), port)
    }
}

/// A message of this type of clock 9 in domain 0, 44 octets long; a Sync of two steps.
pub(crate) fn message(message_type: u8) -> Vec<u8> {
    let mut octets = vec![0; 44];
    octets[..4].copy_from_slice(&[message_type, 0x02, 0, 44]);
    octets[6] = if message_type == SYNC { 0x02 } else { 0 }; // twoStepFlag
    octets[20..30].copy_from_slice(&[9, 0, 0, 0xFF, 0xFE, 0, 0, 9, 0, 1]);
    octets
}

pub(crate) const SYNC: u8 = 0x0;
const FOLLOW_UP: u8 = 0x8;
const SIGNALING: u8 = 0xC;

pub(crate) fn received(seconds: u64) -> SyntoneReceived {
    let stamp = SyntoneTimestamp { seconds, ..SyntoneTimestamp::default() };
    SyntoneReceived { stamp, has_stamp: 1, has_destination: 1, ..SyntoneReceived::default() }
}

fn ethernet(last: u8) -> SyntoneAddress {
    let mut octets = [0; 16];
    octets[..6].copy_from_slice(&[2, 0, 0, 0, 0, last]);
    SyntoneAddress { kind: SYNTONE_ADDRESS_ETHERNET, octets }
}

/// IEEE 1588-2019 10.2.1
#[test]
fn a_message_goes_on_by_every_other_port_that_is_not_blocked() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = made(&mut storage, &mut quiet, &SyntoneTransparentConfig { port_count: 3, ..settings() });
    quiet.arriving.push_back((received(5), message(SYNC)));
    run(clock);
    let ports: Vec<u8> = quiet.sent.iter().map(|sent| sent.transmit.port).collect();
    assert_eq!(ports, [1, 2]);
    assert!(quiet.sent.iter().all(|sent| sent.transmit.is_event == 1 && sent.octets == message(SYNC)));
    // SAFETY: a clock.
    unsafe {
        assert_eq!(syntone_transparent_set_forwarding(clock, 1, 0), SyntoneResult::Ok);
        assert_eq!(syntone_transparent_set_forwarding(clock, 3, 0), SyntoneResult::OutOfRange);
    }
    quiet.sent.clear();
    let mut next = message(SYNC);
    next[31] = 1; // sequenceId
    quiet.arriving.push_back((received(6), next));
    run(clock);
    assert_eq!(quiet.sent.iter().map(|sent| sent.transmit.port).collect::<Vec<u8>>(), [2]);
    let ports = [0, 1, 2].map(|index| port(clock, index).1);
    assert_eq!(ports.map(|port| port.forwarding), [1, 0, 1]);
    assert_eq!(ports.map(|port| port.link_up), [1; 3]);
    assert_eq!(ports.map(|port| port.port_number), [1, 2, 3]);
    assert_eq!((ports[0].received[0], ports[1].sent[0], ports[2].sent[0]), (2, 1, 2));
    assert_eq!(port(clock, 3).0, SyntoneResult::OutOfRange);
}

/// IEEE 1588-2019 10.2.1
#[test]
fn a_unicast_message_keeps_its_two_ends_and_one_of_which_nothing_is_told_goes_to_all() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = made(&mut storage, &mut quiet, &settings());
    let to_one = SyntoneReceived {
        destination: SYNTONE_DESTINATION_UNICAST,
        destination_address: ethernet(3),
        source: ethernet(9),
        ..received(5)
    };
    let mut unicast = message(SIGNALING);
    unicast[6] |= 0x04; // unicastFlag
    quiet.arriving.push_back((to_one, unicast.clone()));
    run(clock);
    let sent = quiet.sent.pop().expect("it goes on");
    assert_eq!((sent.transmit.destination, sent.transmit.address), (SYNTONE_DESTINATION_UNICAST, ethernet(3)));
    assert_eq!((sent.source, sent.octets), (Some(ethernet(9)), unicast.clone()));
    quiet.arriving.push_back((SyntoneReceived { has_destination: 0, ..to_one }, unicast));
    run(clock);
    assert!(quiet.sent.is_empty(), "nobody told whom it is for");
    quiet.arriving.push_back((received(6), message(SIGNALING)));
    run(clock);
    let sent = quiet.sent.pop().expect("it goes on");
    assert_eq!(
        (sent.transmit.destination, sent.source),
        (SYNTONE_DESTINATION_PRIMARY, Some(SyntoneAddress::default()))
    );
    // A board that does nothing more for it is not asked.
    let mut table = quiet.hal();
    table.forward = None;
    let (result, clock, _) = init(storage.place(), ROOM, &settings(), &table);
    assert_eq!(result, SyntoneResult::Ok);
    quiet.arriving.push_back((to_one, message(SIGNALING)));
    run(clock);
    let sent = quiet.sent.pop().expect("it goes on");
    assert_eq!((sent.transmit.address, sent.source), (ethernet(3), None));
}

/// IEEE 1588-2019 10.2.1
#[test]
fn a_board_that_can_adds_the_residence_time_itself() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    unsafe extern "C" fn capabilities(_: *mut c_void, port: u8, to: *mut SyntonePortCapabilities) {
        let told = SyntonePortCapabilities { one_step_residence: u8::from(port == 1), ..Default::default() };
        // SAFETY: the library lends a place for it.
        unsafe { to.write(told) };
    }
    let table = SyntoneHal { capabilities: Some(capabilities), ..quiet.hal() };
    let three = SyntoneTransparentConfig { port_count: 3, ..settings() };
    let mut one_steps = |config: &SyntoneTransparentConfig| {
        let (result, clock, _) = init(storage.place(), ROOM, config, &table);
        assert_eq!(result, SyntoneResult::Ok);
        quiet.arriving.push_back((received(5), message(SYNC)));
        run(clock);
        quiet.sent.drain(..).map(|sent| sent.transmit.one_step).collect::<Vec<u8>>()
    };
    assert_eq!(one_steps(&three), [SYNTONE_ONE_STEP_ELAPSED, SYNTONE_ONE_STEP_NONE]);
    assert_eq!(one_steps(&SyntoneTransparentConfig { one_step: 0, ..three }), [SYNTONE_ONE_STEP_NONE; 2]);
}

#[test]
fn transparent_clocks_of_two_to_eight_ports_fit_the_constant_and_stay_within() {
    for ports in 2..=8_u8 {
        let size = syntone_transparent_size(ports);
        assert!(size <= SYNTONE_TRANSPARENT_SIZE_BASE + usize::from(ports) * SYNTONE_TRANSPARENT_SIZE_PORT, "{ports}");
        let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
        let config = SyntoneTransparentConfig { port_count: ports, ..settings() };
        assert_eq!(init(storage.place(), size - 1, &config, &quiet.hal()).0, SyntoneResult::StorageTooSmall);
        let (result, clock, _) = init(storage.place(), size, &config, &quiet.hal());
        assert_eq!(result, SyntoneResult::Ok);
        quiet.arriving.push_back((received(5), message(SYNC)));
        run(clock);
        assert_eq!(quiet.sent.len(), usize::from(ports) - 1);
        assert_eq!(port(clock, ports - 1).1.port_number, u16::from(ports));
        assert!(storage.is_garbage_from(size), "wrote beyond its size");
    }
    assert_eq!([0, 1, 9].map(|ports| syntone_transparent_size(ports)), [0; 3]);
}

#[test]
fn every_wrong_argument_is_its_own_result_and_makes_no_clock() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let (config, hal, place) = (settings(), quiet.hal(), storage.place());
    let refused = |storage, size, config: *const _, hal: *const _| {
        let (result, clock, error) = init(storage, size, config, hal);
        assert!(clock.is_null() && error.option[0] == 0, "{result:?}");
        result
    };
    let (c, h) = (&raw const config, &raw const hal);
    assert_eq!(refused(ptr::null_mut(), ROOM, c, h), SyntoneResult::NullPointer);
    assert_eq!(refused(place, ROOM, ptr::null(), h), SyntoneResult::NullPointer);
    assert_eq!(refused(place, ROOM, c, ptr::null()), SyntoneResult::NullPointer);
    assert_eq!(refused(place.wrapping_byte_add(8), ROOM - 8, c, h), SyntoneResult::Misaligned);
    assert_eq!(refused(place, ROOM, c.wrapping_byte_add(4), h), SyntoneResult::Misaligned);
    assert_eq!(
        refused(place, ROOM, &SyntoneTransparentConfig { struct_size: 1, ..config }, h),
        SyntoneResult::WrongSize
    );
    let newer = SyntoneHal { abi_version: SYNTONE_ABI_VERSION + 1, ..hal };
    assert_eq!(refused(place, ROOM, c, &newer), SyntoneResult::WrongVersion);
    let deaf = SyntoneHal { receive: None, ..hal };
    assert_eq!(refused(place, ROOM, c, &deaf), SyntoneResult::MissingFunction);
    assert!(storage.is_garbage_from(0), "a refused clock wrote to the storage");
    let mut two_and_a_half = config;
    two_and_a_half.ports[1].log_min_pdelay_req_interval = 8;
    let wrong = [
        (SyntoneTransparentConfig { port_count: 1, ..config }, c"port_count", (1, 2, 8)),
        (SyntoneTransparentConfig { port_count: 9, ..config }, c"port_count", (9, 2, 8)),
        (SyntoneTransparentConfig { delay_mechanism: 7, ..config }, c"delayMechanism", (7, 1, 2)),
        (SyntoneTransparentConfig { delay_mechanism: 254, ..config }, c"delayMechanism", (254, 1, 2)),
        (SyntoneTransparentConfig { clock_identity: [0; 8], ..config }, c"clockIdentity", (0, 1, i64::MAX)),
        (two_and_a_half, c"logMinPdelayReqInterval", (8, -7, 7)),
    ];
    for (config, option, range) in &wrong {
        let (result, clock, error) = init(storage.place(), ROOM, config, &hal);
        assert_eq!((result, clock), (SyntoneResult::BadConfig, ptr::null_mut()), "{option:?}");
        // SAFETY: the library ends the name with NUL within the array.
        assert_eq!(unsafe { CStr::from_ptr(error.option.as_ptr()) }, *option);
        assert_eq!((error.value, error.minimum, error.maximum), *range, "{option:?}");
    }
}

#[test]
fn a_clock_of_another_kind_and_pointers_to_nowhere_are_results() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let ordinary = crate::quiet::new_clock(&mut storage, &mut quiet, &config());
    let (mut next, mut rate) = (0, 0);
    // SAFETY: storage with a clock of another kind, which is told from one of this kind; nulls; places that are there.
    unsafe {
        assert_eq!(syntone_transparent_run_once(ordinary.cast(), &raw mut next), SyntoneResult::NoClock);
        let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
        assert_eq!(syntone_transparent_run_once(storage.place().cast(), &raw mut next), SyntoneResult::NoClock);
        let clock = made(&mut storage, &mut quiet, &settings());
        assert_eq!(syntone_clock_run_once(clock.cast(), &raw mut next), SyntoneResult::NoClock);
        assert_eq!(syntone_transparent_run_once(ptr::null_mut(), &raw mut next), SyntoneResult::NullPointer);
        let odd = storage.place().wrapping_byte_add(4).cast();
        assert_eq!(syntone_transparent_run_once(odd, &raw mut next), SyntoneResult::Misaligned);
        let odd = (&raw mut next).wrapping_byte_add(1);
        assert_eq!(syntone_transparent_run_once(clock, odd), SyntoneResult::Misaligned);
        assert_eq!(syntone_transparent_port_status(clock, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        let mut wrong = port(clock, 0).1;
        wrong.struct_size += 1;
        assert_eq!(syntone_transparent_port_status(clock, 0, &raw mut wrong), SyntoneResult::WrongSize);
        assert_eq!(syntone_transparent_rate(clock, 0, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        assert_eq!(syntone_transparent_rate(clock, 0, 0, &raw mut rate), SyntoneResult::OutOfRange);
        assert_eq!(syntone_transparent_rate(clock, 0x1000, 0, &raw mut rate), SyntoneResult::OutOfRange);
        let mut config = settings();
        assert_eq!(syntone_transparent_config_init(&raw mut config, 8), SyntoneResult::WrongSize);
        assert_eq!(syntone_transparent_config_init(ptr::null_mut(), 8), SyntoneResult::NullPointer);
        assert_eq!(syntone_transparent_stepped(ptr::null_mut()), SyntoneResult::NullPointer);
    }
}

#[test]
fn a_callback_that_calls_back_is_turned_away() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = made(&mut storage, &mut quiet, &settings());
    let results = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&results);
    // SAFETY: a clock, at work.
    quiet.on_send = Some(Box::new(move || unsafe {
        told.borrow_mut().extend([
            syntone_transparent_run_once(clock, ptr::null_mut()),
            syntone_transparent_stepped(clock),
            syntone_transparent_set_forwarding(clock, 0, 0),
        ]);
    }));
    quiet.arriving.push_back((received(5), message(SYNC)));
    run(clock);
    assert_eq!(*results.borrow(), [SyntoneResult::Busy; 3]);
    run(clock);
}

/// IEEE 1588-2019 10.2.2.1.2
#[test]
fn a_follow_up_tells_the_residence_time_and_after_a_step_of_the_clock_goes_no_further() {
    for stepped in [false, true] {
        let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
        let clock = made(&mut storage, &mut quiet, &settings());
        quiet.arriving.push_back((received(5), message(SYNC)));
        run(clock);
        let ticket = quiet.sent.pop().expect("the Sync").transmit.ticket;
        let stamp = SyntoneTimestamp { seconds: 5, nanoseconds: 1_000, subnanoseconds: 0 };
        quiet.stamps.push_back(SyntoneEgressStamp { stamp, ticket, has_stamp: 1 });
        run(clock);
        if stepped {
            // SAFETY: a clock.
            assert_eq!(unsafe { syntone_transparent_stepped(clock) }, SyntoneResult::Ok);
        }
        quiet.arriving.push_back((received(5), message(FOLLOW_UP)));
        run(clock);
        let corrected = quiet.sent.pop().map(|sent| sent.octets[8..16].to_vec());
        assert_eq!(corrected, (!stepped).then(|| (1_000_i64 << 16).to_be_bytes().to_vec()));
    }
}

/// A board that refuses is no more than a lost message, and an ordinary clock in the same storage starts anew.
#[test]
fn a_board_that_refuses_loses_one_message() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = made(&mut storage, &mut quiet, &settings());
    quiet.returned = SYNTONE_HAL_BUSY;
    quiet.arriving.push_back((received(5), message(SYNC)));
    run(clock);
    let refused = port(clock, 1).1;
    assert_eq!((refused.sent[0], refused.discarded.iter().sum::<u32>()), (1, 1), "handed over, and lost");
    let (hal, mut ordinary) = (quiet.hal(), ptr::null_mut::<SyntoneClock>());
    // SAFETY: storage that is large enough, and pointers to locals.
    let result = unsafe {
        syntone_clock_init(storage.place(), ROOM, &config(), &raw const hal, &raw mut ordinary, ptr::null_mut())
    };
    assert_eq!(result, SyntoneResult::Ok);
}
