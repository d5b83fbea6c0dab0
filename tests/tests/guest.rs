//! Clocks and stamps of Linux in a guest: Debian's own kernel in QEMU, with simulated ports that have hardware clocks.
//!
//! `cargo xtask test --only guest` prepares the guest. The scripts of tests/guest judge by the simulator's truth.

use std::process::Command;
use std::time::Duration;
use syntone_tests::peers::syntone_binary;
use syntone_tests::process::Process;

/// The longest run on a busy machine.
const LIMIT: Duration = Duration::from_secs(1000);

/// Runs a script of tests/guest with our programs; each of its checks is a line.
fn run(script: &str, checks: usize) {
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(format!("{folder}/kernel-lab/kernel-lab"));
    command.args(["run", "--secs", "900", "--bin"]).arg(syntone_binary());
    command.args(["--bin", env!("CARGO_BIN_EXE_linux-probe"), "--bin", env!("CARGO_BIN_EXE_linux-contract"), "--file"]);
    command.arg(format!("{folder}/guest/ours.sh:/lab/ours.sh"));
    command.arg(format!("{folder}/guest/{script}.sh"));
    let (status, lines) = Process::start(script, command).wait_for_end(LIMIT);
    let log = lines.join("\n");
    println!("{log}");
    assert!(status.success(), "{script} ended with {status}\n{log}");
    let passed = lines.iter().filter(|line| line.starts_with("ok: ")).count();
    assert_eq!(passed, checks, "{script} did not check all\n{log}");
}

/// Ours with ours and with ptp4l either way, over each transport, end to end and peer to peer, in one step and two: within 20 ns, and
/// nearer to the truth than ptp4l in the same run.
#[test]
fn clocks_lock_by_hardware_stamps() {
    run("lock", 49);
}

/// A VLAN, a bond whose active member changes, and a VLAN over it: the stamps and the clock are those of the port below.
#[test]
fn interfaces_over_others_stamp_by_the_hardware_below() {
    run("virtual", 11);
}

/// A PTP hardware clock with two ports is a board as any other, whatever its hardware completes in one step.
#[test]
fn hardware_clocks_keep_the_contract() {
    run("contract", 3);
}

/// PHC, cross stamps, and the system clock with tick, TAI and a leap second of the kernel.
#[test]
fn each_operation_on_a_clock_has_its_effect() {
    run("clocks", 23);
}

/// Stamps lost and late, links down, an interface made anew; a boundary clock; the system clock as a slave.
#[test]
fn faults_of_stamps_links_and_interfaces_are_survived() {
    run("faults", 12);
}

/// The system clock follows a PHC or leads it, a transparent clock between two, the frequency is kept, rights are given up.
#[test]
fn the_daemon_looks_after_the_machines_clocks() {
    run("system", 14);
}

/// linuxptp's phc2sys at the management socket of our daemon.
#[test]
fn phc2sys_follows_the_port_states_of_our_daemon() {
    run("phc2sys", 10);
}

/// A boundary clock over two hardware clocks, each the first once: both follow the grandmaster.
#[test]
fn a_boundary_clock_over_two_hardware_clocks_disciplines_both() {
    run("jbod", 8);
}
