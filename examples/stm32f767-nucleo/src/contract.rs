//! The contract of the traits on the chip itself, with nobody at the other end of the cable: the PHY sends back what leaves. Each check and
//! what was found is logged; the green LED is lit at the end if none failed.
#![no_std]
#![no_main]

use defmt_rtt as _;
use panic_probe as _;
use stm32f767_nucleo::board;
use syntone_hal::contract::{Bounds, Check, Fixture, Outcome, check_all};
use syntone_hal::{ErrorKind, Timestamp};
use syntone_smoltcp::LoopBench;

/// A sleep may last for so many nanoseconds: it is ended each millisecond.
const SLEEP: u64 = 2_000_000;
/// How exact this is. The monotonic time counts in microseconds; a stamp is of when the frame is on the medium, which it is some
/// microseconds after it was handed over.
const BOUNDS: Bounds = Bounds {
    stamp_nanos: 20_000,
    reading_nanos: 2_000,
    call_nanos: 100_000,
    handover_nanos: 20_000_000,
    window_nanos: 1_000_000_000,
    rate_ppb: 100,
};

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Err(error) = check() {
        defmt::error!("the board does not start: {}", error);
    }
    loop {
        cortex_m::asm::wfi();
    }
}

fn check() -> Result<(), ErrorKind> {
    let start = Timestamp::new(5_000, 0).ok_or(ErrorKind::OutOfRange)?;
    let (mac, lamp) = board::open(start)?;
    board::phy()?.loop_back(&board::registers())?;
    let mut bench = LoopBench::new(mac, BOUNDS, |nanos| {
        if nanos > SLEEP {
            cortex_m::asm::wfi();
        }
    });
    bench.starting = |check| defmt::info!("checking {=str}", check.name());
    let report = check_all(&mut bench);
    for check in Check::ALL {
        tell(check, report.outcome(check));
        // Whoever reads the log keeps up with it.
        bench.pass(2 * SLEEP);
    }
    lamp.set(report.passed());
    defmt::info!("the contract {=str}", if report.passed() { "holds" } else { "is broken" });
    Ok(())
}

fn tell(check: Check, outcome: Outcome) {
    let name = check.name();
    match outcome {
        Outcome::Held => defmt::info!("held {=str}", name),
        Outcome::Skipped(why) => defmt::info!("skipped {=str}: {=str}", name, why),
        Outcome::Unreached => defmt::info!("unreached {=str}", name),
        Outcome::Failed(failure) => defmt::error!("FAILED {=str}: {}", name, defmt::Display2Format(&failure)),
    }
}

/// Nothing: it has ended a sleep.
#[cortex_m_rt::exception]
fn SysTick() {}
