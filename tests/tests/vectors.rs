//! The codec against the frames of other implementations, field for field.

use std::fmt::Display;
use syntone::wire::{
    Body, Header, ManagementData, Message, ParseReason, PortIdentity, TlvData, TlvType, WireTimestamp,
};
use syntone_tests::vectors::{self, Fields, Vector};

/// Puts the fields of a message under the standard's names.
#[derive(Default)]
struct Named(Fields);

impl Named {
    fn put(&mut self, name: &str, value: impl Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    fn identity(&mut self, name: &str, identity: PortIdentity) {
        self.put(&format!("{name}.clockIdentity"), identity.clock_identity);
        self.put(&format!("{name}.portNumber"), identity.port_number);
    }

    fn time(&mut self, name: &str, time: WireTimestamp) {
        self.put(&format!("{name}.secondsField"), time.seconds);
        self.put(&format!("{name}.nanosecondsField"), time.nanoseconds);
    }

    fn header(&mut self, header: &Header) {
        self.put("messageType", header.message_type.name().unwrap());
        self.put("sdoId", header.sdo_id.get());
        self.put("majorSdoId", header.sdo_id.major());
        self.put("minorSdoId", header.sdo_id.minor());
        self.put("minorVersionPTP", header.minor_version_ptp);
        self.put("versionPTP", header.version_ptp);
        self.put("messageLength", header.message_length);
        self.put("domainNumber", header.domain_number);
        self.put("flagField", header.flags.bits());
        for name in syntone::wire::Flags::all().names() {
            self.put(name, header.flags.names().any(|set| set == name));
        }
        self.put("correctionField", header.correction_field.scaled());
        self.put("messageTypeSpecific", header.message_type_specific);
        self.identity("sourcePortIdentity", header.source_port_identity);
        self.put("sequenceId", header.sequence_id);
        self.put("controlField", header.control_field);
        self.put("logMessageInterval", header.log_message_interval);
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Sync(body) => self.time("originTimestamp", body.origin_timestamp),
            Body::DelayReq(body) => self.time("originTimestamp", body.origin_timestamp),
            Body::PdelayReq(body) => self.time("originTimestamp", body.origin_timestamp),
            Body::FollowUp(body) => self.time("preciseOriginTimestamp", body.precise_origin_timestamp),
            Body::DelayResp(body) => {
                self.time("receiveTimestamp", body.receive_timestamp);
                self.identity("requestingPortIdentity", body.requesting_port_identity);
            }
            Body::PdelayResp(body) => {
                self.time("requestReceiptTimestamp", body.request_receipt_timestamp);
                self.identity("requestingPortIdentity", body.requesting_port_identity);
            }
            Body::PdelayRespFollowUp(body) => {
                self.time("responseOriginTimestamp", body.response_origin_timestamp);
                self.identity("requestingPortIdentity", body.requesting_port_identity);
            }
            Body::Announce(body) => {
                let quality = body.grandmaster_clock_quality;
                self.time("originTimestamp", body.origin_timestamp);
                self.put("currentUtcOffset", body.current_utc_offset);
                self.put("grandmasterPriority1", body.grandmaster_priority1);
                self.put("grandmasterClockQuality.clockClass", quality.clock_class.0);
                self.put("grandmasterClockQuality.clockAccuracy", quality.clock_accuracy.0);
                self.put("grandmasterClockQuality.offsetScaledLogVariance", quality.offset_scaled_log_variance);
                self.put("grandmasterPriority2", body.grandmaster_priority2);
                self.put("grandmasterIdentity", body.grandmaster_identity);
                self.put("stepsRemoved", body.steps_removed);
                self.put("timeSource", body.time_source.0);
            }
            Body::Signaling(body) => self.identity("targetPortIdentity", body.target_port_identity),
            Body::Management(body) => {
                self.identity("targetPortIdentity", body.target_port_identity);
                self.put("startingBoundaryHops", body.starting_boundary_hops);
                self.put("boundaryHops", body.boundary_hops);
                self.put("actionField", body.action_field.0);
            }
        }
    }
}

fn named(message: &Message<'_>) -> Fields {
    let mut named = Named::default();
    named.header(&message.header);
    named.body(&message.body);
    named.0
}

/// Every field that another decoder told is the same, and none of the message's fields is untold.
fn assert_same(what: &str, message_type: u8, told: &Fields, ours: &Fields) {
    for (name, value) in told {
        assert_eq!(ours.get(name), Some(value), "{name} of {what}");
    }
    // What TShark does not show of gPTP, where these octets are reserved.
    let untold = |name: &String| name.starts_with("originTimestamp.") && told["majorSdoId"] == "1";
    for name in vectors::required(message_type).iter().filter(|name| !untold(name)) {
        assert!(told.contains_key(name), "no decoder tells {name} of {what}");
    }
}

fn good() -> Vec<Vector> {
    let (broken, good): (Vec<_>, Vec<_>) = vectors::vectors().into_iter().partition(Vector::is_broken);
    assert_eq!((good.len(), broken.len()), (514, 2));
    good
}

/// IEEE 1588-2019 5.3.3, IEEE 1588-2019 5.3.4, IEEE 1588-2019 5.3.5, IEEE 1588-2019 5.3.7, IEEE 1588-2019 13.3,
/// IEEE 1588-2019 13.3.2.8, IEEE 1588-2019 13.5, IEEE 1588-2019 13.6, IEEE 1588-2019 13.7, IEEE 1588-2019 13.8,
/// IEEE 1588-2019 13.9, IEEE 1588-2019 13.10, IEEE 1588-2019 13.11, IEEE 1588-2019 13.12, IEEE 1588-2019 15.4.1,
/// IEEE 1588-2019 15.4.1.6
/// IEEE 1588-2019 7.6.2.6, IEEE 1588-2019 7.6.2.8, IEEE 1588-2019 7.6.3.3
#[test]
fn every_vector_decodes_field_for_field() {
    for vector in good() {
        let message = Message::parse(&vector.ptp).unwrap_or_else(|error| panic!("{}: {error}", vector.id));
        assert_same(&vector.id, message.header.message_type.0, &vector.fields, &named(&message));
    }
}

/// IEEE 1588-2019 14.1, IEEE 1588-2019 14.1.1
#[test]
fn every_tlv_of_the_vectors_is_found_octet_for_octet() {
    let without_name = [0x21FE, 0x21FF];
    for vector in good() {
        let message = Message::parse(&vector.ptp).unwrap();
        let ours: Vec<_> = message.tlvs.iter().map(|tlv| (tlv.tlv_type.0, tlv.value)).collect();
        let listed: Vec<_> = vector.tlvs.iter().map(|tlv| (tlv.tlv_type, &tlv.value[..])).collect();
        assert_eq!(ours, listed, "{}", vector.id);
        for tlv in &vector.tlvs {
            let name = TlvType(tlv.tlv_type).name();
            let expected =
                Some(tlv.name.trim_end_matches("(experimental)")).filter(|_| !without_name.contains(&tlv.tlv_type));
            assert_eq!(name, expected, "{}", vector.id);
        }
    }
}

/// IEEE 1588-2019 13.3, IEEE 1588-2019 13.5, IEEE 1588-2019 13.6, IEEE 1588-2019 13.7, IEEE 1588-2019 13.8
#[test]
fn every_message_of_the_captures_decodes_field_for_field() {
    // These files are little-endian pcap with microseconds, on Ethernet: 24 octets of header, 16 before each frame.
    for (name, count) in [("ptp.pcap", 5), ("ptp_corrections.pcap", 3), ("ptp_ethernet.pcap", 205)] {
        let file = std::fs::read(vectors::path(name)).unwrap();
        let captured = vectors::captured(name);
        assert_eq!(captured.len(), count);
        let mut rest = &file[24..];
        for (index, told) in captured.iter().enumerate() {
            let length = u32::from_le_bytes(rest[8..12].try_into().unwrap());
            let (frame, behind) = rest[16..].split_at(usize::try_from(length).unwrap());
            let header = if frame[12..14] == [0x88, 0xF7] { 14 } else { 14 + 20 + 8 };
            let message = Message::parse(&frame[header..]).unwrap();
            let what = format!("frame {} of {name}", index + 1);
            assert_same(&what, message.header.message_type.0, &told.fields, &named(&message));
            rest = behind;
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn every_truncation_of_every_vector_names_the_field_in_which_it_ends() {
    for vector in good() {
        for end in 0..vector.ptp.len() {
            let error = Message::parse(&vector.ptp[..end]).expect_err("a truncated message is no message");
            let found = (error.field.name(), usize::from(error.offset));
            assert_eq!(found, vectors::field_at(&vector, end), "{} after {end} octets", vector.id);
            assert_eq!(error.reason, ParseReason::Truncated);
        }
    }
}

#[test]
fn what_follows_a_vector_changes_nothing() {
    for vector in good() {
        let message = Message::parse(&vector.ptp).unwrap();
        for behind in [&vector.after[..], &[0, 0], &[0xFF; 46], &[0, 8, 0, 0]] {
            let padded = [&vector.ptp[..], behind].concat();
            assert_eq!(Message::parse(&padded), Ok(message), "{}", vector.id);
        }
    }
}

#[test]
fn every_vector_is_emitted_again_as_it_came() {
    for vector in good() {
        let mut buffer = [0; 512];
        let length = Message::parse(&vector.ptp).unwrap().emit(&mut buffer).unwrap();
        assert_eq!(buffer[..length], vector.ptp, "{}", vector.id);
    }
}

#[test]
fn the_two_broken_vectors_are_errors_that_name_the_field() {
    let found: Vec<_> = vectors::vectors()
        .iter()
        .filter(|vector| vector.is_broken())
        .map(|vector| (vector.id.clone(), Message::parse(&vector.ptp).unwrap_err().to_string()))
        .collect();
    let expected = [
        ("fb-tests-003", "lengthField at octet 62: the length of a TLV is odd"),
        ("fb-tests-027", "value at octet 68: the TLV runs over the end of the message"),
    ];
    assert_eq!(found, expected.map(|(id, error)| (id.to_owned(), error.to_owned())));
}

/// IEEE 1588-2019 14.1, IEEE 1588-2019 15.5.2
#[test]
fn every_tlv_goes_out_as_it_came_in() {
    let (mut tlvs, mut data) = (0, 0);
    for vector in vectors::vectors().iter().filter(|vector| !vector.is_broken()) {
        for tlv in Message::parse(&vector.ptp).unwrap().tlvs {
            let mut buffer = [0; 512];
            let length = TlvData::parse(tlv).unwrap_or_else(|error| panic!("{}: {error}", vector.id)).emit(&mut buffer);
            // An example of the field puts management data into a GRANT, far longer than that is.
            if vector.id != "fb-tests-001" {
                let more = tlv.value.strip_prefix(&buffer[4..length.unwrap()]);
                // Another one pads more than it must.
                assert!(more.is_some_and(|more| more.is_empty() || more == [0, 0]), "{}", vector.id);
            }
            tlvs += 1;
            let Ok(TlvData::Management(management)) = TlvData::parse(tlv) else { continue };
            // Of a GET the data are zeros or nothing, whatever the id.
            let Ok(parsed) = ManagementData::parse(management.management_id, management.data_field) else {
                assert!(management.data_field.iter().all(|&octet| octet == 0), "{}", vector.id);
                continue;
            };
            let length = parsed.emit(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], management.data_field, "{}", vector.id);
            data += 1;
        }
    }
    println!("{tlvs} TLVs, {data} with management data");
    assert!(tlvs >= 390 && data >= 150, "{tlvs}, {data}");
}
