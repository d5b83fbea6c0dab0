//! What was measured in each quarter of an hour and each day.

use crate::clock::{SYNTONE_CLOCK_ALIGN, SyntoneClock};
use crate::pointer::{Sized32, check, check_sized, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::{Machine, on_clock};
use core::ffi::c_void;
use syntone::config::ConfigError;
use syntone::performance::{Observed, Observer, PerformanceMonitor, PortRecord, Record, Spread, index};
use syntone::servo::{DelaySample, LockState, PiServo, SyncSample};
use syntone::wire::MessageType;
use syntone::{Clock, performance};
use syntone_hal::{ClockHal, Instant, PortIndex};

/// Number of a record: the quarter of an hour that runs. Those that are over follow, the newest first.
pub const SYNTONE_PERFORMANCE_CURRENT_QUARTER: u16 = 0;
/// Number of a record: the oldest quarter of an hour.
pub const SYNTONE_PERFORMANCE_OLDEST_QUARTER: u16 = 96;
/// Number of a record: the day that runs.
pub const SYNTONE_PERFORMANCE_CURRENT_DAY: u16 = 97;
/// Number of a record: the day before.
pub const SYNTONE_PERFORMANCE_PREVIOUS_DAY: u16 = 98;

/// Of a value in a record: it was not measured.
pub const SYNTONE_NOT_MEASURED: i64 = 0x7FFF_FFFF_FFFF_FFFF;

/// Storage for performance records without those of ports, in octets.
pub const SYNTONE_PERFORMANCE_SIZE_BASE: usize = 18_432;
/// Storage for performance records of each port, in octets.
pub const SYNTONE_PERFORMANCE_SIZE_PORT: usize = 11_264;

const _: () = {
    assert!(SYNTONE_PERFORMANCE_CURRENT_QUARTER == index::CURRENT_QUARTER);
    assert!(SYNTONE_PERFORMANCE_OLDEST_QUARTER == index::OLDEST_QUARTER);
    assert!(SYNTONE_PERFORMANCE_CURRENT_DAY == index::CURRENT_DAY);
    assert!(SYNTONE_PERFORMANCE_PREVIOUS_DAY == index::PREVIOUS_DAY);
    assert!(SYNTONE_NOT_MEASURED == performance::NOT_MEASURED.scaled());
};

/// What a record tells of one quantity in its period, each in units of 2^-16 ns or SYNTONE_NOT_MEASURED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneSpread {
    /// The average.
    pub average: i64,
    /// The smallest.
    pub minimum: i64,
    /// The largest.
    pub maximum: i64,
    /// The standard deviation of the population.
    pub standard_deviation: i64,
}

/// What was measured in one period while the clock was locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePerformance {
    /// sizeof(syntone_performance); set it before the call.
    pub struct_size: u32,
    /// pmTime: when it began, by monotonic of the HAL in units of 10 ms. Wraps after 497 days.
    pub pm_time: u32,
    /// 1: something was measured.
    pub measurement_valid: u8,
    /// 1: it is over, and was monitored throughout.
    pub period_complete: u8,
    /// 0.
    pub reserved: [u8; 6],
    /// t2 - t1 less corrections.
    pub master_slave_delay: SyntoneSpread,
    /// t4 - t3 less corrections.
    pub slave_master_delay: SyntoneSpread,
    /// meanPathDelay, each exchange by itself.
    pub mean_path_delay: SyntoneSpread,
    /// offsetFromMaster.
    pub offset_from_master: SyntoneSpread,
}
sized!(SyntonePerformance);

/// What was measured and counted on one port in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePortPerformance {
    /// sizeof(syntone_port_performance); set it before the call.
    pub struct_size: u32,
    /// Announces sent.
    pub announce_tx: u32,
    /// Announces received from the parent.
    pub announce_rx: u32,
    /// Announces received from other masters.
    pub announce_foreign_master_rx: u32,
    /// Syncs sent.
    pub sync_tx: u32,
    /// Syncs received.
    pub sync_rx: u32,
    /// Follow_Ups sent.
    pub follow_up_tx: u32,
    /// Follow_Ups received.
    pub follow_up_rx: u32,
    /// Delay_Reqs sent.
    pub delay_req_tx: u32,
    /// Delay_Reqs received.
    pub delay_req_rx: u32,
    /// Delay_Resps sent.
    pub delay_resp_tx: u32,
    /// Delay_Resps received.
    pub delay_resp_rx: u32,
    /// Pdelay_Reqs sent.
    pub pdelay_req_tx: u32,
    /// Pdelay_Reqs received.
    pub pdelay_req_rx: u32,
    /// Pdelay_Resps sent.
    pub pdelay_resp_tx: u32,
    /// Pdelay_Resps received.
    pub pdelay_resp_rx: u32,
    /// Pdelay_Resp_Follow_Ups sent.
    pub pdelay_resp_follow_up_tx: u32,
    /// Pdelay_Resp_Follow_Ups received.
    pub pdelay_resp_follow_up_rx: u32,
    /// meanLinkDelay.
    pub mean_link_delay: SyntoneSpread,
}
sized!(SyntonePortPerformance);

pub(crate) type Monitor<const PORTS: usize> = PerformanceMonitor<PORTS, 96>;

/// The servo of a clock, and who sees its samples where storage for that is lent.
pub(crate) type Steering<const PORTS: usize> = Observed<PiServo, Watch<PORTS>>;

/// The monitor, and how many answers to Pdelay_Reqs each port had when it was looked at last.
pub(crate) struct Watch<const PORTS: usize> {
    monitor: Option<&'static mut Monitor<PORTS>>,
    answers: [u32; PORTS],
}

impl<const PORTS: usize> Observer for Watch<PORTS> {
    fn sync(&mut self, sample: &SyncSample, lock_state: LockState) {
        if let Some(monitor) = &mut self.monitor {
            Observer::sync(*monitor, sample, lock_state);
        }
    }

    fn delay(&mut self, sample: &DelaySample, lock_state: LockState) {
        if let Some(monitor) = &mut self.monitor {
            Observer::delay(*monitor, sample, lock_state);
        }
    }
}

pub(crate) const fn steering<const PORTS: usize>(servo: PiServo) -> Steering<PORTS> {
    Observed { servo, observer: Watch { monitor: None, answers: [0; PORTS] } }
}

/// Takes what the ports have counted and measured in a turn to the records.
pub(crate) fn look<const PORTS: usize>(clock: &mut Clock<PORTS, Steering<PORTS>>, now: Instant) {
    let watch = &mut clock.servo_mut().observer;
    let (Some(monitor), mut answers) = (watch.monitor.take(), watch.answers) else { return };
    for (port, before) in (0..).map(PortIndex).zip(&mut answers) {
        let Some(counters) = clock.counters(port) else { continue };
        monitor.counters(now, port, counters);
        // Where the neighbour answers in two steps, the second one completes the measurement.
        let [one, two] = [MessageType::PDELAY_RESP, MessageType::PDELAY_RESP_FOLLOW_UP];
        let completed = if counters.received(two) == 0 { counters.received(one) } else { counters.received(two) };
        let measured = clock.peer_link(port).and_then(|link| link.mean_link_delay);
        if let Some(mean_link_delay) = measured.filter(|_| completed != *before) {
            monitor.link_delay(now, port, mean_link_delay);
        }
        *before = completed;
    }
    clock.servo_mut().observer = Watch { monitor: Some(monitor), answers };
}

/// How many octets syntone_clock_measure_performance() needs for a clock with `ports` ports, aligned to SYNTONE_CLOCK_ALIGN; 0 if this
/// library cannot have so many ports. SYNTONE_PERFORMANCE_SIZE(ports) is as much or more, and a constant.
#[unsafe(no_mangle)]
pub extern "C" fn syntone_performance_size(ports: u8) -> usize {
    crate::slot::size_of_monitor(ports)
}

/// Measures from now on how well the clock follows its master, in quarters of an hour, of which 96 are kept, and days. `passed` is how many
/// nanoseconds of the operator's day have passed: periods end with those of that day; 0: a day begins now. Without this nothing is
/// measured. The storage of `size` octets belongs to the clock as long as it is used; for a moment as much stack may be needed.
///
/// # Safety
/// As syntone_clock_run_once(); `storage` is NULL or points to `size` octets that nobody else uses as long as the clock is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_measure_performance(
    clock: *mut SyntoneClock,
    storage: *mut c_void,
    size: usize,
    passed: u64,
) -> SyntoneResult {
    let lend = || -> Checked {
        // SAFETY: as promised.
        unsafe { on_clock!(clock, |machine| machine.measure(storage, size, passed)) }
    };
    finish(lend())
}

/// Writes a record by its number, one of SYNTONE_PERFORMANCE_... or between, to `record`. SYNTONE_RESULT_OUT_OF_RANGE: it is not there, or not
/// yet, or nothing is measured.
///
/// # Safety
/// As syntone_clock_run_once(); `record` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_performance(
    clock: *mut SyntoneClock,
    number: u16,
    record: *mut SyntonePerformance,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(record)?;
            let found = on_clock!(clock, |machine| machine.record(number).as_ref().map(SyntonePerformance::new));
            write(record, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Writes what a record tells of a port, from 0, to `record`. SYNTONE_RESULT_OUT_OF_RANGE: as syntone_clock_performance(), or there is no such
/// port.
///
/// # Safety
/// As syntone_clock_run_once(); `record` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_port_performance(
    clock: *mut SyntoneClock,
    port: u8,
    number: u16,
    record: *mut SyntonePortPerformance,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(record)?;
            let found = on_clock!(clock, |machine| {
                let found = machine.record(number);
                found.and_then(|found| found.ports.get(usize::from(port)).map(SyntonePortPerformance::new))
            });
            write(record, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

impl<const PORTS: usize> Machine<PORTS> {
    /// # Safety
    /// As [`syntone_clock_measure_performance`].
    unsafe fn measure(&mut self, storage: *mut c_void, size: usize, passed: u64) -> Checked {
        const { assert!(align_of::<Monitor<PORTS>>() <= SYNTONE_CLOCK_ALIGN) };
        let place = storage.cast::<Monitor<PORTS>>();
        check(place)?;
        if size < size_of::<Monitor<PORTS>>() {
            return Err(SyntoneResult::StorageTooSmall);
        }
        let now = self.board.monotonic();
        let watch = &mut self.clock.servo_mut().observer;
        // It may be lent again in the next line.
        watch.monitor = None;
        // SAFETY: not null, aligned, large enough, and nobody else's.
        watch.monitor = Some(unsafe {
            place.write(Monitor::aligned(now, passed));
            &mut *place
        });
        Ok(())
    }

    /// The records as of now; `None` if nothing can be measured.
    pub(crate) fn monitor(&mut self) -> Option<&Monitor<PORTS>> {
        let now = self.board.monotonic();
        let monitor = self.clock.servo_mut().observer.monitor.as_mut()?;
        monitor.advance(now);
        Some(monitor)
    }

    fn record(&mut self, number: u16) -> Option<Record<PORTS>> {
        self.monitor()?.record(number)
    }

    /// performanceMonitoringDS.enable; `None` if nothing can be measured.
    pub(crate) fn measures(&self) -> Option<bool> {
        Some(self.clock.servo().observer.monitor.as_ref()?.is_enabled())
    }

    pub(crate) fn set_measures(&mut self, enable: bool) -> Result<(), ConfigError> {
        let now = self.board.monotonic();
        match &mut self.clock.servo_mut().observer.monitor {
            Some(monitor) => monitor.set_enabled(now, enable),
            None if enable => {
                let option = "performanceMonitoringDS.enable without storage";
                return Err(ConfigError { option, value: 1, min: 0, max: 0 });
            }
            None => {}
        }
        Ok(())
    }
}

/// Octets of a monitor.
pub(crate) const fn size_of_monitor<const PORTS: usize>() -> usize {
    size_of::<Monitor<PORTS>>()
}

impl SyntoneSpread {
    const fn new(spread: &Spread) -> Self {
        Self {
            average: spread.average.scaled(),
            minimum: spread.minimum.scaled(),
            maximum: spread.maximum.scaled(),
            standard_deviation: spread.standard_deviation.scaled(),
        }
    }
}

impl SyntonePerformance {
    fn new<const PORTS: usize>(record: &Record<PORTS>) -> Self {
        Self {
            struct_size: Self::SIZE,
            pm_time: record.pm_time,
            measurement_valid: u8::from(record.measurement_valid),
            period_complete: u8::from(record.period_complete),
            reserved: [0; 6],
            master_slave_delay: SyntoneSpread::new(&record.master_slave_delay),
            slave_master_delay: SyntoneSpread::new(&record.slave_master_delay),
            mean_path_delay: SyntoneSpread::new(&record.mean_path_delay),
            offset_from_master: SyntoneSpread::new(&record.offset_from_master),
        }
    }
}

impl SyntonePortPerformance {
    fn new(record: &PortRecord) -> Self {
        let counts = &record.counts;
        Self {
            struct_size: Self::SIZE,
            announce_tx: counts.announce_tx,
            announce_rx: counts.announce_rx,
            announce_foreign_master_rx: counts.announce_foreign_master_rx,
            sync_tx: counts.sync_tx,
            sync_rx: counts.sync_rx,
            follow_up_tx: counts.follow_up_tx,
            follow_up_rx: counts.follow_up_rx,
            delay_req_tx: counts.delay_req_tx,
            delay_req_rx: counts.delay_req_rx,
            delay_resp_tx: counts.delay_resp_tx,
            delay_resp_rx: counts.delay_resp_rx,
            pdelay_req_tx: counts.pdelay_req_tx,
            pdelay_req_rx: counts.pdelay_req_rx,
            pdelay_resp_tx: counts.pdelay_resp_tx,
            pdelay_resp_rx: counts.pdelay_resp_rx,
            pdelay_resp_follow_up_tx: counts.pdelay_resp_follow_up_tx,
            pdelay_resp_follow_up_rx: counts.pdelay_resp_follow_up_rx,
            mean_link_delay: SyntoneSpread::new(&record.mean_link_delay),
        }
    }
}

const _: () = {
    let of_one = SYNTONE_PERFORMANCE_SIZE_BASE.saturating_add(SYNTONE_PERFORMANCE_SIZE_PORT);
    assert!(size_of_monitor::<1>() <= of_one);
    let of_ports = SYNTONE_PERFORMANCE_SIZE_PORT.saturating_mul(8);
    assert!(size_of_monitor::<8>() <= SYNTONE_PERFORMANCE_SIZE_BASE.saturating_add(of_ports));
};
