//! What a clock knows of UTC.

use super::scale::{Leap, LeapSecond, UtcScale, signed};
use crate::datasets::TimePropertiesDs;
use crate::wire::Flags;
use syntone_hal::Timestamp;

/// Keeps the difference of PTP time and UTC right on each second, from what a grandmaster announces and when.
///
/// currentUtcOffset and the leap flags change within two announce intervals of midnight, and each boundary clock passes them
/// on one announce interval later (IEEE 1588-2019 9.4). So around midnight they say nothing: an announced leap second takes
/// place when its day ends, and old flags that still arrive afterwards are not a second leap second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UtcKeeper {
    scale: Option<UtcScale>,
    /// The newest time properties vouch for it.
    current: bool,
    /// The flags of the leap second in `scale` have been taken back since.
    cleared: bool,
}

/// Seconds around midnight in which offset and flags may be old or new: two of the longest announce intervals, and some hops.
const MARGIN: i64 = 300;
/// Seconds of a day.
const DAY: i64 = 86_400;

impl UtcKeeper {
    /// One that knows nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { scale: None, current: false, cleared: false }
    }

    /// How PTP time and UTC differ, as somebody has last vouched for; `None` if nobody has, or the timescale is arbitrary.
    #[must_use]
    pub const fn scale(&self) -> Option<&UtcScale> {
        self.scale.as_ref()
    }

    /// The newest time properties vouch for the scale: currentUtcOffsetValid. If not, it holds but for leap seconds that
    /// nobody told of.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.current
    }

    /// Takes time properties that hold at PTP time `time`, which is the grandmaster's. To be called when they change, and
    /// every now and then (as with each Sync): the day on which a leap flag was first seen is the day that it means.
    pub fn observe(&mut self, time: Timestamp, properties: &TimePropertiesDs) {
        self.current = properties.ptp_timescale() && properties.current_utc_offset_valid();
        if !properties.ptp_timescale() {
            self.scale = None;
        }
        if !self.current {
            return;
        }
        let announced = Announced::new(properties);
        if self.scale.is_some_and(|scale| self.explains(&scale, time, announced)) {
            self.cleared |= announced.leap.is_none() && self.scale.is_some_and(|scale| scale.has_leapt(time));
        } else {
            self.scale = Some(announced.scale_at(time));
            self.cleared = false;
        }
    }

    /// What a grandmaster is to announce at `time` instead of these `properties`, if a leap second has taken place since they
    /// were set: the new offset, and no flags (IEEE 1588-2019 9.4).
    #[must_use]
    pub fn after_leap(&self, time: Timestamp, properties: &TimePropertiesDs) -> Option<TimePropertiesDs> {
        let scale = self.scale.filter(|scale| scale.has_leapt(time))?;
        let announced = Announced::new(properties);
        let offset = i16::try_from(scale.offset_after()).ok()?;
        let due = announced.offset == scale.offset || (announced.offset == offset && announced.leap.is_some());
        let flags = properties.flags().difference(Flags::LEAP59 | Flags::LEAP61);
        (due && self.current).then(|| TimePropertiesDs::new(offset, flags, properties.time_source))
    }

    /// What is announced fits what is known: it is the same, or what is left of it around midnight.
    fn explains(&self, scale: &UtcScale, time: Timestamp, announced: Announced) -> bool {
        let known = scale.leap.map(|leap| leap.leap);
        let is_old = announced.offset == scale.offset;
        let is_new = i32::from(announced.offset) == scale.offset_after();
        let Some(midnight) = scale.midnight() else { return is_old && announced.leap.is_none() };
        let after = signed(time.seconds()).wrapping_sub(midnight);
        let near = after.unsigned_abs() <= MARGIN.unsigned_abs();
        let same_flags = announced.leap == known;
        let quiet = announced.leap.is_none();
        if after < 0 {
            // Before midnight: as announced before, or the first Announces of what will be.
            let known_before = is_old && same_flags && after >= DAY.wrapping_add(1).wrapping_neg();
            return known_before || (near && (is_old || is_new) && (same_flags || quiet));
        }
        // After it: as it should be, or flags that nobody has taken back yet.
        (is_new && quiet) || ((is_old || is_new) && same_flags && (near || !self.cleared)) || (near && is_old && quiet)
    }
}

/// What an Announce says of UTC.
#[derive(Clone, Copy)]
struct Announced {
    offset: i16,
    leap: Option<Leap>,
}

impl Announced {
    fn new(properties: &TimePropertiesDs) -> Self {
        // Both at once is none.
        let leap = match (properties.leap61(), properties.leap59()) {
            (true, false) => Some(Leap::Inserted),
            (false, true) => Some(Leap::Deleted),
            _ => None,
        };
        Self { offset: properties.current_utc_offset, leap }
    }

    /// What it means to who knows nothing before: the leap second ends this UTC day. In the first minutes of a month it is that
    /// of the day before, since leap seconds end months.
    fn scale_at(self, time: Timestamp) -> UtcScale {
        let scale = UtcScale::new(self.offset);
        let utc = scale.utc(time);
        let late = utc.date().2 == 1 && i64::from(utc.second_of_day()) <= MARGIN;
        let day = if late { utc.day().wrapping_sub(1) } else { utc.day() };
        UtcScale { leap: self.leap.map(|leap| LeapSecond { day, leap }), ..scale }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

    use super::*;
    use crate::utc::UtcTime;
    use crate::wire::TimeSource;
    use std::vec::Vec;

    const BASE: Flags = Flags::PTP_TIMESCALE.union(Flags::CURRENT_UTC_OFFSET_VALID);
    /// 2016-12-31, which had a leap second: TAI − UTC was 36 s before and 37 s after.
    const DAY_2016: i32 = 17_166;
    /// 2017-01-01T00:00:00Z in TAI.
    const MIDNIGHT: i64 = 1_483_228_837;

    fn properties(offset: i16, flags: Flags) -> TimePropertiesDs {
        TimePropertiesDs::new(offset, BASE | flags, TimeSource::GNSS)
    }

    /// So many seconds after the midnight of 2016.
    fn at(seconds: i64) -> Timestamp {
        Timestamp::new((MIDNIGHT + seconds) as u64, 0).expect("in range")
    }

    fn seen(keeper: &UtcKeeper, seconds: i64) -> (i32, u32) {
        let utc = keeper.scale().expect("known").utc(at(seconds));
        (utc.day(), utc.second_of_day())
    }

    /// From the table of history, second by second; `leap` as it would be if it were the other kind.
    fn truth(seconds: i64, leap: Leap) -> (i32, u32) {
        match (seconds, leap) {
            (0.., _) => (DAY_2016 + 1, seconds as u32),
            (-1, Leap::Inserted) => (DAY_2016, 86_400),
            (_, Leap::Inserted) => (DAY_2016, (86_401 + seconds) as u32),
            (_, Leap::Deleted) => (DAY_2016, (86_399 + seconds) as u32),
        }
    }

    /// Announced to the keeper is what `announced` says of the second after midnight; UTC must be right at each.
    fn check(leap: Leap, from: i64, announced: impl Fn(i64) -> (bool, bool)) -> UtcKeeper {
        let (flag, new) = match leap {
            Leap::Inserted => (Flags::LEAP61, 37),
            Leap::Deleted => (Flags::LEAP59, 35),
        };
        // The same midnight, whichever kind: it is the PTP time that is chosen, and 2 s less for the other kind.
        let shift = i64::from(new) - 37;
        let mut keeper = UtcKeeper::new();
        for seconds in from..900 {
            let (flagged, updated) = announced(seconds);
            let flags = if flagged { flag } else { Flags::empty() };
            let time = Timestamp::new((MIDNIGHT + shift + seconds) as u64, 999_999_999).expect("in range");
            keeper.observe(time, &properties(if updated { new } else { 36 }, flags));
            let utc = keeper.scale().expect("known").utc(time);
            assert_eq!((utc.day(), utc.second_of_day()), truth(seconds, leap), "{leap:?} at {seconds}");
            assert!(keeper.is_current());
        }
        keeper
    }

    /// IEEE 1588-2019 9.4
    #[test]
    fn utc_is_right_on_each_second_whenever_the_new_offset_arrives() {
        for leap in [Leap::Inserted, Leap::Deleted] {
            for update in [-256, -4, -1, 0, 1, 2, 4, 16, 256] {
                check(leap, -1_000, |seconds| (seconds < update, seconds >= update));
            }
        }
    }

    #[test]
    fn flags_that_stay_after_the_new_offset_are_no_second_leap_second() {
        for leap in [Leap::Inserted, Leap::Deleted] {
            for cleared in [1, 30, 290, 2_000] {
                let keeper = check(leap, -1_000, |seconds| (seconds < cleared, seconds >= 2));
                assert_eq!(keeper.scale().and_then(|scale| scale.leap).map(|leap| leap.day), Some(DAY_2016));
            }
        }
    }

    #[test]
    fn flags_taken_back_before_the_offset_changes_still_count() {
        for cleared in [-4, -1, 0, 3] {
            check(Leap::Inserted, -1_000, |seconds| (seconds < cleared, seconds >= 4));
        }
    }

    #[test]
    fn one_that_begins_after_midnight_with_stale_flags_knows_better() {
        for leap in [Leap::Inserted, Leap::Deleted] {
            check(leap, 3, |seconds| (seconds < 20, seconds >= 20));
        }
        // In the inserted second itself.
        check(Leap::Inserted, -1, |seconds| (seconds < 20, seconds >= 20));
    }

    #[test]
    fn old_and_new_announces_in_turn_change_nothing() {
        check(Leap::Inserted, -1_000, |seconds| {
            let new = if seconds.abs() < 200 { seconds % 3 == 0 } else { seconds > 0 };
            (!new, new)
        });
    }

    #[test]
    fn a_flag_withdrawn_in_time_is_no_leap_second() {
        let mut keeper = UtcKeeper::new();
        keeper.observe(at(-10_000), &properties(36, Flags::LEAP61));
        assert_eq!(keeper.scale().and_then(UtcScale::midnight), Some(MIDNIGHT));
        keeper.observe(at(-5_000), &properties(36, Flags::empty()));
        assert_eq!(keeper.scale(), Some(&UtcScale::new(36)));
    }

    #[test]
    fn the_next_leap_second_is_one_of_its_own() {
        let mut keeper = check(Leap::Inserted, -1_000, |seconds| (seconds < 0, seconds >= 0));
        let half_a_year = 181 * DAY - 20_000;
        keeper.observe(at(half_a_year), &properties(37, Flags::LEAP59));
        assert_eq!(keeper.scale().and_then(UtcScale::midnight), Some(MIDNIGHT + 181 * DAY - 1));
        // What was set and not believed at once would have been the same: only the day counts.
        assert_eq!(seen(&keeper, half_a_year), (DAY_2016 + 181, 66_400));
    }

    #[test]
    fn another_offset_is_believed_at_once() {
        let mut keeper = UtcKeeper::new();
        keeper.observe(at(0), &properties(35, Flags::empty()));
        keeper.observe(at(1), &properties(37, Flags::empty()));
        assert_eq!(keeper.scale(), Some(&UtcScale::new(37)));
        keeper.observe(at(2), &properties(37, Flags::LEAP59 | Flags::LEAP61));
        assert_eq!(keeper.scale(), Some(&UtcScale::new(37)), "both at once mean nothing");
    }

    #[test]
    fn nobody_vouching_leaves_what_was_known_and_an_arbitrary_timescale_has_no_utc() {
        let mut keeper = UtcKeeper::new();
        let unknown = TimePropertiesDs::new(12, Flags::PTP_TIMESCALE, TimeSource::INTERNAL_OSCILLATOR);
        keeper.observe(at(0), &unknown);
        assert_eq!((keeper.scale(), keeper.is_current()), (None, false));
        keeper.observe(at(1), &properties(37, Flags::empty()));
        keeper.observe(at(2), &unknown);
        assert_eq!((keeper.scale(), keeper.is_current()), (Some(&UtcScale::new(37)), false));
        keeper.observe(at(3), &TimePropertiesDs::new(37, Flags::CURRENT_UTC_OFFSET_VALID, TimeSource::OTHER));
        assert_eq!((keeper.scale(), keeper.is_current()), (None, false));
    }

    #[test]
    fn a_master_lost_before_midnight_does_not_stop_the_leap_second() {
        let mut keeper = UtcKeeper::new();
        keeper.observe(at(-1_000), &properties(36, Flags::LEAP61));
        let seconds: Vec<_> = (-2..1).map(|seconds| seen(&keeper, seconds).1).collect();
        assert_eq!(seconds, [86_399, 86_400, 0]);
        let before = UtcTime::new(DAY_2016, 86_400, 0).expect("in range");
        assert_eq!(keeper.scale().and_then(|scale| scale.timestamp(before)), Some(at(-1)));
    }

    /// IEEE 1588-2019 9.4
    #[test]
    fn a_grandmaster_changes_what_it_announces_at_midnight() {
        let mut keeper = UtcKeeper::new();
        let set = properties(36, Flags::LEAP61 | Flags::TIME_TRACEABLE);
        keeper.observe(at(-5), &set);
        assert_eq!(keeper.after_leap(at(-1), &set), None, "the inserted second still belongs to the old day");
        let next = keeper.after_leap(at(0), &set).expect("it is midnight");
        assert_eq!(next, properties(37, Flags::TIME_TRACEABLE));
        keeper.observe(at(0), &next);
        assert_eq!(keeper.after_leap(at(1), &next), None);
        // Old settings again from a slow program: the same answer.
        keeper.observe(at(2), &set);
        assert_eq!(keeper.after_leap(at(2), &set), Some(next));
        // Half a day later they are a mistake of their own, and are believed: another leap second to come.
        keeper.observe(at(2), &next);
        keeper.observe(at(40_000), &set);
        assert_eq!(keeper.after_leap(at(40_000), &set), None);
    }
}
