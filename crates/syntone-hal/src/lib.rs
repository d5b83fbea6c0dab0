//! The edge of Syntone: what a board provides to the protocol, as three traits.
//!
//! * [`NetworkHal`] receives and sends PTP messages,
//! * [`TimestampHal`] hands over the egress time stamps of event messages, later,
//! * [`ClockHal`] reads, steps and steers the PTP clock, and reads the monotonic time that drives the timers.
//!
//! One object implements all three ([`Hal`] is that bound) and serves every port of a clock. The crate depends on
//! nothing and moves slowest of all. The feature `contract` holds checks that every implementation must pass.
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

mod clock;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod error;
mod frequency;
mod interval;
mod network;
mod one_step;
mod saturating;
mod stamping;
mod time;

pub use clock::{ClockHal, ClockLimits};
pub use error::{ErrorKind, HalError};
pub use frequency::FrequencyOffset;
pub use interval::TimeInterval;
pub use network::{Address, Destination, Forward, MessageClass, NetworkHal, PortIndex, Received, Ticket, Transmit};
pub use one_step::OneStep;
pub use stamping::{EgressStamp, PortCapabilities, Stamping, TimestampHal};
pub use time::{Instant, Timestamp};

/// Everything that the protocol needs from a board; implemented for whatever implements the three traits.
pub trait Hal: NetworkHal + TimestampHal + ClockHal {}

impl<T: NetworkHal + TimestampHal + ClockHal> Hal for T {}
