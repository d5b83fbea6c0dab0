//! Sockets: making them, setting them up, sending and receiving.

use super::check;
use super::control::{self, Control};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// An address that a socket sends to or receives from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketAddress {
    /// A UDP address.
    Ip(SocketAddr),
    /// A station on an interface, and how the packet came (`PACKET_HOST` and so on; 0 for sending).
    Link { interface: i32, protocol: u16, address: [u8; 6], packet_type: u8 },
}

/// One message taken from a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// Octets of the message, also those that did not fit the buffer.
    pub(crate) length: usize,
    /// Where it came from, where the socket tells.
    pub(crate) source: Option<SocketAddress>,
    /// What the kernel said beside it.
    pub(crate) control: Control,
}

/// Opens a socket, non-blocking and closed on exec.
///
/// # Errors
/// EPERM for a packet socket without the right to it; EAFNOSUPPORT.
pub(crate) fn open(family: libc::c_int, kind: libc::c_int, protocol: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: no pointers are involved.
    let fd = check(unsafe { libc::socket(family, kind, protocol) })?;
    // SAFETY: the descriptor was just made and belongs to nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: `fd` is open; these commands take an integer.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: as above.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) })?;
    Ok(socket)
}

/// Binds `socket` to `address`.
///
/// # Errors
/// EACCES, EADDRINUSE, EADDRNOTAVAIL, ENODEV.
pub(crate) fn bind(socket: BorrowedFd<'_>, address: SocketAddress) -> io::Result<()> {
    let (storage, length) = to_storage(address);
    // SAFETY: `storage` lives for the call and holds at least `length` octets.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const storage).cast(), length) })?;
    Ok(())
}

/// The address that `socket` is bound to.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn local_address(socket: BorrowedFd<'_>) -> io::Result<Option<SocketAddress>> {
    let mut storage = empty_storage();
    let mut length = STORAGE_LENGTH;
    // SAFETY: `storage` is valid for `length` octets, which is the size that is passed in.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), (&raw mut storage).cast(), &raw mut length) })?;
    Ok(from_storage(&storage))
}

/// Sets a socket option that takes an integer.
///
/// # Errors
/// ENOPROTOOPT where the kernel does not know the option; EPERM.
pub(crate) fn set_option(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    set_option_value(socket, level, name, &value)
}

/// Has the kernel give what comes by unicast to sockets that share a port to the one that was bound as number `n`, where the octet
/// `at` of the message is `values[n]`; what has none of these values to the first.
///
/// # Errors
/// ENOPROTOOPT where the kernel does not know the option.
pub(crate) fn share_by_octet(socket: BorrowedFd<'_>, at: u32, values: &[u8]) -> io::Result<()> {
    let instruction = |code: u32, jump_else: u8, operand: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap_or(u16::MAX),
        jt: 0,
        jf: jump_else,
        k: operand,
    };
    let mut program = vec![instruction(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS, 0, at)];
    for (number, value) in (0..).zip(values) {
        program.push(instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, (*value).into()));
        program.push(instruction(libc::BPF_RET | libc::BPF_K, 0, number));
    }
    program.push(instruction(libc::BPF_RET | libc::BPF_K, 0, 0));
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    set_option_value(socket, libc::SOL_SOCKET, libc::SO_ATTACH_REUSEPORT_CBPF, &filter)
}

/// Takes the pending error of `socket`, which clears it.
pub(crate) fn take_error(socket: BorrowedFd<'_>) -> Option<io::Error> {
    let mut error: libc::c_int = 0;
    let mut length = socklen::<libc::c_int>();
    let pointer = (&raw mut error).cast();
    // SAFETY: `error` is valid for `length` octets.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ERROR, pointer, &raw mut length) };
    (result == 0 && error != 0).then(|| io::Error::from_raw_os_error(error))
}

/// Limits `socket` to the interface called `name`.
///
/// # Errors
/// ENODEV; EPERM on kernels before 5.7 without CAP_NET_RAW.
pub(crate) fn bind_to_device(socket: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let length = libc::socklen_t::try_from(name.len()).unwrap_or(0);
    let pointer = name.as_ptr().cast();
    // SAFETY: `name` is valid for `length` octets; this option takes a string without a closing zero.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_BINDTODEVICE, pointer, length) })?;
    Ok(())
}

/// Joins an IPv4 multicast group on the interface with this index.
///
/// # Errors
/// ENODEV, ENOBUFS when the limit of groups is reached.
pub(crate) fn join_ipv4(socket: BorrowedFd<'_>, group: Ipv4Addr, interface: i32) -> io::Result<()> {
    set_option_value(socket, libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &membership(group, interface))
}

/// Joins an IPv6 multicast group on the interface with this index.
///
/// # Errors
/// ENODEV, EADDRNOTAVAIL, ENOBUFS.
pub(crate) fn join_ipv6(socket: BorrowedFd<'_>, group: Ipv6Addr, interface: i32) -> io::Result<()> {
    let request = libc::ipv6_mreq { ipv6mr_multiaddr: in6_addr(group), ipv6mr_interface: interface.cast_unsigned() };
    set_option_value(socket, libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP, &request)
}

/// Sends multicast out of the interface with this index.
///
/// # Errors
/// ENODEV.
pub(crate) fn multicast_interface(socket: BorrowedFd<'_>, interface: i32) -> io::Result<()> {
    set_option_value(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &membership(Ipv4Addr::UNSPECIFIED, interface))
}

/// Lets a packet socket receive frames for an Ethernet group.
///
/// # Errors
/// ENODEV, ENOBUFS.
pub(crate) fn join_ethernet(socket: BorrowedFd<'_>, group: [u8; 6], interface: i32) -> io::Result<()> {
    let mut address = [0; 8];
    address[..6].copy_from_slice(&group);
    let request = libc::packet_mreq {
        mr_ifindex: interface,
        mr_type: libc::PACKET_MR_MULTICAST as libc::c_ushort,
        mr_alen: 6,
        mr_address: address,
    };
    set_option_value(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
}

/// Sends one message. With `stamp`, asks for a software transmit stamp of this message alone.
///
/// # Errors
/// EAGAIN and ENOBUFS when the queue is full, ENETDOWN, ENETUNREACH, EPERM from a packet filter.
pub(crate) fn send(socket: BorrowedFd<'_>, octets: &[u8], address: SocketAddress) -> io::Result<()> {
    let (storage, length) = to_storage(address);
    let pointer = octets.as_ptr().cast();
    let target = (&raw const storage).cast();
    // SAFETY: `octets` and `storage` live for the call with the lengths given.
    let sent = unsafe { libc::sendto(socket.as_raw_fd(), pointer, octets.len(), 0, target, length) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes the next message, or with `flags` = `MSG_ERRQUEUE` the next entry of the error queue.
///
/// # Errors
/// `WouldBlock` when there is none; a pending error of the socket.
pub(crate) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8], flags: libc::c_int) -> io::Result<Message> {
    let mut storage = empty_storage();
    let mut parts = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut space = control::Space::new();
    // SAFETY: an all-zero `msghdr` is a valid value: null pointers with zero lengths.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_name = (&raw mut storage).cast();
    header.msg_namelen = STORAGE_LENGTH;
    header.msg_iov = &raw mut parts;
    header.msg_iovlen = 1;
    space.attach(&mut header);
    // SAFETY: every pointer in `header` is to a local or to `buffer`, with its right length, and outlives the call.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags | libc::MSG_TRUNC) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let source = if header.msg_namelen == 0 { None } else { from_storage(&storage) };
    // SAFETY: `recvmsg` succeeded and filled `header`; `space` is still alive and was not touched since.
    let control = unsafe { control::read(&header) };
    Ok(Message { length, source, control })
}

const STORAGE_LENGTH: libc::socklen_t = socklen::<libc::sockaddr_storage>();

const fn socklen<T>() -> libc::socklen_t {
    size_of::<T>() as libc::socklen_t
}

fn set_option_value<T>(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int, value: &T) -> io::Result<()> {
    let pointer = std::ptr::from_ref(value).cast();
    // SAFETY: `value` is valid for its own size; the callers pair each option with the type that it takes.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, pointer, socklen::<T>()) })?;
    Ok(())
}

fn membership(group: Ipv4Addr, interface: i32) -> libc::ip_mreqn {
    libc::ip_mreqn {
        imr_multiaddr: in_addr(group),
        imr_address: in_addr(Ipv4Addr::UNSPECIFIED),
        imr_ifindex: interface,
    }
}

fn in_addr(address: Ipv4Addr) -> libc::in_addr {
    libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) }
}

fn in6_addr(address: Ipv6Addr) -> libc::in6_addr {
    libc::in6_addr { s6_addr: address.octets() }
}

fn empty_storage() -> libc::sockaddr_storage {
    // SAFETY: an all-zero `sockaddr_storage` is a valid value: family AF_UNSPEC.
    unsafe { std::mem::zeroed() }
}

fn to_storage(address: SocketAddress) -> (libc::sockaddr_storage, libc::socklen_t) {
    let mut storage = empty_storage();
    match address {
        SocketAddress::Ip(SocketAddr::V4(address)) => {
            let value = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: address.port().to_be(),
                sin_addr: in_addr(*address.ip()),
                sin_zero: [0; 8],
            };
            // SAFETY: `sockaddr_storage` is larger than, and aligned for, every socket address.
            unsafe { (&raw mut storage).cast::<libc::sockaddr_in>().write(value) };
            (storage, socklen::<libc::sockaddr_in>())
        }
        SocketAddress::Ip(SocketAddr::V6(address)) => {
            let value = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: in6_addr(*address.ip()),
                sin6_scope_id: address.scope_id(),
            };
            // SAFETY: as above.
            unsafe { (&raw mut storage).cast::<libc::sockaddr_in6>().write(value) };
            (storage, socklen::<libc::sockaddr_in6>())
        }
        SocketAddress::Link { interface, protocol, address, .. } => {
            let mut octets = [0; 8];
            octets[..6].copy_from_slice(&address);
            let value = libc::sockaddr_ll {
                sll_family: libc::AF_PACKET as libc::c_ushort,
                sll_protocol: protocol.to_be(),
                sll_ifindex: interface,
                sll_hatype: 0,
                sll_pkttype: 0,
                sll_halen: 6,
                sll_addr: octets,
            };
            // SAFETY: as above.
            unsafe { (&raw mut storage).cast::<libc::sockaddr_ll>().write(value) };
            (storage, socklen::<libc::sockaddr_ll>())
        }
    }
}

fn from_storage(storage: &libc::sockaddr_storage) -> Option<SocketAddress> {
    match libc::c_int::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the kernel wrote a `sockaddr_in`; size and alignment fit.
            let value = unsafe { std::ptr::from_ref(storage).cast::<libc::sockaddr_in>().read() };
            let address = Ipv4Addr::from(value.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddress::Ip(SocketAddrV4::new(address, u16::from_be(value.sin_port)).into()))
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that the kernel wrote a `sockaddr_in6`; size and alignment fit.
            let value = unsafe { std::ptr::from_ref(storage).cast::<libc::sockaddr_in6>().read() };
            let address = Ipv6Addr::from(value.sin6_addr.s6_addr);
            let port = u16::from_be(value.sin6_port);
            Some(SocketAddress::Ip(SocketAddrV6::new(address, port, 0, value.sin6_scope_id).into()))
        }
        libc::AF_PACKET => {
            // SAFETY: the family says that the kernel wrote a `sockaddr_ll`; size and alignment fit.
            let value = unsafe { std::ptr::from_ref(storage).cast::<libc::sockaddr_ll>().read() };
            let mut address = [0; 6];
            address.copy_from_slice(&value.sll_addr[..6]);
            Some(SocketAddress::Link {
                interface: value.sll_ifindex,
                protocol: u16::from_be(value.sll_protocol),
                address,
                packet_type: value.sll_pkttype,
            })
        }
        _ => None,
    }
}
