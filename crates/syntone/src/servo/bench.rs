//! A slave's clock on a bench: an oscillator, time stamps, delays, and a servo that steers it.
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

extern crate std;
use crate::servo::{Adjustment, DelaySample, MedianFilter, Servo, ServoContext, SyncSample};
use std::vec::Vec;
use syntone_hal::{ClockLimits, FrequencyOffset, Instant, Stamping, TimeInterval, Timestamp};

/// Random numbers that are the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Above 0, at most 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Gaussian, of deviation 1.
    pub(crate) fn gauss(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (core::f64::consts::TAU * self.uniform()).cos()
    }
}

/// What is on the bench; the defaults are those of the requirements.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    /// Whole seconds by which the slave is ahead at first, besides `offset`.
    pub(crate) offset_seconds: i64,
    /// ns by which the slave is ahead at first.
    pub(crate) offset: f64,
    /// ppb by which its oscillator is fast.
    pub(crate) frequency: f64,
    /// Random-walk frequency noise in ppb/√s.
    pub(crate) wander: f64,
    /// White frequency noise: a walk of the phase, in ns/√s.
    pub(crate) white: f64,
    /// Gaussian noise of each stamp in ns.
    pub(crate) stamp_noise: f64,
    /// Step of the time stamps in ns.
    pub(crate) resolution: f64,
    /// Mean of an exponential, always late, noise on each ingress stamp in ns.
    pub(crate) ingress_jitter: f64,
    /// Path delays in ns, to the slave and back.
    pub(crate) delays: (f64, f64),
    pub(crate) log_interval: i8,
    /// What the servo is told of the interval, where that is another.
    pub(crate) announced_interval: Option<i8>,
    /// Share of Syncs that are lost.
    pub(crate) loss: f64,
    /// By how much intervals vary, as a share.
    pub(crate) irregular: f64,
    /// ns from a Sync to the moment the adjustment takes effect.
    pub(crate) lag: u64,
    /// ns from a Sync to the moment that the servo takes for it: the way of the message through the program.
    pub(crate) latency: u64,
    pub(crate) stamping: Stamping,
    pub(crate) limits: ClockLimits,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 1,
            offset_seconds: 0,
            offset: 1e6,
            frequency: 20_000.0,
            wander: 1.0,
            white: 0.0,
            stamp_noise: 8.0,
            resolution: 1.0,
            ingress_jitter: 0.0,
            delays: (1000.0, 1000.0),
            log_interval: 0,
            announced_interval: None,
            loss: 0.0,
            irregular: 0.0,
            lag: 200_000,
            latency: 0,
            stamping: Stamping::Hardware,
            limits: ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true },
        }
    }
}

/// What one Sync did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// True offset in ns as the Sync arrived.
    pub(crate) offset: f64,
}

pub(crate) struct Bench {
    pub(crate) setup: Setup,
    random: Random,
    /// Master's time in ns.
    pub(crate) time: i64,
    /// Slave minus master: whole seconds and ns.
    pub(crate) seconds: i64,
    pub(crate) offset: f64,
    /// ppb of the oscillator, and of what it is set to.
    pub(crate) oscillator: f64,
    pub(crate) steered: f64,
    filter: MedianFilter,
    mean_delay: Option<TimeInterval>,
    previous: Option<(i64, f64)>,
    /// t3 in the slave's ns besides whole seconds, and t4 − t3.
    request: Option<(i64, i64)>,
    pub(crate) steps: Vec<i64>,
    /// So many adjustments are refused from here on: steps, frequencies.
    pub(crate) refuse: (u32, u32),
    /// ns that the next Sync's ingress stamp is late by.
    pub(crate) spike: f64,
}

impl Bench {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            random: Random::new(setup.seed),
            time: 1_700_000_000_000_000_000,
            seconds: setup.offset_seconds,
            offset: setup.offset,
            oscillator: setup.frequency,
            steered: 0.0,
            filter: MedianFilter::new(),
            mean_delay: None,
            previous: None,
            request: None,
            steps: Vec::new(),
            refuse: (0, 0),
            spike: 0.0,
            setup,
        }
    }

    pub(crate) fn context(&self) -> ServoContext {
        ServoContext {
            stamping: self.setup.stamping,
            resolution: TimeInterval::from_nanos(self.setup.resolution as i64),
            limits: self.setup.limits,
        }
    }

    /// True offset in ns.
    pub(crate) fn true_offset(&self) -> f64 {
        self.seconds as f64 * 1e9 + self.offset
    }

    /// Lets `nanos` of the master's time pass.
    pub(crate) fn pass(&mut self, nanos: i64) {
        let seconds = nanos as f64 * 1e-9;
        let walk = self.setup.wander * seconds.sqrt() * self.random.gauss();
        self.offset += (self.oscillator + walk / 2.0 + self.steered) * seconds;
        self.offset += self.setup.white * seconds.sqrt() * self.random.gauss();
        self.oscillator += walk;
        self.time += nanos;
    }

    fn noise(&mut self) -> f64 {
        self.setup.stamp_noise * self.random.gauss()
    }

    fn jitter(&mut self) -> f64 {
        -self.setup.ingress_jitter * self.random.uniform().ln()
    }

    /// What the stamps show of a difference.
    fn stamped(&self, difference: f64) -> f64 {
        (difference / self.setup.resolution).round() * self.setup.resolution
    }

    /// The path is another from now on.
    pub(crate) fn change_path(&mut self, delays: (f64, f64)) {
        self.setup.delays = delays;
        self.filter.clear();
        self.mean_delay = None;
        self.previous = None;
    }

    /// One Sync interval: a Sync at its start, if that is not lost, the adjustment, a delay exchange somewhere within.
    pub(crate) fn turn(&mut self, servo: &mut impl Servo) -> Option<Seen> {
        let nominal = f64::from(self.setup.log_interval).exp2() * 1e9;
        let uneven = self.setup.irregular * (2.0 * self.random.uniform() - 1.0);
        let interval = (nominal * (1.0 + uneven)) as i64;
        let lost = self.random.uniform() <= self.setup.loss;
        let lag = self.setup.lag as i64;
        let seen = if lost {
            self.pass(lag);
            None
        } else {
            Some(self.sync(servo))
        };
        let request = lag + ((0.1 + 0.8 * self.random.uniform()) * (interval - lag) as f64) as i64;
        self.pass(request - lag);
        self.delay_request();
        self.pass(interval - request);
        seen
    }

    fn sync(&mut self, servo: &mut impl Servo) -> Seen {
        let (time, offset) = (self.time, self.true_offset());
        let late = self.noise() - self.noise() + self.jitter() + core::mem::take(&mut self.spike);
        let measured = self.stamped(self.offset + self.setup.delays.0 + late);
        let difference = self.seconds * 1_000_000_000 + measured as i64;
        self.finish_delay(time, measured, servo);
        let sample = SyncSample {
            at: Instant::from_nanos(time as u64 + self.setup.latency),
            ingress: Timestamp::from_nanos((time + difference).max(0) as u64),
            difference_nanos: difference,
            correction: TimeInterval::ZERO,
            mean_delay: self.mean_delay,
            log_sync_interval: self.setup.announced_interval.unwrap_or(self.setup.log_interval),
        };
        let adjustment = servo.sync(&sample);
        self.pass(self.setup.lag as i64);
        self.apply(servo, adjustment);
        Seen { offset }
    }

    /// Does what the servo wants, or refuses to.
    pub(crate) fn apply(&mut self, servo: &mut impl Servo, adjustment: Adjustment) {
        let mut effective = adjustment;
        if let Some(step) = adjustment.step {
            if self.refuse.0 > 0 {
                self.refuse.0 -= 1;
                effective.step = None;
            } else {
                self.steps.push(step);
                self.seconds += step / 1_000_000_000;
                self.offset += (step % 1_000_000_000) as f64;
                self.previous = self.previous.map(|(time, measured)| (time, measured + (step % 1_000_000_000) as f64));
            }
        }
        if let Some(frequency) = adjustment.frequency {
            assert!(frequency.scaled_ppm().abs() <= self.setup.limits.max_frequency.scaled_ppm(), "{frequency:?}");
            if self.refuse.1 > 0 {
                self.refuse.1 -= 1;
                effective.frequency = None;
            } else {
                self.steered = f64::from(frequency.scaled_ppm()) / 65.536;
            }
        }
        servo.applied(Instant::from_nanos(self.time as u64), &effective);
    }

    /// A Delay_Req now; its delay is worked out when the next Sync is there.
    fn delay_request(&mut self) {
        let forth = self.noise() - self.noise() + self.jitter() + self.setup.delays.1 - self.offset;
        let forth = self.stamped(forth);
        self.request = Some((self.time, forth as i64));
    }

    /// The mean of both ways, with the way to the slave interpolated for the moment of the request.
    fn finish_delay(&mut self, time: i64, measured: f64, servo: &mut impl Servo) {
        if let (Some((before, earlier)), Some((at, back))) = (self.previous, self.request.take()) {
            if before < at {
                let share = (at - before) as f64 / (time - before) as f64;
                let delay = (earlier + (measured - earlier) * share + back as f64) / 2.0;
                let delay = TimeInterval::from_scaled((delay * 65_536.0) as i64);
                self.mean_delay = Some(self.filter.push(delay));
                servo.delay(&DelaySample {
                    at: Instant::from_nanos(time as u64),
                    egress: Timestamp::ZERO,
                    difference_nanos: back,
                    correction: TimeInterval::ZERO,
                    mean_path_delay: delay,
                });
            }
        }
        self.previous = Some((time, measured));
    }

    /// So many intervals; what was seen.
    pub(crate) fn run(&mut self, servo: &mut impl Servo, intervals: usize) -> Vec<Seen> {
        (0..intervals).filter_map(|_| self.turn(servo)).collect()
    }
}

/// Root of the mean square of the true offsets.
pub(crate) fn rms(seen: &[Seen]) -> f64 {
    (seen.iter().map(|seen| seen.offset * seen.offset).sum::<f64>() / seen.len() as f64).sqrt()
}

/// The largest true offset, either way.
pub(crate) fn worst(seen: &[Seen]) -> f64 {
    seen.iter().map(|seen| seen.offset.abs()).fold(0.0, f64::max)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
