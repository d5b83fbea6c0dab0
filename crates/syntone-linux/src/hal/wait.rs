//! Waiting for the sockets.

use super::port::Port;
use super::{LINK_CHECK_NS, LinuxHal};
use crate::Error;
use crate::sys::poll::PollSet;
use crate::sys::{signal, time};
use syntone_hal::Instant;

/// Waits for several at once, as [`LinuxHal::wait`] does for one: a program may run several clocks in one thread.
///
/// # Errors
/// When the system refuses to wait.
pub fn wait(hals: &mut [&mut LinuxHal], until: Instant) -> Result<(), Error> {
    let mut all = PollSet::default();
    let mut until = until;
    let now = time::monotonic();
    for hal in hals.iter() {
        hal.push_all(&mut all);
        if hal.ports.iter().any(Port::must_be_asked_again) {
            until = until.min(now.plus_nanos(LINK_CHECK_NS));
        }
    }
    if hals.is_empty() || signal::stop_requested() {
        return Ok(());
    }
    // Rounded up: rounded down, the last millisecond would be spent in a busy loop.
    let milliseconds = until.nanos_since(now).div_ceil(1_000_000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    all.wait(milliseconds).map_err(|error| Error::system("wait for the sockets", error))
}
