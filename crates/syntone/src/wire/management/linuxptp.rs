//! Management data that linuxptp adds (NP: not portable).

use super::port::PortStateNumber;
use crate::wire::layout::{
    Element, Emitter, Nesting, Parser, PortAddress, PtpText, Table, Value, Visitor, flag_octet, layout,
};
use crate::wire::tlvs::ScaledNs;
use crate::wire::{ClockIdentity, ClockQuality, Field, Flags, ParseError, PortIdentity, TimeSource};
use syntone_hal::TimeInterval;

layout! {
    /// TIME_STATUS_NP.
    TimeStatusNp {
        /// offsetFromMaster in nanoseconds.
        master_offset: i64 => MasterOffset;
        /// When the last Sync came, in nanoseconds.
        ingress_time: i64 => IngressTime;
        /// (Ratio of rates − 1) · 2⁴¹.
        cumulative_scaled_rate_offset: i32 => CumulativeScaledRateOffset;
        /// As in the Follow_Up information TLV.
        scaled_last_gm_phase_change: i32 => ScaledLastGmPhaseChange;
        /// As in the Follow_Up information TLV.
        gm_time_base_indicator: u16 => GmTimeBaseIndicator;
        /// As in the Follow_Up information TLV.
        last_gm_phase_change: ScaledNs => LastGmPhaseChange;
        /// 1 if the grandmaster is another clock.
        gm_present: i32 => GmPresent;
        /// The grandmaster.
        gm_identity: ClockIdentity => GmIdentity;
    }

    /// GRANDMASTER_SETTINGS_NP.
    GrandmasterSettingsNp {
        /// Its quality.
        clock_quality: ClockQuality => ClockQuality;
        /// TAI less UTC in seconds.
        current_utc_offset: i16 => CurrentUtcOffset;
        /// As in an Announce message.
        flags: Flags => Flags;
        /// Where the time comes from.
        time_source: TimeSource => TimeSource;
    }

    /// PORT_DATA_SET_NP.
    PortDataSetNp {
        /// The largest link delay, in nanoseconds, with which a port is asCapable.
        neighbor_prop_delay_thresh: u32 => NeighborPropDelayThresh;
        /// Whether it is.
        as_capable: i32 => AsCapable;
    }

    /// PORT_PROPERTIES_NP.
    PortPropertiesNp<'a> {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Its state.
        port_state: PortStateNumber => PortState;
        /// 0 software, 1 hardware, 2 legacy, 3 one-step, 4 one-step also for Pdelay_Resp.
        timestamping: u8 => Timestamping;
        /// The name of its interface.
        interface: PtpText<'a> => Interface;
    }

    /// SYNCHRONIZATION_UNCERTAIN_NP.
    SynchronizationUncertainNp {
        /// 0 no, 1 yes, 0xFF whatever the port finds.
        val: u8 => Val, 1 reserved;
    }

    /// PORT_STATS_NP.
    PortStatsNp {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Received by messageType.
        rx: Counts<16> => Rx;
        /// Sent by messageType.
        tx: Counts<16> => Tx;
    }

    /// PORT_SERVICE_STATS_NP.
    PortServiceStatsNp {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Timeouts of Announce, Sync, delay, unicast service, unicast request, sent Announce, sent Sync, qualification;
        /// mismatches of Sync and Follow_Up.
        counts: Counts<10> => Counts;
    }

    /// UNICAST_MASTER_TABLE_NP.
    UnicastMasterTableNp<'a> {
        /// The masters.
        unicast_masters: Table<'a, UnicastMasterNp<'a>, u16> => UnicastMasters;
    }

    /// A master of [`UnicastMasterTableNp`].
    UnicastMasterNp<'a> {
        /// Its port.
        port_identity: PortIdentity => PortIdentity;
        /// Its quality.
        clock_quality: ClockQuality => ClockQuality;
        /// It is the one that is followed.
        selected: bool => Selected;
        /// 0 waiting, 1 has Announce, 2 needs Sync and Delay_Resp, 3 has them.
        port_state: u8 => PortState;
        /// Its priority1.
        priority1: u8 => Priority1;
        /// Its priority2.
        priority2: u8 => Priority2;
        /// Where it is.
        port_address: PortAddress<'a> => PortAddress;
    }

    /// SUBSCRIBE_EVENTS_NP.
    SubscribeEventsNp {
        /// For how many seconds.
        duration: u16 => Duration;
        /// Event n is bit n mod 8 of octet n / 8.
        bitmask: EventMask => Bitmask;
    }

    /// PORT_HWCLOCK_NP.
    PortHwclockNp {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Number of its clock device; −1 for none.
        phc_index: i32 => PhcIndex;
        /// More about it.
        flags: HwclockFlags => Flags, 1 reserved;
    }

    /// POWER_PROFILE_SETTINGS_NP.
    PowerProfileSettingsNp {
        /// 0 none, 1 the edition of 2011, 2 that of 2017.
        version: u16 => Version;
        /// As in the TLV.
        grandmaster_id: u16 => GrandmasterId;
        /// As in the TLV.
        grandmaster_time_inaccuracy: u32 => GrandmasterTimeInaccuracy;
        /// As in the TLV.
        network_time_inaccuracy: u32 => NetworkTimeInaccuracy;
        /// As in the TLV.
        total_time_inaccuracy: u32 => TotalTimeInaccuracy;
    }

    /// CMLDS_INFO_NP.
    CmldsInfoNp {
        /// Mean delay of the link.
        mean_link_delay: TimeInterval => MeanLinkDelay;
        /// (Ratio of rates − 1) · 2⁴¹.
        scaled_neighbor_rate_ratio: i32 => ScaledNeighborRateRatio;
        /// Whether the link serves.
        as_capable: u32 => AsCapable;
    }

    /// PORT_CORRECTIONS_NP. linuxptp sends them in the order of its host's octets, which is this one wherever it runs.
    PortCorrectionsNp {
        /// Added to egress time stamps.
        egress_latency: LowOctetFirst => EgressLatency;
        /// Taken off ingress time stamps.
        ingress_latency: LowOctetFirst => IngressLatency;
        /// portDS.delayAsymmetry.
        delay_asymmetry: LowOctetFirst => DelayAsymmetry;
    }

    /// EXTERNAL_GRANDMASTER_PROPERTIES_NP.
    ExternalGrandmasterPropertiesNp {
        /// The grandmaster to announce.
        gm_identity: ClockIdentity => GmIdentity;
        /// Its distance.
        steps_removed: u16 => StepsRemoved;
    }
}

impl SynchronizationUncertainNp {
    /// The time is certain.
    pub const NO: u8 = 0;
    /// It is not.
    pub const YES: u8 = 1;
    /// Nobody has said.
    pub const NOT_SAID: u8 = 0xFF;
}

flag_octet! {
    /// The flags of [`PortHwclockNp`].
    HwclockFlags {
        /// The clock is a virtual one.
        VIRTUAL = 0, "virtual";
    }
}

/// Which events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EventMask(pub [u8; 64]);

impl Default for EventMask {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Element<'_> for EventMask {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take(field).map(Self)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        emitter.put(&self.0);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Octets(&self.0));
    }
}

/// A time interval, the low octet first, unlike all else in PTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LowOctetFirst(pub TimeInterval);

impl Element<'_> for LowOctetFirst {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        Ok(Self(TimeInterval::from_scaled(i64::from_le_bytes(parser.take(field)?))))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        emitter.put(&self.0.scaled().to_le_bytes());
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        self.0.tell(field, visitor);
    }
}

/// Counters, the low octet first, unlike all else in PTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counts<const N: usize>(pub [u64; N]);

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Element<'_> for Counts<N> {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        let mut counts = [0; N];
        for count in &mut counts {
            *count = u64::from_le_bytes(parser.take(field)?);
        }
        Ok(Self(counts))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        for count in self.0 {
            emitter.put(&count.to_le_bytes());
        }
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::List);
        for count in self.0 {
            visitor.value(field.name(), Value::Unsigned(count));
        }
        visitor.close();
    }
}
