//! The header of IPv4 (RFC 791).

use crate::Frame;
use crate::checksum::Sum;
use crate::transport::Refusal;
use crate::writer::Writer;

/// Octets of a header without options.
const HEADER_LENGTH: u16 = 20;
/// Not to be fragmented; so it needs no identification (RFC 6864).
const DO_NOT_FRAGMENT: u16 = 0x4000;
/// More fragments follow, or this one is not the first.
const FRAGMENT: u16 = 0x3FFF;

/// What a header says.
pub(super) struct Packet {
    fixed: [u8; 20],
    /// Octets behind the header.
    pub(super) payload: usize,
}

impl Packet {
    /// Reads the header with its options, which are passed over.
    pub(super) fn read<F: Frame>(frame: &mut F) -> Result<Self, Refusal> {
        let available = frame.remaining();
        let fixed: [u8; 20] = frame.take().ok_or(Refusal::Malformed)?;
        let [first, _, t0, t1, ..] = fixed;
        let mut sum = Sum::default().add(&fixed);
        let header_words = first & 0xF;
        if first >> 4 != 4 || header_words < 5 {
            return Err(Refusal::Malformed);
        }
        for _ in 5..header_words {
            sum = sum.add(&frame.take::<4>().ok_or(Refusal::Malformed)?);
        }
        let total = usize::from(u16::from_be_bytes([t0, t1]));
        let payload = total.checked_sub(usize::from(header_words) << 2).ok_or(Refusal::Malformed)?;
        if total > available || sum.checksum() != 0 {
            return Err(Refusal::Malformed);
        }
        Ok(Self { fixed, payload })
    }

    pub(super) const fn source(&self) -> [u8; 4] {
        let [.., a, b, c, d, _, _, _, _] = self.fixed;
        [a, b, c, d]
    }

    pub(super) const fn destination(&self) -> [u8; 4] {
        let [.., a, b, c, d] = self.fixed;
        [a, b, c, d]
    }

    pub(super) const fn protocol(&self) -> u8 {
        let [_, _, _, _, _, _, _, _, _, protocol, ..] = self.fixed;
        protocol
    }

    pub(super) const fn is_fragment(&self) -> bool {
        let [_, _, _, _, _, _, high, low, ..] = self.fixed;
        u16::from_be_bytes([high, low]) & FRAGMENT != 0
    }
}

/// What differs from header to header.
pub(super) struct Fields {
    pub(super) dscp: u8,
    pub(super) ttl: u8,
    pub(super) protocol: u8,
    /// Octets behind the header.
    pub(super) length: u16,
    pub(super) source: [u8; 4],
    pub(super) destination: [u8; 4],
}

/// Appends a header, with the option that makes routers look (RFC 2113) if `alert` says so.
pub(super) fn write(writer: &mut Writer, fields: &Fields, alert: bool) {
    let options: &[u8] = if alert { &[0x94, 0x04, 0x00, 0x00] } else { &[] };
    let (first, header) = if alert { (0x46, HEADER_LENGTH.wrapping_add(4)) } else { (0x45, HEADER_LENGTH) };
    let place = writer.from(0).len();
    writer.put(&[first, fields.dscp << 2]);
    writer.word(fields.length.wrapping_add(header));
    writer.word(0);
    writer.word(DO_NOT_FRAGMENT);
    writer.put(&[fields.ttl, fields.protocol]);
    writer.word(0);
    writer.put(&fields.source);
    writer.put(&fields.destination);
    writer.put(options);
    let checksum = Sum::default().add(writer.from(place)).checksum();
    writer.patch(place.wrapping_add(10), checksum);
}
