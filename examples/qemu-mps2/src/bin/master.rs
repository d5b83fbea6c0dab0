//! An ordinary clock over Ethernet that is better than most, so that it is grandmaster; a better one it follows.
#![no_std]
#![no_main]

use qemu_mps2::firmware;
use syntone_smoltcp::Ethernet;

firmware!(run);

fn run() -> Option<()> {
    firmware::lead(Ethernet)
}
