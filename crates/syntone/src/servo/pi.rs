//! The PI servo.

use super::lock::LockDetector;
use super::observer::Observer;
use super::units::{ONE, frequency_of, interval_index, scale, within};
use super::{Adjustment, Gains, LockState, PiConfig, PiConfigError, Servo, ServoContext, SyncSample};
use syntone_hal::{FrequencyOffset, Instant, Stamping, TimeInterval, Timestamp};

/// Larger phases are made up at the largest frequency anyhow; 2 s.
const MAX_PHASE: i64 = 1 << 47;

/// Larger changes of the offset, 2.4 h, count as this one, so that no sum of phases overflows.
const MAX_NANOS: i64 = 1 << 43;
/// A phase that does not fit in so many bits and a sign may be one of those.
const CUT_BITS: u32 = 42;

/// What unicast messages say of their interval (IEEE 1588-2019 13.3.2.14): nothing.
const UNSPECIFIED_INTERVAL: i8 = 0x7F;

/// A PI servo in fixed point.
///
/// What it sets is minus the drift, the integral part, and minus the phase per Sync interval, the proportional part. Both come from
/// an observer whose gains shrink as its memory grows: at first each sample counts much, and the frequency is
/// known after two Syncs; in the end the gains are those of a Kalman filter in its steady state, for the Sync interval and the
/// kind of stamps at hand.
///
/// Until the path delay and the drift are known, the clock is left alone. Then, once, it is stepped if the offset is large
/// and set to the right frequency.
#[derive(Clone, Debug)]
pub struct PiServo {
    config: PiConfig,
    observer: Observer,
    lock: LockDetector,
    /// The offset at which the observer's phase is zero, in whole nanoseconds: offsets can be larger than a phase.
    origin: i64,
    /// When the last Sync was handled.
    at: Instant,
    stamping: Stamping,
    /// Locked means offsets no larger than this.
    lock_threshold: TimeInterval,
    /// The clock can step.
    can_step: bool,
    /// Nothing has been made up yet: `first_step_threshold` holds.
    first: bool,
    /// The observer's phase is without the path delay.
    has_delay: bool,
    /// The last adjustment was to step: if that was refused, the next one does without.
    stepping: bool,
}

impl PiServo {
    /// A servo that has seen nothing.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(config: PiConfig) -> Result<Self, PiConfigError> {
        config.check()?;
        Ok(Self {
            config,
            observer: Observer::new(),
            lock: LockDetector::new(),
            origin: 0,
            at: Instant::default(),
            stamping: Stamping::Software,
            lock_threshold: TimeInterval::ZERO,
            can_step: false,
            first: true,
            has_delay: false,
            stepping: false,
        })
    }

    /// The clock runs at `frequency`, set by an earlier program or by the one that calls: the servo starts from it instead of
    /// zero. Before the first sample; later it changes nothing.
    pub fn start_from(&mut self, frequency: FrequencyOffset) {
        if self.observer.limit() == 0 {
            // What the clock can do is not known before it is started.
            self.observer.set_limit(self.config.max_frequency);
        }
        self.observer.start_from(frequency);
    }

    /// Keeps the observer's phase what it is when the path delay becomes known: not in the measured one, then in it.
    fn follow_delay(&mut self, mean_delay: Option<TimeInterval>) {
        match mean_delay {
            Some(delay) if !self.has_delay => self.observer.shift(-delay),
            None if self.has_delay => self.observer.forget_phase(),
            _ => {}
        }
        self.has_delay = mean_delay.is_some();
    }

    fn gains(&self) -> Gains {
        self.config.gains.unwrap_or_else(|| Gains::steady(self.stamping, self.observer.interval()))
    }

    /// What to do about the offset as it is known; `inverse` is 1 over the time since the last Sync, in intervals.
    fn adjust(&mut self, offset: TimeInterval, size: TimeInterval, inverse: u32) -> Adjustment {
        let far = self.is_beyond_threshold(size);
        self.stepping = far && !self.stepping;
        if self.stepping {
            // The offset in whole nanoseconds goes beyond what a phase can hold.
            let phase = self.observer.phase().nanos();
            let nanos = self.origin.saturating_add(phase);
            if phase >> CUT_BITS != phase >> 63 {
                // It may have been cut, and would be again: what is left of the offset is looked at afresh.
                self.observer.forget_phase();
            }
            return Adjustment { step: Some(nanos.saturating_neg()), frequency: Some(self.frequency()) };
        }
        self.first &= far;
        // Where Syncs come at longer intervals than announced, the offset is made up in one of those.
        let pull = scale(within(MAX_PHASE, offset.scaled()), inverse.min(ONE));
        Adjustment { step: None, frequency: Some(self.to_frequency(self.observer.drift().wrapping_add(pull))) }
    }

    /// An offset of `size` is to be stepped away.
    fn is_beyond_threshold(&self, size: TimeInterval) -> bool {
        let threshold = if self.first { self.config.first_step_threshold } else { self.config.step_threshold };
        self.can_step && threshold != TimeInterval::ZERO && size > threshold
    }

    /// The frequency that makes up `phase` within one interval, as far as the limit lets it.
    fn to_frequency(&self, phase: i64) -> FrequencyOffset {
        let limit = self.observer.limit();
        frequency_of(within(limit, phase).wrapping_neg(), self.observer.interval())
    }
}

impl Servo for PiServo {
    fn start(&mut self, context: &ServoContext) {
        self.stamping = context.stamping;
        self.can_step = context.limits.can_step;
        self.lock_threshold = self.config.lock_threshold.unwrap_or(TimeInterval::from_nanos(match context.stamping {
            Stamping::Hardware => 1_000,
            Stamping::Software => 50_000,
        }));
        self.observer.set_limit(self.config.max_frequency.clamp_to(context.limits.max_frequency));
        self.observer.set_resolution(context.resolution);
        self.observer.forget_phase();
        self.lock.unlock();
        self.stepping = false;
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        let interval = interval_index(sample.log_sync_interval);
        if interval != self.observer.interval() && sample.log_sync_interval != UNSPECIFIED_INTERVAL {
            self.observer.set_interval(interval);
        }
        self.follow_delay(sample.mean_delay);
        if self.observer.is_phase_unknown() {
            self.origin = sample.difference_nanos;
        }
        self.at = sample.at;
        let delay = sample.mean_delay.unwrap_or(TimeInterval::ZERO);
        let nanos = sample.difference_nanos.saturating_sub(self.origin);
        let small = sample.correction.wrapping_sub(delay);
        let measured = TimeInterval::from_scaled(within(MAX_NANOS, nanos) << 16).wrapping_add(small);
        let is_first = self.observer.is_new();
        let inverse = self.observer.take(measured, master_nanos(sample), self.gains());
        if is_first {
            // From here on the clock runs at a frequency that is known.
            return Adjustment { step: None, frequency: Some(self.frequency()) };
        }
        if !self.has_delay || !self.observer.knows_drift() {
            return Adjustment::NONE;
        }
        let offset = TimeInterval::from_nanos(self.origin) + self.observer.phase();
        let size = offset.abs();
        self.lock.observe(size.scaled(), self.lock_threshold.scaled(), self.config.lock_count);
        self.adjust(offset, size, inverse.unwrap_or(ONE))
    }

    fn applied(&mut self, at: Instant, effective: &Adjustment) {
        if let Some(step) = effective.step {
            self.origin = self.origin.saturating_add(step);
        }
        if let Some(frequency) = effective.frequency {
            let delay = i64::try_from(at.nanos_since(self.at)).unwrap_or(i64::MAX);
            self.observer.steer(frequency, delay);
        }
    }

    fn hold(&mut self) -> Adjustment {
        self.lock.hold();
        self.observer.forget_phase();
        let frequency = self.observer.knows_drift().then(|| self.frequency());
        Adjustment { step: None, frequency }
    }

    fn lock_state(&self) -> LockState {
        self.lock.state()
    }

    fn frequency(&self) -> FrequencyOffset {
        self.to_frequency(self.observer.drift())
    }
}

/// The master's time as the sample tells it, in nanoseconds; wraps. Neither steps of the slave nor its frequency are in it.
fn master_nanos(sample: &SyncSample) -> i64 {
    sample.ingress.nanos_since(Timestamp::ZERO).wrapping_sub(sample.difference_nanos)
}
