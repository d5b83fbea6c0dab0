//! What GET tells.

use super::Clock;
use crate::servo::Servo;
use crate::wire::management::{
    CurrentDataSet, DefaultDataSet, DefaultDataSetFlags, DelayMechanismNumber, ParentDataSet, PortDataSet,
    PortStateNumber, TimePropertiesDataSet,
};
use crate::wire::{Element, Emitter, Flags, Layout, ManagementErrorId, ManagementId};
use syntone_hal::PortIndex;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Says whether the id is one of the clock that is told.
    pub(super) fn get_of_clock(&self, id: ManagementId, to: &mut Emitter<'_>) -> Result<bool, ManagementErrorId> {
        let (ds, time) = (&self.instance.default_ds, &self.instance.time_properties_ds);
        match id {
            ManagementId::DEFAULT_DATA_SET => self.default_data_set().emit_into(to),
            ManagementId::CURRENT_DATA_SET => self.current_data_set().emit_into(to),
            ManagementId::PARENT_DATA_SET => self.parent_data_set().emit_into(to),
            ManagementId::TIME_PROPERTIES_DATA_SET => TimePropertiesDataSet {
                current_utc_offset: time.current_utc_offset,
                flags: time.flags(),
                time_source: time.time_source,
            }
            .emit_into(to),
            ManagementId::PRIORITY1 => to.put(&[ds.priority1, 0]),
            ManagementId::PRIORITY2 => to.put(&[ds.priority2, 0]),
            ManagementId::DOMAIN => to.put(&[ds.domain_number, 0]),
            ManagementId::SLAVE_ONLY => to.put(&[ds.slave_only.into(), 0]),
            ManagementId::CLOCK_ACCURACY => to.put(&[ds.clock_quality.clock_accuracy.0, 0]),
            ManagementId::UTC_PROPERTIES => {
                time.current_utc_offset.write(to);
                (time.flags() & UTC_FLAGS).write(to);
                to.put(&[0]);
            }
            ManagementId::TRACEABILITY_PROPERTIES => {
                (time.flags() & TRACEABILITY_FLAGS).write(to);
                to.put(&[0]);
            }
            ManagementId::TIMESCALE_PROPERTIES => {
                (time.flags() & Flags::PTP_TIMESCALE).write(to);
                time.time_source.write(to);
            }
            ManagementId::TIME => self.time()?.write(to),
            #[cfg(feature = "holdover-upgrade")]
            ManagementId::HOLDOVER_UPGRADE_ENABLE => {
                let settings = self.holdover_upgrade().ok_or(ManagementErrorId::NOT_SUPPORTED)?;
                to.put(&[settings.enable.into(), 0]);
            }
            #[cfg(feature = "external-ports")]
            ManagementId::EXTERNAL_PORT_CONFIGURATION_ENABLED => {
                to.put(&[self.external_port_configuration_enabled().into(), 0]);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn get_of_port(
        &self,
        id: ManagementId,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<(), ManagementErrorId> {
        let data = self.port_data_set(port)?;
        match id {
            ManagementId::PORT_DATA_SET => data.emit_into(to),
            ManagementId::LOG_ANNOUNCE_INTERVAL => data.log_announce_interval.write(to),
            ManagementId::ANNOUNCE_RECEIPT_TIMEOUT => data.announce_receipt_timeout.write(to),
            ManagementId::LOG_SYNC_INTERVAL => data.log_sync_interval.write(to),
            ManagementId::VERSION_NUMBER => data.version_number.write(to),
            ManagementId::MASTER_ONLY => self.port(port)?.ds.master_only.write(to),
            #[cfg(feature = "external-ports")]
            ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET => to.put(&[0, self.port(port)?.desired_state.number()]),
            ManagementId::DELAY_MECHANISM => data.delay_mechanism.write(to),
            ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL => data.log_min_pdelay_req_interval.write(to),
            _ => return Err(ManagementErrorId::NOT_SUPPORTED),
        }
        // The reserved octet of those that have but one.
        to.pad();
        Ok(())
    }

    fn default_data_set(&self) -> DefaultDataSet {
        let ds = &self.instance.default_ds;
        let mut flags = DefaultDataSetFlags::empty();
        flags.set(DefaultDataSetFlags::TWO_STEP_FLAG, self.is_two_step());
        flags.set(DefaultDataSetFlags::SLAVE_ONLY, ds.slave_only);
        DefaultDataSet {
            flags,
            number_ports: ds.number_ports,
            priority1: ds.priority1,
            clock_quality: ds.clock_quality,
            priority2: ds.priority2,
            clock_identity: ds.clock_identity,
            domain_number: ds.domain_number,
        }
    }

    /// A port sends in two steps. A slave that answers no Pdelay_Req sends nothing to which that would matter.
    fn is_two_step(&self) -> bool {
        #[cfg(any(feature = "master", feature = "peer-to-peer"))]
        return self.ports.iter().any(|port| port.two_step_flag);
        #[cfg(not(any(feature = "master", feature = "peer-to-peer")))]
        true
    }

    fn current_data_set(&self) -> CurrentDataSet {
        let ds = &self.instance.current_ds;
        CurrentDataSet {
            steps_removed: ds.steps_removed,
            offset_from_master: ds.offset_from_master,
            mean_path_delay: ds.mean_delay,
        }
    }

    fn parent_data_set(&self) -> ParentDataSet {
        let ds = &self.instance.parent_ds;
        ParentDataSet {
            parent_port_identity: ds.parent_port_identity,
            parent_stats: false,
            observed_parent_offset_scaled_log_variance: 0xFFFF,
            observed_parent_clock_phase_change_rate: i32::MAX,
            grandmaster_priority1: ds.grandmaster_priority1,
            grandmaster_clock_quality: ds.grandmaster_clock_quality,
            grandmaster_priority2: ds.grandmaster_priority2,
            grandmaster_identity: ds.grandmaster_identity,
        }
    }

    fn port_data_set(&self, port: PortIndex) -> Result<PortDataSet, ManagementErrorId> {
        let ds = &self.port(port)?.ds;
        Ok(PortDataSet {
            port_identity: ds.port_identity,
            port_state: PortStateNumber(ds.port_state.number()),
            log_min_delay_req_interval: ds.log_min_delay_req_interval,
            peer_mean_path_delay: ds.mean_link_delay,
            log_announce_interval: ds.log_announce_interval,
            announce_receipt_timeout: ds.announce_receipt_timeout,
            log_sync_interval: ds.log_sync_interval,
            delay_mechanism: DelayMechanismNumber(ds.delay_mechanism.number()),
            log_min_pdelay_req_interval: ds.log_min_pdelay_req_interval,
            version_number: 2,
        })
    }
}

/// The flags of UTC_PROPERTIES.
pub(super) const UTC_FLAGS: Flags = Flags::LEAP61.union(Flags::LEAP59).union(Flags::CURRENT_UTC_OFFSET_VALID);
/// The flags of TRACEABILITY_PROPERTIES.
pub(super) const TRACEABILITY_FLAGS: Flags = Flags::TIME_TRACEABLE.union(Flags::FREQUENCY_TRACEABLE);
