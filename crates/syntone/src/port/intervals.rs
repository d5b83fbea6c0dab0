//! Requests for other message intervals, which one port sends to another (IEEE 802.1AS 10.6.4.3).

use super::{Port, State, Timer};
use crate::config::{ConfigError, range};
use crate::counters::Discard;
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN, interval_nanos};
use crate::wire::tlvs::{MessageIntervalRequest, OrganizationData};
use crate::wire::{TlvData, Tlvs};
use syntone_hal::Instant;

/// The message intervals that others may ask a port for, each as smallest and largest, log₂ of seconds, −7 to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AcceptedIntervals {
    /// portDS.logAnnounceInterval.
    pub log_announce_interval: [i8; 2],
    /// portDS.logSyncInterval.
    pub log_sync_interval: [i8; 2],
    /// portDS.logMinPdelayReqInterval.
    pub log_min_pdelay_req_interval: [i8; 2],
}

impl AcceptedIntervals {
    fn check(&self) -> Result<(), ConfigError> {
        for (option, [min, max]) in [
            ("logAnnounceInterval to be asked for", self.log_announce_interval),
            ("logSyncInterval to be asked for", self.log_sync_interval),
            ("logMinPdelayReqInterval to be asked for", self.log_min_pdelay_req_interval),
        ] {
            range(option, min, LOG_INTERVAL_MIN, LOG_INTERVAL_MAX)?;
            range(option, max, min, LOG_INTERVAL_MAX)?;
        }
        Ok(())
    }
}

/// Leave the interval as it is.
pub const NO_CHANGE: i8 = -128;
/// Go back to the interval that was before any request.
pub const INITIAL: i8 = 126;

/// What a port was asked for, and what it asks for itself.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    accepted: Option<AcceptedIntervals>,
    /// To be sent.
    pub(super) request: Option<MessageIntervalRequest>,
    /// Those before the first request.
    initial: Initial,
}

#[derive(Debug, Default)]
struct Initial {
    announce: Option<i8>,
    sync: Option<i8>,
    pdelay_req: Option<i8>,
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Says which intervals others may ask for; none at first.
    pub(crate) fn accept_interval_requests(&mut self, accepted: Option<AcceptedIntervals>) -> Result<(), ConfigError> {
        accepted.map_or(Ok(()), |accepted| accepted.check())?;
        self.intervals.accepted = accepted;
        Ok(())
    }

    /// Asks the other end of the path.
    pub(crate) const fn request_intervals(&mut self, request: MessageIntervalRequest) {
        self.intervals.request = Some(request);
    }

    /// Takes the requests among the TLVs of a Signaling message, and says whether there is one. Each interval that is not accepted is
    /// counted and leaves all as it is.
    pub(super) fn take_interval_requests(&mut self, now: Instant, tlvs: Tlvs<'_>) -> bool {
        let Some(accepted) = self.intervals.accepted else { return false };
        let mut found = false;
        for tlv in tlvs {
            let Ok(TlvData::OrganizationExtension(extension)) = TlvData::parse(tlv) else { continue };
            if let Some(Ok(OrganizationData::MessageIntervalRequest(request))) = OrganizationData::parse(&extension) {
                found = true;
                self.adopt_intervals(now, &accepted, &request);
            }
        }
        found
    }

    fn adopt_intervals(&mut self, now: Instant, accepted: &AcceptedIntervals, request: &MessageIntervalRequest) {
        if cfg!(feature = "peer-to-peer") {
            self.adopt_interval(
                now,
                Timer::PdelayReq,
                request.link_delay_interval,
                accepted.log_min_pdelay_req_interval,
            );
        }
        if self.ds.port_state == State::Master {
            self.adopt_interval(now, Timer::Sync, request.time_sync_interval, accepted.log_sync_interval);
            self.adopt_interval(now, Timer::Announce, request.announce_interval, accepted.log_announce_interval);
        } else if [request.time_sync_interval, request.announce_interval] != [NO_CHANGE; 2] {
            self.counters.discard(Discard::State);
        }
    }

    /// The next message comes after the new interval at the latest, but never later than it would have come: a flood of requests
    /// neither keeps it back nor makes it come faster than one interval that is accepted.
    fn adopt_interval(&mut self, now: Instant, timer: Timer, asked: i8, accepted: [i8; 2]) {
        let (interval, initial) = match timer {
            Timer::Announce => (&mut self.ds.log_announce_interval, &mut self.intervals.initial.announce),
            Timer::Sync => (&mut self.ds.log_sync_interval, &mut self.intervals.initial.sync),
            _ => (&mut self.ds.log_min_pdelay_req_interval, &mut self.intervals.initial.pdelay_req),
        };
        match answer(*interval, asked, accepted, initial) {
            Some(log) => *interval = log,
            None => self.counters.discard(Discard::Interval),
        }
        let soon = now.plus_nanos(interval_nanos(*interval));
        if self.timers.is_running(timer) && self.timers.deadline(timer) > soon {
            self.timers.set(timer, soon);
        }
    }

    /// The port is no master any more: who asked it does not follow it any more.
    #[cfg(feature = "master")]
    pub(super) fn forget_interval_requests(&mut self) {
        let Initial { announce, sync, .. } = &mut self.intervals.initial;
        self.ds.log_announce_interval = announce.take().unwrap_or(self.ds.log_announce_interval);
        self.ds.log_sync_interval = sync.take().unwrap_or(self.ds.log_sync_interval);
    }
}

/// What becomes of an interval; `None` if that is not accepted, which 127, to stop altogether, never is.
fn answer(interval: i8, asked: i8, [min, max]: [i8; 2], initial: &mut Option<i8>) -> Option<i8> {
    match asked {
        NO_CHANGE => Some(interval),
        INITIAL => Some(initial.take().unwrap_or(interval)),
        log if (min..=max).contains(&log) => {
            initial.get_or_insert(interval);
            Some(log)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 802.1AS 10.6.4.3
    #[test]
    fn every_value_of_a_request_is_answered_within_the_accepted_range() {
        for asked in i8::MIN..=i8::MAX {
            let mut initial = None;
            let answered = answer(3, asked, [-4, 1], &mut initial);
            let (expected, remembered) = match asked {
                -128 | 126 => (Some(3), None),
                -4..=1 => (Some(asked), Some(3)),
                _ => (None, None),
            };
            assert_eq!((answered, initial), (expected, remembered), "{asked}");
        }
    }

    /// IEEE 802.1AS 10.6.4.3
    #[test]
    fn the_initial_interval_is_that_before_the_first_request() {
        let mut initial = None;
        let mut interval = 0;
        for asked in [-2, 1, 126] {
            interval = answer(interval, asked, [-4, 1], &mut initial).unwrap();
        }
        assert_eq!((interval, initial), (0, None));
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let good = AcceptedIntervals {
            log_announce_interval: [0, 3],
            log_sync_interval: [-7, 7],
            log_min_pdelay_req_interval: [0, 0],
        };
        assert_eq!(good.check(), Ok(()));
        let turned = AcceptedIntervals { log_sync_interval: [1, 0], ..good };
        assert_eq!(turned.check().unwrap_err().option, "logSyncInterval to be asked for");
        let stop = AcceptedIntervals { log_announce_interval: [0, 127], ..good };
        assert_eq!(stop.check().unwrap_err().max, 7);
    }
}
