//! The binary, as a person runs it.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use syntone::wire::{Announce, Body, ClockIdentity, Flags, Header, Message, MessageType, PortIdentity, Sync, Tlvs};

fn syntone() -> Command {
    Command::new(env!("CARGO_BIN_EXE_syntone"))
}

fn demo(options: &[&str]) -> Output {
    syntone().arg("demo").args(options).output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// A file of this test alone, that is removed when it ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("syntone-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn assert_locked(object: &Value) {
    assert_eq!(object["state"], "locked", "{object}");
    assert_eq!(object["port_state"], "SLAVE", "{object}");
    // The true error cannot be spoilt by one stamp that was late; the measured one can, on a machine under load.
    assert!(object["true_error_rms_ns"].as_f64().unwrap() < 10_000.0, "{object}");
    assert!(object["offset_rms_ns"].as_f64().unwrap() < 1_000_000.0, "{object}");
    for member in ["offset_p99_ns", "offset_max_ns", "mean_path_delay_ns"] {
        assert!(object[member].as_f64().unwrap() > 0.0, "{member} in {object}");
    }
    // 37 ppm fast, so slowed by as much.
    assert!((object["frequency_ppb"].as_f64().unwrap() + 37_000.0).abs() < 5_000.0, "{object}");
    assert!(object["lock_time_s"].as_f64().unwrap() < 6.0, "{object}");
    assert!(object["messages"].as_u64().unwrap() > 50, "{object}");
}

#[test]
fn locks_and_says_so_in_one_json_object() {
    let output = demo(&["--duration", "8", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = text(&output.stdout);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert_locked(&serde_json::from_str(&lines).unwrap());
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn locks_as_an_ordinary_user() {
    let copy = Scratch::new("ordinary-user");
    let output = as_ordinary_user(&copy, &["demo", "--duration", "8", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_locked(&serde_json::from_slice(&output.stdout).unwrap());
}

/// Runs the program as somebody without rights, also when the tests run as root.
fn as_ordinary_user(copy: &Scratch, arguments: &[&str]) -> Output {
    fs::copy(env!("CARGO_BIN_EXE_syntone"), &copy.0).unwrap();
    fs::set_permissions(&copy.0, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&copy.0);
    command.args(arguments);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command.output().unwrap()
}

#[test]
fn prints_a_line_a_second_a_summary_and_a_picture() {
    let picture = Scratch::new("plot.svg");
    let output = demo(&["--duration", "6", "--plot", picture.0.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = text(&output.stdout);
    for part in ["   5.0 s  SLAVE         locked    offset ", "Locked to grandmaster ", "true error", "Messages: "] {
        assert!(lines.contains(part), "{part} in\n{lines}");
    }
    assert!(!lines.contains('\x1b'), "no terminal, so no control characters");
    let svg = fs::read_to_string(&picture.0).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("locked after"));
}

#[test]
fn a_live_view_fills_a_terminal_and_gives_it_back() {
    let program = format!("{} demo --duration 4", env!("CARGO_BIN_EXE_syntone"));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &program, "/dev/null"])
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.starts_with("\x1b[?1049h\x1b[?25l"), "{shown:?}");
    let (live, after) = shown.rsplit_once("\x1b[?25h\x1b[?1049l").expect("the terminal is given back");
    assert!(live.contains("● LOCKED"), "{live}");
    assert!(after.starts_with("Locked to grandmaster"), "{after}");
}

/// Starts the demo with its output in a pipe, and returns when it has printed `awaited`.
fn start_and_await(options: &[&str], awaited: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = syntone().arg("demo").args(options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(awaited) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended before it printed {awaited}");
    }
    (child, lines)
}

/// Sends a signal, and gives the exit status, the rest of the output and the errors.
fn stop(mut child: Child, mut lines: impl Read, signal: &str) -> (Option<i32>, String, String) {
    let asked = Instant::now();
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let (mut rest, mut errors) = (String::new(), String::new());
    lines.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let status = child.wait().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?} to stop", asked.elapsed());
    (status.code(), rest, errors)
}

#[test]
fn control_c_ends_a_locked_run_with_its_summary() {
    let (child, lines) = start_and_await(&["--duration", "600"], "locked    offset");
    let (code, rest, _) = stop(child, lines, "-INT");
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("Locked to grandmaster"), "{rest}");
}

#[test]
fn a_run_that_is_stopped_before_the_lock_says_that_it_did_not_lock() {
    let (child, lines) = start_and_await(&["--duration", "600"], "syntone demo");
    let (code, rest, errors) = stop(child, lines, "-TERM");
    assert_eq!(code, Some(1), "{rest}");
    assert!(rest.contains("Not locked after"), "{rest}");
    assert!(errors.contains("error: not locked: it ended after "), "{errors}");
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_run() {
    let (mut child, lines) = start_and_await(&["--duration", "600"], "locked    offset");
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn two_programs_are_master_and_slave_of_each_other() {
    let free = [0, 0].map(|any| UdpSocket::bind(("127.0.0.1", any)).unwrap());
    let [one, two] = free.each_ref().map(|socket| socket.local_addr().unwrap().port());
    drop(free);
    let quick = ["--log-sync-interval", "-3", "--log-announce-interval", "-2", "--log-min-delay-req-interval", "-3"];
    let start = |transport: String, options: &[&str]| {
        let mut command = syntone();
        command.args(["demo", "--json", "--transport", &transport]).args(quick).args(options);
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let master = start(format!("qemu:{one}:{two}"), &["--master", "--duration", "9"]);
    let slave =
        start(format!("qemu:{two}:{one}"), &["--duration", "8", "--start-offset", "250", "--start-frequency", "37"]);
    let [slave, master] = [slave, master].map(|child| child.wait_with_output().unwrap());
    let slave: Value = serde_json::from_slice(&slave.stdout).unwrap();
    assert_eq!(slave["state"], "locked", "{slave}");
    assert!(slave["offset_rms_ns"].as_f64().unwrap() < 1_000_000.0, "{slave}");
    assert_eq!(master.status.code(), Some(0));
    let master: Value = serde_json::from_slice(&master.stdout).unwrap();
    assert_eq!([&master["state"], &master["port_state"]], ["master", "MASTER"], "{master}");
    assert!(master["offset_rms_ns"].is_null(), "{master}");
}

#[test]
fn wrong_use_is_answered_with_cause_and_cure() {
    let cases: [(&[&str], i32, &str); 10] = [
        (&["--bogus"], 2, "unexpected argument '--bogus'"),
        (&["--duration", "0"], 2, "it is at least 1 second"),
        (&["--duration", "soon"], 2, "a number of seconds, such as 20"),
        (&["--master"], 2, "--master needs --interface"),
        (&["--transport", "l2"], 2, "--transport l2 needs --interface"),
        (&["--management", "read"], 2, "--management needs --interface"),
        (&["--transport", "udp9"], 2, "it is udp4 or l2"),
        (&["--log-sync-interval", "9"], 2, "9 is not in -7..=7"),
        (&["--interface", "nonexistent0"], 1, "there is no interface \"nonexistent0\"; this machine has: "),
        (&["--plot", "/nonexistent/x.svg"], 1, "give --plot a file in a folder that exists"),
    ];
    for (options, code, message) in cases {
        let output = demo(options);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{options:?}: {errors}");
        assert!(errors.starts_with("error: ") && errors.contains(message), "{options:?}: {errors}");
        assert_eq!(text(&output.stdout), "", "{options:?}");
    }
}

#[test]
fn a_missing_permission_names_the_capability() {
    let copy = Scratch::new("no-permission");
    let output = as_ordinary_user(&copy, &["demo", "--interface", "lo", "--transport", "l2"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("setcap cap_net_raw+ep"), "{output:?}");
}

#[test]
fn a_taken_port_names_its_holder() {
    let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let output = demo(&["--transport", &format!("qemu:{port}:1"), "--duration", "1"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = text(&output.stderr);
    assert!(errors.contains(&format!("UDP port {port} on 127.0.0.1 is taken by ")), "{errors}");
    assert!(errors.contains(&format!("(pid {})", std::process::id())), "{errors}");
}

/// A master of our making at the other end of the cable of an emulated board. It announces itself, and more only as
/// told.
struct HalfMaster {
    socket: UdpSocket,
    program: Child,
}

const MASTER: PortIdentity = PortIdentity::new(ClockIdentity::from_octets([0x02, 0, 0, 0xFF, 0xFE, 0, 0, 0x77]), 1);

impl HalfMaster {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Free now, and taken in a moment.
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let transport = format!("qemu:{free}:{}", socket.local_addr().unwrap().port());
        let options = ["--duration", "3", "--log-announce-interval", "-2", "--transport", &transport];
        let program = syntone().arg("demo").args(options).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        socket.connect(("127.0.0.1", free)).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket, program }
    }

    /// Sends messages of these kinds eight times a second until the program ends; gives what it complains about.
    fn run(mut self, domain: u8, kinds: &[MessageType]) -> String {
        let mut sequence_id = 0;
        let status = loop {
            for kind in kinds {
                // Refused until the program has its socket.
                let _ = self.socket.send(&frame(*kind, domain, sequence_id));
            }
            sequence_id += 1;
            if let Some(status) = self.program.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(125));
        };
        assert_eq!(status.code(), Some(1));
        let mut errors = String::new();
        self.program.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        errors
    }
}

fn frame(kind: MessageType, domain: u8, sequence_id: u16) -> Vec<u8> {
    let header = Header {
        message_type: kind,
        version_ptp: 2,
        domain_number: domain,
        flags: Flags::empty(),
        source_port_identity: MASTER,
        sequence_id,
        log_message_interval: -3,
        ..Header::default()
    };
    let body = match kind {
        MessageType::ANNOUNCE => {
            Body::Announce(Announce { grandmaster_identity: MASTER.clock_identity, ..Announce::default() })
        }
        _ => Body::Sync(Sync::default()),
    };
    let mut octets = [0; 128];
    let length = Message { header, body, tlvs: Tlvs::default() }.emit(&mut octets).unwrap();
    let ethernet = [0x01, 0x1B, 0x19, 0, 0, 0, 0x02, 0, 0, 0, 0, 0x77, 0x88, 0xF7];
    [&ethernet[..], &octets[..length]].concat()
}

#[test]
fn a_dead_peer_is_told_by_what_was_seen_of_it() {
    let cases: [(u8, &[MessageType], &str); 5] = [
        (0, &[], "nothing was received on "),
        (9, &[MessageType::ANNOUNCE], "they are of another domain than 0; give theirs with --domain"),
        (0, &[MessageType::SYNC], "they are no Announce, but Sync"),
        (0, &[MessageType::ANNOUNCE], "Announce but no Sync came"),
        (0, &[MessageType::ANNOUNCE, MessageType::SYNC], "but no Delay_Resp to "),
    ];
    let runs = cases.map(|(domain, kinds, _)| {
        let master = HalfMaster::new();
        std::thread::spawn(move || master.run(domain, kinds))
    });
    for ((_, kinds, message), run) in cases.into_iter().zip(runs) {
        let errors = run.join().unwrap();
        assert!(errors.starts_with("error: not locked: ") && errors.contains(message), "{kinds:?}: {errors}");
    }
}
