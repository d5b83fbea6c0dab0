//! A PTP clock made of arithmetic: a linear map over a counter that nobody steers.

use crate::counter::TICK_NANOS;
use syntone_hal::{FrequencyOffset, Timestamp};

/// Fractional bits of the deviation, which counts 2⁻³⁰ ns per tick: 0.023 ppb.
const FRACTION_BITS: u32 = 30;
/// Ticks after which the map gets a new origin: half of what the arithmetic bears.
const LONGEST_RUN: i64 = 1 << 30;

/// Maps ticks of the 25 MHz counter to PTP time, `frequency` faster than the counter by itself would run.
#[derive(Clone, Copy, Debug)]
pub struct SoftClock {
    /// The map's origin: this count
    ticks: u64,
    /// is this time
    time: Timestamp,
    /// and this fraction of a nanosecond, in units of 2⁻³⁰ ns.
    fraction: i64,
    /// What a tick is longer than its nominal length, in units of 2⁻³⁰ ns.
    deviation: i32,
    /// How much too fast the oscillator behind the counter is made to be.
    error: FrequencyOffset,
}

impl SoftClock {
    /// A clock that shows `start` at the count 0 and whose oscillator is `error` fast.
    #[must_use]
    pub fn new(start: Timestamp, error: FrequencyOffset) -> Self {
        Self { ticks: 0, time: start, fraction: 0, deviation: deviation(error.scaled_ppm()), error }
    }

    /// The time at the count `ticks`, which may lie before the last change by a minute at the most.
    #[must_use]
    pub fn at(&self, ticks: u64) -> Timestamp {
        self.map(ticks).0
    }

    /// Adds `nanoseconds`. The count is needed so that what was set before holds until now.
    pub fn step(&mut self, ticks: u64, nanoseconds: i64) {
        self.move_origin(ticks);
        self.time = self.time.offset_nanos(nanoseconds);
    }

    /// Runs `frequency` faster than the oscillator from the count `ticks` on.
    pub fn set_frequency(&mut self, ticks: u64, frequency: FrequencyOffset) {
        self.move_origin(ticks);
        self.deviation = deviation(frequency.scaled_ppm().saturating_add(self.error.scaled_ppm()));
    }

    /// Keeps the map's origin near enough for its arithmetic; to be called at least once a minute.
    pub fn keep_up(&mut self, ticks: u64) {
        if ticks.wrapping_sub(self.ticks) as i64 > LONGEST_RUN {
            self.move_origin(ticks);
        }
    }

    fn move_origin(&mut self, ticks: u64) {
        (self.time, self.fraction) = self.map(ticks);
        self.ticks = ticks;
    }

    /// The time and its fraction at the count `ticks`.
    fn map(&self, ticks: u64) -> (Timestamp, i64) {
        // Below 2^31 ticks either way, as those who read the counter need as well. So one multiplication is enough.
        let run = i64::from(ticks.wrapping_sub(self.ticks) as i32);
        let scaled = run.wrapping_mul(i64::from(self.deviation)).wrapping_add(self.fraction);
        let nanos = run.wrapping_mul(i64::from(TICK_NANOS)).wrapping_add(scaled >> FRACTION_BITS);
        (self.time.offset_nanos(nanos), scaled & ((1 << FRACTION_BITS) - 1))
    }
}

/// The deviation of a tick at `scaled_ppm` units of 2⁻¹⁶ ppm: 40 ns · 2³⁰ / (10⁶ · 2¹⁶) = 0.65536 each.
fn deviation(scaled_ppm: i32) -> i32 {
    const FACTOR: i64 = 2_814_749_767; // 0.65536 · 2^32
    (i64::from(scaled_ppm).wrapping_mul(FACTOR).wrapping_add(1 << 31) >> 32) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 25 MHz.
    const SECOND: u64 = 25_000_000;

    fn ppm(ppm: i32) -> FrequencyOffset {
        FrequencyOffset::from_ppb(ppm * 1000)
    }

    #[test]
    fn the_oscillator_error_shows_and_can_be_taken_out() {
        let mut clock = SoftClock::new(Timestamp::from_nanos(2_000_000_000), ppm(50));
        assert_eq!(clock.at(SECOND).nanos_since(Timestamp::ZERO), 3_000_050_000);
        clock.set_frequency(SECOND, ppm(-50));
        assert_eq!(clock.at(11 * SECOND).nanos_since(Timestamp::ZERO), 13_000_050_000);
    }

    #[test]
    fn a_step_moves_the_time_and_nothing_else() {
        let mut clock = SoftClock::new(Timestamp::from_nanos(5_000_000_000), ppm(0));
        clock.step(SECOND, -1_500_000_000);
        assert_eq!(clock.at(SECOND).nanos_since(Timestamp::ZERO), 4_500_000_000);
        assert_eq!(clock.at(2 * SECOND).nanos_since(Timestamp::ZERO), 5_500_000_000);
    }

    #[test]
    fn a_part_per_billion_accumulates_over_many_small_runs() {
        let mut clock = SoftClock::new(Timestamp::ZERO, ppm(0));
        for second in 0..100 {
            clock.set_frequency(second * SECOND, FrequencyOffset::from_scaled_ppm(66)); // 1.007 ppb
        }
        let error = clock.at(100 * SECOND).nanos_since(Timestamp::from_nanos(100_000_000_000));
        assert!((99..=102).contains(&error), "{error} ns");
    }

    #[test]
    fn an_hour_at_the_limit_is_exact_to_the_resolution() {
        let mut clock = SoftClock::new(Timestamp::ZERO, FrequencyOffset::ZERO);
        clock.set_frequency(0, ppm(1000));
        for second in 0..3600 {
            clock.keep_up(second * SECOND);
        }
        let error = clock.at(3600 * SECOND).nanos_since(Timestamp::from_nanos(3_603_600_000_000));
        assert!(error.abs() < 100, "{error} ns");
    }

    #[test]
    fn a_stamp_from_just_before_a_change_is_still_read() {
        let mut clock = SoftClock::new(Timestamp::from_nanos(1_000_000_000), ppm(0));
        clock.set_frequency(SECOND, ppm(100));
        let before = clock.at(SECOND - 2500); // 100 us earlier, 10 ns of it at the new frequency
        assert_eq!(before.nanos_since(Timestamp::ZERO), 2_000_000_000 - 100_000 - 10);
    }
}
