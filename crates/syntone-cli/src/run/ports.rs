//! From settings to open ports, and to the clock that stamps their messages.

use super::clock;
use super::companions;
use super::neighbours::Neighbours;
use super::settings::Settings;
use std::net::{Ipv4Addr, Ipv6Addr};
use syntone::datasets::DelayMechanism;
use syntone_linux::{
    Carrier, Ethernet, Holder, LinuxHal, OneStepMode, OscillatorError, PtpClock, Shortcoming, SoftwareClock,
    StampingWish, SystemClock, UdpIpv4, UdpIpv6, choose_clock,
};

/// Programs that steer the system clock, as the kernel shortens their names.
const TIME_DAEMONS: [&str; 6] = ["chronyd", "ntpd", "systemd-timesyn", "openntpd", "phc2sys", "timemaster"];

/// The open ports, and what is to be said of them.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) hal: LinuxHal,
    /// What the user should know of the choice of the clock.
    pub(crate) warnings: Vec<String>,
}

/// Opens the clock and the ports.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn open(settings: &Settings, neighbours: &Neighbours) -> Result<Opened, String> {
    check(settings)?;
    let (clock, mut warnings) = open_clock(settings)?;
    if one_step(settings) != OneStepMode::Off && !matches!(clock, PtpClock::Phc(_)) {
        return Err("one step needs time stamps of the hardware: set twoStepFlag 1 and time_stamping hardware".into());
    }
    let others = match &clock {
        PtpClock::Phc(first) if is_jbod(settings) => companions::open(first, &settings.interfaces)?,
        _ => Vec::new(),
    };
    let mut hal = LinuxHal::new(clock);
    others.into_iter().for_each(|phc| hal.add_companion(phc));
    if settings.flag("free_running", None) {
        hal.leave_replaced_clocks();
    }
    for interface in &settings.interfaces {
        open_port(&mut hal, settings, interface, neighbours)?;
    }
    // Only now, so that a start that fails leaves the machine's time alone. Its ports stamp alike.
    if matches!(hal.clock(), PtpClock::Software(_)) && is_system_clock_wanted(settings) {
        *hal.clock_mut() = SystemClock::open(clock::utc_offset(settings)).map_err(hint)?.into();
    }
    warnings.extend(rival(hal.clock()));
    Ok(Opened { hal, warnings })
}

/// Where there is no hardware clock.
fn is_system_clock_wanted(settings: &Settings) -> bool {
    settings.text("clock", None) != "software" && !settings.flag("free_running", None)
}

/// What can be said of the ports without opening one.
///
/// # Errors
/// A text that names the option.
pub(crate) fn check(settings: &Settings) -> Result<(), String> {
    let carriers: Vec<_> = settings.interfaces.iter().map(|interface| carrier(settings, interface)).collect();
    if carriers.windows(2).any(|pair| pair[0] != pair[1]) && is_hardware_wanted(settings) {
        return Err("network_transport L2 on some ports and UDP on others is for time_stamping software".into());
    }
    if settings.text("clock", None) != "auto" && settings.is_set("time_stamping") && is_hardware_wanted(settings) {
        return Err("with time_stamping hardware the clock is that of the interface: leave clock at auto".into());
    }
    if is_jbod(settings)
        && (one_step(settings) != OneStepMode::Off || settings.text("clock_type", None).ends_with("TC"))
    {
        return Err(
            "boundary_clock_jbod 1 is for two-step ordinary and boundary clocks: with clocks that differ the hardware \
                    completes nothing, and a transparent clock has no time in common"
                .into(),
        );
    }
    for interface in &settings.interfaces {
        mac(settings, "ptp_dst_mac", interface)?;
        mac(settings, "p2p_dst_mac", interface)?;
        address::<Ipv4Addr>(settings, "ptp_dst_ipv4", interface, Ipv4Addr::is_multicast)?;
        address::<Ipv4Addr>(settings, "p2p_dst_ipv4", interface, Ipv4Addr::is_multicast)?;
        address::<Ipv6Addr>(settings, "ptp_dst_ipv6", interface, Ipv6Addr::is_multicast)?;
        address::<Ipv6Addr>(settings, "p2p_dst_ipv6", interface, Ipv6Addr::is_multicast)?;
        if one_step(settings) == OneStepMode::PeerToPeer
            && clock::mechanism(settings, interface) != DelayMechanism::PeerToPeer
        {
            return Err(format!("[{interface}] time_stamping p2p1step needs delay_mechanism P2P"));
        }
    }
    Ok(())
}

/// What the hardware is to complete as it leaves.
pub(crate) fn one_step(settings: &Settings) -> OneStepMode {
    match settings.text("time_stamping", None).as_str() {
        "p2p1step" => OneStepMode::PeerToPeer,
        "onestep" => OneStepMode::Sync,
        _ if settings.flag("twoStepFlag", None) => OneStepMode::Off,
        _ => OneStepMode::Sync,
    }
}

fn is_hardware_wanted(settings: &Settings) -> bool {
    settings.text("time_stamping", None) != "software"
}

/// The ports may stamp on different hardware clocks.
pub(crate) fn is_jbod(settings: &Settings) -> bool {
    settings.interfaces.iter().any(|interface| settings.flag("boundary_clock_jbod", Some(interface)))
}

fn carrier(settings: &Settings, interface: &str) -> Carrier {
    match settings.text("network_transport", Some(interface)).as_str() {
        "L2" => Carrier::Ethernet,
        _ => Carrier::Udp,
    }
}

fn open_clock(settings: &Settings) -> Result<(PtpClock, Vec<String>), String> {
    let wanted = settings.text("clock", None);
    let wish = match wanted.as_str() {
        "auto" if !is_hardware_wanted(settings) => StampingWish::Software,
        "auto" if settings.is_set("time_stamping") => StampingWish::Hardware,
        "auto" => StampingWish::HardwareIfPossible,
        _ => StampingWish::Software,
    };
    // With several clocks that of the first is the one that is steered, and the others follow it.
    let most = if is_jbod(settings) { 1 } else { settings.interfaces.len() };
    let interfaces: Vec<&str> = settings.interfaces.iter().map(String::as_str).take(most).collect();
    let carrier = interfaces.first().map_or(Carrier::Udp, |interface| carrier(settings, interface));
    let software = || Ok(SoftwareClock::new(OscillatorError::default()).into());
    let choice = choose_clock(&interfaces, carrier, one_step(settings), wish, software).map_err(hint)?;
    let fallback = choice.fallback;
    let warning = fallback.map(|reason| format!("time stamps are the kernel's, not the hardware's: {reason}"));
    Ok((choice.clock, warning.into_iter().collect()))
}

/// What helps where the clock cannot be had: another one, or an option.
fn hint(error: syntone_linux::Error) -> String {
    match error {
        syntone_linux::Error::Permission { .. } => {
            format!(
                "{error}; or use --clock software, which steers a clock of the daemon's own that no other program sees"
            )
        }
        syntone_linux::Error::NoHardwareStamps { reason: Shortcoming::OtherClock { .. }, .. } => {
            format!("{error}; boundary_clock_jbod 1 takes several clocks")
        }
        other => other.to_string(),
    }
}

/// Another program that may steer the same clock.
fn rival(clock: &PtpClock) -> Option<String> {
    match clock {
        PtpClock::Software(_) => None,
        PtpClock::System(_) => {
            let Holder { pid, program } = Holder::of_name(&TIME_DAEMONS)?;
            Some(format!(
                "{program} (process {pid}) runs, too, and may steer the system clock as well: stop it (systemctl stop …), or keep \
                 its hands off the clock (chronyd -x), or use --clock software"
            ))
        }
        PtpClock::Phc(phc) => {
            let Holder { pid, program } = Holder::of_file(phc.path())?;
            Some(format!(
                "{program} (process {pid}) has {} open, too; two programs must not steer one clock: stop the one that is not wanted",
                phc.path()
            ))
        }
    }
}

fn open_port(hal: &mut LinuxHal, settings: &Settings, interface: &str, neighbours: &Neighbours) -> Result<(), String> {
    let one_step = one_step(settings);
    let number = |name| u8::try_from(settings.integer(name, Some(interface))).unwrap_or(u8::MAX);
    let priority = match settings.integer("socket_priority", None) {
        0 => None,
        priority => u32::try_from(priority).ok(),
    };
    let (event_dscp, general_dscp) = (number("dscp_event"), number("dscp_general"));
    let over = settings.text("network_transport", Some(interface));
    let shared_by = neighbours.sharing(interface, &over);
    let opened = match over.as_str() {
        "L2" => {
            let mut transport = Ethernet::on_interface(interface);
            transport.primary_group = mac(settings, "ptp_dst_mac", interface)?;
            transport.peer_group = mac(settings, "p2p_dst_mac", interface)?;
            (transport.priority, transport.one_step) = (priority, one_step);
            hal.add_ethernet(&transport)
        }
        "UDPv6" => {
            let mut transport = UdpIpv6::on_interface(interface);
            transport.primary_group = address(settings, "ptp_dst_ipv6", interface, Ipv6Addr::is_multicast)?;
            transport.peer_group = address(settings, "p2p_dst_ipv6", interface, Ipv6Addr::is_multicast)?;
            (transport.hop_limit, transport.shared_by) = (number("udp_ttl"), shared_by);
            (transport.event_dscp, transport.general_dscp) = (event_dscp, general_dscp);
            (transport.priority, transport.one_step) = (priority, one_step);
            hal.add_udp_ipv6(&transport.with_scope(number("udp6_scope")))
        }
        _ => {
            let mut transport = UdpIpv4::on_interface(interface);
            transport.primary_group = address(settings, "ptp_dst_ipv4", interface, Ipv4Addr::is_multicast)?;
            transport.peer_group = address(settings, "p2p_dst_ipv4", interface, Ipv4Addr::is_multicast)?;
            (transport.ttl, transport.shared_by) = (number("udp_ttl"), shared_by);
            (transport.event_dscp, transport.general_dscp) = (event_dscp, general_dscp);
            (transport.priority, transport.one_step) = (priority, one_step);
            hal.add_udp_ipv4(&transport)
        }
    };
    opened.map(|_| ()).map_err(|error| error.to_string())
}

/// A group address of Ethernet.
fn mac(settings: &Settings, name: &str, interface: &str) -> Result<[u8; 6], String> {
    let text = settings.text(name, Some(interface));
    let octets: Option<Vec<u8>> = text.split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    octets
        .and_then(|octets| <[u8; 6]>::try_from(octets).ok())
        .filter(|octets| octets[0] & 1 == 1)
        .ok_or_else(|| format!("{name} {text:?} is not allowed; it is a group address such as 01:1B:19:00:00:00"))
}

/// A group address of IP.
fn address<A: std::str::FromStr + Copy>(
    settings: &Settings,
    name: &str,
    interface: &str,
    is_group: impl Fn(&A) -> bool,
) -> Result<A, String> {
    let text = settings.text(name, Some(interface));
    text.parse()
        .ok()
        .filter(is_group)
        .ok_or_else(|| format!("{name} {text:?} is not allowed; it is a multicast address of that version of IP"))
}
