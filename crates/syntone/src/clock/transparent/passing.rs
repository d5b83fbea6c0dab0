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
const PEER_REQUEST: u8 = 1;
const PEER_RESPONSE: u8 = 2;

/// Who waits for an egress stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// The entry of a message that passed by this port.
    Entry(TicketKind, Place, PortIndex),
    /// This port's own Pdelay_Req of that number.
    PeerRequest(PortIndex, u16),
    /// This port's own Pdelay_Resp of that number.
    PeerResponse(PortIndex, u16),
    /// An event message whose stamp is not wanted.
    Nobody(PortIndex),
}

impl Claim {
    pub(super) const fn port(self) -> PortIndex {
        let (Self::Entry(.., port) | Self::PeerRequest(port, _) | Self::PeerResponse(port, _) | Self::Nobody(port)) =
            self;
        port
    }

    pub(super) const fn ticket(self) -> Ticket {
        let (kind, number) = match self {
            Self::Entry(TicketKind::Sync, place, _) => (SYNC | place.slot, place.generation),
            Self::Entry(TicketKind::Request, place, _) => (REQUEST | place.slot, place.generation),
            Self::PeerRequest(_, number) => (PEER_REQUEST, number),
            Self::PeerResponse(_, number) => (PEER_RESPONSE, number),
            Self::Nobody(_) => (0, 0),
        };
        let [high, low] = number.to_be_bytes();
        Ticket::from_raw(u32::from_be_bytes([self.port().0, kind, high, low]))
    }

    pub(super) fn of(ticket: Ticket) -> Self {
        let [port, kind, high, low] = ticket.into_raw().to_be_bytes();
        let (port, generation) = (PortIndex(port), u16::from_be_bytes([high, low]));
        let place = Place { slot: kind & !KIND, generation };
        match (kind & KIND, kind) {
            (SYNC, _) => Self::Entry(TicketKind::Sync, place, port),
            (REQUEST, _) => Self::Entry(TicketKind::Request, place, port),
            (_, PEER_REQUEST) => Self::PeerRequest(port, generation),
            (_, PEER_RESPONSE) => Self::PeerResponse(port, generation),
            _ => Self::Nobody(port),
        }
    }
}
