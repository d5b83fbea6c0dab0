//! The state decision over all ports (IEEE 1588-2019 9.3.3 and 9.3.5).

use super::Clock;
use crate::bmca::{DataSet, Decision, ForeignMaster, decide};
use crate::datasets::{CurrentDs, ParentDs};
#[cfg(feature = "events")]
use crate::event::Attributes;
use crate::event::Pending;
use crate::instance::Instance;
use crate::interval::interval_nanos;
use crate::port::{Port, State, StateEvent};
use crate::servo::{LockState, Servo};
use syntone_hal::{Instant, PortIndex};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Makes the state decision for all ports on one snapshot, and applies it: data sets first, then the ports.
    // Seldom called, and long: within the poll it would take registers and stack from all the rest.
    #[inline(never)]
    pub(super) fn decide(&mut self, now: Instant) {
        self.decide_at = now.plus_nanos(self.decision_interval());
        #[cfg(feature = "external-ports")]
        if self.instance.external_port_configuration_enabled {
            return self.decide_as_told(now);
        }
        let before = self.following();
        let heard = self.listen(now);
        let best = best_of(&heard);
        #[cfg(feature = "holdover-upgrade")]
        self.upgrade(now, best);
        let d0 = DataSet::own(&self.instance.default_ds);
        let decision = |port: &Port<FOREIGN>, heard: &Option<DataSet>| {
            let listening = port.ds.port_state == State::Listening;
            decide(&d0, listening, heard.as_ref(), best)
        };
        let slave = self.ports.iter().zip(&heard).find(|(port, heard)| decision(port, heard) == Decision::S1);
        let parent = slave.zip(best).and_then(|((port, _), best)| port.foreign.find(best.sender));
        let new_parent = update_data_sets(&mut self.instance, parent);
        for (port, heard) in self.ports.iter_mut().zip(&heard) {
            let event = match decision(port, heard) {
                Decision::Listening => continue,
                Decision::M1 => StateEvent::M1,
                Decision::M2 => StateEvent::M2,
                Decision::M3 => StateEvent::M3,
                Decision::P1 => StateEvent::P1,
                Decision::P2 => StateEvent::P2,
                Decision::S1 => StateEvent::S1 { new_master: new_parent || !port.is_following() },
            };
            port.decided(now, &mut self.instance, event);
        }
        self.follow(now, before, new_parent);
    }

    /// E_rbest of each port.
    pub(super) fn listen(&mut self, now: Instant) -> [Option<DataSet>; PORTS] {
        let mut heard = [None; PORTS];
        let parent = self.instance.parent_ds.parent_port_identity;
        for (port, heard) in self.ports.iter_mut().zip(&mut heard) {
            if port.ds.port_state == State::Initializing && port.link_up {
                port.dispatch(now, &mut self.instance, StateEvent::InitComplete);
            }
            let window = port.window(now, parent);
            port.foreign.expire(&window);
            let own = port.ds.port_identity;
            *heard = port.foreign.best(own, &window).map(|record| record.data_set(own));
        }
        heard
    }

    /// Starts the servo on a new parent, and holds the frequency when there is none any more.
    pub(super) fn follow(&mut self, now: Instant, before: Option<PortIndex>, new_parent: bool) {
        match self.following() {
            Some(port) if new_parent || before != Some(port) => {
                self.start_servo(port);
                self.follow_lock(now);
            }
            // A port that went faulty had left its parent before the decision.
            None if before.is_some() || self.lock_state == LockState::Locked => {
                self.adjustment = self.servo.hold();
                self.follow_lock(now);
            }
            _ => {}
        }
    }

    fn decision_interval(&self) -> u64 {
        let shortest = self.ports.iter().map(|port| port.ds.log_announce_interval).min();
        interval_nanos(shortest.unwrap_or(0))
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// A decision for this port. One that shares its path with a port of lower number of the same clock is passive
    /// instead of master (IEEE 1588-2019 9.5.2.3).
    fn decided(&mut self, now: Instant, instance: &mut Instance, event: StateEvent) {
        #[cfg(feature = "master")]
        let master = matches!(event, StateEvent::M1 | StateEvent::M2 | StateEvent::M3);
        #[cfg(feature = "master")]
        let event = if master && self.shadowed_until > now { StateEvent::P2 } else { event };
        self.dispatch(now, instance, event);
    }
}

/// E_best.
fn best_of(heard: &[Option<DataSet>]) -> Option<&DataSet> {
    let mut best = None;
    for data_set in heard.iter().flatten() {
        if data_set.is_better_than(best) {
            best = Some(data_set);
        }
    }
    best
}

/// Updates the data sets from the Announce of the parent, or from the own clock where no port has one
/// (IEEE 1588-2019 9.3.5). Says whether the parent is another one than before.
pub(super) fn update_data_sets(instance: &mut Instance, parent: Option<&ForeignMaster>) -> bool {
    let ParentDs { parent_port_identity, grandmaster_identity, .. } = instance.parent_ds;
    #[cfg(feature = "events")]
    let before = (Attributes::new(&instance.parent_ds, &instance.current_ds), instance.time_properties_ds);
    match parent {
        Some(record) => {
            instance.parent_ds = record.parent_ds;
            instance.time_properties_ds = record.time_properties_ds;
            instance.current_ds.steps_removed = record.steps_removed.saturating_add(1);
        }
        None => {
            instance.parent_ds = ParentDs::of_grandmaster(&instance.default_ds);
            instance.time_properties_ds = instance.own_time_properties;
            instance.current_ds = CurrentDs::OF_GRANDMASTER;
            #[cfg(feature = "linuxptp-management")]
            instance.tell_external_grandmaster();
        }
    }
    let new = &instance.parent_ds;
    let new_parent = new.parent_port_identity != parent_port_identity;
    let changed = new_parent || new.grandmaster_identity != grandmaster_identity;
    #[cfg(feature = "events")]
    let changed = changed || before.0 != Attributes::new(new, &instance.current_ds);
    #[cfg(feature = "announce-tlvs")]
    if new_parent {
        instance.attached.forget_parent();
    }
    if changed {
        instance.events.push(Pending::Parent);
    }
    #[cfg(feature = "events")]
    if instance.time_properties_ds != before.1 {
        instance.events.push(Pending::TimeProperties);
    }
    new_parent
}
