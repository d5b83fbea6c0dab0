//! The same checks on a board that loses every second time stamp: they must tell.
#![no_std]
#![no_main]

use qemu_mps2::contract;

qemu_mps2::firmware!(run);

fn run() -> Option<()> {
    contract::check(true)
}
