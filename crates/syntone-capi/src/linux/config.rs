//! What to open.

use crate::config::SYNTONE_MAX_PORTS;
use crate::pointer::{Sized32, check, sized, write};
use crate::result::{SyntoneResult, finish};
use core::ffi::c_char;
use std::net::{IpAddr, Ipv4Addr};
use std::string::String;
use std::vec::Vec;
use syntone_hal::FrequencyOffset;
use syntone_linux::{
    Carrier, Error, Ethernet, LinuxHal, OneStepMode, OscillatorError, Peer, PtpClock, SoftwareClock, StampingWish,
    SystemClock, UdpIpv4, UdpIpv6, choose_clock,
};

/// Octets of syntone_linux_port.name.
pub const SYNTONE_LINUX_NAME_SIZE: usize = 16;

/// syntone_linux_port.transport, with the number of the standard: UDP/IPv4.
pub const SYNTONE_TRANSPORT_UDP_IPV4: u8 = 1;
/// syntone_linux_port.transport, with the number of the standard: UDP/IPv6.
pub const SYNTONE_TRANSPORT_UDP_IPV6: u8 = 2;
/// syntone_linux_port.transport, with the number of the standard: Ethernet frames.
pub const SYNTONE_TRANSPORT_ETHERNET: u8 = 3;

/// syntone_linux_config.stamping: the time stamps of the kernel.
pub const SYNTONE_STAMPING_SOFTWARE: u8 = 0;
/// syntone_linux_config.stamping: those of the interfaces' hardware clock where they can be had, else those of the kernel.
pub const SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE: u8 = 1;
/// syntone_linux_config.stamping: those of the interfaces' hardware clock (PHC), which all ports share.
pub const SYNTONE_STAMPING_HARDWARE: u8 = 2;

/// One port: multicast on an interface, or unicast from a local address to one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneLinuxPort {
    /// The interface, such as "eth0", ended by NUL. Empty: unicast over UDP/IPv4 from `address` to `peer_address`.
    pub name: [c_char; SYNTONE_LINUX_NAME_SIZE],
    /// One of SYNTONE_TRANSPORT_... Default SYNTONE_TRANSPORT_UDP_IPV4.
    pub transport: u8,
    /// What the hardware completes as it leaves: 0 nothing, 1 Sync, 2 Sync and Pdelay_Resp. Default 0.
    pub one_step: u8,
    /// UDP: how many routers a multicast message may pass, 1 to 255. Default 1.
    pub ttl: u8,
    /// UDP/IPv6: scope of the primary group, 1 to 15 (2 the link, 5 the site, 14 the world). Default 14.
    pub scope: u8,
    /// UDP: code point of differentiated services of event messages, 0 to 63. Default 0.
    pub event_dscp: u8,
    /// UDP: the same of general messages. Default 0.
    pub general_dscp: u8,
    /// Not 0: `priority` counts. Default 0.
    pub has_priority: u8,
    /// The priority by which the machine queues what is sent (SO_PRIORITY), 0 to 15.
    pub priority: u8,
    /// UDP port of event messages. Default 319.
    pub event_port: u16,
    /// UDP port of general messages. Default 320.
    pub general_port: u16,
    /// Without `name`: the local IPv4 address, in network order.
    pub address: [u8; 4],
    /// Without `name`: the IPv4 address of the peer, in network order.
    pub peer_address: [u8; 4],
    /// Without `name`: UDP port of event messages at the peer. Default 319.
    pub peer_event_port: u16,
    /// Without `name`: UDP port of general messages at the peer. Default 320.
    pub peer_general_port: u16,
}

/// What to open. Fill in the defaults with syntone_linux_config_init(), then name the interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneLinuxConfig {
    /// sizeof(syntone_linux_config); set by syntone_linux_config_init().
    pub struct_size: u32,
    /// Ports, 1 to SYNTONE_MAX_PORTS. Default 1.
    pub port_count: u8,
    /// One of SYNTONE_STAMPING_... Default SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE.
    pub stamping: u8,
    /// With software stamps. 0: a clock of this program alone, which begins with the machine's time of day and never touches it.
    /// Not 0: the machine's time of day itself; needs CAP_SYS_TIME. Default 0.
    pub system_clock: u8,
    /// 0.
    pub reserved: u8,
    /// How far the PTP time of the system clock is ahead of UTC, in seconds. Default 37.
    pub tai_offset: i32,
    /// How much faster than the machine's time the clock of this program alone runs at first, in units of 2^-16 ppm; for
    /// trials. Default 0.
    pub frequency_error: i32,
    /// How far the clock of this program alone is ahead of the machine's time at first, in nanoseconds. Default 0.
    pub offset: i64,
    /// The ports; the first port_count count.
    pub ports: [SyntoneLinuxPort; SYNTONE_MAX_PORTS],
}
sized!(SyntoneLinuxConfig);

/// Why nothing was opened.
pub(super) enum Refusal {
    /// A member is outside its range.
    Setting,
    System(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::System(error)
    }
}

/// Fills in the defaults: one port over UDP/IPv4, without a name yet. `struct_size` is sizeof(syntone_linux_config).
///
/// # Safety
/// `config` is NULL or points to a syntone_linux_config, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_config_init(config: *mut SyntoneLinuxConfig, struct_size: u32) -> SyntoneResult {
    let fill = || {
        check(config)?;
        if struct_size != SyntoneLinuxConfig::SIZE {
            return Err(SyntoneResult::WrongSize);
        }
        // SAFETY: as promised, and the size that the caller knows is ours.
        unsafe { write(config, SyntoneLinuxConfig::DEFAULT) }
    };
    finish(fill())
}

impl SyntoneLinuxConfig {
    const DEFAULT: Self = Self {
        struct_size: Self::SIZE,
        port_count: 1,
        stamping: SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE,
        system_clock: 0,
        reserved: 0,
        tai_offset: 37,
        frequency_error: 0,
        offset: 0,
        ports: [SyntoneLinuxPort::DEFAULT; SYNTONE_MAX_PORTS],
    };

    /// Sockets and clock; and why the clock is not a better one.
    pub(super) fn open(&self) -> Result<(LinuxHal, Option<Error>), Refusal> {
        let ports = self.ports.get(..usize::from(self.port_count)).filter(|ports| !ports.is_empty());
        let ports = ports.ok_or(Refusal::Setting)?;
        let (clock, fallback) = self.clock(ports)?;
        let mut hal = LinuxHal::new(clock);
        for port in ports {
            port.add(&mut hal)?;
        }
        Ok((hal, fallback))
    }

    fn clock(&self, ports: &[SyntoneLinuxPort]) -> Result<(PtpClock, Option<Error>), Refusal> {
        let (Some(first), wish) = (ports.first(), self.wish()?) else { return Err(Refusal::Setting) };
        let software = || self.software_clock();
        let named = ports.iter().map(SyntoneLinuxPort::name).collect::<Result<Vec<_>, _>>()?;
        // A port without an interface has stamps of the kernel only; where others are demanded, its sockets say so.
        let interfaces: Vec<&str> = named.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let wish = match wish {
            StampingWish::HardwareIfPossible if interfaces.len() < named.len() => StampingWish::Software,
            wish => wish,
        };
        let choice = choose_clock(&interfaces, first.carrier(), first.one_step_mode()?, wish, software)?;
        Ok((choice.clock, choice.fallback))
    }

    const fn wish(&self) -> Result<StampingWish, Refusal> {
        match self.stamping {
            SYNTONE_STAMPING_SOFTWARE => Ok(StampingWish::Software),
            SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE => Ok(StampingWish::HardwareIfPossible),
            SYNTONE_STAMPING_HARDWARE => Ok(StampingWish::Hardware),
            _ => Err(Refusal::Setting),
        }
    }

    fn software_clock(&self) -> Result<PtpClock, Error> {
        if self.system_clock != 0 {
            return SystemClock::open(self.tai_offset).map(PtpClock::from);
        }
        let frequency = FrequencyOffset::from_scaled_ppm(self.frequency_error);
        Ok(SoftwareClock::new(OscillatorError { offset_ns: self.offset, frequency }).into())
    }
}

impl SyntoneLinuxPort {
    const DEFAULT: Self = Self {
        name: [0; SYNTONE_LINUX_NAME_SIZE],
        transport: SYNTONE_TRANSPORT_UDP_IPV4,
        one_step: 0,
        ttl: 1,
        scope: 14,
        event_dscp: 0,
        general_dscp: 0,
        has_priority: 0,
        priority: 0,
        event_port: 319,
        general_port: 320,
        address: [0; 4],
        peer_address: [0; 4],
        peer_event_port: 319,
        peer_general_port: 320,
    };

    fn name(&self) -> Result<String, Refusal> {
        let octets = self.name.iter().map(|octet| octet.to_ne_bytes()).map(|[octet]| octet);
        let name: Vec<u8> = octets.take_while(|octet| *octet != 0).collect();
        // One octet has to be NUL.
        String::from_utf8(name).ok().filter(|name| name.len() < SYNTONE_LINUX_NAME_SIZE).ok_or(Refusal::Setting)
    }

    const fn carrier(&self) -> Carrier {
        if self.transport == SYNTONE_TRANSPORT_ETHERNET { Carrier::Ethernet } else { Carrier::Udp }
    }

    const fn one_step_mode(&self) -> Result<OneStepMode, Refusal> {
        match self.one_step {
            0 => Ok(OneStepMode::Off),
            1 => Ok(OneStepMode::Sync),
            2 => Ok(OneStepMode::PeerToPeer),
            _ => Err(Refusal::Setting),
        }
    }

    fn is_in_range(&self) -> bool {
        let dscp = self.event_dscp.max(self.general_dscp);
        dscp <= 63 && self.ttl > 0 && (1..=15).contains(&self.scope) && self.priority <= 15
    }

    /// Opens the sockets of the port.
    fn add(&self, hal: &mut LinuxHal) -> Result<(), Refusal> {
        let name = self.name()?;
        if !self.is_in_range() {
            return Err(Refusal::Setting);
        }
        match (self.transport, name.is_empty()) {
            (SYNTONE_TRANSPORT_UDP_IPV4, false) => hal.add_udp_ipv4(&self.udp_ipv4(UdpIpv4::on_interface(name))?)?,
            (SYNTONE_TRANSPORT_UDP_IPV4, true) => {
                let unicast = UdpIpv4::on_address(Ipv4Addr::from(self.address));
                let port = hal.add_udp_ipv4(&self.udp_ipv4(unicast)?)?;
                let address = IpAddr::V4(Ipv4Addr::from(self.peer_address));
                let (event_port, general_port) = (self.peer_event_port, self.peer_general_port);
                hal.set_peers(port, std::vec![Peer { address, event_port, general_port }]);
                port
            }
            (SYNTONE_TRANSPORT_UDP_IPV6, false) => hal.add_udp_ipv6(&self.udp_ipv6(name)?)?,
            (SYNTONE_TRANSPORT_ETHERNET, false) => {
                let mut transport = Ethernet::on_interface(name);
                (transport.priority, transport.one_step) = (self.priority(), self.one_step_mode()?);
                hal.add_ethernet(&transport)?
            }
            _ => return Err(Refusal::Setting),
        };
        Ok(())
    }

    fn priority(&self) -> Option<u32> {
        (self.has_priority != 0).then_some(u32::from(self.priority))
    }

    fn udp_ipv4(&self, mut transport: UdpIpv4) -> Result<UdpIpv4, Refusal> {
        (transport.event_port, transport.general_port) = (self.event_port, self.general_port);
        (transport.event_dscp, transport.general_dscp) = (self.event_dscp, self.general_dscp);
        (transport.ttl, transport.priority) = (self.ttl, self.priority());
        transport.one_step = self.one_step_mode()?;
        Ok(transport)
    }

    fn udp_ipv6(&self, name: String) -> Result<UdpIpv6, Refusal> {
        let mut transport = UdpIpv6::on_interface(name).with_scope(self.scope);
        (transport.event_port, transport.general_port) = (self.event_port, self.general_port);
        (transport.event_dscp, transport.general_dscp) = (self.event_dscp, self.general_dscp);
        (transport.hop_limit, transport.priority) = (self.ttl, self.priority());
        transport.one_step = self.one_step_mode()?;
        Ok(transport)
    }
}
