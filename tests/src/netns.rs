//! Networks of namespaces: hosts with one Ethernet interface each, on a cable or on a bridge. All of it is removed when
//! the value goes out of scope, also by a panic; what a killed run left behind is removed by the next one.

use crate::process::Process;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// The name of every host's interface.
pub const INTERFACE: &str = "eth0";
/// The name of the other interface of the host in the middle of a line.
pub const SECOND_INTERFACE: &str = "eth1";

const PREFIX: &str = "syntone-test-";
const BRIDGE: &str = "br0";

/// Hosts on one Ethernet.
///
/// As many networks exist at a time as tests run, or one that is to be alone.
#[derive(Debug)]
pub struct Lan {
    hosts: Vec<Host>,
    switch: Option<Namespace>,
    scratch: Scratch,
    _turn: File,
}

/// A namespace with an interface.
#[derive(Debug)]
pub struct Host {
    namespace: Namespace,
    /// The interface's address on Ethernet.
    pub mac: [u8; 6],
    /// The interface's address in 10.77.0.0/24.
    pub address: String,
}

impl Lan {
    /// Two hosts with a cable between them.
    #[must_use]
    pub fn cable() -> Self {
        let lan = Self::new(2, false, Company::Others);
        let [a, b] = &lan.hosts[..] else { unreachable!("two hosts") };
        let peer = format!("type veth peer name {INTERFACE} netns {}", b.namespace.0);
        ip(&format!("-n {} link add {INTERFACE} {peer}", a.namespace.0));
        lan.bring_up();
        lan
    }

    /// Three hosts in a line: that in the middle, with the index 1, has a cable to each of the others.
    #[must_use]
    pub fn line() -> Self {
        let lan = Self::new(3, false, Company::Others);
        let [a, b, c] = &lan.hosts[..] else { unreachable!("three hosts") };
        for (host, interface) in [(a, INTERFACE), (c, SECOND_INTERFACE)] {
            let peer = format!("type veth peer name {interface} netns {}", b.namespace.0);
            ip(&format!("-n {} link add {INTERFACE} {peer}", host.namespace.0));
        }
        lan.bring_up();
        ip(&format!("-n {} link set {SECOND_INTERFACE} up", b.namespace.0));
        lan
    }

    /// `hosts` hosts on a bridge. The lower its index, the lower the identity of a host's clock.
    #[must_use]
    pub fn bridge(hosts: usize) -> Self {
        Self::on_a_bridge(hosts, Company::Others)
    }

    /// The same while there is no other network: for floods, and for what measures the machine itself.
    #[must_use]
    pub fn bridge_alone(hosts: usize) -> Self {
        Self::on_a_bridge(hosts, Company::None)
    }

    fn on_a_bridge(hosts: usize, company: Company) -> Self {
        let lan = Self::new(hosts, true, company);
        let switch = &lan.switch.as_ref().expect("made with a switch").0;
        ip(&format!("-n {switch} link add {BRIDGE} type bridge mcast_snooping 0 forward_delay 0"));
        ip(&format!("-n {switch} link set {BRIDGE} up"));
        for (index, host) in lan.hosts.iter().enumerate() {
            let peer = format!("type veth peer name {INTERFACE} netns {}", host.namespace.0);
            ip(&format!("-n {switch} link add port{index} {peer}"));
            ip(&format!("-n {switch} link set port{index} master {BRIDGE} up"));
        }
        lan.bring_up();
        lan
    }

    /// Puts an interface on the bridge whose other end is a program in the switch: what it writes and reads are frames.
    pub fn tap(&self, name: &str) {
        let switch = &self.switch.as_ref().expect("a network with a switch").0;
        ip(&format!("-n {switch} tuntap add {name} mode tap"));
        ip(&format!("-n {switch} link set {name} master {BRIDGE} up"));
    }

    /// The host with this index.
    #[must_use]
    pub fn host(&self, index: usize) -> &Host {
        &self.hosts[index]
    }

    /// A path for a file that lives as long as the network.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.scratch.0.join(name)
    }

    /// Runs a program in the switch, which sees all frames on [`Lan::switch_interface`].
    #[must_use]
    pub fn spawn_in_switch(&self, label: &str, program: &str, arguments: &[&str]) -> Process {
        let switch = self.switch.as_ref().expect("a network with a switch");
        switch.spawn(label, program, arguments)
    }

    /// The interface of the switch that sees all frames.
    #[must_use]
    pub const fn switch_interface() -> &'static str {
        BRIDGE
    }

    fn new(hosts: usize, with_switch: bool, company: Company) -> Self {
        require_tool("ip", "iproute2");
        require_tool("setpriv", "util-linux");
        let turn = wait_for_turn(company);
        LEFTOVERS.call_once(remove_leftovers);
        let hosts = (1..).take(hosts).map(|number| Host {
            namespace: Namespace::new(),
            mac: [0x02, 0, 0, 0, 0, number],
            address: format!("10.77.0.{number}"),
        });
        Self { hosts: hosts.collect(), switch: with_switch.then(Namespace::new), scratch: Scratch::new(), _turn: turn }
    }

    fn bring_up(&self) {
        for Host { namespace: Namespace(name), mac, address } in &self.hosts {
            // Usable at once, without a look whether somebody else has it.
            let ipv6 = format!("fd77::{}/64 dev {INTERFACE} nodad", mac[5]);
            let mac = mac.map(|octet| format!("{octet:02x}")).join(":");
            ip(&format!("-n {name} link set lo up"));
            ip(&format!("-n {name} link set {INTERFACE} address {mac} up"));
            ip(&format!("-n {name} address add {address}/24 dev {INTERFACE}"));
            ip(&format!("-n {name} address add {ipv6}"));
        }
    }
}

impl Host {
    /// Starts a program in the namespace. It may not set the machine's clock, and it does not outlive the test.
    #[must_use]
    pub fn spawn(&self, label: &str, program: &str, arguments: &[&str]) -> Process {
        self.namespace.spawn(label, program, arguments)
    }

    /// The EUI-64 that clocks make of the Ethernet address, as 16 hexadecimal digits.
    #[must_use]
    pub fn clock_identity(&self) -> String {
        let [a, b, c, d, e, f] = self.mac;
        [a, b, c, 0xFF, 0xFE, d, e, f].map(|octet| format!("{octet:02x}")).concat()
    }

    /// Takes the interface down or up.
    pub fn set_link(&self, up: bool) {
        ip(&format!("-n {} link set {INTERFACE} {}", self.namespace.0, if up { "up" } else { "down" }));
    }
}

#[derive(Debug)]
struct Namespace(String);

impl Namespace {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        ip(&format!("netns add {name}"));
        Self(name)
    }

    fn spawn(&self, label: &str, program: &str, arguments: &[&str]) -> Process {
        // The death signal comes when the thread that started the program is gone, so a killed test leaves none behind.
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0, "setpriv", "--pdeathsig", "KILL", "--bounding-set", "-sys_time"]);
        command.arg(program).args(arguments);
        Process::start(label, command)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The interfaces go with it.
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).status();
    }
}

#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Fails with the way to install `program`, unless it is there.
pub fn require_tool(program: &str, package: &str) {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).any(|dir| dir.join(program).exists())
    });
    assert!(found, "{program} is missing: apt-get install --no-install-recommends {package}");
}

/// Which other networks may exist beside one.
#[derive(Clone, Copy, Debug)]
enum Company {
    Others,
    None,
}

/// Waits until no test on this machine has a network that is to be alone, or none has any.
fn wait_for_turn(company: Company) -> File {
    let path = std::env::temp_dir().join(format!("{PREFIX}turn"));
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let locked = match company {
        Company::Others => file.lock_shared(),
        Company::None => file.lock(),
    };
    locked.expect("a lock that is waited for");
    file
}

/// Removed once by each program, before its first network.
static LEFTOVERS: Once = Once::new();

fn remove_leftovers() {
    let output = Command::new("ip").args(["netns", "list"]).output().expect("ip runs");
    for name in String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.split_whitespace().next()) {
        if is_leftover(name) {
            // Another program may have been quicker. What cannot be removed fails where the network is made.
            let _ = Command::new("ip").args(["netns", "delete", name]).output();
        }
    }
    let files = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for file in files.filter(|file| is_leftover(&file.file_name().to_string_lossy())) {
        let _ = std::fs::remove_dir_all(file.path());
    }
}

/// The name is one of ours, with a number in it of a process that is gone or of which but a zombie is left.
fn is_leftover(name: &str) -> bool {
    let number = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')).and_then(|(id, _)| id.parse().ok());
    number.is_some_and(|id: u32| Path::new("/proc").join(id.to_string()).join("exe").read_link().is_err())
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split_whitespace()).output().expect("ip runs");
    let error = String::from_utf8_lossy(&output.stderr);
    let hint =
        if error.contains("not permitted") || error.contains("denied") { " (these tests need root)" } else { "" };
    assert!(output.status.success(), "ip {arguments}: {}{hint}", error.trim());
}
