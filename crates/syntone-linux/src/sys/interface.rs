//! What the kernel knows of a network interface.

use super::check;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Whether an interface is set up and has a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkState {
    /// Set up by the administrator.
    pub(crate) up: bool,
    /// Up, with a carrier.
    pub(crate) running: bool,
}

/// The interface index of `name`.
///
/// # Errors
/// ENODEV when there is no such interface; ENAMETOOLONG when the name cannot be one.
pub(crate) fn index(socket: BorrowedFd<'_>, name: &str) -> io::Result<i32> {
    let request = ioctl(socket, name, libc::SIOCGIFINDEX)?;
    // SAFETY: SIOCGIFINDEX has filled this member of the union.
    Ok(unsafe { request.ifr_ifru.ifru_ifindex })
}

/// Whether `name` is up and running.
///
/// # Errors
/// ENODEV when there is no such interface.
pub(crate) fn link_state(socket: BorrowedFd<'_>, name: &str) -> io::Result<LinkState> {
    let request = ioctl(socket, name, libc::SIOCGIFFLAGS)?;
    // SAFETY: SIOCGIFFLAGS has filled this member of the union.
    let flags = libc::c_int::from(unsafe { request.ifr_ifru.ifru_flags });
    let up = flags & libc::IFF_UP != 0;
    Ok(LinkState { up, running: up && flags & libc::IFF_RUNNING != 0 })
}

/// The first IPv4 address of `name`.
///
/// # Errors
/// EADDRNOTAVAIL when it has none; ENODEV when there is no such interface.
pub(crate) fn ipv4_address(socket: BorrowedFd<'_>, name: &str) -> io::Result<Ipv4Addr> {
    let request = ioctl(socket, name, libc::SIOCGIFADDR)?;
    // SAFETY: SIOCGIFADDR on an AF_INET socket has filled this member of the union, a `sockaddr_in` in the storage of a
    // `sockaddr`: octets 2 and 3 of `sa_data` on are the address, after the port.
    let data = unsafe { request.ifr_ifru.ifru_addr.sa_data };
    let octets = [data[2], data[3], data[4], data[5]];
    Ok(Ipv4Addr::from(octets.map(|octet| octet.cast_unsigned())))
}

/// The first IPv6 address of `name`, one that is known beyond its link if it has such; `None` where it has none.
pub(crate) fn ipv6_address(name: &str) -> Option<Ipv6Addr> {
    let table = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    let own = table.lines().filter(|line| line.split_whitespace().last() == Some(name));
    let addresses = own.filter_map(|line| u128::from_str_radix(line.split_whitespace().next()?, 16).ok());
    addresses.map(Ipv6Addr::from_bits).min_by_key(Ipv6Addr::is_unicast_link_local)
}

/// The hardware address of `name`; `None` where it has none of six octets that is not zero, as on a loopback interface.
///
/// # Errors
/// ENODEV when there is no such interface.
pub(crate) fn hardware_address(socket: BorrowedFd<'_>, name: &str) -> io::Result<Option<[u8; 6]>> {
    let request = ioctl(socket, name, libc::SIOCGIFHWADDR)?;
    // SAFETY: SIOCGIFHWADDR has filled this member of the union.
    let address = unsafe { request.ifr_ifru.ifru_hwaddr };
    let octets = std::array::from_fn(|i| address.sa_data[i].cast_unsigned());
    Ok((address.sa_family == libc::ARPHRD_ETHER && octets != [0; 6]).then_some(octets))
}

/// A request about the interface called `name`.
///
/// # Errors
/// ENODEV when no interface can have this name.
pub(super) fn request_for(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: an all-zero `ifreq` is a valid value: an empty name and a union of plain data.
    let mut ifreq: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.is_empty() || name.len() >= ifreq.ifr_name.len() || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (target, octet) in ifreq.ifr_name.iter_mut().zip(name.bytes()) {
        *target = octet.cast_signed();
    }
    Ok(ifreq)
}

fn ioctl(socket: BorrowedFd<'_>, name: &str, request: libc::Ioctl) -> io::Result<libc::ifreq> {
    let mut ifreq = request_for(name)?;
    // SAFETY: the requests used in this module take an `ifreq` and write into it only; the name is ended by a zero octet.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), request, &raw mut ifreq) })?;
    Ok(ifreq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::socket;
    use std::os::fd::AsFd;

    #[test]
    fn the_loopback_interface_is_known() {
        let socket = socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0).unwrap();
        let fd = socket.as_fd();
        let by_library: i32 = std::fs::read_to_string("/sys/class/net/lo/ifindex").unwrap().trim().parse().unwrap();
        assert_eq!(index(fd, "lo").unwrap(), by_library);
        assert_eq!(link_state(fd, "lo").unwrap(), LinkState { up: true, running: true });
        assert_eq!(ipv4_address(fd, "lo").unwrap(), Ipv4Addr::LOCALHOST);
        assert_eq!(hardware_address(fd, "lo").unwrap(), None);
        assert!(ipv6_address("lo").is_none_or(|address| address == Ipv6Addr::LOCALHOST));
    }

    #[test]
    fn a_name_that_cannot_be_one_is_no_interface() {
        let socket = socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0).unwrap();
        for name in ["", "nonexistent0", "a-name-that-is-too-long", "a\0b"] {
            assert_eq!(index(socket.as_fd(), name).unwrap_err().raw_os_error(), Some(libc::ENODEV), "{name:?}");
        }
    }
}
