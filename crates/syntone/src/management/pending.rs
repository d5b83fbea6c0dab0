//! Answers that wait to be sent.

use crate::counters::Discard;
use crate::wire::{ManagementErrorId, ManagementId, PortIdentity};
use heapless::Deque;
use syntone_hal::{Address, Instant, PortIndex};

/// All that is kept of a request, until it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    /// Who asked.
    pub(super) requester: PortIdentity,
    /// Where the answer goes if the request was unicast.
    pub(super) unicast: Option<Address>,
    pub(super) sequence_id: u16,
    pub(super) id: ManagementId,
    /// The first octet of its dataField, which for some ids says of which entry: 0 where there is none.
    pub(super) key: u8,
    /// Why not; or else the values now in effect are told.
    pub(super) error: Option<ManagementErrorId>,
    /// ACKNOWLEDGE instead of RESPONSE.
    pub(super) acknowledges: bool,
    /// Boundary clocks that the request has passed.
    pub(super) hops: u8,
    /// The domain in which it was asked.
    pub(super) domain_number: u8,
    /// By which port it came, and the answers leave.
    pub(super) ingress: PortIndex,
    /// The port that answers next, and the last one.
    pub(super) next: u8,
    pub(super) last: u8,
}

/// Requests that wait at the most.
const WAITING: usize = 2;
/// Nanoseconds between messages that are taken, on average: 128 in a second.
const COST: u64 = 1_000_000_000 / 128;
/// So many may come at once.
const BURST: u64 = 64;

/// How many messages may be taken at what rate.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Those taken so far are paid for until then.
    paid_until: Instant,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { paid_until: Instant::from_nanos(0) }
    }
}

impl Allowance {
    /// Whether one more can be taken; it counts then.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let paid = self.paid_until.max(now).plus_nanos(COST);
        let fits = paid.nanos_since(now) <= BURST.saturating_mul(COST);
        if fits {
            self.paid_until = paid;
        }
        fits
    }
}

/// The answers that wait.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: Deque<Pending, WAITING>,
    allowance: Allowance,
}

impl Answers {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether one more request can be taken.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Discard> {
        if self.waiting.is_full() {
            return Err(Discard::NotDrained);
        }
        if self.allowance.take(now) { Ok(()) } else { Err(Discard::TooMany) }
    }

    pub(super) fn push(&mut self, pending: Pending) {
        // There is room: it was admitted.
        let _ = self.waiting.push_back(pending);
    }

    /// What is to be answered now, by the port `next` of it.
    pub(super) fn pop(&mut self) -> Option<Pending> {
        let front = self.waiting.front_mut()?;
        let pending = *front;
        if front.next < front.last {
            front.next = front.next.saturating_add(1);
        } else {
            self.waiting.pop_front();
        }
        Some(pending)
    }
}
