//! The Ethernet MAC of STM32 microcontrollers as a PTP clock: the time-stamp unit, and frames with their stamps.
//!
//! * [`Clock`] is the PTP clock of the MAC (`ClockHal`): read whole, stepped by any amount, steered by integers.
//! * [`Port`] is the clock and the frames of its DMA rings; with a framing of `syntone-smoltcp` it is all that a PTP clock needs.
//! * [`Legacy`] is the block of F4 and F7, [`Eqos`] that of H5, H7 and H7R/S.
//!
//! Registers are reached through [`Registers`], a trait of two functions, and not through a crate of register definitions: the
//! offsets are the same in each family, so nobody has to choose a chip, no large crate is built, and it goes beside any HAL. The
//! arithmetic stands apart in [`arithmetic`], and all of it runs on the host against a model of the unit.
//!
//! Pins, clocks, PHY and the reset of the MAC are the business of the board's HAL. None of this has run on silicon yet.
#![no_std]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::as_conversions,
    clippy::arithmetic_side_effects
)]

pub mod arithmetic;
mod block;
mod clock;
mod eqos;
mod legacy;
mod memory;
mod port;
mod registers;

pub use block::{Block, Receipt, Slot};
pub use clock::{Clock, Monotonic};
pub use eqos::Eqos;
pub use legacy::Legacy;
pub use memory::{DmaMemory, Memory};
pub use port::Port;
pub use registers::{Mmio, Registers};
