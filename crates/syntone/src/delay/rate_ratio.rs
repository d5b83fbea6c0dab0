//! The neighbour's rate against ours.

use super::Difference;
use syntone_hal::{FrequencyOffset, TimeInterval, Timestamp};

/// Measures neighborRateRatio over a window of exchanges (IEEE 1588-2019 16.6.3.2).
///
/// The window has between [`SPAN`] and twice as many exchanges: two points bound it, and the later becomes the earlier. It
/// begins anew where our own clock is given another frequency; what is known is carried over by what the frequency changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateRatio {
    oldest: Option<Point>,
    middle: Point,
    /// Exchanges since `middle`.
    count: u8,
    scaled: Option<i32>,
    /// Of our clock when the window began; `None` until it was set for the first time.
    frequency: Option<FrequencyOffset>,
}

/// The moment of one exchange.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    ours: Timestamp,
    /// Theirs − ours.
    ahead: Difference,
}

/// Exchanges after which the window moves on.
const SPAN: u8 = 8;

/// 1 ppm. A window over which our own frequency changed by less is wrong by less.
const STEADY: i32 = 1 << 16;

impl RateRatio {
    /// The neighbour's rate over ours − 1 in units of 2⁻⁴¹ (scaledNeighborRateRatio), which bounds it to ± 976 ppm; `None`
    /// until two exchanges tell it.
    pub(crate) const fn scaled(&self) -> Option<i32> {
        self.scaled
    }

    /// Takes the time stamps of one event on both clocks. A ratio beyond what can be told is a step of the neighbour's
    /// clock, and begins another window.
    pub(crate) fn take(&mut self, ours: Timestamp, theirs: Timestamp, correction: TimeInterval) {
        let point = Point { ours, ahead: Difference::between(theirs, ours, -correction) };
        let Some(ratio) = self.oldest.and_then(|oldest| oldest.ratio_to(&point)) else {
            (self.oldest, self.middle, self.count) = (Some(point), point, 0);
            return;
        };
        self.scaled = Some(ratio);
        self.count = self.count.saturating_add(1);
        if self.count >= SPAN {
            (self.oldest, self.middle, self.count) = (Some(self.middle), point, 0);
        }
    }

    /// Our own clock runs at `frequency` from now on.
    pub(crate) fn adjusted(&mut self, frequency: FrequencyOffset) {
        let Some(before) = self.frequency else {
            *self = Self { frequency: Some(frequency), ..Self::default() };
            return;
        };
        let change = frequency.scaled_ppm().saturating_sub(before.scaled_ppm());
        if change.unsigned_abs() > STEADY.unsigned_abs() {
            self.restart();
            self.frequency = Some(frequency);
            // 1 ppm is 2^41 / 10^6.
            let change = i64::from(change).wrapping_mul(2_199_023) >> 16;
            self.scaled = self.scaled.and_then(|scaled| i32::try_from(i64::from(scaled).wrapping_sub(change)).ok());
        }
    }

    /// Begins another window: stamps from here on do not compare with those before.
    pub(crate) fn restart(&mut self) {
        self.oldest = None;
    }

    /// Another neighbour.
    pub(crate) fn forget(&mut self) {
        *self = Self { frequency: self.frequency, ..Self::default() };
    }

    /// An interval of the neighbour's time in ours. Beyond ± 2 s it is left as it is.
    #[cfg(any(test, feature = "peer-to-peer"))]
    pub(crate) fn to_ours(&self, theirs: TimeInterval) -> TimeInterval {
        let (Some(ratio), Ok(nanos)) = (self.scaled.map(i64::from), i32::try_from(theirs.nanos())) else {
            return theirs;
        };
        // 1 - 1 / (1 + x) is x - x² + …; from units of 2^-41 ns to those of 2^-16 ns.
        let share = ratio.wrapping_sub(ratio.wrapping_mul(ratio) >> 41);
        theirs - TimeInterval::from_scaled(share.wrapping_mul(i64::from(nanos)) >> 25)
    }
}

impl Point {
    fn ratio_to(&self, later: &Self) -> Option<i32> {
        let span = u64::try_from(later.ours.nanos_since(self.ours)).ok().filter(|span| *span > 0)?;
        // 31 bits of the span are enough, and leave the remainders of the division below room in 64 bits.
        let shift = 33_u32.saturating_sub(span.leading_zeros());
        let gain = later.ahead.minus(self.ahead).scaled() >> shift;
        let limit = span >> shift << 6;
        if gain.unsigned_abs() >= limit {
            return None;
        }
        let part = i32::try_from(part_of(gain.unsigned_abs(), limit)).ok()?;
        Some(if gain < 0 { part.wrapping_neg() } else { part })
    }
}

/// `gain` · 2^31 / `limit`, which is larger than it and below 2^37: bit by bit, since on 32-bit processors a division of 64 bits is a
/// function of half a KB.
fn part_of(gain: u64, limit: u64) -> u32 {
    let (mut rest, mut part) = (gain, 0);
    for _ in 0..31 {
        rest <<= 1;
        part <<= 1;
        if rest >= limit {
            rest = rest.wrapping_sub(limit);
            part |= 1;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;

    /// Of our clock, and of one that is decades ahead and gains `ppb`.
    fn stamps(at: i64, ppb: i64) -> (Timestamp, Timestamp) {
        let gained = i128::from(at) * i128::from(ppb) * 65_536 / 1_000_000_000;
        let theirs = Timestamp::new(1_700_000_000, 0).expect("in range").offset_nanos(at);
        (
            Timestamp::from_nanos(at.unsigned_abs()),
            theirs + TimeInterval::from_scaled(i64::try_from(gained).expect("small")),
        )
    }

    fn take(rate: &mut RateRatio, at: i64, ppb: i64) {
        let (ours, theirs) = stamps(at, ppb);
        rate.take(ours, theirs, TimeInterval::ZERO);
    }

    fn ppb(rate: &RateRatio) -> f64 {
        f64::from(rate.scaled().expect("known")) / 2_f64.powi(41) * 1e9
    }

    /// IEEE 1588-2019 16.6.3.2: 100 ppm are 219 902 325 units of 2⁻⁴¹.
    #[test]
    fn a_hundred_ppm_are_told_in_units_of_two_to_the_minus_41() {
        let mut rate = RateRatio::default();
        take(&mut rate, SECOND, 100_000);
        assert_eq!(rate.scaled(), None);
        take(&mut rate, 2 * SECOND, 100_000);
        let scaled = rate.scaled().expect("known");
        assert!((scaled - 219_902_325).abs() <= 40, "{scaled}");
    }

    #[test]
    fn the_window_follows_another_rate_within_two_spans() {
        let mut rate = RateRatio::default();
        let mut gained = 0;
        for second in 1..=40 {
            gained += if second <= 20 { -50_000 } else { 20_000 };
            let (ours, theirs) = stamps(second * SECOND, 0);
            rate.take(ours, theirs.offset_nanos(gained), TimeInterval::ZERO);
        }
        assert!((ppb(&rate) - 20_000.0).abs() < 1.0, "{}", ppb(&rate));
    }

    #[test]
    fn a_step_of_the_neighbour_begins_another_window_and_keeps_what_is_known() {
        let mut rate = RateRatio::default();
        take(&mut rate, SECOND, 40_000);
        take(&mut rate, 2 * SECOND, 40_000);
        let (ours, theirs) = stamps(3 * SECOND, 40_000);
        rate.take(ours, theirs.offset_nanos(-37 * SECOND), TimeInterval::ZERO);
        assert!((ppb(&rate) - 40_000.0).abs() < 1.0);
        let (ours, theirs) = stamps(4 * SECOND, 40_000);
        rate.take(ours, theirs.offset_nanos(-37 * SECOND), TimeInterval::ZERO);
        assert!((ppb(&rate) - 40_000.0).abs() < 1.0);
    }

    #[test]
    fn what_our_own_clock_was_steered_by_is_taken_off() {
        let mut rate = RateRatio::default();
        rate.adjusted(FrequencyOffset::ZERO);
        take(&mut rate, SECOND, 50_000);
        take(&mut rate, 2 * SECOND, 50_000);
        rate.adjusted(FrequencyOffset::from_ppb(50_000));
        assert!(ppb(&rate).abs() < 0.1, "{}", ppb(&rate));
        // Less than 1 ppm is left to the window.
        rate.adjusted(FrequencyOffset::from_ppb(50_900));
        assert!(ppb(&rate).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn a_part_is_what_division_gives(limit in prop_oneof![1_u64..9, 1_u64..1 << 37], gain: u64) {
            let gain = gain % limit;
            prop_assert_eq!(u128::from(part_of(gain, limit)), (u128::from(gain) << 31) / u128::from(limit));
        }

        #[test]
        fn any_rate_and_span_give_what_wide_arithmetic_gives(
            at in 0_i64..1 << 50,
            span in 1_000_000_i64..1 << 42,
            rate_ppb in -976_000_i64..976_000,
        ) {
            let mut rate = RateRatio::default();
            let (ours, theirs) = stamps(at, 0);
            rate.take(ours, theirs, TimeInterval::ZERO);
            let gained = i128::from(span) * i128::from(rate_ppb) * 65_536 / 1_000_000_000;
            let gained = TimeInterval::from_scaled(i64::try_from(gained).expect("small"));
            rate.take(ours.offset_nanos(span), theirs.offset_nanos(span) + gained, TimeInterval::ZERO);
            let expected = (i128::from(gained.scaled()) << 25) / i128::from(span);
            let error = i128::from(rate.scaled().expect("within")) - expected;
            // One unit of 2^-16 ns of the gain, and one of the span in 2^31.
            prop_assert!(error.abs() <= (1 << 26) / i128::from(span) + 3, "{error}");
        }

        #[test]
        fn an_interval_becomes_ours_by_division(nanos in -2_000_000_000_i64..2_000_000_000, scaled in any::<i32>()) {
            let rate = RateRatio { scaled: Some(scaled), ..RateRatio::default() };
            let ours = rate.to_ours(TimeInterval::from_nanos(nanos));
            let unit = 1_i128 << 41;
            let expected = (i128::from(nanos) << 57) / (unit + i128::from(scaled));
            let error = i128::from(ours.scaled()) - expected;
            // The third power of 976 ppm of 2 s is 1.9 ns.
            prop_assert!(error.abs() <= 2 << 16, "{error}");
        }
    }
}
