//! One PTP clock with its sockets and its software clock.

use super::args::{Args, Management, Transport};
use std::hash::{BuildHasher, RandomState};
use std::net::Ipv4Addr;
use syntone::management::{Access, Description};
use syntone::servo::{LockState, PiConfig, PiServo};
use syntone::wire::{ClockIdentity, Flags, TimeSource};
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::{FrequencyOffset, Instant, PortIndex, TimeInterval};
use syntone_linux::{Error, Ethernet, FrameTunnel, LinuxHal, OscillatorError, Peer, SoftwareClock, UdpIpv4};

/// The only port of each clock.
pub(crate) const PORT: PortIndex = PortIndex(0);

/// A clock and everything it needs.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) clock: Clock,
    pub(crate) hal: LinuxHal,
    runner: Runner,
}

/// What the options ask for, and what was found when the sockets were opened.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The grandmaster on this machine, where both ends run here.
    pub(crate) master: Option<Node>,
    /// The clock that is watched.
    pub(crate) watched: Node,
    /// For the headline.
    pub(crate) title: String,
    /// Where the watched clock has its port, for messages to people.
    pub(crate) place: String,
    /// The frequency offset of the watched clock's oscillator, in ppb, where it is known.
    pub(crate) oscillator_ppb: Option<f64>,
    /// Something that the user may want to know.
    pub(crate) note: Option<String>,
}

impl Node {
    /// Does what is due, and says until when there is nothing to do.
    pub(crate) fn turn(&mut self, on_event: &mut impl FnMut(&Event)) -> Instant {
        self.runner.turn(&mut self.clock, &mut self.hal, on_event).until
    }

    fn new(hal: LinuxHal, config: &ClockConfig, port: &PortConfig) -> Result<Self, String> {
        let servo = PiServo::new(PiConfig::default()).map_err(|error| format!("{error:?}"))?;
        let clock = Clock::new(config, std::array::from_ref(port), servo).map_err(|error| error.to_string())?;
        Ok(Self { clock, hal, runner: Runner::new() })
    }
}

/// Opens everything that the options ask for.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn set_up(args: &Args) -> Result<Setup, String> {
    if args.is_loopback() { loopback(args) } else { on_network(args) }
}

/// What management is told.
static DESCRIPTION: Description = Description {
    product_description: "Syntone;demo;",
    revision_data: concat!(";;", env!("CARGO_PKG_VERSION")),
    ..Description::UNKNOWN
};

/// Grandmaster and slave over loopback sockets.
fn loopback(args: &Args) -> Result<Setup, String> {
    let (port, oscillator) = (port_config(args, &LOOPBACK), oscillator(args, 250.0, 37.0));
    let (mut master_hal, mut slave_hal) = (hal(OscillatorError::default()), hal(oscillator));
    let notes = [
        open_end(&mut master_hal, Ipv4Addr::new(127, 0, 0, 1))?,
        open_end(&mut slave_hal, Ipv4Addr::new(127, 0, 0, 2))?,
    ];
    let (master_end, slave_end) = (master_hal.local_end(PORT), slave_hal.local_end(PORT));
    master_hal.set_peers(PORT, slave_end.into_iter().collect());
    slave_hal.set_peers(PORT, master_end.into_iter().collect());
    let ports = master_end.zip(slave_end).map_or(String::new(), |(master, slave)| port_text(&master, &slave));
    // The grandmaster of a network that is known to have no other need not listen for long.
    let master_port = PortConfig { announce_receipt_timeout: 2, ..port.clone() };
    let master = Node::new(master_hal, &clock_config(args, [2, 0, 0, 0, 0, 1], true), &master_port)?;
    let watched = Node::new(slave_hal, &clock_config(args, [2, 0, 0, 0, 0, 2], false), &port)?;
    Ok(Setup {
        master: Some(master),
        watched,
        title: format!("syntone demo   grandmaster → slave over loopback, UDP {ports}"),
        place: "the loopback interface".into(),
        oscillator_ppb: Some(scaled_ppb(oscillator.frequency)),
        note: notes.into_iter().flatten().next(),
    })
}

/// The UDP ports of both ends, short where they are the same.
fn port_text(master: &Peer, slave: &Peer) -> String {
    let ports = |peer: &Peer| format!("{}/{}", peer.event_port, peer.general_port);
    let (from, to) = (ports(master), ports(slave));
    if from == to { from } else { format!("{from} → {to}") }
}

/// Opens one end, on the ports of PTP where that is permitted, on any other two where it is not; a text says why.
fn open_end(hal: &mut LinuxHal, address: Ipv4Addr) -> Result<Option<String>, String> {
    let mut transport = UdpIpv4::on_address(address);
    let note = match hal.add_udp_ipv4(&transport) {
        Ok(_) => return Ok(None),
        Err(error @ (Error::Permission { .. } | Error::PortTaken { .. })) => {
            format!("the demo takes other ports than 319 and 320: {error}")
        }
        Err(error) => return Err(error.to_string()),
    };
    (transport.event_port, transport.general_port) = (0, 0);
    hal.add_udp_ipv4(&transport).map_err(|error| error.to_string())?;
    Ok(Some(note))
}

/// One clock on a real network, or on the cable of an emulated board.
fn on_network(args: &Args) -> Result<Setup, String> {
    let oscillator = oscillator(args, 0.0, 0.0);
    let mut hal = hal(oscillator);
    let (place, way) = open_port(&mut hal, args).map_err(|error| error.to_string())?;
    let address = hal.hardware_address(PORT).unwrap_or_else(random_address);
    let mut watched = Node::new(hal, &clock_config(args, address, args.master), &port_config(args, &NETWORK))?;
    let access = match args.management {
        Management::None => Access::None,
        Management::Read => Access::ReadOnly,
        Management::Write => Access::ReadWrite,
    };
    watched.clock.set_management_access(PORT, access);
    watched.clock.set_description(&DESCRIPTION);
    let role = if args.master { "master" } else { "slave" };
    Ok(Setup {
        master: None,
        watched,
        title: format!("syntone demo   {role} on {place}, {way}, domain {}", args.domain),
        place,
        oscillator_ppb: None,
        note: None,
    })
}

fn open_port(hal: &mut LinuxHal, args: &Args) -> Result<(String, &'static str), Error> {
    let interface = args.interface.clone().unwrap_or_default();
    match args.transport {
        Transport::Udp4 => {
            hal.add_udp_ipv4(&UdpIpv4::on_interface(&interface))?;
            Ok((interface, "UDP over IPv4"))
        }
        Transport::L2 => {
            hal.add_ethernet(&Ethernet::on_interface(&interface))?;
            Ok((interface, "Ethernet"))
        }
        Transport::Qemu { local_port, remote_port } => {
            hal.add_frame_tunnel(&FrameTunnel { local_port, remote_port, hardware_address: random_address() })?;
            Ok((format!("UDP port {local_port} of 127.0.0.1"), "Ethernet to QEMU"))
        }
    }
}

/// Intervals and timeout where the user does not say.
struct Defaults {
    sync: i8,
    announce: i8,
    delay: i8,
    receipt_timeout: u8,
}

/// For a quick lock; the receipt timeout of 1.5 s leaves room for a machine under load.
const LOOPBACK: Defaults = Defaults { sync: -3, announce: -2, delay: -3, receipt_timeout: 6 };
/// The default profile (IEEE 1588-2019 I.3.2).
const NETWORK: Defaults = Defaults { sync: 0, announce: 1, delay: 0, receipt_timeout: 3 };

fn port_config(args: &Args, defaults: &Defaults) -> PortConfig {
    let delay = args.log_min_delay_req_interval.unwrap_or(defaults.delay);
    PortConfig {
        delay_mechanism: args.delay_mechanism,
        hybrid: args.hybrid,
        log_min_pdelay_req_interval: delay,
        log_sync_interval: args.log_sync_interval.unwrap_or(defaults.sync),
        log_announce_interval: args.log_announce_interval.unwrap_or(defaults.announce),
        log_min_delay_req_interval: delay,
        announce_receipt_timeout: args.announce_receipt_timeout.unwrap_or(defaults.receipt_timeout),
        ..PortConfig::default()
    }
}

fn clock_config(args: &Args, hardware_address: [u8; 6], master: bool) -> ClockConfig {
    let identity = ClockIdentity::from_mac48(hardware_address);
    let mut config = if master { ClockConfig::new(identity) } else { ClockConfig::slave_only(identity) };
    config.domain_number = args.domain;
    config.priority1 = args.priority1;
    config.priority2 = args.priority2;
    config.seed = RandomState::new().hash_one(0);
    // The software clock shows the kernel's time of day, which counts UTC: not the PTP timescale.
    config.time_properties =
        syntone::datasets::TimePropertiesDs::new(37, Flags::empty(), TimeSource::INTERNAL_OSCILLATOR);
    config
}

fn oscillator(args: &Args, offset_ms: f64, ppm: f64) -> OscillatorError {
    OscillatorError {
        offset_ns: (args.start_offset.unwrap_or(offset_ms) * 1e6).round() as i64,
        frequency: FrequencyOffset::from_scaled_ppm((args.start_frequency.unwrap_or(ppm) * 65_536.0).round() as i32),
    }
}

fn hal(oscillator: OscillatorError) -> LinuxHal {
    LinuxHal::new(SoftwareClock::new(oscillator))
}

/// A locally administered station address.
fn random_address() -> [u8; 6] {
    let [a, b, c, d, e, ..] = RandomState::new().hash_one(1).to_be_bytes();
    [2, a, b, c, d, e]
}

/// A frequency offset in ppb, with its fraction.
pub(crate) fn scaled_ppb(frequency: FrequencyOffset) -> f64 {
    f64::from(frequency.scaled_ppm()) / 65.536
}

/// In nanoseconds.
pub(crate) fn nanos(interval: TimeInterval) -> f64 {
    interval.scaled() as f64 / 65_536.0
}

/// The name of a lock state, as the summary gives it.
pub(crate) const fn lock_name(state: LockState) -> &'static str {
    match state {
        LockState::Unlocked => "unlocked",
        LockState::Locked => "locked",
        LockState::Holdover => "holdover",
    }
}
