//! External port configuration: ports are what they are told to be.

use crate::setup::{add, figure, grandmaster, identity, wandering};
use syntone::servo::LockState;
use syntone::state::State;
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, Link, NodeId, World, ms, secs, us};

/// A bad clock, a boundary clock and a good one in a line, told to follow the bad one.
fn line(seed: u64) -> (World, [NodeId; 3]) {
    let (mut world, port) = (World::new(seed), PortConfig::default());
    let bad = ClockConfig { priority1: 200, ..ClockConfig::new(identity(9)) };
    let head = add::<1>(&mut world, "head", &Board::new(), &bad, &port);
    let boundary = add::<2>(&mut world, "boundary", &wandering(ms(1)), &ClockConfig::new(identity(5)), &port);
    let tail = add::<1>(&mut world, "tail", &wandering(-ms(1)), &grandmaster(1), &port);
    world.link(head, (boundary, 0), Link::new(us(1)));
    world.link((boundary, 1), tail, Link::new(us(1)));
    world.run_for(ms(1));
    world.configure_ports(head, &[State::Master]);
    world.configure_ports(boundary, &[State::Slave, State::Master]);
    world.configure_ports(tail, &[State::Slave]);
    (world, [head, boundary, tail])
}

fn states(world: &World, [head, boundary, tail]: [NodeId; 3]) -> [State; 4] {
    [(head, 0), (boundary, 0), (boundary, 1), (tail, 0)].map(|(node, port)| world.state(node, port))
}

/// IEEE 1588-2019 17.6
#[test]
fn told_ports_follow_a_clock_that_the_algorithm_would_not_choose() {
    let mut worst = 0.0_f64;
    for seed in 1..=20 {
        let (mut world, nodes) = line(seed);
        let [head, _, tail] = nodes;
        world.run_for(secs(60));
        let told = [State::Master, State::Slave, State::Master, State::Slave];
        assert_eq!(states(&world, nodes), told, "seed {seed}");
        assert_eq!(world.clock(tail).parent_ds().grandmaster_identity, identity(9));
        assert_eq!(world.clock(tail).current_ds().steps_removed, 2);
        let record = world.record(tail, head, ms(100));
        world.run_for(secs(60));
        worst = worst.max(world.series(record).since(secs(60)).max());
        assert_eq!(states(&world, nodes), told, "seed {seed}");
        // Told no longer, they follow the better one.
        for node in nodes {
            world.configure_ports(node, &[]);
        }
        world.run_for(secs(90));
        let chosen = [State::Slave, State::Master, State::Slave, State::Master];
        assert_eq!(states(&world, nodes), chosen, "seed {seed}");
    }
    figure("offset behind a boundary clock by external configuration, worst of 20 seeds", worst, "ns", "limit 100");
    assert!(worst < 100.0);
}

/// IEEE 1588-2019 17.6
#[test]
fn a_silent_master_changes_no_told_port() {
    let (mut world, nodes) = line(1);
    let [head, boundary, tail] = nodes;
    world.run_for(secs(60));
    world.stop(head);
    world.run_for(secs(120));
    let states = [(boundary, 0), (boundary, 1), (tail, 0)].map(|(node, port)| world.state(node, port));
    // It holds over what it knew, and goes on serving it.
    assert_eq!(states, [State::Uncalibrated, State::Master, State::Slave]);
    assert_eq!(world.clock(boundary).lock_state(), LockState::Holdover);
    assert_eq!(world.clock(tail).parent_ds().grandmaster_identity, identity(9));
    world.start(head);
    world.run_for(ms(1));
    world.configure_ports(head, &[State::Master]);
    world.run_for(secs(60));
    assert_eq!(world.state(boundary, 0), State::Slave);
    assert!(world.offset(tail, head).picos().abs() < us(1).picos());
}

/// IEEE 1588-2019 17.6
#[test]
fn a_clock_told_to_be_passive_is_silent_and_ports_without_a_word_are_too() {
    let (mut world, nodes) = line(1);
    let [head, boundary, _] = nodes;
    world.run_for(secs(30));
    world.configure_ports(head, &[State::Passive]);
    world.configure_ports(boundary, &[State::Passive, State::Slave]);
    world.run_for(secs(60));
    // The tail is to be a slave, and nobody serves it; it follows the clock that fell silent.
    assert_eq!(states(&world, nodes)[..3], [State::Passive, State::Passive, State::Passive]);
}
