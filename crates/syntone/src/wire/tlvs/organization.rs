//! Extensions by organisations (IEEE 1588-2019 14.3), and those of them that are met in the field.

use super::TlvValue;
use crate::wire::TlvType;
use crate::wire::enumeration::enumeration;
use crate::wire::layout::{Layout, U48, Visitor, flag_octet, layout};
use crate::wire::{EmitError, ParseError};
use syntone_hal::TimeInterval;

layout! {
    /// ORGANIZATION_EXTENSION and its two variants for boundary clocks (IEEE 1588-2019 14.3).
    OrganizationExtension<'a> {
        /// The OUI or CID of the organisation.
        organization_id: [u8; 3] => OrganizationId;
        /// Which of its extensions.
        organization_sub_type: [u8; 3] => OrganizationSubType;
        /// For [`OrganizationData::parse`].
        data_field: &'a [u8] => DataField;
    }

    /// ScaledNs: 96 bits in units of 2⁻¹⁶ ns (IEEE 802.1AS 6.4.3.1).
    ScaledNs {
        /// The highest 16 bits of the nanoseconds, with the sign.
        nanoseconds_msb: i16 => NanosecondsMsb;
        /// The other 64 bits.
        nanoseconds_lsb: u64 => NanosecondsLsb;
        /// The fraction, in 2⁻¹⁶ ns.
        fractional_nanoseconds: u16 => FractionalNanoseconds;
    }

    /// Follow_Up information (IEEE 802.1AS 11.4.4.3).
    FollowUpInformation {
        /// (Rate of the grandmaster / rate of the sender − 1) · 2⁴¹.
        cumulative_scaled_rate_offset: i32 => CumulativeScaledRateOffset;
        /// Which source of time the grandmaster has.
        gm_time_base_indicator: u16 => GmTimeBaseIndicator;
        /// By how much the phase of the grandmaster changed last.
        last_gm_phase_change: ScaledNs => LastGmPhaseChange;
        /// (Ratio of the rates after and before − 1) · 2⁴¹.
        scaled_last_gm_freq_change: i32 => ScaledLastGmFreqChange;
    }

    /// Message interval request (IEEE 802.1AS 10.6.4.3): log₂ of seconds; −128 no change, 126 the initial one, 127 stop.
    MessageIntervalRequest {
        /// Of Pdelay_Req.
        link_delay_interval: i8 => LinkDelayInterval;
        /// Of Sync.
        time_sync_interval: i8 => TimeSyncInterval;
        /// Of Announce.
        announce_interval: i8 => AnnounceInterval;
        /// What the receiver shall compute.
        flags: IntervalRequestFlags => Flags, 2 reserved;
    }

    /// CSN (IEEE 802.1AS-2011): from one node of a coordinated shared network to another.
    CsnTlv {
        /// When the Sync came into the network.
        upstream_tx_time: ScaledNs => UpstreamTxTime;
        /// (Ratio of rates − 1) · 2⁴¹.
        neighbor_rate_ratio: i32 => NeighborRateRatio;
        /// Delay on the path before.
        neighbor_prop_delay: ScaledNs => NeighborPropDelay;
        /// Asymmetry of that path.
        delay_asymmetry: ScaledNs => DelayAsymmetry;
    }

    /// gPTP-capable (IEEE 802.1AS-2020 10.6.4.4).
    GptpCapable {
        /// log₂ of the seconds between these messages.
        log_gptp_capable_message_interval: i8 => LogGptpCapableMessageInterval;
        /// Reserved.
        flags: u8 => Flags, 4 reserved;
    }

    /// gPTP-capable message interval request (IEEE 802.1AS-2020 10.6.4.5).
    GptpCapableIntervalRequest {
        /// log₂ of the seconds between them that are asked for.
        log_gptp_capable_message_interval: i8 => LogGptpCapableMessageInterval, 3 reserved;
    }

    /// IEEE C37.238-2011.
    C37238V2011 {
        /// Number of the grandmaster.
        grandmaster_id: u16 => GrandmasterId;
        /// Error of the grandmaster in nanoseconds.
        grandmaster_time_inaccuracy: u32 => GrandmasterTimeInaccuracy;
        /// Error of the network in nanoseconds; all ones if it is too large or unknown.
        network_time_inaccuracy: u32 => NetworkTimeInaccuracy, 2 reserved;
    }

    /// IEEE C37.238-2017.
    C37238V2017 {
        /// Number of the grandmaster.
        grandmaster_id: u16 => GrandmasterId, 4 reserved;
        /// Error of all in nanoseconds.
        total_time_inaccuracy: u32 => TotalTimeInaccuracy, 2 reserved;
    }

    /// Synchronization metadata (SMPTE ST 2059-2).
    SmpteSynchronizationMetadata {
        /// Frames …
        default_system_frame_rate_numerator: u32 => DefaultSystemFrameRateNumerator;
        /// … in so many seconds.
        default_system_frame_rate_denominator: u32 => DefaultSystemFrameRateDenominator;
        /// How the grandmaster gets its time.
        master_locking_status: MasterLockingStatus => MasterLockingStatus;
        /// Bit 0 drop frame, bit 1 colour frame.
        time_address_flags: u8 => TimeAddressFlags;
        /// Local time less PTP time, in seconds.
        current_local_offset: i32 => CurrentLocalOffset;
        /// By how much that will grow.
        jump_seconds: i32 => JumpSeconds;
        /// When.
        time_of_next_jump: U48 => TimeOfNextJump;
        /// When the time address will be set anew.
        time_of_next_jam: U48 => TimeOfNextJam;
        /// When it was.
        time_of_previous_jam: U48 => TimeOfPreviousJam;
        /// The local offset then.
        previous_jam_local_offset: i32 => PreviousJamLocalOffset;
        /// Bit 0 now, bit 1 from the next jump on, bit 2 at the previous jam.
        daylight_saving: u8 => DaylightSaving;
        /// Bit 0: the jump is a leap second.
        leap_second_jump: u8 => LeapSecondJump;
    }

    /// Interface rate (ITU-T G.8275.2 annex D).
    InterfaceRate {
        /// Length of a bit in attoseconds.
        interface_bit_period: u64 => InterfaceBitPeriod;
        /// Bits from the start of the frame to the time stamp.
        number_of_bits_before_timestamp: u16 => NumberOfBitsBeforeTimestamp;
        /// Bits from there to the end of the frame.
        number_of_bits_after_timestamp: u16 => NumberOfBitsAfterTimestamp;
    }

    /// White Rabbit.
    WhiteRabbit<'a> {
        /// What it says.
        wr_message_id: WrMessageId => WrMessageId;
        /// More of it.
        data_field: &'a [u8] => DataField;
    }
}

impl ScaledNs {
    /// As a time interval; the largest or smallest one where it is beyond it.
    #[must_use]
    pub fn saturating_interval(self) -> TimeInterval {
        let nanoseconds = i64::from_be_bytes(self.nanoseconds_lsb.to_be_bytes());
        let fits = i64::from(self.nanoseconds_msb) == nanoseconds >> 63 && nanoseconds >> 47 == nanoseconds >> 63;
        if fits {
            return TimeInterval::from_scaled((nanoseconds << 16) | i64::from(self.fractional_nanoseconds));
        }
        TimeInterval::from_scaled(if self.nanoseconds_msb < 0 { i64::MIN } else { i64::MAX })
    }
}

impl From<TimeInterval> for ScaledNs {
    fn from(interval: TimeInterval) -> Self {
        let [a, b, c, d, e, f, high, low] = interval.scaled().to_be_bytes();
        let sign = if interval.scaled() < 0 { 0xFF } else { 0 };
        Self {
            nanoseconds_msb: i16::from_be_bytes([sign, sign]),
            nanoseconds_lsb: u64::from_be_bytes([sign, sign, a, b, c, d, e, f]),
            fractional_nanoseconds: u16::from_be_bytes([high, low]),
        }
    }
}

flag_octet! {
    /// What the receiver of a message interval request shall compute.
    IntervalRequestFlags {
        /// neighborRateRatio.
        COMPUTE_NEIGHBOR_RATE_RATIO = 0, "computeNeighborRateRatio";
        /// meanLinkDelay.
        COMPUTE_MEAN_LINK_DELAY = 1, "computeMeanLinkDelay";
        /// It may send one-step Syncs.
        ONE_STEP_RECEIVE_CAPABLE = 2, "oneStepReceiveCapable";
    }
}

enumeration! {
    /// How a grandmaster gets its time (SMPTE ST 2059-2).
    pub struct MasterLockingStatus(u8);
    /// Does not say.
    NOT_IN_USE = 0, "NOT_IN_USE";
    /// By itself.
    FREE_RUN = 1, "FREE_RUN";
    /// Follows, and may jump.
    COLD_LOCKING = 2, "COLD_LOCKING";
    /// Follows without jumps.
    WARM_LOCKING = 3, "WARM_LOCKING";
    /// Locked.
    LOCKED = 4, "LOCKED";
}

enumeration! {
    /// What a White Rabbit message says.
    pub struct WrMessageId(u16);
    /// A slave is there.
    SLAVE_PRESENT = 0x1000, "SLAVE_PRESENT";
    /// Lock to me.
    LOCK = 0x1001, "LOCK";
    /// Locked.
    LOCKED = 0x1002, "LOCKED";
    /// Calibrate.
    CALIBRATE = 0x1003, "CALIBRATE";
    /// Calibrated.
    CALIBRATED = 0x1004, "CALIBRATED";
    /// Link is up.
    WR_MODE_ON = 0x1005, "WR_MODE_ON";
    /// Suffix of an Announce.
    ANN_SUFIX = 0x2000, "ANN_SUFIX";
}

macro_rules! organizations {
    ($($variant:ident: $kind:ty, $id:ident, [$($sub_type:literal),*];)*) => {
        /// The data of the extensions that are known, by organisation and subtype.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum OrganizationData<'a> {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($kind),)*
        }

        impl<'a> OrganizationData<'a> {
            /// Reads the data of an extension; `None` if it is not known.
            ///
            /// # Errors
            /// As [`Layout::parse`].
            pub fn parse(extension: &OrganizationExtension<'a>) -> Option<Result<Self, ParseError>> {
                let data = extension.data_field;
                match (extension.organization_id, extension.organization_sub_type) {
                    $(($id, [$($sub_type),*]) => Some(<$kind>::parse(data).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// organizationId and organizationSubType.
            #[must_use]
            pub const fn kind(&self) -> ([u8; 3], [u8; 3]) {
                match self {
                    $(Self::$variant(_) => ($id, [$($sub_type),*]),)*
                }
            }

            /// Writes the data to the front of `octets` and gives their number.
            ///
            /// # Errors
            /// When the buffer is too small.
            pub fn emit(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
                match self {
                    $(Self::$variant(data) => data.emit(octets),)*
                }
            }

            /// Tells the fields.
            pub fn visit(&self, visitor: &mut dyn Visitor) {
                match self {
                    $(Self::$variant(data) => data.visit(visitor),)*
                }
            }
        }
    };
}

const IEEE_802_1: [u8; 3] = [0x00, 0x80, 0xC2];
const IEEE_C37_238: [u8; 3] = [0x1C, 0x12, 0x9D];
const SMPTE: [u8; 3] = [0x68, 0x97, 0xE8];
const ITU_T: [u8; 3] = [0x00, 0x19, 0xA7];
const CERN: [u8; 3] = [0x08, 0x00, 0x30];

organizations! {
    FollowUpInformation: FollowUpInformation, IEEE_802_1, [0, 0, 1];
    MessageIntervalRequest: MessageIntervalRequest, IEEE_802_1, [0, 0, 2];
    CsnTlv: CsnTlv, IEEE_802_1, [0, 0, 3];
    GptpCapable: GptpCapable, IEEE_802_1, [0, 0, 4];
    GptpCapableIntervalRequest: GptpCapableIntervalRequest, IEEE_802_1, [0, 0, 5];
    C37238V2011: C37238V2011, IEEE_C37_238, [0, 0, 1];
    C37238V2017: C37238V2017, IEEE_C37_238, [0, 0, 2];
    SmpteSynchronizationMetadata: SmpteSynchronizationMetadata, SMPTE, [0, 0, 1];
    InterfaceRate: InterfaceRate, ITU_T, [0, 0, 2];
    WhiteRabbit: WhiteRabbit<'a>, CERN, [0xDE, 0xAD, 0x01];
}

impl<'a> TlvValue<'a> for OrganizationExtension<'a> {
    const TLV_TYPE: TlvType = TlvType::ORGANIZATION_EXTENSION;
}
