//! Timestamps as messages carry them.

use syntone_hal::Timestamp;

/// A Timestamp in a message (IEEE 1588-2019 5.3.3). Any octets survive; only a valid one becomes a [`Timestamp`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WireTimestamp {
    /// Seconds since the epoch; 48 bits on the wire, higher ones are not sent.
    pub seconds: u64,
    /// Nanoseconds within the second; a value of 10⁹ or more is a fault of the sender.
    pub nanoseconds: u32,
}

impl WireTimestamp {
    /// Not known, or not told.
    pub const ZERO: Self = Self { seconds: 0, nanoseconds: 0 };
}

/// A received timestamp with 10⁹ nanoseconds or more, or with seconds beyond [`Timestamp::MAX_SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimestampOutOfRange;

impl core::fmt::Display for TimestampOutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("nanosecondsField is not below 10^9, or secondsField not below 2^33")
    }
}

impl core::error::Error for TimestampOutOfRange {}

impl TryFrom<WireTimestamp> for Timestamp {
    type Error = TimestampOutOfRange;

    #[inline]
    fn try_from(wire: WireTimestamp) -> Result<Self, TimestampOutOfRange> {
        Self::new(wire.seconds, wire.nanoseconds).ok_or(TimestampOutOfRange)
    }
}

impl From<Timestamp> for WireTimestamp {
    /// Drops the fraction of a nanosecond, which belongs into a correctionField.
    #[inline]
    fn from(time: Timestamp) -> Self {
        let (seconds, nanoseconds) = time.split();
        Self { seconds, nanoseconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1588-2019 5.3.3
    #[test]
    fn a_billion_nanoseconds_are_refused() {
        let wire = WireTimestamp { seconds: 1, nanoseconds: 999_999_999 };
        assert_eq!(Timestamp::try_from(wire), Ok(Timestamp::from_nanos(1_999_999_999)));
        let broken = WireTimestamp { nanoseconds: 1_000_000_000, ..wire };
        assert_eq!(Timestamp::try_from(broken), Err(TimestampOutOfRange));
        let long = WireTimestamp { seconds: 1 << 33, ..wire };
        assert_eq!(Timestamp::try_from(long), Err(TimestampOutOfRange));
    }

    #[test]
    fn the_fraction_of_a_nanosecond_is_dropped() {
        let time = Timestamp::from_nanos(5_000_000_007).with_subnanos(0xFFFF);
        assert_eq!(WireTimestamp::from(time), WireTimestamp { seconds: 5, nanoseconds: 7 });
    }
}
