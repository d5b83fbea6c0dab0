//! Waiting for sockets, of one HAL or of several.

use super::LinuxHal;
use super::link::LINK_CHECK_NS;
use super::port::Port;
use crate::Error;
use crate::sys::poll::PollSet;
use crate::sys::{signal, time};
use std::os::fd::{AsFd, BorrowedFd};
use syntone_hal::{Instant, MessageClass};

impl LinuxHal {
    /// Waits until something comes in, until the time is `until`, or until a signal comes, whichever is first. It may
    /// also come back early without a reason.
    ///
    /// # Errors
    /// When the system refuses to wait.
    pub fn wait(&mut self, until: Instant) -> Result<(), Error> {
        wait(&mut [self], &mut [], until)
    }

    /// The sockets, for a program that waits by itself: each for input (POLLIN) and for urgent data (POLLPRI), which are stamps. An
    /// interface that comes back has others: ask before each wait.
    pub fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let of_ports = self
            .ports
            .iter()
            .flat_map(|port| [MessageClass::Event, MessageClass::General].map(|class| port.socket(class)));
        of_ports.chain(self.monitor.as_ref().map(AsFd::as_fd))
    }

    /// How long to wait at most by who would wait until `until`: earlier where nobody tells when a link comes back.
    #[must_use]
    pub fn wait_at_most(&self, until: Instant) -> Instant {
        let asked = self.ports.iter().any(Port::must_be_asked_again);
        if asked { until.min(time::monotonic().plus_nanos(LINK_CHECK_NS)) } else { until }
    }

    pub(super) fn rebuild_poll_set(&mut self) {
        let mut all = PollSet::default();
        self.push_all(&mut all);
        self.poll_set = all;
    }

    pub(super) fn push_all(&self, set: &mut PollSet) {
        self.sockets().for_each(|socket| set.push(socket));
    }

    /// Looks, without asking the kernel, for the stamps of what was sent just now. True if there may be one.
    fn guess_stamps(&mut self) -> bool {
        let mut guessed = false;
        for (index, port) in self.ports.iter_mut().enumerate() {
            if port.sockets.event.guess() {
                self.poll_set.guess_error(socket_index(index, MessageClass::Event));
                guessed = true;
            }
        }
        guessed
    }

    /// Asks the kernel which sockets have something.
    pub(super) fn refresh(&mut self) -> Result<(), Error> {
        self.poll_set.wait(0).map_err(|error| Error::system("poll the sockets", error))
    }
}

/// A socket that a wait is for, besides those of a HAL.
#[derive(Debug)]
pub struct Awaited<'a> {
    /// The socket.
    pub socket: BorrowedFd<'a>,
    /// The wait has found something there.
    pub ready: bool,
}

/// Waits for several at once, as [`LinuxHal::wait`] does for one, and for other sockets: a program may run several clocks in one
/// thread.
///
/// # Errors
/// When the system refuses to wait.
pub fn wait(hals: &mut [&mut LinuxHal], others: &mut [Awaited<'_>], until: Instant) -> Result<(), Error> {
    let guessed = hals.iter_mut().filter_map(|hal| hal.guess_stamps().then_some(())).count();
    if guessed > 0 {
        hals.iter_mut().for_each(|hal| hal.waited = LOOKS);
        return Ok(());
    }
    let mut all = hals.first_mut().map(|first| std::mem::take(&mut first.all)).unwrap_or_default();
    all.clear();
    let mut until = until;
    let now = time::monotonic();
    for hal in hals.iter() {
        hal.push_all(&mut all);
        until = hal.wait_at_most(until);
    }
    let own = all.len();
    for other in others.iter() {
        all.push(other.socket);
    }
    if hals.is_empty() || signal::stop_requested() {
        return Ok(());
    }
    // Rounded up: rounded down, the last millisecond would be spent in a busy loop.
    let milliseconds = until.nanos_since(now).div_ceil(1_000_000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    all.wait(milliseconds).map_err(|error| Error::system("wait for the sockets", error))?;
    for (index, other) in others.iter_mut().enumerate() {
        other.ready = all.is_ready(own + index);
    }
    let mut first = 0;
    for hal in hals.iter_mut() {
        hal.poll_set.take_over(&all, first);
        hal.waited = LOOKS;
        first += hal.poll_set.len();
    }
    if let Some(first) = hals.first_mut() {
        first.all = all;
    }
    Ok(())
}

/// A runner looks again for messages after it has taken a stamp.
const LOOKS: u8 = 2;

/// The index in the poll set.
pub(super) const fn socket_index(port: usize, class: MessageClass) -> usize {
    2 * port + matches!(class, MessageClass::General) as usize
}
