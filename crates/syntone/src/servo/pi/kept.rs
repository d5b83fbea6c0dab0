//! What changes seldom and is asked for with each Sync: kept where memory is cheaper than instructions, else made each time.

use super::PiServo;
use crate::servo::Gains;
#[cfg(target_pointer_width = "64")]
use fixed::types::{U10F22, U16F16};
use syntone_hal::TimeInterval;

#[cfg(target_pointer_width = "64")]
#[derive(Clone, Debug)]
pub(super) struct Kept {
    origin_phase: TimeInterval,
    steady: Gains,
    step_threshold: TimeInterval,
}

#[cfg(target_pointer_width = "64")]
impl Kept {
    /// To be followed by [`PiServo::keep`].
    pub(super) const NOTHING: Self = Self {
        origin_phase: TimeInterval::ZERO,
        steady: Gains { proportional: U16F16::ZERO, integral: U10F22::ZERO },
        step_threshold: TimeInterval::MAX,
    };
}

impl PiServo {
    /// To be called after each change of what the values below are made of.
    #[cfg(target_pointer_width = "64")]
    #[inline(never)]
    pub(super) fn keep(&mut self) {
        self.kept = Kept {
            origin_phase: TimeInterval::from_nanos(self.origin),
            steady: self.choose_gains(),
            step_threshold: self.choose_threshold(),
        };
    }

    #[cfg(not(target_pointer_width = "64"))]
    pub(super) const fn keep(&mut self) {}

    /// The origin as a phase, as far as it fits.
    #[inline(always)]
    pub(super) const fn origin_phase(&self) -> TimeInterval {
        #[cfg(target_pointer_width = "64")]
        return self.kept.origin_phase;
        #[cfg(not(target_pointer_width = "64"))]
        TimeInterval::from_nanos(self.origin)
    }

    /// The gains of a full memory.
    #[inline(always)]
    pub(super) fn steady(&self) -> Gains {
        #[cfg(target_pointer_width = "64")]
        return self.kept.steady;
        #[cfg(not(target_pointer_width = "64"))]
        self.choose_gains()
    }

    /// A larger offset is stepped away: the threshold that holds at present, or the largest of all for never.
    #[inline(always)]
    pub(super) fn step_threshold(&self) -> TimeInterval {
        #[cfg(target_pointer_width = "64")]
        return self.kept.step_threshold;
        #[cfg(not(target_pointer_width = "64"))]
        self.choose_threshold()
    }

    #[inline]
    fn choose_gains(&self) -> Gains {
        self.config.gains.unwrap_or_else(|| Gains::steady(self.stamping, self.observer.interval()))
    }

    fn choose_threshold(&self) -> TimeInterval {
        let threshold = if self.first { self.config.first_step_threshold } else { self.config.step_threshold };
        let never = threshold == TimeInterval::ZERO || !self.can_step;
        if never { TimeInterval::MAX } else { threshold }
    }
}
