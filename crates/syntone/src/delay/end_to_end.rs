//! The delay request-response mechanism (IEEE 1588-2019 11.3).

use super::{Difference, Stamped};
use crate::counters::Discard;
use crate::servo::MedianFilter;
use syntone_hal::{TimeInterval, Timestamp};

/// A Sync whose both times are known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SyncPoint {
    /// t2 as it was stamped.
    pub(crate) ingress: Timestamp,
    /// t2 − t1 − corrections.
    pub(crate) difference: Difference,
}

impl SyncPoint {
    /// From t2, t1 and the corrections of both.
    pub(crate) fn new(sync: &Stamped, origin: &Stamped) -> Self {
        let difference = Difference::between(sync.time, origin.time, sync.correction.wrapping_add(origin.correction));
        Self { ingress: sync.time, difference }
    }
}

/// Exchanges in the moving median of the path delay.
const DELAY_WINDOW: usize = 16;

/// So many requests are put off for an egress stamp that does not come.
const PATIENCE: u8 = 2;

/// One exchange of Delay_Req and Delay_Resp, weighed against the Syncs before and after it.
///
/// The forward difference at the moment of the Delay_Req is interpolated between the Sync before and the Sync after, so
/// a slave whose frequency is still wrong measures the delay as well as one that is locked.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndToEnd {
    known: Known,
    /// Requests that were put off since it was opened.
    put_off: u8,
    sequence_id: u16,
    /// The newest Sync.
    latest: SyncPoint,
    before: SyncPoint,
    after: SyncPoint,
    /// t3 as it was stamped.
    egress: Timestamp,
    /// t4.
    answer: Stamped,
    filter: MedianFilter<DELAY_WINDOW>,
}

/// Which of the values beside it are there, in one octet, so that one comparison tells whether all are.
#[derive(Clone, Copy, Debug, Default)]
struct Known(u8);

impl Known {
    /// The exchange waits for something; else it is complete, or there was none yet.
    const OPEN: u8 = 1;
    const EGRESS: u8 = 2;
    const ANSWER: u8 = 4;
    const AFTER: u8 = 8;
    const LATEST: u8 = 16;
    /// All but the Sync behind it.
    const OPEN_FOR_SYNC: u8 = Self::OPEN | Self::EGRESS | Self::ANSWER;
    const ALL: u8 = Self::OPEN_FOR_SYNC | Self::AFTER;

    const fn has(self, what: u8) -> bool {
        self.0 & what == what
    }

    const fn add(&mut self, what: u8) {
        self.0 |= what;
    }

    const fn remove(&mut self, what: u8) {
        self.0 &= !what;
    }
}

impl EndToEnd {
    /// Forgets everything: another master.
    pub(crate) fn clear(&mut self) {
        self.forget_stamps();
        self.filter.clear();
    }

    /// The clock was stepped: what is under way compares times before and after the step.
    pub(crate) const fn forget_stamps(&mut self) {
        self.known.remove(Known::LATEST | Known::OPEN);
    }

    /// The newest Sync.
    pub(crate) const fn latest(&self) -> Option<&SyncPoint> {
        if self.known.has(Known::LATEST) { Some(&self.latest) } else { None }
    }

    /// Takes what an exchange measured; gives the median of the last ones.
    #[inline]
    pub(crate) fn filter(&mut self, measured: TimeInterval) -> TimeInterval {
        self.filter.push(measured)
    }

    /// Whether the next request is better put off, because the egress stamp of the last one may still come: drivers may need
    /// longer for it than the interval of requests.
    pub(crate) fn put_off(&mut self) -> bool {
        let waits = self.is_open_without(Known::EGRESS) && self.put_off < PATIENCE;
        self.put_off = if waits { self.put_off.wrapping_add(1) } else { 0 };
        waits
    }

    /// The egress stamp of that request will not come: nothing is put off for it any more.
    pub(crate) fn egress_lost(&mut self, sequence_id: u16) {
        if self.sequence_id == sequence_id {
            self.put_off = PATIENCE;
        }
    }

    /// That request was not sent.
    pub(crate) fn unsent(&mut self, sequence_id: u16) {
        if self.sequence_id == sequence_id {
            self.known.remove(Known::OPEN);
        }
    }

    /// Opens an exchange: a Delay_Req is about to leave. None before the first Sync. Says whether an older exchange was
    /// still open, and what it lacked. One that only lacks the next Sync is complete.
    pub(crate) fn request(&mut self, sequence_id: u16) -> Option<Discard> {
        let lost = if self.is_open_without(Known::EGRESS) {
            Some(Discard::EgressStampLost)
        } else if self.is_open_without(Known::ANSWER) {
            Some(Discard::Unanswered)
        } else {
            None
        };
        self.known.remove(Known::OPEN);
        if self.known.has(Known::LATEST) {
            self.known = Known(Known::LATEST | Known::OPEN);
            self.sequence_id = sequence_id;
            self.before = self.latest;
        }
        lost
    }

    /// Takes t3, the egress time of the Delay_Req. Gives meanPathDelay if the exchange is complete now.
    pub(crate) fn egress(&mut self, sequence_id: u16, egress: Timestamp) -> Result<Option<TimeInterval>, Discard> {
        self.check(sequence_id, Known::EGRESS)?;
        self.egress = egress;
        self.known.add(Known::EGRESS);
        Ok(self.complete())
    }

    /// Takes t4, from the Delay_Resp. Gives meanPathDelay if the exchange is complete now.
    pub(crate) fn answer(&mut self, sequence_id: u16, answer: Stamped) -> Result<Option<TimeInterval>, Discard> {
        self.check(sequence_id, Known::ANSWER)?;
        self.answer = answer;
        self.known.add(Known::ANSWER);
        Ok(self.complete())
    }

    /// As [`Self::answer`] where the next Sync is still to come. `None`, and nothing has changed, if that is not so.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) fn keep_answer(&mut self, sequence_id: u16, answer: Stamped) -> Option<()> {
        let waits = self.known.0 & (Known::OPEN | Known::ANSWER | Known::AFTER) == Known::OPEN;
        if !waits || self.sequence_id != sequence_id {
            return None;
        }
        self.answer = answer;
        self.known.add(Known::ANSWER);
        Some(())
    }

    /// Takes a Sync. Gives meanPathDelay if the exchange waited for it.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn sync(&mut self, point: SyncPoint) -> Option<TimeInterval> {
        self.latest = point;
        self.known.add(Known::LATEST);
        // As usual: the exchange lacks this Sync alone.
        if cfg!(target_pointer_width = "64")
            && self.known.0 & Known::ALL == Known::OPEN_FOR_SYNC
            && !is_before(point.ingress, self.egress)
        {
            return self.measure(&point);
        }
        self.place()
    }

    /// Takes the newest Sync to its place before or behind the exchange.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn place(&mut self) -> Option<TimeInterval> {
        if self.known.has(Known::EGRESS) && is_before(self.latest.ingress, self.egress) {
            self.before = self.latest;
        } else if !self.known.has(Known::AFTER) {
            self.after = self.latest;
            self.known.add(Known::AFTER);
        }
        self.complete()
    }

    /// t3 and t4 − t3 − corrections of the exchange that was completed last.
    #[inline]
    pub(crate) fn backward(&self) -> Option<(Timestamp, Difference)> {
        if !self.known.has(Known::EGRESS | Known::ANSWER) {
            return None;
        }
        Some((self.egress, Difference::between(self.answer.time, self.egress, self.answer.correction)))
    }

    const fn check(&self, sequence_id: u16, what: u8) -> Result<(), Discard> {
        if !self.known.has(Known::OPEN) || self.sequence_id != sequence_id {
            return Err(Discard::Unmatched);
        }
        if self.known.has(what) { Err(Discard::Duplicate) } else { Ok(()) }
    }

    const fn is_open_without(&self, what: u8) -> bool {
        self.known.has(Known::OPEN) && !self.known.has(what)
    }

    /// meanPathDelay of this exchange alone, if it has all that it needs.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn complete(&mut self) -> Option<TimeInterval> {
        if !self.known.has(Known::ALL) {
            return None;
        }
        let after = self.after;
        if is_before(after.ingress, self.egress) {
            // It came in before the stamp of the Delay_Req was known, but was received before the Delay_Req left.
            self.before = after;
            self.known.remove(Known::AFTER);
            return None;
        }
        self.measure(&after)
    }

    /// meanPathDelay with the Sync behind the exchange; noise can make it negative on a short path. No path is longer than a
    /// second, satellites included: a delay beyond has seen the master's clock jump on the way and is none.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn measure(&mut self, after: &SyncPoint) -> Option<TimeInterval> {
        self.known.remove(Known::OPEN);
        let backward = Difference::between(self.answer.time, self.egress, self.answer.correction);
        let delay = interpolate(&self.before, after, self.egress).plus(backward).half();
        // Within 1.07 s either way; asked of the upper half alone, as that is short.
        matches!(delay.scaled() >> 46, 0 | -1).then_some(delay)
    }
}

fn is_before(a: Timestamp, b: Timestamp) -> bool {
    a.nanos_since(b) < 0
}

/// The forward difference at `moment` on the straight line through two Syncs.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn interpolate(before: &SyncPoint, after: &SyncPoint, moment: Timestamp) -> Difference {
    // In units of 2^8 ns, and 0 beyond 18 minutes. 16 bits of the span are enough for a weight that is right to 2^-15; so
    // 32-bit division does.
    let narrow = |moment: Timestamp| u32::try_from(moment.nanos_since(before.ingress) >> 8).unwrap_or(0);
    let span = narrow(after.ingress);
    let shift = (((span >> 16) << 1) | 1).ilog2();
    let part = narrow(moment).min(span) >> shift;
    let weight = (part << 16).checked_div(span >> shift).unwrap_or(0);
    before.difference.moved(after.difference.minus(before.difference).scaled_by(weight))
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

        fn answer(&self, sent: i64) -> Stamped {
            Stamped { time: Timestamp::from_nanos((sent + self.delay).unsigned_abs()), correction: TimeInterval::ZERO }
        }
    }

    const SECOND: i64 = 1_000_000_000;

    fn delay_error(measured: Option<TimeInterval>, path: &Path) -> i64 {
        measured.expect("complete").nanos() - path.delay
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

    /// As a boundary clock's does when it finds its grandmaster.
    #[test]
    fn an_exchange_in_which_the_masters_clock_jumps_measures_nothing() {
        for jump in [-1_000_000 * SECOND, -10 * SECOND, 10 * SECOND, 1_000_000 * SECOND] {
            let path = Path { offset: 2_000_000 * SECOND, ppm: 0, delay: 1_000 };
            let jumped = Path { offset: path.offset - jump, ..path };
            let mut delay = EndToEnd::default();
            let sent = SECOND + SECOND / 2;
            delay.sync(path.sync(SECOND));
            delay.request(1);
            assert_eq!(delay.egress(1, path.slave(sent)), Ok(None));
            assert_eq!(delay.answer(1, Stamped { time: path.answer(sent + jump).time, ..path.answer(0) }), Ok(None));
            let after = SyncPoint { ingress: path.sync(2 * SECOND).ingress, ..jumped.sync(2 * SECOND) };
            assert_eq!(delay.sync(after), None, "{jump}");
        }
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
    fn requests_are_put_off_for_a_while_for_a_stamp_that_may_still_come() {
        let path = Path { offset: 0, ppm: 0, delay: 1 };
        let mut delay = EndToEnd::default();
        delay.sync(path.sync(SECOND));
        assert!(!delay.put_off());
        delay.request(1);
        assert!(delay.put_off());
        assert!(delay.put_off());
        assert!(!delay.put_off(), "it will not come any more");
        delay.request(2);
        assert!(delay.put_off());
        delay.egress_lost(1);
        assert!(delay.put_off());
        delay.egress_lost(2);
        assert!(!delay.put_off(), "it was told that it will not come");
        delay.request(3);
        delay.egress(3, path.slave(SECOND)).expect("matches");
        assert!(!delay.put_off(), "only the answer is missing");
    }

    #[test]
    fn nothing_is_requested_before_the_first_sync() {
        let mut delay = EndToEnd::default();
        delay.request(1);
        assert_eq!(delay.egress(1, Timestamp::ZERO), Err(Discard::Unmatched));
    }
}
