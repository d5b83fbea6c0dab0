//! The MAC as a whole: its reset, its interrupt.

use crate::block::Block;
use crate::registers::Registers;
use syntone_hal::ErrorKind;

/// How often the MAC is asked whether its reset is over. It takes some clocks of each of its clock domains.
const PATIENCE: u32 = 100_000;

/// Resets the MAC `B` and its DMA. Comes first, once its clocks, pins and the choice of MII or RMII are made: it stops the clock.
///
/// # Errors
/// [`ErrorKind::Timeout`] if it does not come to an end: one of the MAC's clocks is missing, mostly that from the PHY.
pub fn reset<B: Block>(registers: &impl Registers) -> Result<(), ErrorKind> {
    registers.write(B::RESET, registers.read(B::RESET) | 1);
    let is_over = (0..PATIENCE).any(|_| registers.read(B::RESET) & 1 == 0);
    if is_over { Ok(()) } else { Err(ErrorKind::Timeout) }
}

/// Acknowledges the interrupts that [`Port::listen`](crate::Port::listen) has enabled: for the handler, which has no [`Port`](crate::Port).
pub fn acknowledge<B: Block>(registers: &impl Registers) {
    let (_, _, status) = B::INTERRUPTS;
    let pending = registers.read(status);
    registers.write(status, pending);
    // The write is through before the handler returns, or it would be entered again.
    let _ = registers.read(status);
}
