//! The contract over a chip that does what is wanted at each place: so `src/board.rs` keeps it, and what fails in `tests/mac.rs` is in
//! `src/mac.rs`. Change it with the board, where your hardware differs in kind.

use std::collections::VecDeque;
use syntone_hal::contract::{Bounds, Broken, Direction, Fault, Fixture, Injected, Taken, check_all};
use syntone_hal::{Address, Destination, MessageClass, PortIndex};
use syntone_hal_template::{Board, Chip, FrameInfo, RawStamp};
use syntone_smoltcp::{ForwardingEthernet, Raw};

/// 50 MHz input, and 40 ns for each overflow: the accumulator overflows with each second input clock.
const NOMINAL: u32 = 1 << 31;

/// A chip in virtual time. Each register access costs 30 ns.
struct Model {
    nanos: u64,
    /// The PTP clock at `set_at`, in units of 2⁻³² ns.
    clock: u128,
    set_at: u64,
    addend: u32,
    receive_ring: VecDeque<(Vec<u8>, Option<RawStamp>)>,
    stamps: VecDeque<(u8, Option<RawStamp>)>,
    sent: VecDeque<Vec<u8>>,
    lose: Option<Direction>,
}

impl Model {
    fn new() -> Self {
        Self {
            nanos: 0,
            clock: 5_000_000_000_000 << 32,
            set_at: 0,
            addend: 0,
            receive_ring: VecDeque::new(),
            stamps: VecDeque::new(),
            sent: VecDeque::new(),
            lose: None,
        }
    }

    fn clock(&mut self) -> RawStamp {
        let elapsed = u128::from(self.nanos - self.set_at);
        self.clock += ((elapsed * u128::from(self.addend)) << 32) / u128::from(NOMINAL);
        self.set_at = self.nanos;
        let nanos = (self.clock >> 32) as u64;
        RawStamp { seconds: (nanos / 1_000_000_000) as u32, nanos: (nanos % 1_000_000_000) as u32 }
    }

    fn stamp(&mut self, direction: Direction) -> Option<RawStamp> {
        let stamp = self.clock();
        let lost = self.lose.take_if(|lose| *lose == direction).is_some();
        (!lost).then_some(stamp)
    }
}

impl Chip for Model {
    const NOMINAL_ADDEND: u32 = NOMINAL;
    const MAX_PPB: i32 = 500_000;

    fn monotonic_nanos(&mut self) -> u64 {
        self.nanos += 30;
        self.nanos
    }

    fn read_clock(&mut self) -> RawStamp {
        let seconds = self.clock().seconds;
        self.nanos += 30;
        RawStamp { seconds, nanos: self.clock().nanos }
    }

    fn step_clock(&mut self, forward: bool, seconds: u32, nanos: u32) {
        self.clock();
        let size = (u128::from(seconds) * 1_000_000_000 + u128::from(nanos)) << 32;
        self.clock = if forward { self.clock + size } else { self.clock - size };
    }

    fn set_addend(&mut self, addend: u32) {
        self.clock();
        self.addend = addend;
    }

    fn take_frame(&mut self, buffer: &mut [u8]) -> Option<FrameInfo> {
        let (frame, stamp) = self.receive_ring.pop_front()?;
        let fits = frame.len().min(buffer.len());
        buffer[..fits].copy_from_slice(&frame[..fits]);
        Some(FrameInfo { length: frame.len(), stamp })
    }

    fn put_frame(&mut self, frame: &[u8], tag: Option<u8>) -> bool {
        let mut padded = frame.to_vec();
        padded.resize(frame.len().max(60), 0);
        self.sent.push_back(padded);
        if let Some(tag) = tag {
            let stamp = self.stamp(Direction::Egress);
            self.stamps.push_back((tag, stamp));
        }
        true
    }

    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)> {
        self.stamps.pop_front()
    }

    fn link_up(&mut self) -> bool {
        true
    }

    fn mac_address(&self) -> [u8; 6] {
        OURS
    }
}

/// The board and the station at the other end of its cable.
struct Bench {
    board: Raw<Board<Model>, ForwardingEthernet>,
    taken_for: Option<Destination>,
}

const OURS: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
const PEERS: [u8; 6] = [0x02, 0, 0, 0, 0, 2];

impl Bench {
    fn new() -> Self {
        Self { board: Raw::new(Board::new(Model::new()), ForwardingEthernet), taken_for: None }
    }
}

impl Bench {
    fn chip(&mut self) -> &mut Model {
        self.board.interface().chip()
    }
}

/// What an Ethernet address means, and how it is written.
fn whom(address: [u8; 6]) -> Destination {
    match address {
        [0x01, 0x1B, 0x19, 0, 0, 0] => Destination::PrimaryMulticast,
        [0x01, 0x80, 0xC2, 0, 0, 0x0E] => Destination::PeerMulticast,
        _ => Destination::Unicast(Address::Ethernet(address)),
    }
}

fn written(destination: Destination) -> [u8; 6] {
    match destination {
        Destination::PrimaryMulticast => [0x01, 0x1B, 0x19, 0, 0, 0],
        Destination::PeerMulticast => [0x01, 0x80, 0xC2, 0, 0, 0x0E],
        Destination::Unicast(Address::Ethernet(address)) => address,
        Destination::Unicast(_) => panic!("Ethernet only"),
    }
}

impl Fixture for Bench {
    type Hal = Raw<Board<Model>, ForwardingEthernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.board
    }

    fn pass(&mut self, nanos: u64) {
        self.chip().nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        // A reading of the clock is two of two registers.
        Bounds { reading_nanos: 60, rate_ppb: 20, ..Bounds::default() }
    }

    fn peer(&self, _: PortIndex) -> Option<Address> {
        Some(Address::Ethernet(PEERS))
    }

    fn address(&self, _: PortIndex) -> Option<Address> {
        Some(Address::Ethernet(OURS))
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.inject_for(port, Destination::PrimaryMulticast, class, message)
    }

    fn inject_for(&mut self, _: PortIndex, destination: Destination, _: MessageClass, message: &[u8]) -> Injected {
        let chip = self.chip();
        let frame = [&written(destination)[..], &PEERS, &[0x88, 0xF7], message].concat();
        // A frame of somebody else's comes first: it must not disturb.
        chip.receive_ring.push_back((vec![0xFF; 64], None));
        // This hardware stamps every PTP frame, event or not.
        let stamp = chip.stamp(Direction::Ingress);
        chip.receive_ring.push_back((frame, stamp));
        Injected::Sent
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(frame) = self.chip().sent.pop_front() else { return Taken::Nothing };
        let message = &frame[14..];
        buffer[..message.len()].copy_from_slice(message);
        self.taken_for = frame.first_chunk().copied().map(whom);
        Taken::Message(message.len())
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.chip().lose = Some(direction);
        true
    }
}

syntone_hal::contract_test!(board_keeps_the_contract, Bench::new());

/// What a port does not do yet, the bench must tell: it is that which is tested here.
#[test]
fn each_fault_of_a_driver_fails_the_check_that_names_it() {
    for fault in Fault::ALL {
        let report = check_all(&mut Broken::new(Bench::new(), fault));
        let failed: Vec<_> = report.failed().map(|(check, _)| check).collect();
        assert_eq!(failed, [fault.check()], "{fault:?}:\n{report}");
    }
}
