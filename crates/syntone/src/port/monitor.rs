//! What a slave port tells of its measurements (IEEE 1588-2019 16.11).

use super::transmit::TicketKind;
use super::{Port, State};
use crate::config::{ConfigError, range};
use crate::counters::Discard;
use crate::delay::SyncPoint;
use crate::instance::Instance;
use crate::wire::tlvs::{
    ComputedFlags, LowNibble, SlaveRxSyncComputedData, SlaveRxSyncTimingData, SlaveTxEventTimestamps, SyncComputed,
    SyncTiming, TxEvent,
};
use crate::wire::{Layout, MessageType, PortIdentity, TlvValue, Tlvs};
use syntone_hal::{Destination, Instant, TimeInterval, Timestamp};

bitflags::bitflags! {
    /// Which TLVs a slave sends.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct SlaveMonitoring: u8 {
        /// SLAVE_RX_SYNC_TIMING_DATA.
        const RX_SYNC_TIMING_DATA = 1 << 0;
        /// SLAVE_RX_SYNC_COMPUTED_DATA.
        const RX_SYNC_COMPUTED_DATA = 1 << 1;
        /// SLAVE_TX_EVENT_TIMESTAMPS.
        const TX_EVENT_TIMESTAMPS = 1 << 2;
    }
}

/// slaveMonitoringPortDS (IEEE 1588-2019 16.11.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaveMonitoringPortDs {
    /// What is sent; nothing at first.
    pub enable: SlaveMonitoring,
    /// Syncs in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 8.
    pub events_per_rx_sync_timing_tlv: u8,
    /// Syncs in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 8.
    pub events_per_rx_sync_computed_tlv: u8,
    /// Messages in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 8.
    pub events_per_tx_timestamps_tlv: u8,
    /// The type of the messages in it: Delay_Req or Pdelay_Req.
    pub tx_event_type: MessageType,
    /// Every so many-th Sync is in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 255.
    pub rx_sync_timing_tlv_message_m: u8,
    /// Every so many-th Sync is in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 255.
    pub rx_sync_computed_tlv_message_m: u8,
    /// Every so many-th message is in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 255.
    pub tx_timestamps_tlv_message_m: u8,
    /// Where the Signaling messages go; the standard leaves that open.
    pub destination: Destination,
}

/// How many events a TLV holds at the most.
const MAX_EVENTS: usize = 8;

impl SlaveMonitoringPortDs {
    /// Nothing is sent.
    pub const OFF: Self = Self {
        enable: SlaveMonitoring::empty(),
        events_per_rx_sync_timing_tlv: 1,
        events_per_rx_sync_computed_tlv: 1,
        events_per_tx_timestamps_tlv: 1,
        tx_event_type: MessageType::DELAY_REQ,
        rx_sync_timing_tlv_message_m: 1,
        rx_sync_computed_tlv_message_m: 1,
        tx_timestamps_tlv_message_m: 1,
        destination: Destination::PrimaryMulticast,
    };

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        range("eventsPerRxSyncTimingTLV", self.events_per_rx_sync_timing_tlv, 1, 8)?;
        range("eventsPerRxSyncComputedTLV", self.events_per_rx_sync_computed_tlv, 1, 8)?;
        range("eventsPerTxTimestampsTLV", self.events_per_tx_timestamps_tlv, 1, 8)?;
        range("txEventType", self.tx_event_type.0, 1, 2)?;
        range("rxSyncTimingTLVMessageM", self.rx_sync_timing_tlv_message_m, 1, 255)?;
        range("rxSyncComputedTLVMessageM", self.rx_sync_computed_tlv_message_m, 1, 255)?;
        range("txTimestampsTLVMessageM", self.tx_timestamps_tlv_message_m, 1, 255)
    }
}

/// The TLVs that a port collects events for.
#[derive(Debug)]
pub(super) struct Monitor {
    pub(super) ds: SlaveMonitoringPortDs,
    timing: EventLog<{ 14 + 34 * MAX_EVENTS }>,
    computed: EventLog<{ 16 + 22 * MAX_EVENTS }>,
    sent: EventLog<{ 16 + 12 * MAX_EVENTS }>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            ds: SlaveMonitoringPortDs::OFF,
            timing: EventLog::EMPTY,
            computed: EventLog::EMPTY,
            sent: EventLog::EMPTY,
        }
    }
}

impl Monitor {
    /// Other settings: what was collected under the old ones is not sent.
    pub(super) fn set(&mut self, ds: SlaveMonitoringPortDs) {
        *self = Self { ds, ..Self::default() };
    }

    /// The next TLV that is full.
    pub(super) fn take(&mut self) -> Option<Tlvs<'_>> {
        if self.timing.is_due {
            return self.timing.take();
        }
        if self.computed.is_due { self.computed.take() } else { self.sent.take() }
    }

    pub(super) const fn has_to_send(&self) -> bool {
        self.timing.is_due || self.computed.is_due || self.sent.is_due
    }

    /// The parent changes: its events go out as they are, for a TLV tells of one.
    pub(super) fn flush(&mut self) {
        self.timing.is_due = self.timing.count > 0;
        self.computed.is_due = self.computed.count > 0;
        self.sent.is_due = self.sent.count > 0;
    }

    /// The port does not use the network any more.
    pub(super) fn clear(&mut self) {
        self.set(self.ds);
    }
}

/// One TLV that grows.
#[derive(Debug)]
struct EventLog<const OCTETS: usize> {
    octets: [u8; OCTETS],
    length: usize,
    count: u8,
    /// Events since the last one that was taken.
    skipped: u8,
    is_due: bool,
}

impl<const OCTETS: usize> EventLog<OCTETS> {
    const EMPTY: Self = Self { octets: [0; OCTETS], length: 0, count: 0, skipped: 0, is_due: false };

    /// Takes every `m`-th event into a TLV of so many, the first of which brings the head.
    fn push<'a>(
        &mut self,
        m: u8,
        events: u8,
        head: &impl TlvValue<'a>,
        event: &impl Layout<'a>,
    ) -> Result<(), Discard> {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped < m {
            return Ok(());
        }
        self.skipped = 0;
        if self.is_due {
            return Err(Discard::NotDrained);
        }
        if self.count == 0 {
            self.length = head.emit_tlv(&mut self.octets).map_err(|_| Discard::NotDrained)?;
        }
        let rest = self.octets.get_mut(self.length..).unwrap_or_default();
        let length = event.emit(rest).map_err(|_| Discard::NotDrained)?;
        self.length = self.length.saturating_add(length);
        self.count = self.count.saturating_add(1);
        self.is_due = self.count >= events;
        Ok(())
    }

    /// The TLV, if it is to be sent. The next one begins.
    fn take(&mut self) -> Option<Tlvs<'_>> {
        if !core::mem::take(&mut self.is_due) {
            return None;
        }
        self.count = 0;
        let [_, _, length @ ..] = self.octets.first_chunk_mut::<4>()?;
        *length = u16::try_from(self.length.saturating_sub(4)).ok()?.to_be_bytes();
        Tlvs::checked(self.octets.get(..self.length)?)
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Settings of the monitor.
    pub(crate) const fn slave_monitoring_port_ds(&self) -> &SlaveMonitoringPortDs {
        &self.monitor.ds
    }

    /// Changes them.
    pub(crate) fn set_slave_monitoring(&mut self, ds: &SlaveMonitoringPortDs) -> Result<(), ConfigError> {
        ds.check()?;
        self.monitor.set(*ds);
        Ok(())
    }

    /// A Sync is complete.
    pub(super) fn monitor_sync(&mut self, now: Instant, instance: &Instance, point: &SyncPoint) {
        let Some(sequence_id) = self.pairing.last() else { return };
        if self.monitor.ds.enable.contains(SlaveMonitoring::RX_SYNC_TIMING_DATA) {
            self.monitor_timing(instance.parent_ds.parent_port_identity, sequence_id, point);
        }
        if self.monitor.ds.enable.contains(SlaveMonitoring::RX_SYNC_COMPUTED_DATA) {
            self.monitor_computed(now, sequence_id);
        }
    }

    /// The times as this clock reckons with them: latency is taken out of the stamp, asymmetry is in the corrections.
    fn monitor_timing(&mut self, parent: PortIdentity, sequence_id: u16, point: &SyncPoint) {
        let fraction = TimeInterval::from_scaled(i64::from(point.ingress.subnanos()));
        let event = SyncTiming {
            sequence_id,
            sync_origin_timestamp: point.ingress.offset_nanos(point.difference.whole_nanos().wrapping_neg()).into(),
            total_correction_field: fraction - point.difference.rest() - self.ingress_latency,
            scaled_cumulative_rate_offset: 0,
            sync_event_ingress_timestamp: (point.ingress - self.ingress_latency).into(),
        };
        let head = SlaveRxSyncTimingData { sync_source_port_identity: parent, ..Default::default() };
        let ds = &self.monitor.ds;
        let (m, events) = (ds.rx_sync_timing_tlv_message_m, ds.events_per_rx_sync_timing_tlv);
        let pushed = self.monitor.timing.push(m, events, &head, &event);
        self.count_lost(pushed);
    }

    /// What was computed of the newest Sync; nothing before the delay is known.
    fn monitor_computed(&mut self, now: Instant, sequence_id: u16) {
        let Some(sample) = self.sync_sample(now) else { return };
        let (Some(offset_from_master), Some(mean_path_delay)) = (sample.offset_from_master(), sample.mean_delay) else {
            return;
        };
        let event = SyncComputed { sequence_id, offset_from_master, mean_path_delay, scaled_neighbor_rate_ratio: 0 };
        let computed_flags = ComputedFlags::OFFSET_FROM_MASTER_VALID | ComputedFlags::MEAN_PATH_DELAY_VALID;
        let source_port_identity = self.ds.port_identity;
        let head = SlaveRxSyncComputedData { source_port_identity, computed_flags, ..Default::default() };
        let ds = &self.monitor.ds;
        let (m, events) = (ds.rx_sync_computed_tlv_message_m, ds.events_per_rx_sync_computed_tlv);
        let pushed = self.monitor.computed.push(m, events, &head, &event);
        self.count_lost(pushed);
    }

    /// An event message of this port left at that time.
    pub(super) fn monitor_egress(&mut self, kind: u8, sequence_id: u16, stamp: Timestamp) {
        let message_type = match kind {
            TicketKind::DELAY_REQ => MessageType::DELAY_REQ,
            #[cfg(feature = "peer-to-peer")]
            TicketKind::PDELAY_REQ => MessageType::PDELAY_REQ,
            _ => return,
        };
        let ds = &self.monitor.ds;
        let wanted = ds.enable.contains(SlaveMonitoring::TX_EVENT_TIMESTAMPS) && ds.tx_event_type == message_type;
        if !wanted || !matches!(self.ds.port_state, State::Uncalibrated | State::Slave) {
            return;
        }
        let event = TxEvent { sequence_id, event_egress_timestamp: (stamp + self.egress_latency).into() };
        let (source_port_identity, event_message_type) = (self.ds.port_identity, LowNibble(message_type));
        let head = SlaveTxEventTimestamps { source_port_identity, event_message_type, ..Default::default() };
        let (m, events) = (ds.tx_timestamps_tlv_message_m, ds.events_per_tx_timestamps_tlv);
        let pushed = self.monitor.sent.push(m, events, &head, &event);
        self.count_lost(pushed);
    }

    fn count_lost(&mut self, pushed: Result<(), Discard>) {
        if let Err(reason) = pushed {
            self.counters.discard(reason);
        }
    }
}
