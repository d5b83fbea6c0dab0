//! UNIX datagram sockets.

use super::check;
use super::socket::open;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where a UNIX datagram socket is; as the kernel knows it, whether it has a name or not.
#[derive(Clone, Copy)]
pub struct LocalAddress {
    storage: libc::sockaddr_un,
    length: libc::socklen_t,
}

impl LocalAddress {
    /// Of a socket with a path; `None` if that is longer than the kernel takes, or no path.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let octets = path.as_os_str().as_bytes();
        let mut storage = empty();
        // One octet stays zero.
        let place =
            storage.sun_path.get_mut(..octets.len() + 1).filter(|_| !octets.is_empty() && !octets.contains(&0))?;
        for (to, from) in place.iter_mut().zip(octets) {
            *to = *from as libc::c_char;
        }
        let length = std::mem::offset_of!(libc::sockaddr_un, sun_path) + octets.len() + 1;
        Some(Self { storage, length: length as libc::socklen_t })
    }

    fn octets(&self) -> &[libc::c_char] {
        let path = std::mem::offset_of!(libc::sockaddr_un, sun_path);
        self.storage.sun_path.get(..(self.length as usize).saturating_sub(path)).unwrap_or_default()
    }
}

impl PartialEq for LocalAddress {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for LocalAddress {}

impl std::fmt::Debug for LocalAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let octets: Vec<u8> = self.octets().iter().map(|octet| *octet as u8).collect();
        write!(f, "LocalAddress({:?})", String::from_utf8_lossy(&octets))
    }
}

/// Makes a socket without a name.
///
/// # Errors
/// When the system refuses.
pub(crate) fn unnamed() -> io::Result<OwnedFd> {
    open(libc::AF_UNIX, libc::SOCK_DGRAM, 0)
}

/// Gives a socket its name.
///
/// # Errors
/// EADDRINUSE if there is such a file, EACCES, ENOENT without the folder.
pub(crate) fn bind(socket: BorrowedFd<'_>, address: &LocalAddress) -> io::Result<()> {
    // SAFETY: the address lives for the call and holds `length` octets.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address.storage).cast(), address.length) }).map(|_| ())
}

/// Whether somebody has a socket of that name.
pub(crate) fn is_alive(address: &LocalAddress) -> bool {
    let Ok(probe) = unnamed() else { return true };
    // SAFETY: as above.
    let result = unsafe { libc::connect(probe.as_raw_fd(), (&raw const address.storage).cast(), address.length) };
    result == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ECONNREFUSED)
}

/// Sends one message.
///
/// # Errors
/// ECONNREFUSED or ENOENT if nobody is there, EAGAIN if they do not read.
pub(crate) fn send(socket: BorrowedFd<'_>, octets: &[u8], to: &LocalAddress) -> io::Result<()> {
    let target = (&raw const to.storage).cast();
    // SAFETY: `octets` and the address live for the call with the lengths given.
    let sent = unsafe { libc::sendto(socket.as_raw_fd(), octets.as_ptr().cast(), octets.len(), 0, target, to.length) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes one message: its octets, which is more than the buffer if it did not fit, and who sent it, if they can be answered.
///
/// # Errors
/// `WouldBlock` when there is none.
pub(crate) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<(usize, Option<LocalAddress>)> {
    let mut storage = empty();
    let mut length = size_of::<libc::sockaddr_un>() as libc::socklen_t;
    let pointer = buffer.as_mut_ptr().cast();
    let from = (&raw mut storage).cast();
    // SAFETY: buffer and address live for the call with the lengths given.
    let got =
        unsafe { libc::recvfrom(socket.as_raw_fd(), pointer, buffer.len(), libc::MSG_TRUNC, from, &raw mut length) };
    let got = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
    let has_name = length as usize > size_of::<libc::sa_family_t>();
    Ok((got, has_name.then_some(LocalAddress { storage, length })))
}

/// Waits until a socket has something, for at most `milliseconds`.
///
/// # Errors
/// When the system refuses.
pub(crate) fn wait(socket: BorrowedFd<'_>, milliseconds: i32) -> io::Result<()> {
    let mut set = super::poll::PollSet::default();
    set.push(socket);
    set.wait(milliseconds)
}

fn empty() -> libc::sockaddr_un {
    // SAFETY: an all-zero `sockaddr_un` is a valid value.
    let mut storage: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    storage.sun_family = libc::AF_UNIX as libc::sa_family_t;
    storage
}
