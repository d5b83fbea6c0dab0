//! A slave on the board: two seconds and 50 ppm wrong at first, it follows whatever master is on the cable.
//!
//! Once a second it says how it goes. It ends well after [`STEADY`] of unbroken lock, and badly if that has not come
//! within [`PATIENCE`]. With the feature `quiet` it says nothing and runs for ever.
#![no_std]
#![no_main]

#[cfg(not(feature = "quiet"))]
mod console;
mod interrupt;

use core::panic::PanicInfo;
use qemu_mps2::arrivals::Arrivals;
use qemu_mps2::bus::Mmio;
use qemu_mps2::hal::Board;
use qemu_mps2::lan9118::Lan9118;
use qemu_mps2::soft_clock::SoftClock;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_hal::{FrequencyOffset, Timestamp};

/// A locally administered address; the clock identity is made of it.
const STATION: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x38, 0x60];
/// The longest message that is read whole: an Announce with a dozen hops of path trace.
const BUFFER: usize = 192;

// SAFETY: the MPS2 has its LAN9118 here, 256 octets of registers.
static CONTROLLER: Lan9118<Mmio> = Lan9118::new(unsafe { Mmio::new(0x4020_0000) });
static ARRIVALS: Arrivals = Arrivals::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if CONTROLLER.start(STATION) {
        interrupt::enable();
        follow();
    }
    end(false)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end(false)
}

/// The end: whoever started the board is told, if anybody is there to listen.
fn end(well: bool) -> ! {
    #[cfg(not(feature = "quiet"))]
    console::exit(well);
    let _ = well;
    loop {
        cortex_m::asm::wfi();
    }
}

/// Follows a master, for ever or until it is clear how that goes.
fn follow() -> Option<()> {
    let start = Timestamp::from_nanos(2_000_000_000);
    let clock = SoftClock::new(start, FrequencyOffset::from_ppb(50_000));
    let mut board = Board::new(&CONTROLLER, &ARRIVALS, STATION, clock);
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(STATION));
    let mut clock: Clock = Clock::new(&config, &[PortConfig::default()], servo).ok()?;
    let mut runner: Runner<BUFFER> = Runner::new();
    #[cfg(not(feature = "quiet"))]
    let mut watch = console::Watch::default();
    loop {
        let wait = runner.turn(&mut clock, &mut board, &mut |_event| {
            #[cfg(not(feature = "quiet"))]
            console::tell(_event);
        });
        #[cfg(not(feature = "quiet"))]
        if let Some(well) = watch.look(&clock, &mut board) {
            end(well);
        }
        board.sleep_until(wait.until);
    }
}
