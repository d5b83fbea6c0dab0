//! Alternate masters: ports that are not the best master on their path and make themselves known beside it
//! (IEEE 1588-2019 17.3).

use super::{Outcome, Port, State, Timer};
use crate::bmca::{self, DataSet, ForeignMaster, ForeignMasters, Window};
use crate::config::{ConfigError, range};
use crate::counters::Discard;
use crate::datasets::{ParentDs, TimePropertiesDs};
use crate::instance::Instance;
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN, interval_nanos};
use crate::wire::{Flags, PortIdentity};
use syntone_hal::Instant;

/// So many alternate masters of its path does a port know, the best of those that it hears.
const KNOWN: usize = 4;

/// alternateMasterPortDS (IEEE 1588-2019 17.3.3). The default is that the port is never an alternate master.
#[doc(alias = "AlternateTimeTransmitterPortDs")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AlternateMasterPortDs {
    /// So many of the best masters on the path beside the port that is MASTER announce themselves: 0 to 4. While this port is PASSIVE
    /// or SLAVE and fewer than that are heard that are better, it is one of them. With 0 the port does not remember those that it hears.
    pub number_of_alternate_masters: u8,
    /// As an alternate master it sends Sync, too, and answers Delay_Req.
    pub transmit_alternate_multicast_sync: bool,
    /// log₂ of the interval between these Syncs in seconds, −7 to 7.
    pub log_alternate_multicast_sync_interval: i8,
}

impl AlternateMasterPortDs {
    fn check(&self) -> Result<(), ConfigError> {
        let most = i64::try_from(KNOWN).unwrap_or(i64::MAX);
        range("numberOfAlternateMasters", i64::from(self.number_of_alternate_masters), 0, most)?;
        let log = self.log_alternate_multicast_sync_interval;
        range("logAlternateMulticastSyncInterval", log, LOG_INTERVAL_MIN, LOG_INTERVAL_MAX)
    }
}

/// What a port knows of alternate masters, and whether it is one.
#[derive(Debug, Default)]
pub(super) struct Alternate {
    pub(super) ds: AlternateMasterPortDs,
    heard: ForeignMasters<KNOWN>,
    announces: bool,
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    pub(crate) const fn alternate_master_port_ds(&self) -> &AlternateMasterPortDs {
        &self.alternate.ds
    }

    pub(crate) fn set_alternate_master(&mut self, now: Instant, ds: &AlternateMasterPortDs) -> Result<(), ConfigError> {
        ds.check()?;
        self.alternate.ds = *ds;
        if matches!(self.ds.port_state, State::Passive | State::Slave) {
            self.stop_master();
            self.start_alternate(now);
        }
        Ok(())
    }

    /// Who was heard within the window, and whether more than once.
    pub(crate) fn alternate_masters(&self, now: Instant) -> impl Iterator<Item = (&ForeignMaster, bool)> {
        let window = self.window_of_alternates(now);
        self.alternate.heard.iter(window).filter(move |(record, _)| window.contains(record.last()))
    }

    /// No parent is among them.
    fn window_of_alternates(&self, now: Instant) -> Window {
        Window { parent: None, ..self.window(now, PortIdentity::default()) }
    }

    /// The option is in use on this path.
    pub(super) const fn remembers_alternates(&self) -> bool {
        self.alternate.ds.number_of_alternate_masters > 0
    }

    /// Takes an Announce with alternateMasterFlag: it has no part in the best master clock algorithm.
    pub(super) fn hear_alternate(&mut self, now: Instant, announced: ForeignMaster) -> Result<Outcome, Discard> {
        let window = self.window_of_alternates(now);
        match self.alternate.heard.update(announced, &window) {
            bmca::Outcome::Duplicate => Err(Discard::Duplicate),
            bmca::Outcome::Stale => Err(Discard::OutOfOrder),
            bmca::Outcome::Refused => Err(Discard::TableFull),
            _ => Ok(Outcome::Nothing),
        }
    }

    /// The port enters a state in which it may be an alternate master, or is set to be one.
    pub(super) fn start_alternate(&mut self, now: Instant) {
        self.alternate.announces = false;
        if !self.ds.port_state.is_running() {
            self.alternate.heard.clear();
        }
        let ds = &self.alternate.ds;
        if self.ds.port_state == State::Master || !self.may_be_alternate() {
            return;
        }
        if ds.transmit_alternate_multicast_sync {
            self.timers.set(Timer::Sync, now.plus_nanos(interval_nanos(ds.log_alternate_multicast_sync_interval)));
        }
        self.master.start(self.sequences.sync);
        self.timers.set(Timer::Announce, now);
    }

    fn may_be_alternate(&self) -> bool {
        let state = matches!(self.ds.port_state, State::Passive | State::Slave);
        state && self.remembers_alternates() && self.role == super::Role::Full
    }

    /// Whether the Announce that is due is to be sent: as a master, or as one of the best alternate masters.
    pub(super) fn is_to_announce(&mut self, now: Instant, instance: &Instance) -> bool {
        if self.ds.port_state == State::Master {
            return true;
        }
        let (parent_ds, _, steps_removed) = self.announced(instance);
        let own = DataSet::received(
            &ParentDs { parent_port_identity: self.ds.port_identity, ..parent_ds },
            steps_removed,
            self.ds.port_identity,
        );
        let is_better = |record: &ForeignMaster| record.data_set(self.ds.port_identity).is_better_than(Some(&own));
        let heard = self.alternate_masters(now);
        let better = heard.filter(|(record, is_qualified)| *is_qualified && is_better(record)).count();
        self.alternate.announces = better < usize::from(self.alternate.ds.number_of_alternate_masters);
        self.alternate.announces
    }

    /// What this port announces: what a master would here. A slave tells of its own clock, for it is its parent that it stands by for.
    pub(super) fn announced(&self, instance: &Instance) -> (ParentDs, TimePropertiesDs, u16) {
        if self.ds.port_state == State::Slave {
            return (ParentDs::of_grandmaster(&instance.default_ds), instance.own_time_properties, 0);
        }
        (instance.parent_ds, instance.time_properties_ds, instance.current_ds.steps_removed)
    }

    /// The port gives time: as a master, or as an alternate one that is set to.
    pub(super) fn serves(&self) -> bool {
        let alternate = self.alternate.announces && self.alternate.ds.transmit_alternate_multicast_sync;
        self.ds.port_state == State::Master || alternate
    }

    /// log₂ of the seconds between the Syncs that it sends in its present state.
    pub(super) fn log_interval_of_syncs(&self) -> i8 {
        let is_master = self.ds.port_state == State::Master;
        if is_master { self.ds.log_sync_interval } else { self.alternate.ds.log_alternate_multicast_sync_interval }
    }

    /// alternateMasterFlag, where it belongs.
    pub(super) fn flags_of_master(&self) -> Flags {
        if self.ds.port_state == State::Master { Flags::empty() } else { Flags::ALTERNATE_MASTER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1588-2019 17.3.3
    #[test]
    fn settings_that_cannot_be_are_refused() {
        let good = AlternateMasterPortDs { number_of_alternate_masters: 4, ..AlternateMasterPortDs::default() };
        assert_eq!(good.check(), Ok(()));
        let many = AlternateMasterPortDs { number_of_alternate_masters: 5, ..good };
        assert_eq!(many.check().expect_err("only four are known").max, 4);
        let rare = AlternateMasterPortDs { log_alternate_multicast_sync_interval: 8, ..good };
        assert_eq!(rare.check().expect_err("no such interval").option, "logAlternateMulticastSyncInterval");
    }
}
