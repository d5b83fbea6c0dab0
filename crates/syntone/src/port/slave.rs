//! The slave's duties: Sync, Follow_Up, Delay_Req, Delay_Resp.

use super::path::Path;
use super::transmit::Due;
use super::{Outcome, Port, State, Timer};
use crate::counters::Discard;
use crate::delay::{Half, Stamped, SyncPoint};
use crate::instance::Instance;
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN, interval_nanos};
use crate::servo::{DelaySample, SyncSample};
use crate::wire::{DelayResp, Flags, FollowUp, Header, PortIdentity, Sync, WireTimestamp};
use syntone_hal::{Destination, Instant, TimeInterval, Timestamp};

/// After this many Sync intervals without a Sync the frequency is held.
const SYNC_RECEIPT_TIMEOUT: u64 = 8;

/// The same in nanoseconds.
pub(super) fn sync_receipt_timeout(log_sync_interval: i8) -> u64 {
    interval_nanos(log_sync_interval).saturating_mul(SYNC_RECEIPT_TIMEOUT)
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// The port follows a master.
    pub(crate) const fn is_following(&self) -> bool {
        matches!(self.ds.port_state, State::Uncalibrated | State::Slave)
    }

    /// Another master, or none: nothing that was measured holds.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn forget_path(&mut self) {
        self.pairing.clear();
        match &mut self.path {
            Path::EndToEnd(delay) => {
                delay.clear();
                self.mean_delay = None;
            }
            #[cfg(feature = "peer-to-peer")]
            Path::PeerToPeer(_, latest) | Path::Unmeasured(latest) => *latest = None,
        }
        #[cfg(feature = "hybrid-delay")]
        {
            self.parent_address = None;
        }
        #[cfg(feature = "slave-monitoring")]
        self.monitor.flush();
        self.timers.stop(Timer::DelayReq);
        self.timers.stop(Timer::SyncReceipt);
    }

    /// The clock was stepped: what is under way compares times before and after the step.
    pub(crate) fn forget_stamps(&mut self) {
        self.pairing.forget_stamps();
        match &mut self.path {
            Path::EndToEnd(delay) => delay.forget_stamps(),
            #[cfg(feature = "peer-to-peer")]
            Path::PeerToPeer(peer, latest) => {
                peer.forget_stamps();
                *latest = None;
            }
            #[cfg(feature = "peer-to-peer")]
            Path::Unmeasured(latest) => *latest = None,
        }
        #[cfg(feature = "master")]
        for message in [Due::FOLLOW_UP, Due::DELAY_RESP] {
            self.due.take(message);
        }
    }

    pub(super) fn handle_sync(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &Sync,
        stamp: Option<Timestamp>,
    ) -> Result<Outcome, Discard> {
        self.expect_parent(instance, header.source_port_identity)?;
        let stamp = stamp.filter(|_| now >= instance.settled_at).ok_or(Discard::NoStamp)?;
        if header.log_message_interval != self.peer_log_sync_interval {
            self.adopt_sync_interval(header.log_message_interval);
        }
        // t2 is so much earlier than it was stamped.
        let own = self.ds.delay_asymmetry.wrapping_add(self.ingress_latency);
        let sync = Stamped { time: stamp, correction: correction(header.correction_field)?.wrapping_add(own) };
        if header.flags.contains(Flags::TWO_STEP) {
            let point = self.pairing.take(header.sequence_id, Half::Sync, sync, &mut self.counters)?;
            return Ok(self.take_sync(now, instance, point));
        }
        let origin = stamped(body.origin_timestamp, TimeInterval::ZERO)?;
        self.pairing.one_step(header.sequence_id)?;
        Ok(self.take_sync(now, instance, Some(SyncPoint::new(&sync, &origin))))
    }

    pub(super) fn handle_follow_up(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &FollowUp,
    ) -> Result<Outcome, Discard> {
        self.expect_parent(instance, header.source_port_identity)?;
        let origin = stamped(body.precise_origin_timestamp, correction(header.correction_field)?)?;
        let point = self.pairing.take(header.sequence_id, Half::FollowUp, origin, &mut self.counters)?;
        Ok(self.take_sync(now, instance, point))
    }

    pub(super) fn handle_delay_resp(
        &mut self,
        instance: &Instance,
        header: &Header,
        body: &DelayResp,
    ) -> Result<Outcome, Discard> {
        if body.requesting_port_identity != self.ds.port_identity {
            return Err(Discard::NotForUs);
        }
        self.expect_parent(instance, header.source_port_identity)?;
        // t3 is so much later than it was stamped.
        let corrections = correction(header.correction_field)?.wrapping_add(self.egress_latency);
        let answer = stamped(body.receive_timestamp, corrections)?;
        let delay = self.path.end_to_end().ok_or(Discard::DelayMechanism)?;
        let measured = delay.answer(header.sequence_id, answer)?;
        if header.log_message_interval != self.ds.log_min_delay_req_interval {
            self.adopt_delay_req_interval(header.log_message_interval);
        }
        Ok(self.take_delay(measured))
    }

    /// t3 is known, or known to be lost.
    pub(super) fn egress_delay_req(&mut self, sequence_id: u16, stamp: Option<Timestamp>) -> Result<Outcome, Discard> {
        let delay = self.path.end_to_end().ok_or(Discard::Unmatched)?;
        let Some(stamp) = stamp else {
            delay.egress_lost(sequence_id);
            return Ok(Outcome::Nothing);
        };
        let measured = delay.egress(sequence_id, stamp)?;
        Ok(self.take_delay(measured))
    }

    /// A message could not be sent, perhaps a request: no stamp of it is waited for.
    pub(crate) fn on_send_failed(&mut self) {
        self.counters.discard(Discard::SendFailed);
        match &mut self.path {
            Path::EndToEnd(delay) => delay.unsent(self.sequences.delay_req),
            #[cfg(feature = "peer-to-peer")]
            Path::PeerToPeer(peer, _) => peer.unsent(),
            #[cfg(feature = "peer-to-peer")]
            Path::Unmeasured(_) => {}
        }
    }

    /// A Delay_Req is due: opens the exchange, so that it may be sent, and chooses when the next one is due, uniformly
    /// between 0 and twice the interval (IEEE 1588-2019 9.5.11.2).
    pub(super) fn on_delay_req(&mut self, now: Instant, instance: &mut Instance) {
        let next = self.delay_req_spacing(instance);
        self.timers.set(Timer::DelayReq, now.plus_nanos(next));
        let Some(delay) = self.path.end_to_end() else { return };
        if delay.put_off() {
            return;
        }
        self.sequences.delay_req = self.sequences.delay_req.wrapping_add(1);
        if let Some(lost) = delay.request(self.sequences.delay_req) {
            self.counters.discard(lost);
        }
        self.due.set(Due::DELAY_REQ);
    }

    /// To whom a Delay_Req goes.
    pub(super) fn destination_of_delay_req(&self) -> Destination {
        #[cfg(feature = "hybrid-delay")]
        if let Some(parent) = self.parent_address.filter(|_| self.hybrid) {
            return Destination::Unicast(parent);
        }
        Destination::PrimaryMulticast
    }

    fn delay_req_spacing(&self, instance: &mut Instance) -> u64 {
        instance.random.below(interval_nanos(self.ds.log_min_delay_req_interval).saturating_mul(2))
    }

    /// What the master says of its Syncs, unless that is out of range.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn adopt_sync_interval(&mut self, log_interval: i8) {
        if (LOG_INTERVAL_MIN..=LOG_INTERVAL_MAX).contains(&log_interval) {
            self.peer_log_sync_interval = log_interval;
            self.sync_receipt_timeout = sync_receipt_timeout(log_interval);
        }
    }

    /// The spacing that the master asks for (IEEE 1588-2019 9.5.11.2); one that is out of range is counted and not taken.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn adopt_delay_req_interval(&mut self, log_interval: i8) {
        match log_interval {
            0x7F => {}
            log if (LOG_INTERVAL_MIN..=LOG_INTERVAL_MAX).contains(&log) => self.ds.log_min_delay_req_interval = log,
            _ => self.counters.discard(Discard::Interval),
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn expect_parent(&self, instance: &Instance, sender: PortIdentity) -> Result<(), Discard> {
        if !self.is_following() {
            return Err(Discard::State);
        }
        if sender != instance.parent_ds.parent_port_identity {
            return Err(Discard::NotParent);
        }
        Ok(())
    }

    fn take_sync(&mut self, now: Instant, instance: &mut Instance, point: Option<SyncPoint>) -> Outcome {
        point.map_or(Outcome::Nothing, |point| self.take_point(now, instance, point))
    }

    /// A Sync is complete.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn take_point(&mut self, now: Instant, instance: &mut Instance, point: SyncPoint) -> Outcome {
        self.timers.set(Timer::SyncReceipt, now.plus_nanos(self.sync_receipt_timeout));
        if self.path.is_end_to_end() && !self.timers.is_running(Timer::DelayReq) {
            let first = self.delay_req_spacing(instance);
            self.timers.set(Timer::DelayReq, now.plus_nanos(first));
        }
        let measured = match &mut self.path {
            Path::EndToEnd(delay) => delay.sync(point),
            #[cfg(feature = "peer-to-peer")]
            Path::PeerToPeer(_, latest) | Path::Unmeasured(latest) => {
                *latest = Some(point);
                None
            }
        };
        let delay = self.filter_delay(measured);
        #[cfg(feature = "slave-monitoring")]
        self.monitor_sync(now, instance, &point);
        Outcome::Sync { delay }
    }

    fn take_delay(&mut self, measured: Option<TimeInterval>) -> Outcome {
        if self.filter_delay(measured) { Outcome::Delay } else { Outcome::Nothing }
    }

    /// A delay exchange is complete, if there is one; says so.
    fn filter_delay(&mut self, measured: Option<TimeInterval>) -> bool {
        let (Some(measured), Some(delay)) = (measured, self.path.end_to_end()) else { return false };
        self.measured_delay = measured;
        self.mean_delay = Some(delay.filter(measured));
        true
    }

    /// The newest Sync, as the servo wants it.
    pub(crate) fn sync_sample(&self, now: Instant) -> Option<SyncSample> {
        let &SyncPoint { ingress, difference } = self.path.latest_sync()?;
        Some(SyncSample {
            at: now,
            ingress,
            difference_nanos: difference.whole_nanos(),
            correction: difference.rest(),
            mean_delay: self.mean_delay,
            log_sync_interval: self.peer_log_sync_interval,
        })
    }

    /// The newest delay exchange, as the servo wants it.
    pub(crate) fn delay_sample(&self, now: Instant) -> Option<DelaySample> {
        let (egress, difference_nanos, correction) = match &self.path {
            Path::EndToEnd(delay) => {
                let (egress, backward) = delay.backward()?;
                (egress, backward.whole_nanos(), backward.rest())
            }
            #[cfg(feature = "peer-to-peer")]
            Path::PeerToPeer(peer, _) => (peer.requested_at()?, 0, TimeInterval::ZERO),
            #[cfg(feature = "peer-to-peer")]
            Path::Unmeasured(_) => return None,
        };
        Some(DelaySample { at: now, egress, difference_nanos, correction, mean_path_delay: self.measured_delay })
    }
}

/// correctionField, refused where it is beyond half an hour: no network delays a message for so long, and a value that is
/// too large to be represented is sent as the largest (IEEE 1588-2019 13.3.2.9).
pub(super) fn correction(field: TimeInterval) -> Result<TimeInterval, Discard> {
    const LIMIT: i64 = 1 << 57;
    let in_range = (LIMIT.wrapping_neg()..LIMIT).contains(&field.scaled());
    if in_range { Ok(field) } else { Err(Discard::InvalidTime) }
}

/// A time from the wire, refused where it is none.
pub(super) fn stamped(wire: WireTimestamp, correction: TimeInterval) -> Result<Stamped, Discard> {
    let time = Timestamp::try_from(wire).map_err(|_| Discard::InvalidTime)?;
    Ok(Stamped { time, correction })
}
