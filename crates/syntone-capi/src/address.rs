//! Where a message comes from, and whom it is for.

use syntone_hal::{Address, Destination};

/// syntone_address.kind: not known.
pub const SYNTONE_ADDRESS_NONE: u8 = 0;
/// syntone_address.kind: UDP/IPv4, 4 octets.
pub const SYNTONE_ADDRESS_IPV4: u8 = 1;
/// syntone_address.kind: UDP/IPv6, 16 octets.
pub const SYNTONE_ADDRESS_IPV6: u8 = 2;
/// syntone_address.kind: Ethernet, 6 octets.
pub const SYNTONE_ADDRESS_ETHERNET: u8 = 3;

/// Whom a message is for: 224.0.1.129, FF0X::181 or 01-1B-19-00-00-00.
pub const SYNTONE_DESTINATION_PRIMARY: u8 = 0;
/// Whom a message is for: 224.0.0.107, FF02::6B or 01-80-C2-00-00-0E.
pub const SYNTONE_DESTINATION_PEER: u8 = 1;
/// Whom a message is for: the node at the address beside it.
pub const SYNTONE_DESTINATION_UNICAST: u8 = 2;

/// The address of a node, below PTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneAddress {
    /// One of SYNTONE_ADDRESS_...
    pub kind: u8,
    /// The address in network order, from the first octet on.
    pub octets: [u8; 16],
}

pub(crate) fn address(address: &SyntoneAddress) -> Option<Address> {
    let [a, b, c, d, e, f, ..] = address.octets;
    match address.kind {
        SYNTONE_ADDRESS_IPV4 => Some(Address::Ipv4([a, b, c, d])),
        SYNTONE_ADDRESS_IPV6 => Some(Address::Ipv6(address.octets)),
        SYNTONE_ADDRESS_ETHERNET => Some(Address::Ethernet([a, b, c, d, e, f])),
        _ => None,
    }
}

pub(crate) fn to_address(address: Address) -> SyntoneAddress {
    let padded = |kind, part: &[u8]| {
        let mut octets = [0; 16];
        octets.iter_mut().zip(part).for_each(|(octet, value)| *octet = *value);
        SyntoneAddress { kind, octets }
    };
    match address {
        Address::Ipv4(octets) => padded(SYNTONE_ADDRESS_IPV4, &octets),
        Address::Ipv6(octets) => padded(SYNTONE_ADDRESS_IPV6, &octets),
        Address::Ethernet(octets) => padded(SYNTONE_ADDRESS_ETHERNET, &octets),
        _ => SyntoneAddress::default(),
    }
}

/// By number and address; `None` where they have no meaning.
pub(crate) fn destination(number: u8, address: &SyntoneAddress) -> Option<Destination> {
    match number {
        SYNTONE_DESTINATION_PRIMARY => Some(Destination::PrimaryMulticast),
        SYNTONE_DESTINATION_PEER => Some(Destination::PeerMulticast),
        SYNTONE_DESTINATION_UNICAST => self::address(address).map(Destination::Unicast),
        _ => None,
    }
}

/// Number and address.
pub(crate) fn to_destination(destination: Destination) -> (u8, SyntoneAddress) {
    match destination {
        Destination::PrimaryMulticast => (SYNTONE_DESTINATION_PRIMARY, SyntoneAddress::default()),
        Destination::PeerMulticast => (SYNTONE_DESTINATION_PEER, SyntoneAddress::default()),
        // A slave without further options sends to all.
        Destination::Unicast(address) if cfg!(feature = "full") => (SYNTONE_DESTINATION_UNICAST, to_address(address)),
        Destination::Unicast(_) => (SYNTONE_DESTINATION_UNICAST, SyntoneAddress::default()),
    }
}
