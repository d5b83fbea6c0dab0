//! Syntone on the MPS2 board that QEMU emulates: Ethernet by a LAN9118, time stamps in software from its free-running
//! 25 MHz counter, and a PTP clock that is arithmetic on that counter.
//!
//! Everything but the entry point also builds for the host, where its tests run.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod arrivals;
#[cfg(target_os = "none")]
pub mod board;
pub mod bus;
#[cfg(target_arch = "arm")]
pub mod console;
#[cfg(all(target_arch = "arm", feature = "contract"))]
pub mod contract;
pub mod counter;
#[cfg(target_arch = "arm")]
pub mod firmware;
pub mod hal;
pub mod lan9118;
pub mod loopback;
pub mod lossy;
#[cfg(feature = "sockets")]
pub mod nic;
pub mod replay;
pub mod soft_clock;
pub mod trunk;

#[cfg(test)]
mod chip_tests;
