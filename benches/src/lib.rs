//! The same work done by Syntone and by the crate `statime`, to be timed and counted.
//!
//! Both are fed with the same octets. What is done outside of [`Work::run`] (making octets, keeping a master alive,
//! letting timers run down) is not measured.
#![no_std]

pub mod frames;
pub mod ours;
pub mod peer;
mod work;

pub use work::{Measure, Side, WORK, Work};
