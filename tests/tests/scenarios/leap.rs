//! Leap seconds, forwards and backwards, through grandmaster, boundary clock and slave.

use crate::setup::{add, figure, grandmaster, identity, wandering};
use syntone::datasets::TimePropertiesDs;
use syntone::event::Event;
use syntone::hal::Timestamp;
use syntone::state::State;
use syntone::wire::{Flags, TimeSource};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, EPOCH, Fate, Frame, Link, NodeId, Rng, Span, Stream, World, ms, secs, us};

/// 2023-12-01T00:00:00Z as POSIX counts, and its day. The second before it gets company, or goes.
const MONTH: i64 = 1_701_388_800;
const NEXT_DAY: i32 = 19_692;
/// TAI − UTC before.
const OFFSET: i16 = 37;
const BASE: Flags = Flags::CURRENT_UTC_OFFSET_VALID.union(Flags::PTP_TIMESCALE).union(Flags::TIME_TRACEABLE);

/// What a network is told, when, and what is true.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// 1: a second is inserted; −1: one is deleted.
    leap: i16,
    /// Of the Announces, log₂ of seconds.
    log_interval: i8,
    /// When in the run midnight is.
    midnight: Span,
    /// The Announces of the grandmaster tell of the new offset this much after midnight, or before it.
    updated: Span,
    /// They have flags until so long after midnight.
    cleared: Span,
}

impl Plan {
    fn of(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, Stream::Scenario, 1);
        let log_interval = rng.below(3) as i8 - 1;
        // IEEE 1588-2019 9.4: within two announce intervals of midnight.
        let slack = 2_000_i64 << (log_interval + 1) >> 1;
        let updated = ms(rng.below(2 * slack as u64) as i64 - slack);
        let linger = ms(rng.below(20_000) as i64);
        Self {
            leap: if seed.is_multiple_of(2) { 1 } else { -1 },
            log_interval,
            midnight: secs(120) + ms(rng.below(1_000) as i64),
            updated,
            cleared: if seed.is_multiple_of(3) { updated.at_least_zero() + linger } else { updated },
        }
    }

    fn flag(self) -> Flags {
        if self.leap == 1 { Flags::LEAP61 } else { Flags::LEAP59 }
    }

    fn properties(self, updated: bool, flagged: bool) -> TimePropertiesDs {
        let flags = if flagged { BASE | self.flag() } else { BASE };
        TimePropertiesDs::new(if updated { OFFSET + self.leap } else { OFFSET }, flags, TimeSource::GNSS)
    }

    /// So far is the grandmaster ahead of the simulator's time, that midnight is when it is to be.
    fn ahead(self) -> Span {
        let midnight = i128::from(MONTH + i64::from(OFFSET + self.leap)) * 1_000_000_000 - EPOCH;
        syntone_sim::ns(midnight as i64) - self.midnight
    }

    /// Day and second of the day at PTP time `time`: counted out by hand, not calculated from an offset.
    fn truth(self, time: Timestamp) -> (i32, u32) {
        let midnight = MONTH + i64::from(OFFSET + self.leap);
        let after = i64::try_from(time.seconds()).expect("small") - midnight;
        let last = if self.leap == 1 { 86_400 } else { 86_398 };
        if after >= 0 { (NEXT_DAY, after as u32) } else { (NEXT_DAY - 1, (last + 1 + after) as u32) }
    }
}

/// Grandmaster, boundary clock, slave, and a slave that may begin late.
fn network(seed: u64, plan: Plan) -> (World, [NodeId; 4]) {
    let mut world = World::new(seed);
    let port = PortConfig { log_announce_interval: plan.log_interval, ..PortConfig::default() };
    let mut config = grandmaster(1);
    config.time_properties = plan.properties(false, true);
    let master = add::<1>(&mut world, "grandmaster", &Board::new().ahead(plan.ahead()), &config, &port);
    let board = wandering(plan.ahead() + ms(1));
    let boundary = add::<3>(&mut world, "boundary", &board, &ClockConfig::new(identity(5)), &port);
    let slave = |world: &mut World, number, ahead| {
        let config = ClockConfig::slave_only(identity(number));
        add::<1>(world, &format!("slave {number}"), &wandering(plan.ahead() + ahead), &config, &port)
    };
    let (one, late) = (slave(&mut world, 6, -ms(3)), slave(&mut world, 7, us(10)));
    world.link(master, (boundary, 0), Link::new(us(1)));
    world.link((boundary, 1), one, Link::new(us(1)));
    world.link((boundary, 2), late, Link::new(us(1)));
    (world, [master, boundary, one, late])
}

/// From `from` to `until` the Announces of `node` say this instead.
fn announce(world: &mut World, node: NodeId, from: Span, until: Span, properties: TimePropertiesDs) {
    if from >= until {
        return;
    }
    let rewrite = move |frame: &Frame| {
        if frame.message_type() != Some(0xB) {
            return Fate::Pass;
        }
        let mut octets = frame.octets.to_vec();
        octets[7] = properties.flags().bits().to_be_bytes()[1];
        octets[44..46].copy_from_slice(&properties.current_utc_offset.to_be_bytes());
        Fate::Alter(octets)
    };
    world.at(from, move |world| world.impair(node, 0, rewrite));
    world.at(until, move |world| world.unimpair(node, 0));
}

/// PTP time on `node`.
fn time_on(world: &mut World, node: NodeId) -> Timestamp {
    let picos = i128::from((world.now() - Span::ZERO.into()).picos()) + i128::from(world.error(node).picos());
    let nanos = EPOCH + picos.div_euclid(1_000);
    Timestamp::from_nanos(u64::try_from(nanos).expect("after 1970"))
}

/// UTC on each node that knows it must be right. Counts the looks.
fn check_utc(world: &mut World, nodes: &[NodeId], plan: Plan) -> u32 {
    let mut looks = 0;
    for node in nodes.iter().copied().filter(|node| world.is_running(*node)).collect::<Vec<_>>() {
        let time = time_on(world, node);
        let Some(scale) = world.clock(node).utc().scale().copied() else { continue };
        let utc = scale.utc(time);
        let found = (utc.day(), utc.second_of_day());
        assert_eq!(found, plan.truth(time), "{} at {:?}, {plan:?}", world.name(node), world.now());
        assert_eq!(scale.timestamp(utc), Some(time));
        looks += 1;
    }
    looks
}

fn stepped_since(world: &World, node: NodeId, since: Span) -> bool {
    let stepped = |event: &Event| matches!(event, Event::Stepped(_));
    world.events(node).iter().any(|(at, event)| *at >= since.into() && stepped(event))
}

/// Runs over midnight; gives how far the slave was off at the most, and how often it was asked for UTC.
fn over_midnight(seed: u64) -> (f64, u32) {
    let plan = Plan::of(seed);
    let (mut world, nodes) = network(seed, plan);
    let [master, boundary, slave, late] = nodes;
    let (updated, cleared) = (plan.midnight + plan.updated, plan.midnight + plan.cleared);
    // The clock itself changes what it announces at midnight; a program that is early or late is played by the network.
    announce(&mut world, master, updated, plan.midnight, plan.properties(true, false));
    announce(&mut world, master, plan.midnight, updated, plan.properties(false, true));
    announce(&mut world, master, updated.max(plan.midnight), cleared, plan.properties(true, true));
    // One slave begins anew around midnight, and knows nothing. A new offset before midnight would deceive it, and so would old
    // flags beside a new offset.
    world.at(plan.midnight - secs(20), move |world| world.stop(late));
    let begins = plan.midnight - secs(3) + ms((seed % 7) as i64 * 1_000);
    let honest = match () {
        () if plan.cleared > plan.updated => cleared,
        () if plan.updated < Span::ZERO => plan.midnight,
        () => begins,
    };
    world.at(begins.max(honest), move |world| world.start(late));
    world.run_until(plan.midnight - secs(40));
    assert_eq!(world.state(slave, 0), State::Slave, "seed {seed}");
    let settled = plan.midnight - secs(40);
    let record = world.record(slave, master, ms(100));
    let mut looks = 0;
    while world.now() < (plan.midnight + secs(60)).into() {
        world.run_for(ms(37));
        looks += check_utc(&mut world, &nodes, plan);
    }
    for node in [master, boundary, slave] {
        assert!(!stepped_since(&world, node, settled), "seed {seed}: {}", world.name(node));
    }
    for node in nodes {
        let properties = *world.clock(node).time_properties_ds();
        assert_eq!(properties, plan.properties(true, false), "seed {seed}: {}", world.name(node));
    }
    assert!(world.adjustments(master).is_empty());
    (world.series(record).since(settled).max(), looks)
}

/// IEEE 1588-2019 7.2.4 and 9.4
#[test]
fn a_leap_second_moves_no_clock_and_utc_is_right_on_each_second() {
    let (mut worst, mut looks) = (0.0_f64, 0);
    for seed in 1..=100 {
        let (offset, looked) = over_midnight(seed);
        worst = worst.max(offset);
        looks += looked;
    }
    figure("offset over a leap second behind a boundary clock, worst of 100 seeds", worst, "ns", "limit 100");
    println!("UTC asked for {looks} times, never wrong");
    assert!(worst < 100.0 && looks > 500_000);
}
