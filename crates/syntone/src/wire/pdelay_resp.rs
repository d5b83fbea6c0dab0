//! The Pdelay_Resp message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, PortIdentity, WireTimestamp};

/// The body of a Pdelay_Resp message (IEEE 1588-2019 13.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PdelayResp {
    /// When the Pdelay_Req came in, in two steps; zero in one.
    pub request_receipt_timestamp: WireTimestamp,
    /// The port that asked.
    pub requesting_port_identity: PortIdentity,
}

impl MessageBody for PdelayResp {
    type Octets = [u8; 20];
    const MESSAGE_TYPE: MessageType = MessageType::PDELAY_RESP;
    const FIELDS: &'static [Span] =
        &[Span(Field::RequestReceiptTimestamp, 10), Span(Field::RequestingPortIdentity, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { request_receipt_timestamp: reader.timestamp(), requesting_port_identity: reader.port_identity() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.timestamp(self.request_receipt_timestamp);
        writer.port_identity(self.requesting_port_identity);
    }
}
