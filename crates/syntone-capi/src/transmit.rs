//! What the HAL is asked to send.

#[cfg(all(feature = "linux", target_os = "linux"))]
use crate::address::destination;
use crate::address::{SyntoneAddress, to_destination};
use syntone_hal::{MessageClass, OneStep, Ticket, Transmit};

/// syntone_transmit.one_step: the message is sent as it is.
pub const SYNTONE_ONE_STEP_NONE: u8 = 0;
/// syntone_transmit.one_step: a Sync. As it leaves, the hardware writes its egress time stamp into originTimestamp (octets 34
/// to 43), and adds what that has below a nanosecond to correctionField (octets 8 to 15). No stamp is given back.
pub const SYNTONE_ONE_STEP_ORIGIN: u8 = 1;
/// syntone_transmit.one_step: a Pdelay_Resp, or an event message that passes through a transparent clock. As it leaves, the hardware
/// adds its egress time stamp, in units of 2^-16 ns since the epoch and modulo 2^64, to correctionField (octets 8 to 15). No stamp is
/// given back.
pub const SYNTONE_ONE_STEP_ELAPSED: u8 = 2;

/// What the HAL is to do with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTransmit {
    /// Of an event message that is not completed in one step: the number under which poll_egress gives back its time stamp.
    pub ticket: u32,
    /// 1: an event message (UDP port 319), its time stamp is wanted unless one_step says what to do with it. 0: a general
    /// message (UDP port 320).
    pub is_event: u8,
    /// The port that it leaves by, from 0.
    pub port: u8,
    /// One of SYNTONE_DESTINATION_...
    pub destination: u8,
    /// One of SYNTONE_ONE_STEP_...; not 0 only where syntone_port_capabilities says that the port can.
    pub one_step: u8,
    /// The receiver, for SYNTONE_DESTINATION_UNICAST.
    pub address: SyntoneAddress,
}

impl SyntoneTransmit {
    pub(crate) fn new(transmit: Transmit) -> Self {
        let is_event = u8::from(transmit.class() == MessageClass::Event);
        let one_step = match transmit.one_step {
            None => SYNTONE_ONE_STEP_NONE,
            Some(OneStep::Origin) => SYNTONE_ONE_STEP_ORIGIN,
            Some(OneStep::Elapsed) => SYNTONE_ONE_STEP_ELAPSED,
        };
        let (destination, address) = to_destination(transmit.destination);
        let ticket = transmit.ticket.map_or(0, Ticket::into_raw);
        Self { ticket, is_event, port: transmit.port.0, destination, one_step, address }
    }

    /// What it says; `None` where a member has no meaning.
    #[cfg(all(feature = "linux", target_os = "linux"))]
    pub(crate) fn checked(&self) -> Option<Transmit> {
        let one_step = match self.one_step {
            SYNTONE_ONE_STEP_NONE => None,
            SYNTONE_ONE_STEP_ORIGIN => Some(OneStep::Origin),
            SYNTONE_ONE_STEP_ELAPSED => Some(OneStep::Elapsed),
            _ => return None,
        };
        let destination = destination(self.destination, &self.address)?;
        let stamped = self.is_event != 0 && one_step.is_none();
        let ticket = stamped.then(|| Ticket::from_raw(self.ticket));
        Some(Transmit { port: syntone_hal::PortIndex(self.port), destination, ticket, one_step })
    }
}
