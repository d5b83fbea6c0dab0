//! The Signaling message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{MessageBody, MessageType, PortIdentity};

/// The body of a Signaling message; its TLVs say what it is about (IEEE 1588-2019 13.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Signaling {
    /// Whom it is for; all ones for everybody.
    pub target_port_identity: PortIdentity,
}

impl MessageBody for Signaling {
    type Octets = [u8; 10];
    const MESSAGE_TYPE: MessageType = MessageType::SIGNALING;
    const FIELDS: &'static [Span] = &[Span(Field::TargetPortIdentity, 10)];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self { target_port_identity: reader.port_identity() }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.port_identity(self.target_port_identity);
    }
}
