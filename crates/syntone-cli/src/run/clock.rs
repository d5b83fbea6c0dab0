//! From settings to the configuration of a clock, its ports and its servo.

use super::ports;
use super::settings::Settings;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use syntone::bmca::AcceptableMaster;
use syntone::datasets::{DelayMechanism, TimePropertiesDs};
use syntone::management::{Access, Description, PortDescription};
use syntone::servo::PiConfig;
use syntone::wire::{ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, Flags, PortIdentity, SdoId, TimeSource};
use syntone::{ClockConfig, PortConfig};
use syntone_hal::{FrequencyOffset, PortIndex, TimeInterval};
use syntone_linux::{LinuxHal, OneStepMode};

/// The fastest that a frequency may be set, 32 767 ppm, in ppb.
const MAX_PPB: i64 = 32_767_000;

/// Stands for the hardware address of a port that has none.
pub(crate) const NO_ADDRESS: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// The identity that was set, or that of the hardware address.
///
/// # Errors
/// A text that names the option.
pub(crate) fn identity(settings: &Settings, hardware_address: [u8; 6]) -> Result<ClockIdentity, String> {
    match settings.text("clockIdentity", None).as_str() {
        "000000.0000.000000" => Ok(ClockIdentity::from_mac48(hardware_address)),
        text => parse_identity(text)
            .ok_or_else(|| format!("clockIdentity {text:?} is not allowed; it is written as 001122.fffe.334455")),
    }
}

/// Masters that a list of acceptable ones can have.
pub(crate) const MOST_ACCEPTABLE: usize = 16;

/// By how many seconds TAI is ahead of UTC, where nobody knows better.
pub(crate) fn utc_offset(settings: &Settings) -> i32 {
    i32::try_from(settings.integer("utc_offset", None)).unwrap_or(0)
}

/// The configuration of an ordinary or boundary clock, whose own time is on the PTP timescale or is not.
///
/// # Errors
/// A text that names the option.
pub(crate) fn clock_config(
    settings: &Settings,
    hardware_address: [u8; 6],
    ptp_timescale: bool,
) -> Result<ClockConfig, String> {
    let small = |name| u8::try_from(settings.integer(name, None)).unwrap_or(u8::MAX);
    let identity = identity(settings, hardware_address)?;
    let slave_only = is_slave_only(settings);
    if slave_only && settings.interfaces.len() > 1 {
        return Err("clientOnly 1 is for a clock with one interface: a boundary clock serves on the other ports".into());
    }
    let base = if slave_only { ClockConfig::slave_only(identity) } else { ClockConfig::new(identity) };
    Ok(ClockConfig {
        priority1: small("priority1"),
        priority2: small("priority2"),
        clock_quality: ClockQuality {
            clock_class: if slave_only { ClockClass(255) } else { ClockClass(small("clockClass")) },
            clock_accuracy: ClockAccuracy(small("clockAccuracy")),
            offset_scaled_log_variance: u16::try_from(settings.integer("offsetScaledLogVariance", None))
                .unwrap_or(0xFFFF),
        },
        domain_number: small("domainNumber"),
        sdo_id: SdoId::from_parts(small("transportSpecific"), 0),
        max_steps_removed: small("maxStepsRemoved"),
        time_properties: TimePropertiesDs::new(
            i16::try_from(utc_offset(settings)).unwrap_or(i16::MAX),
            if ptp_timescale { Flags::PTP_TIMESCALE } else { Flags::empty() },
            TimeSource(small("timeSource")),
        ),
        minor_version_ptp: small("ptp_minor_version"),
        seed: RandomState::new().hash_one(0),
        ..base
    })
}

/// The configuration of the port on `interface`.
pub(crate) fn port_config(settings: &Settings, interface: &str) -> PortConfig {
    let port = Some(interface);
    let log = |name| i8::try_from(settings.integer(name, port)).unwrap_or(0);
    let nanos = |name| TimeInterval::from_nanos(settings.integer(name, port));
    PortConfig {
        log_announce_interval: log("logAnnounceInterval"),
        log_sync_interval: log("logSyncInterval"),
        log_min_delay_req_interval: log("logMinDelayReqInterval"),
        delay_mechanism: mechanism(settings, interface),
        log_min_pdelay_req_interval: log("logMinPdelayReqInterval"),
        two_step_flag: ports::one_step(settings) == OneStepMode::Off,
        announce_receipt_timeout: u8::try_from(settings.integer("announceReceiptTimeout", port)).unwrap_or(u8::MAX),
        master_only: is_master_only(settings, interface),
        delay_asymmetry: nanos("delayAsymmetry"),
        ingress_latency: nanos("ingressLatency"),
        egress_latency: nanos("egressLatency"),
        log_fault_reset_interval: log("fault_reset_interval"),
        hybrid: settings.flag("hybrid_e2e", port),
    }
}

/// The delay mechanism of a port.
pub(crate) fn mechanism(settings: &Settings, interface: &str) -> DelayMechanism {
    match settings.text("delay_mechanism", Some(interface)).as_str() {
        "P2P" => DelayMechanism::PeerToPeer,
        "NONE" => DelayMechanism::NoMechanism,
        _ => DelayMechanism::EndToEnd,
    }
}

/// The servo's configuration.
pub(crate) fn servo_config(settings: &Settings) -> PiConfig {
    let seconds = |name| TimeInterval::from_nanos((settings.float(name).min(1e5) * 1e9).round() as i64);
    let max = match settings.integer("max_frequency", None) {
        0 => MAX_PPB,
        ppb => ppb.min(MAX_PPB),
    };
    PiConfig {
        first_step_threshold: seconds("first_step_threshold"),
        step_threshold: seconds("step_threshold"),
        max_frequency: FrequencyOffset::from_ppb(i32::try_from(max).unwrap_or(i32::MAX)),
        ..PiConfig::DEFAULT
    }
}

/// What management tells of the product.
#[derive(Debug)]
pub(crate) struct Texts {
    manufacturer_identity: [u8; 3],
    product: String,
    revision: String,
    user: String,
    profile_identity: [u8; 6],
    /// How many.
    ports: usize,
}

impl Texts {
    /// # Errors
    /// A text that names the option.
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let text = |name: &str, semicolons: usize, most: usize| {
            let text = settings.text(name, None);
            if text.len() > most || text.matches(';').count() < semicolons {
                return Err(format!(
                    "{name} {text:?} is not allowed; it has at most {most} octets and {semicolons} semicolons"
                ));
            }
            Ok(text)
        };
        Ok(Self {
            manufacturer_identity: octets(settings, "manufacturerIdentity", "00:1b:19")?,
            product: text("productDescription", 2, 64)?,
            revision: text("revisionData", 2, 32)?,
            user: text("userDescription", 0, 128)?,
            profile_identity: match octets(settings, "profileIdentity", "00:1b:19:01:01:00")? {
                [0, 0, 0, 0, 0, 0] => default_profile(settings),
                other => other,
            },
            ports: settings.interfaces.len(),
        })
    }

    /// For the clock, which keeps it for the life of the process: each that there ever was is kept once, however often the
    /// configuration is read again.
    pub(crate) fn into_description(self, hal: &LinuxHal) -> &'static Description {
        let ports = (0..).map(PortIndex).take(self.ports).map(|port| PortDescription {
            hardware_address: hal.hardware_address(port),
            protocol_address: hal.protocol_address(port),
        });
        let ports = ports.collect();
        self.with_ports(ports)
    }

    fn with_ports(self, ports: Vec<PortDescription>) -> &'static Description {
        static MADE: Mutex<Vec<&Description>> = Mutex::new(Vec::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |made: &&&Description| {
            (made.product_description, made.revision_data) == (self.product.as_str(), self.revision.as_str())
                && (made.user_description, made.manufacturer_identity, made.profile_identity)
                    == (self.user.as_str(), self.manufacturer_identity, self.profile_identity)
                && made.ports == ports
        };
        if let Some(same) = made.iter().find(is_same) {
            return same;
        }
        let new: &Description = Box::leak(Box::new(Description {
            manufacturer_identity: self.manufacturer_identity,
            product_description: self.product.leak(),
            revision_data: self.revision.leak(),
            user_description: self.user.leak(),
            profile_identity: self.profile_identity,
            physical_layer_protocol: "IEEE 802.3",
            ports: ports.leak(),
        }));
        made.push(new);
        new
    }
}

/// Of the default profiles that of the delay mechanism (IEEE 1588-2019 I.3, I.4).
fn default_profile(settings: &Settings) -> [u8; 6] {
    let is_peer = |interface: &String| mechanism(settings, interface) == DelayMechanism::PeerToPeer;
    if settings.interfaces.first().is_some_and(is_peer) {
        [0x00, 0x1B, 0x19, 0x02, 0x01, 0x00]
    } else {
        Description::UNKNOWN.profile_identity
    }
}

/// So many octets in hexadecimal, with colons between them.
fn octets<const N: usize>(settings: &Settings, name: &str, example: &str) -> Result<[u8; N], String> {
    let text = settings.text(name, None);
    let octets: Option<Vec<u8>> = text.split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    let octets = octets.and_then(|octets| octets.try_into().ok());
    octets.ok_or_else(|| format!("{name} {text:?} is not allowed; it is written as {example}"))
}

/// What management messages on the port of `interface` may do.
pub(crate) fn access(settings: &Settings, interface: &str) -> Access {
    match settings.text("network_management", Some(interface)).as_str() {
        "none" => Access::None,
        "write" => Access::ReadWrite,
        _ => Access::ReadOnly,
    }
}

/// The clock never becomes master.
pub(crate) fn is_slave_only(settings: &Settings) -> bool {
    settings.flag("clientOnly", None) || settings.flag("slaveOnly", None)
}

/// The port never becomes slave.
pub(crate) fn is_master_only(settings: &Settings, interface: &str) -> bool {
    settings.flag("serverOnly", Some(interface)) || settings.flag("masterOnly", Some(interface))
}

/// The masters that are taken; all if there is none in the list.
///
/// # Errors
/// A text that names the option.
pub(crate) fn acceptable_masters(settings: &Settings) -> Result<Vec<AcceptableMaster>, String> {
    let text = settings.text("acceptable_masters", None);
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let master = |word: &str| {
        // Without its number it is the first port, the only one of an ordinary clock.
        let (identity, port) = word.split_once('-').unwrap_or((word, "1"));
        let acceptable_port_identity = PortIdentity::new(parse_identity(identity)?, port.parse().ok()?);
        Some(AcceptableMaster { acceptable_port_identity, alternate_priority1: 0 })
    };
    let allowed = "it is a list of identities such as 001122.fffe.334455-1";
    let list: Vec<_> = words
        .map(|word| master(word).ok_or_else(|| format!("acceptable_masters {word:?} is not allowed; {allowed}")))
        .collect::<Result<_, _>>()?;
    if list.len() > MOST_ACCEPTABLE {
        return Err(format!("acceptable_masters has {} entries; {MOST_ACCEPTABLE} at the most", list.len()));
    }
    Ok(list)
}

/// An identity as linuxptp writes it, 001122.fffe.334455.
pub(crate) fn parse_identity(text: &str) -> Option<ClockIdentity> {
    let parts: Vec<&str> = text.split('.').collect();
    let [6, 4, 6] = parts.iter().map(|part| part.len()).collect::<Vec<_>>()[..] else { return None };
    let number = u64::from_str_radix(&parts.concat(), 16).ok()?;
    Some(ClockIdentity::from_octets(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;

    fn with(options: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        settings.add_interface("eth0");
        for (name, value) in options {
            settings.set(name, None, value, Origin::CommandLine).expect("it is taken");
        }
        settings
    }

    #[test]
    fn defaults_make_a_clock_of_the_default_profile() {
        let settings = with(&[]);
        let config = clock_config(&settings, [0, 0x1B, 0x19, 1, 2, 3], false).expect("right");
        assert_eq!(config.clock_identity.to_string(), "001b19.fffe.010203");
        assert_eq!((config.priority1, config.clock_quality.clock_class.0, config.domain_number), (128, 248, 0));
        let port = port_config(&settings, "eth0");
        assert_eq!((port.log_announce_interval, port.log_sync_interval, port.announce_receipt_timeout), (1, 0, 3));
    }

    #[test]
    fn identities_are_written_as_linuxptp_does() {
        let config = clock_config(&with(&[("clockIdentity", "C37D50.0000.000001")]), [0; 6], false).expect("right");
        assert_eq!(config.clock_identity.to_string(), "c37d50.0000.000001");
        for text in ["1", "C37D50-0000-000001", "C37D5.00000.000001", "G37D50.0000.000001"] {
            let error = clock_config(&with(&[("clockIdentity", text)]), [0; 6], false).expect_err(text);
            assert!(error.contains("001122.fffe.334455"), "{error}");
        }
    }

    #[test]
    fn acceptable_masters_are_a_list_of_identities() {
        let list = |text| acceptable_masters(&with(&[("acceptable_masters", text)]));
        let identities = |text| {
            let list = list(text).expect("right");
            list.iter().map(|master| master.acceptable_port_identity.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(identities(""), [""; 0]);
        assert_eq!(
            identities("001122.fffe.334455, 001122.fffe.334456-7"),
            ["001122.fffe.334455-1", "001122.fffe.334456-7"]
        );
        for text in ["eth0", "001122.fffe.334455-x", "001122.fffe.334455-70000"] {
            let error = list(text).expect_err(text);
            assert!(error.contains("001122.fffe.334455-1"), "{error}");
        }
        let many = list(&"001122.fffe.334455 ".repeat(17)).expect_err("too many");
        assert!(many.contains("17 entries; 16 at the most"), "{many}");
    }

    #[test]
    fn the_same_texts_are_kept_once_and_others_beside_them() {
        let description = |user| Texts::new(&with(&[("userDescription", user)])).expect("right").with_ports(Vec::new());
        let first = description("rack 1");
        assert!(std::ptr::eq(first, description("rack 1")));
        assert_eq!(description("rack 2").user_description, "rack 2");
        assert_eq!(first.user_description, "rack 1");
    }

    #[test]
    fn thresholds_are_seconds() {
        let servo = servo_config(&with(&[("step_threshold", "0.5"), ("max_frequency", "1000")]));
        assert_eq!(servo.step_threshold, TimeInterval::from_nanos(500_000_000));
        assert_eq!(servo.first_step_threshold, TimeInterval::from_nanos(20_000));
        assert_eq!(servo.max_frequency, FrequencyOffset::from_ppb(1000));
    }
}
