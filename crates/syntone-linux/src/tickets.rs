//! The tickets whose transmit stamps are still to come.

use std::collections::VecDeque;
use syntone_hal::{Instant, Ticket};

/// Tickets awaited by one socket at most; older ones are lost then.
const CAPACITY: usize = 64;

/// Which message is which ticket: the kernel counts the messages of a socket that ask for a stamp and names them by that
/// number.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    next_id: u32,
    awaited: VecDeque<Awaited>,
}

#[derive(Debug)]
struct Awaited {
    id: u32,
    ticket: Ticket,
    /// Kernel time before the message was sent: its stamp cannot be earlier.
    not_before: i64,
    /// When it was sent.
    at: Instant,
}

impl Tickets {
    /// A message was handed to the kernel, whose time just before that was `not_before`; it was `at`. Without a `ticket` nobody waits
    /// for its stamp.
    pub(crate) fn sent(&mut self, ticket: Option<Ticket>, not_before: i64, at: Instant) {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let Some(ticket) = ticket else { return };
        if self.awaited.len() == CAPACITY {
            self.awaited.pop_front();
        }
        self.awaited.push_back(Awaited { id, ticket, not_before, at });
    }

    /// The ticket of the message that the kernel counts as `id` and stamped at `stamp`, once, and when that was sent. `None` if nobody waits for
    /// it, or if the stamp is earlier than the message.
    pub(crate) fn stamped(&mut self, id: u32, stamp: i64) -> Option<(Ticket, Instant)> {
        let index = self.awaited.iter().position(|awaited| awaited.id == id && awaited.not_before <= stamp)?;
        self.awaited.remove(index).map(|awaited| (awaited.ticket, awaited.at))
    }

    /// Whether no stamp is to come any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.awaited.is_empty()
    }

    /// The kernel counts from 0 again; what was awaited is lost.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant::from_nanos(5);

    #[test]
    fn stamps_find_their_tickets_in_any_order_and_once() {
        let mut tickets = Tickets::default();
        for raw in [70, 71, 72] {
            tickets.sent(Some(Ticket::from_raw(raw)), 100, AT);
        }
        assert_eq!(tickets.stamped(2, 150), Some((Ticket::from_raw(72), AT)));
        assert_eq!(tickets.stamped(0, 150), Some((Ticket::from_raw(70), AT)));
        assert_eq!(tickets.stamped(0, 150), None);
        assert_eq!(tickets.stamped(3, 150), None);
        assert!(!tickets.is_empty());
    }

    #[test]
    fn the_count_of_the_kernel_wraps() {
        let mut tickets = Tickets { next_id: u32::MAX, ..Tickets::default() };
        tickets.sent(Some(Ticket::from_raw(1)), 0, AT);
        tickets.sent(Some(Ticket::from_raw(2)), 0, AT);
        assert_eq!(tickets.stamped(0, 1), Some((Ticket::from_raw(2), AT)));
        assert_eq!(tickets.stamped(u32::MAX, 1), Some((Ticket::from_raw(1), AT)));
    }

    #[test]
    fn a_stamp_earlier_than_its_message_belongs_to_another() {
        let mut tickets = Tickets::default();
        tickets.sent(Some(Ticket::from_raw(1)), 0, AT);
        tickets.restart();
        tickets.sent(Some(Ticket::from_raw(2)), 1000, AT);
        assert_eq!(tickets.stamped(0, 999), None);
        assert_eq!(tickets.stamped(0, 1000), Some((Ticket::from_raw(2), AT)));
    }

    #[test]
    fn the_oldest_tickets_are_lost_when_too_many_wait() {
        let mut tickets = Tickets::default();
        for raw in 0..65 {
            tickets.sent(Some(Ticket::from_raw(raw)), 0, AT);
        }
        assert_eq!(tickets.stamped(0, 1), None);
        assert_eq!(tickets.stamped(1, 1), Some((Ticket::from_raw(1), AT)));
    }
}
