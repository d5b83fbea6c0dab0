//! What to say when no master is heard.

use super::engine::Engine;
use super::settings::Settings;
use syntone::counters::Discard;
use syntone::port::State;
use syntone_hal::{Instant, PortIndex};

/// So long a clock that only follows waits for a master before it is said.
const PATIENCE_NS: u64 = 10_000_000_000;

/// Whether a clock that only follows has no master, and since when.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    since: Option<Instant>,
    said: bool,
}

impl Silence {
    /// What is to be said now: once for each time without a master.
    pub(crate) fn look(&mut self, now: Instant, engine: &dyn Engine, settings: &Settings) -> Option<String> {
        let ports = || (0..).map(PortIndex).zip(&settings.interfaces);
        if !engine.is_slave_only() || !ports().all(|(port, _)| engine.port_state(port) == State::Listening) {
            *self = Self::default();
            return None;
        }
        let since = *self.since.get_or_insert(now);
        if self.said || now.nanos_since(since) < PATIENCE_NS {
            return None;
        }
        self.said = true;
        let discards = |reason| {
            ports().any(|(port, _)| engine.counters(port).is_some_and(|counters| counters.discarded(reason) > 0))
        };
        let domain = settings.integer("domainNumber", None);
        Some(if discards(Discard::Domain) {
            format!(
                "no master in domain {domain}, but messages of other domains come: set domainNumber to the master's"
            )
        } else if discards(Discard::NotAcceptable) {
            "masters are heard, but acceptable_masters has none of them".to_owned()
        } else if discards(Discard::SdoId) {
            "no master is heard, but messages of another profile come: set transportSpecific to the master's".to_owned()
        } else {
            format!(
                "no master is heard in domain {domain}: is one running, in this domain and over the same transport (-2, -4, -6)? \
                 Firewalls (UDP 319 and 320) and IGMP snooping without a querier keep Announces away"
            )
        })
    }
}
