//! The fields of messages by name, so that an error can say where it is.

use super::{
    Announce, DelayReq, DelayResp, FollowUp, Header, Management, PdelayReq, PdelayResp, PdelayRespFollowUp, Signaling,
    Sync,
};
use super::{MessageBody, MessageType};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// A field of a message. Its name costs memory only where [`Field::name`] is called.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Field {
            $(#[doc = $name] $variant,)*
        }

        impl Field {
            /// The standard's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

fields! {
    MajorSdoId "majorSdoId",
    MessageType "messageType",
    MinorVersionPtp "minorVersionPTP",
    VersionPtp "versionPTP",
    MessageLength "messageLength",
    DomainNumber "domainNumber",
    MinorSdoId "minorSdoId",
    FlagField "flagField",
    CorrectionField "correctionField",
    MessageTypeSpecific "messageTypeSpecific",
    SourcePortIdentity "sourcePortIdentity",
    SequenceId "sequenceId",
    ControlField "controlField",
    LogMessageInterval "logMessageInterval",
    OriginTimestamp "originTimestamp",
    CurrentUtcOffset "currentUtcOffset",
    Reserved "reserved",
    GrandmasterPriority1 "grandmasterPriority1",
    GrandmasterClockQuality "grandmasterClockQuality",
    GrandmasterPriority2 "grandmasterPriority2",
    GrandmasterIdentity "grandmasterIdentity",
    StepsRemoved "stepsRemoved",
    TimeSource "timeSource",
    PreciseOriginTimestamp "preciseOriginTimestamp",
    ReceiveTimestamp "receiveTimestamp",
    RequestingPortIdentity "requestingPortIdentity",
    RequestReceiptTimestamp "requestReceiptTimestamp",
    ResponseOriginTimestamp "responseOriginTimestamp",
    TargetPortIdentity "targetPortIdentity",
    StartingBoundaryHops "startingBoundaryHops",
    BoundaryHops "boundaryHops",
    ActionField "actionField",
    TlvType "tlvType",
    LengthField "lengthField",
    Value "value",
}

/// A field and its octets; where two fields share an octet, the one in the high bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Field, pub u8);

impl MessageType {
    /// The fields of header and body in the order of their octets. Of a reserved type only the header's are known.
    pub fn fields(self) -> impl Iterator<Item = Span> {
        Header::FIELDS.iter().chain(self.body_fields()).copied()
    }

    pub(crate) const fn body_fields(self) -> &'static [Span] {
        match self {
            Self::SYNC => Sync::FIELDS,
            Self::DELAY_REQ => DelayReq::FIELDS,
            Self::PDELAY_REQ => PdelayReq::FIELDS,
            Self::PDELAY_RESP => PdelayResp::FIELDS,
            Self::FOLLOW_UP => FollowUp::FIELDS,
            Self::DELAY_RESP => DelayResp::FIELDS,
            Self::PDELAY_RESP_FOLLOW_UP => PdelayRespFollowUp::FIELDS,
            Self::ANNOUNCE => Announce::FIELDS,
            Self::SIGNALING => Signaling::FIELDS,
            Self::MANAGEMENT => Management::FIELDS,
            _ => &[],
        }
    }
}
