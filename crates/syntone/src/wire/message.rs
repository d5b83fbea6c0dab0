//! A whole message.

use super::{Body, EmitError, Header, ParseError, Tlvs};

/// A whole message: header, body and TLVs (IEEE 1588-2019 13.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    /// The body.
    pub body: Body,
    /// The TLVs.
    pub tlvs: Tlvs<'a>,
}

impl<'a> Message<'a> {
    /// Reads one message; what follows its messageLength is ignored.
    ///
    /// # Errors
    /// [`ParseError`] with the first field that is wrong, or in which the octets end.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let (header, content) = Header::parse(octets)?;
        let (body, tlvs) = Body::parse(header.message_type, content)?;
        Ok(Self { header, body, tlvs })
    }

    /// Writes the message to the front of `buffer` and gives the number of its octets. Its messageType is that of the
    /// body and its messageLength is computed, whatever the header says.
    ///
    /// # Errors
    /// When the buffer is too small, or the message longer than 65 535 octets.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        self.body.emit(&self.header, self.tlvs, buffer)
    }
}
