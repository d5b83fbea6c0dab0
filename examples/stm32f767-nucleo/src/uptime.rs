//! The monotonic time: the microseconds of TIM2, 64 bits of them.

use crate::clocks::TIMERS;
use core::cell::Cell;
use critical_section::Mutex;
use stm32_metapac::{RCC, TIM2};
use syntone_hal::Instant;

/// The last reading. A second one within 71 minutes sees that the timer has turned over.
static LAST: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// Starts the timer.
pub fn start() {
    RCC.apb1enr().modify(|enable| enable.set_tim2en(true));
    TIM2.psc().write_value((TIMERS / 1_000_000 - 1) as u16);
    TIM2.arr().write_value(u32::MAX);
    // The prescaler is taken over by an update.
    TIM2.egr().write(|event| event.set_ug(true));
    TIM2.cr1().modify(|control| control.set_cen(true));
}

/// Microseconds since the start.
pub fn micros() -> u64 {
    critical_section::with(|section| {
        let last = LAST.borrow(section);
        let passed = TIM2.cnt().read().wrapping_sub(last.get() as u32);
        last.set(last.get() + u64::from(passed));
        last.get()
    })
}

/// The time since the start.
pub fn now() -> Instant {
    Instant::from_nanos(micros() * 1_000)
}
