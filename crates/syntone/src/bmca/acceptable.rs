//! Acceptable masters: which senders of Announce messages are considered at all (IEEE 1588-2019 17.5).

use crate::wire::PortIdentity;
pub use crate::wire::management::AcceptableMaster;

/// acceptableMasterTableDS in storage that the caller lends; it holds nobody at first.
#[doc(alias = "AcceptableTimeTransmitterTable")]
#[derive(Debug, Default)]
pub struct AcceptableMasterTable {
    storage: &'static mut [AcceptableMaster],
    actual_table_size: usize,
}

impl AcceptableMasterTable {
    /// A table with room for as many masters as `storage`, of which 65 535 are used at the most.
    #[must_use]
    pub const fn new(storage: &'static mut [AcceptableMaster]) -> Self {
        Self { storage, actual_table_size: 0 }
    }

    /// maxTableSize: how many masters there is room for.
    #[must_use]
    pub fn max_table_size(&self) -> u16 {
        u16::try_from(self.storage.len()).unwrap_or(u16::MAX)
    }

    /// The masters that are acceptable; actualTableSize is their number.
    #[must_use]
    pub fn list(&self) -> &[AcceptableMaster] {
        self.storage.get(..self.actual_table_size).unwrap_or(&[])
    }

    /// The entry of a sender. Of several the first counts.
    #[must_use]
    pub fn find(&self, sender: PortIdentity) -> Option<&AcceptableMaster> {
        self.list().iter().find(|master| master.acceptable_port_identity == sender)
    }

    /// Puts `list` in place of what was there. Says whether there is room for it; if not, nothing changes.
    pub(crate) fn set(&mut self, list: impl Iterator<Item = AcceptableMaster> + Clone) -> bool {
        let actual_table_size = list.clone().count();
        if actual_table_size > usize::from(self.max_table_size()) {
            return false;
        }
        for (place, master) in self.storage.iter_mut().zip(list) {
            *place = master;
        }
        self.actual_table_size = actual_table_size;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClockIdentity;
    use std::boxed::Box;

    fn master(clock: u64, port: u16, alternate_priority1: u8) -> AcceptableMaster {
        let acceptable_port_identity = PortIdentity::new(ClockIdentity(clock), port);
        AcceptableMaster { acceptable_port_identity, alternate_priority1 }
    }

    /// IEEE 1588-2019 17.5.3.4
    #[test]
    fn a_table_holds_who_was_put_there_and_refuses_what_is_too_long() {
        let mut table = AcceptableMasterTable::default();
        assert_eq!((table.max_table_size(), table.list()), (0, &[][..]));
        assert!(table.set(std::iter::empty()) && !table.set([master(1, 1, 0)].into_iter()), "there is no room");
        table = AcceptableMasterTable::new(Box::leak(Box::new([AcceptableMaster::default(); 2])));
        assert_eq!((table.max_table_size(), table.list()), (2, &[][..]), "what storage held before is nobody");
        assert_eq!(table.find(PortIdentity::default()), None);
        let (first, second) = (master(1, 1, 0), master(1, 2, 7));
        assert!(table.set([first, second].into_iter()));
        assert!(!table.set([second, first, second].into_iter()));
        assert_eq!(table.list(), [first, second]);
        assert_eq!(table.find(second.acceptable_port_identity), Some(&second), "the port counts");
        assert_eq!(table.find(PortIdentity::new(ClockIdentity(1), 3)), None);
        assert!(table.set([second].into_iter()));
        assert_eq!(table.find(first.acceptable_port_identity), None);
    }
}
