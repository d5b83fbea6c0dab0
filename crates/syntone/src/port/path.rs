//! What a port knows of the way to its master or to its neighbour.

use crate::config::PortConfig;
use crate::datasets::DelayMechanism;
use crate::delay::{EndToEnd, SyncPoint};
use syntone_hal::TimeInterval;
#[cfg(feature = "peer-to-peer")]
use {
    crate::delay::{PeerDelay, Responder},
    syntone_hal::Timestamp,
};

/// By the mechanism that the port measures it with: a port has one, and holds the state of that one alone. Beside it the
/// newest Sync.
#[derive(Debug)]
#[cfg_attr(
    feature = "peer-to-peer",
    expect(
        clippy::large_enum_variant,
        reason = "the larger has to have its place, and there is nowhere else to put it"
    )
)]
pub(super) enum Path {
    EndToEnd(EndToEnd),
    #[cfg(feature = "peer-to-peer")]
    PeerToPeer(Peer, Option<SyncPoint>),
    /// It is not measured.
    #[cfg(feature = "peer-to-peer")]
    Unmeasured(Option<SyncPoint>),
}

/// Both ends of the peer-to-peer mechanism, and what is to be sent.
#[cfg(feature = "peer-to-peer")]
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) delay: PeerDelay,
    pub(super) responder: Responder,
    pub(super) sequence_id: u16,
    pub(super) request_is_due: bool,
    pub(super) answers_in_one_step: bool,
}

impl Path {
    // Apart, it is written where it is to be.
    #[cfg_attr(feature = "peer-to-peer", inline(never))]
    pub(super) fn new(config: &PortConfig) -> Self {
        #[cfg(feature = "peer-to-peer")]
        match config.delay_mechanism {
            DelayMechanism::EndToEnd => {}
            DelayMechanism::PeerToPeer => return Self::PeerToPeer(Peer::default(), None),
            DelayMechanism::NoMechanism => return Self::Unmeasured(None),
        }
        let _ = config;
        Self::EndToEnd(EndToEnd::default())
    }

    /// The delay of a way that is not measured is taken for zero.
    pub(super) fn given_delay(config: &PortConfig) -> Option<TimeInterval> {
        let measured = !cfg!(feature = "peer-to-peer") || config.delay_mechanism != DelayMechanism::NoMechanism;
        (!measured).then_some(TimeInterval::ZERO)
    }

    pub(super) const fn end_to_end(&mut self) -> Option<&mut EndToEnd> {
        match self {
            Self::EndToEnd(delay) => Some(delay),
            #[cfg(feature = "peer-to-peer")]
            Self::PeerToPeer(..) | Self::Unmeasured(_) => None,
        }
    }

    /// The newest Sync.
    pub(super) const fn latest_sync(&self) -> Option<&SyncPoint> {
        match self {
            Self::EndToEnd(delay) => delay.latest(),
            #[cfg(feature = "peer-to-peer")]
            Self::PeerToPeer(_, latest) | Self::Unmeasured(latest) => latest.as_ref(),
        }
    }

    pub(super) const fn is_end_to_end(&self) -> bool {
        match self {
            Self::EndToEnd(_) => true,
            #[cfg(feature = "peer-to-peer")]
            Self::PeerToPeer(..) | Self::Unmeasured(_) => false,
        }
    }
}

#[cfg(feature = "peer-to-peer")]
impl Peer {
    /// The clock was stepped.
    pub(super) fn forget_stamps(&mut self) {
        self.delay.forget_stamps();
        self.responder.clear();
    }

    /// A message could not be sent, perhaps a Pdelay_Req: no stamp of it is waited for.
    pub(super) fn unsent(&mut self) {
        self.delay.unsent();
    }

    /// t1 of the last request.
    pub(super) const fn requested_at(&self) -> Option<Timestamp> {
        self.delay.requested_at()
    }
}

#[cfg(all(test, feature = "peer-to-peer"))]
mod tests {
    use super::Peer;
    use super::*;

    #[test]
    fn a_port_pays_for_one_mechanism_alone() {
        let larger = size_of::<EndToEnd>().max(size_of::<Peer>() + size_of::<Option<SyncPoint>>());
        // A word that tells which it is.
        assert!(size_of::<Path>() <= larger + size_of::<u64>(), "{} and {larger}", size_of::<Path>());
    }
}
