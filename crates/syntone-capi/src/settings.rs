//! Settings that are changed while a clock runs.

use crate::clock::SyntoneClock;
use crate::config::SyntoneConfigError;
use crate::pointer::write;
use crate::result::{SyntoneResult, finish};
use crate::slot::{Machine, on_clock};
use syntone::config::ConfigError;
use syntone::management::Access;
use syntone::port::State;
use syntone_hal::{ClockHal, FrequencyOffset, PortIndex};

/// Setting of a clock: defaultDS.priority1, 0 to 255.
pub const SYNTONE_SETTING_PRIORITY1: u16 = 1;
/// Setting of a clock: defaultDS.priority2, 0 to 255.
pub const SYNTONE_SETTING_PRIORITY2: u16 = 2;
/// Setting of a clock: defaultDS.domainNumber, 0 to 255. A change starts all ports anew.
pub const SYNTONE_SETTING_DOMAIN_NUMBER: u16 = 3;
/// Setting of a clock: defaultDS.slaveOnly, 0 or 1; for one port. clockClass becomes 255, or 248 again. A change starts the port anew.
pub const SYNTONE_SETTING_SLAVE_ONLY: u16 = 4;
/// Setting of a clock: defaultDS.externalPortConfigurationEnabled, 0 or 1: ports are what SYNTONE_SETTING_DESIRED_STATE says.
pub const SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION: u16 = 5;
/// Setting of a clock: pathTraceDS.enable, 0 or 1.
pub const SYNTONE_SETTING_PATH_TRACE: u16 = 6;
/// Setting of a clock: octets that each Announce has at the least, by a PAD TLV: an even number, 64 to 1440. At first 0: no PAD.
pub const SYNTONE_SETTING_ANNOUNCE_LENGTH: u16 = 7;
/// Setting of a clock: performanceMonitoringDS.enable, 0 or 1; see syntone_clock_measure_performance().
pub const SYNTONE_SETTING_PERFORMANCE_MONITORING: u16 = 8;
/// Setting of a port: portDS.portEnable, 0 or 1.
pub const SYNTONE_SETTING_PORT_ENABLE: u16 = 32;
/// Setting of a port: portDS.logAnnounceInterval, -7 to 7.
pub const SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL: u16 = 33;
/// Setting of a port: portDS.announceReceiptTimeout, 2 to 255 announce intervals.
pub const SYNTONE_SETTING_ANNOUNCE_RECEIPT_TIMEOUT: u16 = 34;
/// Setting of a port: portDS.logSyncInterval, -7 to 7.
pub const SYNTONE_SETTING_LOG_SYNC_INTERVAL: u16 = 35;
/// Setting of a port: portDS.logMinPdelayReqInterval, -7 to 7.
pub const SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL: u16 = 36;
/// Setting of a port: portDS.masterOnly, 0 or 1.
pub const SYNTONE_SETTING_MASTER_ONLY: u16 = 37;
/// Setting of a port: externalPortConfigurationPortDS.desiredState, 6 master, 7 passive or 9 slave; one slave at the most.
pub const SYNTONE_SETTING_DESIRED_STATE: u16 = 38;
/// Setting of a port: what management messages that come in by it may do: 0 nothing, 1 ask, 2 ask and change. At first 0.
pub const SYNTONE_SETTING_MANAGEMENT_ACCESS: u16 = 39;
/// Setting of a port: acceptableMasterPortDS.enable, 0 or 1: Announces are considered of those alone of
/// syntone_clock_set_acceptable_masters().
pub const SYNTONE_SETTING_ACCEPTABLE_MASTERS: u16 = 40;
/// Setting of a port: alternateMasterPortDS.numberOfAlternateMasters, 0 to 4: so many of the best beside the master announce themselves, and
/// this port may be one of them. 0: none is remembered either.
pub const SYNTONE_SETTING_ALTERNATE_MASTERS: u16 = 41;
/// Setting of a port: alternateMasterPortDS.transmitAlternateMulticastSync, 0 or 1.
pub const SYNTONE_SETTING_ALTERNATE_SYNC: u16 = 42;
/// Setting of a port: alternateMasterPortDS.logAlternateMulticastSyncInterval, -7 to 7.
pub const SYNTONE_SETTING_LOG_ALTERNATE_SYNC_INTERVAL: u16 = 43;

/// Changes a setting while the clock runs: `setting` is one of SYNTONE_SETTING_..., `port` counts from 0 and matters to settings
/// of a port alone. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and `error`, which may be NULL, names option, value and range.
/// SYNTONE_RESULT_OUT_OF_RANGE: no such setting. clockQuality and time properties: syntone_clock_set_grandmaster().
///
/// # Safety
/// As syntone_clock_run_once(); `error` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set(
    clock: *mut SyntoneClock,
    setting: u16,
    port: u8,
    value: i64,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let set = on_clock!(clock, |machine| machine.set(setting, PortIndex(port), value));
            SyntoneConfigError::tell(error, set.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(set())
}

/// Sets `*value` to a setting as it is now. SYNTONE_RESULT_OUT_OF_RANGE: no such setting or port.
///
/// # Safety
/// As syntone_clock_run_once(); `value` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_get(
    clock: *mut SyntoneClock,
    setting: u16,
    port: u8,
    value: *mut i64,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            let found = on_clock!(clock, |machine| machine.get(setting, PortIndex(port)));
            write(value, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Starts all ports anew, as after power-up.
///
/// # Safety
/// As syntone_clock_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_initialize(clock: *mut SyntoneClock) -> SyntoneResult {
    let start = || {
        // SAFETY: as promised.
        unsafe {
            on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.initialize(now);
            });
        }
        Ok(())
    };
    finish(start())
}

/// Starts from a frequency that was saved, in units of 2^-16 ppm: sets it by set_frequency of the HAL, and has the servo begin with it
/// instead of 0. Before the first Sync; later it changes what is set until the next Sync, and nothing else. What to save is
/// syntone_status.frequency while syntone_status.lock is SYNTONE_LOCK_LOCKED.
///
/// SYNTONE_RESULT_REFUSED: the HAL refuses it, and nothing was changed.
///
/// # Safety
/// As syntone_clock_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_start_from(clock: *mut SyntoneClock, frequency: i32) -> SyntoneResult {
    let start = || {
        let frequency = FrequencyOffset::from_scaled_ppm(frequency);
        // SAFETY: as promised.
        unsafe {
            on_clock!(clock, |machine| {
                machine.board.set_frequency(frequency).map_err(|_| SyntoneResult::Refused)?;
                machine.clock.servo_mut().servo.start_from(frequency);
            });
        }
        Ok(())
    };
    finish(start())
}

/// `value` as a number of fewer bits.
fn narrow<T: TryFrom<i64>>(option: &'static str, value: i64, min: i64, max: i64) -> Result<T, ConfigError> {
    T::try_from(value).map_err(|_| ConfigError { option, value, min, max })
}

fn octet(option: &'static str, value: i64) -> Result<u8, ConfigError> {
    narrow(option, value, 0, 255)
}

fn log(option: &'static str, value: i64) -> Result<i8, ConfigError> {
    narrow(option, value, -7, 7)
}

fn flag(option: &'static str, value: i64) -> Result<bool, ConfigError> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(ConfigError { option, value, min: 0, max: 1 }),
    }
}

fn desired(value: i64) -> Result<State, ConfigError> {
    match value {
        6 => Ok(State::Master),
        7 => Ok(State::Passive),
        9 => Ok(State::Slave),
        _ => Err(ConfigError { option: "desiredState (6 MASTER, 7 PASSIVE, 9 SLAVE)", value, min: 6, max: 9 }),
    }
}

/// Access by its number.
pub(crate) fn access(value: i64) -> Result<Access, ConfigError> {
    match value {
        0 => Ok(Access::None),
        1 => Ok(Access::ReadOnly),
        2 => Ok(Access::ReadWrite),
        _ => Err(ConfigError { option: "management access", value, min: 0, max: 2 }),
    }
}

impl<const PORTS: usize> Machine<PORTS> {
    /// `None` if there is no such setting.
    fn set(&mut self, setting: u16, port: PortIndex, value: i64) -> Option<Result<(), ConfigError>> {
        Some(match setting {
            SYNTONE_SETTING_PERFORMANCE_MONITORING => {
                flag("performanceMonitoringDS.enable", value).and_then(|enable| self.set_measures(enable))
            }
            SYNTONE_SETTING_PRIORITY1..=SYNTONE_SETTING_ANNOUNCE_LENGTH => self.set_of_clock(setting, value),
            SYNTONE_SETTING_PORT_ENABLE..=SYNTONE_SETTING_ACCEPTABLE_MASTERS => self.set_of_port(setting, port, value),
            SYNTONE_SETTING_ALTERNATE_MASTERS..=SYNTONE_SETTING_LOG_ALTERNATE_SYNC_INTERVAL => {
                self.set_alternate_master(setting, port, value)
            }
            _ => return None,
        })
    }

    fn set_of_clock(&mut self, setting: u16, value: i64) -> Result<(), ConfigError> {
        let (clock, now) = self.at();
        match setting {
            SYNTONE_SETTING_PRIORITY1 => clock.set_priority1(now, octet("priority1", value)?),
            SYNTONE_SETTING_PRIORITY2 => clock.set_priority2(now, octet("priority2", value)?),
            SYNTONE_SETTING_DOMAIN_NUMBER => clock.set_domain_number(now, octet("domainNumber", value)?),
            SYNTONE_SETTING_SLAVE_ONLY => return clock.set_slave_only(now, flag("slaveOnly", value)?),
            SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION => {
                clock.set_external_port_configuration(now, flag("externalPortConfigurationEnabled", value)?);
            }
            SYNTONE_SETTING_PATH_TRACE => clock.set_path_trace(flag("pathTraceDS.enable", value)?),
            _ => return clock.set_announce_length(narrow("octets of an Announce", value, 64, 1440)?),
        }
        Ok(())
    }

    fn set_of_port(&mut self, setting: u16, port: PortIndex, value: i64) -> Result<(), ConfigError> {
        let (clock, now) = self.at();
        match setting {
            SYNTONE_SETTING_PORT_ENABLE => clock.set_port_enable(now, port, flag("portEnable", value)?),
            SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL => {
                clock.set_log_announce_interval(now, port, log("logAnnounceInterval", value)?)
            }
            SYNTONE_SETTING_ANNOUNCE_RECEIPT_TIMEOUT => {
                let intervals = narrow("announceReceiptTimeout", value, 2, 255)?;
                clock.set_announce_receipt_timeout(port, intervals)
            }
            SYNTONE_SETTING_LOG_SYNC_INTERVAL => clock.set_log_sync_interval(now, port, log("logSyncInterval", value)?),
            SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL => {
                clock.set_log_min_pdelay_req_interval(now, port, log("logMinPdelayReqInterval", value)?)
            }
            SYNTONE_SETTING_MASTER_ONLY => clock.set_master_only(now, port, flag("masterOnly", value)?),
            SYNTONE_SETTING_DESIRED_STATE => clock.set_desired_state(now, port, desired(value)?),
            SYNTONE_SETTING_ACCEPTABLE_MASTERS => {
                clock.set_acceptable_master_table_enabled(now, port, flag("acceptableMasterPortDS.enable", value)?)
            }
            _ => {
                let access = access(value)?;
                let last = i64::try_from(PORTS).unwrap_or(i64::MAX);
                let value = i64::from(port.number());
                clock.port_ds(port).ok_or(ConfigError { option: "portNumber", value, min: 1, max: last })?;
                clock.set_management_access(port, access);
                self.access.iter_mut().skip(port.get()).take(1).for_each(|place| *place = access);
                Ok(())
            }
        }
    }

    fn set_alternate_master(&mut self, setting: u16, port: PortIndex, value: i64) -> Result<(), ConfigError> {
        let (clock, now) = self.at();
        let mut ds = clock.alternate_master_port_ds(port).copied().unwrap_or_default();
        match setting {
            SYNTONE_SETTING_ALTERNATE_MASTERS => {
                ds.number_of_alternate_masters = narrow("numberOfAlternateMasters", value, 0, 4)?;
            }
            SYNTONE_SETTING_ALTERNATE_SYNC => {
                ds.transmit_alternate_multicast_sync = flag("transmitAlternateMulticastSync", value)?;
            }
            _ => {
                ds.log_alternate_multicast_sync_interval = log("logAlternateMulticastSyncInterval", value)?;
            }
        }
        clock.set_alternate_master(now, port, &ds)
    }

    /// `None` if there is no such setting or port.
    fn get(&self, setting: u16, port: PortIndex) -> Option<i64> {
        let (ds, port_ds) = (self.clock.default_ds(), self.clock.port_ds(port));
        let alternate = self.clock.alternate_master_port_ds(port);
        Some(match setting {
            SYNTONE_SETTING_PRIORITY1 => ds.priority1.into(),
            SYNTONE_SETTING_PRIORITY2 => ds.priority2.into(),
            SYNTONE_SETTING_DOMAIN_NUMBER => ds.domain_number.into(),
            SYNTONE_SETTING_SLAVE_ONLY => ds.slave_only.into(),
            SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION => self.clock.external_port_configuration_enabled().into(),
            SYNTONE_SETTING_PATH_TRACE => self.clock.path_trace_enabled().into(),
            SYNTONE_SETTING_ANNOUNCE_LENGTH => self.clock.announce_length().into(),
            SYNTONE_SETTING_PERFORMANCE_MONITORING => self.measures()?.into(),
            SYNTONE_SETTING_PORT_ENABLE => port_ds?.port_enable.into(),
            SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL => port_ds?.log_announce_interval.into(),
            SYNTONE_SETTING_ANNOUNCE_RECEIPT_TIMEOUT => port_ds?.announce_receipt_timeout.into(),
            SYNTONE_SETTING_LOG_SYNC_INTERVAL => port_ds?.log_sync_interval.into(),
            SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL => port_ds?.log_min_pdelay_req_interval.into(),
            SYNTONE_SETTING_MASTER_ONLY => port_ds?.master_only.into(),
            SYNTONE_SETTING_DESIRED_STATE => self.clock.desired_state(port)?.number().into(),
            SYNTONE_SETTING_ACCEPTABLE_MASTERS => self.clock.acceptable_master_table_enabled(port)?.into(),
            SYNTONE_SETTING_ALTERNATE_MASTERS => alternate?.number_of_alternate_masters.into(),
            SYNTONE_SETTING_ALTERNATE_SYNC => alternate?.transmit_alternate_multicast_sync.into(),
            SYNTONE_SETTING_LOG_ALTERNATE_SYNC_INTERVAL => alternate?.log_alternate_multicast_sync_interval.into(),
            SYNTONE_SETTING_MANAGEMENT_ACCESS => match self.access.get(port.get())? {
                Access::None => 0,
                Access::ReadOnly => 1,
                Access::ReadWrite => 2,
            },
            _ => return None,
        })
    }
}
