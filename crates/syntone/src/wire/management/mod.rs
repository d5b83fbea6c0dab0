//! The Management message, and the data that its TLV carries.

mod clock;
mod data;
mod description;
mod error;
mod fault_log;
mod linuxptp;
mod port;
mod syntone;

pub use clock::*;
pub use data::{Actions, ManagementData, ManagementId, Scope};
pub use description::*;
pub use error::ManagementErrorId;
pub use fault_log::*;
pub use linuxptp::*;
pub use port::*;
pub use syntone::*;

use super::cursor::{Reader, Writer};
use super::enumeration::enumeration;
use super::field::{Field, Span};
use super::{MessageBody, MessageType, PortIdentity};

enumeration! {
    /// What a management message does (IEEE 1588-2019 15.4.1.6); 4 bits.
    pub struct ManagementAction(u8);
    /// Asks for a value.
    GET = 0, "GET";
    /// Asks to change a value.
    SET = 1, "SET";
    /// Answers GET and SET.
    RESPONSE = 2, "RESPONSE";
    /// Asks to do something.
    COMMAND = 3, "COMMAND";
    /// Answers COMMAND.
    ACKNOWLEDGE = 4, "ACKNOWLEDGE";
}

impl ManagementAction {
    /// It wants an answer.
    #[cfg(feature = "management")]
    pub(crate) const fn asks(self) -> bool {
        matches!(self, Self::GET | Self::SET | Self::COMMAND)
    }
}

/// The body of a Management message; its TLV says what it is about (IEEE 1588-2019 15.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Management {
    /// Whom it is for; all ones for everybody.
    pub target_port_identity: PortIdentity,
    /// Boundary clocks that it may pass, when it was sent.
    pub starting_boundary_hops: u8,
    /// Boundary clocks that it may still pass.
    pub boundary_hops: u8,
    /// What it does; 4 bits on the wire.
    pub action_field: ManagementAction,
}

impl MessageBody for Management {
    type Octets = [u8; 14];
    const MESSAGE_TYPE: MessageType = MessageType::MANAGEMENT;
    const FIELDS: &'static [Span] = &[
        Span(Field::TargetPortIdentity, 10),
        Span(Field::StartingBoundaryHops, 1),
        Span(Field::BoundaryHops, 1),
        Span(Field::ActionField, 1),
        Span(Field::Reserved, 1),
    ];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        Self {
            target_port_identity: reader.port_identity(),
            starting_boundary_hops: reader.u8(),
            boundary_hops: reader.u8(),
            action_field: ManagementAction(reader.u8() & 0x0F),
        }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        writer.port_identity(self.target_port_identity);
        writer.u8(self.starting_boundary_hops);
        writer.u8(self.boundary_hops);
        writer.u8(self.action_field.0 & 0x0F);
        writer.u8(0);
    }
}
