//! One port: its sockets, and what becomes of them with the interface.

use crate::sys::socket;
use crate::transport::{LinkNow, Sockets, StampSource, Transport};
use crate::turnaround::Requests;
use crate::{Error, hardware};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use syntone_hal::{ErrorKind, HalError, Instant, MessageClass, OneStep, Stamping, Transmit};

#[derive(Debug)]
pub(super) struct Port {
    pub(super) transport: Transport,
    /// Which of the companions it stamps on; `None`: the clock.
    pub(super) companion: Option<usize>,
    pub(super) sockets: Sockets,
    pub(super) link: LinkNow,
    /// Something has happened to the interface since the link was looked at.
    pub(super) link_doubtful: bool,
    pub(super) link_checked: Instant,
    /// Why the port cannot be used although its interface may be there.
    pub(super) trouble: Option<Error>,
    pub(super) requests: Requests,
}

impl Port {
    pub(super) fn new(transport: Transport, companion: Option<usize>, sockets: Sockets, now: Instant) -> Self {
        let link = sockets.link();
        Self {
            transport,
            companion,
            sockets,
            link,
            link_doubtful: false,
            link_checked: now,
            trouble: None,
            requests: Requests::default(),
        }
    }

    pub(super) fn socket(&self, class: MessageClass) -> BorrowedFd<'_> {
        match class {
            MessageClass::Event => self.sockets.event.as_fd(),
            MessageClass::General => self.sockets.general.as_fd(),
        }
    }

    /// Sends one message to everybody whom it is for.
    pub(super) fn send(
        &mut self,
        transmit: Transmit,
        message: &[u8],
        scratch: &mut Vec<u8>,
        mut now: impl FnMut() -> i64,
    ) -> Result<(), Error> {
        let class = transmit.class();
        let Transmit { destination, mut ticket, one_step, .. } = transmit;
        let sockets = &mut self.sockets;
        let failed = |error| Error::system(format!("send on {}", sockets.place), error);
        let restored = match one_step {
            Some(OneStep::Elapsed) => Some(self.requests.restore(message).ok_or_else(|| failed(unsupported()))?),
            _ => None,
        };
        let message = restored.as_deref().unwrap_or(message);
        let (targets, octets) = sockets
            .framing
            .wrap(destination, class, message, scratch)
            .ok_or_else(|| Error::Unreachable { place: sockets.place.clone() })?;
        for target in targets {
            let sent = match class {
                MessageClass::Event => sockets.event.send(octets, target, ticket.take(), &mut now),
                MessageClass::General => socket::send(sockets.general.as_fd(), octets, target),
            };
            sent.map_err(failed)?;
        }
        Ok(())
    }

    /// Looks at the interface: opens the sockets anew if it is another one by now, and makes it stamp again if it was down or
    /// has `moved` to another clock. True if the sockets are new.
    pub(super) fn look_at_link(&mut self, source: StampSource, moved: bool, now: Instant) -> bool {
        (self.link_checked, self.link_doubtful) = (now, false);
        let before = self.link;
        self.link = self.sockets.link();
        match self.link {
            LinkNow::Lost => self.reopen(source),
            LinkNow::Up if before != LinkNow::Up || moved || self.trouble.is_some() => {
                self.trouble = self.stamp_again(source).err();
                false
            }
            _ => false,
        }
    }

    /// The link is up, and nothing else is in the way.
    pub(super) const fn is_usable(&self) -> bool {
        matches!(self.link, LinkNow::Up) && self.trouble.is_none()
    }

    /// It is not, and nobody will tell when that changes.
    pub(super) const fn must_be_asked_again(&self) -> bool {
        matches!(self.link, LinkNow::Lost) || self.trouble.is_some()
    }

    fn reopen(&mut self, source: StampSource) -> bool {
        match self.transport.open(source) {
            Ok(mut sockets) => {
                sockets.take_over(&mut self.sockets);
                (self.link, self.trouble) = (sockets.link(), None);
                self.sockets = sockets;
                true
            }
            Err(error) => {
                self.trouble = Some(error);
                false
            }
        }
    }

    /// Some drivers forget how to stamp when the link goes down.
    fn stamp_again(&self, source: StampSource) -> Result<(), Error> {
        let (Some(interface), Stamping::Hardware) = (&self.sockets.interface, source.stamping) else { return Ok(()) };
        let (carrier, one_step) = (self.transport.carrier(), self.sockets.one_step);
        hardware::enable(self.sockets.event.as_fd(), &interface.name, carrier, one_step, source.clock)
    }

    /// A socket gave an error instead of a message. A lost link is told by `link_up`, not here.
    pub(super) fn nothing_from(&mut self, error: &io::Error, what: &str) -> Result<(), Error> {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
            return Ok(());
        }
        let error = Error::system(
            format!("{what} on {}", self.sockets.place),
            io::Error::from_raw_os_error(error.raw_os_error().unwrap_or(libc::EIO)),
        );
        if error.kind() == ErrorKind::LinkDown {
            self.link_doubtful = true;
            return Ok(());
        }
        Err(error)
    }
}

fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(libc::EOPNOTSUPP)
}
