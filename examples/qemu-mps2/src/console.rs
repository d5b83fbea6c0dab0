//! What the board says, by semihosting: whole numbers and words, nothing that needs `core::fmt`.

use core::ffi::c_void;
use cortex_m_semihosting::{debug, nr};
use syntone::servo::{LockState, Servo};
use syntone::state::State;
use syntone::{Clock, Event};
use syntone_hal::{ClockHal, Instant, PortIndex};

const SECOND: u64 = 1_000_000_000;
/// Unbroken lock after which all is well.
const STEADY: u64 = 5 * SECOND;
/// Time after which it is not.
const PATIENCE: u64 = 60 * SECOND;

/// Says once a second how it goes, and when it is time to end.
#[derive(Default)]
pub(crate) struct Watch {
    next_line: Instant,
    locked_since: Option<Instant>,
}

impl Watch {
    /// `Some` when it is time to end: whether all is well.
    pub(crate) fn look(&mut self, clock: &Clock, board: &mut impl ClockHal) -> Option<bool> {
        let now = board.monotonic();
        let locked = clock.lock_state() == LockState::Locked;
        self.locked_since = self.locked_since.or(Some(now)).filter(|_| locked);
        if now >= self.next_line {
            self.next_line = now.plus_nanos(SECOND);
            report(now, clock);
        }
        if self.locked_since.is_some_and(|since| now.nanos_since(since) > STEADY) {
            report(now, clock);
            return Some(true);
        }
        (now.nanos() > PATIENCE).then_some(false)
    }
}

/// Says what happened.
pub(crate) fn tell(event: &Event) {
    let line = Line::new();
    match event {
        Event::State { to, .. } => line.text("state ").text(state(*to)),
        Event::Lock(lock) => line.text("lock ").text(lock_state(*lock)),
        Event::Stepped(nanos) => line.text("stepped by ").number(*nanos).text(" ns"),
        Event::Parent { .. } => line.text("new parent"),
        Event::Fault { .. } => line.text("fault"),
        _ => return,
    }
    .print();
}

/// Ends the emulator.
pub(crate) fn exit(well: bool) {
    Line::new().text(if well { "locked" } else { "not locked" }).print();
    debug::exit(if well { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
}

fn report(now: Instant, clock: &Clock) {
    let current = clock.current_ds();
    let port = clock.port_ds(PortIndex(0)).map_or(State::Initializing, |port| port.port_state);
    Line::new()
        .number((now.nanos() / 1_000_000) as i64)
        .text(" ms ")
        .text(state(port))
        .text(" ")
        .text(lock_state(clock.lock_state()))
        .text(" offset ")
        .number(current.offset_from_master.nanos())
        .text(" ns, delay ")
        .number(current.mean_delay.nanos())
        .text(" ns, frequency ")
        .number(i64::from(clock.servo().frequency().ppb()))
        .text(" ppb")
        .print();
}

fn state(state: State) -> &'static str {
    match state {
        State::Initializing => "INITIALIZING",
        State::Faulty => "FAULTY",
        State::Listening => "LISTENING",
        State::Uncalibrated => "UNCALIBRATED",
        State::Slave => "SLAVE",
        _ => "OTHER",
    }
}

fn lock_state(lock: LockState) -> &'static str {
    match lock {
        LockState::Unlocked => "unlocked",
        LockState::Locked => "locked",
        LockState::Holdover => "holdover",
    }
}

/// A line being written; what does not fit is left out.
struct Line {
    octets: [u8; 128],
    length: usize,
}

impl Line {
    fn new() -> Self {
        Self { octets: [0; 128], length: 0 }
    }

    fn text(mut self, text: &str) -> Self {
        text.bytes().for_each(|octet| self.push(octet));
        self
    }

    fn number(mut self, number: i64) -> Self {
        if number < 0 {
            self.push(b'-');
        }
        let (mut digits, mut count, mut rest) = ([0; 20], 0, number.unsigned_abs());
        while count == 0 || rest > 0 {
            if let Some(digit) = digits.get_mut(count) {
                *digit = b'0' + (rest % 10) as u8;
            }
            rest /= 10;
            count += 1;
        }
        digits.iter().take(count).rev().for_each(|digit| self.push(*digit));
        self
    }

    fn push(&mut self, octet: u8) {
        // The last octet stays 0, the end of the text.
        if self.length + 1 < self.octets.len()
            && let Some(place) = self.octets.get_mut(self.length)
        {
            *place = octet;
            self.length += 1;
        }
    }

    fn print(self) {
        let line = self.text("\n");
        // SAFETY: the operation reads a text that ends with 0, which the line does, and keeps nothing.
        unsafe { cortex_m_semihosting::syscall1(nr::WRITE0, line.octets.as_ptr().cast::<c_void>() as usize) };
    }
}
