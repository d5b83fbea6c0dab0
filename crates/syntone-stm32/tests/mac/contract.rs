//! The contract of the three traits over models of both kinds of MAC.

use crate::model::{HERTZ, Kind, Model, RECEIVE, Ring, TRANSMIT};
use syntone_hal::contract::{Bounds, Direction, Fixture, Injected, Taken};
use syntone_hal::{Instant, MessageClass, PortIndex, Timestamp, contract_test};
use syntone_smoltcp::{Ethernet, Raw};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Block, Clock, Eqos, Legacy, Port};

const STATION: [u8; 6] = [2, 0, 0, 0, 0, 7];

pub(crate) type Board<B> = Raw<Port<Model, B, Box<dyn FnMut() -> Instant>, Ring, Ring>, Ethernet>;

pub(crate) struct Bench<B> {
    pub(crate) model: Model,
    pub(crate) board: Board<B>,
}

pub(crate) fn bench<B: Block>(kind: Kind) -> Bench<B> {
    let model = Model::new(kind, 12, 4);
    let rate = Rate::from_hertz(HERTZ).expect("a usual frequency");
    let start = Timestamp::new(5_000, 0).expect("in range");
    let monotonic: Box<dyn FnMut() -> Instant> = Box::new(model.monotonic());
    let clock = Clock::start(model.clone(), rate, monotonic, start).expect("it has a clock");
    let port = Port::start(clock, model.memory(RECEIVE), model.memory(TRANSMIT), STATION).expect("rings");
    Bench { board: Raw::new(port, Ethernet), model }
}

impl<B: Block> Fixture for Bench<B> {
    type Hal = Board<B>;

    fn hal(&mut self) -> &mut Board<B> {
        &mut self.board
    }

    fn pass(&mut self, nanos: u64) {
        self.model.pass(nanos);
    }

    fn bounds(&self) -> Bounds {
        // Both are of the time goes on by 6 ns, and a reading takes some accesses of 18 ns.
        Bounds { reading_nanos: 60, stamp_nanos: 500, rate_ppb: 20, ..Bounds::default() }
    }

    fn inject(&mut self, _: PortIndex, _: MessageClass, message: &[u8]) -> Injected {
        let truth = self.model.time(0);
        let mut frame = [&[1, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 8, 0x88, 0xF7][..], message].concat();
        frame.resize(frame.len().max(60), 0);
        self.model.arrive(&frame, 0);
        Injected::At(truth)
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(frame) = self.model.mac.borrow_mut().sent.pop_front() else { return Taken::Nothing };
        assert!(frame.len() >= 60, "the shortest frame");
        assert_eq!(frame[6..14], [2, 0, 0, 0, 0, 7, 0x88, 0xF7]);
        buffer[..frame.len() - 14].copy_from_slice(&frame[14..]);
        Taken::Message(frame.len() - 14)
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        let mut mac = self.model.mac.borrow_mut();
        match direction {
            Direction::Ingress => mac.lose_ingress = true,
            Direction::Egress => mac.lose_egress = true,
        }
        true
    }
}

contract_test!(the_legacy_mac_keeps_the_contract, bench::<Legacy>(Kind::Legacy));
contract_test!(eqos_keeps_the_contract, bench::<Eqos>(Kind::Eqos));
