//! The master's duties: Announce, Sync and Follow_Up, Delay_Resp.

#[cfg(not(feature = "alternate-masters"))]
use super::State;
use super::transmit::Due;
use super::{Outcome, Port, Timer};
use crate::counters::Discard;
#[cfg(not(feature = "alternate-masters"))]
use crate::datasets::{ParentDs, TimePropertiesDs};
use crate::instance::Instance;
use crate::interval::interval_nanos;
use crate::wire::{Flags, Header, PortIdentity};
use syntone_hal::{Address, Destination, Instant, Received, TimeInterval, Timestamp};

/// What a master port has still to send; [`Due`] says which of it.
#[derive(Debug, Default)]
pub(crate) struct Master {
    /// A Sync left and its time is known.
    pub(super) follow_up: PendingFollowUp,
    /// A Delay_Req came in.
    pub(super) delay_resp: PendingDelayResp,
    /// The newest Sync whose Follow_Up was made.
    done: u16,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PendingFollowUp {
    pub(super) sequence_id: u16,
    pub(super) origin: Timestamp,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PendingDelayResp {
    pub(super) sequence_id: u16,
    pub(super) receive: Timestamp,
    pub(super) correction: TimeInterval,
    pub(super) requesting_port_identity: PortIdentity,
    /// Where the answer goes if the request was unicast.
    pub(super) unicast: Option<Address>,
}

impl PendingDelayResp {
    pub(super) fn destination(&self) -> Destination {
        self.unicast.map_or(Destination::PrimaryMulticast, Destination::Unicast)
    }
}

/// An egress stamp of a Sync that is this many Syncs old is of no use any more.
const FOLLOW_UP_WINDOW: u16 = 16;

impl Master {
    /// The port becomes master.
    pub(super) const fn start(&mut self, last_sync: u16) {
        self.done = last_sync;
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// The egress stamp of a Sync: its Follow_Up can be sent. Those between the last one and this must go without.
    pub(super) fn egress_sync(&mut self, sequence_id: u16, stamp: Timestamp) -> Result<Outcome, Discard> {
        let age = self.sequences.sync.wrapping_sub(sequence_id);
        let open = self.sequences.sync.wrapping_sub(self.master.done);
        if !self.serves() || age >= FOLLOW_UP_WINDOW || age >= open {
            return Err(Discard::Unmatched);
        }
        for _ in age.saturating_add(1)..open {
            self.counters.discard(Discard::EgressStampLost);
        }
        let origin = stamp + self.egress_latency;
        self.master.follow_up = PendingFollowUp { sequence_id, origin };
        if self.due.set(Due::FOLLOW_UP) {
            return Err(Discard::NotDrained);
        }
        self.master.done = sequence_id;
        Ok(Outcome::Nothing)
    }

    /// IEEE 1588-2019 11.3.2: t4 goes back in a Delay_Resp, with what the way has added to correctionField.
    pub(super) fn handle_delay_req(
        &mut self,
        now: Instant,
        instance: &Instance,
        header: &Header,
        received: &Received,
    ) -> Result<Outcome, Discard> {
        if !self.serves() {
            return Err(Discard::State);
        }
        let stamp = received.stamp.filter(|_| now >= instance.settled_at).ok_or(Discard::NoStamp)?;
        self.master.delay_resp = PendingDelayResp {
            sequence_id: header.sequence_id,
            receive: stamp - self.ingress_latency,
            correction: header.correction_field,
            requesting_port_identity: header.source_port_identity,
            unicast: received.source.filter(|_| header.flags.contains(Flags::UNICAST)),
        };
        if self.due.set(Due::DELAY_RESP) {
            return Err(Discard::NotDrained);
        }
        Ok(Outcome::Nothing)
    }

    pub(super) fn on_announce(&mut self, now: Instant, instance: &Instance) {
        self.timers.advance(Timer::Announce, now, interval_nanos(self.ds.log_announce_interval));
        if !self.is_to_announce(now, instance) {
            return;
        }
        self.sequences.announce = self.sequences.announce.wrapping_add(1);
        self.due.set(Due::ANNOUNCE);
    }

    pub(super) fn on_sync(&mut self, now: Instant) {
        self.timers.advance(Timer::Sync, now, interval_nanos(self.log_interval_of_syncs()));
        if !self.serves() {
            return;
        }
        self.sequences.sync = self.sequences.sync.wrapping_add(1);
        self.due.set(Due::SYNC);
    }

    /// The port is no master, or no longer.
    pub(super) fn stop_master(&mut self) {
        #[cfg(feature = "interval-request")]
        self.forget_interval_requests();
        for timer in [Timer::Announce, Timer::Sync, Timer::Qualification] {
            self.timers.stop(timer);
        }
    }

    /// Waits until other masters have had their time to fall silent (IEEE 1588-2019 9.2.6.11).
    pub(super) fn qualify_master(&mut self, now: Instant, instance: &Instance) {
        let intervals = u64::from(instance.current_ds.steps_removed).saturating_add(1);
        let wait = interval_nanos(self.ds.log_announce_interval).saturating_mul(intervals);
        self.timers.stop(Timer::AnnounceReceipt);
        self.timers.set(Timer::Qualification, now.plus_nanos(wait));
    }

    pub(super) fn start_master(&mut self, now: Instant) {
        self.timers.stop(Timer::AnnounceReceipt);
        self.master.start(self.sequences.sync);
        self.timers.set(Timer::Announce, now);
        self.timers.set(Timer::Sync, now);
    }
}

// Without alternate masters a port serves as master or not at all.
#[cfg(not(feature = "alternate-masters"))]
impl<const FOREIGN: usize> Port<FOREIGN> {
    fn serves(&self) -> bool {
        self.ds.port_state == State::Master
    }

    /// The timer runs in state MASTER only.
    const fn is_to_announce(&self, _now: Instant, _instance: &Instance) -> bool {
        true
    }

    pub(super) const fn announced<'i>(&self, instance: &'i Instance) -> (&'i ParentDs, &'i TimePropertiesDs, u16) {
        (&instance.parent_ds, &instance.time_properties_ds, instance.current_ds.steps_removed)
    }

    pub(super) const fn log_interval_of_syncs(&self) -> i8 {
        self.ds.log_sync_interval
    }

    pub(super) const fn flags_of_master(&self) -> Flags {
        Flags::empty()
    }
}
