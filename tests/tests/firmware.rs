//! The firmware of examples/qemu-mps2 in QEMU, with Syntone and ptp4l on Linux at the other end of the cable.
//!
//! `cargo xtask test --only firmware` builds the firmware and says in SYNTONE_FIRMWARE where it is.

#[path = "firmware/echo.rs"]
mod echo;
#[path = "firmware/replay.rs"]
mod replay;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use syntone_hal::contract::Fault;
use syntone_tests::board::{self, Report, check_frequency, poll_for_lock, stepped};
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_measured};
use syntone_tests::process::Process;
use syntone_tests::switch::{Cable, Switch};

/// The ends of the cable are UDP ports, apart from those of other tests.
const BOARD_PORT: u16 = 15_701;
const HOST_PORT: u16 = 15_700;
/// A busy host stretches everything.
const LIMIT: Duration = Duration::from_secs(60);
/// An emulated board stamps 0.1 ms late, and milliseconds where its host has other work.
const OFFSET_NS: f64 = 1e6;
const DELAY_NS: f64 = 5e6;

/// Without any privilege; the only one that is long.
#[test]
fn a_board_locks_from_two_seconds_and_50_ppm_off_and_stays_locked_though_one_stamp_in_a_hundred_is_lost() {
    board::beside_a_grandmaster(HOST_PORT, BOARD_PORT, || {
        let board = board::on_a_cable("board", "slave-lossy", BOARD_PORT, HOST_PORT);
        let step = board.poll_for_after(0, LIMIT, stepped).expect("the first offset is larger than the step threshold");
        assert!((-2_600_000_000..-1_400_000_000).contains(&step), "two seconds ahead, but stepped by {step} ns");
        let steady = poll_for_lock(&board, 0, 61, 3 * LIMIT).expect("it locks for a minute");
        check_frequency(&steady);
        let lost = steady.last().and_then(|report| report.lost).expect("it tells");
        // Eight Syncs and Delay_Reqs a second.
        assert!((5..=20).contains(&lost), "{lost} stamps of 1000 are lost");
    });
}

/// A board is grandmaster of ptp4l, of our daemon and of a board that is a slave; it goes, and ptp4l takes over; that goes, and our
/// daemon does.
fn boards_and_programs_follow_each_other(transport: Transport, master: &str, slave: &str) {
    let lan = Lan::bridge(2);
    let grandmaster = board::on_a_bridge(&lan, "leader", master);
    let follower = board::on_a_bridge(&lan, "follower", slave);
    let theirs = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(transport));
    let second = Settings { priority1: 110, ..Settings::master(transport) };
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", second, &[INTERFACE], "step_threshold 0.1");

    check_frequency(&follows(&follower, 0, board::MASTER));
    // It runs free, so that what it measures is the board's time by the kernel's: another one, but as fast.
    theirs.wait_for("choice of the board", LIMIT, |line| {
        line.contains("selected best master clock 020000.fffe.003861").then_some(())
    });
    let mut offsets = Vec::new();
    theirs.wait_for("measurements", LIMIT, |line| {
        offsets.extend(ptp4l_measured(line));
        (offsets.len() >= 4).then_some(())
    });
    println!("{offsets:?}");
    assert!(offsets.iter().all(|measured| (1.0..DELAY_NS).contains(&measured.delay)), "{offsets:?}");
    let [first, .., last] = &offsets[..] else { panic!("{offsets:?}") };
    let drift = (last.offset_rms - first.offset_rms).abs();
    assert!(drift < 3.0 * OFFSET_NS, "the board's time gains {drift} ns in 3 s: {offsets:?}");
    let mut rms = Vec::new();
    ours.wait_for("lock", LIMIT, |line| {
        rms.extend(ptp4l_measured(line).filter(|measured| measured.offset_rms < OFFSET_NS));
        (rms.len() >= 4).then_some(())
    });
    println!("{rms:?}");

    let mark = follower.mark();
    drop(grandmaster);
    check_frequency(&follows(&follower, mark, &lan.host(0).clock_identity()));

    let mark = follower.mark();
    drop(theirs);
    check_frequency(&follows(&follower, mark, &lan.host(1).clock_identity()));
}

#[test]
fn boards_and_programs_follow_each_other_over_ethernet() {
    boards_and_programs_follow_each_other(Transport::L2, "master", "slave");
}

#[test]
fn boards_and_programs_follow_each_other_over_udp() {
    boards_and_programs_follow_each_other(Transport::Udp4, "master-ipv4", "slave-ipv4");
}

/// Three boards: a grandmaster, a boundary clock whose two ports are on a switch, and a slave behind it. Without any privilege.
///
/// IEEE 1588-2019 9.3.5: the boundary clock is one step further than its parent.
#[test]
fn a_board_that_is_a_boundary_clock_hands_on_the_time_of_the_grandmaster() {
    let over = AtomicBool::new(false);
    let cable = |local| Cable { local, remote: local + 1 };
    let [trunk, first, second] = [15_710, 15_712, 15_714].map(cable);
    let switch = Switch::new(trunk, [first, second]);
    thread::scope(|scope| {
        scope.spawn(|| switch.run(&over));
        let start = |label, image, cable: Cable| board::on_a_cable(label, image, cable.remote, cable.local);
        let between = start("between", "boundary", trunk);
        let _grandmaster = start("grandmaster", "master", first);
        // Not before, or the slave would see its master's time jump by days.
        let middle = poll_for_lock(&between, 0, 6, LIMIT);
        let slave = start("slave", "slave", second);
        let chain = format!("parent {}, grandmaster {}", board::BOUNDARY, board::MASTER);
        let chosen = middle.as_ref().and_then(|_| slave.poll_for_after(0, LIMIT, |line| (line == chain).then_some(())));
        let locked = chosen.and_then(|()| poll_for_lock(&slave, slave.mark(), 6, LIMIT));
        let difference = locked.as_ref().map(|_| switch.difference(17));
        over.store(true, Ordering::Relaxed);
        let states = middle.expect("the boundary clock locks").pop().map(|report| report.states);
        assert_eq!(states.as_deref(), Some("SLAVE MASTER"));
        check_frequency(&locked.expect("the slave chooses the boundary clock and locks"));
        let difference = difference.expect("it was measured");
        println!("the boundary clock is {difference} ns ahead of the grandmaster, by their Syncs on the way");
        assert!(difference.abs() < 5_000_000, "{difference} ns");
    });
}

/// What an event line says, with a step in milliseconds: what does not depend on which instructions a compiler chose.
fn decision(line: &str) -> Option<String> {
    let (time, event) = line.strip_prefix("after ")?.split_once(": ")?;
    let event = stepped(event)
        .map_or_else(|| event.to_owned(), |nanos| format!("stepped by {} ms", (nanos + 500_000).div_euclid(1_000_000)));
    Some(format!("{time}: {event}"))
}

/// A grandmaster and a slave on one board, in virtual time. With SYNTONE_UPDATE in the environment the golden log is written anew.
#[test]
fn a_run_in_virtual_time_repeats_octet_for_octet_and_decides_as_it_is_written() {
    let mut boards = ["one", "another"].map(|label| board::in_virtual_time(label, "alone"));
    let [one, another] = boards.each_mut().map(|board| {
        let (status, lines) = board.wait_for_end(LIMIT);
        assert!(status.success(), "{status}");
        lines.into_iter().filter(|line| !line.starts_with("qemu-system-arm:")).collect::<Vec<_>>()
    });
    assert_eq!(one, another);

    // Independent of the golden log: two Announces after the timeout, a lock within a few Syncs, and from then on nearer each second.
    let reports: Vec<_> = one.iter().filter_map(|line| Report::read(line)).collect();
    let locked: Vec<_> = reports.iter().filter(|report| report.lock == "locked").collect();
    println!("{locked:?}");
    assert!(reports.len() >= 19 && locked.len() >= 14 && locked[0].millis < 6_000, "{reports:?}");
    assert!(
        locked.iter().all(|report| report.offset.abs() < 5_000 && (0..2_000).contains(&report.delay)),
        "{locked:?}"
    );
    let last = &locked[locked.len() - 1];
    assert!(last.offset.abs() < 1_000 && (last.frequency_ppb + 50_000).abs() < 200, "{last:?}");

    let decisions: String = one.iter().filter_map(|line| decision(line)).map(|line| line + "\n").collect();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/data/firmware/alone.log");
    if std::env::var_os("SYNTONE_UPDATE").is_some() {
        std::fs::write(golden, &decisions).expect("the golden log can be written");
    }
    let wanted = std::fs::read_to_string(golden).expect("the golden log is in the repository");
    assert_eq!(decisions, wanted, "if that is meant: SYNTONE_UPDATE=1 cargo xtask test --only firmware");
}

/// The report of the contract, by the board's UART, and whether the board says that all is well.
fn contract_on(image: &str) -> (bool, Vec<String>) {
    let (status, lines) = board::in_virtual_time(image, image).wait_for_end(LIMIT);
    println!("{}", lines.join("\n"));
    (status.success(), lines)
}

#[test]
fn the_board_keeps_the_contract_on_the_board_itself() {
    let (well, lines) = contract_on("contract");
    assert!(well && lines.iter().any(|line| line.contains(" 0 failed, ") && line.ends_with(" 0 unreached")));
    let held = lines.iter().filter(|line| line.starts_with("held ")).count();
    // All but what this board cannot do (one step, a clock that cannot be stepped) and what its peer cannot tell.
    assert!(held >= 40, "only {held} checks held");
}

/// As drivers of real chips have been broken: late stamp, swapped seconds, blocking receive, step of the wrong sign and so on.
#[test]
fn each_of_twelve_faults_of_a_board_is_named_by_the_contract_on_the_board_itself() {
    let (well, lines) = contract_on("contract-broken");
    let told: Vec<_> = lines.iter().filter_map(|line| line.split_once(": ")?.0.split_once(" FAILED ")).collect();
    let expected = Fault::ALL.map(|fault| (format!("{fault:?}"), fault.check().name()));
    assert_eq!(told, expected.iter().map(|(fault, check)| (&**fault, *check)).collect::<Vec<_>>());
    assert!(well);
}

/// The reports of `board`, locked to `grandmaster`, which it came to know of after the line `mark`.
#[track_caller]
fn follows(board: &Process, mark: usize, grandmaster: &str) -> Vec<Report> {
    let wanted = format!("parent {grandmaster}, grandmaster {grandmaster}");
    let found = board.poll_for_after(mark, LIMIT, |line| (line == wanted).then_some(()));
    found.unwrap_or_else(|| panic!("the board did not choose {grandmaster}"));
    poll_for_lock(board, board.mark(), 6, LIMIT).unwrap_or_else(|| panic!("the board did not lock to {grandmaster}"))
}
