//! What slaves tell of their measurements, for programs that collect it: nothing here needs a clock.

use crate::board::SyntoneTimestamp;
use crate::codec::SyntoneTlv;
use crate::event::SyntonePortIdentity;
use crate::pointer::{Sized32, check, check_sized, sized, slice, write};
use crate::result::{Checked, SyntoneResult, finish};
use syntone::wire::tlvs::{DelayTiming, SyncComputed, SyncTiming, TxEvent};
use syntone::wire::{PortIdentity, Tlv, TlvData, TlvType, WireTimestamp};

/// syntone_tlv.tlv_type, SLAVE_RX_SYNC_TIMING_DATA: time stamps of Syncs.
pub const SYNTONE_TLV_SLAVE_RX_SYNC_TIMING: u16 = 0x8004;
/// syntone_tlv.tlv_type, SLAVE_RX_SYNC_COMPUTED_DATA: offset and delay as computed of Syncs.
pub const SYNTONE_TLV_SLAVE_RX_SYNC_COMPUTED: u16 = 0x8005;
/// syntone_tlv.tlv_type, SLAVE_TX_EVENT_TIMESTAMPS: when messages left.
pub const SYNTONE_TLV_SLAVE_TX_EVENT_TIMESTAMPS: u16 = 0x8006;
/// syntone_tlv.tlv_type, SLAVE_DELAY_TIMING_DATA_NP, which linuxptp adds: time stamps of delay exchanges.
pub const SYNTONE_TLV_SLAVE_DELAY_TIMING: u16 = 0x7F00;

const _: () = {
    assert!(SYNTONE_TLV_SLAVE_RX_SYNC_TIMING == TlvType::SLAVE_RX_SYNC_TIMING_DATA.0);
    assert!(SYNTONE_TLV_SLAVE_RX_SYNC_COMPUTED == TlvType::SLAVE_RX_SYNC_COMPUTED_DATA.0);
    assert!(SYNTONE_TLV_SLAVE_TX_EVENT_TIMESTAMPS == TlvType::SLAVE_TX_EVENT_TIMESTAMPS.0);
    assert!(SYNTONE_TLV_SLAVE_DELAY_TIMING == TlvType::SLAVE_DELAY_TIMING_DATA_NP.0);
};

/// Bit of syntone_slave_event.computed: rate_offset holds.
pub const SYNTONE_COMPUTED_RATE_OFFSET: u8 = 1;
/// Bit of syntone_slave_event.computed: mean_path_delay holds.
pub const SYNTONE_COMPUTED_MEAN_PATH_DELAY: u8 = 2;
/// Bit of syntone_slave_event.computed: offset_from_master holds.
pub const SYNTONE_COMPUTED_OFFSET_FROM_MASTER: u8 = 4;

/// One measurement that a slave tells of. IEEE 1588-2019 16.11.4. The tlv_type tells which members count; the others are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneSlaveEvent {
    /// sizeof(syntone_slave_event); set it before the call.
    pub struct_size: u32,
    /// One of SYNTONE_TLV_SLAVE_...
    pub tlv_type: u16,
    /// sequenceId of the Sync, or of what the slave sent.
    pub sequence_id: u16,
    /// RX_SYNC_TIMING: who sent the Syncs. DELAY_TIMING: who answered. Else the slave, which syntone_message.source tells for all.
    pub source: SyntonePortIdentity,
    /// TX_EVENT_TIMESTAMPS: which message, one of SYNTONE_MESSAGE_...
    pub message_type: u8,
    /// RX_SYNC_COMPUTED: what holds, SYNTONE_COMPUTED_... or-ed.
    pub computed: u8,
    /// RX_SYNC_TIMING: scaledCumulativeRateOffset; RX_SYNC_COMPUTED: scaledNeighborRateRatio: the ratio of rates less 1, in units of
    /// 2^-41.
    pub rate_offset: i32,
    /// When the message left, as it is on the wire. Not of RX_SYNC_COMPUTED.
    pub sent: SyntoneTimestamp,
    /// When it came, as it is on the wire. RX_SYNC_TIMING and DELAY_TIMING.
    pub received: SyntoneTimestamp,
    /// All its corrections, in units of 2^-16 ns. RX_SYNC_TIMING and DELAY_TIMING.
    pub correction: i64,
    /// The slave's time less the master's, in units of 2^-16 ns. RX_SYNC_COMPUTED.
    pub offset_from_master: i64,
    /// The delay that was taken for it, in units of 2^-16 ns. RX_SYNC_COMPUTED.
    pub mean_path_delay: i64,
}
sized!(SyntoneSlaveEvent);

/// Writes the `index`th, from 0, of the measurements in a TLV of a Signaling message of a slave to `event`; the TLV is one that
/// syntone_tlv_next() wrote. SYNTONE_RESULT_OUT_OF_RANGE: it is none of SYNTONE_TLV_SLAVE_..., it is malformed, or it has not so many.
///
/// # Safety
/// `tlv` is NULL or points to what its type says, and its value to as many octets as its length says; `event` is NULL or points to what its
/// type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_slave_event_decode(
    tlv: *const SyntoneTlv,
    index: usize,
    event: *mut SyntoneSlaveEvent,
) -> SyntoneResult {
    let decode = || -> Checked {
        check(tlv)?;
        // SAFETY: not null, aligned, and the caller promises what is there.
        unsafe {
            check_sized(event)?;
            let tlv = tlv.read();
            let value = slice(tlv.value, usize::from(tlv.length))?;
            let found = found(Tlv { tlv_type: TlvType(tlv.tlv_type), value }, index);
            write(event, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(decode())
}

fn found(tlv: Tlv<'_>, index: usize) -> Option<SyntoneSlaveEvent> {
    let all =
        SyntoneSlaveEvent { struct_size: SyntoneSlaveEvent::SIZE, tlv_type: tlv.tlv_type.0, ..Default::default() };
    let from = |source: PortIdentity| SyntoneSlaveEvent { source: SyntonePortIdentity::new(source), ..all };
    match TlvData::parse(tlv).ok()? {
        TlvData::SlaveRxSyncTimingData(data) => {
            let event = from(data.sync_source_port_identity);
            data.list.iter().nth(index).map(|timing| event.with_timing(&timing))
        }
        TlvData::SlaveRxSyncComputedData(data) => {
            let event = SyntoneSlaveEvent { computed: data.computed_flags.bits(), ..from(data.source_port_identity) };
            data.list.iter().nth(index).map(|computed| event.with_computed(&computed))
        }
        TlvData::SlaveTxEventTimestamps(data) => {
            let message_type = data.event_message_type.0.0;
            let event = SyntoneSlaveEvent { message_type, ..from(data.source_port_identity) };
            data.list.iter().nth(index).map(|sent| event.with_sent(&sent))
        }
        TlvData::SlaveDelayTimingData(data) => {
            let event = from(data.source_port_identity);
            data.list.iter().nth(index).map(|timing| event.with_delay(&timing))
        }
        _ => None,
    }
}

const fn stamp(told: WireTimestamp) -> SyntoneTimestamp {
    SyntoneTimestamp { seconds: told.seconds, nanoseconds: told.nanoseconds, subnanoseconds: 0 }
}

impl SyntoneSlaveEvent {
    const fn with_timing(self, timing: &SyncTiming) -> Self {
        Self {
            sequence_id: timing.sequence_id,
            rate_offset: timing.scaled_cumulative_rate_offset,
            sent: stamp(timing.sync_origin_timestamp),
            received: stamp(timing.sync_event_ingress_timestamp),
            correction: timing.total_correction_field.scaled(),
            ..self
        }
    }

    const fn with_computed(self, computed: &SyncComputed) -> Self {
        Self {
            sequence_id: computed.sequence_id,
            rate_offset: computed.scaled_neighbor_rate_ratio,
            offset_from_master: computed.offset_from_master.scaled(),
            mean_path_delay: computed.mean_path_delay.scaled(),
            ..self
        }
    }

    const fn with_sent(self, sent: &TxEvent) -> Self {
        Self { sequence_id: sent.sequence_id, sent: stamp(sent.event_egress_timestamp), ..self }
    }

    const fn with_delay(self, timing: &DelayTiming) -> Self {
        Self {
            sequence_id: timing.sequence_id,
            sent: stamp(timing.delay_origin_timestamp),
            received: stamp(timing.delay_response_timestamp),
            correction: timing.total_correction_field.scaled(),
            ..self
        }
    }
}
