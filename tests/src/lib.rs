//! Conformance, scenario and interoperability tests.

pub mod board;
pub mod cost;
pub mod metrics;
pub mod netns;
pub mod observer;
pub mod oracle;
pub mod peers;
pub mod pmc;
pub mod process;
pub mod switch;
pub mod vectors;
