//! TLVs in storage that the caller lends.

#[cfg(feature = "application-tlvs")]
use crate::wire::fill;
use crate::wire::{Tlv, Tlvs};

/// Whole TLVs, one after the other.
#[derive(Debug, Default)]
pub(crate) struct TlvStore {
    octets: &'static mut [u8],
    length: usize,
}

impl TlvStore {
    /// Empty, in this storage.
    pub(crate) const fn new(storage: &'static mut [u8]) -> Self {
        Self { octets: storage, length: 0 }
    }

    pub(crate) const fn is_lent(&self) -> bool {
        !self.octets.is_empty()
    }

    pub(crate) const fn clear(&mut self) {
        self.length = 0;
    }

    /// One more TLV, unless it has no room; says whether it has.
    pub(crate) fn push(&mut self, tlv: &Tlv<'_>) -> bool {
        let room = self.octets.get_mut(self.length..).unwrap_or_default();
        let Ok(length) = tlv.emit(room) else { return false };
        self.length = self.length.saturating_add(length);
        true
    }

    /// These in place of those that are there. Says whether there is room; if not, nothing changes.
    #[cfg(feature = "application-tlvs")]
    pub(crate) fn set(&mut self, tlvs: Tlvs<'_>) -> bool {
        let Some(place) = self.octets.get_mut(..tlvs.octets().len()) else { return false };
        fill(place, tlvs.octets());
        self.length = place.len();
        true
    }

    /// Octets that there is room for.
    #[cfg(feature = "application-tlvs")]
    pub(crate) const fn room(&self) -> usize {
        self.octets.len()
    }

    pub(crate) fn tlvs(&self) -> Tlvs<'_> {
        self.octets.get(..self.length).and_then(Tlvs::checked).unwrap_or_default()
    }
}
