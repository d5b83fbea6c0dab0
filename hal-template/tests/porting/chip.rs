//! The nine places, filled in for the imaginary MAC: what `docs/porting.md` shows stands here word for word.

use crate::mac::*;
use syntone_hal_template::{Chip, FrameInfo, RawStamp};

pub(crate) struct Imaginary {
    pub(crate) registers: Registers,
    pub(crate) ticks: u64,
}

impl Chip for Imaginary {
    const NOMINAL_ADDEND: u32 = 1 << 31;
    const MAX_PPB: i32 = 500_000;

    // (1)
    fn monotonic_nanos(&mut self) -> u64 {
        let passed = self.registers.read(TICKS).wrapping_sub(self.ticks as u32);
        self.ticks += u64::from(passed);
        self.ticks * 10
    }

    // (2)
    fn read_clock(&mut self) -> RawStamp {
        let seconds = self.registers.read(SECONDS);
        RawStamp { seconds, nanos: self.registers.read(NANOS) }
    }

    // (3)
    fn step_clock(&mut self, forward: bool, seconds: u32, nanos: u32) {
        let sign = if forward { 0 } else { 1 << 31 };
        self.registers.write(STEP_SECONDS, seconds);
        self.registers.write(STEP_NANOS, sign | nanos);
        self.registers.write(COMMAND, 1);
    }

    // (4)
    fn set_addend(&mut self, addend: u32) {
        self.registers.write(ADDEND, addend);
        self.registers.write(COMMAND, 2);
    }

    // (5)
    fn take_frame(&mut self, buffer: &mut [u8]) -> Option<FrameInfo> {
        let status = self.registers.read(RX_STATUS);
        let length = (status & 0x7FF) as usize;
        if length == 0 {
            return None;
        }
        let stamp = (status >> 31 == 1)
            .then(|| RawStamp { seconds: self.registers.read(RX_SECONDS), nanos: self.registers.read(RX_NANOS) });
        for place in buffer.chunks_mut(4).take(length.div_ceil(4)) {
            let word = self.registers.read(RX_DATA).to_le_bytes();
            place.copy_from_slice(&word[..place.len()]);
        }
        self.registers.write(RX_STATUS, 0);
        Some(FrameInfo { length, stamp })
    }

    // (6)
    fn put_frame(&mut self, frame: &[u8], tag: Option<u8>) -> bool {
        if self.registers.read(TX_STATUS) == 0 {
            return false;
        }
        for part in frame.chunks(4) {
            let mut word = [0; 4];
            word[..part.len()].copy_from_slice(part);
            self.registers.write(TX_DATA, u32::from_le_bytes(word));
        }
        let wanted = tag.map_or(0, |tag| 1 << 31 | u32::from(tag) << 16);
        self.registers.write(TX_SEND, wanted | frame.len() as u32);
        true
    }

    // (7)
    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)> {
        let status = self.registers.read(STAMP_STATUS);
        if status >> 31 == 0 {
            return None;
        }
        let stamp = RawStamp { seconds: self.registers.read(STAMP_SECONDS), nanos: self.registers.read(STAMP_NANOS) };
        self.registers.write(STAMP_STATUS, 0);
        Some((status as u8, (status >> 30 & 1 == 0).then_some(stamp)))
    }

    // (8)
    fn link_up(&mut self) -> bool {
        self.registers.read(LINK) == 1
    }

    // (9)
    fn mac_address(&self) -> [u8; 6] {
        [0x02, 0, 0, 0, 0, 1]
    }
}
