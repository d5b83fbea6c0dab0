//! The state machine of a port as a pure function (IEEE 1588-2019 9.2.5).

pub use crate::datasets::PortState as State;

/// What a port may become.
///
/// A masterOnly port runs the full machine: its Announce messages never enter the comparison, so that it is never
/// recommended to be a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// Master, slave or passive, as the best master clock algorithm decides.
    Full,
    /// The port of a slave-only clock: slave, or listening for a master.
    SlaveOnly,
}

/// What can change the state of a port (IEEE 1588-2019 9.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StateEvent {
    /// The clock has been switched on.
    PowerUp,
    /// Management asks for a new start.
    Initialize,
    /// The port has finished its start and may use the network.
    InitComplete,
    /// Something is wrong that keeps this port from working.
    FaultDetected,
    /// It works again.
    FaultCleared,
    /// Management enables the port.
    DesignatedEnabled,
    /// Management disables the port.
    DesignatedDisabled,
    /// Decision M1: master, since the own clock is fit to be a grandmaster.
    M1,
    /// Decision M2: master, since the own clock is the best of all.
    M2,
    /// Decision M3: master that passes on the time which another port receives.
    M3,
    /// Decision P1: passive, since a better grandmaster is heard here.
    P1,
    /// Decision P2: passive, since this port would close a loop.
    P2,
    /// Decision S1: slave of the best master, which is heard here.
    S1 {
        /// It is another than the present parent.
        new_master: bool,
    },
    /// No Announce of a usable master for the time that `announceReceiptTimeout` gives.
    AnnounceReceiptTimeoutExpires,
    /// Other masters have had their time to fall silent.
    QualificationTimeoutExpires,
    /// The servo follows the new master.
    MasterClockSelected,
    /// The servo has lost the master's time.
    SynchronizationFault,
}

/// The state that follows `state` when `event` happens (IEEE 1588-2019 9.2.5, the full and the slave-only machine).
///
/// The qualification timeout of decisions M1 and M2 is zero, so they lead to MASTER at once; M3 leads to PRE_MASTER.
/// A port that is in PRE_MASTER already waits for the timeout that is running.
///
/// A slave-only port is never in PRE_MASTER, MASTER or PASSIVE by itself; where the role has changed while it was, the
/// next decision or timeout leads out.
#[must_use]
pub const fn next(state: State, event: StateEvent, role: Role) -> State {
    match event {
        StateEvent::PowerUp | StateEvent::Initialize => State::Initializing,
        _ => match state {
            State::Initializing => match event {
                StateEvent::InitComplete => State::Listening,
                StateEvent::FaultDetected => State::Faulty,
                _ => state,
            },
            State::Faulty => match event {
                StateEvent::FaultCleared => State::Initializing,
                StateEvent::DesignatedDisabled => State::Disabled,
                _ => state,
            },
            State::Disabled => match event {
                StateEvent::DesignatedEnabled => State::Initializing,
                _ => state,
            },
            _ => next_while_running(state, event, role),
        },
    }
}

const fn next_while_running(state: State, event: StateEvent, role: Role) -> State {
    match event {
        StateEvent::DesignatedDisabled => State::Disabled,
        StateEvent::FaultDetected => State::Faulty,
        StateEvent::S1 { new_master } => match state {
            State::Slave if !new_master => state,
            _ => State::Uncalibrated,
        },
        StateEvent::MasterClockSelected if matches!(state, State::Uncalibrated) => State::Slave,
        StateEvent::SynchronizationFault if matches!(state, State::Slave) => State::Uncalibrated,
        _ => match role {
            Role::Full => next_without_parent(state, event),
            Role::SlaveOnly => next_to_listen(state, event),
        },
    }
}

const fn next_without_parent(state: State, event: StateEvent) -> State {
    match (event, state) {
        (StateEvent::P1 | StateEvent::P2, _) => State::Passive,
        (StateEvent::M1 | StateEvent::M2 | StateEvent::M3, State::PreMaster | State::Master) => state,
        (StateEvent::M1 | StateEvent::M2, _) => State::Master,
        (StateEvent::M3, _) => State::PreMaster,
        (StateEvent::AnnounceReceiptTimeoutExpires, State::PreMaster) => state,
        (StateEvent::AnnounceReceiptTimeoutExpires, _) => State::Master,
        (StateEvent::QualificationTimeoutExpires, State::PreMaster) => State::Master,
        _ => state,
    }
}

const fn next_to_listen(state: State, event: StateEvent) -> State {
    match event {
        StateEvent::M1
        | StateEvent::M2
        | StateEvent::M3
        | StateEvent::P1
        | StateEvent::P2
        | StateEvent::AnnounceReceiptTimeoutExpires => State::Listening,
        _ => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StateEvent as E;

    const STATES: [(&str, State); 9] = [
        ("INITIALIZING", State::Initializing),
        ("FAULTY", State::Faulty),
        ("DISABLED", State::Disabled),
        ("LISTENING", State::Listening),
        ("PRE_MASTER", State::PreMaster),
        ("MASTER", State::Master),
        ("PASSIVE", State::Passive),
        ("UNCALIBRATED", State::Uncalibrated),
        ("SLAVE", State::Slave),
    ];

    const EVENTS: [E; 18] = [
        E::PowerUp,
        E::Initialize,
        E::InitComplete,
        E::FaultDetected,
        E::FaultCleared,
        E::DesignatedEnabled,
        E::DesignatedDisabled,
        E::M1,
        E::M2,
        E::M3,
        E::P1,
        E::P2,
        E::S1 { new_master: false },
        E::S1 { new_master: true },
        E::AnnounceReceiptTimeoutExpires,
        E::QualificationTimeoutExpires,
        E::MasterClockSelected,
        E::SynchronizationFault,
    ];

    // One row a state, one column an event, in the order above; "." is no change, I INITIALIZING, F FAULTY, D DISABLED,
    // L LISTENING, R PRE_MASTER, M MASTER, P PASSIVE, U UNCALIBRATED, S SLAVE. Written from the figures of 9.2.5 as three
    // public implementations read them, not from the code above.
    const FULL: &str = "
        state        PU IN IC FD FC DE DD M1 M2 M3 P1 P2 Ss Sn AT QT MS SF
        INITIALIZING I  I  L  F  .  .  .  .  .  .  .  .  .  .  .  .  .  .
        FAULTY       I  I  .  .  I  .  D  .  .  .  .  .  .  .  .  .  .  .
        DISABLED     I  I  .  .  .  I  .  .  .  .  .  .  .  .  .  .  .  .
        LISTENING    I  I  .  F  .  .  D  M  M  R  P  P  U  U  M  .  .  .
        PRE_MASTER   I  I  .  F  .  .  D  .  .  .  P  P  U  U  .  M  .  .
        MASTER       I  I  .  F  .  .  D  .  .  .  P  P  U  U  .  .  .  .
        PASSIVE      I  I  .  F  .  .  D  M  M  R  .  .  U  U  M  .  .  .
        UNCALIBRATED I  I  .  F  .  .  D  M  M  R  P  P  .  .  M  .  S  .
        SLAVE        I  I  .  F  .  .  D  M  M  R  P  P  .  U  M  .  .  U";

    // PRE_MASTER, MASTER and PASSIVE are not in the figure: they are left by the rule that holds for the others.
    const SLAVE_ONLY: &str = "
        state        PU IN IC FD FC DE DD M1 M2 M3 P1 P2 Ss Sn AT QT MS SF
        INITIALIZING I  I  L  F  .  .  .  .  .  .  .  .  .  .  .  .  .  .
        FAULTY       I  I  .  .  I  .  D  .  .  .  .  .  .  .  .  .  .  .
        DISABLED     I  I  .  .  .  I  .  .  .  .  .  .  .  .  .  .  .  .
        LISTENING    I  I  .  F  .  .  D  .  .  .  .  .  U  U  .  .  .  .
        PRE_MASTER   I  I  .  F  .  .  D  L  L  L  L  L  U  U  L  .  .  .
        MASTER       I  I  .  F  .  .  D  L  L  L  L  L  U  U  L  .  .  .
        PASSIVE      I  I  .  F  .  .  D  L  L  L  L  L  U  U  L  .  .  .
        UNCALIBRATED I  I  .  F  .  .  D  L  L  L  L  L  .  .  L  .  S  .
        SLAVE        I  I  .  F  .  .  D  L  L  L  L  L  .  U  L  .  .  U";

    fn check(table: &str, role: Role) {
        let mut rows = table.lines().map(str::split_whitespace).skip(2);
        for (name, state) in STATES {
            let mut row = rows.next().expect("a row for each state");
            assert_eq!(row.next(), Some(name));
            for event in EVENTS {
                let expected = match row.next().expect("a column for each event") {
                    "." => state,
                    "I" => State::Initializing,
                    "F" => State::Faulty,
                    "D" => State::Disabled,
                    "L" => State::Listening,
                    "R" => State::PreMaster,
                    "M" => State::Master,
                    "P" => State::Passive,
                    "U" => State::Uncalibrated,
                    "S" => State::Slave,
                    other => panic!("{other} in the table"),
                };
                assert_eq!(next(state, event, role), expected, "{state:?} on {event:?}, {role:?}");
            }
            assert_eq!(row.next(), None);
        }
        assert_eq!(rows.next().map(Iterator::count), None);
    }

    /// IEEE 1588-2019 9.2.5, IEEE 1588-2019 9.2.6
    #[test]
    fn full_machine_follows_the_table_for_every_state_and_event() {
        check(FULL, Role::Full);
    }

    /// IEEE 1588-2019 9.2.5
    #[test]
    fn slave_only_machine_follows_the_table_for_every_state_and_event() {
        check(SLAVE_ONLY, Role::SlaveOnly);
    }

    /// IEEE 1588-2019 8.2.15.3.1
    #[test]
    fn states_have_the_numbers_of_the_standard() {
        for ((_, state), number) in STATES.into_iter().zip(1..) {
            assert_eq!(state.number(), number);
        }
    }
}
