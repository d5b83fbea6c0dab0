//! From four time stamps to delay and offset: Sync pairing, end-to-end delay, corrections.

mod difference;
mod end_to_end;
mod pairing;

pub use difference::Difference;
pub(crate) use end_to_end::{Answer, DelayMeasurement, EndToEnd, SyncPoint};
pub(crate) use pairing::{FollowUpPart, Paired, Pairing, SyncPart};
