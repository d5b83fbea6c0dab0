//! A node's two times, on one oscillator: monotonic and PTP.

use crate::oscillator::{Rate, Running, ppb};
use crate::{Oscillator, Rng, SimTime, Span, ps};
use syntone_hal::{FrequencyOffset, Instant, TimeInterval, Timestamp};

/// Fraction bits of a phase: a phase counts 2⁻⁴⁸ ps, as exact as the rates that are summed into it.
const FRACTION: u32 = 48;
const PER_NANO: i128 = 1_000 << FRACTION;
/// A steering of one: a million ppm in units of 2⁻¹⁶ ppm.
const STEERING_ONE: i128 = 1_000_000 << 16;

/// Steps of the oscillator that are looked ahead at the most: 4 s with the usual step.
const HORIZON: usize = 256;

/// The monotonic time and the steered PTP time of a node.
///
/// Both are integrals of the same oscillator over true time; every reading between two changes of rate lies on one
/// straight line, so they do not depend on how often they are read.
#[derive(Clone, Debug)]
pub(crate) struct NodeClock {
    oscillator: Running,
    at: SimTime,
    local: i128,
    ptp: i128,
    steering: FrequencyOffset,
    ptp_rate: Rate,
}

impl NodeClock {
    /// A clock that at the beginning of the world reads `ptp` nanoseconds plus `offset`, and a second of monotonic time.
    pub(crate) fn new(oscillator: Oscillator, ptp: i128, offset: Span, rng: Rng) -> Self {
        let mut clock = Self {
            oscillator: Running::new(oscillator, rng),
            at: SimTime::ZERO,
            local: PER_NANO * 1_000_000_000,
            ptp: ptp * PER_NANO + phase(offset),
            steering: FrequencyOffset::ZERO,
            ptp_rate: 0,
        };
        clock.renew_rate();
        clock
    }

    /// Lets true time go on to `now`.
    pub(crate) fn advance(&mut self, now: SimTime) {
        while self.oscillator.next() <= now {
            self.integrate(self.oscillator.next());
            self.oscillator.advance();
            self.renew_rate();
        }
        self.integrate(now);
    }

    pub(crate) fn monotonic(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.local.div_euclid(PER_NANO)).expect("monotonic time is positive"))
    }

    /// The true span until the monotonic time reaches `until`, or one after which to ask again where that is far away;
    /// at least 1 ps, `None` for never. Exact unless somebody changes the oscillator's frequency.
    pub(crate) fn true_span_until(&mut self, until: Instant) -> Option<Span> {
        if until == Instant::FAR_FUTURE {
            return None;
        }
        let mut missing = (i128::from(until.nanos()) * PER_NANO - self.local).max(1);
        let (mut elapsed, mut rate, mut interval) =
            (Span::ZERO, self.oscillator.rate(), self.oscillator.next() - self.at);
        for steps in 0..HORIZON {
            let speed = (1_i128 << FRACTION) + i128::from(rate);
            let gained = i128::from(interval.picos()) * speed;
            if missing <= gained {
                let picos = (missing + speed - 1) / speed;
                return Some(elapsed + ps(i64::try_from(picos).expect("within an interval")));
            }
            missing -= gained;
            elapsed = elapsed + interval;
            (rate, interval) = (self.oscillator.rate_ahead(steps), self.oscillator.step());
        }
        Some(elapsed)
    }

    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.ptp)
    }

    /// The PTP time in whole picoseconds.
    pub(crate) const fn ptp_picos(&self) -> i128 {
        self.ptp >> FRACTION
    }

    pub(crate) fn shift(&mut self, by: Span) {
        self.ptp += phase(by);
    }

    pub(crate) fn step(&mut self, nanoseconds: i64) {
        self.ptp += i128::from(nanoseconds) * PER_NANO;
    }

    pub(crate) fn steer(&mut self, steering: FrequencyOffset) {
        self.steering = steering;
        self.renew_rate();
    }

    pub(crate) fn jump_frequency(&mut self, ppb: f64) {
        self.oscillator.jump(ppb);
        self.renew_rate();
    }

    /// How much too fast the oscillator runs now, in ppb.
    pub(crate) fn oscillator_ppb(&self) -> f64 {
        ppb(self.oscillator.rate())
    }

    /// How much too fast the PTP clock runs now, in ppb.
    pub(crate) fn ptp_ppb(&self) -> f64 {
        ppb(self.ptp_rate)
    }

    /// What the oscillator alone has gained on true time since the world began, in nanoseconds.
    pub(crate) fn oscillator_gain(&self) -> f64 {
        let true_time = i128::from((self.at - SimTime::ZERO).picos()) << FRACTION;
        nanos(self.local - PER_NANO * 1_000_000_000 - true_time)
    }

    /// How far this PTP clock is ahead of `other`, both advanced to the same moment.
    pub(crate) fn ahead_of(&self, other: &Self) -> Span {
        span(self.ptp - other.ptp)
    }

    /// How far this PTP clock is ahead of one that read `ptp` nanoseconds when the world began and was right since.
    pub(crate) fn ahead_of_true_time(&self, ptp: i128) -> Span {
        span(self.ptp - ptp * PER_NANO - (i128::from((self.at - SimTime::ZERO).picos()) << FRACTION))
    }

    fn integrate(&mut self, until: SimTime) {
        let span = i128::from((until - self.at).picos());
        self.local += (span << FRACTION) + span * i128::from(self.oscillator.rate());
        self.ptp += (span << FRACTION) + span * i128::from(self.ptp_rate);
        self.at = until;
    }

    /// (1 + oscillator) · (1 + steering) − 1, to the nearest 2⁻⁴⁸.
    fn renew_rate(&mut self) {
        let oscillator = (1_i128 << FRACTION) + i128::from(self.oscillator.rate());
        let steering = i128::from(self.steering.scaled_ppm());
        let gained = (oscillator * steering + STEERING_ONE / 2).div_euclid(STEERING_ONE);
        self.ptp_rate = self.oscillator.rate() + i64::try_from(gained).expect("steering is below 3.3 %");
    }
}

/// The time stamp of a phase; the epoch for what would be before it.
pub(crate) fn timestamp(phase: i128) -> Timestamp {
    let phase = phase.max(0);
    let (nanos, fraction) = (phase / PER_NANO, phase % PER_NANO);
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
    let subnanos = ((fraction << 16) / PER_NANO) as u16;
    Timestamp::new(seconds, (nanos % 1_000_000_000) as u32)
        .map_or(Timestamp::ZERO, |whole| whole.with_subnanos(subnanos))
}

/// The time stamp of whole picoseconds.
pub(crate) fn timestamp_of_picos(picos: i128) -> Timestamp {
    timestamp(picos << FRACTION)
}

/// A span in the unit of the wire, to the nearest.
pub(crate) fn interval(span: Span) -> TimeInterval {
    let scaled = (i128::from(span.picos()) * 65_536 + 500).div_euclid(1_000);
    TimeInterval::from_scaled(i64::try_from(scaled).unwrap_or(i64::MAX))
}

fn phase(span: Span) -> i128 {
    i128::from(span.picos()) << FRACTION
}

/// The span of a phase, to the nearest picosecond; at most half of what a span can hold, so that it can be reckoned with.
fn span(phase: i128) -> Span {
    let picos = (phase + (1 << (FRACTION - 1))) >> FRACTION;
    ps(picos.clamp(i128::from(i64::MIN / 2), i128::from(i64::MAX / 2)) as i64)
}

fn nanos(phase: i128) -> f64 {
    phase as f64 / PER_NANO as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ms, ns, secs, us};

    const EPOCH: i128 = 1_700_000_000_000_000_000;

    fn clock(oscillator: Oscillator, offset: Span) -> NodeClock {
        NodeClock::new(oscillator, EPOCH, offset, Rng::new(5))
    }

    fn after(span: Span) -> SimTime {
        SimTime::after(span)
    }

    #[test]
    fn an_ideal_clock_reads_true_time() {
        let mut clock = clock(Oscillator::ideal(), Span::ZERO);
        clock.advance(after(secs(3) + ps(1_500)));
        let now = clock.now();
        assert_eq!((now.seconds(), now.nanos(), now.subnanos()), (1_700_000_003, 1, 0x8000));
        assert_eq!(clock.monotonic(), Instant::from_nanos(4_000_000_001));
        assert_eq!(clock.ahead_of_true_time(EPOCH), Span::ZERO);
    }

    #[test]
    fn twenty_ppm_gain_twenty_microseconds_a_second() {
        let mut clock = clock(Oscillator::ideal().ppm(20.0), ms(1));
        clock.advance(after(secs(10)));
        assert_eq!(clock.ahead_of_true_time(EPOCH), ms(1) + us(200));
        assert!((clock.oscillator_gain() - 200_000.0).abs() < 1e-3);
        assert!(clock.monotonic().nanos().abs_diff(11_000_200_000) <= 1); // 20 ppm is no binary fraction
    }

    #[test]
    fn steering_multiplies_and_is_absolute() {
        let mut clock = clock(Oscillator::ideal().ppm(20.0), Span::ZERO);
        clock.steer(FrequencyOffset::from_ppb(-500_000));
        clock.steer(FrequencyOffset::from_ppb(-20_000));
        clock.advance(after(secs(1_000)));
        // (1 + 20e-6)(1 - 20e-6) - 1 = -4e-10.
        assert_eq!(clock.ahead_of_true_time(EPOCH), ns(-400));
        assert!((clock.ptp_ppb() + 0.4).abs() < 1e-4 && (clock.oscillator_ppb() - 20_000.0).abs() < 1e-4);
    }

    #[test]
    fn reading_often_changes_nothing() {
        let oscillator = Oscillator::ideal().ppm(-7.0).wander(5.0).white(3.0).drift(1.0);
        let (mut often, mut once) = (clock(oscillator, ns(3)), clock(oscillator, ns(3)));
        for k in 1..=10_000 {
            often.advance(after(us(k * 777)));
        }
        once.advance(after(us(10_000 * 777)));
        assert_eq!((often.ptp, often.local), (once.ptp, once.local));
    }

    #[test]
    fn steps_and_shifts_move_only_the_ptp_time() {
        let mut clock = clock(Oscillator::ideal(), Span::ZERO);
        let before = clock.monotonic();
        clock.step(-1_000);
        clock.shift(ps(250));
        assert_eq!(clock.ahead_of_true_time(EPOCH), ns(-1_000) + ps(250));
        assert_eq!(clock.monotonic(), before);
    }

    #[test]
    fn a_timer_is_foreseen_on_the_local_oscillator() {
        let mut fast = clock(Oscillator::ideal().ppm(100.0), Span::ZERO);
        let until = fast.monotonic().plus_nanos(1_000_000_000);
        let wait = fast.true_span_until(until).expect("it comes");
        assert_eq!(wait, ps(999_900_010_000));
        fast.advance(after(wait));
        assert_eq!(fast.monotonic(), until);
        assert_eq!(fast.true_span_until(Instant::FAR_FUTURE), None);
    }

    #[test]
    fn a_timer_is_foreseen_exactly_though_the_oscillator_wanders() {
        let mut wandering = clock(Oscillator::ideal().wander(1_000.0).white(1_000.0), Span::ZERO);
        for nanos in [1, 999, 1_000_003, 3_000_000_007] {
            let until = wandering.monotonic().plus_nanos(nanos);
            let wake = wandering.at + wandering.true_span_until(until).expect("it comes");
            wandering.advance(wake + ps(-1));
            assert!(wandering.monotonic() < until);
            wandering.advance(wake);
            assert_eq!(wandering.monotonic(), until);
        }
    }

    #[test]
    fn a_timer_far_away_is_to_be_asked_for_again() {
        let mut clock = clock(Oscillator::ideal(), Span::ZERO);
        let until = clock.monotonic().plus_nanos(100_000_000_000);
        assert_eq!(clock.true_span_until(until), Some(secs(4)));
    }

    #[test]
    fn spans_are_rounded_to_the_unit_of_the_wire() {
        assert_eq!(interval(ns(8)), TimeInterval::from_nanos(8));
        assert_eq!(interval(ps(-500)), TimeInterval::from_scaled(-0x8000));
    }
}
