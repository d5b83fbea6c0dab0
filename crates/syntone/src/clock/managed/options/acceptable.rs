//! Acceptable masters, seen and set by management (IEEE 1588-2019 17.5.3, 17.5.4).

use super::Clock;
use crate::management::exactly;
use crate::servo::Servo;
use crate::wire::layout::{Records, Table};
use crate::wire::management::AcceptableMasterTable;
use crate::wire::{Element, Emitter, LONGEST_MESSAGE, Layout, ManagementErrorId, ManagementId};
use syntone_hal::{Instant, PortIndex};

/// The longest table that an answer holds: before it are header, body, and the head and id of its TLV.
const LONGEST: usize = LONGEST_MESSAGE - 54;

/// All of them are NOT_SUPPORTED until the host lends a table with room for somebody.
impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    pub(super) fn get_of_acceptable_masters(
        &self,
        id: ManagementId,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        let table = &self.instance.acceptable_masters;
        let max_table_size = table.max_table_size();
        match id {
            ManagementId::ACCEPTABLE_MASTER_MAX_TABLE_SIZE if max_table_size > 0 => max_table_size.write(to),
            ManagementId::ACCEPTABLE_MASTER_TABLE if max_table_size > 0 => {
                AcceptableMasterTable { list: Table::new(Records::new(table.list())) }.emit_into(to);
            }
            ManagementId::ACCEPTABLE_MASTER_TABLE_ENABLED if max_table_size > 0 => {
                to.put(&[self.port(port)?.acceptable_master_table_enabled.into(), 0]);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn set_of_acceptable_masters(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<bool, ManagementErrorId> {
        let has_room = self.instance.acceptable_masters.max_table_size() > 0;
        match id {
            ManagementId::ACCEPTABLE_MASTER_TABLE if has_room => self.set_acceptable_master_table(now, data)?,
            ManagementId::ACCEPTABLE_MASTER_TABLE_ENABLED if has_room => {
                let [flags, _] = exactly(data)?;
                self.set_acceptable_master_table_enabled(now, port, flags & 1 != 0)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// All of the table or nothing.
    fn set_acceptable_master_table(&mut self, now: Instant, data: &[u8]) -> Result<(), ManagementErrorId> {
        if data.len() > LONGEST {
            return Err(ManagementErrorId::RESPONSE_TOO_BIG);
        }
        let told = AcceptableMasterTable::parse_exact(data).map_err(|_| ManagementErrorId::WRONG_LENGTH)?;
        if !self.instance.acceptable_masters.set(told.list.records.iter()) {
            return Err(ManagementErrorId::WRONG_VALUE);
        }
        self.reconsider_masters(now);
        Ok(())
    }
}
