//! How good a clock says that it is.

use super::enumeration::enumeration;

enumeration! {
    /// Traceability and intended use of a grandmaster (IEEE 1588-2019 7.6.2.5); lower is better.
    pub struct ClockClass(u8);
    /// Synchronised to a primary reference, PTP timescale.
    PRIMARY = 6, "primary reference, PTP timescale";
    /// Was [`ClockClass::PRIMARY`], in holdover within its specification.
    PRIMARY_HOLDOVER = 7, "holdover of a primary reference, PTP timescale";
    /// Synchronised to an application-specific source, arbitrary timescale.
    APPLICATION = 13, "application-specific source, ARB timescale";
    /// Was [`ClockClass::APPLICATION`], in holdover within its specification.
    APPLICATION_HOLDOVER = 14, "holdover of an application-specific source, ARB timescale";
    /// Was [`ClockClass::PRIMARY_HOLDOVER`], out of specification, never a slave.
    PRIMARY_DEGRADED_A = 52, "degradation alternative A, PTP timescale";
    /// Was [`ClockClass::APPLICATION_HOLDOVER`], out of specification, never a slave.
    APPLICATION_DEGRADED_A = 58, "degradation alternative A, ARB timescale";
    /// Was [`ClockClass::PRIMARY_HOLDOVER`], out of specification, may become a slave.
    PRIMARY_DEGRADED_B = 187, "degradation alternative B, PTP timescale";
    /// Was [`ClockClass::APPLICATION_HOLDOVER`], out of specification, may become a slave.
    APPLICATION_DEGRADED_B = 193, "degradation alternative B, ARB timescale";
    /// None of the others: the default.
    DEFAULT = 248, "default";
    /// A slave-only clock.
    SLAVE_ONLY = 255, "slave-only";
}

enumeration! {
    /// Expected accuracy of a grandmaster (IEEE 1588-2019 7.6.2.6); lower is better.
    pub struct ClockAccuracy(u8);
    /// Within 1 ps.
    PS_1 = 0x17, "1 ps";
    /// Within 2.5 ps.
    PS_2_5 = 0x18, "2.5 ps";
    /// Within 10 ps.
    PS_10 = 0x19, "10 ps";
    /// Within 25 ps.
    PS_25 = 0x1A, "25 ps";
    /// Within 100 ps.
    PS_100 = 0x1B, "100 ps";
    /// Within 250 ps.
    PS_250 = 0x1C, "250 ps";
    /// Within 1 ns.
    NS_1 = 0x1D, "1 ns";
    /// Within 2.5 ns.
    NS_2_5 = 0x1E, "2.5 ns";
    /// Within 10 ns.
    NS_10 = 0x1F, "10 ns";
    /// Within 25 ns.
    NS_25 = 0x20, "25 ns";
    /// Within 100 ns.
    NS_100 = 0x21, "100 ns";
    /// Within 250 ns.
    NS_250 = 0x22, "250 ns";
    /// Within 1 µs.
    US_1 = 0x23, "1 us";
    /// Within 2.5 µs.
    US_2_5 = 0x24, "2.5 us";
    /// Within 10 µs.
    US_10 = 0x25, "10 us";
    /// Within 25 µs.
    US_25 = 0x26, "25 us";
    /// Within 100 µs.
    US_100 = 0x27, "100 us";
    /// Within 250 µs.
    US_250 = 0x28, "250 us";
    /// Within 1 ms.
    MS_1 = 0x29, "1 ms";
    /// Within 2.5 ms.
    MS_2_5 = 0x2A, "2.5 ms";
    /// Within 10 ms.
    MS_10 = 0x2B, "10 ms";
    /// Within 25 ms.
    MS_25 = 0x2C, "25 ms";
    /// Within 100 ms.
    MS_100 = 0x2D, "100 ms";
    /// Within 250 ms.
    MS_250 = 0x2E, "250 ms";
    /// Within 1 s.
    S_1 = 0x2F, "1 s";
    /// Within 10 s.
    S_10 = 0x30, "10 s";
    /// Worse than 10 s.
    WORSE = 0x31, "more than 10 s";
    /// Unknown.
    UNKNOWN = 0xFE, "unknown";
}

/// The attributes of a clock that the best master clock algorithm compares (IEEE 1588-2019 5.3.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClockQuality {
    /// Traceability.
    pub clock_class: ClockClass,
    /// Expected accuracy.
    pub clock_accuracy: ClockAccuracy,
    /// Stability: 0x8000 + 256·log₂ of the PTP variance in s²; 0xFFFF if not computed (IEEE 1588-2019 7.6.3.3).
    pub offset_scaled_log_variance: u16,
}
