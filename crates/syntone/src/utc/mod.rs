//! From PTP time to UTC and back, over leap seconds (IEEE 1588-2019 7.2.4 and 9.4).
//!
//! PTP time is TAI: it never jumps for a leap second. Only its difference to UTC changes, and that at a midnight of UTC.
//! [`UtcScale`] is that difference on both sides of one leap second; [`UtcKeeper`] learns it from what a grandmaster
//! announces. Neither reads a clock.

mod keeper;
mod scale;
mod time;

pub use keeper::UtcKeeper;
pub use scale::{Leap, LeapSecond, UtcScale};
pub use time::UtcTime;
