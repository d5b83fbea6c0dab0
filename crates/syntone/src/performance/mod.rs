//! Performance monitoring (IEEE 1588-2019 Annex J): what was measured in each quarter of an hour and in each day.
//!
//! [`PerformanceMonitor`] takes values and reads no clock. Inside of an [`Observed`] servo it gets every sample by itself; the
//! application adds the counters of the ports. A clock without it pays nothing.
//!
//! ```
//! use syntone::performance::{Observed, PerformanceMonitor, index};
//! use syntone::servo::{PiConfig, PiServo};
//! use syntone::{Clock, ClockConfig, PortConfig, hal::{Instant, PortIndex}, wire::ClockIdentity};
//!
//! let now = Instant::from_nanos(0);
//! // One port; the records of the last hour.
//! let monitor = PerformanceMonitor::<1, 4>::new(now);
//! let servo = Observed { servo: PiServo::new(PiConfig::default()).unwrap(), observer: monitor };
//! let config = ClockConfig::slave_only(ClockIdentity::from_octets([2, 0, 0, 0xFF, 0xFE, 0, 0, 1]));
//! let mut clock = Clock::<1, _>::new(&config, &[PortConfig::default()], servo).unwrap();
//! // Now and then, at the latest at `monitor.ends()`:
//! let counters = clock.counters(PortIndex(0)).unwrap().clone();
//! let monitor = &mut clock.servo_mut().observer;
//! monitor.counters(now, PortIndex(0), &counters);
//! assert!(!monitor.record(index::CURRENT_DAY).unwrap().measurement_valid);
//! ```

mod counts;
mod histogram;
mod observed;
mod period;
mod spread;

pub use counts::PortCounts;
pub use histogram::{DELAY_BOUNDS, Histogram, OFFSET_BOUNDS};
pub use observed::{Observed, Observer};
pub use spread::{NOT_MEASURED, Spread, Tally};

use crate::counters::Counters;
use heapless::Deque;
use period::Period;
use syntone_hal::{Instant, PortIndex, TimeInterval};

/// Which record is which (IEEE 1588-2019 J.5).
pub mod index {
    /// The quarter of an hour that runs. Those that are over follow, the newest first, up to [`OLDEST_QUARTER`].
    pub const CURRENT_QUARTER: u16 = 0;
    /// The oldest quarter of an hour that the standard numbers.
    pub const OLDEST_QUARTER: u16 = 96;
    /// The day that runs.
    pub const CURRENT_DAY: u16 = 97;
    /// The day before.
    pub const PREVIOUS_DAY: u16 = 98;
}

/// What was measured in one period (IEEE 1588-2019 Tables J.1 to J.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Record<const PORTS: usize> {
    /// Something was measured while the clock was locked. Only that is in the record.
    pub measurement_valid: bool,
    /// The period is over, and the monitor was enabled throughout; whether there was something to measure is another matter.
    pub period_complete: bool,
    /// When it began: monotonic time in units of 10 ms. Wraps after 497 days.
    pub pm_time: u32,
    /// t2 − t1 less corrections.
    pub master_slave_delay: Spread,
    /// t4 − t3 less corrections.
    pub slave_master_delay: Spread,
    /// meanPathDelay, each exchange by itself.
    pub mean_path_delay: Spread,
    /// offsetFromMaster.
    pub offset_from_master: Spread,
    /// By port.
    pub ports: [PortRecord; PORTS],
}

/// What was measured and counted on one port in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortRecord {
    /// meanLinkDelay (IEEE 1588-2019 Table J.2).
    pub mean_link_delay: Spread,
    /// Messages (IEEE 1588-2019 Table J.3).
    pub counts: PortCounts,
}

/// How often offset and path delay were how large in one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayHistograms {
    /// Of offsetFromMaster.
    pub offset_from_master: Histogram,
    /// Of meanPathDelay.
    pub mean_path_delay: Histogram,
}

/// performanceMonitoringDS and performanceMonitoringPortDS (IEEE 1588-2019 J.5): `PAST` quarters of an hour, 96 at the most,
/// beside the current one, the current day and the day before.
#[derive(Clone, Debug)]
pub struct PerformanceMonitor<const PORTS: usize, const PAST: usize> {
    enabled: bool,
    quarter: Period<PORTS>,
    day: Period<PORTS>,
    past: Deque<Record<PORTS>, PAST>,
    previous_day: Option<Record<PORTS>>,
    counted: [PortCounts; PORTS],
    histograms: [DayHistograms; 2],
}

const QUARTER: u64 = 15 * 60 * 1_000_000_000;
const DAY: u64 = 96 * QUARTER;

impl<const PORTS: usize, const PAST: usize> PerformanceMonitor<PORTS, PAST> {
    /// A monitor whose first quarter of an hour and first day begin now.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self::aligned(now, 0)
    }

    /// A monitor whose periods end with those of the operator's day, of which so many nanoseconds have passed. The first
    /// periods are not complete then.
    #[must_use]
    pub fn aligned(now: Instant, nanoseconds: u64) -> Self {
        const { assert!(PAST <= 96, "the standard numbers 96 quarters of an hour") };
        Self {
            enabled: true,
            quarter: Period::new(now, QUARTER, nanoseconds),
            day: Period::new(now, DAY, nanoseconds),
            past: Deque::new(),
            previous_day: None,
            counted: [PortCounts::default(); PORTS],
            histograms: [DayHistograms {
                offset_from_master: Histogram::new(&OFFSET_BOUNDS),
                mean_path_delay: Histogram::new(&DELAY_BOUNDS),
            }; 2],
        }
    }

    /// The same with other bounds of the histograms.
    #[must_use]
    pub fn with_bounds(mut self, offset: &'static [TimeInterval], delay: &'static [TimeInterval]) -> Self {
        let day = DayHistograms { offset_from_master: Histogram::new(offset), mean_path_delay: Histogram::new(delay) };
        self.histograms = [day; 2];
        self
    }

    /// Whether it measures; it does from the beginning.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// performanceMonitoringDS.enable. Periods in which it was disabled are not complete; messages are counted all the same.
    pub fn set_enabled(&mut self, now: Instant, enabled: bool) {
        self.advance(now);
        self.enabled = enabled;
        if !enabled {
            self.quarter.complete = false;
            self.day.complete = false;
        }
    }

    /// When the current quarter of an hour ends.
    #[must_use]
    pub const fn ends(&self) -> Instant {
        self.quarter.ends
    }

    /// Closes the periods that are over at `now`. Every other method that is given a time does so too; one at the very end of
    /// a period belongs to the next.
    pub fn advance(&mut self, now: Instant) {
        let mut closed = 0_usize;
        while self.quarter.is_over(now) {
            let record = self.quarter.record(&self.counted, self.quarter.complete);
            if self.past.is_full() {
                self.past.pop_back();
            }
            // There is room now, unless none at all is kept.
            let _ = self.past.push_front(record);
            // What would be pushed out at once is not written.
            let skip = if closed == 0 { self.quarter.empty_periods_until(now, QUARTER, PAST) } else { 0 };
            self.quarter = self.quarter.next(QUARTER, skip, self.enabled, &self.counted);
            closed = closed.saturating_add(1);
        }
        self.advance_day(now);
    }

    /// A Sync was measured while the clock was locked: t2 − t1 less corrections, and offsetFromMaster.
    pub fn sync(&mut self, now: Instant, master_slave_delay: TimeInterval, offset_from_master: Option<TimeInterval>) {
        self.advance(now);
        if !self.enabled {
            return;
        }
        for period in [&mut self.quarter, &mut self.day] {
            period.master_slave_delay.push(master_slave_delay);
            if let Some(offset) = offset_from_master {
                period.offset_from_master.push(offset);
            }
        }
        let [today, _] = &mut self.histograms;
        if let Some(offset) = offset_from_master {
            today.offset_from_master.push(offset);
        }
    }

    /// A delay exchange was complete while the clock was locked: t4 − t3 less corrections, where it was measured, and
    /// meanPathDelay.
    pub fn delay(&mut self, now: Instant, slave_master_delay: Option<TimeInterval>, mean_path_delay: TimeInterval) {
        self.advance(now);
        if !self.enabled {
            return;
        }
        for period in [&mut self.quarter, &mut self.day] {
            period.mean_path_delay.push(mean_path_delay);
            if let Some(delay) = slave_master_delay {
                period.slave_master_delay.push(delay);
            }
        }
        let [today, _] = &mut self.histograms;
        today.mean_path_delay.push(mean_path_delay);
    }

    /// portDS.meanLinkDelay of a port was measured.
    pub fn link_delay(&mut self, now: Instant, port: PortIndex, mean_link_delay: TimeInterval) {
        self.advance(now);
        for period in [&mut self.quarter, &mut self.day] {
            if let Some(link) = period.mean_link_delay.get_mut(port.get()).filter(|_| self.enabled) {
                link.push(mean_link_delay);
            }
        }
    }

    /// What a port has counted so far. Messages count in the period in which they are told of.
    pub fn counters(&mut self, now: Instant, port: PortIndex, counters: &Counters) {
        self.advance(now);
        if let Some(counted) = self.counted.get_mut(port.get()) {
            *counted = PortCounts::of(counters);
        }
    }

    /// A record by its number in [`index`]; `None` for those that are not kept, or not there yet.
    #[must_use]
    pub fn record(&self, number: u16) -> Option<Record<PORTS>> {
        match number {
            index::CURRENT_QUARTER => Some(self.quarter.record(&self.counted, false)),
            index::CURRENT_DAY => Some(self.day.record(&self.counted, false)),
            index::PREVIOUS_DAY => self.previous_day,
            _ => self.past.iter().nth(usize::from(number).checked_sub(1)?).copied(),
        }
    }

    /// The histograms of the current day, and of the day before.
    #[must_use]
    pub const fn histograms(&self) -> &[DayHistograms; 2] {
        &self.histograms
    }

    fn advance_day(&mut self, now: Instant) {
        let mut first = true;
        while self.day.is_over(now) {
            self.previous_day = Some(self.day.record(&self.counted, self.day.complete));
            let [today, _] = self.histograms;
            let emptied = DayHistograms {
                offset_from_master: today.offset_from_master.emptied(),
                mean_path_delay: today.mean_path_delay.emptied(),
            };
            self.histograms = [emptied, today];
            let skip = if first { self.day.empty_periods_until(now, DAY, 1) } else { 0 };
            self.day = self.day.next(DAY, skip, self.enabled, &self.counted);
            first = false;
        }
    }
}

#[cfg(test)]
mod tests;
