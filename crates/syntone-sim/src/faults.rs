//! What a scenario does to its world: all of it can be scheduled by [`World::at`].

use crate::link::Rule;
use crate::world::End;
use crate::{Adjustment, Fate, Frame, LinkId, NodeId, Refusals, SimHal, Span, Stamper, World};
use syntone_hal::PortIndex;

impl World {
    /// Cuts a link: what is under way is lost, and the boards at its ends see no link.
    pub fn cut(&mut self, link: LinkId) {
        let wire = &mut self.wires[link.0];
        wire.up = false;
        wire.life += 1;
        self.tell_link(link);
    }

    /// Restores a link.
    pub fn restore(&mut self, link: LinkId) {
        self.wires[link.0].up = true;
        self.tell_link(link);
    }

    /// Decides about each message that leaves `node` by `port`; replaces an earlier rule.
    ///
    /// # Panics
    /// When that port has no link.
    pub fn impair(&mut self, node: NodeId, port: u8, rule: impl FnMut(&Frame) -> Fate + 'static) {
        self.set_rule(node, port, Some(Box::new(rule)));
    }

    /// Takes the rule away again.
    ///
    /// # Panics
    /// When that port has no link.
    pub fn unimpair(&mut self, node: NodeId, port: u8) {
        self.set_rule(node, port, None);
    }

    /// Switches a node off. Its clock runs on, unsteered; all else is forgotten.
    pub fn stop(&mut self, node: NodeId) {
        self.bring_up_to_date(node);
        self.nodes[node.0].stop();
    }

    /// Switches a node on: it begins anew.
    pub fn start(&mut self, node: NodeId) {
        self.bring_up_to_date(node);
        self.nodes[node.0].start();
        self.turn(node);
    }

    /// Whether a node is switched on.
    #[must_use]
    pub fn is_running(&self, node: NodeId) -> bool {
        self.nodes[node.0].participant.is_some()
    }

    /// Moves the PTP clock of `node` from outside, behind the protocol's back.
    pub fn shift(&mut self, node: NodeId, by: Span) {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock_mut().shift(by);
    }

    /// Makes the oscillator of `node` run `ppb` faster than before.
    pub fn jump_frequency(&mut self, node: NodeId, ppb: f64) {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock_mut().jump_frequency(ppb);
        self.set_alarm(node);
    }

    /// Changes the time stamper of a port.
    pub fn set_stamper(&mut self, node: NodeId, port: u8, stamper: Stamper) {
        self.nodes[node.0].hal.port_mut(PortIndex(port)).stamper = stamper;
    }

    /// What the board of `node` refuses from now on.
    pub fn refuse(&mut self, node: NodeId, refusals: Refusals) {
        self.nodes[node.0].hal.refusals = refusals;
    }

    /// What the protocol did to the PTP clock of `node`, and what it tried in vain.
    #[must_use]
    pub fn adjustments(&self, node: NodeId) -> &[Adjustment] {
        &self.nodes[node.0].hal.adjustments
    }

    /// The name of `node`.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &str {
        &self.nodes[node.0].name
    }

    /// The board of `node`, as what runs on it sees it. What is sent on it leaves as soon as the world goes on.
    pub fn board(&mut self, node: NodeId) -> &mut SimHal {
        self.bring_up_to_date(node);
        self.at(self.now, move |world| world.turn(node));
        &mut self.nodes[node.0].hal
    }

    fn set_rule(&mut self, node: NodeId, port: u8, rule: Option<Rule>) {
        let attachment = self.nodes[node.0].attachment(PortIndex(port)).expect("the port has a link");
        self.wires[attachment.link.0].lanes[attachment.side].rule = rule;
    }

    /// Shows a link's state to the boards at its ends.
    fn tell_link(&mut self, link: LinkId) {
        let (ends, up) = (self.wires[link.0].ends, self.wires[link.0].up);
        for end in ends {
            if let End::Node(node, port) = end {
                self.nodes[node.0].hal.port_mut(port).link_up = up;
                self.turn(node);
            }
        }
    }
}
