//! Records, their borders and what is in them. IEEE 1588-2019 J.5.

use super::*;
use crate::counters::Discard;
use crate::servo::{Adjustment, DelaySample, LockState, Servo, ServoContext, SyncSample};
use crate::wire::MessageType;
use std::vec::Vec;
use syntone_hal::{FrequencyOffset, Timestamp};

type Monitor = PerformanceMonitor<1, 3>;

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds.saturating_mul(SECOND))
}

fn offset(monitor: &mut Monitor, now: Instant, nanos: i64) {
    let offset = TimeInterval::from_nanos(nanos);
    monitor.sync(now, offset + TimeInterval::from_nanos(1_000), Some(offset));
}

fn averages(monitor: &Monitor) -> [Option<i64>; 5] {
    let of = |number| {
        let record = monitor.record(number)?;
        record.measurement_valid.then(|| record.offset_from_master.average.nanos())
    };
    [of(0), of(1), of(2), of(index::CURRENT_DAY), of(index::PREVIOUS_DAY)]
}

#[test]
fn a_sample_at_the_very_end_of_a_period_belongs_to_the_next() {
    let mut monitor = Monitor::new(at(100));
    offset(&mut monitor, at(100), 1);
    offset(&mut monitor, Instant::from_nanos(1_000 * SECOND - 1), 3);
    assert_eq!(averages(&monitor), [Some(2), None, None, Some(2), None]);
    assert_eq!(monitor.ends(), at(1_000));
    offset(&mut monitor, at(1_000), 8);
    assert_eq!(averages(&monitor), [Some(8), Some(2), None, Some(4), None]);
    // The beginnings, in units of 10 ms.
    assert_eq!([0, 1, index::CURRENT_DAY].map(|it| monitor.record(it).unwrap().pm_time), [100_000, 10_000, 10_000]);
}

#[test]
fn the_day_ends_with_its_96th_quarter() {
    let mut monitor = Monitor::new(at(0));
    offset(&mut monitor, at(86_399), 5);
    assert_eq!(monitor.record(index::PREVIOUS_DAY), None);
    offset(&mut monitor, at(86_400), 7);
    assert_eq!(averages(&monitor), [Some(7), Some(5), None, Some(7), Some(5)]);
    let day = monitor.record(index::PREVIOUS_DAY).unwrap();
    assert!(day.measurement_valid && day.period_complete);
    let [today, yesterday] = monitor.histograms();
    let count = |it: &DayHistograms| it.offset_from_master.buckets().map(|(_, count)| count).sum::<u32>();
    assert_eq!((count(today), count(yesterday)), (1, 1));
}

#[test]
fn as_many_quarters_are_kept_as_there_is_room_for() {
    let mut monitor = Monitor::new(at(0));
    for quarter in 0..6 {
        offset(&mut monitor, at(quarter * 900), quarter.cast_signed());
    }
    let kept: Vec<_> = (0..=index::OLDEST_QUARTER).filter_map(|number| monitor.record(number)).collect();
    let averages: Vec<_> = kept.iter().map(|record| record.offset_from_master.average.nanos()).collect();
    assert_eq!(averages, [5, 4, 3, 2]);
    let complete: Vec<_> = kept.iter().map(|record| record.period_complete).collect();
    assert_eq!(complete, [false, true, true, true]);
    assert_eq!(monitor.record(99), None);
}

#[test]
fn a_silent_period_is_complete_but_not_valid() {
    let mut monitor = Monitor::new(at(0));
    offset(&mut monitor, at(10), 1);
    // The master is lost for half an hour and comes back.
    offset(&mut monitor, at(2_800), 3);
    let silent = [1, 2, 3].map(|number| monitor.record(number).unwrap());
    assert_eq!(silent.map(|record| record.measurement_valid), [false, false, true]);
    assert_eq!(silent.map(|record| record.period_complete), [true; 3]);
    assert_eq!(silent[0].offset_from_master, Spread::NOT_MEASURED);
    assert_eq!(silent[0].ports[0].mean_link_delay, Spread::NOT_MEASURED);
}

#[test]
fn a_gap_of_years_costs_no_more_than_the_records_that_are_kept() {
    // From 900 s to 9 000 s nine, of which three are kept.
    assert_eq!(Period::<1>::new(at(0), QUARTER, 0).empty_periods_until(at(9_000), QUARTER, 3), 6);
    let mut monitor = Monitor::new(at(0));
    offset(&mut monitor, at(1), 1);
    let late = at(3_000_000_000);
    offset(&mut monitor, late, 2);
    assert_eq!(monitor.record(0).unwrap().offset_from_master.average.nanos(), 2);
    assert!((1..4).all(|number| !monitor.record(number).unwrap().measurement_valid));
    // Still in step with the first period.
    assert_eq!(monitor.ends(), at(3_000_000_600));
    assert!(!monitor.record(index::PREVIOUS_DAY).unwrap().measurement_valid);
    monitor.advance(Instant::FAR_FUTURE);
}

#[test]
fn periods_can_end_with_those_of_the_wall_clock() {
    // 13:50:00: ten minutes are left of the day's 56th quarter.
    let mut monitor = Monitor::aligned(at(7), (13 * 3_600 + 50 * 60) * SECOND);
    assert_eq!(monitor.ends(), at(607));
    monitor.advance(at(607));
    monitor.advance(at(607 + 900));
    assert_eq!([1, 2].map(|number| monitor.record(number).unwrap().period_complete), [true, false]);
    monitor.advance(at(7 + 10 * 3_600 + 600 - 1));
    assert_eq!(monitor.record(index::PREVIOUS_DAY), None);
    monitor.advance(at(7 + 10 * 3_600 + 600));
    assert!(!monitor.record(index::PREVIOUS_DAY).unwrap().period_complete);
}

#[test]
fn periods_with_a_pause_are_not_complete() {
    let mut monitor = Monitor::new(at(0));
    offset(&mut monitor, at(1), 4);
    monitor.set_enabled(at(300), false);
    offset(&mut monitor, at(301), 1_000);
    monitor.set_enabled(at(600), true);
    assert!(monitor.is_enabled());
    monitor.advance(at(1_800));
    let records = [1, 2].map(|number| monitor.record(number).unwrap());
    assert_eq!(records.map(|record| record.period_complete), [true, false]);
    assert_eq!(records[1].offset_from_master.maximum.nanos(), 4);
}

#[test]
fn messages_count_from_zero_in_each_period() {
    let mut monitor = Monitor::new(at(0));
    let mut counters = Counters::default();
    for (time, syncs) in [(0, 3), (899, 2), (900, 4)] {
        (0..syncs).for_each(|_| counters.count_received(MessageType::SYNC));
        counters.count_sent(MessageType::PDELAY_RESP_FOLLOW_UP);
        counters.discard(Discard::Domain);
        monitor.counters(at(time), PortIndex(0), &counters);
    }
    let counts = [0, 1, index::CURRENT_DAY].map(|number| monitor.record(number).unwrap().ports[0].counts);
    assert_eq!(counts.map(|it| it.sync_rx), [4, 5, 9]);
    assert_eq!(counts.map(|it| it.pdelay_resp_follow_up_tx), [1, 2, 3]);
    assert_eq!(counts[0], PortCounts { sync_rx: 4, pdelay_resp_follow_up_tx: 1, ..PortCounts::default() });
}

#[test]
fn announces_of_the_parent_and_of_others_are_told_apart() {
    let mut monitor = Monitor::new(at(0));
    let mut counters = Counters::default();
    for from_parent in [true, false, true, true] {
        counters.count_received(MessageType::ANNOUNCE);
        if from_parent {
            counters.count_announce_of_parent();
        }
    }
    monitor.counters(at(1), PortIndex(0), &counters);
    let counts = monitor.record(0).unwrap().ports[0].counts;
    assert_eq!((counts.announce_rx, counts.announce_foreign_master_rx), (3, 1));
}

#[test]
fn links_are_measured_port_by_port() {
    let mut monitor = PerformanceMonitor::<2, 1>::new(at(0));
    monitor.link_delay(at(1), PortIndex(1), TimeInterval::from_nanos(70));
    monitor.link_delay(at(2), PortIndex(1), TimeInterval::from_nanos(90));
    monitor.link_delay(at(3), PortIndex(2), TimeInterval::from_nanos(1));
    let record = monitor.record(0).unwrap();
    assert!(record.measurement_valid);
    assert_eq!(record.ports.map(|port| port.mean_link_delay.average), [NOT_MEASURED, TimeInterval::from_nanos(80)]);
}

/// A servo that does nothing.
struct Idle(LockState);

impl Servo for Idle {
    fn start(&mut self, _: &ServoContext) {}

    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        // A large offset breaks the lock.
        self.0 = if sample.difference_nanos > 1_000_000 { LockState::Unlocked } else { self.0 };
        Adjustment::NONE
    }

    fn applied(&mut self, _: Instant, _: &Adjustment) {}

    fn hold(&mut self) -> Adjustment {
        Adjustment::NONE
    }

    fn lock_state(&self) -> LockState {
        self.0
    }

    fn frequency(&self) -> FrequencyOffset {
        FrequencyOffset::ZERO
    }
}

#[test]
fn only_what_a_locked_clock_measured_is_in_the_record() {
    let mut servo = Observed { servo: Idle(LockState::Unlocked), observer: Monitor::new(at(0)) };
    let sync = |servo: &mut Observed<Idle, Monitor>, second, difference_nanos| {
        let _ = servo.sync(&SyncSample {
            at: at(second),
            ingress: Timestamp::from_nanos(0),
            difference_nanos,
            correction: TimeInterval::from_nanos(-20),
            mean_delay: Some(TimeInterval::from_nanos(500)),
            log_sync_interval: 0,
        });
    };
    let exchange = DelaySample {
        at: at(2),
        egress: Timestamp::from_nanos(0),
        difference_nanos: 530,
        correction: TimeInterval::from_nanos(-10),
        mean_path_delay: TimeInterval::from_nanos(510),
    };
    sync(&mut servo, 1, 900_000);
    servo.delay(&exchange);
    servo.servo.0 = LockState::Locked;
    sync(&mut servo, 2, 530);
    servo.delay(&exchange);
    sync(&mut servo, 3, 2_000_520);
    sync(&mut servo, 4, 5_000_000);
    let record = servo.observer.record(0).unwrap();
    let span = |spread: Spread| (spread.minimum.nanos(), spread.maximum.nanos());
    assert_eq!(span(record.offset_from_master), (10, 2_000_000));
    assert_eq!(span(record.master_slave_delay), (510, 2_000_500));
    assert_eq!(span(record.slave_master_delay), (520, 520));
    assert_eq!(span(record.mean_path_delay), (510, 510));
}
