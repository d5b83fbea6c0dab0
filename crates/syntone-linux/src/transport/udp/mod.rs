//! UDP, over both versions of IP: making the sockets, and who gets what.

mod ipv4;
mod ipv6;

pub use ipv4::UdpIpv4;
pub use ipv6::UdpIpv6;

use super::{Framing, Sockets, StampSource, interface_error, place_of, stamped_socket, usable_interface};
use crate::hardware::{Carrier, OneStepMode};
use crate::stamped::large_receive_buffer;
use crate::sys::interface;
use crate::sys::socket::{self, SocketAddress};
use crate::{Error, holder};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::{Address, Destination, MessageClass};

/// Another PTP node, reached by unicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Where it receives event messages.
    pub event_port: u16,
    /// Where it receives general messages.
    pub general_port: u16,
}

/// What a socket of one version of IP is set up with.
trait Family {
    /// `AF_INET` or `AF_INET6`.
    const FAMILY: libc::c_int;
    /// 4 or 6.
    const VERSION: u8;

    /// The interface called `name` has an address to send from.
    fn has_address(socket: BorrowedFd<'_>, name: &str) -> bool;

    /// Before the socket is bound: what holds for all its messages of `class`.
    fn set_up(&self, socket: BorrowedFd<'_>, class: MessageClass) -> io::Result<()>;

    /// After it was bound: groups of the interface with this index.
    fn join(&self, socket: BorrowedFd<'_>, interface: i32) -> io::Result<()>;
}

/// What both versions of IP are told.
#[derive(Clone, Debug)]
struct Common {
    interface: Option<String>,
    /// The local address; unspecified on an interface.
    address: IpAddr,
    event_port: u16,
    general_port: u16,
    priority: Option<u32>,
    one_step: OneStepMode,
    shared_by: Vec<u8>,
}

/// Where domainNumber is in a message.
const DOMAIN_NUMBER: u32 = 4;

/// The groups that messages go to.
#[derive(Clone, Copy, Debug)]
struct Groups {
    primary: IpAddr,
    peer: IpAddr,
}

fn open(family: &impl Family, common: &Common, groups: Groups, source: StampSource) -> Result<Sockets, Error> {
    let (event, index) = open_socket(family, common, MessageClass::Event)?;
    let (general, _) = open_socket(family, common, MessageClass::General)?;
    large_receive_buffer(general.as_fd());
    let interface = common.interface.as_deref();
    let hardware_address = interface.and_then(|name| interface::hardware_address(event.as_fd(), name).ok().flatten());
    let local = Peer {
        address: common.address,
        event_port: local_port(event.as_fd())?,
        general_port: local_port(general.as_fd())?,
    };
    let event = stamped_socket(event, interface, Carrier::Udp, common.one_step, source)?;
    let groups = interface.is_some().then_some(groups);
    let addressing = Addressing { local, groups, scope: index.unwrap_or(0).unsigned_abs(), peers: Vec::new() };
    Ok(Sockets {
        event,
        general,
        place: common.place(),
        interface: interface.zip(index).map(|(name, index)| place_of(name, index)),
        hardware_address,
        one_step: common.one_step,
        framing: Framing::Udp(addressing),
    })
}

fn open_socket<F: Family>(family: &F, common: &Common, class: MessageClass) -> Result<(OwnedFd, Option<i32>), Error> {
    let socket =
        socket::open(F::FAMILY, libc::SOCK_DGRAM, 0).map_err(|error| Error::system("make a UDP socket", error))?;
    let fd = socket.as_fd();
    let index = common.interface.as_deref().map(|name| limit_to_interface::<F>(fd, name)).transpose()?;
    let set_up = |error| Error::system(format!("set up a UDP socket on {}", common.place()), error);
    family.set_up(fd, class).map_err(set_up)?;
    super::set_priority(fd, common.priority).map_err(set_up)?;
    let port = match class {
        MessageClass::Event => common.event_port,
        MessageClass::General => common.general_port,
    };
    if !common.shared_by.is_empty() {
        socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1).map_err(set_up)?;
    }
    socket::bind(fd, SocketAddress::Ip(SocketAddr::new(common.address, port)))
        .map_err(|error| common.bind_error(error, port))?;
    if !common.shared_by.is_empty() {
        socket::share_by_octet(fd, DOMAIN_NUMBER, &common.shared_by).map_err(set_up)?;
    }
    if let Some(index) = index {
        family
            .join(fd, index)
            .map_err(|error| Error::system(format!("join the PTP groups on {}", common.place()), error))?;
    }
    Ok((socket, index))
}

/// A socket that is limited to its interface leaves the UDP ports of other interfaces to others, and is refused when
/// another program serves PTP on the same interface.
fn limit_to_interface<F: Family>(socket: BorrowedFd<'_>, name: &str) -> Result<i32, Error> {
    let index = usable_interface(socket, name)?;
    if !F::has_address(socket, name) {
        return Err(Error::NoAddress { interface: name.into(), version: F::VERSION });
    }
    socket::bind_to_device(socket, name).map_err(|error| match error.raw_os_error() {
        Some(libc::EPERM) => Error::Permission { what: format!("use interface {name}"), capability: "cap_net_raw" },
        _ => interface_error(error, name),
    })?;
    Ok(index)
}

impl Common {
    fn place(&self) -> String {
        self.interface.clone().unwrap_or_else(|| self.address.to_string())
    }

    fn bind_error(&self, error: io::Error, port: u16) -> Error {
        match error.raw_os_error() {
            Some(libc::EADDRINUSE) => Error::PortTaken { port, place: self.place(), holder: holder::of_udp_port(port) },
            Some(libc::EACCES | libc::EPERM) => Error::Permission {
                what: format!("bind UDP port {port} on {}", self.place()),
                capability: "cap_net_bind_service",
            },
            _ => Error::system(format!("bind UDP port {port} on {}", self.place()), error),
        }
    }
}

/// Where messages go.
#[derive(Debug)]
pub(crate) struct Addressing {
    /// Our own end, with the ports that were really bound.
    pub(crate) local: Peer,
    /// The groups of the interface, where there is one.
    groups: Option<Groups>,
    /// The index of the interface, for addresses that hold on one link only.
    scope: u32,
    /// Who gets what is for a group, where there are no groups.
    pub(crate) peers: Vec<Peer>,
}

impl Addressing {
    /// `None` for an address of another family.
    pub(super) fn targets(&self, destination: Destination, class: MessageClass) -> Option<Vec<SocketAddress>> {
        let group = |choose: fn(&Groups) -> IpAddr| match &self.groups {
            Some(groups) => vec![self.target(&Peer { address: choose(groups), ..self.local }, class)],
            None => self.peers.iter().map(|peer| self.target(peer, class)).collect(),
        };
        let address = match destination {
            Destination::PrimaryMulticast => return Some(group(|groups| groups.primary)),
            Destination::PeerMulticast => return Some(group(|groups| groups.peer)),
            Destination::Unicast(Address::Ipv4(octets)) => IpAddr::from(octets),
            Destination::Unicast(Address::Ipv6(octets)) => IpAddr::from(octets),
            Destination::Unicast(_) => return None,
        };
        if address.is_ipv4() != self.local.address.is_ipv4() {
            return None;
        }
        let known = self.peers.iter().find(|peer| peer.address == address);
        Some(vec![self.target(&known.copied().unwrap_or(Peer { address, ..self.local }), class)])
    }

    /// UDP over IPv6 has two octets behind each message (IEEE 1588-2019 Annex D).
    pub(super) const fn trailing_octets(&self) -> usize {
        if self.local.address.is_ipv6() { 2 } else { 0 }
    }

    fn target(&self, peer: &Peer, class: MessageClass) -> SocketAddress {
        let port = match class {
            MessageClass::Event => peer.event_port,
            MessageClass::General => peer.general_port,
        };
        SocketAddress::Ip(match peer.address {
            IpAddr::V4(_) => SocketAddr::new(peer.address, port),
            IpAddr::V6(address) => SocketAddrV6::new(address, port, 0, self.scope).into(),
        })
    }
}

pub(super) fn source(address: Option<SocketAddress>) -> Option<Address> {
    match address {
        Some(SocketAddress::Ip(SocketAddr::V4(address))) => Some(Address::Ipv4(address.ip().octets())),
        Some(SocketAddress::Ip(SocketAddr::V6(address))) => Some(Address::Ipv6(address.ip().octets())),
        _ => None,
    }
}

fn local_port(socket: BorrowedFd<'_>) -> Result<u16, Error> {
    match socket::local_address(socket) {
        Ok(Some(SocketAddress::Ip(address))) => Ok(address.port()),
        Ok(_) => Ok(0),
        Err(error) => Err(Error::system("read the address of a socket", error)),
    }
}

/// The octet of the IP header in which a code point of differentiated services stands.
fn traffic_class(dscp: u8) -> libc::c_int {
    libc::c_int::from(dscp & 0x3F) << 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn addressing(address: IpAddr, groups: Groups) -> Addressing {
        let local = Peer { address, event_port: 319, general_port: 320 };
        Addressing { local, groups: Some(groups), scope: 7, peers: Vec::new() }
    }

    #[test]
    fn groups_of_ipv6_are_those_of_the_interface() {
        let groups = Groups { primary: "ff0e::181".parse().unwrap(), peer: "ff02::6b".parse().unwrap() };
        let v6 = addressing(Ipv6Addr::UNSPECIFIED.into(), groups);
        let targets = v6.targets(Destination::PeerMulticast, MessageClass::Event).unwrap();
        let expected = SocketAddrV6::new("ff02::6b".parse().unwrap(), 319, 0, 7);
        assert_eq!(targets, [SocketAddress::Ip(expected.into())]);
        assert_eq!(v6.trailing_octets(), 2);
        let unicast = Destination::Unicast(Address::Ipv6("fe80::1".parse::<Ipv6Addr>().unwrap().octets()));
        let targets = v6.targets(unicast, MessageClass::General).unwrap();
        assert_eq!(targets, [SocketAddress::Ip(SocketAddrV6::new("fe80::1".parse().unwrap(), 320, 0, 7).into())]);
        assert_eq!(v6.targets(Destination::Unicast(Address::Ipv4([1; 4])), MessageClass::Event), None);
    }

    #[test]
    fn an_address_of_ipv6_is_none_for_ipv4() {
        let groups =
            Groups { primary: Ipv4Addr::new(224, 0, 1, 129).into(), peer: Ipv4Addr::new(224, 0, 0, 107).into() };
        let v4 = addressing(Ipv4Addr::UNSPECIFIED.into(), groups);
        assert_eq!(v4.targets(Destination::Unicast(Address::Ipv6([1; 16])), MessageClass::Event), None);
        assert_eq!(v4.targets(Destination::Unicast(Address::Ethernet([1; 6])), MessageClass::Event), None);
        assert_eq!(v4.trailing_octets(), 0);
    }
}
