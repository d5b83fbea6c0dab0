//! A transparent clock over two interfaces, for interoperability tests: `through MECHANISM INTERFACE INTERFACE`, where
//! MECHANISM is `E2E` or `P2P`. Management may read it. It runs until it is killed.

use syntone::TransparentClock;
use syntone::clock::transparent::{TransparentConfig, TransparentPortConfig};
use syntone::datasets::DelayMechanism;
use syntone::management::Access;
use syntone::runner::TransparentRunner;
use syntone::wire::ClockIdentity;
use syntone_hal::PortIndex;
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, SoftwareClock};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [mechanism, interfaces @ ..] = &arguments[..] else { return Err("no mechanism".into()) };
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    for interface in interfaces {
        hal.add_ethernet(&Ethernet::on_interface(interface))?;
    }
    let address = hal.hardware_address(PortIndex(0)).ok_or("an interface without address")?;
    let delay_mechanism = if mechanism == "P2P" { DelayMechanism::PeerToPeer } else { DelayMechanism::EndToEnd };
    let config = TransparentConfig { delay_mechanism, ..TransparentConfig::new(ClockIdentity::from_mac48(address)) };
    let port = TransparentPortConfig { log_min_pdelay_req_interval: -2, ..TransparentPortConfig::default() };
    let mut clock: TransparentClock = TransparentClock::new(&config, &[port.clone(), port])?;
    for port in [0, 1].map(PortIndex) {
        clock.set_management_access(port, Access::ReadOnly);
    }
    let mut runner: TransparentRunner = TransparentRunner::new();
    println!("forwarding");
    loop {
        let until = runner.turn(&mut clock, &mut hal);
        hal.wait(until)?;
    }
}
