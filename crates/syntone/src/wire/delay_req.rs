//! The Delay_Req message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, WireTimestamp};

/// The body of a Delay_Req message (IEEE 1588-2019 13.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DelayReq {
    /// When it left: an estimate or zero.
    pub origin_timestamp: WireTimestamp,
}

impl MessageBody for DelayReq {
    type Octets = [u8; 10];
    const MESSAGE_TYPE: MessageType = MessageType::DELAY_REQ;
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
