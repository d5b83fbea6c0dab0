//! What can be wrong with octets, and with what shall become octets.

use super::Field;
use core::fmt;

/// Octets that are no PTP message: the first field that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParseError {
    /// The field.
    pub field: Field,
    /// Where the field begins, in octets from the start of the message (of the TLVs, where only TLVs are parsed).
    pub offset: u16,
    /// What is wrong with it.
    pub reason: ParseReason,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
#[non_exhaustive]
pub enum ParseReason {
    /// The octets end before the field does.
    Truncated,
    /// versionPTP is not 2.
    Version,
    /// The messageType is reserved.
    MessageType,
    /// messageLength is less than the message needs.
    MessageLength,
    /// The lengthField of a TLV is odd.
    OddLength,
    /// A TLV runs over the end of the message.
    Overrun,
    /// There are more octets than there can be.
    Surplus,
}

impl ParseReason {
    /// What is wrong, in words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Truncated => "the octets end here",
            Self::Version => "the version is not 2",
            Self::MessageType => "the message type is reserved",
            Self::MessageLength => "less than the message needs",
            Self::OddLength => "the length of a TLV is odd",
            Self::Overrun => "the TLV runs over the end of the message",
            Self::Surplus => "there are more octets than there can be",
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.field.name(), self.offset, self.reason.description())
    }
}

impl core::error::Error for ParseError {}

/// Why a message was not emitted. Nothing useful is in the buffer then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EmitError {
    /// The buffer is shorter than the message.
    BufferTooSmall,
    /// The message, or a TLV in it, is longer than its 16-bit length can tell.
    TooLong,
    /// A TLV's value has an odd number of octets.
    OddLength,
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BufferTooSmall => "the buffer is too small for the message",
            Self::TooLong => "the message is longer than 65535 octets",
            Self::OddLength => "a TLV has an odd number of octets",
        })
    }
}

impl core::error::Error for EmitError {}
