//! Messages as octets: the header, ten bodies and the TLVs, read and written (IEEE 1588-2019 clauses 13 to 15).
//!
//! [`Message`] is the whole of a message. A firmware that wants only some messages parses the [`Header`], and then the
//! body that it wants by [`MessageBody::parse`]; code for the others is not linked. Integers that the standard
//! enumerates are newtypes with named constants, so that unknown values survive. What TLVs mean is in [`tlvs`], and what
//! management messages are about in [`management`].

mod announce;
mod body;
mod clock_quality;
mod cursor;
mod delay_req;
mod delay_resp;
mod diagnose;
mod enumeration;
mod error;
mod field;
mod flags;
mod follow_up;
mod header;
mod identity;
pub mod layout;
pub mod management;
mod message;
mod message_type;
mod pdelay_req;
mod pdelay_resp;
mod pdelay_resp_follow_up;
#[cfg(target_pointer_width = "64")]
mod raw_header;
mod sdo_id;
mod signaling;
mod sync;
mod time_source;
mod timestamp;
mod tlv;
mod tlv_type;
pub mod tlvs;

pub use announce::Announce;
#[cfg(any(feature = "management", all(feature = "announce-tlvs", feature = "master")))]
pub(crate) use body::LONGEST_MESSAGE;
pub(crate) use body::checked;
pub use body::{Body, MessageBody};
pub use clock_quality::{ClockAccuracy, ClockClass, ClockQuality};
pub(crate) use cursor::fill;
pub use cursor::{Chunk, Reader, Writer};
pub use delay_req::DelayReq;
pub use delay_resp::DelayResp;
pub use error::{EmitError, ParseError, ParseReason};
pub use field::{Field, Span};
pub use flags::Flags;
pub use follow_up::FollowUp;
pub use header::Header;
pub use identity::{ClockIdentity, PortIdentity};
pub use layout::{Element, Emitter, Layout, Nesting, Parser, Value, Visitor};
pub use management::{Management, ManagementAction, ManagementData, ManagementErrorId, ManagementId};
pub use message::Message;
pub use message_type::MessageType;
pub use pdelay_req::PdelayReq;
pub use pdelay_resp::PdelayResp;
pub use pdelay_resp_follow_up::PdelayRespFollowUp;
#[cfg(target_pointer_width = "64")]
pub(crate) use raw_header::RawHeader;
pub use sdo_id::SdoId;
pub use signaling::Signaling;
pub use sync::Sync;
pub use time_source::TimeSource;
pub use timestamp::{TimestampOutOfRange, WireTimestamp};
pub use tlv::{Tlv, TlvIter, Tlvs};
pub use tlv_type::TlvType;
pub use tlvs::{TlvData, TlvValue};
