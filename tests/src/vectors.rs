//! Frames of other implementations with the fields as other decoders read them, and the layout of messages written down
//! once more, so that the decoder under test is not asked what is right.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Fields of a message by the standard's names, the inner ones after a dot (`sourcePortIdentity.portNumber`). Numbers are
/// decimal, identities `aabbcc.fffe.ddeeff`, flags `true` or `false`.
pub type Fields = BTreeMap<String, String>;

/// A TLV as its recorder listed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTlv {
    /// tlvType.
    pub tlv_type: u16,
    /// Its name; not all are the standard's.
    pub name: String,
    /// Octets from the start of the message to its tlvType.
    pub offset: usize,
    /// lengthField.
    pub length: usize,
    /// The octets behind the lengthField that were there.
    pub value: Vec<u8>,
}

/// A recorded frame.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Its name.
    pub id: String,
    /// The frame from its link layer on, if there was one.
    pub frame: Option<Vec<u8>>,
    /// The octets of the PTP message.
    pub ptp: Vec<u8>,
    /// What came behind it.
    pub after: Vec<u8>,
    /// Its TLVs.
    pub tlvs: Vec<ListedTlv>,
    /// The fields as other decoders read them.
    pub fields: Fields,
}

impl Vector {
    /// Its TLVs lie about their lengths; see the README of the data.
    pub fn is_broken(&self) -> bool {
        ["fb-tests-003", "fb-tests-027"].contains(&self.id.as_str())
    }
}

/// A frame of a capture.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Seconds since 1970 with nine decimal places.
    pub time: String,
    /// Addresses and, for UDP, ports of source and destination.
    pub ends: [String; 2],
    /// The fields as TShark reads them.
    pub fields: Fields,
}

/// A file of the recorded data.
///
/// # Panics
/// When the data are not where they belong.
pub fn path(name: &str) -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let candidates = [here.join("data").join(name), here.join("../../tests/data").join(name)];
    candidates.into_iter().find(|path| path.exists()).expect("the recorded frames are in tests/data")
}

/// All recorded frames.
///
/// # Panics
/// When the data are damaged.
pub fn vectors() -> Vec<Vector> {
    let file: Value = serde_json::from_str(&fs::read_to_string(path("vectors.json")).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().iter().map(vector).collect()
}

/// The frames of one capture.
///
/// # Panics
/// When the data are damaged.
pub fn captured(name: &str) -> Vec<Captured> {
    let file: Value = serde_json::from_str(&fs::read_to_string(path("captures.json")).unwrap()).unwrap();
    let end = |frame: &Value, address: &str, port: &str| match frame[port].as_str() {
        Some(port) => format!("{}:{port}", text(&frame[address])),
        None => text(&frame[address]),
    };
    let frame = |frame: &Value| Captured {
        time: text(&frame["time_epoch"]),
        ends: [end(frame, "src", "srcport"), end(frame, "dst", "dstport")],
        fields: tshark(&frame["tshark"]),
    };
    file[name].as_array().unwrap().iter().map(frame).collect()
}

/// Octets from hexadecimal digits.
///
/// # Panics
/// When the text is something else.
pub fn octets(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn vector(value: &Value) -> Vector {
    let hex = |key: &str| value[key].as_str().map(octets);
    let tlvs = value["tlvs"].as_array().into_iter().flatten();
    let mut fields = tshark(&value["tshark"]);
    for (name, told) in libptpmgmt(&value["libptpmgmt"]) {
        let same = fields.entry(name).or_insert_with(|| told.clone());
        assert_eq!(*same, told, "the two decoders disagree on {}", value["id"]);
    }
    Vector {
        id: text(&value["id"]),
        frame: hex("frame"),
        ptp: hex("ptp").unwrap(),
        after: hex("after_ptp").unwrap_or_default(),
        tlvs: tlvs.map(listed_tlv).collect(),
        fields,
    }
}

fn listed_tlv(value: &Value) -> ListedTlv {
    let number = |key: &str| usize::try_from(value[key].as_u64().unwrap()).unwrap();
    let tlv_type = u16::from_str_radix(value["type"].as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    let (offset, length) = (number("offset"), number("length"));
    ListedTlv { tlv_type, name: text(&value["name"]), offset, length, value: octets(value["value"].as_str().unwrap()) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A number that is written in decimal or hexadecimal, as decimal.
fn decimal(text: &str) -> String {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap().to_string(),
        None => text.parse::<i64>().unwrap().to_string(),
    }
}

/// `0x6278cdfffeb2922b` as `6278cd.fffe.b2922b`.
fn identity(text: &str) -> String {
    let digits = text.trim_start_matches("0x");
    format!("{}.{}.{}", &digits[..6], &digits[6..10], &digits[10..])
}

const FLAGS: [(&str, &str); 12] = [
    ("alternatemaster", "alternateMasterFlag"),
    ("twostep", "twoStepFlag"),
    ("unicast", "unicastFlag"),
    ("specific1", "PTP profile Specific 1"),
    ("specific2", "PTP profile Specific 2"),
    ("li61", "leap61"),
    ("li59", "leap59"),
    ("utcreasonable", "currentUtcOffsetValid"),
    ("timescale", "ptpTimescale"),
    ("timetraceable", "timeTraceable"),
    ("frequencytraceable", "frequencyTraceable"),
    ("synchronizationUncertain", "synchronizationUncertain"),
];

/// TShark's names of the fields that are numbers.
const NUMBERS: [(&str, &str); 42] = [
    ("majorsdoid", "majorSdoId"),
    ("minorsdoid", "minorSdoId"),
    ("minorversionptp", "minorVersionPTP"),
    ("versionptp", "versionPTP"),
    ("messagelength", "messageLength"),
    ("domainnumber", "domainNumber"),
    ("flags", "flagField"),
    ("messagetypespecific", "messageTypeSpecific"),
    ("sourceportid", "sourcePortIdentity.portNumber"),
    ("sequenceid", "sequenceId"),
    ("controlfield", "controlField"),
    ("logmessageperiod", "logMessageInterval"),
    ("an.origintimestamp.seconds", "originTimestamp.secondsField"),
    ("an.origintimestamp.nanoseconds", "originTimestamp.nanosecondsField"),
    ("an.origincurrentutcoffset", "currentUtcOffset"),
    ("an.priority1", "grandmasterPriority1"),
    ("an.grandmasterclockclass", "grandmasterClockQuality.clockClass"),
    ("an.grandmasterclockaccuracy", "grandmasterClockQuality.clockAccuracy"),
    ("an.grandmasterclockvariance", "grandmasterClockQuality.offsetScaledLogVariance"),
    ("an.priority2", "grandmasterPriority2"),
    ("an.localstepsremoved", "stepsRemoved"),
    ("timesource", "timeSource"),
    ("sdr.origintimestamp.seconds", "originTimestamp.secondsField"),
    ("sdr.origintimestamp.nanoseconds", "originTimestamp.nanosecondsField"),
    ("pdrq.origintimestamp.seconds", "originTimestamp.secondsField"),
    ("pdrq.origintimestamp.nanoseconds", "originTimestamp.nanosecondsField"),
    ("fu.preciseorigintimestamp.seconds", "preciseOriginTimestamp.secondsField"),
    ("fu.preciseorigintimestamp.nanoseconds", "preciseOriginTimestamp.nanosecondsField"),
    ("dr.receivetimestamp.seconds", "receiveTimestamp.secondsField"),
    ("dr.receivetimestamp.nanoseconds", "receiveTimestamp.nanosecondsField"),
    ("dr.requestingsourceportid", "requestingPortIdentity.portNumber"),
    ("pdrs.requestreceipttimestamp.seconds", "requestReceiptTimestamp.secondsField"),
    ("pdrs.requestreceipttimestamp.nanoseconds", "requestReceiptTimestamp.nanosecondsField"),
    ("pdrs.requestingsourceportid", "requestingPortIdentity.portNumber"),
    ("pdfu.responseorigintimestamp.seconds", "responseOriginTimestamp.secondsField"),
    ("pdfu.responseorigintimestamp.nanoseconds", "responseOriginTimestamp.nanosecondsField"),
    ("pdfu.requestingsourceportid", "requestingPortIdentity.portNumber"),
    ("sig.targetportid", "targetPortIdentity.portNumber"),
    ("mm.targetportid", "targetPortIdentity.portNumber"),
    ("mm.startingboundaryhops", "startingBoundaryHops"),
    ("mm.boundaryhops", "boundaryHops"),
    ("mm.action", "actionField"),
];

/// TShark's names of the fields that are identities.
const IDENTITIES: [(&str, &str); 7] = [
    ("clockidentity", "sourcePortIdentity.clockIdentity"),
    ("an.grandmasterclockidentity", "grandmasterIdentity"),
    ("dr.requestingsourceportidentity", "requestingPortIdentity.clockIdentity"),
    ("pdrs.requestingportidentity", "requestingPortIdentity.clockIdentity"),
    ("pdfu.requestingportidentity", "requestingPortIdentity.clockIdentity"),
    ("sig.targetportidentity", "targetPortIdentity.clockIdentity"),
    ("mm.targetportidentity", "targetPortIdentity.clockIdentity"),
];

/// The fields of header and body as TShark tells them.
fn tshark(layer: &Value) -> Fields {
    let get = |name: &str| layer[format!("ptp.v2.{name}")].as_str();
    let mut fields = Fields::new();
    fields.extend(NUMBERS.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), decimal(get(theirs)?)))));
    fields.extend(IDENTITIES.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), identity(get(theirs)?)))));
    let tree = &layer["ptp.v2.flags_tree"];
    fields.extend(FLAGS.iter().map(|(theirs, ours)| {
        let flag = tree[format!("ptp.v2.flags.{theirs}")].as_str().unwrap();
        ((*ours).to_owned(), (flag == "1").to_string())
    }));
    let correction = layer.as_object().unwrap().iter().find(|(key, _)| key.starts_with("correctionField")).unwrap().1;
    // TShark writes negative nanoseconds as unsigned ones.
    let whole: i128 = correction["ptp.v2.correction.ns"].as_str().unwrap().parse().unwrap();
    let whole = if whole > i128::from(i64::MAX) { whole - (1 << 64) } else { whole };
    let fraction: f64 = correction["ptp.v2.correction.subns"].as_str().unwrap().parse().unwrap();
    fields.insert("correctionField".to_owned(), (whole as f64).mul_add(65_536.0, fraction * 65_536.0).to_string());
    fields.insert("messageType".to_owned(), message_name(get("messagetype").unwrap()).to_owned());
    fields
}

fn message_name(number: &str) -> &'static str {
    let number = u8::from_str_radix(number.trim_start_matches("0x"), 16).unwrap();
    LAYOUTS.iter().find(|layout| layout.message_type == number).unwrap().name
}

/// What libptpmgmt tells of the header and the bodies that it knows.
fn libptpmgmt(told: &Value) -> Fields {
    let Some(object) = told.as_object() else {
        return Fields::new();
    };
    let mut fields = Fields::new();
    for (name, value) in object {
        match (name.as_str(), value) {
            ("sdoId" | "sequenceId" | "domainNumber" | "versionPTP" | "minorVersionPTP", Value::Number(number)) => {
                fields.insert(name.clone(), number.to_string());
            }
            ("unicastFlag", Value::Bool(flag)) => {
                fields.insert(name.clone(), flag.to_string());
            }
            ("sourcePortIdentity" | "targetPortIdentity", Value::Object(identity)) => {
                fields.insert(format!("{name}.clockIdentity"), text(&identity["clockIdentity"]));
                fields.insert(format!("{name}.portNumber"), identity["portNumber"].to_string());
            }
            ("messageType", Value::String(text)) => {
                fields.insert(name.clone(), text.clone());
            }
            ("actionField", Value::String(text)) => {
                let number = ["GET", "SET", "RESPONSE", "COMMAND", "ACKNOWLEDGE"].iter().position(|name| name == text);
                fields.insert(name.clone(), number.unwrap().to_string());
            }
            _ => {}
        }
    }
    fields
}

/// The layout of a message.
#[derive(Debug)]
pub struct Layout {
    /// messageType.
    pub message_type: u8,
    /// The standard's name.
    pub name: &'static str,
    /// Fields of the body: name and octets.
    pub body: &'static [(&'static str, usize)],
}

/// Fields of the header: name and octets (IEEE 1588-2019 13.3.1). Of two fields in one octet the one in the high bits.
pub const HEADER: [(&str, usize); 12] = [
    ("majorSdoId", 1),
    ("minorVersionPTP", 1),
    ("messageLength", 2),
    ("domainNumber", 1),
    ("minorSdoId", 1),
    ("flagField", 2),
    ("correctionField", 8),
    ("messageTypeSpecific", 4),
    ("sourcePortIdentity", 10),
    ("sequenceId", 2),
    ("controlField", 1),
    ("logMessageInterval", 1),
];

/// The bodies (IEEE 1588-2019 13.5 to 13.12 and 15.4.1).
pub const LAYOUTS: [Layout; 10] = [
    Layout { message_type: 0x0, name: "Sync", body: &[("originTimestamp", 10)] },
    Layout { message_type: 0x1, name: "Delay_Req", body: &[("originTimestamp", 10)] },
    Layout { message_type: 0x2, name: "Pdelay_Req", body: &[("originTimestamp", 10), ("reserved", 10)] },
    Layout {
        message_type: 0x3,
        name: "Pdelay_Resp",
        body: &[("requestReceiptTimestamp", 10), ("requestingPortIdentity", 10)],
    },
    Layout { message_type: 0x8, name: "Follow_Up", body: &[("preciseOriginTimestamp", 10)] },
    Layout { message_type: 0x9, name: "Delay_Resp", body: &[("receiveTimestamp", 10), ("requestingPortIdentity", 10)] },
    Layout {
        message_type: 0xA,
        name: "Pdelay_Resp_Follow_Up",
        body: &[("responseOriginTimestamp", 10), ("requestingPortIdentity", 10)],
    },
    Layout {
        message_type: 0xB,
        name: "Announce",
        body: &[
            ("originTimestamp", 10),
            ("currentUtcOffset", 2),
            ("reserved", 1),
            ("grandmasterPriority1", 1),
            ("grandmasterClockQuality", 4),
            ("grandmasterPriority2", 1),
            ("grandmasterIdentity", 8),
            ("stepsRemoved", 2),
            ("timeSource", 1),
        ],
    },
    Layout { message_type: 0xC, name: "Signaling", body: &[("targetPortIdentity", 10)] },
    Layout {
        message_type: 0xD,
        name: "Management",
        body: &[
            ("targetPortIdentity", 10),
            ("startingBoundaryHops", 1),
            ("boundaryHops", 1),
            ("actionField", 1),
            ("reserved", 1),
        ],
    },
];

/// The field in which the first `end` octets of a good message end, and where it begins.
///
/// # Panics
/// When `end` is not within the message.
pub fn field_at(vector: &Vector, end: usize) -> (&'static str, usize) {
    let layout = LAYOUTS.iter().find(|layout| layout.message_type == vector.ptp[0] & 0x0F).unwrap();
    let mut offset = 0;
    for &(name, length) in HEADER.iter().chain(layout.body) {
        if end < offset + length {
            return (name, offset);
        }
        offset += length;
    }
    let tlv = vector.tlvs.iter().find(|tlv| end < tlv.offset + 4 + tlv.length).unwrap();
    match end - tlv.offset {
        0 | 1 => ("tlvType", tlv.offset),
        2 | 3 => ("lengthField", tlv.offset + 2),
        _ => ("value", tlv.offset + 4),
    }
}

/// The names that `fields` must have to be complete for a message, inner ones included, reserved octets left out.
pub fn required(message_type: u8) -> Vec<String> {
    let layout = LAYOUTS.iter().find(|layout| layout.message_type == message_type).unwrap();
    let names = HEADER.iter().chain(layout.body).map(|(name, _)| *name).chain(["messageType", "versionPTP"]);
    let inner = |name: &str| match name {
        _ if name.ends_with("PortIdentity") => vec!["clockIdentity", "portNumber"],
        _ if name.ends_with("Timestamp") => vec!["secondsField", "nanosecondsField"],
        "grandmasterClockQuality" => vec!["clockClass", "clockAccuracy", "offsetScaledLogVariance"],
        _ => Vec::new(),
    };
    let expand = |name: &str| match inner(name) {
        inner if inner.is_empty() => vec![name.to_owned()],
        inner => inner.iter().map(|inner| format!("{name}.{inner}")).collect(),
    };
    names.filter(|name| *name != "reserved").flat_map(expand).collect()
}
