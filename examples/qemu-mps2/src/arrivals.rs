//! When frames arrived: what the interrupt tells the program.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

/// Frames that can wait with a time stamp. Those of an application come in bursts and leave only as fast as it takes them: then all that
/// the controller has room for.
pub const CAPACITY: u8 = if cfg!(feature = "sockets") { 176 } else { 8 };

/// The arrival times of the frames that wait in the controller, oldest first.
///
/// The interrupt writes and the program reads; both do so with interrupts off, so the atomics are only cells.
#[derive(Debug)]
pub struct Arrivals {
    stamps: [AtomicU32; CAPACITY as usize],
    first: AtomicU8,
    count: AtomicU8,
    /// More frames wait than have a stamp: none gets one until all of them are gone, because nobody knows any more
    /// which stamp would be whose.
    overflowed: AtomicBool,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self::new()
    }
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
        self.first.store(slot(first, 1) as u8, Relaxed);
        self.stamps.get(slot(first, 0)).map(|stamp| stamp.load(Relaxed))
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.count.load(Relaxed) == 0 && !self.overflowed.load(Relaxed)
    }
}

fn slot(first: u8, offset: u8) -> usize {
    const SLOTS: u16 = CAPACITY as u16;
    usize::from(u16::from(first).wrapping_add(u16::from(offset)) % SLOTS)
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
        // From anywhere in the ring on.
        for _ in 1..CAPACITY {
            arrivals.note(0, 1);
            assert_eq!(arrivals.take(0), Some(0));
        }
        let all = CAPACITY + 2;
        for waiting in 1..=all {
            arrivals.note(u32::from(waiting), waiting);
        }
        for expected in 1..=CAPACITY {
            assert_eq!(arrivals.take(all - expected), Some(u32::from(expected)));
            arrivals.note(999, all - expected);
        }
        assert!(!arrivals.is_empty(), "two wait without a stamp");
        assert_eq!([arrivals.take(1), arrivals.take(0)], [None, None]);
        arrivals.note(500, 1);
        assert_eq!(arrivals.take(0), Some(500));
    }
}
