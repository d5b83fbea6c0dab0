//! Tells whether the clock follows its master.

use super::LockState;

/// Counts Syncs within and beyond the threshold.
#[derive(Clone, Debug)]
pub(super) struct LockDetector {
    state: LockState,
    count: u8,
}

impl LockDetector {
    pub(super) const fn new() -> Self {
        Self { state: LockState::Unlocked, count: 0 }
    }

    pub(super) fn state(&self) -> LockState {
        self.state
    }

    pub(super) fn unlock(&mut self) {
        *self = Self::new();
    }

    /// The master is lost: a lock becomes holdover.
    pub(super) fn hold(&mut self) {
        if self.state == LockState::Locked {
            self.state = LockState::Holdover;
        }
        self.count = 0;
    }

    /// An offset of `size` was seen; `needed` in a row, at least 1, change the state.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn observe(&mut self, size: i64, threshold: i64, needed: u8) {
        let locked = self.state == LockState::Locked;
        // Beyond twice the threshold; neither is negative.
        let other = if locked { size.wrapping_sub(threshold) > threshold } else { size <= threshold };
        if !other {
            self.count = 0;
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.count >= needed {
            self.count = 0;
            self.state = if locked { LockState::Unlocked } else { LockState::Locked };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_after(sizes: &[i64]) -> LockState {
        let mut lock = LockDetector::new();
        for &size in sizes {
            lock.observe(size, 1000, 3);
        }
        lock.state()
    }

    #[test]
    fn it_locks_after_some_in_a_row_and_one_outside_starts_the_count_again() {
        assert_eq!(state_after(&[1000, 1000]), LockState::Unlocked);
        assert_eq!(state_after(&[1000, 1000, 1000]), LockState::Locked);
        assert_eq!(state_after(&[0, 0, 1001, 0, 0]), LockState::Unlocked);
    }

    #[test]
    fn up_to_twice_the_threshold_keeps_the_lock() {
        assert_eq!(state_after(&[0, 0, 0, 2000, 2000, 2000, 2000]), LockState::Locked);
        assert_eq!(state_after(&[0, 0, 0, 2001, 2001, 2000, 2001, 2001]), LockState::Locked);
        assert_eq!(state_after(&[0, 0, 0, 2001, 2001, 2001]), LockState::Unlocked);
    }

    #[test]
    fn only_a_lock_becomes_holdover() {
        let mut lock = LockDetector::new();
        lock.hold();
        assert_eq!(lock.state(), LockState::Unlocked);
        for _ in 0..3 {
            lock.observe(0, 1000, 3);
        }
        lock.hold();
        lock.hold();
        assert_eq!(lock.state(), LockState::Holdover);
        for _ in 0..3 {
            lock.observe(0, 1000, 3);
        }
        assert_eq!(lock.state(), LockState::Locked);
    }
}
