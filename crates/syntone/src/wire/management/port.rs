//! Management data of a port (IEEE 1588-2019 15.5.3.7).

use super::clock::DelayMechanismNumber;
use crate::wire::PortIdentity;
use crate::wire::enumeration::enumeration;
use crate::wire::layout::{PortAddress, Table, flag_octet, layout};
use syntone_hal::TimeInterval;

layout! {
    /// PORT_DATA_SET (IEEE 1588-2019 15.5.3.7.1).
    PortDataSet {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Its state.
        port_state: PortStateNumber => PortState;
        /// log₂ of the least mean interval between Delay_Req messages in seconds.
        log_min_delay_req_interval: i8 => LogMinDelayReqInterval;
        /// Mean delay of the link; meanLinkDelay in 2019.
        peer_mean_path_delay: TimeInterval => PeerMeanPathDelay;
        /// log₂ of the interval between Announce messages in seconds.
        log_announce_interval: i8 => LogAnnounceInterval;
        /// Announce intervals after which a silent master is given up.
        announce_receipt_timeout: u8 => AnnounceReceiptTimeout;
        /// log₂ of the interval between Sync messages in seconds.
        log_sync_interval: i8 => LogSyncInterval;
        /// How the delay is measured.
        delay_mechanism: DelayMechanismNumber => DelayMechanism;
        /// log₂ of the least mean interval between Pdelay_Req messages in seconds.
        log_min_pdelay_req_interval: i8 => LogMinPdelayReqInterval;
        /// The version in the low bits; the minor version in the high ones, where a peer sends it.
        version_number: u8 => VersionNumber;
    }

    /// LOG_ANNOUNCE_INTERVAL (IEEE 1588-2019 15.5.3.7.2).
    LogAnnounceInterval {
        /// log₂ of seconds.
        log_announce_interval: i8 => LogAnnounceInterval, 1 reserved;
    }

    /// ANNOUNCE_RECEIPT_TIMEOUT (IEEE 1588-2019 15.5.3.7.3).
    AnnounceReceiptTimeout {
        /// Announce intervals.
        announce_receipt_timeout: u8 => AnnounceReceiptTimeout, 1 reserved;
    }

    /// LOG_SYNC_INTERVAL (IEEE 1588-2019 15.5.3.7.4).
    LogSyncInterval {
        /// log₂ of seconds.
        log_sync_interval: i8 => LogSyncInterval, 1 reserved;
    }

    /// VERSION_NUMBER (IEEE 1588-2019 15.5.3.7.7).
    VersionNumber {
        /// The version in the low bits.
        version_number: u8 => VersionNumber, 1 reserved;
    }

    /// UNICAST_NEGOTIATION_ENABLE (IEEE 1588-2019 16.1.4.5).
    UnicastNegotiationEnable {
        /// unicastNegotiationPortDS.enable.
        enable: bool => Enable, 1 reserved;
    }

    /// UNICAST_MASTER_TABLE (IEEE 1588-2019 17.4.3.3).
    UnicastMasterTable<'a> {
        /// log₂ of the seconds between questions.
        log_query_interval: i8 => LogQueryInterval;
        /// The masters.
        port_address: Table<'a, PortAddress<'a>, u16> => PortAddress;
    }

    /// ACCEPTABLE_MASTER_TABLE_ENABLED (IEEE 1588-2019 17.5.4.3).
    AcceptableMasterTableEnabled {
        /// acceptableMasterPortDS.enable.
        enable: bool => Enable, 1 reserved;
    }

    /// ALTERNATE_MASTER (IEEE 1588-2019 17.3.4).
    AlternateMaster {
        /// Sync messages are sent, too.
        transmit_alternate_multicast_sync: bool => TransmitAlternateMulticastSync;
        /// log₂ of the seconds between them.
        log_alternate_multicast_sync_interval: i8 => LogAlternateMulticastSyncInterval;
        /// So many may announce themselves.
        number_of_alternate_masters: u8 => NumberOfAlternateMasters, 1 reserved;
    }

    /// MASTER_ONLY (IEEE 1588-2019 15.5.3.7.10).
    MasterOnly {
        /// portDS.masterOnly.
        master_only: bool => MasterOnly, 1 reserved;
    }

    /// EXT_PORT_CONFIG_PORT_DATA_SET (IEEE 1588-2019 17.6.5.3).
    ExtPortConfigPortDataSet {
        /// Reserved.
        flags: u8 => Flags;
        /// The state that the port shall have.
        desired_state: PortStateNumber => DesiredState;
    }

    /// TRANSPARENT_CLOCK_PORT_DATA_SET (deprecated).
    TransparentClockPortDataSet {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// faultyFlag.
        flags: TransparentClockPortFlags => Flags;
        /// log₂ of the least mean interval between Pdelay_Req messages in seconds.
        log_min_pdelay_req_interval: i8 => LogMinPdelayReqInterval;
        /// Mean delay of the link.
        peer_mean_path_delay: TimeInterval => PeerMeanPathDelay;
    }

    /// DELAY_MECHANISM (IEEE 1588-2019 15.5.3.7.5).
    DelayMechanismData {
        /// portDS.delayMechanism.
        delay_mechanism: DelayMechanismNumber => DelayMechanism, 1 reserved;
    }

    /// LOG_MIN_PDELAY_REQ_INTERVAL (IEEE 1588-2019 15.5.3.7.6).
    LogMinPdelayReqInterval {
        /// log₂ of seconds.
        log_min_pdelay_req_interval: i8 => LogMinPdelayReqInterval, 1 reserved;
    }
}

flag_octet! {
    /// The flags of [`TransparentClockPortDataSet`].
    TransparentClockPortFlags {
        /// The port is faulty.
        FAULTY_FLAG = 0, "faultyFlag";
    }
}

enumeration! {
    /// portDS.portState as messages carry it, whatever it is (IEEE 1588-2019 8.2.15.3.1).
    pub struct PortStateNumber(u8);
    /// INITIALIZING.
    INITIALIZING = 1, "INITIALIZING";
    /// FAULTY.
    FAULTY = 2, "FAULTY";
    /// DISABLED.
    DISABLED = 3, "DISABLED";
    /// LISTENING.
    LISTENING = 4, "LISTENING";
    /// PRE_MASTER.
    PRE_MASTER = 5, "PRE_MASTER";
    /// MASTER.
    MASTER = 6, "MASTER";
    /// PASSIVE.
    PASSIVE = 7, "PASSIVE";
    /// UNCALIBRATED.
    UNCALIBRATED = 8, "UNCALIBRATED";
    /// SLAVE.
    SLAVE = 9, "SLAVE";
}
