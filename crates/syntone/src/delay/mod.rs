//! From four time stamps to delay and offset: Sync pairing, end-to-end and peer-to-peer delay, corrections.

mod difference;
mod end_to_end;
mod pairing;
#[cfg(feature = "peer-to-peer")]
mod peer_to_peer;
mod rate_ratio;
#[cfg(feature = "peer-to-peer")]
mod responder;

pub use difference::Difference;
pub(crate) use end_to_end::{EndToEnd, SyncPoint};
pub(crate) use pairing::{Half, Pairing};
pub(crate) use rate_ratio::RateRatio;
#[cfg(feature = "peer-to-peer")]
pub(crate) use {
    peer_to_peer::{PeerDelay, PeerResponse},
    responder::{PeerRequest, Responder},
};

use syntone_hal::{TimeInterval, Timestamp};

/// A time and the corrections that came with it, which are so small that the sum of some dozens fits a [`TimeInterval`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamped {
    pub(crate) time: Timestamp,
    pub(crate) correction: TimeInterval,
}
