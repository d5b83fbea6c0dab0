//! When frames arrived: what the interrupt tells the program.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

/// Frames that can wait with a time stamp.
const CAPACITY: u8 = 8;

/// The arrival times of the frames that wait in the controller, oldest first.
///
/// The interrupt writes and the program reads; both do so with interrupts off, so the atomics are only cells.
#[derive(Debug, Default)]
pub struct Arrivals {
    stamps: [AtomicU32; CAPACITY as usize],
    first: AtomicU8,
    count: AtomicU8,
    /// More frames wait than have a stamp: none gets one until all of them are gone, because nobody knows any more
    /// which stamp would be whose.
    overflowed: AtomicBool,
}

impl Arrivals {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stamps: [const { AtomicU32::new(0) }; CAPACITY as usize],
            first: AtomicU8::new(0),
            count: AtomicU8::new(0),
            overflowed: AtomicBool::new(false),
        }
    }

    /// `waiting` frames are in the controller at the count `now`: those that were not noted before have just arrived.
    pub fn note(&self, now: u32, waiting: u8) {
        while self.count.load(Relaxed) < waiting && !self.overflowed.load(Relaxed) {
            let count = self.count.load(Relaxed);
            if count == CAPACITY {
                self.overflowed.store(true, Relaxed);
                return;
            }
            if let Some(stamp) = self.stamps.get(slot(self.first.load(Relaxed), count)) {
                stamp.store(now, Relaxed);
            }
            self.count.store(count.wrapping_add(1), Relaxed);
        }
    }

    /// The oldest frame leaves the controller and `left` others stay: its arrival, unless that was lost.
    pub fn take(&self, left: u8) -> Option<u32> {
        let (first, count) = (self.first.load(Relaxed), self.count.load(Relaxed));
        if left == 0 {
            self.overflowed.store(false, Relaxed);
        }
        self.count.store(count.checked_sub(1)?, Relaxed);
        self.first.store(first.wrapping_add(1) % CAPACITY, Relaxed);
        self.stamps.get(slot(first, 0)).map(|stamp| stamp.load(Relaxed))
    }

    /// Nothing waits that was noted.
    pub fn is_empty(&self) -> bool {
        self.count.load(Relaxed) == 0
    }

    /// More frames wait than have a stamp.
    pub fn overflowed(&self) -> bool {
        self.overflowed.load(Relaxed)
    }
}

fn slot(first: u8, offset: u8) -> usize {
    usize::from(first.wrapping_add(offset) % CAPACITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_gets_the_count_at_which_it_was_first_seen() {
        let arrivals = Arrivals::new();
        arrivals.note(100, 1);
        arrivals.note(200, 3);
        arrivals.note(300, 3);
        assert_eq!(arrivals.take(2), Some(100));
        arrivals.note(400, 3);
        assert_eq!([arrivals.take(2), arrivals.take(1), arrivals.take(0)], [Some(200), Some(200), Some(400)]);
        assert_eq!(arrivals.take(0), None);
    }

    #[test]
    fn a_burst_that_is_too_long_costs_stamps_and_misplaces_none() {
        let arrivals = Arrivals::new();
        for waiting in 1..=10 {
            arrivals.note(u32::from(waiting), waiting);
        }
        assert!(arrivals.overflowed());
        for expected in 1..=8 {
            assert_eq!(arrivals.take(10 - expected), Some(u32::from(expected)));
            arrivals.note(99, 10 - expected);
        }
        assert_eq!([arrivals.take(1), arrivals.take(0)], [None, None]);
        arrivals.note(500, 1);
        assert_eq!(arrivals.take(0), Some(500));
    }
}
