//! Settings of a transparent clock, checked when it is built.

use crate::config::{ConfigError, range};
use crate::datasets::DelayMechanism;
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN};
use crate::wire::ClockIdentity;
use syntone_hal::TimeInterval;

/// Settings of the whole clock.
#[derive(Clone, Debug)]
pub struct TransparentConfig {
    /// The identity of this clock; neither all zeros nor all ones. Messages that carry it as their sender are dropped.
    pub clock_identity: ClockIdentity,
    /// The domain (of sdoId 0) to whose grandmaster the clock is syntonised: its frequency is steered, its time is not. Of
    /// the other domains, and if there is none, the rate is measured and residence times are corrected by it.
    pub syntonised_domain: Option<u8>,
    /// End-to-end, or peer-to-peer, which needs the feature of that name (IEEE 1588-2019 10.2, 10.3).
    pub delay_mechanism: DelayMechanism,
    /// Residence times are added in hardware where a port can do so. Hardware does not correct them by the rate: where they
    /// are long and the clock is not syntonised, two steps are better.
    pub one_step: bool,
}

impl TransparentConfig {
    /// End-to-end, one-step where the hardware can, not syntonised.
    #[must_use]
    pub const fn new(clock_identity: ClockIdentity) -> Self {
        Self { clock_identity, syntonised_domain: None, delay_mechanism: DelayMechanism::EndToEnd, one_step: true }
    }

    pub(super) fn check(&self, ports: usize, tables: [usize; 2]) -> Result<(), ConfigError> {
        range("numberPorts", count(ports), 2, i64::from(u32::BITS))?;
        let [pending, held] = tables;
        range("PENDING", count(pending), 1, 64)?;
        range("HELD", count(held), 1, 64)?;
        let most = if cfg!(feature = "peer-to-peer") { DelayMechanism::PeerToPeer } else { DelayMechanism::EndToEnd };
        range("delayMechanism", i64::from(self.delay_mechanism.number()), 1, i64::from(most.number()))?;
        if self.clock_identity.is_reserved() {
            return Err(ConfigError { option: "clockIdentity", value: 0, min: 1, max: i64::MAX });
        }
        Ok(())
    }
}

/// Settings of one port of a transparent clock.
#[derive(Clone, Debug, Default)]
pub struct TransparentPortConfig {
    /// How much longer the way to this port takes than the mean of both directions (IEEE 1588-2019 7.4.2).
    pub delay_asymmetry: TimeInterval,
    /// Added to what the driver knows of ingress latency (IEEE 1588-2019 16.7.1).
    pub ingress_latency: TimeInterval,
    /// Added to what the driver knows of egress latency (IEEE 1588-2019 16.7.1).
    pub egress_latency: TimeInterval,
    /// The port begins blocked, as a spanning tree protocol wants it; see
    /// [`TransparentClock::set_forwarding`](super::TransparentClock::set_forwarding).
    pub blocked: bool,
    /// log₂ of the least mean interval between the Pdelay_Reqs of this port in seconds, −7 to 7.
    pub log_min_pdelay_req_interval: i8,
    /// The domain of the Pdelay_Reqs of this port. Those of others are answered in theirs.
    pub domain_number: u8,
}

impl TransparentPortConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        range("logMinPdelayReqInterval", self.log_min_pdelay_req_interval, LOG_INTERVAL_MIN, LOG_INTERVAL_MAX)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
