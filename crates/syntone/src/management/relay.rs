//! Programs on the host that ask other clocks through this one, and the answers that come for them.

use super::{Managed, forward};
use crate::counters::Discard;
use crate::wire::{self, Header, Management as Body, MessageType, PortIdentity, fill};
use heapless::Deque;
use syntone_hal::{Instant, PortIndex};

/// Programs that are remembered; a new one takes the place of the oldest.
const MOST: usize = 8;

/// Who asked, and the answers that wait for the host, whole and in their order, in storage that it lends.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    asked_by: Deque<PortIdentity, MOST>,
    octets: &'static mut [u8],
    length: usize,
}

impl Relay {
    pub(crate) fn lend(&mut self, storage: &'static mut [u8]) {
        *self = Self { octets: storage, ..Self::default() };
    }

    pub(crate) const fn clear(&mut self) {
        self.length = 0;
    }

    /// The answers that wait.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.octets.get(..self.length).unwrap_or_default();
        core::iter::from_fn(move || {
            let length = Header::checked(rest)?.0.message_length;
            let (message, behind) = rest.split_at_checked(length.into())?;
            rest = behind;
            Some(message)
        })
    }

    fn remember(&mut self, who: PortIdentity) {
        if self.asked_by.iter().any(|other| *other == who) {
            return;
        }
        if self.asked_by.is_full() {
            self.asked_by.pop_front();
        }
        // There is room now.
        let _ = self.asked_by.push_back(who);
    }

    /// Keeps an answer to a program on the host; says whether it is one. It is worth a hop, as to every other clock.
    ///
    /// # Errors
    /// There is no room for it.
    pub(super) fn keep(&mut self, header: &Header, body: &Body, octets: &[u8]) -> Result<bool, Discard> {
        let is_for_host = self.asked_by.iter().any(|who| *who == body.target_port_identity);
        if body.action_field.asks() || body.boundary_hops == 0 || !is_for_host {
            return Ok(false);
        }
        let message = octets.get(..usize::from(header.message_length)).ok_or(Discard::Malformed)?;
        let room = self.octets.get_mut(self.length..).unwrap_or_default();
        let place = room.get_mut(..message.len()).ok_or(Discard::NotDrained)?;
        fill(place, message);
        forward::set_hops(place, body.boundary_hops.saturating_sub(1));
        self.length = self.length.saturating_add(message.len());
        Ok(true)
    }
}

/// Hands a request of a program on the host on to other clocks, if it may pass this one; says whether it does.
pub(crate) fn hand_on(clock: &mut impl Managed, now: Instant, octets: &[u8]) -> bool {
    let Some((header, content)) = Header::checked(octets) else { return false };
    let Some((body, _)) = wire::checked::<Body>(content) else { return false };
    if header.message_type != MessageType::MANAGEMENT
        || !body.action_field.asks()
        || clock.management().relay.octets.is_empty()
        || !forward::may_pass(&clock.names(), &body)
    {
        return false;
    }
    clock.management().relay.remember(header.source_port_identity);
    let handed_on = forward::hand_on(clock, now, forward::HOST, (&header, &body), octets);
    if !handed_on {
        super::discard(clock, PortIndex(0), Discard::TooMany);
    }
    handed_on
}
