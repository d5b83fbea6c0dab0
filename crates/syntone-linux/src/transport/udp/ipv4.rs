//! UDP over IPv4 (IEEE 1588-2019 Annex C).

use super::{Common, Family, Groups, traffic_class};
use crate::Error;
use crate::hardware::OneStepMode;
use crate::sys::{interface, socket};
use crate::transport::{Sockets, StampSource};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::BorrowedFd;
use syntone_hal::MessageClass;

/// A port over UDP/IPv4: multicast on an interface, or plain unicast to known peers.
#[derive(Clone, Debug)]
pub struct UdpIpv4 {
    place: Place,
    /// The UDP port of event messages; 319 unless both ends agree on another; 0 takes a free one.
    pub event_port: u16,
    /// The UDP port of general messages; 320 unless both ends agree on another; 0 takes a free one.
    pub general_port: u16,
    /// The group of all messages but peer delay: 224.0.1.129.
    pub primary_group: Ipv4Addr,
    /// The group of the peer delay messages: 224.0.0.107.
    pub peer_group: Ipv4Addr,
    /// How many routers a multicast message may pass: 1 stays on the link.
    pub ttl: u8,
    /// Programs on this machine see our multicast messages too.
    pub multicast_loop: bool,
    /// The code point of differentiated services of event messages, 0 to 63.
    pub event_dscp: u8,
    /// The same of general messages.
    pub general_dscp: u8,
    /// The priority by which the machine queues what is sent, and by which a VLAN interface chooses its own (SO_PRIORITY).
    pub priority: Option<u32>,
    /// What the hardware completes as it leaves.
    pub one_step: OneStepMode,
    /// Where several clocks of this program have a port on the interface: the domains of all of them, in the order in which their
    /// ports are opened. They share the UDP ports; what comes by multicast comes to all, and what comes by unicast to the clock of its
    /// domain. Empty, as at first: not shared, and another program that has them is an error.
    pub shared_by: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Place {
    Interface(String),
    Address(Ipv4Addr),
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
        Self {
            place,
            event_port: 319,
            general_port: 320,
            primary_group: Ipv4Addr::new(224, 0, 1, 129),
            peer_group: Ipv4Addr::new(224, 0, 0, 107),
            ttl: 1,
            multicast_loop: false,
            event_dscp: 0,
            general_dscp: 0,
            priority: None,
            one_step: OneStepMode::Off,
            shared_by: Vec::new(),
        }
    }

    pub(crate) fn open(&self, source: StampSource) -> Result<Sockets, Error> {
        let (interface, address) = match &self.place {
            Place::Interface(name) => (Some(name.clone()), Ipv4Addr::UNSPECIFIED),
            Place::Address(address) => (None, *address),
        };
        let common = Common {
            interface,
            address: address.into(),
            event_port: self.event_port,
            general_port: self.general_port,
            priority: self.priority,
            one_step: self.one_step,
            shared_by: self.shared_by.clone(),
        };
        let groups = Groups { primary: self.primary_group.into(), peer: self.peer_group.into() };
        super::open(self, &common, groups, source)
    }
}

impl UdpIpv4 {
    /// The interface that it was made for, if for one.
    pub(crate) fn interface(&self) -> Option<&str> {
        match &self.place {
            Place::Interface(name) => Some(name),
            _ => None,
        }
    }
}

impl Family for UdpIpv4 {
    const FAMILY: libc::c_int = libc::AF_INET;
    const VERSION: u8 = 4;

    fn has_address(socket: BorrowedFd<'_>, name: &str) -> bool {
        interface::ipv4_address(socket, name).is_ok()
    }

    fn set_up(&self, socket: BorrowedFd<'_>, class: MessageClass) -> io::Result<()> {
        let dscp = match class {
            MessageClass::Event => self.event_dscp,
            MessageClass::General => self.general_dscp,
        };
        socket::set_option(socket, libc::IPPROTO_IP, libc::IP_TOS, traffic_class(dscp))
    }

    fn join(&self, socket: BorrowedFd<'_>, interface: i32) -> io::Result<()> {
        let set = |name, value| socket::set_option(socket, libc::IPPROTO_IP, name, value);
        set(libc::IP_MULTICAST_TTL, self.ttl.into())?;
        set(libc::IP_MULTICAST_LOOP, self.multicast_loop.into())?;
        // Not the groups that other sockets of the machine have joined.
        set(libc::IP_MULTICAST_ALL, 0)?;
        socket::multicast_interface(socket, interface)?;
        socket::join_ipv4(socket, self.primary_group, interface)?;
        socket::join_ipv4(socket, self.peer_group, interface)
    }
}
