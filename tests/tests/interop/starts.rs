//! How the daemon starts and ends: what it says where it cannot run, and what it tells the service manager. Needs root.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l, ptp4l_state, syntone_binary};

const LIMIT: Duration = Duration::from_secs(40);
const NO_SOCKETS: [&str; 2] = ["--uds_address=", "--uds_ro_address="];

/// What it says when it is started on the interface with these options and without a capability, and cannot run.
fn refusal(lan: &Lan, capability: &str, options: &[&str]) -> String {
    require_tool("setpriv", "util-linux");
    let binary = syntone_binary().display().to_string();
    let without = format!("--bounding-set=-{capability}");
    let start = [without.as_str(), &binary, "run", "-i", INTERFACE];
    let mut process = lan.host(0).spawn("refused", "setpriv", &[&start[..], &NO_SOCKETS, options].concat());
    let (status, lines) = process.wait_for_end(LIMIT);
    assert_eq!(status.code(), Some(1), "{options:?}: {lines:?}");
    lines.join("\n")
}

#[test]
fn each_obstacle_is_told_with_cause_and_cure() {
    let lan = Lan::cable();
    let permission = |what: &str, capability: &str| {
        format!(
            "error: no permission to {what}; run as root, or give the program the capability: setcap {capability}+ep"
        )
    };
    let cases: [(&str, &[&str], String); 4] = [
        (
            "net_raw",
            &["-2", "--clock", "software"],
            permission("send and receive Ethernet frames on eth0", "cap_net_raw"),
        ),
        (
            "net_bind_service",
            &["-4", "--clock", "software"],
            permission("bind UDP port 319 on eth0", "cap_net_bind_service"),
        ),
        ("sys_time", &["-2", "-S"], permission("steer the system clock", "cap_sys_time")),
        ("sys_time", &["-2", "-H"], "error: interface eth0 has no hardware time stamps: it has no PTP".into()),
    ];
    for (capability, options, expected) in cases {
        let told = refusal(&lan, capability, options);
        assert!(told.starts_with(&expected), "{options:?}: {told}");
    }
    let theirs = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::Udp4));
    theirs.wait_for("LISTENING", LIMIT, |line| (ptp4l_state(line)? == "LISTENING").then_some(()));
    let told = refusal(&lan, "sys_time", &["-4", "--clock", "software"]);
    let begin = format!("error: UDP port 319 on {INTERFACE} is taken by ptp4l (pid ");
    assert!(told.starts_with(&begin) && told.contains("stop it first"), "{told}");
}

/// As `Type=notify` and `WatchdogSec=` of systemd want it.
#[test]
fn the_service_manager_is_told_of_start_life_reload_and_end() {
    let lan = Lan::cable();
    let path = lan.file("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(LIMIT)).expect("a timeout");
    let file = lan.file("syntone.cfg");
    std::fs::write(&file, format!("[global]\nclock software\n[{INTERFACE}]\nnetwork_transport L2\n")).expect("a file");
    let (binary, file, manages) = (syntone_binary().display(), file.display(), path.display());
    let script = format!(
        "NOTIFY_SOCKET={manages} WATCHDOG_USEC=400000 WATCHDOG_PID=$$ exec {binary} run -f {file} {}",
        NO_SOCKETS.join(" ")
    );
    let mut ours = lan.host(0).spawn("syntone", "sh", &["-c", &script]);
    let wait_for = |expected: &str| {
        loop {
            let mut buffer = [0; 256];
            let length = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("{expected}: {error}"));
            let told = std::str::from_utf8(&buffer[..length]).expect("text").trim_end();
            if told == expected {
                return;
            }
            assert_eq!(told, "WATCHDOG=1", "instead of {expected}");
        }
    };
    wait_for("READY=1");
    // A second one: it goes on.
    wait_for("WATCHDOG=1");
    wait_for("WATCHDOG=1");
    ours.signal("HUP");
    wait_for("RELOADING=1");
    wait_for("READY=1");
    ours.signal("TERM");
    wait_for("STOPPING=1");
    let (status, lines) = ours.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
}
