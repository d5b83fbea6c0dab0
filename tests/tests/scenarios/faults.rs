//! Links that are cut, boards that refuse, clocks that jump.

use crate::setup::{Pair, figure, no_state_change_since, pair_of};
use syntone::counters::Discard;
use syntone::hal::ErrorKind;
use syntone::servo::LockState;
use syntone::state::State;
use syntone_sim::{Link, Refusals, Stamper, ms, ns, secs, us};

fn locked() -> Pair {
    let mut pair = pair_of(1, Stamper::hardware().noise(ns(8)), Link::new(us(1)));
    pair.world.run_for(secs(60));
    assert_eq!(pair.world.state(pair.slave, 0), State::Slave);
    pair
}

/// Seconds until the slave is within 100 ns for good, over the next 60 s, at the end of which it must be locked.
fn seconds_to_settle(pair: &mut Pair) -> f64 {
    let from = pair.world.now();
    let record = pair.world.record(pair.slave, pair.master, ms(10));
    pair.world.run_for(secs(60));
    assert_eq!(pair.world.state(pair.slave, 0), State::Slave);
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Locked);
    let settled = pair.world.series(record).settled_below(ns(100)).expect("it settles");
    (settled - from).seconds()
}

/// Seconds until the slave is SLAVE again, within 200 ns then and for a minute more.
fn seconds_to_slave(pair: &mut Pair) -> f64 {
    let (from, slave) = (pair.world.now(), pair.slave);
    assert!(pair.world.run_until_or(secs(60), ms(10), |world| world.state(slave, 0) == State::Slave));
    let taken = pair.world.now();
    let record = pair.world.record(pair.slave, pair.master, ms(10));
    pair.world.run_for(secs(60));
    assert!(pair.world.series(record).since(taken).max() < 200.0);
    (taken - from).seconds()
}

#[test]
fn a_cut_link_is_a_fault_until_it_is_restored() {
    let mut pair = locked();
    let link = pair.link;
    pair.world.cut(link);
    assert_eq!([pair.master, pair.slave].map(|node| pair.world.state(node, 0)), [State::Faulty; 2]);
    let frequency = pair.world.frequency_error(pair.slave);
    pair.world.run_for(secs(30));
    // It coasts on what it knew.
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Holdover);
    assert!((pair.world.frequency_error(pair.slave) - frequency).abs() < 50.0);
    assert_eq!(pair.world.state(pair.slave, 0), State::Faulty);
    pair.world.restore(link);
    assert_eq!(pair.world.state(pair.slave, 0), State::Listening);
    let locked = seconds_to_slave(&mut pair);
    // Announce receipt timeout of the master, 6 to 8 s, then two Announces, then a few Syncs.
    figure("locked again after a link was restored", locked, "s", "limit 20");
    assert!(locked < 20.0);
}

/// IEEE 1588-2019 9.2.6.12
#[test]
fn a_silent_link_is_noticed_by_the_announce_receipt_timeout() {
    let mut pair = locked();
    pair.world.impair(pair.master, 0, |_| syntone_sim::Fate::Lose);
    pair.world.run_for(secs(30));
    assert_eq!(pair.world.state(pair.slave, 0), State::Listening);
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Holdover);
    pair.world.unimpair(pair.master, 0);
    let locked = seconds_to_slave(&mut pair);
    figure("locked again after a silence of 30 s", locked, "s", "limit 10");
    assert!(locked < 10.0);
}

#[test]
fn a_full_transmit_queue_loses_messages_and_is_no_fault() {
    let mut pair = locked();
    let before = pair.world.counters(pair.slave, 0).discarded(Discard::SendFailed);
    let busy = Refusals { sending: Some(ErrorKind::Busy), ..Refusals::default() };
    pair.world.refuse(pair.slave, busy);
    pair.world.run_for(secs(20));
    pair.world.refuse(pair.slave, Refusals::default());
    pair.world.run_for(secs(20));
    let failed = pair.world.counters(pair.slave, 0).discarded(Discard::SendFailed) - before;
    assert!((8..=40).contains(&failed), "{failed}");
    no_state_change_since(&pair, secs(60));
}

#[test]
fn a_driver_that_fails_is_a_fault_until_it_works_again() {
    let mut pair = locked();
    let broken = Refusals { sending: Some(ErrorKind::Other), ..Refusals::default() };
    pair.world.refuse(pair.slave, broken);
    assert!(pair.world.run_until_or(secs(10), ms(10), |world| world.state(pair.slave, 0) == State::Faulty));
    pair.world.refuse(pair.slave, Refusals::default());
    let locked = seconds_to_slave(&mut pair);
    // The fault is tried again after 4 s, then two Announces, then a few Syncs.
    figure("locked again after a driver's failure", locked, "s", "limit 16");
    assert!(locked < 16.0);
}

#[test]
fn a_clock_that_refuses_is_asked_again() {
    let mut pair = pair_of(1, Stamper::hardware().noise(ns(8)), Link::new(us(1)));
    pair.world.refuse(pair.slave, Refusals { steps: true, frequency: true, sending: None });
    pair.world.run_for(secs(30));
    assert_eq!(pair.world.clock(pair.slave).lock_state(), LockState::Unlocked);
    assert!(pair.world.adjustments(pair.slave).iter().all(|adjustment| adjustment.refused));
    pair.world.refuse(pair.slave, Refusals::default());
    let settled = seconds_to_settle(&mut pair);
    figure("locked after a clock refused for 30 s", settled, "s", "limit 15");
    assert!(settled < 15.0);
}

#[test]
fn a_clock_that_cannot_step_slews() {
    let mut pair = pair_of(1, Stamper::hardware().noise(ns(8)), Link::new(us(1)));
    pair.world.refuse(pair.slave, Refusals { steps: true, ..Refusals::default() });
    // A millisecond at 500 ppm less 20 ppm takes a little more than two seconds.
    let settled = seconds_to_settle(&mut pair);
    figure("a millisecond slewed at 500 ppm, from switching on", settled, "s", "limit 25");
    assert!(settled < 25.0);
}

#[test]
fn a_clock_that_was_stepped_from_outside_is_put_right() {
    // The default steps only once, at first: these are slewed.
    for by in [us(30), -us(30), ms(5)] {
        let mut pair = locked();
        pair.world.shift(pair.slave, by);
        let settled = seconds_to_settle(&mut pair);
        figure(
            &format!("put right after a step of {:.2} ms from outside", by.seconds() * 1e3),
            settled,
            "s",
            "limit 15",
        );
        assert!(settled < 15.0);
    }
}

#[test]
fn an_oscillator_that_jumps_is_followed() {
    for ppb in [100.0, 5_000.0, -20_000.0] {
        let mut pair = locked();
        pair.world.jump_frequency(pair.slave, ppb);
        let settled = seconds_to_settle(&mut pair);
        figure(&format!("within 100 ns after a jump of {ppb} ppb"), settled, "s", "limit 40");
        assert!(settled < 40.0);
    }
}

#[test]
fn a_slave_that_was_switched_off_and_on_begins_anew() {
    let mut pair = locked();
    pair.world.stop(pair.slave);
    pair.world.run_for(secs(100));
    pair.world.start(pair.slave);
    let settled = seconds_to_settle(&mut pair);
    figure("locked after a power failure of 100 s", settled, "s", "limit 12");
    assert!(settled < 12.0);
}
