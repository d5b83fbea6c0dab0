//! The codec against a plain reading of the layout tables.

use crate::vectors::{HEADER, LAYOUTS, Layout};
use syntone::wire::{EmitError, Header, Message, ParseError, ParseReason, Tlvs};

/// A field, where it begins, and what is wrong with it.
type Fault = (&'static str, usize, ParseReason);

/// Takes `data` for a message.
///
/// # Panics
/// When the codec and the tables disagree, or what was parsed is not emitted as it came.
pub fn octets(data: &[u8]) {
    match (Message::parse(data), judge(data)) {
        (Ok(message), Ok(length)) => check_message(&message, data, length),
        (Err(error), Err(fault)) => assert_eq!(told(error), fault),
        (parsed, judged) => panic!("parsed as {parsed:?}, to be judged as {judged:?}"),
    }
    check_tlvs(data);
}

fn told(error: ParseError) -> Fault {
    (error.field.name(), usize::from(error.offset), error.reason)
}

fn layout(octet: u8) -> Option<&'static Layout> {
    LAYOUTS.iter().find(|layout| layout.message_type == octet & 0x0F)
}

/// The length of the message, or the first fault from left to right; the header counts as one.
fn judge(data: &[u8]) -> Result<usize, Fault> {
    let start = walk(&HEADER, data.len(), 0).map_err(|(name, offset)| (name, offset, ParseReason::Truncated))?;
    if data[1] & 0x0F != 2 {
        return Err(("versionPTP", 1, ParseReason::Version));
    }
    let layout = layout(data[0]).ok_or(("messageType", 0, ParseReason::MessageType))?;
    let length = usize::from(u16::from_be_bytes([data[2], data[3]]));
    let minimum = walk(layout.body, usize::MAX, start).expect("endless octets are enough");
    if length < minimum {
        return Err(("messageLength", 2, ParseReason::MessageLength));
    }
    walk(layout.body, data.len(), start).map_err(|(name, offset)| (name, offset, ParseReason::Truncated))?;
    let (available, reason) = match data.get(..length) {
        Some(message) => (message, ParseReason::Overrun),
        None => (data, ParseReason::Truncated),
    };
    let end = judge_tlvs(available, minimum, reason)?;
    if end < length { Err(("tlvType", end, ParseReason::Truncated)) } else { Ok(length) }
}

/// Where the fields end, or the one in which `available` octets end.
fn walk(fields: &[(&'static str, usize)], available: usize, start: usize) -> Result<usize, (&'static str, usize)> {
    let mut offset = start;
    for &(name, length) in fields {
        if available < offset + length {
            return Err((name, offset));
        }
        offset += length;
    }
    Ok(offset)
}

fn judge_tlvs(octets: &[u8], start: usize, reason: ParseReason) -> Result<usize, Fault> {
    let mut offset = start;
    while offset < octets.len() {
        match octets.len() - offset {
            1 => return Err(("tlvType", offset, reason)),
            2 | 3 => return Err(("lengthField", offset + 2, reason)),
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([octets[offset + 2], octets[offset + 3]]));
        if length % 2 == 1 {
            return Err(("lengthField", offset + 2, ParseReason::OddLength));
        }
        if octets.len() < offset + 4 + length {
            return Err(("value", offset + 4, reason));
        }
        offset += 4 + length;
    }
    Ok(offset)
}

/// The octets with zeros where they are reserved.
fn canonical(octets: &[u8]) -> Vec<u8> {
    let mut canonical = octets.to_vec();
    let mut offset = 34;
    for (name, length) in layout(octets[0]).expect("the message was parsed").body {
        match *name {
            "reserved" => canonical[offset..offset + length].fill(0),
            "actionField" => canonical[offset] &= 0x0F,
            _ => {}
        }
        offset += length;
    }
    canonical
}

fn check_message(message: &Message<'_>, data: &[u8], length: usize) {
    assert_eq!(usize::from(message.header.message_length), length);
    let mut buffer = vec![0xEE; length + 1];
    assert_eq!(message.emit(&mut buffer[..length - 1]), Err(EmitError::BufferTooSmall));
    assert_eq!(message.emit(&mut buffer), Ok(length));
    assert_eq!(buffer.pop(), Some(0xEE), "an octet behind the message was touched");
    assert_eq!(buffer, canonical(&data[..length]));
    assert_eq!(Message::parse(&buffer), Ok(*message));
    assert_eq!(Message::parse(&data[..length]), Ok(*message), "what follows the message matters");
    let (header, content) = Header::parse(data).expect("the message was parsed");
    assert_eq!((header, content), (message.header, &data[34..length]));
    let covered: usize = message.tlvs.iter().map(|tlv| 4 + tlv.value.len()).sum();
    assert_eq!(covered, message.tlvs.octets().len());
    let cut = Message::parse(&data[..length - 1]).expect_err("the last octet is missing");
    assert_eq!(told(cut), judge(&data[..length - 1]).expect_err("the last octet is missing"));
}

/// TLVs by themselves: they cover their octets and come out as they went in.
fn check_tlvs(data: &[u8]) {
    match (Tlvs::parse(data), judge_tlvs(data, 0, ParseReason::Overrun)) {
        (Ok(tlvs), Ok(_)) => {
            let mut buffer = vec![0; data.len()];
            let mut length = 0;
            for tlv in tlvs {
                assert_eq!(tlv.value.len() % 2, 0);
                length += tlv.emit(&mut buffer[length..]).expect("it came from there");
            }
            assert_eq!(buffer, data);
        }
        // A position beyond 16 bits cannot be told; no frame is that long.
        (Err(_), Err((_, offset, _))) if offset > usize::from(u16::MAX) => {}
        (Err(error), Err(fault)) => assert_eq!(told(error), fault),
        (parsed, judged) => panic!("parsed as {parsed:?}, to be judged as {judged:?}"),
    }
}
