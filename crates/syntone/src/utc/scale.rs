//! The difference of PTP time and UTC.

use super::time::{DAY, UtcTime};
use syntone_hal::Timestamp;

/// What becomes of the last minute of a UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Leap {
    /// leap61: 23:59:59 is followed by 23:59:60.
    Inserted,
    /// leap59: 23:59:58 is followed by 00:00:00.
    Deleted,
}

impl Leap {
    /// What it adds to TAI − UTC.
    #[must_use]
    pub const fn seconds(self) -> i32 {
        match self {
            Self::Inserted => 1,
            Self::Deleted => -1,
        }
    }
}

/// A leap second: which, and on which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LeapSecond {
    /// The UTC day that it ends, in days since 1970-01-01.
    pub day: i32,
    /// Whether that day becomes longer or shorter.
    pub leap: Leap,
}

/// How PTP time and UTC differ: before and after one leap second, or at all times (IEEE 1588-2019 7.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UtcScale {
    /// TAI − UTC in seconds, before the leap second if there is one.
    pub offset: i16,
    /// The leap second, to come or past.
    pub leap: Option<LeapSecond>,
}

impl UtcScale {
    /// Without a leap second.
    #[must_use]
    pub const fn new(offset: i16) -> Self {
        Self { offset, leap: None }
    }

    /// TAI − UTC in seconds at `time`. An inserted second belongs to what was before it.
    #[must_use]
    pub fn offset_at(&self, time: Timestamp) -> i32 {
        if self.has_leapt(time) { self.offset_after() } else { i32::from(self.offset) }
    }

    /// UTC at `time`.
    #[must_use]
    pub fn utc(&self, time: Timestamp) -> UtcTime {
        let (seconds, nanos) = time.split();
        let posix = signed(seconds).wrapping_sub(i64::from(self.offset_at(time)));
        let utc = UtcTime::from_posix(posix, nanos);
        // By the offset that holds to its end, an inserted second is the first of the next day.
        match self.leap {
            Some(LeapSecond { day, leap: Leap::Inserted }) if !self.has_leapt(time) && utc.day() > day => {
                UtcTime::new(day, 86_400, nanos).unwrap_or(utc)
            }
            _ => utc,
        }
    }

    /// PTP time at `utc`; `None` if that second never is (a deleted one, a second 60 that is not inserted), or is out of
    /// the range of PTP time.
    #[must_use]
    pub fn timestamp(&self, utc: UtcTime) -> Option<Timestamp> {
        let (of_its_day, after) = match self.leap {
            Some(LeapSecond { day, leap }) => ((day == utc.day()).then_some(leap), utc.day() > day),
            None => (None, false),
        };
        let last = match of_its_day {
            Some(Leap::Inserted) => 86_400,
            Some(Leap::Deleted) => 86_398,
            None => 86_399,
        };
        if utc.second_of_day() > last {
            return None;
        }
        let offset = if after { self.offset_after() } else { i32::from(self.offset) };
        let seconds = utc.posix_seconds().wrapping_add(i64::from(offset));
        Timestamp::new(u64::try_from(seconds).ok()?, utc.nanos())
    }

    /// The first second of PTP time at which the offset is another one: 00:00:00 of the day after the leap second.
    #[must_use]
    pub fn midnight(&self) -> Option<i64> {
        let next_day = i64::from(self.leap?.day).wrapping_add(1);
        Some(next_day.wrapping_mul(DAY).wrapping_add(i64::from(self.offset_after())))
    }

    /// TAI − UTC in seconds after the leap second.
    #[must_use]
    pub fn offset_after(&self) -> i32 {
        let leap = self.leap.map_or(0, |leap| leap.leap.seconds());
        i32::from(self.offset).wrapping_add(leap)
    }

    /// The leap second is over at `time`.
    #[must_use]
    pub fn has_leapt(&self, time: Timestamp) -> bool {
        self.midnight().is_some_and(|midnight| signed(time.seconds()) >= midnight)
    }
}

/// Seconds of PTP time have 33 bits.
pub(super) fn signed(seconds: u64) -> i64 {
    0_i64.saturating_add_unsigned(seconds)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// TAI − UTC from that day on, as IERS Bulletin C announced it: all leap seconds there were.
    const HISTORY: [((i32, u8, u8), i16); 28] = [
        ((1972, 1, 1), 10),
        ((1972, 7, 1), 11),
        ((1973, 1, 1), 12),
        ((1974, 1, 1), 13),
        ((1975, 1, 1), 14),
        ((1976, 1, 1), 15),
        ((1977, 1, 1), 16),
        ((1978, 1, 1), 17),
        ((1979, 1, 1), 18),
        ((1980, 1, 1), 19),
        ((1981, 7, 1), 20),
        ((1982, 7, 1), 21),
        ((1983, 7, 1), 22),
        ((1985, 7, 1), 23),
        ((1988, 1, 1), 24),
        ((1990, 1, 1), 25),
        ((1991, 1, 1), 26),
        ((1992, 7, 1), 27),
        ((1993, 7, 1), 28),
        ((1994, 7, 1), 29),
        ((1996, 1, 1), 30),
        ((1997, 7, 1), 31),
        ((1999, 1, 1), 32),
        ((2006, 1, 1), 33),
        ((2009, 1, 1), 34),
        ((2012, 7, 1), 35),
        ((2015, 7, 1), 36),
        ((2017, 1, 1), 37),
    ];

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(u64::try_from(seconds).expect("after 1970"), 0).expect("in range")
    }

    fn day_of(date: (i32, u8, u8)) -> i32 {
        (0..30_000).find(|day| UtcTime::new(*day, 0, 0).expect("in range").date() == date).expect("since 1970")
    }

    /// IEEE 1588-2019 7.2.4
    #[test]
    fn every_leap_second_of_history_is_met_on_each_second() {
        for pair in HISTORY.windows(2) {
            let [(_, before), (date, after)] = pair else { panic!("pairs") };
            let next_day = day_of(*date);
            let leap = LeapSecond { day: next_day - 1, leap: Leap::Inserted };
            let scale = UtcScale { offset: *before, leap: Some(leap) };
            // NTP's leap-seconds.list gives the moment of 00:00:00 after the leap second; TAI counts it with the new offset.
            let midnight = i64::from(next_day) * 86_400 + i64::from(*after);
            assert_eq!(scale.midnight(), Some(midnight));
            let seconds: Vec<_> = (-3..3).map(|second| scale.utc(at(midnight + second)).time_of_day()).collect();
            let expected = [(23, 59, 58), (23, 59, 59), (23, 59, 60), (0, 0, 0), (0, 0, 1), (0, 0, 2)];
            assert_eq!(seconds, expected, "{date:?}");
            assert_eq!(scale.utc(at(midnight)).date(), *date);
            let offsets: Vec<_> = (-2..1).map(|second| scale.offset_at(at(midnight + second))).collect();
            assert_eq!(offsets, [*before, *before, *after].map(i32::from));
        }
    }

    #[test]
    fn a_known_moment_is_what_the_tables_say() {
        // The epoch of GPS, 1980-01-06T00:00:00Z, is 1980-01-06T00:00:19 TAI: 315 964 819 s.
        assert_eq!(UtcScale::new(19).utc(at(315_964_819)), UtcTime::new(3_657, 0, 0).expect("in range"));
        // The leap second of 2016 is POSIX 1 483 228 800 less one, and TAI − UTC is 36 s in it.
        let scale = UtcScale { offset: 36, leap: Some(LeapSecond { day: 17_166, leap: Leap::Inserted }) };
        assert_eq!(std::format!("{}", scale.utc(at(1_483_228_836))), "2016-12-31T23:59:60.000000000Z");
        assert_eq!(std::format!("{}", scale.utc(at(1_483_228_837))), "2017-01-01T00:00:00.000000000Z");
    }

    /// There never was one.
    #[test]
    fn a_deleted_second_is_left_out_and_cannot_be_asked_for() {
        let scale = UtcScale { offset: 37, leap: Some(LeapSecond { day: 17_166, leap: Leap::Deleted }) };
        let midnight = 17_167 * 86_400 + 36;
        let seconds: Vec<_> = (-2..2).map(|second| scale.utc(at(midnight + second)).time_of_day()).collect();
        assert_eq!(seconds, [(23, 59, 57), (23, 59, 58), (0, 0, 0), (0, 0, 1)]);
        let asked = |day, second| scale.timestamp(UtcTime::new(day, second, 0).expect("in range"));
        assert_eq!([asked(17_166, 86_399), asked(17_166, 86_400)], [None, None]);
        assert_eq!(asked(17_166, 86_398), Some(at(midnight - 1)));
        assert_eq!(asked(17_167, 0), Some(at(midnight)));
        assert_eq!(asked(17_167, 86_399), Some(at(midnight + 86_399)));
    }

    #[test]
    fn a_second_60_exists_only_where_one_is_inserted() {
        let second_60 = |day| UtcTime::new(day, 86_400, 0).expect("in range");
        let scale = UtcScale { offset: 36, leap: Some(LeapSecond { day: 17_166, leap: Leap::Inserted }) };
        assert_eq!(scale.timestamp(second_60(17_166)), Some(at(17_167 * 86_400 + 36)));
        assert_eq!(scale.timestamp(second_60(17_165)), None);
        assert_eq!(UtcScale::new(36).timestamp(second_60(17_166)), None);
        // Before the epoch of PTP.
        assert_eq!(UtcScale::new(-1).timestamp(UtcTime::new(0, 0, 0).expect("in range")), None);
    }

    fn any_scale() -> impl Strategy<Value = UtcScale> {
        let leap = prop_oneof![Just(Leap::Inserted), Just(Leap::Deleted)];
        let leap = proptest::option::of((0..99_000_i32, leap).prop_map(|(day, leap)| LeapSecond { day, leap }));
        (any::<i16>(), leap).prop_map(|(offset, leap)| UtcScale { offset, leap })
    }

    /// Near the leap second more often than not.
    fn any_moment() -> impl Strategy<Value = (UtcScale, Timestamp)> {
        (any_scale(), 0..=Timestamp::MAX_SECONDS, -100_000..100_000_i64, any::<bool>(), 0..1_000_000_000_u32).prop_map(
            |(scale, anywhere, near, far, nanos)| {
                let near = scale.midnight().map(|midnight| (midnight + near).max(0) as u64);
                let seconds = if far { anywhere } else { near.unwrap_or(anywhere) };
                (scale, Timestamp::new(seconds, nanos).expect("in range"))
            },
        )
    }

    proptest! {
        /// IEEE 1588-2019 7.2.4
        #[test]
        fn to_utc_and_back_is_where_one_was((scale, time) in any_moment()) {
            prop_assert_eq!(scale.timestamp(scale.utc(time)), Some(time));
        }

        #[test]
        fn utc_grows_with_ptp_time((scale, time) in any_moment(), later in 1..100_000_000_000_i64) {
            let later = time.offset_nanos(later);
            prop_assume!(later > time);
            prop_assert!(scale.utc(later) > scale.utc(time));
        }
    }
}
