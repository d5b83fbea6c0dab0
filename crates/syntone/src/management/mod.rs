//! Management: data sets seen and set from outside (IEEE 1588-2019 clause 15).
//!
//! A clock that is asked for it answers GET, SET and COMMAND on the ports that its host allows it on ([`Access`]; by
//! default on none). [`Request`] and [`Response`] are for who asks.
//!
//! Nothing here knows a data set: what an id means to a clock is in `Managed`, which each kind of clock implements in one
//! table. A request that is refused changes nothing. An answer is made when there is room for it, from a few octets.

mod description;
mod fault_log;
mod forward;
mod host;
mod local;
mod pending;
mod receive;
#[cfg(feature = "management-relay")]
mod relay;
mod request;
mod respond;

pub use description::{Description, PortDescription};
pub use fault_log::{Fault, FaultLog};
pub use host::HostRequest;
pub use local::LocalHost;
pub use request::{Addressee, Outcome, Request, Response};

use crate::counters::{Counters, Discard};
use crate::wire::{ClockIdentity, Emitter, ManagementErrorId, ManagementId, SdoId};
use host::Host;
use pending::Answers;
use syntone_hal::{ErrorKind, Instant, PortIndex};

pub(crate) use forward::Forwarding;
pub(crate) use host::initialization_key;
pub(crate) use local::{answer_all, take};
pub(crate) use receive::{exactly, receive};
#[cfg(feature = "management-relay")]
pub(crate) use relay::hand_on;
pub(crate) use respond::transmit;

/// What the host allows management messages on a port to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Access {
    /// Nothing: they are discarded and counted, and none is forwarded from or to this port.
    #[default]
    None,
    /// To ask. What would change something is answered NOT_SUPPORTED.
    ReadOnly,
    /// To ask and to change.
    ReadWrite,
}

/// How a clock is named in the header of what it sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) clock_identity: ClockIdentity,
    pub(crate) sdo_id: SdoId,
    pub(crate) minor_version_ptp: u8,
    pub(crate) number_ports: u8,
}

/// A clock that can be managed. Ports are counted from 0.
pub(crate) trait Managed {
    /// How it is named.
    fn names(&self) -> Names;

    /// What is under way.
    fn management(&mut self) -> &mut Management;

    /// What is allowed on a port.
    fn access(&self, port: PortIndex) -> Access;

    /// The message that is being handed on; `None` if this clock is none that hands them on by itself.
    fn forwarding(&mut self) -> Option<&mut Forwarding> {
        None
    }

    /// Whether a port takes part in the forwarding of management messages (IEEE 1588-2019 15.3.3).
    fn forwards(&self, _port: PortIndex) -> bool {
        false
    }

    /// Whether a message that is handed on leaves by a port.
    fn relays(&self, port: PortIndex) -> bool {
        self.forwards(port)
    }

    /// The counters of a port.
    fn port_counters(&mut self, port: PortIndex) -> Option<&mut Counters>;

    /// Writes the dataField of an id, of `port` where the id is that of a port, and of the entry `key` where it has a keyField.
    ///
    /// # Errors
    /// Why there is none.
    fn get(&self, id: ManagementId, key: u8, port: PortIndex, to: &mut Emitter<'_>) -> Result<(), ManagementErrorId>;

    /// Sets an id to what `data` say.
    ///
    /// # Errors
    /// Why not; nothing was changed then. Whether data are good does not depend on the port.
    fn set(&mut self, now: Instant, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId>;

    /// Does what an id says.
    ///
    /// # Errors
    /// Why not; nothing was changed then.
    fn command(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<(), ManagementErrorId>;
}

/// What a managed clock keeps of management messages.
#[derive(Debug, Default)]
pub(crate) struct Management {
    answers: Answers,
    pub(crate) host: Host,
    pub(crate) fault_log: Option<FaultLog>,
    #[cfg(feature = "management-relay")]
    pub(crate) relay: relay::Relay,
}

impl Management {
    /// There may be a message to send.
    pub(crate) fn has_to_send(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Adds to the fault log, if there is one.
    pub(crate) fn remember(&mut self, port: PortIndex, kind: ErrorKind) {
        if let Some(log) = &mut self.fault_log {
            log.push(Fault { port, kind });
        }
    }
}

/// Counts what was not used.
fn discard(clock: &mut impl Managed, port: PortIndex, reason: Discard) {
    if let Some(counters) = clock.port_counters(port) {
        counters.discard(reason);
    }
}
