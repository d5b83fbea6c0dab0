//! TLVs that are offered to the application.

use crate::wire::{Header, MessageType, PortIdentity, Reader, Tlv, TlvType, Tlvs, Writer};
use syntone_hal::PortIndex;

/// A TLV of an organisation, and what it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReceivedTlv<'a> {
    /// The port that received it.
    pub port: PortIndex,
    /// Who sent the message.
    pub source_port_identity: PortIdentity,
    /// Announce or Signaling.
    pub message_type: MessageType,
    /// Type and value; [`OrganizationExtension`](crate::wire::tlvs::OrganizationExtension) reads it.
    pub tlv: Tlv<'a>,
}

/// Octets before a TLV: port, messageType, sourcePortIdentity.
const ORIGIN: usize = 12;

/// TLVs that wait for the application, whole and in their order, in storage that the caller lends.
#[derive(Debug, Default)]
pub(crate) struct Received {
    octets: &'static mut [u8],
    length: usize,
}

impl Received {
    pub(crate) const fn new(storage: &'static mut [u8]) -> Self {
        Self { octets: storage, length: 0 }
    }

    pub(crate) const fn clear(&mut self) {
        self.length = 0;
    }

    /// It is one of an organisation, and somebody may want it.
    pub(crate) const fn wants(&self, tlv: &Tlv<'_>) -> bool {
        let is_of_organization = matches!(
            tlv.tlv_type,
            TlvType::ORGANIZATION_EXTENSION
                | TlvType::ORGANIZATION_EXTENSION_PROPAGATE
                | TlvType::ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE
        );
        is_of_organization && !self.octets.is_empty()
    }

    /// One more, unless it has no room; says whether it has.
    pub(crate) fn push(&mut self, port: PortIndex, header: &Header, tlv: &Tlv<'_>) -> bool {
        let room = self.octets.get_mut(self.length..).unwrap_or_default();
        let Some((origin, room)) = room.split_first_chunk_mut::<ORIGIN>() else { return false };
        let Ok(length) = tlv.emit(room) else { return false };
        let mut writer = Writer::new(origin);
        writer.u8(port.0);
        writer.u8(header.message_type.0);
        writer.port_identity(header.source_port_identity);
        self.length = self.length.saturating_add(ORIGIN).saturating_add(length);
        true
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ReceivedTlv<'_>> {
        let mut rest = self.octets.get(..self.length).unwrap_or_default();
        core::iter::from_fn(move || {
            let (origin, tlvs) = rest.split_first_chunk::<ORIGIN>()?;
            let tlv = Tlvs::first(tlvs)?;
            rest = tlvs.get(tlv.value.len().saturating_add(4)..)?;
            let mut reader = Reader::new(origin);
            let (port, message_type) = (PortIndex(reader.u8()), MessageType(reader.u8()));
            Some(ReceivedTlv { port, source_port_identity: reader.port_identity(), message_type, tlv })
        })
    }
}
