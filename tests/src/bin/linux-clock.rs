//! An ordinary or boundary clock on Linux, for tests of sockets, stamps and clocks:
//! `linux-clock ROLE TRANSPORT MECHANISM STEPS CLOCK INTERFACE [INTERFACE]`
//!
//! ROLE is `master`, `slave` or `boundary`; TRANSPORT `udp4`, `udp6` or `l2`; MECHANISM `E2E` or `P2P`; STEPS `one` or
//! `two`; CLOCK `phc`, `auto` (a PHC if there is one, else a software clock), `software` or `system`. It prints events and runs until
//! it is killed.

use syntone::datasets::DelayMechanism;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::{PortIndex, TimestampHal};
use syntone_linux::{
    Carrier, Ethernet, LinuxHal, OneStepMode, OscillatorError, PtpClock, SoftwareClock, StampingWish, SystemClock,
    UdpIpv4, UdpIpv6, choose_clock,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [role, transport, mechanism, steps, clock, interface] => {
            run::<1>(Settings { role, transport, mechanism, steps, clock }, [interface])
        }
        [role, transport, mechanism, steps, clock, first, second] => {
            run::<2>(Settings { role, transport, mechanism, steps, clock }, [first, second])
        }
        _ => Err("role, transport, mechanism, steps, clock, one or two interfaces".into()),
    }
}

#[derive(Clone, Copy)]
struct Settings<'a> {
    role: &'a str,
    transport: &'a str,
    mechanism: &'a str,
    steps: &'a str,
    clock: &'a str,
}

fn run<const PORTS: usize>(settings: Settings<'_>, interfaces: [&str; PORTS]) -> Result<(), Failure> {
    let mut hal = LinuxHal::new(open_clock(settings, &interfaces)?);
    for interface in interfaces {
        add_port(&mut hal, settings, interface)?;
    }
    let address = hal.hardware_address(PortIndex(0)).ok_or("an interface without address")?;
    println!("stamping {:?}, hardware address {address:02x?}", hal.capabilities(PortIndex(0)).stamping);
    let identity = ClockIdentity::from_mac48(address);
    let config = match settings.role {
        "slave" => ClockConfig::slave_only(identity),
        "master" => ClockConfig { priority1: 10, ..ClockConfig::new(identity) },
        _ => ClockConfig::new(identity),
    };
    let port = PortConfig {
        delay_mechanism: if settings.mechanism == "P2P" {
            DelayMechanism::PeerToPeer
        } else {
            DelayMechanism::EndToEnd
        },
        two_step_flag: settings.steps != "one",
        log_sync_interval: -2,
        log_min_delay_req_interval: -2,
        log_min_pdelay_req_interval: -2,
        log_announce_interval: 0,
        ..PortConfig::default()
    };
    let servo = PiServo::new(PiConfig::default()).map_err(|error| format!("{error:?}"))?;
    let mut clock: Clock<PORTS> = Clock::new(&config, &[(); PORTS].map(|()| port.clone()), servo)?;
    let mut runner: Runner = Runner::new();
    let mut syncs = 0;
    loop {
        let wait = runner.turn(&mut clock, &mut hal, &mut |event: &Event| println!("{event:?}"));
        if clock.syncs() != syncs {
            syncs = clock.syncs();
            let current = clock.current_ds();
            let nanos = |interval: syntone_hal::TimeInterval| interval.scaled() >> 16;
            println!("offset {} delay {}", nanos(current.offset_from_master), nanos(current.mean_delay));
        }
        hal.wait(wait.until)?;
    }
}

fn open_clock(settings: Settings<'_>, interfaces: &[&str]) -> Result<PtpClock, Failure> {
    let carrier = if settings.transport == "l2" { Carrier::Ethernet } else { Carrier::Udp };
    let wish = match settings.clock {
        "phc" => StampingWish::Hardware,
        "auto" => StampingWish::HardwareIfPossible,
        "software" => StampingWish::Software,
        "system" => return system_clock(),
        _ => return Err("no such clock".into()),
    };
    let software = || Ok(SoftwareClock::new(OscillatorError::default()).into());
    let choice = choose_clock(interfaces, carrier, one_step(settings), wish, software)?;
    if let Some(reason) = choice.fallback {
        println!("fallback: {reason}");
    }
    Ok(choice.clock)
}

/// Only in a guest of the tests: the time of the machine that runs them is not ours.
fn system_clock() -> Result<PtpClock, Failure> {
    if !std::path::Path::new("/lab/script").exists() {
        return Err("this steers the system clock: only in the guest of the tests".into());
    }
    Ok(SystemClock::open(37)?.into())
}

fn one_step(settings: Settings<'_>) -> OneStepMode {
    match (settings.steps, settings.mechanism) {
        ("one", "P2P") => OneStepMode::PeerToPeer,
        ("one", _) => OneStepMode::Sync,
        _ => OneStepMode::Off,
    }
}

fn add_port(hal: &mut LinuxHal, settings: Settings<'_>, interface: &str) -> Result<PortIndex, Failure> {
    let one_step = one_step(settings);
    Ok(match settings.transport {
        "udp4" => {
            let mut transport = UdpIpv4::on_interface(interface);
            transport.one_step = one_step;
            hal.add_udp_ipv4(&transport)?
        }
        "udp6" => {
            let mut transport = UdpIpv6::on_interface(interface);
            transport.one_step = one_step;
            hal.add_udp_ipv6(&transport)?
        }
        _ => {
            let mut transport = Ethernet::on_interface(interface);
            transport.one_step = one_step;
            hal.add_ethernet(&transport)?
        }
    })
}
