//! The nine places of `hal-template/src/mac.rs`, filled in as `docs/porting.md` says: a test compares.

use syntone_hal_template::mac::*;
use syntone_hal_template::{Chip, FrameInfo, RawStamp};

pub(crate) struct Mac<R> {
    pub(crate) registers: R,
    pub(crate) ticks: u64,
}

impl<R: Registers> Chip for Mac<R> {
    // 50 MHz, 40 ns for each overflow of the accumulator: 2³² · 10⁹ / (50 · 10⁶ · 40).
    const NOMINAL_ADDEND: u32 = 1 << 31;
    // The addend has room for twice the nominal one; nobody needs more than this.
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
