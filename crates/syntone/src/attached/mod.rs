//! TLVs that ride on messages: what the parent's Announces bring along, and what this clock sends with its own.
//!
//! All of it is in storage that the caller lends; without that nothing is kept, and nothing is sent.

#[cfg(feature = "master")]
mod sink;
mod store;

#[cfg(feature = "master")]
pub(crate) use sink::Sink;
pub(crate) use store::TlvStore;

#[cfg(any(feature = "master", feature = "path-trace"))]
use crate::wire::ClockIdentity;
use crate::wire::Tlvs;
#[cfg(feature = "path-trace")]
use crate::wire::{Layout, TlvType, layout::Records, tlvs::PathTrace};

/// The TLVs of a clock.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    /// Those of the parent's newest Announce that are handed on.
    pub(crate) parent: TlvStore,
    #[cfg(feature = "path-trace")]
    pub(crate) path: Path,
}

/// What belongs to PATH_TRACE (IEEE 1588-2019 16.2).
#[cfg(feature = "path-trace")]
#[derive(Debug, Default)]
pub(crate) struct Path {
    /// pathTraceDS.enable.
    pub(crate) enable: bool,
    /// The parent's list was too long for the storage: there is none to be appended to.
    is_lost: bool,
}

impl Attached {
    /// The newest Announce of the parent: its TLVs that a boundary clock hands on take the place of those before
    /// (IEEE 1588-2019 14.2.2.2). Each is kept whole or not at all, in their order; the number of those that had no room is given.
    pub(crate) fn keep(&mut self, tlvs: Tlvs<'_>) -> u16 {
        self.forget_parent();
        if !self.parent.is_lent() {
            return 0;
        }
        let mut lost = 0_u16;
        for tlv in tlvs.iter().filter(|tlv| tlv.tlv_type.propagate()) {
            if self.parent.push(&tlv) {
                continue;
            }
            lost = lost.saturating_add(1);
            #[cfg(feature = "path-trace")]
            if tlv.tlv_type == TlvType::PATH_TRACE {
                self.path.is_lost = true;
            }
        }
        lost
    }

    /// The parent is another one, or the clock itself.
    pub(crate) const fn forget_parent(&mut self) {
        self.parent.clear();
        #[cfg(feature = "path-trace")]
        {
            self.path.is_lost = false;
        }
    }

    /// pathTraceDS.list.
    #[cfg(feature = "path-trace")]
    pub(crate) fn path_trace_list(&self) -> Records<'_, ClockIdentity> {
        let list = self.parent.tlvs().get::<PathTrace<'_>>().and_then(Result::ok);
        list.map(|list| list.path_sequence).unwrap_or_default()
    }

    /// Writes what an Announce of this clock brings along.
    #[cfg(feature = "master")]
    pub(crate) fn announce(&self, origin: &Origin, sink: &mut Sink<'_>) {
        // First of all, for it must not fall victim to a lack of room.
        #[cfg(feature = "path-trace")]
        if self.path.enable && !self.path.is_lost {
            sink.push_path(self.path_trace_list(), origin.clock_identity);
        }
        for tlv in self.parent.tlvs() {
            match tlv.tlv_type {
                #[cfg(feature = "path-trace")]
                TlvType::PATH_TRACE if self.path.enable => {}
                _ => sink.push(&tlv),
            }
        }
        #[cfg(not(feature = "path-trace"))]
        let _ = origin;
    }
}

/// Who announces.
#[cfg(feature = "master")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) clock_identity: ClockIdentity,
}

/// An Announce with these TLVs has been through the clock (IEEE 1588-2019 16.2.3).
#[cfg(feature = "path-trace")]
pub(crate) fn has_passed(tlvs: Tlvs<'_>, clock: ClockIdentity) -> bool {
    let paths = tlvs.iter().filter(|tlv| tlv.tlv_type == TlvType::PATH_TRACE);
    paths.filter_map(|tlv| PathTrace::parse(tlv.value).ok()).any(|path| path.path_sequence.iter().any(|it| it == clock))
}
