//! `syntone query` against our daemon and against ptp4l, by sockets and over the network. Needs root.

use serde_json::Value;
use std::process::ExitStatus;
use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_state, syntone_binary};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);

/// A ptp4l as master on host 0, our daemon as its slave on host 1.
struct Pair {
    lan: Lan,
    _theirs: Process,
    _ours: Process,
}

impl Pair {
    fn start() -> Self {
        let lan = Lan::cable();
        let theirs = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
        let settings = Settings { slave_only: false, ..Settings::slave(Transport::L2) };
        let (ours, _) = daemon(&lan, lan.host(1), "syntone", settings, &[INTERFACE], "");
        for (process, state) in [(&theirs, "MASTER"), (&ours, "SLAVE")] {
            process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
        }
        Self { lan, _theirs: theirs, _ours: ours }
    }

    fn run(&self, host: usize, arguments: &[&str]) -> (ExitStatus, Vec<String>) {
        let binary = syntone_binary().display().to_string();
        self.lan.host(host).spawn("query", &binary, &[&["query"], arguments].concat()).wait_for_end(LIMIT)
    }

    /// By the socket of that name.
    fn ask(&self, socket: &str, arguments: &[&str]) -> (ExitStatus, Vec<String>) {
        let path = self.lan.file(socket).display().to_string();
        self.run(1, &[&["-s", &path][..], arguments].concat())
    }

    fn json(&self, socket: &str, arguments: &[&str]) -> Vec<Value> {
        let (status, lines) = self.ask(socket, &[&["--json"][..], arguments].concat());
        assert!(status.success(), "{status}: {lines:?}");
        lines.iter().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
    }
}

const CLOCKS: [(&str, &str); 2] = [("ptp4l.sock", "020000.fffe.000001"), ("syntone.sock", "020000.fffe.000002")];

#[test]
fn every_clock_answers_at_its_socket() {
    let pair = Pair::start();
    for (socket, identity) in CLOCKS {
        let requests = ["GET DEFAULT_DATA_SET", "get port_data_set", "GET PORT_PROP", "GET TIME_STATUS_NP"];
        let answers = pair.json(socket, &requests);
        let [default, port, properties, status] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!(default["data"]["clockIdentity"], identity);
        assert_eq!(default["sourcePortIdentity"]["portNumber"], 0);
        assert_eq!(
            (&port["managementId"], &port["sourcePortIdentity"]["portNumber"]),
            (&"PORT_DATA_SET".into(), &1.into())
        );
        assert_eq!(properties["data"]["interface"], INTERFACE);
        assert_eq!(status["data"]["gmIdentity"], CLOCKS[0].1);
        let (status, lines) = pair.ask(socket, &["GET PRIORITY2"]);
        assert!(
            status.success() && lines[0] == format!("{identity}-0 seq 0 RESPONSE MANAGEMENT PRIORITY2"),
            "{lines:?}"
        );
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["priority2", "128"]);
        let (_, lines) = pair.ask(socket, &["GET PORT_STATS_NP"]);
        let names: Vec<_> = lines.iter().filter_map(|line| line.split_whitespace().next()).skip(3).take(4).collect();
        assert_eq!(names, ["Sync", "Delay_Req", "Pdelay_Req", "Pdelay_Resp"]);
    }
}

#[test]
fn values_are_set_and_refusals_told_with_their_meaning() {
    let pair = Pair::start();
    for (socket, _) in CLOCKS {
        let answers = pair.json(socket, &["SET PRIORITY2 77", "GET DEFAULT_DATA_SET"]);
        assert_eq!((&answers[0]["data"]["priority2"], &answers[1]["data"]["priority2"]), (&77.into(), &77.into()));
        let (status, lines) = pair.ask(socket, &["GET 0xC0FE"]);
        assert_eq!(status.code(), Some(1));
        assert!(lines.iter().any(|line| line.contains("NO_SUCH_ID: the clock does not know this id")), "{lines:?}");
    }
    let (status, lines) = pair.ask("syntone.sock.ro", &["SET PRIORITY2 78"]);
    assert!(status.code() == Some(1) && lines[1].contains("NOT_SUPPORTED"), "{lines:?}");
}

/// What of a clock its host has to lend or to allow: the owner's words, the time, faults.
#[test]
fn words_time_and_faults_are_managed() {
    let lan = Lan::cable();
    let settings = Settings::master(Transport::Udp4);
    let more = "userDescription rack 7\nfault_reset_interval 4";
    let (ours, file) = daemon(&lan, lan.host(0), "syntone", settings, &[INTERFACE], more);
    ours.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let (binary, socket) = (syntone_binary().display().to_string(), lan.file("syntone.sock").display().to_string());
    let ask = |requests: &[&str]| {
        let arguments = [&["query", "--json", "-s", &socket][..], requests].concat();
        let (status, lines) = lan.host(0).spawn("query", &binary, &arguments).wait_for_end(LIMIT);
        assert!(status.success(), "{status}: {lines:?}");
        let last: Value = serde_json::from_str(lines.last().expect("an answer")).expect("an object");
        last["data"].clone()
    };
    assert_eq!(ask(&["GET USER_DESCRIPTION"])["userDescription"], "rack 7");
    assert_eq!(ask(&["SET USER_DESCRIPTION roof, west", "GET CLOCK_DESCRIPTION"])["userDescription"], "roof, west");
    let text = std::fs::read_to_string(&file).expect("its configuration").replace("rack 7", "rack 8");
    std::fs::write(&file, text).expect("its configuration");
    ours.signal("HUP");
    ours.wait_for("a reload", LIMIT, |line| line.contains("userDescription is rack 8 now").then_some(()));
    assert_eq!(ask(&["GET USER_DESCRIPTION"])["userDescription"], "rack 8", "what was read last holds");
    let _ = ask(&["SET TIME 86400.5"]);
    ours.wait_for("a step", LIMIT, |line| line.contains("the clock was stepped by -").then_some(()));
    // It tells the time of the last stamp.
    let seconds = ask(&["GET TIME"])["currentTime"]["secondsField"].as_u64().expect("seconds");
    assert!((86_400..86_500).contains(&seconds), "{seconds}");
    assert_eq!(ask(&["GET FAULT_LOG"])["numberOfFaultRecords"], 0);
    // A firewall that refuses is a fault that does not go away by itself.
    let script = "add table ip t; add chain ip t c { type filter hook output priority 0; policy drop; }";
    let (status, lines) = lan.host(0).spawn("nft", "nft", &[script]).wait_for_end(LIMIT);
    assert!(status.success(), "{lines:?}");
    ours.wait_for("FAULTY", LIMIT, |line| (ptp4l_state(line)? == "FAULTY").then_some(()));
    let faults = ask(&["GET FAULT_LOG"]);
    assert_eq!(faults["faultRecordList"][0]["faultValue"], "1", "the port: {faults}");
    assert_eq!(faults["faultRecordList"][0]["faultName"], "permission denied", "{faults}");
    assert_eq!(ask(&["CMD FAULT_LOG_RESET", "GET FAULT_LOG"])["numberOfFaultRecords"], 0);
}

/// Whoever has no other name for it asks all.
#[test]
fn clocks_are_asked_over_the_network() {
    let pair = Pair::start();
    let ask = |requests: &[&str]| pair.run(1, &[&["-i", INTERFACE, "-2", "--json"][..], requests].concat());
    let (status, lines) = ask(&["TARGET 020000.fffe.000001", "GET PORT_DATA_SET", "GET DEFAULT_DATA_SET"]);
    assert!(status.success(), "{lines:?}");
    let answers: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(answers[0]["data"]["portStateName"], "MASTER");
    assert_eq!(answers[1]["data"]["clockIdentity"], "020000.fffe.000001");
    let (status, lines) = pair.run(0, &["-i", INTERFACE, "-2", "GET USER_DESCRIPTION"]);
    assert!(status.success() && lines[0].starts_with("020000.fffe.000002-1 seq 0 RESPONSE"), "{lines:?}");
}

#[test]
fn who_does_not_answer_is_told_with_what_to_look_at() {
    let pair = Pair::start();
    let (status, lines) = pair.run(1, &["-s", "/nonexistent/socket", "GET PRIORITY1"]);
    let told = "error: cannot use the socket /nonexistent/socket: No such file or directory";
    assert!(status.code() == Some(1) && lines[0].starts_with(told), "{lines:?}");
    let (status, lines) = pair.ask("ptp4l.sock", &["-d", "9", "-w", "0.3", "GET PRIORITY1"]);
    assert!(status.code() == Some(1) && lines[0].contains("no answer from "), "{lines:?}");
    assert!(lines[0].contains("within 0.3 s (domain 9, majorSdoId 0): is the domain right (-d)"), "{lines:?}");
    let (status, lines) = pair.run(1, &["-i", INTERFACE, "-2", "-d", "9", "-w", "0.3", "GET PRIORITY1"]);
    assert!(status.code() == Some(1) && lines[0].contains("no answer on eth0 within 0.3 s"), "{lines:?}");
    let (status, lines) = pair.ask("syntone.sock", &["GET PRIORITY3"]);
    assert!(status.code() == Some(2) && lines[0].contains("\"PRIORITY3\" is the name of no id"), "{lines:?}");
}

/// Asked from a host that runs no clock, over the network.
fn the_network_is_shown(transport: Transport, way: &[&str]) {
    let lan = Lan::bridge(3);
    let theirs = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(transport));
    let (ours, _) =
        daemon(&lan, lan.host(1), "syntone", Settings::slave(transport), &[INTERFACE], "userDescription rack 7");
    for (process, state) in [(&theirs, "MASTER"), (&ours, "SLAVE")] {
        process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
    }
    let binary = syntone_binary().display().to_string();
    let arguments = [&["show", "network", "-i", INTERFACE, "--wait", "0.5"], way].concat();
    let (status, lines) = lan.host(2).spawn("show", &binary, &arguments).wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (master, slave) = (words(&lines[1]), words(&lines[2]));
    assert_eq!(master[..4], ["020000.fffe.000001", "ordinary", "0", "MASTER"], "{lines:?}");
    assert_eq!(slave[..4], ["020000.fffe.000002", "ordinary", "0", "SLAVE"], "{lines:?}");
    assert_eq!(slave[6..], ["1", "020000.fffe.000001", "rack", "7"], "{lines:?}");
    let delay: f64 = slave[5].parse().expect("a path delay");
    assert!((100.0..1e6).contains(&delay), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn the_network_is_shown_over_udp() {
    the_network_is_shown(Transport::Udp4, &[]);
}

#[test]
fn the_network_is_shown_over_ethernet() {
    the_network_is_shown(Transport::L2, &["-2"]);
}
