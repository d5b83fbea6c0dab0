//! The units that the PI servo counts in, and the few conversions between them.
//!
//! * a *phase* is in 2⁻¹⁶ ns, as a `TimeInterval`;
//! * a *drift* is what a frequency makes of the phase within one Sync interval, in 2⁻³² ns: so a longer interval is a
//!   shift, and neither prediction nor correction needs a division;
//! * a *ratio* is a time in Sync intervals, in 2⁻¹⁶.

use syntone_hal::{FrequencyOffset, TimeInterval};

/// `value`, but no further from zero than `bound`, which is not negative. Unlike `clamp` it has no way to panic.
#[cfg_attr(target_pointer_width = "32", inline(never))]
pub(super) fn within(bound: i64, value: i64) -> i64 {
    value.max(bound.wrapping_neg()).min(bound)
}

/// No further from zero than this, 2.4 h, so that there is room for corrections and for sums.
const LIMIT: i64 = 1 << 43;

/// `a` − `b`, both in whole nanoseconds, as far as the limit lets it.
#[cfg_attr(target_pointer_width = "64", inline)]
pub(crate) fn bounded_difference(a: i64, b: i64) -> TimeInterval {
    if cfg!(target_pointer_width = "64") {
        short(a.checked_sub(b)).unwrap_or_else(|| stopped(a.saturating_sub(b)))
    } else {
        stopped(a.saturating_sub(b))
    }
}

/// `a` + `b`, both in whole nanoseconds, as far as the limit lets it.
#[cfg_attr(target_pointer_width = "64", inline)]
pub(crate) fn bounded_sum(a: i64, b: i64) -> TimeInterval {
    if cfg!(target_pointer_width = "64") {
        short(a.checked_add(b)).unwrap_or_else(|| stopped(a.saturating_add(b)))
    } else {
        stopped(a.saturating_add(b))
    }
}

/// What is within the limit: the one multiplication overflows for all else.
#[inline]
fn short(nanos: Option<i64>) -> Option<TimeInterval> {
    Some(TimeInterval::from_scaled(nanos?.checked_mul(1 << 20)? >> 4))
}

#[cfg_attr(target_pointer_width = "64", inline(never))]
fn stopped(nanos: i64) -> TimeInterval {
    TimeInterval::from_scaled(within(LIMIT, nanos) << 16)
}

/// How many Sync intervals the servo tells apart, from 2⁻⁷ s to 2⁴ s; shorter and longer ones count as these.
pub(super) const INTERVALS: usize = 12;
/// A ratio of one.
pub(super) const ONE: u32 = 1 << 16;

/// The index of a Sync interval, 0 for 2⁻⁷ s.
pub(super) fn interval_index(log_sync_interval: i8) -> u8 {
    log_sync_interval.clamp(-7, 4).wrapping_add(7).unsigned_abs()
}

/// `value` × `factor` / 2¹⁶, rounded down. Exact while the result's upper half fits, that is |value| · factor < 2⁷⁹.
pub(super) const fn scale(value: i64, factor: u32) -> i64 {
    TimeInterval::from_scaled(value).scaled_by(factor).scaled()
}

/// `nanos` in intervals; `None` if it is not positive or beyond 549 intervals.
pub(super) fn ratio(nanos: i64, interval: u8) -> Option<u32> {
    // In units of a 7 812 500th of the interval; 2^16 / 7 812 500 = 36 028 797 / 2^32.
    let parts = u32::try_from(nanos >> interval).ok()?;
    let ratio = u64::from(parts).wrapping_mul(36_028_797).wrapping_add(1 << 31) >> 32;
    u32::try_from(ratio).ok().filter(|&ratio| ratio > 0)
}

/// The drift that `frequency` makes; below 2⁶².
pub(super) fn drift_of(frequency: FrequencyOffset, interval: u8) -> i64 {
    // 2^-16 ppm are 1000 · 2^-16 ns in one second.
    i64::from(frequency.scaled_ppm()).wrapping_mul(1000).wrapping_shl(u32::from(interval).wrapping_add(9))
}

/// The frequency that makes `phase` within one interval, to the nearest unit, for |phase| < 2⁴⁶.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn frequency_of(phase: i64, interval: u8) -> FrequencyOffset {
    let shift = u32::from(interval).wrapping_add(9);
    // 2^32 / 1000 of which `scale` takes 16 bits and the shift the others.
    let scaled = scale(phase, 4_294_967).wrapping_shr(shift.wrapping_sub(1)).wrapping_add(1) >> 1;
    FrequencyOffset::from_scaled_ppm(i32::try_from(scaled).unwrap_or_else(|_| end(scaled)))
}

// Rare: apart it costs a branch, and not a choice each time.
#[cfg_attr(target_pointer_width = "64", inline(never))]
const fn end(sign: i64) -> i32 {
    if sign < 0 { i32::MIN } else { i32::MAX }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "an overflow fails the test")]

    use super::*;

    #[test]
    fn scaling_multiplies_exactly_either_way() {
        for value in [0, 1, -1, 65_535, -65_536, 123_456_789_012_345, -123_456_789_012_345] {
            for factor in [0, 1, ONE, 3 * ONE + 7, u32::MAX >> 1] {
                let exact = (i128::from(value) * i128::from(factor)) >> 16;
                assert_eq!(i128::from(scale(value, factor)), exact, "{value} {factor}");
            }
        }
    }

    #[test]
    fn sums_and_differences_stop_at_the_limit() {
        let numbers = || [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 3 << 62, i64::MAX].into_iter().flat_map(|n| [n, -n, !n]);
        for (a, b) in numbers().flat_map(|a| numbers().map(move |b| (a, b))) {
            let stopped = |exact: i128| (exact.clamp(i128::from(-LIMIT), i128::from(LIMIT)) << 16) as i64;
            assert_eq!(bounded_sum(a, b).scaled(), stopped(i128::from(a) + i128::from(b)), "{a} {b}");
            assert_eq!(bounded_difference(a, b).scaled(), stopped(i128::from(a) - i128::from(b)), "{a} {b}");
        }
    }

    #[test]
    fn a_ratio_counts_intervals() {
        for log in -7..=4_i8 {
            let seconds = f64::from(log).exp2();
            for intervals in [0.01, 0.5, 1.0, 2.5, 500.0] {
                let ratio = ratio((seconds * intervals * 1e9) as i64, interval_index(log)).unwrap();
                let expected = intervals * 65_536.0;
                assert!((f64::from(ratio) - expected).abs() <= 1.0 + expected * 1e-7, "{log} {intervals} {ratio}");
            }
        }
        assert_eq!(ratio(0, 7), None);
        assert_eq!(ratio(-1, 7), None);
        assert_eq!(ratio(550_000_000_000, 7), None);
        assert_eq!(ratio(i64::MAX, 0), None);
    }

    #[test]
    fn intervals_beyond_the_table_count_as_its_ends() {
        assert_eq!(interval_index(i8::MIN), 0);
        assert_eq!(interval_index(0), 7);
        assert_eq!(interval_index(i8::MAX), 11);
    }

    #[test]
    fn twenty_ppm_are_twenty_microseconds_a_second() {
        let frequency = FrequencyOffset::from_ppb(20_000);
        assert_eq!(drift_of(frequency, interval_index(0)), 20_000 << 32);
        assert_eq!(drift_of(frequency, interval_index(-3)), 2500 << 32);
        for log in -7..=4 {
            let interval = interval_index(log);
            for ppb in [1, -1, 20_000, -37_123, 500_000, -32_767_999] {
                let frequency = FrequencyOffset::from_ppb(ppb);
                let back = frequency_of(drift_of(frequency, interval) >> 16, interval).scaled_ppm();
                let allowed = 1 + frequency.scaled_ppm().abs() / 10_000_000;
                assert!((back - frequency.scaled_ppm()).abs() <= allowed, "{log} {ppb} {back}");
            }
        }
    }
}
