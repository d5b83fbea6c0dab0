//! By which way requests go: a daemon's socket, or the network.

use super::Manager;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use syntone::hal::{Destination, NetworkHal, PortIndex, Transmit};
use syntone::management::Addressee;
use syntone::wire::SdoId;
use syntone_hal::Instant;
use syntone_linux::{Ethernet, LinuxHal, LocalSocket, OscillatorError, SoftwareClock, UdpIpv4};

/// Options that say which daemon to ask.
#[derive(Clone, Debug, Args)]
pub(crate) struct SocketArgs {
    /// The daemon's socket (that of `uds_address`, or of `uds_ro_address` to read alone) [default: those of ptp4l]
    #[arg(short, long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// domainNumber
    #[arg(short, long, value_name = "NUMBER", default_value_t = 0)]
    domain: u8,
    /// majorSdoId, hexadecimal
    #[arg(short, long, value_name = "HEX", default_value = "0", value_parser = major_sdo_id)]
    transport_specific: u8,
    /// Seconds that answers may take
    #[arg(short, long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    wait: f64,
}

/// Options that say whom to ask, and by which way.
#[derive(Clone, Debug, Args)]
pub(crate) struct WayArgs {
    #[command(flatten)]
    at: SocketArgs,
    /// By a daemon's socket; always so without -i
    #[arg(short = 'u', hide = true)]
    by_socket: bool,
    /// Over the network, from this interface; UDP over IPv4 unless -2 is given
    #[arg(short, long, value_name = "IF", conflicts_with = "socket")]
    interface: Option<String>,
    /// Over Ethernet frames
    #[arg(short = '2', requires = "interface")]
    ethernet: bool,
    /// Over UDP on IPv4
    #[arg(short = '4', hide = true, requires = "interface")]
    udp: bool,
    /// Boundary clocks that requests may pass
    #[arg(short, long, value_name = "NUMBER", default_value_t = 0)]
    boundary_hops: u8,
}

impl SocketArgs {
    /// Who asks by the socket that is given, or by the first of these that can be used.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn manager(&self, usual: &[&str]) -> Result<Manager, String> {
        let servers = self.servers(usual);
        let way = Way::Local { socket: own_socket(&servers[0])?, servers };
        Ok(Manager::new(way, self.addressee(), Duration::from_secs_f64(self.wait)))
    }

    fn addressee(&self) -> Addressee {
        Addressee {
            domain_number: self.domain,
            sdo_id: SdoId::from_parts(self.transport_specific, 0),
            ..Addressee::EVERYBODY
        }
    }

    fn servers(&self, usual: &[&str]) -> Vec<PathBuf> {
        self.socket.as_ref().map_or_else(|| usual.iter().map(PathBuf::from).collect(), |path| vec![path.clone()])
    }

    /// What to look at when nobody answers.
    pub(crate) fn when_silent(&self, usual: &[&str]) -> String {
        format!(
            "no answer from {} within {} s (domain {}, majorSdoId {:x}): is the domain right (-d), and does the daemon run?",
            self.servers(usual)[0].display(),
            self.wait,
            self.domain,
            self.transport_specific
        )
    }
}

impl WayArgs {
    /// Who asks by the socket or over the network.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn manager(&self, usual: &[&str]) -> Result<Manager, String> {
        let mut manager = match &self.interface {
            None => self.at.manager(usual)?,
            Some(interface) => {
                let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
                let opened = if self.ethernet {
                    hal.add_ethernet(&Ethernet::on_interface(interface))
                } else {
                    hal.add_udp_ipv4(&UdpIpv4::on_interface(interface))
                };
                opened.map_err(|error| error.to_string())?;
                let patience = Duration::from_secs_f64(self.at.wait);
                Manager::new(Way::Network(Box::new(hal)), self.at.addressee(), patience)
            }
        };
        manager.addressee.boundary_hops = self.boundary_hops;
        Ok(manager)
    }

    /// What to look at when nobody answers.
    pub(crate) fn when_silent(&self, usual: &[&str]) -> String {
        let Some(interface) = &self.interface else { return self.at.when_silent(usual) };
        format!(
            "no answer on {interface} within {} s (domain {}, majorSdoId {:x}): is the domain right (-d), the transport (-2 for \
             Ethernet), and does a firewall let UDP port 320 through?",
            self.at.wait, self.at.domain, self.at.transport_specific
        )
    }
}

/// The way to who is asked.
pub(super) enum Way {
    /// By the first of these sockets that can be used.
    Local {
        socket: LocalSocket,
        servers: Vec<PathBuf>,
    },
    Network(Box<LinuxHal>),
}

impl Way {
    pub(super) const fn is_local(&self) -> bool {
        matches!(self, Self::Local { .. })
    }

    pub(super) fn send(&mut self, octets: &[u8]) -> Result<(), String> {
        match self {
            Self::Local { socket, servers } => {
                let sent = servers.iter().position(|server| socket.send_to(octets, server).is_ok());
                match sent {
                    Some(index) => servers.truncate(index + 1),
                    None => return socket.send_to(octets, &servers[0]).map_err(|error| error.to_string()),
                }
                servers.drain(..servers.len() - 1);
                Ok(())
            }
            Self::Network(hal) => {
                let destination = Destination::PrimaryMulticast;
                let transmit = Transmit { port: PortIndex(0), destination, ticket: None, one_step: None };
                hal.send(transmit, octets).map_err(|error| error.to_string())
            }
        }
    }

    /// The next message, unless none comes until then or a signal ends it.
    pub(super) fn receive(&mut self, buffer: &mut [u8], until: Instant) -> Result<Option<usize>, String> {
        loop {
            let received = match self {
                Self::Local { socket, .. } => socket.receive(buffer).map(|received| received.map(|(length, _)| length)),
                Self::Network(hal) => hal.receive(buffer).map(|received| received.map(|received| received.length)),
            };
            if let Some(length) = received.map_err(|error| error.to_string())? {
                return Ok(Some(length));
            }
            if syntone_linux::stop_requested() || syntone_linux::monotonic() >= until {
                return Ok(None);
            }
            match self {
                Self::Local { socket, .. } => socket.wait(until),
                Self::Network(hal) => hal.wait(until),
            }
            .map_err(|error| error.to_string())?;
        }
    }
}

/// A socket of our own to be answered at: where the daemon has its own, or else where this user may.
fn own_socket(server: &Path) -> Result<LocalSocket, String> {
    let beside = server.parent().map(Path::to_owned);
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let mut folders = beside.into_iter().chain(runtime).chain([std::env::temp_dir()]).peekable();
    loop {
        let folder = folders.next().unwrap_or_default();
        // A daemon that has given up its rights has to be able to write to it.
        match LocalSocket::bind(&folder.join(format!("syntone.{}", std::process::id())), 0o666) {
            Ok(socket) => return Ok(socket),
            Err(error) if folders.peek().is_none() => return Err(error.to_string()),
            Err(_) => {}
        }
    }
}

fn major_sdo_id(text: &str) -> Result<u8, String> {
    let digits = text.trim_start_matches("0x");
    u8::from_str_radix(digits, 16).ok().filter(|number| *number < 16).ok_or_else(|| "it is 0 to f".into())
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.01..=600.0).contains(seconds)).ok_or_else(|| "it is 0.01 to 600".into())
}
