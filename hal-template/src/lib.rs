//! A HAL to copy: one Ethernet port whose MAC stamps what passes it, with a clock that an addend steers.
//!
//! [`Chip`] is what differs from chip to chip, in nine numbered places; [`Board`] makes frames, stamps and a clock of them. `Raw` of
//! `syntone-smoltcp` frames messages, over Ethernet or UDP, and is the three traits that Syntone asks for.
//! Fill in the places of [`mac`] for your MAC, let `tests/mac.rs` judge them over a model of its registers and, on the target itself, the same
//! contract judge the chip. When every check holds, the port is done.
#![no_std]
#![forbid(unsafe_code)]

mod board;
mod chip;
pub mod mac;

pub use board::Board;
pub use chip::{Chip, FrameInfo, RawStamp};
