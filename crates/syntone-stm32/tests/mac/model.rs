//! The MAC by its manual: the time-stamp unit, clocked and counting as the hardware does, and the DMA on its rings.
//!
//! Each access takes some clocks, so that what is read in two pieces is of two moments. What hardware leaves undefined ends
//! the test: an update that is written while one is under way, a receive buffer whose address was not put back.

use std::cell::{RefCell, UnsafeCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use syntone_hal::{Instant, Timestamp};
use syntone_stm32::{Memory, Registers};

pub(crate) const HERTZ: u32 = 168_000_000;
/// Clocks of the unit that an access takes.
const ACCESS: u64 = 3;
/// How often the control register is read until a command is done.
const SLOWNESS: u32 = 2;
const LOAD: u32 = 1 << 2;
const ADD: u32 = 1 << 3;
const TAKE_ADDEND: u32 = 1 << 5;
const COMMANDS: u32 = LOAD | ADD | TAKE_ADDEND;
const OWN: u32 = 1 << 31;
const ALL_ONES: [u32; 2] = [u32::MAX; 2];
/// Eight times 256 octets, less one.
const QUEUE_ROOM: u32 = 7;
/// Clocks from the start of a frame on the medium to the status in its descriptor.
const TRANSMISSION: u64 = 1_680;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Legacy,
    Eqos,
}

/// Which ring.
pub(crate) const RECEIVE: usize = 0;
pub(crate) const TRANSMIT: usize = 1;

pub(crate) struct Mac {
    kind: Kind,
    pub(crate) ticks: u64,
    /// The unit has a clock.
    pub(crate) clocked: bool,
    counted: u64,
    pub(crate) seconds: u32,
    pub(crate) nanos: u32,
    accumulator: u32,
    addend: u32,
    busy: u32,
    registers: HashMap<u16, u32>,
    last_written: Option<u16>,
    words: [Vec<[u32; 8]>; 2],
    current: [usize; 2],
    /// A context descriptor that has not been written yet: how often its place is looked at before.
    context: Option<(u32, [u32; 2])>,
    pub(crate) context_delay: u32,
    transmitting: Option<(u64, [u32; 2])>,
    pub(crate) sent: VecDeque<Vec<u8>>,
    pub(crate) lose_ingress: bool,
    pub(crate) lose_egress: bool,
    /// Frames that found no descriptor; the DMA waits to be resumed.
    pub(crate) missed: u32,
    suspended: bool,
    /// It never transmits.
    pub(crate) stuck: bool,
    /// The interface to the PHY: its registers, and how often it is asked until it is done.
    pub(crate) phy: [u16; 32],
    phy_busy: u32,
    /// The time-stamp unit's status; whether it waits for its target.
    status: u32,
    waits: bool,
    train: Option<Train>,
    /// When pulses rose and fell, in nanoseconds of the clock.
    edges: Vec<(u128, bool)>,
    increments: u128,
    snapshots: VecDeque<(u32, [u32; 2])>,
    /// The last context descriptor has asked for frames to be completed: for the next one and those after it.
    one_step: bool,
}

/// Pulses of EQOS: the next edge by increments, or by the target where they have not begun.
struct Train {
    begun: bool,
    next: u128,
    rises: bool,
    repeats: bool,
}

/// The MAC, reached as registers and as memory.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) mac: Rc<RefCell<Mac>>,
    buffers: Rc<[Vec<UnsafeCell<Vec<u8>>>; 2]>,
}

impl Model {
    pub(crate) fn new(kind: Kind, receive: usize, transmit: usize) -> Self {
        let words = [vec![[0; 8]; receive], vec![[0; 8]; transmit]];
        let buffers = |count| (0..count).map(|_| UnsafeCell::new(vec![0; 1_536])).collect();
        let mac = Mac {
            kind,
            ticks: 0,
            clocked: true,
            counted: 0,
            seconds: 0,
            nanos: 0,
            accumulator: 0,
            addend: 0,
            busy: 0,
            // The sizes of the queues of EQOS, which the reset sets.
            registers: HashMap::from([(0x0D00, QUEUE_ROOM << 16), (0x0D30, QUEUE_ROOM << 20)]),
            last_written: None,
            words,
            current: [0; 2],
            context: None,
            context_delay: 0,
            transmitting: None,
            sent: VecDeque::new(),
            lose_ingress: false,
            lose_egress: false,
            missed: 0,
            suspended: false,
            stuck: false,
            phy: [0xFFFF; 32],
            phy_busy: 0,
            status: 0,
            waits: false,
            train: None,
            edges: Vec::new(),
            increments: 0,
            snapshots: VecDeque::new(),
            one_step: false,
        };
        Self { mac: Rc::new(RefCell::new(mac)), buffers: Rc::new([buffers(receive), buffers(transmit)]) }
    }

    /// The clock that it was not told to be wrong by.
    pub(crate) fn monotonic(&self) -> impl FnMut() -> Instant + use<> {
        let mac = self.mac.clone();
        move || {
            let mut mac = mac.borrow_mut();
            mac.ticks += ACCESS;
            Instant::from_nanos(u64::try_from(u128::from(mac.ticks) * 1_000_000_000 / u128::from(HERTZ)).expect("soon"))
        }
    }

    pub(crate) fn ticks(&self) -> u64 {
        self.mac.borrow().ticks
    }

    pub(crate) fn pass(&self, nanos: u64) {
        let ticks = u128::from(nanos) * u128::from(HERTZ) / 1_000_000_000 + 1;
        let end = self.mac.borrow().ticks + u64::try_from(ticks).expect("soon");
        // From the end of one frame to the end of the next.
        while let Some(sent) = self.next_end(end) {
            self.advance(sent);
        }
        self.advance(end);
    }

    /// When the frame on the medium has left it, if that is by `limit`.
    fn next_end(&self, limit: u64) -> Option<u64> {
        self.mac.borrow().transmitting.map(|(sent, _)| sent).filter(|sent| *sent <= limit)
    }

    fn advance(&self, ticks: u64) {
        let now = self.mac.borrow().ticks;
        self.mac.borrow_mut().ticks = now.max(ticks);
        self.settle();
    }

    /// The true time.
    pub(crate) fn time(&self, era: u64) -> Timestamp {
        let mut mac = self.mac.borrow_mut();
        mac.count();
        Timestamp::new((era << 32) + u64::from(mac.seconds), mac.nanos).expect("in range")
    }

    pub(crate) fn memory(&self, ring: usize) -> Ring {
        Ring { model: self.clone(), ring }
    }

    fn buffer(&self, ring: usize, index: usize) -> *mut Vec<u8> {
        self.buffers[ring][index].get()
    }

    /// An edge at the inputs `inputs` of EQOS.
    pub(crate) fn edge(&self, inputs: u32) {
        let mut mac = self.mac.borrow_mut();
        mac.count();
        let inputs = inputs & mac.register(0x0B40) >> 4;
        let time = [mac.nanos, mac.seconds];
        if inputs != 0 && mac.snapshots.len() == 4 {
            mac.status |= 1 << 24;
        } else if inputs != 0 {
            mac.snapshots.push_back((inputs, time));
            mac.status |= 1 << 2;
        }
    }

    /// When pulses rose (`true`) and fell, in nanoseconds of the clock.
    pub(crate) fn edges(&self) -> Vec<(u128, bool)> {
        let mut mac = self.mac.borrow_mut();
        mac.count();
        mac.edges.clone()
    }

    /// Whether the MAC interrupts for its clock.
    pub(crate) fn interrupts(&self) -> bool {
        let mut mac = self.mac.borrow_mut();
        mac.count();
        let enabled = mac.kind == Kind::Legacy || mac.register(0x00B4) >> 12 & 1 == 1;
        enabled && mac.status & 0b1010 != 0
    }

    /// A frame from the medium, `status` beside what a good one has.
    pub(crate) fn arrive(&self, frame: &[u8], status: u32) {
        let mut mac = self.mac.borrow_mut();
        mac.count();
        let time = [mac.nanos, mac.seconds];
        let time = if std::mem::take(&mut mac.lose_ingress) { ALL_ONES } else { time };
        let index = mac.current[RECEIVE];
        let owned = mac.words[RECEIVE][index][mac.status_word()] & OWN != 0 && !mac.is_tail(index);
        if mac.suspended || !owned || mac.context.is_some() {
            mac.missed += 1;
            mac.suspended = true;
            return;
        }
        let room = 256 * (1 + (mac.register(0x0D30) >> 20 & 7));
        assert!(mac.kind == Kind::Legacy || frame.len() as u32 <= room, "a whole frame fits the queue");
        let address = mac.words[RECEIVE][index][if mac.kind == Kind::Legacy { 2 } else { 0 }];
        assert_eq!(address, address_of(RECEIVE, index), "the address of the buffer was put back");
        // SAFETY: the descriptor is the DMA's, so the driver holds no reference to its buffer.
        let buffer = unsafe { &mut *self.buffer(RECEIVE, index) };
        buffer[..frame.len()].copy_from_slice(frame);
        let length = frame.len() as u32 + 4;
        mac.current[RECEIVE] = (index + 1) % mac.words[RECEIVE].len();
        let kind = mac.kind;
        let words = &mut mac.words[RECEIVE][index];
        match kind {
            Kind::Legacy => {
                // Without a time the words are what they were.
                let valid = if time == ALL_ONES { 0 } else { 1 << 7 };
                (words[6], words[7]) = if valid == 0 { (words[6] % 7, 6) } else { (time[0], time[1]) };
                words[0] = length << 16 | 3 << 8 | valid | status;
            }
            Kind::Eqos => {
                *words = [0xFEFE_FEFE, 1 << 14, 0, 3 << 28 | 1 << 26 | length | status, 0, 0, 0, 0];
                mac.context = Some((mac.context_delay, time));
                mac.write_context(false);
            }
        }
    }

    /// What has come to its end by now.
    fn settle(&self) {
        let mut mac = self.mac.borrow_mut();
        while let Some((end, time)) = mac.transmitting.filter(|(end, _)| *end <= mac.ticks) {
            let index = mac.current[TRANSMIT];
            let stamped = mac.wants_stamp(index);
            let lost = stamped && std::mem::take(&mut mac.lose_egress);
            let kind = mac.kind;
            let words = &mut mac.words[TRANSMIT][index];
            let valid = if stamped && !lost { 1 << 17 } else { 0 };
            match kind {
                Kind::Legacy => {
                    (words[6], words[7]) = if valid == 0 { (5, 5) } else { (time[0], time[1]) };
                    words[0] = words[0] & !OWN | valid;
                }
                Kind::Eqos => {
                    (words[0], words[1]) = if valid == 0 { (5, 5) } else { (time[0], time[1]) };
                    words[3] = 3 << 28 | valid;
                }
            }
            mac.current[TRANSMIT] = (index + 1) % mac.words[TRANSMIT].len();
            mac.transmitting = None;
            drop(mac);
            self.transmit(end);
            mac = self.mac.borrow_mut();
        }
    }

    /// It looks at the transmit ring again.
    pub(crate) fn wake(&self) {
        let now = self.ticks();
        self.transmit(now);
    }

    /// Starts the next frame of the transmit ring at the clock `start`, if there is one and none is on its way.
    fn transmit(&self, start: u64) {
        let mut mac = self.mac.borrow_mut();
        let mut index = mac.current[TRANSMIT];
        // It has come to its tail pointer: there is nothing, whatever is there.
        if mac.kind == Kind::Eqos && mac.register(0x1120) == descriptor_of(TRANSMIT, index) {
            return;
        }
        let mut words = mac.words[TRANSMIT][index];
        let is_context = mac.kind == Kind::Eqos && words[3] & (OWN | 1 << 30) == OWN | 1 << 30;
        if is_context && !mac.stuck && mac.transmitting.is_none() {
            mac.one_step = words[3] & 3 << 26 == 3 << 26;
            mac.words[TRANSMIT][index][3] &= !OWN;
            index = (index + 1) % mac.words[TRANSMIT].len();
            mac.current[TRANSMIT] = index;
            words = mac.words[TRANSMIT][index];
            assert_ne!(words[3] & OWN, 0, "the frame is given before its context");
        }
        if mac.stuck || mac.transmitting.is_some() || words[mac.status_word()] & OWN == 0 {
            return;
        }
        let (length, address) = match mac.kind {
            Kind::Legacy => (words[1] & 0x1FFF, words[2]),
            Kind::Eqos => (words[2] & 0x3FFF, words[0]),
        };
        assert_eq!(address, address_of(TRANSMIT, index));
        // SAFETY: the descriptor is the DMA's, so the driver holds no reference to its buffer.
        let buffer = unsafe { &*self.buffer(TRANSMIT, index) };
        let room = 256 * (1 + (mac.register(0x0D00) >> 16 & 7));
        assert!(mac.kind == Kind::Legacy || length <= room, "a whole frame fits the queue");
        let mut frame = buffer[..length as usize].to_vec();
        mac.count();
        let time = [mac.nanos, mac.seconds];
        if mac.one_step {
            assert_eq!(mac.register(0x0B00) & 0x8C00, 0x8C00, "a master that knows PTP over Ethernet");
            // The lower 32 bits of the seconds: the unit has no more.
            frame[14 + 36..14 + 40].copy_from_slice(&time[1].to_be_bytes());
            frame[14 + 40..14 + 44].copy_from_slice(&time[0].to_be_bytes());
        }
        mac.sent.push_back(frame);
        mac.transmitting = Some((start.max(mac.ticks) + TRANSMISSION, time));
    }
}

/// What the errata of H562, H563 and H573 want of each write.
fn check_errata(offset: u16, value: u32) {
    assert_ne!(offset, 0x0230, "ES0565 2.22.6: status bits stay cleared by being read");
    assert!(offset & 0xFF != 0x20 || value & 0xF == 0, "ES0565 2.22.6: {value:#x} at {offset:#x} clears others' bits");
    let makes_frames = match offset {
        0x0000 => value >> 31 == 1,            // answers to ARP
        0x0070 | 0x0BC0 => value & 0b111 != 0, // pauses; PTP by itself
        _ => false,
    };
    assert!(!makes_frames, "ES0565 2.22.7: {value:#x} at {offset:#x} has the MAC make frames by itself");
}

fn descriptor_of(ring: usize, index: usize) -> u32 {
    0x2004_0000 + ((ring as u32) << 12) + index as u32 * 32
}

fn address_of(ring: usize, index: usize) -> u32 {
    0x2000_0000 + ((ring as u32) << 16) + index as u32 * 0x800
}

impl Mac {
    fn status_word(&self) -> usize {
        if self.kind == Kind::Legacy { 0 } else { 3 }
    }

    /// EQOS uses the receive descriptors up to its tail pointer, and not that one.
    fn is_tail(&self, index: usize) -> bool {
        self.kind == Kind::Eqos && self.register(0x1128) == descriptor_of(RECEIVE, index)
    }

    fn wants_stamp(&self, index: usize) -> bool {
        let words = self.words[TRANSMIT][index];
        if self.kind == Kind::Legacy { words[0] >> 25 & 1 == 1 } else { words[2] >> 30 & 1 == 1 }
    }

    fn management(&self) -> u16 {
        if self.kind == Kind::Legacy { 0x10 } else { 0x200 }
    }

    /// A command for the PHY at the address 0; elsewhere there is none.
    fn manage(&mut self, command: u32) {
        let (address, register, range, writes) = match self.kind {
            Kind::Legacy => (command >> 11 & 0x1F, command >> 6 & 0x1F, command >> 2 & 7, command >> 1 & 1 == 1),
            Kind::Eqos => (command >> 21 & 0x1F, command >> 16 & 0x1F, command >> 8 & 0xF, command >> 2 & 3 == 1),
        };
        assert_eq!((command & 1, range), (1, 4), "busy is set, and the bus is not too fast at {HERTZ} Hz");
        self.phy_busy = 20;
        let data = self.management() + 4;
        let value = self.register(data) as u16;
        let answer = if address == 0 { self.phy[register as usize] } else { 0xFFFF };
        if writes && address == 0 {
            self.phy[register as usize] = value;
        } else if !writes {
            self.registers.insert(data, u32::from(answer));
        }
    }

    fn unit(&self) -> u16 {
        if self.kind == Kind::Legacy { 0x0700 } else { 0x0B00 }
    }

    fn register(&self, offset: u16) -> u32 {
        self.registers.get(&offset).copied().unwrap_or(0)
    }

    /// Lets the clock count up to now.
    pub(crate) fn count(&mut self) {
        let elapsed = u128::from(self.ticks - std::mem::replace(&mut self.counted, self.ticks));
        if !self.clocked || self.register(self.unit()) & 3 != 3 {
            return;
        }
        let increment = self.register(self.unit() + 4);
        let increment = u128::from(if self.kind == Kind::Legacy { increment } else { increment >> 16 } & 0xFF);
        let total = u128::from(self.accumulator) + elapsed * u128::from(self.addend);
        self.accumulator = (total & 0xFFFF_FFFF) as u32;
        let before = self.whole();
        let nanos = u128::from(self.nanos) + (total >> 32) * increment;
        self.nanos = (nanos % 1_000_000_000) as u32;
        let (seconds, over) = self.seconds.overflowing_add((nanos / 1_000_000_000) as u32);
        self.seconds = seconds;
        self.status |= u32::from(over);
        self.look_at_target();
        self.let_pulses_pass(before, total >> 32, increment);
    }

    fn whole(&self) -> u128 {
        u128::from(self.seconds) * 1_000_000_000 + u128::from(self.nanos)
    }

    /// Seconds and nanoseconds of the target.
    fn target(&self) -> u128 {
        let at = self.unit() + if self.kind == Kind::Legacy { 0x1C } else { 0x80 };
        u128::from(self.register(at)) * 1_000_000_000 + u128::from(self.register(at + 4) & 0x7FFF_FFFF)
    }

    fn look_at_target(&mut self) {
        if !self.waits || self.whole() < self.target() {
            return;
        }
        self.waits = false;
        self.status |= 1 << 1;
        if self.kind == Kind::Legacy {
            let control = self.register(0x0700) & !(1 << 4);
            self.registers.insert(0x0700, control);
        }
    }

    /// Edges of the pulses while the clock has gone on by `count` increments from `before` on.
    fn let_pulses_pass(&mut self, before: u128, count: u128, increment: u128) {
        let (start, end) = (self.increments, self.increments + count);
        self.increments = end;
        let target = self.target();
        let [interval, width] = [0x0B88, 0x0B8C].map(|at| u128::from(self.register(at)) + 1);
        let Some(mut train) = self.train.take() else { return };
        if !train.begun {
            train.next = start + target.saturating_sub(before).div_ceil(increment);
            train.begun = train.next <= end;
        }
        while train.begun && train.next <= end {
            self.edges.push((before + (train.next - start) * increment, train.rises));
            if !train.rises && !train.repeats {
                return;
            }
            train.next += if train.rises { width } else { interval - width };
            train.rises = !train.rises;
        }
        self.train = Some(train);
    }

    /// Takes over what was written to the control of the pulses.
    fn obey_pulses(&mut self) {
        let control = self.register(0x0B70);
        if control >> 4 & 1 == 1 {
            let train = |repeats| Some(Train { begun: false, next: 0, rises: true, repeats });
            match control & 0xF {
                1 => self.train = train(false),
                2 => self.train = train(true),
                3 => self.train = self.train.take().filter(|train| train.begun),
                5 => self.train = self.train.take().filter(|train| !train.begun),
                _ => {}
            }
            self.registers.insert(0x0B70, control & !0xF);
        }
    }

    /// The target is for the interrupt.
    fn wait_for_target(&mut self) {
        let late = self.whole() >= self.target();
        self.waits = !late;
        self.status |= if late { 1 << 3 } else { 0 };
    }

    /// Does what was commanded.
    fn obey(&mut self) {
        self.count();
        let control = self.register(self.unit());
        assert_eq!(control >> 9 & 1, 1, "decimal rollover");
        let (seconds, nanos) = (self.register(self.unit() + 0x10), self.register(self.unit() + 0x14));
        if control & (LOAD | ADD) != 0 {
            assert!(nanos < 1_000_000_000, "neither a sign nor more than a second");
        }
        if control & LOAD != 0 {
            (self.seconds, self.nanos) = (seconds, nanos);
        }
        if control & ADD != 0 {
            let sum = self.nanos + nanos;
            self.nanos = sum % 1_000_000_000;
            self.seconds = self.seconds.wrapping_add(seconds).wrapping_add(sum / 1_000_000_000);
        }
        if control & TAKE_ADDEND != 0 {
            self.addend = self.register(self.unit() + 0x18);
        }
        let unit = self.unit();
        self.registers.insert(unit, control & !COMMANDS);
    }

    /// Writes the context descriptor behind a frame as soon as it is time and its place is the DMA's.
    fn write_context(&mut self, looked_at: bool) {
        let Some((delay, time)) = self.context else { return };
        let index = self.current[RECEIVE];
        if delay > 0 {
            self.context = Some((delay - u32::from(looked_at), time));
        } else if self.words[RECEIVE][index][3] & OWN != 0 && !self.is_tail(index) {
            self.words[RECEIVE][index] = [time[0], time[1], 0, 1 << 30 | 3 << 28 | 68, 0, 0, 0, 0];
            self.current[RECEIVE] = (index + 1) % self.words[RECEIVE].len();
            self.context = None;
        }
    }
}

impl Registers for Model {
    fn read(&self, offset: u16) -> u32 {
        self.settle();
        let mut mac = self.mac.borrow_mut();
        mac.ticks += ACCESS;
        mac.last_written = None;
        let unit = mac.unit();
        if offset == unit && mac.busy > 0 && mac.clocked {
            mac.busy -= 1;
            if mac.busy == 0 {
                mac.obey();
            }
        }
        mac.count();
        if offset == mac.management() {
            mac.phy_busy = mac.phy_busy.saturating_sub(1);
            return mac.register(offset) & !1 | u32::from(mac.phy_busy > 0);
        }
        if offset == unit + if mac.kind == Kind::Legacy { 0x28 } else { 0x20 } {
            let status = mac.status;
            // What says what was missed, and of the snapshots how many there are, stays.
            mac.status &= 1 << 24;
            let inputs = mac.snapshots.front().map_or(0, |(inputs, _)| *inputs);
            return status | inputs << 16 | (mac.snapshots.len() as u32) << 25;
        }
        match (offset.wrapping_sub(unit), mac.kind) {
            (0x08, _) => mac.seconds,
            (0x0C, _) => mac.nanos,
            (0x48, Kind::Eqos) => mac.snapshots.front().map_or(0, |(_, time)| time[0]),
            (0x4C, Kind::Eqos) => mac.snapshots.pop_front().map_or(0, |(_, time)| time[1]),
            _ => mac.register(offset),
        }
    }

    fn write(&self, offset: u16, value: u32) {
        self.settle();
        let mut mac = self.mac.borrow_mut();
        mac.ticks += ACCESS;
        mac.count();
        // ES0206: the second of two writes in a row may be lost.
        if mac.kind == Kind::Legacy && mac.last_written.replace(offset) == Some(offset) {
            return;
        }
        if mac.kind == Kind::Eqos {
            check_errata(offset, value);
        }
        let of_unit = offset.wrapping_sub(mac.unit());
        if matches!(of_unit, 0x00 | 0x10 | 0x14 | 0x18) {
            assert_eq!(mac.busy, 0, "register {offset:#x} is written while an update is under way");
        }
        mac.registers.insert(offset, value);
        if (of_unit, mac.kind) == (0x00, Kind::Legacy) {
            mac.waits = value >> 4 & 1 == 1;
        }
        match (of_unit, mac.kind, offset) {
            (0x00, ..) if value & COMMANDS != 0 => mac.busy = SLOWNESS,
            (0x40, Kind::Eqos, _) => {
                mac.snapshots.clear();
                mac.status &= !(1 << 24 | 1 << 2);
            }
            (0x70, Kind::Eqos, _) => mac.obey_pulses(),
            (0x84, Kind::Eqos, _) if mac.register(0x0B70) >> 5 & 3 == 0 => mac.wait_for_target(),
            (_, Kind::Legacy, 0x10) | (_, Kind::Eqos, 0x200) => mac.manage(value),
            (_, Kind::Legacy, 0x1008) | (_, Kind::Eqos, 0x1128) => mac.suspended = false,
            (_, Kind::Legacy, 0x1004) | (_, Kind::Eqos, 0x1120) => {
                let now = mac.ticks;
                drop(mac);
                self.transmit(now);
            }
            _ => {}
        }
    }
}

/// One ring, as the driver sees it.
pub(crate) struct Ring {
    model: Model,
    ring: usize,
}

impl Memory for Ring {
    fn count(&self) -> usize {
        self.model.buffers[self.ring].len()
    }

    fn read(&self, index: usize, word: usize) -> u32 {
        self.model.settle();
        let mut mac = self.model.mac.borrow_mut();
        mac.ticks += 1;
        mac.last_written = None;
        let looked_at = self.ring == RECEIVE && index == mac.current[RECEIVE];
        mac.write_context(looked_at);
        mac.words[self.ring][index][word]
    }

    fn write(&mut self, index: usize, word: usize, value: u32) {
        let mut mac = self.model.mac.borrow_mut();
        mac.ticks += 1;
        mac.words[self.ring][index][word] = value;
    }

    fn descriptor(&self, index: usize) -> u32 {
        descriptor_of(self.ring, index)
    }

    fn address(&self, index: usize) -> u32 {
        address_of(self.ring, index)
    }

    fn buffer(&self, index: usize) -> &[u8] {
        // SAFETY: the driver asks for buffers of descriptors that are its own, which the model does not touch.
        unsafe { &*self.model.buffer(self.ring, index) }
    }

    fn buffer_mut(&mut self, index: usize) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { &mut *self.model.buffer(self.ring, index) }
    }
}
