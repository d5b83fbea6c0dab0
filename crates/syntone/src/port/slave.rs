//! The slave's duties: Sync, Follow_Up, Delay_Req, Delay_Resp.

use super::{Outcome, Port, State, Timer};
use crate::counters::Discard;
use crate::delay::{Answer, DelayMeasurement, Difference, FollowUpPart, Paired, SyncPart, SyncPoint};
use crate::instance::Instance;
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN, interval_nanos};
use crate::servo::{DelaySample, SyncSample};
use crate::wire::{DelayResp, Flags, FollowUp, Header, Sync, WireTimestamp};
use syntone_hal::{Instant, Timestamp};

/// After this many Sync intervals without a Sync the frequency is held.
const SYNC_RECEIPT_TIMEOUT: u64 = 8;

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// The port follows a master.
    pub(crate) const fn is_following(&self) -> bool {
        matches!(self.ds.port_state, State::Uncalibrated | State::Slave)
    }

    /// Another master, or none: nothing that was measured holds.
    pub(super) fn forget_path(&mut self) {
        self.pairing.clear();
        self.delay.clear();
        self.filter.clear();
        self.mean_delay = None;
        self.timers.stop(Timer::DelayReq);
        self.timers.stop(Timer::SyncReceipt);
    }

    /// The clock was stepped: what is under way compares times before and after the step.
    pub(crate) fn forget_stamps(&mut self) {
        self.pairing.forget_stamps();
        self.delay.clear();
        #[cfg(feature = "master")]
        self.master.forget_stamps();
    }

    pub(super) fn handle_sync(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &Sync,
        stamp: Option<Timestamp>,
    ) -> Result<Outcome, Discard> {
        self.expect_parent(instance, header)?;
        let stamp = stamp.filter(|_| now >= instance.settled_at).ok_or(Discard::NoStamp)?;
        if (LOG_INTERVAL_MIN..=LOG_INTERVAL_MAX).contains(&header.log_message_interval) {
            self.peer_log_sync_interval = header.log_message_interval;
        }
        let part = SyncPart {
            ingress: stamp - self.ingress_latency,
            correction: header.correction_field + self.ds.delay_asymmetry,
        };
        if header.flags.contains(Flags::TWO_STEP) {
            let paired = self.pairing.sync(header.sequence_id, part)?;
            return Ok(self.take_pair(now, instance, &paired));
        }
        let origin = time_of(body.origin_timestamp)?;
        self.pairing.one_step(header.sequence_id)?;
        let follow_up = FollowUpPart { origin, correction: syntone_hal::TimeInterval::ZERO };
        Ok(self.take_sync(now, instance, part, follow_up))
    }

    pub(super) fn handle_follow_up(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &FollowUp,
    ) -> Result<Outcome, Discard> {
        self.expect_parent(instance, header)?;
        let origin = time_of(body.precise_origin_timestamp)?;
        let part = FollowUpPart { origin, correction: header.correction_field };
        let paired = self.pairing.follow_up(header.sequence_id, part)?;
        Ok(self.take_pair(now, instance, &paired))
    }

    pub(super) fn handle_delay_resp(
        &mut self,
        now: Instant,
        instance: &Instance,
        header: &Header,
        body: &DelayResp,
    ) -> Result<Outcome, Discard> {
        if body.requesting_port_identity != self.ds.port_identity {
            return Err(Discard::NotForUs);
        }
        self.expect_parent(instance, header)?;
        let receive = time_of(body.receive_timestamp)?;
        let answer = Answer { receive, correction: header.correction_field };
        let measured = self.delay.answer(header.sequence_id, answer)?;
        self.adopt_delay_req_interval(header);
        Ok(self.take_delay(now, measured))
    }

    /// t3 is known.
    pub(super) fn egress_delay_req(
        &mut self,
        now: Instant,
        sequence_id: u16,
        stamp: Timestamp,
    ) -> Result<Outcome, Discard> {
        let measured = self.delay.egress(sequence_id, stamp + self.egress_latency)?;
        Ok(self.take_delay(now, measured))
    }

    /// A Delay_Req is due: opens the exchange, so that it may be sent, and chooses when the next one is due, uniformly
    /// between 0 and twice the interval (IEEE 1588-2019 9.5.11.2).
    pub(super) fn on_delay_req(&mut self, now: Instant, instance: &mut Instance) {
        let next = self.delay_req_spacing(instance);
        self.timers.set(Timer::DelayReq, now.plus_nanos(next));
        self.sequences.delay_req = self.sequences.delay_req.wrapping_add(1);
        if let Some(lost) = self.delay.request(self.sequences.delay_req) {
            self.counters.discard(lost);
        }
        self.due.delay_req = true;
    }

    fn delay_req_spacing(&self, instance: &mut Instance) -> u64 {
        instance.random.below(interval_nanos(self.ds.log_min_delay_req_interval).saturating_mul(2))
    }

    /// The spacing that the master asks for (IEEE 1588-2019 9.5.11.2); one that is out of range is counted and not taken.
    fn adopt_delay_req_interval(&mut self, header: &Header) {
        match header.log_message_interval {
            0x7F => {}
            log if (LOG_INTERVAL_MIN..=LOG_INTERVAL_MAX).contains(&log) => self.ds.log_min_delay_req_interval = log,
            _ => self.counters.discard(Discard::Interval),
        }
    }

    fn expect_parent(&self, instance: &Instance, header: &Header) -> Result<(), Discard> {
        if !self.is_following() {
            return Err(Discard::State);
        }
        if header.source_port_identity != instance.parent_ds.parent_port_identity {
            return Err(Discard::NotParent);
        }
        Ok(())
    }

    fn take_pair(&mut self, now: Instant, instance: &mut Instance, paired: &Paired) -> Outcome {
        if paired.lost {
            self.counters.discard(Discard::Incomplete);
        }
        match paired.pair {
            Some((sync, follow_up)) => self.take_sync(now, instance, sync, follow_up),
            None => Outcome::Nothing,
        }
    }

    fn take_sync(&mut self, now: Instant, instance: &mut Instance, sync: SyncPart, follow_up: FollowUpPart) -> Outcome {
        let correction = sync.correction + follow_up.correction;
        let difference = Difference::between(sync.ingress, follow_up.origin, correction);
        let timeout = interval_nanos(self.peer_log_sync_interval).saturating_mul(SYNC_RECEIPT_TIMEOUT);
        self.timers.set(Timer::SyncReceipt, now.plus_nanos(timeout));
        if !self.timers.is_running(Timer::DelayReq) {
            let first = self.delay_req_spacing(instance);
            self.timers.set(Timer::DelayReq, now.plus_nanos(first));
        }
        let measured = self.delay.sync(SyncPoint { ingress: sync.ingress, difference });
        let delay = measured.map(|measured| self.filter_delay(now, measured));
        let sync = SyncSample {
            at: now,
            ingress: sync.ingress,
            difference_nanos: difference.whole_nanos(),
            correction: difference.rest(),
            mean_delay: self.mean_delay,
            log_sync_interval: self.peer_log_sync_interval,
        };
        Outcome::Sync { sync, delay }
    }

    fn take_delay(&mut self, now: Instant, measured: Option<DelayMeasurement>) -> Outcome {
        match measured {
            Some(measured) => Outcome::Delay(self.filter_delay(now, measured)),
            None => Outcome::Nothing,
        }
    }

    fn filter_delay(&mut self, now: Instant, measured: DelayMeasurement) -> DelaySample {
        let DelayMeasurement { mean_path_delay, egress, backward } = measured;
        self.mean_delay = Some(self.filter.push(mean_path_delay));
        DelaySample {
            at: now,
            egress,
            difference_nanos: backward.whole_nanos(),
            correction: backward.rest(),
            mean_path_delay,
        }
    }
}

/// A time from the wire, refused where it is none.
fn time_of(wire: WireTimestamp) -> Result<Timestamp, Discard> {
    Timestamp::try_from(wire).map_err(|_| Discard::InvalidTime)
}
