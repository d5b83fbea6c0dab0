//! UDP over IPv6 (IEEE 1588-2019 Annex D).

use super::{Common, Family, Groups, traffic_class};
use crate::Error;
use crate::hardware::OneStepMode;
use crate::sys::{interface, socket};
use crate::transport::{Sockets, StampSource};
use std::io;
use std::net::Ipv6Addr;
use std::os::fd::BorrowedFd;
use syntone_hal::MessageClass;

/// A port over UDP/IPv6: multicast on an interface.
#[derive(Clone, Debug)]
pub struct UdpIpv6 {
    interface: String,
    /// The UDP port of event messages; 319 unless both ends agree on another.
    pub event_port: u16,
    /// The UDP port of general messages; 320 unless both ends agree on another.
    pub general_port: u16,
    /// The group of all messages but peer delay: ff0e::181; [`UdpIpv6::with_scope`] gives it another scope.
    pub primary_group: Ipv6Addr,
    /// The group of the peer delay messages: ff02::6b.
    pub peer_group: Ipv6Addr,
    /// How many routers a multicast message may pass: 1 stays on the link.
    pub hop_limit: u8,
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

impl UdpIpv6 {
    /// Multicast on the interface called `name`, ports 319 and 320, global scope.
    #[must_use]
    pub fn on_interface(name: impl Into<String>) -> Self {
        Self {
            interface: name.into(),
            event_port: 319,
            general_port: 320,
            primary_group: Ipv6Addr::new(0xFF0E, 0, 0, 0, 0, 0, 0, 0x181),
            peer_group: Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0x6B),
            hop_limit: 1,
            multicast_loop: false,
            event_dscp: 0,
            general_dscp: 0,
            priority: None,
            one_step: OneStepMode::Off,
            shared_by: Vec::new(),
        }
    }

    /// The same with the scope (0 to 15; 2 the link, 5 the site, 8 the organisation, 14 the world) of the primary group.
    #[must_use]
    pub fn with_scope(mut self, scope: u8) -> Self {
        let mut octets = self.primary_group.octets();
        octets[1] = octets[1] & 0xF0 | scope & 0x0F;
        self.primary_group = octets.into();
        self
    }

    pub(crate) fn open(&self, source: StampSource) -> Result<Sockets, Error> {
        let common = Common {
            interface: Some(self.interface.clone()),
            address: Ipv6Addr::UNSPECIFIED.into(),
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

impl UdpIpv6 {
    /// The interface that it was made for.
    pub(crate) fn interface(&self) -> &str {
        &self.interface
    }
}

impl Family for UdpIpv6 {
    const FAMILY: libc::c_int = libc::AF_INET6;
    const VERSION: u8 = 6;

    fn has_address(_socket: BorrowedFd<'_>, name: &str) -> bool {
        interface::ipv6_address(name).is_some()
    }

    fn set_up(&self, socket: BorrowedFd<'_>, class: MessageClass) -> io::Result<()> {
        let dscp = match class {
            MessageClass::Event => self.event_dscp,
            MessageClass::General => self.general_dscp,
        };
        // The ports of IPv4 are another port's.
        socket::set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
        socket::set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, traffic_class(dscp))
    }

    fn join(&self, socket: BorrowedFd<'_>, interface: i32) -> io::Result<()> {
        let set = |name, value| socket::set_option(socket, libc::IPPROTO_IPV6, name, value);
        set(libc::IPV6_MULTICAST_HOPS, self.hop_limit.into())?;
        set(libc::IPV6_MULTICAST_LOOP, self.multicast_loop.into())?;
        set(libc::IPV6_MULTICAST_IF, interface)?;
        // Not the groups that other sockets of the machine have joined. Kernels before 4.20 do not know it.
        let _ = set(IPV6_MULTICAST_ALL, 0);
        socket::join_ipv6(socket, self.primary_group, interface)?;
        socket::join_ipv6(socket, self.peer_group, interface)
    }
}

/// As `linux/in6.h` has it.
const IPV6_MULTICAST_ALL: libc::c_int = 29;

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1588-2019 Annex D
    #[test]
    fn the_scope_is_that_of_the_primary_group_alone() {
        let site = UdpIpv6::on_interface("eth0").with_scope(5);
        assert_eq!(site.primary_group.to_string(), "ff05::181");
        assert_eq!(site.peer_group.to_string(), "ff02::6b");
        assert_eq!(UdpIpv6::on_interface("eth0").primary_group.to_string(), "ff0e::181");
    }
}
