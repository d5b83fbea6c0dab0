//! Management messages that a boundary clock hands on (IEEE 1588-2019 15.3.3).

use super::pending::Allowance;
use super::{Access, Managed, Names, discard};
use crate::counters::Discard;
use crate::wire::{Header, Management as Body, MessageType, fill};
use syntone_hal::{Destination, Instant, PortIndex, Transmit};

/// The longest message that is handed on.
const LONGEST: usize = 160;
/// Where boundaryHops is in a message.
const BOUNDARY_HOPS: usize = 45;
/// Stands for the port of what comes from a program on the host.
#[cfg(feature = "management-relay")]
pub(super) const HOST: PortIndex = PortIndex(u8::MAX);

/// The one message that is being handed on.
#[derive(Debug)]
pub(crate) struct Forwarding {
    octets: [u8; LONGEST],
    /// 0 if there is none.
    length: usize,
    ingress: PortIndex,
    /// A flood does not get behind this clock.
    allowance: Allowance,
    /// The next port that it may leave by.
    next: u8,
}

impl Default for Forwarding {
    fn default() -> Self {
        Self { octets: [0; LONGEST], length: 0, ingress: PortIndex(0), allowance: Allowance::default(), next: 0 }
    }
}

impl Forwarding {
    pub(crate) const fn is_busy(&self) -> bool {
        self.length != 0
    }
}

/// Takes a message to be handed on; says whether it is.
pub(super) fn take(
    clock: &mut impl Managed,
    now: Instant,
    ingress: PortIndex,
    (header, body): (&Header, &Body),
    octets: &[u8],
) -> bool {
    let names = clock.names();
    if names.number_ports < 2 || !may_pass(&names, body) || !clock.forwards(ingress) || clock.forwarding().is_none() {
        return false;
    }
    let handed_on = hand_on(clock, now, ingress, (header, body), octets);
    if !handed_on {
        discard(clock, ingress, Discard::TooMany);
    }
    handed_on
}

/// It has hops left, and is not for this clock alone.
pub(super) fn may_pass(names: &Names, body: &Body) -> bool {
    body.boundary_hops != 0 && body.target_port_identity.clock_identity != names.clock_identity
}

/// Whether there was room for it.
pub(super) fn hand_on(
    clock: &mut impl Managed,
    now: Instant,
    ingress: PortIndex,
    (header, body): (&Header, &Body),
    octets: &[u8],
) -> bool {
    let Some(forwarding) = clock.forwarding() else { return false };
    let message = octets.get(..usize::from(header.message_length)).unwrap_or_default();
    match forwarding.octets.get_mut(..message.len()) {
        Some(place) if forwarding.length == 0 && forwarding.allowance.take(now) => {
            fill(place, message);
            set_hops(place, body.boundary_hops.saturating_sub(1));
            forwarding.length = message.len();
            forwarding.ingress = ingress;
            forwarding.next = 0;
            true
        }
        _ => false,
    }
}

/// Sets the boundaryHops of a message.
pub(super) fn set_hops(message: &mut [u8], hops: u8) {
    if let Some(place) = message.get_mut(BOUNDARY_HOPS) {
        *place = hops;
    }
}

/// Puts the message into `buffer` for the next port that it leaves by.
pub(super) fn transmit(clock: &mut impl Managed, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
    let number_ports = clock.names().number_ports;
    while let Some(forwarding) = clock.forwarding().filter(|forwarding| forwarding.is_busy()) {
        let (port, ingress) = (PortIndex(forwarding.next), forwarding.ingress);
        if port.0 >= number_ports {
            forwarding.length = 0;
            return None;
        }
        forwarding.next = port.0.saturating_add(1);
        if port == ingress || clock.access(port) == Access::None || !clock.relays(port) {
            continue;
        }
        let forwarding = clock.forwarding()?;
        let message = forwarding.octets.get(..forwarding.length)?;
        fill(buffer.get_mut(..message.len())?, message);
        let length = message.len();
        if let Some(counters) = clock.port_counters(port) {
            counters.count_sent(MessageType::MANAGEMENT);
        }
        return Some((
            Transmit { port, destination: Destination::PrimaryMulticast, ticket: None, one_step: None },
            length,
        ));
    }
    None
}
