//! A socket whose messages are stamped in both directions, by the kernel or by the hardware.

use crate::Histogram;
use crate::sys::control::Control;
use crate::sys::socket::{self, SocketAddress};
use crate::sys::time;
use crate::tickets::Tickets;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use syntone_hal::{Stamping, Ticket};

/// The ranges of latencies, in nanoseconds: from at once to beyond what any program waits.
const LATENCIES: [u64; 8] = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 100_000_000];
/// Wanted for bursts: a full receive buffer makes the kernel drop transmit stamps too.
const RECEIVE_BUFFER: libc::c_int = 1 << 20;

/// A socket for event messages.
#[derive(Debug)]
pub(crate) struct StampedSocket {
    socket: OwnedFd,
    stamping: Stamping,
    tickets: Tickets,
    latencies: Histogram,
    /// So many messages more, old stamps with their numbers may still come.
    unsure: u32,
    /// A message failed, and kernels differ in whether they counted it.
    count_is_doubtful: bool,
    guess: Guess,
}

/// Many drivers stamp a message before the call that sends it returns: then nobody need ask whether the stamp is there.
#[derive(Debug, Default)]
struct Guess {
    /// A message has been sent since the last look.
    open: bool,
    /// The stamp is looked for by this guess.
    looking: bool,
    /// So many messages it is not guessed for, because a guess was wrong.
    pause: u32,
}

/// Messages between two guesses where stamps take their time.
const PAUSE: u32 = 64;

impl StampedSocket {
    /// Switches the stamping of `socket` on.
    ///
    /// # Errors
    /// When the kernel knows no such stamps.
    pub(crate) fn new(socket: OwnedFd, stamping: Stamping) -> io::Result<Self> {
        let fd = socket.as_fd();
        set_stamping(fd, flags(stamping))?;
        large_receive_buffer(fd);
        // Where it is missing, a transmit stamp wakes the wait as POLLERR alone.
        let _ = socket::set_option(fd, libc::SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
        Ok(Self {
            socket,
            stamping,
            tickets: Tickets::default(),
            latencies: Histogram::new(&LATENCIES),
            unsure: 0,
            count_is_doubtful: false,
            guess: Guess::default(),
        })
    }

    /// Sends a message; its transmit stamp will come under `ticket`, if there is one. `now` reads the clock of the stamps.
    ///
    /// # Errors
    /// When the message did not leave; no stamp comes then.
    pub(crate) fn send(
        &mut self,
        octets: &[u8],
        to: SocketAddress,
        ticket: Option<Ticket>,
        now: impl FnOnce() -> i64,
    ) -> io::Result<()> {
        if self.count_is_doubtful {
            self.restart_count()?;
        }
        let not_before = if self.unsure == 0 { i64::MIN } else { now() };
        self.unsure = self.unsure.saturating_sub(1);
        if let Err(error) = socket::send(self.as_fd(), octets, to) {
            self.count_is_doubtful = true;
            return Err(error);
        }
        if ticket.is_some() {
            self.guess.open = self.guess.pause == 0;
            self.guess.pause = self.guess.pause.saturating_sub(1);
        }
        self.tickets.sent(ticket, not_before, time::monotonic());
        Ok(())
    }

    /// Whether it is worth a look, unasked, if a transmit stamp is there: told once after a message.
    pub(crate) const fn guess(&mut self) -> bool {
        self.guess.looking = std::mem::replace(&mut self.guess.open, false);
        self.guess.looking
    }

    /// Takes the next transmit stamp that somebody waits for; `None` if it was looked for by a guess that was wrong.
    ///
    /// # Errors
    /// `WouldBlock` when there is none although the kernel said that there is something.
    pub(crate) fn transmit_stamp(&mut self) -> io::Result<Option<(Ticket, i64)>> {
        let by_guess = std::mem::replace(&mut self.guess.looking, false);
        loop {
            let control = match socket::receive(self.as_fd(), &mut [], libc::MSG_ERRQUEUE) {
                Ok(message) => message.control,
                Err(error) if by_guess && error.kind() == io::ErrorKind::WouldBlock => {
                    self.guess.pause = PAUSE;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let (Some(id), Some(stamp)) = (control.transmit_id, self.stamp_in(&control)) else { continue };
            if let Some((ticket, sent)) = self.tickets.stamped(id, stamp) {
                self.latencies.add(time::monotonic().nanos_since(sent));
                return Ok(Some((ticket, stamp)));
            }
        }
    }

    /// How long after their messages were sent the transmit stamps were read.
    pub(crate) const fn latencies(&self) -> &Histogram {
        &self.latencies
    }

    /// The stamp that counts, of those that came with a message.
    pub(crate) const fn stamp_in(&self, control: &Control) -> Option<i64> {
        match self.stamping {
            Stamping::Software => control.software_stamp,
            Stamping::Hardware => control.hardware_stamp,
        }
    }

    /// Whether a transmit stamp is still to come.
    pub(crate) fn awaits_stamps(&self) -> bool {
        !self.tickets.is_empty()
    }

    /// Makes the kernel number the messages from 0 again, which it does when the numbering is switched on.
    fn restart_count(&mut self) -> io::Result<()> {
        let flags = flags(self.stamping);
        set_stamping(self.as_fd(), flags & !libc::SOF_TIMESTAMPING_OPT_ID)?;
        set_stamping(self.as_fd(), flags)?;
        self.tickets.restart();
        self.unsure = OLD_STAMPS;
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

/// After the count was begun anew, so many messages are looked at closely: reading a hardware clock takes time.
const OLD_STAMPS: u32 = 64;

/// Stamps both ways, by the number of the message and without its octets.
const fn flags(stamping: Stamping) -> libc::c_uint {
    let source = match stamping {
        Stamping::Software => {
            libc::SOF_TIMESTAMPING_TX_SOFTWARE | libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE
        }
        Stamping::Hardware => {
            libc::SOF_TIMESTAMPING_TX_HARDWARE
                | libc::SOF_TIMESTAMPING_RX_HARDWARE
                | libc::SOF_TIMESTAMPING_RAW_HARDWARE
        }
    };
    source | libc::SOF_TIMESTAMPING_OPT_ID | libc::SOF_TIMESTAMPING_OPT_TSONLY
}

/// Adds POLLPRI to the events of a socket with something in its error queue (`asm-generic/socket.h`).
const SO_SELECT_ERR_QUEUE: libc::c_int = 45;

fn set_stamping(socket: BorrowedFd<'_>, flags: libc::c_uint) -> io::Result<()> {
    socket::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, flags.cast_signed())
}
