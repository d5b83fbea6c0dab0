//! What an application is told.

use crate::datasets::ParentDs;
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
    /// The clock has another parent or grandmaster; its own identity when it is grandmaster itself.
    Parent {
        /// parentDS.parentPortIdentity.
        parent: PortIdentity,
        /// parentDS.grandmasterIdentity.
        grandmaster: ClockIdentity,
    },
    /// The servo locked, lost the lock or went into holdover.
    Lock(LockState),
    /// The clock was stepped by this many nanoseconds.
    Stepped(i64),
    /// The driver reported an error on a port.
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
}

/// An event that waits to be reported. The identities are looked up when its turn has come, so they need no room here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    State {
        port: PortIndex,
        from: State,
        to: State,
        cause: StateEvent,
    },
    Parent,
    Lock(LockState),
    Stepped(i64),
    Fault {
        port: PortIndex,
        kind: ErrorKind,
    },
    #[cfg(feature = "peer-to-peer")]
    SeveralResponders(PortIndex),
}

/// Events that wait to be reported: bounded, the oldest gives way.
#[derive(Debug)]
pub(crate) struct EventQueue(Deque<Pending, 6>);

impl EventQueue {
    pub(crate) const fn new() -> Self {
        Self(Deque::new())
    }

    pub(crate) fn push(&mut self, event: Pending) {
        if self.0.is_full() {
            self.0.pop_front();
        }
        // There is room now.
        let _ = self.0.push_back(event);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn pop(&mut self, parent_ds: &ParentDs) -> Option<Event> {
        Some(match self.0.pop_front()? {
            Pending::State { port, from, to, cause } => Event::State { port, from, to, cause },
            Pending::Parent => {
                Event::Parent { parent: parent_ds.parent_port_identity, grandmaster: parent_ds.grandmaster_identity }
            }
            Pending::Lock(state) => Event::Lock(state),
            Pending::Stepped(nanoseconds) => Event::Stepped(nanoseconds),
            Pending::Fault { port, kind } => Event::Fault { port, kind },
            #[cfg(feature = "peer-to-peer")]
            Pending::SeveralResponders(port) => Event::SeveralResponders { port },
        })
    }
}
