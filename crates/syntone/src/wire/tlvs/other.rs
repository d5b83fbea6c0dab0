//! TLVs of few octets.

use super::TlvValue;
use crate::wire::TlvType;
use crate::wire::layout::layout;

layout! {
    /// CUMULATIVE_RATE_RATIO (IEEE 1588-2019 16.10).
    CumulativeRateRatio {
        /// (Rate of the grandmaster / rate of the sender − 1) · 2⁴¹.
        scaled_cumulative_rate_ratio: i32 => ScaledCumulativeRateRatio;
    }

    /// PAD (IEEE 1588-2019 16.13): octets without a meaning.
    Pad<'a> {
        /// They.
        pad: &'a [u8] => Pad;
    }

    /// AUTHENTICATION (IEEE 1588-2019 16.14.3).
    Authentication<'a> {
        /// securityParameterPointer: which security association.
        spp: u8 => Spp;
        /// Which of the optional fields there are.
        sec_param_indicator: u8 => SecParamIndicator;
        /// Which key.
        key_id: u32 => KeyId;
        /// The integrity check value, behind the optional fields that secParamIndicator tells of.
        icv: &'a [u8] => Icv;
    }

    /// ALTERNATE_RESPONSE_PORT, an experiment in the field.
    AlternateResponsePort {
        /// Added to the UDP port of the answer.
        port_offset: u16 => PortOffset;
    }
}

impl TlvValue<'_> for CumulativeRateRatio {
    const TLV_TYPE: TlvType = TlvType::CUMULATIVE_RATE_RATIO;
}

impl<'a> TlvValue<'a> for Pad<'a> {
    const TLV_TYPE: TlvType = TlvType::PAD;
}

impl<'a> TlvValue<'a> for Authentication<'a> {
    const TLV_TYPE: TlvType = TlvType::AUTHENTICATION;
}

impl TlvValue<'_> for AlternateResponsePort {
    const TLV_TYPE: TlvType = TlvType::ALTERNATE_RESPONSE_PORT;
}
