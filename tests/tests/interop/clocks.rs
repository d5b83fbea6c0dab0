//! Ours against ptp4l and ptpd in network namespaces. Needs root.

use std::time::Duration;
use syntone_tests::netns::Lan;
use syntone_tests::observer::Observer;
use syntone_tests::peers::{
    Measured, OSCILLATOR_PPM, Settings, Transport, ptp4l, ptp4l_measured, ptp4l_state, ptpd, ptpd_measured, syntone,
    syntone_summary,
};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);
/// All clocks of one machine share the kernel's clock: what remains is the noise of software time stamps.
const OFFSET_NS: f64 = 10_000.0;
const DELAY_NS: f64 = 100_000.0;
/// Noise of 10 µs over some seconds.
const FREQUENCY_PPB: f64 = 2_000.0;

/// Ours follows the peer on host 0 for `seconds` from its start on.
fn check_our_slave(lan: &Lan, settings: Settings, seconds: u64) {
    let duration = Duration::from_secs(seconds);
    let slave = syntone(lan.host(1), "syntone", settings, duration);
    check_summary(&syntone_summary(slave, duration + LIMIT));
}

/// The median of the offsets of some seconds counts: one software stamp that is late by 0.1 ms must not decide, and a slave that does
/// it wrong is wrong at every Sync.
fn check_summary(summary: &serde_json::Value) {
    println!("{summary}");
    let number = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name} in {summary}"));
    assert_eq!(summary["state"], "locked", "{summary}");
    assert!(number("offset_median_ns") < OFFSET_NS, "{summary}");
    assert!((1.0..DELAY_NS).contains(&number("mean_path_delay_ns")), "{summary}");
    // A stamp that was late just before the end is being made up, within a second or so.
    let limit = FREQUENCY_PPB + number("offset_max_ns");
    assert!((number("frequency_ppb") + OSCILLATOR_PPM * 1e3).abs() < limit, "{summary}");
}

/// The peer follows for 9 lines of its log, after 3 for settling.
///
/// A line is the rms of one second. What counts is their median: the peer does not filter what it measures, and one software stamp
/// that is 0.1 ms late must not decide (between two ptp4l on a virtual machine 2 of 460 were 0.08 and 0.10 ms late). A master whose time is wrong is wrong in every line.
fn check_their_slave(slave: &Process, measured: fn(&str) -> Option<Measured>) {
    let mut lines = Vec::new();
    slave.wait_for("12 measurements", LIMIT, |line| {
        lines.extend(measured(line));
        (lines.len() >= 12).then_some(())
    });
    let steady = &mut lines[3..12];
    steady.sort_by(|one, other| one.offset_rms.total_cmp(&other.offset_rms));
    println!("{steady:?}");
    assert!(steady[4].offset_rms < OFFSET_NS, "{steady:?}");
    assert!(steady.iter().all(|line| (1.0..DELAY_NS).contains(&line.delay)), "{steady:?}");
}

fn our_slave_against_ptp4l(master: Settings, slave: Settings, seconds: u64) {
    let lan = Lan::cable();
    let master = ptp4l(&lan, lan.host(0), "ptp4l", master);
    master.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    check_our_slave(&lan, slave, seconds);
}

fn ptp4l_against_our_master(master: Settings, slave: Settings) {
    let lan = Lan::cable();
    let _master = syntone(lan.host(0), "syntone", master, 4 * LIMIT);
    let slave = ptp4l(&lan, lan.host(1), "ptp4l", slave);
    slave.wait_for("choice of our master", LIMIT, |line| {
        line.contains("selected best master clock 020000.fffe.000001").then_some(())
    });
    check_their_slave(&slave, ptp4l_measured);
}

/// IEEE 1588-2019 C
#[test]
fn our_slave_follows_ptp4l_over_udp() {
    our_slave_against_ptp4l(Settings::master(Transport::Udp4), Settings::slave(Transport::Udp4), 15);
}

/// IEEE 1588-2019 E
#[test]
fn our_slave_follows_ptp4l_over_ethernet() {
    our_slave_against_ptp4l(Settings::master(Transport::L2), Settings::slave(Transport::L2), 15);
}

#[test]
fn ptp4l_follows_our_master_over_udp() {
    ptp4l_against_our_master(Settings::master(Transport::Udp4), Settings::slave(Transport::Udp4));
}

#[test]
fn ptp4l_follows_our_master_over_ethernet() {
    ptp4l_against_our_master(Settings::master(Transport::L2), Settings::slave(Transport::L2));
}

/// IEEE 1588-2019 11.4, both ways: ours asks and is asked.
fn our_slave_measures_its_link_to_ptp4l(transport: Transport) {
    let (master, slave) = (Settings::master(transport), Settings::slave(transport));
    our_slave_against_ptp4l(master.peer_to_peer(), slave.peer_to_peer(), 10);
}

/// IEEE 1588-2019 11.4
fn ptp4l_measures_its_link_to_our_master(transport: Transport) {
    let (master, slave) = (Settings::master(transport), Settings::slave(transport));
    ptp4l_against_our_master(master.peer_to_peer(), slave.peer_to_peer());
}

#[test]
fn our_slave_measures_its_link_to_ptp4l_over_udp() {
    our_slave_measures_its_link_to_ptp4l(Transport::Udp4);
}

#[test]
fn our_slave_measures_its_link_to_ptp4l_over_ethernet() {
    our_slave_measures_its_link_to_ptp4l(Transport::L2);
}

#[test]
fn ptp4l_measures_its_link_to_our_master_over_udp() {
    ptp4l_measures_its_link_to_our_master(Transport::Udp4);
}

#[test]
fn ptp4l_measures_its_link_to_our_master_over_ethernet() {
    ptp4l_measures_its_link_to_our_master(Transport::L2);
}

/// Ours asks ptp4l alone, and is answered alone, while all else comes to the group.
fn our_hybrid_slave_against_ptp4l(transport: Transport) {
    let lan = Lan::bridge(2);
    let observer = Observer::start(&lan);
    let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(transport).hybrid());
    master.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let duration = Duration::from_secs(15);
    let slave = syntone(lan.host(1), "syntone", Settings::slave(transport).hybrid(), duration);
    assert_eq!(observer.unicast_delay_messages(40, LIMIT), [40; 2]);
    check_summary(&syntone_summary(slave, duration + LIMIT));
}

/// ptp4l asks ours alone, and is answered alone. Its first requests go to the group, before it knows who its master is.
fn hybrid_ptp4l_against_our_master(transport: Transport) {
    let lan = Lan::bridge(2);
    let observer = Observer::start(&lan);
    let _master = syntone(lan.host(0), "syntone", Settings::master(transport), 4 * LIMIT);
    let slave = ptp4l(&lan, lan.host(1), "ptp4l", Settings::slave(transport).hybrid());
    check_their_slave(&slave, ptp4l_measured);
    assert_eq!(observer.unicast_delay_messages(40, LIMIT), [40; 2]);
}

#[test]
fn our_hybrid_slave_follows_ptp4l_over_udp() {
    our_hybrid_slave_against_ptp4l(Transport::Udp4);
}

#[test]
fn our_hybrid_slave_follows_ptp4l_over_ethernet() {
    our_hybrid_slave_against_ptp4l(Transport::L2);
}

#[test]
fn hybrid_ptp4l_follows_our_master_over_udp() {
    hybrid_ptp4l_against_our_master(Transport::Udp4);
}

#[test]
fn hybrid_ptp4l_follows_our_master_over_ethernet() {
    hybrid_ptp4l_against_our_master(Transport::L2);
}

#[test]
fn our_slave_follows_ptpd() {
    let lan = Lan::cable();
    let master = ptpd(&lan, lan.host(0), "ptpd", Settings::master(Transport::Udp4));
    master.wait_for("MASTER", LIMIT, |line| line.contains("Now in state: PTP_MASTER").then_some(()));
    check_our_slave(&lan, Settings::slave(Transport::Udp4), 15);
}

#[test]
fn ptpd_follows_our_master() {
    let lan = Lan::cable();
    let _master = syntone(lan.host(0), "syntone", Settings::master(Transport::Udp4), 4 * LIMIT);
    let slave = ptpd(&lan, lan.host(1), "ptpd", Settings::slave(Transport::Udp4));
    slave.wait_for("choice of our master", LIMIT, |line| {
        line.contains("Now in state: PTP_SLAVE, Best master: 020000fffe000001").then_some(())
    });
    check_their_slave(&slave, ptpd_measured);
}

/// One of the clocks in the tests of the best master clock algorithm.
#[derive(Clone, Copy)]
enum Maker {
    Ours,
    Ptp4l,
}

/// IEEE 1588-2019 9.3: three clocks that all may be master, the first the best, the last the worst. The best is killed
/// and brought back; at each stage there is one master, and the others are its slaves.
fn check_three_clocks(transport: Transport, makers: [Maker; 3]) {
    let lan = Lan::bridge(3);
    let observer = Observer::start(&lan);
    let start = |index: usize| {
        // The better, the higher its identity: it must not be that which decides.
        let host = lan.host(2 - index);
        let settings = Settings {
            priority1: 10 * (index as u8 + 1),
            slave_only: false,
            log_announce_interval: -2,
            ..Settings::slave(transport)
        };
        match makers[index] {
            Maker::Ours => syntone(host, &format!("syntone{index}"), settings, 10 * LIMIT),
            Maker::Ptp4l => ptp4l(&lan, host, &format!("ptp4l{index}"), settings),
        }
    };
    let identities = [2, 1, 0].map(|host| lan.host(host).clock_identity());
    let [best, second, third] = identities.each_ref().map(String::as_str);

    let _third = start(2);
    let _second = start(1);
    let mut first = start(0);
    observer.wait_for_roles(best, &[second, third], 8, LIMIT);
    first.kill();
    observer.wait_for_roles(second, &[third], 8, LIMIT);
    let _first = start(0);
    observer.wait_for_roles(best, &[second, third], 8, LIMIT);
}

#[test]
fn best_of_ours_and_two_ptp4l_is_lost_and_comes_back() {
    check_three_clocks(Transport::Udp4, [Maker::Ours, Maker::Ptp4l, Maker::Ptp4l]);
}

#[test]
fn ours_takes_over_when_ptp4l_is_lost_and_steps_back() {
    check_three_clocks(Transport::Udp4, [Maker::Ptp4l, Maker::Ours, Maker::Ours]);
}

#[test]
fn ours_replaces_ours_over_ethernet() {
    check_three_clocks(Transport::L2, [Maker::Ours, Maker::Ours, Maker::Ptp4l]);
}
