//! A boundary clock of two ports over Ethernet, which are two VLANs of the controller's one.
#![no_std]
#![no_main]

use qemu_mps2::firmware;

firmware!(firmware::stand_between);
