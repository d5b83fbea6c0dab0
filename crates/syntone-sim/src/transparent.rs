//! Transparent clocks on boards: the same `TransparentClock` and runner as everywhere.

use crate::{Board, NodeId, Participant, SimHal, World};
use syntone::clock::transparent::TransparentClock;
use syntone::counters::Counters;
use syntone::hal::{FrequencyOffset, Instant, PortIndex};
use syntone::runner::TransparentRunner;
use syntone::wire::SdoId;

/// What can be seen of a [`TransparentClock`] whatever its sizes.
#[expect(missing_docs, reason = "each is the method of the same name of TransparentClock")]
pub trait ThroughClock {
    fn counters(&self, port: PortIndex) -> Option<&Counters>;
    fn set_forwarding(&mut self, port: PortIndex, forwarding: bool);
    fn rate(&self, sdo_id: SdoId, domain_number: u8) -> Option<FrequencyOffset>;
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> ThroughClock
    for TransparentClock<PORTS, PENDING, HELD>
{
    fn counters(&self, port: PortIndex) -> Option<&Counters> {
        Self::counters(self, port)
    }

    fn set_forwarding(&mut self, port: PortIndex, forwarding: bool) {
        Self::set_forwarding(self, port, forwarding);
    }

    fn rate(&self, sdo_id: SdoId, domain_number: u8) -> Option<FrequencyOffset> {
        Self::rate(self, sdo_id, domain_number)
    }
}

/// A transparent clock and the loop that joins it to its board.
struct ThroughNode<C> {
    clock: C,
    runner: TransparentRunner,
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> Participant
    for ThroughNode<TransparentClock<PORTS, PENDING, HELD>>
{
    fn turn(&mut self, hal: &mut SimHal) -> Option<Instant> {
        Some(self.runner.turn(&mut self.clock, hal))
    }

    fn transparent(&mut self) -> Option<&mut dyn ThroughClock> {
        Some(&mut self.clock)
    }
}

impl World {
    /// Adds a transparent clock with all its ports. `factory` makes it anew at each start.
    pub fn add_transparent<const PORTS: usize, const PENDING: usize, const HELD: usize>(
        &mut self,
        name: impl Into<String>,
        board: &Board,
        mut factory: impl FnMut() -> TransparentClock<PORTS, PENDING, HELD> + 'static,
    ) -> NodeId {
        let ports = u8::try_from(PORTS).expect("a transparent clock has at most 32 ports");
        let board = board.clone().ports(ports).promiscuous();
        self.add(name, &board, move |_| ThroughNode { clock: factory(), runner: TransparentRunner::new() })
    }

    /// The transparent clock that runs on `node`.
    ///
    /// # Panics
    /// When none runs there at present.
    pub fn transparent(&mut self, node: NodeId) -> &mut dyn ThroughClock {
        let name = self.name(node).to_owned();
        let clock = self.nodes[node.0].participant.as_mut().and_then(|participant| participant.transparent());
        clock.unwrap_or_else(|| panic!("no transparent clock runs on {name}"))
    }
}
