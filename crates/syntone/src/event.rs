//! What an application is told.

use crate::datasets::{CurrentDs, ParentDs, TimePropertiesDs};
use crate::servo::LockState;
use crate::state::{State, StateEvent};
use crate::wire::{ClockIdentity, PortIdentity};
use heapless::Deque;
use syntone_hal::{ErrorKind, PortIndex};

/// Something that happened to the clock. Reported once, in order, through [`Output::Event`](crate::clock::Output).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event {
    /// A port changed its state.
    State {
        /// The port.
        port: PortIndex,
        /// Its state before.
        from: State,
        /// Its state now.
        to: State,
        /// What made it change.
        cause: StateEvent,
    },
    /// The clock has another parent or grandmaster; its own identity when it is grandmaster itself. With the feature `events`
    /// also when one of their attributes is another.
    #[non_exhaustive]
    Parent {
        /// parentDS.parentPortIdentity.
        parent: PortIdentity,
        /// parentDS.grandmasterIdentity.
        grandmaster: ClockIdentity,
        /// All attributes as last reported.
        #[cfg(feature = "events")]
        from: Attributes,
        /// All attributes now.
        #[cfg(feature = "events")]
        to: Attributes,
    },
    /// The grandmaster says something else of its time: offset to UTC, leap seconds, traceability.
    #[cfg(feature = "events")]
    TimeProperties {
        /// timePropertiesDS as last reported.
        from: TimePropertiesDs,
        /// timePropertiesDS now.
        to: TimePropertiesDs,
    },
    /// The servo locked, lost the lock or went into holdover.
    Lock(LockState),
    /// The clock was stepped by this many nanoseconds.
    Stepped(i64),
    /// A port cannot work: its link is down, or the driver reported an error.
    Fault {
        /// The port.
        port: PortIndex,
        /// What kind of error.
        kind: ErrorKind,
    },
    /// Several nodes answer the Pdelay_Reqs of this port, which is faulty therefore: its link is no link between two
    /// (IEEE 1588-2019 11.4.4).
    SeveralResponders {
        /// The port.
        port: PortIndex,
    },
    /// So many events before this one are lost: they came faster than they were taken.
    Missed(u16),
}

/// Parent and grandmaster, and the way to them.
#[cfg(feature = "events")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attributes {
    /// Identities, priorities and quality.
    pub parent_ds: ParentDs,
    /// currentDS.stepsRemoved.
    pub steps_removed: u16,
}

#[cfg(feature = "events")]
impl Attributes {
    pub(crate) const fn new(parent_ds: &ParentDs, current_ds: &CurrentDs) -> Self {
        Self { parent_ds: *parent_ds, steps_removed: current_ds.steps_removed }
    }
}

/// An event that waits to be reported. Data sets are looked up when its turn has come, so they need no room here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    State {
        port: PortIndex,
        from: State,
        to: State,
        cause: StateEvent,
    },
    Parent,
    #[cfg(feature = "events")]
    TimeProperties,
    Lock(LockState),
    Stepped(i64),
    Fault {
        port: PortIndex,
        kind: ErrorKind,
    },
    #[cfg(feature = "peer-to-peer")]
    SeveralResponders(PortIndex),
    Missed(u16),
}

/// Events that may wait.
const LENGTH: usize = if cfg!(feature = "events") { 16 } else { 6 };

/// Events that wait to be reported: bounded; the oldest give way, and their number is told.
#[derive(Debug)]
pub(crate) struct EventQueue {
    pending: Deque<Pending, LENGTH>,
    /// Some event is pending: it is asked for far more often than one comes.
    #[cfg(target_pointer_width = "64")]
    any: bool,
    /// As last reported.
    #[cfg(feature = "events")]
    attributes: Attributes,
    #[cfg(feature = "events")]
    time_properties: TimePropertiesDs,
}

impl EventQueue {
    #[cfg(not(feature = "events"))]
    pub(crate) const fn new() -> Self {
        Self {
            pending: Deque::new(),
            #[cfg(target_pointer_width = "64")]
            any: false,
        }
    }

    /// An empty one; the application knows these data sets.
    #[cfg(feature = "events")]
    pub(crate) const fn new(attributes: Attributes, time_properties: TimePropertiesDs) -> Self {
        Self {
            pending: Deque::new(),
            #[cfg(target_pointer_width = "64")]
            any: false,
            attributes,
            time_properties,
        }
    }

    // Rare, and long where it would be inlined.
    #[inline(never)]
    pub(crate) fn push(&mut self, event: Pending) {
        if self.pending.is_full() {
            let missed = match self.pending.pop_front() {
                Some(Pending::Missed(missed)) => missed,
                _ => 1,
            };
            self.pending.pop_front();
            // Two left.
            let _ = self.pending.push_front(Pending::Missed(missed.saturating_add(1)));
        }
        let _ = self.pending.push_back(event);
        self.note();
    }

    #[cfg(target_pointer_width = "64")]
    pub(crate) const fn is_empty(&self) -> bool {
        !self.any
    }

    #[cfg(not(target_pointer_width = "64"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Notes whether an event is pending.
    fn note(&mut self) {
        #[cfg(target_pointer_width = "64")]
        {
            self.any = !self.pending.is_empty();
        }
    }

    /// The oldest event. Changes that came to nothing before they were reported are none.
    pub(crate) fn pop(
        &mut self,
        parent_ds: &ParentDs,
        current_ds: &CurrentDs,
        time_properties_ds: &TimePropertiesDs,
    ) -> Option<Event> {
        let event = self.next(parent_ds, current_ds, time_properties_ds);
        self.note();
        event
    }

    fn next(
        &mut self,
        parent_ds: &ParentDs,
        current_ds: &CurrentDs,
        time_properties_ds: &TimePropertiesDs,
    ) -> Option<Event> {
        #[cfg(not(feature = "events"))]
        let _ = (current_ds, time_properties_ds);
        while let Some(pending) = self.pending.pop_front() {
            let event = match pending {
                Pending::State { port, from, to, cause } => Some(Event::State { port, from, to, cause }),
                #[cfg(feature = "events")]
                Pending::Parent => self.parent(Attributes::new(parent_ds, current_ds)),
                #[cfg(not(feature = "events"))]
                Pending::Parent => {
                    let ParentDs { parent_port_identity: parent, grandmaster_identity: grandmaster, .. } = *parent_ds;
                    Some(Event::Parent { parent, grandmaster })
                }
                #[cfg(feature = "events")]
                Pending::TimeProperties => self.time_properties(*time_properties_ds),
                Pending::Lock(state) => Some(Event::Lock(state)),
                Pending::Stepped(nanoseconds) => Some(Event::Stepped(nanoseconds)),
                Pending::Fault { port, kind } => Some(Event::Fault { port, kind }),
                #[cfg(feature = "peer-to-peer")]
                Pending::SeveralResponders(port) => Some(Event::SeveralResponders { port }),
                Pending::Missed(missed) => Some(Event::Missed(missed)),
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    #[cfg(feature = "events")]
    fn parent(&mut self, to: Attributes) -> Option<Event> {
        let from = core::mem::replace(&mut self.attributes, to);
        let ParentDs { parent_port_identity: parent, grandmaster_identity: grandmaster, .. } = to.parent_ds;
        (from != to).then_some(Event::Parent { parent, grandmaster, from, to })
    }

    #[cfg(feature = "events")]
    fn time_properties(&mut self, to: TimePropertiesDs) -> Option<Event> {
        let from = core::mem::replace(&mut self.time_properties, to);
        (from != to).then_some(Event::TimeProperties { from, to })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "small numbers of a test")]

    use super::*;
    use crate::config::ClockConfig;
    use crate::instance::Instance;
    use std::vec::Vec;

    fn instance() -> Instance {
        Instance::new(&ClockConfig::new(ClockIdentity(7)), 1)
    }

    fn drain(instance: &mut Instance) -> Vec<Event> {
        core::iter::from_fn(|| instance.pop_event()).collect()
    }

    #[test]
    fn events_come_in_order_and_what_is_lost_is_told_where_it_is_missing() {
        let mut instance = instance();
        let (kept, pushed) = (LENGTH, LENGTH + 5);
        for number in 1..=pushed {
            instance.events.push(Pending::Stepped(number as i64));
        }
        let events = drain(&mut instance);
        assert_eq!(events.len(), kept);
        // One place tells of the rest.
        let missed = pushed - (kept - 1);
        assert_eq!(events[0], Event::Missed(missed as u16));
        let rest = (missed + 1..=pushed).map(|number| Event::Stepped(number as i64));
        assert!(rest.eq(events[1..].iter().copied()), "{events:?}");
        instance.events.push(Pending::Stepped(1));
        assert_eq!(drain(&mut instance), [Event::Stepped(1)]);
    }

    #[cfg(feature = "events")]
    #[test]
    fn a_change_is_told_from_what_was_told_before() {
        let mut instance = instance();
        let first = Attributes::new(&instance.parent_ds, &instance.current_ds);
        instance.events.push(Pending::Parent);
        assert_eq!(drain(&mut instance), [], "nothing has changed");
        for grandmaster in [1, 2] {
            instance.parent_ds.grandmaster_identity = ClockIdentity(grandmaster);
            instance.current_ds.steps_removed = 3;
            instance.events.push(Pending::Parent);
        }
        let second = Attributes::new(&instance.parent_ds, &instance.current_ds);
        let parent = instance.parent_ds.parent_port_identity;
        let to_second = Event::Parent { parent, grandmaster: ClockIdentity(2), from: first, to: second };
        assert_eq!(drain(&mut instance), [to_second], "two changes that nobody saw between are one");
        instance.parent_ds.grandmaster_priority2 = 9;
        instance.events.push(Pending::Parent);
        let third = Attributes::new(&instance.parent_ds, &instance.current_ds);
        let to_third = Event::Parent { parent, grandmaster: ClockIdentity(2), from: second, to: third };
        assert_eq!(drain(&mut instance), [to_third]);
        let from = instance.time_properties_ds;
        instance.time_properties_ds.current_utc_offset = 38;
        instance.events.push(Pending::TimeProperties);
        instance.events.push(Pending::TimeProperties);
        assert_eq!(drain(&mut instance), [Event::TimeProperties { from, to: instance.time_properties_ds }]);
    }
}
