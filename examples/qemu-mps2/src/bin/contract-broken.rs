//! The same checks on a board with one fault after the other: they must tell.
#![no_std]
#![no_main]

use qemu_mps2::contract;

qemu_mps2::firmware!(contract::check_broken);
