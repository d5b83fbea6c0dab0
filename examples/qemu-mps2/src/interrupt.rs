//! The interrupt table of the board, with the one entry that is used.

use crate::{ARRIVALS, CONTROLLER};
use qemu_mps2::bus::{Bus, Mmio};

/// The controller's interrupt.
const ETHERNET: usize = 13;

/// An entry: the address of a function, or 0.
#[derive(Clone, Copy)]
union Vector {
    handler: extern "C" fn(),
    unused: usize,
}

// SAFETY: the linker script of cortex-m-rt puts what has this section and name behind the exceptions, as the processor
// wants it; nothing else has this name.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [Vector; ETHERNET + 1] = {
    let mut table = [Vector { unused: 0 }; ETHERNET + 1];
    table[ETHERNET] = Vector { handler: on_ethernet };
    table
};

/// Lets the controller interrupt.
pub(crate) fn enable() {
    // SAFETY: the interrupt controller's set-enable registers of every Cortex-M; writing a one enables, no more.
    let set_enable = unsafe { Mmio::new(0xE000_E100) };
    set_enable.write(0, 1 << ETHERNET);
}

extern "C" fn on_ethernet() {
    // First of all: this is the time stamp.
    let now = CONTROLLER.counter();
    CONTROLLER.on_interrupt(now, &ARRIVALS);
}
