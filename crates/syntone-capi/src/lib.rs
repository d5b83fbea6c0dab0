//! The C interface of Syntone: a PTP clock in storage that the caller provides, over a board that is a struct of
//! function pointers.
//!
//! C and C++ programs include `include/syntone.h`, which is made from this crate, and link `libsyntone_capi.a`;
//! `docs/c-api.md` leads from nothing to a locked clock. Rust programs use the crate `syntone` itself.
//!
//! What crosses the border: integers, pointers and structs of these. Every flag is a `uint8_t` and every number of an
//! enumeration an integer, so that no value from outside is invalid here. Null, misaligned and too small are results.
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

#[cfg(any(test, feature = "std"))]
extern crate std;

mod address;
#[cfg(feature = "full")]
pub mod attached;
pub mod board;
pub mod clock;
pub mod codec;
pub mod codec_message;
pub mod config;
#[cfg(feature = "full")]
pub mod describe;
pub mod event;
#[cfg(feature = "full")]
pub mod grandmaster;
#[cfg(feature = "full")]
pub mod histogram;
#[cfg(feature = "full")]
pub mod lent;
#[cfg(all(feature = "linux", target_os = "linux"))]
pub mod linux;
#[cfg(feature = "full")]
pub mod management;
#[cfg(feature = "full")]
pub mod masters;
#[cfg(feature = "full")]
pub mod performance;
mod pointer;
pub mod result;
#[cfg(feature = "full")]
pub mod settings;
#[cfg(feature = "full")]
pub mod signaling;
#[cfg(feature = "full")]
pub mod slave_event;
mod slot;
pub mod status;
pub mod transmit;
#[cfg(feature = "boundary")]
pub mod transparent;
#[cfg(feature = "boundary")]
pub mod transparent_config;
#[cfg(all(feature = "boundary", feature = "full"))]
pub mod transparent_management;

#[cfg(all(feature = "panic-handler", not(any(test, feature = "std"))))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    // Nothing in Syntone panics; an image that needs more than a stop brings its own handler.
    loop {
        core::hint::spin_loop();
    }
}
