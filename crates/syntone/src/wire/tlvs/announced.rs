//! What rides on Announce messages.

use super::TlvValue;
use crate::wire::layout::{Float64, PortAddress, PtpText, Records, U48, flag_octet, layout};
use crate::wire::{ClockIdentity, TlvType};
use syntone_hal::TimeInterval;

layout! {
    /// PATH_TRACE (IEEE 1588-2019 16.2).
    PathTrace<'a> {
        /// The clocks from the grandmaster to the sender.
        path_sequence: Records<'a, ClockIdentity> => PathSequence;
    }

    /// ALTERNATE_TIME_OFFSET_INDICATOR (IEEE 1588-2019 16.3).
    AlternateTimeOffsetIndicator<'a> {
        /// Which of several timescales.
        key_field: u8 => KeyField;
        /// Seconds that it is ahead of the sender's time.
        current_offset: i32 => CurrentOffset;
        /// Seconds by which its offset will grow.
        jump_seconds: i32 => JumpSeconds;
        /// When, in seconds of the sender's time.
        time_of_next_jump: U48 => TimeOfNextJump;
        /// What it is called; up to 10 symbols.
        display_name: PtpText<'a> => DisplayName;
    }

    /// ENHANCED_ACCURACY_METRICS (IEEE 1588-2019 16.12): for each cause the largest error, and the variance in s².
    EnhancedAccuracyMetrics {
        /// Boundary clocks that have added theirs.
        bc_hop_count: u8 => BcHopCount;
        /// Transparent clocks that have added theirs.
        tc_hop_count: u8 => TcHopCount, 2 reserved;
        /// Of the grandmaster.
        max_gm_inaccuracy: TimeInterval => MaxGmInaccuracy;
        /// Of the grandmaster.
        var_gm_inaccuracy: Float64 => VarGmInaccuracy;
        /// Of transients.
        max_transient_inaccuracy: TimeInterval => MaxTransientInaccuracy;
        /// Of transients.
        var_transient_inaccuracy: Float64 => VarTransientInaccuracy;
        /// Of what changes all the time.
        max_dynamic_inaccuracy: TimeInterval => MaxDynamicInaccuracy;
        /// Of what changes all the time.
        var_dynamic_inaccuracy: Float64 => VarDynamicInaccuracy;
        /// Of what is constant in the clocks.
        max_static_instance_inaccuracy: TimeInterval => MaxStaticInstanceInaccuracy;
        /// Of what is constant in the clocks.
        var_static_instance_inaccuracy: Float64 => VarStaticInstanceInaccuracy;
        /// Of what is constant on the way.
        max_static_medium_inaccuracy: TimeInterval => MaxStaticMediumInaccuracy;
        /// Of what is constant on the way.
        var_static_medium_inaccuracy: Float64 => VarStaticMediumInaccuracy;
    }

    /// PORT_COMMUNICATION_AVAILABILITY (IEEE 1588-2019 16.9).
    PortCommunicationAvailability {
        /// How it sends Sync.
        sync_message_availability: CommunicationCapabilities => SyncMessageAvailability;
        /// How it sends Delay_Resp.
        delay_resp_message_availability: CommunicationCapabilities => DelayRespMessageAvailability;
    }

    /// How messages of one type are to be had.
    CommunicationCapabilities {
        /// All of it.
        flags: CommunicationFlags => Flags;
    }

    /// PROTOCOL_ADDRESS (IEEE 1588-2019 14.1).
    ProtocolAddress<'a> {
        /// Where the sender can be reached.
        port_protocol_address: PortAddress<'a> => PortProtocolAddress;
    }
}

flag_octet! {
    /// How messages of one type are to be had.
    CommunicationFlags {
        /// As multicast.
        MULTICAST_CAPABLE = 0, "multicastCapable";
        /// As unicast.
        UNICAST_CAPABLE = 1, "unicastCapable";
        /// As unicast, when they are asked for.
        UNICAST_NEGOTIATION_CAPABLE = 2, "unicastNegotiationCapable";
        /// As unicast, only when they are asked for.
        UNICAST_NEGOTIATION_REQUIRED = 3, "unicastNegotiationRequired";
    }
}

impl<'a> TlvValue<'a> for PathTrace<'a> {
    const TLV_TYPE: TlvType = TlvType::PATH_TRACE;
}

impl<'a> TlvValue<'a> for AlternateTimeOffsetIndicator<'a> {
    const TLV_TYPE: TlvType = TlvType::ALTERNATE_TIME_OFFSET_INDICATOR;
}

impl TlvValue<'_> for EnhancedAccuracyMetrics {
    const TLV_TYPE: TlvType = TlvType::ENHANCED_ACCURACY_METRICS;
}

impl TlvValue<'_> for PortCommunicationAvailability {
    const TLV_TYPE: TlvType = TlvType::PORT_COMMUNICATION_AVAILABILITY;
}

impl<'a> TlvValue<'a> for ProtocolAddress<'a> {
    const TLV_TYPE: TlvType = TlvType::PROTOCOL_ADDRESS;
}
