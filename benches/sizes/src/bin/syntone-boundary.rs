//! A boundary clock with two ports, both delay mechanisms and management, made of Syntone. Both ports are the board's only
//! controller: what a second one takes is its driver's.
#![no_std]
#![no_main]

use core::hint::black_box;
use qemu_mps2::board;
use syntone::datasets::DelayMechanism;
use syntone::hal::PortIndex;
use syntone::management::Access;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_smoltcp::Ethernet;

syntone_sizes::entry!(run);

fn run() -> Option<()> {
    let mut board = board::start(Ethernet)?;
    let mut clock = build();
    // In its place: to take it out of the option would move it.
    let clock = clock.as_mut()?;
    clock.set_management_access(PortIndex(0), Access::ReadWrite);
    clock.set_management_access(PortIndex(1), Access::ReadWrite);
    let mut runner: Runner<192> = Runner::new();
    loop {
        let wait = runner.turn(clock, &mut board, &mut |_| {});
        board.interface().sleep_until(wait.until);
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Option<Clock<2>> {
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::new(ClockIdentity::from_mac48(board::STATION));
    // The compiler is not to know which mechanism it will be.
    let delay_mechanism = black_box(DelayMechanism::PeerToPeer);
    let port = PortConfig { delay_mechanism, ..PortConfig::default() };
    Clock::new(&config, &[port.clone(), port], servo).ok()
}
