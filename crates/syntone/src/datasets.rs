//! The data sets of a clock: one set of structs for the protocol, for management and for users (IEEE 1588-2019 8.2).

use crate::wire::{Announce, ClockIdentity, ClockQuality, Flags, Header, PortIdentity, SdoId, TimeSource};
use syntone_hal::TimeInterval;

/// What a clock is by itself (IEEE 1588-2019 8.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DefaultDs {
    /// The identity of this clock.
    pub clock_identity: ClockIdentity,
    /// Ports of this clock: 1 for an ordinary clock.
    pub number_ports: u16,
    /// How good this clock is as a grandmaster.
    pub clock_quality: ClockQuality,
    /// First of all in the comparison of clocks; lower is better.
    pub priority1: u8,
    /// Decides between clocks of the same quality; lower is better.
    pub priority2: u8,
    /// The domain that this clock takes part in.
    pub domain_number: u8,
    /// Never a master.
    #[doc(alias = "timeReceiverOnly")]
    pub slave_only: bool,
    /// The standards organisation whose rules this clock follows.
    pub sdo_id: SdoId,
    /// Announce messages that have come over this many boundary clocks or more are not used: 2 to 255.
    pub max_steps_removed: u8,
}

/// How well this clock follows its grandmaster (IEEE 1588-2019 8.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CurrentDs {
    /// Paths between this clock and its grandmaster; 0 if it is the grandmaster.
    pub steps_removed: u16,
    /// This clock's time less the master's, as last measured.
    #[doc(alias = "offsetFromTimeTransmitter")]
    pub offset_from_master: TimeInterval,
    /// Mean delay of the path to the master; zero without one.
    #[doc(alias = "meanPathDelay")]
    pub mean_delay: TimeInterval,
    /// The parent or this clock is not yet sure of its time.
    pub synchronization_uncertain: bool,
}

impl CurrentDs {
    /// Decisions M1 and M2: this clock is the grandmaster (IEEE 1588-2019 9.3.5, Table 30).
    pub const OF_GRANDMASTER: Self = Self {
        steps_removed: 0,
        offset_from_master: TimeInterval::ZERO,
        mean_delay: TimeInterval::ZERO,
        synchronization_uncertain: false,
    };
}

/// The parent and the grandmaster of this clock (IEEE 1588-2019 8.2.3).
///
/// The statistics of the parent are not computed: parentStats is FALSE and its two members have their initial values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParentDs {
    /// The port whose Sync messages this clock follows; port 0 of this clock if it is the grandmaster.
    pub parent_port_identity: PortIdentity,
    /// The grandmaster.
    pub grandmaster_identity: ClockIdentity,
    /// The quality of the grandmaster.
    pub grandmaster_clock_quality: ClockQuality,
    /// `priority1` of the grandmaster.
    pub grandmaster_priority1: u8,
    /// `priority2` of the grandmaster.
    pub grandmaster_priority2: u8,
    /// The parent says that it is not sure of its time.
    pub synchronization_uncertain: bool,
}

impl ParentDs {
    /// Decisions M1 and M2: the clock itself (IEEE 1588-2019 9.3.5, Table 30).
    #[must_use]
    pub fn of_grandmaster(default_ds: &DefaultDs) -> Self {
        Self {
            parent_port_identity: PortIdentity::new(default_ds.clock_identity, 0),
            grandmaster_identity: default_ds.clock_identity,
            grandmaster_clock_quality: default_ds.clock_quality,
            grandmaster_priority1: default_ds.priority1,
            grandmaster_priority2: default_ds.priority2,
            synchronization_uncertain: false,
        }
    }

    /// Decision S1: the sender of an Announce message (IEEE 1588-2019 9.3.5, Table 33).
    #[must_use]
    pub fn from_announce(header: &Header, announce: &Announce) -> Self {
        Self {
            parent_port_identity: header.source_port_identity,
            grandmaster_identity: announce.grandmaster_identity,
            grandmaster_clock_quality: announce.grandmaster_clock_quality,
            grandmaster_priority1: announce.grandmaster_priority1,
            grandmaster_priority2: announce.grandmaster_priority2,
            synchronization_uncertain: header.flags.contains(Flags::SYNCHRONIZATION_UNCERTAIN),
        }
    }
}

/// What is known about the timescale of the grandmaster (IEEE 1588-2019 8.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimePropertiesDs {
    /// TAI less UTC in seconds: 37 since 2017.
    pub current_utc_offset: i16,
    /// Where the grandmaster has its time from.
    pub time_source: TimeSource,
    flags: Flags,
}

impl Default for TimePropertiesDs {
    /// A free-running clock on the PTP timescale: UTC offset 37 s, not vouched for.
    fn default() -> Self {
        Self::new(37, Flags::PTP_TIMESCALE, TimeSource::INTERNAL_OSCILLATOR)
    }
}

impl TimePropertiesDs {
    /// The members that are flags in an Announce message.
    pub const FLAGS: Flags = Flags::LEAP61
        .union(Flags::LEAP59)
        .union(Flags::CURRENT_UTC_OFFSET_VALID)
        .union(Flags::PTP_TIMESCALE)
        .union(Flags::TIME_TRACEABLE)
        .union(Flags::FREQUENCY_TRACEABLE);

    /// From the flags as an Announce message carries them; others than [`Self::FLAGS`] are left out.
    #[must_use]
    pub const fn new(current_utc_offset: i16, flags: Flags, time_source: TimeSource) -> Self {
        Self { current_utc_offset, time_source, flags: flags.intersection(Self::FLAGS) }
    }

    /// Decision S1: as the parent announces them (IEEE 1588-2019 9.3.5, Table 33).
    #[must_use]
    pub const fn from_announce(header: &Header, announce: &Announce) -> Self {
        Self::new(announce.current_utc_offset, header.flags, announce.time_source)
    }

    /// All flags, as an Announce message carries them.
    #[must_use]
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// `current_utc_offset` and the leap flags are known to be right.
    #[must_use]
    pub const fn current_utc_offset_valid(&self) -> bool {
        self.flags.contains(Flags::CURRENT_UTC_OFFSET_VALID)
    }

    /// The last minute of this UTC day has 59 seconds.
    #[must_use]
    pub const fn leap59(&self) -> bool {
        self.flags.contains(Flags::LEAP59)
    }

    /// The last minute of this UTC day has 61 seconds.
    #[must_use]
    pub const fn leap61(&self) -> bool {
        self.flags.contains(Flags::LEAP61)
    }

    /// The time is traceable to a primary reference.
    #[must_use]
    pub const fn time_traceable(&self) -> bool {
        self.flags.contains(Flags::TIME_TRACEABLE)
    }

    /// The frequency is traceable to a primary reference.
    #[must_use]
    pub const fn frequency_traceable(&self) -> bool {
        self.flags.contains(Flags::FREQUENCY_TRACEABLE)
    }

    /// The epoch is that of PTP; otherwise it is arbitrary.
    #[must_use]
    pub const fn ptp_timescale(&self) -> bool {
        self.flags.contains(Flags::PTP_TIMESCALE)
    }
}

/// A port (IEEE 1588-2019 8.2.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortDs {
    /// The identity of this port.
    pub port_identity: PortIdentity,
    /// Its state.
    pub port_state: PortState,
    /// log₂ of the least mean interval between Delay_Req messages in seconds; as a slave, what the master asks for.
    pub log_min_delay_req_interval: i8,
    /// log₂ of the interval between Announce messages in seconds.
    pub log_announce_interval: i8,
    /// Announce intervals without an Announce message after which the master is given up: 2 to 255.
    pub announce_receipt_timeout: u8,
    /// log₂ of the interval between Sync messages in seconds.
    pub log_sync_interval: i8,
    /// How the delay of the path is measured.
    pub delay_mechanism: DelayMechanism,
    /// log₂ of the least mean interval between Pdelay_Req messages in seconds.
    pub log_min_pdelay_req_interval: i8,
    /// The delay of the link as the peer-to-peer mechanism measures it; zero until then, and with any other mechanism.
    #[doc(alias = "peerMeanPathDelay")]
    pub mean_link_delay: TimeInterval,
    /// minorVersionPTP of the messages that are sent: 1 in the edition of 2019, 0 in that of 2008.
    pub minor_version_number: u8,
    /// What the delay from the master to this port exceeds the mean of both directions by.
    pub delay_asymmetry: TimeInterval,
    /// Enabled by management.
    pub port_enable: bool,
    /// Never a slave.
    #[doc(alias = "timeTransmitterOnly")]
    pub master_only: bool,
}

/// How the delay of the path is measured (IEEE 1588-2019 8.2.15.4.4), with the numbers of the standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum DelayMechanism {
    /// Delay_Req and Delay_Resp between slave and master.
    #[default]
    EndToEnd = 1,
    /// Pdelay_Req and Pdelay_Resp between the two ends of each link.
    PeerToPeer = 2,
    /// Not measured, and taken for zero.
    NoMechanism = 254,
}

impl DelayMechanism {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        #[expect(clippy::as_conversions, reason = "the discriminants are u8")]
        let number = self as u8;
        number
    }

    /// The mechanism with that number on the wire, if it is one of these.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::EndToEnd, Self::PeerToPeer, Self::NoMechanism].into_iter().find(|one| one.number() == number)
    }
}

/// State of a port, with the numbers of the standard (IEEE 1588-2019 8.2.15.3.1 and 9.2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum PortState {
    /// Starting; neither sends nor uses messages.
    #[default]
    Initializing = 1,
    /// Out of service by a fault.
    Faulty = 2,
    /// Out of service by management.
    Disabled = 3,
    /// Waits for Announce messages, or for the time after which none can be expected.
    Listening = 4,
    /// Will be master when the qualification time is over, and is silent until then.
    #[doc(alias = "PRE_TIME_TRANSMITTER")]
    PreMaster = 5,
    /// Gives its time to the path.
    #[doc(alias = "TIME_TRANSMITTER")]
    Master = 6,
    /// Neither master nor slave: another is the better master on this path.
    Passive = 7,
    /// Has a master and is not yet synchronised to it.
    Uncalibrated = 8,
    /// Synchronised to the master on this path.
    #[doc(alias = "TIME_RECEIVER")]
    Slave = 9,
}

impl PortState {
    /// The number on the wire: 1 INITIALIZING to 9 SLAVE.
    #[must_use]
    pub const fn number(self) -> u8 {
        #[expect(clippy::as_conversions, reason = "the discriminants are u8")]
        let number = self as u8;
        number
    }

    /// The port has a master: UNCALIBRATED or SLAVE.
    #[must_use]
    pub const fn has_parent(self) -> bool {
        matches!(self, Self::Uncalibrated | Self::Slave)
    }

    /// The announce receipt timeout runs in this state (IEEE 1588-2019 9.2.6.12): LISTENING, PASSIVE, UNCALIBRATED, SLAVE.
    #[must_use]
    pub const fn awaits_announce(self) -> bool {
        matches!(self, Self::Listening | Self::Passive | Self::Uncalibrated | Self::Slave)
    }

    /// INITIALIZING, FAULTY and DISABLED ports take no part in the protocol; all others do.
    #[must_use]
    pub const fn is_running(self) -> bool {
        !matches!(self, Self::Initializing | Self::Faulty | Self::Disabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ClockAccuracy, ClockClass};

    const QUALITY: ClockQuality = ClockQuality {
        clock_class: ClockClass::PRIMARY,
        clock_accuracy: ClockAccuracy::NS_100,
        offset_scaled_log_variance: 0x4E5D,
    };

    /// IEEE 1588-2019 9.3.5, Table 30
    #[test]
    fn a_grandmaster_is_its_own_parent() {
        let default_ds = DefaultDs {
            clock_identity: ClockIdentity(0x0011_22FF_FE33_4455),
            number_ports: 1,
            clock_quality: QUALITY,
            priority1: 12,
            priority2: 34,
            domain_number: 0,
            slave_only: false,
            sdo_id: SdoId::DEFAULT,
            max_steps_removed: 255,
        };
        let parent_ds = ParentDs::of_grandmaster(&default_ds);
        assert_eq!(parent_ds.parent_port_identity, PortIdentity::new(ClockIdentity(0x0011_22FF_FE33_4455), 0));
        assert_eq!(parent_ds.grandmaster_identity, ClockIdentity(0x0011_22FF_FE33_4455));
        assert_eq!(parent_ds.grandmaster_clock_quality, QUALITY);
        assert_eq!((parent_ds.grandmaster_priority1, parent_ds.grandmaster_priority2), (12, 34));
        assert!(!parent_ds.synchronization_uncertain);
    }

    /// IEEE 1588-2019 9.3.5, Table 33
    #[test]
    fn a_slave_takes_parent_grandmaster_and_time_properties_from_the_announce() {
        let header = Header {
            source_port_identity: PortIdentity::new(ClockIdentity(0xA), 3),
            flags: Flags::from_bits_retain(0x0740 | 0x003D),
            ..Header::default()
        };
        let announce = Announce {
            current_utc_offset: -5,
            grandmaster_priority1: 1,
            grandmaster_clock_quality: QUALITY,
            grandmaster_priority2: 2,
            grandmaster_identity: ClockIdentity(0xB),
            steps_removed: 7,
            time_source: TimeSource::GNSS,
            ..Announce::default()
        };
        let parent_ds = ParentDs::from_announce(&header, &announce);
        assert_eq!(parent_ds.parent_port_identity, PortIdentity::new(ClockIdentity(0xA), 3));
        assert_eq!(parent_ds.grandmaster_identity, ClockIdentity(0xB));
        assert_eq!(parent_ds.grandmaster_clock_quality, QUALITY);
        assert_eq!((parent_ds.grandmaster_priority1, parent_ds.grandmaster_priority2), (1, 2));
        assert!(parent_ds.synchronization_uncertain);

        let time = TimePropertiesDs::from_announce(&header, &announce);
        assert_eq!((time.current_utc_offset, time.time_source), (-5, TimeSource::GNSS));
        assert_eq!(time.flags().bits(), 0x003D);
        assert!(time.leap61() && !time.leap59() && time.current_utc_offset_valid());
        assert!(time.ptp_timescale() && time.time_traceable() && time.frequency_traceable());
    }

    /// IEEE 1588-2019 8.2.15.4.4
    #[test]
    fn delay_mechanisms_have_the_numbers_of_the_standard() {
        let mechanisms = [DelayMechanism::EndToEnd, DelayMechanism::PeerToPeer, DelayMechanism::NoMechanism];
        assert_eq!([1, 2, 254].map(DelayMechanism::from_number), mechanisms.map(Some));
        assert_eq!(DelayMechanism::from_number(3), None);
    }

    #[test]
    fn data_sets_are_small() {
        assert!(size_of::<DefaultDs>() <= 24);
        assert!(size_of::<CurrentDs>() <= 24);
        assert!(size_of::<ParentDs>() <= 32);
        assert!(size_of::<TimePropertiesDs>() <= 6);
        assert!(size_of::<PortDs>() <= 48);
    }
}
