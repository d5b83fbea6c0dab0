//! Writes what is known of a frame.

use super::fields::{Fault, Record, TlvRecord};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// One object on a line.
pub(super) fn json(record: &Record, output: &mut impl Write) -> io::Result<()> {
    let items = record.place.iter().chain(&record.fields);
    let mut object: Map<String, Value> = items.map(|item| (item.name.to_owned(), item.json.clone())).collect();
    object.insert("tlvs".to_owned(), record.tlvs.iter().map(tlv).collect());
    if let Some(fault) = &record.error {
        object.insert("error".to_owned(), error(fault));
    }
    serde_json::to_writer(&mut *output, &object)?;
    output.write_all(b"\n")
}

fn tlv(tlv: &TlvRecord) -> Value {
    let mut object = json!({ "tlvType": tlv.tlv_type, "name": tlv.name, "value": tlv.value });
    if let Some(fault) = &tlv.fault {
        object["error"] = error(fault);
    } else if !tlv.told.json.is_empty() {
        object["fields"] = tlv.told.json.clone().into();
    }
    object
}

fn error(fault: &Fault) -> Value {
    json!({ "field": fault.field, "offset": fault.offset, "reason": fault.reason })
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
        for (depth, line) in &tlv.told.lines {
            writeln!(output, "{:width$}{line}", "", width = 8 + 4 * depth)?;
        }
        if let Some(fault) = &tlv.fault {
            writeln!(
                output,
                "        ERROR in {} at octet {} of the value: {}",
                fault.field, fault.offset, fault.reason
            )?;
        }
    }
    if let Some(fault) = &record.error {
        writeln!(output, "    ERROR in {} at octet {}: {}", fault.field, fault.offset, fault.reason)?;
    }
    writeln!(output)
}
