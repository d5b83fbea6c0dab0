//! Stamps that are lost or late, messages that are lost, doubled or in the wrong order.

use crate::setup::{Pair, figure, no_state_change_since, pair_of};
use syntone::counters::Discard;
use syntone::servo::LockState;
use syntone::wire::MessageType;
use syntone_sim::{Fate, Link, Span, Stamper, Way, ms, ns, ps, secs, us};

const SYNC: Option<u8> = Some(MessageType::SYNC.0);
const DELAY_REQ: Option<u8> = Some(MessageType::DELAY_REQ.0);
const FOLLOW_UP: Option<u8> = Some(MessageType::FOLLOW_UP.0);

const NOISY: Stamper = Stamper::hardware().noise(ns(8));

/// A pair that has been locked for a while, with a tap on its messages.
fn locked(seed: u64, stamper: Stamper) -> Pair {
    let mut pair = pair_of(seed, stamper, Link::new(us(1)));
    pair.world.tap();
    pair.world.run_for(secs(60));
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Locked);
    pair
}

/// How many messages of a type have left `node` since that second.
fn sent_since(pair: &Pair, from_master: bool, message_type: Option<u8>, since: Span) -> u32 {
    let node = if from_master { pair.master } else { pair.slave };
    let passages = pair.world.passages().iter();
    let sent = passages.filter(|passage| passage.node == node && passage.way == Way::Out && passage.at >= since.into());
    u32::try_from(sent.filter(|passage| passage.frame.message_type() == message_type).count()).expect("few")
}

#[test]
fn lost_egress_stamps_cost_one_sample_each_and_are_counted() {
    for stamper in [NOISY.egress_loss(1.0), NOISY.egress_loss(1.0).reports_loss()] {
        let mut pair = locked(1, NOISY);
        let before = pair.world.counters(pair.slave, 0).clone();
        // Ten seconds without any egress stamp at the slave.
        pair.world.set_stamper(pair.slave, 0, stamper);
        pair.world.run_for(secs(10));
        pair.world.set_stamper(pair.slave, 0, NOISY);
        let lost = sent_since(&pair, false, DELAY_REQ, secs(60));
        pair.world.run_for(secs(20));
        let counters = pair.world.counters(pair.slave, 0);
        // A loss that nobody tells is noticed when requests were put off for it long enough.
        assert!(lost >= 2, "{lost}");
        let counted = counters.discarded(Discard::EgressStampLost) - before.discarded(Discard::EgressStampLost);
        assert_eq!(counted, lost, "Delay_Req without stamp");
        assert_eq!(counters.total_discarded() - before.total_discarded(), lost, "nothing else was discarded");
        no_state_change_since(&pair, secs(60));
    }
}

#[test]
fn egress_stamps_that_take_longer_than_the_interval_of_requests_still_give_a_delay() {
    for (seed, late) in [(1, ms(900)), (2, ms(1_500)), (3, ms(2_000))] {
        let mut pair = pair_of(seed, NOISY, Link::new(us(100)));
        pair.world.set_stamper(pair.slave, 0, NOISY.egress_lateness(late.into()));
        pair.world.run_for(secs(60));
        assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Locked, "stamps {late:?} late");
        let measured = pair.world.clock(pair.slave).current_ds().mean_delay.nanos();
        assert!((measured - 100_000).abs() < 50, "{measured} ns with stamps {late:?} late");
    }
}

#[test]
fn lost_sync_stamps_at_the_master_cost_the_slave_one_sync_each() {
    for stamper in [NOISY.egress_loss(1.0), NOISY.egress_loss(1.0).reports_loss()] {
        for lost in [1, 3] {
            let mut pair = locked(1, NOISY);
            let (before, at_master) = [pair.slave, pair.master].map(|node| pair.world.counters(node, 0).clone()).into();
            let syncs = pair.world.clock(pair.slave).syncs();
            pair.world.set_stamper(pair.master, 0, stamper);
            pair.world.run_for(secs(lost));
            pair.world.set_stamper(pair.master, 0, NOISY);
            pair.world.run_for(secs(10 - lost));
            let lost = u32::try_from(lost).expect("few");
            assert_eq!(sent_since(&pair, true, SYNC, secs(60)), 10);
            assert_eq!(sent_since(&pair, true, FOLLOW_UP, secs(60)), 10 - lost);
            let counters = pair.world.counters(pair.slave, 0);
            assert_eq!(counters.discarded(Discard::Incomplete) - before.discarded(Discard::Incomplete), lost);
            assert_eq!(counters.total_discarded() - before.total_discarded(), lost, "nothing else was discarded");
            let counters = pair.world.counters(pair.master, 0);
            let counted = counters.discarded(Discard::EgressStampLost) - at_master.discarded(Discard::EgressStampLost);
            assert_eq!(counted, lost, "Sync without stamp");
            assert_eq!(pair.world.clock(pair.slave).syncs() - syncs, 10 - lost);
            no_state_change_since(&pair, secs(60));
        }
    }
}

#[test]
fn a_master_whose_stamps_stop_for_a_minute_goes_on_when_they_come_back() {
    let mut pair = locked(1, NOISY);
    pair.world.set_stamper(pair.master, 0, NOISY.egress_loss(1.0));
    pair.world.run_for(secs(60));
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Holdover);
    pair.world.set_stamper(pair.master, 0, NOISY);
    pair.world.run_for(secs(60));
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Locked);
}

/// Half an hour with these stampers from the beginning: one lock, no change of state after it, rms of the offset.
fn half_an_hour(seed: u64, stamper: Stamper, link: Link) -> f64 {
    let mut pair = pair_of(seed, stamper, link);
    pair.world.run_for(secs(100));
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Locked, "seed {seed}");
    let record = pair.world.record(pair.slave, pair.master, ms(100));
    pair.world.run_for(secs(1_700));
    no_state_change_since(&pair, secs(100));
    pair.world.series(record).since(secs(100)).rms()
}

#[test]
fn one_percent_of_lost_stamps_and_stamps_50_ms_late_change_no_state() {
    let undisturbed = half_an_hour(1, NOISY, Link::new(us(1)));
    let late = ms(50).into();
    for (name, stamper) in [
        ("1 % of the stamps lost", NOISY.loss(0.01)),
        ("stamps 50 ms late", NOISY.ingress_lateness(late).egress_lateness(late)),
        ("both", NOISY.loss(0.01).ingress_lateness(late).egress_lateness(late)),
        ("1 % lost and told", NOISY.loss(0.01).reports_loss()),
    ] {
        for seed in 1..=5 {
            let rms = half_an_hour(seed, stamper, Link::new(us(1)));
            let limit = 1.5 * undisturbed;
            figure(&format!("offset rms, {name}, seed {seed}"), rms, "ns", &format!("limit {limit:.1}"));
            assert!(rms < limit);
        }
    }
}

#[test]
fn lost_doubled_and_overtaken_messages_change_no_state() {
    let undisturbed = half_an_hour(1, NOISY, Link::new(us(1)));
    let link = Link::new(us(1));
    for (name, link) in [
        ("1 % of the messages lost", link.loss(0.01)),
        ("all messages doubled", link.duplication(1.0)),
        ("5 % overtaken by 1.5 s", link.reordering(0.05, ms(1_500))),
        ("all at once", link.loss(0.01).duplication(0.2).reordering(0.02, ms(1_500))),
    ] {
        let rms = half_an_hour(1, NOISY, link);
        let limit = 1.5 * undisturbed;
        figure(&format!("offset rms, {name}"), rms, "ns", &format!("limit {limit:.1}"));
        assert!(rms < limit);
    }
}

#[test]
fn doubled_messages_are_counted_as_such() {
    let mut pair = pair_of(1, NOISY, Link::new(us(1)).duplication(1.0));
    pair.world.run_for(secs(60));
    let before = pair.world.counters(pair.slave, 0).clone();
    pair.world.run_for(secs(100));
    let counters = pair.world.counters(pair.slave, 0);
    let of = |message_type| counters.received(message_type) - before.received(message_type);
    // Every message came twice; requests are answered twice, since a master remembers none: four answers to each.
    let [syncs, follow_ups, announces] = [MessageType::SYNC, MessageType::FOLLOW_UP, MessageType::ANNOUNCE].map(of);
    assert_eq!([syncs, follow_ups, announces], [100, 100, 50]);
    let discarded = |reason| counters.discarded(reason) - before.discarded(reason);
    let answers = of(MessageType::DELAY_RESP);
    assert_eq!(discarded(Discard::Duplicate) + discarded(Discard::Unmatched), 250 + 3 * answers);
    assert_eq!(counters.total_discarded() - before.total_discarded(), 250 + 3 * answers);
}

#[test]
fn sync_and_follow_up_pair_in_either_order() {
    // The Sync is handed over 5 ms after it was stamped, its Follow_Up at once: it comes first.
    let stamper = Stamper::hardware().resolution(ps(0));
    let mut pair = pair_of(1, stamper, Link::new(us(1)));
    pair.world.set_stamper(pair.slave, 0, stamper.ingress_lateness(ms(5).into()));
    pair.world.run_for(secs(60));
    let syncs = pair.world.clock(pair.slave).syncs();
    let before = pair.world.counters(pair.slave, 0).total_discarded();
    pair.world.run_for(secs(100));
    assert_eq!(pair.world.clock(pair.slave).syncs() - syncs, 100);
    assert_eq!(pair.world.counters(pair.slave, 0).total_discarded(), before);
    no_state_change_since(&pair, secs(60));
}

#[test]
fn a_follow_up_may_come_after_the_next_sync() {
    let mut pair = locked(1, NOISY);
    let (syncs, before) = (pair.world.clock(pair.slave).syncs(), pair.world.counters(pair.slave, 0).clone());
    let mut count = 0;
    pair.world.impair(pair.master, 0, move |frame| {
        count += u32::from(frame.message_type() == FOLLOW_UP);
        let late = frame.message_type() == FOLLOW_UP && count % 4 == 0;
        if late { Fate::HoldBack(ms(1_200)) } else { Fate::Pass }
    });
    pair.world.run_for(secs(100));
    pair.world.unimpair(pair.master, 0);
    pair.world.run_for(secs(3));
    let after = pair.world.counters(pair.slave, 0);
    // Each fourth comes 0.2 s after the Sync that followed and its Follow_Up, which were used: too old by then.
    assert_eq!(after.discarded(Discard::OutOfOrder) - before.discarded(Discard::OutOfOrder), 25);
    assert_eq!(after.discarded(Discard::Incomplete) - before.discarded(Discard::Incomplete), 25);
    assert_eq!(after.total_discarded() - before.total_discarded(), 50);
    assert_eq!(pair.world.clock(pair.slave).syncs() - syncs, 78);
    no_state_change_since(&pair, secs(60));
}
