//! Plain floating-point references that the fixed-point code is tested against.
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

use super::units::interval_index;
use super::{Adjustment, Gains, ServoContext, SyncSample};
use syntone_hal::{Instant, Stamping};

/// The Kalman filter of phase and frequency in its steady state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SteadyKalman {
    /// The gain of the phase.
    pub(crate) alpha: f64,
    /// The gain of the frequency, per interval.
    pub(crate) beta: f64,
    /// Standard deviation of the predicted phase in ns.
    pub(crate) predicted: f64,
}

/// Iterates the Riccati equation: samples with `noise` ns every `interval` seconds of an oscillator whose frequency walks by
/// `wander` ppb/√s.
pub(crate) fn steady_kalman(interval: f64, noise: f64, wander: f64) -> SteadyKalman {
    let t = interval;
    let q = wander * wander;
    let r = noise * noise;
    let (mut phase, mut cross, mut rate) = (r, 0.0, 1e6);
    let mut steady = SteadyKalman { alpha: 0.0, beta: 0.0, predicted: 0.0 };
    for _ in 0..20_000 {
        let predicted = phase + 2.0 * t * cross + t * t * rate + q * t.powi(3) / 3.0;
        let predicted_cross = cross + t * rate + q * t * t / 2.0;
        let predicted_rate = rate + q * t;
        let alpha = predicted / (predicted + r);
        let k = predicted_cross / (predicted + r);
        phase = (1.0 - alpha) * predicted;
        cross = (1.0 - alpha) * predicted_cross;
        rate = predicted_rate - k * predicted_cross;
        steady = SteadyKalman { alpha, beta: k * t, predicted: predicted.sqrt() };
    }
    steady
}

/// The PI servo in floating point: what it does, written down from its description. Times in ns and s, frequencies in ppb.
pub(crate) struct FloatingPi {
    stamping: Stamping,
    limit: f64,
    spread: f64,
    /// Slave minus master, ns.
    offset: f64,
    /// Of the oscillator, ppb.
    fast: f64,
    set: f64,
    samples: u32,
    /// Master's time of the last Sync, ns.
    time: i128,
    handled: u64,
    delay: Option<f64>,
    /// The offset is unknown, or known from the last sample alone.
    lost: bool,
    fresh: bool,
    aside: i32,
    stepped: bool,
    tried: bool,
}

impl FloatingPi {
    pub(crate) fn new(context: &ServoContext) -> Self {
        let limit = f64::from(context.limits.max_frequency.scaled_ppm()) / 65.536;
        Self {
            stamping: context.stamping,
            limit: limit.min(500_000.0),
            spread: 0.0,
            offset: 0.0,
            fast: 0.0,
            set: 0.0,
            samples: 0,
            time: 0,
            handled: 0,
            delay: None,
            lost: true,
            fresh: false,
            aside: 0,
            stepped: false,
            tried: false,
        }
    }

    pub(crate) fn start(&mut self) {
        self.lost = true;
        self.tried = false;
    }

    /// The step in ns and the frequency in ppb that it wants.
    pub(crate) fn sync(&mut self, sample: &SyncSample) -> (Option<f64>, Option<f64>) {
        let interval = f64::from(sample.log_sync_interval).exp2();
        let first = self.samples == 0;
        let delay = sample.mean_delay.map(|delay| delay.scaled() as f64 / 65_536.0);
        match (self.delay, delay) {
            (None, Some(delay)) => self.offset -= delay,
            (Some(_), None) => self.lost = true,
            _ => {}
        }
        self.delay = delay;
        self.handled = sample.at.nanos();
        let ingress = i128::from(sample.ingress.seconds()) * 1_000_000_000 + i128::from(sample.ingress.nanos());
        let time = ingress - i128::from(sample.difference_nanos);
        let elapsed = (time - core::mem::replace(&mut self.time, time)) as f64 * 1e-9;
        let measured =
            sample.difference_nanos as f64 + sample.correction.scaled() as f64 / 65_536.0 - delay.unwrap_or(0.0);
        let compared = self.observe(measured, elapsed, interval);
        if first {
            return (None, Some(self.set));
        }
        if delay.is_none() || self.samples < 2 {
            return (None, None);
        }
        let keep = (-self.fast).clamp(-self.limit, self.limit);
        if !self.stepped && !self.tried && self.offset.abs() > 20_000.0 {
            self.tried = true;
            return (Some(-self.offset.round()), Some(keep));
        }
        self.tried = false;
        self.stepped = true;
        let horizon = if compared { interval.max(elapsed) } else { interval };
        (None, Some((-self.fast - self.offset / horizon).clamp(-self.limit, self.limit)))
    }

    fn observe(&mut self, measured: f64, elapsed: f64, interval: f64) -> bool {
        if self.lost || elapsed <= 0.0 {
            self.set_offset(measured);
            return false;
        }
        let predicted = self.offset + (self.fast + self.set) * elapsed;
        let surprise = measured - predicted;
        let usual = surprise.clamp(-5.0 * self.spread.max(2.0), 5.0 * self.spread.max(2.0));
        if usual == surprise {
            self.aside = 0;
        } else if self.fresh {
            self.samples = 1;
        }
        self.fresh = false;
        let trimmed = if self.samples < 8 { surprise } else { usual };
        if self.samples >= 8 && usual != surprise {
            let side = surprise.signum() as i32;
            self.aside = if self.aside.signum() == side { self.aside + side } else { side };
        }
        if self.aside.abs() >= 4 {
            self.set_offset(measured);
            return false;
        }
        self.samples += 1;
        let n = f64::from(self.samples);
        // The gains themselves are tested where they are.
        let steady = Gains::steady(self.stamping, interval_index(interval.log2() as i8));
        let (alpha, beta) = (steady.proportional.to_num::<f64>(), steady.integral.to_num::<f64>());
        let alpha = alpha.max(2.0 * (2.0 * n - 1.0) / (n * (n + 1.0)));
        let beta = beta.max(6.0 / (n * (n + 1.0)));
        self.offset = predicted + alpha * trimmed;
        self.fast = (self.fast + beta * trimmed / elapsed.max(interval / 2.0)).clamp(-self.limit, self.limit);
        if self.samples >= 3 {
            let share = 0.5_f64.powi((self.samples as i32 - 3).min(4));
            self.spread += (trimmed.abs() - self.spread) * share;
        }
        true
    }

    fn set_offset(&mut self, measured: f64) {
        self.offset = measured;
        self.samples = self.samples.max(1);
        self.lost = false;
        self.fresh = true;
        self.aside = 0;
    }

    pub(crate) fn applied(&mut self, at: Instant, effective: &Adjustment) {
        if let Some(step) = effective.step {
            self.offset += step as f64;
            self.stepped = true;
        }
        if let Some(frequency) = effective.frequency {
            let set = f64::from(frequency.scaled_ppm()) / 65.536;
            self.offset += (self.set - set) * (at.nanos() - self.handled) as f64 * 1e-9;
            self.set = set;
        }
    }
}
