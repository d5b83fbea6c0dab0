//! UDP over IPv4 (IEEE 1588-2019 Annex C).

use super::{Framing, Sockets, interface_error, usable_interface};
use crate::stamped::{StampedSocket, large_receive_buffer};
use crate::sys::interface;
use crate::sys::socket::{self, SocketAddress};
use crate::{Error, holder};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::{Address, Destination, MessageClass};

/// The group of all messages but peer delay.
const PRIMARY_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 129);
/// The group of the peer delay messages.
const PEER_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 107);

/// A port over UDP/IPv4: multicast on an interface, or plain unicast to known peers.
#[derive(Clone, Debug)]
pub struct UdpIpv4 {
    place: Place,
    /// The UDP port of event messages; 319 unless both ends agree on another; 0 takes a free one.
    pub event_port: u16,
    /// The UDP port of general messages; 320 unless both ends agree on another; 0 takes a free one.
    pub general_port: u16,
    /// How many routers a multicast message may pass: 1 stays on the link.
    pub ttl: u8,
    /// Programs on this machine see our multicast messages too.
    pub multicast_loop: bool,
}

#[derive(Clone, Debug)]
enum Place {
    Interface(String),
    Address(Ipv4Addr),
}

/// Another PTP node, reached by unicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: Ipv4Addr,
    /// Where it receives event messages.
    pub event_port: u16,
    /// Where it receives general messages.
    pub general_port: u16,
}

impl UdpIpv4 {
    /// Multicast on the interface called `name`, ports 319 and 320.
    #[must_use]
    pub fn on_interface(name: impl Into<String>) -> Self {
        Self::at(Place::Interface(name.into()))
    }

    /// Unicast from the local `address`, ports 319 and 320. What the protocol sends to a group goes to each of the
    /// peers that [`LinuxHal::set_peers`](crate::LinuxHal::set_peers) names; the transmit stamp is that of the first.
    #[must_use]
    pub fn on_address(address: Ipv4Addr) -> Self {
        Self::at(Place::Address(address))
    }

    fn at(place: Place) -> Self {
        Self { place, event_port: 319, general_port: 320, ttl: 1, multicast_loop: false }
    }

    pub(crate) fn open(&self) -> Result<Sockets, Error> {
        let event = self.open_socket(self.event_port)?;
        let general = self.open_socket(self.general_port)?;
        large_receive_buffer(general.as_fd());
        let interface = self.interface();
        let hardware_address =
            interface.and_then(|name| interface::hardware_address(event.as_fd(), name).ok().flatten());
        let local = Peer {
            address: self.address(),
            event_port: local_port(event.as_fd())?,
            general_port: local_port(general.as_fd())?,
        };
        let event = StampedSocket::new(event)
            .map_err(|error| Error::system("switch on the kernel's software time stamps", error))?;
        let addressing = Addressing { local, multicast: interface.is_some(), peers: Vec::new() };
        Ok(Sockets {
            event,
            general,
            place: self.place_name(),
            interface: interface.map(Into::into),
            hardware_address,
            framing: Framing::Udp(addressing),
        })
    }

    fn open_socket(&self, port: u16) -> Result<OwnedFd, Error> {
        let socket = socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)
            .map_err(|error| Error::system("make a UDP socket", error))?;
        let fd = socket.as_fd();
        let index = self.interface().map(|name| self.limit_to_interface(fd, name)).transpose()?;
        socket::bind(fd, SocketAddress::Ipv4(SocketAddrV4::new(self.address(), port)))
            .map_err(|error| self.bind_error(error, port))?;
        if let Some(index) = index {
            self.set_up_multicast(fd, index)
                .map_err(|error| Error::system(format!("join the PTP groups on {}", self.place_name()), error))?;
        }
        Ok(socket)
    }

    /// A socket that is limited to its interface leaves the UDP ports of other interfaces to others, and is refused when
    /// another program serves PTP on the same interface.
    fn limit_to_interface(&self, socket: BorrowedFd<'_>, name: &str) -> Result<i32, Error> {
        let index = usable_interface(socket, name)?;
        if interface::ipv4_address(socket, name).is_err() {
            return Err(Error::NoAddress { interface: name.into() });
        }
        socket::bind_to_device(socket, name).map_err(|error| match error.raw_os_error() {
            Some(libc::EPERM) => Error::Permission { what: format!("use interface {name}"), capability: "cap_net_raw" },
            _ => interface_error(error, name),
        })?;
        Ok(index)
    }

    fn set_up_multicast(&self, socket: BorrowedFd<'_>, interface: i32) -> io::Result<()> {
        let set = |name, value| socket::set_option(socket, libc::IPPROTO_IP, name, value);
        set(libc::IP_MULTICAST_TTL, self.ttl.into())?;
        set(libc::IP_MULTICAST_LOOP, self.multicast_loop.into())?;
        // Not the groups that other sockets of the machine have joined.
        set(libc::IP_MULTICAST_ALL, 0)?;
        socket::multicast_interface(socket, interface)?;
        socket::join_ipv4(socket, PRIMARY_GROUP, interface)?;
        socket::join_ipv4(socket, PEER_GROUP, interface)
    }

    fn bind_error(&self, error: io::Error, port: u16) -> Error {
        match error.raw_os_error() {
            Some(libc::EADDRINUSE) => {
                Error::PortTaken { port, place: self.place_name(), holder: holder::of_udp_port(port) }
            }
            Some(libc::EACCES | libc::EPERM) => Error::Permission {
                what: format!("bind UDP port {port} on {}", self.place_name()),
                capability: "cap_net_bind_service",
            },
            _ => Error::system(format!("bind UDP port {port} on {}", self.place_name()), error),
        }
    }

    fn interface(&self) -> Option<&str> {
        match &self.place {
            Place::Interface(name) => Some(name),
            Place::Address(_) => None,
        }
    }

    fn address(&self) -> Ipv4Addr {
        match self.place {
            Place::Interface(_) => Ipv4Addr::UNSPECIFIED,
            Place::Address(address) => address,
        }
    }

    fn place_name(&self) -> String {
        match &self.place {
            Place::Interface(name) => name.clone(),
            Place::Address(address) => address.to_string(),
        }
    }
}

/// Where messages go.
#[derive(Debug)]
pub(crate) struct Addressing {
    /// Our own end, with the ports that were really bound.
    pub(crate) local: Peer,
    /// Whether there is an interface with groups.
    multicast: bool,
    /// Who gets what is for a group, where there are no groups.
    pub(crate) peers: Vec<Peer>,
}

impl Addressing {
    /// `None` for an address of another family.
    pub(super) fn targets(&self, destination: Destination, class: MessageClass) -> Option<Vec<SocketAddress>> {
        let group = match destination {
            Destination::Unicast(Address::Ipv4(octets)) => {
                let address = Ipv4Addr::from(octets);
                let known = self.peers.iter().find(|peer| peer.address == address);
                return Some(vec![target(&known.copied().unwrap_or(Peer { address, ..self.local }), class)]);
            }
            Destination::Unicast(_) => return None,
            Destination::PrimaryMulticast => PRIMARY_GROUP,
            Destination::PeerMulticast => PEER_GROUP,
        };
        if self.multicast {
            return Some(vec![target(&Peer { address: group, ..self.local }, class)]);
        }
        Some(self.peers.iter().map(|peer| target(peer, class)).collect())
    }
}

pub(super) fn source(address: Option<SocketAddress>) -> Option<Address> {
    match address {
        Some(SocketAddress::Ipv4(address)) => Some(Address::Ipv4(address.ip().octets())),
        _ => None,
    }
}

fn target(peer: &Peer, class: MessageClass) -> SocketAddress {
    let port = match class {
        MessageClass::Event => peer.event_port,
        MessageClass::General => peer.general_port,
    };
    SocketAddress::Ipv4(SocketAddrV4::new(peer.address, port))
}

fn local_port(socket: BorrowedFd<'_>) -> Result<u16, Error> {
    match socket::local_address(socket) {
        Ok(Some(SocketAddress::Ipv4(address))) => Ok(address.port()),
        Ok(_) => Ok(0),
        Err(error) => Err(Error::system("read the address of a socket", error)),
    }
}
