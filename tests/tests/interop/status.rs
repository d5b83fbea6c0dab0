//! `syntone status` of our daemon and of ptp4l. Needs root.

use serde_json::Value;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_measured, ptp4l_state, syntone_binary};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);

fn wait_for_state(process: &Process, state: &str) {
    process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
}

fn status(lan: &Lan, host: usize, socket: &str, options: &[&str]) -> (ExitStatus, Vec<String>) {
    let (binary, path) = (syntone_binary().display().to_string(), lan.file(socket).display().to_string());
    lan.host(host).spawn("status", &binary, &[&["status", "-s", &path][..], options].concat()).wait_for_end(LIMIT)
}

fn json(lan: &Lan, host: usize, socket: &str) -> (ExitStatus, Value) {
    let (status, lines) = status(lan, host, socket, &["--json"]);
    (status, serde_json::from_str(&lines.join("\n")).unwrap_or_else(|error| panic!("{error}: {lines:?}")))
}

/// What a slave tells of itself at the socket that everybody may read.
#[test]
fn a_slave_of_ours_tells_how_well_it_follows() {
    let lan = Lan::cable();
    let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    wait_for_state(&master, "MASTER");
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::slave(Transport::L2), &[INTERFACE], "");
    wait_for_state(&ours, "SLAVE");
    let (exit, told) = json(&lan, 1, "syntone.sock.ro");
    assert!(exit.success(), "{told:#}");
    assert_eq!(told["wellSynchronized"], true);
    assert_eq!((&told["ports"][0]["portState"], &told["ports"][0]["interface"]), (&"SLAVE".into(), &INTERFACE.into()));
    assert_eq!(told["grandmasterIdentity"], "020000.fffe.000001");
    assert_eq!((&told["parentPortIdentity"], &told["stepsRemoved"]), (&"020000.fffe.000001-1".into(), &1.into()));
    assert_eq!((&told["servo"], &told["faults"]), (&"locked".into(), &Value::Array(Vec::new())));
    // The Sync interval is an eighth of a second.
    let number = |name: &str| told[name].as_f64().unwrap_or_else(|| panic!("{name} in {told:#}"));
    assert!((0.0..5.0).contains(&number("offsetAge_s")) && number("offsetFromMaster_ns").abs() < 100_000.0, "{told:#}");
    assert!((1.0..1e5).contains(&number("meanDelay_ns")) && number("frequency_ppb").abs() < 1e6, "{told:#}");
    let (_, lines) = status(&lan, 1, "syntone.sock.ro", &[]);
    let starts = ["clock", "port 1", "grandmaster", "parent", "offset", "path delay", "frequency"];
    assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{lines:#?}");
    assert!(lines[1].contains("eth0 SLAVE, software time stamps") && lines[4].ends_with(" s ago"), "{lines:#?}");
    let (_, lines) = status(&lan, 1, "syntone.sock.ro", &["--offset"]);
    assert!(lines.len() == 1 && lines[0].parse::<i64>().is_ok(), "{lines:?}");
    let (_, lines) = status(&lan, 1, "syntone.sock.ro", &["--full"]);
    for section in ["description", "timeProperties", "messages", "timeouts"] {
        assert!(lines.iter().any(|line| line == section), "{section} in {lines:#?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_cause_and_cure() {
    let lan = Lan::cable();
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::slave(Transport::L2), &[INTERFACE], "");
    wait_for_state(&ours, "LISTENING");
    let (exit, told) = json(&lan, 1, "syntone.sock.ro");
    assert_eq!(
        (exit.code(), &told["wellSynchronized"], &told["offsetFromMaster_ns"]),
        (Some(1), &false.into(), &Value::Null)
    );
    let fault = told["faults"][0].as_str().unwrap_or_default();
    assert!(fault.contains("port 1 (eth0) hears no master: is there one in domain 0"), "{told:#}");
    lan.host(1).set_link(false);
    let start = Instant::now();
    loop {
        let (_, told) = json(&lan, 1, "syntone.sock.ro");
        if told["ports"][0]["portState"] == "FAULTY" {
            assert!(told["faults"][0].as_str().is_some_and(|fault| fault.contains("link is down")), "{told:#}");
            break;
        }
        assert!(start.elapsed() < LIMIT, "{told:#}");
    }
    let (exit, lines) = status(&lan, 1, "nothing.sock", &[]);
    assert!(exit.code() == Some(1) && lines[0].contains("nothing is there: is the program running"), "{lines:?}");
}

/// ptp4l knows neither the frequency nor, at its hardware clock, the age of the offset.
#[test]
fn ptp4l_is_shown_as_far_as_it_tells() {
    let lan = Lan::cable();
    let master = ptp4l(&lan, lan.host(0), "master", Settings::master(Transport::L2));
    wait_for_state(&master, "MASTER");
    let (exit, told) = json(&lan, 0, "master.sock");
    assert!(exit.success() && told["ports"][0]["portState"] == "MASTER", "{told:#}");
    assert_eq!(told["grandmasterIdentity"], told["clockIdentity"]);
    let slave = ptp4l(&lan, lan.host(1), "slave", Settings::slave(Transport::L2));
    slave.wait_for("measurements", LIMIT, ptp4l_measured);
    let (_, told) = json(&lan, 1, "slave.sock");
    assert_eq!(told["grandmasterIdentity"], "020000.fffe.000001");
    assert_eq!((&told["frequency_ppb"], &told["ports"][0]["interface"]), (&Value::Null, &INTERFACE.into()));
    let number = |name: &str| told[name].as_f64().unwrap_or_else(|| panic!("{name} in {told:#}"));
    assert!(number("offsetFromMaster_ns").abs() < 1e6 && (1.0..1e6).contains(&number("meanDelay_ns")), "{told:#}");
}

/// A line each time, until a signal.
#[test]
fn a_watch_goes_on_until_a_signal() {
    let lan = Lan::cable();
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::master(Transport::L2), &[INTERFACE], "");
    wait_for_state(&ours, "MASTER");
    let (binary, path) = (syntone_binary().display().to_string(), lan.file("syntone.sock.ro").display().to_string());
    let mut watch = lan.host(1).spawn("watch", &binary, &["status", "-s", &path, "--watch", "0.1"]);
    let mut lines = 0;
    watch.wait_for("three lines", LIMIT, |line| {
        lines += usize::from(line.starts_with("MASTER ") && line.ends_with("grandmaster 020000.fffe.000002"));
        (lines == 3).then_some(())
    });
    watch.signal("TERM");
    let (exit, _) = watch.wait_for_end(LIMIT);
    assert!(exit.success(), "{exit}");
}
