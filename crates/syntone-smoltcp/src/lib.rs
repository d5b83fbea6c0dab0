//! PTP on the Ethernet MAC of a microcontroller, without an allocator.
//!
//! A board that gives its frames through [`FrameInterface`] becomes a port of a PTP clock by [`Raw`], which frames messages
//! itself and needs no IP stack: [`Ethernet`] (IEEE 1588-2019 Annex E), [`Ipv4`] (Annex C; with IGMP and ARP) and, with the
//! feature `ipv6`, `Ipv6` (Annex D; with MLD and neighbour discovery). What is not chosen is not linked;
//! where the choice is left to the running program, [`Either`] is it. Messages to one node are the feature `unicast`, on by default.
//!
//! Where an application has sockets of smoltcp on the same MAC, `Shared` (feature `smoltcp`) is the device of both: it takes PTP's frames
//! out before smoltcp sees them, with their stamps.
//!
//! `LoopBench` (feature `contract`) checks a board on itself, with no more than a PHY that sends back what leaves.
//!
//! The other two traits of `syntone-hal`, `TimestampHal` and `ClockHal`, are the board's; [`Raw`] hands them through.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), deny(clippy::as_conversions, clippy::arithmetic_side_effects))]

mod checksum;
mod either;
mod ethernet;
mod interface;
mod ipv4;
#[cfg(feature = "ipv6")]
mod ipv6;
#[cfg(feature = "contract")]
mod looped;
mod membership;
#[cfg_attr(not(feature = "unicast"), path = "no_neighbours.rs")]
mod neighbours;
mod raw;
#[cfg(feature = "smoltcp")]
mod shared;
mod transport;
mod udp;
mod writer;

pub use either::Either;
pub use ethernet::{ETHERTYPE, Ethernet, ForwardingEthernet, PEER_GROUP, PRIMARY_GROUP};
pub use interface::{Frame, FrameInterface, Outgoing, SliceFrame};
pub use ipv4::Ipv4;
#[cfg(feature = "ipv6")]
pub use ipv6::Ipv6;
#[cfg(feature = "contract")]
pub use looped::{LoopBench, Looped};
pub use raw::{FrameCounters, Raw};
#[cfg(feature = "smoltcp")]
pub use shared::{Shared, StampingDevice};
pub use transport::{Refusal, Transport};
