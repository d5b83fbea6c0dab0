//! Settings of a clock.

#[cfg(feature = "full")]
use crate::pointer::copy_text;
use crate::pointer::{check, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use core::ffi::c_char;
use syntone::config::{ClockConfig, ConfigError, PortConfig};
use syntone::datasets::{DelayMechanism, TimePropertiesDs};
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::{ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, Flags, SdoId, TimeSource};
use syntone_hal::{FrequencyOffset, TimeInterval};

/// The most ports that a clock can have.
pub const SYNTONE_MAX_PORTS: usize = 8;

/// Bit of time_flags, leap61: the last minute of the UTC day has 61 seconds.
pub const SYNTONE_TIME_LEAP61: u16 = 0x01;
/// Bit of time_flags, leap59: the last minute of the UTC day has 59 seconds.
pub const SYNTONE_TIME_LEAP59: u16 = 0x02;
/// Bit of time_flags, currentUtcOffsetValid.
pub const SYNTONE_TIME_UTC_OFFSET_VALID: u16 = 0x04;
/// Bit of time_flags, ptpTimescale: the epoch is that of PTP.
pub const SYNTONE_TIME_PTP_TIMESCALE: u16 = 0x08;
/// Bit of time_flags, timeTraceable.
pub const SYNTONE_TIME_TRACEABLE: u16 = 0x10;
/// Bit of time_flags, frequencyTraceable.
pub const SYNTONE_TIME_FREQUENCY_TRACEABLE: u16 = 0x20;

/// The default delay request-response profile: end-to-end.
pub const SYNTONE_PROFILE_DEFAULT_E2E: u8 = 1;
/// The default peer-to-peer profile.
pub const SYNTONE_PROFILE_DEFAULT_P2P: u8 = 2;

/// delay_mechanism: Delay_Req and Delay_Resp, through whatever is on the way.
pub const SYNTONE_DELAY_END_TO_END: u8 = 1;
/// delay_mechanism: Pdelay_Req and Pdelay_Resp, with the other end of the link.
pub const SYNTONE_DELAY_PEER_TO_PEER: u8 = 2;
/// delay_mechanism: none; the delay is not measured.
pub const SYNTONE_DELAY_NONE: u8 = 254;

/// Settings of one port. Intervals are the logarithm to base 2 of seconds: -3 is 1/8 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePortConfig {
    /// How much longer than the mean the way from the master takes, in units of 2^-16 ns. Default 0.
    pub delay_asymmetry: i64,
    /// Added to what the HAL knows of ingress latency, in units of 2^-16 ns. Default 0.
    pub ingress_latency: i64,
    /// Added to what the HAL knows of egress latency, in units of 2^-16 ns. Default 0.
    pub egress_latency: i64,
    /// Interval of Announce messages, -7 to 7. Default 1: every 2 s.
    pub log_announce_interval: i8,
    /// Interval of Sync messages, -7 to 7. Default 0: every second.
    pub log_sync_interval: i8,
    /// Least mean interval of Delay_Req messages that a master grants, -7 to 7. Default 0.
    pub log_min_delay_req_interval: i8,
    /// Announce intervals after which a silent master is given up, 2 to 255. Default 3.
    pub announce_receipt_timeout: u8,
    /// Time after which a faulty port tries again, -3 to 7. Default 2: 4 s.
    pub log_fault_reset_interval: i8,
    /// Not 0: never a slave. Default 0.
    pub master_only: u8,
    /// portDS.delayMechanism, one of SYNTONE_DELAY_... Default SYNTONE_DELAY_END_TO_END.
    pub delay_mechanism: u8,
    /// Least interval of Pdelay_Req messages, -7 to 7. Default 0.
    pub log_min_pdelay_req_interval: i8,
    /// 0: Sync and Pdelay_Resp are completed in one step where syntone_port_capabilities says that the port can. Default 1.
    pub two_step_flag: u8,
    /// Not 0: Delay_Req goes to the master alone, which answers to this port alone. Default 0.
    pub hybrid: u8,
    /// 0.
    pub reserved: [u8; 14],
}

/// Settings of a clock. Fill in the defaults with syntone_config_init_profile() or syntone_config_init(), then change what is to be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneConfig {
    /// sizeof(syntone_config); set by syntone_config_init().
    pub struct_size: u32,
    /// Ports, 1 to SYNTONE_MAX_PORTS: one makes an ordinary clock, several a boundary clock. Default 1.
    pub port_count: u8,
    /// defaultDS.domainNumber. Default 0.
    pub domain_number: u8,
    /// defaultDS.sdoId, 0 to 0xFFF. Default 0.
    pub sdo_id: u16,
    /// defaultDS.clockIdentity in network order; neither all zeros nor all ones. No default: set it. From a MAC address
    /// a-b-c-d-e-f it is a, b, c, 0xFF, 0xFE, d, e, f.
    pub clock_identity: [u8; 8],
    /// defaultDS.priority1; lower is better. Default 128.
    pub priority1: u8,
    /// defaultDS.priority2; lower is better. Default 128.
    pub priority2: u8,
    /// defaultDS.clockQuality.clockClass. Default 248.
    pub clock_class: u8,
    /// defaultDS.clockQuality.clockAccuracy. Default 0xFE: unknown.
    pub clock_accuracy: u8,
    /// defaultDS.clockQuality.offsetScaledLogVariance. Default 0xFFFF: unknown.
    pub offset_scaled_log_variance: u16,
    /// Not 0: never a master; for one port. Default 0.
    pub slave_only: u8,
    /// defaultDS.maxStepsRemoved, 2 to 255. Default 255.
    pub max_steps_removed: u8,
    /// minorVersionPTP of what is sent, 0 or 1; both are received. Default 1.
    pub minor_version_ptp: u8,
    /// timePropertiesDS.timeSource as grandmaster. Default 0xA0: internal oscillator.
    pub time_source: u8,
    /// timePropertiesDS.currentUtcOffset as grandmaster, in seconds. Default 37.
    pub current_utc_offset: i16,
    /// SYNTONE_TIME_... as grandmaster. Default SYNTONE_TIME_PTP_TIMESCALE.
    pub time_flags: u16,
    /// Syncs in a row within lock_threshold that make the lock, 1 to 255. Default 4.
    pub lock_count: u8,
    /// 0.
    pub reserved: [u8; 1],
    /// The frequency is kept within this and within max_frequency of the HAL, in units of 2^-16 ppm. Default 500 ppm.
    pub max_frequency: i32,
    /// Seed of the random spacing of messages; mix in something that differs from device to device. Default 0.
    pub seed: u64,
    /// An offset beyond this is stepped away at the first opportunity, in units of 2^-16 ns; 0: never. Default 20 us.
    pub first_step_threshold: i64,
    /// An offset beyond this is stepped away at any later time, in units of 2^-16 ns; 0: never. Default 0.
    pub step_threshold: i64,
    /// Locked means offsets within this, in units of 2^-16 ns. Default 0: 1 us with hardware stamps, 50 us with software.
    pub lock_threshold: i64,
    /// The ports; the first port_count count. All have the defaults of the default profile.
    pub ports: [SyntonePortConfig; SYNTONE_MAX_PORTS],
}
sized!(SyntoneConfig);

/// Which option is outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneConfigError {
    /// The option, by the standard's name where it has one; ends with NUL. Empty if no option is wrong.
    pub option: [c_char; 64],
    /// What was given.
    pub value: i64,
    /// The smallest allowed value.
    pub minimum: i64,
    /// The largest allowed value.
    pub maximum: i64,
}

/// Fills in the defaults of a profile, one of SYNTONE_PROFILE_..., for a clock with one port. `struct_size` is
/// sizeof(syntone_config). SYNTONE_RESULT_OUT_OF_RANGE: no such profile.
///
/// # Safety
/// `config` is NULL or points to a syntone_config, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_config_init_profile(
    config: *mut SyntoneConfig,
    struct_size: u32,
    profile: u8,
) -> SyntoneResult {
    let fill = || {
        check(config)?;
        if struct_size != <SyntoneConfig as crate::pointer::Sized32>::SIZE {
            return Err(SyntoneResult::WrongSize);
        }
        let defaults = SyntoneConfig::defaults(struct_size, profile).ok_or(SyntoneResult::OutOfRange)?;
        // SAFETY: as promised, and the size that the caller knows is ours.
        unsafe { write(config, defaults) }
    };
    finish(fill())
}

/// As syntone_config_init_profile() with SYNTONE_PROFILE_DEFAULT_E2E: fills in the default profile for a clock with one port. `struct_size` is sizeof(syntone_config).
///
/// # Safety
/// `config` is NULL or points to a syntone_config, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_config_init(config: *mut SyntoneConfig, struct_size: u32) -> SyntoneResult {
    // SAFETY: as promised.
    unsafe { syntone_config_init_profile(config, struct_size, SYNTONE_PROFILE_DEFAULT_E2E) }
}

impl SyntoneConfig {
    /// `None` if there is no such profile.
    fn defaults(struct_size: u32, profile: u8) -> Option<Self> {
        let delay_mechanism = match profile {
            SYNTONE_PROFILE_DEFAULT_E2E => DelayMechanism::EndToEnd,
            SYNTONE_PROFILE_DEFAULT_P2P => DelayMechanism::PeerToPeer,
            _ => return None,
        };
        let clock = ClockConfig::new(ClockIdentity::ZERO);
        let servo = PiConfig::default();
        let port = SyntonePortConfig { delay_mechanism: delay_mechanism.number(), ..port_defaults() };
        Some(Self {
            struct_size,
            port_count: 1,
            domain_number: clock.domain_number,
            sdo_id: clock.sdo_id.get(),
            clock_identity: [0; 8],
            priority1: clock.priority1,
            priority2: clock.priority2,
            clock_class: clock.clock_quality.clock_class.0,
            clock_accuracy: clock.clock_quality.clock_accuracy.0,
            offset_scaled_log_variance: clock.clock_quality.offset_scaled_log_variance,
            slave_only: u8::from(clock.slave_only),
            max_steps_removed: clock.max_steps_removed,
            minor_version_ptp: clock.minor_version_ptp,
            time_source: clock.time_properties.time_source.0,
            current_utc_offset: clock.time_properties.current_utc_offset,
            time_flags: clock.time_properties.flags().bits(),
            lock_count: servo.lock_count,
            reserved: [0; 1],
            max_frequency: servo.max_frequency.scaled_ppm(),
            seed: clock.seed,
            first_step_threshold: servo.first_step_threshold.scaled(),
            step_threshold: servo.step_threshold.scaled(),
            lock_threshold: servo.lock_threshold.map_or(0, TimeInterval::scaled),
            ports: [port; SYNTONE_MAX_PORTS],
        })
    }

    pub(crate) fn clock(&self) -> Result<ClockConfig, Wrong> {
        let wrong_sdo_id = ConfigError { option: "sdoId", value: i64::from(self.sdo_id), min: 0, max: 0xFFF };
        let sdo_id = SdoId::new(self.sdo_id).ok_or(wrong(wrong_sdo_id))?;
        let defaults = ClockConfig::new(ClockIdentity::from_octets(self.clock_identity));
        let slave = ClockConfig {
            domain_number: self.domain_number,
            sdo_id,
            slave_only: self.slave_only != 0,
            max_steps_removed: self.max_steps_removed,
            minor_version_ptp: self.minor_version_ptp,
            seed: self.seed,
            ..defaults
        };
        if !cfg!(feature = "full") {
            return Ok(slave);
        }
        Ok(ClockConfig {
            priority1: self.priority1,
            priority2: self.priority2,
            clock_quality: ClockQuality {
                clock_class: ClockClass(self.clock_class),
                clock_accuracy: ClockAccuracy(self.clock_accuracy),
                offset_scaled_log_variance: self.offset_scaled_log_variance,
            },
            time_properties: TimePropertiesDs::new(
                self.current_utc_offset,
                Flags::from_bits_retain(self.time_flags),
                TimeSource(self.time_source),
            ),
            ..slave
        })
    }

    pub(crate) fn ports<const PORTS: usize>(&self) -> Result<[PortConfig; PORTS], Wrong> {
        let mut ports = core::array::from_fn(|_| PortConfig::default());
        for (to, from) in ports.iter_mut().zip(&self.ports) {
            *to = port(from)?;
        }
        Ok(ports)
    }

    pub(crate) fn servo(&self) -> Result<PiServo, Wrong> {
        let lock_threshold = (self.lock_threshold != 0).then(|| TimeInterval::from_scaled(self.lock_threshold));
        let config = PiConfig {
            first_step_threshold: TimeInterval::from_scaled(self.first_step_threshold),
            step_threshold: TimeInterval::from_scaled(self.step_threshold),
            lock_threshold,
            lock_count: self.lock_count,
            max_frequency: FrequencyOffset::from_scaled_ppm(self.max_frequency),
            ..PiConfig::default()
        };
        PiServo::new(config).map_err(|error| {
            wrong(ConfigError { option: error.option, value: error.value, min: error.minimum, max: error.maximum })
        })
    }
}

fn port_defaults() -> SyntonePortConfig {
    let port = PortConfig::default();
    SyntonePortConfig {
        delay_asymmetry: port.delay_asymmetry.scaled(),
        ingress_latency: port.ingress_latency.scaled(),
        egress_latency: port.egress_latency.scaled(),
        log_announce_interval: port.log_announce_interval,
        log_sync_interval: port.log_sync_interval,
        log_min_delay_req_interval: port.log_min_delay_req_interval,
        announce_receipt_timeout: port.announce_receipt_timeout,
        log_fault_reset_interval: port.log_fault_reset_interval,
        master_only: u8::from(port.master_only),
        delay_mechanism: port.delay_mechanism.number(),
        log_min_pdelay_req_interval: port.log_min_pdelay_req_interval,
        two_step_flag: u8::from(port.two_step_flag),
        hybrid: u8::from(port.hybrid),
        reserved: [0; 14],
    }
}

fn port(port: &SyntonePortConfig) -> Result<PortConfig, Wrong> {
    let number = port.delay_mechanism;
    let unknown = |max| wrong(ConfigError { option: "delayMechanism", value: i64::from(number), min: 1, max });
    let slave = PortConfig {
        log_announce_interval: port.log_announce_interval,
        log_sync_interval: port.log_sync_interval,
        announce_receipt_timeout: port.announce_receipt_timeout,
        delay_asymmetry: TimeInterval::from_scaled(port.delay_asymmetry),
        ingress_latency: TimeInterval::from_scaled(port.ingress_latency),
        egress_latency: TimeInterval::from_scaled(port.egress_latency),
        log_fault_reset_interval: port.log_fault_reset_interval,
        hybrid: port.hybrid != 0,
        ..PortConfig::default()
    };
    if !cfg!(feature = "full") {
        return if number == DelayMechanism::EndToEnd.number() { Ok(slave) } else { Err(unknown(1)) };
    }
    Ok(PortConfig {
        delay_mechanism: DelayMechanism::from_number(number).ok_or(unknown(254))?,
        log_min_pdelay_req_interval: port.log_min_pdelay_req_interval,
        two_step_flag: port.two_step_flag != 0,
        log_min_delay_req_interval: port.log_min_delay_req_interval,
        master_only: port.master_only != 0,
        ..slave
    })
}

/// A setting that cannot be.
#[cfg(feature = "full")]
pub(crate) type Wrong = ConfigError;

/// A setting that cannot be. Without the feature `full` it is not told which: names and ranges take half a kilooctet.
#[cfg(not(feature = "full"))]
pub(crate) struct Wrong;

#[cfg(feature = "full")]
pub(crate) const fn wrong(error: ConfigError) -> Wrong {
    error
}

#[cfg(not(feature = "full"))]
pub(crate) const fn wrong(_: ConfigError) -> Wrong {
    Wrong
}

impl SyntoneConfigError {
    /// No option is wrong.
    pub(crate) const NONE: Self = Self { option: [0; 64], value: 0, minimum: 0, maximum: 0 };

    #[cfg(feature = "full")]
    pub(crate) fn new(error: &Wrong) -> Self {
        let mut option = [0; 64];
        copy_text(error.option, &mut option);
        Self { option, value: error.value, minimum: error.min, maximum: error.max }
    }

    #[cfg(not(feature = "full"))]
    pub(crate) const fn new(_: &Wrong) -> Self {
        Self::NONE
    }

    /// Nothing is wrong so far.
    ///
    /// # Safety
    /// `error` is null or points to a syntone_config_error.
    pub(crate) unsafe fn clear(error: *mut Self) -> Checked {
        // SAFETY: as promised.
        if error.is_null() { Ok(()) } else { unsafe { write(error, Self::NONE) } }
    }

    /// What came of it, told to whom it concerns.
    ///
    /// # Safety
    /// `error` is null or points to a syntone_config_error.
    pub(crate) unsafe fn tell(error: *mut Self, result: Result<(), Wrong>) -> Checked {
        let Err(wrong) = result else { return Ok(()) };
        if !error.is_null() {
            // SAFETY: as promised.
            unsafe { write(error, Self::new(&wrong)) }?;
        }
        Err(SyntoneResult::BadConfig)
    }
}

const _: () = {
    assert!(SYNTONE_DELAY_END_TO_END == DelayMechanism::EndToEnd.number());
    assert!(SYNTONE_DELAY_PEER_TO_PEER == DelayMechanism::PeerToPeer.number());
};
