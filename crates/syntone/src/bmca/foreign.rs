//! The masters heard on a port (IEEE 1588-2019 9.3.2).

use super::DataSet;
use crate::datasets::{ParentDs, TimePropertiesDs};
use crate::interval::interval_nanos;
use crate::wire::{Announce, Flags, Header, PortIdentity};
use syntone_hal::Instant;

/// Why an Announce message is not considered (IEEE 1588-2019 9.3.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Unqualified {
    /// It comes from this port, or from a port of this clock with a higher number.
    OwnIdentity,
    /// It comes from a port of this clock with a lower number, on the same path: this port should be passive as long as
    /// such messages arrive (IEEE 1588-2019 9.5.2.3).
    OwnLowerPort,
    /// The sender or the grandmaster has an identity of zeros or ones only, or port 0 or 0xFFFF.
    ReservedIdentity,
    /// stepsRemoved is 255 or more, or maxStepsRemoved or more.
    StepsRemoved,
    /// alternateMasterFlag: the sender is not in state MASTER (IEEE 1588-2019 17.3). It is remembered
    /// where that option is in use.
    AlternateMaster,
}

/// Whether the port `own` may consider an Announce message at all: the tests that need nothing but the message.
///
/// # Errors
/// The first reason against it.
pub fn qualify(
    header: &Header,
    announce: &Announce,
    own: PortIdentity,
    max_steps_removed: u8,
) -> Result<(), Unqualified> {
    let sender = header.source_port_identity;
    if sender.clock_identity == own.clock_identity {
        let lower = sender.port_number < own.port_number;
        return Err(if lower { Unqualified::OwnLowerPort } else { Unqualified::OwnIdentity });
    }
    if sender.clock_identity.is_reserved()
        || announce.grandmaster_identity.is_reserved()
        || matches!(sender.port_number, 0 | u16::MAX)
    {
        return Err(Unqualified::ReservedIdentity);
    }
    // max_steps_removed is at most 255, which is the other limit.
    if announce.steps_removed >= u16::from(max_steps_removed) {
        return Err(Unqualified::StepsRemoved);
    }
    if header.flags.contains(Flags::ALTERNATE_MASTER) {
        return Err(Unqualified::AlternateMaster);
    }
    Ok(())
}

/// FOREIGN_MASTER_TIME_WINDOW in nanoseconds: 4 announce intervals of the port (IEEE 1588-2019 9.3.2.4.4).
#[must_use]
pub fn foreign_master_time_window(log_announce_interval: i8) -> u64 {
    interval_nanos(log_announce_interval).saturating_mul(4)
}

/// The time in which a foreign master must have been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Window {
    /// Its end.
    pub now: Instant,
    /// Its length in nanoseconds: [`foreign_master_time_window`].
    pub length: u64,
    /// The parent, if this port is UNCALIBRATED or SLAVE: it is no foreign master and counts until its announce receipt
    /// timeout, when the caller [removes](ForeignMasters::remove) it.
    pub parent: Option<PortIdentity>,
}

impl Window {
    pub(crate) fn contains(&self, moment: Instant) -> bool {
        self.now.nanos_since(moment) < self.length
    }

    fn qualifies(&self, record: &ForeignMaster) -> bool {
        self.is_parent(record) || (record.repeated && self.contains(record.previous))
    }

    fn is_parent(&self, record: &ForeignMaster) -> bool {
        self.parent == Some(record.parent_ds.parent_port_identity)
    }

    /// What may be overwritten first is highest.
    fn standing(&self, record: Option<&ForeignMaster>) -> Standing {
        let Some(record) = record else { return Standing::Free };
        if self.is_parent(record) {
            Standing::Parent
        } else if self.qualifies(record) {
            Standing::Qualified
        } else if self.contains(record.last) {
            Standing::Unqualified
        } else {
            Standing::Aged
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Parent,
    Qualified,
    Unqualified,
    Aged,
    Free,
}

/// The most recent Announce message of one sender: what is compared and what a slave takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ForeignMaster {
    /// parentDS for decision S1; its `parent_port_identity` is the sender.
    pub parent_ds: ParentDs,
    /// timePropertiesDS for decision S1.
    pub time_properties_ds: TimePropertiesDs,
    /// As announced: a slave is one further.
    pub steps_removed: u16,
    /// sequenceId of the message.
    pub sequence_id: u16,
    /// logMessageInterval of the message.
    pub log_message_interval: i8,
    /// What is compared in place of the announced priority1, unless it is 0.
    #[cfg(feature = "acceptable-masters")]
    alternate_priority1: u8,
    /// There was one before, and `previous` is when.
    repeated: bool,
    last: Instant,
    previous: Instant,
}

impl ForeignMaster {
    /// What an Announce message tells that was received at `now`.
    #[must_use]
    pub fn new(header: &Header, announce: &Announce, now: Instant) -> Self {
        Self {
            parent_ds: ParentDs::from_announce(header, announce),
            time_properties_ds: TimePropertiesDs::from_announce(header, announce),
            steps_removed: announce.steps_removed,
            sequence_id: header.sequence_id,
            log_message_interval: header.log_message_interval,
            #[cfg(feature = "acceptable-masters")]
            alternate_priority1: 0,
            repeated: false,
            last: now,
            previous: now,
        }
    }

    /// The sender.
    #[must_use]
    pub const fn sender(&self) -> PortIdentity {
        self.parent_ds.parent_port_identity
    }

    /// When the message was received.
    #[must_use]
    pub const fn last(&self) -> Instant {
        self.last
    }

    /// The same with another priority1 for the comparison, unless that is 0 (IEEE 1588-2019 17.5). What is taken from the
    /// message, and announced to others, stays as it was received.
    #[cfg(feature = "acceptable-masters")]
    #[must_use]
    pub const fn with_alternate_priority1(self, alternate_priority1: u8) -> Self {
        Self { alternate_priority1, ..self }
    }

    /// For the comparison, as received by `receiver`.
    #[must_use]
    pub fn data_set(&self, receiver: PortIdentity) -> DataSet {
        let data_set = DataSet::received(&self.parent_ds, self.steps_removed, receiver);
        #[cfg(feature = "acceptable-masters")]
        if self.alternate_priority1 != 0 {
            return DataSet { grandmaster_priority1: self.alternate_priority1, ..data_set };
        }
        data_set
    }

    /// Takes the place of `old`, the message before from the same sender, or says why not.
    fn succeed(&mut self, old: &Self, window: &Window) -> Outcome {
        let heard = window.contains(old.last);
        let ahead = self.sequence_id.wrapping_sub(old.sequence_id);
        // After a whole window of silence any number will do: the sender may have started anew.
        if heard && ahead == 0 {
            return Outcome::Duplicate;
        }
        if heard && ahead >= 1 << 15 {
            return Outcome::Stale;
        }
        self.repeated = true;
        self.previous = old.last;
        let changed = self.parent_ds != old.parent_ds
            || self.time_properties_ds != old.time_properties_ds
            || self.steps_removed != old.steps_removed
            || window.qualifies(self) != window.qualifies(old);
        if changed { Outcome::Changed } else { Outcome::Refreshed }
    }
}

/// What became of an Announce message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The first of its sender, in a free record: not yet qualified.
    New,
    /// The first of its sender, in place of another record.
    Evicted,
    /// It says what the one before said.
    Refreshed,
    /// It says something else than the one before, or its sender has just become qualified: a state decision is due.
    Changed,
    /// It has the sequenceId of the one before: not counted.
    Duplicate,
    /// It is older than the one before: not used.
    Stale,
    /// The first of its sender, and there is no place for it.
    Refused,
}

/// foreignMasterDS: the last Announce messages of up to `N` senders (IEEE 1588-2019 9.3.2.4); the standard asks for at
/// least 5.
///
/// Of what is heard once only, the best stay; it never pushes out a parent, and of the qualified masters at most the
/// worst, while all records are taken by qualified ones. So a flood of invented senders cannot push out the masters.
#[derive(Clone, Debug)]
pub struct ForeignMasters<const N: usize> {
    records: [Option<ForeignMaster>; N],
}

impl<const N: usize> Default for ForeignMasters<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> ForeignMasters<N> {
    /// No master has been heard.
    #[must_use]
    pub const fn new() -> Self {
        Self { records: [None; N] }
    }

    /// Takes in an Announce message that has passed [`qualify`] and was received at `window.now`.
    ///
    /// It counts if its sequenceId differs from that of the one before, so the first counts as well (IEEE 1588-2019
    /// 9.3.2.5): two in a window make a master qualified.
    pub fn update(&mut self, mut new: ForeignMaster, window: &Window) -> Outcome {
        let place = self.place_for(&new, window).and_then(|place| self.records.get_mut(place));
        let Some(place) = place else { return Outcome::Refused };
        let outcome = match place {
            None => Outcome::New,
            Some(old) if old.sender() == new.sender() => new.succeed(old, window),
            Some(_) => Outcome::Evicted,
        };
        if !matches!(outcome, Outcome::Duplicate | Outcome::Stale) {
            *place = Some(new);
        }
        outcome
    }

    /// The record of E_rbest: the best of the qualified masters, as received by the port `receiver`.
    #[must_use]
    pub fn best(&self, receiver: PortIdentity, window: &Window) -> Option<&ForeignMaster> {
        let data_set = |record: &ForeignMaster| record.data_set(receiver);
        let is_better = |record, best| data_set(record).is_better_than(Some(&data_set(best)));
        let mut best: Option<&ForeignMaster> = None;
        for record in self.records.iter().flatten().filter(|record| window.qualifies(record)) {
            if best.is_none_or(|best| is_better(record, best)) {
                best = Some(record);
            }
        }
        best
    }

    /// The record of a sender.
    #[must_use]
    pub fn find(&self, sender: PortIdentity) -> Option<&ForeignMaster> {
        self.records.iter().flatten().find(|record| record.sender() == sender)
    }

    /// Forgets who has not been heard within the window, except the parent.
    pub fn expire(&mut self, window: &Window) {
        for record in &mut self.records {
            if window.standing(record.as_ref()) == Standing::Aged {
                *record = None;
            }
        }
    }

    /// Forgets a sender, as after its announce receipt timeout. Says whether there was such a record.
    pub fn remove(&mut self, sender: PortIdentity) -> bool {
        let is_sender =
            |record: &&mut Option<ForeignMaster>| record.as_ref().is_some_and(|record| record.sender() == sender);
        self.records.iter_mut().find(is_sender).and_then(Option::take).is_some()
    }

    /// Asks of each sender anew with what priority1 it is compared (0: as announced), and forgets those for which there is none.
    #[cfg(feature = "acceptable-masters")]
    pub(crate) fn reconsider(&mut self, alternate_priority1: impl Fn(PortIdentity) -> Option<u8>) {
        for record in &mut self.records {
            *record = record.and_then(|old| Some(old.with_alternate_priority1(alternate_priority1(old.sender())?)));
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        for record in &mut self.records {
            *record = None;
        }
    }

    /// All records with whether they are qualified, in no order.
    pub fn iter(&self, window: Window) -> impl Iterator<Item = (&ForeignMaster, bool)> {
        self.records.iter().flatten().map(move |record| (record, window.qualifies(record)))
    }

    /// Where `new` may be put: the record of its sender, else a free one, else an aged one, else the worst that is not qualified, else the worst; and
    /// the latter two only if `new` is better.
    fn place_for(&self, new: &ForeignMaster, window: &Window) -> Option<usize> {
        let mut chosen: Option<(usize, Standing, Option<&ForeignMaster>)> = None;
        for (place, record) in self.records.iter().enumerate() {
            let record = record.as_ref();
            if record.is_some_and(|record| record.sender() == new.sender()) {
                return Some(place);
            }
            let standing = window.standing(record);
            let yields_first = chosen.is_none_or(|(_, other_standing, other)| {
                standing > other_standing || (standing == other_standing && is_better(other, record))
            });
            if yields_first {
                chosen = Some((place, standing, record));
            }
        }
        let (place, standing, record) = chosen?;
        let yields = match standing {
            Standing::Parent => false,
            Standing::Aged | Standing::Free => true,
            Standing::Qualified | Standing::Unqualified => is_better(Some(new), record),
        };
        yields.then_some(place)
    }
}

/// Of two records of one port. All have the same receiver, so any will do.
fn is_better(a: Option<&ForeignMaster>, b: Option<&ForeignMaster>) -> bool {
    let data_set = |record: &ForeignMaster| record.data_set(PortIdentity::default());
    a.is_some_and(|a| data_set(a).is_better_than(b.map(data_set).as_ref()))
}

#[cfg(test)]
mod tests;
