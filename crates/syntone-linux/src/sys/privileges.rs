//! Giving up rights.

use super::check;
use std::ffi::CString;
use std::io;

/// A right that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// UDP ports below 1024.
    NetBindService,
    /// Ethernet frames, and sockets that are bound to an interface.
    NetRaw,
    /// Switching on the hardware time stamps of an interface.
    NetAdmin,
    /// Steering clocks.
    SysTime,
}

impl Capability {
    /// Its number in `linux/capability.h`.
    const fn number(self) -> u32 {
        match self {
            Self::NetBindService => 10,
            Self::NetAdmin => 12,
            Self::NetRaw => 13,
            Self::SysTime => 25,
        }
    }
}

/// Goes on as the user called `name`, with `kept` rights and no other. There is no way back.
///
/// Call it while the program has one thread: rights are those of a thread.
///
/// # Errors
/// `NotFound` when there is no such user; `PermissionDenied` for who is not root.
pub fn become_user(name: &str, kept: &[Capability]) -> io::Result<()> {
    let user = find(name)?;
    // SAFETY: four plain numbers, by value.
    check(unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 1_u64, 0_u64, 0_u64, 0_u64) })?;
    // SAFETY: the name is a C string that lives for the call.
    check(unsafe { libc::initgroups(user.name.as_ptr(), user.group) })?;
    // SAFETY: a number, by value.
    check(unsafe { libc::setgid(user.group) })?;
    // SAFETY: a number, by value.
    check(unsafe { libc::setuid(user.id) })?;
    keep_only(kept)
}

struct User {
    name: CString,
    id: libc::uid_t,
    group: libc::gid_t,
}

fn find(name: &str) -> io::Result<User> {
    let c_name = CString::new(name).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    // SAFETY: an all-zero `passwd` is a valid value: null pointers and zeros.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut strings = vec![0; 16_384];
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are to values that live for the call, and the length is that of the buffer.
    let error = unsafe {
        libc::getpwnam_r(c_name.as_ptr(), &raw mut entry, strings.as_mut_ptr(), strings.len(), &raw mut found)
    };
    match (error, found.is_null()) {
        (0, false) => Ok(User { name: c_name, id: entry.pw_uid, group: entry.pw_gid }),
        (0, true) => Err(io::Error::from(io::ErrorKind::NotFound)),
        (error, _) => Err(io::Error::from_raw_os_error(error)),
    }
}

/// `struct __user_cap_header_struct` of `linux/capability.h`.
#[repr(C)]
struct Header {
    version: u32,
    pid: libc::c_int,
}

/// `struct __user_cap_data_struct` of `linux/capability.h`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Data {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// `_LINUX_CAPABILITY_VERSION_3`, which has two of [`Data`].
const VERSION: u32 = 0x2008_0522;

fn keep_only(kept: &[Capability]) -> io::Result<()> {
    let bits = kept.iter().fold(0, |bits, capability| bits | 1 << capability.number());
    let header = Header { version: VERSION, pid: 0 };
    let data = [Data { effective: bits, permitted: bits, inheritable: 0 }, Data::default()];
    // SAFETY: both structures are laid out as the kernel's, two of data for this version, and live for the call.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw const header, data.as_ptr()) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_that_does_not_exist_is_not_found() {
        let kind = |name| become_user(name, &[]).unwrap_err().kind();
        assert_eq!(kind("no-such-user"), io::ErrorKind::NotFound);
        assert_eq!(kind("with\0zero"), io::ErrorKind::NotFound);
    }
}
