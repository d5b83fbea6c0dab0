//! What our daemon costs beside ptp4l, and how exact it is: both are slaves of one master at the same time. Needs root, strace and
//! linuxptp: `cargo test -p syntone-tests --features cost --test cost -- --nocapture`. It prints ratios, ours over theirs.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use syntone_tests::netns::{Host, INTERFACE, Lan, require_tool};
use syntone_tests::peers::ptp4l_measured;
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(60);
/// Lines of one second each.
const SECONDS: usize = 20;
/// What the daemon may hold of the memory, in KiB.
const MEMORY_KIB: u64 = 4096;

/// So many times as much as that of ptp4l is the same: what two runs of one program differ by on a machine with other work.
const SAME: f64 = 1.05;

/// The daemon as it is installed.
fn installed() -> String {
    static BINARY: OnceLock<String> = OnceLock::new();
    let build = || {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--profile", "dist", "-p", "syntone-cli"]).current_dir(root);
        assert!(command.status().expect("cargo runs").success(), "building syntone failed");
        // …/target/debug/deps/cost-0123
        let test = std::env::current_exe().expect("the path of this test");
        let target = test.ancestors().nth(3).expect("three folders above a test");
        target.join("dist/syntone").to_string_lossy().into_owned()
    };
    BINARY.get_or_init(build).clone()
}

struct Run {
    lan: Lan,
    log_interval: i8,
    _master: Process,
}

impl Run {
    fn start(log_interval: i8) -> Self {
        require_tool("ptp4l", "linuxptp");
        let lan = Lan::bridge_alone(3);
        let master = Self::spawn(&lan, log_interval, lan.host(0), "master", None, &["--priority1", "100"]);
        let is_master = |line: &str| line.contains("to MASTER").then_some(());
        master.wait_for("a master", LIMIT, is_master);
        Self { lan, log_interval, _master: master }
    }

    /// ptp4l or ours, which steers nothing and prints a line a second; under strace if a file for its counts is given.
    fn spawn(lan: &Lan, log: i8, host: &Host, label: &str, counts: Option<&Path>, more: &[&str]) -> Process {
        let (file, socket) = (lan.file(&format!("{label}.cfg")), lan.file(&format!("{label}.sock")));
        let ours = label == "syntone";
        // Neither steers a clock: both print how far the master is from the machine's.
        let own =
            format!("free_running 1\nlog_format linuxptp\nclock software\nuds_ro_address {}.ro\n", socket.display());
        let theirs = "clock_servo nullf\nfirst_step_threshold 0.0\nstep_threshold 0.0\ntx_timestamp_timeout 50\n";
        let text = format!(
            "[global]\ntime_stamping software\nnetwork_transport L2\nlogAnnounceInterval 0\nlogSyncInterval {log}\n\
             logMinDelayReqInterval {log}\nuds_address {}\n{}",
            socket.display(),
            if ours { &own } else { theirs },
        );
        std::fs::write(&file, text).expect("a configuration file");
        let program = if ours { installed() } else { "ptp4l".to_owned() };
        let file = file.to_string_lossy().into_owned();
        let mut arguments = vec![program.as_str()];
        arguments.extend(if ours { &["run"][..] } else { &["-m", "-q"] });
        arguments.extend(["-f", &file, "-i", INTERFACE]);
        arguments.extend(more);
        let counts = counts.map(|path| path.to_string_lossy().into_owned());
        match &counts {
            // strace keeps signals from who it watches: they end by themselves.
            Some(path) => {
                let watched = ["-c", "-f", "-o", path, "timeout", "-s", "INT", "20"];
                host.spawn(label, "strace", &[&watched[..], &arguments].concat())
            }
            None => host.spawn(label, arguments[0], &arguments[1..]),
        }
    }

    fn slave(&self, label: &str, host: usize, counts: Option<&Path>) -> Process {
        Self::spawn(&self.lan, self.log_interval, self.lan.host(host), label, counts, &["-s"])
    }
}

/// Waits for that many lines with offsets, and gives the median of their rms.
fn median_offset(process: &Process, mark: usize, lines: usize) -> f64 {
    let mut found = Vec::new();
    let measured = process.poll_for_after(mark, LIMIT, |line| {
        found.extend(ptp4l_measured(line).map(|measured| measured.offset_rms));
        (found.len() >= lines).then_some(())
    });
    measured.expect("a line each second");
    found.sort_by(f64::total_cmp);
    found[found.len() / 2]
}

/// What a slave was like over the same seconds as the other.
struct Measured {
    offset_rms: f64,
    /// Microseconds on a processor for each 1 000 messages.
    processor: f64,
    memory_kib: u64,
}

fn measure(slaves: [&Process; 2]) -> [Measured; 2] {
    // The start is not measured.
    for process in slaves {
        median_offset(process, 0, 3);
    }
    let used = |process: &Process| (process.processor_nanos(), process.frames(INTERFACE));
    let before = slaves.map(|process| (process.mark(), used(process)));
    let mut index = 0;
    slaves.map(|process| {
        let (mark, (nanos, frames)) = before[index];
        index += 1;
        let offset_rms = median_offset(process, mark, SECONDS);
        let (nanos_then, frames_then) = used(process);
        let processor = (nanos_then - nanos) as f64 / (frames_then - frames) as f64;
        Measured { offset_rms, processor, memory_kib: process.resident_kib() }
    })
}

#[test]
fn offsets_memory_and_processor_time_are_no_more_than_those_of_ptp4l() {
    for log_interval in [-4, -7] {
        let run = Run::start(log_interval);
        let (theirs, ours) = (run.slave("ptp4l", 1, None), run.slave("syntone", 2, None));
        let [theirs, ours] = measure([&theirs, &ours]);
        println!("at {} Sync/s:", f64::from(log_interval).exp2().recip());
        let compare = |what: &str, unit: &str, ours: f64, theirs: f64| {
            println!("  {what} {ours:.0} {unit}, ptp4l {theirs:.0} {unit}, ratio {:.2}", ours / theirs);
        };
        compare("offset rms", "ns", ours.offset_rms, theirs.offset_rms);
        compare("processor time for 1000 messages", "µs", ours.processor, theirs.processor);
        compare("memory", "KiB", ours.memory_kib as f64, theirs.memory_kib as f64);
        assert!(ours.memory_kib <= MEMORY_KIB, "{} KiB", ours.memory_kib);
        assert!(ours.processor <= SAME * theirs.processor, "{} and {} µs", ours.processor, theirs.processor);
    }
}

/// All system calls, those of the start included, over the same time.
#[test]
fn system_calls_are_no_more_than_those_of_ptp4l() {
    require_tool("strace", "strace");
    for log_interval in [-4, -7] {
        let run = Run::start(log_interval);
        let counts = ["ptp4l", "syntone"].map(|label| (label, run.lan.file(&format!("{label}.counts"))));
        let [mut theirs, mut ours] = [1, 2].map(|host| run.slave(counts[host - 1].0, host, Some(&counts[host - 1].1)));
        let (_, _) = (theirs.wait_for_end(LIMIT), ours.wait_for_end(LIMIT));
        let [theirs, ours] = counts.map(|(_, path)| {
            let text = std::fs::read_to_string(&path).expect("strace has counted");
            let total = text.lines().rev().find(|line| line.trim_end().ends_with("total")).expect("a total");
            total.split_whitespace().nth(3).and_then(|count| count.parse::<u64>().ok()).expect("a number")
        });
        let rate = f64::from(log_interval).exp2().recip();
        println!("at {rate} Sync/s: {ours} system calls, ptp4l {theirs}, ratio {:.2}", ours as f64 / theirs as f64);
        assert!(ours <= theirs, "{ours} and {theirs}");
    }
}
