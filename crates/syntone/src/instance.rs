//! What all ports of a clock share.

#[cfg(feature = "announce-tlvs")]
use crate::attached::Attached;
use crate::config::ClockConfig;
use crate::datasets::{CurrentDs, DefaultDs, ParentDs, TimePropertiesDs};
#[cfg(feature = "events")]
use crate::event::Attributes;
use crate::event::{Event, EventQueue, Pending};
use crate::random::Random;
#[cfg(feature = "utc")]
use crate::utc::UtcKeeper;
use crate::wire::ClockClass;
#[cfg(feature = "linuxptp-management")]
use crate::wire::ClockIdentity;
#[cfg(feature = "linuxptp-management")]
use crate::wire::management::{ExternalGrandmasterPropertiesNp, SynchronizationUncertainNp};
use syntone_hal::Instant;
#[cfg(feature = "utc")]
use syntone_hal::Timestamp;

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
    /// Follows domainNumber and sdoId of `default_ds`.
    #[cfg(target_pointer_width = "64")]
    pub(crate) screen: Screen,
    /// Time stamps that are handed over before this moment may be on the time before a step.
    pub(crate) settled_at: Instant,
    /// The ports are what they are told to be.
    #[cfg(feature = "external-ports")]
    pub(crate) external_port_configuration_enabled: bool,
    /// The grandmaster behind this clock, where its time comes from one that it does not hear itself; of identity 0: none.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) external_grandmaster: ExternalGrandmasterPropertiesNp,
    /// What is announced of the certainty of the time.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) uncertain: SynchronizationUncertainNp,
    /// Whom the ports that ask for it consider.
    #[cfg(feature = "acceptable-masters")]
    pub(crate) acceptable_masters: crate::bmca::AcceptableMasterTable,
    /// TLVs that were received and are to be sent.
    #[cfg(feature = "announce-tlvs")]
    pub(crate) attached: Attached,
    /// What is known of UTC from the grandmaster.
    #[cfg(feature = "utc")]
    pub(crate) utc: UtcKeeper,
    /// The same from the own time properties.
    #[cfg(feature = "utc")]
    own_utc: UtcKeeper,
}

/// What the first octets of a message must be: version 2, the sdoId and the domain of defaultDS, in one comparison.
#[cfg(target_pointer_width = "64")]
#[derive(Debug)]
pub(crate) struct Screen(u64);

#[cfg(target_pointer_width = "64")]
impl Screen {
    /// majorSdoId, versionPTP, domainNumber and minorSdoId, in the first eight octets.
    const MASK: u64 = u64::from_ne_bytes([0xF0, 0x0F, 0, 0, 0xFF, 0xFF, 0, 0]);

    pub(crate) const fn new(ds: &DefaultDs) -> Self {
        Self(u64::from_ne_bytes([ds.sdo_id.major() << 4, 2, 0, 0, ds.domain_number, ds.sdo_id.minor(), 0, 0]))
    }

    #[inline(always)]
    pub(crate) const fn lets_through(&self, octets: [u8; 8]) -> bool {
        u64::from_ne_bytes(octets) & Self::MASK == self.0
    }
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
        let (current_ds, parent_ds) = (CurrentDs::default(), ParentDs::of_grandmaster(&default_ds));
        Self {
            #[cfg(target_pointer_width = "64")]
            screen: Screen::new(&default_ds),
            current_ds,
            parent_ds,
            time_properties_ds: config.time_properties,
            own_time_properties: config.time_properties,
            minor_version_ptp: config.minor_version_ptp,
            random: Random::new(config.clock_identity.0 ^ config.seed),
            #[cfg(not(feature = "events"))]
            events: EventQueue::new(),
            #[cfg(feature = "events")]
            events: EventQueue::new(Attributes::new(&parent_ds, &current_ds), config.time_properties),
            settled_at: Instant::from_nanos(0),
            #[cfg(feature = "external-ports")]
            external_port_configuration_enabled: false,
            #[cfg(feature = "linuxptp-management")]
            external_grandmaster: ExternalGrandmasterPropertiesNp::default(),
            #[cfg(feature = "linuxptp-management")]
            uncertain: SynchronizationUncertainNp { val: SynchronizationUncertainNp::NOT_SAID },
            #[cfg(feature = "acceptable-masters")]
            acceptable_masters: crate::bmca::AcceptableMasterTable::default(),
            #[cfg(feature = "announce-tlvs")]
            attached: Attached::default(),
            #[cfg(feature = "utc")]
            utc: UtcKeeper::new(),
            #[cfg(feature = "utc")]
            own_utc: UtcKeeper::new(),
            default_ds,
        }
    }

    /// It has no parent.
    #[cfg(all(
        feature = "announce-tlvs",
        any(feature = "master", feature = "alternate-time-offset", feature = "accuracy-metrics")
    ))]
    pub(crate) fn is_grandmaster(&self) -> bool {
        self.parent_ds.parent_port_identity.clock_identity == self.default_ds.clock_identity
    }

    /// Where the time comes from a grandmaster that this clock does not hear itself, that is the one it tells of.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) fn tell_external_grandmaster(&mut self) {
        let ExternalGrandmasterPropertiesNp { gm_identity, steps_removed } = self.external_grandmaster;
        if gm_identity != ClockIdentity::default() {
            self.parent_ds.grandmaster_identity = gm_identity;
            self.current_ds.steps_removed = steps_removed;
        }
    }

    /// Changes defaultDS.domainNumber.
    pub(crate) const fn set_domain_number(&mut self, domain_number: u8) {
        self.default_ds.domain_number = domain_number;
        #[cfg(target_pointer_width = "64")]
        {
            self.screen = Screen::new(&self.default_ds);
        }
    }

    /// The next event that waits to be reported.
    pub(crate) fn pop_event(&mut self) -> Option<Event> {
        self.events.pop(&self.parent_ds, &self.current_ds, &self.time_properties_ds)
    }

    /// It is `time` for the grandmaster: keeps what is known of UTC, and makes a leap second of the own time properties when
    /// it is due. Says whether it did.
    #[cfg(feature = "utc")]
    pub(crate) fn keep_utc(&mut self, time: Timestamp) -> bool {
        self.utc.observe(time, &self.time_properties_ds);
        self.own_utc.observe(time, &self.own_time_properties);
        let changed = self.own_utc.after_leap(time, &self.own_time_properties);
        if let Some(properties) = changed {
            self.own_time_properties = properties;
        }
        changed.is_some()
    }

    /// The clock was stepped.
    pub(crate) fn on_step(&mut self, now: Instant, nanoseconds: i64) {
        self.settled_at = now.plus_nanos(SETTLING_NANOS);
        self.events.push(Pending::Stepped(nanoseconds));
    }
}
