//! The Follow_Up message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, WireTimestamp};

/// The body of a Follow_Up message (IEEE 1588-2019 13.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FollowUp {
    /// When the Sync of the same sequenceId left.
    pub precise_origin_timestamp: WireTimestamp,
}

impl MessageBody for FollowUp {
    type Octets = [u8; 10];
    const MESSAGE_TYPE: MessageType = MessageType::FOLLOW_UP;
    const FIELDS: &'static [Span] = &[Span(Field::PreciseOriginTimestamp, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { precise_origin_timestamp: reader.timestamp() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.timestamp(self.precise_origin_timestamp);
    }
}
