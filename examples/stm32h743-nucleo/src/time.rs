//! The monotonic time, of embassy and of PTP: the microseconds of TIM2, 64 bits of them.
//!
//! `embassy-stm32` has such a driver; here it stands alone, so that nothing else of that crate must be built.

use crate::clocks::HCLK;
use core::cell::{Cell, RefCell};
use core::task::Waker;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;
use stm32_metapac::{Interrupt, RCC, TIM2, interrupt};
use syntone_hal::Instant;

/// No wait is longer: so the timer is read before it has turned over.
const LONGEST: u64 = 1 << 31;

struct Microseconds {
    last: Mutex<Cell<u64>>,
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static DRIVER: Microseconds = Microseconds {
    last: Mutex::new(Cell::new(0)),
    queue: Mutex::new(RefCell::new(Queue::new())),
});

/// Starts the timer.
pub fn start() {
    RCC.apb1lenr().modify(|enable| enable.set_tim2en(true));
    TIM2.psc().write_value((HCLK / 1_000_000 - 1) as u16);
    TIM2.arr().write_value(u32::MAX);
    // The prescaler is taken over by an update.
    TIM2.egr().write(|event| event.set_ug(true));
    TIM2.cr1().modify(|control| control.set_cen(true));
    TIM2.dier().write(|enable| enable.set_ccie(0, true));
    critical_section::with(|section| DRIVER.wake(section));
    // SAFETY: its handler takes nothing but what a critical section gives.
    unsafe { cortex_m::peripheral::NVIC::unmask(Interrupt::TIM2) };
}

/// Microseconds since the start.
pub fn micros() -> u64 {
    DRIVER.now()
}

/// The time since the start.
pub fn now() -> Instant {
    Instant::from_nanos(micros() * 1_000)
}

impl Microseconds {
    /// Wakes who is due, and sets the timer to the next one.
    fn wake(&self, section: CriticalSection<'_>) {
        let mut queue = self.queue.borrow(section).borrow_mut();
        loop {
            let now = self.now();
            let next = queue.next_expiration(now).min(now + LONGEST);
            TIM2.sr().write(|status| {
                // Zeros clear.
                status.0 = u32::MAX;
                status.set_ccif(0, false);
            });
            TIM2.ccr(0).write_value(next as u32);
            // What has passed meanwhile does not interrupt.
            if self.now() < next {
                return;
            }
        }
    }
}

impl Driver for Microseconds {
    fn now(&self) -> u64 {
        critical_section::with(|section| {
            let last = self.last.borrow(section);
            let passed = TIM2.cnt().read().wrapping_sub(last.get() as u32);
            last.set(last.get() + u64::from(passed));
            last.get()
        })
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| {
            let is_next = self.queue.borrow(section).borrow_mut().schedule_wake(at, waker);
            if is_next {
                self.wake(section);
            }
        });
    }
}

#[interrupt]
fn TIM2() {
    critical_section::with(|section| DRIVER.wake(section));
}
