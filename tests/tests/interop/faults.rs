//! What goes wrong around the daemon, in network namespaces. Needs root. Faults of hardware stamps and clocks: guest.rs.

use std::time::{Duration, Instant};
use syntone_tests::netns::{Host, INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_measured, ptp4l_state, ptp4l_with};
use syntone_tests::pmc::pmc_local;
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);
/// As for a daemon that nobody disturbs.
const OFFSET_NS: f64 = 10_000.0;

fn wait_for_state_after(process: &Process, mark: usize, state: &str, limit: Duration) {
    let found = process.poll_for_after(mark, limit, |line| (ptp4l_state(line)? == state).then_some(()));
    assert!(found.is_some(), "no port came to {state} within {limit:?}");
}

/// The median of the rms of `count` lines from a mark on.
fn offset_after(process: &Process, mark: usize, count: usize) -> f64 {
    let mut lines = Vec::new();
    process.poll_for_after(mark, LIMIT, |line| {
        lines.extend(ptp4l_measured(line).map(|measured| measured.offset_rms));
        (lines.len() >= count).then_some(())
    });
    assert!(lines.len() >= count, "{lines:?}");
    lines.sort_by(f64::total_cmp);
    lines[lines.len() / 2]
}

/// Announces come each second, three may be missed, and up to one more interval is waited for.
#[test]
fn when_the_master_is_killed_the_backup_is_chosen_within_the_announce_timeout() {
    let lan = Lan::bridge(3);
    let mut master = ptp4l(&lan, lan.host(0), "master", Settings::master(Transport::L2));
    wait_for_state_after(&master, 0, "MASTER", LIMIT);
    let second = Settings { priority1: 110, ..Settings::master(Transport::L2) };
    let backup = ptp4l(&lan, lan.host(1), "backup", second);
    wait_for_state_after(&backup, 0, "UNCALIBRATED", LIMIT);
    let (ours, _) = daemon(&lan, lan.host(2), "syntone", Settings::slave(Transport::L2), &[INTERFACE], "");
    wait_for_state_after(&ours, 0, "SLAVE", LIMIT);
    offset_after(&ours, 0, 4);
    let mark = ours.mark();
    let killed = Instant::now();
    master.kill();
    let chosen = ours.poll_for_after(mark, LIMIT, |line| {
        line.contains("selected best master clock 020000.fffe.000002").then_some(())
    });
    assert!(chosen.is_some(), "the backup is not chosen");
    println!("chosen after {:.1} s", killed.elapsed().as_secs_f64());
    // The backup waits for its own timeout, and is heard at its second Announce.
    assert!(killed.elapsed() < Duration::from_secs(4 + 3), "{:?}", killed.elapsed());
    wait_for_state_after(&ours, mark, "SLAVE", LIMIT);
    assert!(offset_after(&ours, ours.mark(), 5) < OFFSET_NS);
}

/// What is announced on the network of `host`: by whom, clockClass, clockAccuracy, and whether on the PTP timescale.
fn announced(host: &Host) -> Process {
    require_tool("tshark", "tshark");
    let options = format!("-i {INTERFACE} -l -Q -Y ptp.v2.messagetype==0xb -T fields");
    let fields = ["grandmasterclockclass", "grandmasterclockaccuracy"].map(|field| format!("ptp.v2.an.{field}"));
    let fields = ["eth.src", &fields[0], &fields[1], "ptp.v2.flags.timescale"];
    let fields = fields.iter().flat_map(|field| ["-e", field]);
    host.spawn("tshark", "tshark", &options.split_whitespace().chain(fields).collect::<Vec<_>>())
}

/// A grandmaster of clockClass 6 is lost: for eight seconds ours promises 1 µs, and then no more, and it follows a better clock once there is
/// one (IEEE 1588-2019 16.4).
#[test]
fn a_daemon_that_has_lost_its_grandmaster_serves_with_its_holdover() {
    let lan = Lan::bridge(3);
    let mut master =
        ptp4l_with(&lan, lan.host(0), "master", Settings::master(Transport::L2), &[INTERFACE], "clockClass 6");
    wait_for_state_after(&master, 0, "MASTER", LIMIT);
    let primary = "SET GRANDMASTER_SETTINGS_NP clockClass 6 clockAccuracy 0x21 offsetScaledLogVariance 0x4e5d \
                   currentUtcOffset 37 leap61 0 leap59 0 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1 \
                   frequencyTraceable 1 timeSource 0x20";
    let printed = pmc_local(lan.host(0), &lan.file("master.sock"), &[primary]);
    assert!(printed.contains_key("GRANDMASTER_SETTINGS_NP"), "{printed:?}");
    let settings = Settings { slave_only: false, ..Settings::slave(Transport::L2) };
    let more = "holdover_upgrade 1\nholdover_specification 8\nholdover_accuracy 0x23";
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", settings, &[INTERFACE], more);
    wait_for_state_after(&ours, 0, "SLAVE", LIMIT);
    offset_after(&ours, 0, 4);
    let told = announced(lan.host(2));
    told.wait_for("the master's", LIMIT, |line| line.starts_with("02:00:00:00:00:01\t6\t0x21\t1").then_some(()));
    let mark = ours.mark();
    master.kill();
    wait_for_state_after(&ours, mark, "MASTER", LIMIT);
    let mut seen: Vec<String> = Vec::new();
    told.poll_for_after(0, LIMIT, |line| {
        if let Some(own) = line.strip_prefix("02:00:00:00:00:02\t")
            && seen.last().is_none_or(|last| last != own)
        {
            seen.push(own.to_owned());
        }
        (seen.len() >= 2).then_some(())
    });
    assert_eq!(seen, ["7\t0x23\t1", "187\t0xfe\t1"]);
    let mark = ours.mark();
    let better = Settings { priority1: 1, ..Settings::master(Transport::L2) };
    let _better = ptp4l(&lan, lan.host(2), "better", better);
    wait_for_state_after(&ours, mark, "UNCALIBRATED", LIMIT);
}

#[test]
fn after_ten_seconds_without_link_it_is_locked_again_within_ten_seconds() {
    let lan = Lan::bridge(2);
    let master = ptp4l(&lan, lan.host(0), "master", Settings::master(Transport::Udp4));
    wait_for_state_after(&master, 0, "MASTER", LIMIT);
    let more = "fault_reset_interval 0";
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::slave(Transport::Udp4), &[INTERFACE], more);
    wait_for_state_after(&ours, 0, "SLAVE", LIMIT);
    offset_after(&ours, 0, 4);
    let mark = ours.mark();
    lan.host(1).set_link(false);
    wait_for_state_after(&ours, mark, "FAULTY", LIMIT);
    // The cable is out for this long; nothing can be waited for.
    std::thread::sleep(Duration::from_secs(10));
    let mark = ours.mark();
    lan.host(1).set_link(true);
    wait_for_state_after(&ours, mark, "SLAVE", Duration::from_secs(10));
    assert!(offset_after(&ours, ours.mark(), 5) < OFFSET_NS);
}

/// 50 000 clocks that do not exist, and each second 20 000 frames that are no messages.
#[test]
fn a_flood_of_foreign_masters_and_malformed_frames_does_no_harm() {
    const SECONDS: usize = 10;
    let lan = Lan::bridge_alone(3);
    // The flood reaches the master, too, which ptp4l is not up to: it becomes faulty.
    let (master, _) = daemon(&lan, lan.host(0), "master", Settings::master(Transport::L2), &[INTERFACE], "");
    wait_for_state_after(&master, 0, "MASTER", LIMIT);
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::slave(Transport::L2), &[INTERFACE], "");
    wait_for_state_after(&ours, 0, "SLAVE", LIMIT);
    let before = offset_after(&ours, 0, 8);
    let memory = ours.resident_kib();
    let mark = ours.mark();
    let seconds = SECONDS.to_string();
    let mut flood = lan.host(2).spawn("flood", env!("CARGO_BIN_EXE_flood"), &[INTERFACE, "5000", "20000", &seconds]);
    let answer = pmc_local(lan.host(1), &lan.file("syntone.sock"), &["GET CURRENT_DATA_SET"]);
    assert_eq!(answer["CURRENT_DATA_SET"].1["stepsRemoved"], "1", "management answers meanwhile: {answer:?}");
    let meanwhile = offset_after(&ours, mark, SECONDS - 2);
    let (_, lines) = flood.wait_for_end(LIMIT);
    let grown = ours.resident_kib().saturating_sub(memory);
    println!("{lines:?}; rms {before} ns before, {meanwhile} ns meanwhile; memory {memory} KiB and {grown} KiB");
    let of_master = master.poll_for_after(0, Duration::ZERO, |line| {
        ptp4l_state(line).filter(|state| *state == "FAULTY").map(str::to_owned)
    });
    assert_eq!(of_master, None, "the master serves on");
    let changed = ours.poll_for_after(mark, Duration::ZERO, |line| ptp4l_state(line).map(str::to_owned));
    assert_eq!(changed, None, "no change of state");
    // The flood takes processor time from who stamps; it may not move the clock.
    assert!(meanwhile < OFFSET_NS.max(2.0 * before), "{meanwhile} ns");
    assert!(grown < 1024, "{grown} KiB more");
    assert!(
        lines[0].starts_with("sent 250000 in 1") && lines[0].ends_with(" 0 refused"),
        "the flood was less: {lines:?}"
    );
}
