//! Where the TLVs of a message that is being built go.

#[cfg(feature = "alternate-time-offset")]
use crate::wire::TlvValue;
#[cfg(feature = "path-trace")]
use crate::wire::{ClockIdentity, Element, TlvType, layout::Records, tlvs::emit_as};
use crate::wire::{EmitError, LONGEST_MESSAGE, Tlv};

/// The octets behind a body. A TLV that has no room is left out and counted; those behind it may still have.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    octets: &'a mut [u8],
    length: usize,
    omitted: u16,
}

impl<'a> Sink<'a> {
    /// Behind the header and body of a message that is built in `buffer`, which have so many octets.
    pub(crate) fn behind(message: usize, buffer: &'a mut [u8]) -> Self {
        let end = buffer.len().min(LONGEST_MESSAGE);
        Self { octets: buffer.get_mut(message..end).unwrap_or_default(), length: 0, omitted: 0 }
    }

    pub(crate) fn push(&mut self, tlv: &Tlv<'_>) {
        self.put(|octets| tlv.emit(octets));
    }

    #[cfg(feature = "alternate-time-offset")]
    pub(crate) fn push_value<'b>(&mut self, value: &impl TlvValue<'b>) {
        self.put(|octets| value.emit_tlv(octets));
    }

    /// PATH_TRACE with one clock more.
    #[cfg(feature = "path-trace")]
    pub(crate) fn push_path(&mut self, path: Records<'_, ClockIdentity>, last: ClockIdentity) {
        self.put(|octets| {
            emit_as(TlvType::PATH_TRACE, octets, |to| {
                path.write(to);
                last.write(to);
            })
        });
    }

    /// Number of octets, and of TLVs that were left out.
    pub(crate) fn finish(self) -> (u16, u16) {
        (u16::try_from(self.length).unwrap_or(0), self.omitted)
    }

    fn put(&mut self, emit: impl FnOnce(&mut [u8]) -> Result<usize, EmitError>) {
        match emit(self.octets.get_mut(self.length..).unwrap_or_default()) {
            Ok(length) => self.length = self.length.saturating_add(length),
            Err(_) => self.omitted = self.omitted.saturating_add(1),
        }
    }
}
