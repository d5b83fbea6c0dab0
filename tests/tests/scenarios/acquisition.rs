//! How fast a slave finds its master's time.

use crate::setup::{add, entered, figure, grandmaster, identity, intervals};
use syntone::ClockConfig;
use syntone::state::State;
use syntone_sim::{Board, Link, NodeId, Oscillator, Span, Stamper, World, median, ms, ns, secs, us};

/// A grandmaster that is right and a slave that is `ahead` and 20 ppm off, joined by a link of `delay`. Their stamps
/// have 8 ns of noise, the slave's oscillator wanders by 1 ppb/√s.
fn pair(seed: u64, ahead: Span, delay: Span, log_sync: i8) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed);
    let stamper = Stamper::hardware().noise(ns(8));
    let wrong = Board::new().stamper(stamper).ahead(ahead).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
    let port = intervals(log_sync, log_sync);
    let master = add::<1>(&mut world, "master", &Board::new().stamper(stamper), &grandmaster(1), &port);
    let slave = add::<1>(&mut world, "slave", &wrong, &ClockConfig::slave_only(identity(2)), &port);
    world.link(master, slave, Link::new(delay));
    (world, master, slave)
}

/// From the first Sync that the slave takes until it is, for good, within `limit`; in seconds.
fn time_to(limit: Span, seed: u64, ahead: Span, delay: Span, log_sync: i8) -> f64 {
    let (mut world, master, slave) = pair(seed, ahead, delay, log_sync);
    let offsets = world.record(slave, master, ms(1));
    let syncs = world.record_at_sync(slave, master);
    world.run_for(secs(20));
    let chosen = entered(&world, slave, State::Uncalibrated).expect("the slave follows");
    let first = world.series(syncs).samples().iter().map(|(at, _)| *at).find(|at| *at >= chosen).expect("a Sync");
    let settled = world.series(offsets).settled_below(limit);
    settled.map_or(f64::INFINITY, |at| (at - first).seconds().max(0.0))
}

#[test]
fn ten_seconds_and_20_ppm_are_made_up_soon_over_any_path() {
    for (log_sync, limit) in [(0, 7.0), (-3, 1.0)] {
        for delay in [us(1), us(500), ms(2)] {
            for ahead in [secs(10), -secs(10)] {
                let times: Vec<f64> = (1..=20).map(|seed| time_to(us(1), seed, ahead, delay, log_sync)).collect();
                let name = format!("10 s to 1 µs at 2^{} s Sync over {} ns", log_sync, delay.nanos());
                figure(&name, median(times.clone()), "s", &format!("limit {limit}, {times:.3?}"));
                assert!(median(times) < limit, "{name}");
            }
        }
    }
}

/// How many Syncs the slave takes until it is, for good, within `limit`: those before the first that found it there.
fn syncs_to(limit: Span, seed: u64, ahead: Span, log_sync: i8) -> usize {
    let (mut world, master, slave) = pair(seed, ahead, us(1), log_sync);
    let record = world.record_at_sync(slave, master);
    world.run_for(secs(60));
    let chosen = entered(&world, slave, State::Uncalibrated).expect("the slave follows");
    let settled = world.series(record).settled_below(limit).expect("it settles");
    world.series(record).samples().iter().filter(|(at, _)| (chosen..settled).contains(at)).count()
}

#[test]
fn a_millisecond_and_20_ppm_are_below_100_ns_within_15_syncs() {
    for log_sync in [0, -3] {
        for ahead in [ms(1), -ms(1)] {
            let counts: Vec<usize> = (1..=20).map(|seed| syncs_to(ns(100), seed, ahead, log_sync)).collect();
            let worst = counts.iter().copied().max().unwrap_or(usize::MAX);
            let name =
                format!("{} ms and 20 ppm to 100 ns at 2^{log_sync} s Sync, worst of 20 seeds", ahead.seconds() * 1e3);
            figure(&name, worst as f64, "Syncs", &format!("limit 15, {counts:?}"));
            assert!(worst <= 15, "{name}");
        }
    }
}
