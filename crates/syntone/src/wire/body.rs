//! What all message bodies have in common, and one of them.

use super::cursor::{Chunk, fill};
use super::field::Span;
use super::{
    Announce, DelayReq, DelayResp, EmitError, FollowUp, Header, Management, MessageType, ParseError, PdelayReq,
    PdelayResp, PdelayRespFollowUp, Signaling, Sync, Tlvs, diagnose,
};

/// No message that a clock builds of parts is longer: it fits into an Ethernet frame over any transport.
#[cfg(any(feature = "management", all(feature = "announce-tlvs", feature = "master")))]
pub(crate) const LONGEST_MESSAGE: usize = 1440;

/// The body of one type of message: the octets between the header and the TLVs.
pub trait MessageBody: Sized {
    /// Its octets.
    type Octets: Chunk + 'static;
    /// The messageType that announces it.
    const MESSAGE_TYPE: MessageType;
    /// Its fields, in the order of their octets.
    const FIELDS: &'static [Span];
    /// Number of its octets, without header and TLVs.
    const LENGTH: usize = Self::Octets::LENGTH;

    /// Reads the fields, whatever they are.
    fn from_octets(octets: &Self::Octets) -> Self;

    /// Writes the fields.
    fn emit_into(&self, octets: &mut Self::Octets);

    /// Reads body and TLVs from the octets behind the header, as [`Header::parse`] gave them.
    ///
    /// # Errors
    /// [`ParseError`] with the field in which the octets end, or the first field of a TLV that is wrong; its offset
    /// counts from the start of the message.
    #[inline]
    fn parse(content: &[u8]) -> Result<(Self, Tlvs<'_>), ParseError> {
        checked(content).ok_or_else(|| diagnose::content(Self::MESSAGE_TYPE, content))
    }

    /// Writes a whole message to the front of `buffer` and gives the number of its octets. Its messageType is that of the
    /// body and its messageLength is computed, whatever `header` says.
    ///
    /// # Errors
    /// When the buffer is too small, or the message longer than 65 535 octets.
    fn emit(&self, header: &Header, tlvs: Tlvs<'_>, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let tlvs = tlvs.octets();
        let length = Header::LENGTH.saturating_add(Self::LENGTH).saturating_add(tlvs.len());
        let message_length = u16::try_from(length).map_err(|_| EmitError::TooLong)?;
        let header = Header { message_type: Self::MESSAGE_TYPE, message_length, ..*header };
        let message = buffer.get_mut(..length).ok_or(EmitError::BufferTooSmall)?;
        if let Some(place) = message.get_mut(Header::LENGTH.saturating_add(Self::LENGTH)..) {
            fill(place, tlvs);
        }
        let (head, _) = self.emit_behind(message).ok_or(EmitError::BufferTooSmall)?;
        header.emit_into(head);
        Ok(length)
    }

    /// Writes the fields behind the place of the header, and gives that place and the messageLength without TLVs; `None` if
    /// the buffer is too small.
    #[inline]
    fn emit_behind<'a>(&self, buffer: &'a mut [u8]) -> Option<(&'a mut [u8; Header::LENGTH], u16)> {
        let (head, rest) = Chunk::split_mut(buffer)?;
        let (body, _) = Chunk::split_mut(rest)?;
        self.emit_into(body);
        let length = u16::try_from(Header::LENGTH.saturating_add(Self::LENGTH)).unwrap_or(u16::MAX);
        Some((head, length))
    }
}

/// As [`MessageBody::parse`], for who does not ask what is wrong.
#[inline(always)]
pub(crate) fn checked<B: MessageBody>(content: &[u8]) -> Option<(B, Tlvs<'_>)> {
    let (body, rest) = Chunk::split(content)?;
    let tlvs = Tlvs::checked(rest)?;
    Some((B::from_octets(body), tlvs))
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $body:ident $constant:ident,)*) => {
        /// The body of any message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum Body {
            $(#[doc = concat!("See [`", stringify!($body), "`](super::", stringify!($body), ").")] $body($body),)*
        }

        impl Body {
            /// The messageType that announces it.
            #[must_use]
            pub const fn message_type(&self) -> MessageType {
                match self {
                    $(Self::$body(_) => MessageType::$constant,)*
                }
            }

            /// Reads the body of a type, and the TLVs behind it, from the octets behind the header.
            ///
            /// # Errors
            /// As [`MessageBody::parse`], and where the type is reserved.
            pub fn parse(message_type: MessageType, content: &[u8]) -> Result<(Self, Tlvs<'_>), ParseError> {
                match message_type {
                    $(MessageType::$constant => {
                        <$body as MessageBody>::parse(content).map(|(body, tlvs)| (Self::$body(body), tlvs))
                    })*
                    _ => Err(diagnose::reserved_type()),
                }
            }

            /// Writes a whole message; see [`MessageBody::emit`].
            ///
            /// # Errors
            /// As [`MessageBody::emit`].
            pub fn emit(&self, header: &Header, tlvs: Tlvs<'_>, buffer: &mut [u8]) -> Result<usize, EmitError> {
                match self {
                    $(Self::$body(body) => body.emit(header, tlvs, buffer),)*
                }
            }
        }
    };
}

bodies! {
    Sync SYNC,
    DelayReq DELAY_REQ,
    PdelayReq PDELAY_REQ,
    PdelayResp PDELAY_RESP,
    FollowUp FOLLOW_UP,
    DelayResp DELAY_RESP,
    PdelayRespFollowUp PDELAY_RESP_FOLLOW_UP,
    Announce ANNOUNCE,
    Signaling SIGNALING,
    Management MANAGEMENT,
}
