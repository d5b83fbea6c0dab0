//! The message in the caller's buffer, and the tickets of what leaves.

use super::passage::Route;
use super::port_set::PortSet;
use super::table::Place;
use crate::wire::{Flags, MessageType};
use syntone_hal::{PortIndex, Ticket, TimeInterval, Timestamp};

/// A message that is forwarded out of the buffer that it was received into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passing {
    pub(super) length: usize,
    pub(super) message_type: MessageType,
    pub(super) flags: Flags,
    pub(super) correction_field: TimeInterval,
    pub(super) route: Route,
    /// The ports that it is still to leave by.
    pub(super) ports: PortSet,
    pub(super) nature: Nature,
}

/// What is done to a message that passes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nature {
    /// Nothing.
    Plain,
    /// It is stamped where it leaves; or there it is corrected in hardware, and by `extra`, in which case it stays as it is
    /// otherwise. `since` is when it came in.
    Event { kind: TicketKind, place: Place, extra: TimeInterval, since: Timestamp },
    /// It follows an event message, and is corrected by what that was to be corrected by at the same port.
    Follower { kind: TicketKind, place: Place },
    /// It answers a request, and is corrected by what that was to be corrected by.
    Answer(TimeInterval),
}

/// Which table a ticket leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TicketKind {
    Sync,
    Request,
}

/// The table in which messages of a type are remembered.
pub(super) fn kind_of(message_type: MessageType) -> TicketKind {
    if message_type == MessageType::SYNC { TicketKind::Sync } else { TicketKind::Request }
}

const SYNC: u8 = 0x80;
const REQUEST: u8 = 0xC0;
/// The low 6 bits are the slot.
const KIND: u8 = 0xC0;

/// The ticket of a message that leaves by `port`.
pub(super) fn ticket(kind: TicketKind, place: Place, port: PortIndex) -> Ticket {
    let kind = match kind {
        TicketKind::Sync => SYNC,
        TicketKind::Request => REQUEST,
    };
    let [high, low] = place.generation.to_be_bytes();
    Ticket::from_raw(u32::from_be_bytes([port.0, kind | place.slot, high, low]))
}

/// The ticket of an event message whose stamp nobody wants.
pub(super) fn unwanted(port: PortIndex) -> Ticket {
    Ticket::from_raw(u32::from_be_bytes([port.0, 0, 0, 0]))
}

/// What a ticket stands for; `None` for one that nobody wants.
pub(super) fn parse_ticket(ticket: Ticket) -> Option<(TicketKind, Place, PortIndex)> {
    let [port, kind, high, low] = ticket.into_raw().to_be_bytes();
    let place = Place { slot: kind & !KIND, generation: u16::from_be_bytes([high, low]) };
    match kind & KIND {
        SYNC => Some((TicketKind::Sync, place, PortIndex(port))),
        REQUEST => Some((TicketKind::Request, place, PortIndex(port))),
        _ => None,
    }
}
