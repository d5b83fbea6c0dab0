//! Seeded scenarios in virtual time, with numeric limits.
//!
//! Figures are printed as `name: value unit (limit)`; `cargo test -p syntone-tests --test scenarios -- --nocapture` shows
//! them.

mod accuracy;
mod acquisition;
mod alternate;
mod application;
mod corrections;
mod degradation;
mod external;
mod extremes;
mod faults;
mod holdover;
mod hostile;
mod hybrid;
mod leap;
mod masters;
mod monitoring;
mod peer;
mod repeat;
mod selection;
mod setup;
mod signaling;
mod stamps;
mod steady;
mod tlvs;
mod topology;
mod transparent;
mod tree;
