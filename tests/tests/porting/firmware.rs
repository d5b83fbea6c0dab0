//! What `docs/porting.md` shows of a firmware, word for word between what is left to its reader: it is compiled, and a test compares.

use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::Instant;
use syntone_hal::contract::{Bounds, Failure, check_all};
use syntone_hal_template::Board;
use syntone_hal_template::mac::{Mac, Registers};
use syntone_smoltcp::{Ethernet, LoopBench, Raw};

/// Where the registers are.
const BASE: usize = 0x4002_8000;

struct Mmio;

impl Registers for Mmio {
    fn read(&mut self, offset: u16) -> u32 {
        // SAFETY: the MAC is there, its clock is on, and nobody else uses it.
        unsafe { ((BASE + usize::from(offset)) as *const u32).read_volatile() }
    }
    fn write(&mut self, offset: u16, value: u32) {
        // SAFETY: as above.
        unsafe { ((BASE + usize::from(offset)) as *mut u32).write_volatile(value) }
    }
}

fn say(_: &str) {}

fn say_failed(_: &str, _: Failure) {}

/// Step 4. Not to be called: there is no MAC.
pub(crate) fn check() {
    let board = Board::new(Mac::new(Mmio)); // with its PHY looped
    let bounds = Bounds { stamp_nanos: 20_000, ..Bounds::default() };
    let mut bench = LoopBench::new(board, bounds, |_nanos| {}); // waits by asking the time again and again
    bench.starting = |check| say(check.name()); // names the check that hangs
    let report = check_all(&mut bench);
    for (check, failure) in report.failed() {
        say_failed(check.name(), failure);
    }
}

fn report(_: &Event) {}

fn sleep_until(_: Instant) {}

/// Step 6. Not to be called, either.
pub(crate) fn lock(station: [u8; 6]) -> Option<()> {
    let identity = ClockIdentity::from_mac48(station);
    let mut board = Raw::new(Board::new(Mac::new(Mmio)), Ethernet);
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let mut clock: Clock = Clock::new(&ClockConfig::slave_only(identity), &[PortConfig::default()], servo).ok()?;
    let mut runner: Runner<192> = Runner::new();
    loop {
        let wait = runner.turn(&mut clock, &mut board, &mut |event| report(event));
        sleep_until(wait.until); // or until the MAC interrupts
    }
}
