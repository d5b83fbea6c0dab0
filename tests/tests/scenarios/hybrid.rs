//! Hybrid end-to-end delay: what the master sends comes to all, Delay_Req goes to it alone.

use crate::setup::{add, figure, grandmaster, identity, wandering};
use syntone::clock::transparent::{TransparentConfig, TransparentPortConfig};
use syntone::hal::Destination;
use syntone::state::State;
use syntone::wire::{Flags, MessageType};
use syntone::{ClockConfig, PortConfig, TransparentClock};
use syntone_sim::{Board, Delay, Frame, Link, NodeId, Stamper, Way, World, ms, ns, secs, us};

fn port(hybrid: bool) -> PortConfig {
    PortConfig { hybrid, ..PortConfig::default() }
}

/// Two grandmasters, the first the better one, and ten slaves on one segment.
fn segment(seed: u64, hybrid: bool) -> (World, [NodeId; 2], Vec<NodeId>) {
    let mut world = World::new(seed);
    let masters = [(1, 100), (2, 110)].map(|(number, priority1)| {
        let config = ClockConfig { priority1, ..grandmaster(number) };
        add::<1>(&mut world, &format!("master {number}"), &Board::new(), &config, &port(false))
    });
    let slaves: Vec<_> = (10..20)
        .map(|number| {
            let config = ClockConfig::slave_only(identity(number));
            let board = wandering(us(100 * i64::from(number)));
            add::<1>(&mut world, &format!("slave {number}"), &board, &config, &port(hybrid))
        })
        .collect();
    world.segment(masters.iter().chain(&slaves).copied(), us(1));
    (world, masters, slaves)
}

/// What passed the nodes' ports in that direction.
fn passed(world: &World, nodes: &[NodeId], message_type: MessageType, way: Way) -> Vec<Frame> {
    let of_nodes = world.passages().iter().filter(|it| nodes.contains(&it.node) && it.way == way);
    let of_type = of_nodes.filter(|it| it.frame.message_type() == Some(message_type.0));
    of_type.map(|it| it.frame.clone()).collect()
}

fn is_unicast(frame: &Frame) -> bool {
    let flags = Flags::from_bits_retain(u16::from_be_bytes([frame.octets[6], frame.octets[7]]));
    assert_eq!(flags.contains(Flags::UNICAST), matches!(frame.destination, Destination::Unicast(_)), "{frame:?}");
    flags.contains(Flags::UNICAST)
}

#[test]
fn delay_messages_come_to_whom_they_concern_alone_and_measure_as_well() {
    for hybrid in [true, false] {
        let (mut world, [master, _], slaves) = segment(1, hybrid);
        world.run_for(secs(60));
        world.tap();
        let records: Vec<_> = slaves.iter().map(|slave| world.record(*slave, master, ms(100))).collect();
        world.run_for(secs(60));
        for way in [Way::In, Way::Out] {
            for message_type in [MessageType::SYNC, MessageType::FOLLOW_UP, MessageType::ANNOUNCE] {
                assert!(!passed(&world, &slaves, message_type, way).iter().any(is_unicast));
            }
        }
        let asked = passed(&world, &slaves, MessageType::DELAY_REQ, Way::Out);
        let answered = passed(&world, &[master], MessageType::DELAY_RESP, Way::Out);
        assert!(asked.len() > 500 && asked.len() - answered.len() < 10, "{} {}", asked.len(), answered.len());
        assert!(asked.iter().chain(&answered).all(|frame| is_unicast(frame) == hybrid));
        // A unicast answer tells no interval (IEEE 1588-2019 13.3.2.14).
        assert!(answered.iter().all(|frame| frame.octets[33] == if hybrid { 0x7F } else { 0 }));
        let seen = [MessageType::DELAY_REQ, MessageType::DELAY_RESP]
            .map(|message_type| passed(&world, &slaves, message_type, Way::In).len());
        if hybrid {
            assert_eq!(seen[0], 0, "no slave sees the request of another");
            assert!(seen[1].abs_diff(answered.len()) < 10, "each answer is seen once");
        } else {
            assert!(seen.iter().all(|seen| *seen > 9 * 500), "{seen:?}");
        }
        let worst = records.iter().map(|record| world.series(*record).since(secs(60)).max()).fold(0.0, f64::max);
        figure(&format!("offset of ten slaves, hybrid {hybrid}, worst"), worst, "ns", "limit 100");
        assert!(worst < 100.0);
    }
}

#[test]
fn another_master_is_asked_under_its_own_address() {
    let (mut world, [first, second], slaves) = segment(2, true);
    world.run_for(secs(60));
    world.stop(first);
    world.run_for(secs(60));
    world.tap();
    world.run_for(secs(60));
    let asked = passed(&world, &slaves, MessageType::DELAY_REQ, Way::Out);
    assert!(asked.len() > 500 && asked.iter().all(is_unicast));
    assert!(passed(&world, &[second], MessageType::DELAY_REQ, Way::In).len().abs_diff(asked.len()) < 10);
    for slave in &slaves {
        assert_eq!(world.state(*slave, 0), State::Slave);
        assert!(world.offset(*slave, second).picos().abs() < ms(1).picos() / 1000);
    }
}

/// IEEE 1588-2019 10.2: unicast messages pass with their residence time.
#[test]
fn a_hybrid_exchange_passes_a_transparent_clock() {
    let mut world = World::new(3);
    let master = add::<1>(&mut world, "master", &Board::new(), &grandmaster(1), &port(false));
    // It holds each message for some milliseconds.
    let held = Stamper::hardware().noise(ns(8)).ingress_lateness(Delay::Uniform(ms(1), ms(5)));
    let through = world.add_transparent("through", &Board::new().stamper(held), || {
        let ports = [TransparentPortConfig::default(), TransparentPortConfig::default()];
        TransparentClock::<2>::new(&TransparentConfig::new(identity(7)), &ports).expect("a transparent clock")
    });
    let slave = ClockConfig::slave_only(identity(9));
    let slave = add::<1>(&mut world, "slave", &wandering(ms(1)), &slave, &port(true));
    world.link(master, (through, 0), Link::new(us(1)));
    world.link((through, 1), slave, Link::new(us(1)));
    world.run_for(secs(60));
    world.tap();
    let record = world.record(slave, master, ms(100));
    world.run_for(secs(60));
    let asked = passed(&world, &[slave], MessageType::DELAY_REQ, Way::Out);
    assert!(asked.len() > 40 && asked.iter().all(is_unicast));
    assert!(passed(&world, &[slave], MessageType::DELAY_RESP, Way::In).len().abs_diff(asked.len()) < 3);
    let worst = world.series(record).since(secs(60)).max();
    figure("offset of a hybrid slave behind a transparent clock, worst", worst, "ns", "limit 100");
    assert!(worst < 100.0);
}
