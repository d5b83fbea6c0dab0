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
//! Pins and clocks are the business of the board's HAL and come first; then [`reset`], which stops the clock as well. [`Phy`] finds a
//! partner and tells of the link. A pulse each second is what the unit gives by itself, where its pin is switched to it (PB5 or
//! PG8, AF11); [`Clock::set_pulses`] and what is beside it change that.
//!
//! None of this has run on silicon yet. Firmware that uses it locks on models of an STM32F767 and an STM32H743 (`examples/`).
//!
//! # Errata
//!
//! What ST tells of these MACs, as far as PTP can meet it:
//!
//! | erratum | what goes wrong | what the driver does | what is left to you |
//! |---|---|---|---|
//! | F4, F7 (ES0206 2.17.5 and its like) | the second of two writes in a row to one register may be lost | reads the control register between two writes to it | nothing |
//! | H562, H563, H573 (ES0565 2.22.6) | where status bits are cleared by ones (RCWE in MACCSRSWCR), ones written to another register whose offset ends in 0x20 clear those of the time-stamp unit as well | leaves RCWE at 0, as a reset does, and clears its status by reading it; the one such register that it writes (the tail of the transmit ring, 0x1120) holds an address whose lowest bits are 0 | leave RCWE at 0: with a 1, alarms and snapshots would be told again and again |
//! | the same (ES0565 2.22.7) | an error of the bus spoils a frame that the MAC makes by itself (pause, ARP offload, PTP offload); there is no way around | has the MAC make none: each message is the program's, also a Sync that is completed as it leaves | do not switch these on beside it (MACPOCR, ARP offload, flow control); put the rings where the DMA reaches them, and there is no error of the bus |
//! | H562, H563, H573 (ES0565 2.22.9), H742, H743, H750, H753 (ES0392 2.26.19) | the interval of a train of pulses can be wrong while the clock is steered finely | nothing: it always steers so | ask for each pulse by [`Clock::pulse_at`], as the H743 example does |
//!
//! # One step
//!
//! On EQOS a Sync can leave in one step ([`Port::one_step`]); F4 and F7 cannot do that. A Pdelay_Resp always leaves in two: the unit wants the ingress
//! time of the request in the descriptor and makes the turnaround by itself, and the manuals do not tell what it does to a correctionField that
//! is not zero, as that of the protocol is. Two steps cost one more message for each request and nothing of the accuracy.
//!
//! ```no_run
//! use syntone_hal::{Instant, Timestamp};
//! use syntone_smoltcp::{Ethernet, Raw};
//! use syntone_stm32::arithmetic::Rate;
//! use syntone_stm32::{Clock, DmaMemory, Eqos, Mmio, Port};
//!
//! type Registers = Mmio<0x4002_8000>;
//! type Rings = (&'static mut DmaMemory<8>, &'static mut DmaMemory<4>);
//! type Board = Port<Registers, Eqos, fn() -> Instant, &'static mut DmaMemory<8>, &'static mut DmaMemory<4>>;
//!
//! /// `uptime` is any timer of the chip in 64 bits.
//! fn start((receive, transmit): Rings, uptime: fn() -> Instant) -> Option<Raw<Board, Ethernet>> {
//!     // SAFETY: the MAC is on, and nobody else uses it.
//!     let registers = unsafe { Registers::new() };
//!     let rate = Rate::from_hertz(200_000_000)?;
//!     let clock = Clock::start(registers, rate, uptime, Timestamp::ZERO).ok()?;
//!     let port = Port::start(clock, receive, transmit, [0x02, 0, 0, 0, 0, 1]).ok()?;
//!     Some(Raw::new(port, Ethernet)) // for Runner::turn
//! }
//! ```
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
mod mac;
mod memory;
mod phy;
mod port;
mod pulses;
mod registers;

pub use block::{Block, Leaving, Receipt, Slot};
pub use clock::{Clock, Events, Monotonic};
pub use eqos::Eqos;
pub use legacy::Legacy;
pub use mac::{acknowledge, reset};
pub use memory::{DmaMemory, Memory};
pub use phy::Phy;
pub use port::Port;
pub use pulses::{Pulses, Snapshot};
pub use registers::{Mmio, Registers};
