//! The programs that are tested against each other: ours and those of others.

use crate::netns::{Host, INTERFACE, Lan, SECOND_INTERFACE, require_tool};
use crate::process::Process;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// What PTP runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP over IPv4.
    Udp4,
    /// UDP over IPv6.
    Udp6,
    /// Ethernet.
    L2,
}

/// Settings of a clock, the same for all programs. The Sync interval is 2⁻³ s.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What PTP runs on.
    pub transport: Transport,
    /// defaultDS.priority1.
    pub priority1: u8,
    /// defaultDS.slaveOnly.
    pub slave_only: bool,
    /// log₂ of the announce interval in seconds.
    pub log_announce_interval: i8,
    /// The delay is measured peer to peer.
    pub peer_to_peer: bool,
    /// A slave asks its master alone for the path delay; a master answers who does.
    pub hybrid: bool,
}

impl Settings {
    /// A clock that will be master beside slave-only ones.
    #[must_use]
    pub const fn master(transport: Transport) -> Self {
        Self { priority1: 100, slave_only: false, ..Self::slave(transport) }
    }

    /// A clock that will not.
    #[must_use]
    pub const fn slave(transport: Transport) -> Self {
        Self {
            transport,
            priority1: 128,
            slave_only: true,
            log_announce_interval: 0,
            peer_to_peer: false,
            hybrid: false,
        }
    }

    /// The same, where a slave asks its master alone for the path delay.
    #[must_use]
    pub const fn hybrid(self) -> Self {
        Self { hybrid: true, ..self }
    }

    /// The same, with the delay measured peer to peer.
    #[must_use]
    pub const fn peer_to_peer(self) -> Self {
        Self { peer_to_peer: true, ..self }
    }
}

/// One line of offsets from the master, over about a second.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Root of the mean square, ns.
    pub offset_rms: f64,
    /// Mean path delay, ns.
    pub delay: f64,
}

/// Starts ptp4l of linuxptp. It never steers a clock, so that what it prints is the offset between the master's time and
/// the kernel's.
#[must_use]
pub fn ptp4l(lan: &Lan, host: &Host, label: &str, settings: Settings) -> Process {
    ptp4l_with(lan, host, label, settings, &[INTERFACE], "")
}

/// Starts ptp4l on these interfaces with more lines in its settings.
#[must_use]
pub fn ptp4l_with(lan: &Lan, host: &Host, label: &str, settings: Settings, interfaces: &[&str], more: &str) -> Process {
    require_tool("ptp4l", "linuxptp");
    let (file, socket) = (lan.file(&format!("{label}.cfg")), lan.file(&format!("{label}.sock")));
    // It measures, and steers nothing. A response that comes just after a port has changed its state makes it faulty for a while.
    let text = format!(
        "{}clock_servo nullf
first_step_threshold 0.0
step_threshold 0.0
tx_timestamp_timeout 50
fault_reset_interval 0
uds_address {}
{more}
",
        global_section(settings),
        socket.display(),
    );
    std::fs::write(&file, text).expect("a configuration file");
    let file = file.to_string_lossy();
    let mut arguments = vec!["-m", "-q", "-f", &file];
    arguments.extend(interfaces.iter().flat_map(|interface| ["-i", interface]));
    host.spawn(label, "ptp4l", &arguments)
}

/// The beginning of a configuration file that ptp4l and ours understand.
fn global_section(settings: Settings) -> String {
    let Settings { transport, priority1, slave_only, log_announce_interval, peer_to_peer, hybrid } = settings;
    let transport = match transport {
        Transport::Udp4 => "UDPv4",
        Transport::Udp6 => "UDPv6",
        Transport::L2 => "L2",
    };
    format!(
        "[global]
time_stamping software
summary_interval 0
network_transport {transport}
priority1 {priority1}
slaveOnly {}
logAnnounceInterval {log_announce_interval}
logSyncInterval -3
logMinDelayReqInterval -3
logMinPdelayReqInterval -3
delay_mechanism {}
hybrid_e2e {}
",
        u8::from(slave_only),
        if peer_to_peer { "P2P" } else { "E2E" },
        u8::from(hybrid),
    )
}

/// Starts our daemon on these interfaces with more lines in its settings; it prints as ptp4l does, and steers a clock of its own: the
/// machine's is not ours. Gives the path of its configuration file, too.
#[must_use]
pub fn daemon(
    lan: &Lan,
    host: &Host,
    label: &str,
    settings: Settings,
    interfaces: &[&str],
    more: &str,
) -> (Process, PathBuf) {
    let file = daemon_file(lan, label, settings, more);
    (daemon_of(host, label, &[&file], interfaces), file)
}

/// Writes a configuration file of our daemon. Its sockets are named after the `label`.
#[must_use]
pub fn daemon_file(lan: &Lan, label: &str, settings: Settings, more: &str) -> PathBuf {
    let (file, socket) = (lan.file(&format!("{label}.cfg")), lan.file(&format!("{label}.sock")));
    let text = format!(
        "{}log_format linuxptp\nclock software\nuds_address {2}\nuds_ro_address {2}.ro\n{1}\n",
        global_section(settings),
        more,
        socket.display(),
    );
    std::fs::write(&file, text).expect("a configuration file");
    file
}

/// Starts our daemon with a clock for each of these files.
#[must_use]
pub fn daemon_of(host: &Host, label: &str, files: &[&Path], interfaces: &[&str]) -> Process {
    let mut arguments = vec!["run".to_owned()];
    arguments.extend(files.iter().flat_map(|file| ["-f".to_owned(), file.display().to_string()]));
    arguments.extend(interfaces.iter().flat_map(|interface| ["-i".to_owned(), (*interface).to_owned()]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    host.spawn(label, &syntone_binary().to_string_lossy(), &arguments)
}

/// A transparent clock of ours over the two interfaces of the host in the middle of a line.
#[must_use]
pub fn through(lan: &Lan, settings: Settings, limit: Duration) -> Process {
    let mechanism = if settings.peer_to_peer { "P2P" } else { "E2E" };
    let more = format!("clock_type {mechanism}_TC");
    let (process, _) = daemon(lan, lan.host(1), "through", settings, &[INTERFACE, SECOND_INTERFACE], &more);
    process.wait_for("the clock", limit, |line| line.contains(": syntone ").then_some(()));
    process
}

/// The offsets in a line of ptp4l, such as `rms 692 max 1143 freq +0 +/- 0 delay 2599 +/- 116`.
#[must_use]
pub fn ptp4l_measured(line: &str) -> Option<Measured> {
    let number_after = |word: &str| {
        let mut words = line.split_whitespace();
        words.find(|found| *found == word)?;
        words.next()?.parse().ok()
    };
    Some(Measured { offset_rms: number_after("rms")?, delay: number_after("delay")? })
}

/// The state that a line of ptp4l tells its port to have come to.
#[must_use]
pub fn ptp4l_state(line: &str) -> Option<&str> {
    // Newer ones name the interface: `port 1 (eth0): `.
    let (_, port) = line.split_once(": port ")?;
    let (_, transition) = port.split_once(": ")?;
    let mut words = transition.split_whitespace().skip(1);
    (words.next()? == "to").then(|| words.next())?
}

/// Starts ptpd, on UDP over IPv4; as master it is fit to be a grandmaster. It never steers a clock.
#[must_use]
pub fn ptpd(lan: &Lan, host: &Host, label: &str, settings: Settings) -> Process {
    require_tool("ptpd", "ptpd");
    require_tool("stdbuf", "coreutils");
    assert_eq!(settings.transport, Transport::Udp4);
    let preset = if settings.slave_only { "slaveonly" } else { "masteronly" };
    let options = format!(
        "-oL ptpd -C -V -L -i {INTERFACE} --ptpengine:preset={preset} --clock:no_adjust=y --clock:no_reset=y
         --global:lock_directory={} --ptpengine:priority1={} --ptpengine:log_announce_interval={}
         --ptpengine:log_sync_interval=-3 --ptpengine:log_delayreq_interval=-3",
        lan.file("").display(),
        settings.priority1,
        settings.log_announce_interval,
    );
    // Line by line, although its output is no terminal.
    host.spawn(label, "stdbuf", &options.split_whitespace().collect::<Vec<_>>())
}

/// The offset and the delay in a line of ptpd's statistics: `time, slv, parent, one-way delay, offset, …` in seconds.
#[must_use]
pub fn ptpd_measured(line: &str) -> Option<Measured> {
    let mut cells = line.split(',').map(str::trim).skip(1);
    (cells.next()? == "slv").then_some(())?;
    let mut seconds = cells.skip(1).map(str::parse::<f64>);
    let (delay, offset) = (seconds.next()?.ok()?, seconds.next()?.ok()?);
    (delay > 0.0).then_some(Measured { offset_rms: offset.abs() * 1e9, delay: delay * 1e9 })
}

/// Starts ours for `duration`. The clock of a slave starts 250 ms ahead and [`OSCILLATOR_PPM`] too fast.
#[must_use]
pub fn syntone(host: &Host, label: &str, settings: Settings, duration: Duration) -> Process {
    syntone_with(host, label, settings, duration, "")
}

fn syntone_with(host: &Host, label: &str, settings: Settings, duration: Duration, more: &str) -> Process {
    let transport = match settings.transport {
        Transport::Udp4 => "udp4",
        Transport::Udp6 => panic!("the demonstration has no UDP over IPv6; take the daemon"),
        Transport::L2 => "l2",
    };
    let role = if settings.slave_only {
        format!("--start-offset 250 --start-frequency {OSCILLATOR_PPM}")
    } else {
        format!("--master --priority1 {}", settings.priority1)
    };
    let options = format!(
        "demo --interface {INTERFACE} --transport {transport} --json --duration {} {role} {more}
         --log-announce-interval {} --log-sync-interval -3 --log-min-delay-req-interval -3 --delay-mechanism {}",
        duration.as_secs(),
        settings.log_announce_interval,
        if settings.peer_to_peer { "p2p" } else { "e2e" },
    );
    // A master answers without being told.
    let options = options + if settings.hybrid && settings.slave_only { " --hybrid" } else { "" };
    host.spawn(label, &syntone_binary().to_string_lossy(), &options.split_whitespace().collect::<Vec<_>>())
}

/// As [`syntone()`]; management messages may do nothing, `read` or `write`.
#[must_use]
pub fn syntone_managed(host: &Host, label: &str, settings: Settings, duration: Duration, access: &str) -> Process {
    syntone_with(host, label, settings, duration, &format!("--management {access}"))
}

/// How much too fast the oscillator of our slave is.
pub const OSCILLATOR_PPM: f64 = 37.0;

/// Waits for the summary that ours prints at its end.
#[track_caller]
pub fn syntone_summary(mut process: Process, limit: Duration) -> serde_json::Value {
    let (status, lines) = process.wait_for_end(limit);
    let summary = lines.iter().rev().find_map(|line| serde_json::from_str(line).ok());
    let summary: serde_json::Value = summary.unwrap_or_else(|| panic!("no summary, {status}"));
    assert!(status.success(), "{status}: {summary}");
    summary
}

/// Our binary, built as these tests were, or the one that `SYNTONE` names.
#[must_use]
pub fn syntone_binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("SYNTONE") {
            return path.into();
        }
        // …/target/debug/deps/interop-0123
        let test = std::env::current_exe().expect("the path of this test");
        let folder = test.parent().and_then(|deps| deps.parent()).expect("two folders above a test");
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--package", "syntone-cli", "--bin", "syntone"]);
        command.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")]);
        if folder.ends_with("release") {
            command.arg("--release");
        }
        assert!(command.status().expect("cargo runs").success(), "building syntone failed");
        folder.join("syntone")
    })
}
