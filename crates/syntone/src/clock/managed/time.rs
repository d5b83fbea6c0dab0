//! The time of a clock, asked for and set by management (IEEE 1588-2019 15.5.3.2.1).

use super::Clock;
use crate::servo::Servo;
use crate::wire::{ManagementErrorId, WireTimestamp};
use syntone_hal::{Instant, Timestamp};

/// What only management needs to know of a clock.
#[derive(Debug, Default)]
pub(in crate::clock) struct ManagedState {
    /// The newest time stamp, and when it was handed over.
    reading: Option<(Instant, Timestamp)>,
    /// When the last request came.
    pub(super) asked_at: Instant,
    pub(super) time_is_settable: bool,
    /// When the last Sync came.
    #[cfg(feature = "linuxptp-management")]
    pub(in crate::clock) sync_ingress: Option<Timestamp>,
}

impl ManagedState {
    pub(in crate::clock) fn on_step(&mut self, nanoseconds: i64) {
        self.reading = self.reading.map(|(at, time)| (at, time.offset_nanos(nanoseconds)));
    }
}

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// A stamp tells what time it is, near enough for people.
    pub(in crate::clock) fn read_time(&mut self, now: Instant, stamp: Option<Timestamp>) {
        if let Some(stamp) = stamp.filter(|_| now >= self.instance.settled_at) {
            self.managed.reading = Some((now, stamp));
        }
    }

    /// The time when the last request came.
    pub(super) fn time(&self) -> Result<WireTimestamp, ManagementErrorId> {
        self.now().map(WireTimestamp::from).ok_or(ManagementErrorId::UNPOPULATED)
    }

    fn now(&self) -> Option<Timestamp> {
        let (at, time) = self.managed.reading?;
        Some(time.offset_nanos(i64::try_from(self.managed.asked_at.nanos_since(at)).ok()?))
    }

    /// Steps the clock to that time. One that follows a master has no time of its own.
    pub(super) fn set_time_of_day(&mut self, octets: [u8; 10]) -> Result<(), ManagementErrorId> {
        let [a, b, c, d, e, f, nanoseconds @ ..] = octets;
        let seconds = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let wanted = Timestamp::new(seconds, u32::from_be_bytes(nanoseconds)).ok_or(ManagementErrorId::WRONG_VALUE)?;
        if !self.managed.time_is_settable || !self.limits.can_step || self.following().is_some() {
            return Err(ManagementErrorId::NOT_SUPPORTED);
        }
        let now = self.now().ok_or(ManagementErrorId::UNPOPULATED)?;
        self.adjustment.step = Some(wanted.nanos_since(now));
        Ok(())
    }
}
