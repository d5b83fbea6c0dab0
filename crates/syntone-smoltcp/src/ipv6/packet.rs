//! The header of IPv6 (RFC 8200).

use crate::Frame;
use crate::checksum::Sum;
use crate::transport::Refusal;
use crate::writer::Writer;

/// Next header: options for every hop.
const HOP_BY_HOP: u8 = 0;
/// Next header: a fragment.
pub(super) const FRAGMENT: u8 = 44;

/// What a header says.
pub(super) struct Packet {
    pub(super) source: [u8; 16],
    pub(super) destination: [u8; 16],
    /// What follows, options for every hop passed over.
    pub(super) protocol: u8,
    pub(super) hop_limit: u8,
    /// Octets behind the headers.
    pub(super) payload: usize,
}

impl Packet {
    pub(super) fn read<F: Frame>(frame: &mut F) -> Result<Self, Refusal> {
        let [first, _, _, _, l0, l1, mut protocol, hop_limit] = frame.take().ok_or(Refusal::Malformed)?;
        let source = frame.take().ok_or(Refusal::Malformed)?;
        let destination = frame.take().ok_or(Refusal::Malformed)?;
        let mut payload = usize::from(u16::from_be_bytes([l0, l1]));
        if first >> 4 != 6 || payload > frame.remaining() {
            return Err(Refusal::Malformed);
        }
        if protocol == HOP_BY_HOP {
            let [next, eights, ..] = frame.take::<8>().ok_or(Refusal::Malformed)?;
            for _ in 0..eights {
                frame.take::<8>().ok_or(Refusal::Malformed)?;
            }
            let length = usize::from(eights).saturating_add(1) << 3;
            payload = payload.checked_sub(length).ok_or(Refusal::Malformed)?;
            protocol = next;
        }
        Ok(Self { source, destination, protocol, hop_limit, payload })
    }

    /// The sum of the addresses.
    pub(super) fn pseudo(&self) -> Sum {
        pseudo(self.source, self.destination)
    }
}

pub(super) fn pseudo(source: [u8; 16], destination: [u8; 16]) -> Sum {
    Sum::default().add(&source).add(&destination)
}

/// What differs from header to header.
pub(super) struct Fields {
    pub(super) dscp: u8,
    pub(super) hop_limit: u8,
    pub(super) protocol: u8,
    /// Octets behind the header.
    pub(super) length: u16,
    pub(super) source: [u8; 16],
    pub(super) destination: [u8; 16],
}

/// Appends a header.
pub(super) fn write(writer: &mut Writer, fields: &Fields) {
    writer.word(0x6000 | u16::from(fields.dscp & 0x3F) << 6);
    writer.word(0);
    writer.word(fields.length);
    writer.put(&[fields.protocol, fields.hop_limit]);
    writer.put(&fields.source);
    writer.put(&fields.destination);
}
