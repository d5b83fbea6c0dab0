//! The standards organisation whose rules a message follows.

/// The sdoId: 12 bits that keep PTP by different rules apart on one wire (IEEE 1588-2019 7.1.4, 16.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SdoId(u16);

impl SdoId {
    /// Profiles of IEEE 1588 itself.
    pub const DEFAULT: Self = Self(0x000);
    /// IEEE 802.1AS (gPTP).
    pub const GPTP: Self = Self(0x100);
    /// The Common Mean Link Delay Service (IEEE 1588-2019 16.6).
    pub const CMLDS: Self = Self(0x200);

    /// From 12 bits; `None` above 0xFFF.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        if value > 0xFFF { None } else { Some(Self(value)) }
    }

    /// From the nibble in octet 0 of a message (low bits of `major`) and its octet 5.
    #[must_use]
    #[inline(always)]
    pub fn from_parts(major: u8, minor: u8) -> Self {
        Self((u16::from(major & 0x0F) << 8) | u16::from(minor))
    }

    /// The 12 bits.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The nibble majorSdoId; transportSpecific in 2008.
    #[must_use]
    #[inline]
    pub const fn major(self) -> u8 {
        let [major, _] = self.0.to_be_bytes();
        major
    }

    /// The octet minorSdoId.
    #[must_use]
    #[inline]
    pub const fn minor(self) -> u8 {
        let [_, minor] = self.0.to_be_bytes();
        minor
    }
}
