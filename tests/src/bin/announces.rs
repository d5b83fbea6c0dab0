//! A clock that tells what rides on Announces, for interoperability tests: `announces grandmaster|slave|boundary INTERFACE…`. It prints
//! the clocks on the way whenever they are others, and runs until it is killed.

use syntone::attached::{AlternateTimescale, DisplayName};
use syntone::hal::PortIndex;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, SoftwareClock};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [role, interfaces @ ..] = &arguments[..] else { return Err("no role".into()) };
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    for interface in interfaces {
        hal.add_ethernet(&Ethernet::on_interface(interface))?;
    }
    let address = hal.hardware_address(PortIndex(0)).ok_or("an interface without address")?;
    let identity = ClockIdentity::from_mac48(address);
    match role.as_str() {
        "grandmaster" => run::<1>(hal, &ClockConfig { priority1: 100, ..ClockConfig::new(identity) }),
        "slave" => run::<1>(hal, &ClockConfig::slave_only(identity)),
        _ => run::<2>(hal, &ClockConfig::new(identity)),
    }
}

/// A local time that the grandmaster tells, and nobody else of himself.
fn central_europe() -> AlternateTimescale {
    AlternateTimescale {
        enable: true,
        current_offset: 3563,
        jump_seconds: 3600,
        time_of_next_jump: 1_806_195_637,
        display_name: DisplayName::new("CET").unwrap_or_default(),
    }
}

fn run<const PORTS: usize>(mut hal: LinuxHal, config: &ClockConfig) -> Result<(), Box<dyn std::error::Error>> {
    let ports = core::array::from_fn(|_| PortConfig { log_announce_interval: 0, ..PortConfig::default() });
    let servo = PiServo::new(PiConfig::default()).expect("the default settings");
    let mut clock: Clock<PORTS> = Clock::new(config, &ports, servo)?;
    clock.keep_announce_tlvs(Box::leak(Box::new([0; 1376])));
    clock.set_path_trace(true);
    clock.keep_alternate_timescales(Box::leak(Box::new([AlternateTimescale::default(); 3])));
    clock.set_alternate_timescale(2, central_europe())?;
    let mut runner: Runner = Runner::new();
    let mut told = Vec::new();
    loop {
        let wait = runner.turn(&mut clock, &mut hal, &mut |_| {});
        let path: Vec<_> = clock.path_trace_list().iter().collect();
        if path != told {
            let names: Vec<_> = path.iter().map(|clock| format!("{:016x}", clock.0)).collect();
            println!("path {}", names.join(" "));
            told = path;
        }
        hal.wait(wait.until)?;
    }
}
