//! From kernel time to PTP time, exactly.

use syntone_hal::Timestamp;

/// The factor of a rate of one: the number of 2⁻¹⁶ ppm in it.
pub(super) const UNITY: i64 = 65_536 * 1_000_000;

/// Segments kept. A stamp is handed over within some milliseconds of its taking, and the clock is steered some times a
/// second: the last but one is rarely needed.
const KEPT: usize = 4;

/// A piecewise straight line from kernel time to PTP time: each change of rate begins a segment, so that a stamp that
/// is handed over late is still converted by the rate that held when it was taken.
#[derive(Debug)]
pub(super) struct ClockMap {
    /// The newest first.
    segments: [Segment; KEPT],
}

/// One stretch with one rate.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// The kernel time of its beginning, in nanoseconds.
    kernel: i64,
    /// The PTP time of its beginning: whole nanoseconds…
    ptp: i128,
    /// … and the rest, in units of 1/[`UNITY`] ns, from 0 to one nanosecond.
    rest: i64,
    /// How much faster than kernel time it runs, in units of 2⁻¹⁶ ppm.
    rate: i64,
}

impl ClockMap {
    /// PTP time is kernel time plus `offset`, at the rate of kernel time.
    pub(super) fn new(kernel: i64, offset: i64) -> Self {
        let segment = Segment { kernel, ptp: i128::from(kernel) + i128::from(offset), rest: 0, rate: 0 };
        Self { segments: [segment; KEPT] }
    }

    /// The PTP time at `kernel`.
    pub(super) fn at(&self, kernel: i64) -> Timestamp {
        let segment = self.segments.iter().find(|segment| segment.kernel <= kernel).unwrap_or(&self.segments[KEPT - 1]);
        let (nanos, rest) = segment.at(kernel);
        to_timestamp(nanos, rest)
    }

    /// From `kernel` on the clock runs at `rate`.
    pub(super) fn set_rate(&mut self, kernel: i64, rate: i64) {
        let (ptp, rest) = self.segments[0].at(kernel);
        self.segments.rotate_right(1);
        self.segments[0] = Segment { kernel, ptp, rest, rate };
    }

    /// Adds `nanos` to PTP time, also to that of stamps not yet handed over.
    pub(super) fn step(&mut self, nanos: i64) {
        for segment in &mut self.segments {
            segment.ptp += i128::from(nanos);
        }
    }

    /// The kernel's time was stepped by `nanos`: PTP time goes on as if nothing had happened.
    pub(super) fn shift(&mut self, nanos: i64) {
        for segment in &mut self.segments {
            segment.kernel = segment.kernel.saturating_add(nanos);
        }
    }
}

impl Segment {
    fn at(&self, kernel: i64) -> (i128, i64) {
        let elapsed = i128::from(kernel) - i128::from(self.kernel);
        // Below 2^64 × 2^37 ≪ 2^127.
        let scaled = elapsed * i128::from(UNITY + self.rate) + i128::from(self.rest);
        let unity = i128::from(UNITY);
        let rest = i64::try_from(scaled.rem_euclid(unity)).unwrap_or(0);
        (self.ptp + scaled.div_euclid(unity), rest)
    }
}

fn to_timestamp(nanos: i128, rest: i64) -> Timestamp {
    let seconds = u64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(0);
    let within = u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0);
    let fraction = u16::try_from(i128::from(rest) * 65_536 / i128::from(UNITY)).unwrap_or(u16::MAX);
    match Timestamp::new(seconds, within) {
        Some(time) if nanos >= 0 => time.with_subnanos(fraction),
        _ => Timestamp::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const PPM: i64 = 65_536;

    fn nanos(map: &ClockMap, kernel: i64) -> i64 {
        map.at(kernel).nanos_since(Timestamp::ZERO)
    }

    #[test]
    fn the_rate_counts_from_where_it_was_set() {
        let mut map = ClockMap::new(1000 * SECOND, 5);
        map.set_rate(1001 * SECOND, 37 * PPM);
        assert_eq!(nanos(&map, 1001 * SECOND), 1001 * SECOND + 5);
        assert_eq!(nanos(&map, 1002 * SECOND), 1002 * SECOND + 5 + 37_000);
        map.set_rate(1002 * SECOND, -37 * PPM);
        assert_eq!(nanos(&map, 1003 * SECOND), 1003 * SECOND + 5);
    }

    #[test]
    fn a_late_stamp_is_converted_by_the_rate_that_held() {
        let mut map = ClockMap::new(1000 * SECOND, 0);
        map.set_rate(1000 * SECOND, 1000 * PPM);
        map.set_rate(1001 * SECOND, 0);
        map.set_rate(1002 * SECOND, -1000 * PPM);
        assert_eq!(nanos(&map, 1000 * SECOND + SECOND / 2), 1000 * SECOND + SECOND / 2 + 500_000);
        assert_eq!(nanos(&map, 1001 * SECOND + SECOND / 2), 1001 * SECOND + SECOND / 2 + 1_000_000);
        assert_eq!(nanos(&map, 1002 * SECOND + SECOND / 2), 1002 * SECOND + SECOND / 2 + 500_000);
    }

    #[test]
    fn fractions_are_carried_however_often_the_rate_is_set() {
        // 1/65536 ppm for 65536 × 10⁶ ns is exactly one nanosecond, in however many pieces.
        let mut map = ClockMap::new(0, 0);
        let pieces = 1000;
        for piece in 0..pieces {
            map.set_rate(UNITY / pieces * piece, 1);
        }
        assert_eq!(nanos(&map, UNITY), UNITY + 1);
        // Half of the way there is half a nanosecond.
        assert_eq!(map.at(UNITY / 2 + UNITY / pieces * (pieces / 2 - 1)).subnanos(), 65_470);
    }

    #[test]
    fn a_step_moves_late_stamps_too() {
        let mut map = ClockMap::new(1000 * SECOND, 250_000_000);
        map.set_rate(1001 * SECOND, 10 * PPM);
        map.step(-250_000_000);
        assert_eq!(nanos(&map, 1000 * SECOND + 7), 1000 * SECOND + 7);
        assert_eq!(nanos(&map, 1002 * SECOND), 1002 * SECOND + 10_000);
    }

    #[test]
    fn a_shift_of_kernel_time_does_not_show() {
        let mut map = ClockMap::new(1000 * SECOND, 3);
        map.set_rate(1000 * SECOND, 10 * PPM);
        let before = map.at(1001 * SECOND);
        map.shift(-500 * SECOND);
        assert_eq!(map.at(501 * SECOND), before);
    }

    #[test]
    fn time_stops_at_the_epoch() {
        let mut map = ClockMap::new(SECOND, 0);
        map.step(-2 * SECOND - 7);
        assert_eq!(map.at(SECOND), Timestamp::ZERO);
        assert_eq!(nanos(&map, 3 * SECOND), SECOND - 7);
    }
}
