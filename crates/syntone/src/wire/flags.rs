//! The flagField.

use bitflags::bitflags;

bitflags! {
    /// The flagField of the header (IEEE 1588-2019 13.3.2.8). Octet 0 is the high one; bits without a name survive.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Flags: u16 {
        /// alternateMasterFlag: sent by a port that is not MASTER (Announce, Sync, Follow_Up, Delay_Resp).
        const ALTERNATE_MASTER = 0x0100;
        /// twoStepFlag: a Follow_Up message comes (Sync, Pdelay_Resp).
        const TWO_STEP = 0x0200;
        /// unicastFlag: sent to a unicast address.
        const UNICAST = 0x0400;
        /// PTP profile Specific 1.
        const PROFILE_SPECIFIC_1 = 0x2000;
        /// PTP profile Specific 2.
        const PROFILE_SPECIFIC_2 = 0x4000;
        /// leap61: the last minute of the UTC day has 61 seconds (Announce).
        const LEAP61 = 0x0001;
        /// leap59: the last minute of the UTC day has 59 seconds (Announce).
        const LEAP59 = 0x0002;
        /// currentUtcOffsetValid (Announce).
        const CURRENT_UTC_OFFSET_VALID = 0x0004;
        /// ptpTimescale: the epoch is that of PTP (Announce).
        const PTP_TIMESCALE = 0x0008;
        /// timeTraceable (Announce).
        const TIME_TRACEABLE = 0x0010;
        /// frequencyTraceable (Announce).
        const FREQUENCY_TRACEABLE = 0x0020;
        /// synchronizationUncertain (Announce).
        const SYNCHRONIZATION_UNCERTAIN = 0x0040;

        const _ = !0;
    }
}

const NAMES: [(Flags, &str); 12] = [
    (Flags::ALTERNATE_MASTER, "alternateMasterFlag"),
    (Flags::TWO_STEP, "twoStepFlag"),
    (Flags::UNICAST, "unicastFlag"),
    (Flags::PROFILE_SPECIFIC_1, "PTP profile Specific 1"),
    (Flags::PROFILE_SPECIFIC_2, "PTP profile Specific 2"),
    (Flags::LEAP61, "leap61"),
    (Flags::LEAP59, "leap59"),
    (Flags::CURRENT_UTC_OFFSET_VALID, "currentUtcOffsetValid"),
    (Flags::PTP_TIMESCALE, "ptpTimescale"),
    (Flags::TIME_TRACEABLE, "timeTraceable"),
    (Flags::FREQUENCY_TRACEABLE, "frequencyTraceable"),
    (Flags::SYNCHRONIZATION_UNCERTAIN, "synchronizationUncertain"),
];

impl Flags {
    /// The standard's names of the flags that are set, those of octet 0 first. Reserved bits have none.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Flags {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Flags({=u16:#06x})", self.bits());
    }
}
