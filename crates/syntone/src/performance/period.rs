//! A period that runs.

use super::{PortCounts, PortRecord, Record, Tally};
use syntone_hal::Instant;

/// What was measured since it began.
#[derive(Clone, Debug)]
pub(super) struct Period<const PORTS: usize> {
    begun: Instant,
    pub(super) ends: Instant,
    /// Nothing of it was missed so far.
    pub(super) complete: bool,
    pub(super) master_slave_delay: Tally,
    pub(super) slave_master_delay: Tally,
    pub(super) mean_path_delay: Tally,
    pub(super) offset_from_master: Tally,
    pub(super) mean_link_delay: [Tally; PORTS],
    /// What the ports had counted when it began.
    counted: [PortCounts; PORTS],
}

/// The unit of pmTime.
const PM_TIME_NANOS: u64 = 10_000_000;

impl<const PORTS: usize> Period<PORTS> {
    /// One of `length` nanoseconds, the first, of which `passed` (counted from any period's beginning) are over.
    pub(super) fn new(now: Instant, length: u64, passed: u64) -> Self {
        let missed = passed.checked_rem(length).unwrap_or(0);
        Self::between(now, now.plus_nanos(length.saturating_sub(missed)), missed == 0, [PortCounts::default(); PORTS])
    }

    /// The next one, or the one after so many empty ones.
    pub(super) fn next(&self, length: u64, skip: u64, complete: bool, counted: &[PortCounts; PORTS]) -> Self {
        let begun = self.ends.plus_nanos(length.saturating_mul(skip));
        Self::between(begun, begun.plus_nanos(length), complete, *counted)
    }

    /// Whether it is; at the end of time none ends any more.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.ends <= now && self.ends != Instant::FAR_FUTURE
    }

    /// How many empty periods lie between this one and `now`, less the `kept` ones before `now`.
    pub(super) fn empty_periods_until(&self, now: Instant, length: u64, kept: usize) -> u64 {
        let periods = now.nanos_since(self.ends).checked_div(length).unwrap_or(0);
        periods.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX))
    }

    pub(super) fn record(&self, counted: &[PortCounts; PORTS], period_complete: bool) -> Record<PORTS> {
        let mut ports =
            [PortRecord { mean_link_delay: super::Spread::NOT_MEASURED, counts: PortCounts::default() }; PORTS];
        for (((port, link), now), before) in ports.iter_mut().zip(&self.mean_link_delay).zip(counted).zip(&self.counted)
        {
            *port = PortRecord { mean_link_delay: link.spread(), counts: now.since(before) };
        }
        let ticks = self.begun.nanos().checked_div(PM_TIME_NANOS).unwrap_or(0);
        Record {
            measurement_valid: self.has_measured(),
            period_complete,
            pm_time: u32::try_from(ticks & u64::from(u32::MAX)).unwrap_or(0),
            master_slave_delay: self.master_slave_delay.spread(),
            slave_master_delay: self.slave_master_delay.spread(),
            mean_path_delay: self.mean_path_delay.spread(),
            offset_from_master: self.offset_from_master.spread(),
            ports,
        }
    }

    fn has_measured(&self) -> bool {
        let links = self.mean_link_delay.iter().any(|link| link.count() > 0);
        links || self.master_slave_delay.count() > 0 || self.mean_path_delay.count() > 0
    }

    fn between(begun: Instant, ends: Instant, complete: bool, counted: [PortCounts; PORTS]) -> Self {
        Self {
            begun,
            ends,
            complete,
            master_slave_delay: Tally::default(),
            slave_master_delay: Tally::default(),
            mean_path_delay: Tally::default(),
            offset_from_master: Tally::default(),
            mean_link_delay: [Tally::default(); PORTS],
            counted,
        }
    }
}
