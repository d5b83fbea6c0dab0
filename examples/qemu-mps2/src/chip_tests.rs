//! The drivers against a model of the chip: the contract of the three traits, and what only this chip can do.

use crate::arrivals::{Arrivals, CAPACITY};
use crate::bus::Bus;
use crate::hal::Board;
use crate::lan9118::Lan9118;
use crate::soft_clock::SoftClock;
use std::boxed::Box;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::vec::Vec;
use syntone_hal::contract::{Bounds, Direction, Fixture, Injected, Taken};
use syntone_hal::{
    ClockHal, FrequencyOffset, MessageClass, NetworkHal, PortIndex, Timestamp, TimestampHal, contract_test,
};
use syntone_smoltcp::{Ethernet, Raw};

const STATION: [u8; 6] = [2, 0, 0, 0, 0, 7];
const PEER: [u8; 6] = [2, 0, 0, 0, 0, 8];

/// What the chip does with its registers, by its data sheet.
#[derive(Default)]
struct Chip {
    nanos: u64,
    rx_status: VecDeque<u32>,
    rx_data: VecDeque<u32>,
    level: u32,
    tx_words: Vec<u32>,
    tx_status: VecDeque<u32>,
    sent: VecDeque<Vec<u8>>,
    lose_next: bool,
    /// Octets of the transmitter's memory that are not free.
    taken: u32,
    receiving: bool,
    mac_data: u32,
}

impl Chip {
    /// A frame from the medium, its length with the check sequence in the status word.
    fn arrive(&mut self, frame: &[u8], error: bool) {
        if !self.receiving {
            return;
        }
        let octets: Vec<u8> = [0; 2].iter().chain(frame).chain(&[0xC5; 4]).copied().collect();
        let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, octet| word << 8 | u32::from(*octet));
        self.rx_data.extend(octets.chunks(4).map(word));
        self.rx_status.push_back((frame.len() as u32 + 4) << 16 | u32::from(error) << 15);
    }

    fn transmit(&mut self, word: u32) {
        self.tx_words.push(word);
        let [a, b, data @ ..] = &*self.tx_words else { return };
        let (offset, length) = ((a >> 16 & 31) as usize, (a & 0x7FF) as usize);
        if data.len() * 4 < offset + length {
            return;
        }
        assert_eq!(a & 0x3000, 0x3000, "first and last segment in one");
        assert_eq!(b & 0x7FF, a & 0x7FF, "both commands say the same length");
        let octets: Vec<u8> = data.iter().flat_map(|word| word.to_le_bytes()).skip(offset).take(length).collect();
        self.tx_status.push_back(b & 0xFFFF_0000 | u32::from(std::mem::take(&mut self.lose_next)) << 15);
        self.sent.push_back(octets);
        self.tx_words.clear();
    }

    fn interrupts(&self) -> bool {
        self.rx_status.len() as u32 > self.level
    }
}

#[derive(Clone, Default)]
struct Wires(Rc<RefCell<Chip>>);

impl Bus for Wires {
    fn read(&self, offset: u32) -> u32 {
        let mut chip = self.0.borrow_mut();
        match offset {
            0x00 => chip.rx_data.pop_front().expect("no more words are read than there are"),
            0x40 => chip.rx_status.pop_front().expect("no more statuses are read than there are"),
            0x48 => chip.tx_status.pop_front().expect("no more statuses are read than there are"),
            0x64 => 0x8765_4321,
            0x7C => (chip.rx_status.len() as u32) << 16,
            0x80 => (chip.tx_status.len() as u32) << 16 | (4608 - chip.taken),
            0x9C => (chip.nanos / 40) as u32,
            _ => 0,
        }
    }

    fn write(&self, offset: u32, value: u32) {
        let mut chip = self.0.borrow_mut();
        match offset {
            0x20 => chip.transmit(value),
            0x68 => chip.level = value & 0xFF,
            0xA4 if value & 0xF == 1 => chip.receiving = chip.mac_data & 4 != 0,
            0xA8 => chip.mac_data = value,
            _ => {}
        }
    }

    fn uninterrupted<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }

    fn wait_for_interrupt(&self) {}
}

/// The board under test, with a peer that sees the frames themselves.
struct Bench {
    wires: Wires,
    controller: &'static Lan9118<Wires>,
    arrivals: &'static Arrivals,
    board: Raw<Board<'static, Wires>, Ethernet>,
}

impl Bench {
    fn new(error: FrequencyOffset) -> Self {
        let wires = Wires::default();
        let controller: &_ = Box::leak(Box::new(Lan9118::new(wires.clone())));
        let arrivals: &_ = Box::leak(Box::new(Arrivals::new()));
        assert!(controller.start(STATION));
        let clock = SoftClock::new(Timestamp::from_nanos(5_000_000_000_000), error);
        Self {
            wires,
            controller,
            arrivals,
            board: Raw::new(Board::new(controller, arrivals, STATION, clock), Ethernet),
        }
    }

    fn arrive(&mut self, ethertype: [u8; 2], message: &[u8], error: bool) {
        let frame = [&[1, 0x1B, 0x19, 0, 0, 0], &PEER[..], &ethertype, message].concat();
        self.wires.0.borrow_mut().arrive(&frame, error);
        if self.wires.0.borrow().interrupts() {
            self.controller.on_interrupt(self.controller.counter(), self.arrivals);
        }
    }

    fn receive(&mut self) -> Option<(u8, Option<Timestamp>)> {
        let mut buffer = [0; 128];
        let received = self.board.receive(&mut buffer).expect("the buffer is large enough");
        received.map(|received| (buffer[1], received.stamp))
    }
}

impl Fixture for Bench {
    type Hal = Raw<Board<'static, Wires>, Ethernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.board
    }

    fn pass(&mut self, nanos: u64) {
        self.wires.0.borrow_mut().nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        // A tick is 40 ns.
        Bounds { reading_nanos: 50, ..Bounds::default() }
    }

    fn inject(&mut self, _port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let now = self.board.now().expect("it can always be read");
        self.arrive([0x88, 0xF7], message, false);
        if class == MessageClass::Event { Injected::At(now) } else { Injected::Sent }
    }

    fn take_sent(&mut self, _port: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(frame) = self.wires.0.borrow_mut().sent.pop_front() else { return Taken::Nothing };
        assert_eq!(frame[6..14], [2, 0, 0, 0, 0, 7, 0x88, 0xF7]);
        buffer[..frame.len() - 14].copy_from_slice(&frame[14..]);
        Taken::Message(frame.len() - 14)
    }

    fn lose_next_stamp(&mut self, _port: PortIndex, direction: Direction) -> bool {
        self.wires.0.borrow_mut().lose_next = direction == Direction::Egress;
        direction == Direction::Egress
    }
}

contract_test!(the_board_keeps_the_contract, Bench::new(FrequencyOffset::ZERO));

contract_test!(a_board_that_is_50_ppm_off_keeps_the_contract, Bench::new(FrequencyOffset::from_ppb(50_000)));

#[test]
fn frames_that_are_not_ptp_or_broken_are_passed_over_and_keep_no_stamp_back() {
    let mut bench = Bench::new(FrequencyOffset::ZERO);
    bench.arrive([0x08, 0x00], &[0, 1, 2, 3, 4, 5, 6], false);
    bench.pass(1_000_000);
    bench.arrive([0x88, 0xF7], &[0, 2, 0, 0], true);
    bench.pass(1_000_000);
    bench.arrive([0x88, 0xF7], &[0, 3, 0, 0], false);
    let expected = Timestamp::from_nanos(5_000_002_000_000);
    assert_eq!(bench.receive(), Some((3, Some(expected))));
    assert_eq!(bench.receive(), None);
}

#[test]
fn a_burst_beyond_the_stamps_costs_stamps_and_no_frames() {
    let mut bench = Bench::new(FrequencyOffset::ZERO);
    let all = CAPACITY + 2;
    let arrival = |number: u8| Timestamp::from_nanos(5_000_000_000_000 + 1_000 * u64::from(number));
    for number in 0..all {
        bench.arrive([0x88, 0xF7], &[0, number, 0, 0], false);
        bench.pass(1_000);
    }
    for number in 0..all {
        assert_eq!(bench.receive(), Some((number, (number < CAPACITY).then(|| arrival(number)))));
    }
    bench.arrive([0x88, 0xF7], &[0, 77, 0, 0], false);
    assert_eq!(bench.receive(), Some((77, Some(arrival(all)))));
}

#[test]
fn a_stamp_is_right_whose_counter_wrapped_before_it_was_read() {
    let mut bench = Bench::new(FrequencyOffset::ZERO);
    // The counter wraps after 171.799 s; it is looked at every minute, as a sleeping program does.
    for _ in 0..2 {
        bench.pass(60_000_000_000);
        bench.board.monotonic();
    }
    bench.pass(51_798_000_000);
    bench.board.monotonic();
    bench.arrive([0x88, 0xF7], &[0, 1, 0, 0], false);
    bench.pass(1_000_000_000);
    assert_eq!(bench.receive(), Some((1, Some(Timestamp::from_nanos(5_171_798_000_000)))));
    assert_eq!(bench.board.monotonic().nanos(), 172_798_000_000);
    assert_eq!(bench.board.poll_egress(), Ok(None));
}

/// The board as a device of smoltcp, whose interface is played by hand: it takes one frame after the other.
#[cfg(feature = "sockets")]
mod beside_smoltcp {
    use super::*;
    use crate::nic::Nic;
    use smoltcp::phy::{Device, RxToken, TxToken};
    use smoltcp::time::Instant as SmoltcpInstant;
    use syntone_hal::{Destination, Ticket, Transmit};
    use syntone_smoltcp::Shared;

    const NOW: SmoltcpInstant = SmoltcpInstant::ZERO;
    const IPV4: [u8; 2] = [0x08, 0x00];

    /// What smoltcp sees of the next frame.
    fn seen(device: &mut impl Device) -> Option<Vec<u8>> {
        let (frame, _) = device.receive(NOW)?;
        Some(frame.consume(<[u8]>::to_vec))
    }

    #[test]
    fn each_has_its_frames_and_ptp_the_moments_at_which_they_came_and_left() {
        let mut bench = Bench::new(FrequencyOffset::ZERO);
        let clock = SoftClock::new(Timestamp::from_nanos(5_000_000_000_000), FrequencyOffset::ZERO);
        let board = RefCell::new(Board::new(bench.controller, bench.arrivals, STATION, clock));
        let nic = Nic::new(&board);
        let mut port: Raw<Shared<_, _>, _> = Raw::new(Shared::new(nic, nic), Ethernet);

        bench.arrive(IPV4, &[7; 1_500], false);
        bench.pass(1_000_000);
        bench.arrive([0x88, 0xF7], &[0, 2, 0, 0, 5], false);
        bench.pass(1_000_000);
        bench.arrive(IPV4, &[8; 1_501], false);
        bench.arrive(IPV4, &[9; 46], false);
        let lengths: Vec<_> = std::iter::from_fn(|| seen(port.interface())).map(|frame| frame.len()).collect();
        assert_eq!(lengths, [1_514, 0, 0, 60], "nothing of what is PTP's or too long");
        let mut buffer = [0; 64];
        let received = port.receive(&mut buffer).expect("it does not fail").expect("a message");
        let arrival = Timestamp::from_nanos(5_000_001_000_000);
        assert_eq!((received.stamp, &buffer[..5]), (Some(arrival), &[0, 2, 0, 0, 5][..]));

        bench.pass(1_000_000);
        let departure = port.now().expect("a clock");
        let (destination, ticket) = (Destination::PrimaryMulticast, Some(Ticket::from_raw(77)));
        port.send(Transmit { port: PortIndex(0), destination, ticket, one_step: None }, &[0; 44])
            .expect("there is room");
        let answer = port.interface().transmit(NOW).expect("there is room");
        answer.consume(42, |octets| octets.fill(3));
        bench.pass(1_000_000);
        let egress = port.poll_egress().expect("it does not fail").expect("a stamp");
        assert_eq!((egress.ticket.into_raw(), egress.stamp), (77, Some(departure)));
        assert_eq!(port.poll_egress(), Ok(None), "none of the application's");
        let sent = &bench.wires.0.borrow().sent;
        assert_eq!((&sent[0][12..14], &sent[1][..]), (&[0x88, 0xF7][..], &[3; 42][..]));
    }

    #[test]
    fn nothing_is_taken_while_there_is_no_room_for_an_answer() {
        let mut bench = Bench::new(FrequencyOffset::ZERO);
        let clock = SoftClock::new(Timestamp::ZERO, FrequencyOffset::ZERO);
        let board = RefCell::new(Board::new(bench.controller, bench.arrivals, STATION, clock));
        let mut nic = Nic::new(&board);
        bench.arrive(IPV4, &[9; 46], false);
        bench.wires.0.borrow_mut().taken = 4_608 - 1_514 - 31;
        assert_eq!((seen(&mut nic), nic.transmit(NOW).is_none()), (None, true));
        bench.wires.0.borrow_mut().taken -= 1;
        assert_eq!(seen(&mut nic).map(|frame| frame.len()), Some(60));
    }
}
