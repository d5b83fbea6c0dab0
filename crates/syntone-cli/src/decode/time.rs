//! Capture times.

use std::fmt;

/// When a frame was captured: nanoseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CaptureTime(pub i128);

const NANOS: i128 = 1_000_000_000;
const DAY: i128 = 86_400;

impl CaptureTime {
    /// From `ticks` of which a second has `resolution`, after `offset` seconds.
    pub(super) fn from_ticks(ticks: u64, resolution: u128, offset: i64) -> Self {
        let resolution = i128::try_from(resolution).unwrap_or(i128::MAX).max(1);
        let ticks = i128::from(ticks);
        let fraction = (ticks % resolution).saturating_mul(NANOS) / resolution;
        Self((i128::from(offset) + ticks / resolution) * NANOS + fraction)
    }
}

impl fmt::Display for CaptureTime {
    /// `2018-01-23T19:44:09.248292000Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(NANOS);
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let nanos = self.0.rem_euclid(NANOS);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i128) -> (i128, i128, i128) {
    // Years are taken to begin in March, so that the leap day is the last; eras of 400 years have 146 097 days.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i128::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_dates() {
        // Checked with `date -u -d @SECONDS`.
        let text = |seconds: i128| CaptureTime(seconds * NANOS + 5).to_string();
        assert_eq!(text(0), "1970-01-01T00:00:00.000000005Z");
        assert_eq!(text(1_516_736_649), "2018-01-23T19:44:09.000000005Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00.000000005Z");
        assert_eq!(text(4_107_542_400), "2100-03-01T00:00:00.000000005Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.000000005Z");
    }

    #[test]
    fn ticks_of_any_resolution_become_nanoseconds() {
        assert_eq!(CaptureTime::from_ticks(1_500_000, 1_000_000, 0), CaptureTime(1_500_000_000));
        assert_eq!(CaptureTime::from_ticks(3 << 31, 1 << 32, -1), CaptureTime(500_000_000));
        assert_eq!(CaptureTime::from_ticks(u64::MAX, 1, 0).0, i128::from(u64::MAX) * NANOS);
    }
}
