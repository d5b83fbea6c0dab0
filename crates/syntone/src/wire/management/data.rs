//! The one table of management ids: number, name, scope, actions and data.

use super::clock::*;
use super::description::*;
use super::fault_log::*;
use super::linuxptp::*;
use super::port::*;
use super::syntone::*;
use crate::wire::enumeration::enumeration;
use crate::wire::layout::{Layout, Visitor};
use crate::wire::{EmitError, ParseError};

/// Whether data are those of the clock or of each port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scope {
    /// Of the PTP Instance: one answer, whatever port is asked.
    Clock,
    /// Of a port.
    Port,
}

bitflags::bitflags! {
    /// What may be done with an id.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Actions: u8 {
        /// GET.
        const G = 1;
        /// SET.
        const S = 2;
        /// COMMAND.
        const X = 4;
        /// GET and SET.
        const GS = 3;
        /// GET, SET and COMMAND.
        const GSX = 7;
    }
}

macro_rules! management {
    ($($number:literal $constant:ident, $scope:ident, $actions:ident, $variant:ident($kind:ty);)*) => {
        enumeration! {
            /// managementId (IEEE 1588-2019 15.5.2.3).
            pub struct ManagementId(u16);
            $(#[doc = stringify!($constant)] $constant = $number, stringify!($constant);)*
        }

        impl ManagementId {
            /// All that are known.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// Whether it is about the clock or a port; `None` if it is not known.
            #[must_use]
            pub const fn scope(self) -> Option<Scope> {
                match self.0 {
                    $($number => Some(Scope::$scope),)*
                    _ => None,
                }
            }

            /// What the standard allows to be done with it; nothing if it is not known.
            #[must_use]
            pub const fn actions(self) -> Actions {
                match self.0 {
                    $($number => Actions::$actions,)*
                    _ => Actions::empty(),
                }
            }
        }

        /// The dataField of a MANAGEMENT TLV.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum ManagementData<'a> {
            $(#[doc = stringify!($constant)] $variant($kind),)*
            /// Of an id that is not known.
            Unknown(ManagementId, &'a [u8]),
        }

        impl<'a> ManagementData<'a> {
            /// Reads the data of an id.
            ///
            /// # Errors
            /// [`ParseError`] where the data are too short or too long; an id that is not known is no error.
            pub fn parse(id: ManagementId, data_field: &'a [u8]) -> Result<Self, ParseError> {
                match id {
                    $(ManagementId::$constant => <$kind>::parse_exact(data_field).map(Self::$variant),)*
                    _ => Ok(Self::Unknown(id, data_field)),
                }
            }

            /// Its id.
            #[must_use]
            pub const fn id(&self) -> ManagementId {
                match self {
                    $(Self::$variant(_) => ManagementId::$constant,)*
                    Self::Unknown(id, _) => *id,
                }
            }

            /// Writes the data to the front of `octets` and gives their number, which is even.
            ///
            /// # Errors
            /// When the buffer is too small, or a text or table too long.
            pub fn emit(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
                match self {
                    $(Self::$variant(data) => data.emit(octets),)*
                    Self::Unknown(_, data) => {
                        let mut emitter = crate::wire::Emitter::new(octets);
                        emitter.put(data);
                        emitter.pad();
                        emitter.finish()
                    }
                }
            }

            /// Tells the fields; of an id that is not known there are none.
            pub fn visit(&self, visitor: &mut dyn Visitor) {
                match self {
                    $(Self::$variant(data) => data.visit(visitor),)*
                    Self::Unknown(..) => {}
                }
            }
        }
    };
}

management! {
    0x0000 NULL_PTP_MANAGEMENT, Port, GSX, NullPtpManagement(NoData);
    0x0001 CLOCK_DESCRIPTION, Port, G, ClockDescription(ClockDescription<'a>);
    0x0002 USER_DESCRIPTION, Clock, GS, UserDescription(UserDescription<'a>);
    0x0003 SAVE_IN_NON_VOLATILE_STORAGE, Clock, X, SaveInNonVolatileStorage(NoData);
    0x0004 RESET_NON_VOLATILE_STORAGE, Clock, X, ResetNonVolatileStorage(NoData);
    0x0005 INITIALIZE, Clock, X, Initialize(Initialize);
    0x0006 FAULT_LOG, Clock, G, FaultLog(FaultLog<'a>);
    0x0007 FAULT_LOG_RESET, Clock, X, FaultLogReset(NoData);
    0x2000 DEFAULT_DATA_SET, Clock, G, DefaultDataSet(DefaultDataSet);
    0x2001 CURRENT_DATA_SET, Clock, G, CurrentDataSet(CurrentDataSet);
    0x2002 PARENT_DATA_SET, Clock, G, ParentDataSet(ParentDataSet);
    0x2003 TIME_PROPERTIES_DATA_SET, Clock, G, TimePropertiesDataSet(TimePropertiesDataSet);
    0x2004 PORT_DATA_SET, Port, G, PortDataSet(PortDataSet);
    0x2005 PRIORITY1, Clock, GS, Priority1(Priority1);
    0x2006 PRIORITY2, Clock, GS, Priority2(Priority2);
    0x2007 DOMAIN, Clock, GS, Domain(Domain);
    0x2008 SLAVE_ONLY, Clock, GS, SlaveOnly(SlaveOnly);
    0x2009 LOG_ANNOUNCE_INTERVAL, Port, GS, LogAnnounceInterval(LogAnnounceInterval);
    0x200A ANNOUNCE_RECEIPT_TIMEOUT, Port, GS, AnnounceReceiptTimeout(AnnounceReceiptTimeout);
    0x200B LOG_SYNC_INTERVAL, Port, GS, LogSyncInterval(LogSyncInterval);
    0x200C VERSION_NUMBER, Port, GS, VersionNumber(VersionNumber);
    0x200D ENABLE_PORT, Port, X, EnablePort(NoData);
    0x200E DISABLE_PORT, Port, X, DisablePort(NoData);
    0x200F TIME, Clock, GS, Time(Time);
    0x2010 CLOCK_ACCURACY, Clock, GS, ClockAccuracy(ClockAccuracyData);
    0x2011 UTC_PROPERTIES, Clock, GS, UtcProperties(UtcProperties);
    0x2012 TRACEABILITY_PROPERTIES, Clock, GS, TraceabilityProperties(TraceabilityProperties);
    0x2013 TIMESCALE_PROPERTIES, Clock, GS, TimescaleProperties(TimescaleProperties);
    0x2014 UNICAST_NEGOTIATION_ENABLE, Port, GS, UnicastNegotiationEnable(UnicastNegotiationEnable);
    0x2015 PATH_TRACE_LIST, Clock, G, PathTraceList(PathTraceList<'a>);
    0x2016 PATH_TRACE_ENABLE, Clock, GS, PathTraceEnable(PathTraceEnable);
    0x2017 GRANDMASTER_CLUSTER_TABLE, Clock, GS, GrandmasterClusterTable(GrandmasterClusterTable<'a>);
    0x2018 UNICAST_MASTER_TABLE, Port, GS, UnicastMasterTable(UnicastMasterTable<'a>);
    0x2019 UNICAST_MASTER_MAX_TABLE_SIZE, Port, G, UnicastMasterMaxTableSize(MaxTableSize);
    0x201A ACCEPTABLE_MASTER_TABLE, Clock, GS, AcceptableMasterTable(AcceptableMasterTable<'a>);
    0x201B ACCEPTABLE_MASTER_TABLE_ENABLED, Port, GS, AcceptableMasterTableEnabled(AcceptableMasterTableEnabled);
    0x201C ACCEPTABLE_MASTER_MAX_TABLE_SIZE, Clock, G, AcceptableMasterMaxTableSize(MaxTableSize);
    0x201D ALTERNATE_MASTER, Port, GS, AlternateMaster(AlternateMaster);
    0x201E ALTERNATE_TIME_OFFSET_ENABLE, Clock, GS, AlternateTimeOffsetEnable(AlternateTimeOffsetEnable);
    0x201F ALTERNATE_TIME_OFFSET_NAME, Clock, GS, AlternateTimeOffsetName(AlternateTimeOffsetName<'a>);
    0x2020 ALTERNATE_TIME_OFFSET_MAX_KEY, Clock, G, AlternateTimeOffsetMaxKey(AlternateTimeOffsetMaxKey);
    0x2021 ALTERNATE_TIME_OFFSET_PROPERTIES, Clock, GS, AlternateTimeOffsetProperties(AlternateTimeOffsetProperties);
    0x3000 EXTERNAL_PORT_CONFIGURATION_ENABLED, Clock, GS,
        ExternalPortConfigurationEnabled(ExternalPortConfigurationEnabled);
    0x3001 MASTER_ONLY, Port, GS, MasterOnly(MasterOnly);
    0x3002 HOLDOVER_UPGRADE_ENABLE, Clock, GS, HoldoverUpgradeEnable(HoldoverUpgradeEnable);
    0x3003 EXT_PORT_CONFIG_PORT_DATA_SET, Port, GS, ExtPortConfigPortDataSet(ExtPortConfigPortDataSet);
    0x4000 TRANSPARENT_CLOCK_DEFAULT_DATA_SET, Clock, G,
        TransparentClockDefaultDataSet(TransparentClockDefaultDataSet);
    0x4001 TRANSPARENT_CLOCK_PORT_DATA_SET, Port, G, TransparentClockPortDataSet(TransparentClockPortDataSet);
    0x4002 PRIMARY_DOMAIN, Clock, GS, PrimaryDomain(PrimaryDomain);
    0x6000 DELAY_MECHANISM, Port, GS, DelayMechanism(DelayMechanismData);
    0x6001 LOG_MIN_PDELAY_REQ_INTERVAL, Port, GS, LogMinPdelayReqInterval(LogMinPdelayReqInterval);
    0xC000 TIME_STATUS_NP, Clock, G, TimeStatusNp(TimeStatusNp);
    0xC001 GRANDMASTER_SETTINGS_NP, Clock, GS, GrandmasterSettingsNp(GrandmasterSettingsNp);
    0xC002 PORT_DATA_SET_NP, Port, GS, PortDataSetNp(PortDataSetNp);
    0xC003 SUBSCRIBE_EVENTS_NP, Clock, GS, SubscribeEventsNp(SubscribeEventsNp);
    0xC004 PORT_PROPERTIES_NP, Port, G, PortPropertiesNp(PortPropertiesNp<'a>);
    0xC005 PORT_STATS_NP, Port, G, PortStatsNp(PortStatsNp);
    0xC006 SYNCHRONIZATION_UNCERTAIN_NP, Clock, GS, SynchronizationUncertainNp(SynchronizationUncertainNp);
    0xC007 PORT_SERVICE_STATS_NP, Port, G, PortServiceStatsNp(PortServiceStatsNp);
    0xC008 UNICAST_MASTER_TABLE_NP, Port, G, UnicastMasterTableNp(UnicastMasterTableNp<'a>);
    0xC009 PORT_HWCLOCK_NP, Port, G, PortHwclockNp(PortHwclockNp);
    0xC00A POWER_PROFILE_SETTINGS_NP, Port, GS, PowerProfileSettingsNp(PowerProfileSettingsNp);
    0xC00B CMLDS_INFO_NP, Port, G, CmldsInfoNp(CmldsInfoNp);
    0xC00C PORT_CORRECTIONS_NP, Port, GS, PortCorrectionsNp(PortCorrectionsNp);
    0xC00D EXTERNAL_GRANDMASTER_PROPERTIES_NP, Clock, GS,
        ExternalGrandmasterPropertiesNp(ExternalGrandmasterPropertiesNp);
    0xDF00 SYNTONE_STATUS_NP, Clock, G, SyntoneStatusNp(SyntoneStatusNp);
    0xDF01 SYNTONE_PORT_STATUS_NP, Port, G, SyntonePortStatusNp(SyntonePortStatusNp<'a>);
}
