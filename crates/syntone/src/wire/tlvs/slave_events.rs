//! What a receiver makes of a Signaling message of a slave that tells of its measurements.

use super::TlvData;
use crate::wire::{Body, Message, ParseError, PortIdentity, TlvType, Tlvs};

/// The measurements in one Signaling message (IEEE 1588-2019 16.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveEvents<'a> {
    /// Whose they are.
    pub slave: PortIdentity,
    tlvs: Tlvs<'a>,
}

impl<'a> SlaveEvents<'a> {
    /// The types of TLV that tell of measurements.
    pub const TYPES: [TlvType; 4] = [
        TlvType::SLAVE_RX_SYNC_TIMING_DATA,
        TlvType::SLAVE_RX_SYNC_COMPUTED_DATA,
        TlvType::SLAVE_TX_EVENT_TIMESTAMPS,
        TlvType::SLAVE_DELAY_TIMING_DATA_NP,
    ];

    /// Reads a message; `None` if it is of another type.
    ///
    /// # Errors
    /// As [`Message::parse`].
    pub fn parse(octets: &'a [u8]) -> Result<Option<Self>, ParseError> {
        let Message { header, body, tlvs } = Message::parse(octets)?;
        let is_signaling = matches!(body, Body::Signaling(_));
        Ok(is_signaling.then_some(Self { slave: header.source_port_identity, tlvs }))
    }

    /// One TLV after the other; those of other types are left out.
    pub fn iter(self) -> impl Iterator<Item = Result<TlvData<'a>, ParseError>> {
        self.tlvs.iter().filter(|tlv| Self::TYPES.contains(&tlv.tlv_type)).map(TlvData::parse)
    }
}
