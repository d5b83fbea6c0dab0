//! The delay request-response mechanism (IEEE 1588-2019 11.3).

use super::Difference;
use crate::counters::Discard;
use syntone_hal::{TimeInterval, Timestamp};

/// A Sync whose both times are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SyncPoint {
    /// t2, corrected for latency.
    pub(crate) ingress: Timestamp,
    /// t2 − t1 − corrections.
    pub(crate) difference: Difference,
}

/// What a Delay_Resp brings: t4 and its correction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) receive: Timestamp,
    pub(crate) correction: TimeInterval,
}

/// One exchange of Delay_Req and Delay_Resp, weighed against the Syncs before and after it.
///
/// The forward difference at the moment of the Delay_Req is interpolated between the Sync before and the Sync after, so
/// a slave whose frequency is still wrong measures the delay as well as one that is locked.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndToEnd {
    exchange: Option<Exchange>,
    latest: Option<SyncPoint>,
}

#[derive(Clone, Debug)]
struct Exchange {
    sequence_id: u16,
    before: SyncPoint,
    after: Option<SyncPoint>,
    egress: Option<Timestamp>,
    answer: Option<Answer>,
}

impl EndToEnd {
    /// Forgets everything: another master.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Opens an exchange: a Delay_Req is about to leave. `None` before the first Sync. Says whether an older exchange was
    /// still open, and what it lacked.
    pub(crate) fn request(&mut self, sequence_id: u16) -> Option<Discard> {
        let lost = self.exchange.as_ref().and_then(|old| match (old.egress, old.answer) {
            (None, _) => Some(Discard::EgressStampLost),
            (Some(_), None) => Some(Discard::Unanswered),
            // Complete, it only lacks the next Sync.
            (Some(_), Some(_)) => None,
        });
        self.exchange =
            self.latest.map(|before| Exchange { sequence_id, before, after: None, egress: None, answer: None });
        lost
    }

    /// t3, the egress time of the Delay_Req.
    pub(crate) fn egress(&mut self, sequence_id: u16, egress: Timestamp) -> Result<Option<DelayMeasurement>, Discard> {
        let exchange = self.open(sequence_id)?;
        if exchange.egress.is_some() {
            return Err(Discard::Duplicate);
        }
        exchange.egress = Some(egress);
        Ok(self.complete())
    }

    /// t4, from the Delay_Resp.
    pub(crate) fn answer(&mut self, sequence_id: u16, answer: Answer) -> Result<Option<DelayMeasurement>, Discard> {
        let exchange = self.open(sequence_id)?;
        if exchange.answer.is_some() {
            return Err(Discard::Duplicate);
        }
        exchange.answer = Some(answer);
        Ok(self.complete())
    }

    /// A Sync is complete. Completes the open exchange if that waited for it.
    pub(crate) fn sync(&mut self, point: SyncPoint) -> Option<DelayMeasurement> {
        self.latest = Some(point);
        if let Some(exchange) = &mut self.exchange {
            if exchange.egress.is_some_and(|egress| point.ingress < egress) {
                exchange.before = point;
            } else if exchange.after.is_none() {
                exchange.after = Some(point);
            }
        }
        self.complete()
    }

    fn open(&mut self, sequence_id: u16) -> Result<&mut Exchange, Discard> {
        match &mut self.exchange {
            Some(exchange) if exchange.sequence_id == sequence_id => Ok(exchange),
            _ => Err(Discard::Unmatched),
        }
    }

    fn complete(&mut self) -> Option<DelayMeasurement> {
        let exchange = self.exchange.as_mut()?;
        let (egress, answer, after) = (exchange.egress?, exchange.answer?, exchange.after?);
        if after.ingress < egress {
            // It came in before the stamp of the Delay_Req was known, but was received before the Delay_Req left.
            exchange.before = after;
            exchange.after = None;
            return None;
        }
        let forward = interpolate(&exchange.before, &after, egress);
        let backward = Difference::between(answer.receive, egress, answer.correction);
        self.exchange = None;
        Some(DelayMeasurement { mean_path_delay: forward.plus(backward).half(), egress, backward })
    }
}

/// The result of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DelayMeasurement {
    /// meanPathDelay of this exchange alone; noise can make it negative on a short path.
    pub(crate) mean_path_delay: TimeInterval,
    /// t3.
    pub(crate) egress: Timestamp,
    /// t4 − t3 − corrections.
    pub(crate) backward: Difference,
}

/// The forward difference at `moment` on the straight line through two Syncs.
fn interpolate(before: &SyncPoint, after: &SyncPoint, moment: Timestamp) -> Difference {
    let span = u64::try_from(after.ingress.nanos_since(before.ingress)).unwrap_or(0);
    let part = u64::try_from(moment.nanos_since(before.ingress)).unwrap_or(0).min(span);
    // 16 bits of the span are enough for a weight that is right to 2^-15; so 32-bit division does.
    let shift = 48_u32.saturating_sub(span.leading_zeros());
    let narrow = |nanos: u64| u32::try_from(nanos >> shift.min(63)).unwrap_or(0);
    let weight = (narrow(part) << 16).checked_div(narrow(span)).unwrap_or(0);
    let change = after.difference.minus(before.difference).scaled();
    let share = change.saturating_mul(i64::from(weight)) >> 16;
    before.difference.moved(TimeInterval::from_scaled(share))
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;

    /// A master and a slave whose clock is `offset` ns ahead at 0 and gains `ppm`, over a path of `delay` ns.
    struct Path {
        offset: i64,
        ppm: i64,
        delay: i64,
    }

    impl Path {
        fn slave(&self, true_time: i64) -> Timestamp {
            Timestamp::from_nanos((true_time + self.offset + true_time * self.ppm / 1_000_000).unsigned_abs())
        }

        fn sync(&self, sent: i64) -> SyncPoint {
            let ingress = self.slave(sent + self.delay);
            let origin = Timestamp::from_nanos(sent.unsigned_abs());
            SyncPoint { ingress, difference: Difference::between(ingress, origin, TimeInterval::ZERO) }
        }

        fn answer(&self, sent: i64) -> Answer {
            Answer {
                receive: Timestamp::from_nanos((sent + self.delay).unsigned_abs()),
                correction: TimeInterval::ZERO,
            }
        }
    }

    const SECOND: i64 = 1_000_000_000;

    fn delay_error(measurement: Option<DelayMeasurement>, path: &Path) -> i64 {
        measurement.expect("complete").mean_path_delay.nanos() - path.delay
    }

    #[test]
    fn the_delay_is_right_although_the_frequency_is_wrong() {
        let path = Path { offset: 10 * SECOND, ppm: 20, delay: 500_000 };
        let mut delay = EndToEnd::default();
        assert_eq!(delay.sync(path.sync(SECOND)), None);
        assert_eq!(delay.request(1), None);
        // 0.7 s after the Sync a slave that is 20 ppm fast would measure 7 µs too little.
        let sent = SECOND + 700_000_000;
        assert_eq!(delay.egress(1, path.slave(sent)), Ok(None));
        assert_eq!(delay.answer(1, path.answer(sent)), Ok(None));
        let error = delay_error(delay.sync(path.sync(2 * SECOND)), &path);
        assert!(error.abs() <= 1, "{error} ns");
    }

    #[test]
    fn the_answer_may_come_before_the_stamp_and_after_the_next_sync() {
        let path = Path { offset: -5, ppm: 0, delay: 1000 };
        let mut delay = EndToEnd::default();
        delay.sync(path.sync(SECOND));
        delay.request(9);
        assert_eq!(delay.answer(9, path.answer(SECOND + 500)), Ok(None));
        assert_eq!(delay.sync(path.sync(2 * SECOND)), None);
        let done = delay.egress(9, path.slave(SECOND + 500)).expect("matches");
        assert_eq!(delay_error(done, &path), 0);
    }

    #[test]
    fn a_sync_that_was_received_before_the_request_left_is_not_the_one_after() {
        let path = Path { offset: 0, ppm: 100, delay: 1000 };
        let mut delay = EndToEnd::default();
        delay.sync(path.sync(SECOND));
        delay.request(1);
        // The next Sync is handled before the stamp of the request, which left 0.2 s later, is known.
        delay.sync(path.sync(2 * SECOND));
        let sent = 2 * SECOND + 200_000_000;
        delay.egress(1, path.slave(sent)).expect("matches");
        assert_eq!(delay.answer(1, path.answer(sent)), Ok(None));
        let error = delay_error(delay.sync(path.sync(3 * SECOND)), &path);
        assert!(error.abs() <= 2, "{error} ns");
    }

    #[test]
    fn what_an_unfinished_exchange_lacked_is_told() {
        let path = Path { offset: 0, ppm: 0, delay: 1 };
        let mut delay = EndToEnd::default();
        delay.sync(path.sync(SECOND));
        assert_eq!(delay.request(1), None);
        assert_eq!(delay.request(2), Some(Discard::EgressStampLost));
        delay.egress(2, path.slave(SECOND)).expect("matches");
        assert_eq!(delay.egress(2, path.slave(SECOND)), Err(Discard::Duplicate));
        assert_eq!(delay.request(3), Some(Discard::Unanswered));
        assert_eq!(delay.answer(2, path.answer(SECOND)), Err(Discard::Unmatched));
    }

    #[test]
    fn nothing_is_requested_before_the_first_sync() {
        let mut delay = EndToEnd::default();
        delay.request(1);
        assert_eq!(delay.egress(1, Timestamp::ZERO), Err(Discard::Unmatched));
    }
}
