//! What is measured, by name.

use crate::ours::Ours;
use crate::peer::Peer;

/// Whose code does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Syntone.
    Ours,
    /// statime, with its basic filter.
    Peer,
}

/// A piece of work that is done over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing: what the measuring itself costs.
    Nothing,
    /// A slave takes a Sync, its Follow_Up and a Delay_Resp, and steers.
    Round,
    /// A slave takes a Follow_Up and steers.
    FollowUp,
    /// The same, and a delay exchange is complete with it. statime works the delay out earlier, with the Delay_Resp.
    FollowUpAndDelay,
    /// A slave sends a Delay_Req and takes its egress stamp.
    DelayReq,
    /// A slave takes a Sync of another domain.
    ForeignDomain,
    /// A slave takes an Announce of its master.
    Announce,
    /// A slave makes a state decision over its one port.
    Bmca,
    /// A master sends Sync and Follow_Up.
    SendSync,
    /// A master sends an Announce.
    SendAnnounce,
    /// A master answers a Delay_Req.
    AnswerDelayReq,
}

/// All of them, with the names that they are printed under.
pub const WORK: [(&str, Work); 11] = [
    ("nothing", Work::Nothing),
    ("round", Work::Round),
    ("follow_up", Work::FollowUp),
    ("follow_up_and_delay", Work::FollowUpAndDelay),
    ("delay_req", Work::DelayReq),
    ("foreign_domain", Work::ForeignDomain),
    ("announce", Work::Announce),
    ("bmca", Work::Bmca),
    ("send_sync", Work::SendSync),
    ("send_announce", Work::SendAnnounce),
    ("answer_delay_req", Work::AnswerDelayReq),
];

/// Runs a piece of work under the stop-watch of the caller.
pub trait Measure {
    /// Calls `work` once and measures it.
    fn measure(&mut self, work: &mut dyn FnMut());
}

impl<F: FnMut(&mut dyn FnMut())> Measure for F {
    fn measure(&mut self, work: &mut dyn FnMut()) {
        self(work);
    }
}

impl Work {
    /// The work of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        WORK.iter().find(|(known, _)| *known == name).map(|(_, work)| *work)
    }

    /// The work is that of a master.
    #[must_use]
    pub fn is_masters(self) -> bool {
        matches!(self, Self::SendSync | Self::SendAnnounce | Self::AnswerDelayReq)
    }

    /// Does the work `rounds` times.
    pub fn run(self, side: Side, rounds: u32, measure: &mut impl Measure) {
        match side {
            Side::Ours => Ours::new(self.is_masters()).repeat(self, rounds, measure),
            Side::Peer => Peer::with(self.is_masters(), |peer| peer.repeat(self, rounds, measure)),
        }
    }
}
