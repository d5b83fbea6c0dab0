//! Oscillators: how fast a node's time runs.

use crate::{Rng, SimTime, Span, ps};
use std::collections::VecDeque;

/// One in units of the frequency of an oscillator's state: 2⁻⁶⁰.
const STATE_ONE: f64 = (1_u64 << 60) as f64;
/// From the state's unit to that of a [`Rate`]: 2¹².
const STATE_SHIFT: u32 = 12;

/// A fractional frequency offset in units of 2⁻⁴⁸ (3.6·10⁻⁶ ppb).
pub(crate) type Rate = i64;

/// What an oscillator is like.
///
/// Its fractional frequency is constant between updates, which come every [`Oscillator::step`] (15.625 ms if nothing is
/// said), so that its phase is integrated exactly with integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oscillator {
    offset_ppb: f64,
    drift_ppb_per_s: f64,
    white_ppb: f64,
    wander_ppb: f64,
    step: Span,
}

impl Oscillator {
    /// Exactly its nominal frequency, for ever.
    #[must_use]
    pub const fn ideal() -> Self {
        Self { offset_ppb: 0.0, drift_ppb_per_s: 0.0, white_ppb: 0.0, wander_ppb: 0.0, step: ps(15_625_000_000) }
    }

    /// Runs this much fast, in parts per 10⁶.
    #[must_use]
    pub const fn ppm(self, offset: f64) -> Self {
        self.ppb(offset * 1e3)
    }

    /// Runs this much fast, in parts per 10⁹.
    #[must_use]
    pub const fn ppb(mut self, offset: f64) -> Self {
        self.offset_ppb = offset;
        self
    }

    /// Gets faster by this much each second, in ppb/s.
    #[must_use]
    pub const fn drift(mut self, ppb_per_s: f64) -> Self {
        self.drift_ppb_per_s = ppb_per_s;
        self
    }

    /// White frequency noise, in ppb·√s: its Allan deviation is this over the square root of the averaging time.
    #[must_use]
    pub const fn white(mut self, ppb: f64) -> Self {
        self.white_ppb = ppb;
        self
    }

    /// Random walk of the frequency, in ppb/√s: after t seconds it has wandered by this times √t (one sigma); its Allan
    /// deviation is this times √(t/3).
    #[must_use]
    pub const fn wander(mut self, ppb: f64) -> Self {
        self.wander_ppb = ppb;
        self
    }

    /// How often the frequency is updated; more than no time.
    #[must_use]
    pub const fn step(mut self, step: Span) -> Self {
        self.step = step;
        self
    }
}

impl Default for Oscillator {
    fn default() -> Self {
        Self::ideal()
    }
}

/// An oscillator at work.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// How much too fast it runs until [`Running::next`].
    rate: Rate,
    next: SimTime,
    /// The rates after that, as far as somebody has looked ahead.
    ahead: VecDeque<Rate>,
    /// Offset, drift so far and walk so far at the end of what is known ahead, in 2⁻⁶⁰.
    base: i64,
    drift_per_step: i64,
    white_per_step: f64,
    wander_per_step: f64,
    step: Span,
    rng: Rng,
}

impl Running {
    pub(crate) fn new(is: Oscillator, rng: Rng) -> Self {
        assert!(is.step > Span::ZERO, "an oscillator's step must be longer than no time");
        let step = is.step.seconds();
        let mut running = Self {
            rate: 0,
            next: SimTime::ZERO + is.step,
            ahead: VecDeque::new(),
            base: state(is.offset_ppb),
            drift_per_step: state(is.drift_ppb_per_s * step),
            white_per_step: is.white_ppb / step.sqrt(),
            wander_per_step: is.wander_ppb * step.sqrt(),
            step: is.step,
            rng,
        };
        running.rate = running.whiten();
        running
    }

    /// How much too fast it runs until [`Running::next`].
    pub(crate) const fn rate(&self) -> Rate {
        self.rate
    }

    /// When the frequency changes next.
    pub(crate) const fn next(&self) -> SimTime {
        self.next
    }

    /// How long each frequency lasts.
    pub(crate) const fn step(&self) -> Span {
        self.step
    }

    /// The rate in the interval that begins so many steps after [`Running::next`].
    pub(crate) fn rate_ahead(&mut self, steps: usize) -> Rate {
        while self.ahead.len() <= steps {
            let rate = self.draw();
            self.ahead.push_back(rate);
        }
        self.ahead[steps]
    }

    /// Goes on to the next interval of constant frequency.
    pub(crate) fn advance(&mut self) {
        self.rate = self.ahead.pop_front().unwrap_or_else(|| self.draw());
        self.next += self.step;
    }

    /// Changes the frequency by `ppb` at once, for ever.
    pub(crate) fn jump(&mut self, ppb: f64) {
        let change = state(ppb);
        self.base += change;
        self.rate += to_rate(change);
        for rate in &mut self.ahead {
            *rate += to_rate(change);
        }
    }

    /// The rate of the interval after the last that is known.
    fn draw(&mut self) -> Rate {
        self.base += self.drift_per_step;
        if self.wander_per_step != 0.0 {
            self.base += state(self.wander_per_step * self.rng.gaussian());
        }
        self.whiten()
    }

    fn whiten(&mut self) -> Rate {
        let white = if self.white_per_step == 0.0 { 0 } else { state(self.white_per_step * self.rng.gaussian()) };
        to_rate(self.base + white)
    }
}

/// From 2⁻⁶⁰ to the nearest 2⁻⁴⁸.
const fn to_rate(state: i64) -> Rate {
    (state + (1 << (STATE_SHIFT - 1))) >> STATE_SHIFT
}

/// From ppb to units of 2⁻⁶⁰.
fn state(ppb: f64) -> i64 {
    assert!(ppb.abs() < 1e8, "{ppb} ppb is no oscillator");
    (ppb / 1e9 * STATE_ONE).round() as i64
}

/// A rate in ppb.
pub(crate) fn ppb(rate: Rate) -> f64 {
    rate as f64 * 1e9 / (1_u64 << 48) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fractional frequency averages over `per_average` steps.
    fn averages(is: Oscillator, seed: u64, count: usize, per_average: usize) -> Vec<f64> {
        let mut running = Running::new(is, Rng::new(seed));
        (0..count)
            .map(|_| {
                let sum: f64 = (0..per_average)
                    .map(|_| {
                        let y = ppb(running.rate());
                        running.advance();
                        y
                    })
                    .sum();
                sum / per_average as f64
            })
            .collect()
    }

    fn allan_deviation(averages: &[f64]) -> f64 {
        let pairs = averages.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        (pairs.sum::<f64>() / (2.0 * (averages.len() - 1) as f64)).sqrt()
    }

    #[test]
    fn offset_and_drift_are_what_was_asked() {
        let is = Oscillator::ideal().ppm(20.0).drift(0.5);
        let mut running = Running::new(is, Rng::new(1));
        assert!((ppb(running.rate()) - 20_000.0).abs() < 1e-5);
        for _ in 0..640 {
            running.advance(); // 10 s
        }
        assert!((ppb(running.rate()) - 20_005.0).abs() < 1e-4);
        running.jump(-100.0);
        assert!((ppb(running.rate()) - 19_905.0).abs() < 1e-4);
    }

    #[test]
    fn looking_ahead_changes_nothing() {
        let is = Oscillator::ideal().wander(3.0).white(2.0).drift(1.0);
        let (mut looked, mut not) = (Running::new(is, Rng::new(9)), Running::new(is, Rng::new(9)));
        for k in 0..100 {
            let foreseen = looked.rate_ahead(k % 7);
            let mut later = not.clone();
            (0..=k % 7).for_each(|_| later.advance());
            assert_eq!(foreseen, later.rate());
            looked.advance();
            not.advance();
            assert_eq!((looked.rate(), looked.next()), (not.rate(), not.next()));
        }
    }

    #[test]
    fn white_noise_has_the_allan_deviation_of_its_definition() {
        for (seconds, count) in [(1, 20_000), (16, 4_000)] {
            let deviation = allan_deviation(&averages(Oscillator::ideal().white(3.0), 11, count, 64 * seconds));
            let expected = 3.0 / (seconds as f64).sqrt();
            assert!((deviation / expected - 1.0).abs() < 0.05, "{seconds} s: {deviation} ppb, not {expected}");
        }
    }

    #[test]
    fn random_walk_has_the_allan_deviation_of_its_definition() {
        for (seconds, count) in [(1, 20_000), (16, 4_000)] {
            let deviation = allan_deviation(&averages(Oscillator::ideal().wander(2.0), 12, count, 64 * seconds));
            let expected = 2.0 * (seconds as f64 / 3.0).sqrt();
            assert!((deviation / expected - 1.0).abs() < 0.05, "{seconds} s: {deviation} ppb, not {expected}");
        }
    }

    #[test]
    fn random_walk_spreads_with_the_square_root_of_time() {
        const SEEDS: u64 = 2_000;
        let spread = |seconds: usize| {
            let walked =
                |seed| *averages(Oscillator::ideal().wander(1.0), seed, 64 * seconds + 1, 1).last().expect("one");
            ((0..SEEDS).map(|seed| walked(seed).powi(2)).sum::<f64>() / SEEDS as f64).sqrt()
        };
        for (seconds, expected) in [(1, 1.0), (4, 2.0)] {
            assert!((spread(seconds) / expected - 1.0).abs() < 0.08);
        }
    }
}
