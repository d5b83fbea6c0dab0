//! The LAN9118 Ethernet controller, as far as PTP needs it.
//!
//! It stamps nothing itself: an interrupt reads its free-running counter when a frame has arrived, and so does the
//! program just before it hands over the last word of a frame to be sent.

use crate::arrivals::Arrivals;
use crate::bus::Bus;
use syntone_smoltcp::Outgoing;

/// The check sequence behind each received frame.
pub const CHECK_LENGTH: u32 = 4;
/// Octets before each frame in the data FIFOs, so that the PTP message begins at a word.
pub const PADDING: u32 = 2;

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
pub const STATUS_ERROR: u32 = 1 << 15;
const CSR_BUSY: u32 = 1 << 31;
const MAC_CR: u32 = 1;
const MAC_ADDRESS_HIGH: u32 = 2;
const MAC_ADDRESS_LOW: u32 = 3;
const MII_ACCESS: u32 = 6;
const MII_DATA: u32 = 7;
/// Writes the control register of the PHY, whose address is 1.
const MII_WRITE_CONTROL: u32 = 1 << 11 | 1 << 1 | 1;
/// Its control register: loopback, 100 Mbit/s, full duplex.
const PHY_LOOPBACK: u32 = 1 << 14 | 1 << 13 | 1 << 8;
/// MAC_CR: full duplex, all multicast, transmitter and receiver on.
const MAC_CR_VALUE: u32 = 1 << 20 | 1 << 19 | 1 << 3 | 1 << 2;
/// How often a register is asked before the chip counts as dead.
const PATIENCE: u32 = 100_000;

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
        bus.write(RX_CFG, PADDING << 8);
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

    /// What leaves comes back, by way of the PHY, and nothing else. False if the chip does not answer.
    pub fn loop_back(&self) -> bool {
        self.write_mac(MII_DATA, PHY_LOOPBACK) && self.write_mac(MII_ACCESS, MII_WRITE_CONTROL)
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

    /// Takes the next word of a frame of which `octets` are left, with [`PADDING`] before and [`CHECK_LENGTH`] behind it.
    pub fn take_word(&self, octets: &mut u32) -> u32 {
        *octets = octets.saturating_sub(4);
        self.bus.read(RX_DATA)
    }

    /// A frame of so many octets can be sent.
    pub fn has_room(&self, length: u32) -> bool {
        self.bus.read(TX_FIFO_INF) & 0xFFFF >= length.saturating_add(32)
    }

    /// Sends a frame and returns the counter at the moment it left, or `None` if there is no room.
    pub fn send(&self, frame: Outgoing<'_>, tag: u16) -> Option<u32> {
        let length = frame.length() as u32 & 0x7FF;
        if !self.has_room(length) {
            return None;
        }
        let put = |word| self.bus.write(TX_DATA, word);
        put(WHOLE_FRAME | PADDING << 16 | length);
        // One word is kept back, so that the counter can be read just before the last one.
        let mut last = u32::from(tag) << 16 | length;
        let (mut word, mut shift) = (0_u32, PADDING << 3);
        for part in frame.parts() {
            for octet in part {
                word |= u32::from(*octet) << shift;
                shift = shift.wrapping_add(8) & 31;
                if shift == 0 {
                    put(last);
                    (last, word) = (word, 0);
                }
            }
        }
        if shift > 0 {
            put(last);
            last = word;
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

    /// The status word of the oldest frame, and the counter at its arrival unless that was lost. All of the frame must be taken
    /// before the next one.
    pub fn take_status(&self, arrivals: &Arrivals) -> Option<(u32, Option<u32>)> {
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

    /// Writes one of the MAC's own registers, which are reached indirectly.
    #[inline(never)]
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
