//! What the scenarios are built from.

use syntone::clock::Clock;
use syntone::event::Event;
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::{ClockClass, ClockIdentity};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, NodeId, Oscillator, SimTime, Span, Stamper, World, ns};

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
    let (mut config, ports) = (config.clone(), ports(port));
    config.seed = world.seed();
    world.add_clock::<PORTS, _, 5>(name, board, move || {
        let servo = PiServo::new(PiConfig::default()).expect("the default settings");
        Clock::new(&config, &ports, servo).expect("a clock with these settings")
    })
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
