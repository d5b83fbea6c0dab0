//! One moment on two clocks.

use crate::sys::device::Comparison;
use syntone_hal::Timestamp;

/// How a [`CrossStamp`] was taken, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossMethod {
    /// Hardware read both clocks at once.
    Precise,
    /// The driver read the system clock just before and just after its own.
    Extended,
    /// The kernel read the two clocks in turn.
    Basic,
}

impl CrossMethod {
    /// What to try where this is not offered.
    pub(super) const fn next(self) -> Option<Self> {
        match self {
            Self::Precise => Some(Self::Extended),
            Self::Extended => Some(Self::Basic),
            Self::Basic => None,
        }
    }
}

/// A PTP hardware clock and the system clock, read for the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossStamp {
    /// The hardware clock.
    pub phc: Timestamp,
    /// The system clock, which counts UTC: nanoseconds since 1970-01-01 00:00:00.
    pub system_utc_ns: i64,
    /// How far apart in time the two readings may be, at most: half of it either way. 0 with [`CrossMethod::Precise`].
    pub window_ns: u64,
    /// How they were taken.
    pub method: CrossMethod,
}

impl CrossStamp {
    pub(super) fn new(comparison: Comparison, method: CrossMethod) -> Self {
        Self {
            phc: Timestamp::from_nanos(u64::try_from(comparison.device).unwrap_or(0)),
            system_utc_ns: comparison.system,
            window_ns: u64::try_from(comparison.window).unwrap_or(0),
            method,
        }
    }

    /// How far the system clock is ahead of the hardware clock, in nanoseconds: `utc_offset` is by how many seconds the
    /// time of the hardware clock is ahead of UTC (37 where it shows TAI, as PTP has it; 0 where it shows UTC).
    #[must_use]
    pub fn system_ahead_ns(&self, utc_offset: i32) -> i64 {
        let system = self.system_utc_ns.saturating_add(i64::from(utc_offset) * 1_000_000_000);
        system.saturating_sub(self.phc.nanos_since(Timestamp::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_tai_is_no_error_of_the_clock() {
        let comparison =
            Comparison { system: 1_700_000_000_000_000_500, device: 1_700_000_037_000_000_000, window: 80 };
        let stamp = CrossStamp::new(comparison, CrossMethod::Extended);
        assert_eq!(stamp.system_ahead_ns(37), 500);
        assert_eq!(stamp.system_ahead_ns(0), -36_999_999_500);
        assert_eq!(stamp.window_ns, 80);
    }
}
