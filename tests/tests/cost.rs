//! What our daemon costs beside ptp4l, and how exact it is: both are slaves of one master at the same time. Needs root and
//! linuxptp: `cargo test -p syntone-tests --features cost --test cost -- --nocapture`. It prints ratios, ours over theirs.
//! How many system calls they make: the interoperability test `cost`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use syntone_tests::cost::{Run, Slave};
use syntone_tests::netns::INTERFACE;
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
fn installed() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--profile", "dist", "-p", "syntone-cli"]).current_dir(root);
        assert!(command.status().expect("cargo runs").success(), "building syntone failed");
        // …/target/debug/deps/cost-0123
        let test = std::env::current_exe().expect("the path of this test");
        let target = test.ancestors().nth(3).expect("three folders above a test");
        target.join("dist/syntone")
    };
    BINARY.get_or_init(build)
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
        let (theirs, ours) = (run.slave(Slave::Theirs), run.slave(Slave::Ours(installed())));
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
