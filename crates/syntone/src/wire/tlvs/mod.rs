//! What TLVs mean: a struct for each that is known (IEEE 1588-2019 clauses 14 to 17).
//!
//! Who wants one of them takes [`Tlvs::get`]; [`TlvData`] is for who wants all.

mod announced;
mod l1_sync;
mod management;
mod organization;
mod other;
mod slave_events;
mod slave_monitoring;
mod unicast;

pub use announced::{
    AlternateTimeOffsetIndicator, CommunicationCapabilities, CommunicationFlags, EnhancedAccuracyMetrics, PathTrace,
    PortCommunicationAvailability, ProtocolAddress,
};
pub use l1_sync::{L1Sync, L1SyncOptParams, L1SyncReached, L1SyncRequired, L1SyncValid};
pub use management::{ManagementErrorStatus, ManagementTlv};
pub use organization::{
    C37238V2011, C37238V2017, CsnTlv, FollowUpInformation, GptpCapable, GptpCapableIntervalRequest, InterfaceRate,
    IntervalRequestFlags, MasterLockingStatus, MessageIntervalRequest, OrganizationData, OrganizationExtension,
    ScaledNs, SmpteSynchronizationMetadata, WhiteRabbit, WrMessageId,
};
pub use other::{AlternateResponsePort, Authentication, CumulativeRateRatio, Pad};
pub use slave_events::SlaveEvents;
pub use slave_monitoring::{
    ComputedFlags, DelayTiming, SlaveDelayTimingData, SlaveRxSyncComputedData, SlaveRxSyncTimingData,
    SlaveTxEventTimestamps, SyncComputed, SyncTiming, TxEvent,
};
pub use unicast::{
    CancelUnicastTransmission, GrantUnicastTransmission, HighNibble, LowNibble, RequestUnicastTransmission,
};

use super::layout::{Emitter, Layout, Visitor};
use super::{EmitError, ParseError, Tlv, TlvType, Tlvs};

/// The value of one type of TLV.
pub trait TlvValue<'a>: Layout<'a> {
    /// Its type.
    const TLV_TYPE: TlvType;

    /// Writes a whole TLV to the front of `octets` and gives their number.
    ///
    /// # Errors
    /// When the buffer is too small, or the value too long.
    fn emit_tlv(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
        emit_as(Self::TLV_TYPE, octets, |emitter| self.emit_into(emitter))
    }
}

impl<'a> Tlvs<'a> {
    /// The value of the first TLV of a type.
    #[must_use]
    pub fn get<T: TlvValue<'a>>(self) -> Option<Result<T, ParseError>> {
        self.find(T::TLV_TYPE).map(|tlv| T::parse(tlv.value))
    }
}

/// Writes a whole TLV, whatever `emit` makes its value of, and gives the number of its octets.
pub(crate) fn emit_as(
    tlv_type: TlvType,
    octets: &mut [u8],
    emit: impl FnOnce(&mut Emitter<'_>),
) -> Result<usize, EmitError> {
    let (head, value) = octets.split_first_chunk_mut::<4>().ok_or(EmitError::BufferTooSmall)?;
    let mut emitter = Emitter::new(value);
    emit(&mut emitter);
    emitter.pad();
    let length = emitter.finish()?;
    let [a, b] = tlv_type.0.to_be_bytes();
    let [c, d] = u16::try_from(length).map_err(|_| EmitError::TooLong)?.to_be_bytes();
    *head = [a, b, c, d];
    Ok(length.saturating_add(4))
}

macro_rules! tlvs {
    ($($variant:ident: $kind:ty, $constant:ident;)*) => {
        /// What any TLV means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum TlvData<'a> {
            $(#[doc = stringify!($constant)] $variant($kind),)*
            /// Of a type that is not known.
            Unknown(Tlv<'a>),
        }

        impl<'a> TlvData<'a> {
            /// Reads the value of a TLV.
            ///
            /// # Errors
            /// As [`Layout::parse`]; a TLV whose type is not known is no error.
            pub fn parse(tlv: Tlv<'a>) -> Result<Self, ParseError> {
                match tlv.tlv_type {
                    $(TlvType::$constant => <$kind>::parse(tlv.value).map(Self::$variant),)*
                    _ => Ok(Self::Unknown(tlv)),
                }
            }

            /// tlvType.
            #[must_use]
            pub const fn tlv_type(&self) -> TlvType {
                match self {
                    $(Self::$variant(_) => TlvType::$constant,)*
                    Self::Unknown(tlv) => tlv.tlv_type,
                }
            }

            /// Writes a whole TLV to the front of `octets` and gives their number.
            ///
            /// # Errors
            /// When the buffer is too small, or the value too long.
            pub fn emit(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
                match self {
                    $(Self::$variant(value) => emit_as(TlvType::$constant, octets, |to| value.emit_into(to)),)*
                    Self::Unknown(tlv) => tlv.emit(octets),
                }
            }

            /// Tells the fields; of a type that is not known there are none.
            pub fn visit(&self, visitor: &mut dyn Visitor) {
                match self {
                    $(Self::$variant(value) => value.visit(visitor),)*
                    Self::Unknown(_) => {}
                }
            }

            /// The types that are known.
            pub const TYPES: &'static [TlvType] = &[$(TlvType::$constant),*];
        }
    };
}

tlvs! {
    Management: ManagementTlv<'a>, MANAGEMENT;
    ManagementErrorStatus: ManagementErrorStatus<'a>, MANAGEMENT_ERROR_STATUS;
    OrganizationExtension: OrganizationExtension<'a>, ORGANIZATION_EXTENSION;
    RequestUnicastTransmission: RequestUnicastTransmission, REQUEST_UNICAST_TRANSMISSION;
    GrantUnicastTransmission: GrantUnicastTransmission, GRANT_UNICAST_TRANSMISSION;
    CancelUnicastTransmission: CancelUnicastTransmission, CANCEL_UNICAST_TRANSMISSION;
    AcknowledgeCancelUnicastTransmission: CancelUnicastTransmission, ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION;
    PathTrace: PathTrace<'a>, PATH_TRACE;
    AlternateTimeOffsetIndicator: AlternateTimeOffsetIndicator<'a>, ALTERNATE_TIME_OFFSET_INDICATOR;
    AlternateResponsePort: AlternateResponsePort, ALTERNATE_RESPONSE_PORT;
    OrganizationExtensionPropagate: OrganizationExtension<'a>, ORGANIZATION_EXTENSION_PROPAGATE;
    EnhancedAccuracyMetrics: EnhancedAccuracyMetrics, ENHANCED_ACCURACY_METRICS;
    SlaveDelayTimingData: SlaveDelayTimingData<'a>, SLAVE_DELAY_TIMING_DATA_NP;
    OrganizationExtensionDoNotPropagate: OrganizationExtension<'a>, ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE;
    L1Sync: L1Sync, L1_SYNC;
    PortCommunicationAvailability: PortCommunicationAvailability, PORT_COMMUNICATION_AVAILABILITY;
    ProtocolAddress: ProtocolAddress<'a>, PROTOCOL_ADDRESS;
    SlaveRxSyncTimingData: SlaveRxSyncTimingData<'a>, SLAVE_RX_SYNC_TIMING_DATA;
    SlaveRxSyncComputedData: SlaveRxSyncComputedData<'a>, SLAVE_RX_SYNC_COMPUTED_DATA;
    SlaveTxEventTimestamps: SlaveTxEventTimestamps<'a>, SLAVE_TX_EVENT_TIMESTAMPS;
    CumulativeRateRatio: CumulativeRateRatio, CUMULATIVE_RATE_RATIO;
    Pad: Pad<'a>, PAD;
    Authentication: Authentication<'a>, AUTHENTICATION;
}
