//! Message intervals that a slave asks its master for, as automotive networks do, to ptp4l and from it. Needs root.

use std::path::Path;
use std::time::{Duration, Instant};
use syntone_tests::netns::{Host, INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_state, ptp4l_with};
use syntone_tests::pmc::pmc_local;
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);
/// Whatever the machine does meanwhile.
const STABLE: &str =
    "msg_interval_request 1\noperLogSyncInterval 0\nservo_num_offset_values 4\nservo_offset_threshold 50000000";

fn wait_for_state(process: &Process, state: &str) {
    process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
}

/// Waits until the clock at that socket sends Syncs at this interval.
fn wait_for_interval(host: &Host, socket: &Path, log: &str) {
    let begin = Instant::now();
    loop {
        let printed = pmc_local(host, socket, &["GET LOG_SYNC_INTERVAL"]);
        if printed.get("LOG_SYNC_INTERVAL").is_some_and(|(_, fields)| fields["logSyncInterval"] == log) {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "{printed:?}");
    }
}

#[test]
fn our_slave_that_follows_well_asks_ptp4l_for_fewer_syncs_and_then_for_as_many_as_before() {
    let lan = Lan::cable();
    let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    wait_for_state(&master, "MASTER");
    let (ours, file) = daemon(&lan, lan.host(1), "syntone", Settings::slave(Transport::L2), &[INTERFACE], STABLE);
    let socket = lan.file("ptp4l.sock");
    wait_for_interval(lan.host(0), &socket, "0");
    wait_for_state(&ours, "SLAVE");
    // No offset is that good.
    let text = std::fs::read_to_string(&file).expect("its configuration").replace("50000000", "1");
    std::fs::write(&file, text).expect("its configuration");
    ours.signal("HUP");
    wait_for_interval(lan.host(0), &socket, "-3");
}

#[test]
fn our_master_sends_as_many_syncs_as_a_stable_ptp4l_asks_for() {
    let lan = Lan::cable();
    let (ours, _) =
        daemon(&lan, lan.host(0), "syntone", Settings::master(Transport::L2), &[INTERFACE], "msg_interval_request 1");
    wait_for_state(&ours, "MASTER");
    // A servo that becomes locked at once. It may not steer the machine's clock, which is that of the master.
    let more = format!("{STABLE}\nclock_servo pi\npi_proportional_const 0.01\npi_integral_const 0.3");
    let _slave = ptp4l_with(&lan, lan.host(1), "ptp4l", Settings::slave(Transport::L2), &[INTERFACE], &more);
    wait_for_interval(lan.host(0), &lan.file("syntone.sock"), "0");
}
