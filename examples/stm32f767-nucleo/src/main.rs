//! A slave on a NUCLEO-F767ZI: it follows whatever master is on the cable, by PTP over Ethernet with the end-to-end delay mechanism.
//!
//! Stamps are those of the MAC, and so is the clock. Its second is a pulse at PB5; the green LED is lit while it is locked.
#![no_std]
#![no_main]

use defmt_rtt as _;
use panic_probe as _;
use stm32_metapac::interrupt;
use stm32f767_nucleo::board::{self, Lamp};
use syntone::servo::{LockState, PiConfig, PiServo, Servo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::{ClockHal, ErrorKind, Instant};
use syntone_stm32::{Legacy, acknowledge};

/// The longest message that is read whole: an Announce with a dozen hops of path trace.
const BUFFER: usize = 192;
const SECOND: u64 = 1_000_000_000;
/// How often the PHY is asked for its link.
const LINK_PERIOD: u64 = SECOND / 5;

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Err(error) = follow() {
        defmt::error!("the board does not start: {}", error);
    }
    loop {
        cortex_m::asm::wfi();
    }
}

/// Follows a master for ever.
fn follow() -> Result<(), ErrorKind> {
    let (mut board, lamp) = board::start()?;
    let mut clock = build()?;
    let mut runner: Runner<BUFFER> = Runner::new();
    let (mut next_look, mut next_line) = (Instant::default(), Instant::default());
    loop {
        let now = board.monotonic();
        if now >= next_look {
            next_look = now.plus_nanos(LINK_PERIOD);
            board::look_at_link(&mut board);
        }
        runner.turn(&mut clock, &mut board, &mut |event| tell(event, lamp));
        if now >= next_line {
            next_line = now.plus_nanos(SECOND);
            report(&clock);
        }
        // The MAC's interrupt ends the wait, or that of the next millisecond. One that came since the turn waits until then.
        cortex_m::asm::wfi();
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Result<Clock, ErrorKind> {
    let servo = PiServo::new(PiConfig::default()).map_err(|_| ErrorKind::Other)?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::station()));
    Clock::new(&config, &[PortConfig::default()], servo).map_err(|_| ErrorKind::Other)
}

fn tell(event: &Event, lamp: Lamp) {
    defmt::info!("{}", event);
    if let Event::Lock(state) = event {
        lamp.set(*state == LockState::Locked);
    }
}

/// A line each second.
fn report(clock: &Clock) {
    let current = clock.current_ds();
    defmt::info!(
        "{}: offset {} ns, delay {} ns, frequency {} ppb",
        clock.lock_state(),
        current.offset_from_master.nanos(),
        current.mean_delay.nanos(),
        clock.servo().frequency().ppb(),
    );
}

#[interrupt]
fn ETH() {
    acknowledge::<Legacy>(&board::registers());
}

/// Nothing: it has ended a wait.
#[cortex_m_rt::exception]
fn SysTick() {}
