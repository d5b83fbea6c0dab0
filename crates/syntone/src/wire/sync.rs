//! The Sync message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, WireTimestamp};

/// The body of a Sync message (IEEE 1588-2019 13.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sync {
    /// When it left, in one step; an estimate or zero, in two.
    pub origin_timestamp: WireTimestamp,
}

impl MessageBody for Sync {
    type Octets = [u8; 10];
    const MESSAGE_TYPE: MessageType = MessageType::SYNC;
    const FIELDS: &'static [Span] = &[Span(Field::OriginTimestamp, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { origin_timestamp: reader.timestamp() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.timestamp(self.origin_timestamp);
    }
}
