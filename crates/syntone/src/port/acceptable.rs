//! Which senders of Announce messages a port considers (IEEE 1588-2019 17.5).

use super::Port;
use crate::bmca::AcceptableMasterTable;
use crate::counters::Discard;
use crate::instance::Instance;
use crate::wire::PortIdentity;

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// The priority1 with which the Announce messages of `sender` are compared, 0 for that which they tell.
    pub(super) fn accept(&self, instance: &Instance, sender: PortIdentity) -> Result<u8, Discard> {
        let enabled = self.acceptable_master_table_enabled;
        alternate_priority1(&instance.acceptable_masters, enabled, sender).ok_or(Discard::NotAcceptable)
    }

    /// The table is another, or is used or not used from now on.
    pub(crate) fn reconsider_masters(&mut self, instance: &Instance) {
        let enabled = self.acceptable_master_table_enabled;
        self.foreign.reconsider(|sender| alternate_priority1(&instance.acceptable_masters, enabled, sender));
    }
}

fn alternate_priority1(table: &AcceptableMasterTable, enabled: bool, sender: PortIdentity) -> Option<u8> {
    if enabled { table.find(sender).map(|master| master.alternate_priority1) } else { Some(0) }
}
