//! A transparent clock: it forwards PTP messages and corrects them by the time that they stayed (IEEE 1588-2019 10).

mod config;
mod emit;
mod exchange;
mod held;
#[cfg(feature = "management")]
mod managed;
mod passage;
mod passing;
#[cfg(feature = "peer-to-peer")]
mod peer;
mod port;
mod port_set;
mod rate;
mod receive;
mod syntonise;
mod table;
#[cfg(test)]
mod tests;

pub use config::{TransparentConfig, TransparentPortConfig};
pub use exchange::{Input, Output};

use crate::config::ConfigError;
use crate::counters::{Counters, Discard};
#[cfg(feature = "peer-to-peer")]
use crate::datasets::DelayMechanism;
use crate::wire::{ClockIdentity, SdoId};
use held::{Held, Hold};
use passage::Domain;
use passing::{Claim, Passing, TicketKind};
use port::Port;
use port_set::PortSet;
use rate::Rates;
use syntone_hal::{
    EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Received, TimeInterval, Timestamp,
};
use syntonise::Syntoniser;
use table::{Entry, Place, Table};

/// A transparent clock that does no input or output of its own: [`TransparentClock::handle`] takes what happened,
/// [`TransparentClock::poll`] says what to do, until that is to wait.
/// [`TransparentRunner`](crate::runner::TransparentRunner) joins it to a board.
///
/// It has 2 to 32 ports. `PENDING` is how many Syncs, and how many requests and responses, are remembered until what
/// belongs to them has passed; `HELD` is how many messages can wait for a time stamp. Each is 1 to 64; of more the oldest
/// gives way, counted.
#[derive(Debug)]
pub struct TransparentClock<const PORTS: usize = 2, const PENDING: usize = 16, const HELD: usize = 8> {
    clock_identity: ClockIdentity,
    one_step: bool,
    ports: [Port; PORTS],
    /// Syncs that have passed, apart from the requests, so that a flood of these takes nothing from them.
    syncs: Table<PORTS, PENDING>,
    requests: Table<PORTS, PENDING>,
    hold: Hold<HELD>,
    /// The message in the caller's buffer, while it is to be forwarded.
    passing: Option<Passing>,
    rates: Rates,
    syntoniser: Syntoniser,
    /// What was sent last, in case that it did not leave.
    last: Claim,
    settled_at: Instant,
    #[cfg(feature = "management")]
    management: crate::management::Management,
    #[cfg(feature = "management")]
    access: [crate::management::Access; PORTS],
    /// What a program on the host asks other clocks.
    #[cfg(feature = "management-relay")]
    forwarding: crate::management::Forwarding,
}

/// For how long after a step the time stamps that are handed over may still be on the time before it.
const SETTLING_NANOS: u64 = 10_000_000;

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> TransparentClock<PORTS, PENDING, HELD> {
    /// A clock that has not started yet.
    ///
    /// # Errors
    /// [`ConfigError`] names the option that cannot be.
    pub fn new(config: &TransparentConfig, ports: &[TransparentPortConfig; PORTS]) -> Result<Self, ConfigError> {
        config.check(PORTS, [PENDING, HELD])?;
        for port in ports {
            port.check()?;
        }
        #[cfg_attr(not(feature = "peer-to-peer"), expect(unused_mut, reason = "the links are not measured"))]
        let mut clock = Self {
            clock_identity: config.clock_identity,
            one_step: config.one_step,
            ports: ports.each_ref().map(Port::new),
            syncs: Table::new(),
            requests: Table::new(),
            hold: Hold::new(),
            passing: None,
            rates: Rates::default(),
            syntoniser: Syntoniser::new(config.syntonised_domain),
            last: Claim::Nobody(PortIndex(0)),
            settled_at: Instant::from_nanos(0),
            #[cfg(feature = "management")]
            management: crate::management::Management::default(),
            #[cfg(feature = "management")]
            access: [crate::management::Access::None; PORTS],
            #[cfg(feature = "management-relay")]
            forwarding: crate::management::Forwarding::default(),
        };
        #[cfg(feature = "peer-to-peer")]
        if config.delay_mechanism == DelayMechanism::PeerToPeer {
            for ((index, port), settings) in (0..).map(PortIndex).zip(&mut clock.ports).zip(ports) {
                port.peer = Some(peer::PeerPort::new(index, config, settings));
            }
        }
        Ok(clock)
    }

    /// Takes what happened at `now`. Drain [`TransparentClock::poll`] afterwards.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Start(limits) => self.syntoniser.start(limits),
            Input::Capabilities(port, capabilities) => self.set_capabilities(port, &capabilities),
            Input::Frame(received, octets) => self.handle_frame(now, received, octets),
            Input::Egress(egress) => self.handle_egress(now, egress),
            Input::Adjusted(effective) => self.handle_adjusted(effective.frequency),
            Input::Stepped => self.handle_step(now),
            Input::Link(port, up) => self.handle_link(port, up),
            Input::SendFailed(port, kind) => self.handle_send_failed(port, kind),
            Input::ReceiveFailed(_) => self.handle_receive_failed(),
        }
    }

    /// What a port received, sent and discarded; `None` if there is no such port.
    pub fn counters(&self, port: PortIndex) -> Option<&Counters> {
        self.ports.get(port.get()).map(|port| &port.counters)
    }

    /// Whether a port has a link; `false` if there is no such port.
    pub fn link_is_up(&self, port: PortIndex) -> bool {
        self.ports.get(port.get()).is_some_and(|port| port.link_up)
    }

    /// Lets a port forward or blocks it, as the protocol that keeps the network free of loops decides (IEEE 802.1Q, HSR).
    /// Nothing is forwarded from or to a port that is blocked.
    pub fn set_forwarding(&mut self, port: PortIndex, forwarding: bool) {
        if let Some(on) = self.ports.get_mut(port.get()) {
            on.forwarding = forwarding;
            if !forwarding {
                self.forget(port);
            }
        }
    }

    /// Whether a port forwards; `false` if there is no such port.
    pub fn is_forwarding(&self, port: PortIndex) -> bool {
        self.ports.get(port.get()).is_some_and(|port| port.forwarding)
    }

    /// meanLinkDelay of a port of a peer-to-peer clock; `None` until it is measured.
    #[cfg(feature = "peer-to-peer")]
    pub fn mean_link_delay(&self, port: PortIndex) -> Option<TimeInterval> {
        self.ports.get(port.get())?.peer.as_ref()?.mean_link_delay()
    }

    /// How much faster than this clock the master of a domain runs, to the nearest 2⁻¹⁶ ppm; `None` until it is measured.
    /// It is taken from the Syncs that pass, and never beyond ± 250 ppm.
    pub fn rate(&self, sdo_id: SdoId, domain_number: u8) -> Option<FrequencyOffset> {
        self.rates.scaled(Domain { sdo_id, number: domain_number }).map(syntonise::frequency_of)
    }

    pub(crate) const fn start(&mut self, limits: syntone_hal::ClockLimits) {
        self.syntoniser.start(limits);
    }

    pub(crate) fn set_capabilities(&mut self, port: PortIndex, capabilities: &PortCapabilities) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.set_capabilities(capabilities);
        }
    }

    pub(crate) fn handle_receive_failed(&mut self) {
        if let Some(port) = self.ports.first_mut() {
            port.counters.discard(Discard::ReceiveFailed);
        }
    }

    pub(crate) fn handle_frame(&mut self, now: Instant, received: &Received, octets: &[u8]) {
        self.drop_what_is_not_drained();
        self.drop_stale(now);
        if received.port.get() >= PORTS {
            return;
        }
        match self.receive(now, received, octets) {
            Ok(message_type) => self.port(received.port, |port| port.counters.count_received(message_type)),
            Err(reason) => self.discard(received.port, reason),
        }
    }

    pub(crate) fn handle_egress(&mut self, now: Instant, egress: EgressStamp) {
        let stamp = egress.stamp.filter(|_| now >= self.settled_at);
        match (Claim::of(egress.ticket), stamp) {
            (Claim::Entry(kind, place, port), Some(stamp)) => self.stamped(kind, place, port, stamp),
            (Claim::Entry(kind, place, port), None) => self.stamp_lost(kind, place, port),
            (Claim::Nobody(_), _) => {}
            #[cfg(not(feature = "peer-to-peer"))]
            _ => {}
            #[cfg(feature = "peer-to-peer")]
            (claim, stamp) => self.handle_peer_egress(claim, stamp),
        }
    }

    #[cfg(feature = "peer-to-peer")]
    fn handle_peer_egress(&mut self, claim: Claim, stamp: Option<Timestamp>) {
        let Some(port) = self.ports.get_mut(claim.port().get()) else { return };
        let stamp = stamp.map(|stamp| stamp + port.egress().latency);
        let Some(peer) = &mut port.peer else { return };
        if let Err(reason) = peer.egress(&claim, stamp) {
            port.counters.discard(reason);
        }
    }

    pub(crate) fn handle_adjusted(&mut self, frequency: Option<FrequencyOffset>) {
        if let Some(frequency) = frequency {
            self.syntoniser.adjusted(frequency);
            self.rates.adjusted(frequency);
            self.ports.iter_mut().for_each(|port| port.adjusted(frequency));
        }
    }

    /// Stamps before and after the step do not compare: nothing of what is under way can be corrected.
    pub(crate) fn handle_step(&mut self, now: Instant) {
        self.settled_at = now.plus_nanos(SETTLING_NANOS);
        self.syncs.clear();
        self.requests.clear();
        self.hold.clear();
        self.ports.iter_mut().for_each(Port::forget_stamps);
        self.rates.restart();
    }

    pub(crate) fn handle_link(&mut self, port: PortIndex, up: bool) {
        self.port(port, |port| port.set_link(up));
        if !up {
            self.forget(port);
        }
    }

    pub(crate) fn handle_send_failed(&mut self, port: PortIndex, kind: ErrorKind) {
        self.discard(port, Discard::SendFailed);
        #[cfg(feature = "management")]
        if super::is_lasting(kind) {
            self.management.remember(port, kind);
        }
        #[cfg(not(feature = "management"))]
        let _ = kind;
        match core::mem::replace(&mut self.last, Claim::Nobody(port)) {
            Claim::Entry(kind, place, sent) if sent == port => self.give_up(kind, place, port),
            #[cfg(feature = "peer-to-peer")]
            Claim::PeerRequest(sent, _) if sent == port => {
                self.port(port, |port| port.peer.iter_mut().for_each(peer::PeerPort::unsent));
            }
            _ => {}
        }
    }

    /// Nothing is waited for that came by `port` or is to leave by it.
    fn forget(&mut self, port: PortIndex) {
        self.syncs.forget_port(port);
        self.requests.forget_port(port);
        self.hold.forget_port(port);
        if let Some(passing) = &mut self.passing {
            passing.ports = passing.ports.without(port);
        }
    }

    fn entry(&mut self, kind: TicketKind, place: Place) -> Option<&mut Entry<PORTS>> {
        match kind {
            TicketKind::Sync => self.syncs.get(place),
            TicketKind::Request => self.requests.get(place),
        }
    }

    fn stamped(&mut self, kind: TicketKind, place: Place, port: PortIndex, stamp: Timestamp) {
        let Some(settings) = self.ports.get(port.get()).map(Port::egress) else { return };
        let Some(entry) = self.entry(kind, place).filter(|entry| entry.awaited.contains(port)).copied() else {
            return self.discard(port, Discard::Unmatched);
        };
        let Some(residence) = residence(entry.stamp, stamp + settings.latency) else {
            return self.stamp_lost(kind, place, port);
        };
        let residence = self.rates.to_master(entry.key.domain, residence);
        let correction = residence + entry.extra + settings.extra_of(entry.key.kind);
        if let Some(entry) = self.entry(kind, place) {
            entry.know(port, correction);
        }
        self.hold.waiting_for(&entry.key, place).for_each(|held| held.stamped(port));
    }

    fn stamp_lost(&mut self, kind: TicketKind, place: Place, port: PortIndex) {
        let awaited = self.entry(kind, place).is_some_and(|entry| entry.awaited.contains(port));
        self.discard(port, if awaited { Discard::EgressStampLost } else { Discard::Unmatched });
        self.give_up(kind, place, port);
    }

    fn give_up(&mut self, kind: TicketKind, place: Place, port: PortIndex) {
        let Some(entry) = self.entry(kind, place) else { return };
        entry.awaited = entry.awaited.without(port);
        let key = entry.key;
        for held in self.hold.waiting_for(&key, place) {
            let _ = held.lost(port);
        }
        self.hold.sweep();
    }

    fn drop_what_is_not_drained(&mut self) {
        for port in self.passing.take().map_or(PortSet::EMPTY, |passing| passing.ports) {
            self.discard(port, Discard::NotDrained);
        }
    }

    /// What waits in vain is counted where it is missed.
    fn drop_stale(&mut self, now: Instant) {
        while let Some(entry) = self.syncs.take_stale(now).or_else(|| self.requests.take_stale(now)) {
            for port in entry.awaited {
                self.discard(port, Discard::EgressStampLost);
            }
        }
        while let Some(held) = self.hold.take_stale(now) {
            self.count_lost(&held);
        }
    }

    fn count_lost(&mut self, held: &Held) {
        if held.place.is_none() {
            self.discard(held.route.ingress, Discard::Incomplete);
        }
    }

    fn discard(&mut self, port: PortIndex, reason: Discard) {
        self.port(port, |port| port.counters.discard(reason));
    }

    fn port(&mut self, port: PortIndex, change: impl FnOnce(&mut Port)) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            change(port);
        }
    }
}

/// The residence time; `None` if it cannot be one.
fn residence(ingress: Timestamp, egress: Timestamp) -> Option<TimeInterval> {
    let residence = egress.since(ingress);
    let longest = i64::try_from(table::LIFETIME_NANOS).unwrap_or(i64::MAX);
    (0..=longest).contains(&residence.nanos()).then_some(residence)
}
