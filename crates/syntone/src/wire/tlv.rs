//! TLVs, kept octet for octet whether known or not.

use super::{EmitError, ParseError, TlvType, Writer, diagnose, fill};

/// One TLV (IEEE 1588-2019 14.1): type and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tlv<'a> {
    /// What it is.
    pub tlv_type: TlvType,
    /// The octets behind the lengthField; an even number.
    pub value: &'a [u8],
}

impl Tlv<'_> {
    /// Writes the TLV to the front of `octets` and gives their number.
    ///
    /// # Errors
    /// When the value has an odd number of octets or more than 65 534, or the buffer is too small.
    pub fn emit(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
        let length = u16::try_from(self.value.len()).map_err(|_| EmitError::TooLong)?;
        if length % 2 != 0 {
            return Err(EmitError::OddLength);
        }
        let (head, rest) = octets.split_first_chunk_mut::<4>().ok_or(EmitError::BufferTooSmall)?;
        fill(rest.get_mut(..self.value.len()).ok_or(EmitError::BufferTooSmall)?, self.value);
        let mut writer = Writer::new(head);
        writer.u16(self.tlv_type.0);
        writer.u16(length);
        Ok(self.value.len().saturating_add(4))
    }
}

/// The TLVs of a message, whose lengths are known to fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tlvs<'a>(&'a [u8]);

impl<'a> Tlvs<'a> {
    /// No TLV.
    pub const NONE: Self = Self(&[]);

    /// Checks that `octets` are whole TLVs with even lengths.
    ///
    /// # Errors
    /// [`ParseError`] with the first field that is wrong; its offset counts from the first of these octets.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        Self::checked(octets).ok_or_else(|| diagnose::tlvs(octets, 0))
    }

    #[inline]
    pub(crate) fn checked(octets: &'a [u8]) -> Option<Self> {
        if octets.is_empty() || are_whole(octets) { Some(Self(octets)) } else { None }
    }

    /// The first of some octets, whatever follows it.
    #[cfg(feature = "application-tlvs")]
    pub(crate) fn first(octets: &'a [u8]) -> Option<Tlv<'a>> {
        split(octets).map(|(tlv, _)| tlv)
    }

    /// All their octets.
    #[must_use]
    #[inline]
    pub const fn octets(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// One after the other.
    #[must_use]
    pub const fn iter(self) -> TlvIter<'a> {
        TlvIter(self.0)
    }

    /// The first TLV of a type.
    #[must_use]
    pub fn find(self, tlv_type: TlvType) -> Option<Tlv<'a>> {
        self.iter().find(|tlv| tlv.tlv_type == tlv_type)
    }
}

impl<'a> IntoIterator for Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = TlvIter<'a>;

    fn into_iter(self) -> TlvIter<'a> {
        self.iter()
    }
}

/// Goes through [`Tlvs`].
#[derive(Clone, Debug)]
pub struct TlvIter<'a>(&'a [u8]);

impl<'a> Iterator for TlvIter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let (tlv, rest) = split(self.0)?;
        self.0 = rest;
        Some(tlv)
    }
}

impl core::iter::FusedIterator for TlvIter<'_> {}

/// The first TLV and what follows it.
fn split(octets: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (&[a, b, c, d], rest) = octets.split_first_chunk()?;
    let length = u16::from_be_bytes([c, d]);
    let (value, rest) = rest.split_at_checked(usize::from(length))?;
    Some((Tlv { tlv_type: TlvType(u16::from_be_bytes([a, b])), value }, rest))
}

#[inline(never)]
fn are_whole(mut octets: &[u8]) -> bool {
    while let Some((tlv, rest)) = split(octets) {
        if tlv.value.len() % 2 != 0 {
            return false;
        }
        octets = rest;
    }
    octets.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::{Field, ParseReason};
    use super::*;

    /// IEEE 1588-2019 14.1
    #[test]
    fn unknown_types_are_kept_octet_for_octet() {
        let octets = [0x55, 0xAA, 0, 2, 1, 2, 0x80, 0x08, 0, 0, 0, 8, 0, 4, 9, 8, 7, 6];
        let tlvs = Tlvs::parse(&octets).unwrap();
        let mut copy = [0; 18];
        let mut length = 0;
        for tlv in tlvs {
            length += tlv.emit(&mut copy[length..]).unwrap();
        }
        assert_eq!(copy, octets);
        assert_eq!(tlvs.find(TlvType::PATH_TRACE).unwrap().value, [9, 8, 7, 6]);
        assert!(tlvs.find(TlvType::PAD).unwrap().value.is_empty());
        assert_eq!(tlvs.find(TlvType::L1_SYNC), None);
    }

    /// IEEE 1588-2019 14.1
    #[test]
    fn lengths_that_lie_are_named() {
        let error = |octets: &[u8]| {
            let error = Tlvs::parse(octets).unwrap_err();
            (error.field, error.offset, error.reason)
        };
        let fits = [0, 8, 0, 2, 1, 2];
        assert_eq!(error(&[0, 8, 0, 3, 1, 2, 3]), (Field::LengthField, 2, ParseReason::OddLength));
        assert_eq!(error(&[0, 8, 0, 4, 1, 2]), (Field::Value, 4, ParseReason::Overrun));
        assert_eq!(error(&[&fits[..], &[0]].concat()), (Field::TlvType, 6, ParseReason::Overrun));
        assert_eq!(error(&[&fits[..], &[0, 8, 0]].concat()), (Field::LengthField, 8, ParseReason::Overrun));
        assert_eq!(error(&[&fits[..], &[0, 8, 255, 254]].concat()), (Field::Value, 10, ParseReason::Overrun));
    }

    #[test]
    fn odd_values_and_short_buffers_are_not_emitted() {
        let tlv = Tlv { tlv_type: TlvType::PAD, value: &[0; 3] };
        assert_eq!(tlv.emit(&mut [0; 16]), Err(EmitError::OddLength));
        let tlv = Tlv { value: &[0; 4], ..tlv };
        assert_eq!(tlv.emit(&mut [0; 7]), Err(EmitError::BufferTooSmall));
        assert_eq!(tlv.emit(&mut [0; 8]), Ok(8));
    }
}
