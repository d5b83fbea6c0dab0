//! What all ports of a clock share.

use crate::config::ClockConfig;
use crate::datasets::{CurrentDs, DefaultDs, ParentDs, TimePropertiesDs};
use crate::event::{EventQueue, Pending};
use crate::random::Random;
use crate::wire::ClockClass;
use syntone_hal::Instant;

/// The data sets of the clock and what its ports use in common.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) default_ds: DefaultDs,
    pub(crate) current_ds: CurrentDs,
    pub(crate) parent_ds: ParentDs,
    pub(crate) time_properties_ds: TimePropertiesDs,
    /// What this clock announces when it is grandmaster itself.
    pub(crate) own_time_properties: TimePropertiesDs,
    pub(crate) minor_version_ptp: u8,
    pub(crate) random: Random,
    pub(crate) events: EventQueue,
    /// Time stamps that are handed over before this moment may be on the time before a step.
    pub(crate) settled_at: Instant,
}

/// For how long after a step the time stamps that are handed over may still be on the time before it.
const SETTLING_NANOS: u64 = 10_000_000;

impl Instance {
    pub(crate) fn new(config: &ClockConfig, ports: u16) -> Self {
        let mut clock_quality = config.clock_quality;
        if config.slave_only {
            clock_quality.clock_class = ClockClass::SLAVE_ONLY;
        }
        let default_ds = DefaultDs {
            clock_identity: config.clock_identity,
            number_ports: ports,
            clock_quality,
            priority1: config.priority1,
            priority2: config.priority2,
            domain_number: config.domain_number,
            slave_only: config.slave_only,
            sdo_id: config.sdo_id,
            max_steps_removed: config.max_steps_removed,
        };
        Self {
            current_ds: CurrentDs::default(),
            parent_ds: ParentDs::of_grandmaster(&default_ds),
            time_properties_ds: config.time_properties,
            own_time_properties: config.time_properties,
            minor_version_ptp: config.minor_version_ptp,
            random: Random::new(config.clock_identity.0 ^ config.seed),
            events: EventQueue::new(),
            settled_at: Instant::from_nanos(0),
            default_ds,
        }
    }

    /// The clock was stepped.
    pub(crate) fn on_step(&mut self, now: Instant, nanoseconds: i64) {
        self.settled_at = now.plus_nanos(SETTLING_NANOS);
        self.events.push(Pending::Stepped(nanoseconds));
    }
}
