//! Answers, made when there is room for them.

use super::pending::Pending;
use super::{Managed, Names, forward};
use crate::wire::tlvs::{ManagementErrorStatus, TlvValue};
use crate::wire::{Chunk, Element, Emitter, Flags, Header, Management as Body, ManagementAction, ManagementErrorId};
use crate::wire::{LONGEST_MESSAGE, MessageBody, MessageType, PortIdentity, TlvType};
use syntone_hal::{Destination, PortIndex, Transmit};

/// Puts the next answer, or a message that is handed on, into `buffer`; its length is given beside where it goes.
#[inline(never)]
pub(crate) fn transmit(clock: &mut impl Managed, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
    if let Some(sent) = forward::transmit(clock, buffer) {
        return Some(sent);
    }
    let pending = clock.management().answers.pop()?;
    let longest = buffer.len().min(LONGEST_MESSAGE);
    let length = answer(clock, &pending, PortIndex(pending.next).number(), buffer.get_mut(..longest)?)?;
    if let Some(counters) = clock.port_counters(pending.ingress) {
        counters.count_sent(MessageType::MANAGEMENT);
    }
    let destination = pending.unicast.map_or(Destination::PrimaryMulticast, Destination::Unicast);
    Some((Transmit { port: pending.ingress, destination, ticket: None, one_step: None }, length))
}

/// Writes one answer, of the port with the number `source` (IEEE 1588-2019 15.3.1).
pub(super) fn answer(clock: &impl Managed, pending: &Pending, source: u16, buffer: &mut [u8]) -> Option<usize> {
    let (head, rest) = Chunk::split_mut(buffer)?;
    let (body, tlv) = Chunk::split_mut(rest)?;
    let port = PortIndex(pending.next);
    let told = match pending.error {
        None => tell(clock, pending, port, tlv),
        Some(error) => Err(error),
    };
    let length = match told {
        Ok(length) => length,
        Err(error) => refuse(pending, error, tlv)?,
    };
    let length = length.saturating_add(Header::LENGTH).saturating_add(Body::LENGTH);
    header(&clock.names(), pending, source, u16::try_from(length).ok()?).emit_into(head);
    let action = if pending.acknowledges { ManagementAction::ACKNOWLEDGE } else { ManagementAction::RESPONSE };
    let answer = Body {
        target_port_identity: pending.requester,
        starting_boundary_hops: pending.hops,
        boundary_hops: pending.hops,
        action_field: action,
    };
    answer.emit_into(body);
    Some(length)
}

/// A MANAGEMENT TLV with the values that are in effect.
fn tell(
    clock: &impl Managed,
    pending: &Pending,
    port: PortIndex,
    octets: &mut [u8],
) -> Result<usize, ManagementErrorId> {
    let too_big = ManagementErrorId::RESPONSE_TOO_BIG;
    let (head, value) = octets.split_first_chunk_mut::<4>().ok_or(too_big)?;
    let mut emitter = Emitter::new(value);
    pending.id.write(&mut emitter);
    // A COMMAND is acknowledged without data.
    if !pending.acknowledges {
        clock.get(pending.id, pending.key, port, &mut emitter)?;
    }
    emitter.pad();
    let length = emitter.finish().map_err(|_| too_big)?;
    let [a, b] = TlvType::MANAGEMENT.0.to_be_bytes();
    let [c, d] = u16::try_from(length).map_err(|_| too_big)?.to_be_bytes();
    *head = [a, b, c, d];
    Ok(length.saturating_add(4))
}

fn refuse(pending: &Pending, error: ManagementErrorId, octets: &mut [u8]) -> Option<usize> {
    let status = ManagementErrorStatus {
        management_error_id: error,
        management_id: pending.id,
        display_data: Default::default(),
    };
    status.emit_tlv(octets).ok()
}

fn header(names: &Names, pending: &Pending, source: u16, message_length: u16) -> Header {
    Header {
        sdo_id: names.sdo_id,
        message_type: MessageType::MANAGEMENT,
        minor_version_ptp: names.minor_version_ptp,
        version_ptp: 2,
        message_length,
        domain_number: pending.domain_number,
        flags: if pending.unicast.is_some() { Flags::UNICAST } else { Flags::empty() },
        source_port_identity: PortIdentity::new(names.clock_identity, source),
        sequence_id: pending.sequence_id,
        control_field: MessageType::MANAGEMENT.control_field(),
        log_message_interval: 0x7F,
        ..Header::default()
    }
}
