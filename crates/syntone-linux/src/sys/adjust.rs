//! Reading and steering those clocks of the kernel that can be steered.

use super::check;
use super::time::{nanos, widen};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// A clock that can be steered, as the clock calls name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockId(libc::clockid_t);

/// How the kernel keeps its time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Discipline {
    /// Units of 2⁻¹⁶ ppm.
    pub(crate) frequency: i64,
    /// Microseconds in 1/100 s, nominally 10 000.
    pub(crate) tick: i64,
    /// TAI − UTC in seconds; 0 where nobody has told the kernel.
    pub(crate) tai_offset: i32,
    /// The flags `STA_…`.
    pub(crate) status: i32,
}

impl ClockId {
    /// The time of day.
    pub(crate) const REALTIME: Self = Self(libc::CLOCK_REALTIME);

    /// The clock behind an open device; valid as long as it is open.
    pub(crate) fn of_device(device: BorrowedFd<'_>) -> Self {
        // As `linux/posix-timers.h` makes it.
        Self((!device.as_raw_fd() << 3) | 3)
    }

    /// Nanoseconds on this clock.
    ///
    /// # Errors
    /// ENODEV when the device is gone.
    pub(crate) fn read(self) -> io::Result<i64> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid, exclusive pointer for the length of the call.
        check(unsafe { libc::clock_gettime(self.0, &raw mut time) })?;
        Ok(nanos(&time))
    }

    /// Adds `nanoseconds` in one step.
    ///
    /// # Errors
    /// EPERM; EINVAL when the clock would leave its range; ENODEV.
    pub(crate) fn step(self, nanoseconds: i64) -> io::Result<()> {
        let mut request = empty();
        request.modes = libc::ADJ_SETOFFSET | libc::ADJ_NANO;
        request.time.tv_sec = narrow(nanoseconds.div_euclid(1_000_000_000))?;
        // Nanoseconds by ADJ_NANO; never negative.
        request.time.tv_usec = narrow(nanoseconds.rem_euclid(1_000_000_000))?;
        self.adjust(&mut request)
    }

    /// Sets the frequency, in units of 2⁻¹⁶ ppm.
    ///
    /// # Errors
    /// EPERM, ERANGE, ENODEV.
    pub(crate) fn set_frequency(self, scaled_ppm: i64) -> io::Result<()> {
        let mut request = empty();
        request.modes = libc::ADJ_FREQUENCY;
        request.freq = narrow(scaled_ppm)?;
        self.adjust(&mut request)
    }

    /// Sets both parts of the frequency of the time of day.
    ///
    /// # Errors
    /// EPERM; EINVAL for a tick beyond 10 %.
    pub(crate) fn set_tick_and_frequency(self, tick: i64, scaled_ppm: i64) -> io::Result<()> {
        let mut request = empty();
        request.modes = libc::ADJ_FREQUENCY | libc::ADJ_TICK;
        request.freq = narrow(scaled_ppm)?;
        request.tick = narrow(tick)?;
        self.adjust(&mut request)
    }

    /// Tells the kernel TAI − UTC, in seconds.
    ///
    /// # Errors
    /// EPERM, EINVAL.
    pub(crate) fn set_tai_offset(self, seconds: i32) -> io::Result<()> {
        let mut request = empty();
        request.modes = libc::ADJ_TAI;
        request.constant = seconds.into();
        self.adjust(&mut request)
    }

    /// Sets the flags `STA_…`, and the largest and the estimated error in microseconds.
    ///
    /// # Errors
    /// EPERM.
    pub(crate) fn set_status(self, status: i32, max_error: u32, estimated_error: u32) -> io::Result<()> {
        let mut request = empty();
        request.modes = libc::ADJ_STATUS | libc::ADJ_MAXERROR | libc::ADJ_ESTERROR;
        request.status = status;
        request.maxerror = narrow(max_error.into())?;
        request.esterror = narrow(estimated_error.into())?;
        self.adjust(&mut request)
    }

    /// How the clock is kept now. Of a device only the frequency is known.
    ///
    /// # Errors
    /// ENODEV, EOPNOTSUPP.
    pub(crate) fn discipline(self) -> io::Result<Discipline> {
        let mut answer = empty();
        self.adjust(&mut answer)?;
        Ok(Discipline {
            frequency: widen(answer.freq),
            tick: widen(answer.tick),
            tai_offset: answer.tai,
            status: answer.status,
        })
    }

    fn adjust(self, request: &mut libc::timex) -> io::Result<()> {
        // The machine that runs the unit tests keeps its time.
        #[cfg(test)]
        assert!(self != Self::REALTIME || request.modes == 0, "a test must not touch the machine's clock");
        // SAFETY: `request` is a valid, exclusive pointer for the length of the call.
        check(unsafe { libc::clock_adjtime(self.0, request) })?;
        Ok(())
    }
}

fn empty() -> libc::timex {
    // SAFETY: an all-zero `timex` is a valid value: a request that changes nothing.
    unsafe { std::mem::zeroed() }
}

/// The fields of a `timex` are narrower on some machines.
fn narrow<T: TryFrom<i64>>(value: i64) -> io::Result<T> {
    T::try_from(value).map_err(|_| io::Error::from_raw_os_error(libc::ERANGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day_can_be_looked_at_without_a_right_to_it() {
        let discipline = ClockId::REALTIME.discipline().unwrap();
        assert!((9_000..=11_000).contains(&discipline.tick), "{discipline:?}");
        assert!(ClockId::REALTIME.read().unwrap() > 1_600_000_000_000_000_000);
    }

    #[test]
    #[should_panic(expected = "must not touch the machine's clock")]
    fn a_unit_test_cannot_touch_the_machines_clock() {
        let _ = ClockId::REALTIME.set_frequency(0);
    }
}
