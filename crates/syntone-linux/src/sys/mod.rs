//! The system calls, and all the unsafe code of this crate.
//!
//! Every call goes through the dynamically linked C library and in the plainest form there is: sockets are made without
//! CLOEXEC or NONBLOCK in the type, waiting is `poll`, the interface index comes from an ioctl. The clock and network
//! simulators of the field interpose the C library and know these forms.

pub(crate) mod adjust;
pub(crate) mod control;
pub(crate) mod device;
pub(crate) mod hardware;
pub(crate) mod interface;
pub(crate) mod local;
pub(crate) mod netlink;
pub(crate) mod poll;
pub(crate) mod privileges;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod terminal;
pub(crate) mod time;

use std::io;

/// The result of a system call that returns −1 and sets `errno` when it fails.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
