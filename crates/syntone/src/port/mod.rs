//! One port of a clock.

mod state;

pub use state::{Role, State, StateEvent, next};
