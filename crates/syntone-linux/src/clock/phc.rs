//! A PTP hardware clock: `/dev/ptpN`.

use super::cross::{CrossMethod, CrossStamp};
use super::watch::{Reading, RunWatch};
use crate::hardware::interface_clock;
use crate::sys::adjust::ClockId;
use crate::sys::device;
use crate::sys::time::{KernelClock, now};
use crate::{Error, Shortcoming};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use syntone_hal::{ClockLimits, FrequencyOffset, Timestamp};

/// The clock of a network interface, in which its hardware stamps messages.
///
/// It is everybody's: what is done to it stays when this value is dropped, and others see it.
#[derive(Debug)]
pub struct Phc {
    device: OwnedFd,
    id: ClockId,
    path: String,
    limits: ClockLimits,
    frequency: FrequencyOffset,
    method: CrossMethod,
    watch: RunWatch,
}

impl Phc {
    /// Opens a device such as `/dev/ptp0`. Changes nothing.
    ///
    /// # Errors
    /// [`Error::NoAccess`] without the right to it; [`Error::System`] when there is no such device or it is no clock.
    pub fn open(path: impl Into<String>) -> Result<Self, Error> {
        let path = path.into();
        let device = device::open(&path).map_err(|error| match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM) => Error::NoAccess { path: path.clone() },
            _ => Error::system(format!("open {path}"), error),
        })?;
        let max = device::max_frequency(device.as_fd())
            .map_err(|error| Error::system(format!("use {path} as a PTP hardware clock"), error))?;
        let id = ClockId::of_device(device.as_fd());
        let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(max.max(0)), can_step: true };
        // What the driver does not tell is taken for zero.
        let found = id.discipline().map_or(0, |discipline| discipline.frequency);
        let frequency = FrequencyOffset::from_scaled_ppm(i32::try_from(found).unwrap_or(0));
        let time = id.read().map_err(|error| Error::system(format!("read {path}"), error))?;
        let watch = RunWatch::start(now(KernelClock::MonotonicRaw), time, frequency);
        Ok(Self { device, id, path, limits, frequency, method: CrossMethod::Precise, watch })
    }

    /// Opens the clock in which the interface called `name` stamps.
    ///
    /// # Errors
    /// [`Error::NoHardwareStamps`] when it has none; those of [`Phc::open`].
    pub fn of_interface(name: &str) -> Result<Self, Error> {
        let index = interface_clock(name)?
            .ok_or_else(|| Error::NoHardwareStamps { interface: name.into(), reason: Shortcoming::NoClock })?;
        Self::of_number(index)
    }

    pub(crate) fn of_number(number: u32) -> Result<Self, Error> {
        Self::open(format!("/dev/ptp{number}"))
    }

    /// The path of the device.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The number in `/dev/ptpN`; `None` for a device of another name.
    #[must_use]
    pub fn index(&self) -> Option<u32> {
        self.path.strip_prefix("/dev/ptp")?.parse().ok()
    }

    /// Reads the clock.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn now(&self) -> Result<Timestamp, Error> {
        let nanos = self.id.read().map_err(|error| self.error("read", error))?;
        Ok(Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(0)))
    }

    /// Adds `nanoseconds` in one step.
    ///
    /// # Errors
    /// When the driver refuses it or the device is gone.
    pub fn step(&mut self, nanoseconds: i64) -> Result<(), Error> {
        self.id.step(nanoseconds).map_err(|error| self.error("step", error))?;
        self.watch.step(nanoseconds);
        Ok(())
    }

    /// What it shows, and how far it is ahead of another, in nanoseconds.
    ///
    /// # Errors
    /// When a device is gone.
    pub(crate) fn ahead_of(&mut self, other: &mut Self) -> Result<(Timestamp, i64), Error> {
        let (one, own) = (other.compare(READINGS)?, self.compare(READINGS)?);
        // Both are compared with the system clock, which runs on for some microseconds between.
        let between = own.system_utc_ns.saturating_sub(one.system_utc_ns);
        Ok((own.phc, own.phc.nanos_since(one.phc).saturating_sub(between)))
    }

    /// Goes on from the time of `old`, whose place it takes. One that is gone has come back as this one: the frequency that it was set to is
    /// right, and its time is what it would show by now. What cannot be set stays.
    pub(crate) fn go_on_from(&mut self, old: &mut Self) {
        let ahead = match self.ahead_of(old) {
            Ok((_, ahead)) => ahead,
            Err(_) => {
                let _ = self.set_frequency(old.frequency);
                let Ok((before, time, after)) = self.read_beside_raw() else { return };
                time.saturating_sub(old.watch.expected(i64::midpoint(before, after)))
            }
        };
        let _ = self.step(ahead.saturating_neg());
    }

    /// How far another program has stepped the clock since this was asked last, in nanoseconds; `None` if it has not been stepped, or
    /// by less than can be told: 100 µs and 200 µs for each second between.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn stepped_by_others(&mut self) -> Result<Option<i64>, Error> {
        let mut reading = self.read_beside_raw()?;
        for _ in 1..MOST_READINGS {
            if width(reading) <= WIDTH {
                break;
            }
            let again = self.read_beside_raw()?;
            reading = if width(again) < width(reading) { again } else { reading };
        }
        Ok(Some(self.watch.look(reading)).filter(|nanoseconds| *nanoseconds != 0))
    }

    /// The clock, between two readings of the machine's raw time.
    fn read_beside_raw(&self) -> Result<Reading, Error> {
        let before = now(KernelClock::MonotonicRaw);
        let time = self.id.read().map_err(|error| self.error("read", error))?;
        Ok((before, time, now(KernelClock::MonotonicRaw)))
    }

    /// Makes the clock run `frequency` faster than its oscillator by itself would. Absolute.
    ///
    /// # Errors
    /// [`Error::FrequencyOutOfRange`] beyond [`Phc::limits`]; nothing is changed then. When the device is gone.
    pub fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Error> {
        if frequency.clamp_to(self.limits.max_frequency) != frequency {
            return Err(Error::FrequencyOutOfRange);
        }
        self.id.set_frequency(frequency.scaled_ppm().into()).map_err(|error| self.error("steer", error))?;
        self.frequency = frequency;
        self.watch.steer(now(KernelClock::MonotonicRaw), frequency);
        Ok(())
    }

    /// The frequency that was set last, or was found when the device was opened.
    #[must_use]
    pub const fn frequency(&self) -> FrequencyOffset {
        self.frequency
    }

    /// What the clock can do, as its driver says.
    #[must_use]
    pub const fn limits(&self) -> ClockLimits {
        self.limits
    }

    /// Reads this clock and the system clock for the same moment, by the best way that the driver offers: both at once by
    /// hardware, or the shortest of `readings` (1 to 25).
    ///
    /// # Errors
    /// When the device is gone.
    pub fn compare(&mut self, readings: u8) -> Result<CrossStamp, Error> {
        loop {
            let found = match self.method {
                CrossMethod::Precise => device::compare_precise(self.device.as_fd()),
                CrossMethod::Extended => device::compare_extended(self.device.as_fd(), readings),
                CrossMethod::Basic => device::compare_basic(self.device.as_fd(), readings),
            };
            match (found, self.method.next()) {
                (Ok(comparison), _) => return Ok(CrossStamp::new(comparison, self.method)),
                // Not offered: remembered, so that it is asked for once.
                (Err(error), Some(next)) if is_unknown(&error) => self.method = next,
                (Err(error), _) => return Err(self.error("compare with the system clock", error)),
            }
        }
    }

    fn error(&self, what: &str, error: io::Error) -> Error {
        match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM) => Error::NoAccess { path: self.path.clone() },
            Some(libc::ERANGE) => Error::FrequencyOutOfRange,
            _ => Error::system(format!("{what} {}", self.path), error),
        }
    }
}

/// Readings of which the shortest counts, where the hardware does not read both at once.
const READINGS: u8 = 3;
/// A reading of a device within so many nanoseconds was not interrupted.
const WIDTH: i64 = 20_000;
/// So often a reading is repeated that was.
const MOST_READINGS: u8 = 3;

const fn width((before, _, after): Reading) -> i64 {
    after.saturating_sub(before)
}

/// The driver or the kernel does not know the request.
fn is_unknown(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::ENOTTY | libc::EINVAL | libc::ENOSYS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_clock_is_named() {
        let text = Phc::open("/dev/null").unwrap_err().to_string();
        assert!(text.starts_with("cannot use /dev/null as a PTP hardware clock: "), "{text}");
        let text = Phc::open("/dev/ptp-none").unwrap_err().to_string();
        assert!(text.starts_with("cannot open /dev/ptp-none: "), "{text}");
    }

    #[test]
    fn an_interface_without_a_clock_is_named() {
        let text = Phc::of_interface("lo").unwrap_err().to_string();
        assert!(text.starts_with("interface lo has no hardware time stamps: "), "{text}");
    }
}
