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

    /// An offset of `size` was seen; `needed` in a row change the state.
    pub(super) fn observe(&mut self, size: i64, threshold: i64, needed: u8) {
        let other =
            if self.state == LockState::Locked { size > threshold.saturating_mul(2) } else { size <= threshold };
        self.count = if other { self.count.saturating_add(1) } else { 0 };
        if self.count >= needed {
            self.count = 0;
            self.state = if self.state == LockState::Locked { LockState::Unlocked } else { LockState::Locked };
        }
    }
}
