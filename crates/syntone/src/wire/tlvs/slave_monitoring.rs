//! What slaves tell of their measurements (IEEE 1588-2019 16.11).

use super::TlvValue;
use super::unicast::LowNibble;
use crate::wire::layout::{Records, flag_octet, layout};
use crate::wire::{PortIdentity, TlvType, WireTimestamp};
use syntone_hal::TimeInterval;

layout! {
    /// SLAVE_RX_SYNC_TIMING_DATA (IEEE 1588-2019 16.11.4.1).
    #[doc(alias = "TIME_RECEIVER_RX_SYNC_TIMING_DATA")]
    SlaveRxSyncTimingData<'a> {
        /// Who sent the Syncs.
        sync_source_port_identity: PortIdentity => SyncSourcePortIdentity;
        /// One for each Sync.
        list: Records<'a, SyncTiming> => List;
    }

    /// The times of one Sync.
    SyncTiming {
        /// Its number.
        sequence_id: u16 => SequenceId;
        /// When it left.
        sync_origin_timestamp: WireTimestamp => SyncOriginTimestamp;
        /// All its corrections.
        total_correction_field: TimeInterval => TotalCorrectionField;
        /// (Ratio of rates − 1) · 2⁴¹.
        scaled_cumulative_rate_offset: i32 => ScaledCumulativeRateOffset;
        /// When it came.
        sync_event_ingress_timestamp: WireTimestamp => SyncEventIngressTimestamp;
    }

    /// SLAVE_RX_SYNC_COMPUTED_DATA (IEEE 1588-2019 16.11.4.2).
    #[doc(alias = "TIME_RECEIVER_RX_SYNC_COMPUTED_DATA")]
    SlaveRxSyncComputedData<'a> {
        /// The slave.
        source_port_identity: PortIdentity => SourcePortIdentity;
        /// Which values hold.
        computed_flags: ComputedFlags => ComputedFlags, 1 reserved;
        /// One for each Sync.
        list: Records<'a, SyncComputed> => List;
    }

    /// What was computed of one Sync.
    SyncComputed {
        /// Its number.
        sequence_id: u16 => SequenceId;
        /// The slave's time less the master's.
        offset_from_master: TimeInterval => OffsetFromMaster;
        /// The delay that was taken for it.
        mean_path_delay: TimeInterval => MeanPathDelay;
        /// (Ratio of rates − 1) · 2⁴¹.
        scaled_neighbor_rate_ratio: i32 => ScaledNeighborRateRatio;
    }

    /// SLAVE_TX_EVENT_TIMESTAMPS (IEEE 1588-2019 16.11.4.3).
    #[doc(alias = "TIME_RECEIVER_TX_EVENT_TIMESTAMPS")]
    SlaveTxEventTimestamps<'a> {
        /// The slave.
        source_port_identity: PortIdentity => SourcePortIdentity;
        /// What it sent.
        event_message_type: LowNibble => EventMessageType, 1 reserved;
        /// One for each message.
        list: Records<'a, TxEvent> => List;
    }

    /// When one message was sent.
    TxEvent {
        /// Its number.
        sequence_id: u16 => SequenceId;
        /// When it left.
        event_egress_timestamp: WireTimestamp => EventEgressTimestamp;
    }

    /// SLAVE_DELAY_TIMING_DATA_NP, which linuxptp adds.
    SlaveDelayTimingData<'a> {
        /// Who answered.
        source_port_identity: PortIdentity => SourcePortIdentity;
        /// One for each exchange.
        list: Records<'a, DelayTiming> => List;
    }

    /// The times of one delay exchange.
    DelayTiming {
        /// Its number.
        sequence_id: u16 => SequenceId;
        /// When the request left.
        delay_origin_timestamp: WireTimestamp => DelayOriginTimestamp;
        /// All its corrections.
        total_correction_field: TimeInterval => TotalCorrectionField;
        /// When it came.
        delay_response_timestamp: WireTimestamp => DelayResponseTimestamp;
    }
}

flag_octet! {
    /// Which values of [`SlaveRxSyncComputedData`] hold.
    ComputedFlags {
        /// scaledNeighborRateRatio does.
        SCALED_NEIGHBOR_RATE_RATIO_VALID = 0, "scaledNeighborRateRatioValid";
        /// meanPathDelay does.
        MEAN_PATH_DELAY_VALID = 1, "meanPathDelayValid";
        /// offsetFromMaster does.
        OFFSET_FROM_MASTER_VALID = 2, "offsetFromMasterValid";
    }
}

impl<'a> TlvValue<'a> for SlaveRxSyncTimingData<'a> {
    const TLV_TYPE: TlvType = TlvType::SLAVE_RX_SYNC_TIMING_DATA;
}

impl<'a> TlvValue<'a> for SlaveRxSyncComputedData<'a> {
    const TLV_TYPE: TlvType = TlvType::SLAVE_RX_SYNC_COMPUTED_DATA;
}

impl<'a> TlvValue<'a> for SlaveTxEventTimestamps<'a> {
    const TLV_TYPE: TlvType = TlvType::SLAVE_TX_EVENT_TIMESTAMPS;
}

impl<'a> TlvValue<'a> for SlaveDelayTimingData<'a> {
    const TLV_TYPE: TlvType = TlvType::SLAVE_DELAY_TIMING_DATA_NP;
}
