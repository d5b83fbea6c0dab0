//! What differs between the two kinds of MAC.

use crate::arithmetic::RawTime;
use crate::memory::Memory;
use crate::registers::Registers;
use syntone_hal::ErrorKind;

/// One kind of MAC: where its time-stamp registers are, and how its descriptors are laid out.
pub trait Block {
    /// Control of the time-stamp unit. Its bits are the same in both kinds.
    const CONTROL: u16;
    /// What is in the control register of a running unit.
    const RUNNING: u32;
    /// Increment, and by how much it is shifted there.
    const INCREMENT: (u16, u32);
    /// Seconds and nanoseconds of the clock.
    const TIME: (u16, u16);
    /// Seconds and nanoseconds to be loaded or added.
    const UPDATE: (u16, u16);
    /// The addend.
    const ADDEND: u16;

    /// Seconds and nanoseconds of the moment to wait for.
    const TARGET: (u16, u16);
    /// What has happened, cleared by being read.
    const EVENTS: u16;
    /// In the control register: the unit waits for the target, once.
    const WAITS: u32;
    /// The DMA stops where its tail pointer is: of each ring one descriptor is left free, since a ring that is full would look empty.
    const HAS_TAIL: bool;
    /// The hardware completes a Sync as it leaves.
    const ONE_STEP: bool;
    /// Control of what the pulse output gives by itself, and the largest value there is.
    const PULSES: (u16, u8);
    /// Resets the MAC and its DMA by its lowest bit, which clears itself.
    const RESET: u16 = 0x1000;
    /// The upper two and the lower four octets of the station address.
    const STATION: (u16, u16);
    /// Interrupts of the DMA: what enables them, which are enabled, and the status that is cleared by ones.
    const INTERRUPTS: (u16, u32, u16);
    /// Command and data of the interface to the PHY.
    const MANAGEMENT: (u16, u16);

    /// What is written to the code of [`Block::PULSES`] for 2^`power` pulses in a second.
    fn pulses(power: u8) -> u8;

    /// The command that reads or writes `register` of the PHY `address`, with the clock `range` of its bus.
    fn management(address: u32, register: u32, range: u32, writes: bool) -> u32;

    /// Starts the DMA on its rings, and the MAC in full duplex at 100 Mbit/s, passing all multicasts.
    fn start<M: Memory, N: Memory>(registers: &impl Registers, receive: &mut M, transmit: &mut N);

    /// Gives a receive descriptor to the DMA.
    fn give<M: Memory>(memory: &mut M, index: usize);

    /// The DMA may have stopped for want of receive descriptors: `next` was given to it last.
    fn resume_receive<M: Memory>(registers: &impl Registers, memory: &M, next: usize);

    /// What is in the receive descriptor `index` and those that belong to it.
    fn look<M: Memory>(memory: &M, index: usize) -> Receipt;

    /// Lets the unit wait for its target and interrupt then; [`ErrorKind::Busy`] while it has not taken over the last target.
    ///
    /// # Errors
    /// As above.
    fn aim(registers: &impl Registers) -> Result<(), ErrorKind>;

    /// Gives a frame of `length` octets, which is in the buffer of the descriptor `index`, to the DMA. With `context` the descriptor
    /// before tells it anew whether frames are completed as they leave, which holds until it is told otherwise.
    fn send<M: Memory>(
        registers: &impl Registers,
        memory: &mut M,
        index: usize,
        length: u32,
        leaving: Leaving,
        context: bool,
    );

    /// What became of a frame that was sent.
    fn sent<M: Memory>(memory: &M, index: usize) -> Slot;
}

/// What is done to a frame as it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// Nothing.
    Plain,
    /// It is stamped.
    Stamped,
    /// Its egress time is written into it: [`OneStep::Origin`](syntone_hal::OneStep::Origin).
    OneStep,
}

/// What is in a receive descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Nothing yet.
    Empty,
    /// Nothing of use: one descriptor to be given back.
    Useless,
    /// A frame.
    Frame {
        /// Its octets, without the check sequence.
        length: usize,
        /// Its ingress time, unless there is none.
        stamp: Option<RawTime>,
        /// Descriptors that it takes.
        descriptors: usize,
    },
}

/// What became of a transmit descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// It is on its way.
    Pending,
    /// It left or was given up; with its egress time, if there is one.
    Done(Option<RawTime>),
}
