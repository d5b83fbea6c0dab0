//! A moment of UTC.

use core::fmt;

/// Seconds of a day without a leap second.
pub(super) const DAY: i64 = 86_400;

/// A moment of UTC: the day, the second of the day, which is 86 400 in an inserted second (23:59:60), and nanoseconds.
///
/// Earlier moments compare as less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UtcTime {
    day: i32,
    second: u32,
    nanos: u32,
}

impl UtcTime {
    /// 0001-01-01.
    const MIN_DAY: i32 = -719_162;
    /// 9999-12-31.
    const MAX_DAY: i32 = 2_932_896;

    /// From days since 1970-01-01 (the years 1 to 9999), the second of the day (0 to 86 400) and nanoseconds (below 10⁹);
    /// `None` outside these ranges.
    #[must_use]
    pub const fn new(day: i32, second_of_day: u32, nanos: u32) -> Option<Self> {
        let in_range = day >= Self::MIN_DAY && day <= Self::MAX_DAY && second_of_day <= 86_400 && nanos < 1_000_000_000;
        if in_range { Some(Self { day, second: second_of_day, nanos }) } else { None }
    }

    /// From POSIX seconds within the range of PTP time.
    pub(super) fn from_posix(seconds: i64, nanos: u32) -> Self {
        let day = i32::try_from(seconds.div_euclid(DAY)).unwrap_or(Self::MAX_DAY);
        Self { day, second: u32::try_from(seconds.rem_euclid(DAY)).unwrap_or(0), nanos }
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i32 {
        self.day
    }

    /// Seconds since midnight, 0 to 86 400.
    #[must_use]
    pub const fn second_of_day(self) -> u32 {
        self.second
    }

    /// Nanoseconds within the second.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// Seconds since 1970 as POSIX counts them: an inserted second has the number of the second after it.
    #[must_use]
    pub fn posix_seconds(self) -> i64 {
        i64::from(self.day).wrapping_mul(DAY).wrapping_add(i64::from(self.second))
    }

    /// Year, month (1 to 12) and day of the month (1 to 31) in the Gregorian calendar.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "days of the years 1 to 9999: all terms are below 2^24")]
    pub const fn date(self) -> (i32, u8, u8) {
        // Years that begin in March have their leap day at the end: day 0 is 0000-03-01.
        let days = self.day + 719_468;
        let century = (4 * days + 3) / 146_097;
        let in_century = days - 146_097 * century / 4;
        let year = (4 * in_century + 3) / 1_461;
        let in_year = in_century - 1_461 * year / 4;
        // Five months, from March and from August, have 153 days.
        let month = (5 * in_year + 2) / 153;
        let day = in_year - (153 * month + 2) / 5 + 1;
        let (next, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
        #[expect(clippy::as_conversions, reason = "1 to 12 and 1 to 31")]
        let (month, day) = (month as u8, day as u8);
        (100 * century + year + next, month, day)
    }

    /// Hour, minute and second; the second is 60 in an inserted one.
    #[must_use]
    pub fn time_of_day(self) -> (u8, u8, u8) {
        let Some(inserted) = self.second.checked_sub(86_400) else {
            let part = |seconds: u32| u8::try_from(seconds).unwrap_or(0);
            return (part(self.second / 3_600), part(self.second / 60 % 60), part(self.second % 60));
        };
        (23, 59, u8::try_from(inserted).unwrap_or(0).wrapping_add(60))
    }
}

/// As ISO 8601 has it: `2016-12-31T23:59:60.000000000Z`.
impl fmt::Display for UtcTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), (hour, minute, second)) = (self.date(), self.time_of_day());
        let nanos = self.nanos;
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn dates_are_those_of_the_calendar_day_by_day() {
        let is_leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (1, 1, 1);
        for number in UtcTime::MIN_DAY..=UtcTime::MAX_DAY {
            let time = UtcTime::new(number, 0, 0).expect("in range");
            assert_eq!(time.date(), (year, month, day), "day {number}");
            let length = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            day += 1;
            if day > length[usize::from(month) - 1] {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
        assert_eq!(UtcTime::new(0, 0, 0).map(UtcTime::date), Some((1970, 1, 1)));
    }

    #[test]
    fn an_inserted_second_is_second_60_and_later_than_the_59th() {
        let at = |day, second| UtcTime::new(day, second, 5).expect("in range");
        assert_eq!(at(17_166, 86_400).to_string(), "2016-12-31T23:59:60.000000005Z");
        assert_eq!(at(17_166, 86_399).to_string(), "2016-12-31T23:59:59.000000005Z");
        assert_eq!(at(17_167, 3_723).to_string(), "2017-01-01T01:02:03.000000005Z");
        assert!(at(17_166, 86_399) < at(17_166, 86_400) && at(17_166, 86_400) < at(17_167, 0));
        assert_eq!(at(17_166, 86_400).posix_seconds(), at(17_167, 0).posix_seconds());
    }

    #[test]
    fn ranges_are_checked() {
        for (day, second, nanos) in [(0, 86_401, 0), (0, 0, 1_000_000_000), (2_932_897, 0, 0), (-719_163, 0, 0)] {
            assert_eq!(UtcTime::new(day, second, nanos), None);
        }
    }
}
