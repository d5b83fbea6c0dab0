//! What carries PTP messages, each with its sockets and its way of addressing.

mod ethernet;
mod tunnel;
mod udp;

pub use ethernet::Ethernet;
pub use tunnel::FrameTunnel;
pub use udp::{Peer, UdpIpv4, UdpIpv6};

use crate::Error;
use crate::hardware::{self, Carrier, OneStepMode, Shortcoming};
use crate::stamped::StampedSocket;
use crate::sys::interface::{self, LinkState};
use crate::sys::socket::{self, SocketAddress};
use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::{Address, Destination, MessageClass, Stamping};

/// The open sockets of one port.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// Sends and receives event messages; for a transport with one socket for both classes, receives all.
    pub(crate) event: StampedSocket,
    /// Sends general messages, and receives them where they have a socket of their own.
    pub(crate) general: OwnedFd,
    /// The interface or address, for messages to people.
    pub(crate) place: String,
    /// The interface, where there is one.
    pub(crate) interface: Option<Interface>,
    /// Its hardware address, where it has one.
    pub(crate) hardware_address: Option<[u8; 6]>,
    /// What the hardware completes as it leaves.
    pub(crate) one_step: OneStepMode,
    /// How messages are wrapped and addressed.
    pub(crate) framing: Framing,
}

/// An interface as it was when the sockets were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) name: String,
    /// Changes when an interface of the same name is made anew.
    pub(crate) index: i32,
}

/// What opens the sockets of a port, and opens them again when the interface has come back.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    UdpIpv4(UdpIpv4),
    UdpIpv6(UdpIpv6),
    Ethernet(Ethernet),
    Tunnel(FrameTunnel),
}

/// Where the stamps of a port come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StampSource {
    pub(crate) stamping: Stamping,
    /// The number of the hardware clock, where it is known.
    pub(crate) clock: Option<u32>,
}

impl Transport {
    pub(crate) fn open(&self, source: StampSource) -> Result<Sockets, Error> {
        match self {
            Self::UdpIpv4(transport) => transport.open(source),
            Self::UdpIpv6(transport) => transport.open(source),
            Self::Ethernet(transport) => transport.open(source),
            Self::Tunnel(transport) => transport.open(source),
        }
    }

    /// The interface, where there is one.
    pub(crate) fn interface(&self) -> Option<&str> {
        match self {
            Self::UdpIpv4(transport) => transport.interface(),
            Self::UdpIpv6(transport) => Some(transport.interface()),
            Self::Ethernet(transport) => Some(transport.interface()),
            Self::Tunnel(_) => None,
        }
    }

    /// What its event messages are carried by.
    pub(crate) const fn carrier(&self) -> Carrier {
        match self {
            Self::UdpIpv4(_) | Self::UdpIpv6(_) => Carrier::Udp,
            Self::Ethernet(_) | Self::Tunnel(_) => Carrier::Ethernet,
        }
    }
}

/// How messages are wrapped and addressed.
#[derive(Debug)]
pub(crate) enum Framing {
    Udp(udp::Addressing),
    Ethernet(ethernet::Addressing),
    Tunnel(tunnel::Addressing),
}

/// What a received datagram or frame holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload {
    /// Where in the buffer the PTP message begins.
    pub(crate) start: usize,
    /// Who sent it.
    pub(crate) source: Option<Address>,
}

impl Framing {
    /// Wraps `message`, if need be into `scratch`, and says where it goes.
    ///
    /// # Errors
    /// [`Error::Unreachable`] for an address of another family.
    pub(crate) fn wrap<'a>(
        &'a self,
        destination: Destination,
        class: MessageClass,
        message: &'a [u8],
        scratch: &'a mut Vec<u8>,
    ) -> Option<(Vec<SocketAddress>, &'a [u8])> {
        match self {
            Self::Udp(addressing) => {
                let targets = addressing.targets(destination, class)?;
                let trailing = addressing.trailing_octets();
                if trailing == 0 {
                    return Some((targets, message));
                }
                scratch.clear();
                scratch.extend_from_slice(message);
                scratch.resize(message.len() + trailing, 0);
                Some((targets, scratch))
            }
            Self::Ethernet(addressing) => Some((vec![addressing.target(destination)?], message)),
            Self::Tunnel(addressing) => {
                addressing.wrap(destination, message, scratch)?;
                Some((vec![addressing.remote()], scratch))
            }
        }
    }

    /// Finds the PTP message in what was received; `None` if it is not for PTP or our own.
    pub(crate) fn unwrap(&self, octets: &[u8], source: Option<SocketAddress>) -> Option<Payload> {
        match self {
            Self::Udp(_) => Some(Payload { start: 0, source: udp::source(source) }),
            Self::Ethernet(_) => ethernet::source(source).map(|source| Payload { start: 0, source: Some(source) }),
            Self::Tunnel(addressing) => addressing.unwrap(octets),
        }
    }
}

/// A socket for event messages that are stamped by `source`; an interface is made to, if its hardware shall do it.
fn stamped_socket(
    socket: OwnedFd,
    interface: Option<&str>,
    carrier: Carrier,
    one_step: OneStepMode,
    source: StampSource,
) -> Result<StampedSocket, Error> {
    match (source.stamping, interface) {
        (Stamping::Software, _) => {}
        (Stamping::Hardware, Some(name)) => hardware::enable(socket.as_fd(), name, carrier, one_step, source.clock)?,
        (Stamping::Hardware, None) => {
            return Err(Error::NoHardwareStamps { interface: "(none)".into(), reason: Shortcoming::NoInterface });
        }
    }
    StampedSocket::new(socket, source.stamping)
        .map_err(|error| Error::system("switch on the kernel's time stamps", error))
}

fn set_priority(socket: BorrowedFd<'_>, priority: Option<u32>) -> io::Result<()> {
    let Some(priority) = priority else { return Ok(()) };
    socket::set_option(socket, libc::SOL_SOCKET, libc::SO_PRIORITY, priority.cast_signed())
}

fn place_of(name: &str, index: i32) -> Interface {
    Interface { name: name.into(), index }
}

/// Finds the index of an interface that is up.
fn usable_interface(socket: BorrowedFd<'_>, name: &str) -> Result<i32, Error> {
    let index = interface::index(socket, name).map_err(|error| interface_error(error, name))?;
    match interface::link_state(socket, name) {
        Ok(LinkState { up: true, .. }) => Ok(index),
        Ok(LinkState { up: false, .. }) => Err(Error::InterfaceDown { interface: name.into() }),
        Err(error) => Err(interface_error(error, name)),
    }
}

pub(crate) fn interface_error(error: io::Error, name: &str) -> Error {
    match error.raw_os_error() {
        Some(libc::ENODEV | libc::ENXIO) => {
            Error::NoSuchInterface { interface: name.into(), existing: existing_interfaces() }
        }
        Some(libc::ENETDOWN) => Error::InterfaceDown { interface: name.into() },
        _ => Error::system(format!("use interface {name}"), error),
    }
}

/// The names of the interfaces of this machine, or rather of this network namespace.
fn existing_interfaces() -> Vec<String> {
    let table = fs::read_to_string("/proc/net/dev").unwrap_or_default();
    table.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// How the interface of some sockets stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkNow {
    Up,
    Down,
    /// The interface is gone, or another one has its name: the sockets are of no use any more.
    Lost,
}

impl Sockets {
    /// Takes over what `old` was told after it was opened.
    pub(crate) fn take_over(&mut self, old: &mut Self) {
        if let (Framing::Udp(new), Framing::Udp(old)) = (&mut self.framing, &mut old.framing) {
            new.peers = std::mem::take(&mut old.peers);
        }
    }

    /// The port's own address in the network that its messages go over, at present.
    pub(crate) fn protocol_address(&self) -> Option<Address> {
        let Framing::Udp(addressing) = &self.framing else { return self.hardware_address.map(Address::Ethernet) };
        let local = addressing.local.address;
        let name = self.interface.as_ref().filter(|_| local.is_unspecified()).map(|interface| interface.name.as_str());
        let of_interface = |name| match local {
            IpAddr::V4(_) => interface::ipv4_address(self.event.as_fd(), name).ok().map(IpAddr::from),
            IpAddr::V6(_) => interface::ipv6_address(name).map(IpAddr::from),
        };
        match name.map_or(Some(local), of_interface)? {
            IpAddr::V4(address) => Some(Address::Ipv4(address.octets())),
            IpAddr::V6(address) => Some(Address::Ipv6(address.octets())),
        }
    }

    /// Asks the kernel for the link; a port without interface always has one.
    pub(crate) fn link(&self) -> LinkNow {
        let Some(Interface { name, index }) = &self.interface else { return LinkNow::Up };
        let socket = self.event.as_fd();
        match (interface::index(socket, name), interface::link_state(socket, name)) {
            (Ok(now), Ok(state)) if now == *index => {
                if state.running {
                    LinkNow::Up
                } else {
                    LinkNow::Down
                }
            }
            _ => LinkNow::Lost,
        }
    }
}
