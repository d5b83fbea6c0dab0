//! Who may be a master: the table of acceptable masters, ports that are masterOnly, networks that are isolated by sdoId and domain.

use crate::setup::{add, add_with, figure, grandmaster, identity, wandering};
use syntone::bmca::AcceptableMaster;
use syntone::counters::Discard;
use syntone::hal::{Destination, Instant, MessageClass, PortIndex};
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::{MessageType, PortIdentity, SdoId};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, Link, NodeId, Span, World, ms, secs, us};

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

fn states(world: &World, ports: &[(NodeId, u8)]) -> Vec<State> {
    ports.iter().map(|(node, port)| world.state(*node, *port)).collect()
}

/// IEEE 1588-2019 8.2.15.5.2
#[test]
fn a_port_that_is_master_only_serves_beside_a_better_master_and_hears_nobody() {
    for clock_class in [248, 52] {
        let (mut world, port) = (World::new(1), PortConfig::default());
        let better = add::<1>(&mut world, "better", &Board::new(), &grandmaster(1), &port);
        let mut config = ClockConfig { priority1: 120, ..ClockConfig::new(identity(2)) };
        config.clock_quality.clock_class.0 = clock_class;
        let master_only = PortConfig { master_only: true, ..port.clone() };
        let told = add::<1>(&mut world, "told", &Board::new().ahead(ms(3)), &config, &master_only);
        let slave = ClockConfig::slave_only(identity(9));
        let slave = add::<1>(&mut world, "slave", &wandering(ms(1)), &slave, &port);
        world.segment([better, told, slave], us(1));
        world.run_for(secs(60));
        let record = world.record(slave, better, ms(100));
        world.run_for(secs(60));
        let all = [(better, 0), (told, 0), (slave, 0)];
        assert_eq!(states(&world, &all), [State::Master, State::Master, State::Slave]);
        assert!(world.series(record).since(secs(60)).max() < 100.0, "the slave follows the better one");
        let (counters, announced) = (world.counters(told, 0), world.counters(better, 0).sent(MessageType::ANNOUNCE));
        assert_eq!(counters.discarded(Discard::NotAcceptable), announced);
        assert_eq!(counters.received(MessageType::ANNOUNCE), 0);
        // No longer masterOnly it gives way, and is master again as soon as it is told to be.
        for (master_only, expected) in
            [(false, if clock_class == 52 { State::Passive } else { State::Slave }), (true, State::Master)]
        {
            world.change_clock(told, |clock, now| clock.set_master_only(now, PORT, master_only));
            let changed_at_once = world.state(told, 0) == State::Master;
            assert!(changed_at_once, "no Announce was heard yet, or none is heard any more");
            world.run_for(secs(60));
            assert_eq!(world.state(told, 0), expected, "{clock_class} {master_only}");
        }
    }
}

/// IEEE 1588-2019 9.3.3: what a masterOnly port hears is no part of E_best; it passes on what the other port receives.
#[test]
fn a_boundary_clock_follows_what_its_other_port_hears() {
    let mut world = World::new(1);
    let (port, master_only) = (PortConfig::default(), PortConfig { master_only: true, ..PortConfig::default() });
    let better = ClockConfig { priority1: 1, ..grandmaster(1) };
    let better = add::<1>(&mut world, "better", &Board::new().ahead(ms(3)), &better, &port);
    let source = add::<1>(&mut world, "source", &Board::new(), &grandmaster(2), &port);
    let (seed, ports) = (world.seed(), [master_only, port]);
    let boundary = world.add_clock::<2, _, 5>("boundary", &wandering(ms(1)), move || {
        let config = ClockConfig { seed, ..ClockConfig::new(identity(5)) };
        let servo = PiServo::new(PiConfig::default()).expect("the default settings");
        Clock::new(&config, &ports, servo).expect("a clock with these settings")
    });
    world.link(better, (boundary, 0), Link::new(us(1)));
    world.link((boundary, 1), source, Link::new(us(1)));
    world.run_for(secs(60));
    let record = world.record(boundary, source, ms(100));
    world.run_for(secs(60));
    assert_eq!(
        states(&world, &[(boundary, 0), (boundary, 1), (source, 0)]),
        [State::Master, State::Slave, State::Master]
    );
    // The other end hears of the worse grandmaster, and remains one.
    assert_eq!(states(&world, &[(better, 0)]), [State::Master]);
    assert_eq!(world.clock(boundary).parent_ds().grandmaster_identity, identity(2));
    assert!(world.series(record).since(secs(60)).max() < 100.0);
}

/// A grandmaster that is `ahead` and its slave, of one network among others on a segment.
struct Network {
    config: ClockConfig,
    ahead: Span,
}

impl Network {
    fn new(number: u8, sdo_id: u16, domain_number: u8) -> Self {
        let sdo_id = SdoId::new(sdo_id).expect("12 bits");
        // The later, the better: whoever is heard wins.
        let config = ClockConfig { sdo_id, domain_number, priority1: 100 - number, ..grandmaster(number) };
        Self { config, ahead: ms(10 * i64::from(number)) }
    }
}

/// IEEE 1588-2019 16.5 and 7.1: what differs in domainNumber, in majorSdoId or in minorSdoId alone is another network.
/// IEEE 1588-2019 7.1.4
#[test]
fn networks_of_other_domain_or_sdo_id_on_one_switch_do_not_see_each_other() {
    let networks = [
        Network::new(1, 0x000, 0),
        Network::new(2, 0x000, 1),
        Network::new(3, 0x100, 0),
        Network::new(4, 0x123, 0),
        Network::new(5, 0x023, 0),
        Network::new(6, 0x123, 1),
    ];
    let (mut world, port) = (World::new(1), PortConfig::default());
    let pairs = networks.each_ref().map(|Network { config, ahead }| {
        let number = config.clock_identity.octets()[7];
        let board = Board::new().ahead(*ahead);
        let master = add::<1>(&mut world, &format!("master {number}"), &board, config, &port);
        let slave = ClockConfig { clock_identity: identity(100 + number), slave_only: true, ..config.clone() };
        let slave = add::<1>(&mut world, &format!("slave {number}"), &wandering(ms(1)), &slave, &port);
        (master, slave)
    });
    world.segment(pairs.iter().flat_map(|(master, slave)| [*master, *slave]), us(1));
    world.run_for(secs(60));
    let records = pairs.map(|(master, slave)| world.record(slave, master, ms(100)));
    world.run_for(secs(60));
    let sent = |node| world.counters(node, 0).total_sent();
    let all: u32 = pairs.iter().map(|(master, slave)| sent(*master) + sent(*slave)).sum();
    let mut worst = 0.0_f64;
    for (((master, slave), network), record) in pairs.iter().zip(&networks).zip(records) {
        assert_eq!(states(&world, &[(*master, 0), (*slave, 0)]), [State::Master, State::Slave]);
        assert_eq!(world.clock(*slave).parent_ds().grandmaster_identity, network.config.clock_identity);
        worst = worst.max(world.series(record).since(secs(60)).max());
        for node in [*master, *slave] {
            let (counters, own) = (world.counters(node, 0), sent(*master) + sent(*slave));
            let foreign = counters.discarded(Discard::SdoId) + counters.discarded(Discard::Domain);
            // All that the others sent, but for what is still on its way.
            assert!(foreign.abs_diff(all - own) <= 12, "{foreign} of {}", all - own);
        }
    }
    figure("offset of six slaves in six networks on one switch, worst", worst, "ns", "limit 100");
    assert!(worst < 100.0);
}

/// IEEE 1588-2019 13.3.2.8: a peer of the edition of 2008 (minorVersionPTP 0) sends 0 where minorSdoId is now; it takes part where
/// that is 0 and nowhere else.
#[test]
fn a_peer_of_the_edition_of_2008_is_heard_where_minor_sdo_id_is_zero() {
    for (sdo_id, of_peer, heard) in [(0x100, 0x100, true), (0x000, 0x000, true), (0x123, 0x100, false)] {
        let (mut world, port) = (World::new(1), PortConfig::default());
        let config = |config: ClockConfig, id, minor| ClockConfig {
            sdo_id: SdoId::new(id).expect("12 bits"),
            minor_version_ptp: minor,
            ..config
        };
        let peer = add::<1>(&mut world, "peer", &Board::new(), &config(grandmaster(1), of_peer, 0), &port);
        let slave = config(ClockConfig::slave_only(identity(2)), sdo_id, 1);
        let slave = add::<1>(&mut world, "slave", &wandering(ms(1)), &slave, &port);
        world.link(peer, slave, Link::new(us(1)));
        world.run_for(secs(60));
        assert_eq!(world.state(slave, 0) == State::Slave, heard, "{sdo_id:#x}");
        assert_eq!(world.counters(slave, 0).discarded(Discard::SdoId) > 100, !heard);
    }
}
