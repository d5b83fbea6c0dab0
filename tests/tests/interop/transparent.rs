//! Transparent clocks, ours between two ptp4l and ptp4l's between two of ours, in network namespaces. Needs root.

use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan, SECOND_INTERFACE};
use syntone_tests::peers::{Settings, Transport, ptp4l, ptp4l_measured, ptp4l_with, syntone, syntone_summary, through};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);
/// A transparent clock in software takes the residence by software stamps: microseconds of noise, as the ends do.
const OFFSET_NS: f64 = 15_000.0;
/// Without correction what is left is the time that it took to forward: tens of microseconds, both ways alike, so that the
/// offset would not show it. The path delay does.
const DELAY_NS: f64 = 20_000.0;

/// The median of offset and delay over 12 seconds of a slave's log, after 4 for settling.
fn median_of(slave: &Process) -> (f64, f64) {
    let mut lines = Vec::new();
    slave.wait_for("16 measurements", 2 * LIMIT, |line| {
        lines.extend(ptp4l_measured(line));
        (lines.len() >= 16).then_some(())
    });
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let steady = &lines[4..];
    (
        median(steady.iter().map(|line| line.offset_rms).collect()),
        median(steady.iter().map(|line| line.delay).collect()),
    )
}

fn settings(mechanism: &str, settings: Settings) -> Settings {
    if mechanism == "P2P" { settings.peer_to_peer() } else { settings }
}

fn between_two_ptp4l(mechanism: &str) {
    let (master, slave) =
        (settings(mechanism, Settings::master(Transport::L2)), settings(mechanism, Settings::slave(Transport::L2)));
    let direct = {
        let lan = Lan::cable();
        let _master = ptp4l(&lan, lan.host(0), "master", master);
        median_of(&ptp4l(&lan, lan.host(1), "slave", slave))
    };
    let lan = Lan::line();
    let _through = through(&lan, slave, LIMIT);
    let _master = ptp4l(&lan, lan.host(0), "master", master);
    let (offset, delay) = median_of(&ptp4l(&lan, lan.host(2), "slave", slave));
    println!("{mechanism}: offset {offset} ns, delay {delay} ns; direct {} ns, {} ns", direct.0, direct.1);
    assert!(offset < OFFSET_NS && delay.abs() < DELAY_NS, "offset {offset} ns, delay {delay} ns, direct {direct:?}");
}

/// Offset rms and delay that our slave tells after it has followed our master for a while.
fn ours_at_the_ends(lan: &Lan, slave_host: usize, [master, slave]: [Settings; 2]) -> (f64, f64) {
    let duration = Duration::from_secs(15);
    let _master = syntone(lan.host(0), "master", master, 4 * LIMIT);
    let summary = syntone_summary(syntone(lan.host(slave_host), "slave", slave, duration), duration + LIMIT);
    assert_eq!(summary["state"], "locked", "{summary}");
    let number = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name} in {summary}"));
    (number("offset_rms_ns"), number("mean_path_delay_ns"))
}

fn between_two_of_ours(mechanism: &str) {
    let ends = [Settings::master(Transport::L2), Settings::slave(Transport::L2)].map(|end| settings(mechanism, end));
    let direct = ours_at_the_ends(&Lan::cable(), 1, ends);
    let lan = Lan::line();
    let more = format!("clock_type {mechanism}_TC");
    let through = ptp4l_with(&lan, lan.host(1), "through", ends[0], &[INTERFACE, SECOND_INTERFACE], &more);
    through.wait_for("its second port", LIMIT, |line| line.contains("port 2: INITIALIZING to LISTENING").then_some(()));
    let (offset, delay) = ours_at_the_ends(&lan, 2, ends);
    println!("{mechanism}: offset {offset} ns, delay {delay} ns; direct {} ns, {} ns", direct.0, direct.1);
    // What ptp4l's clock adds by its own stamps in software, each of them wrong by microseconds.
    let added = (offset - direct.0, delay - direct.1);
    assert!(added.0 < OFFSET_NS && added.1 < DELAY_NS, "adds {added:?} ns to the direct link's {direct:?}");
}

#[test]
fn our_end_to_end_clock_between_two_ptp4l() {
    between_two_ptp4l("E2E");
}

#[test]
fn our_peer_to_peer_clock_between_two_ptp4l() {
    between_two_ptp4l("P2P");
}

#[test]
fn an_end_to_end_clock_of_ptp4l_between_two_of_ours() {
    between_two_of_ours("E2E");
}

#[test]
fn a_peer_to_peer_clock_of_ptp4l_between_two_of_ours() {
    between_two_of_ours("P2P");
}
