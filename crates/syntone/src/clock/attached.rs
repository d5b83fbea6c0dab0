//! The TLVs that a clock receives and sends, as its application sees them.

use super::Clock;
use crate::attached::TlvStore;
use crate::servo::Servo;
use crate::wire::Tlvs;
#[cfg(feature = "path-trace")]
use crate::wire::{ClockIdentity, layout::Records};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Keeps the TLVs of the parent's Announces that a boundary clock hands on, and puts them into the Announces of its MASTER ports
    /// (IEEE 1588-2019 14.2.2.2): PATH_TRACE, ALTERNATE_TIME_OFFSET_INDICATOR and the types 0x4000 to 0x7FFF, known or not. Until
    /// this is called, none. Those of the newest Announce are kept; with another parent all are forgotten.
    ///
    /// Each is kept whole or not at all, in the order of the Announce; one that has no room in `storage` is counted as
    /// [`TlvOmitted`](crate::counters::Discard::TlvOmitted), and so is one that makes our message longer than 1440 octets or than the
    /// buffer of the runner. 1376 octets hold whatever rides on any Announce that is handed on.
    pub const fn keep_announce_tlvs(&mut self, storage: &'static mut [u8]) {
        self.instance.attached.parent = TlvStore::new(storage);
    }

    /// Of the newest Announce of the parent those TLVs that are handed on; none without [`Clock::keep_announce_tlvs`].
    pub fn parent_tlvs(&self) -> Tlvs<'_> {
        self.instance.attached.parent.tlvs()
    }

    /// pathTraceDS.enable.
    #[cfg(feature = "path-trace")]
    pub const fn path_trace_enabled(&self) -> bool {
        self.instance.attached.path.enable
    }

    /// Changes pathTraceDS.enable, which is FALSE at first (IEEE 1588-2019 16.2). While it is TRUE, Announces tell the clocks that
    /// they come from, this one the last; an Announce that names this clock is counted as
    /// [`PathTrace`](crate::counters::Discard::PathTrace) and not used. While it is FALSE a boundary clock hands the list on as it is.
    ///
    /// A boundary clock needs [`Clock::keep_announce_tlvs`], 8 octets for each clock before it and 4 more. A list that is too long for
    /// that is not handed on.
    #[cfg(feature = "path-trace")]
    pub const fn set_path_trace(&mut self, enable: bool) {
        self.instance.attached.path.enable = enable;
    }

    /// pathTraceDS.list: the clocks from the grandmaster to the parent, as that told last.
    #[cfg(feature = "path-trace")]
    pub fn path_trace_list(&self) -> Records<'_, ClockIdentity> {
        self.instance.attached.path_trace_list()
    }
}
