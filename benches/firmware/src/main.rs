//! Counts instructions on the MPS2 board of QEMU, where with `-icount shift=0` each takes one nanosecond: a line for each
//! piece of work with its name and the instructions that a round of it takes, by Syntone and by statime.
#![no_std]
#![no_main]

use core::panic::PanicInfo;
use cortex_m_semihosting::{debug, hprintln};
use syntone_benches::{Side, WORK, Work};

/// The 25 MHz counter: 40 instructions a tick.
const COUNTER: *const u32 = 0x4002_8018 as *const u32;
const INSTRUCTIONS_PER_TICK: u64 = 40;
/// A round is not a whole number of ticks, but where it begins varies, so that the mean over many is exact enough.
const ROUNDS: u32 = 400;

fn counter() -> u32 {
    // SAFETY: the MPS2 has its free-running counter there; reading it changes nothing.
    unsafe { COUNTER.read_volatile() }
}

fn instructions(work: Work, side: Side) -> u64 {
    let (mut ticks, mut random) = (0_u64, 1_u32);
    work.run(side, ROUNDS, &mut |work: &mut dyn FnMut()| {
        // The ticks begin anywhere within a round.
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        for _ in 0..random >> 27 {
            cortex_m::asm::nop();
        }
        let start = counter();
        work();
        ticks += u64::from(counter().wrapping_sub(start));
    });
    ticks * INSTRUCTIONS_PER_TICK / u64::from(ROUNDS)
}

#[cortex_m_rt::entry]
fn main() -> ! {
    for (name, work) in WORK {
        let (ours, peer) = (instructions(work, Side::Ours), instructions(work, Side::Peer));
        hprintln!("{} {} {}", name, ours, peer);
    }
    end(debug::EXIT_SUCCESS)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    end(debug::EXIT_FAILURE)
}

fn end(status: debug::ExitStatus) -> ! {
    debug::exit(status);
    loop {
        cortex_m::asm::wfi();
    }
}
