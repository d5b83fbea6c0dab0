#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

extern crate std;

use super::*;
use crate::wire::ClockIdentity;
use proptest::prelude::*;
use std::vec;

const SECOND: u64 = 1_000_000_000;
const RECEIVER: PortIdentity = PortIdentity::new(ClockIdentity(0xF000), 1);
const A: u64 = 10;
const B: u64 = 20;

const fn port(clock: u64) -> PortIdentity {
    PortIdentity::new(ClockIdentity(clock), 1)
}

fn at(nanos: u64) -> Window {
    Window { now: Instant::from_nanos(nanos), length: foreign_master_time_window(0), parent: None }
}

fn message(sender: u64, priority1: u8, sequence_id: u16) -> (Header, Announce) {
    let header = Header { source_port_identity: port(sender), sequence_id, ..Header::default() };
    let announce = Announce {
        grandmaster_identity: ClockIdentity(sender),
        grandmaster_priority1: priority1,
        ..Announce::default()
    };
    (header, announce)
}

fn hear<const N: usize>(
    table: &mut ForeignMasters<N>,
    window: &Window,
    sender: u64,
    priority1: u8,
    sequence_id: u16,
) -> Outcome {
    let (header, announce) = message(sender, priority1, sequence_id);
    table.update(ForeignMaster::new(&header, &announce, window.now), window)
}

/// Two messages one second apart, the second at `window.now`.
fn hear_twice<const N: usize>(table: &mut ForeignMasters<N>, window: &Window, sender: u64, priority1: u8) {
    let before = Window { now: Instant::from_nanos(window.now.nanos() - SECOND), ..*window };
    hear(table, &before, sender, priority1, 1);
    assert_eq!(hear(table, window, sender, priority1, 2), Outcome::Changed);
}

fn best<const N: usize>(table: &ForeignMasters<N>, window: &Window) -> Option<u64> {
    table.best(RECEIVER, window).map(|record| {
        let data_set = record.data_set(RECEIVER);
        assert_eq!((data_set.sender, data_set.receiver), (record.sender(), RECEIVER));
        record.sender().clock_identity.0
    })
}

/// IEEE 1588-2019 9.3.2.4.4
#[test]
fn window_is_four_announce_intervals() {
    assert_eq!(foreign_master_time_window(0), 4 * SECOND);
    assert_eq!(foreign_master_time_window(1), 8 * SECOND);
    assert_eq!(foreign_master_time_window(-3), SECOND / 2);
    assert_eq!(foreign_master_time_window(30), (4 * SECOND) << 30);
    assert_eq!(foreign_master_time_window(127), (4 * SECOND) << 30);
    assert_eq!(foreign_master_time_window(-128), 0);
}

/// IEEE 1588-2019 9.3.2.5
#[test]
fn second_distinct_announce_qualifies_and_a_duplicate_does_not() {
    let mut table = ForeignMasters::<5>::new();
    assert_eq!(hear(&mut table, &at(0), A, 1, 7), Outcome::New);
    assert_eq!(hear(&mut table, &at(1), A, 1, 7), Outcome::Duplicate);
    assert_eq!(hear(&mut table, &at(SECOND), A, 1, 7), Outcome::Duplicate);
    assert_eq!(best(&table, &at(SECOND)), None);
    assert_eq!(hear(&mut table, &at(SECOND + 1), A, 1, 8), Outcome::Changed);
    assert_eq!(best(&table, &at(SECOND + 1)), Some(A));
    assert_eq!(hear(&mut table, &at(2 * SECOND), A, 1, 9), Outcome::Refreshed);
}

/// IEEE 1588-2019 9.3.2.5: one message in four intervals is too few, one in two is enough.
#[test]
fn rate_of_announces_decides_over_qualification() {
    let qualified_seconds = |every: u64| {
        let mut table = ForeignMasters::<5>::new();
        let mut qualified = vec![];
        for second in 0..100 {
            if second % every == 0 {
                hear(&mut table, &at(second * SECOND), A, 1, (second / every) as u16);
            }
            table.expire(&at(second * SECOND));
            qualified.push(best(&table, &at(second * SECOND)).is_some());
        }
        qualified
    };
    assert!(qualified_seconds(4).iter().all(|qualified| !qualified));
    assert!(qualified_seconds(2)[2..].iter().all(|qualified| *qualified));
    assert!(qualified_seconds(1)[1..].iter().all(|qualified| *qualified));
}

#[test]
fn qualification_ends_with_the_window() {
    let mut table = ForeignMasters::<5>::new();
    hear(&mut table, &at(0), A, 1, 1);
    hear(&mut table, &at(3 * SECOND), A, 1, 2);
    assert_eq!(best(&table, &at(4 * SECOND - 1)), Some(A));
    assert_eq!(best(&table, &at(4 * SECOND)), None);
}

/// IEEE 1588-2019 9.3.2.5: only the most recent message of a sender is considered.
#[test]
fn older_announce_is_refused_across_the_wrap_of_sequence_id() {
    let mut table = ForeignMasters::<5>::new();
    hear(&mut table, &at(0), A, 1, 0xFFFE);
    assert_eq!(hear(&mut table, &at(1), A, 1, 0xFFFD), Outcome::Stale);
    assert_eq!(hear(&mut table, &at(2), A, 1, 1), Outcome::Changed);
    assert_eq!(hear(&mut table, &at(3), A, 9, 0xFFFF), Outcome::Stale);
    assert_eq!(hear(&mut table, &at(3), A, 9, 0x8001), Outcome::Stale);
    let record = table.best(RECEIVER, &at(3)).expect("qualified");
    assert_eq!((record.sequence_id, record.parent_ds.grandmaster_priority1), (1, 1));
    assert_eq!(table.find(record.sender()), Some(record));
    assert_eq!(record.last(), Instant::from_nanos(2));
    assert_eq!(hear(&mut table, &at(4), A, 1, 0x8000), Outcome::Refreshed);
}

#[test]
fn sender_that_starts_anew_is_heard_again_after_a_window() {
    let mut table = ForeignMasters::<5>::new();
    hear(&mut table, &at(0), A, 1, 1000);
    hear(&mut table, &at(SECOND), A, 1, 1001);
    assert_eq!(hear(&mut table, &at(5 * SECOND - 1), A, 1, 0), Outcome::Stale);
    assert_eq!(hear(&mut table, &at(5 * SECOND), A, 1, 1), Outcome::Refreshed);
    assert_eq!(best(&table, &at(5 * SECOND)), None);
    assert_eq!(hear(&mut table, &at(6 * SECOND), A, 1, 2), Outcome::Changed);
    assert_eq!(best(&table, &at(6 * SECOND)), Some(A));
}

#[test]
fn what_it_announces_is_compared_with_what_it_announced() {
    let mut table = ForeignMasters::<5>::new();
    hear_twice(&mut table, &at(SECOND), A, 1);
    let (header, announce) = message(A, 1, 3);
    let changes: [fn(&mut Header, &mut Announce); 6] = [
        |_, announce| announce.steps_removed = 1,
        |_, announce| announce.current_utc_offset = 38,
        |_, announce| announce.grandmaster_clock_quality.clock_class.0 = 7,
        |_, announce| announce.grandmaster_identity.0 = 11,
        |header, _| header.flags |= Flags::LEAP61,
        |header, _| header.flags |= Flags::SYNCHRONIZATION_UNCERTAIN,
    ];
    let (mut header, mut announce) = (header, announce);
    for (change, number) in changes.into_iter().zip(2_u16..) {
        header.sequence_id = 2 * number;
        assert_eq!(
            table.update(ForeignMaster::new(&header, &announce, at(SECOND).now), &at(SECOND)),
            Outcome::Refreshed
        );
        change(&mut header, &mut announce);
        header.sequence_id += 1;
        assert_eq!(table.update(ForeignMaster::new(&header, &announce, at(SECOND).now), &at(SECOND)), Outcome::Changed);
    }
    header.sequence_id += 1;
    header.flags |= Flags::TWO_STEP;
    assert_eq!(table.update(ForeignMaster::new(&header, &announce, at(SECOND).now), &at(SECOND)), Outcome::Refreshed);
}

#[test]
fn parent_counts_until_it_is_removed() {
    let mut table = ForeignMasters::<5>::new();
    hear_twice(&mut table, &at(SECOND), A, 1);
    let late = at(100 * SECOND);
    let parent = Window { parent: Some(port(A)), ..late };
    assert_eq!(best(&table, &late), None);
    table.expire(&parent);
    assert_eq!(best(&table, &parent), Some(A));
    assert!(table.remove(port(A)));
    assert!(!table.remove(port(A)));
    assert_eq!(best(&table, &parent), None);
}

/// IEEE 1588-2019 9.3.2
#[test]
fn best_of_the_qualified_is_chosen() {
    let mut table = ForeignMasters::<5>::new();
    hear_twice(&mut table, &at(SECOND), A, 2);
    hear_twice(&mut table, &at(SECOND), B, 1);
    hear(&mut table, &at(SECOND), 30, 0, 1);
    assert_eq!(best(&table, &at(SECOND)), Some(B));
    let listed: vec::Vec<_> =
        table.iter(at(SECOND)).map(|(r, qualified)| (r.sender().clock_identity.0, qualified)).collect();
    assert_eq!(listed, [(A, true), (B, true), (30, false)]);
    table.clear();
    assert_eq!(table.iter(at(SECOND)).count(), 0);
}

#[test]
fn expiry_forgets_the_silent_only() {
    let mut table = ForeignMasters::<5>::new();
    hear(&mut table, &at(0), A, 1, 1);
    hear(&mut table, &at(1), B, 1, 1);
    table.expire(&at(4 * SECOND));
    assert!(!table.remove(port(A)));
    assert!(table.remove(port(B)));
}

fn senders<const N: usize>(table: &ForeignMasters<N>) -> vec::Vec<u64> {
    let mut senders: vec::Vec<_> = table.iter(at(0)).map(|(record, _)| record.sender().clock_identity.0).collect();
    senders.sort_unstable();
    senders
}

#[test]
fn full_table_gives_up_the_aged_then_the_worst_unqualified_then_the_worst() {
    let mut table = ForeignMasters::<3>::new();
    hear(&mut table, &at(0), 1, 1, 1); // aged from 4 s on, though the best
    hear_twice(&mut table, &at(4 * SECOND), 2, 50);
    hear(&mut table, &at(4 * SECOND), 3, 40, 1);
    let now = at(4 * SECOND);
    assert_eq!(hear(&mut table, &now, 4, 45, 1), Outcome::Evicted);
    assert_eq!(senders(&table), [2, 3, 4]);
    assert_eq!(hear(&mut table, &now, 5, 46, 1), Outcome::Refused);
    assert_eq!(hear(&mut table, &now, 5, 44, 1), Outcome::Evicted);
    assert_eq!(senders(&table), [2, 3, 5]);
    hear(&mut table, &now, 3, 40, 2);
    hear(&mut table, &now, 5, 44, 2);
    assert_eq!(hear(&mut table, &now, 6, 51, 1), Outcome::Refused);
    let with_parent = Window { parent: Some(port(2)), ..now };
    assert_eq!(hear(&mut table, &with_parent, 6, 45, 1), Outcome::Refused);
    assert_eq!(hear(&mut table, &now, 6, 45, 1), Outcome::Evicted);
    assert_eq!(senders(&table), [3, 5, 6]);
}

#[test]
fn parent_never_makes_place() {
    let mut table = ForeignMasters::<1>::new();
    hear(&mut table, &at(0), A, 9, 1);
    let parent = Window { parent: Some(port(A)), ..at(100 * SECOND) };
    assert_eq!(hear(&mut table, &parent, B, 1, 1), Outcome::Refused);
    assert_eq!(hear(&mut table, &at(0), B, 1, 1), Outcome::Evicted);
}

/// IEEE 1588-2019 9.3.2.4
#[test]
fn flood_of_invented_senders_does_not_push_out_the_qualified() {
    let mut table = ForeignMasters::<5>::new();
    for master in 1..=4 {
        hear_twice(&mut table, &at(SECOND), master, 100 + master as u8);
    }
    let mut full = table.clone();
    hear_twice(&mut full, &at(SECOND), 5, 105);
    for (table, remaining) in [(&mut table, 1..=4), (&mut full, 1..=4)] {
        for (sender, nanos) in (1000..51_000_u64).zip(SECOND..) {
            hear(table, &at(nanos), sender, 0, 1);
        }
        let now = at(SECOND + 50_000);
        assert_eq!(best(table, &now), Some(1));
        let qualified = table.iter(now).filter(|(_, qualified)| *qualified);
        assert!(qualified.map(|(record, _)| record.sender().clock_identity.0).eq(remaining));
    }
}

/// IEEE 1588-2019 9.3.2.5
#[test]
fn announce_is_considered_within_its_limits_only() {
    const OWN: PortIdentity = PortIdentity::new(ClockIdentity(0xA), 3);
    let check = |max: u8, change: fn(&mut Header, &mut Announce)| {
        let (mut header, mut announce) = message(B, 1, 1);
        change(&mut header, &mut announce);
        qualify(&header, &announce, OWN, max)
    };
    assert_eq!(check(255, |_, _| ()), Ok(()));
    assert_eq!(check(255, |_, a| a.steps_removed = 254), Ok(()));
    assert_eq!(check(255, |_, a| a.steps_removed = 255), Err(Unqualified::StepsRemoved));
    assert_eq!(check(255, |_, a| a.steps_removed = 65_535), Err(Unqualified::StepsRemoved));
    assert_eq!(check(10, |_, a| a.steps_removed = 9), Ok(()));
    assert_eq!(check(10, |_, a| a.steps_removed = 10), Err(Unqualified::StepsRemoved));
    assert_eq!(check(255, |h, _| h.flags |= Flags::ALTERNATE_MASTER), Err(Unqualified::AlternateMaster));
    assert_eq!(check(255, |h, _| h.source_port_identity = OWN), Err(Unqualified::OwnIdentity));
    let other_port = |port_number| {
        let (mut header, announce) = message(B, 1, 1);
        header.source_port_identity = PortIdentity { port_number, ..OWN };
        qualify(&header, &announce, OWN, 255)
    };
    assert_eq!(other_port(4), Err(Unqualified::OwnIdentity));
    assert_eq!(other_port(2), Err(Unqualified::OwnLowerPort));
    for change in [
        (|h, _| h.source_port_identity.clock_identity.0 = 0) as fn(&mut Header, &mut Announce),
        |h, _| h.source_port_identity.clock_identity.0 = u64::MAX,
        |h, _| h.source_port_identity.port_number = 0,
        |h, _| h.source_port_identity.port_number = 0xFFFF,
        |_, a| a.grandmaster_identity.0 = 0,
        |_, a| a.grandmaster_identity.0 = u64::MAX,
    ] {
        assert_eq!(check(255, change), Err(Unqualified::ReservedIdentity));
    }
}

#[test]
fn a_record_is_small() {
    assert!(size_of::<ForeignMaster>() <= 64);
}

/// The whole history instead of a record.
#[derive(Default)]
struct History(vec::Vec<(u64, u16)>);

impl History {
    fn hear(&mut self, now: u64, sequence_id: u16) {
        let fresh = match self.0.last() {
            Some((then, last)) if now - then < 4 * SECOND => (1..0x8000).contains(&sequence_id.wrapping_sub(*last)),
            _ => true,
        };
        if fresh {
            self.0.push((now, sequence_id));
        }
    }

    fn is_qualified(&self, now: u64) -> bool {
        self.0.iter().filter(|(then, _)| now - then < 4 * SECOND).count() >= 2
    }
}

proptest! {
    #[test]
    fn records_agree_with_the_whole_history(
        steps in proptest::collection::vec((0..2_usize, 0..5 * SECOND, -3..4_i16), 1..60),
    ) {
        let mut table = ForeignMasters::<2>::new();
        let mut histories = [History::default(), History::default()];
        let mut sequence_ids = [0xFFF0_u16, 5];
        let mut now = 0;
        for (sender, pause, ahead) in steps {
            now += pause;
            sequence_ids[sender] = sequence_ids[sender].wrapping_add_signed(ahead);
            hear(&mut table, &at(now), sender as u64 + 1, 1, sequence_ids[sender]);
            histories[sender].hear(now, sequence_ids[sender]);
            if pause % 2 == 0 {
                table.expire(&at(now));
            }
            for (clock, history) in (1..).zip(&histories) {
                let qualified = table.iter(at(now)).any(|(record, qualified)| record.sender() == port(clock) && qualified);
                prop_assert_eq!(qualified, history.is_qualified(now));
            }
        }
    }
}
