//! The metrics of `syntone run` while it follows ptp4l in network namespaces. Needs root.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use syntone_tests::metrics::{Samples, ask_prometheus, harm, scrape};
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Measured, Settings, Transport, daemon, ptp4l, ptp4l_measured, ptp4l_state};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);
const ADDRESS: &str = "127.0.0.1:9319";
/// As for the daemon without metrics: the noise of software time stamps.
const OFFSET_NS: f64 = 10_000.0;
const ALERTS: &str = include_str!("../../../docs/monitoring/alerts.yml");
const DASHBOARD: &str = include_str!("../../../docs/monitoring/grafana.json");

/// ptp4l on host 0, ours on host 1 as its slave.
struct Pair {
    lan: Lan,
    master: Process,
    ours: Process,
}

impl Pair {
    fn start(more: &str) -> Self {
        let lan = Lan::cable();
        let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
        wait_for_state(&master, "MASTER");
        let slave = Settings::slave(Transport::L2);
        let (ours, _) = daemon(&lan, lan.host(1), "syntone", slave, &[INTERFACE], &format!("metrics 9319\n{more}"));
        wait_for_state(&ours, "SLAVE");
        lines(&ours, 0, 3);
        Self { lan, master, ours }
    }

    fn scrape(&self) -> Samples {
        scrape(self.lan.host(1), ADDRESS)
    }
}

fn wait_for_state(process: &Process, state: &str) {
    process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
}

/// So many lines of measurements after a mark, each of a second.
fn lines(ours: &Process, mark: usize, count: usize) -> Vec<Measured> {
    let mut lines = Vec::new();
    let found = ours.poll_for_after(mark, LIMIT, |line| {
        lines.extend(ptp4l_measured(line));
        (lines.len() >= count).then_some(())
    });
    found.unwrap_or_else(|| panic!("only {} measurements", lines.len()));
    lines
}

fn median(mut lines: Vec<Measured>) -> f64 {
    lines.sort_by(|one, other| one.offset_rms.total_cmp(&other.offset_rms));
    lines[lines.len() / 2].offset_rms
}

#[track_caller]
fn value(samples: &Samples, name: &str) -> f64 {
    *samples.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", samples.keys()))
}

#[track_caller]
fn starts(samples: &Samples, start: &str) -> String {
    let found: Vec<_> = samples.keys().filter(|name| name.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}: {found:?}");
    found[0].clone()
}

/// They are switched on, moved and switched off while the clock runs, and what was counted stays.
#[test]
fn metrics_follow_a_reload() {
    let lan = Lan::cable();
    let (ours, file) = daemon(&lan, lan.host(1), "syntone", Settings::master(Transport::L2), &[INTERFACE], "");
    wait_for_state(&ours, "MASTER");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let reload = |metrics: &str, expected: &str| {
        std::fs::write(&file, format!("{text}{metrics}\n")).expect("its configuration");
        let mark = ours.mark();
        ours.signal("HUP");
        let said = ours.poll_for_after(mark, LIMIT, |line| line.contains(expected).then_some(()));
        assert!(said.is_some(), "it does not say {expected:?}");
    };
    let syncs = |address: &str| {
        let samples = scrape(lan.host(1), address);
        let name = starts(&samples, "syntone_port_messages_sent_total{interface=\"eth0\",port=\"1\",type=\"Sync\"");
        value(&samples, &name)
    };
    reload("metrics 9319", "metrics is 9319 now");
    let before = syncs(ADDRESS);
    reload("metrics 127.0.0.1:9320", "metrics is 127.0.0.1:9320 now");
    assert!(syncs("127.0.0.1:9320") >= before && before > 0.0);
    reload("metrics 192.0.2.1:9320", "metrics is not changed: metrics: cannot listen on 192.0.2.1:9320");
    syncs("127.0.0.1:9320");
    reload("", "metrics is  now");
    let script = "import socket; s = socket.socket(); print(s.connect_ex((\"127.0.0.1\", 9320)))";
    let mut refused = lan.host(1).spawn("connect", "/usr/bin/python3", &["-c", script]);
    let (_, lines) = refused.wait_for_end(LIMIT);
    assert_ne!(lines, ["0"], "nobody listens there any more");
}

#[test]
fn what_is_told_is_what_a_locked_slave_of_ptp4l_has_and_counters_only_grow() {
    let pair = Pair::start("");
    let first = pair.scrape();
    lines(&pair.ours, pair.ours.mark(), 3);
    let second = pair.scrape();
    let of_port = |name: &str, label: &str| format!("{name}{{interface=\"eth0\",port=\"1\",{label}\"}}");
    for samples in [&first, &second] {
        assert!(value(samples, "syntone_offset_seconds").abs() < 10.0 * OFFSET_NS * 1e-9);
        assert!((0.0..1e-4).contains(&value(samples, "syntone_mean_delay_seconds")));
        assert!(value(samples, "syntone_frequency_ppb").abs() < 100_000.0);
        assert!((0.0..2.0).contains(&value(samples, "syntone_last_sync_age_seconds")));
        assert_eq!(value(samples, "syntone_steps_removed"), 1.0);
        assert_eq!(value(samples, "syntone_servo_state{state=\"locked\"}"), 1.0);
        assert_eq!(value(samples, "syntone_port_link_up{interface=\"eth0\",port=\"1\"}"), 1.0);
        let states = samples.iter().filter(|(name, is)| name.starts_with("syntone_port_state{") && **is == 1.0);
        let expected = "syntone_port_state{interface=\"eth0\",port=\"1\",state=\"SLAVE\"}";
        assert_eq!(states.map(|(name, _)| &**name).collect::<Vec<_>>(), [expected]);
        // Before the first path delay there is no offset.
        let without = value(samples, "syntone_syncs_total") - value(samples, "syntone_offset_magnitude_seconds_count");
        assert!((0.0..16.0).contains(&without), "{without}");
        let grandmaster = format!("grandmaster_identity=\"{}", &pair.lan.host(0).clock_identity()[..6]);
        assert!(starts(samples, "syntone_parent_info").contains(&grandmaster));
        assert!(starts(samples, "syntone_clock_info").contains("stamping=\"software\""));
        assert!(starts(samples, "syntone_build_info").contains("version=\""));
        assert!((1e5..2e7).contains(&value(samples, "syntone_process_resident_memory_bytes")));
    }
    let is_counter = |name: &str| ["_total", "_bucket", "_count"].iter().any(|end| name.contains(end));
    let mut counters = 0;
    for (name, before) in first.iter().filter(|(name, _)| is_counter(name)) {
        assert!(value(&second, name) >= *before, "{name}");
        counters += 1;
    }
    assert!(counters > 50, "{counters}");
    // 3 s at 8 Syncs, and as many Delay_Reqs at the most, each with a transmit stamp.
    let grown = |name: &str| value(&second, name) - value(&first, name);
    let latencies = "syntone_port_transmit_stamp_latency_seconds_count{interface=\"eth0\",port=\"1\"}";
    for name in [
        "syntone_syncs_total",
        &of_port("syntone_port_messages_received_total", "type=\"Sync"),
        &of_port("syntone_port_messages_received_total", "type=\"Follow_Up"),
        &of_port("syntone_port_messages_sent_total", "type=\"Delay_Req"),
        latencies,
    ] {
        assert!((5.0..200.0).contains(&grown(name)), "{name}: {}", grown(name));
    }
    assert_eq!(grown(&of_port("syntone_port_discards_total", "reason=\"egress_stamp_lost")), 0.0);
}

#[test]
fn hostile_clients_are_closed_and_change_neither_offset_nor_state() {
    let pair = Pair::start("");
    let before = pair.scrape();
    let mark = pair.ours.mark();
    let mut harm = harm(pair.lan.host(1), ADDRESS, 6);
    harm.wait_for("its begin", LIMIT, |line| (line == "begins").then_some(()));
    let begin = Instant::now();
    let amid = pair.scrape();
    assert!(begin.elapsed() < Duration::from_secs(5), "an honest client waits {:?}", begin.elapsed());
    let measured = lines(&pair.ours, mark, 6);
    let (status, printed) = harm.wait_for_end(LIMIT);
    println!("{printed:?}, offset rms {} ns", median(measured.clone()));
    assert!(status.success(), "{status}: {printed:?}");
    let last = printed.last().expect("what has become of them");
    let numbers: Vec<u32> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(numbers[1] > 100 && numbers[2] == 0, "{last}");
    assert!(median(measured) < OFFSET_NS);
    let state = pair.ours.poll_for_after(mark, Duration::ZERO, |line| ptp4l_state(line).map(str::to_owned));
    assert_eq!(state, None, "the state changed");
    let after = pair.scrape();
    let memory = |samples: &Samples| value(samples, "syntone_process_resident_memory_bytes");
    assert!(memory(&after) - memory(&before) < 2e6, "{} and then {}", memory(&before), memory(&after));
    for samples in [&amid, &after] {
        assert_eq!(value(samples, "syntone_servo_state{state=\"locked\"}"), 1.0);
    }
    drop(pair.master);
}

/// Names of metrics in a text, each as it is scraped.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let words = text.split(|letter| !is_part(letter));
    // With a colon: what a rule records.
    words.filter(|word| word.starts_with("syntone_") && !word.contains(':')).collect()
}

/// What the alerts and the dashboard look at, there is.
#[test]
fn every_metric_of_the_alert_rules_and_of_the_dashboard_is_told() {
    let pair = Pair::start("");
    let samples = pair.scrape();
    let told: BTreeSet<&str> = samples.keys().filter_map(|name| name.split('{').next()).collect();
    // Where the delay is measured peer to peer.
    let elsewhere = BTreeSet::from(["syntone_port_mean_link_delay_seconds"]);
    for text in [ALERTS, DASHBOARD] {
        let named = names(text);
        assert!(named.len() > 10, "{named:?}");
        let missing: Vec<_> = named.difference(&told).filter(|name| !elsewhere.contains(*name)).collect();
        assert_eq!(missing, Vec::<&&str>::new());
    }
}

/// Waits for an answer of Prometheus that holds.
#[track_caller]
fn wait_for_prometheus(lan: &Lan, path: &str, holds: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let begin = Instant::now();
    loop {
        let answer = ask_prometheus(lan.host(1), path);
        if holds(&answer) {
            return answer;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{path}: {answer}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// Prometheus scrapes the daemon by its own negotiation, and the committed rules fire when the master dies.
#[test]
fn prometheus_scrapes_the_daemon_and_fires_when_the_master_dies() {
    require_tool("prometheus", "prometheus");
    let mut pair = Pair::start("");
    let folder = pair.lan.file("prometheus");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (rules, file) = (folder.join("alerts.yml"), folder.join("prometheus.yml"));
    std::fs::write(&rules, ALERTS).expect("the rules");
    let text = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [{}]\n\
         scrape_configs:\n- job_name: syntone\n  static_configs:\n  - targets: [\"{ADDRESS}\"]\n",
        rules.display()
    );
    std::fs::write(&file, text).expect("its configuration");
    let (file, data) =
        (format!("--config.file={}", file.display()), format!("--storage.tsdb.path={}", folder.display()));
    let arguments = [&*file, &*data, "--web.listen-address=127.0.0.1:9090"];
    let _prometheus = pair.lan.host(1).spawn("prometheus", "prometheus", &arguments).unshown();
    let is_there = |answer: &serde_json::Value| !answer["data"]["result"][0].is_null();
    let query = "query?query=syntone_port_state%7Bstate%3D%22SLAVE%22%7D%3D%3D1%20and%20on(job)up%3D%3D1";
    let answer = wait_for_prometheus(&pair.lan, query, is_there);
    assert_eq!(answer["data"]["result"][0]["metric"]["interface"], "eth0");
    let types = ask_prometheus(pair.lan.host(1), "targets/metadata?metric=syntone_offset_magnitude_seconds");
    assert_eq!((&types["data"][0]["type"], &types["data"][0]["unit"]), (&"histogram".into(), &"seconds".into()));
    let firing = |answer: &serde_json::Value, name: &str| {
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        alerts.iter().any(|alert| alert["labels"]["alertname"] == name && alert["state"] == "firing")
    };
    let before = ask_prometheus(pair.lan.host(1), "alerts");
    assert!(!firing(&before, "SyntoneSyncMissing") && !firing(&before, "SyntoneSyncLost"), "{before}");
    pair.master.kill();
    for name in ["SyntoneSyncMissing", "SyntoneSyncLost"] {
        wait_for_prometheus(&pair.lan, "alerts", |answer| firing(answer, name));
    }
}
