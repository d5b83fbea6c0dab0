//! Settings of a transparent clock.

use crate::config::SYNTONE_MAX_PORTS;
use crate::pointer::{check, sized, write};
use crate::result::{SyntoneResult, finish};
use syntone::clock::transparent::{TransparentConfig, TransparentPortConfig};
use syntone::config::ConfigError;
use syntone::datasets::DelayMechanism;
use syntone::wire::ClockIdentity;
use syntone_hal::TimeInterval;

/// Settings of one port of a transparent clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTransparentPortConfig {
    /// How much longer than the mean the way to this port takes, in units of 2^-16 ns. Default 0.
    pub delay_asymmetry: i64,
    /// Added to what the HAL knows of ingress latency, in units of 2^-16 ns. Default 0.
    pub ingress_latency: i64,
    /// Added to what the HAL knows of egress latency, in units of 2^-16 ns. Default 0.
    pub egress_latency: i64,
    /// Not 0: begins blocked, as a spanning tree protocol wants it; see syntone_transparent_set_forwarding(). Default 0.
    pub blocked: u8,
    /// Least interval of Pdelay_Req messages of a peer-to-peer clock, -7 to 7: the logarithm to base 2 of seconds. Default 0.
    pub log_min_pdelay_req_interval: i8,
    /// domainNumber of the Pdelay_Reqs of this port; those of others are answered in theirs. Default 0.
    pub domain_number: u8,
    /// 0.
    pub reserved: [u8; 5],
}

/// Settings of a transparent clock. Fill in the defaults with syntone_transparent_config_init(), then change what is to be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTransparentConfig {
    /// sizeof(syntone_transparent_config); set by syntone_transparent_config_init().
    pub struct_size: u32,
    /// Ports, 2 to SYNTONE_MAX_PORTS. Default 2.
    pub port_count: u8,
    /// SYNTONE_DELAY_END_TO_END or SYNTONE_DELAY_PEER_TO_PEER. Default SYNTONE_DELAY_END_TO_END.
    pub delay_mechanism: u8,
    /// Not 0: residence times are added in hardware where syntone_port_capabilities says that a port can. Hardware does not correct
    /// them by the rate: where they are long and the clock is not syntonised, two steps are better. Default 1.
    pub one_step: u8,
    /// Not 0: the frequency of the clock is steered to that of the grandmaster of syntonised_domain, its time is not. 0: it runs
    /// free, the rate is measured, and residence times are corrected by it. Default 0.
    pub syntonised: u8,
    /// Its identity, in network order; neither all zeros nor all ones. No default: set it, as that of syntone_config.
    pub clock_identity: [u8; 8],
    /// domainNumber, of sdoId 0. Default 0.
    pub syntonised_domain: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// The ports; the first port_count count.
    pub ports: [SyntoneTransparentPortConfig; SYNTONE_MAX_PORTS],
}
sized!(SyntoneTransparentConfig);

/// Fills in the defaults, for a transparent clock with two ports. `struct_size` is sizeof(syntone_transparent_config).
///
/// # Safety
/// `config` is NULL or points to a syntone_transparent_config, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_config_init(
    config: *mut SyntoneTransparentConfig,
    struct_size: u32,
) -> SyntoneResult {
    let fill = || {
        check(config)?;
        if struct_size != <SyntoneTransparentConfig as crate::pointer::Sized32>::SIZE {
            return Err(SyntoneResult::WrongSize);
        }
        // SAFETY: as promised, and the size that the caller knows is ours.
        unsafe { write(config, SyntoneTransparentConfig::defaults(struct_size)) }
    };
    finish(fill())
}

impl SyntoneTransparentConfig {
    fn defaults(struct_size: u32) -> Self {
        let clock = TransparentConfig::new(ClockIdentity::ZERO);
        Self {
            struct_size,
            port_count: 2,
            delay_mechanism: clock.delay_mechanism.number(),
            one_step: u8::from(clock.one_step),
            syntonised: u8::from(clock.syntonised_domain.is_some()),
            clock_identity: [0; 8],
            syntonised_domain: clock.syntonised_domain.unwrap_or(0),
            reserved: [0; 7],
            ports: [port_defaults(); SYNTONE_MAX_PORTS],
        }
    }

    pub(crate) fn clock(&self) -> Result<TransparentConfig, ConfigError> {
        let value = i64::from(self.delay_mechanism);
        let unknown = ConfigError { option: "delayMechanism", value, min: 1, max: 2 };
        Ok(TransparentConfig {
            clock_identity: ClockIdentity::from_octets(self.clock_identity),
            syntonised_domain: (self.syntonised != 0).then_some(self.syntonised_domain),
            delay_mechanism: DelayMechanism::from_number(self.delay_mechanism).ok_or(unknown)?,
            one_step: self.one_step != 0,
        })
    }

    pub(crate) fn ports<const PORTS: usize>(&self) -> [TransparentPortConfig; PORTS] {
        let mut ports = core::array::from_fn(|_| TransparentPortConfig::default());
        for (to, from) in ports.iter_mut().zip(&self.ports) {
            *to = TransparentPortConfig {
                delay_asymmetry: TimeInterval::from_scaled(from.delay_asymmetry),
                ingress_latency: TimeInterval::from_scaled(from.ingress_latency),
                egress_latency: TimeInterval::from_scaled(from.egress_latency),
                blocked: from.blocked != 0,
                log_min_pdelay_req_interval: from.log_min_pdelay_req_interval,
                domain_number: from.domain_number,
            };
        }
        ports
    }
}

fn port_defaults() -> SyntoneTransparentPortConfig {
    let port = TransparentPortConfig::default();
    SyntoneTransparentPortConfig {
        delay_asymmetry: port.delay_asymmetry.scaled(),
        ingress_latency: port.ingress_latency.scaled(),
        egress_latency: port.egress_latency.scaled(),
        blocked: u8::from(port.blocked),
        log_min_pdelay_req_interval: port.log_min_pdelay_req_interval,
        domain_number: port.domain_number,
        reserved: [0; 5],
    }
}
