//! The MAC of F4 and F7, with enhanced descriptors.

use crate::arithmetic::RawTime;
use crate::block::{Block, Leaving, Receipt, Slot};
use crate::memory::Memory;
use crate::registers::Registers;
use syntone_hal::ErrorKind;

/// The MAC of F2, F4 and F7.
#[derive(Clone, Copy, Debug)]
pub struct Legacy;

const MAC_CONTROL: u16 = 0x0000;
/// Reserved and kept, 100 Mbit/s, full duplex, transmitter and receiver on.
const MAC_CONTROL_VALUE: u32 = 1 << 15 | 1 << 14 | 1 << 11 | 1 << 3 | 1 << 2;
const MAC_FILTER: u16 = 0x0004;
/// All multicasts pass.
const PASS_MULTICAST: u32 = 1 << 4;
const DMA_BUS_MODE: u16 = 0x1000;
const ENHANCED_DESCRIPTORS: u32 = 1 << 7;
const TRANSMIT_POLL: u16 = 0x1004;
const RECEIVE_POLL: u16 = 0x1008;
const RECEIVE_LIST: u16 = 0x100C;
const TRANSMIT_LIST: u16 = 0x1010;
const DMA_OPERATION: u16 = 0x1018;
/// Whole frames through the FIFOs, both ways; transmission and reception started.
const DMA_OPERATION_VALUE: u32 = 1 << 25 | 1 << 21 | 1 << 13 | 1 << 1;

const OWN: u32 = 1 << 31;
/// Receive, word 0.
const RECEIVE_ERROR: u32 = 1 << 15;
const RECEIVE_WHOLE: u32 = 1 << 9 | 1 << 8;
/// Receive, word 0: words 6 and 7 hold the time. The bit in word 4 that some call so means on others that the time was dropped.
const TIME_VALID: u32 = 1 << 7;
/// Receive, word 1: the last of the ring.
const RECEIVE_END: u32 = 1 << 15;
/// Transmit, word 0: interrupt, last and first segment.
const TRANSMIT_WHOLE: u32 = 1 << 30 | 1 << 29 | 1 << 28;
const TRANSMIT_STAMPED: u32 = 1 << 25;
const TRANSMIT_END: u32 = 1 << 21;
const TRANSMIT_TIME_VALID: u32 = 1 << 17;
/// The check sequence is in the length.
const CHECK_LENGTH: u32 = 4;

impl Block for Legacy {
    const CONTROL: u16 = 0x0700;
    /// On, fine correction, every frame is stamped, decimal rollover.
    const RUNNING: u32 = 1 << 0 | 1 << 1 | 1 << 8 | 1 << 9;
    const INCREMENT: (u16, u32) = (0x0704, 0);
    const TIME: (u16, u16) = (0x0708, 0x070C);
    const UPDATE: (u16, u16) = (0x0710, 0x0714);
    const ADDEND: u16 = 0x0718;
    const TARGET: (u16, u16) = (0x071C, 0x0720);
    const EVENTS: u16 = 0x0728;
    const WAITS: u32 = 1 << 4;
    const HAS_TAIL: bool = false;
    const ONE_STEP: bool = false;
    const PULSES: (u16, u8) = (0x072C, 15);
    const STATION: (u16, u16) = (0x0040, 0x0044);
    /// Normal ones; received, sent.
    const INTERRUPTS: (u16, u32, u16) = (0x101C, 1 << 16 | 1 << 6 | 1 << 0, 0x1014);
    const MANAGEMENT: (u16, u16) = (0x0010, 0x0014);

    /// The control register does it, which is written behind.
    fn aim(_: &impl Registers) -> Result<(), ErrorKind> {
        Ok(())
    }

    fn pulses(power: u8) -> u8 {
        power
    }

    fn management(address: u32, register: u32, range: u32, writes: bool) -> u32 {
        (address & 0x1F) << 11 | (register & 0x1F) << 6 | (range & 0x7) << 2 | u32::from(writes) << 1 | 1
    }

    fn start<M: Memory, N: Memory>(registers: &impl Registers, receive: &mut M, transmit: &mut N) {
        for index in 0..receive.count() {
            Self::give(receive, index);
        }
        for index in 0..transmit.count() {
            transmit.write(index, 0, 0);
        }
        registers.write(DMA_BUS_MODE, registers.read(DMA_BUS_MODE) | ENHANCED_DESCRIPTORS);
        registers.write(RECEIVE_LIST, receive.descriptor(0));
        registers.write(TRANSMIT_LIST, transmit.descriptor(0));
        registers.write(MAC_FILTER, PASS_MULTICAST);
        registers.write(MAC_CONTROL, MAC_CONTROL_VALUE);
        registers.write(DMA_OPERATION, DMA_OPERATION_VALUE);
    }

    fn give<M: Memory>(memory: &mut M, index: usize) {
        let end = if is_last(memory, index) { RECEIVE_END } else { 0 };
        let room = u32::try_from(memory.buffer(index).len()).unwrap_or(0) & 0x1FFC;
        memory.write(index, 1, end | room);
        memory.write(index, 2, memory.address(index));
        memory.write(index, 0, OWN);
    }

    fn resume_receive<M: Memory>(registers: &impl Registers, _: &M, _: usize) {
        registers.write(RECEIVE_POLL, 1);
    }

    fn look<M: Memory>(memory: &M, index: usize) -> Receipt {
        let status = memory.read(index, 0);
        if status & OWN != 0 {
            return Receipt::Empty;
        }
        let length = (status >> 16 & 0x3FFF).saturating_sub(CHECK_LENGTH);
        match usize::try_from(length) {
            Ok(length) if status & (RECEIVE_WHOLE | RECEIVE_ERROR) == RECEIVE_WHOLE => {
                let stamp = if status & TIME_VALID == 0 { None } else { time(memory, index) };
                Receipt::Frame { length, stamp, descriptors: 1 }
            }
            _ => Receipt::Useless,
        }
    }

    fn send<M: Memory>(
        registers: &impl Registers,
        memory: &mut M,
        index: usize,
        length: u32,
        leaving: Leaving,
        _: bool,
    ) {
        let end = if is_last(memory, index) { TRANSMIT_END } else { 0 };
        let stamped = if leaving == Leaving::Plain { 0 } else { TRANSMIT_STAMPED };
        memory.write(index, 1, length);
        memory.write(index, 2, memory.address(index));
        memory.write(index, 0, OWN | TRANSMIT_WHOLE | end | stamped);
        registers.write(TRANSMIT_POLL, 1);
    }

    fn sent<M: Memory>(memory: &M, index: usize) -> Slot {
        let status = memory.read(index, 0);
        if status & OWN != 0 {
            return Slot::Pending;
        }
        Slot::Done(if status & TRANSMIT_TIME_VALID == 0 { None } else { time(memory, index) })
    }
}

fn time<M: Memory>(memory: &M, index: usize) -> Option<RawTime> {
    RawTime::stamp(memory.read(index, 7), memory.read(index, 6))
}

fn is_last<M: Memory>(memory: &M, index: usize) -> bool {
    index.wrapping_add(1) == memory.count()
}
