//! The Delay_Resp message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, PortIdentity, WireTimestamp};

/// The body of a Delay_Resp message (IEEE 1588-2019 13.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DelayResp {
    /// When the Delay_Req of the same sequenceId came in.
    pub receive_timestamp: WireTimestamp,
    /// The port that asked.
    pub requesting_port_identity: PortIdentity,
}

impl MessageBody for DelayResp {
    type Octets = [u8; 20];
    const MESSAGE_TYPE: MessageType = MessageType::DELAY_RESP;
    const FIELDS: &'static [Span] = &[Span(Field::ReceiveTimestamp, 10), Span(Field::RequestingPortIdentity, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { receive_timestamp: reader.timestamp(), requesting_port_identity: reader.port_identity() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.timestamp(self.receive_timestamp);
        writer.port_identity(self.requesting_port_identity);
    }
}
