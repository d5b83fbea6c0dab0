//! The syntone command: demonstration, decoder and tools for PTP.

fn main() {}
