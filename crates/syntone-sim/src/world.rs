//! The world: nodes, links, switches and virtual time.

use crate::clock::NodeClock;
use crate::digest::Digest;
use crate::hal::Port;
use crate::link::Lane;
use crate::node::{Attachment, Factory, Handover, Node};
use crate::queue::Queue;
use crate::recorder::Recorder;
use crate::{Board, Delay, Frame, Link, NodeId, Participant, Passage, Rng, SimHal, SimTime, Span, Stream};
use syntone_hal::{Address, PortIndex};

/// PTP time, in nanoseconds, when a world begins: 2023-11-14 22:13:20 TAI.
pub const EPOCH: i128 = 1_700_000_000_000_000_000;

/// A deterministic network of clocks in virtual time: the same seed gives the same bits.
pub struct World {
    pub(crate) seed: u64,
    pub(crate) now: SimTime,
    pub(crate) queue: Queue<Event>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) wires: Vec<Wire>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) recorders: Vec<Recorder>,
    pub(crate) tap: Option<Vec<Passage>>,
    pub(crate) digest: Digest,
}

/// A link of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(crate) usize);

/// A switch or segment of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SwitchId(pub(crate) usize);

/// Where a link ends: a node's port, or any free port of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plug {
    /// A node's port.
    Node(NodeId, PortIndex),
    /// A switch's next free port.
    Switch(SwitchId),
}

impl From<NodeId> for Plug {
    /// The first port.
    fn from(node: NodeId) -> Self {
        Self::Node(node, PortIndex(0))
    }
}

impl From<(NodeId, u8)> for Plug {
    fn from((node, port): (NodeId, u8)) -> Self {
        Self::Node(node, PortIndex(port))
    }
}

impl From<SwitchId> for Plug {
    fn from(switch: SwitchId) -> Self {
        Self::Switch(switch)
    }
}

/// What happens at some moment.
pub(crate) enum Event {
    /// A node's alarm; void if it was set again since.
    Wake { node: NodeId, alarm: u64 },
    /// Leaves a port onto a link.
    Depart { from: Attachment, frame: Frame },
    /// Reaches the end of a link; void if that was cut since.
    Arrive { to: Attachment, life: u32, frame: Frame },
    /// Passes a node's time stamper.
    Ingress { node: NodeId, port: PortIndex, frame: Frame },
    /// Leaves a switch's queue.
    Forward { to: Attachment, frame: Frame },
    /// Reaches the protocol; void if that was stopped since.
    HandOver { node: NodeId, life: u32, what: Handover },
    /// Something by schedule.
    Act(Box<dyn FnOnce(&mut World)>),
    /// A recorder takes a sample.
    Sample(usize),
}

pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
    pub(crate) lanes: [Lane; 2],
    pub(crate) up: bool,
    /// Counts the cuts: what was under way is lost.
    pub(crate) life: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Node(NodeId, PortIndex),
    Switch(SwitchId),
}

pub(crate) struct Switch {
    pub(crate) queueing: Delay,
    pub(crate) ports: Vec<Attachment>,
    pub(crate) rng: Rng,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: SimTime::ZERO,
            queue: Queue::new(),
            nodes: Vec::new(),
            wires: Vec::new(),
            switches: Vec::new(),
            recorders: Vec::new(),
            tap: None,
            digest: Digest::new(),
        }
    }

    /// The seed, for what a scenario draws for itself.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// True time.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Adds a node that runs what `factory` makes at each start. It starts at the present
    /// moment, when the world goes on.
    pub fn add<P: Participant + 'static>(
        &mut self,
        name: impl Into<String>,
        board: &Board,
        mut factory: impl FnMut(&mut SimHal) -> P + 'static,
    ) -> NodeId {
        self.add_boxed(name.into(), board, Box::new(move |hal| Box::new(factory(hal))))
    }

    /// Adds a node that is no PTP clock: `turn` takes what arrives from the board and says when it wants to be called
    /// again at the latest.
    pub fn add_raw(
        &mut self,
        name: impl Into<String>,
        board: &Board,
        turn: impl FnMut(&mut SimHal) -> Option<syntone_hal::Instant> + Clone + 'static,
    ) -> NodeId {
        self.add(name, board, move |_| turn.clone())
    }

    fn add_boxed(&mut self, name: String, board: &Board, factory: Factory) -> NodeId {
        let id = NodeId(self.nodes.len());
        let index = id.0 as u64;
        let clock =
            NodeClock::new(board.oscillator, EPOCH, board.ahead, Rng::stream(self.seed, Stream::Oscillator, index));
        let port = |port| Port { stamper: board.stamper, address: address(index, port), link_up: false };
        let ports = (0..board.ports).map(port).collect();
        let mut hal =
            SimHal::new(clock, board.limits, ports, board.promiscuous, Rng::stream(self.seed, Stream::Stamper, index));
        hal.advance(self.now);
        self.nodes.push(Node::new(name, hal, usize::from(board.ports), factory));
        self.at(self.now, move |world| world.start(id));
        id
    }

    /// Joins two ports by a link; "forward" is from `first` to `second`.
    ///
    /// # Panics
    /// When a node has no such port, or its port is taken.
    pub fn link(&mut self, first: impl Into<Plug>, second: impl Into<Plug>, link: Link) -> LinkId {
        let id = LinkId(self.wires.len());
        let streams = [0, 1].map(|side| Rng::stream(self.seed, Stream::Link, 2 * id.0 as u64 + side));
        let [forward, backward] = streams;
        let ends = [self.plug_in(first.into(), id, 0), self.plug_in(second.into(), id, 1)];
        self.wires.push(Wire { ends, lanes: Lane::pair(link, forward, backward), up: false, life: 0 });
        self.restore(id);
        id
    }

    /// Adds a plain switch: what arrives at one of its ports leaves by all the others, after `queueing`, drawn for each.
    /// It knows no loops: a ring of switches is a storm.
    pub fn switch(&mut self, queueing: impl Into<Delay>) -> SwitchId {
        let id = SwitchId(self.switches.len());
        let rng = Rng::stream(self.seed, Stream::Switch, id.0 as u64);
        self.switches.push(Switch { queueing: queueing.into(), ports: Vec::new(), rng });
        id
    }

    /// Joins ports by one shared medium: what one sends, all the others receive after `delay`.
    pub fn segment<P: Into<Plug>>(&mut self, ports: impl IntoIterator<Item = P>, delay: impl Into<Delay>) -> SwitchId {
        let medium = self.switch(delay);
        for port in ports {
            self.link(port, medium, Link::new(Span::ZERO));
        }
        medium
    }

    /// The link of a node's port.
    #[must_use]
    pub fn link_of(&self, node: NodeId, port: u8) -> Option<LinkId> {
        self.nodes[node.0].attachment(PortIndex(port)).map(|attachment| attachment.link)
    }

    /// Does `action` at `when`, or at once if that is past.
    pub fn at(&mut self, when: impl Into<SimTime>, action: impl FnOnce(&mut Self) + 'static) {
        self.queue.push(when.into().max(self.now), Event::Act(Box::new(action)));
    }

    /// Lets time go on by `span`.
    pub fn run_for(&mut self, span: Span) {
        self.run_until(self.now + span);
    }

    /// Lets time go on to `until`.
    pub fn run_until(&mut self, until: impl Into<SimTime>) {
        let until = until.into();
        while let Some((at, event)) = self.queue.pop_until(until) {
            self.now = at;
            self.happen(event);
        }
        self.now = self.now.max(until);
    }

    /// Lets time go on step by step until `done` holds after one, or `limit` has passed; whether it held.
    pub fn run_until_or(&mut self, limit: Span, step: Span, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + limit;
        while self.now < end {
            self.run_for(step.min(end - self.now));
            if done(self) {
                return true;
            }
        }
        false
    }

    fn plug_in(&mut self, plug: Plug, link: LinkId, side: usize) -> End {
        let attachment = Attachment { link, side };
        match plug {
            Plug::Switch(id) => {
                self.switches[id.0].ports.push(attachment);
                End::Switch(id)
            }
            Plug::Node(id, port) => {
                let node = &mut self.nodes[id.0];
                let name = &node.name;
                let slot = node.links.get_mut(port.get()).unwrap_or_else(|| panic!("{name} has no port {}", port.0));
                assert!(slot.is_none(), "port {} of {name} is taken", port.0);
                *slot = Some(attachment);
                End::Node(id, port)
            }
        }
    }
}

/// A locally administered MAC-48 for each port.
fn address(node: u64, port: u8) -> Address {
    let [.., high, low] = (node + 1).to_be_bytes();
    Address::Ethernet([0x02, port, 0, 0, high, low])
}
