//! What happens when: the inner loop of a world.

use crate::hal::Outgoing;
use crate::node::{Attachment, Handover};
use crate::world::{End, Event};
use crate::{Frame, NodeId, Passage, Span, Way, World};
use syntone_hal::{Destination, MessageClass, PortIndex};

impl World {
    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Wake { node, alarm } => self.wake(node, alarm),
            Event::Depart { from, frame } | Event::Forward { to: from, frame } => self.carry(from, frame),
            Event::Arrive { to, life, frame } => self.arrive(to, life, frame),
            Event::Ingress { node, port, frame } => self.ingress(node, port, &frame),
            Event::HandOver { node, life, what } => self.hand_over(node, life, what),
            Event::Act(action) => action(self),
            Event::Sample(recorder) => self.sample(recorder),
        }
    }

    /// Brings a node's board to the present.
    pub(crate) fn bring_up_to_date(&mut self, node: NodeId) {
        self.nodes[node.0].hal.advance(self.now);
    }

    /// Gives a node its turn, sends what it wants sent and sets its alarm.
    pub(crate) fn turn(&mut self, node: NodeId) {
        self.bring_up_to_date(node);
        let changes = self.nodes[node.0].hal.adjustments.len();
        self.nodes[node.0].turn();
        let made = &self.nodes[node.0].hal.adjustments[changes..];
        self.digest.adjustments(node, made);
        for outgoing in core::mem::take(&mut self.nodes[node.0].hal.outbox) {
            self.send(node, outgoing);
        }
        self.set_alarm(node);
    }

    /// Sets a node's alarm anew, for its present frequency.
    pub(crate) fn set_alarm(&mut self, node: NodeId) {
        let on = &mut self.nodes[node.0];
        on.alarms += 1;
        if let Some(at) = on.foreseen_wake() {
            self.queue.push(at, Event::Wake { node, alarm: on.alarms });
        }
    }

    fn wake(&mut self, node: NodeId, alarm: u64) {
        if self.nodes[node.0].alarms != alarm {
            return;
        }
        self.bring_up_to_date(node);
        // Not all the way is foreseen at once.
        if self.nodes[node.0].is_due() { self.turn(node) } else { self.set_alarm(node) }
    }

    fn send(&mut self, node: NodeId, outgoing: Outgoing) {
        let Outgoing { port, source, destination, class, octets, stamp, latency } = outgoing;
        if let Some((stamp, lateness)) = stamp {
            self.hand_over_after(lateness, node, Handover::Stamp(stamp));
        }
        let frame = Frame { octets: octets.into(), destination, source, class };
        self.put_on_medium(node, port, latency, frame);
    }

    /// A message leaves a port for the medium, which it reaches after `latency`.
    pub(crate) fn put_on_medium(&mut self, node: NodeId, port: PortIndex, latency: Span, frame: Frame) {
        self.digest.frame(self.now + latency, node, port, &frame);
        self.pass(node, port, Way::Out, latency, &frame);
        match self.nodes[node.0].attachment(port) {
            Some(from) if latency == Span::ZERO => self.carry(from, frame),
            Some(from) => self.queue.push(self.now + latency, Event::Depart { from, frame }),
            None => {}
        }
    }

    fn pass(&mut self, node: NodeId, port: PortIndex, way: Way, latency: Span, frame: &Frame) {
        let at = self.now + latency;
        if let Some(tap) = &mut self.tap {
            tap.push(Passage { at, node, port, way, frame: frame.clone() });
        }
    }

    fn carry(&mut self, from: Attachment, frame: Frame) {
        let wire = &mut self.wires[from.link.0];
        if !wire.up {
            return;
        }
        let to = Attachment { link: from.link, side: 1 - from.side };
        for (at, frame) in wire.lanes[from.side].carry(self.now, frame) {
            self.queue.push(at, Event::Arrive { to, life: wire.life, frame });
        }
    }

    fn arrive(&mut self, to: Attachment, life: u32, frame: Frame) {
        let wire = &self.wires[to.link.0];
        if wire.life != life {
            return;
        }
        match wire.ends[to.side] {
            End::Node(node, port) => self.arrive_at_node(node, port, frame),
            End::Switch(switch) => {
                let switch = &mut self.switches[switch.0];
                for to in switch.ports.iter().copied().filter(|port| *port != to) {
                    let at = self.now + switch.queueing.draw(&mut switch.rng);
                    self.queue.push(at, Event::Forward { to, frame: frame.clone() });
                }
            }
        }
    }

    fn arrive_at_node(&mut self, node: NodeId, port: PortIndex, frame: Frame) {
        let hal = &mut self.nodes[node.0].hal;
        if !hal.accepts(port, frame.destination) {
            return;
        }
        let latency = hal.port_mut(port).stamper.latency_in();
        self.pass(node, port, Way::In, Span::ZERO, &frame);
        if latency == Span::ZERO {
            self.ingress(node, port, &frame);
        } else {
            self.queue.push(self.now + latency, Event::Ingress { node, port, frame });
        }
    }

    fn ingress(&mut self, node: NodeId, port: PortIndex, frame: &Frame) {
        self.bring_up_to_date(node);
        self.sample_at_sync(node, frame);
        let hal = &mut self.nodes[node.0].hal;
        let (delivery, lateness) = hal.stamp_in(port, frame);
        self.hand_over_after(lateness, node, Handover::Message(delivery));
    }

    fn hand_over_after(&mut self, lateness: Span, node: NodeId, what: Handover) {
        let life = self.nodes[node.0].life;
        self.queue.push(self.now + lateness, Event::HandOver { node, life, what });
    }

    fn hand_over(&mut self, id: NodeId, life: u32, what: Handover) {
        let node = &mut self.nodes[id.0];
        if node.life != life || node.participant.is_none() {
            return;
        }
        match what {
            Handover::Message(delivery) => node.hal.deliver(delivery),
            Handover::Stamp(stamp) => node.hal.hand_over(stamp),
        }
        self.turn(id);
    }

    /// Puts octets onto the medium at a node's port as if the node had sent them, now; any octets, of any length.
    pub fn inject(
        &mut self,
        node: NodeId,
        port: u8,
        destination: Destination,
        class: MessageClass,
        octets: impl Into<Vec<u8>>,
    ) {
        let port = PortIndex(port);
        let source = self.nodes[node.0].hal.address(port);
        let frame = Frame { octets: octets.into().into(), destination, source, class };
        self.put_on_medium(node, port, Span::ZERO, frame);
    }
}
