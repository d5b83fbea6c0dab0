//! Requests of programs on the same host: they come over no port, and are answered at once.

use super::pending::Pending;
use super::receive::{ask, request};
use super::respond::answer;
use super::{Access, Forwarding, Managed, Management, Names};
use crate::counters::{Counters, Discard};
use crate::wire::management::Scope;
use crate::wire::{
    self, ClockIdentity, Emitter, Header, Management as Body, ManagementErrorId, ManagementId, MessageType,
};
use syntone_hal::{Instant, PortIndex, Received};

/// What only the host of a clock can tell and set, for programs on it: names of interfaces, subscriptions.
///
/// `()` is a host that has nothing of the kind.
pub trait LocalHost {
    /// Writes the dataField of an id, of `port` where the id is that of a port; says whether it is one of the host's.
    ///
    /// # Errors
    /// Why there is none.
    fn get(&self, id: ManagementId, port: PortIndex, to: &mut Emitter<'_>) -> Result<bool, ManagementErrorId>;

    /// Sets an id to what `data` say; says whether it is one of the host's.
    ///
    /// # Errors
    /// Why not; nothing was changed then.
    fn set(&mut self, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<bool, ManagementErrorId>;
}

impl LocalHost for () {
    fn get(&self, _: ManagementId, _: PortIndex, _: &mut Emitter<'_>) -> Result<bool, ManagementErrorId> {
        Ok(false)
    }

    fn set(&mut self, _: ManagementId, _: PortIndex, _: &[u8]) -> Result<bool, ManagementErrorId> {
        Ok(false)
    }
}

/// A request that was carried out, and is not answered yet.
#[derive(Debug)]
pub(crate) struct Taken(Pending);

/// Carries out a request, whatever its domain and sdoId: who knows the way to this clock means this clock.
///
/// # Errors
/// Why it is not answered.
pub(crate) fn take<M: Managed, H: LocalHost>(
    (clock, host): (&mut M, &mut H),
    now: Instant,
    access: Access,
    octets: &[u8],
) -> Result<Option<Taken>, Discard> {
    if access == Access::None {
        return Err(Discard::Unsupported);
    }
    let (header, content) = Header::checked(octets).ok_or(Discard::Malformed)?;
    if header.message_type != MessageType::MANAGEMENT {
        return Err(Discard::Unsupported);
    }
    let (body, tlvs) = wire::checked::<Body>(content).ok_or(Discard::Malformed)?;
    let target = body.target_port_identity.clock_identity;
    if !body.action_field.asks() || (target != clock.names().clock_identity && target != ClockIdentity::WILDCARD) {
        return Err(Discard::NotForUs);
    }
    // By which port, matters to no id.
    let received = Received { port: PortIndex(0), length: octets.len(), source: None, destination: None, stamp: None };
    let Some(tlv) = request(tlvs)? else { return Ok(None) };
    Ok(Some(Taken(ask(&mut WithHost { clock, host }, now, access, &received, (&header, &body, tlv)))))
}

/// Hands each answer to `on_answer`, made in `buffer`.
pub(crate) fn answer_all<M: Managed, H: LocalHost>(
    (clock, host): (&mut M, &mut H),
    Taken(mut pending): Taken,
    buffer: &mut [u8],
    on_answer: &mut dyn FnMut(&[u8]),
) {
    let with_host = WithHost { clock, host };
    let is_of_port = pending.error.is_none() && pending.id.scope() == Some(Scope::Port);
    let last = pending.last;
    for port in pending.next..=last {
        pending.next = port;
        let source = if is_of_port { PortIndex(port).number() } else { 0 };
        if let Some(octets) = answer(&with_host, &pending, source, buffer).and_then(|length| buffer.get(..length)) {
            on_answer(octets);
        }
    }
}

/// A clock whose host is asked first.
struct WithHost<'a, M, H> {
    clock: &'a mut M,
    host: &'a mut H,
}

impl<M: Managed, H: LocalHost> Managed for WithHost<'_, M, H> {
    fn names(&self) -> Names {
        self.clock.names()
    }

    fn management(&mut self) -> &mut Management {
        self.clock.management()
    }

    fn access(&self, port: PortIndex) -> Access {
        self.clock.access(port)
    }

    fn forwarding(&mut self) -> Option<&mut Forwarding> {
        self.clock.forwarding()
    }

    fn port_counters(&mut self, port: PortIndex) -> Option<&mut Counters> {
        self.clock.port_counters(port)
    }

    fn get(&self, id: ManagementId, key: u8, port: PortIndex, to: &mut Emitter<'_>) -> Result<(), ManagementErrorId> {
        if self.host.get(id, port, to)? { Ok(()) } else { self.clock.get(id, key, port, to) }
    }

    fn set(&mut self, now: Instant, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId> {
        if self.host.set(id, port, data)? { Ok(()) } else { self.clock.set(now, id, port, data) }
    }

    fn command(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<(), ManagementErrorId> {
        self.clock.command(now, id, port, data)
    }
}
