//! What carries PTP messages, each with its sockets and its way of addressing.

mod ethernet;
mod tunnel;
mod udp;

pub use ethernet::Ethernet;
pub use tunnel::FrameTunnel;
pub use udp::{Peer, UdpIpv4};

use crate::Error;
use crate::stamped::StampedSocket;
use crate::sys::interface::{self, LinkState};
use crate::sys::socket::SocketAddress;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::{Address, Destination, MessageClass};

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
    pub(crate) interface: Option<String>,
    /// Its hardware address, where it has one.
    pub(crate) hardware_address: Option<[u8; 6]>,
    /// How messages are wrapped and addressed.
    pub(crate) framing: Framing,
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
            Self::Udp(addressing) => Some((addressing.targets(destination, class)?, message)),
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

/// Finds the index of an interface that is up.
fn usable_interface(socket: BorrowedFd<'_>, name: &str) -> Result<i32, Error> {
    let index = interface::index(socket, name).map_err(|error| interface_error(error, name))?;
    match interface::link_state(socket, name) {
        Ok(LinkState { up: true, .. }) => Ok(index),
        Ok(LinkState { up: false, .. }) => Err(Error::InterfaceDown { interface: name.into() }),
        Err(error) => Err(interface_error(error, name)),
    }
}

fn interface_error(error: io::Error, name: &str) -> Error {
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

impl Sockets {
    /// Asks the kernel for the link; a port without interface always has one.
    pub(crate) fn link_up(&self) -> bool {
        let Some(name) = &self.interface else { return true };
        interface::link_state(self.event.as_fd(), name).is_ok_and(|state| state.running)
    }
}
