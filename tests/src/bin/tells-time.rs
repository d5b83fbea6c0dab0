//! A clock that tells of time properties, for interoperability tests: `tells-time master INTERFACE` says that a second is to be
//! inserted; `tells-time slave INTERFACE` prints what it is told. It runs until it is killed.

use syntone::datasets::TimePropertiesDs;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::{ClockAccuracy, ClockClass, ClockIdentity, Flags, TimeSource};
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::PortIndex;
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, SoftwareClock};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [role, interface] = &arguments[..] else { return Err("role and interface".into()) };
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    hal.add_ethernet(&Ethernet::on_interface(interface))?;
    let address = hal.hardware_address(PortIndex(0)).ok_or("an interface without address")?;
    let identity = ClockIdentity::from_mac48(address);
    let config = if role == "master" { grandmaster(identity) } else { ClockConfig::slave_only(identity) };
    let port = PortConfig { log_announce_interval: 0, ..PortConfig::default() };
    let servo = PiServo::new(PiConfig::default()).expect("the default settings");
    let mut clock: Clock = Clock::new(&config, &[port], servo)?;
    let mut runner: Runner = Runner::new();
    loop {
        let wait = runner.turn(&mut clock, &mut hal, &mut print);
        hal.wait(wait.until)?;
    }
}

fn grandmaster(identity: ClockIdentity) -> ClockConfig {
    let mut config = ClockConfig { priority1: 100, ..ClockConfig::new(identity) };
    config.clock_quality.clock_class = ClockClass::PRIMARY;
    config.clock_quality.clock_accuracy = ClockAccuracy::NS_100;
    let flags = TimePropertiesDs::FLAGS.difference(Flags::LEAP59 | Flags::FREQUENCY_TRACEABLE);
    config.time_properties = TimePropertiesDs::new(36, flags, TimeSource::GNSS);
    config
}

fn print(event: &Event) {
    match event {
        Event::TimeProperties { to, .. } => {
            let (flags, source) = (to.flags().bits(), to.time_source.0);
            println!("offset {} flags {flags:#04x} source {source:#04x}", to.current_utc_offset);
        }
        Event::Parent { from, to, .. } => {
            let class = |of: &syntone::event::Attributes| of.parent_ds.grandmaster_clock_quality.clock_class.0;
            println!("class {} to {}", class(from), class(to));
        }
        _ => {}
    }
}
