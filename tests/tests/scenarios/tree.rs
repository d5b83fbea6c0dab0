//! Whether clocks make one tree under one grandmaster.

use std::collections::BTreeMap;
use syntone::state::State;
use syntone::wire::ClockIdentity;
use syntone_sim::{LinkId, NodeId, World};

/// The clock that the comparison of IEEE 1588-2019 9.3.4 puts first: by the order of its members, nothing else.
pub(crate) fn best_of(world: &World, nodes: &[NodeId]) -> ClockIdentity {
    let rank = |node: &NodeId| {
        let ds = world.clock(*node).default_ds();
        let quality = ds.clock_quality;
        let (class, accuracy) = (quality.clock_class.0, quality.clock_accuracy.0);
        (ds.priority1, class, accuracy, quality.offset_scaled_log_variance, ds.priority2, ds.clock_identity)
    };
    nodes.iter().map(rank).min().expect("a clock").5
}

/// Whether all have this grandmaster.
pub(crate) fn all_follow(world: &World, nodes: &[NodeId], grandmaster: ClockIdentity) -> bool {
    nodes.iter().all(|node| world.clock(*node).parent_ds().grandmaster_identity == grandmaster)
}

/// Panics unless all follow `grandmaster` over a path without a loop, of the length that stepsRemoved says, and each link
/// between two clocks has exactly one master. `what` names the scenario.
pub(crate) fn check_tree(world: &World, nodes: &[NodeId], grandmaster: ClockIdentity, what: &str) {
    for node in nodes {
        let clock = world.clock(*node);
        let name = format!("{what}, {}", world.name(*node));
        assert_eq!(clock.parent_ds().grandmaster_identity, grandmaster, "{name}");
        let steps = steps_to(world, nodes, *node, grandmaster);
        assert_eq!(steps, Some(usize::from(clock.current_ds().steps_removed)), "{name}");
    }
    for (link, states) in states_by_link(world, nodes) {
        let masters = states.iter().filter(|state| **state == State::Master).count();
        assert!(states.len() != 2 || masters == 1, "{what}, {link:?}: {states:?}");
    }
}

/// Follows the parents up to the grandmaster; `None` in a loop.
fn steps_to(world: &World, nodes: &[NodeId], from: NodeId, grandmaster: ClockIdentity) -> Option<usize> {
    let identity = |node: NodeId| world.clock(node).default_ds().clock_identity;
    let mut at = from;
    for steps in 0..=nodes.len() {
        if identity(at) == grandmaster {
            return Some(steps);
        }
        let parent = world.clock(at).parent_ds().parent_port_identity.clock_identity;
        at = *nodes.iter().find(|node| identity(**node) == parent)?;
    }
    None
}

/// The states of the ports at each link.
fn states_by_link(world: &World, nodes: &[NodeId]) -> BTreeMap<LinkId, Vec<State>> {
    let mut states: BTreeMap<LinkId, Vec<State>> = BTreeMap::new();
    for node in nodes {
        for port in 0..world.clock(*node).default_ds().number_ports {
            let port = u8::try_from(port).expect("few ports");
            if let Some(link) = world.link_of(*node, port) {
                states.entry(link).or_default().push(world.state(*node, port));
            }
        }
    }
    states
}
