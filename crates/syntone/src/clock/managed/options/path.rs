//! The path from the grandmaster, seen by management (IEEE 1588-2019 16.2.4).

use super::Clock;
use crate::management::exactly;
use crate::servo::Servo;
use crate::wire::{Element, Emitter, ManagementErrorId, ManagementId};

/// A clock whose host lends no room for the TLVs of its parent knows no path: the list is NOT_SUPPORTED, and so is what a boundary
/// clock would do with it.
impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    pub(super) fn get_of_path(&self, id: ManagementId, to: &mut Emitter<'_>) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::PATH_TRACE_LIST if self.keeps_path() => self.path_trace_list().write(to),
            ManagementId::PATH_TRACE_ENABLE if self.can_trace_path() => to.put(&[self.path_trace_enabled().into(), 0]),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn set_of_path(&mut self, id: ManagementId, data: &[u8]) -> Result<bool, ManagementErrorId> {
        if id != ManagementId::PATH_TRACE_ENABLE || !self.can_trace_path() {
            return Ok(false);
        }
        let [flags, _] = exactly(data)?;
        self.set_path_trace(flags & 1 != 0);
        Ok(true)
    }

    const fn keeps_path(&self) -> bool {
        self.instance.attached.parent.is_lent()
    }

    const fn can_trace_path(&self) -> bool {
        PORTS == 1 || self.keeps_path()
    }
}
