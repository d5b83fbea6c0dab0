//! The contract of the three traits, checked on the board itself.
#![no_std]
#![no_main]

use qemu_mps2::contract;

qemu_mps2::firmware!(contract::check);
