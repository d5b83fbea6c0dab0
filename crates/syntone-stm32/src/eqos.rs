//! The MAC of H5, H7 and H7R/S (EQOS).

use crate::arithmetic::RawTime;
use crate::block::{Block, Leaving, Receipt, Slot};
use crate::memory::Memory;
use crate::pulses;
use crate::registers::Registers;
use syntone_hal::ErrorKind;

/// The MAC of H5, H7 and H7R/S.
#[derive(Clone, Copy, Debug)]
pub struct Eqos;

const MAC_CONTROL: u16 = 0x0000;
/// 100 Mbit/s, full duplex, transmitter and receiver on.
const MAC_CONTROL_VALUE: u32 = 1 << 14 | 1 << 13 | 1 << 1 | 1 << 0;
const MAC_FILTER: u16 = 0x0008;
/// All multicasts pass.
const PASS_MULTICAST: u32 = 1 << 4;
const TRANSMIT_QUEUE: u16 = 0x0D00;
/// Whole frames; the queue is on. The other bits are its size, which the reset has set to all there is.
const TRANSMIT_QUEUE_VALUE: u32 = 2 << 2 | 1 << 1;
const RECEIVE_QUEUE: u16 = 0x0D30;
/// Whole frames. The other bits are its size, as above.
const RECEIVE_QUEUE_VALUE: u32 = 1 << 5;
const INTERRUPT_ENABLE: u16 = 0x00B4;
/// That of the time-stamp unit.
const TIME_INTERRUPT: u32 = 1 << 12;
const DMA_CONTROL: u16 = 0x1100;
/// Four words between a descriptor and the next one.
const DESCRIPTOR_SKIP: u32 = 4 << 18;
const DMA_TRANSMIT: u16 = 0x1104;
const DMA_RECEIVE: u16 = 0x1108;
const START: u32 = 1;
const TRANSMIT_LIST: u16 = 0x1114;
const RECEIVE_LIST: u16 = 0x111C;
const TRANSMIT_TAIL: u16 = 0x1120;
const RECEIVE_TAIL: u16 = 0x1128;
const TRANSMIT_LENGTH: u16 = 0x112C;
const RECEIVE_LENGTH: u16 = 0x1130;

/// Word 3, all kinds.
const OWN: u32 = 1 << 31;
const CONTEXT: u32 = 1 << 30;
const WHOLE: u32 = 1 << 29 | 1 << 28;
/// Receive, word 3: interrupt, and the buffer's address is valid.
const RECEIVE_GIVEN: u32 = OWN | 1 << 30 | 1 << 24;
/// Receive, word 3: word 1 holds a status.
const STATUS_VALID: u32 = 1 << 26;
const RECEIVE_ERROR: u32 = 1 << 15;
/// Receive, word 1: the time is in a context descriptor behind.
const TIME_BEHIND: u32 = 1 << 14;
/// Transmit, word 2: interrupt; and the time is wanted.
const TRANSMIT_INTERRUPT: u32 = 1 << 31;
const TRANSMIT_STAMPED: u32 = 1 << 30;
/// Transmit, word 3: words 0 and 1 hold the time.
const TRANSMIT_TIME_VALID: u32 = 1 << 17;
/// Transmit, word 3 of a context descriptor: Syncs get their egress time as originTimestamp until another context says otherwise, and
/// words 0 and 1 are valid.
const ONE_STEP: u32 = 1 << 27 | 1 << 26;
/// The check sequence is in the length.
const CHECK_LENGTH: u32 = 4;
/// How often the context descriptor is looked at that is to come just after its frame.
const PATIENCE: u32 = 100;

impl Block for Eqos {
    const CONTROL: u16 = 0x0B00;
    /// On, fine correction, every frame is stamped, decimal rollover. What is for one-step Syncs alone: version 2 of PTP, over Ethernet and
    /// UDP/IPv4, as a master.
    const RUNNING: u32 = 1 << 0 | 1 << 1 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 13 | 1 << 15;
    const INCREMENT: (u16, u32) = (0x0B04, 16);
    const TIME: (u16, u16) = (0x0B08, 0x0B0C);
    const UPDATE: (u16, u16) = (0x0B10, 0x0B14);
    const ADDEND: u16 = 0x0B18;
    const TARGET: (u16, u16) = (pulses::TARGET_SECONDS, pulses::TARGET_NANOS);
    const EVENTS: u16 = 0x0B20;
    const WAITS: u32 = 0;
    const HAS_TAIL: bool = true;
    const ONE_STEP: bool = true;
    const PULSES: (u16, u8) = (pulses::CONTROL, 15);
    const STATION: (u16, u16) = (0x0300, 0x0304);
    /// Normal ones; received, sent.
    const INTERRUPTS: (u16, u32, u16) = (0x1134, 1 << 15 | 1 << 6 | 1 << 0, 0x1160);
    const MANAGEMENT: (u16, u16) = (0x0200, 0x0204);

    fn aim(registers: &impl Registers) -> Result<(), ErrorKind> {
        pulses::free_target(registers)?;
        registers.write(pulses::CONTROL, registers.read(pulses::CONTROL) & !(pulses::COMMAND | pulses::TARGET_USE));
        registers.write(INTERRUPT_ENABLE, registers.read(INTERRUPT_ENABLE) | TIME_INTERRUPT);
        Ok(())
    }

    /// None but the pulse that is one clock long has a code for once a second in binary rollover: in decimal rollover each code is half
    /// as fast.
    fn pulses(power: u8) -> u8 {
        if power == 0 { 0 } else { power.saturating_add(1) }
    }

    fn management(address: u32, register: u32, range: u32, writes: bool) -> u32 {
        let command = if writes { 1 } else { 3 };
        (address & 0x1F) << 21 | (register & 0x1F) << 16 | (range & 0xF) << 8 | command << 2 | 1
    }

    fn start<M: Memory, N: Memory>(registers: &impl Registers, receive: &mut M, transmit: &mut N) {
        for index in 0..receive.count() {
            Self::give(receive, index);
        }
        for index in 0..transmit.count() {
            transmit.write(index, 3, 0);
        }
        let room = u32::try_from(receive.buffer(0).len()).unwrap_or(0) & 0x3FFC;
        let last = |count: usize| u32::try_from(count.saturating_sub(1)).unwrap_or(0);
        registers.write(DMA_CONTROL, DESCRIPTOR_SKIP);
        registers.write(RECEIVE_LIST, receive.descriptor(0));
        registers.write(RECEIVE_LENGTH, last(receive.count()));
        registers.write(TRANSMIT_LIST, transmit.descriptor(0));
        registers.write(TRANSMIT_LENGTH, last(transmit.count()));
        registers.write(TRANSMIT_QUEUE, registers.read(TRANSMIT_QUEUE) | TRANSMIT_QUEUE_VALUE);
        registers.write(RECEIVE_QUEUE, registers.read(RECEIVE_QUEUE) | RECEIVE_QUEUE_VALUE);
        registers.write(MAC_FILTER, PASS_MULTICAST);
        registers.write(MAC_CONTROL, MAC_CONTROL_VALUE);
        registers.write(DMA_TRANSMIT, START);
        registers.write(DMA_RECEIVE, START | room << 1);
        Self::resume_receive(registers, receive, receive.count().saturating_sub(1));
    }

    fn give<M: Memory>(memory: &mut M, index: usize) {
        // The DMA has written over the buffer's address.
        memory.write(index, 0, memory.address(index));
        memory.write(index, 1, 0);
        memory.write(index, 2, 0);
        memory.write(index, 3, RECEIVE_GIVEN);
    }

    fn resume_receive<M: Memory>(registers: &impl Registers, memory: &M, next: usize) {
        registers.write(RECEIVE_TAIL, memory.descriptor(next));
    }

    fn look<M: Memory>(memory: &M, index: usize) -> Receipt {
        let status = memory.read(index, 3);
        if status & OWN != 0 {
            return Receipt::Empty;
        }
        let length = (status & 0x7FFF).saturating_sub(CHECK_LENGTH);
        let Ok(length) = usize::try_from(length) else { return Receipt::Useless };
        // A context descriptor here belongs to a frame that went without it.
        if status & (CONTEXT | WHOLE | RECEIVE_ERROR) != WHOLE {
            return Receipt::Useless;
        }
        if status & STATUS_VALID == 0 || memory.read(index, 1) & TIME_BEHIND == 0 {
            return Receipt::Frame { length, stamp: None, descriptors: 1 };
        }
        let behind = index.wrapping_add(1).checked_rem(memory.count()).unwrap_or(0);
        for _ in 0..PATIENCE {
            let context = memory.read(behind, 3);
            if context & OWN != 0 {
                continue;
            }
            if context & CONTEXT == 0 {
                break;
            }
            let stamp = RawTime::stamp(memory.read(behind, 1), memory.read(behind, 0));
            return Receipt::Frame { length, stamp, descriptors: 2 };
        }
        Receipt::Frame { length, stamp: None, descriptors: 1 }
    }

    fn send<M: Memory>(
        registers: &impl Registers,
        memory: &mut M,
        index: usize,
        length: u32,
        leaving: Leaving,
        context: bool,
    ) {
        let stamped = if leaving == Leaving::Plain { 0 } else { TRANSMIT_STAMPED };
        memory.write(index, 0, memory.address(index));
        memory.write(index, 1, 0);
        memory.write(index, 2, TRANSMIT_INTERRUPT | stamped | length);
        memory.write(index, 3, OWN | WHOLE | length);
        if context {
            // Given last: the DMA waits there until then.
            let before = index.checked_sub(1).unwrap_or(memory.count().saturating_sub(1));
            for word in 0..3 {
                memory.write(before, word, 0);
            }
            let completes = if leaving == Leaving::OneStep { ONE_STEP } else { 0 };
            memory.write(before, 3, OWN | CONTEXT | completes);
        }
        let next = index.wrapping_add(1).checked_rem(memory.count()).unwrap_or(0);
        registers.write(TRANSMIT_TAIL, memory.descriptor(next));
    }

    fn sent<M: Memory>(memory: &M, index: usize) -> Slot {
        let status = memory.read(index, 3);
        if status & OWN != 0 {
            return Slot::Pending;
        }
        let has_time = status & TRANSMIT_TIME_VALID != 0;
        Slot::Done(if has_time { RawTime::stamp(memory.read(index, 1), memory.read(index, 0)) } else { None })
    }
}
