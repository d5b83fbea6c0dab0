//! Who may be a master: the table of acceptable masters.

use crate::setup::{add, add_with, figure, grandmaster, identity, wandering};
use syntone::bmca::AcceptableMaster;
use syntone::counters::Discard;
use syntone::hal::{Destination, Instant, MessageClass, PortIndex};
use syntone::state::State;
use syntone::wire::{MessageType, PortIdentity};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, Link, NodeId, World, ms, secs, us};

const PORT: PortIndex = PortIndex(0);

fn acceptable(clock: u8, alternate_priority1: u8) -> AcceptableMaster {
    let acceptable_port_identity = PortIdentity::new(identity(clock), 1);
    AcceptableMaster { acceptable_port_identity, alternate_priority1 }
}

/// Lets a clock consider nobody but `list` on its first port.
fn accepting<const PORTS: usize>(list: &'static [AcceptableMaster]) -> impl Fn(&mut Clock<PORTS>) {
    move |clock| {
        let now = Instant::from_nanos(0);
        clock.keep_acceptable_masters(now, Box::leak(Box::new([AcceptableMaster::default(); 4])));
        clock.set_acceptable_masters(now, list).expect("there is room for four");
        clock.set_acceptable_master_table_enabled(now, PORT, true).expect("it has that port");
    }
}

/// Two masters that consider nobody, so that both serve, and a boundary clock that considers whom it is told, with a slave behind
/// it. The second master is the worse one, has a clock of its own that is `wrong_by` ahead, and is as trusted as it says.
struct Scene {
    world: World,
    masters: [NodeId; 2],
    boundary: NodeId,
    slave: NodeId,
}

impl Scene {
    fn new(seed: u64, list: impl FnOnce() -> Vec<AcceptableMaster>) -> Self {
        let (mut world, port) = (World::new(seed), PortConfig::default());
        let masters = [(1, 20, us(0)), (2, 10, ms(3))].map(|(number, priority1, ahead)| {
            let config = ClockConfig { priority1, ..grandmaster(number) };
            let board = Board::new().ahead(ahead);
            add_with::<1>(&mut world, &format!("master {number}"), &board, &config, &port, accepting(&[]))
        });
        let (config, list) = (ClockConfig::new(identity(5)), list().leak());
        let boundary = add_with::<2>(&mut world, "boundary", &wandering(ms(1)), &config, &port, accepting(list));
        let slave = ClockConfig::slave_only(identity(6));
        let slave = add::<1>(&mut world, "slave", &wandering(-ms(1)), &slave, &port);
        world.segment([(masters[0], 0), (masters[1], 0), (boundary, 0)], us(1));
        world.link((boundary, 1), slave, Link::new(us(1)));
        Self { world, masters, boundary, slave }
    }

    /// Runs for two minutes; the worst offset of the boundary clock from the first or the second master in the last of them.
    fn offset_from(&mut self, master: usize) -> f64 {
        let from = self.world.now() + secs(60);
        let record = self.world.record(self.boundary, self.masters[master], ms(100));
        self.world.run_for(secs(120));
        let states = [0, 1].map(|port| self.world.state(self.boundary, port));
        assert_eq!(states, [State::Slave, State::Master]);
        let parent = self.world.clock(self.boundary).parent_ds().parent_port_identity.clock_identity;
        assert_eq!(parent, identity(if master == 0 { 1 } else { 2 }));
        self.world.series(record).since(from).max()
    }
}

/// IEEE 1588-2019 17.5
#[test]
fn a_better_master_that_is_not_in_the_table_changes_nothing() {
    let mut worst = 0.0_f64;
    for seed in 1..=20 {
        let mut scene = Scene::new(seed, || vec![acceptable(1, 0)]);
        worst = worst.max(scene.offset_from(0));
        assert_eq!(scene.masters.map(|master| scene.world.state(master, 0)), [State::Master; 2]);
        // Each of its Announces is counted, and so is nothing else.
        let counters = scene.world.counters(scene.boundary, 0);
        let announced = scene.world.counters(scene.masters[1], 0).sent(MessageType::ANNOUNCE);
        assert_eq!(counters.discarded(Discard::NotAcceptable), announced, "seed {seed}");
        assert!(announced > 50);
    }
    figure("offset beside a better master that is not acceptable, worst of 20 seeds", worst, "ns", "limit 100");
    assert!(worst < 100.0);
}

/// IEEE 1588-2019 17.5.4
#[test]
fn a_table_that_changes_or_is_switched_off_decides_at_once() {
    let mut scene = Scene::new(1, || vec![acceptable(1, 0)]);
    assert!(scene.offset_from(0) < 100.0);
    scene.world.change_clock(scene.boundary, |clock, now| clock.set_acceptable_masters(now, &[acceptable(2, 0)]));
    // Its parent is none any more: it serves by its own time until it has heard the other one twice.
    assert_eq!(scene.world.state(scene.boundary, 0), State::Master);
    assert!(scene.offset_from(1) < 100.0);
    scene.world.change_clock(scene.boundary, |clock, now| clock.set_acceptable_masters(now, &[acceptable(1, 0)]));
    assert!(scene.offset_from(0) < 100.0);
    let boundary = scene.boundary;
    scene.world.change_clock(boundary, |clock, now| clock.set_acceptable_master_table_enabled(now, PORT, false));
    assert!(scene.offset_from(1) < 100.0);
}

/// IEEE 1588-2019 17.5.3: the second master says 10 and the first 20; the table says otherwise.
#[test]
fn alternate_priority1_is_compared_and_what_was_announced_is_handed_on() {
    let mut scene = Scene::new(1, || vec![acceptable(1, 40), acceptable(2, 50)]);
    assert!(scene.offset_from(0) < 100.0);
    for clock in [scene.boundary, scene.slave] {
        assert_eq!(scene.world.clock(clock).parent_ds().grandmaster_priority1, 20);
    }
    // 0 leaves what was announced, and a table that changes counts at once for who was heard before.
    let list = [acceptable(1, 40), acceptable(2, 0)];
    scene.world.change_clock(scene.boundary, |clock, now| clock.set_acceptable_masters(now, &list));
    let parent = scene.world.clock(scene.boundary).parent_ds();
    assert_eq!(parent.parent_port_identity.clock_identity, identity(2));
    assert!(scene.offset_from(1) < 100.0);
    // The own clock has 128: it is better than a master that the table makes worse than it.
    let list = [acceptable(1, 200), acceptable(2, 201)];
    scene.world.change_clock(scene.boundary, |clock, now| clock.set_acceptable_masters(now, &list));
    assert_eq!([0, 1].map(|port| scene.world.state(scene.boundary, port)), [State::Master; 2]);
    scene.world.run_for(secs(60));
    assert_eq!([0, 1].map(|port| scene.world.state(scene.boundary, port)), [State::Master; 2]);
}

#[test]
fn a_flood_of_senders_that_are_not_acceptable_takes_no_room_from_those_that_are() {
    let mut scene = Scene::new(1, || vec![acceptable(1, 0)]);
    scene.world.run_for(secs(60));
    scene.world.tap();
    scene.world.run_for(secs(4));
    let boundary = scene.boundary;
    let announce = scene.world.passages().iter().rev().find(|passage| {
        passage.node == boundary
            && passage.frame.message_type() == Some(MessageType::ANNOUNCE.0)
            && passage.port == PORT
    });
    let mut octets = announce.expect("both masters announce").frame.octets.to_vec();
    // Six senders, each of which would be the best and be qualified by its second message.
    for sequence_id in 0..4 {
        for sender in 0..6 {
            octets[20..28].copy_from_slice(&identity(100 + sender).octets());
            octets[53..61].copy_from_slice(&identity(100 + sender).octets());
            octets[30..32].copy_from_slice(&[0, sequence_id]);
            octets[47] = 0;
            let from = scene.masters[1];
            scene.world.inject(from, 0, Destination::PrimaryMulticast, MessageClass::General, &*octets);
        }
        scene.world.run_for(secs(1));
    }
    assert!(scene.world.counters(boundary, 0).discarded(Discard::NotAcceptable) >= 24);
    assert_eq!(scene.world.counters(boundary, 0).discarded(Discard::TableFull), 0);
    assert!(scene.offset_from(0) < 100.0);
}
