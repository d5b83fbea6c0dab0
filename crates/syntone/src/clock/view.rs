//! What a clock lets be seen of itself.

use super::Clock;
use crate::counters::Counters;
use crate::datasets::{CurrentDs, DefaultDs, ParentDs, PortDs, TimePropertiesDs};
#[cfg(feature = "peer-to-peer")]
use crate::port::PeerLink;
use crate::servo::{LockState, Servo};
use syntone_hal::PortIndex;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// defaultDS.
    pub const fn default_ds(&self) -> &DefaultDs {
        &self.instance.default_ds
    }

    /// currentDS.
    pub const fn current_ds(&self) -> &CurrentDs {
        &self.instance.current_ds
    }

    /// parentDS.
    pub const fn parent_ds(&self) -> &ParentDs {
        &self.instance.parent_ds
    }

    /// timePropertiesDS.
    pub const fn time_properties_ds(&self) -> &TimePropertiesDs {
        &self.instance.time_properties_ds
    }

    /// portDS of a port; `None` if there is no such port.
    pub fn port_ds(&self, port: PortIndex) -> Option<&PortDs> {
        self.ports.get(port.get()).map(|port| &port.ds)
    }

    /// What a port knows of the other end of its link; `None` if there is no such port, or it does not use the peer-to-peer
    /// delay mechanism.
    #[cfg(feature = "peer-to-peer")]
    pub fn peer_link(&self, port: PortIndex) -> Option<PeerLink> {
        self.ports.get(port.get())?.peer_link()
    }

    /// What a port received, sent and discarded; `None` if there is no such port.
    pub fn counters(&self, port: PortIndex) -> Option<&Counters> {
        self.ports.get(port.get()).map(|port| &port.counters)
    }

    /// Whether a port has a link; `false` if there is no such port.
    pub fn link_is_up(&self, port: PortIndex) -> bool {
        self.ports.get(port.get()).is_some_and(|port| port.link_up)
    }

    /// How well the clock follows its master.
    pub const fn lock_state(&self) -> LockState {
        self.lock_state
    }

    /// How many Syncs were used; offsetFromMaster is new whenever this has changed. Wraps after 2³².
    pub const fn syncs(&self) -> u32 {
        self.syncs
    }

    /// The servo.
    pub const fn servo(&self) -> &S {
        &self.servo
    }
}
