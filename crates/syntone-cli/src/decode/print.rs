//! Writes what is known of a frame.

use super::fields::Record;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// One object on a line.
pub(super) fn json(record: &Record, output: &mut impl Write) -> io::Result<()> {
    let items = record.place.iter().chain(&record.fields);
    let mut object: Map<String, Value> = items.map(|item| (item.name.to_owned(), item.json.clone())).collect();
    let tlv = |tlv: &super::fields::TlvRecord| json!({ "tlvType": tlv.tlv_type, "name": tlv.name, "value": tlv.value });
    object.insert("tlvs".to_owned(), record.tlvs.iter().map(tlv).collect());
    if let Some(fault) = &record.error {
        let error = json!({ "field": fault.field, "offset": fault.offset, "reason": fault.reason });
        object.insert("error".to_owned(), error);
    }
    serde_json::to_writer(&mut *output, &object)?;
    output.write_all(b"\n")
}

/// A heading and a line for each field.
pub(super) fn text(record: &Record, output: &mut impl Write) -> io::Result<()> {
    for (index, item) in record.place.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(output, "{separator}{} {}", item.name, item.text)?;
    }
    writeln!(output)?;
    for item in &record.fields {
        writeln!(output, "    {:<24} {}", item.name, item.text)?;
    }
    for tlv in &record.tlvs {
        let name = tlv.name.unwrap_or("unknown");
        let (tlv_type, value) = (tlv.tlv_type, &tlv.value);
        writeln!(output, "    TLV 0x{tlv_type:04x} {name}, {} octets: {value}", value.len() / 2)?;
    }
    if let Some(fault) = &record.error {
        writeln!(output, "    ERROR in {} at octet {}: {}", fault.field, fault.offset, fault.reason)?;
    }
    writeln!(output)
}
