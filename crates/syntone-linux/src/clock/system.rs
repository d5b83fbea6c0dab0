//! The machine's time of day as a PTP clock.

use super::watch::{Reading, StepWatch, read_kernel};
use crate::Error;
use crate::sys::adjust::ClockId;
use std::io;
use syntone_hal::{ClockLimits, FrequencyOffset, Timestamp};

/// A leap second at the end of this UTC day, which the kernel makes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leap {
    /// None.
    #[default]
    None,
    /// One is inserted: the last minute has 61 s.
    Insert,
    /// One is left out: the last minute has 59 s.
    Delete,
}

/// CLOCK_REALTIME, which counts UTC, as a clock of PTP time.
///
/// PTP time is UTC and the offset that is given. The kernel is told that offset, too; over a leap second that it makes, it
/// changes both at once, so that PTP time goes on undisturbed.
///
/// It is the machine's: what is done to it is done to every program, and stays when this value is dropped.
#[derive(Debug)]
pub struct SystemClock {
    watch: StepWatch,
    tai_offset: i32,
    frequency: FrequencyOffset,
    /// Stamps before this moment were taken before the machine's time was stepped.
    valid_from: i64,
    /// Steps of PTP time by others that nobody has asked for yet.
    stepped_by_others: i64,
    read: fn() -> Reading,
    kernel_tai_offset: fn() -> Option<i32>,
}

impl SystemClock {
    /// The largest offset that [`SystemClock::set_frequency`] accepts.
    pub const MAX_FREQUENCY: FrequencyOffset = FrequencyOffset::from_ppb(32_000_000);

    /// Takes the machine's time of day into our hands, with PTP time `tai_offset` seconds ahead of it. Time and frequency
    /// stay as they are; what another program has told the kernel to correct by and by ends.
    ///
    /// # Errors
    /// [`Error::Permission`] without CAP_SYS_TIME.
    pub fn open(tai_offset: i32) -> Result<Self, Error> {
        let found = ClockId::REALTIME.discipline().map_err(refused)?;
        let status = found.status & !(libc::STA_RONLY | OTHERS_LOOPS | LEAPS);
        ClockId::REALTIME.set_status(status, UNKNOWN_ERROR, UNKNOWN_ERROR).map_err(refused)?;
        ClockId::REALTIME.set_tai_offset(tai_offset).map_err(refused)?;
        let frequency = join(found.tick, found.frequency);
        Ok(Self::over(tai_offset, frequency, read_kernel, kernel_tai_offset))
    }

    fn over(
        tai_offset: i32,
        frequency: FrequencyOffset,
        read: fn() -> Reading,
        kernel_tai_offset: fn() -> Option<i32>,
    ) -> Self {
        let (watch, _) = StepWatch::start(read());
        Self { watch, tai_offset, frequency, valid_from: i64::MIN, stepped_by_others: 0, read, kernel_tai_offset }
    }

    /// Reads the clock, as PTP time.
    pub fn now(&mut self) -> Timestamp {
        let kernel = self.kernel_now();
        self.at(kernel)
    }

    /// Adds `nanoseconds` in one step.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn step(&mut self, nanoseconds: i64) -> Result<(), Error> {
        self.kernel_now();
        ClockId::REALTIME.step(nanoseconds).map_err(refused)?;
        // The watch sees this step, too: what is more was of others.
        self.kernel_now();
        self.stepped_by_others = self.stepped_by_others.saturating_sub(nanoseconds);
        Ok(())
    }

    /// How far another program has stepped PTP time since this was asked last, in nanoseconds; a leap second of the kernel is none.
    pub fn stepped_by_others(&mut self) -> Option<i64> {
        self.kernel_now();
        let stepped = std::mem::take(&mut self.stepped_by_others);
        (stepped.abs() > SEEN_STEP).then_some(stepped)
    }

    /// Makes the clock run `frequency` faster than its oscillator by itself would. Absolute. Beyond 500 ppm it is set
    /// in two parts, of which others see one as the kernel's tick.
    ///
    /// # Errors
    /// [`Error::FrequencyOutOfRange`] beyond [`SystemClock::MAX_FREQUENCY`]; nothing is changed then. When the system refuses it.
    pub fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Error> {
        if frequency.clamp_to(Self::MAX_FREQUENCY) != frequency {
            return Err(Error::FrequencyOutOfRange);
        }
        let (tick, fine) = split(frequency);
        ClockId::REALTIME.set_tick_and_frequency(tick, fine).map_err(refused)?;
        self.frequency = frequency;
        Ok(())
    }

    /// The frequency that was set last, or was found when the clock was taken.
    #[must_use]
    pub const fn frequency(&self) -> FrequencyOffset {
        self.frequency
    }

    /// What the clock can do.
    #[must_use]
    pub const fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: Self::MAX_FREQUENCY, can_step: true }
    }

    /// By how many seconds PTP time is ahead of UTC.
    #[must_use]
    pub const fn tai_offset(&self) -> i32 {
        self.tai_offset
    }

    /// Another offset is the right one: UTC stays, PTP time and the kernel's TAI jump by the difference.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn set_tai_offset(&mut self, seconds: i32) -> Result<(), Error> {
        if seconds != self.tai_offset {
            ClockId::REALTIME.set_tai_offset(seconds).map_err(refused)?;
            self.tai_offset = seconds;
        }
        Ok(())
    }

    /// Tells the kernel of a leap second, and how right the time is: by its largest error in microseconds, `None` while it
    /// is not synchronised. Programs can ask the kernel for both; it also sets the hardware clock of a machine that is.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn tell_kernel(&mut self, leap: Leap, max_error_us: Option<u32>) -> Result<(), Error> {
        let found = ClockId::REALTIME.discipline().map_err(refused)?;
        let status = status(found.status, leap, max_error_us.is_some());
        let error = max_error_us.unwrap_or(UNKNOWN_ERROR);
        ClockId::REALTIME.set_status(status, error, error).map_err(refused)
    }

    /// The machine's time of day, in nanoseconds.
    pub(crate) fn kernel_now(&mut self) -> i64 {
        let (kernel, stepped) = self.watch.read((self.read)());
        if stepped != 0 {
            self.valid_from = kernel;
            // A leap second has changed the offset with the time.
            let tai_offset = (self.kernel_tai_offset)().unwrap_or(self.tai_offset);
            let leap = i64::from(tai_offset - self.tai_offset) * 1_000_000_000;
            self.tai_offset = tai_offset;
            self.stepped_by_others = self.stepped_by_others.saturating_add(stepped).saturating_add(leap);
        }
        kernel
    }

    /// Converts a time stamp of the kernel. `None` if it cannot be trusted: from the future, or from before somebody
    /// stepped the machine's time.
    pub(crate) fn convert(&mut self, kernel_stamp: i64) -> Option<Timestamp> {
        let kernel = self.kernel_now();
        (self.valid_from..=kernel).contains(&kernel_stamp).then(|| self.at(kernel_stamp))
    }

    fn at(&self, kernel: i64) -> Timestamp {
        let ptp = kernel.saturating_add(i64::from(self.tai_offset) * 1_000_000_000);
        Timestamp::from_nanos(u64::try_from(ptp).unwrap_or(0))
    }
}

fn kernel_tai_offset() -> Option<i32> {
    ClockId::REALTIME.discipline().ok().map(|found| found.tai_offset)
}

fn refused(error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::EPERM) => Error::Permission { what: "steer the system clock".into(), capability: "cap_sys_time" },
        _ => Error::system("steer the system clock", error),
    }
}

/// A smaller step is what the watch does not know better, in nanoseconds.
const SEEN_STEP: i64 = 10_000;

/// Loops in the kernel by which others steer.
const OTHERS_LOOPS: i32 = libc::STA_PLL | libc::STA_FLL | libc::STA_FREQHOLD | libc::STA_PPSFREQ | libc::STA_PPSTIME;
const LEAPS: i32 = libc::STA_INS | libc::STA_DEL;
/// What the kernel takes for no knowledge: 16 s.
const UNKNOWN_ERROR: u32 = 16_000_000;

/// The flags that the kernel is to have, of which it has `found` now.
fn status(found: i32, leap: Leap, synchronised: bool) -> i32 {
    let leap = match leap {
        Leap::None => 0,
        Leap::Insert => libc::STA_INS,
        Leap::Delete => libc::STA_DEL,
    };
    let unsynchronised = if synchronised { 0 } else { libc::STA_UNSYNC };
    found & !(libc::STA_RONLY | LEAPS | libc::STA_UNSYNC) | leap | unsynchronised
}

/// The kernel's tick without any offset, in microseconds per 1/100 s.
const NOMINAL_TICK: i64 = 10_000;
/// What one of the tick makes: 100 ppm.
const TICK_UNIT: i64 = 100 * 65_536;
/// The largest that is set without the tick: 500 ppm.
const MAX_FINE: i64 = 500 * 65_536;

/// Tick and fine frequency that together make `frequency`.
fn split(frequency: FrequencyOffset) -> (i64, i64) {
    let wanted = i64::from(frequency.scaled_ppm());
    if wanted.abs() <= MAX_FINE {
        return (NOMINAL_TICK, wanted);
    }
    let ticks = wanted / TICK_UNIT;
    (NOMINAL_TICK + ticks, wanted - ticks * TICK_UNIT)
}

fn join(tick: i64, fine: i64) -> FrequencyOffset {
    let scaled = (tick - NOMINAL_TICK).saturating_mul(TICK_UNIT).saturating_add(fine);
    FrequencyOffset::from_scaled_ppm(i32::try_from(scaled).unwrap_or(0)).clamp_to(SystemClock::MAX_FREQUENCY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const SECOND: i64 = 1_000_000_000;

    thread_local! {
        static KERNEL: Cell<Reading> = const { Cell::new((0, 0, 0)) };
        static TAI_OFFSET: Cell<i32> = const { Cell::new(37) };
    }

    /// The kernel's clocks show these times from now on.
    fn set_kernel(monotonic: i64, real: i64) {
        KERNEL.set((monotonic - 10, real, monotonic + 10));
    }

    fn clock() -> SystemClock {
        SystemClock::over(37, FrequencyOffset::ZERO, || KERNEL.get(), || Some(TAI_OFFSET.get()))
    }

    /// IEEE 1588-2019 7.2.2
    #[test]
    fn ptp_time_is_ahead_of_utc_by_the_offset() {
        set_kernel(10 * SECOND, 1000 * SECOND);
        assert_eq!(clock().now(), Timestamp::from_nanos(1_037_000_000_000));
        assert_eq!(clock().convert(999 * SECOND), Some(Timestamp::from_nanos(1_036_000_000_000)));
        assert_eq!(clock().convert(1001 * SECOND), None);
    }

    #[test]
    fn a_leap_second_of_the_kernel_does_not_disturb_ptp_time() {
        set_kernel(10 * SECOND, 1000 * SECOND);
        let mut clock = clock();
        let start = clock.now();
        TAI_OFFSET.set(38);
        set_kernel(11 * SECOND, 1000 * SECOND + 7);
        assert_eq!(clock.now().nanos_since(start), SECOND + 7);
        assert_eq!(clock.tai_offset(), 38);
        assert_eq!(clock.stepped_by_others(), None);
        // Stamped before the leap, handed over after it.
        assert_eq!(clock.convert(1000 * SECOND + 900_000_000), None);
        assert_eq!(clock.convert(1000 * SECOND), None);
    }

    #[test]
    fn a_step_of_somebody_else_is_a_step_of_ptp_time() {
        set_kernel(10 * SECOND, 1000 * SECOND);
        let mut clock = clock();
        let start = clock.now();
        set_kernel(11 * SECOND, 4601 * SECOND);
        assert_eq!(clock.now().nanos_since(start), 3601 * SECOND);
        assert_eq!(clock.stepped_by_others(), Some(3600 * SECOND));
        assert_eq!(clock.stepped_by_others(), None, "told once");
        assert_eq!(clock.convert(1000 * SECOND + 5), None);
    }

    #[test]
    fn a_large_frequency_is_set_in_two_parts() {
        let ppm = |ppm: i32| FrequencyOffset::from_scaled_ppm(ppm * 65_536);
        assert_eq!(split(ppm(500)), (10_000, 500 * 65_536));
        assert_eq!(split(ppm(-500)), (10_000, -500 * 65_536));
        assert_eq!(split(ppm(520)), (10_005, 20 * 65_536));
        assert_eq!(split(ppm(-30_020)), (9_700, -20 * 65_536));
        for scaled in [0, 1, -1, 40_000_000, -2_000_000_001, 2_097_152_000] {
            let (tick, fine) = split(FrequencyOffset::from_scaled_ppm(scaled));
            assert!((9_000..=11_000).contains(&tick) && fine.abs() <= MAX_FINE);
            assert_eq!(join(tick, fine).scaled_ppm(), scaled);
        }
    }

    #[test]
    fn leap_and_synchronisation_are_told_and_nothing_else_is_touched() {
        let found = libc::STA_NANO | libc::STA_UNSYNC | libc::STA_DEL | libc::STA_FREQHOLD;
        assert_eq!(status(found, Leap::Insert, true), libc::STA_INS | libc::STA_FREQHOLD);
        assert_eq!(status(found, Leap::None, false), libc::STA_UNSYNC | libc::STA_FREQHOLD);
        assert_eq!(status(libc::STA_INS, Leap::Delete, true), libc::STA_DEL);
    }
}
