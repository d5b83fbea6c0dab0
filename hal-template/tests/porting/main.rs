//! `docs/porting.md`, followed to the letter for a MAC that does not exist: what it shows compiles, and after each step the contract says
//! what is next.

mod chip;
mod mac;

use chip::Imaginary;
use mac::Registers;
use std::path::Path;
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_hal::contract::{Bounds, Check, Direction, Fixture, Injected, Outcome, Report, Taken, check_all};
use syntone_hal::{MessageClass, PortIndex};
use syntone_hal_template::{Board, Chip, FrameInfo, RawStamp};
use syntone_smoltcp::{Ethernet, Raw};

/// The chip with so many of its places filled in, from the first on.
struct Partly {
    chip: Imaginary,
    filled: u8,
}

impl Chip for Partly {
    const NOMINAL_ADDEND: u32 = Imaginary::NOMINAL_ADDEND;
    const MAX_PPB: i32 = Imaginary::MAX_PPB;

    fn monotonic_nanos(&mut self) -> u64 {
        if self.filled >= 1 { self.chip.monotonic_nanos() } else { 0 }
    }

    fn read_clock(&mut self) -> RawStamp {
        if self.filled >= 2 { self.chip.read_clock() } else { RawStamp { seconds: 0, nanos: 0 } }
    }

    fn step_clock(&mut self, forward: bool, seconds: u32, nanos: u32) {
        if self.filled >= 3 {
            self.chip.step_clock(forward, seconds, nanos);
        }
    }

    fn set_addend(&mut self, addend: u32) {
        if self.filled >= 4 {
            self.chip.set_addend(addend);
        }
    }

    fn take_frame(&mut self, buffer: &mut [u8]) -> Option<FrameInfo> {
        if self.filled >= 5 { self.chip.take_frame(buffer) } else { None }
    }

    fn put_frame(&mut self, frame: &[u8], tag: Option<u8>) -> bool {
        self.filled >= 6 && self.chip.put_frame(frame, tag)
    }

    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)> {
        if self.filled >= 7 { self.chip.take_stamp() } else { None }
    }

    fn link_up(&mut self) -> bool {
        self.filled >= 8 && self.chip.link_up()
    }

    fn mac_address(&self) -> [u8; 6] {
        if self.filled >= 9 { self.chip.mac_address() } else { [0; 6] }
    }
}

struct Bench(Raw<Board<Partly>, Ethernet>);

impl Bench {
    fn new(filled: u8) -> Self {
        let chip = Imaginary { registers: Registers::new(), ticks: 0 };
        Self(Raw::new(Board::new(Partly { chip, filled }), Ethernet))
    }

    fn registers(&mut self) -> &mut Registers {
        &mut self.0.interface().chip().chip.registers
    }
}

impl Fixture for Bench {
    type Hal = Raw<Board<Partly>, Ethernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.0
    }

    fn pass(&mut self, nanos: u64) {
        self.registers().nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        // A reading of the clock is four of registers, and the registers of a frame are accessed after its stamp was taken.
        Bounds { reading_nanos: 120, stamp_nanos: 2_000, rate_ppb: 20, ..Bounds::default() }
    }

    fn inject(&mut self, _: PortIndex, _: MessageClass, message: &[u8]) -> Injected {
        let header = [0x01, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0x88, 0xF7];
        self.registers().arrive([&header[..], message].concat());
        Injected::Sent
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(frame) = self.registers().sent.pop_front() else { return Taken::Nothing };
        buffer[..frame.len() - 14].copy_from_slice(&frame[14..]);
        Taken::Message(frame.len() - 14)
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.registers().lose = Some(direction);
        true
    }
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/porting.md");
    std::fs::read_to_string(path).expect("the document is there")
}

/// The places of the document's table, each with what its last column says.
fn places() -> Vec<(u8, String)> {
    let text = document();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, place, .., last, _] = cells[..] else { return None };
        Some((place.parse().ok()?, last.trim_matches('`').to_owned()))
    });
    rows.collect()
}

/// What became of the check of this name.
fn outcome(report: &Report, name: &str) -> Outcome {
    let check = Check::ALL.into_iter().find(|check| check.name() == name);
    report.outcome(check.unwrap_or_else(|| panic!("no check {name}")))
}

#[test]
fn every_block_of_the_document_compiles_as_it_stands() {
    let source = include_str!("chip.rs");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let document = document();
    let blocks: Vec<_> = document.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 9, "one for each place");
    let mut at = 0;
    let source = plain(source);
    for block in blocks.into_iter().map(plain) {
        let found =
            source[at..].find(&block).unwrap_or_else(|| panic!("not in chip.rs, or not in this order: {block}"));
        at += found + block.len();
    }
}

#[test]
fn after_each_place_the_contract_names_the_next_one() {
    let places = places();
    assert_eq!(places.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for filled in 0..=9 {
        let report = check_all(&mut Bench::new(filled));
        for (place, check) in places.iter().filter(|(place, _)| *place <= 7) {
            let outcome = outcome(&report, check);
            let held = matches!(outcome, Outcome::Held);
            assert_eq!(held, *place <= filled, "{place} with {filled} filled in:\n{report:#}");
            // Later ones may rest on it, and are not reached.
            assert!(*place != filled + 1 || matches!(outcome, Outcome::Failed(_)), "{place} is next:\n{report:#}");
        }
        assert_eq!(report.passed(), filled >= 7, "{report:#}");
    }
}

#[test]
fn without_a_link_the_port_is_faulty_and_without_an_address_frames_have_no_sender() {
    for (filled, state, sender) in [(7, State::Faulty, 0), (8, State::Listening, 0), (9, State::Listening, 2)] {
        let mut bench = Bench::new(filled);
        let servo = PiServo::new(PiConfig::default()).expect("the default");
        let config = ClockConfig::slave_only(ClockIdentity::from_mac48([2, 0, 0, 0, 0, 1]));
        let mut clock: Clock = Clock::new(&config, &[PortConfig::default()], servo).expect("the default");
        let mut runner: Runner<192> = Runner::new();
        for _ in 0..4 {
            runner.turn(&mut clock, &mut bench.0, &mut |_| {});
            bench.pass(1_000_000);
        }
        assert_eq!(clock.port_ds(PortIndex(0)).map(|port| port.port_state), Some(state), "{filled}");
        let transmit = syntone_hal::Transmit {
            port: PortIndex(0),
            destination: syntone_hal::Destination::PrimaryMulticast,
            ticket: None,
            one_step: None,
        };
        syntone_hal::NetworkHal::send(&mut bench.0, transmit, &[0; 44]).expect("there is room");
        let sent = bench.registers().sent.pop_back().expect("it has left");
        assert_eq!(sent[6..12], [sender, 0, 0, 0, 0, u8::from(sender > 0)]);
    }
}
