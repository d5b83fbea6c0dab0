//! A slave over Ethernet: two seconds and 50 ppm wrong at first, it follows whatever master is on the cable.
#![no_std]
#![no_main]

use qemu_mps2::{board, firmware};
use syntone_smoltcp::Ethernet;

firmware!(run);

fn run() -> Option<()> {
    firmware::follow(board::start(Ethernet)?)
}
