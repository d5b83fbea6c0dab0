//! The LAN9118 Ethernet controller, as far as PTP over Ethernet needs it.
//!
//! It stamps nothing itself: an interrupt reads its free-running counter when a frame has arrived, and so does the
//! program just before it hands over the last word of a frame to be sent.

use crate::arrivals::Arrivals;
use crate::bus::Bus;

/// EtherType of PTP (IEEE 1588-2019 E.2).
const ETHERTYPE: [u8; 2] = [0x88, 0xF7];
/// Destination, source and type.
const HEADER_LENGTH: usize = 14;
/// The check sequence behind each received frame.
const CHECK_LENGTH: usize = 4;
/// Octets before each frame in the data FIFOs, so that the PTP message begins at a word.
const PADDING: usize = 2;

const RX_DATA: u32 = 0x00;
const TX_DATA: u32 = 0x20;
const RX_STATUS: u32 = 0x40;
const TX_STATUS: u32 = 0x48;
const IRQ_CFG: u32 = 0x54;
const INT_STS: u32 = 0x58;
const INT_EN: u32 = 0x5C;
const BYTE_TEST: u32 = 0x64;
const FIFO_INT: u32 = 0x68;
const RX_CFG: u32 = 0x6C;
const TX_CFG: u32 = 0x70;
const HW_CFG: u32 = 0x74;
const RX_FIFO_INF: u32 = 0x7C;
const TX_FIFO_INF: u32 = 0x80;
const GPT_CFG: u32 = 0x8C;
const FREE_RUN: u32 = 0x9C;
const MAC_CSR_CMD: u32 = 0xA4;
const MAC_CSR_DATA: u32 = 0xA8;

/// BYTE_TEST reads this once the chip can be talked to.
const BYTE_TEST_PATTERN: u32 = 0x8765_4321;
/// Enabled, active high, driven.
const IRQ_CFG_ON: u32 = 0x111;
/// Interrupt: more frames wait than the level in FIFO_INT.
const RX_LEVEL: u32 = 1 << 3;
/// Interrupt: the general-purpose timer has run out.
const TIMER: u32 = 1 << 19;
const GPT_ENABLE: u32 = 1 << 29;
/// HW_CFG: reset; and the bit that must be set, with 5 KB for transmission.
const SOFT_RESET: u32 = 1;
const HW_CFG_VALUE: u32 = 1 << 20 | 5 << 16;
/// TX_CFG: on, and statuses that nobody fetches are overwritten.
const TX_CFG_VALUE: u32 = 1 << 1 | 1 << 2;
/// Command A: first and last segment of a frame.
const WHOLE_FRAME: u32 = 1 << 13 | 1 << 12;
/// Either status: the frame is bad, or did not leave.
const STATUS_ERROR: u32 = 1 << 15;
const CSR_BUSY: u32 = 1 << 31;
const MAC_CR: u32 = 1;
const MAC_ADDRESS_HIGH: u32 = 2;
const MAC_ADDRESS_LOW: u32 = 3;
/// MAC_CR: full duplex, all multicast, transmitter and receiver on.
const MAC_CR_VALUE: u32 = 1 << 20 | 1 << 19 | 1 << 3 | 1 << 2;
/// How often a register is asked before the chip counts as dead.
const PATIENCE: u32 = 100_000;

/// A PTP message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Octets of the message; those beyond the end of the buffer are lost.
    pub length: usize,
    /// The sender's station address.
    pub source: [u8; 6],
    /// The counter at its arrival, unless that was lost.
    pub arrival: Option<u32>,
}

/// What became of a frame that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The tag it was sent with.
    pub tag: u16,
    /// It left.
    pub left: bool,
}

/// The controller.
#[derive(Clone, Copy, Debug)]
pub struct Lan9118<B> {
    bus: B,
}

impl<B: Bus> Lan9118<B> {
    /// The controller behind `bus`.
    #[must_use]
    pub const fn new(bus: B) -> Self {
        Self { bus }
    }

    /// Resets the chip and switches it on with the station address `station`; its counter begins at 0. False if it does
    /// not answer.
    pub fn start(&self, station: [u8; 6]) -> bool {
        let bus = &self.bus;
        bus.write(HW_CFG, SOFT_RESET);
        if !until(|| bus.read(HW_CFG) & SOFT_RESET == 0 && bus.read(BYTE_TEST) == BYTE_TEST_PATTERN) {
            return false;
        }
        bus.write(HW_CFG, HW_CFG_VALUE);
        bus.write(RX_CFG, (PADDING as u32) << 8);
        bus.write(TX_CFG, TX_CFG_VALUE);
        bus.write(FIFO_INT, 0);
        bus.write(INT_STS, u32::MAX);
        bus.write(INT_EN, RX_LEVEL | TIMER);
        bus.write(IRQ_CFG, IRQ_CFG_ON);
        let [a, b, c, d, e, f] = station;
        self.write_mac(MAC_ADDRESS_LOW, u32::from_le_bytes([a, b, c, d]))
            && self.write_mac(MAC_ADDRESS_HIGH, u32::from_le_bytes([e, f, 0, 0]))
            && self.write_mac(MAC_CR, MAC_CR_VALUE)
    }

    /// The free-running counter: 25 MHz.
    #[inline]
    pub fn counter(&self) -> u32 {
        self.bus.read(FREE_RUN)
    }

    /// To be called by the interrupt with the counter as it was read first of all.
    pub fn on_interrupt(&self, now: u32, arrivals: &Arrivals) {
        self.bus.write(INT_STS, TIMER);
        self.catch_up(now, arrivals);
    }

    /// Waits for a frame, `hundreds` times 100 µs at the most.
    pub fn sleep(&self, hundreds: u16, arrivals: &Arrivals) {
        self.bus.write(GPT_CFG, 0);
        self.bus.write(GPT_CFG, GPT_ENABLE | u32::from(hundreds));
        // With interrupts off, so that a frame cannot slip in between the look and the sleep.
        self.bus.uninterrupted(|| {
            if arrivals.is_empty() {
                self.bus.wait_for_interrupt();
            }
        });
    }

    /// Takes the oldest PTP message into `buffer` and drops whatever else has arrived before it.
    pub fn receive(&self, buffer: &mut [u8], arrivals: &Arrivals) -> Option<Frame> {
        loop {
            let (status, arrival) = self.take_status(arrivals)?;
            let length = (status >> 16 & 0x3FFF) as usize;
            let frame = self.take_data(length, buffer);
            if let Some((source, length)) = frame
                && status & STATUS_ERROR == 0
            {
                return Some(Frame { length, source, arrival });
            }
        }
    }

    /// Sends a PTP message and returns the counter at the moment it left, or `None` if there is no room.
    pub fn send(&self, destination: [u8; 6], source: [u8; 6], message: &[u8], tag: u16) -> Option<u32> {
        let length = HEADER_LENGTH.saturating_add(message.len()) as u32 & 0x7FF;
        if self.bus.read(TX_FIFO_INF) & 0xFFFF < length.saturating_add(32) {
            return None;
        }
        let put = |word| self.bus.write(TX_DATA, word);
        put(WHOLE_FRAME | (PADDING as u32) << 16 | length);
        put(u32::from(tag) << 16 | length);
        let [a, b, c, d, e, f] = destination;
        put(u32::from_le_bytes([0, 0, a, b]));
        put(u32::from_le_bytes([c, d, e, f]));
        let [a, b, c, d, e, f] = source;
        put(u32::from_le_bytes([a, b, c, d]));
        // One word is kept back, so that the counter can be read just before the last one.
        let mut last = u32::from_le_bytes([e, f, ETHERTYPE[0], ETHERTYPE[1]]);
        for chunk in message.chunks(4) {
            put(last);
            last = chunk.iter().rev().fold(0, |word, octet| word << 8 | u32::from(*octet));
        }
        Some(self.bus.uninterrupted(|| {
            let now = self.counter();
            put(last);
            now
        }))
    }

    /// What became of the next frame that was sent.
    pub fn sent(&self) -> Option<Sent> {
        if self.bus.read(TX_FIFO_INF) >> 16 & 0xFF == 0 {
            return None;
        }
        let status = self.bus.read(TX_STATUS);
        Some(Sent { tag: (status >> 16) as u16, left: status & STATUS_ERROR == 0 })
    }

    /// Notes what has arrived by `now` and moves the interrupt's level up to it, so that the next frame interrupts again.
    fn catch_up(&self, mut now: u32, arrivals: &Arrivals) {
        // A frame that arrives in between shows as a count that has changed.
        for _ in 0..PATIENCE {
            self.bus.write(INT_STS, RX_LEVEL);
            let waiting = self.waiting();
            arrivals.note(now, waiting);
            self.bus.write(FIFO_INT, u32::from(waiting));
            now = self.counter();
            if self.waiting() == waiting {
                return;
            }
        }
    }

    /// Frames in the receive FIFO.
    fn waiting(&self) -> u8 {
        (self.bus.read(RX_FIFO_INF) >> 16) as u8
    }

    /// The status word of the oldest frame, and its arrival.
    fn take_status(&self, arrivals: &Arrivals) -> Option<(u32, Option<u32>)> {
        self.bus.uninterrupted(|| {
            if self.waiting() == 0 {
                return None;
            }
            self.catch_up(self.counter(), arrivals);
            let status = self.bus.read(RX_STATUS);
            let arrival = arrivals.take(self.waiting());
            self.catch_up(self.counter(), arrivals);
            Some((status, arrival))
        })
    }

    /// Takes a frame of `length` octets out of the data FIFO; its source and message length if it is PTP.
    fn take_data(&self, length: usize, buffer: &mut [u8]) -> Option<([u8; 6], usize)> {
        let get = || self.bus.read(RX_DATA).to_le_bytes();
        let _destination = (get(), get());
        let ([a, b, c, d], [e, f, type_high, type_low]) = (get(), get());
        let message = length.saturating_sub(HEADER_LENGTH.saturating_add(CHECK_LENGTH));
        let mut slots = buffer.iter_mut().take(message);
        for _ in 4..length.saturating_add(PADDING).div_ceil(4) {
            for octet in get() {
                if let Some(slot) = slots.next() {
                    *slot = octet;
                }
            }
        }
        ([type_high, type_low] == ETHERTYPE).then_some(([a, b, c, d, e, f], message))
    }

    /// Writes one of the MAC's own registers, which are reached indirectly.
    fn write_mac(&self, register: u32, value: u32) -> bool {
        self.bus.write(MAC_CSR_DATA, value);
        self.bus.write(MAC_CSR_CMD, CSR_BUSY | register);
        until(|| self.bus.read(MAC_CSR_CMD) & CSR_BUSY == 0)
    }
}

/// Asks until the answer is yes, but not for ever.
fn until(done: impl Fn() -> bool) -> bool {
    (0..PATIENCE).any(|_| done())
}
