//! Management by the calls of C: a request is encoded, answered by a clock, and its answer taken apart.

use crate::quiet::{Quiet, Storage, config, new_clock};
use core::ffi::c_void;
use core::mem::{size_of, zeroed};
use core::ptr;
use syntone_capi::clock::SyntoneClock;
use syntone_capi::config::SyntoneConfig;
use syntone_capi::event::SyntonePortIdentity;
use syntone_capi::management::*;
use syntone_capi::result::SyntoneResult;

const PRIORITY1: u16 = 0x2005;
const PORT_DATA_SET: u16 = 0x2004;
const EVERYBODY: SyntonePortIdentity = SyntonePortIdentity { clock_identity: [0xFF; 8], port_number: 0xFFFF };

pub(crate) fn request(management_id: u16, action: u8) -> SyntoneRequest {
    SyntoneRequest {
        struct_size: size_of::<SyntoneRequest>() as u32,
        management_id,
        sequence_id: 77,
        target: EVERYBODY,
        source: SyntonePortIdentity { clock_identity: [9; 8], port_number: 5 },
        sdo_id: 0,
        domain_number: 0,
        boundary_hops: 0,
        action,
        reserved: [0; 3],
    }
}

pub(crate) fn encode(request: &SyntoneRequest, data: &[u8], size: usize) -> (SyntoneResult, Vec<u8>) {
    let (mut buffer, mut length) = (vec![0; 200], usize::MAX);
    // SAFETY: pointers to locals, no more than 200 octets.
    let result = unsafe {
        syntone_request_encode(request, data.as_ptr(), data.len(), buffer.as_mut_ptr(), size, &raw mut length)
    };
    buffer.truncate(length);
    (result, buffer)
}

pub(crate) unsafe extern "C" fn on_answer(context: *mut c_void, answer: *const u8, length: usize) {
    // SAFETY: the context is a list of answers, and the library hands over so many octets.
    unsafe { (*context.cast::<Vec<Vec<u8>>>()).push(core::slice::from_raw_parts(answer, length).to_vec()) };
}

fn ask(clock: *mut SyntoneClock, allowed: u8, octets: &[u8]) -> (SyntoneResult, Vec<Vec<u8>>) {
    let (mut buffer, mut answers) = ([0; 1500], Vec::<Vec<u8>>::new());
    // SAFETY: a clock, and pointers to locals.
    let result = unsafe {
        let (buffer, context) = (buffer.as_mut_ptr(), (&raw mut answers).cast());
        syntone_clock_answer(clock, allowed, octets.as_ptr(), octets.len(), buffer, 1500, Some(on_answer), context)
    };
    (result, answers)
}

pub(crate) fn decode(octets: &[u8]) -> (SyntoneResult, SyntoneResponse) {
    // SAFETY: integers and a pointer, for which zeros are values; a pointer to a local.
    unsafe {
        let mut response: SyntoneResponse = zeroed();
        response.struct_size = size_of::<SyntoneResponse>() as u32;
        (syntone_response_decode(octets.as_ptr(), octets.len(), &raw mut response), response)
    }
}

/// The data of an answer to a request that was asked of a clock with one answer.
pub(crate) fn one(
    clock: *mut SyntoneClock,
    allowed: u8,
    request: &SyntoneRequest,
    data: &[u8],
) -> (SyntoneResponse, Vec<u8>) {
    let (result, octets) = encode(request, data, 200);
    assert_eq!(result, SyntoneResult::Ok);
    let (result, answers) = ask(clock, allowed, &octets);
    assert_eq!((result, answers.len()), (SyntoneResult::Ok, 1));
    let (result, response) = decode(&answers[0]);
    assert_eq!(result, SyntoneResult::Ok);
    assert_eq!((response.sequence_id, response.target), (request.sequence_id, request.source));
    let data = if response.data.is_null() {
        Vec::new()
    } else {
        // SAFETY: the data are within the answer, which is still there.
        unsafe { core::slice::from_raw_parts(response.data, response.data_length) }.to_vec()
    };
    (response, data)
}

/// IEEE 1588-2019 15.5.3.3.1
#[test]
fn a_value_is_asked_for_changed_and_refused_to_who_may_only_ask() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let (response, data) = one(clock, 1, &request(PRIORITY1, SYNTONE_ACTION_GET), &[]);
    assert_eq!((response.outcome, response.error_id, data), (SYNTONE_OUTCOME_DATA, 0, vec![128, 0]));
    assert_eq!((response.management_id, response.source.port_number), (PRIORITY1, 0));
    assert_eq!(response.source.clock_identity, config().clock_identity);
    let (response, _) = one(clock, 1, &request(PRIORITY1, SYNTONE_ACTION_SET), &[7, 0]);
    assert_eq!((response.outcome, response.error_id), (SYNTONE_OUTCOME_REFUSED, 6), "NOT_SUPPORTED");
    let (_, data) = one(clock, 2, &request(PRIORITY1, SYNTONE_ACTION_SET), &[7, 0]);
    assert_eq!(data, [7, 0]);
    let (_, data) = one(clock, 1, &request(PRIORITY1, SYNTONE_ACTION_GET), &[]);
    assert_eq!(data, [7, 0]);
}

#[test]
fn each_port_answers_for_itself() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 3, ..config() });
    let (_, octets) = encode(&request(PORT_DATA_SET, SYNTONE_ACTION_GET), &[], 200);
    let (result, answers) = ask(clock, 1, &octets);
    assert_eq!(result, SyntoneResult::Ok);
    let ports: Vec<u16> = answers.iter().map(|answer| decode(answer).1.source.port_number).collect();
    assert_eq!(ports, [1, 2, 3]);
}

#[test]
fn what_is_no_request_for_this_clock_is_not_answered() {
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let good = encode(&request(PRIORITY1, SYNTONE_ACTION_GET), &[], 200).1;
    let for_another = SyntoneRequest { target: request(0, 0).source, ..request(PRIORITY1, SYNTONE_ACTION_GET) };
    let (_, answers) = ask(clock, 1, &good);
    for octets in [&[][..], &good[..good.len() - 1], &encode(&for_another, &[], 200).1, &answers[0]] {
        let (result, answers) = ask(clock, 1, octets);
        assert_eq!((result, answers.len()), (SyntoneResult::NotAnswered, 0));
    }
    assert_eq!(ask(clock, 0, &good).0, SyntoneResult::NotAnswered, "nothing is allowed");
    assert_eq!(ask(clock, 3, &good).0, SyntoneResult::OutOfRange);
    assert_eq!(decode(&good).0, SyntoneResult::OutOfRange, "a request is no answer");
}

#[test]
fn requests_that_cannot_be_and_pointers_to_nowhere_are_results() {
    let get = request(PRIORITY1, SYNTONE_ACTION_GET);
    let wrong = |request: SyntoneRequest, data: &[u8], size| {
        let (result, octets) = encode(&request, data, size);
        assert!(octets.is_empty() || result == SyntoneResult::WrongSize);
        result
    };
    assert_eq!(wrong(SyntoneRequest { action: 2, ..get }, &[], 200), SyntoneResult::OutOfRange);
    assert_eq!(wrong(SyntoneRequest { sdo_id: 0x1000, ..get }, &[], 200), SyntoneResult::OutOfRange);
    assert_eq!(wrong(get, &[1, 0], 200), SyntoneResult::OutOfRange, "a GET has no data");
    assert_eq!(wrong(SyntoneRequest { action: SYNTONE_ACTION_SET, ..get }, &[1], 200), SyntoneResult::OutOfRange);
    assert_eq!(wrong(get, &[], 53), SyntoneResult::StorageTooSmall);
    assert_eq!(wrong(SyntoneRequest { struct_size: 1, ..get }, &[], 200), SyntoneResult::WrongSize);
    let (mut buffer, mut length) = ([0_u8; 64], 0);
    let place = buffer.as_mut_ptr();
    let (mut storage, mut quiet) = (Storage::new(), Quiet::new());
    let clock = new_clock(&mut storage, &mut quiet, &config());
    const NULL: SyntoneResult = SyntoneResult::NullPointer;
    // SAFETY: null, or pointers to locals.
    unsafe {
        let none = ptr::null_mut();
        assert_eq!(syntone_request_encode(&get, ptr::null(), 0, ptr::null_mut(), 64, &raw mut length), NULL);
        assert_eq!(syntone_request_encode(&get, ptr::null(), 0, place, 64, ptr::null_mut()), NULL);
        assert_eq!(syntone_request_encode(&get, ptr::null(), 2, place, 64, &raw mut length), NULL);
        assert_eq!(syntone_request_encode(ptr::null(), ptr::null(), 0, place, 64, &raw mut length), NULL);
        assert_eq!(syntone_response_decode(place, 64, ptr::null_mut()), NULL);
        let mut response: SyntoneResponse = zeroed();
        assert_eq!(syntone_response_decode(place, 64, &raw mut response), SyntoneResult::WrongSize);
        response.struct_size = size_of::<SyntoneResponse>() as u32;
        assert_eq!(syntone_response_decode(ptr::null(), 64, &raw mut response), NULL);
        let other = &raw mut response;
        let answer = |request, buffer, call| syntone_clock_answer(clock, 1, request, 8, buffer, 8, call, none);
        assert_eq!(answer(ptr::null(), other.cast(), Some(on_answer)), NULL);
        assert_eq!(answer(place, ptr::null_mut(), Some(on_answer)), NULL);
        assert_eq!(answer(place, other.cast(), None), NULL);
    }
}
