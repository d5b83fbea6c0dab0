//! A slave on the board: two seconds and 50 ppm wrong at first, it follows whatever master is on the cable.
//!
//! Once a second it says how it goes. It ends well after [`STEADY`] of unbroken lock, and badly if that has not come
//! within [`PATIENCE`]. With the feature `quiet` it says nothing and runs for ever.
#![no_std]
#![no_main]

#[cfg(not(feature = "quiet"))]
mod console;

use core::panic::PanicInfo;
use qemu_mps2::board;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_smoltcp::Ethernet;

/// The longest message that is read whole: an Announce with a dozen hops of path trace.
const BUFFER: usize = 192;

#[cortex_m_rt::entry]
fn main() -> ! {
    follow();
    end(false)
}

/// Follows a master, for ever or until it is clear how that goes.
fn follow() -> Option<()> {
    let mut board = board::start(Ethernet)?;
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
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
        board.interface().sleep_until(wait.until);
    }
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
