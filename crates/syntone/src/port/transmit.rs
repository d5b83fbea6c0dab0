//! Building the messages that a port sends.

use super::Port;
use crate::instance::Instance;
#[cfg(all(feature = "master", feature = "linuxptp-management"))]
use crate::wire::management::SynchronizationUncertainNp;
use crate::wire::{DelayReq, Flags, Header, MessageBody, MessageType, WireTimestamp};
use syntone_hal::{Destination, Ticket, Transmit};
#[cfg(feature = "master")]
use {
    crate::wire::{Announce, DelayResp, FollowUp, Sync},
    syntone_hal::{OneStep, TimeInterval},
};

/// logMessageInterval where there is none (IEEE 1588-2019 13.3.2.14).
const NO_INTERVAL: i8 = 0x7F;

/// Sequence numbers of what a port sends, of the last message of each type (IEEE 1588-2019 7.3.7).
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) delay_req: u16,
    #[cfg(feature = "master")]
    pub(super) announce: u16,
    #[cfg(feature = "master")]
    pub(super) sync: u16,
    #[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
    pub(super) signaling: u16,
}

/// Which messages are to be sent now: one bit for each, so that one look tells that there is none.
#[derive(Debug, Default)]
pub(super) struct Due(u8);

impl Due {
    pub(super) const DELAY_REQ: u8 = 1;
    #[cfg(feature = "master")]
    pub(super) const ANNOUNCE: u8 = 2;
    #[cfg(feature = "master")]
    pub(super) const SYNC: u8 = 4;
    /// What it tells is with the master.
    #[cfg(feature = "master")]
    pub(super) const FOLLOW_UP: u8 = 8;
    /// What it tells is with the master.
    #[cfg(feature = "master")]
    pub(super) const DELAY_RESP: u8 = 16;

    /// It is to be sent; says whether it was already.
    pub(super) const fn set(&mut self, message: u8) -> bool {
        let was_set = self.0 & message != 0;
        self.0 |= message;
        was_set
    }

    /// It is sent or not to be sent any more; says whether it was.
    pub(super) const fn take(&mut self, message: u8) -> bool {
        let was_set = self.0 & message != 0;
        self.0 &= !message;
        was_set
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

/// What kind of event message a ticket belongs to.
pub(super) struct TicketKind;

impl TicketKind {
    pub(super) const DELAY_REQ: u8 = 1;
    #[cfg(feature = "master")]
    pub(super) const SYNC: u8 = 2;
    #[cfg(feature = "peer-to-peer")]
    pub(super) const PDELAY_REQ: u8 = 3;
    #[cfg(feature = "peer-to-peer")]
    pub(super) const PDELAY_RESP: u8 = 4;
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// There may be a message to send.
    pub(crate) fn has_to_send(&self) -> bool {
        #[cfg(feature = "peer-to-peer")]
        if self.has_to_send_to_peer() {
            return true;
        }
        #[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
        if self.has_signaling_to_send() {
            return true;
        }
        !self.due.is_empty()
    }

    /// Builds the next message that is to be sent into `buffer`; its length is given beside where it goes.
    pub(crate) fn transmit(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        #[cfg(feature = "peer-to-peer")]
        if let Some(sent) = self.transmit_to_peer(instance, buffer) {
            return Some(sent);
        }
        #[cfg(feature = "master")]
        if let Some(sent) = self.transmit_as_master(instance, buffer) {
            return Some(sent);
        }
        if self.due.take(Due::DELAY_REQ) {
            return self.transmit_delay_req(instance, buffer);
        }
        #[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
        if let Some(sent) = self.transmit_signaling(instance, buffer) {
            return Some(sent);
        }
        None
    }

    fn transmit_delay_req(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let mut header = self.header(instance, MessageType::DELAY_REQ, self.sequences.delay_req);
        header.correction_field = -self.ds.delay_asymmetry;
        let body = DelayReq { origin_timestamp: WireTimestamp::ZERO };
        let ticket = self.ticket(TicketKind::DELAY_REQ, header.sequence_id);
        let destination = self.destination_of_delay_req();
        if destination != Destination::PrimaryMulticast {
            header.flags |= Flags::UNICAST;
        }
        self.emit(&mut header, &body, buffer, destination, Some(ticket))
    }

    #[cfg(feature = "master")]
    fn transmit_as_master(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        if self.due.take(Due::FOLLOW_UP) {
            return self.transmit_follow_up(instance, buffer);
        }
        if self.due.take(Due::DELAY_RESP) {
            return self.transmit_delay_resp(instance, buffer);
        }
        if self.due.take(Due::SYNC) {
            return self.transmit_sync(instance, buffer);
        }
        if self.due.take(Due::ANNOUNCE) {
            return self.transmit_announce(instance, buffer);
        }
        None
    }

    #[cfg(feature = "master")]
    fn transmit_sync(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let mut header = self.header_of_master(instance, MessageType::SYNC, self.sequences.sync);
        header.log_message_interval = self.log_interval_of_syncs();
        let body = Sync { origin_timestamp: WireTimestamp::ZERO };
        if self.one_step_sync {
            header.correction_field = self.egress_latency;
            let (transmit, length) = self.emit(&mut header, &body, buffer, Destination::PrimaryMulticast, None)?;
            return Some((Transmit { one_step: Some(OneStep::Origin), ..transmit }, length));
        }
        header.flags |= Flags::TWO_STEP;
        let ticket = self.ticket(TicketKind::SYNC, header.sequence_id);
        self.emit(&mut header, &body, buffer, Destination::PrimaryMulticast, Some(ticket))
    }

    #[cfg(feature = "master")]
    fn transmit_follow_up(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let pending = self.master.follow_up;
        let mut header = self.header_of_master(instance, MessageType::FOLLOW_UP, pending.sequence_id);
        header.correction_field = TimeInterval::from_scaled(i64::from(pending.origin.subnanos()));
        header.log_message_interval = self.log_interval_of_syncs();
        let body = FollowUp { precise_origin_timestamp: pending.origin.into() };
        self.emit(&mut header, &body, buffer, Destination::PrimaryMulticast, None)
    }

    #[cfg(feature = "master")]
    fn transmit_delay_resp(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let pending = self.master.delay_resp;
        let mut header = self.header_of_master(instance, MessageType::DELAY_RESP, pending.sequence_id);
        let fraction = TimeInterval::from_scaled(i64::from(pending.receive.subnanos()));
        header.correction_field = pending.correction - fraction;
        if pending.unicast.is_some() {
            header.flags |= Flags::UNICAST;
        } else {
            header.log_message_interval = self.ds.log_min_delay_req_interval;
        }
        let body = DelayResp {
            receive_timestamp: pending.receive.into(),
            requesting_port_identity: pending.requesting_port_identity,
        };
        self.emit(&mut header, &body, buffer, pending.destination(), None)
    }

    #[cfg(feature = "master")]
    fn transmit_announce(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let (parent_ds, time_properties_ds, steps_removed) = self.announced(instance);
        let mut header = self.header_of_master(instance, MessageType::ANNOUNCE, self.sequences.announce);
        header.log_message_interval = self.ds.log_announce_interval;
        header.flags |= time_properties_ds.flags();
        #[cfg(feature = "linuxptp-management")]
        if instance.uncertain.val == SynchronizationUncertainNp::YES {
            header.flags |= Flags::SYNCHRONIZATION_UNCERTAIN;
        }
        #[cfg(feature = "announce-tlvs")]
        {
            header.message_length = self.attach_to_announce(instance, buffer);
        }
        let body = Announce {
            origin_timestamp: WireTimestamp::ZERO,
            current_utc_offset: time_properties_ds.current_utc_offset,
            grandmaster_priority1: parent_ds.grandmaster_priority1,
            grandmaster_clock_quality: parent_ds.grandmaster_clock_quality,
            grandmaster_priority2: parent_ds.grandmaster_priority2,
            grandmaster_identity: parent_ds.grandmaster_identity,
            steps_removed,
            time_source: time_properties_ds.time_source,
        };
        self.emit(&mut header, &body, buffer, Destination::PrimaryMulticast, None)
    }

    #[cfg(feature = "master")]
    fn header_of_master(&self, instance: &Instance, message_type: MessageType, sequence_id: u16) -> Header {
        Header { flags: self.flags_of_master(), ..self.header(instance, message_type, sequence_id) }
    }

    pub(super) fn header(&self, instance: &Instance, message_type: MessageType, sequence_id: u16) -> Header {
        Header {
            sdo_id: instance.default_ds.sdo_id,
            message_type,
            minor_version_ptp: instance.minor_version_ptp,
            version_ptp: 2,
            domain_number: instance.default_ds.domain_number,
            source_port_identity: self.ds.port_identity,
            sequence_id,
            control_field: message_type.control_field(),
            log_message_interval: NO_INTERVAL,
            ..Header::default()
        }
    }

    pub(super) fn ticket(&self, kind: u8, sequence_id: u16) -> Ticket {
        let [high, low] = sequence_id.to_be_bytes();
        Ticket::from_raw(u32::from_be_bytes([self.index.0, kind, high, low]))
    }

    /// Builds a message. Where TLVs can be behind its body, they are there already, and the header comes with their length.
    pub(super) fn emit<B: MessageBody>(
        &mut self,
        header: &mut Header,
        body: &B,
        buffer: &mut [u8],
        destination: Destination,
        ticket: Option<Ticket>,
    ) -> Option<(Transmit, usize)> {
        let (head, message_length) = body.emit_behind(buffer)?;
        #[cfg(feature = "announce-tlvs")]
        let message_length = message_length.saturating_add(header.message_length);
        header.message_length = message_length;
        Some(self.seal(header, head, destination, ticket))
    }

    // What all messages have in common, once, where there are several.
    #[cfg_attr(all(target_pointer_width = "32", feature = "master"), inline(never))]
    fn seal(
        &mut self,
        header: &Header,
        head: &mut [u8; Header::LENGTH],
        destination: Destination,
        ticket: Option<Ticket>,
    ) -> (Transmit, usize) {
        header.emit_into(head);
        self.counters.count_sent(header.message_type);
        (Transmit { port: self.index, destination, ticket, one_step: None }, usize::from(header.message_length))
    }
}
