//! The header that all messages begin with.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{Flags, MessageType, ParseError, PortIdentity, SdoId, diagnose};
use syntone_hal::TimeInterval;

/// The common header (IEEE 1588-2019 13.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// majorSdoId and minorSdoId.
    pub sdo_id: SdoId,
    /// What follows the header.
    pub message_type: MessageType,
    /// minorVersionPTP: 4 bits; 1 in the edition of 2019, 0 in that of 2008.
    pub minor_version_ptp: u8,
    /// versionPTP: 4 bits; 2.
    pub version_ptp: u8,
    /// Octets of header, body and TLVs; computed when a message is emitted.
    pub message_length: u16,
    /// The domain.
    pub domain_number: u8,
    /// flagField.
    pub flags: Flags,
    /// Residence times, asymmetry and fractions of a nanosecond, in units of 2⁻¹⁶ ns.
    pub correction_field: TimeInterval,
    /// Zero on transmit, ignored on receipt.
    pub message_type_specific: u32,
    /// The sender.
    pub source_port_identity: PortIdentity,
    /// Counts the messages of one type, or copies the number of the message that this one answers.
    pub sequence_id: u16,
    /// A relic of the edition of 2002; ignored on receipt.
    pub control_field: u8,
    /// log₂ of an interval in seconds; 0x7F where there is none.
    pub log_message_interval: i8,
}

impl Header {
    /// Octets of the header.
    pub const LENGTH: usize = 34;

    pub(crate) const FIELDS: &'static [Span] = &[
        Span(Field::MajorSdoId, 1),
        Span(Field::MinorVersionPtp, 1),
        Span(Field::MessageLength, 2),
        Span(Field::DomainNumber, 1),
        Span(Field::MinorSdoId, 1),
        Span(Field::FlagField, 2),
        Span(Field::CorrectionField, 8),
        Span(Field::MessageTypeSpecific, 4),
        Span(Field::SourcePortIdentity, 10),
        Span(Field::SequenceId, 2),
        Span(Field::ControlField, 1),
        Span(Field::LogMessageInterval, 1),
    ];

    /// Reads the header of a message and checks what must hold before anything else is read: versionPTP is 2 (the minor
    /// version is not looked at), the type is not reserved, and messageLength covers the body and lies within `octets`.
    ///
    /// Gives the header and the octets between it and messageLength: the body, for [`MessageBody::parse`] of the type
    /// that the header tells, and its TLVs. What follows messageLength, such as padding, is ignored.
    ///
    /// # Errors
    /// [`ParseError`] with the first field that is wrong or incomplete.
    ///
    /// [`MessageBody::parse`]: super::MessageBody::parse
    #[inline]
    pub fn parse(octets: &[u8]) -> Result<(Self, &[u8]), ParseError> {
        Self::checked(octets).ok_or_else(|| diagnose::message(octets))
    }

    /// As [`Header::parse`], for who does not ask what is wrong.
    #[inline(always)]
    pub(crate) fn checked(octets: &[u8]) -> Option<(Self, &[u8])> {
        let header = Self::from_octets(octets.first_chunk()?);
        if header.version_ptp != 2 {
            return None;
        }
        let content = Self::content(header.message_type, header.message_length, octets)?;
        Some((header, content))
    }

    /// As [`Header::checked`], for who has looked at versionPTP and messageType already: where it is called with a type that is
    /// known when the program is built, what depends on it is done then.
    #[inline(always)]
    pub(crate) fn screened(message_type: MessageType, octets: &[u8]) -> Option<(Self, &[u8])> {
        let header = Self { message_type, ..Self::from_octets(octets.first_chunk()?) };
        let content = Self::content(message_type, header.message_length, octets)?;
        Some((header, content))
    }

    /// Reads the fields, whatever they are.
    #[must_use]
    #[inline(always)]
    pub fn from_octets(octets: &[u8; Self::LENGTH]) -> Self {
        let mut reader = Reader::new(octets);
        let (first, second) = (reader.u8(), reader.u8());
        let (message_length, domain_number) = (reader.u16(), reader.u8());
        Self {
            sdo_id: SdoId::from_parts(first >> 4, reader.u8()),
            message_type: MessageType(first & 0x0F),
            minor_version_ptp: second >> 4,
            version_ptp: second & 0x0F,
            message_length,
            domain_number,
            flags: Flags::from_bits_retain(reader.u16()),
            correction_field: TimeInterval::from_scaled(reader.i64()),
            message_type_specific: reader.u32(),
            source_port_identity: reader.port_identity(),
            sequence_id: reader.u16(),
            control_field: reader.u8(),
            log_message_interval: reader.i8(),
        }
    }

    /// Writes all fields as they are; of `message_type`, `minor_version_ptp` and `version_ptp` the low 4 bits.
    #[inline]
    pub fn emit_into(&self, octets: &mut [u8; Self::LENGTH]) {
        let mut writer = Writer::new(octets);
        writer.u8((self.sdo_id.major() << 4) | (self.message_type.0 & 0x0F));
        writer.u8((self.minor_version_ptp << 4) | (self.version_ptp & 0x0F));
        writer.u16(self.message_length);
        writer.u8(self.domain_number);
        writer.u8(self.sdo_id.minor());
        writer.u16(self.flags.bits());
        writer.i64(self.correction_field.scaled());
        writer.u32(self.message_type_specific);
        writer.port_identity(self.source_port_identity);
        writer.u16(self.sequence_id);
        writer.u8(self.control_field);
        writer.i8(self.log_message_interval);
    }

    /// The octets between header and messageLength, if type and messageLength may be believed.
    #[inline(always)]
    pub(super) fn content(message_type: MessageType, message_length: u16, octets: &[u8]) -> Option<&[u8]> {
        if message_length < message_type.minimum_length()? {
            return None;
        }
        octets.get(Self::LENGTH..usize::from(message_length))
    }
}
