//! A socket whose messages the kernel stamps in software, in both directions.

use crate::sys::socket::{self, SocketAddress};
use crate::tickets::Tickets;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::Ticket;

/// Wanted for bursts: a full receive buffer makes the kernel drop transmit stamps too.
const RECEIVE_BUFFER: libc::c_int = 1 << 20;

/// A socket for event messages.
#[derive(Debug)]
pub(crate) struct StampedSocket {
    socket: OwnedFd,
    tickets: Tickets,
    /// A message failed, and kernels differ in whether they counted it.
    count_is_doubtful: bool,
}

impl StampedSocket {
    /// Switches the stamping of `socket` on.
    ///
    /// # Errors
    /// When the kernel knows no software stamps.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<Self> {
        let fd = socket.as_fd();
        set_stamping(fd, STAMPING)?;
        large_receive_buffer(fd);
        // Where it is missing, a transmit stamp wakes the wait as POLLERR alone.
        let _ = socket::set_option(fd, libc::SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
        Ok(Self { socket, tickets: Tickets::default(), count_is_doubtful: false })
    }

    /// Sends a message; its transmit stamp will come under `ticket`, if there is one. `not_before` is the kernel's time
    /// now.
    ///
    /// # Errors
    /// When the message did not leave; no stamp comes then.
    pub(crate) fn send(
        &mut self,
        octets: &[u8],
        to: SocketAddress,
        ticket: Option<Ticket>,
        not_before: i64,
    ) -> io::Result<()> {
        if self.count_is_doubtful {
            self.restart_count()?;
        }
        if let Err(error) = socket::send(self.as_fd(), octets, to) {
            self.count_is_doubtful = true;
            return Err(error);
        }
        self.tickets.sent(ticket, not_before);
        Ok(())
    }

    /// Takes the next transmit stamp that somebody waits for.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(crate) fn transmit_stamp(&mut self) -> io::Result<(Ticket, i64)> {
        loop {
            let control = socket::receive(self.as_fd(), &mut [], libc::MSG_ERRQUEUE)?.control;
            let (Some(id), Some(stamp)) = (control.transmit_id, control.software_stamp) else { continue };
            if let Some(ticket) = self.tickets.stamped(id, stamp) {
                return Ok((ticket, stamp));
            }
        }
    }

    /// Whether a transmit stamp is still to come.
    pub(crate) fn awaits_stamps(&self) -> bool {
        !self.tickets.is_empty()
    }

    /// Makes the kernel number the messages from 0 again, which it does when the numbering is switched on.
    fn restart_count(&mut self) -> io::Result<()> {
        set_stamping(self.as_fd(), STAMPING & !libc::SOF_TIMESTAMPING_OPT_ID)?;
        set_stamping(self.as_fd(), STAMPING)?;
        self.tickets.restart();
        self.count_is_doubtful = false;
        Ok(())
    }
}

impl AsFd for StampedSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Enlarges the receive buffer as far as this user may.
pub(crate) fn large_receive_buffer(socket: BorrowedFd<'_>) {
    let set = |name| socket::set_option(socket, libc::SOL_SOCKET, name, RECEIVE_BUFFER);
    // The first needs CAP_NET_ADMIN; without either the default size has to do.
    let _ = set(libc::SO_RCVBUFFORCE).or_else(|_| set(libc::SO_RCVBUF));
}

/// Stamps in software both ways, by the number of the message and without its octets.
const STAMPING: libc::c_uint = libc::SOF_TIMESTAMPING_TX_SOFTWARE
    | libc::SOF_TIMESTAMPING_RX_SOFTWARE
    | libc::SOF_TIMESTAMPING_SOFTWARE
    | libc::SOF_TIMESTAMPING_OPT_ID
    | libc::SOF_TIMESTAMPING_OPT_TSONLY;

/// Adds POLLPRI to the events of a socket with something in its error queue (`asm-generic/socket.h`).
const SO_SELECT_ERR_QUEUE: libc::c_int = 45;

fn set_stamping(socket: BorrowedFd<'_>, flags: libc::c_uint) -> io::Result<()> {
    socket::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, flags.cast_signed())
}
