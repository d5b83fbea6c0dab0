//! The data sets of a clock: one set of structs for the protocol, for management and for users (IEEE 1588-2019 8.2).

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
