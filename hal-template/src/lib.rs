//! A HAL to copy: one Ethernet port whose MAC stamps what passes it, with a clock that an addend steers.
//!
//! [`Board`] is the three traits that Syntone asks for; [`Chip`] is what differs from chip to chip, in nine numbered places.
//! Fill in the places for your MAC, let `tests/contract.rs` judge a model of it and, on the target itself, the same
//! contract judge the chip. When every check holds, the port is done.
#![no_std]
#![forbid(unsafe_code)]

mod board;
mod chip;

pub use board::Board;
pub use chip::{Chip, FrameInfo, RawStamp};
