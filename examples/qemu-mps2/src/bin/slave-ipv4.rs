//! The same slave over UDP/IPv4, at the address 10.77.0.96.
#![no_std]
#![no_main]

use qemu_mps2::{board, firmware};
use syntone_smoltcp::Ipv4;

firmware!(run);

fn run() -> Option<()> {
    firmware::follow(board::start(Ipv4::new([[10, 77, 0, 96]]))?)
}
