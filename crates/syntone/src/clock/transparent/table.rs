//! The event messages that have passed and whose followers or answers are still to come.

use super::passage::Key;
use super::port_set::PortSet;
use syntone_hal::{Instant, PortIndex, TimeInterval, Timestamp};

/// After so long nothing is waited for any more.
pub(super) const LIFETIME_NANOS: u64 = 2_000_000_000;

/// One event message that has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<const PORTS: usize> {
    pub(super) key: Key,
    pub(super) ingress: PortIndex,
    pub(super) born: Instant,
    /// When it came in, at the medium.
    pub(super) stamp: Timestamp,
    /// Its correctionField as it came in.
    pub(super) correction_field: TimeInterval,
    /// To be corrected beside the residence time, by whatever port it leaves.
    pub(super) extra: TimeInterval,
    /// The ports whose egress stamp is to come.
    pub(super) awaited: PortSet,
    /// The ports for which the correction is known.
    pub(super) known: PortSet,
    pub(super) corrections: [TimeInterval; PORTS],
    /// Nobody misses it any more.
    pub(super) finished: bool,
}

/// The place of an entry, and which of the entries that were there one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: u8,
    pub(super) generation: u16,
}

/// A bounded number of entries; the oldest gives way.
#[derive(Debug)]
pub(super) struct Table<const PORTS: usize, const N: usize> {
    slots: [Slot<PORTS>; N],
}

#[derive(Clone, Copy, Debug)]
struct Slot<const PORTS: usize> {
    generation: u16,
    entry: Option<Entry<PORTS>>,
}

impl<const PORTS: usize> Entry<PORTS> {
    pub(super) fn correction(&self, port: PortIndex) -> Option<TimeInterval> {
        if !self.known.contains(port) {
            return None;
        }
        self.corrections.get(port.get()).copied()
    }

    /// The message has left by `port`.
    pub(super) fn know(&mut self, port: PortIndex, correction: TimeInterval) {
        self.awaited = self.awaited.without(port);
        if let Some(place) = self.corrections.get_mut(port.get()) {
            *place = correction;
            self.known = self.known.with(port);
        }
    }

    fn is_stale(&self, now: Instant) -> bool {
        now.nanos_since(self.born) >= LIFETIME_NANOS
    }
}

impl<const PORTS: usize, const N: usize> Table<PORTS, N> {
    pub(super) const fn new() -> Self {
        Self { slots: [Slot { generation: 0, entry: None }; N] }
    }

    /// The entry of `key`.
    pub(super) fn find(&mut self, key: &Key) -> Option<(Place, &mut Entry<PORTS>)> {
        for (slot, place) in (0..).zip(&mut self.slots) {
            let generation = place.generation;
            if let Some(entry) = place.entry.as_mut().filter(|entry| entry.key == *key) {
                return Some((Place { slot, generation }, entry));
            }
        }
        None
    }

    pub(super) fn get(&mut self, place: Place) -> Option<&mut Entry<PORTS>> {
        let slot = self.slots.get_mut(usize::from(place.slot))?;
        slot.entry.as_mut().filter(|_| slot.generation == place.generation)
    }

    /// Puts an entry in; gives its place and what had to give way although it was not finished.
    pub(super) fn insert(&mut self, entry: Entry<PORTS>) -> (Place, Option<Entry<PORTS>>) {
        let age = |slot: &Slot<PORTS>| slot.entry.map(|entry| entry.born);
        let oldest = (0..).zip(&self.slots).min_by_key(|(_, slot)| age(slot)).map_or(0, |(index, _)| index);
        let Some(slot) = self.slots.get_mut(usize::from(oldest)) else {
            return (Place { slot: oldest, generation: 0 }, None);
        };
        slot.generation = slot.generation.wrapping_add(1);
        let before = slot.entry.replace(entry);
        (Place { slot: oldest, generation: slot.generation }, before.filter(|before| !before.finished))
    }

    /// Takes out what nobody waits for any more, one at a time.
    pub(super) fn take_stale(&mut self, now: Instant) -> Option<Entry<PORTS>> {
        self.slots.iter_mut().find_map(|slot| slot.entry.take_if(|entry| entry.is_stale(now)))
    }

    /// Forgets what came in by `port`, and that something is to leave by it.
    pub(super) fn forget_port(&mut self, port: PortIndex) {
        for slot in &mut self.slots {
            let _ = slot.entry.take_if(|entry| entry.ingress == port);
            if let Some(entry) = &mut slot.entry {
                entry.awaited = entry.awaited.without(port);
                entry.known = entry.known.without(port);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        for slot in &mut self.slots {
            slot.entry = None;
        }
    }
}
