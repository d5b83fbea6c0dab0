//! Waiting for sockets.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// A set of sockets to wait for, kept from call to call.
#[derive(Debug, Default)]
pub(crate) struct PollSet(Vec<libc::pollfd>);

impl PollSet {
    /// Takes all out again.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a socket; the caller keeps it open as long as the set is used.
    pub(crate) fn push(&mut self, socket: BorrowedFd<'_>) {
        let fd: RawFd = socket.as_raw_fd();
        self.0.push(libc::pollfd { fd, events: libc::POLLIN | libc::POLLPRI, revents: 0 });
    }

    /// Waits until a socket has something, for at most `milliseconds`; a signal ends the wait too.
    ///
    /// # Errors
    /// When the system refuses the wait.
    pub(crate) fn wait(&mut self, milliseconds: i32) -> io::Result<()> {
        for socket in &mut self.0 {
            socket.revents = 0;
        }
        let count = libc::nfds_t::try_from(self.0.len()).unwrap_or(0);
        // SAFETY: the pointer and the count describe the vector's own elements, which only this call touches meanwhile.
        match check(unsafe { libc::poll(self.0.as_mut_ptr(), count, milliseconds) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    /// Whether the last wait found a message at the socket that was pushed as number `index`; told once.
    pub(crate) fn take_readable(&mut self, index: usize) -> bool {
        self.take(index, libc::POLLIN)
    }

    /// Whether the last wait found a transmit stamp or an error at that socket; told once.
    pub(crate) fn take_error(&mut self, index: usize) -> bool {
        self.take(index, ERRORS)
    }

    /// As if a wait had found a transmit stamp at that socket.
    pub(crate) fn guess_error(&mut self, index: usize) {
        if let Some(socket) = self.0.get_mut(index) {
            socket.revents |= libc::POLLPRI;
        }
    }

    /// Whether the last wait found anything at the socket that was pushed as number `index`.
    pub(crate) fn is_ready(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|socket| socket.revents != 0)
    }

    /// Takes over what the last wait of `other` found at the same sockets, which begin there at `first`.
    pub(crate) fn take_over(&mut self, other: &Self, first: usize) {
        for (socket, found) in self.0.iter_mut().zip(other.0.iter().skip(first)) {
            socket.revents = found.revents;
        }
    }

    /// How many sockets there are.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    fn take(&mut self, index: usize, events: libc::c_short) -> bool {
        let Some(socket) = self.0.get_mut(index) else { return false };
        let found = socket.revents & events != 0;
        socket.revents &= !events;
        found
    }
}

/// A stamp comes as POLLERR, whatever was asked for; with SO_SELECT_ERR_QUEUE also as POLLPRI.
const ERRORS: libc::c_short = libc::POLLERR | libc::POLLPRI | libc::POLLHUP | libc::POLLNVAL;
