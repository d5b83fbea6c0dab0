//! What the scenarios are built from.

use syntone::clock::Clock;
use syntone::event::Event;
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::{ClockClass, ClockIdentity};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, Link, LinkId, NodeId, Oscillator, SimTime, Span, Stamper, World, ms, ns};

/// A clockIdentity from a small number; higher numbers are worse in the BMCA.
pub(crate) fn identity(number: u8) -> ClockIdentity {
    ClockIdentity::from_octets([0x02, 0, 0, 0xFF, 0xFE, 0, 0, number])
}

/// A clock that would be grandmaster among default ones.
pub(crate) fn grandmaster(number: u8) -> ClockConfig {
    let mut config = ClockConfig::new(identity(number));
    config.priority1 = 100;
    config.clock_quality.clock_class = ClockClass(6);
    config
}

/// A board that starts wrong by so much, with an oscillator 10 ppm slow that wanders by 1 ppb/√s and stamps with 8 ns of
/// noise.
pub(crate) fn wandering(ahead: Span) -> Board {
    let stamper = Stamper::hardware().noise(ns(8));
    Board::new().stamper(stamper).ahead(ahead).oscillator(Oscillator::ideal().ppm(-10.0).wander(1.0))
}

/// Ports with the same settings.
pub(crate) fn ports<const PORTS: usize>(port: &PortConfig) -> [PortConfig; PORTS] {
    core::array::from_fn(|_| port.clone())
}

/// A port with these intervals, log₂ of seconds.
pub(crate) fn intervals(sync: i8, delay_req: i8) -> PortConfig {
    PortConfig { log_sync_interval: sync, log_min_delay_req_interval: delay_req, ..PortConfig::default() }
}

/// Adds a PTP clock with the PI servo. What is random in it follows the world's seed.
pub(crate) fn add<const PORTS: usize>(
    world: &mut World,
    name: &str,
    board: &Board,
    config: &ClockConfig,
    port: &PortConfig,
) -> NodeId {
    add_with::<PORTS>(world, name, board, config, port, |_| {})
}

/// The same, with what is set before the clock starts.
pub(crate) fn add_with<const PORTS: usize>(
    world: &mut World,
    name: &str,
    board: &Board,
    config: &ClockConfig,
    port: &PortConfig,
    set: impl Fn(&mut Clock<PORTS>) + 'static,
) -> NodeId {
    let (mut config, ports) = (config.clone(), ports(port));
    config.seed = world.seed();
    world.add_clock::<PORTS, _, 5>(name, board, move || {
        let servo = PiServo::new(PiConfig::default()).expect("the default settings");
        let mut clock = Clock::new(&config, &ports, servo).expect("a clock with these settings");
        set(&mut clock);
        clock
    })
}

/// A grandmaster that is right and a slave that wanders.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) master: NodeId,
    pub(crate) slave: NodeId,
    pub(crate) link: LinkId,
}

/// A grandmaster that is right and a slave-only clock 1 ms and 20 ppm wrong that wanders by 1 ppb/√s, with the default
/// intervals (Sync and Delay_Req each second, Announce each other).
pub(crate) fn pair_of(seed: u64, stamper: Stamper, link: Link) -> Pair {
    let mut world = World::new(seed);
    let port = PortConfig::default();
    let wrong = Board::new().stamper(stamper).ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
    let master = add::<1>(&mut world, "master", &Board::new().stamper(stamper), &grandmaster(1), &port);
    let slave = add::<1>(&mut world, "slave", &wrong, &ClockConfig::slave_only(identity(2)), &port);
    let link = world.link(master, slave, link);
    Pair { world, master, slave, link }
}

/// Panics if a port or the lock changed its state since that moment.
pub(crate) fn no_state_change_since(pair: &Pair, since: Span) {
    for node in [pair.master, pair.slave] {
        let late = pair.world.events(node).iter().filter(|(at, _)| *at >= since.into()).collect::<Vec<_>>();
        assert!(late.is_empty(), "{}: {late:?}", pair.world.name(node));
    }
}

/// When a port of `node` last came into `state`.
pub(crate) fn entered(world: &World, node: NodeId, state: State) -> Option<SimTime> {
    let enters = |event: &Event| matches!(event, Event::State { to, .. } if *to == state);
    world.events(node).iter().rev().find(|(_, event)| enters(event)).map(|(at, _)| *at)
}

/// Prints a figure beside its limit.
pub(crate) fn figure(name: &str, value: f64, unit: &str, limit: &str) {
    println!("{name}: {value:.2} {unit} ({limit})");
}
