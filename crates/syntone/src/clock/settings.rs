//! What an application or management changes while a clock runs. All is checked as it is when a clock is built, and what is
//! refused changes nothing.

use super::Clock;
#[cfg(feature = "alternate-masters")]
use crate::bmca::ForeignMaster;
#[cfg(feature = "acceptable-masters")]
use crate::bmca::{AcceptableMaster, AcceptableMasterTable};
use crate::config::{ConfigError, PortConfig};
use crate::instance::Instance;
use crate::interval::interval_nanos;
#[cfg(feature = "alternate-masters")]
use crate::port::AlternateMasterPortDs;
use crate::port::{Port, Role, StateEvent, Timer};
use crate::servo::Servo;
use crate::wire::ClockClass;
use syntone_hal::{Instant, PortIndex, TimeInterval};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// The servo, to change what it can have changed while it runs.
    pub const fn servo_mut(&mut self) -> &mut S {
        &mut self.servo
    }

    /// Changes defaultDS.priority1; lower is better (IEEE 1588-2019 8.2.1.4.1).
    pub const fn set_priority1(&mut self, now: Instant, priority1: u8) {
        self.instance.default_ds.priority1 = priority1;
        self.decide_at = now;
    }

    /// Changes defaultDS.priority2; lower is better (IEEE 1588-2019 8.2.1.4.2).
    pub const fn set_priority2(&mut self, now: Instant, priority2: u8) {
        self.instance.default_ds.priority2 = priority2;
        self.decide_at = now;
    }

    /// Changes defaultDS.domainNumber, and starts all ports anew in the other domain (IEEE 1588-2019 8.2.1.4.3).
    pub fn set_domain_number(&mut self, now: Instant, domain_number: u8) {
        if domain_number != self.instance.default_ds.domain_number {
            self.instance.set_domain_number(domain_number);
            self.initialize(now);
        }
    }

    /// Changes defaultDS.slaveOnly, and clockClass with it: 255, or back to 248 (IEEE 1588-2019 8.2.1.4.4).
    ///
    /// # Errors
    /// [`ConfigError`] where the clock has several ports, or was built without the feature `master`.
    pub fn set_slave_only(&mut self, now: Instant, slave_only: bool) -> Result<(), ConfigError> {
        let default_ds = &mut self.instance.default_ds;
        if slave_only == default_ds.slave_only {
            return Ok(());
        }
        if PORTS != 1 || !cfg!(feature = "master") {
            let as_it_is = i64::from(default_ds.slave_only);
            let value = i64::from(slave_only);
            return Err(ConfigError { option: "slaveOnly", value, min: as_it_is, max: as_it_is });
        }
        #[cfg(feature = "holdover-upgrade")]
        self.end_upgrade();
        let default_ds = &mut self.instance.default_ds;
        default_ds.slave_only = slave_only;
        default_ds.clock_quality.clock_class = if slave_only { ClockClass::SLAVE_ONLY } else { ClockClass::DEFAULT };
        for port in &mut self.ports {
            port.role = if slave_only { Role::SlaveOnly } else { Role::Full };
        }
        self.initialize(now);
        Ok(())
    }

    /// Starts all ports anew, as after power-up (IEEE 1588-2019 9.2.6.3).
    pub fn initialize(&mut self, now: Instant) {
        for port in &mut self.ports {
            if port.ds.port_enable {
                port.dispatch(now, &mut self.instance, StateEvent::Initialize);
            }
        }
        self.decide_at = now;
    }

    /// Changes portDS.logAnnounceInterval, log₂ of seconds, −7 to 7 (IEEE 1588-2019 8.2.15.4.1).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port or the value is outside.
    pub fn set_log_announce_interval(&mut self, now: Instant, port: PortIndex, log: i8) -> Result<(), ConfigError> {
        PortConfig { log_announce_interval: log, ..PortConfig::default() }.check()?;
        let (port, _) = self.port_mut(port)?;
        port.ds.log_announce_interval = log;
        port.hasten(now, Timer::Announce, log);
        self.decide_at = now;
        Ok(())
    }

    /// Changes portDS.logSyncInterval, log₂ of seconds, −7 to 7 (IEEE 1588-2019 8.2.15.4.3).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port or the value is outside.
    pub fn set_log_sync_interval(&mut self, now: Instant, port: PortIndex, log: i8) -> Result<(), ConfigError> {
        PortConfig { log_sync_interval: log, ..PortConfig::default() }.check()?;
        let (port, _) = self.port_mut(port)?;
        port.ds.log_sync_interval = log;
        port.hasten(now, Timer::Sync, log);
        Ok(())
    }

    /// Changes portDS.announceReceiptTimeout, 2 to 255 announce intervals, from the next Announce on
    /// (IEEE 1588-2019 8.2.15.4.2).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port or the value is outside.
    pub fn set_announce_receipt_timeout(&mut self, port: PortIndex, intervals: u8) -> Result<(), ConfigError> {
        PortConfig { announce_receipt_timeout: intervals, ..PortConfig::default() }.check()?;
        self.port_mut(port)?.0.ds.announce_receipt_timeout = intervals;
        Ok(())
    }

    /// Changes portDS.logMinPdelayReqInterval, log₂ of seconds, −7 to 7 (IEEE 1588-2019 8.2.15.4.5).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port or the value is outside.
    pub fn set_log_min_pdelay_req_interval(
        &mut self,
        now: Instant,
        port: PortIndex,
        log: i8,
    ) -> Result<(), ConfigError> {
        PortConfig { log_min_pdelay_req_interval: log, ..PortConfig::default() }.check()?;
        let (port, _) = self.port_mut(port)?;
        port.ds.log_min_pdelay_req_interval = log;
        #[cfg(feature = "peer-to-peer")]
        port.hasten(now, Timer::PdelayReq, log);
        #[cfg(not(feature = "peer-to-peer"))]
        let _ = now;
        Ok(())
    }

    /// Changes portDS.delayAsymmetry (IEEE 1588-2019 8.2.15.4.8) and the latencies that are configured beside those of the driver
    /// (IEEE 1588-2019 7.3.4.2), each −1 s to 1 s. From the next message on they are what counts; a path delay that was filtered follows
    /// within the length of its filter.
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port or a value is outside.
    pub fn set_corrections(
        &mut self,
        port: PortIndex,
        delay_asymmetry: TimeInterval,
        ingress_latency: TimeInterval,
        egress_latency: TimeInterval,
    ) -> Result<(), ConfigError> {
        PortConfig { delay_asymmetry, ingress_latency, egress_latency, ..PortConfig::default() }.check()?;
        self.port_mut(port)?.0.set_corrections(delay_asymmetry, [ingress_latency, egress_latency]);
        Ok(())
    }

    /// Changes portDS.masterOnly (IEEE 1588-2019 8.2.15.5.2).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port.
    pub fn set_master_only(&mut self, now: Instant, port: PortIndex, master_only: bool) -> Result<(), ConfigError> {
        let (port, _) = self.port_mut(port)?;
        port.ds.master_only = master_only;
        if master_only {
            port.foreign.clear();
        }
        self.decide_at = now;
        Ok(())
    }

    /// acceptableMasterTableDS.
    #[cfg(feature = "acceptable-masters")]
    pub const fn acceptable_master_table(&self) -> &AcceptableMasterTable {
        &self.instance.acceptable_masters
    }

    /// Lends storage for acceptableMasterTableDS, which holds nobody then (IEEE 1588-2019 17.5.3).
    #[cfg(feature = "acceptable-masters")]
    pub fn keep_acceptable_masters(&mut self, now: Instant, storage: &'static mut [AcceptableMaster]) {
        self.instance.acceptable_masters = AcceptableMasterTable::new(storage);
        self.reconsider_masters(now);
    }

    /// Puts `list` in place of what acceptableMasterTableDS holds (IEEE 1588-2019 17.5.3).
    ///
    /// # Errors
    /// [`ConfigError`] where the storage that was lent is too small; nothing changes then.
    #[cfg(feature = "acceptable-masters")]
    pub fn set_acceptable_masters(&mut self, now: Instant, list: &[AcceptableMaster]) -> Result<(), ConfigError> {
        self.replace_acceptable_masters(now, list.iter().copied())
    }

    /// As [`Clock::set_acceptable_masters`], of a list that need not be in one place.
    ///
    /// # Errors
    /// As there.
    #[cfg(feature = "acceptable-masters")]
    pub fn replace_acceptable_masters(
        &mut self,
        now: Instant,
        list: impl Iterator<Item = AcceptableMaster> + Clone,
    ) -> Result<(), ConfigError> {
        let table = &mut self.instance.acceptable_masters;
        if !table.set(list.clone()) {
            let (value, max) = (i64::try_from(list.count()).unwrap_or(i64::MAX), i64::from(table.max_table_size()));
            return Err(ConfigError { option: "actualTableSize of the acceptable masters", value, min: 0, max });
        }
        self.reconsider_masters(now);
        Ok(())
    }

    /// acceptableMasterPortDS.enable; `None` if there is no such port.
    #[cfg(feature = "acceptable-masters")]
    pub fn acceptable_master_table_enabled(&self, port: PortIndex) -> Option<bool> {
        self.ports.get(port.get()).map(|port| port.acceptable_master_table_enabled)
    }

    /// Makes a port consider the Announces of acceptable masters alone, or of all (IEEE 1588-2019 17.5.4). Others are counted as
    /// [`Discard::NotAcceptable`](crate::counters::Discard); a parent that is not acceptable is left at once.
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port.
    #[cfg(feature = "acceptable-masters")]
    pub fn set_acceptable_master_table_enabled(
        &mut self,
        now: Instant,
        port: PortIndex,
        enabled: bool,
    ) -> Result<(), ConfigError> {
        self.port_mut(port)?.0.acceptable_master_table_enabled = enabled;
        self.reconsider_masters(now);
        Ok(())
    }

    #[cfg(feature = "acceptable-masters")]
    pub(super) fn reconsider_masters(&mut self, now: Instant) {
        for port in &mut self.ports {
            port.reconsider_masters(&self.instance);
        }
        self.decide_at = now;
    }

    /// alternateMasterPortDS of a port; `None` if there is no such port.
    #[cfg(feature = "alternate-masters")]
    pub fn alternate_master_port_ds(&self, port: PortIndex) -> Option<&AlternateMasterPortDs> {
        self.ports.get(port.get()).map(Port::alternate_master_port_ds)
    }

    /// Lets a port remember the alternate masters of its path, and be one of them while it is PASSIVE or SLAVE (IEEE 1588-2019 17.3). The
    /// port of a slaveOnly clock only remembers them.
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port, or a member is outside its range.
    #[cfg(feature = "alternate-masters")]
    pub fn set_alternate_master(
        &mut self,
        now: Instant,
        port: PortIndex,
        ds: &AlternateMasterPortDs,
    ) -> Result<(), ConfigError> {
        self.port_mut(port)?.0.set_alternate_master(now, ds)
    }

    /// The alternate masters that a port has heard in the last four announce intervals, the best four at the most and in no order;
    /// with each, whether it was heard more than once (IEEE 1588-2019 17.3).
    #[cfg(feature = "alternate-masters")]
    pub fn alternate_masters(&self, now: Instant, port: PortIndex) -> impl Iterator<Item = (&ForeignMaster, bool)> {
        self.ports.get(port.get()).into_iter().flat_map(move |port| port.alternate_masters(now))
    }

    /// Enables or disables a port (IEEE 1588-2019 9.2.6.4, 9.2.6.5).
    ///
    /// # Errors
    /// [`ConfigError`] where there is no such port.
    pub fn set_port_enable(&mut self, now: Instant, port: PortIndex, enable: bool) -> Result<(), ConfigError> {
        let event = if enable { StateEvent::DesignatedEnabled } else { StateEvent::DesignatedDisabled };
        let (port, instance) = self.port_mut(port)?;
        port.ds.port_enable = enable;
        port.dispatch(now, instance, event);
        self.decide_at = now;
        Ok(())
    }

    fn port_mut(&mut self, port: PortIndex) -> Result<(&mut Port<FOREIGN>, &mut Instance), ConfigError> {
        let last = i64::try_from(PORTS).unwrap_or(i64::MAX);
        let error = ConfigError { option: "portNumber", value: i64::from(port.number()), min: 1, max: last };
        Ok((self.ports.get_mut(port.get()).ok_or(error)?, &mut self.instance))
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// A timer that runs is not later than one of these intervals from now; it is never put off.
    fn hasten(&mut self, now: Instant, timer: Timer, log_interval: i8) {
        let latest = now.plus_nanos(interval_nanos(log_interval));
        let deadline = self.timers.deadline(timer);
        if deadline != Instant::FAR_FUTURE && latest < deadline {
            self.timers.set(timer, latest);
        }
    }
}
