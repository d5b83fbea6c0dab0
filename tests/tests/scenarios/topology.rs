//! Chains and meshes: one grandmaster, no loop.

use crate::setup::{add, figure, grandmaster, identity, wandering};
use crate::tree::{all_follow, best_of, check_tree};
use syntone::hal::TimeInterval;
use syntone::servo::{LockState, PiConfig, PiServo};
use syntone::wire::ClockClass;
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, Link, NodeId, Plug, Rng, Statistics, Stream, World, ms, secs, us};

/// A grandmaster, `length` boundary clocks one behind the other, and a slave-only clock at the end.
pub(crate) fn chain(seed: u64, length: u8) -> (World, Vec<NodeId>) {
    let (mut world, port) = (World::new(seed), PortConfig::default());
    let mut rng = Rng::stream(seed, Stream::Scenario, 0);
    let mut nodes = vec![add::<1>(&mut world, "grandmaster", &Board::new(), &grandmaster(1), &port)];
    let mut end = Plug::from(nodes[0]);
    for number in 1..=length {
        let board = wandering(us(rng.below(2_000) as i64 - 1_000));
        let config = ClockConfig::new(identity(100 - number));
        let clock = add::<2>(&mut world, &format!("boundary {number}"), &board, &config, &port);
        world.link(end, clock, Link::new(us(1)));
        end = Plug::from((clock, 1));
        nodes.push(clock);
    }
    let slave = add::<1>(&mut world, "slave", &wandering(-ms(3)), &ClockConfig::slave_only(identity(200)), &port);
    world.link(end, slave, Link::new(us(1)));
    nodes.push(slave);
    (world, nodes)
}

#[test]
fn a_chain_of_ten_boundary_clocks_follows_one_grandmaster() {
    let (mut ends, mut slowest) = (Vec::new(), 0.0_f64);
    for seed in 1..=100 {
        let (mut world, nodes) = chain(seed, 10);
        let follow = |world: &mut World| all_follow(world, &nodes, identity(1));
        assert!(world.run_until_or(secs(300), ms(100), follow), "seed {seed}");
        slowest = slowest.max(world.now().seconds());
        world.run_for(secs(90));
        check_tree(&world, &nodes, identity(1), &format!("seed {seed}"));
        let steps = nodes.iter().map(|node| usize::from(world.clock(*node).current_ds().steps_removed));
        assert!(steps.eq(0..12), "seed {seed}");
        assert_eq!(world.clock(nodes[11]).lock_state(), LockState::Locked, "seed {seed}");
        ends.push(world.offset(nodes[11], nodes[0]));
    }
    // The worst that the standard asks for: each boundary clock that was slave of the far end until then is PRE_MASTER for
    // stepsRemoved + 1 announce intervals of 2 s (IEEE 1588-2019 9.2.6.11); 10 s for the start.
    let limit = f64::from((2..=11).sum::<u32>() * 2 + 10);
    figure("one grandmaster in a chain of 10, slowest of 100 seeds", slowest, "s", &format!("limit {limit}"));
    let offsets = Statistics::of(ends);
    let name = "offset behind a chain of 10 boundary clocks 90 s later, worst of 100 seeds";
    figure(name, offsets.max(), "ns", &format!("limit 1000; rms {:.0}", offsets.rms()));
    assert!(slowest <= limit && offsets.max() < 1_000.0);
}

/// The slave follows the boundary clock's own time until that has found its grandmaster and steps by days.
#[test]
fn a_slave_follows_a_boundary_clock_over_a_jump_of_days() {
    let mut slowest = 0.0_f64;
    for seed in 1..=100 {
        let (mut world, port) = (World::new(seed), PortConfig::default());
        let far = wandering(secs(if seed % 2 == 0 { 1_000_000 } else { -1_000_000 }));
        let top = add::<1>(&mut world, "grandmaster", &Board::new(), &grandmaster(1), &port);
        let boundary = add::<2>(&mut world, "boundary", &far, &ClockConfig::new(identity(2)), &port);
        let slave = world.add_clock::<1, _, 5>("slave", &wandering(ms(-3)), || {
            let step_threshold = TimeInterval::from_nanos(1_000_000);
            let servo = PiServo::new(PiConfig { step_threshold, ..PiConfig::default() }).expect("good settings");
            let config = ClockConfig::slave_only(identity(3));
            Clock::new(&config, &[PortConfig::default()], servo).expect("a clock with these settings")
        });
        // The slave has followed the boundary clock for a while, longer with each seed, when the grandmaster comes.
        world.link(Plug::from((boundary, 1)), slave, Link::new(us(1)));
        let link = world.link(top, boundary, Link::new(us(1)));
        world.cut(link);
        world.run_for(ms(50 * seed.cast_signed()));
        world.restore(link);
        let from = world.now().seconds();
        let locked = |world: &mut World| {
            world.offset(slave, top).nanos().abs() < 1_000.0 && world.clock(slave).lock_state() == LockState::Locked
        };
        assert!(world.run_until_or(secs(120), ms(100), locked), "seed {seed}: {:?}", world.offset(slave, top));
        slowest = slowest.max(world.now().seconds() - from);
        world.run_for(secs(60));
        assert!(locked(&mut world), "seed {seed}: {:?}", world.offset(slave, top));
    }
    figure("locked after a parent's jump of days, slowest of 100 seeds", slowest, "s", "limit 60");
    assert!(slowest <= 60.0);
}

const MESH: usize = 20;
const MESH_PORTS: usize = 5;

/// Twenty boundary clocks of random quality, joined at random: a tree, so that all are connected, and as many links more
/// as ports are left for.
pub(crate) fn mesh(seed: u64) -> (World, Vec<NodeId>) {
    let mut world = World::new(seed);
    let mut rng = Rng::stream(seed, Stream::Scenario, 0);
    let nodes: Vec<NodeId> = (0..MESH)
        .map(|number| {
            // The identities in an order that has nothing to do with the place.
            let mut config = ClockConfig::new(identity((number * 7 % MESH) as u8 + 1));
            config.priority1 = [100, 128, 128, 128][rng.below(4) as usize];
            config.clock_quality.clock_class = ClockClass([187, 248][rng.below(2) as usize]);
            config.priority2 = 120 + rng.below(4) as u8;
            let board = wandering(us(rng.below(2_000) as i64 - 1_000));
            add::<MESH_PORTS>(&mut world, &format!("clock {number}"), &board, &config, &PortConfig::default())
        })
        .collect();
    let mut free = [0_u8; MESH];
    let mut join = |world: &mut World, one: usize, other: usize| {
        if one == other || [one, other].iter().any(|place| usize::from(free[*place]) == MESH_PORTS) {
            return false;
        }
        world.link((nodes[one], free[one]), (nodes[other], free[other]), Link::new(us(1)));
        free[one] += 1;
        free[other] += 1;
        true
    };
    for place in 1..MESH {
        while !join(&mut world, place, rng.below(place as u64) as usize) {}
    }
    for _ in 0..60 {
        join(&mut world, rng.below(MESH as u64) as usize, rng.below(MESH as u64) as usize);
    }
    (world, nodes)
}

#[test]
fn a_mesh_of_twenty_clocks_follows_its_best_one_without_a_loop() {
    let (mut offsets, mut slowest) = (Vec::new(), 0.0_f64);
    for seed in 1..=100 {
        let (mut world, nodes) = mesh(seed);
        world.run_for(ms(1));
        let best = best_of(&world, &nodes);
        let follow = |world: &mut World| all_follow(world, &nodes, best);
        assert!(world.run_until_or(secs(300), ms(100), follow), "seed {seed}");
        slowest = slowest.max(world.now().seconds());
        world.run_for(secs(90));
        check_tree(&world, &nodes, best, &format!("seed {seed}"));
        let head = nodes.iter().copied().find(|node| world.clock(*node).default_ds().clock_identity == best);
        let head = head.expect("the best is one of them");
        offsets.extend(nodes.iter().map(|node| world.offset(*node, head)));
    }
    figure("one grandmaster in a mesh of 20, slowest of 100 seeds", slowest, "s", "limit 120");
    let offsets = Statistics::of(offsets);
    let name = "offset in a mesh of 20 clocks 90 s later, worst of 100 seeds";
    figure(name, offsets.max(), "ns", &format!("limit 1000; rms {:.0}", offsets.rms()));
    assert!(slowest <= 120.0 && offsets.max() < 1_000.0);
}
