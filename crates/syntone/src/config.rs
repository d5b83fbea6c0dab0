//! Settings of a clock and its ports, checked when the clock is built.

use crate::datasets::{DelayMechanism, TimePropertiesDs};
use crate::interval::{LOG_INTERVAL_MAX, LOG_INTERVAL_MIN};
use crate::wire::{ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, SdoId};
use core::fmt;
use syntone_hal::TimeInterval;

/// Settings of the whole clock. [`ClockConfig::new`] gives those of the default profile (IEEE 1588-2019 I.3).
#[derive(Clone, Debug)]
pub struct ClockConfig {
    /// defaultDS.clockIdentity; neither all zeros nor all ones.
    pub clock_identity: ClockIdentity,
    /// defaultDS.priority1, 0 to 255, lower is better.
    pub priority1: u8,
    /// defaultDS.priority2, 0 to 255, lower is better.
    pub priority2: u8,
    /// defaultDS.clockQuality. For a slave-only clock clockClass is 255 whatever is set here.
    pub clock_quality: ClockQuality,
    /// defaultDS.domainNumber.
    pub domain_number: u8,
    /// defaultDS.sdoId. A peer of the edition of 2008 sends 0 in the octet that is minorSdoId since: it is heard where that is 0.
    pub sdo_id: SdoId,
    /// defaultDS.slaveOnly; only for a clock with one port.
    pub slave_only: bool,
    /// defaultDS.maxStepsRemoved, 2 to 255.
    pub max_steps_removed: u8,
    /// What this clock announces as grandmaster (IEEE 1588-2019 8.2.4).
    pub time_properties: TimePropertiesDs,
    /// minorVersionPTP of what is sent, 0 or 1. Both are received. Some time stampers know only 0.
    pub minor_version_ptp: u8,
    /// Seed of the random spacing of Delay_Req and of the announce receipt timeout. Mix in something that differs from
    /// device to device (the clockIdentity is mixed in by itself).
    pub seed: u64,
}

impl ClockConfig {
    /// The default profile's settings for a clock of this identity.
    #[must_use]
    pub fn new(clock_identity: ClockIdentity) -> Self {
        Self {
            clock_identity,
            priority1: 128,
            priority2: 128,
            clock_quality: ClockQuality {
                clock_class: ClockClass::DEFAULT,
                clock_accuracy: ClockAccuracy::UNKNOWN,
                offset_scaled_log_variance: 0xFFFF,
            },
            domain_number: 0,
            sdo_id: SdoId::DEFAULT,
            slave_only: false,
            max_steps_removed: 255,
            time_properties: TimePropertiesDs::default(),
            minor_version_ptp: 1,
            seed: 0,
        }
    }

    /// The default profile's settings for a slave-only clock of this identity.
    #[must_use]
    pub fn slave_only(clock_identity: ClockIdentity) -> Self {
        Self { slave_only: true, ..Self::new(clock_identity) }
    }

    pub(crate) fn check(&self, ports: usize) -> Result<(), ConfigError> {
        range("portCount", count(ports), 1, 255)?;
        if self.clock_identity.is_reserved() {
            return Err(ConfigError { option: "clockIdentity", value: 0, min: 1, max: i64::MAX });
        }
        range("maxStepsRemoved", self.max_steps_removed, 2, 255)?;
        range("minorVersionPTP", self.minor_version_ptp, 0, 1)?;
        if self.slave_only {
            range("portCount of a slaveOnly clock", count(ports), 1, 1)?;
        } else if !cfg!(feature = "master") {
            return Err(ConfigError {
                option: "slaveOnly (built without the feature `master`)",
                value: 0,
                min: 1,
                max: 1,
            });
        } else {
            check_grandmaster(false, &self.clock_quality, &self.time_properties)?;
        }
        Ok(())
    }
}

/// Settings of one port. The default is the default delay request-response profile (IEEE 1588-2019 I.3).
#[derive(Clone, Debug)]
pub struct PortConfig {
    /// portDS.logAnnounceInterval, log₂ of seconds, −7 to 7.
    pub log_announce_interval: i8,
    /// portDS.logSyncInterval, log₂ of seconds, −7 to 7.
    pub log_sync_interval: i8,
    /// portDS.logMinDelayReqInterval, log₂ of seconds, −7 to 7: what a master grants; a slave takes what its master grants.
    pub log_min_delay_req_interval: i8,
    /// portDS.delayMechanism. Any but the end-to-end one needs the feature `peer-to-peer`.
    pub delay_mechanism: DelayMechanism,
    /// Delay_Req goes to the master alone, which answers to this port alone, while Announce and Sync come to all: the hybrid, or mixed,
    /// mode of the enterprise profile (RFC 9760). Needs the feature `hybrid-delay`. Where the driver does not tell where a Sync
    /// came from, Delay_Req goes to all as without it.
    pub hybrid: bool,
    /// portDS.logMinPdelayReqInterval, log₂ of seconds, −7 to 7: how often the delay of the link is measured.
    pub log_min_pdelay_req_interval: i8,
    /// The stamps of Sync and Pdelay_Resp are told by a Follow_Up. If not, the hardware writes them into the messages, as far as
    /// it says that it can.
    pub two_step_flag: bool,
    /// portDS.announceReceiptTimeout, 2 to 255 announce intervals.
    pub announce_receipt_timeout: u8,
    /// portDS.masterOnly: this port never becomes slave, and its Announces are not heard.
    pub master_only: bool,
    /// portDS.delayAsymmetry: how much longer the way from the master takes than the mean (IEEE 1588-2019 7.4.2). This and the
    /// latencies are ± 1 s at most.
    pub delay_asymmetry: TimeInterval,
    /// Added to what the driver knows of ingress latency (IEEE 1588-2019 16.7.1).
    pub ingress_latency: TimeInterval,
    /// Added to what the driver knows of egress latency (IEEE 1588-2019 16.7.1).
    pub egress_latency: TimeInterval,
    /// log₂ of the seconds after which a faulty port tries again, −3 to 7.
    pub log_fault_reset_interval: i8,
}

/// The largest asymmetry and latency, in nanoseconds.
const MAX_CORRECTION: i64 = 1_000_000_000;

impl Default for PortConfig {
    fn default() -> Self {
        Self {
            log_announce_interval: 1,
            log_sync_interval: 0,
            log_min_delay_req_interval: 0,
            delay_mechanism: DelayMechanism::EndToEnd,
            hybrid: false,
            log_min_pdelay_req_interval: 0,
            two_step_flag: true,
            announce_receipt_timeout: 3,
            master_only: false,
            delay_asymmetry: TimeInterval::ZERO,
            ingress_latency: TimeInterval::ZERO,
            egress_latency: TimeInterval::ZERO,
            log_fault_reset_interval: 2,
        }
    }
}

impl PortConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let interval = |option, value| range(option, value, LOG_INTERVAL_MIN, LOG_INTERVAL_MAX);
        interval("logAnnounceInterval", self.log_announce_interval)?;
        interval("logSyncInterval", self.log_sync_interval)?;
        interval("logMinDelayReqInterval", self.log_min_delay_req_interval)?;
        interval("logMinPdelayReqInterval", self.log_min_pdelay_req_interval)?;
        self.check_corrections().map_err(|error| ConfigError {
            value: TimeInterval::from_scaled(error.value).nanos(),
            min: MAX_CORRECTION.wrapping_neg(),
            max: MAX_CORRECTION,
            ..error
        })?;
        if !cfg!(feature = "peer-to-peer") && self.delay_mechanism != DelayMechanism::EndToEnd {
            let value = i64::from(self.delay_mechanism.number());
            return Err(ConfigError {
                option: "delayMechanism (built without the feature `peer-to-peer`)",
                value,
                min: 1,
                max: 1,
            });
        }
        if !cfg!(feature = "hybrid-delay") && self.hybrid {
            return Err(ConfigError {
                option: "hybrid (built without the feature `hybrid-delay`)",
                value: 1,
                min: 0,
                max: 0,
            });
        }
        range("announceReceiptTimeout", self.announce_receipt_timeout, 2, 255)?;
        range("logFaultResetInterval", self.log_fault_reset_interval, -3, 7)
    }

    /// Asymmetry and latencies; in units of 2⁻¹⁶ ns.
    fn check_corrections(&self) -> Result<(), ConfigError> {
        const MOST: i64 = MAX_CORRECTION << 16;
        let correction = |option, value: TimeInterval| range(option, value.scaled(), MOST.wrapping_neg(), MOST);
        correction("delayAsymmetry", self.delay_asymmetry)?;
        correction("ingressLatency", self.ingress_latency)?;
        correction("egressLatency", self.egress_latency)
    }
}

/// A setting that cannot be: which, what was given and what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConfigError {
    /// The option, by the standard's name where it has one.
    pub option: &'static str,
    /// What was given.
    pub value: i64,
    /// The smallest allowed value.
    pub min: i64,
    /// The largest allowed value.
    pub max: i64,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, value, min, max } = self;
        write!(formatter, "{option} is {value}, allowed is {min} to {max}")
    }
}

impl core::error::Error for ConfigError {}

/// Refuses `value` outside `min ..= max`. They are compared as they are, which is shorter than as 64 bits.
pub(crate) fn range<T: PartialOrd + Into<i64>>(
    option: &'static str,
    value: T,
    min: T,
    max: T,
) -> Result<(), ConfigError> {
    if value < min || value > max {
        return Err(ConfigError { option, value: value.into(), min: min.into(), max: max.into() });
    }
    Ok(())
}

/// The rules for what a clock says of itself as grandmaster.
pub(crate) fn check_grandmaster(
    slave_only: bool,
    quality: &ClockQuality,
    properties: &TimePropertiesDs,
) -> Result<(), ConfigError> {
    let class = quality.clock_class.0;
    if slave_only {
        range("clockClass of a slaveOnly clock", class, 255, 255)?;
    } else {
        range("clockClass of a clock that is not slaveOnly", class, 0, 254)?;
    }
    let ptp_timescale = i64::from(properties.ptp_timescale());
    match class {
        6 | 7 | 52 | 187 => range("ptpTimescale with clockClass 6, 7, 52 or 187", ptp_timescale, 1, 1)?,
        13 | 14 | 58 | 193 => range("ptpTimescale with clockClass 13, 14, 58 or 193", ptp_timescale, 0, 0)?,
        _ => {}
    }
    let leaps = i64::from(properties.leap61()).wrapping_add(i64::from(properties.leap59()));
    range("leap61 and leap59 (at most one, of the PTP timescale)", leaps, 0, ptp_timescale)
}

fn count(ports: usize) -> i64 {
    i64::try_from(ports).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, TimeSource};
    use std::format;

    fn clock() -> ClockConfig {
        ClockConfig::new(ClockIdentity::from_octets([1, 2, 3, 0xFF, 0xFE, 4, 5, 6]))
    }

    #[test]
    fn the_default_profile_is_accepted() {
        assert_eq!(ClockConfig { slave_only: true, ..clock() }.check(1), Ok(()));
        assert_eq!(PortConfig::default().check(), Ok(()));
    }

    #[test]
    fn a_clock_that_may_be_master_needs_the_code_for_it() {
        let checked = clock().check(4);
        if cfg!(feature = "master") {
            assert_eq!(checked, Ok(()));
        } else {
            assert!(checked.unwrap_err().option.contains("`master`"));
        }
    }

    #[test]
    fn a_port_that_measures_its_link_needs_the_code_for_it() {
        let config = PortConfig { delay_mechanism: DelayMechanism::PeerToPeer, ..PortConfig::default() };
        let checked = config.check();
        if cfg!(feature = "peer-to-peer") {
            assert_eq!(checked, Ok(()));
        } else {
            assert!(checked.unwrap_err().option.contains("`peer-to-peer`"));
        }
    }

    #[test]
    fn a_port_that_asks_its_master_alone_needs_the_code_for_it() {
        let checked = PortConfig { hybrid: true, ..PortConfig::default() }.check();
        assert_eq!(checked.is_ok(), cfg!(feature = "hybrid-delay"), "{checked:?}");
    }

    #[test]
    fn an_error_names_option_value_and_range() {
        let config = PortConfig { announce_receipt_timeout: 1, ..PortConfig::default() };
        let error = config.check().unwrap_err();
        assert_eq!(error, ConfigError { option: "announceReceiptTimeout", value: 1, min: 2, max: 255 });
        assert_eq!(format!("{error}"), "announceReceiptTimeout is 1, allowed is 2 to 255");
        let config = PortConfig { ingress_latency: TimeInterval::from_nanos(-1_000_000_001), ..PortConfig::default() };
        let error = config.check().unwrap_err();
        assert_eq!(format!("{error}"), "ingressLatency is -1000000001, allowed is -1000000000 to 1000000000");
    }

    /// IEEE 1588-2019 7.6.2.5
    #[test]
    fn a_clock_class_goes_with_its_timescale() {
        let check = |slave_only, class, flags| {
            let quality = ClockQuality { clock_class: ClockClass(class), ..clock().clock_quality };
            let properties = TimePropertiesDs::new(37, Flags::from_bits_retain(flags), TimeSource::GNSS);
            check_grandmaster(slave_only, &quality, &properties)
        };
        const ARB: u16 = 0;
        const PTP: u16 = 0x0008;
        for (class, ptp, arb) in [
            (0, true, true),
            (6, true, false),
            (7, true, false),
            (13, false, true),
            (14, false, true),
            (52, true, false),
            (58, false, true),
            (127, true, true),
            (187, true, false),
            (193, false, true),
            (248, true, true),
            (255, false, false),
        ] {
            assert_eq!(check(false, class, PTP).is_ok(), ptp, "{class}");
            assert_eq!(check(false, class, ARB).is_ok(), arb, "{class}");
            assert_eq!(check(true, class, PTP).is_ok(), class == 255, "{class}");
        }
        for (leap, ptp, arb) in [(1, true, false), (2, true, false), (3, false, false)] {
            assert_eq!((check(false, 248, PTP | leap).is_ok(), check(false, 248, ARB | leap).is_ok()), (ptp, arb));
        }
        let error = check(false, 13, PTP).unwrap_err();
        assert_eq!(format!("{error}"), "ptpTimescale with clockClass 13, 14, 58 or 193 is 1, allowed is 0 to 0");
    }

    #[test]
    fn a_boundary_clock_cannot_be_slave_only_and_identities_must_be_real() {
        let slave = ClockConfig { slave_only: true, ..clock() };
        assert_eq!(slave.check(1), Ok(()));
        assert!(slave.check(2).is_err());
        assert!(ClockConfig::new(ClockIdentity::ZERO).check(1).is_err());
        assert!(ClockConfig::new(ClockIdentity::WILDCARD).check(1).is_err());
    }
}
