//! What a clock says of itself as grandmaster, and UTC.

use crate::board::SyntoneTimestamp;
use crate::clock::SyntoneClock;
use crate::config::SyntoneConfigError;
use crate::pointer::{check, check_sized, read_sized, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::on_clock;
use core::time::Duration;
use syntone::datasets::TimePropertiesDs;
use syntone::reference::{Degradation, HoldoverUpgrade};
use syntone::utc::UtcTime;
use syntone::wire::{ClockAccuracy, ClockClass, ClockQuality, Flags, TimeSource};

/// What a clock says of itself as grandmaster; the members are those of syntone_config.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneGrandmaster {
    /// sizeof(syntone_grandmaster); set it before the call.
    pub struct_size: u32,
    /// defaultDS.clockQuality.clockClass.
    pub clock_class: u8,
    /// defaultDS.clockQuality.clockAccuracy.
    pub clock_accuracy: u8,
    /// defaultDS.clockQuality.offsetScaledLogVariance.
    pub offset_scaled_log_variance: u16,
    /// timePropertiesDS.currentUtcOffset, in seconds.
    pub current_utc_offset: i16,
    /// SYNTONE_TIME_... A leap flag means the end of the present UTC day; the clock makes the leap then and takes it back.
    pub time_flags: u16,
    /// timePropertiesDS.timeSource.
    pub time_source: u8,
    /// 0.
    pub reserved: [u8; 3],
}
sized!(SyntoneGrandmaster);

/// What a clock is while it serves with its holdover, after it was locked to a grandmaster of clockClass 6 or 13 and has lost it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneHoldoverUpgrade {
    /// sizeof(syntone_holdover_upgrade); set it before each call.
    pub struct_size: u32,
    /// holdoverUpgradeDS.enable: 0 or not 0; management may set it.
    pub enable: u8,
    /// Its clockClass after specification: not 0, 52 or 58, which follows no other master; 0, 187 or 193, which follows a better one.
    pub never_slave: u8,
    /// clockAccuracy while it keeps its promise.
    pub clock_accuracy: u8,
    /// Told alone: 1, the clock is upgraded now. What is set does not matter.
    pub upgraded: u8,
    /// How long its oscillator keeps what it promises, from the loss of the grandmaster on, in nanoseconds; 0: it promises nothing.
    pub specification: u64,
    /// offsetScaledLogVariance while it keeps its promise.
    pub offset_scaled_log_variance: u16,
    /// 0.
    pub reserved: [u8; 6],
}
sized!(SyntoneHoldoverUpgrade);

/// A moment of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneUtc {
    /// Year of the Gregorian calendar.
    pub year: i32,
    /// Nanoseconds, below 10^9.
    pub nanoseconds: u32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60: an inserted leap second is 60.
    pub second: u8,
    /// 1: the grandmaster vouches for it now. 0: somebody did before.
    pub current: u8,
}

impl SyntoneGrandmaster {
    pub(crate) const fn quality(&self) -> ClockQuality {
        ClockQuality {
            clock_class: ClockClass(self.clock_class),
            clock_accuracy: ClockAccuracy(self.clock_accuracy),
            offset_scaled_log_variance: self.offset_scaled_log_variance,
        }
    }

    pub(crate) const fn time_properties(&self) -> TimePropertiesDs {
        let flags = Flags::from_bits_retain(self.time_flags);
        TimePropertiesDs::new(self.current_utc_offset, flags, TimeSource(self.time_source))
    }
}

impl SyntoneHoldoverUpgrade {
    fn new(settings: &HoldoverUpgrade, upgraded: bool) -> Self {
        Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            enable: u8::from(settings.enable),
            never_slave: u8::from(settings.degradation == Degradation::NeverSlave),
            clock_accuracy: settings.quality.clock_accuracy.0,
            upgraded: u8::from(upgraded),
            specification: u64::try_from(settings.specification.as_nanos()).unwrap_or(u64::MAX),
            offset_scaled_log_variance: settings.quality.offset_scaled_log_variance,
            reserved: [0; 6],
        }
    }

    const fn settings(&self) -> HoldoverUpgrade {
        HoldoverUpgrade {
            enable: self.enable != 0,
            specification: Duration::from_nanos(self.specification),
            degradation: if self.never_slave == 0 { Degradation::MaySlave } else { Degradation::NeverSlave },
            quality: ClockQuality {
                clock_class: ClockClass::DEFAULT,
                clock_accuracy: ClockAccuracy(self.clock_accuracy),
                offset_scaled_log_variance: self.offset_scaled_log_variance,
            },
        }
    }
}

impl SyntoneUtc {
    pub(crate) fn new(utc: UtcTime, current: bool) -> Self {
        let ((year, month, day), (hour, minute, second)) = (utc.date(), utc.time_of_day());
        Self { year, nanoseconds: utc.nanos(), month, day, hour, minute, second, current: u8::from(current) }
    }
}

/// Changes what the clock says of itself as grandmaster, while it runs. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
/// `error`, which may be NULL, names the rule that is broken.
///
/// # Safety
/// As syntone_clock_run_once(); `grandmaster` and `error` are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_grandmaster(
    clock: *mut SyntoneClock,
    grandmaster: *const SyntoneGrandmaster,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let grandmaster = read_sized(grandmaster)?;
            let set = on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.set_grandmaster(now, grandmaster.quality(), grandmaster.time_properties())
            });
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Lets a clock that was locked to a grandmaster of clockClass 6 or 13 and has lost it be grandmaster itself with what its oscillator holds:
/// as clockClass 7 or 14 within its specification and degraded after it, as long as that makes it the best of all that are heard. IEEE
/// 1588-2019 16.4. With SYNTONE_RESULT_BAD_CONFIG it is slaveOnly, and nothing changes.
///
/// # Safety
/// As syntone_clock_run_once(); `upgrade` and `error` are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_holdover_upgrade(
    clock: *mut SyntoneClock,
    upgrade: *const SyntoneHoldoverUpgrade,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let upgrade = read_sized(upgrade)?;
            let set = on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.set_holdover_upgrade(now, upgrade.settings())
            });
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Writes the settings of the upgrade, and whether it is in effect, to `upgrade`. SYNTONE_RESULT_OUT_OF_RANGE: it was never set.
///
/// # Safety
/// As syntone_clock_run_once(); `upgrade` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_holdover_upgrade_state(
    clock: *mut SyntoneClock,
    upgrade: *mut SyntoneHoldoverUpgrade,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(upgrade)?;
            let found = on_clock!(clock, |machine| {
                let upgraded = machine.clock.is_upgraded();
                machine.clock.holdover_upgrade().map(|settings| SyntoneHoldoverUpgrade::new(settings, upgraded))
            });
            write(upgrade, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Sets `*utc` to UTC at PTP time `time`, by what the grandmaster announces: right on each second, also in and around leap
/// seconds. SYNTONE_RESULT_OUT_OF_RANGE: no grandmaster has told it yet, or its timescale is arbitrary; or `time` is not in the
/// range of a clock.
///
/// # Safety
/// As syntone_clock_run_once(); `time` and `utc` are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_utc(
    clock: *mut SyntoneClock,
    time: *const SyntoneTimestamp,
    utc: *mut SyntoneUtc,
) -> SyntoneResult {
    let get = || -> Checked {
        check(time)?;
        check(utc)?;
        // SAFETY: not null, aligned, and the caller promises what is there.
        let time = unsafe { time.read() }.checked().ok_or(SyntoneResult::OutOfRange)?;
        // SAFETY: as promised.
        let found = unsafe {
            on_clock!(clock, |machine| {
                let utc = machine.clock.utc();
                utc.scale().map(|scale| SyntoneUtc::new(scale.utc(time), utc.is_current()))
            })
        };
        // SAFETY: as promised.
        unsafe { write(utc, found.ok_or(SyntoneResult::OutOfRange)?) }
    };
    finish(get())
}
