//! Management data of a clock (IEEE 1588-2019 15.5.3).

use crate::wire::enumeration::enumeration;
use crate::wire::layout::{
    Emitter, Layout, Parser, PortAddress, PtpText, Records, Table, U48, Visitor, flag_octet, layout,
};
use crate::wire::{
    ClockAccuracy, ClockIdentity, ClockQuality, Flags, ParseError, PortIdentity, TimeSource, WireTimestamp,
};
use syntone_hal::TimeInterval;

layout! {
    /// USER_DESCRIPTION (IEEE 1588-2019 15.5.3.1.3).
    UserDescription<'a> {
        /// What its owner calls it; up to 128 symbols.
        user_description: PtpText<'a> => UserDescription;
    }

    /// INITIALIZE (IEEE 1588-2019 15.5.3.1.6).
    Initialize {
        /// 0 INITIALIZE_EVENT.
        initialization_key: u16 => InitializationKey;
    }

    /// DEFAULT_DATA_SET (IEEE 1588-2019 15.5.3.3.1).
    DefaultDataSet {
        /// twoStepFlag and slaveOnly.
        flags: DefaultDataSetFlags => Flags, 1 reserved;
        /// Ports of the clock.
        number_ports: u16 => NumberPorts;
        /// priority1.
        priority1: u8 => Priority1;
        /// Its quality.
        clock_quality: ClockQuality => ClockQuality;
        /// priority2.
        priority2: u8 => Priority2;
        /// Its identity.
        clock_identity: ClockIdentity => ClockIdentity;
        /// Its domain.
        domain_number: u8 => DomainNumber, 1 reserved;
    }

    /// CURRENT_DATA_SET (IEEE 1588-2019 15.5.3.4.1).
    CurrentDataSet {
        /// Paths between it and the grandmaster.
        steps_removed: u16 => StepsRemoved;
        /// Its time less the master's.
        offset_from_master: TimeInterval => OffsetFromMaster;
        /// Mean delay of the path to the master; meanDelay in 2019.
        mean_path_delay: TimeInterval => MeanPathDelay;
    }

    /// PARENT_DATA_SET (IEEE 1588-2019 15.5.3.5.1).
    ParentDataSet {
        /// The port that it follows.
        parent_port_identity: PortIdentity => ParentPortIdentity;
        /// The two values that follow are measured.
        parent_stats: bool => ParentStats, 1 reserved;
        /// 0xFFFF if it is not measured.
        observed_parent_offset_scaled_log_variance: u16 => ObservedParentOffsetScaledLogVariance;
        /// 0x7FFF_FFFF if it is not measured.
        observed_parent_clock_phase_change_rate: i32 => ObservedParentClockPhaseChangeRate;
        /// Of the grandmaster.
        grandmaster_priority1: u8 => GrandmasterPriority1;
        /// Of the grandmaster.
        grandmaster_clock_quality: ClockQuality => GrandmasterClockQuality;
        /// Of the grandmaster.
        grandmaster_priority2: u8 => GrandmasterPriority2;
        /// The grandmaster.
        grandmaster_identity: ClockIdentity => GrandmasterIdentity;
    }

    /// TIME_PROPERTIES_DATA_SET (IEEE 1588-2019 15.5.3.6.1).
    TimePropertiesDataSet {
        /// TAI less UTC in seconds.
        current_utc_offset: i16 => CurrentUtcOffset;
        /// As in an Announce message.
        flags: Flags => Flags;
        /// Where the time comes from.
        time_source: TimeSource => TimeSource;
    }

    /// PRIORITY1 (IEEE 1588-2019 15.5.3.3.2).
    Priority1 {
        /// priority1.
        priority1: u8 => Priority1, 1 reserved;
    }

    /// PRIORITY2 (IEEE 1588-2019 15.5.3.3.3).
    Priority2 {
        /// priority2.
        priority2: u8 => Priority2, 1 reserved;
    }

    /// DOMAIN (IEEE 1588-2019 15.5.3.3.4).
    Domain {
        /// domainNumber.
        domain_number: u8 => DomainNumber, 1 reserved;
    }

    /// SLAVE_ONLY (IEEE 1588-2019 15.5.3.3.5).
    SlaveOnly {
        /// slaveOnly.
        slave_only: bool => SlaveOnly, 1 reserved;
    }

    /// TIME (IEEE 1588-2019 15.5.3.2.1).
    Time {
        /// The time of the clock.
        current_time: WireTimestamp => CurrentTime;
    }

    /// CLOCK_ACCURACY (IEEE 1588-2019 15.5.3.2.2).
    ClockAccuracyData {
        /// clockAccuracy.
        clock_accuracy: ClockAccuracy => ClockAccuracy, 1 reserved;
    }

    /// UTC_PROPERTIES (IEEE 1588-2019 15.5.3.6.2).
    UtcProperties {
        /// TAI less UTC in seconds.
        current_utc_offset: i16 => CurrentUtcOffset;
        /// leap61, leap59 and currentUtcOffsetValid.
        flags: Flags => Flags, 1 reserved;
    }

    /// TRACEABILITY_PROPERTIES (IEEE 1588-2019 15.5.3.6.3).
    TraceabilityProperties {
        /// timeTraceable and frequencyTraceable.
        flags: Flags => Flags, 1 reserved;
    }

    /// TIMESCALE_PROPERTIES (IEEE 1588-2019 15.5.3.6.4).
    TimescaleProperties {
        /// ptpTimescale.
        flags: Flags => Flags;
        /// Where the time comes from.
        time_source: TimeSource => TimeSource;
    }

    /// PATH_TRACE_LIST (IEEE 1588-2019 16.2.4.1).
    PathTraceList<'a> {
        /// The clocks from the grandmaster to the parent.
        path_sequence: Records<'a, ClockIdentity> => PathSequence;
    }

    /// PATH_TRACE_ENABLE (IEEE 1588-2019 16.2.4.2).
    PathTraceEnable {
        /// pathTraceDS.enable.
        path_trace_enable: bool => PathTraceEnable, 1 reserved;
    }

    /// GRANDMASTER_CLUSTER_TABLE (IEEE 1588-2019 17.2.3).
    GrandmasterClusterTable<'a> {
        /// log₂ of the seconds between questions.
        log_query_interval: i8 => LogQueryInterval;
        /// The members.
        port_address: Table<'a, PortAddress<'a>, u8> => PortAddress;
    }

    /// ACCEPTABLE_MASTER_TABLE (IEEE 1588-2019 17.5.3.4).
    AcceptableMasterTable<'a> {
        /// Who may be master.
        list: Table<'a, AcceptableMaster, u16> => List;
    }

    /// One that may be master (IEEE 1588-2019 17.5.3.4).
    #[doc(alias = "AcceptableTimeTransmitter")]
    AcceptableMaster {
        /// The port that sends the Announce messages.
        acceptable_port_identity: PortIdentity => AcceptablePortIdentity;
        /// Compared in place of grandmasterPriority1 of its messages; 0 leaves that as it is. All senders that lead to one
        /// grandmaster should have the same: how they compare with each other does not depend on it, how they compare with others does.
        alternate_priority1: u8 => AlternatePriority1;
    }

    /// UNICAST_MASTER_MAX_TABLE_SIZE and ACCEPTABLE_MASTER_MAX_TABLE_SIZE.
    MaxTableSize {
        /// So many entries fit.
        max_table_size: u16 => MaxTableSize;
    }

    /// ALTERNATE_TIME_OFFSET_ENABLE (IEEE 1588-2019 16.3.4.1).
    AlternateTimeOffsetEnable {
        /// Which of several timescales; 0xFF for all.
        key_field: u8 => KeyField;
        /// It is announced.
        enable: bool => Enable;
    }

    /// ALTERNATE_TIME_OFFSET_NAME (IEEE 1588-2019 16.3.4.2).
    AlternateTimeOffsetName<'a> {
        /// Which of several timescales.
        key_field: u8 => KeyField;
        /// What it is called; up to 10 symbols.
        display_name: PtpText<'a> => DisplayName;
    }

    /// ALTERNATE_TIME_OFFSET_MAX_KEY (IEEE 1588-2019 16.3.4.3).
    AlternateTimeOffsetMaxKey {
        /// The highest keyField.
        max_key: u8 => MaxKey, 1 reserved;
    }

    /// ALTERNATE_TIME_OFFSET_PROPERTIES (IEEE 1588-2019 16.3.4.4).
    AlternateTimeOffsetProperties {
        /// Which of several timescales.
        key_field: u8 => KeyField;
        /// Seconds that it is ahead.
        current_offset: i32 => CurrentOffset;
        /// Seconds by which that will grow.
        jump_seconds: i32 => JumpSeconds;
        /// When.
        time_of_next_jump: U48 => TimeOfNextJump, 1 reserved;
    }

    /// EXTERNAL_PORT_CONFIGURATION_ENABLED (IEEE 1588-2019 17.6.5.2).
    ExternalPortConfigurationEnabled {
        /// defaultDS.externalPortConfigurationEnabled.
        external_port_configuration_enabled: bool => ExternalPortConfigurationEnabled, 1 reserved;
    }

    /// HOLDOVER_UPGRADE_ENABLE (IEEE 1588-2019 16.4.3).
    HoldoverUpgradeEnable {
        /// holdoverUpgradeDS.enable.
        enable: bool => Enable, 1 reserved;
    }

    /// TRANSPARENT_CLOCK_DEFAULT_DATA_SET (deprecated).
    TransparentClockDefaultDataSet {
        /// The clock.
        clock_identity: ClockIdentity => ClockIdentity;
        /// Its ports.
        number_ports: u16 => NumberPorts;
        /// End to end or peer to peer.
        delay_mechanism: DelayMechanismNumber => DelayMechanism;
        /// The domain to whose rate it syntonises.
        primary_domain: u8 => PrimaryDomain;
    }

    /// PRIMARY_DOMAIN (deprecated).
    PrimaryDomain {
        /// The domain to whose rate a transparent clock syntonises.
        primary_domain: u8 => PrimaryDomain, 1 reserved;
    }
}

flag_octet! {
    /// The flags of [`DefaultDataSet`].
    DefaultDataSetFlags {
        /// It sends two-step messages.
        TWO_STEP_FLAG = 0, "twoStepFlag";
        /// It is never master.
        SLAVE_ONLY = 1, "slaveOnly";
    }
}

enumeration! {
    /// portDS.delayMechanism as messages carry it, whatever it is.
    pub struct DelayMechanismNumber(u8);
    /// As linuxptp says it.
    AUTO = 0, "AUTO";
    /// End to end.
    E2E = 1, "E2E";
    /// Peer to peer.
    P2P = 2, "P2P";
    /// Peer to peer by the common service.
    COMMON_P2P = 3, "COMMON_P2P";
    /// Special.
    SPECIAL = 4, "SPECIAL";
    /// None.
    NO_MECHANISM = 0xFE, "NO_MECHANISM";
}

/// Of the ids that only say what to do, and of NULL_PTP_MANAGEMENT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoData;

impl Layout<'_> for NoData {
    fn parse_from(_: &mut Parser<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn emit_into(&self, _: &mut Emitter<'_>) {}

    fn visit(&self, _: &mut dyn Visitor) {}
}
