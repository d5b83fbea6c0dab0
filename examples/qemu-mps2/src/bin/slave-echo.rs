//! A slave over Ethernet, and an application beside it: TCP port 7 of 10.77.0.96 gives back what it gets.
#![no_std]
#![no_main]

use qemu_mps2::firmware;

firmware!(firmware::follow_and_echo);
