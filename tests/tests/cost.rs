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

/// The rms of that many lines, of which the first three are left out.
fn offsets(process: &Process, lines: usize) -> Vec<f64> {
    let mut found = Vec::new();
    process.wait_for("its lines", LIMIT, |line| {
        found.extend(ptp4l_measured(line).map(|measured| measured.offset_rms));
        (found.len() >= lines + 3).then_some(())
    });
    found.split_off(3)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn offsets_memory_and_processor_time_are_no_more_than_those_of_ptp4l() {
    let run = Run::start(-4);
    let (theirs, ours) = (run.slave("ptp4l", 1, None), run.slave("syntone", 2, None));
    let (their_rms, our_rms) = (median(offsets(&theirs, SECONDS)), median(offsets(&ours, SECONDS)));
    println!("offset rms {our_rms:.0} ns, ptp4l {their_rms:.0} ns, ratio {:.2}", our_rms / their_rms);
    let (their_ticks, our_ticks) = (theirs.processor_ticks(), ours.processor_ticks());
    println!("processor time {our_ticks} ticks, ptp4l {their_ticks}");
    let (their_memory, our_memory) = (theirs.resident_kib(), ours.resident_kib());
    println!("memory {our_memory} KiB, ptp4l {their_memory} KiB");
    assert!(our_memory <= MEMORY_KIB, "{our_memory} KiB");
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
