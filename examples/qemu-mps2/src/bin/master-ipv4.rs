//! The same ordinary clock over UDP/IPv4, at the address 10.77.0.97.
#![no_std]
#![no_main]

use qemu_mps2::firmware;
use syntone_smoltcp::Ipv4;

firmware!(run);

fn run() -> Option<()> {
    firmware::lead(Ipv4::new([[10, 77, 0, 97]]))
}
