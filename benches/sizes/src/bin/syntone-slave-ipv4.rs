//! A slave made of Syntone, over UDP/IPv4.
#![no_std]
#![no_main]

use qemu_mps2::board;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_smoltcp::Ipv4;

syntone_sizes::entry!(run);

fn run() -> Option<()> {
    let mut board = board::start(Ipv4::new([[192, 0, 2, 1]]))?;
    let mut clock = build();
    // In its place: to take it out of the option would move it.
    let clock = clock.as_mut()?;
    let mut runner: Runner<192> = Runner::new();
    loop {
        let wait = runner.turn(clock, &mut board, &mut |_| {});
        board.interface().sleep_until(wait.until);
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Option<Clock> {
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    Clock::new(&config, &[PortConfig::default()], servo).ok()
}
