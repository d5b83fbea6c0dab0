//! What a slave hears all the time, by code of its own where registers are many and memory is too: it takes half the
//! instructions.
//!
//! Each of these functions takes a message that brings nothing but what it was sent for. Where anything is otherwise, it changes
//! nothing and says so; then [`Port::receive`] takes the message, which knows all cases and counts what is wrong.

use super::slave::{correction, stamped};
use super::{Outcome, Port};
use crate::delay::Stamped;
use crate::instance::Instance;
use crate::wire::{DelayResp, Flags, FollowUp, MessageBody, RawHeader, Sync, checked};
use syntone_hal::{Instant, Received};

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Takes a two-step Sync whose Follow_Up is still to come.
    #[inline(always)]
    pub(crate) fn take_usual_sync(
        &mut self,
        now: Instant,
        instance: &Instance,
        received: &Received,
        octets: &[u8],
    ) -> Option<()> {
        let (header, _) = self.usual::<Sync>(instance, octets)?;
        let time = received.stamp.filter(|_| now >= instance.settled_at)?;
        let correction = correction(header.correction_field()).ok()?;
        if header.log_message_interval() != self.peer_log_sync_interval || !header.flags().contains(Flags::TWO_STEP) {
            return None;
        }
        let own = self.ds.delay_asymmetry.wrapping_add(self.ingress_latency);
        self.pairing.keep_sync(header.sequence_id(), Stamped { time, correction: correction.wrapping_add(own) })?;
        #[cfg(feature = "hybrid-delay")]
        {
            self.parent_address = received.source;
        }
        self.counters.count_received(Sync::MESSAGE_TYPE);
        Some(())
    }

    /// Takes a Follow_Up whose Sync has come.
    #[inline(always)]
    pub(crate) fn take_usual_follow_up(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        octets: &[u8],
    ) -> Option<Outcome> {
        let (header, body) = self.usual::<FollowUp>(instance, octets)?;
        let correction = correction(header.correction_field()).ok()?;
        let origin = stamped(body.precise_origin_timestamp, correction).ok()?;
        let point = self.pairing.complete_sync(header.sequence_id(), &origin)?;
        let outcome = self.take_point(now, instance, point);
        self.counters.count_received(FollowUp::MESSAGE_TYPE);
        Some(outcome)
    }

    /// Takes a Delay_Resp before the next Sync, with which the exchange will be complete.
    #[inline(always)]
    pub(crate) fn take_usual_delay_resp(&mut self, instance: &Instance, octets: &[u8]) -> Option<()> {
        let (header, body) = self.usual::<DelayResp>(instance, octets)?;
        if body.requesting_port_identity != self.ds.port_identity
            || header.log_message_interval() != self.ds.log_min_delay_req_interval
        {
            return None;
        }
        let corrections = correction(header.correction_field()).ok()?.wrapping_add(self.egress_latency);
        let answer = stamped(body.receive_timestamp, corrections).ok()?;
        self.path.end_to_end()?.keep_answer(header.sequence_id(), answer)?;
        self.counters.count_received(DelayResp::MESSAGE_TYPE);
        Some(())
    }

    /// Header and body of a message of the parent.
    #[inline(always)]
    fn usual<'a, B: MessageBody>(&self, instance: &Instance, octets: &'a [u8]) -> Option<(RawHeader<'a>, B)> {
        let (header, content) = RawHeader::screened(B::MESSAGE_TYPE, octets)?;
        let sender = header.source_port_identity();
        self.expect_parent(instance, sender).ok()?;
        if sender.clock_identity == instance.default_ds.clock_identity {
            return None;
        }
        #[cfg(feature = "peer-to-peer")]
        self.check_delay_mechanism(B::MESSAGE_TYPE).ok()?;
        let (body, _) = checked(content)?;
        Some((header, body))
    }
}
