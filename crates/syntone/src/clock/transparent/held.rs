//! Messages that wait for a time stamp: a Follow_Up that came before the Sync in front of it was stamped, for example.

use super::passage::{Key, Route};
use super::port_set::PortSet;
use super::table::{LIFETIME_NANOS, Place};
use crate::wire::fill;
use syntone_hal::{Instant, PortIndex, TimeInterval};

/// Octets of a message that can be held. A longer one is lost if it has to wait.
pub(super) const CAPACITY: usize = 128;

/// A message that waits.
#[derive(Clone, Debug)]
pub(super) struct Held {
    octets: [u8; CAPACITY],
    length: u8,
    pub(super) route: Route,
    /// The event message that it waits for.
    pub(super) key: Key,
    /// Where that is, if it has passed already.
    pub(super) place: Option<Place>,
    /// Its own correctionField.
    pub(super) correction_field: TimeInterval,
    /// All its copies wait for the stamp of this port; if there is none, each for that of the port that it leaves by.
    pub(super) via: Option<PortIndex>,
    /// The ports that it waits to leave by.
    pub(super) waiting: PortSet,
    /// The ports that it can leave by now.
    pub(super) ready: PortSet,
    born: Instant,
}

impl Held {
    /// `None` if the message is too long.
    pub(super) fn new(
        now: Instant,
        octets: &[u8],
        route: Route,
        key: Key,
        correction_field: TimeInterval,
    ) -> Option<Self> {
        let mut copy = [0; CAPACITY];
        fill(copy.get_mut(..octets.len())?, octets);
        Some(Self {
            octets: copy,
            length: u8::try_from(octets.len()).ok()?,
            route,
            key,
            place: None,
            correction_field,
            via: None,
            waiting: PortSet::EMPTY,
            ready: PortSet::EMPTY,
            born: now,
        })
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or(&[])
    }

    pub(super) fn octets_mut(&mut self) -> &mut [u8] {
        self.octets.get_mut(..usize::from(self.length)).unwrap_or(&mut [])
    }

    /// The stamp of `port` is known.
    pub(super) fn stamped(&mut self, port: PortIndex) {
        let released = match self.via {
            None => self.waiting.and(PortSet::EMPTY.with(port)),
            Some(via) if via == port => self.waiting,
            Some(_) => PortSet::EMPTY,
        };
        self.waiting = self.waiting.less(released);
        for port in released {
            self.ready = self.ready.with(port);
        }
    }

    /// The stamp of `port` will not come: gives the ports that it does not leave by for that.
    pub(super) fn lost(&mut self, port: PortIndex) -> PortSet {
        let lost = match self.via {
            None => self.waiting.and(PortSet::EMPTY.with(port)),
            Some(via) if via == port => self.waiting,
            Some(_) => PortSet::EMPTY,
        };
        self.waiting = self.waiting.less(lost);
        lost
    }

    const fn is_done(&self) -> bool {
        self.place.is_some() && self.waiting.is_empty() && self.ready.is_empty()
    }
}

/// A bounded number of messages that wait. One whose event message has not even passed gives way first, then the oldest.
#[derive(Debug)]
pub(super) struct Hold<const N: usize> {
    slots: [Option<Held>; N],
}

impl<const N: usize> Hold<N> {
    pub(super) const fn new() -> Self {
        Self { slots: [const { None }; N] }
    }

    /// Puts a message in; gives the one that had to give way.
    pub(super) fn insert(&mut self, held: Held) -> Option<Held> {
        let rank = |slot: &&mut Option<Held>| slot.as_ref().map(|held| (held.place.is_some(), held.born));
        self.slots.iter_mut().min_by_key(rank).and_then(|slot| slot.replace(held))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Held> {
        self.slots.iter_mut().flatten()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Held> {
        self.slots.get(index)?.as_ref()
    }

    /// The next that can leave, and by which port.
    pub(super) fn take_ready(&mut self) -> Option<(usize, PortIndex)> {
        let mut held = self.slots.iter_mut().enumerate().filter_map(|(index, slot)| Some((index, slot.as_mut()?)));
        held.find_map(|(index, held)| held.ready.take_first().map(|port| (index, port)))
    }

    /// Those that wait for the event message in `place`.
    pub(super) fn waiting_for(&mut self, key: &Key, place: Place) -> impl Iterator<Item = &mut Held> {
        self.iter_mut().filter(move |held| held.place == Some(place) && held.key == *key)
    }

    /// Drops those that have left by all their ports.
    pub(super) fn sweep(&mut self) {
        for slot in &mut self.slots {
            let _ = slot.take_if(|held| held.is_done());
        }
    }

    /// Takes out one that waits for too long.
    pub(super) fn take_stale(&mut self, now: Instant) -> Option<Held> {
        self.slots.iter_mut().find_map(|slot| slot.take_if(|held| now.nanos_since(held.born) >= LIFETIME_NANOS))
    }

    pub(super) fn forget_port(&mut self, port: PortIndex) {
        for slot in &mut self.slots {
            let _ = slot.take_if(|held| held.route.ingress == port);
            if let Some(held) = slot {
                let _ = held.lost(port);
                held.waiting = held.waiting.without(port);
                held.ready = held.ready.without(port);
            }
        }
        self.sweep();
    }

    pub(super) fn clear(&mut self) {
        self.slots = [const { None }; N];
    }
}
