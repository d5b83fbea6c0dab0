//! From four time stamps to delay and offset: Sync pairing, end-to-end delay, corrections.

mod difference;
mod end_to_end;
mod pairing;

pub use difference::Difference;
pub(crate) use end_to_end::{EndToEnd, SyncPoint};
pub(crate) use pairing::{Half, Pairing};

use syntone_hal::{TimeInterval, Timestamp};

/// A time and the corrections that came with it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamped {
    pub(crate) time: Timestamp,
    pub(crate) correction: TimeInterval,
}
