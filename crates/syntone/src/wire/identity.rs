//! Who sent a message.

use core::fmt;

/// The identity of a PTP Instance: an EUI-64 (IEEE 1588-2019 5.3.4, 7.5.2.2). Its order is that of its octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClockIdentity(pub u64);

impl ClockIdentity {
    /// Not yet known.
    pub const ZERO: Self = Self(0);
    /// Every clock: all ones, in a targetPortIdentity.
    pub const WILDCARD: Self = Self(u64::MAX);

    /// Whether no clock has this identity: all zeros or all ones.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.0.wrapping_add(1) <= 1
    }

    /// From the octets on the wire.
    #[must_use]
    #[inline]
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(octets))
    }

    /// The octets on the wire.
    #[must_use]
    #[inline]
    pub const fn octets(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// From a MAC-48 address, with FF-FE between its halves.
    #[must_use]
    pub const fn from_mac48(mac: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = mac;
        Self::from_octets([a, b, c, 0xFF, 0xFE, d, e, f])
    }
}

impl fmt::Display for ClockIdentity {
    /// `aabbcc.fffe.ddeeff`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        write!(f, "{:06x}.{:04x}.{:06x}", value >> 40, (value >> 24) & 0xFFFF, value & 0x00FF_FFFF)
    }
}

/// The identity of a PTP Port (IEEE 1588-2019 5.3.5). Its order is that of its octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortIdentity {
    /// The PTP Instance.
    pub clock_identity: ClockIdentity,
    /// 1 to 0xFFFE for a port, 0 for none, 0xFFFF for all.
    pub port_number: u16,
}

impl PortIdentity {
    /// Every port of every clock: all ones.
    pub const WILDCARD: Self = Self { clock_identity: ClockIdentity::WILDCARD, port_number: u16::MAX };

    /// A port of a clock.
    #[must_use]
    #[inline]
    pub const fn new(clock_identity: ClockIdentity, port_number: u16) -> Self {
        Self { clock_identity, port_number }
    }
}

impl fmt::Display for PortIdentity {
    /// `aabbcc.fffe.ddeeff-1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.clock_identity, self.port_number)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    /// IEEE 1588-2019 5.3.4, IEEE 1588-2019 7.5.2.2
    #[test]
    fn mac48_becomes_eui64_with_fffe_in_the_middle() {
        let identity = ClockIdentity::from_mac48([0x62, 0x78, 0xCD, 0xB2, 0x92, 0x2B]);
        assert_eq!(identity.octets(), [0x62, 0x78, 0xCD, 0xFF, 0xFE, 0xB2, 0x92, 0x2B]);
        assert_eq!(PortIdentity::new(identity, 7).to_string(), "6278cd.fffe.b2922b-7");
    }

    /// IEEE 1588-2019 5.3.4, IEEE 1588-2019 5.3.5
    #[test]
    fn order_is_that_of_the_octets() {
        let low = ClockIdentity::from_octets([0, 0, 0, 0, 0, 0, 1, 0]);
        let high = ClockIdentity::from_octets([1, 0, 0, 0, 0, 0, 0, 0]);
        assert!(low < high && high < ClockIdentity::WILDCARD);
        assert!(PortIdentity::new(low, 9) < PortIdentity::new(high, 1));
        assert!(PortIdentity::new(low, 1) < PortIdentity::new(low, 2));
    }
}
