//! Alternate masters: clocks that stand by announce themselves beside the master.

use crate::setup::{add_with, figure, identity, wandering};
use crate::tlvs::{newest, path, storage};
use syntone::counters::Discard;
use syntone::hal::{Instant, PortIndex};
use syntone::port::AlternateMasterPortDs;
use syntone::state::State;
use syntone::wire::{ClockClass, Flags, MessageType};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{NodeId, Way, World, ms, secs, us};

const PORT: PortIndex = PortIndex(0);

/// The best two beside the master announce themselves, and send two Syncs a second.
const TWO: AlternateMasterPortDs = AlternateMasterPortDs {
    number_of_alternate_masters: 2,
    transmit_alternate_multicast_sync: true,
    log_alternate_multicast_sync_interval: -1,
};

/// Five clocks on one segment, the best first, of which the last may only be a slave.
fn five(seed: u64, clock_class: u8, ds: AlternateMasterPortDs) -> (World, Vec<NodeId>) {
    let (mut world, port) = (World::new(seed), PortConfig::default());
    let mut nodes: Vec<NodeId> = (1..=4)
        .map(|number| {
            let mut config = ClockConfig::new(identity(number));
            config.clock_quality.clock_class = ClockClass(clock_class);
            let board = wandering(us(i64::from(number)));
            add_with::<1>(&mut world, &format!("clock {number}"), &board, &config, &port, move |clock| {
                clock.set_alternate_master(Instant::from_nanos(0), PORT, &ds).expect("settings that can be");
            })
        })
        .collect();
    let slave = ClockConfig::slave_only(identity(9));
    nodes.push(add_with::<1>(&mut world, "slave", &wandering(ms(1)), &slave, &port, move |clock| {
        clock.set_alternate_master(Instant::from_nanos(0), PORT, &ds).expect("settings that can be");
    }));
    world.segment(nodes.clone(), us(1));
    (world, nodes)
}

/// The alternate masters that a clock knows, by their numbers, all qualified.
fn known(world: &World, node: NodeId) -> Vec<u8> {
    let masters = world.alternate_masters(node, 0);
    assert!(masters.iter().all(|(_, is_qualified)| *is_qualified), "{masters:?}");
    let mut numbers: Vec<u8> = masters.iter().map(|(master, _)| master.sender().clock_identity.octets()[7]).collect();
    numbers.sort_unstable();
    numbers
}

/// Messages of a type that left a node since the tap was set, without and with alternateMasterFlag.
fn sent(world: &World, node: NodeId, message_type: MessageType) -> [usize; 2] {
    let passages = world.passages().iter().filter(|it| it.node == node && it.way == Way::Out);
    let of_type = passages.filter(|it| it.frame.message_type() == Some(message_type.0));
    let (mut plain, mut flagged) = (0, 0);
    for passage in of_type {
        let flags = Flags::from_bits_retain(u16::from_be_bytes([passage.frame.octets[6], passage.frame.octets[7]]));
        if flags.contains(Flags::ALTERNATE_MASTER) { flagged += 1 } else { plain += 1 }
    }
    [plain, flagged]
}

/// IEEE 1588-2019 17.3
#[test]
fn the_best_two_beside_the_master_announce_themselves_and_nobody_follows_them() {
    // Clocks that may be slaves are, those that never are, are PASSIVE.
    for (clock_class, stand_by) in [(248, State::Slave), (52, State::Passive)] {
        let (mut world, nodes) = five(1, clock_class, TWO);
        world.run_for(secs(60));
        world.tap();
        let record = world.record(nodes[4], nodes[0], ms(100));
        world.run_for(secs(120));
        let states = [0, 1, 2, 3, 4].map(|place| world.state(nodes[place], 0));
        assert_eq!(states, [State::Master, stand_by, stand_by, stand_by, State::Slave]);
        // Announce each other second, alternate Syncs twice a second with a Follow_Up each; the fourth is one too many.
        for (node, announces, syncs) in
            [(0, [60, 0], [120, 0]), (1, [0, 60], [0, 240]), (2, [0, 60], [0, 240]), (3, [0, 0], [0, 0])]
        {
            assert_eq!(sent(&world, nodes[node], MessageType::ANNOUNCE), announces, "clock {}", node + 1);
            assert_eq!(sent(&world, nodes[node], MessageType::SYNC), syncs, "clock {}", node + 1);
            assert_eq!(sent(&world, nodes[node], MessageType::FOLLOW_UP), syncs, "clock {}", node + 1);
        }
        // Each Delay_Req is answered by all that serve.
        let asked: usize = nodes.iter().map(|node| sent(&world, *node, MessageType::DELAY_REQ)[0]).sum();
        let [answered, by_alternates] = [0, 1]
            .map(|flag| nodes.iter().map(|node| sent(&world, *node, MessageType::DELAY_RESP)[flag]).sum::<usize>());
        let own = if stand_by == State::Slave { [1, 2] } else { [9, 9] };
        let asked_by_them: usize = own
            .iter()
            .filter_map(|place| nodes.get(*place))
            .map(|node| sent(&world, *node, MessageType::DELAY_REQ)[0])
            .sum();
        assert_eq!((answered, by_alternates), (asked, 2 * asked - asked_by_them));
        assert_eq!(known(&world, nodes[4]), [2, 3]);
        assert_eq!(known(&world, nodes[3]), [2, 3]);
        assert_eq!(known(&world, nodes[1]), [3]);
        // What an alternate master tells is what it would be as grandmaster.
        let (second, _) = world.alternate_masters(nodes[4], 0)[0];
        assert_eq!(second.parent_ds.grandmaster_identity, second.sender().clock_identity);
        assert_eq!(second.steps_removed, 0);
        let worst = world.series(record).since(secs(60)).max();
        figure("offset beside two alternate masters, worst of two minutes", worst, "ns", "limit 100");
        assert!(worst < 100.0);
    }
}

/// IEEE 1588-2019 17.3: with it the next master is known before it is one.
#[test]
fn a_lost_master_is_replaced_by_the_first_alternate_and_another_one_stands_by() {
    let (mut world, nodes) = five(1, 248, TWO);
    world.run_for(secs(60));
    world.stop(nodes[0]);
    let from = world.now();
    let new_parent = |world: &mut World| world.clock(nodes[4]).parent_ds().grandmaster_identity == identity(2);
    assert!(world.run_until_or(secs(60), ms(10), new_parent));
    figure("a lost grandmaster is replaced by an alternate one", (world.now() - from).seconds(), "s", "limit 12");
    assert!((world.now() - from).seconds() <= 12.0);
    world.run_for(secs(60));
    assert_eq!(world.state(nodes[1], 0), State::Master);
    assert_eq!(known(&world, nodes[4]), [3, 4], "the second is none any more");
    assert!(world.offset(nodes[4], nodes[1]).picos().abs() < us(1).picos());
}

/// IEEE 1588-2019 17.3.3
#[test]
fn who_is_not_set_to_be_an_alternate_master_is_silent_and_the_setting_can_change() {
    let (mut world, nodes) = five(1, 248, AlternateMasterPortDs::default());
    world.run_for(secs(60));
    assert!(known(&world, nodes[4]).is_empty());
    let announces = AlternateMasterPortDs { number_of_alternate_masters: 1, ..AlternateMasterPortDs::default() };
    for (ds, known_then) in [(announces, vec![2]), (TWO, vec![2, 3]), (AlternateMasterPortDs::default(), vec![])] {
        for node in &nodes {
            world.change_clock(*node, |clock, now| clock.set_alternate_master(now, PORT, &ds));
        }
        world.run_for(secs(30));
        let before = world.counters(nodes[1], 0).sent(MessageType::SYNC);
        world.run_for(secs(30));
        assert_eq!(known(&world, nodes[4]), known_then);
        let syncs = world.counters(nodes[1], 0).sent(MessageType::SYNC) - before;
        assert_eq!(syncs, if ds.transmit_alternate_multicast_sync { 60 } else { 0 }, "{ds:?}");
    }
    assert_eq!(world.counters(nodes[4], 0).discarded(Discard::AlternateMaster), 0, "they are remembered");
}

/// IEEE 1588-2019 17.3, IEEE 1588-2019 16.2
#[test]
fn what_a_slave_tells_as_an_alternate_master_has_its_own_path_and_is_heard_by_its_master() {
    let (mut world, nodes) = five(1, 248, TWO);
    world.run_for(ms(1));
    for node in &nodes {
        world.change_clock(*node, |clock, _| {
            clock.keep_announce_tlvs(storage(64));
            clock.set_path_trace(true);
            Ok(())
        });
    }
    world.run_for(secs(60));
    world.tap();
    world.run_for(secs(60));
    assert_eq!(world.state(nodes[1], 0), State::Slave);
    for (place, number) in [(0, 1), (1, 2), (2, 3)] {
        assert_eq!(newest(&world, nodes[place], 0, Way::Out), path(&[identity(number)]), "clock {number}");
    }
    assert_eq!(known(&world, nodes[0]), [2, 3]);
    assert_eq!(world.counters(nodes[0], 0).discarded(Discard::PathTrace), 0);
}
