//! Performance records by the calls of C. What a slave measures is in examples/cpp-custom-hal.

use crate::quiet::{Quiet, Storage, config, new_clock, run_until};
use core::mem::size_of;
use core::ptr;
use syntone_capi::clock::SyntoneClock;
use syntone_capi::config::SyntoneConfig;
use syntone_capi::histogram::*;
use syntone_capi::performance::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;

const MOST: usize = SYNTONE_PERFORMANCE_SIZE_BASE + 8 * SYNTONE_PERFORMANCE_SIZE_PORT;

#[repr(align(16))]
struct Room([u8; MOST]);

fn measure(clock: *mut SyntoneClock, room: &mut Room, size: usize, passed: u64) -> SyntoneResult {
    // SAFETY: a clock, and storage that outlives it.
    unsafe { syntone_clock_measure_performance(clock, room.0.as_mut_ptr().cast(), size, passed) }
}

fn record(clock: *mut SyntoneClock, number: u16) -> (SyntoneResult, SyntonePerformance) {
    let size = size_of::<SyntonePerformance>() as u32;
    let mut record = SyntonePerformance { struct_size: size, ..Default::default() };
    // SAFETY: a clock, and a pointer to a local.
    (unsafe { syntone_clock_performance(clock, number, &raw mut record) }, record)
}

fn of_port(clock: *mut SyntoneClock, port: u8, number: u16) -> (SyntoneResult, SyntonePortPerformance) {
    let size = size_of::<SyntonePortPerformance>() as u32;
    let mut record = SyntonePortPerformance { struct_size: size, ..Default::default() };
    // SAFETY: a clock, and a pointer to a local.
    (unsafe { syntone_clock_port_performance(clock, port, number, &raw mut record) }, record)
}

const SECOND: u64 = 1_000_000_000;

/// IEEE 1588-2019 J.5
#[test]
fn messages_count_in_their_quarter_of_an_hour_and_their_day() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), Box::new(Room([0xA5; MOST])));
    let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: 2, ..config() });
    assert_eq!(record(clock, 0).0, SyntoneResult::OutOfRange, "nothing is measured");
    assert_eq!(measure(clock, &mut room, syntone_performance_size(2), 0), SyntoneResult::Ok);
    assert_eq!(record(clock, 0).0, SyntoneResult::Ok);
    assert_eq!(record(clock, 1).0, SyntoneResult::OutOfRange, "none is over");
    run_until(clock, &mut quiet, 920 * SECOND);
    let (result, over) = record(clock, 1);
    assert_eq!((result, over.period_complete, over.measurement_valid, over.pm_time), (SyntoneResult::Ok, 1, 0, 0));
    assert_eq!(over.offset_from_master.average, SYNTONE_NOT_MEASURED);
    assert_eq!(record(clock, 0).1.pm_time, 90_000);
    let quarters = [of_port(clock, 1, 1).1, of_port(clock, 1, 0).1];
    // An Announce every 2 s and a Sync every second, at intervals that vary by 30 %; from the 7th second on.
    assert!(
        (440..=460).contains(&quarters[0].announce_tx) && (880..=905).contains(&quarters[0].sync_tx),
        "{quarters:?}"
    );
    assert!((8..=12).contains(&quarters[1].announce_tx) && (17..=23).contains(&quarters[1].sync_tx), "{quarters:?}");
    let day = of_port(clock, 1, SYNTONE_PERFORMANCE_CURRENT_DAY).1;
    assert_eq!(day.sync_tx, quarters[0].sync_tx + quarters[1].sync_tx);
    assert_eq!(of_port(clock, 2, 0).0, SyntoneResult::OutOfRange);
    assert_eq!(record(clock, SYNTONE_PERFORMANCE_PREVIOUS_DAY).0, SyntoneResult::OutOfRange);
    assert!(room.0[syntone_performance_size(2)..].iter().all(|octet| *octet == 0xA5), "wrote beyond its size");
    // Lent anew, it begins anew, in the middle of a quarter.
    assert_eq!(measure(clock, &mut room, MOST, 60 * SECOND), SyntoneResult::Ok);
    assert_eq!(record(clock, 1).0, SyntoneResult::OutOfRange);
    run_until(clock, &mut quiet, (920 + 840) * SECOND);
    assert_eq!(record(clock, 1).1.period_complete, 0);
    quiet.time += 900 * SECOND;
    assert_eq!(record(clock, 1).1.period_complete, 1, "it is over although the clock has not run since");
}

/// IEEE 1588-2019 J.5.2
#[test]
fn a_quarter_in_which_it_was_off_is_not_complete() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), Box::new(Room([0xA5; MOST])));
    let clock = new_clock(&mut storage, &mut quiet, &config());
    // SAFETY: a clock.
    let set = |on| unsafe { syntone_clock_set(clock, SYNTONE_SETTING_PERFORMANCE_MONITORING, 0, on, ptr::null_mut()) };
    let mut told = 77;
    // SAFETY: a clock, and a pointer to a local.
    let mut get =
        || unsafe { (syntone_clock_get(clock, SYNTONE_SETTING_PERFORMANCE_MONITORING, 0, &raw mut told), told) };
    assert_eq!([set(1), set(0)], [SyntoneResult::BadConfig, SyntoneResult::Ok], "nothing was lent");
    assert_eq!(get().0, SyntoneResult::OutOfRange);
    assert_eq!(measure(clock, &mut room, MOST, 0), SyntoneResult::Ok);
    assert_eq!(get(), (SyntoneResult::Ok, 1));
    assert_eq!([set(0), set(2)], [SyntoneResult::Ok, SyntoneResult::BadConfig]);
    assert_eq!(get(), (SyntoneResult::Ok, 0));
    assert_eq!(set(1), SyntoneResult::Ok);
    run_until(clock, &mut quiet, 1_801 * SECOND);
    assert_eq!([1, 2].map(|number| record(clock, number).1.period_complete), [1, 0]);
}

/// IEEE 1588-2019 J.5
#[test]
fn histograms_are_of_the_day_that_runs_and_of_the_one_before() {
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), Box::new(Room([0xA5; MOST])));
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let size = size_of::<SyntoneHistograms>() as u32;
    let histograms = |number, struct_size| {
        let mut told = SyntoneHistograms { struct_size, ..Default::default() };
        // SAFETY: a clock, and a pointer to a local.
        (unsafe { syntone_clock_histograms(clock, number, &raw mut told) }, told)
    };
    let (today, yesterday) = (SYNTONE_PERFORMANCE_CURRENT_DAY, SYNTONE_PERFORMANCE_PREVIOUS_DAY);
    assert_eq!(histograms(today, size).0, SyntoneResult::OutOfRange, "nothing is measured");
    const DAY: u64 = 86_400 * SECOND;
    assert_eq!(measure(clock, &mut room, MOST, DAY - 2 * SECOND), SyntoneResult::Ok);
    let (result, day) = histograms(today, size);
    let milliseconds = |bound: i64| bound / (1_000_000 << 16);
    let bounds = |it: &SyntoneHistogram| it.bounds[..it.buckets as usize - 1].to_vec();
    assert_eq!(result, SyntoneResult::Ok);
    for (histogram, first, last) in [(&day.offset_from_master, -1, 1), (&day.mean_path_delay, 0, 10)] {
        let bounds = bounds(histogram);
        assert!(bounds.is_sorted() && bounds.len() >= 19);
        assert_eq!([bounds[0], bounds[bounds.len() - 1]].map(milliseconds), [first, last]);
        assert_eq!(histogram.counts, [0; 24], "it follows nobody");
    }
    assert_eq!([yesterday, 0, 99].map(|number| histograms(number, size).0), [SyntoneResult::OutOfRange; 3]);
    quiet.time += 3 * SECOND;
    assert_eq!(histograms(yesterday, size), (SyntoneResult::Ok, day), "the day is over");
    assert_eq!(histograms(today, 0).0, SyntoneResult::WrongSize);
    // SAFETY: a clock, and null.
    assert_eq!(unsafe { syntone_clock_histograms(clock, today, ptr::null_mut()) }, SyntoneResult::NullPointer);
}

#[test]
fn storage_of_any_number_of_ports_is_as_large_as_it_says_and_less_is_refused() {
    for ports in 1..=8 {
        let size = syntone_performance_size(ports);
        assert!(size <= SYNTONE_PERFORMANCE_SIZE_BASE + usize::from(ports) * SYNTONE_PERFORMANCE_SIZE_PORT);
        let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), Box::new(Room([0xA5; MOST])));
        let clock = new_clock(&mut storage, &mut quiet, &SyntoneConfig { port_count: ports, ..config() });
        assert_eq!(measure(clock, &mut room, size - 1, 0), SyntoneResult::StorageTooSmall);
        assert_eq!(measure(clock, &mut room, size, 0), SyntoneResult::Ok);
    }
    assert_eq!([0, 9].map(|ports| syntone_performance_size(ports)), [0; 2]);
    let (mut storage, mut quiet, mut room) = (Storage::new(), Quiet::new(), Box::new(Room([0xA5; MOST])));
    let clock = new_clock(&mut storage, &mut quiet, &config());
    let odd = room.0.as_mut_ptr().wrapping_add(8).cast();
    // SAFETY: a clock, nulls, and pointers to what is there.
    unsafe {
        assert_eq!(syntone_clock_measure_performance(clock, ptr::null_mut(), MOST, 0), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_measure_performance(clock, odd, MOST - 8, 0), SyntoneResult::Misaligned);
        assert_eq!(syntone_clock_performance(clock, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        assert_eq!(syntone_clock_port_performance(clock, 0, 0, ptr::null_mut()), SyntoneResult::NullPointer);
        let mut unset = SyntonePerformance::default();
        assert_eq!(syntone_clock_performance(clock, 0, &raw mut unset), SyntoneResult::WrongSize);
    }
}
