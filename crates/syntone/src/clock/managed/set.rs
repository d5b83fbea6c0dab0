//! What SET and COMMAND do.

use super::Clock;
use super::get::{TRACEABILITY_FLAGS, UTC_FLAGS};
use crate::datasets::TimePropertiesDs;
use crate::management::{exactly, initialization_key};
#[cfg(feature = "external-ports")]
use crate::port::State;
#[cfg(feature = "holdover-upgrade")]
use crate::reference::HoldoverUpgrade;
use crate::servo::Servo;
use crate::wire::{ClockAccuracy, ClockQuality, Flags, ManagementErrorId, ManagementId, TimeSource};
use syntone_hal::{Instant, PortIndex};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    pub(super) fn set_id(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<(), ManagementErrorId> {
        match id {
            ManagementId::UTC_PROPERTIES => {
                let [high, low, flags, _] = exactly(data)?;
                let offset = i16::from_be_bytes([high, low]);
                let own = *self.own().1;
                return self.set_time(now, offset, UTC_FLAGS, flags, own.time_source);
            }
            ManagementId::TRACEABILITY_PROPERTIES => {
                let [flags, _] = exactly(data)?;
                let own = *self.own().1;
                return self.set_time(now, own.current_utc_offset, TRACEABILITY_FLAGS, flags, own.time_source);
            }
            ManagementId::TIMESCALE_PROPERTIES => {
                let [flags, source] = exactly(data)?;
                let own = *self.own().1;
                return self.set_time(now, own.current_utc_offset, Flags::PTP_TIMESCALE, flags, TimeSource(source));
            }
            ManagementId::TIME => return self.set_time_of_day(exactly(data)?),
            #[cfg(feature = "external-ports")]
            ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET => {
                let [_, state] = exactly(data)?;
                let states = [State::Master, State::Passive, State::Slave];
                let desired = states.into_iter().find(|desired| desired.number() == state);
                return Ok(self.set_desired_state(now, port, desired.ok_or(ManagementErrorId::WRONG_VALUE)?)?);
            }
            _ => {}
        }
        // All others have one octet, and a reserved one.
        self.set_octet(now, id, port, exactly(data).map(|[value, _]| value))
    }

    fn set_octet(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        value: Result<u8, ManagementErrorId>,
    ) -> Result<(), ManagementErrorId> {
        let signed = |value: u8| i8::from_be_bytes([value]);
        match id {
            ManagementId::PRIORITY1 => self.set_priority1(now, value?),
            ManagementId::PRIORITY2 => self.set_priority2(now, value?),
            ManagementId::DOMAIN => self.set_domain_number(now, value?),
            ManagementId::SLAVE_ONLY => self.set_slave_only(now, value? & 1 != 0)?,
            ManagementId::CLOCK_ACCURACY => {
                let clock_accuracy = ClockAccuracy(value?);
                let own = *self.own().0;
                self.set_clock_quality(now, ClockQuality { clock_accuracy, ..own })?;
            }
            ManagementId::LOG_ANNOUNCE_INTERVAL => self.set_log_announce_interval(now, port, signed(value?))?,
            ManagementId::ANNOUNCE_RECEIPT_TIMEOUT => self.set_announce_receipt_timeout(port, value?)?,
            ManagementId::LOG_SYNC_INTERVAL => self.set_log_sync_interval(now, port, signed(value?))?,
            ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL => {
                self.set_log_min_pdelay_req_interval(now, port, signed(value?))?;
            }
            ManagementId::MASTER_ONLY => self.set_master_only(now, port, value? & 1 != 0)?,
            #[cfg(feature = "holdover-upgrade")]
            ManagementId::HOLDOVER_UPGRADE_ENABLE => {
                let settings = *self.holdover_upgrade().ok_or(ManagementErrorId::NOT_SUPPORTED)?;
                self.set_holdover_upgrade(now, HoldoverUpgrade { enable: value? & 1 != 0, ..settings })?;
            }
            #[cfg(feature = "external-ports")]
            ManagementId::EXTERNAL_PORT_CONFIGURATION_ENABLED => {
                self.set_external_port_configuration(now, value? & 1 != 0);
            }
            // What cannot be another than it is.
            ManagementId::VERSION_NUMBER if value? & 0x0F == 2 => {}
            ManagementId::DELAY_MECHANISM if value? == self.port(port)?.ds.delay_mechanism.number() => {}
            ManagementId::VERSION_NUMBER | ManagementId::DELAY_MECHANISM => return Err(ManagementErrorId::WRONG_VALUE),
            _ => return Err(ManagementErrorId::NOT_SUPPORTED),
        }
        Ok(())
    }

    pub(super) fn do_command(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<(), ManagementErrorId> {
        match id {
            ManagementId::ENABLE_PORT => self.set_port_enable(now, port, true)?,
            ManagementId::DISABLE_PORT => self.set_port_enable(now, port, false)?,
            ManagementId::INITIALIZE => {
                initialization_key(data)?;
                self.initialize(now);
            }
            _ if self.management.command(id)? => {}
            _ => return Err(ManagementErrorId::NOT_SUPPORTED),
        }
        Ok(())
    }

    /// Changes what this clock announces as grandmaster: of its flags those in `mask`.
    fn set_time(
        &mut self,
        now: Instant,
        current_utc_offset: i16,
        mask: Flags,
        flags: u8,
        time_source: TimeSource,
    ) -> Result<(), ManagementErrorId> {
        let set = Flags::from_bits_retain(flags.into()) & mask;
        let flags = self.own().1.flags().difference(mask) | set;
        let properties = TimePropertiesDs::new(current_utc_offset, flags, time_source);
        Ok(self.set_time_properties(now, properties)?)
    }
}
