//! The simulated board keeps the contract of the three traits.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use syntone_hal::contract::{Check, Direction, Fixture, Injected, Outcome, Taken, check_all};
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, FrequencyOffset, MessageClass, PortIndex, contract_test,
};
use syntone_sim::{Board, Delay, Link, NodeId, Oscillator, SimHal, Span, Stamper, World, ms, ns, ps, us};

/// A board with two ports under test, a peer at the other end of each.
struct Bench {
    world: World,
    tested: NodeId,
    stamper: Stamper,
    peers: [NodeId; PORTS],
    sent: [Inbox; PORTS],
    taken_for: Option<Destination>,
    addresses: [Address; PORTS],
    peer_addresses: [Address; PORTS],
}

type Inbox = Rc<RefCell<VecDeque<(Option<Destination>, Vec<u8>)>>>;

const PORTS: usize = 2;

impl Bench {
    fn new(board: &Board, stamper: Stamper) -> Self {
        let mut world = World::new(1);
        let tested = world.add_raw("tested", &board.clone().ports(2).stamper(stamper), |_| None);
        let sent: [Inbox; PORTS] = Default::default();
        let peers = [0, 1].map(|port: u8| {
            let inbox = sent[usize::from(port)].clone();
            let peer = world.add_raw(format!("peer {port}"), &Board::new(), move |hal: &mut SimHal| {
                let all = core::iter::from_fn(|| hal.take());
                inbox.borrow_mut().extend(all.map(|(received, octets)| (received.destination, octets)));
                None
            });
            world.link((tested, port), peer, Link::new(ns(7)));
            peer
        });
        world.run_for(us(1));
        let addresses = [0, 1].map(|port| world.board(tested).address(PortIndex(port)));
        let peer_addresses = peers.map(|peer| world.board(peer).address(PortIndex(0)));
        Self { world, tested, stamper, peers, sent, taken_for: None, addresses, peer_addresses }
    }
}

impl Fixture for Bench {
    type Hal = SimHal;

    fn hal(&mut self) -> &mut SimHal {
        self.world.board(self.tested)
    }

    fn pass(&mut self, nanos: u64) {
        self.world.run_for(ns(i64::try_from(nanos).expect("a short while")));
        // Lost stamps are lost for one message only.
        for port in [0, 1] {
            self.world.set_stamper(self.tested, port, self.stamper);
        }
    }

    fn ports(&self) -> u8 {
        2
    }

    fn peer(&self, port: PortIndex) -> Option<Address> {
        Some(self.peer_addresses[port.get()])
    }

    fn address(&self, port: PortIndex) -> Option<Address> {
        Some(self.addresses[port.get()])
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.inject_for(port, Destination::PrimaryMulticast, class, message)
    }

    fn inject_for(
        &mut self,
        port: PortIndex,
        destination: Destination,
        class: MessageClass,
        message: &[u8],
    ) -> Injected {
        self.world.inject(self.peers[port.get()], 0, destination, class, message);
        // To the time stamper, not on to the handing over.
        self.world.run_for(ns(7) + LATENCY);
        Injected::At(self.hal().now().expect("a simulated clock can be read"))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some((destination, octets)) = self.sent[port.get()].borrow_mut().pop_front() else { return Taken::Nothing };
        buffer[..octets.len()].copy_from_slice(&octets);
        self.taken_for = destination;
        Taken::Message(octets.len())
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, port: PortIndex, direction: Direction) -> bool {
        let lossy = match direction {
            Direction::Ingress => self.stamper.ingress_loss(1.0),
            Direction::Egress => self.stamper.egress_loss(1.0),
        };
        self.world.set_stamper(self.tested, port.0, lossy);
        true
    }
}

const LATENCY: Span = ns(30);

fn wandering() -> Board {
    Board::new().oscillator(Oscillator::ideal().ppm(37.0).wander(1.0)).ahead(ms(1))
}

contract_test!(
    an_ideal_board_keeps_the_contract,
    Bench::new(&Board::new(), Stamper::hardware().latencies(LATENCY, ns(0)))
);

contract_test!(
    a_wandering_board_with_late_stamps_keeps_the_contract,
    Bench::new(
        &wandering(),
        Stamper::hardware()
            .resolution(ps(0))
            .noise(ns(8))
            .latencies(LATENCY, ns(20))
            .ingress_lateness(Delay::Uniform(us(1), ms(2)))
            .egress_lateness(Delay::Uniform(us(1), ms(2)))
    )
);

contract_test!(
    a_board_that_cannot_step_keeps_the_contract,
    Bench::new(
        &Board::new().limits(ClockLimits { max_frequency: FrequencyOffset::from_ppb(100_000), can_step: false }),
        Stamper::hardware().resolution(ns(8)).latencies(LATENCY, ns(0)).reports_loss()
    )
);

#[test]
fn a_board_that_completes_messages_leaves_only_the_check_of_fixed_clocks_out() {
    let stamper = Stamper::hardware().latencies(LATENCY, ns(0)).one_step().adds_residence();
    let report = check_all(&mut Bench::new(&wandering(), stamper));
    for check in Check::ALL {
        let held = if check == Check::FixedClock { Outcome::Skipped("the clock can step") } else { Outcome::Held };
        assert_eq!(report.outcome(check), held, "{}", check.name());
    }
}
