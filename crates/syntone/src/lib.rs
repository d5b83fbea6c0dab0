//! IEEE 1588-2019 (PTP) protocol core.
//!
//! [`Clock`] does no input or output: it is told what happened and says what to do. [`Runner`] joins it to a board that
//! implements the traits of [`syntone_hal`], which are re-exported as [`hal`].
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::as_conversions,
    clippy::arithmetic_side_effects
)]

#[cfg(test)]
extern crate std;

#[cfg(feature = "announce-tlvs")]
pub mod attached;
pub mod bmca;
pub mod clock;
pub mod config;
pub mod counters;
pub mod datasets;
pub mod delay;
pub mod event;
mod instance;
mod interval;
#[cfg(feature = "management")]
pub mod management;
#[cfg(feature = "performance")]
pub mod performance;
pub mod port;
mod random;
pub mod reference;
pub mod runner;
pub mod servo;
pub mod state;
#[cfg(feature = "utc")]
pub mod utc;
pub mod wire;

pub use clock::transparent::TransparentClock;
pub use clock::{Clock, Input, Output, Wait};
pub use config::{ClockConfig, ConfigError, PortConfig};
pub use event::Event;
pub use runner::{Runner, run};
pub use syntone_hal as hal;
