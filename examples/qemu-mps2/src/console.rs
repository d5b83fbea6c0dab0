//! What the board says, by semihosting: whole numbers and words, nothing that needs `core::fmt`.

use core::ffi::c_void;
use cortex_m_semihosting::{debug, nr};
use syntone::counters::Discard;
use syntone::servo::{LockState, Servo};
use syntone::state::State;
use syntone::wire::ClockIdentity;
use syntone::{Clock, Event};
use syntone_hal::{ClockHal, Instant, PortIndex};

const SECOND: u64 = 1_000_000_000;

/// Says once a second how it goes.
#[derive(Debug, Default)]
pub struct Watch {
    next_line: Instant,
}

impl Watch {
    /// To be called after each turn; whether it said something.
    pub fn look<const PORTS: usize>(&mut self, clock: &Clock<PORTS>, board: &mut impl ClockHal) -> bool {
        let now = board.monotonic();
        let is_due = now >= self.next_line;
        if is_due {
            self.next_line = now.plus_nanos(SECOND);
            report(now, clock);
        }
        is_due
    }
}

/// Says what happened.
pub fn tell(event: &Event) {
    if let Some(line) = Line::new().event(event) {
        line.print();
    }
}

/// Says what happened to the slave that had taken so many Syncs: a time that does not depend on how fast the processor is.
pub fn tell_after(syncs: u32, event: &Event) {
    if let Some(line) = Line::new().text("after ").number(i64::from(syncs)).text(" Syncs: ").event(event) {
        line.print();
    }
}

/// Says how many messages PTP has got beside an application, and how many frames found no room.
pub fn shared(syncs: u32, lost: u32) {
    let line = Line::new().text("beside the application ").number(i64::from(syncs)).text(" Syncs, no room for ");
    line.number(i64::from(lost)).text(" frames").print();
}

/// Says what a clock decided.
pub fn decided(now: u64, what: &str, value: i64) {
    Line::new().number(now as i64).text(" ").text(what).text(" ").number(value).print();
}

/// Ends the emulator.
pub fn exit(well: bool) -> ! {
    debug::exit(if well { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

/// Says how it goes.
pub fn report<const PORTS: usize>(now: Instant, clock: &Clock<PORTS>) {
    let mut line = Line::new().number((now.nanos() / 1_000_000) as i64).text(" ms");
    let (current, mut lost) = (clock.current_ds(), 0_u32);
    for port in (0..PORTS as u8).map(PortIndex) {
        line = line.text(" ").text(clock.port_ds(port).map_or("none", |port| state(port.port_state)));
        for reason in [Discard::EgressStampLost, Discard::NoStamp] {
            lost = lost.wrapping_add(clock.counters(port).map_or(0, |counters| counters.discarded(reason)));
        }
    }
    line.text(" ")
        .text(lock_state(clock.lock_state()))
        .text(" offset ")
        .number(current.offset_from_master.nanos())
        .text(" ns, delay ")
        .number(current.mean_delay.nanos())
        .text(" ns, frequency ")
        .number(i64::from(clock.servo().frequency().ppb()))
        .text(" ppb, lost ")
        .number(i64::from(lost))
        .text(" stamps")
        .print();
}

fn state(state: State) -> &'static str {
    match state {
        State::Initializing => "INITIALIZING",
        State::Faulty => "FAULTY",
        State::Disabled => "DISABLED",
        State::Listening => "LISTENING",
        State::PreMaster => "PRE_MASTER",
        State::Master => "MASTER",
        State::Passive => "PASSIVE",
        State::Uncalibrated => "UNCALIBRATED",
        State::Slave => "SLAVE",
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
    octets: [u8; 160],
    length: usize,
}

impl Line {
    fn new() -> Self {
        Self { octets: [0; 160], length: 0 }
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

    fn event(self, event: &Event) -> Option<Self> {
        Some(match event {
            Event::State { port, to, .. } => self.port(*port).text(state(*to)),
            Event::Lock(lock) => self.text("lock ").text(lock_state(*lock)),
            Event::Stepped(nanos) => self.text("stepped by ").number(*nanos).text(" ns"),
            Event::Parent { parent, grandmaster, .. } => {
                self.text("parent ").identity(parent.clock_identity).text(", grandmaster ").identity(*grandmaster)
            }
            Event::Fault { port, .. } => self.port(*port).text("fault"),
            _ => return None,
        })
    }

    fn port(self, port: PortIndex) -> Self {
        self.text("port ").number(i64::from(port.number())).text(" ")
    }

    fn identity(mut self, identity: ClockIdentity) -> Self {
        for octet in identity.octets() {
            for digit in [octet >> 4, octet & 0xF] {
                self.push(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
            }
        }
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
