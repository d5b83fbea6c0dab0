//! Gains of the PI servo.

use fixed::types::{U10F22, U16F16};

/// How much of the surprise in a Sync goes into the phase and into the frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gains {
    /// The share taken as phase error, made up within one Sync interval; 0 to 1.
    pub proportional: U16F16,
    /// The share taken as frequency error, per Sync interval; 0 to 1.
    pub integral: U10F22,
}
