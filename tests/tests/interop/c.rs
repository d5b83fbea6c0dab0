//! A program in C++ over the C interface, examples/cpp-linux, beside ptp4l in a network namespace.

use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l};
use syntone_tests::process::Process;

/// What a busy machine's kernel stamps are good for.
const OFFSET_NS: f64 = 100_000.0;

/// The program as its Makefile builds it for `target`, at `path` below the folder for what is built of it.
fn program(target: &str, path: &str) -> String {
    for (tool, package) in [("g++", "g++"), ("clang++", "clang"), ("make", "make"), ("valgrind", "valgrind")] {
        require_tool(tool, package);
    }
    // One at a time, so that none builds anew what another has just started.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cpp-linux");
    // …/target/debug/deps/interop-0123
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.ancestors().nth(3).expect("three folders above a test");
    let target_variable = format!("TARGET={}", built.display());
    let mut make = Command::new("make");
    make.args(["-s", "-C", folder, target, &target_variable]).env("CARGO_TARGET_DIR", built);
    assert!(make.status().expect("make runs").success(), "building examples/cpp-linux failed");
    built.join("cpp-linux").join(path).display().to_string()
}

fn offset(line: &str) -> Option<f64> {
    line.strip_prefix("offset")?.split_whitespace().next()?.parse().ok()
}

/// Starts it as a slave of ptp4l, and waits until it has stepped and locked.
fn start(lan: &Lan, transport: Transport, command: &[&str]) -> (Process, Process) {
    let master = ptp4l(lan, lan.host(0), "ptp4l", Settings::master(transport));
    let transport = if transport == Transport::L2 { "l2" } else { "udp" };
    let [program, before @ ..] = command else { unreachable!("a command") };
    let arguments = [before, &[INTERFACE, transport, "120"]].concat();
    let slave = lan.host(1).spawn("cpp", program, &arguments);
    let limit = Duration::from_secs(60);
    let step = slave
        .wait_for("step", limit, |line| line.strip_prefix("stepped by ")?.strip_suffix(" ns")?.parse::<i64>().ok());
    // Both begin with the time of day, and the program adds 300 ms.
    assert!((-310_000_000..-290_000_000).contains(&step), "stepped by {step} ns");
    slave.wait_for("lock", limit, |line| (line == "locked").then_some(()));
    (master, slave)
}

/// Ends it by a signal: it was locked, and nobody complains.
fn end(mut slave: Process) {
    slave.signal("TERM");
    let (status, lines) = slave.wait_for_end(Duration::from_secs(20));
    assert!(status.success(), "it ended with {status}: {lines:?}");
}

fn locks_to_ptp4l(transport: Transport) {
    let program = program("build", "bin/main");
    let lan = Lan::cable();
    let (_master, slave) = start(&lan, transport, &[&program]);
    let mut offsets = Vec::new();
    slave.wait_for("steady offsets", Duration::from_secs(60), |line| {
        offsets.extend(offset(line).filter(|_| line.ends_with("locked") && !line.ends_with("unlocked")));
        (offsets.len() >= 32).then_some(())
    });
    let rms = (offsets.iter().map(|offset| offset * offset).sum::<f64>() / 32.0).sqrt();
    println!("{rms:.0} ns root mean square of 32 offsets");
    assert!(rms < OFFSET_NS, "{offsets:?}");
    end(slave);
}

#[test]
fn a_program_in_cpp_with_its_own_event_loop_locks_to_ptp4l_over_udp() {
    locks_to_ptp4l(Transport::Udp4);
}

#[test]
fn a_program_in_cpp_with_its_own_event_loop_locks_to_ptp4l_over_ethernet() {
    locks_to_ptp4l(Transport::L2);
}

#[test]
fn sanitizers_of_both_compilers_have_nothing_to_report_of_a_slave_of_ptp4l() {
    let lan = Lan::cable();
    for (way, transport) in [("g++/17/sanitized", Transport::Udp4), ("clang++/20/sanitized", Transport::L2)] {
        let program = program(&format!("check/main/{way}"), &format!("main/{way}/program"));
        let (_master, slave) = start(&lan, transport, &[&program]);
        end(slave);
    }
}

#[test]
fn valgrind_has_nothing_to_report_of_a_slave_of_ptp4l() {
    let program = program("check/main/g++/17/valgrind", "main/g++/17/valgrind/program");
    let lan = Lan::cable();
    let valgrind = ["valgrind", "--quiet", "--leak-check=full", "--error-exitcode=99", &program];
    let (_master, slave) = start(&lan, Transport::Udp4, &valgrind);
    end(slave);
}
