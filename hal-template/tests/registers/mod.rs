//! A model of the registers of `src/mac.rs`, and the bench of a board that has them. Put the registers of your MAC there: how they behave by
//! the manual, and what goes wrong with them once a week. Each access takes 30 ns.

use std::collections::VecDeque;
use syntone_hal::contract::{Bounds, Direction, Fixture, Injected, Taken};
use syntone_hal::{MessageClass, PortIndex};
use syntone_hal_template::mac::*;
use syntone_hal_template::{Board, Chip};
use syntone_smoltcp::{Ethernet, Raw};

const NOMINAL: u32 = 1 << 31;
const SECOND: u64 = 1_000_000_000;

/// A stamp as the registers give it: seconds and nanoseconds.
type Stamp = Option<(u32, u32)>;

pub(crate) struct Model {
    pub(crate) nanos: u64,
    clock: u128,
    set_at: u64,
    addend: u32,
    step: (u32, u32),
    new_addend: u32,
    received: VecDeque<(Vec<u8>, usize, Stamp)>,
    building: Vec<u8>,
    pub(crate) sent: VecDeque<Vec<u8>>,
    stamps: VecDeque<(u32, Stamp)>,
    pub(crate) lose: Option<Direction>,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            nanos: 0,
            clock: u128::from(5_000 * SECOND) << 32,
            set_at: 0,
            addend: NOMINAL,
            step: (0, 0),
            new_addend: NOMINAL,
            received: VecDeque::new(),
            building: Vec::new(),
            sent: VecDeque::new(),
            stamps: VecDeque::new(),
            lose: None,
        }
    }

    /// Seconds and nanoseconds of now.
    fn time(&mut self) -> (u32, u32) {
        let elapsed = u128::from(self.nanos - self.set_at);
        self.clock += ((elapsed * u128::from(self.addend)) << 32) / u128::from(NOMINAL);
        self.set_at = self.nanos;
        let nanos = (self.clock >> 32) as u64;
        ((nanos / SECOND) as u32, (nanos % SECOND) as u32)
    }

    fn stamp(&mut self, direction: Direction) -> Stamp {
        let time = self.time();
        let lost = self.lose.take_if(|lose| *lose == direction).is_some();
        (!lost).then_some(time)
    }

    /// A frame from the cable.
    pub(crate) fn arrive(&mut self, frame: Vec<u8>) {
        let stamp = self.stamp(Direction::Ingress);
        self.received.push_back((frame, 0, stamp));
    }

    fn next_word(&mut self) -> u32 {
        let Some((frame, at, _)) = self.received.front_mut() else { return 0 };
        let mut word = [0; 4];
        let end = frame.len().min(*at + 4);
        word[..end - *at].copy_from_slice(&frame[*at..end]);
        *at = end;
        u32::from_le_bytes(word)
    }

    fn obey(&mut self, command: u32) {
        if command & 1 != 0 {
            let (seconds, nanos) = self.step;
            let size = u128::from(u64::from(seconds) * SECOND + u64::from(nanos & 0x7FFF_FFFF)) << 32;
            self.clock = if nanos >> 31 == 0 { self.clock + size } else { self.clock - size };
        }
        if command & 2 != 0 {
            self.addend = self.new_addend;
        }
    }

    fn send(&mut self, command: u32) {
        let mut frame = std::mem::take(&mut self.building);
        frame.truncate((command & 0x7FF) as usize);
        frame.resize(frame.len().max(60), 0);
        self.sent.push_back(frame);
        if command >> 31 == 1 {
            let stamp = self.stamp(Direction::Egress);
            self.stamps.push_back((command >> 16 & 0xFF, stamp));
        }
    }
}

impl Registers for Model {
    fn read(&mut self, register: u16) -> u32 {
        self.nanos += 30;
        let received = self.received.front();
        match register {
            TICKS => (self.nanos / 10) as u32,
            SECONDS => self.time().0,
            NANOS => self.time().1,
            RX_STATUS => received.map_or(0, |(frame, _, stamp)| frame.len() as u32 | u32::from(stamp.is_some()) << 31),
            RX_SECONDS => received.and_then(|(_, _, stamp)| *stamp).map_or(u32::MAX, |stamp| stamp.0),
            RX_NANOS => received.and_then(|(_, _, stamp)| *stamp).map_or(u32::MAX, |stamp| stamp.1),
            RX_DATA => self.next_word(),
            TX_STATUS => u32::from(self.sent.len() < 64),
            STAMP_STATUS => {
                self.stamps.front().map_or(0, |(tag, stamp)| 1 << 31 | u32::from(stamp.is_none()) << 30 | tag)
            }
            STAMP_SECONDS => self.stamps.front().and_then(|(_, stamp)| *stamp).map_or(u32::MAX, |stamp| stamp.0),
            STAMP_NANOS => self.stamps.front().and_then(|(_, stamp)| *stamp).map_or(u32::MAX, |stamp| stamp.1),
            LINK => 1,
            _ => panic!("no register {register:#x} to read"),
        }
    }

    fn write(&mut self, register: u16, value: u32) {
        self.nanos += 30;
        self.time();
        match register {
            STEP_SECONDS => self.step.0 = value,
            STEP_NANOS => self.step.1 = value,
            ADDEND => self.new_addend = value,
            COMMAND => self.obey(value),
            RX_STATUS => drop(self.received.pop_front()),
            TX_DATA => self.building.extend(value.to_le_bytes()),
            TX_SEND => self.send(value),
            STAMP_STATUS => drop(self.stamps.pop_front()),
            _ => panic!("no register {register:#x} to write"),
        }
    }
}

/// A chip with the model in it.
pub(crate) trait Modelled: Chip {
    fn model(&mut self) -> &mut Model;
}

impl Modelled for Mac<Model> {
    fn model(&mut self) -> &mut Model {
        self.registers()
    }
}

/// The board, and the station at the other end of its cable.
pub(crate) struct Bench<C>(pub(crate) Raw<Board<C>, Ethernet>);

impl<C: Modelled> Bench<C> {
    pub(crate) fn new(chip: C) -> Self {
        Self(Raw::new(Board::new(chip), Ethernet))
    }

    pub(crate) fn model(&mut self) -> &mut Model {
        self.0.interface().chip().model()
    }
}

impl<C: Modelled> Fixture for Bench<C> {
    type Hal = Raw<Board<C>, Ethernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.0
    }

    fn pass(&mut self, nanos: u64) {
        self.model().nanos += nanos;
    }

    fn bounds(&self) -> Bounds {
        // A reading of the clock is four of registers, and the registers of a frame are accessed after its stamp was taken.
        Bounds { reading_nanos: 120, stamp_nanos: 2_000, rate_ppb: 20, ..Bounds::default() }
    }

    fn inject(&mut self, _: PortIndex, _: MessageClass, message: &[u8]) -> Injected {
        let header = [0x01, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0x88, 0xF7];
        self.model().arrive([&header[..], message].concat());
        Injected::Sent
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let Some(frame) = self.model().sent.pop_front() else { return Taken::Nothing };
        buffer[..frame.len() - 14].copy_from_slice(&frame[14..]);
        Taken::Message(frame.len() - 14)
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.model().lose = Some(direction);
        true
    }
}
