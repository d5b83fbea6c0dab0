//! Ethernet frames (IEEE 1588-2019 Annex E).

use super::{Framing, Sockets, StampSource, interface_error, place_of, set_priority, stamped_socket, usable_interface};
use crate::Error;
use crate::hardware::{Carrier, OneStepMode};
use crate::sys::interface;
use crate::sys::socket::{self, SocketAddress};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use syntone_hal::{Address, Destination};

/// The Ethertype of PTP.
pub(super) const ETHERTYPE: u16 = 0x88F7;
/// The group of all messages but peer delay.
pub(super) const PRIMARY_GROUP: [u8; 6] = [0x01, 0x1B, 0x19, 0x00, 0x00, 0x00];
/// The group of the peer delay messages.
pub(super) const PEER_GROUP: [u8; 6] = [0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E];

/// A port over Ethernet frames on an interface.
#[derive(Clone, Debug)]
pub struct Ethernet {
    interface: String,
    /// The group of all messages but peer delay: 01-1B-19-00-00-00.
    pub primary_group: [u8; 6],
    /// The group of the peer delay messages: 01-80-C2-00-00-0E.
    pub peer_group: [u8; 6],
    /// The priority by which the machine queues what is sent, and by which a VLAN interface chooses its own (SO_PRIORITY).
    pub priority: Option<u32>,
    /// What the hardware completes as it leaves.
    pub one_step: OneStepMode,
}

impl Ethernet {
    /// On the interface called `name`.
    #[must_use]
    pub fn on_interface(name: impl Into<String>) -> Self {
        Self {
            interface: name.into(),
            primary_group: PRIMARY_GROUP,
            peer_group: PEER_GROUP,
            priority: None,
            one_step: OneStepMode::Off,
        }
    }

    pub(crate) fn open(&self, source: StampSource) -> Result<Sockets, Error> {
        let name = &self.interface;
        let open = || socket::open(libc::AF_PACKET, libc::SOCK_DGRAM, 0).map_err(|error| self.open_error(error));
        let (event, general) = (open()?, open()?);
        let index = usable_interface(event.as_fd(), name)?;
        self.set_up(event.as_fd(), index).map_err(|error| interface_error(error, name))?;
        for socket in [&event, &general] {
            set_priority(socket.as_fd(), self.priority)
                .map_err(|error| Error::system(format!("set the priority of frames on {name}"), error))?;
        }
        let hardware_address = interface::hardware_address(event.as_fd(), name).ok().flatten();
        let event = stamped_socket(event, Some(name), Carrier::Ethernet, self.one_step, source)?;
        Ok(Sockets {
            event,
            general,
            place: name.clone(),
            interface: Some(place_of(name, index)),
            hardware_address,
            one_step: self.one_step,
            framing: Framing::Ethernet(Addressing {
                interface: index,
                primary_group: self.primary_group,
                peer_group: self.peer_group,
            }),
        })
    }

    /// The interface that it was made for.
    pub(crate) fn interface(&self) -> &str {
        &self.interface
    }

    /// The groups are joined before the socket is bound to the protocol, so that no frame comes in from elsewhere.
    fn set_up(&self, socket: BorrowedFd<'_>, interface: i32) -> io::Result<()> {
        socket::join_ethernet(socket, self.primary_group, interface)?;
        socket::join_ethernet(socket, self.peer_group, interface)?;
        socket::bind(socket, link_address(interface, [0; 6]))
    }

    fn open_error(&self, error: io::Error) -> Error {
        match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => Error::Permission {
                what: format!("send and receive Ethernet frames on {}", self.interface),
                capability: "cap_net_raw",
            },
            _ => Error::system("make a packet socket", error),
        }
    }
}

/// Where frames go.
#[derive(Debug)]
pub(crate) struct Addressing {
    interface: i32,
    primary_group: [u8; 6],
    peer_group: [u8; 6],
}

impl Addressing {
    /// `None` for an address of another family.
    pub(super) fn target(&self, destination: Destination) -> Option<SocketAddress> {
        let address = match destination {
            Destination::PrimaryMulticast => self.primary_group,
            Destination::PeerMulticast => self.peer_group,
            Destination::Unicast(Address::Ethernet(address)) => address,
            Destination::Unicast(_) => return None,
        };
        Some(link_address(self.interface, address))
    }
}

/// The sender of a frame; `None` for a copy of a frame that this machine sent.
pub(super) fn source(address: Option<SocketAddress>) -> Option<Address> {
    match address {
        Some(SocketAddress::Link { address, packet_type, .. }) if packet_type != libc::PACKET_OUTGOING => {
            Some(Address::Ethernet(address))
        }
        _ => None,
    }
}

fn link_address(interface: i32, address: [u8; 6]) -> SocketAddress {
    SocketAddress::Link { interface, protocol: ETHERTYPE, address, packet_type: 0 }
}
