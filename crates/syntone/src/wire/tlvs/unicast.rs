//! Unicast negotiation (IEEE 1588-2019 16.1).

use super::TlvValue;
use crate::wire::layout::{Element, Emitter, Layout, Parser, Value, Visitor, layout};
use crate::wire::{Field, MessageType, ParseError, TlvType};

/// A messageType in the high bits of an octet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HighNibble(pub MessageType);

impl Element<'_> for HighNibble {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u8::read(parser, field).map(|octet| Self(MessageType(octet >> 4)))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        (self.0.0 << 4).write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Named(self.0.0.into(), self.0.name()));
    }
}

/// A messageType in the low bits of an octet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LowNibble(pub MessageType);

impl Element<'_> for LowNibble {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u8::read(parser, field).map(|octet| Self(MessageType(octet & 0x0F)))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        (self.0.0 & 0x0F).write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        HighNibble(self.0).tell(field, visitor);
    }
}

layout! {
    /// REQUEST_UNICAST_TRANSMISSION (IEEE 1588-2019 16.1.4.1).
    RequestUnicastTransmission {
        /// What shall be sent: Announce, Sync, Delay_Resp or Pdelay_Resp.
        message_type: HighNibble => MessageType;
        /// log₂ of the interval in seconds.
        log_inter_message_period: i8 => LogInterMessagePeriod;
        /// For how many seconds.
        duration_field: u32 => DurationField;
    }

    /// GRANT_UNICAST_TRANSMISSION (IEEE 1588-2019 16.1.4.2); a duration of 0 refuses.
    GrantUnicastTransmission {
        /// What will be sent.
        message_type: HighNibble => MessageType;
        /// log₂ of the interval in seconds.
        log_inter_message_period: i8 => LogInterMessagePeriod;
        /// For how many seconds.
        duration_field: u32 => DurationField, 1 reserved;
        /// Asked again in time, the grant will probably be renewed.
        renewal_invited: bool => RenewalInvited;
    }
}

/// CANCEL_UNICAST_TRANSMISSION and ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION (IEEE 1588-2019 16.1.4.3 and 16.1.4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CancelUnicastTransmission {
    /// What is no longer to be sent.
    pub message_type: MessageType,
    /// What the sender has requested stays.
    pub maintain_request: bool,
    /// What the sender has granted stays.
    pub maintain_grant: bool,
}

impl Layout<'_> for CancelUnicastTransmission {
    fn parse_from(parser: &mut Parser<'_>) -> Result<Self, ParseError> {
        let octet = u8::read(parser, Field::MessageType)?;
        parser.take::<1>(Field::Reserved)?;
        Ok(Self {
            message_type: MessageType(octet >> 4),
            maintain_request: octet & 1 != 0,
            maintain_grant: octet & 2 != 0,
        })
    }

    fn emit_into(&self, emitter: &mut Emitter<'_>) {
        let flags = u8::from(self.maintain_request) | (u8::from(self.maintain_grant) << 1);
        emitter.put(&[(self.message_type.0 << 4) | flags, 0]);
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        HighNibble(self.message_type).tell(Field::MessageType, visitor);
        self.maintain_request.tell(Field::MaintainRequest, visitor);
        self.maintain_grant.tell(Field::MaintainGrant, visitor);
    }
}

impl TlvValue<'_> for RequestUnicastTransmission {
    const TLV_TYPE: TlvType = TlvType::REQUEST_UNICAST_TRANSMISSION;
}

impl TlvValue<'_> for GrantUnicastTransmission {
    const TLV_TYPE: TlvType = TlvType::GRANT_UNICAST_TRANSMISSION;
}

impl TlvValue<'_> for CancelUnicastTransmission {
    const TLV_TYPE: TlvType = TlvType::CANCEL_UNICAST_TRANSMISSION;
}
