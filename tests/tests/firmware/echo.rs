//! An application beside PTP on one controller: a TCP echo, while neighbours send what nobody wants.

use super::{LIMIT, follows};
use syntone_tests::board::{self, Report};
use syntone_tests::netns::{Host, INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l};
use syntone_tests::process::Process;

const STATION: &str = "02:00:00:00:38:60";
const ADDRESS: &str = "10.77.0.96";
/// Frames that the neighbours send in a second.
const RATE: &str = "2000";
/// Octets in a second are far more than this, but a busy host has no time for the board.
const SLOW: u64 = 100_000;
/// An emulated board stamps 0.1 ms late and now and then milliseconds: in one of two reports it must be less.
const OFFSET_NS: i64 = 1_000_000;
/// ptp4l sends eight Syncs a second.
const SYNCS_A_SECOND: u32 = 8;

/// Starts the application's peer, for so many seconds: a TCP that is not ours.
fn echo(host: &Host, seconds: &str) -> Process {
    let process = host.spawn("echo", env!("CARGO_BIN_EXE_tcp-echo"), &[ADDRESS, seconds]);
    process.wait_for("a connection", LIMIT, |line| (line == "connected").then_some(()));
    process
}

/// Octets a second that came back as they were sent, and how long some were waited for in ms.
#[track_caller]
fn echoed(mut process: Process) -> u64 {
    let (status, lines) = process.wait_for_end(LIMIT);
    assert!(status.success(), "{lines:?}");
    let last = lines.last().map_or("", String::as_str);
    let numbers: Vec<u64> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [octets, millis, waited] = numbers[..] else { panic!("{lines:?}") };
    let rate = octets * 1000 / millis;
    println!("{last}: {rate} a second");
    assert!(rate > SLOW && waited < 2_000, "{last}");
    rate
}

/// How many Syncs PTP has taken, and for how many frames it had no room: of a line that the firmware says once a second.
fn taken(line: &str) -> Option<(u32, u32)> {
    let (syncs, rest) = line.strip_prefix("beside the application ")?.split_once(" Syncs, no room for ")?;
    Some((syncs.parse().ok()?, rest.strip_suffix(" frames")?.parse().ok()?))
}

/// Checks that the board follows the master between these lines of it as if it were alone; for how many frames it had no room.
#[track_caller]
fn check_ptp(board: &Process, mark: usize, end: usize) -> u32 {
    let (mut reports, mut lines, mut place) = (Vec::new(), Vec::new(), mark);
    board.poll_for_after(mark, LIMIT, |line| {
        reports.extend(Report::read(line));
        lines.extend(taken(line));
        place += 1;
        (place >= end).then_some(())
    });
    println!("{lines:?}, {reports:?}");
    assert!(reports.iter().all(|report| report.states == "SLAVE" && report.lock == "locked"), "{reports:?}");
    let [first, .., last] = &reports[..] else { panic!("{reports:?}") };
    let [(first_syncs, _), .., (last_syncs, without_room)] = lines[..] else { panic!("{lines:?}") };
    let seconds = u32::try_from((last.millis - first.millis) / 1_000).expect("time goes on");
    // A burst fills the controller, which then loses what comes: one in ten is granted, and one that was on its way.
    let syncs = last_syncs - first_syncs;
    assert!((syncs + 1) * 10 >= seconds * SYNCS_A_SECOND * 9, "{syncs} Syncs in {seconds} s");
    let mut offsets: Vec<_> = reports.iter().map(|report| report.offset.abs()).collect();
    offsets.sort_unstable();
    assert!(offsets[offsets.len() / 2] < OFFSET_NS, "{offsets:?}");
    without_room
}

#[test]
fn an_application_and_ptp_on_one_controller_do_not_disturb_each_other_and_a_flood_disturbs_neither() {
    require_tool("/usr/bin/python3", "python3");
    let lan = Lan::bridge_alone(3);
    let board = board::on_a_bridge(&lan, "board", "slave-echo");
    board.wait_for("its first line", LIMIT, |line| Report::read(line).map(|_| ()));
    let alone = echoed(echo(lan.host(1), "1"));

    let _master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    follows(&board, 0, &lan.host(0).clock_identity());

    let mark = board.mark();
    let both = echoed(echo(lan.host(1), "3"));
    assert_eq!(check_ptp(&board, mark, board.mark()), 0);
    assert!(both > alone / 3, "{both} octets a second with PTP, {alone} without");

    let mark = board.mark();
    let application = echo(lan.host(1), "5");
    let crowd = ["-c", include_str!("../../src/crowd.py"), INTERFACE, STATION, "5", RATE];
    let mut crowd = lan.host(2).spawn("crowd", "/usr/bin/python3", &crowd);
    let crowded = echoed(application);
    let (status, lines) = crowd.wait_for_end(LIMIT);
    let without_room = check_ptp(&board, mark, board.mark());
    // One of its fifteen kinds of frames is longer than there is room for.
    assert!((100..=667).contains(&without_room), "{without_room} are counted");
    assert!(status.success() && lines == ["sent 10000"], "{status}: {lines:?}");
    assert!(crowded > alone / 6, "{crowded} octets a second in a crowd, {alone} without");
}
