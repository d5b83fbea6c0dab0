//! A grandmaster and a slave on one board whose PHY sends back what leaves. Where an emulator counts instructions, all of it is in its
//! virtual time, and each run is like the one before.
#![no_std]
#![no_main]

use qemu_mps2::{console, firmware};

firmware!(run);

/// Seconds of the board's own time.
const SECONDS: u64 = 20;

fn run() -> Option<()> {
    firmware::lead_and_follow(SECONDS)?;
    console::exit(true)
}
