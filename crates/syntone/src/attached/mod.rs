//! TLVs that ride on messages: what the parent's Announces bring along, and what this clock sends with its own.
//!
//! All of it is in storage that the caller lends; without that nothing is kept, and nothing is sent.

#[cfg(feature = "alternate-time-offset")]
mod alternate;
#[cfg(feature = "accuracy-metrics")]
mod metrics;
#[cfg(feature = "path-trace")]
mod path;
#[cfg(feature = "application-tlvs")]
mod received;
#[cfg(feature = "master")]
mod sink;
mod store;

#[cfg(feature = "alternate-time-offset")]
pub use alternate::{AlternateTimescale, DisplayName};
#[cfg(feature = "path-trace")]
pub(crate) use path::Path;
#[cfg(feature = "application-tlvs")]
pub(crate) use received::Received;
#[cfg(feature = "application-tlvs")]
pub use received::ReceivedTlv;
#[cfg(feature = "master")]
pub(crate) use sink::Sink;
pub(crate) use store::TlvStore;

use crate::wire::Tlvs;
#[cfg(feature = "master")]
use crate::wire::{ClockIdentity, Tlv};

/// The TLVs of a clock.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    /// Those of the parent's newest Announce that are handed on.
    pub(crate) parent: TlvStore,
    #[cfg(feature = "path-trace")]
    pub(crate) path: Path,
    /// alternateTimescaleOffsetsDS.list; the place of each is its keyField.
    #[cfg(feature = "alternate-time-offset")]
    pub(crate) timescales: &'static mut [AlternateTimescale],
    /// What the clock adds to the errors of its time, where it tells of them.
    #[cfg(feature = "accuracy-metrics")]
    pub(crate) metrics: Option<crate::wire::tlvs::EnhancedAccuracyMetrics>,
    /// Those that wait for the application.
    #[cfg(feature = "application-tlvs")]
    pub(crate) received: Received,
    /// What the application sends along.
    #[cfg(feature = "application-tlvs")]
    pub(crate) own: TlvStore,
    /// Octets that an Announce has at the least.
    #[cfg(feature = "application-tlvs")]
    pub(crate) least_length: u16,
}

impl Attached {
    /// The newest Announce of the parent: its TLVs that a boundary clock hands on take the place of those before
    /// (IEEE 1588-2019 14.2.2.2). Each is kept whole or not at all, in their order; the number of those that had no room is given.
    pub(crate) fn keep(&mut self, tlvs: Tlvs<'_>) -> u16 {
        self.forget_parent();
        if !self.parent.is_lent() {
            #[cfg(feature = "path-trace")]
            tlvs.iter().for_each(|tlv| self.path.lose(&tlv));
            return 0;
        }
        let mut lost = 0_u16;
        for tlv in tlvs.iter().filter(|tlv| tlv.tlv_type.propagate()) {
            if !self.parent.push(&tlv) {
                lost = lost.saturating_add(1);
                #[cfg(feature = "path-trace")]
                self.path.lose(&tlv);
            }
        }
        lost
    }

    /// The parent is another one, or the clock itself.
    pub(crate) const fn forget_parent(&mut self) {
        self.parent.clear();
        #[cfg(feature = "path-trace")]
        self.path.forget();
    }

    /// Writes what an Announce of this clock brings along, in which it is grandmaster or not.
    #[cfg(feature = "master")]
    pub(crate) fn announce(&self, clock: ClockIdentity, is_grandmaster: bool, sink: &mut Sink<'_>) {
        // The path first of all, for it must not fall victim to a lack of room.
        #[cfg(feature = "path-trace")]
        self.announce_path(clock, is_grandmaster, sink);
        let parent = if is_grandmaster { Tlvs::NONE } else { self.parent.tlvs() };
        parent.iter().filter(|tlv| !self.replaces(tlv)).for_each(|tlv| sink.push(&tlv));
        #[cfg(feature = "alternate-time-offset")]
        if is_grandmaster {
            self.own_timescales().for_each(|indicator| sink.push_value(&indicator));
        }
        #[cfg(feature = "accuracy-metrics")]
        self.announce_metrics(is_grandmaster, sink);
        #[cfg(feature = "application-tlvs")]
        {
            self.own.tlvs().iter().for_each(|tlv| sink.push(&tlv));
            sink.pad(self.least_length);
        }
        let _ = (clock, is_grandmaster);
    }

    /// Instead of this one of the parent's the clock announces one of its own.
    #[cfg(feature = "master")]
    fn replaces(&self, tlv: &Tlv<'_>) -> bool {
        #[cfg(feature = "path-trace")]
        if self.path.replaces(tlv) {
            return true;
        }
        #[cfg(feature = "accuracy-metrics")]
        if self.replaces_metrics(tlv) {
            return true;
        }
        let _ = tlv;
        false
    }
}
