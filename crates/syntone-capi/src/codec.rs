//! Messages as octets and as structs, for programs that look at the network: nothing here needs a clock.

pub use crate::codec_message::SyntoneMessage;
use crate::pointer::{LONGEST, check, check_sized, read_sized, slice, write};
use crate::result::{SyntoneResult, finish};
use core::ffi::c_char;
use syntone::wire::{EmitError, Message, ParseError, Tlvs};

/// A TLV: IEEE 1588-2019 14.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTlv {
    /// Its lengthField octets, in those that syntone_tlv_next() was given.
    pub value: *const u8,
    /// lengthField.
    pub length: u16,
    /// tlvType.
    pub tlv_type: u16,
}

/// Why octets are no PTP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneParseError {
    /// The first field that is wrong, by the standard's name; ends with NUL.
    pub field: [c_char; 64],
    /// What is wrong, in words; ends with NUL.
    pub reason: [c_char; 64],
    /// Where the field begins, in octets from the start.
    pub offset: u32,
}

/// Decodes the PTP message at the start of `size` octets, which begin with its header; what follows its messageLength is
/// ignored. Writes it to `message`, whose struct_size is set. SYNTONE_RESULT_OUT_OF_RANGE: it is none, and `error`, which may
/// be NULL, tells why.
///
/// # Safety
/// Each pointer is NULL or points to what its type says, `octets` to `size` octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_message_decode(
    octets: *const u8,
    size: usize,
    message: *mut SyntoneMessage,
    error: *mut SyntoneParseError,
) -> SyntoneResult {
    let decode = || {
        // SAFETY: as promised.
        let octets = unsafe {
            check_sized(message)?;
            slice(octets, size.min(LONGEST))?
        };
        match Message::parse(octets) {
            // SAFETY: as promised.
            Ok(parsed) => unsafe { write(message, SyntoneMessage::new(&parsed)) },
            Err(wrong) => {
                if !error.is_null() {
                    // SAFETY: as promised.
                    unsafe { write(error, SyntoneParseError::new(&wrong)) }?;
                }
                Err(SyntoneResult::OutOfRange)
            }
        }
    };
    finish(decode())
}

/// Encodes a message to `buffer` of `size` octets and sets `*length` to its messageLength.
/// SYNTONE_RESULT_STORAGE_TOO_SMALL: the buffer is too small for it. SYNTONE_RESULT_OUT_OF_RANGE: message_type is none of
/// SYNTONE_MESSAGE_..., version_ptp is not 2, minor_version_ptp above 15 or sdo_id above 0xFFF, the TLVs are not whole or too long, or
/// they lie in the buffer.
///
/// # Safety
/// Each pointer is NULL or points to what its type says, `buffer` to `size` octets, `message->tlvs` to as many octets as
/// `message->tlvs_length` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_message_encode(
    message: *const SyntoneMessage,
    buffer: *mut u8,
    size: usize,
    length: *mut usize,
) -> SyntoneResult {
    let encode = || {
        check(length)?;
        check(buffer)?;
        // SAFETY: as promised.
        let message = unsafe { read_sized(message) }?;
        let size = size.min(LONGEST);
        let (start, tlvs) = (buffer.addr(), message.tlvs.addr());
        let apart = start.saturating_add(size) <= tlvs || tlvs.saturating_add(message.tlvs_length) <= start;
        if message.tlvs_length > LONGEST || (message.tlvs_length > 0 && !apart) {
            return Err(SyntoneResult::OutOfRange);
        }
        // SAFETY: as promised, and the two do not overlap.
        let (tlvs, buffer) = unsafe {
            let tlvs = if message.tlvs_length == 0 { &[] } else { slice(message.tlvs, message.tlvs_length)? };
            (tlvs, core::slice::from_raw_parts_mut(buffer, size))
        };
        let tlvs = Tlvs::parse(tlvs).map_err(|_| SyntoneResult::OutOfRange)?;
        let body = message.body().ok_or(SyntoneResult::OutOfRange)?;
        let header = message.header().ok_or(SyntoneResult::OutOfRange)?;
        let emitted = Message { header, body, tlvs }.emit(buffer).map_err(|error| match error {
            EmitError::BufferTooSmall => SyntoneResult::StorageTooSmall,
            _ => SyntoneResult::OutOfRange,
        })?;
        // SAFETY: as promised.
        unsafe { write(length, emitted) }
    };
    finish(encode())
}

/// Goes through the TLVs of a message: writes the one that begins at octet `*position` to `tlv` and moves `*position`, at
/// first 0, behind it. SYNTONE_RESULT_OUT_OF_RANGE: there is none, and nothing is written.
///
/// # Safety
/// Each pointer is NULL or points to what its type says, `tlvs` to `length` octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_tlv_next(
    tlvs: *const u8,
    length: usize,
    position: *mut usize,
    tlv: *mut SyntoneTlv,
) -> SyntoneResult {
    let next = || {
        check(position)?;
        check(tlv)?;
        if length == 0 {
            return Err(SyntoneResult::OutOfRange);
        }
        // SAFETY: as promised; `position` is not null and aligned.
        let (octets, at) = unsafe { (slice(tlvs, length.min(LONGEST))?, position.read()) };
        let rest = octets.get(at..).ok_or(SyntoneResult::OutOfRange)?;
        let (head, rest) = rest.split_first_chunk::<4>().ok_or(SyntoneResult::OutOfRange)?;
        let [high, low, length @ ..] = *head;
        let length = u16::from_be_bytes(length);
        let value = rest.get(..usize::from(length)).ok_or(SyntoneResult::OutOfRange)?;
        let found = SyntoneTlv { value: value.as_ptr(), length, tlv_type: u16::from_be_bytes([high, low]) };
        // SAFETY: as promised.
        unsafe {
            write(tlv, found)?;
            write(position, at.saturating_add(4).saturating_add(value.len()))
        }
    };
    finish(next())
}

impl SyntoneParseError {
    fn new(error: &ParseError) -> Self {
        Self {
            field: text(error.field.name()),
            reason: text(error.reason.description()),
            offset: u32::from(error.offset),
        }
    }
}

/// A text that ends with NUL; what has no room is cut off.
fn text(from: &str) -> [c_char; 64] {
    let mut text = [0; 64];
    for (place, octet) in text.iter_mut().take(63).zip(from.bytes()) {
        *place = c_char::from_ne_bytes([octet]);
    }
    text
}
