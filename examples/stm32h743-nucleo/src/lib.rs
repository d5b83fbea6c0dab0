//! What is on a NUCLEO-H743ZI: for a slave, and for the contract of the traits.
#![no_std]

pub mod board;
pub mod clocks;
pub mod time;

defmt::timestamp!("{=u64:us}", time::micros());
