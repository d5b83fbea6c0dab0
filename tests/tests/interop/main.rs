//! Ours and other implementations side by side, in network namespaces. Needs root and the other implementations.
//!
//! One program, so that one test's waiting is another's time: `cargo test -p syntone-tests --test interop -- daemon::`
//! runs the tests of one file.

mod c;
mod clocks;
mod cost;
mod daemon;
mod faults;
mod guide;
mod interposed;
mod intervals;
mod logs;
mod management;
mod metrics;
mod pmc;
mod query;
mod recorded;
mod starts;
mod status;
mod time;
mod tlvs;
mod transparent;
