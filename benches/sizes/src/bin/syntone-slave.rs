//! A slave made of Syntone.
#![no_std]
#![no_main]

use qemu_mps2::board;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};

syntone_sizes::entry!(run);

fn run() -> Option<()> {
    let mut board = board::start()?;
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    let mut clock: Clock = Clock::new(&config, &[PortConfig::default()], servo).ok()?;
    let mut runner: Runner<192> = Runner::new();
    loop {
        let wait = runner.turn(&mut clock, &mut board, &mut |_| {});
        board.sleep_until(wait.until);
    }
}
