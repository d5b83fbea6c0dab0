//! What an interface can stamp in hardware, and telling it to (`linux/net_tstamp.h`, `linux/ethtool.h`).

use super::check;
use super::interface::request_for;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// What the driver of an interface says that it can stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ability {
    /// The flags `SOF_TIMESTAMPING_…`.
    pub(crate) stamping: u32,
    /// The number of its clock, as in `/dev/ptpN`.
    pub(crate) phc: Option<u32>,
    /// The bits of the kinds of transmission `HWTSTAMP_TX_…`.
    pub(crate) transmit: u32,
    /// The bits of the receive filters `HWTSTAMP_FILTER_…`.
    pub(crate) filters: u32,
}

/// How the stamping of an interface is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setting {
    /// One of `HWTSTAMP_TX_…`.
    pub(crate) transmit: u32,
    /// One of `HWTSTAMP_FILTER_…`.
    pub(crate) filter: u32,
}

/// Asks the driver.
///
/// # Errors
/// ENODEV; EOPNOTSUPP where the kernel cannot tell.
pub(crate) fn ability(socket: BorrowedFd<'_>, name: &str) -> io::Result<Ability> {
    let mut info = TsInfo { command: ETHTOOL_GET_TS_INFO, ..TsInfo::default() };
    ioctl(socket, name, libc::SIOCETHTOOL, (&raw mut info).cast())?;
    Ok(Ability {
        stamping: info.stamping,
        phc: u32::try_from(info.phc_index).ok(),
        transmit: info.transmit,
        filters: info.filters,
    })
}

/// How the stamping is set now.
///
/// # Errors
/// EOPNOTSUPP where the driver does not tell; ENODEV.
pub(crate) fn setting(socket: BorrowedFd<'_>, name: &str) -> io::Result<Setting> {
    try_with_bond(|flags| transfer(socket, name, libc::SIOCGHWTSTAMP, flags, Setting::default()))
}

/// Asks for a setting; gives what the driver made of it.
///
/// # Errors
/// EPERM without CAP_NET_ADMIN; ERANGE, EINVAL or EOPNOTSUPP where the driver cannot do it.
pub(crate) fn set(socket: BorrowedFd<'_>, name: &str, wanted: Setting) -> io::Result<Setting> {
    try_with_bond(|flags| transfer(socket, name, libc::SIOCSHWTSTAMP, flags, wanted))
}

/// A bond passes the request on to its active member only if the asker says that he knows of it.
fn try_with_bond(request: impl Fn(libc::c_int) -> io::Result<Setting>) -> io::Result<Setting> {
    request(0).or_else(|error| match error.raw_os_error() {
        Some(libc::EOPNOTSUPP | libc::EINVAL) => request(HWTSTAMP_FLAG_BONDED_PHC_INDEX).map_err(|_| error),
        _ => Err(error),
    })
}

fn transfer(
    socket: BorrowedFd<'_>,
    name: &str,
    request: libc::Ioctl,
    flags: libc::c_int,
    Setting { transmit, filter }: Setting,
) -> io::Result<Setting> {
    let mut config = libc::hwtstamp_config { flags, tx_type: transmit.cast_signed(), rx_filter: filter.cast_signed() };
    ioctl(socket, name, request, (&raw mut config).cast())?;
    Ok(Setting { transmit: config.tx_type.cast_unsigned(), filter: config.rx_filter.cast_unsigned() })
}

/// `data` points to a structure of the type that `request` takes, alone in use for the call.
fn ioctl(socket: BorrowedFd<'_>, name: &str, request: libc::Ioctl, data: *mut libc::c_char) -> io::Result<()> {
    let mut ifreq = request_for(name)?;
    ifreq.ifr_ifru.ifru_data = data;
    // SAFETY: the callers pair each request with a structure of the type that it reads and writes, which outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), request, &raw mut ifreq) })?;
    Ok(())
}

const ETHTOOL_GET_TS_INFO: u32 = 0x41;
const HWTSTAMP_FLAG_BONDED_PHC_INDEX: libc::c_int = 1;

/// `struct ethtool_ts_info`.
#[repr(C)]
#[derive(Default)]
struct TsInfo {
    command: u32,
    stamping: u32,
    phc_index: i32,
    transmit: u32,
    transmit_reserved: [u32; 3],
    filters: u32,
    filters_reserved: [u32; 3],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::socket;
    use std::os::fd::AsFd;

    #[test]
    fn the_loopback_interface_stamps_in_software_only() {
        let socket = socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0).unwrap();
        let ability = ability(socket.as_fd(), "lo").unwrap();
        assert_eq!(ability.phc, None);
        assert_ne!(ability.stamping & libc::SOF_TIMESTAMPING_RX_SOFTWARE, 0);
        assert!(setting(socket.as_fd(), "lo").is_err());
    }
}
