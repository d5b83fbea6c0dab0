//! From a management message to what is done and what is answered.

use super::pending::Pending;
use super::{Access, Managed, forward};
use crate::counters::Discard;
use crate::wire::management::{Actions, PortStateNumber, Scope};
use crate::wire::tlvs::ManagementTlv;
use crate::wire::{self, ClockIdentity, Flags, Header, Layout, Management as Body, ManagementAction};
use crate::wire::{ManagementErrorId, ManagementId, TlvType, Tlvs};
use syntone_hal::{Instant, PortIndex, Received};

/// Takes a management message of our domain from another clock (IEEE 1588-2019 15.3).
///
/// # Errors
/// Why it is not used.
// Rare, and long: within the handling of frames it would take registers and stack from all the rest.
#[inline(never)]
pub(crate) fn receive(
    clock: &mut impl Managed,
    now: Instant,
    received: &Received,
    octets: &[u8],
) -> Result<(), Discard> {
    let access = clock.access(received.port);
    if access == Access::None {
        return Err(Discard::Unsupported);
    }
    let (header, content) = Header::checked(octets).ok_or(Discard::Malformed)?;
    let (body, tlvs) = wire::checked::<Body>(content).ok_or(Discard::Malformed)?;
    let forwarded = forward::take(clock, now, received.port, (&header, &body), octets);
    #[cfg(feature = "management-relay")]
    let forwarded = clock.management().relay.keep(&header, &body, octets)? || forwarded;
    let target = body.target_port_identity.clock_identity;
    if !body.action_field.asks() || (target != clock.names().clock_identity && target != ClockIdentity::WILDCARD) {
        return if forwarded { Ok(()) } else { Err(Discard::NotForUs) };
    }
    let Some(tlv) = request(tlvs)? else { return Ok(()) };
    clock.management().answers.admit(now)?;
    let pending = ask(clock, now, access, received, (&header, &body, tlv));
    clock.management().answers.push(pending);
    Ok(())
}

/// Carries out a request, and gives what its answer is made from.
pub(super) fn ask(
    clock: &mut impl Managed,
    now: Instant,
    access: Access,
    received: &Received,
    (header, body, tlv): (&Header, &Body, ManagementTlv<'_>),
) -> Pending {
    let asked = Asked { action: body.action_field, id: tlv.management_id, data: tlv.data_field };
    let mut pending = Pending {
        requester: header.source_port_identity,
        unicast: received.source.filter(|_| header.flags.contains(Flags::UNICAST)),
        sequence_id: header.sequence_id,
        id: asked.id,
        key: asked.data.first().copied().unwrap_or(0),
        error: None,
        acknowledges: asked.action == ManagementAction::COMMAND,
        hops: body.starting_boundary_hops.saturating_sub(body.boundary_hops),
        domain_number: header.domain_number,
        ingress: received.port,
        next: received.port.0,
        last: received.port.0,
    };
    let done = answering_ports(clock, &asked, received.port, body.target_port_identity.port_number).and_then(|ports| {
        carry_out(clock, now, access, &asked, ports)?;
        Ok(ports)
    });
    match done {
        Ok((first, last)) => (pending.next, pending.last) = (first, last),
        Err(error) => pending.error = Some(error),
    }
    pending
}

/// What is asked for.
struct Asked<'a> {
    action: ManagementAction,
    id: ManagementId,
    data: &'a [u8],
}

/// The one MANAGEMENT TLV, behind which there may be PAD and AUTHENTICATION; nothing for the extension of an organisation, which
/// needs no answer (SMPTE ST 2059-2).
pub(super) fn request(tlvs: Tlvs<'_>) -> Result<Option<ManagementTlv<'_>>, Discard> {
    let mut tlvs = tlvs.iter();
    let first = tlvs.next().ok_or(Discard::Malformed)?;
    if tlvs.any(|tlv| !matches!(tlv.tlv_type, TlvType::PAD | TlvType::AUTHENTICATION)) {
        return Err(Discard::Malformed);
    }
    match first.tlv_type {
        TlvType::MANAGEMENT => ManagementTlv::parse(first.value).map(Some).map_err(|_| Discard::Malformed),
        TlvType::ORGANIZATION_EXTENSION => Ok(None),
        _ => Err(Discard::NotForUs),
    }
}

/// The first and the last port that answer: for an id of the clock that by which the request came.
fn answering_ports(
    clock: &impl Managed,
    asked: &Asked<'_>,
    ingress: PortIndex,
    port_number: u16,
) -> Result<(u8, u8), ManagementErrorId> {
    let last = clock.names().number_ports.saturating_sub(1);
    match asked.id.scope() {
        None => Err(ManagementErrorId::NO_SUCH_ID),
        Some(Scope::Clock) => Ok((ingress.0, ingress.0)),
        Some(Scope::Port) if port_number == u16::MAX => Ok((0, last)),
        Some(Scope::Port) => match port_number.checked_sub(1).map(u8::try_from) {
            Some(Ok(port)) if port <= last => Ok((port, port)),
            _ => Err(ManagementErrorId::WRONG_VALUE),
        },
    }
}

/// Does what is asked for, on all ports or on none.
fn carry_out(
    clock: &mut impl Managed,
    now: Instant,
    access: Access,
    asked: &Asked<'_>,
    (first, last): (u8, u8),
) -> Result<(), ManagementErrorId> {
    let actions = asked.id.actions();
    let (needed, otherwise) = match asked.action {
        ManagementAction::GET => (Actions::G, ManagementErrorId::NOT_SUPPORTED),
        ManagementAction::SET if actions.contains(Actions::G) => (Actions::S, ManagementErrorId::NOT_SETABLE),
        ManagementAction::SET => (Actions::S, ManagementErrorId::NOT_SUPPORTED),
        _ => (Actions::X, ManagementErrorId::NOT_SUPPORTED),
    };
    if !actions.contains(needed) {
        return Err(otherwise);
    }
    if asked.action == ManagementAction::GET || asked.id == ManagementId::NULL_PTP_MANAGEMENT {
        return Ok(());
    }
    if access != Access::ReadWrite {
        return Err(ManagementErrorId::NOT_SUPPORTED);
    }
    if asked.action == ManagementAction::SET && asked.data.is_empty() {
        return Err(ManagementErrorId::WRONG_LENGTH);
    }
    if first != last && is_for_one_port(asked) {
        return Err(ManagementErrorId::WRONG_VALUE);
    }
    for port in (first..=last).map(PortIndex) {
        match asked.action {
            ManagementAction::SET => clock.set(now, asked.id, port, asked.data)?,
            _ => clock.command(now, asked.id, port, asked.data)?,
        }
    }
    Ok(())
}

/// One port at the most is to be a slave: of all ports that cannot be asked (IEEE 1588-2019 17.6.5.3).
fn is_for_one_port(asked: &Asked<'_>) -> bool {
    asked.id == ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET && asked.data.get(1) == Some(&PortStateNumber::SLAVE.0)
}

/// The dataField of an id that has so many octets.
pub(crate) fn exactly<const N: usize>(data: &[u8]) -> Result<[u8; N], ManagementErrorId> {
    <[u8; N]>::try_from(data).map_err(|_| ManagementErrorId::WRONG_LENGTH)
}
