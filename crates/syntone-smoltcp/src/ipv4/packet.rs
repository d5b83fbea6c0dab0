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
    pub(super) source: [u8; 4],
    pub(super) destination: [u8; 4],
    pub(super) protocol: u8,
    pub(super) is_fragment: bool,
    /// Octets behind the header.
    pub(super) payload: usize,
}

impl Packet {
    /// Reads the header with its options, which are passed over.
    pub(super) fn read<F: Frame>(frame: &mut F) -> Result<Self, Refusal> {
        let available = frame.remaining();
        let fixed: [u8; 20] = frame.take().ok_or(Refusal::Malformed)?;
        let [first, _, t0, t1, _, _, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = fixed;
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
        let (source, destination) = ([s0, s1, s2, s3], [d0, d1, d2, d3]);
        let is_fragment = u16::from_be_bytes([f0, f1]) & FRAGMENT != 0;
        Ok(Self { source, destination, protocol, is_fragment, payload })
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

/// A header without options.
pub(super) fn header(fields: Fields) -> [u8; 20] {
    write::<20>(fields, &[])
}

/// A header with the option that makes routers look (RFC 2113).
pub(super) fn header_with_router_alert(fields: Fields) -> [u8; 24] {
    write::<24>(fields, &[0x94, 0x04, 0x00, 0x00])
}

fn write<const N: usize>(fields: Fields, options: &[u8]) -> [u8; N] {
    let Fields { dscp, ttl, protocol, length, source, destination } = fields;
    let total = length.saturating_add(HEADER_LENGTH).saturating_add(if options.is_empty() { 0 } else { 4 });
    let first = if options.is_empty() { 0x45 } else { 0x46 };
    let write = |checksum: u16| {
        Writer::<N>::new()
            .put(&[first, dscp << 2])
            .word(total)
            .word(0)
            .word(DO_NOT_FRAGMENT)
            .put(&[ttl, protocol])
            .word(checksum)
            .put(&source)
            .put(&destination)
            .put(options)
            .octets()
    };
    write(Sum::default().add(&write(0)).checksum())
}
