//! Finds out what is wrong with octets that were refused. It runs only then, so that parsing itself stays short.

use super::field::{Field, Span};
use super::{Chunk, Header, MessageType, ParseError, ParseReason};

/// What is wrong with `octets`, which [`Header::parse`] refused.
#[cold]
#[inline(never)]
pub(crate) fn message(octets: &[u8]) -> ParseError {
    let Some((head, content)) = Chunk::split(octets) else {
        return end_of(Header::FIELDS, octets, 0).unwrap_or_else(|offset| truncated(Field::LogMessageInterval, offset));
    };
    let header = Header::from_octets(head);
    let error = |field, offset, reason| ParseError { field, offset, reason };
    match header.message_type.minimum_length() {
        _ if header.version_ptp != 2 => error(Field::VersionPtp, 1, ParseReason::Version),
        None => reserved_type(),
        Some(minimum) if header.message_length < minimum => error(Field::MessageLength, 2, ParseReason::MessageLength),
        Some(_) => truncated_content(header.message_type, content),
    }
}

/// The messageType is none that has a body.
#[cold]
pub(crate) const fn reserved_type() -> ParseError {
    ParseError { field: Field::MessageType, offset: 0, reason: ParseReason::MessageType }
}

/// What is wrong with the octets behind the header, which [`MessageBody::parse`](super::MessageBody::parse) refused.
#[cold]
#[inline(never)]
pub(crate) fn content(message_type: MessageType, octets: &[u8]) -> ParseError {
    match end_of(message_type.body_fields(), octets, HEADER) {
        Ok(error) => error,
        Err(start) => {
            let tlvs = octets.get(usize::from(start.saturating_sub(HEADER))..).unwrap_or_default();
            self::tlvs(tlvs, start)
        }
    }
}

/// The first TLV that is wrong, or the end where one more should be. `start` is where the TLVs begin in the message.
#[cold]
#[inline(never)]
pub(crate) fn tlvs(octets: &[u8], start: u16) -> ParseError {
    let (mut rest, mut offset) = (octets, start);
    let error = |field, offset, reason| ParseError { field, offset, reason };
    loop {
        let Some(([_, _, high, low], behind)) = rest.split_first_chunk() else {
            return match rest.len() {
                0 | 1 => error(Field::TlvType, offset, ParseReason::Overrun),
                _ => error(Field::LengthField, offset.saturating_add(2), ParseReason::Overrun),
            };
        };
        let length = u16::from_be_bytes([*high, *low]);
        if length % 2 != 0 {
            return error(Field::LengthField, offset.saturating_add(2), ParseReason::OddLength);
        }
        let Some((_, behind)) = behind.split_at_checked(usize::from(length)) else {
            return error(Field::Value, offset.saturating_add(4), ParseReason::Overrun);
        };
        (rest, offset) = (behind, offset.saturating_add(4).saturating_add(length));
    }
}

const HEADER: u16 = 34;

fn truncated(field: Field, offset: u16) -> ParseError {
    ParseError { field, offset, reason: ParseReason::Truncated }
}

/// The octets behind the header end before messageLength says so.
fn truncated_content(message_type: MessageType, octets: &[u8]) -> ParseError {
    match content(message_type, octets) {
        error @ ParseError { reason: ParseReason::Overrun, .. } => truncated(error.field, error.offset),
        error => error,
    }
}

/// The field in which `octets` end, or where the fields end, if that is before the octets do.
fn end_of(fields: &[Span], octets: &[u8], start: u16) -> Result<ParseError, u16> {
    let mut offset = start;
    for &Span(field, length) in fields {
        let end = offset.saturating_add(u16::from(length));
        if octets.len() < usize::from(end.saturating_sub(start)) {
            return Ok(truncated(field, offset));
        }
        offset = end;
    }
    Err(offset)
}
