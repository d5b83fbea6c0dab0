//! What TLVs mean, by the standard's names.

use super::fields::{Fault, nanoseconds};
use super::hex;
use serde_json::{Map, Value as Json, json};
use syntone::wire::management::ManagementData;
use syntone::wire::tlvs::{ManagementTlv, OrganizationData, OrganizationExtension, TlvData};
use syntone::wire::{MessageType, Nesting, ParseError, Tlv, Value, Visitor};

/// The fields of a value, as JSON and as lines of text.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) json: Map<String, Json>,
    /// How deep, and what.
    pub(crate) lines: Vec<(usize, String)>,
    open: Vec<(&'static str, Json)>,
}

/// Reads the value of a TLV; nothing if its type is not known.
pub(super) fn read(tlv: Tlv<'_>) -> (Told, Option<Fault>) {
    let mut told = Told::default();
    let fault = told.tlv(tlv).err().map(|error| Fault {
        field: error.field.name(),
        offset: error.offset.into(),
        reason: error.reason.description(),
    });
    (told, fault)
}

impl Told {
    fn tlv(&mut self, tlv: Tlv<'_>) -> Result<(), ParseError> {
        match TlvData::parse(tlv)? {
            TlvData::Management(tlv) => self.management(&tlv),
            TlvData::OrganizationExtension(tlv)
            | TlvData::OrganizationExtensionPropagate(tlv)
            | TlvData::OrganizationExtensionDoNotPropagate(tlv) => self.organization(&tlv),
            data => {
                data.visit(self);
                Ok(())
            }
        }
    }

    fn management(&mut self, tlv: &ManagementTlv<'_>) -> Result<(), ParseError> {
        self.value("managementId", Value::Named(tlv.management_id.0, tlv.management_id.name()));
        // A GET carries nothing, or zeros.
        let told = tlv.data_field.iter().any(|&octet| octet != 0);
        match ManagementData::parse(tlv.management_id, tlv.data_field).map_err(|error| behind(2, error)) {
            Ok(ManagementData::Unknown(_, octets)) => self.value("dataField", Value::Octets(octets)),
            Ok(data) if !tlv.data_field.is_empty() => self.data(|told| data.visit(told)),
            Err(error) if told => return Err(error),
            _ => {}
        }
        Ok(())
    }

    fn organization(&mut self, tlv: &OrganizationExtension<'_>) -> Result<(), ParseError> {
        self.value("organizationId", Value::Octets(&tlv.organization_id));
        self.value("organizationSubType", Value::Octets(&tlv.organization_sub_type));
        match OrganizationData::parse(tlv) {
            Some(Ok(data)) => self.data(|told| data.visit(told)),
            Some(Err(error)) => return Err(behind(6, error)),
            None => self.value("dataField", Value::Octets(tlv.data_field)),
        }
        Ok(())
    }

    fn data(&mut self, visit: impl FnOnce(&mut Self)) {
        self.open("dataField", Nesting::Record);
        visit(self);
        self.close();
    }

    fn add(&mut self, name: &'static str, json: Json) {
        match self.open.last_mut() {
            None => {
                self.json.insert(name.to_owned(), json);
            }
            Some((_, Json::Array(list))) => list.push(json),
            Some((_, Json::Object(object))) => {
                object.insert(name.to_owned(), json);
            }
            Some(_) => {}
        }
    }
}

impl Visitor for Told {
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        let (json, text) = described(value);
        match self.open.last() {
            Some((list, Json::Array(before))) if labels(list).is_some() => {
                if let Some(label) = labels(list).and_then(|label| label(before.len())) {
                    self.lines.push((self.open.len(), format!("{label:<24} {text}")));
                }
            }
            _ => self.lines.push((self.open.len(), format!("{name:<24} {text}"))),
        }
        self.add(name, json);
        if let Value::Named(_, Some(text)) = value {
            match self.open.last_mut() {
                None => self.json.insert(format!("{name}Name"), text.into()),
                Some((_, Json::Object(object))) => object.insert(format!("{name}Name"), text.into()),
                Some(_) => None,
            };
        }
    }

    fn open(&mut self, name: &'static str, nesting: Nesting) {
        self.lines.push((self.open.len(), name.to_owned()));
        let json = match nesting {
            Nesting::List => Json::Array(Vec::new()),
            Nesting::Record => Json::Object(Map::new()),
        };
        self.open.push((name, json));
    }

    fn close(&mut self) {
        if let Some((name, json)) = self.open.pop() {
            self.add(name, json);
        }
    }
}

/// What PORT_SERVICE_STATS_NP counts, by linuxptp's names.
const COUNTED: [&str; 10] = [
    "announce_timeout",
    "sync_timeout",
    "delay_timeout",
    "unicast_service_timeout",
    "unicast_request_timeout",
    "master_announce_timeout",
    "master_sync_timeout",
    "qualification_timeout",
    "sync_mismatch",
    "followup_mismatch",
];

/// What the numbers of a list count, by their places; places without a name are not told.
fn labels(list: &str) -> Option<fn(usize) -> Option<&'static str>> {
    match list {
        "rx" | "tx" => Some(|place| MessageType(u8::try_from(place).ok()?).name()),
        "counts" => Some(|place| COUNTED.get(place).copied()),
        _ => None,
    }
}

/// The error counted from `octets` before where it is counted from.
const fn behind(octets: u16, error: ParseError) -> ParseError {
    ParseError { offset: error.offset.saturating_add(octets), ..error }
}

/// A value as JSON and as text.
fn described(value: Value<'_>) -> (Json, String) {
    match value {
        Value::Unsigned(number) => (number.into(), number.to_string()),
        Value::Signed(number) => (number.into(), number.to_string()),
        Value::Bool(flag) => (flag.into(), flag.to_string()),
        Value::Named(number, name) => {
            (number.into(), format!("0x{number:02x} ({})", name.unwrap_or("not named by the standard")))
        }
        Value::Flags(bits, names) => {
            let text = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            (names.into(), format!("0x{bits:02x} ({text})"))
        }
        Value::Octets(octets) => (hex::text(octets).into(), hex::text(octets)),
        Value::Text(octets) => {
            let text = String::from_utf8_lossy(octets);
            (text.as_ref().into(), format!("{text:?}"))
        }
        Value::Interval(interval) => (interval.scaled().into(), nanoseconds(interval.scaled())),
        Value::Timestamp(time) => (
            json!({ "secondsField": time.seconds, "nanosecondsField": time.nanoseconds }),
            format!("{}.{:09} s", time.seconds, time.nanoseconds),
        ),
        Value::ClockIdentity(identity) => (identity.to_string().into(), identity.to_string()),
        Value::PortIdentity(port) => (
            json!({ "clockIdentity": port.clock_identity.to_string(), "portNumber": port.port_number }),
            port.to_string(),
        ),
        Value::Float64(bits) => (f64::from_bits(bits).into(), f64::from_bits(bits).to_string()),
        other => (Json::Null, format!("{other:?}")),
    }
}
