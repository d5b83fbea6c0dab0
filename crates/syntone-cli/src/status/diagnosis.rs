//! What is wrong, why, and what helps.

use super::report::{Port, Report, SLAVE, UNCALIBRATED};
use syntone::wire::management::DefaultDataSetFlags;

/// States of ports that tell of trouble (IEEE 1588-2019 8.2.15.3.1).
const FAULTY: u8 = 2;
const DISABLED: u8 = 3;
const LISTENING: u8 = 4;

/// A slave whose offset is older has lost its master; nanoseconds.
const OLD: u64 = 10_000_000_000;

impl Report {
    /// One text for each thing that is wrong: cause and cure.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self.ports.iter().filter_map(|port| self.fault_of(port)).collect();
        if let Some(age) = self.offset_age.filter(|age| *age > OLD && self.is_in(SLAVE)) {
            faults.push(format!(
                "no Sync was used for {:.0} s: is the master still there, and does its Follow_Up come through?",
                age as f64 / 1e9
            ));
        }
        if self.own.is_some_and(|own| own.servo_state == 2) {
            faults.push("the frequency is held: no Sync comes any more".into());
        }
        if self.delay_ns().is_some_and(|delay| delay < 0.0) {
            faults.push(
                "the path delay is negative: the way there and the way back differ; set delayAsymmetry, or egressLatency and \
                 ingressLatency"
                    .into(),
            );
        }
        faults
    }

    fn fault_of(&self, port: &Port) -> Option<String> {
        let name = port.name();
        let state = port.data.port_state.0;
        if !port.trouble.is_empty() {
            return Some(format!("{name}: {}", port.trouble));
        }
        let slave_only = self.default.flags.contains(DefaultDataSetFlags::SLAVE_ONLY);
        match state {
            FAULTY => Some(format!(
                "{name} is FAULTY: its link is down, or the driver fails; see `ip link show` and the log of the daemon"
            )),
            DISABLED => Some(format!("{name} is DISABLED by management; enable it: syntone query 'CMD ENABLE_PORT'")),
            LISTENING if slave_only => Some(format!(
                "{name} hears no master: is there one in domain {}, on the same transport? Firewalls (UDP ports 319 and 320) \
                 and IGMP snooping without a querier keep Announces away",
                self.default.domain_number
            )),
            UNCALIBRATED if self.own.is_some() && self.offset_age.is_none() => Some(format!(
                "{name} has a master and no offset yet: Syncs, Follow_Ups or answers to delay requests are missing; does the \
                 master use the same delay mechanism?"
            )),
            _ => None,
        }
    }
}

impl Port {
    /// How people call it.
    pub(super) fn name(&self) -> String {
        let number = self.data.port_identity.port_number;
        self.interface.as_ref().map_or_else(|| format!("port {number}"), |name| format!("port {number} ({name})"))
    }
}
