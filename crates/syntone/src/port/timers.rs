//! The timers of a port.

use syntone_hal::Instant;

/// What a timer is for; each port has one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Timer {
    /// The next Announce is due.
    Announce,
    /// The next Sync is due.
    Sync,
    /// The next Delay_Req is due (IEEE 1588-2019 9.5.11.2).
    DelayReq,
    /// No Announce of the master came in time (IEEE 1588-2019 9.2.6.12).
    AnnounceReceipt,
    /// No Sync of the parent came in time.
    SyncReceipt,
    /// PRE_MASTER is over (IEEE 1588-2019 9.2.6.11).
    Qualification,
    /// A faulty port tries again.
    FaultReset,
    /// The next Pdelay_Req is due (IEEE 1588-2019 9.5.13.2).
    PdelayReq,
}

impl Timer {
    const COUNT: usize = 8;

    const ALL: [Self; Self::COUNT] = [
        Self::Announce,
        Self::Sync,
        Self::DelayReq,
        Self::AnnounceReceipt,
        Self::SyncReceipt,
        Self::Qualification,
        Self::FaultReset,
        Self::PdelayReq,
    ];

    #[expect(clippy::as_conversions, reason = "the number of a field-less enum, below COUNT")]
    const fn index(self) -> usize {
        self as usize
    }
}

/// Deadlines in a table indexed by [`Timer`]; [`Instant::FAR_FUTURE`] is "not running".
///
/// The earliest is looked at far more often than any is set: it is kept at hand.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    deadlines: [Instant; Timer::COUNT],
    first: (Timer, Instant),
    /// How often each was due; wraps.
    #[cfg(feature = "linuxptp-management")]
    counts: [u32; Timer::COUNT],
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            deadlines: [Instant::FAR_FUTURE; Timer::COUNT],
            first: (Timer::Announce, Instant::FAR_FUTURE),
            #[cfg(feature = "linuxptp-management")]
            counts: [0; Timer::COUNT],
        }
    }

    /// It was due.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) fn count(&mut self, timer: Timer) {
        if let Some(count) = self.counts.get_mut(timer.index()) {
            *count = count.wrapping_add(1);
        }
    }

    /// How often it was due.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) fn counted(&self, timer: Timer) -> u32 {
        self.counts.get(timer.index()).copied().unwrap_or(0)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn set(&mut self, timer: Timer, deadline: Instant) {
        if let Some(slot) = self.deadlines.get_mut(timer.index()) {
            *slot = deadline;
        }
        if deadline < self.first.1 {
            self.first = (timer, deadline);
        } else if timer == self.first.0 {
            self.find_first();
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn find_first(&mut self) {
        self.first = (Timer::Announce, Instant::FAR_FUTURE);
        for (timer, &deadline) in Timer::ALL.into_iter().zip(&self.deadlines) {
            if deadline < self.first.1 {
                self.first = (timer, deadline);
            }
        }
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.set(timer, Instant::FAR_FUTURE);
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn deadline(&self, timer: Timer) -> Instant {
        self.deadlines.get(timer.index()).copied().unwrap_or(Instant::FAR_FUTURE)
    }

    pub(crate) fn is_running(&self, timer: Timer) -> bool {
        self.deadline(timer) != Instant::FAR_FUTURE
    }

    /// The timer that is due first, and when.
    pub(crate) const fn next(&self) -> (Timer, Instant) {
        self.first
    }

    /// Moves a periodic timer on by `period` nanoseconds from its own deadline, so that it does not drift; a timer that
    /// is late by more than a period starts again from `now` instead of catching up.
    #[cfg(any(feature = "master", feature = "peer-to-peer", test))]
    pub(crate) fn advance(&mut self, timer: Timer, now: Instant, period: u64) {
        let next = self.deadline(timer).plus_nanos(period);
        self.set(timer, if next > now { next } else { now.plus_nanos(period) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_deadline_comes_first() {
        let mut timers = Timers::new();
        assert_eq!(timers.next().1, Instant::FAR_FUTURE);
        timers.set(Timer::Sync, Instant::from_nanos(20));
        timers.set(Timer::DelayReq, Instant::from_nanos(10));
        assert_eq!(timers.next(), (Timer::DelayReq, Instant::from_nanos(10)));
        timers.stop(Timer::DelayReq);
        assert_eq!(timers.next(), (Timer::Sync, Instant::from_nanos(20)));
        timers.set(Timer::Announce, Instant::from_nanos(25));
        timers.set(Timer::Sync, Instant::from_nanos(30));
        assert_eq!(timers.next(), (Timer::Announce, Instant::from_nanos(25)));
    }

    #[test]
    fn a_periodic_timer_keeps_its_phase_unless_it_is_far_behind() {
        let mut timers = Timers::new();
        timers.set(Timer::Sync, Instant::from_nanos(100));
        timers.advance(Timer::Sync, Instant::from_nanos(103), 50);
        assert_eq!(timers.deadline(Timer::Sync), Instant::from_nanos(150));
        timers.advance(Timer::Sync, Instant::from_nanos(1000), 50);
        assert_eq!(timers.deadline(Timer::Sync), Instant::from_nanos(1050));
    }
}
