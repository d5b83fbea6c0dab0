//! The TLVs that a clock receives and sends, as its application sees them.

use super::Clock;
#[cfg(feature = "alternate-time-offset")]
use crate::attached::AlternateTimescale;
use crate::attached::TlvStore;
#[cfg(feature = "alternate-time-offset")]
use crate::config::{ConfigError, range};
use crate::servo::Servo;
use crate::wire::Tlvs;
#[cfg(feature = "alternate-time-offset")]
use crate::wire::tlvs::AlternateTimeOffsetIndicator;
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
        range("keyField", key_field.into(), 0, max)?;
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
}
