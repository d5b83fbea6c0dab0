//! The PI servo.

mod kept;

use super::lock::LockDetector;
use super::observer::Observer;
use super::units::{ONE, bounded_difference, frequency_of, interval_index, scale, within};
use super::{Adjustment, LockState, PiConfig, PiConfigError, Servo, ServoContext, SyncSample};
#[cfg(target_pointer_width = "64")]
use kept::Kept;
use syntone_hal::{FrequencyOffset, Instant, Stamping, TimeInterval, Timestamp};

/// Larger phases are made up at the largest frequency anyhow; 2 s.
const MAX_PHASE: i64 = 1 << 47;

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
    /// The interval that the last Sync told, where it told one: the observer's, as a logarithm.
    log_sync_interval: i8,
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
    #[cfg(target_pointer_width = "64")]
    kept: Kept,
}

/// What a sample that begins anew makes known.
enum Begun {
    /// It is the first of all.
    First,
    /// The phase alone.
    Apart,
    /// The phase; the drift is known from before.
    Again,
}

impl PiServo {
    /// A servo that has seen nothing.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(config: PiConfig) -> Result<Self, PiConfigError> {
        config.check()?;
        let mut servo = Self {
            config,
            observer: Observer::new(),
            lock: LockDetector::new(),
            origin: 0,
            log_sync_interval: 0,
            at: Instant::default(),
            stamping: Stamping::Software,
            lock_threshold: TimeInterval::ZERO,
            can_step: false,
            first: true,
            has_delay: false,
            stepping: false,
            #[cfg(target_pointer_width = "64")]
            kept: Kept::NOTHING,
        };
        servo.keep();
        Ok(servo)
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

    /// Keeps the observer's phase what it is when the path delay becomes known: not in the measured one, then in it. Or the
    /// delay is not known any more.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn follow_delay(&mut self, mean_delay: Option<TimeInterval>) {
        match mean_delay {
            Some(delay) => self.observer.shift(-delay),
            None => self.observer.forget_phase(),
        }
        self.has_delay = mean_delay.is_some();
    }

    /// The Sync interval is another one.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn follow_interval(&mut self, log_sync_interval: i8) {
        if log_sync_interval == UNSPECIFIED_INTERVAL {
            return;
        }
        self.log_sync_interval = log_sync_interval;
        self.observer.set_interval(interval_index(log_sync_interval));
        self.keep();
    }

    /// Takes a sample that could not be compared with one before, or is so far off that it is taken for a new phase.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn begin(&mut self, measured: TimeInterval, time: i64) -> Begun {
        let is_first = self.observer.is_new();
        self.observer.set_phase(measured, time);
        match is_first {
            true => Begun::First,
            false if self.observer.knows_drift() => Begun::Again,
            false => Begun::Apart,
        }
    }

    /// What to do about the offset as it is known; `inverse` is 1 over the time since the last Sync, in intervals.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn adjust(&mut self, inverse: u32) -> Adjustment {
        let offset = self.origin_phase() + self.observer.phase();
        let size = offset.abs();
        self.lock.observe(size.scaled(), self.lock_threshold.scaled(), self.config.lock_count);
        let far = size > self.step_threshold();
        if far && !self.stepping {
            self.stepping = true;
            return Adjustment { step: Some(self.step()), frequency: Some(self.frequency()) };
        }
        self.stepping = false;
        if self.first && !far {
            self.first = false;
            self.keep();
        }
        let fits = cfg!(target_pointer_width = "64") && size.scaled() <= MAX_PHASE;
        let phase = if fits { offset.scaled() } else { cut(offset) };
        // Where Syncs come at longer intervals than announced, the offset is made up in one of those.
        let pull = scale(phase, inverse.min(ONE));
        Adjustment { step: None, frequency: Some(self.to_frequency(self.observer.drift().wrapping_add(pull))) }
    }

    /// The step that takes the offset away, in nanoseconds; they reach beyond what a phase can hold.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn step(&mut self) -> i64 {
        let phase = self.observer.phase().nanos();
        let nanos = self.origin.saturating_add(phase);
        if phase >> CUT_BITS != phase >> 63 {
            // It may have been cut, and would be again: what is left of the offset is looked at afresh.
            self.observer.forget_phase();
        }
        nanos.saturating_neg()
    }

    /// The frequency that makes up `phase` within one interval, as far as the limit lets it.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
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
        self.keep();
        self.observer.forget_phase();
        self.lock.unlock();
        self.stepping = false;
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        if sample.log_sync_interval != self.log_sync_interval {
            self.follow_interval(sample.log_sync_interval);
        }
        if sample.mean_delay.is_some() != self.has_delay {
            self.follow_delay(sample.mean_delay);
        }
        self.at = sample.at;
        let small = sample.correction.wrapping_sub(sample.mean_delay.unwrap_or(TimeInterval::ZERO));
        let time = master_nanos(sample);
        let (measured, inverse) = if self.observer.is_phase_unknown() {
            self.origin = sample.difference_nanos;
            self.keep();
            (small, None)
        } else {
            let measured = bounded_difference(sample.difference_nanos, self.origin).wrapping_add(small);
            (measured, self.observer.take(measured, time, self.steady()))
        };
        let inverse = match inverse {
            Some(inverse) => inverse,
            None => match self.begin(measured, time) {
                // From here on the clock runs at a frequency that is known.
                Begun::First => return Adjustment { step: None, frequency: Some(self.frequency()) },
                Begun::Apart => return Adjustment::NONE,
                Begun::Again => ONE,
            },
        };
        if self.has_delay { self.adjust(inverse) } else { Adjustment::NONE }
    }

    fn applied(&mut self, at: Instant, effective: &Adjustment) {
        if let Some(step) = effective.step {
            self.origin = self.origin.saturating_add(step);
            self.keep();
        }
        if let Some(frequency) = effective.frequency {
            // What does not fit becomes negative, and neither is a time that is reckoned with.
            self.observer.steer(frequency, 0_i64.wrapping_add_unsigned(at.nanos_since(self.at)));
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

/// The offset, but no larger than a phase can be.
#[cfg_attr(target_pointer_width = "64", inline(never))]
fn cut(offset: TimeInterval) -> i64 {
    within(MAX_PHASE, offset.scaled())
}

/// The master's time as the sample tells it, in nanoseconds; wraps. Neither steps of the slave nor its frequency are in it.
fn master_nanos(sample: &SyncSample) -> i64 {
    sample.ingress.nanos_since(Timestamp::ZERO).wrapping_sub(sample.difference_nanos)
}
