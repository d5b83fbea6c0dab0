//! What can go wrong on Linux, said with its cause and its cure.

use crate::hardware::Shortcoming;
use crate::holder::Holder;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use syntone_hal::{ErrorKind, HalError};

/// An error of a socket, an interface or the clock. Its text names the interface or port, the cause and the cure.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no such interface.
    NoSuchInterface {
        /// The name that was asked for.
        interface: String,
        /// The names of those that exist.
        existing: Vec<String>,
    },
    /// The interface is not set up.
    InterfaceDown {
        /// Its name.
        interface: String,
    },
    /// The interface has no address of the wanted version of IP.
    NoAddress {
        /// Its name.
        interface: String,
        /// 4 or 6.
        version: u8,
    },
    /// The system does not permit it to this user.
    Permission {
        /// What was tried.
        what: String,
        /// The capability that permits it, such as `cap_net_raw`.
        capability: &'static str,
    },
    /// A device may not be opened by this user.
    NoAccess {
        /// Its path.
        path: String,
    },
    /// The interface does not stamp in hardware.
    NoHardwareStamps {
        /// Its name.
        interface: String,
        /// Why.
        reason: Shortcoming,
    },
    /// Another socket has the UDP port.
    PortTaken {
        /// The UDP port.
        port: u16,
        /// Where: an interface or an address.
        place: String,
        /// Whose socket it is, as far as this user may know.
        holder: Option<Holder>,
    },
    /// A program has the local socket.
    LocalSocketTaken {
        /// Its path.
        path: PathBuf,
        /// Whose socket it is, as far as this user may know.
        holder: Option<Holder>,
    },
    /// A local socket cannot be made or used.
    LocalSocket {
        /// Its path.
        path: PathBuf,
        /// The answer of the system.
        source: io::Error,
    },
    /// The message was longer than the buffer.
    BufferTooSmall {
        /// Octets of the message.
        needed: usize,
    },
    /// There is no port with this index.
    NoSuchPort {
        /// The index.
        port: u8,
    },
    /// The destination has an address of another family than the port.
    Unreachable {
        /// The interface or address of the port.
        place: String,
    },
    /// A frequency beyond what the clock accepts.
    FrequencyOutOfRange,
    /// Any other refusal of the system.
    System {
        /// What was tried.
        what: String,
        /// Its answer.
        source: io::Error,
    },
}

impl Error {
    /// For a failed system call: `what` was tried.
    pub(crate) fn system(what: impl Into<String>, source: io::Error) -> Self {
        Self::System { what: what.into(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchInterface { interface, existing } => {
                write!(f, "there is no interface \"{interface}\"; this machine has: {}", existing.join(", "))
            }
            Self::InterfaceDown { interface } => {
                write!(f, "interface {interface} is down; set it up with: ip link set {interface} up")
            }
            Self::NoAddress { interface, version } => write!(
                f,
                "interface {interface} has no IPv{version} address; give it one (ip address add ADDRESS/LENGTH dev {interface}) \
                 or use Ethernet frames instead of UDP"
            ),
            Self::Permission { what, capability } => write!(
                f,
                "no permission to {what}; run as root, or give the program the capability: setcap {capability}+ep PROGRAM"
            ),
            Self::NoAccess { path } => write!(
                f,
                "no permission to use {path}; run as root, or let a group of this user have it: \
                 chgrp GROUP {path} && chmod g+rw {path}"
            ),
            Self::NoHardwareStamps { interface, reason } => {
                write!(f, "interface {interface} has no hardware time stamps: {reason}")
            }
            Self::PortTaken { port, place, holder } => write_port_taken(f, *port, place, holder.as_ref()),
            Self::LocalSocketTaken { path, holder } => write_local_taken(f, path, holder.as_ref()),
            Self::LocalSocket { path, source } => write_local(f, path, source),
            Self::BufferTooSmall { needed } => write!(f, "a message of {needed} octets did not fit the buffer"),
            Self::NoSuchPort { port } => write!(f, "there is no port with index {port}"),
            Self::Unreachable { place } => write!(f, "{place} does not serve the address family of the destination"),
            Self::FrequencyOutOfRange => write!(f, "the frequency offset is beyond the limit of the clock"),
            Self::System { what, source } => write!(f, "cannot {what}: {source}"),
        }
    }
}

fn write_port_taken(f: &mut fmt::Formatter<'_>, port: u16, place: &str, holder: Option<&Holder>) -> fmt::Result {
    write!(f, "UDP port {port} on {place} is taken")?;
    match holder {
        Some(Holder { pid, program }) => {
            write!(f, " by {program} (pid {pid}); stop it first, for example with: kill {pid}")
        }
        None => write!(f, " by a program of another user; find it as root with: ss -ulpn sport = :{port}"),
    }
}

fn write_local_taken(f: &mut fmt::Formatter<'_>, path: &Path, holder: Option<&Holder>) -> fmt::Result {
    write!(f, "the socket {} is in use", path.display())?;
    match holder {
        Some(Holder { pid, program }) => {
            write!(f, " by {program} (pid {pid}); stop it first (kill {pid}) or choose another path")
        }
        None => f.write_str(" by a program of another user; stop it first or choose another path"),
    }
}

fn write_local(f: &mut fmt::Formatter<'_>, path: &Path, source: &io::Error) -> fmt::Result {
    let cure = match source.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => "; run as root, or choose a path where this user may",
        Some(libc::ENOENT) => "; nothing is there: is the program running that has it, and does its folder exist?",
        Some(libc::ECONNREFUSED) => "; the program that had it is gone: start it again",
        Some(libc::EADDRINUSE) => "; a file that is no socket is there: remove it or choose another path",
        _ => "",
    };
    write!(f, "cannot use the socket {}: {source}{cure}", path.display())
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { source, .. } | Self::LocalSocket { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl HalError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchInterface { .. } | Self::InterfaceDown { .. } => ErrorKind::LinkDown,
            Self::NoAddress { .. } | Self::Unreachable { .. } => ErrorKind::Unreachable,
            Self::Permission { .. } | Self::NoAccess { .. } => ErrorKind::PermissionDenied,
            Self::NoHardwareStamps { .. } => ErrorKind::Unsupported,
            Self::PortTaken { .. } | Self::LocalSocketTaken { .. } => ErrorKind::Busy,
            Self::BufferTooSmall { .. } => ErrorKind::BufferTooSmall,
            Self::NoSuchPort { .. } | Self::FrequencyOutOfRange => ErrorKind::OutOfRange,
            Self::System { source, .. } | Self::LocalSocket { source, .. } => kind_of(source),
        }
    }
}

fn kind_of(source: &io::Error) -> ErrorKind {
    match source.raw_os_error() {
        Some(libc::ENETDOWN | libc::ENODEV | libc::ENXIO) => ErrorKind::LinkDown,
        Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => ErrorKind::Busy,
        Some(
            libc::ENETUNREACH | libc::EHOSTUNREACH | libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT | libc::ECONNREFUSED,
        ) => ErrorKind::Unreachable,
        Some(libc::EPERM | libc::EACCES) => ErrorKind::PermissionDenied,
        Some(libc::ENOPROTOOPT | libc::EOPNOTSUPP) => ErrorKind::Unsupported,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_cause_and_cure() {
        let taken = |holder| Error::PortTaken { port: 319, place: "eth0".into(), holder }.to_string();
        assert_eq!(
            taken(Some(Holder { pid: 12, program: "ptp4l".into() })),
            "UDP port 319 on eth0 is taken by ptp4l (pid 12); stop it first, for example with: kill 12"
        );
        assert!(taken(None).ends_with("ss -ulpn sport = :319"));
        let missing = Error::NoSuchInterface { interface: "eht0".into(), existing: vec!["lo".into(), "eth0".into()] };
        assert_eq!(missing.to_string(), "there is no interface \"eht0\"; this machine has: lo, eth0");
    }

    #[test]
    fn the_answers_of_the_system_have_kinds() {
        let kind = |errno| Error::system("send", io::Error::from_raw_os_error(errno)).kind();
        assert_eq!(kind(libc::ENETDOWN), ErrorKind::LinkDown);
        assert_eq!(kind(libc::ENOBUFS), ErrorKind::Busy);
        assert_eq!(kind(libc::ENETUNREACH), ErrorKind::Unreachable);
        assert_eq!(kind(libc::EPERM), ErrorKind::PermissionDenied);
        assert_eq!(kind(libc::EIO), ErrorKind::Other);
    }
}
