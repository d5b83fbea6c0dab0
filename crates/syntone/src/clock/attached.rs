//! The TLVs that a clock receives and sends, as its application sees them.

use super::Clock;
#[cfg(feature = "alternate-time-offset")]
use crate::attached::AlternateTimescale;
use crate::attached::TlvStore;
#[cfg(feature = "application-tlvs")]
use crate::attached::{Received, ReceivedTlv};
#[cfg(any(feature = "alternate-time-offset", feature = "application-tlvs"))]
use crate::config::{ConfigError, range};
use crate::servo::Servo;
use crate::wire::Tlvs;
#[cfg(feature = "alternate-time-offset")]
use crate::wire::tlvs::AlternateTimeOffsetIndicator;
#[cfg(feature = "accuracy-metrics")]
use crate::wire::tlvs::EnhancedAccuracyMetrics;
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

    /// Gives room for alternate timescales that this clock announces as grandmaster, up to 255 of them: the keyField of each is its place
    /// (IEEE 1588-2019 16.3). Those that are there already hold.
    #[cfg(feature = "alternate-time-offset")]
    pub const fn keep_alternate_timescales(&mut self, storage: &'static mut [AlternateTimescale]) {
        self.instance.attached.timescales = storage;
    }

    /// Sets one of the alternate timescales that this clock announces as grandmaster. After a jump the application sets it anew; until then
    /// who reckons with the jump that was announced is right.
    ///
    /// # Errors
    /// [`ConfigError`] names the member that cannot be: keyField has to be a place in what was given to
    /// [`Clock::keep_alternate_timescales`]. Nothing changes then.
    #[cfg(feature = "alternate-time-offset")]
    pub fn set_alternate_timescale(&mut self, key_field: u8, timescale: AlternateTimescale) -> Result<(), ConfigError> {
        let time = i64::try_from(timescale.time_of_next_jump).unwrap_or(i64::MAX);
        range("timeOfNextJump", time, 0, (1 << 48) - 1)?;
        let timescales = &mut self.instance.attached.timescales;
        let max = i64::try_from(timescales.len()).unwrap_or(i64::MAX).saturating_sub(1).min(254);
        range("keyField", i64::from(key_field), 0, max)?;
        if let Some(place) = timescales.get_mut(usize::from(key_field)) {
            *place = timescale;
        }
        Ok(())
    }

    /// The alternate timescales of this clock itself, announced or not; the keyField of each is its place
    /// (IEEE 1588-2019 16.3.3, alternateTimescaleOffsetsDS).
    #[cfg(feature = "alternate-time-offset")]
    pub const fn own_alternate_timescales(&self) -> &[AlternateTimescale] {
        self.instance.attached.timescales
    }

    /// The alternate timescales that the grandmaster announces, which may be this clock. Those of another one are known by
    /// [`Clock::keep_announce_tlvs`].
    #[cfg(feature = "alternate-time-offset")]
    pub fn alternate_timescales(&self) -> impl Iterator<Item = AlternateTimeOffsetIndicator<'_>> {
        let attached = &self.instance.attached;
        let own = self.instance.is_grandmaster().then(|| attached.own_timescales());
        own.into_iter().flatten().chain(attached.timescales_of_parent())
    }

    /// Tells of the errors of this clock's time with its Announces, by ENHANCED_ACCURACY_METRICS (IEEE 1588-2019 16.12); this is
    /// enhancedMetricsDS.enable. As grandmaster it announces `own`. As a boundary clock it adds `own`, without what is of a grandmaster, to what its
    /// parent announces, and itself to bcHopCount: the largest errors and the variances each to each. Without such a TLV of its parent it
    /// announces none. `None`, as at first, hands on what the parent announces, as it is. The hop counts in `own` do not matter.
    ///
    /// By which rule fields are combined is not sure of all editions; `own` is all that this clock adds, that of the medium
    /// on the side of its master among it. A boundary clock needs 88 octets of [`Clock::keep_announce_tlvs`].
    #[cfg(feature = "accuracy-metrics")]
    pub const fn set_accuracy_metrics(&mut self, own: Option<EnhancedAccuracyMetrics>) {
        self.instance.attached.metrics = own;
    }

    /// The errors of the time that this clock has, from the grandmaster up to itself; `None` if they are not known, and only up to
    /// its parent if it was not told its own by [`Clock::set_accuracy_metrics`]. Needs [`Clock::keep_announce_tlvs`].
    #[cfg(feature = "accuracy-metrics")]
    pub fn accuracy_metrics(&self) -> Option<EnhancedAccuracyMetrics> {
        self.instance.attached.accuracy_metrics(self.instance.is_grandmaster())
    }

    /// Gives room for the TLVs of organisations (types 0x0003, 0x4000 and 0x8000) that come with the Announces of the parent, and with Signaling
    /// messages to this clock. Until this is called, none is kept.
    ///
    /// Each takes its own octets and 12 more. One that has no room is counted as
    /// [`TlvOmitted`](crate::counters::Discard::TlvOmitted): look at them after each turn, and forget them.
    #[cfg(feature = "application-tlvs")]
    pub const fn keep_received_tlvs(&mut self, storage: &'static mut [u8]) {
        self.instance.attached.received = Received::new(storage);
    }

    /// The TLVs of organisations that came since they were forgotten last, in their order; also those that this clock itself
    /// understands. Who sent them is not proven: a Signaling message may be from anybody.
    #[cfg(feature = "application-tlvs")]
    pub fn received_tlvs(&self) -> impl Iterator<Item = ReceivedTlv<'_>> {
        self.instance.attached.received.iter()
    }

    /// Makes room for others.
    #[cfg(feature = "application-tlvs")]
    pub const fn forget_received_tlvs(&mut self) {
        self.instance.attached.received.clear();
    }

    /// Gives room for the TLVs of [`Clock::set_announced_tlvs`], of which there are none then.
    #[cfg(feature = "application-tlvs")]
    pub const fn keep_announced_tlvs(&mut self, storage: &'static mut [u8]) {
        self.instance.attached.own = TlvStore::new(storage);
    }

    /// Sends these TLVs with each Announce from now on, in place of those before; whether it is grandmaster or hands on the time of
    /// another clock. They come behind those of the clock itself, and those of the parent that it hands on. Of which types they
    /// are is a matter of the application.
    ///
    /// # Errors
    /// [`ConfigError`] where they are longer than the storage of [`Clock::keep_announced_tlvs`]; nothing changes then.
    #[cfg(feature = "application-tlvs")]
    pub fn set_announced_tlvs(&mut self, tlvs: Tlvs<'_>) -> Result<(), ConfigError> {
        if self.instance.attached.own.set(tlvs) {
            return Ok(());
        }
        let count = |octets| i64::try_from(octets).unwrap_or(i64::MAX);
        let (value, max) = (count(tlvs.octets().len()), count(self.instance.attached.own.room()));
        Err(ConfigError { option: "octets of the announced TLVs", value, min: 0, max })
    }

    /// Makes each Announce so long at the least, 64 to 1440 octets, by a PAD TLV at its end (IEEE 1588-2019 16.13). A PAD has 4 octets or
    /// more: where fewer are missing, the message gets longer. At first there is none.
    ///
    /// # Errors
    /// [`ConfigError`] where the length is odd or outside.
    #[cfg(feature = "application-tlvs")]
    pub fn set_announce_length(&mut self, octets: u16) -> Result<(), ConfigError> {
        range("octets of an Announce", octets, 64, 1440)?;
        range("odd octets of an Announce", octets % 2, 0, 0)?;
        self.instance.attached.least_length = octets;
        Ok(())
    }

    /// What [`Clock::set_announce_length`] was told; 0 if nothing.
    #[cfg(feature = "application-tlvs")]
    pub const fn announce_length(&self) -> u16 {
        self.instance.attached.least_length
    }
}
