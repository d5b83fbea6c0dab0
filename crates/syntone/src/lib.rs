//! IEEE 1588-2019 (PTP) protocol core.
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

pub mod bmca;
pub mod datasets;
pub mod port;
pub mod servo;
pub mod wire;
