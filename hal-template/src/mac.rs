//! Your MAC: the nine places, empty. The offsets are those of a MAC that does not exist; put yours there.
//!
//! Each place compiles as it is and does nothing, and the checks that fail in `tests/mac.rs` say which one is next. `docs/porting.md` of Syntone
//! fills them in, one after the other.

use crate::chip::{Chip, FrameInfo, RawStamp};

/// Nanoseconds since the start, by tens.
pub const TICKS: u16 = 0x00;
/// Seconds of the clock.
pub const SECONDS: u16 = 0x04;
/// Nanoseconds of the clock.
pub const NANOS: u16 = 0x08;
/// Seconds to be added.
pub const STEP_SECONDS: u16 = 0x0C;
/// Nanoseconds to be added; bit 31 takes both away instead.
pub const STEP_NANOS: u16 = 0x10;
/// The addend.
pub const ADDEND: u16 = 0x14;
/// Bit 0: step. Bit 1: take over the addend.
pub const COMMAND: u16 = 0x18;
/// The frame at the head of the queue: its length, bit 31 that it has a stamp. A write takes it away.
pub const RX_STATUS: u16 = 0x20;
/// Seconds of its stamp.
pub const RX_SECONDS: u16 = 0x24;
/// Nanoseconds of its stamp.
pub const RX_NANOS: u16 = 0x28;
/// Its next four octets.
pub const RX_DATA: u16 = 0x2C;
/// Room for frames to be sent.
pub const TX_STATUS: u16 = 0x30;
/// The next four octets of a frame to be sent.
pub const TX_DATA: u16 = 0x34;
/// Sends so many octets of it; bit 31: stamped, under the tag in bits 16 to 23.
pub const TX_SEND: u16 = 0x38;
/// The oldest stamp of what was sent: bit 31 that there is one, bit 30 that it was lost, its tag. A write takes it away.
pub const STAMP_STATUS: u16 = 0x40;
/// Its seconds.
pub const STAMP_SECONDS: u16 = 0x44;
/// Its nanoseconds.
pub const STAMP_NANOS: u16 = 0x48;
/// 1 if there is a link.
pub const LINK: u16 = 0x50;

/// Access to the registers by their offsets: two volatile accesses on the chip, your model of them in a test.
pub trait Registers {
    /// Reads a register.
    fn read(&mut self, offset: u16) -> u32;

    /// Writes a register.
    fn write(&mut self, offset: u16, value: u32);
}

/// The MAC behind these registers.
#[derive(Debug)]
pub struct Mac<R> {
    registers: R,
    /// What place 1 has counted.
    ticks: u64,
}

impl<R> Mac<R> {
    /// The MAC, initialised.
    pub const fn new(registers: R) -> Self {
        Self { registers, ticks: 0 }
    }

    /// Its registers.
    pub const fn registers(&mut self) -> &mut R {
        &mut self.registers
    }
}

impl<R: Registers> Chip for Mac<R> {
    // 50 MHz, 40 ns for each overflow of the accumulator: 2³² · 10⁹ / (50 · 10⁶ · 40).
    const NOMINAL_ADDEND: u32 = 1 << 31;
    // The addend has room for twice the nominal one; nobody needs more than this.
    const MAX_PPB: i32 = 500_000;

    // (1)
    fn monotonic_nanos(&mut self) -> u64 {
        self.ticks
    }

    // (2)
    fn read_clock(&mut self) -> RawStamp {
        RawStamp { seconds: 0, nanos: 0 }
    }

    // (3)
    fn step_clock(&mut self, _forward: bool, _seconds: u32, _nanos: u32) {
        // Nothing is stepped yet.
    }

    // (4)
    fn set_addend(&mut self, _addend: u32) {
        // Nothing is steered yet.
    }

    // (5)
    fn take_frame(&mut self, _buffer: &mut [u8]) -> Option<FrameInfo> {
        None
    }

    // (6)
    fn put_frame(&mut self, _frame: &[u8], _tag: Option<u8>) -> bool {
        false
    }

    // (7)
    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)> {
        None
    }

    // (8)
    fn link_up(&mut self) -> bool {
        false
    }

    // (9)
    fn mac_address(&self) -> [u8; 6] {
        [0; 6]
    }
}
