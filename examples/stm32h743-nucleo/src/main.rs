//! A slave on a NUCLEO-H743ZI: a task of embassy follows whatever master is on the cable, by PTP over Ethernet with the end-to-end
//! delay mechanism, and another one has the LED.
//!
//! Stamps are those of the MAC, and so is the clock. Its second is a pulse at PB5; the green LED is lit while it is locked.
#![no_std]
#![no_main]

use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use panic_probe as _;
use stm32_metapac::interrupt;
use stm32h743_nucleo::board::{self, Board, Lamp};
use syntone::servo::{LockState, PiConfig, PiServo, Servo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::{ClockHal, ErrorKind, Instant};
use syntone_stm32::{Eqos, acknowledge};

/// The longest message that is read whole: an Announce with a dozen hops of path trace.
const BUFFER: usize = 192;
const SECOND: u64 = 1_000_000_000;
/// How often the PHY is asked for its link.
const LINK_PERIOD: u64 = SECOND / 5;

/// The MAC has received or sent.
static MAC: Signal<CriticalSectionRawMutex, ()> = Signal::new();
/// Locked, or not any more.
static LOCK: Signal<CriticalSectionRawMutex, bool> = Signal::new();

#[embassy_executor::main(entry = "cortex_m_rt::entry")]
async fn main(spawner: Spawner) {
    let started = board::start().and_then(|started| Ok((started, build()?)));
    let ((board, lamp), clock) = match started {
        Ok(started) => started,
        Err(error) => return defmt::error!("the board does not start: {}", error),
    };
    if let Ok(task) = show(lamp) {
        spawner.spawn(task);
    }
    follow(board, clock).await;
}

/// Follows a master for ever.
async fn follow(mut board: Board, mut clock: Clock) {
    let mut runner: Runner<BUFFER> = Runner::new();
    let (mut next_look, mut next_line) = (Instant::default(), Instant::default());
    // Steps and locks: what begins on the time before is begun anew.
    let mut has_moved = true;
    loop {
        let now = board.monotonic();
        if now >= next_look {
            next_look = now.plus_nanos(LINK_PERIOD);
            board::look_at_link(&mut board);
        }
        let wait = runner.turn(&mut clock, &mut board, &mut |event| has_moved |= tell(event));
        if core::mem::take(&mut has_moved)
            && let Err(error) = board::start_pulses(&mut board)
        {
            defmt::warn!("no pulses: {}", error);
        }
        if now >= next_line {
            next_line = now.plus_nanos(SECOND);
            report(&clock);
        }
        let until = wait.until.min(next_look).nanos_since(board.monotonic());
        select(MAC.wait(), Timer::after(Duration::from_micros(until.div_ceil(1_000)))).await;
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Result<Clock, ErrorKind> {
    let servo = PiServo::new(PiConfig::default()).map_err(|_| ErrorKind::Other)?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::station()));
    Clock::new(&config, &[PortConfig::default()], servo).map_err(|_| ErrorKind::Other)
}

/// Says what happened; whether the clock was stepped.
fn tell(event: &Event) -> bool {
    defmt::info!("{}", event);
    if let Event::Lock(state) = event {
        LOCK.signal(*state == LockState::Locked);
    }
    matches!(event, Event::Stepped(_))
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

/// Shows the lock, whatever PTP is busy with.
#[embassy_executor::task]
async fn show(lamp: Lamp) {
    loop {
        lamp.set(LOCK.wait().await);
    }
}

#[interrupt]
fn ETH() {
    acknowledge::<Eqos>(&board::registers());
    MAC.signal(());
}
