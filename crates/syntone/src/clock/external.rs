//! External port configuration: somebody else decides what the ports are (IEEE 1588-2019 17.6).

use super::Clock;
use super::decision::update_data_sets;
use crate::config::ConfigError;
use crate::port::{Port, State, StateEvent};
use crate::servo::Servo;
use syntone_hal::{Instant, PortIndex};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// defaultDS.externalPortConfigurationEnabled.
    pub const fn external_port_configuration_enabled(&self) -> bool {
        self.instance.external_port_configuration_enabled
    }

    /// Switches the best master clock algorithm off, and on again (IEEE 1588-2019 17.6). While it is off, each port is what
    /// [`Clock::set_desired_state`] says; a port that is to be a slave follows the best master that it hears, whatever that is
    /// beside this clock.
    pub const fn set_external_port_configuration(&mut self, now: Instant, enabled: bool) {
        self.instance.external_port_configuration_enabled = enabled;
        self.decide_at = now;
    }

    /// externalPortConfigurationPortDS.desiredState; `None` if there is no such port.
    pub fn desired_state(&self, port: PortIndex) -> Option<State> {
        self.ports.get(port.get()).map(|port| port.desired_state)
    }

    /// Says what a port is to be while [`Clock::external_port_configuration_enabled`]; PASSIVE if nothing was said. MASTER and
    /// PASSIVE it is at once. A slave is PASSIVE or LISTENING until it hears a master, and stays what it is when that falls silent.
    ///
    /// # Errors
    /// The port has to be there, the state MASTER, PASSIVE or SLAVE, and one port at the most a slave. Nothing changes otherwise.
    pub fn set_desired_state(&mut self, now: Instant, index: PortIndex, state: State) -> Result<(), ConfigError> {
        let refused = |option, value: u8, min, max| Err(ConfigError { option, value: i64::from(value), min, max });
        let slaves = self.ports.iter().filter(|port| port.index != index && port.desired_state == State::Slave);
        if state == State::Slave && slaves.count() > 0 {
            return refused("ports with desiredState SLAVE", 2, 0, 1);
        }
        if !matches!(state, State::Master | State::Passive | State::Slave) {
            return refused("desiredState (6 MASTER, 7 PASSIVE, 9 SLAVE)", state.number(), 6, 9);
        }
        let ports = i64::try_from(PORTS).unwrap_or(i64::MAX);
        let Some(port) = self.ports.get_mut(index.get()) else {
            return refused("port", index.0, 0, ports.saturating_sub(1));
        };
        port.desired_state = state;
        self.decide_at = now;
        Ok(())
    }

    /// In place of the state decision.
    pub(super) fn decide_as_told(&mut self, now: Instant) {
        let before = self.following();
        let heard = self.listen(now);
        let slave = self.ports.iter().zip(&heard).find(|(port, _)| port.desired_state == State::Slave);
        let parent = slave.and_then(|(port, heard)| port.foreign.find(heard.as_ref()?.sender));
        // Its master fell silent: what was known of it holds, until there is another one.
        let waits = parent.is_none() && slave.is_some_and(|(port, _)| port.is_following());
        let new_parent = !waits && update_data_sets(&mut self.instance, parent);
        let has_parent = parent.is_some();
        for port in &mut self.ports {
            if let Some(event) = port.told(has_parent, new_parent) {
                port.dispatch(now, &mut self.instance, event);
            }
        }
        self.follow(now, before, new_parent);
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// What brings this port nearer to what it is to be.
    fn told(&self, has_parent: bool, new_parent: bool) -> Option<StateEvent> {
        match self.desired_state {
            State::Master => Some(StateEvent::M1),
            State::Slave if has_parent => Some(StateEvent::S1 { new_master: new_parent || !self.is_following() }),
            State::Slave if !matches!(self.ds.port_state, State::PreMaster | State::Master) => None,
            _ => Some(StateEvent::P2),
        }
    }
}

#[cfg(all(test, feature = "master"))]
mod tests {
    use super::*;
    use crate::config::{ClockConfig, PortConfig};
    use crate::servo::{PiConfig, PiServo};
    use crate::wire::ClockIdentity;

    /// IEEE 1588-2019 17.6
    #[test]
    fn what_a_port_cannot_be_told_is_named_and_changes_nothing() {
        let servo = PiServo::new(PiConfig::default()).expect("the default settings");
        let ports = [PortConfig::default(), PortConfig::default()];
        let mut clock: Clock<2> = Clock::new(&ClockConfig::new(ClockIdentity(7)), &ports, servo).expect("a clock");
        let now = Instant::from_nanos(0);
        assert_eq!(clock.set_desired_state(now, PortIndex(0), State::Slave), Ok(()));
        assert_eq!(clock.set_desired_state(now, PortIndex(0), State::Slave), Ok(()), "it is the same port");
        let mut refused = |port, state| clock.set_desired_state(now, PortIndex(port), state).expect_err("refused");
        assert_eq!(refused(1, State::Slave).option, "ports with desiredState SLAVE");
        let wrong = refused(1, State::Listening);
        assert_eq!((wrong.option, wrong.value), ("desiredState (6 MASTER, 7 PASSIVE, 9 SLAVE)", 4));
        let nowhere = refused(2, State::Master);
        assert_eq!((nowhere.option, nowhere.value, nowhere.max), ("port", 2, 1));
        assert_eq!(
            [0, 1, 2].map(|port| clock.desired_state(PortIndex(port))),
            [Some(State::Slave), Some(State::Passive), None]
        );
    }
}
