//! What is on a NUCLEO-F767ZI: for a slave, and for the contract of the traits.
#![no_std]

pub mod board;
pub mod clocks;
pub mod uptime;

defmt::timestamp!("{=u64:us}", uptime::micros());
