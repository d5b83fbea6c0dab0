//! A message on its way through: what a transparent clock reads of it and what it writes into it.

use crate::counters::Discard;
use crate::wire::{Flags, Header, MessageType, SdoId, WireTimestamp};
use syntone_hal::{Address, Destination, PortIndex, Received, TimeInterval};

/// A message that came in, with the octets of the message alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) header: Header,
    pub(super) octets: &'a [u8],
}

impl<'a> Sight<'a> {
    /// Reads the header and checks that the message is whole. The type may be unknown.
    pub(super) fn of(octets: &'a [u8]) -> Result<Self, Discard> {
        let header = Header::from_octets(octets.first_chunk().ok_or(Discard::Malformed)?);
        if header.version_ptp != 2 {
            return Err(Discard::Version);
        }
        let octets = octets.get(..usize::from(header.message_length)).ok_or(Discard::Malformed)?;
        let least = header.message_type.minimum_length().map_or(Header::LENGTH, usize::from);
        if octets.len() < least {
            return Err(Discard::Malformed);
        }
        Ok(Self { header, octets })
    }

    /// The timestamp that the body begins with.
    pub(super) fn timestamp(&self) -> WireTimestamp {
        let octets = self.field::<10>(Header::LENGTH);
        let [seconds @ .., a, b, c, d] = octets;
        let [s0, s1, s2, s3, s4, s5] = seconds;
        WireTimestamp {
            seconds: u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]),
            nanoseconds: u32::from_be_bytes([a, b, c, d]),
        }
    }

    /// The key of the event message of `kind` that this message belongs to: it, or the one that it answers or follows.
    pub(super) fn key(&self, kind: MessageType) -> Key {
        let (sender, second) = (self.field(20), self.field(REQUESTING));
        let (owner, partner) = match self.header.message_type {
            MessageType::DELAY_RESP => (second, [0; 10]),
            MessageType::PDELAY_RESP | MessageType::PDELAY_RESP_FOLLOW_UP if kind == MessageType::PDELAY_REQ => {
                (second, [0; 10])
            }
            MessageType::PDELAY_RESP | MessageType::PDELAY_RESP_FOLLOW_UP => (sender, second),
            _ => (sender, [0; 10]),
        };
        Key { owner, partner, sequence_id: self.header.sequence_id, domain: Domain::of(&self.header), kind }
    }

    pub(super) fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        self.octets.get(at..).and_then(|octets| octets.first_chunk()).copied().unwrap_or([0; N])
    }
}

/// Where requestingPortIdentity begins.
const REQUESTING: usize = 44;

/// A domain of a standards organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) sdo_id: SdoId,
    pub(super) number: u8,
}

impl Domain {
    pub(super) const fn of(header: &Header) -> Self {
        Self { sdo_id: header.sdo_id, number: header.domain_number }
    }
}

/// What tells one event message from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    /// The port that sent a Sync or a request, or that answers.
    owner: [u8; 10],
    /// The port that is answered.
    partner: [u8; 10],
    sequence_id: u16,
    pub(super) domain: Domain,
    pub(super) kind: MessageType,
}

/// Where a message came from and goes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) ingress: PortIndex,
    pub(super) source: Option<Address>,
    pub(super) destination: Destination,
}

impl Route {
    /// A message keeps its destination, or the group of its type where the driver does not tell it.
    pub(super) fn of(received: &Received, header: &Header) -> Result<Self, Discard> {
        let group =
            if is_peer_delay(header.message_type) { Destination::PeerMulticast } else { Destination::PrimaryMulticast };
        let destination = match received.destination {
            // The second group does not leave its link (IEEE 802.1Q 8.6.3).
            Some(Destination::PeerMulticast) if group != Destination::PeerMulticast => return Err(Discard::NotForUs),
            Some(destination) => destination,
            None if header.flags.contains(Flags::UNICAST) => return Err(Discard::Unsupported),
            None => group,
        };
        Ok(Self { ingress: received.port, source: received.source, destination })
    }
}

/// The messages of the peer-to-peer delay mechanism.
pub(super) const fn is_peer_delay(message_type: MessageType) -> bool {
    matches!(message_type, MessageType::PDELAY_REQ | MessageType::PDELAY_RESP | MessageType::PDELAY_RESP_FOLLOW_UP)
}

/// Writes the correctionField of a message.
pub(super) fn write_correction(octets: &mut [u8], correction: TimeInterval) {
    if let Some(field) = octets.get_mut(8..).and_then(|octets| octets.first_chunk_mut()) {
        *field = correction.scaled().to_be_bytes();
    }
}

/// Writes the flagField of a message.
pub(super) fn write_flags(octets: &mut [u8], flags: Flags) {
    if let Some(field) = octets.get_mut(6..).and_then(|octets| octets.first_chunk_mut()) {
        *field = flags.bits().to_be_bytes();
    }
}

/// Makes the message that follows a one-step Sync or Pdelay_Resp out of its octets: the type and what goes with it
/// changes, and the timestamp is that of the body, which it has in the same place (IEEE 1588-2019 10.2.2, 11.5.2).
pub(super) fn into_follow_up(header: &Header, octets: &mut [u8]) {
    let message_type = match header.message_type {
        MessageType::SYNC => MessageType::FOLLOW_UP,
        _ => MessageType::PDELAY_RESP_FOLLOW_UP,
    };
    let header = Header {
        message_type,
        message_length: message_type.minimum_length().unwrap_or(header.message_length),
        flags: header.flags.difference(Flags::TWO_STEP),
        correction_field: TimeInterval::ZERO,
        message_type_specific: 0,
        // Of a Pdelay_Resp and what follows it the controlField is the same.
        control_field: if header.message_type == MessageType::SYNC { 2 } else { header.control_field },
        ..*header
    };
    if let Some(place) = octets.first_chunk_mut() {
        header.emit_into(place);
    }
}
