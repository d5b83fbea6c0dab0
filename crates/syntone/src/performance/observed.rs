//! A servo whose samples somebody else sees too.

use super::PerformanceMonitor;
use crate::servo::{Adjustment, DelaySample, LockState, Servo, ServoContext, SyncSample};
use syntone_hal::{FrequencyOffset, TimeInterval};

/// Sees every sample that goes to a servo.
pub trait Observer {
    /// A Sync, and the state of the servo before it. offsetFromMaster is what the clock was wrong by.
    fn sync(&mut self, sample: &SyncSample, lock_state: LockState);

    /// A delay exchange, and the state of the servo.
    fn delay(&mut self, sample: &DelaySample, lock_state: LockState);
}

/// A servo and who sees its samples.
#[derive(Clone, Debug)]
pub struct Observed<S, O> {
    /// Steers.
    pub servo: S,
    /// Sees.
    pub observer: O,
}

impl<S: Servo, O: Observer> Servo for Observed<S, O> {
    fn start(&mut self, context: &ServoContext) {
        self.servo.start(context);
    }

    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        self.observer.sync(sample, self.servo.lock_state());
        self.servo.sync(sample)
    }

    fn delay(&mut self, sample: &DelaySample) {
        self.observer.delay(sample, self.servo.lock_state());
        self.servo.delay(sample);
    }

    fn applied(&mut self, at: syntone_hal::Instant, effective: &Adjustment) {
        self.servo.applied(at, effective);
    }

    fn hold(&mut self) -> Adjustment {
        self.servo.hold()
    }

    fn lock_state(&self) -> LockState {
        self.servo.lock_state()
    }

    fn frequency(&self) -> FrequencyOffset {
        self.servo.frequency()
    }
}

/// What is measured while the clock is not locked is not valid, and is left out (IEEE 1588-2019 J.5.1 leaves that to the
/// implementation). The Sync that breaks a lock, such as the first after a step of the master, was measured by a locked clock: it
/// is in the record.
impl<const PORTS: usize, const PAST: usize> Observer for PerformanceMonitor<PORTS, PAST> {
    fn sync(&mut self, sample: &SyncSample, lock_state: LockState) {
        if lock_state == LockState::Locked {
            let delay = TimeInterval::from_nanos(sample.difference_nanos) + sample.correction;
            self.sync(sample.at, delay, sample.offset_from_master());
        }
    }

    fn delay(&mut self, sample: &DelaySample, lock_state: LockState) {
        if lock_state == LockState::Locked {
            let delay = TimeInterval::from_nanos(sample.difference_nanos) + sample.correction;
            // Zero is what peer delay has, which does not measure this.
            self.delay(sample.at, Some(delay).filter(|delay| *delay != TimeInterval::ZERO), sample.mean_path_delay);
        }
    }
}

impl<T: Observer> Observer for &mut T {
    fn sync(&mut self, sample: &SyncSample, lock_state: LockState) {
        T::sync(self, sample, lock_state);
    }

    fn delay(&mut self, sample: &DelaySample, lock_state: LockState) {
        T::delay(self, sample, lock_state);
    }
}
