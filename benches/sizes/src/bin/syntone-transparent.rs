//! A transparent clock with two ports made of Syntone. Both are the board's only controller: what a second one takes is its
//! driver's.
#![no_std]
#![no_main]

use qemu_mps2::board;
use syntone::TransparentClock;
use syntone::clock::transparent::{TransparentConfig, TransparentPortConfig};
use syntone::runner::TransparentRunner;
use syntone::wire::ClockIdentity;
use syntone_smoltcp::ForwardingEthernet;

syntone_sizes::entry!(run);

fn run() -> Option<()> {
    let mut board = board::start(ForwardingEthernet)?;
    let mut clock = build();
    // In its place: to take it out of the option would move it.
    let clock = clock.as_mut()?;
    let mut runner: TransparentRunner<192> = TransparentRunner::new();
    loop {
        let until = runner.turn(clock, &mut board);
        board.interface().sleep_until(until);
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Option<TransparentClock<2, 8, 4>> {
    let config = TransparentConfig::new(ClockIdentity::from_mac48(board::STATION));
    TransparentClock::new(&config, &[TransparentPortConfig::default(), TransparentPortConfig::default()]).ok()
}
