//! Plays the file `script` of the emulator's folder and tells each decision.
#![no_std]
#![no_main]

use core::ffi::CStr;
use cortex_m_semihosting::nr;
use qemu_mps2::{console, replay};

qemu_mps2::firmware!(run);

const NAME: &CStr = c"script";
/// Of semihosting: for reading, in octets.
const MODE: usize = 1;

fn run() -> Option<()> {
    // SAFETY: the operation reads the name, which ends with 0, and keeps nothing.
    let file = unsafe { cortex_m_semihosting::syscall(nr::OPEN, &[NAME.as_ptr() as usize, MODE, NAME.count_bytes()]) };
    let mut take = |octets: &mut [u8]| {
        // SAFETY: the operation writes as many octets as there are, and keeps nothing. It returns how many are missing.
        octets.is_empty()
            || unsafe { cortex_m_semihosting::syscall(nr::READ, &[file, octets.as_mut_ptr() as usize, octets.len()]) }
                == 0
    };
    replay::play(&mut take, &|now, what, value| console::decided(now, what, value))?;
    console::exit(true)
}
