//! Where the TLVs of a message that is being built go.

#[cfg(any(feature = "alternate-time-offset", feature = "accuracy-metrics"))]
use crate::wire::TlvValue;
#[cfg(feature = "path-trace")]
use crate::wire::{ClockIdentity, Element, layout::Records};
use crate::wire::{EmitError, LONGEST_MESSAGE, Tlv};
#[cfg(any(feature = "path-trace", feature = "application-tlvs"))]
use crate::wire::{TlvType, tlvs::emit_as};

/// The octets behind a body. A TLV that has no room is left out and counted; those behind it may still have.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    octets: &'a mut [u8],
    /// Octets before these.
    #[cfg(feature = "application-tlvs")]
    before: usize,
    length: usize,
    omitted: u16,
}

impl<'a> Sink<'a> {
    /// Behind the header and body of a message that is built in `buffer`, which have so many octets.
    pub(crate) fn behind(message: usize, buffer: &'a mut [u8]) -> Self {
        let end = buffer.len().min(LONGEST_MESSAGE);
        Self {
            octets: buffer.get_mut(message..end).unwrap_or_default(),
            #[cfg(feature = "application-tlvs")]
            before: message,
            length: 0,
            omitted: 0,
        }
    }

    pub(crate) fn push(&mut self, tlv: &Tlv<'_>) {
        self.put(|octets| tlv.emit(octets));
    }

    #[cfg(any(feature = "alternate-time-offset", feature = "accuracy-metrics"))]
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

    /// A PAD where the message has fewer octets than that (IEEE 1588-2019 16.13). The least PAD has 4.
    #[cfg(feature = "application-tlvs")]
    pub(crate) fn pad(&mut self, least_length: u16) {
        let missing = usize::from(least_length).saturating_sub(self.before).saturating_sub(self.length);
        if missing > 0 {
            let words = missing.saturating_sub(4).div_ceil(2);
            self.put(|octets| emit_as(TlvType::PAD, octets, |to| (0..words).for_each(|_| to.put(&[0; 2]))));
        }
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
