//! Nodes: a board and what runs on it.

use crate::hal::{Delivery, SimHal};
use crate::{LinkId, PtpClock, SimTime, ThroughClock};
use syntone_hal::{EgressStamp, Instant, PortIndex};

/// A node of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) usize);

/// What runs on a board: a PTP clock, or a closure for what is none (hostile peers, recorded traffic).
pub trait Participant {
    /// Something arrived, or it is time: do what there is to do and say when to come back at the latest, in the board's
    /// monotonic time; `None` if only something that arrives is to wake it.
    fn turn(&mut self, hal: &mut SimHal) -> Option<Instant>;

    /// The PTP clock, where this is one.
    fn clock(&self) -> Option<&dyn PtpClock> {
        None
    }

    /// The PTP clock, where this is one.
    fn clock_mut(&mut self) -> Option<&mut dyn PtpClock> {
        None
    }

    /// The transparent clock, where this is one.
    fn transparent(&mut self) -> Option<&mut dyn ThroughClock> {
        None
    }
}

impl<F: FnMut(&mut SimHal) -> Option<Instant>> Participant for F {
    fn turn(&mut self, hal: &mut SimHal) -> Option<Instant> {
        self(hal)
    }
}

/// Makes what runs on a board, at each start.
pub(crate) type Factory = Box<dyn FnMut(&mut SimHal) -> Box<dyn Participant>>;

/// One end of a link at a node's port or a switch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub(crate) link: LinkId,
    /// 0 sends forward, 1 backward.
    pub(crate) side: usize,
}

pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) hal: SimHal,
    pub(crate) links: Vec<Option<Attachment>>,
    pub(crate) participant: Option<Box<dyn Participant>>,
    factory: Factory,
    /// Counts the starts and stops: what was under way to the protocol before is void.
    pub(crate) life: u32,
    wake: Option<Instant>,
    /// Counts the alarms that were set: an earlier one is void.
    pub(crate) alarms: u64,
}

impl Node {
    pub(crate) fn new(name: String, hal: SimHal, ports: usize, factory: Factory) -> Self {
        Self { name, hal, links: vec![None; ports], participant: None, factory, life: 0, wake: None, alarms: 0 }
    }

    pub(crate) fn start(&mut self) {
        self.life += 1;
        self.participant = Some((self.factory)(&mut self.hal));
    }

    pub(crate) fn stop(&mut self) {
        self.life += 1;
        self.participant = None;
        self.wake = None;
        self.hal.power_off();
    }

    /// Lets the protocol do what there is to do.
    pub(crate) fn turn(&mut self) {
        if let Some(participant) = &mut self.participant {
            self.wake = participant.turn(&mut self.hal);
        }
    }

    /// When to come back, in true time as far as it can be foreseen.
    pub(crate) fn foreseen_wake(&mut self) -> Option<SimTime> {
        let span = self.hal.clock_mut().true_span_until(self.wake?)?;
        Some(self.hal.true_time() + span)
    }

    /// Whether the monotonic time that the protocol waits for has come.
    pub(crate) fn is_due(&self) -> bool {
        self.wake.is_some_and(|wake| wake <= self.hal.clock().monotonic())
    }

    pub(crate) fn attachment(&self, port: PortIndex) -> Option<Attachment> {
        self.links[port.get()]
    }
}

/// What is under way to a protocol.
#[derive(Debug)]
pub(crate) enum Handover {
    Message(Delivery),
    Stamp(EgressStamp),
}
