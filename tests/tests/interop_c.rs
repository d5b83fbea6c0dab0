//! A program in C++ over the C interface, examples/cpp-linux, beside ptp4l in a network namespace.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l};

/// What a busy machine's kernel stamps are good for.
const OFFSET_NS: f64 = 100_000.0;

/// The program, built by its Makefile.
fn program() -> PathBuf {
    require_tool("g++", "g++");
    require_tool("make", "make");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cpp-linux");
    // …/target/debug/deps/interop_c-0123
    let test = std::env::current_exe().expect("the path of this test");
    let target = test.ancestors().nth(3).expect("three folders above a test");
    let target_variable = format!("TARGET={}", target.display());
    let mut make = Command::new("make");
    make.args(["-s", "-C", folder, "build", &target_variable]).env("CARGO_TARGET_DIR", target);
    assert!(make.status().expect("make runs").success(), "building examples/cpp-linux failed");
    target.join("cpp-linux/bin/main")
}

fn offset(line: &str) -> Option<f64> {
    line.strip_prefix("offset")?.split_whitespace().next()?.parse().ok()
}

fn locks_to_ptp4l(transport: Transport, more: &[&str]) {
    let program = program();
    let lan = Lan::cable();
    let _master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(transport));
    let arguments = [&[INTERFACE], more, &["120"]].concat();
    let mut slave = lan.host(1).spawn("cpp", &program.to_string_lossy(), &arguments);
    let limit = Duration::from_secs(60);
    let step = slave
        .wait_for("step", limit, |line| line.strip_prefix("stepped by ")?.strip_suffix(" ns")?.parse::<i64>().ok());
    // Both begin with the time of day, and the program adds 300 ms.
    assert!((-310_000_000..-290_000_000).contains(&step), "stepped by {step} ns");
    slave.wait_for("lock", limit, |line| (line == "locked").then_some(()));
    let mut offsets = Vec::new();
    slave.wait_for("steady offsets", limit, |line| {
        offsets.extend(offset(line).filter(|_| line.ends_with("locked") && !line.ends_with("unlocked")));
        (offsets.len() >= 32).then_some(())
    });
    let rms = (offsets.iter().map(|offset| offset * offset).sum::<f64>() / 32.0).sqrt();
    println!("{rms:.0} ns root mean square of 32 offsets");
    assert!(rms < OFFSET_NS, "{offsets:?}");
    slave.signal("TERM");
    let (status, lines) = slave.wait_for_end(Duration::from_secs(10));
    assert!(status.success(), "it ended with {status}: {lines:?}");
}

#[test]
fn a_program_in_cpp_with_its_own_event_loop_locks_to_ptp4l_over_udp() {
    locks_to_ptp4l(Transport::Udp4, &[]);
}

#[test]
fn a_program_in_cpp_with_its_own_event_loop_locks_to_ptp4l_over_ethernet() {
    locks_to_ptp4l(Transport::L2, &["l2"]);
}
