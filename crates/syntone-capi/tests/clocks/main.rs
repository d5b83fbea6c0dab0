//! Clocks of every kind by the calls of C, on a board in which a test puts what happens.
#![cfg(all(feature = "full", feature = "boundary"))]

mod attached;
mod calls;
mod describe;
mod management;
mod masters;
mod performance;
mod quiet;
mod settings;
mod signaling;
mod transparent;
