//! The header, field by field.

use super::cursor::Reader;
use super::{ClockIdentity, Flags, Header, MessageType, PortIdentity};
use syntone_hal::TimeInterval;

/// A header as it was received: each field is read when it is asked for, so that none lies in a register before its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawHeader<'a>(&'a [u8; Header::LENGTH]);

impl<'a> RawHeader<'a> {
    /// As [`Header::screened`].
    #[inline(always)]
    pub(crate) fn screened(message_type: MessageType, octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let header = Self(octets.first_chunk()?);
        let message_length = u16::from_be_bytes(header.at(2));
        let content = Header::content(message_type, message_length, octets)?;
        Some((header, content))
    }

    #[inline(always)]
    pub(crate) fn flags(self) -> Flags {
        Flags::from_bits_retain(u16::from_be_bytes(self.at(6)))
    }

    #[inline(always)]
    pub(crate) fn correction_field(self) -> TimeInterval {
        TimeInterval::from_scaled(i64::from_be_bytes(self.at(8)))
    }

    #[inline(always)]
    pub(crate) fn source_port_identity(self) -> PortIdentity {
        let clock_identity = ClockIdentity(u64::from_be_bytes(self.at(20)));
        PortIdentity { clock_identity, port_number: u16::from_be_bytes(self.at(28)) }
    }

    #[inline(always)]
    pub(crate) fn sequence_id(self) -> u16 {
        u16::from_be_bytes(self.at(30))
    }

    #[inline(always)]
    pub(crate) fn log_message_interval(self) -> i8 {
        i8::from_be_bytes(self.at(33))
    }

    /// The octets of a field; they lie within the header.
    #[inline(always)]
    fn at<const N: usize>(self, offset: usize) -> [u8; N] {
        Reader::new(self.0.get(offset..).unwrap_or(&[])).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_the_same_read_one_by_one(octets: [u8; 60]) {
            let message_type = MessageType(octets[0] & 0x0F);
            let (all, raw) = (Header::screened(message_type, &octets), RawHeader::screened(message_type, &octets));
            prop_assert_eq!(all.map(|(_, content)| content), raw.map(|(_, content)| content));
            let header = Header::from_octets(octets.first_chunk().unwrap());
            let raw = RawHeader(octets.first_chunk().unwrap());
            prop_assert_eq!(raw.flags(), header.flags);
            prop_assert_eq!(raw.correction_field(), header.correction_field);
            prop_assert_eq!(raw.source_port_identity(), header.source_port_identity);
            prop_assert_eq!(raw.sequence_id(), header.sequence_id);
            prop_assert_eq!(raw.log_message_interval(), header.log_message_interval);
        }
    }
}
