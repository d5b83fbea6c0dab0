//! PATH_TRACE: the clocks on the way from the grandmaster (IEEE 1588-2019 16.2).

use super::Attached;
#[cfg(feature = "master")]
use super::Sink;
use crate::wire::layout::Records;
use crate::wire::tlvs::PathTrace;
use crate::wire::{ClockIdentity, Layout, Tlv, TlvType, Tlvs};

/// What belongs to it beside the list.
#[derive(Debug, Default)]
pub(crate) struct Path {
    /// pathTraceDS.enable.
    pub(crate) enable: bool,
    /// The parent's list was too long for the storage: there is none to be appended to.
    is_lost: bool,
}

impl Path {
    /// A TLV of the parent had no room.
    pub(super) fn lose(&mut self, tlv: &Tlv<'_>) {
        self.is_lost |= tlv.tlv_type == TlvType::PATH_TRACE;
    }

    pub(super) const fn forget(&mut self) {
        self.is_lost = false;
    }

    #[cfg(feature = "master")]
    pub(super) fn replaces(&self, tlv: &Tlv<'_>) -> bool {
        self.enable && tlv.tlv_type == TlvType::PATH_TRACE
    }

    /// An Announce with these TLVs has been through the clock (IEEE 1588-2019 16.2.3).
    pub(crate) fn has_passed(&self, tlvs: Tlvs<'_>, clock: ClockIdentity) -> bool {
        self.enable && paths(tlvs).any(|path| path.iter().any(|passed| passed == clock))
    }
}

impl Attached {
    /// pathTraceDS.list.
    pub(crate) fn path_trace_list(&self) -> Records<'_, ClockIdentity> {
        paths(self.parent.tlvs()).next().unwrap_or_default()
    }

    #[cfg(feature = "master")]
    pub(super) fn announce_path(&self, clock: ClockIdentity, is_grandmaster: bool, sink: &mut Sink<'_>) {
        let before = if is_grandmaster { Records::default() } else { self.path_trace_list() };
        if self.path.enable && (is_grandmaster || !self.path.is_lost) {
            sink.push_path(before, clock);
        }
    }
}

fn paths(tlvs: Tlvs<'_>) -> impl Iterator<Item = Records<'_, ClockIdentity>> {
    let paths = tlvs.into_iter().filter(|tlv| tlv.tlv_type == TlvType::PATH_TRACE);
    paths.filter_map(|tlv| PathTrace::parse(tlv.value).ok()).map(|path| path.path_sequence)
}
