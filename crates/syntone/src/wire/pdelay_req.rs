//! The Pdelay_Req message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, WireTimestamp};

/// The body of a Pdelay_Req message (IEEE 1588-2019 13.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PdelayReq {
    /// When it left: an estimate or zero.
    pub origin_timestamp: WireTimestamp,
}

impl MessageBody for PdelayReq {
    type Octets = [u8; 20];
    const MESSAGE_TYPE: MessageType = MessageType::PDELAY_REQ;
    const FIELDS: &'static [Span] = &[Span(Field::OriginTimestamp, 10), Span(Field::Reserved, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { origin_timestamp: reader.timestamp() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.timestamp(self.origin_timestamp);
        writer.put([0; 10]);
    }
}
