//! What is told of a frame: the message's fields by the standard's names, each as JSON and as text.

use super::hex;
use super::input::Frame;
use super::link::Packet;
use super::values::{self, Told};
use serde_json::{Value, json};
use syntone::wire::{
    Body, ClockQuality, Field, Header, Message, MessageType, ParseError, PortIdentity, Tlvs, WireTimestamp,
};

/// A name and what belongs to it.
pub(super) struct Item {
    pub name: &'static str,
    pub json: Value,
    pub text: String,
}

impl Item {
    fn new(name: &'static str, json: impl Into<Value>, text: impl ToString) -> Self {
        Self { name, json: json.into(), text: text.to_string() }
    }

    fn plain(name: &'static str, json: impl Into<Value>) -> Self {
        let json = json.into();
        let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        Self { name, json, text }
    }

    /// A number that the standard gives a name to.
    fn named(name: &'static str, number: u8, text: Option<&'static str>) -> Self {
        Self::new(name, number, format!("0x{number:02x} ({})", text.unwrap_or("not named by the standard")))
    }
}

/// One TLV.
pub(super) struct TlvRecord {
    pub tlv_type: u16,
    pub name: Option<&'static str>,
    pub value: String,
    /// What it means.
    pub told: Told,
    /// Why it means nothing.
    pub fault: Option<Fault>,
}

/// What is wrong, where.
pub(super) struct Fault {
    pub field: &'static str,
    pub offset: usize,
    pub reason: &'static str,
}

/// All that is told of a frame.
pub(super) struct Record {
    /// Where it was found: file, frame number, time, transport.
    pub place: Vec<Item>,
    /// The fields that could be read.
    pub fields: Vec<Item>,
    pub tlvs: Vec<TlvRecord>,
    pub error: Option<Fault>,
}

impl Record {
    pub(super) const fn is_broken(&self) -> bool {
        self.error.is_some()
    }
}

/// Reads the message in a frame as far as it goes.
pub(super) fn record(frame: &Frame<'_>, packet: &Packet<'_>) -> Record {
    let place = place(frame, packet);
    if let Some((field, offset, reason)) = packet.fault {
        return Record { place, fields: Vec::new(), tlvs: Vec::new(), error: Some(Fault { field, offset, reason }) };
    }
    match Message::parse(packet.octets) {
        Ok(message) => {
            let fields = header(&message.header).into_iter().chain(body(&message.body)).map(|(_, item)| item).collect();
            Record { place, fields, tlvs: tlvs(message.tlvs), error: None }
        }
        Err(error) => broken(place, packet.octets, &error),
    }
}

fn place(frame: &Frame<'_>, packet: &Packet<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |item: Option<Item>| items.extend(item);
    add(frame.source.map(|source| Item::plain("file", source)));
    add(Some(Item::plain("frame", frame.number)));
    add(frame.time.map(|time| Item::plain("time", time.to_string())));
    add(packet.transport.map(|transport| Item::plain("transport", transport)));
    add((!packet.vlan.is_empty()).then(|| Item::plain("vlan", packet.vlan.clone())));
    add(packet.source.as_deref().map(|source| Item::plain("source", source)));
    add(packet.destination.as_deref().map(|destination| Item::plain("destination", destination)));
    items
}

/// What can be read of octets that are no whole message.
fn broken(place: Vec<Item>, octets: &[u8], error: &ParseError) -> Record {
    // What is missing is read as zeros, and then left out.
    let mut padded = octets.to_vec();
    padded.resize(octets.len().max(LONGEST), 0);
    let header_octets = padded.first_chunk().copied().unwrap_or([0; Header::LENGTH]);
    let parsed = Header::from_octets(&header_octets);
    let mut items = header(&parsed);
    let mut length = octets.len();
    if error.field == Field::VersionPtp {
        // Another version lays out the rest in another way.
        length = 2;
    } else if let Some(minimum) = parsed.message_type.minimum_length() {
        length = length.min(usize::from(parsed.message_length).max(Header::LENGTH));
        let content = &padded[Header::LENGTH..usize::from(minimum)];
        items.extend(Body::parse(parsed.message_type, content).iter().flat_map(|(read, _)| body(read)));
    }
    let ends = ends(parsed.message_type);
    let complete = |field: Field| ends.iter().any(|&(other, end)| other == field && end <= length);
    let fields = items.into_iter().filter(|(field, _)| complete(*field)).map(|(_, item)| item).collect();
    let fault =
        Fault { field: error.field.name(), offset: usize::from(error.offset), reason: error.reason.description() };
    Record { place, fields, tlvs: whole_tlvs(&parsed, octets, error), error: Some(fault) }
}

/// Octets of the longest header and body.
const LONGEST: usize = 64;

/// Where the fields end.
fn ends(message_type: MessageType) -> Vec<(Field, usize)> {
    let spans = message_type.fields();
    spans
        .scan(0, |end, span| {
            *end += usize::from(span.1);
            Some((span.0, *end))
        })
        .collect()
}

/// The TLVs before the one that is wrong.
fn whole_tlvs(header: &Header, octets: &[u8], error: &ParseError) -> Vec<TlvRecord> {
    let end = match error.field {
        Field::TlvType => error.offset,
        Field::LengthField => error.offset.saturating_sub(2),
        Field::Value => error.offset.saturating_sub(4),
        _ => return Vec::new(),
    };
    let start = header.message_type.minimum_length().unwrap_or(u16::MAX);
    let before = octets.get(usize::from(start)..usize::from(end)).unwrap_or_default();
    Tlvs::parse(before).map(tlvs).unwrap_or_default()
}

fn tlvs(tlvs: Tlvs<'_>) -> Vec<TlvRecord> {
    let record = |tlv: syntone::wire::Tlv<'_>| {
        let (told, fault) = values::read(tlv);
        let (tlv_type, name) = (tlv.tlv_type.0, tlv.tlv_type.name());
        TlvRecord { tlv_type, name, value: hex::text(tlv.value), told, fault }
    };
    tlvs.iter().map(record).collect()
}

/// The fields of the header; each with the field whose octets it is complete with.
fn header(header: &Header) -> Vec<(Field, Item)> {
    let message_type = match header.message_type.name() {
        Some(name) => name.to_owned(),
        None => format!("reserved (0x{:x})", header.message_type.0),
    };
    let correction = header.correction_field.scaled();
    let flags: Vec<_> = header.flags.names().collect();
    let flags_text = if flags.is_empty() { "none".to_owned() } else { flags.join(", ") };
    vec![
        (Field::MajorSdoId, Item::plain("messageType", message_type)),
        (Field::MinorSdoId, Item::new("sdoId", header.sdo_id.get(), format!("0x{:03x}", header.sdo_id.get()))),
        (Field::MajorSdoId, Item::plain("majorSdoId", header.sdo_id.major())),
        (Field::MinorVersionPtp, Item::plain("minorVersionPTP", header.minor_version_ptp)),
        (Field::MinorVersionPtp, Item::plain("versionPTP", header.version_ptp)),
        (Field::MessageLength, Item::plain("messageLength", header.message_length)),
        (Field::DomainNumber, Item::plain("domainNumber", header.domain_number)),
        (Field::MinorSdoId, Item::plain("minorSdoId", header.sdo_id.minor())),
        (Field::FlagField, Item::new("flagField", header.flags.bits(), format!("0x{:04x}", header.flags.bits()))),
        (Field::FlagField, Item::new("flags", flags, flags_text)),
        (Field::CorrectionField, Item::new("correctionField", correction, nanoseconds(correction))),
        (Field::MessageTypeSpecific, Item::plain("messageTypeSpecific", header.message_type_specific)),
        (Field::SourcePortIdentity, port_identity("sourcePortIdentity", header.source_port_identity)),
        (Field::SequenceId, Item::plain("sequenceId", header.sequence_id)),
        (Field::ControlField, Item::plain("controlField", header.control_field)),
        (Field::LogMessageInterval, Item::plain("logMessageInterval", header.log_message_interval)),
    ]
}

fn body(body: &Body) -> Vec<(Field, Item)> {
    let requesting = |identity| (Field::RequestingPortIdentity, port_identity("requestingPortIdentity", identity));
    let time = |field: Field, value| (field, timestamp(field.name(), value));
    match body {
        Body::Sync(body) => vec![time(Field::OriginTimestamp, body.origin_timestamp)],
        Body::DelayReq(body) => vec![time(Field::OriginTimestamp, body.origin_timestamp)],
        Body::PdelayReq(body) => vec![time(Field::OriginTimestamp, body.origin_timestamp)],
        Body::FollowUp(body) => vec![time(Field::PreciseOriginTimestamp, body.precise_origin_timestamp)],
        Body::DelayResp(body) => {
            vec![time(Field::ReceiveTimestamp, body.receive_timestamp), requesting(body.requesting_port_identity)]
        }
        Body::PdelayResp(body) => vec![
            time(Field::RequestReceiptTimestamp, body.request_receipt_timestamp),
            requesting(body.requesting_port_identity),
        ],
        Body::PdelayRespFollowUp(body) => vec![
            time(Field::ResponseOriginTimestamp, body.response_origin_timestamp),
            requesting(body.requesting_port_identity),
        ],
        Body::Announce(body) => announce(body),
        Body::Signaling(body) => vec![target(body.target_port_identity)],
        Body::Management(body) => management(body),
    }
}

fn announce(body: &syntone::wire::Announce) -> Vec<(Field, Item)> {
    let identity = body.grandmaster_identity.to_string();
    vec![
        (Field::OriginTimestamp, timestamp("originTimestamp", body.origin_timestamp)),
        (Field::CurrentUtcOffset, Item::plain("currentUtcOffset", body.current_utc_offset)),
        (Field::GrandmasterPriority1, Item::plain("grandmasterPriority1", body.grandmaster_priority1)),
        (Field::GrandmasterClockQuality, quality(&body.grandmaster_clock_quality)),
        (Field::GrandmasterPriority2, Item::plain("grandmasterPriority2", body.grandmaster_priority2)),
        (Field::GrandmasterIdentity, Item::plain("grandmasterIdentity", identity)),
        (Field::StepsRemoved, Item::plain("stepsRemoved", body.steps_removed)),
        (Field::TimeSource, Item::named("timeSource", body.time_source.0, body.time_source.name())),
    ]
}

fn management(body: &syntone::wire::Management) -> Vec<(Field, Item)> {
    let action = body.action_field;
    let text = format!("{} ({})", action.0, action.name().unwrap_or("reserved"));
    vec![
        target(body.target_port_identity),
        (Field::StartingBoundaryHops, Item::plain("startingBoundaryHops", body.starting_boundary_hops)),
        (Field::BoundaryHops, Item::plain("boundaryHops", body.boundary_hops)),
        (Field::ActionField, Item::new("actionField", action.0, text)),
    ]
}

fn target(identity: PortIdentity) -> (Field, Item) {
    (Field::TargetPortIdentity, port_identity("targetPortIdentity", identity))
}

fn port_identity(name: &'static str, identity: PortIdentity) -> Item {
    let clock = identity.clock_identity.to_string();
    Item::new(name, json!({ "clockIdentity": clock, "portNumber": identity.port_number }), identity)
}

fn timestamp(name: &'static str, value: WireTimestamp) -> Item {
    let WireTimestamp { seconds, nanoseconds } = value;
    let note = if nanoseconds < 1_000_000_000 { "" } else { " (nanosecondsField is not below 10^9)" };
    let json = json!({ "secondsField": seconds, "nanosecondsField": nanoseconds });
    Item::new(name, json, format!("{seconds}.{nanoseconds:09} s{note}"))
}

fn quality(quality: &ClockQuality) -> Item {
    let (class, accuracy) = (quality.clock_class, quality.clock_accuracy);
    let variance = quality.offset_scaled_log_variance;
    let json = json!({
        "clockClass": class.0,
        "clockAccuracy": accuracy.0,
        "offsetScaledLogVariance": variance,
    });
    let text = format!(
        "clockClass {} ({}), clockAccuracy 0x{:02x} ({}), offsetScaledLogVariance 0x{variance:04x}",
        class.0,
        class.name().unwrap_or("not named by the standard"),
        accuracy.0,
        accuracy.name().unwrap_or("not named by the standard"),
    );
    Item::new("grandmasterClockQuality", json, text)
}

/// A TimeInterval as exact decimal nanoseconds, without needless zeros.
pub(super) fn nanoseconds(scaled: i64) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, fraction) = (scaled.unsigned_abs() >> 16, scaled.unsigned_abs() & 0xFFFF);
    // 2^-16 has 16 decimal places.
    let digits = format!("{:016}", u128::from(fraction) * 10_u128.pow(16) / 65_536);
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{digits} ns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_intervals_are_exact_decimals() {
        assert_eq!(nanoseconds(0), "0 ns");
        assert_eq!(nanoseconds(0x2_8000), "2.5 ns");
        assert_eq!(nanoseconds(-0x2_8000), "-2.5 ns");
        assert_eq!(nanoseconds(1), "0.0000152587890625 ns");
        assert_eq!(nanoseconds(i64::MIN), "-140737488355328 ns");
    }
}
