//! The simulated board keeps the contract of the three traits.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use syntone_hal::contract::{Direction, Fixture, Injected, Taken};
use syntone_hal::{ClockHal, ClockLimits, Destination, FrequencyOffset, MessageClass, PortIndex, contract_test};
use syntone_sim::{Board, Delay, Link, NodeId, Oscillator, SimHal, Span, Stamper, World, ms, ns, ps, us};

/// A board with two ports under test, a peer at the other end of each.
struct Bench {
    world: World,
    tested: NodeId,
    stamper: Stamper,
    peers: [NodeId; PORTS],
    sent: [Rc<RefCell<VecDeque<Vec<u8>>>>; PORTS],
}

const PORTS: usize = 2;

impl Bench {
    fn new(board: &Board, stamper: Stamper) -> Self {
        let mut world = World::new(1);
        let tested = world.add_raw("tested", &board.clone().ports(2).stamper(stamper), |_| None);
        let sent: [Rc<RefCell<VecDeque<Vec<u8>>>>; PORTS] = Default::default();
        let peers = [0, 1].map(|port: u8| {
            let inbox = sent[usize::from(port)].clone();
            let peer = world.add_raw(format!("peer {port}"), &Board::new(), move |hal: &mut SimHal| {
                inbox.borrow_mut().extend(core::iter::from_fn(|| hal.take()).map(|(_, octets)| octets));
                None
            });
            world.link((tested, port), peer, Link::new(ns(7)));
            peer
        });
        world.run_for(us(1));
        Self { world, tested, stamper, peers, sent }
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

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.world.inject(self.peers[port.get()], 0, Destination::PrimaryMulticast, class, message);
        // To the time stamper, not on to the handing over.
        self.world.run_for(ns(7) + LATENCY);
        Injected::At(self.hal().now().expect("a simulated clock can be read"))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(octets) = self.sent[port.get()].borrow_mut().pop_front() else { return Taken::Nothing };
        buffer[..octets.len()].copy_from_slice(&octets);
        Taken::Message(octets.len())
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
