//! The slave over Ethernet whose hardware loses one of a hundred time stamps, each way.
#![no_std]
#![no_main]

use qemu_mps2::lossy::Lossy;
use qemu_mps2::{board, firmware};
use syntone_smoltcp::Ethernet;

firmware!(run);

fn run() -> Option<()> {
    firmware::follow(Lossy::one_of(100, board::start(Ethernet)?))
}
