//! The codec of the C interface against the frames of other implementations.

use std::ptr::{null, null_mut};
use syntone::wire::Message;
use syntone_capi::codec::{
    SyntoneMessage, SyntoneParseError, SyntoneTlv, syntone_message_decode, syntone_message_encode, syntone_tlv_next,
};
use syntone_capi::result::SyntoneResult;
use syntone_tests::vectors::{self, Fields, Vector};

fn decode(octets: &[u8]) -> Result<SyntoneMessage, SyntoneResult> {
    let mut message = SyntoneMessage::EMPTY;
    // SAFETY: all pointers are to locals; no error is asked for.
    let result = unsafe { syntone_message_decode(octets.as_ptr(), octets.len(), &raw mut message, null_mut()) };
    if result == SyntoneResult::Ok { Ok(message) } else { Err(result) }
}

fn encode(message: &SyntoneMessage, buffer: &mut [u8]) -> Result<usize, SyntoneResult> {
    let mut length = 0;
    // SAFETY: all pointers are to locals; the TLVs lie in octets that live on.
    let result = unsafe { syntone_message_encode(message, buffer.as_mut_ptr(), buffer.len(), &raw mut length) };
    if result == SyntoneResult::Ok { Ok(length) } else { Err(result) }
}

/// The TLVs of a message, one after the other.
fn tlvs(message: &SyntoneMessage) -> Vec<(u16, Vec<u8>)> {
    let (mut position, mut found) = (0, Vec::new());
    let mut tlv = SyntoneTlv { value: null(), length: 0, tlv_type: 0 };
    // SAFETY: the TLVs lie in octets that live on; the value in them, too.
    unsafe {
        while syntone_tlv_next(message.tlvs, message.tlvs_length, &raw mut position, &raw mut tlv) == SyntoneResult::Ok
        {
            found.push((tlv.tlv_type, std::slice::from_raw_parts(tlv.value, tlv.length.into()).to_vec()));
        }
    }
    found
}

fn good() -> impl Iterator<Item = Vector> {
    vectors::vectors().into_iter().filter(|vector| !vector.is_broken())
}

/// What another decoder told under these names, among those that every message or its type has.
fn assert_field(vector: &Vector, names: &[&str], ours: impl ToString) {
    let told: &Fields = &vector.fields;
    for told in names.iter().filter_map(|name| told.get(*name)) {
        assert_eq!(*told, ours.to_string(), "{names:?} of {}", vector.id);
    }
}

const SECONDS: [&str; 5] = [
    "originTimestamp.secondsField",
    "preciseOriginTimestamp.secondsField",
    "receiveTimestamp.secondsField",
    "requestReceiptTimestamp.secondsField",
    "responseOriginTimestamp.secondsField",
];
const NANOSECONDS: [&str; 5] = [
    "originTimestamp.nanosecondsField",
    "preciseOriginTimestamp.nanosecondsField",
    "receiveTimestamp.nanosecondsField",
    "requestReceiptTimestamp.nanosecondsField",
    "responseOriginTimestamp.nanosecondsField",
];

/// IEEE 1588-2019 13.3, IEEE 1588-2019 13.5, IEEE 1588-2019 15.4.1
#[test]
fn each_member_is_the_field_that_another_decoder_tells() {
    let mut types = [0; 16];
    for vector in good() {
        let message = decode(&vector.ptp).expect("a message");
        types[usize::from(message.message_type)] += 1;
        let field = |name: &str, ours: String| assert_field(&vector, &[name], ours);
        field("sdoId", message.sdo_id.to_string());
        field("minorVersionPTP", message.minor_version_ptp.to_string());
        field("versionPTP", message.version_ptp.to_string());
        field("messageLength", message.message_length.to_string());
        field("domainNumber", message.domain_number.to_string());
        field("flagField", message.flags.to_string());
        field("correctionField", message.correction_field.to_string());
        field("sourcePortIdentity.portNumber", message.source.port_number.to_string());
        field("requestingPortIdentity.portNumber", message.addressed.port_number.to_string());
        field("targetPortIdentity.portNumber", message.addressed.port_number.to_string());
        field("sequenceId", message.sequence_id.to_string());
        field("controlField", message.control_field.to_string());
        field("logMessageInterval", message.log_message_interval.to_string());
        field("currentUtcOffset", message.current_utc_offset.to_string());
        field("grandmasterPriority1", message.grandmaster_priority1.to_string());
        field("grandmasterPriority2", message.grandmaster_priority2.to_string());
        field("grandmasterClockQuality.clockClass", message.clock_class.to_string());
        field("grandmasterClockQuality.clockAccuracy", message.clock_accuracy.to_string());
        field("grandmasterClockQuality.offsetScaledLogVariance", message.offset_scaled_log_variance.to_string());
        field("stepsRemoved", message.steps_removed.to_string());
        field("timeSource", message.time_source.to_string());
        field("startingBoundaryHops", message.starting_boundary_hops.to_string());
        field("boundaryHops", message.boundary_hops.to_string());
        field("actionField", message.action_field.to_string());
        assert_field(&vector, &SECONDS, message.seconds);
        assert_field(&vector, &NANOSECONDS, message.nanoseconds);
        let listed: Vec<_> = vector.tlvs.iter().map(|tlv| (tlv.tlv_type, tlv.value.clone())).collect();
        assert_eq!(tlvs(&message), listed, "{}", vector.id);
    }
    let missing = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13].into_iter().find(|kind| types[*kind] == 0);
    assert_eq!(missing, None, "a type of which there is no frame");
}

#[test]
fn what_was_decoded_is_encoded_to_the_message_that_it_was() {
    for vector in good() {
        let message = decode(&vector.ptp).expect("a message");
        let mut buffer = vec![0; vector.ptp.len()];
        let short = vector.ptp.len() - 1;
        assert_eq!(encode(&message, &mut buffer[..short]), Err(SyntoneResult::StorageTooSmall));
        assert_eq!(encode(&message, &mut buffer), Ok(vector.ptp.len()), "{}", vector.id);
        // Reserved octets are sent as zero, so the messages are compared and not the octets.
        assert_eq!(Message::parse(&buffer), Message::parse(&vector.ptp), "{}", vector.id);
    }
}

#[test]
fn octets_that_are_no_message_are_told_by_field_and_reason() {
    let text = |text: [core::ffi::c_char; 64]| -> String {
        text.iter().take_while(|octet| **octet != 0).map(|octet| octet.to_ne_bytes()[0] as char).collect()
    };
    for vector in vectors::vectors().into_iter().filter(Vector::is_broken) {
        let theirs = Message::parse(&vector.ptp).expect_err("broken");
        let mut error = SyntoneParseError { field: [0; 64], reason: [0; 64], offset: 0 };
        let mut message = SyntoneMessage::EMPTY;
        let (octets, size) = (vector.ptp.as_ptr(), vector.ptp.len());
        // SAFETY: all pointers are to locals.
        let result = unsafe { syntone_message_decode(octets, size, &raw mut message, &raw mut error) };
        assert_eq!(result, SyntoneResult::OutOfRange);
        assert_eq!(text(error.field), theirs.field.name());
        assert_eq!(text(error.reason), theirs.reason.description());
        assert_eq!(error.offset, u32::from(theirs.offset));
    }
    assert_eq!(decode(&[]), Err(SyntoneResult::OutOfRange));
}

#[test]
fn wrong_pointers_sizes_and_types_are_results() {
    let vector = good().find(|vector| !vector.tlvs.is_empty()).expect("there is one");
    let mut octets = vector.ptp.clone();
    let mut message = decode(&octets).expect("a message");
    let mut number = 0;
    // SAFETY: null is what is tried.
    unsafe {
        assert_eq!(syntone_message_decode(null(), 0, &raw mut message, null_mut()), SyntoneResult::NullPointer);
        let (start, size) = (octets.as_ptr(), octets.len());
        assert_eq!(syntone_message_decode(start, size, null_mut(), null_mut()), SyntoneResult::NullPointer);
        assert_eq!(
            syntone_message_encode(null(), octets.as_mut_ptr(), size, &raw mut number),
            SyntoneResult::NullPointer
        );
        assert_eq!(syntone_tlv_next(null(), 4, &raw mut number, null_mut()), SyntoneResult::NullPointer);
    }
    // Its TLVs are in the octets that it would be written to.
    let message = decode(&octets).expect("a message");
    assert_eq!(encode(&message, &mut octets), Err(SyntoneResult::OutOfRange));
    let mut elsewhere = [0; 256];
    assert_eq!(encode(&SyntoneMessage { message_type: 7, ..message }, &mut elsewhere), Err(SyntoneResult::OutOfRange));
    assert_eq!(encode(&SyntoneMessage { sdo_id: 0x1000, ..message }, &mut elsewhere), Err(SyntoneResult::OutOfRange));
    assert_eq!(encode(&SyntoneMessage { version_ptp: 0, ..message }, &mut elsewhere), Err(SyntoneResult::OutOfRange));
    let minor = SyntoneMessage { minor_version_ptp: 16, ..message };
    assert_eq!(encode(&minor, &mut elsewhere), Err(SyntoneResult::OutOfRange));
    assert_eq!(encode(&SyntoneMessage { struct_size: 4, ..message }, &mut elsewhere), Err(SyntoneResult::WrongSize));
}
