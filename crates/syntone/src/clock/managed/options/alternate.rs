//! Alternate masters, seen and set by management (IEEE 1588-2019 17.3.4).

use super::Clock;
use crate::management::exactly;
use crate::port::AlternateMasterPortDs;
use crate::servo::Servo;
use crate::wire::management::AlternateMaster;
use crate::wire::{Emitter, Layout, ManagementErrorId, ManagementId};
use syntone_hal::{Instant, PortIndex};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    pub(super) fn get_of_alternate_masters(
        &self,
        id: ManagementId,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        if id != ManagementId::ALTERNATE_MASTER {
            return Ok(false);
        }
        let ds = self.port(port)?.alternate_master_port_ds();
        AlternateMaster {
            transmit_alternate_multicast_sync: ds.transmit_alternate_multicast_sync,
            log_alternate_multicast_sync_interval: ds.log_alternate_multicast_sync_interval,
            number_of_alternate_masters: ds.number_of_alternate_masters,
        }
        .emit_into(to);
        Ok(true)
    }

    pub(super) fn set_of_alternate_masters(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<bool, ManagementErrorId> {
        if id != ManagementId::ALTERNATE_MASTER {
            return Ok(false);
        }
        let [flags, log, number_of_alternate_masters, _] = exactly(data)?;
        let ds = AlternateMasterPortDs {
            number_of_alternate_masters,
            transmit_alternate_multicast_sync: flags & 1 != 0,
            log_alternate_multicast_sync_interval: i8::from_be_bytes([log]),
        };
        self.set_alternate_master(now, port, &ds)?;
        Ok(true)
    }
}
