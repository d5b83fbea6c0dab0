//! What there is once on the board: its controller, and the interrupt that the controller raises.

use crate::arrivals::Arrivals;
use crate::bus::Mmio;
use crate::hal::Board;
use crate::lan9118::Lan9118;
use crate::loopback::Loopback;
use crate::soft_clock::SoftClock;
use syntone_hal::{FrequencyOffset, Timestamp};
use syntone_smoltcp::{Raw, Transport};

/// A locally administered address.
pub const STATION: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x38, 0x60];

/// The registers of the LAN9118.
pub type Registers = Mmio<0x4020_0000>;

// SAFETY: the MPS2 has its LAN9118 there, 256 octets of registers.
static CONTROLLER: Lan9118<Registers> = Lan9118::new(unsafe { Registers::new() });
static ARRIVALS: Arrivals = Arrivals::new();

/// The board with PTP messages framed by `T`.
pub type Port<T> = Raw<Board<'static, Registers>, T>;

/// Starts the controller and hands out the board, whose clock is two seconds and 50 ppm wrong at first; `None` if the
/// controller does not answer. To be called once.
pub fn start<T: Transport>(transport: T) -> Option<Port<T>> {
    start_as(STATION, wrong_clock(), transport)
}

/// The board alone: what it sends comes back to it.
pub fn looped() -> Option<Loopback<'static, Registers>> {
    let board = open(STATION, SoftClock::new(Timestamp::ZERO, FrequencyOffset::ZERO))?;
    CONTROLLER.loop_back().then(|| Loopback::new(board))
}

/// Two seconds and 50 ppm wrong.
#[must_use]
pub fn wrong_clock() -> SoftClock {
    SoftClock::new(Timestamp::from_nanos(2_000_000_000), FrequencyOffset::from_ppb(50_000))
}

/// The same under another station address and with another clock.
pub fn start_as<T: Transport>(station: [u8; 6], clock: SoftClock, transport: T) -> Option<Port<T>> {
    begin(station)?;
    // Made in its place, and not moved there: that is what sizes are measured of.
    Some(Raw::new(Board::new(&CONTROLLER, &ARRIVALS, station, clock), transport))
}

/// The same without a transport.
pub fn open(station: [u8; 6], clock: SoftClock) -> Option<Board<'static, Registers>> {
    begin(station)?;
    Some(Board::new(&CONTROLLER, &ARRIVALS, station, clock))
}

/// Starts the controller; `None` if it does not answer.
#[inline(always)]
fn begin(station: [u8; 6]) -> Option<()> {
    if !CONTROLLER.start(station) {
        return None;
    }
    #[cfg(target_arch = "arm")]
    interrupt::enable();
    Some(())
}

#[cfg(target_arch = "arm")]
mod interrupt {
    use super::{ARRIVALS, CONTROLLER};
    use crate::bus::{Bus, Mmio};

    /// The controller's interrupt.
    const ETHERNET: usize = 13;

    /// An entry of the interrupt table: the address of a function, or 0.
    #[derive(Clone, Copy)]
    union Vector {
        handler: extern "C" fn(),
        unused: usize,
    }

    // SAFETY: the linker script of cortex-m-rt puts what has this section and name behind the exceptions, as the
    // processor wants it; nothing else has this name.
    #[unsafe(link_section = ".vector_table.interrupts")]
    #[unsafe(no_mangle)]
    static __INTERRUPTS: [Vector; ETHERNET + 1] = {
        let mut table = [Vector { unused: 0 }; ETHERNET + 1];
        table[ETHERNET] = Vector { handler: on_ethernet };
        table
    };

    /// Lets the controller interrupt.
    pub(super) fn enable() {
        // SAFETY: the interrupt controller's set-enable registers of every Cortex-M; writing a one enables, no more.
        let set_enable = unsafe { Mmio::<0xE000_E100>::new() };
        set_enable.write(0, 1 << ETHERNET);
    }

    extern "C" fn on_ethernet() {
        // First of all: this is the time stamp.
        let now = CONTROLLER.counter();
        CONTROLLER.on_interrupt(now, &ARRIVALS);
    }
}
