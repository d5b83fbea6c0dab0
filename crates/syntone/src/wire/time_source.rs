//! Where a grandmaster has its time from.

use super::enumeration::enumeration;

enumeration! {
    /// The source of a grandmaster's time (IEEE 1588-2019 7.6.2.8). It informs; no decision depends on it.
    pub struct TimeSource(u8);
    /// An atomic clock.
    ATOMIC_CLOCK = 0x10, "ATOMIC_CLOCK";
    /// A satellite system; GPS in 2008.
    GNSS = 0x20, "GNSS";
    /// A radio station.
    TERRESTRIAL_RADIO = 0x30, "TERRESTRIAL_RADIO";
    /// A serial time code such as IRIG-B.
    SERIAL_TIME_CODE = 0x39, "SERIAL_TIME_CODE";
    /// Another PTP domain.
    PTP = 0x40, "PTP";
    /// NTP.
    NTP = 0x50, "NTP";
    /// Set by hand.
    HAND_SET = 0x60, "HAND_SET";
    /// Something else.
    OTHER = 0x90, "OTHER";
    /// Its own oscillator.
    INTERNAL_OSCILLATOR = 0xA0, "INTERNAL_OSCILLATOR";
}
