//! What must hold whatever comes in. Each oracle takes any octets and panics when something does not hold; the fuzzers feed
//! them, and the tests replay what the fuzzers collected.

mod capi;
mod management;
mod octets;
mod operations;
mod transparent;

pub use capi::{Called, capi};
pub use management::management;
pub use octets::octets;
pub use operations::{Reached, operations};
pub use transparent::transparent;
