//! What goes out comes back, and what came in goes out again, for every message (IEEE 1588-2019 clause 13).

use proptest::prelude::*;
use syntone::wire::{
    Announce, Body, ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, DelayReq, DelayResp, EmitError, Field,
    Flags, FollowUp, Header, Management, ManagementAction, Message, MessageBody, MessageType, ParseReason, PdelayReq,
    PdelayResp, PdelayRespFollowUp, PortIdentity, SdoId, Signaling, Sync, TimeSource, Tlv, TlvType, Tlvs,
    WireTimestamp,
};
use syntone_hal::TimeInterval;

/// messageType, octets of header and body, and where reserved octets lie: tables 13.x of the standard, by hand.
const LAYOUTS: [(u8, usize, std::ops::Range<usize>); 10] = [
    (0x0, 44, 0..0),
    (0x1, 44, 0..0),
    (0x2, 54, 44..54),
    (0x3, 54, 0..0),
    (0x8, 44, 0..0),
    (0x9, 54, 0..0),
    (0xA, 54, 0..0),
    (0xB, 64, 46..47),
    (0xC, 44, 0..0),
    (0xD, 48, 47..48),
];

fn port_identity() -> impl Strategy<Value = PortIdentity> {
    (any::<u64>(), any::<u16>()).prop_map(|(clock, port)| PortIdentity::new(ClockIdentity(clock), port))
}

fn timestamp() -> impl Strategy<Value = WireTimestamp> {
    (0..1_u64 << 48, any::<u32>()).prop_map(|(seconds, nanoseconds)| WireTimestamp { seconds, nanoseconds })
}

fn header() -> impl Strategy<Value = Header> {
    let identity = (0..=0xFFF_u16, 0..16_u8, any::<u8>(), any::<u16>(), any::<i64>(), any::<u32>());
    let rest = (port_identity(), any::<u16>(), any::<u8>(), any::<i8>());
    (identity, rest).prop_map(|((sdo_id, minor, domain_number, flags, correction, specific), rest)| Header {
        sdo_id: SdoId::new(sdo_id).unwrap(),
        minor_version_ptp: minor,
        version_ptp: 2,
        domain_number,
        flags: Flags::from_bits_retain(flags),
        correction_field: TimeInterval::from_scaled(correction),
        message_type_specific: specific,
        source_port_identity: rest.0,
        sequence_id: rest.1,
        control_field: rest.2,
        log_message_interval: rest.3,
        ..Header::default()
    })
}

fn announce() -> impl Strategy<Value = Announce> {
    let quality = (any::<u8>(), any::<u8>(), any::<u16>());
    let rest = (any::<[u8; 2]>(), any::<u64>(), any::<u16>(), any::<u8>());
    (timestamp(), any::<i16>(), quality, rest).prop_map(|(origin_timestamp, current_utc_offset, quality, rest)| {
        Announce {
            origin_timestamp,
            current_utc_offset,
            grandmaster_priority1: rest.0[0],
            grandmaster_clock_quality: ClockQuality {
                clock_class: ClockClass(quality.0),
                clock_accuracy: ClockAccuracy(quality.1),
                offset_scaled_log_variance: quality.2,
            },
            grandmaster_priority2: rest.0[1],
            grandmaster_identity: ClockIdentity(rest.1),
            steps_removed: rest.2,
            time_source: TimeSource(rest.3),
        }
    })
}

fn management() -> impl Strategy<Value = Management> {
    (port_identity(), any::<u8>(), any::<u8>(), 0..16_u8).prop_map(|(target, starting, hops, action)| Management {
        target_port_identity: target,
        starting_boundary_hops: starting,
        boundary_hops: hops,
        action_field: ManagementAction(action),
    })
}

/// The octets of up to four TLVs of any type.
fn tlvs() -> impl Strategy<Value = Vec<u8>> {
    let tlv = (any::<u16>(), prop::collection::vec(any::<[u8; 2]>(), 0..20));
    prop::collection::vec(tlv, 0..4).prop_map(|tlvs| {
        let mut octets = Vec::new();
        for (tlv_type, value) in tlvs {
            let value = value.concat();
            let mut buffer = [0; 64];
            let length = Tlv { tlv_type: TlvType(tlv_type), value: &value }.emit(&mut buffer).unwrap();
            octets.extend_from_slice(&buffer[..length]);
        }
        octets
    })
}

fn body(message_type: MessageType) -> BoxedStrategy<Body> {
    let pair = || (timestamp(), port_identity());
    match message_type {
        MessageType::SYNC => timestamp().prop_map(|t| Body::Sync(Sync { origin_timestamp: t })).boxed(),
        MessageType::DELAY_REQ => timestamp().prop_map(|t| Body::DelayReq(DelayReq { origin_timestamp: t })).boxed(),
        MessageType::PDELAY_REQ => timestamp().prop_map(|t| Body::PdelayReq(PdelayReq { origin_timestamp: t })).boxed(),
        MessageType::PDELAY_RESP => pair()
            .prop_map(|(t, p)| PdelayResp { request_receipt_timestamp: t, requesting_port_identity: p })
            .prop_map(Body::PdelayResp)
            .boxed(),
        MessageType::FOLLOW_UP => {
            timestamp().prop_map(|t| Body::FollowUp(FollowUp { precise_origin_timestamp: t })).boxed()
        }
        MessageType::DELAY_RESP => pair()
            .prop_map(|(t, p)| Body::DelayResp(DelayResp { receive_timestamp: t, requesting_port_identity: p }))
            .boxed(),
        MessageType::PDELAY_RESP_FOLLOW_UP => pair()
            .prop_map(|(t, p)| PdelayRespFollowUp { response_origin_timestamp: t, requesting_port_identity: p })
            .prop_map(Body::PdelayRespFollowUp)
            .boxed(),
        MessageType::ANNOUNCE => announce().prop_map(Body::Announce).boxed(),
        MessageType::SIGNALING => {
            port_identity().prop_map(|p| Body::Signaling(Signaling { target_port_identity: p })).boxed()
        }
        _ => management().prop_map(Body::Management).boxed(),
    }
}

fn any_body() -> impl Strategy<Value = Body> {
    prop::sample::select(&MessageType::ALL[..]).prop_flat_map(body)
}

/// Octets of a message with random fields; reserved bits are zero.
fn canonical() -> impl Strategy<Value = Vec<u8>> {
    let octets = prop::collection::vec(any::<u8>(), 64);
    (prop::sample::select(&LAYOUTS[..]), octets, tlvs()).prop_map(
        |((message_type, length, reserved), mut octets, tlvs)| {
            octets.truncate(length);
            octets.extend_from_slice(&tlvs);
            octets[0] = (octets[0] & 0xF0) | message_type;
            octets[1] = (octets[1] & 0xF0) | 2;
            let total = u16::try_from(octets.len()).unwrap();
            octets[2..4].copy_from_slice(&total.to_be_bytes());
            octets[reserved].fill(0);
            if message_type == 0xD {
                octets[46] &= 0x0F;
            }
            octets
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// IEEE 1588-2019 13.2, IEEE 1588-2019 13.3, IEEE 1588-2019 13.5, IEEE 1588-2019 13.6, IEEE 1588-2019 13.7,
    /// IEEE 1588-2019 13.8, IEEE 1588-2019 13.9, IEEE 1588-2019 13.10, IEEE 1588-2019 13.11, IEEE 1588-2019 13.12,
    /// IEEE 1588-2019 15.4.1
    #[test]
    fn what_is_emitted_is_parsed_again(header in header(), body in any_body(), tlvs in tlvs()) {
        let mut buffer = [0xEE; 512];
        let mut message = Message { header, body, tlvs: Tlvs::parse(&tlvs).unwrap() };
        let length = message.emit(&mut buffer).unwrap();
        message.header.message_type = body.message_type();
        message.header.message_length = u16::try_from(length).unwrap();
        prop_assert_eq!(Message::parse(&buffer[..length]), Ok(message));
        prop_assert!(buffer[length..].iter().all(|&octet| octet == 0xEE), "octets behind the message were touched");
        prop_assert_eq!(message.emit(&mut buffer[..length - 1]), Err(EmitError::BufferTooSmall));
    }

    /// IEEE 1588-2019 13.2, IEEE 1588-2019 13.3, IEEE 1588-2019 13.5, IEEE 1588-2019 13.6, IEEE 1588-2019 13.7,
    /// IEEE 1588-2019 13.8, IEEE 1588-2019 13.9, IEEE 1588-2019 13.10, IEEE 1588-2019 13.11, IEEE 1588-2019 13.12,
    /// IEEE 1588-2019 15.4.1
    #[test]
    fn canonical_octets_are_emitted_again(octets in canonical()) {
        let mut buffer = [0; 512];
        let length = Message::parse(&octets).unwrap().emit(&mut buffer).unwrap();
        prop_assert_eq!(&buffer[..length], &octets[..]);
    }

    #[test]
    fn what_follows_the_message_changes_nothing(octets in canonical(), padding in prop::collection::vec(any::<u8>(), 1..64)) {
        let padded = [&octets[..], &padding[..]].concat();
        prop_assert_eq!(Message::parse(&padded), Message::parse(&octets));
    }

    #[test]
    fn every_truncation_is_an_error_within_the_octets(octets in canonical()) {
        for end in 0..octets.len() {
            let error = Message::parse(&octets[..end]).unwrap_err();
            prop_assert_eq!(error.reason, ParseReason::Truncated);
            prop_assert!(usize::from(error.offset) <= end);
        }
    }

    #[test]
    fn any_octets_are_a_message_or_an_error_within_them(mut octets in prop::collection::vec(any::<u8>(), 0..200), honest: bool) {
        if honest && octets.len() > 4 {
            octets[1] = 0x12;
            octets[2..4].copy_from_slice(&[0, 80]);
        }
        match Message::parse(&octets) {
            Ok(message) => prop_assert!(usize::from(message.header.message_length) <= octets.len()),
            Err(error) => prop_assert!(usize::from(error.offset) <= octets.len()),
        }
    }
}

/// IEEE 1588-2019 13.3.2.3, IEEE 1588-2019 13.5, IEEE 1588-2019 13.6, IEEE 1588-2019 13.7, IEEE 1588-2019 13.8,
/// IEEE 1588-2019 13.9, IEEE 1588-2019 13.10, IEEE 1588-2019 13.11, IEEE 1588-2019 13.12, IEEE 1588-2019 15.4.1
#[test]
fn table_of_messages_has_the_lengths_of_the_standard() {
    let listed: Vec<_> = MessageType::ALL.iter().map(|t| (t.0, usize::from(t.minimum_length().unwrap()))).collect();
    let expected: Vec<_> = LAYOUTS.iter().map(|(message_type, length, _)| (*message_type, *length)).collect();
    assert_eq!(listed, expected);
    for message_type in MessageType::ALL {
        let total: usize = message_type.fields().map(|span| usize::from(span.1)).sum();
        assert_eq!(total, usize::from(message_type.minimum_length().unwrap()), "{message_type:?}");
    }
}

/// IEEE 1588-2019 13.3.2.3
#[test]
fn reserved_types_other_versions_and_short_lengths_are_named() {
    let mut sync = [0; 44];
    Sync::default().emit(&Header { version_ptp: 2, ..Header::default() }, Tlvs::NONE, &mut sync).unwrap();
    let error = |position: usize, octet| {
        let mut octets = sync;
        octets[position] = octet;
        Message::parse(&octets).map(|_| ()).map_err(|error| (error.field, error.offset, error.reason))
    };
    for reserved in [0x4, 0x5, 0x6, 0x7, 0xE, 0xF] {
        assert_eq!(error(0, reserved), Err((Field::MessageType, 0, ParseReason::MessageType)));
    }
    for version in (0..16).filter(|&version| version != 2) {
        assert_eq!(error(1, 0x10 | version), Err((Field::VersionPtp, 1, ParseReason::Version)));
    }
    for minor in 0..16 {
        assert_eq!(error(1, (minor << 4) | 2), Ok(()));
    }
    assert_eq!(error(3, 43), Err((Field::MessageLength, 2, ParseReason::MessageLength)));
    assert_eq!(error(3, 45), Err((Field::TlvType, 44, ParseReason::Truncated)));
}

#[test]
fn a_message_longer_than_its_length_can_tell_is_not_emitted() {
    let mut octets = vec![0; 65_536 - 44];
    let length = u16::try_from(octets.len() - 4).unwrap();
    octets[2..4].copy_from_slice(&length.to_be_bytes());
    let tlvs = Tlvs::parse(&octets).unwrap();
    let result = FollowUp::default().emit(&Header::default(), tlvs, &mut vec![0; 70_000]);
    assert_eq!(result, Err(EmitError::TooLong));
}
