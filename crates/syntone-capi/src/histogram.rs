//! How often offset and path delay were how large in a day.

use crate::clock::SyntoneClock;
use crate::performance::{SYNTONE_PERFORMANCE_CURRENT_DAY, SYNTONE_PERFORMANCE_PREVIOUS_DAY};
use crate::pointer::{Sized32, check_sized, sized, write};
use crate::result::{SyntoneResult, finish};
use crate::slot::{Machine, on_clock};
use syntone::performance::{DayHistograms, Histogram};

/// Places in syntone_histogram for counts.
pub const SYNTONE_HISTOGRAM_BUCKETS: usize = 24;
/// Places in syntone_histogram for bounds.
pub const SYNTONE_HISTOGRAM_BOUNDS: usize = 23;

const _: () = assert!(SYNTONE_HISTOGRAM_BUCKETS == Histogram::BUCKETS);

/// How often a value was how large. Bucket `i` counts values up to bound `i` and above the bound before; the last bucket counts those
/// above the last bound. Bounds rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneHistogram {
    /// The bounds, in units of 2^-16 ns; as many as there are buckets, less one. The others are 0.
    pub bounds: [i64; SYNTONE_HISTOGRAM_BOUNDS],
    /// The counts, one of each bucket; wrap after 2^32. The others are 0.
    pub counts: [u32; SYNTONE_HISTOGRAM_BUCKETS],
    /// How many buckets there are, 1 to SYNTONE_HISTOGRAM_BUCKETS.
    pub buckets: u32,
    /// 0.
    pub reserved: [u8; 4],
}

/// What was measured in one day while the clock was locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneHistograms {
    /// sizeof(syntone_histograms); set it before the call.
    pub struct_size: u32,
    /// 0.
    pub reserved: [u8; 4],
    /// Of offsetFromMaster. Bounds: 0, and 10 ns to 1 ms either way, three a decade.
    pub offset_from_master: SyntoneHistogram,
    /// Of meanPathDelay, each exchange by itself. Bounds: 10 ns to 10 ms, three a decade.
    pub mean_path_delay: SyntoneHistogram,
}
sized!(SyntoneHistograms);

/// Writes how often offset and path delay were how large in a day, SYNTONE_PERFORMANCE_CURRENT_DAY or
/// SYNTONE_PERFORMANCE_PREVIOUS_DAY, to `histograms`. SYNTONE_RESULT_OUT_OF_RANGE: `number` is neither of them, that day is not there
/// yet, or nothing is measured; see syntone_clock_measure_performance().
///
/// # Safety
/// As syntone_clock_run_once(); `histograms` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_histograms(
    clock: *mut SyntoneClock,
    number: u16,
    histograms: *mut SyntoneHistograms,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(histograms)?;
            let found = on_clock!(clock, |machine| machine.histograms(number));
            write(histograms, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

impl<const PORTS: usize> Machine<PORTS> {
    fn histograms(&mut self, number: u16) -> Option<SyntoneHistograms> {
        let monitor = self.monitor()?;
        let [today, yesterday] = monitor.histograms();
        match number {
            SYNTONE_PERFORMANCE_CURRENT_DAY => Some(SyntoneHistograms::new(today)),
            SYNTONE_PERFORMANCE_PREVIOUS_DAY => monitor.record(number).map(|_| SyntoneHistograms::new(yesterday)),
            _ => None,
        }
    }
}

impl SyntoneHistograms {
    fn new(day: &DayHistograms) -> Self {
        Self {
            struct_size: Self::SIZE,
            reserved: [0; 4],
            offset_from_master: SyntoneHistogram::new(&day.offset_from_master),
            mean_path_delay: SyntoneHistogram::new(&day.mean_path_delay),
        }
    }
}

impl SyntoneHistogram {
    fn new(histogram: &Histogram) -> Self {
        let mut told = Self::default();
        for (place, (_, count)) in told.counts.iter_mut().zip(histogram.buckets()) {
            *place = count;
        }
        for (place, bound) in told.bounds.iter_mut().zip(histogram.buckets().filter_map(|(bound, _)| bound)) {
            *place = bound.scaled();
        }
        told.buckets = u32::try_from(histogram.buckets().count()).unwrap_or(0);
        told
    }
}
