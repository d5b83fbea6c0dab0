//! PTP hardware clocks as devices (`linux/ptp_clock.h`).

use super::check;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// One reading of the time of day beside a device: both in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The time of day at that moment.
    pub(crate) system: i64,
    /// The device's time at that moment.
    pub(crate) device: i64,
    /// The time of day between which two readings the device was read are this far apart; 0 where hardware took both at once.
    pub(crate) window: i64,
}

/// Opens a device, closed on exec.
///
/// # Errors
/// ENOENT, EACCES.
pub(crate) fn open(path: &str) -> io::Result<OwnedFd> {
    let path = CString::new(path).map_err(|_| io::Error::from_raw_os_error(libc::ENOENT))?;
    // SAFETY: `path` is a string with its closing zero that lives for the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), libc::O_RDWR) })?;
    // SAFETY: the descriptor was just made and belongs to nobody else.
    let device = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: `fd` is open; this command takes an integer.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    Ok(device)
}

/// The largest frequency offset of a PTP clock, in ppb.
///
/// # Errors
/// ENOTTY when the device is no PTP clock; ENODEV when it is gone.
pub(crate) fn max_frequency(device: BorrowedFd<'_>) -> io::Result<i32> {
    // SAFETY: an all-zero value is a valid one; the request fills a structure of this type.
    let mut caps: libc::ptp_clock_caps = unsafe { std::mem::zeroed() };
    // SAFETY: as above; the pointer is valid and exclusive for the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), libc::PTP_CLOCK_GETCAPS, &raw mut caps) })?;
    Ok(caps.max_adj)
}

/// Hardware reads both clocks at once.
///
/// # Errors
/// EOPNOTSUPP or ENOTTY where it cannot.
pub(crate) fn compare_precise(device: BorrowedFd<'_>) -> io::Result<Comparison> {
    // SAFETY: an all-zero value is a valid one; the request fills a structure of this type.
    let mut found: libc::ptp_sys_offset_precise = unsafe { std::mem::zeroed() };
    // SAFETY: as above; the pointer is valid and exclusive for the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), libc::PTP_SYS_OFFSET_PRECISE, &raw mut found) })?;
    Ok(Comparison { system: total(&found.sys_realtime), device: total(&found.device), window: 0 })
}

/// The driver reads the time of day just before and just after the device; the narrowest of `samples` readings.
///
/// # Errors
/// EOPNOTSUPP or ENOTTY where it cannot.
pub(crate) fn compare_extended(device: BorrowedFd<'_>, samples: u8) -> io::Result<Comparison> {
    // SAFETY: an all-zero value is a valid one; the request reads the first fields and fills the rest.
    let mut found: libc::ptp_sys_offset_extended = unsafe { std::mem::zeroed() };
    found.n_samples = samples.clamp(1, MOST_SAMPLES).into();
    // SAFETY: as above; the pointer is valid and exclusive for the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), libc::PTP_SYS_OFFSET_EXTENDED, &raw mut found) })?;
    let readings = found.ts.iter().take(found.n_samples as usize).map(|reading| reading.each_ref().map(total));
    narrowest(readings).ok_or_else(|| io::Error::from_raw_os_error(libc::EIO))
}

/// The kernel reads the time of day and the device in turn; the narrowest of `samples` readings.
///
/// # Errors
/// ENODEV when the device is gone.
pub(crate) fn compare_basic(device: BorrowedFd<'_>, samples: u8) -> io::Result<Comparison> {
    // SAFETY: an all-zero value is a valid one; the request reads the first field and fills the rest.
    let mut found: libc::ptp_sys_offset = unsafe { std::mem::zeroed() };
    found.n_samples = samples.clamp(1, MOST_SAMPLES).into();
    // SAFETY: as above; the pointer is valid and exclusive for the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), libc::PTP_SYS_OFFSET, &raw mut found) })?;
    let times = found.ts.map(|time| total(&time));
    // System, device, system, device, …, system.
    let readings = (0..found.n_samples as usize).filter_map(|index| times.get(2 * index..)?.first_chunk().copied());
    narrowest(readings).ok_or_else(|| io::Error::from_raw_os_error(libc::EIO))
}

/// Readings that one request can ask for.
const MOST_SAMPLES: u8 = libc::PTP_MAX_SAMPLES as u8;

/// Of readings of system, device and system again, that which took the shortest time.
fn narrowest(readings: impl Iterator<Item = [i64; 3]>) -> Option<Comparison> {
    let compare = |[before, device, after]: [i64; 3]| Comparison {
        system: i64::midpoint(before, after),
        device,
        window: after.saturating_sub(before),
    };
    readings.map(compare).min_by_key(|comparison| comparison.window)
}

fn total(time: &libc::ptp_clock_time) -> i64 {
    time.sec.saturating_mul(1_000_000_000).saturating_add(time.nsec.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn of_several_readings_the_shortest_counts() {
        let readings = [[1_000, 77, 3_000], [10_000, 88, 10_400], [20_000, 99, 20_700]];
        let best = Comparison { system: 10_200, device: 88, window: 400 };
        assert_eq!(narrowest(readings.into_iter()), Some(best));
        assert_eq!(narrowest(std::iter::empty()), None);
    }

    #[test]
    fn a_device_that_is_no_clock_says_so() {
        let null = open("/dev/null").unwrap();
        assert_eq!(max_frequency(null.as_fd()).unwrap_err().raw_os_error(), Some(libc::ENOTTY));
        assert_eq!(open("/dev/ptp-none").unwrap_err().raw_os_error(), Some(libc::ENOENT));
    }
}
