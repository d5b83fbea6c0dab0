//! Alternate timescales: local time zones and others, told as offsets from the grandmaster's time (IEEE 1588-2019 16.3).

use super::Attached;
use crate::wire::layout::{PtpText, U48};
use crate::wire::tlvs::AlternateTimeOffsetIndicator;
use crate::wire::{Layout, TlvType};
use syntone_hal::Timestamp;

/// One alternate timescale of a grandmaster: a member of alternateTimescaleOffsetsDS.list (IEEE 1588-2019 16.3.3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AlternateTimescale {
    /// It is announced.
    pub enable: bool,
    /// Seconds that it is ahead of the grandmaster's time. Of a local time zone that is its offset to UTC less that of TAI, where
    /// the grandmaster's timescale is PTP.
    pub current_offset: i32,
    /// Seconds by which that will grow; 0 if no jump is known.
    pub jump_seconds: i32,
    /// When: the second of the grandmaster's time that is the first after the jump. Up to 2⁴⁸ − 1.
    pub time_of_next_jump: u64,
    /// What it is called.
    pub display_name: DisplayName,
}

impl AlternateTimescale {
    pub(crate) const fn indicator(&self, key_field: u8) -> AlternateTimeOffsetIndicator<'_> {
        AlternateTimeOffsetIndicator {
            key_field,
            current_offset: self.current_offset,
            jump_seconds: self.jump_seconds,
            time_of_next_jump: U48(self.time_of_next_jump),
            display_name: PtpText(self.display_name.octets()),
        }
    }
}

/// What a timescale is called: up to 10 octets of UTF-8, such as `CEST`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DisplayName {
    octets: [u8; 10],
    length: u8,
}

impl DisplayName {
    /// This name; `None` if it is longer than 10 octets.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let mut octets = [0; 10];
        let length = u8::try_from(name.len()).ok()?;
        crate::wire::fill(octets.get_mut(..name.len())?, name.as_bytes());
        Some(Self { octets, length })
    }

    /// Its octets.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        match self.octets.split_at_checked(u8_to_usize(self.length)) {
            Some((name, _)) => name,
            None => &self.octets,
        }
    }
}

#[expect(clippy::as_conversions, reason = "8 bits fit, and From is not const")]
const fn u8_to_usize(octet: u8) -> usize {
    octet as usize
}

impl Attached {
    /// The alternate timescales of the clock itself that it announces as grandmaster.
    pub(crate) fn own_timescales(&self) -> impl Iterator<Item = AlternateTimeOffsetIndicator<'_>> {
        let all = (0..u8::MAX).zip(self.timescales.iter());
        all.filter(|(_, timescale)| timescale.enable).map(|(key, timescale)| timescale.indicator(key))
    }

    /// The alternate timescales that the parent tells of.
    pub(crate) fn timescales_of_parent(&self) -> impl Iterator<Item = AlternateTimeOffsetIndicator<'_>> {
        let all = self.parent.tlvs().iter().filter(|tlv| tlv.tlv_type == TlvType::ALTERNATE_TIME_OFFSET_INDICATOR);
        all.filter_map(|tlv| AlternateTimeOffsetIndicator::parse(tlv.value).ok())
    }
}

impl AlternateTimeOffsetIndicator<'_> {
    /// Seconds that this timescale is ahead of the grandmaster's at that time of the grandmaster's, also after the jump that is
    /// announced (IEEE 1588-2019 16.3.2). What was announced before a jump therefore holds after it, and on the way the
    /// Announces of before and after it agree.
    #[must_use]
    pub fn offset_at(&self, time: Timestamp) -> i64 {
        let jumped = time.seconds() >= self.time_of_next_jump.0;
        i64::from(self.current_offset).saturating_add(if jumped { self.jump_seconds.into() } else { 0 })
    }

    /// The time on this timescale at that time of the grandmaster's: seconds since the timescale's own 1970-01-01. It stops at that
    /// moment, and at the end of the range of [`Timestamp`].
    #[must_use]
    pub fn time_at(&self, time: Timestamp) -> Timestamp {
        time.offset_nanos(self.offset_at(time).saturating_mul(1_000_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, nanos: u32) -> Timestamp {
        Timestamp::new(seconds, nanos).expect("in range")
    }

    /// IEEE 1588-2019 16.3.2
    #[test]
    fn local_time_is_right_before_in_and_after_the_second_of_the_jump() {
        // CET to CEST on 2027-03-28 at 01:00 UTC, which is 1 806 195 637 s of TAI.
        let jump = 1_806_195_600 + 37;
        let before = AlternateTimeOffsetIndicator {
            current_offset: 3600 - 37,
            jump_seconds: 3600,
            time_of_next_jump: U48(jump),
            ..AlternateTimeOffsetIndicator::default()
        };
        let after = AlternateTimeOffsetIndicator { current_offset: 7200 - 37, jump_seconds: 0, ..before };
        for (seconds, nanos, local) in [
            (jump - 86_400, 5, 1_806_195_600 - 86_400 + 3600),
            (jump - 1, 999_999_999, 1_806_195_599 + 3600),
            (jump, 0, 1_806_195_600 + 7200),
            (jump + 86_400, 7, 1_806_195_600 + 86_400 + 7200),
        ] {
            assert_eq!(before.time_at(at(seconds, nanos)), at(local, nanos), "{seconds}");
            if seconds >= jump {
                assert_eq!(after.time_at(at(seconds, nanos)), at(local, nanos), "{seconds}");
            }
        }
        let back = AlternateTimeOffsetIndicator { jump_seconds: -3600, ..before };
        assert_eq!((back.offset_at(at(jump - 1, 0)), back.offset_at(at(jump, 0))), (3563, -37));
    }

    #[test]
    fn extremes_stop_at_the_ends_of_time() {
        let extreme = |offset| AlternateTimeOffsetIndicator {
            current_offset: offset,
            jump_seconds: offset,
            ..AlternateTimeOffsetIndicator::default()
        };
        assert_eq!(extreme(i32::MIN).time_at(at(5, 5)), Timestamp::ZERO);
        let latest = at(Timestamp::MAX_SECONDS, 999_999_999);
        assert_eq!(extreme(i32::MAX).time_at(latest), latest);
    }

    #[test]
    fn names_of_more_than_ten_octets_are_none() {
        assert_eq!(DisplayName::new("0123456789").map(|name| name.octets().to_vec()), Some(b"0123456789".to_vec()));
        assert_eq!(DisplayName::new("").map(|name| name.octets().len()), Some(0));
        assert_eq!(DisplayName::new("01234567\u{20ac}"), None);
    }
}
