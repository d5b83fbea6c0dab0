//! What clocks say of UTC, leap seconds and traceability, to ptp4l and from it, in network namespaces. Needs root.

use std::time::Duration;
use syntone_tests::netns::{Host, INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l, ptp4l_state};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);

fn ours(host: &Host, role: &str) -> Process {
    host.spawn("ours", env!("CARGO_BIN_EXE_tells-time"), &[role, INTERFACE])
}

/// What pmc says to `request`, put to the ptp4l with that label.
fn pmc(lan: &Lan, host: &Host, label: &str, request: &str) -> Vec<String> {
    require_tool("pmc", "linuxptp");
    let socket = lan.file(&format!("{label}.sock")).to_string_lossy().into_owned();
    let own = lan.file("pmc.sock").to_string_lossy().into_owned();
    let mut pmc = host.spawn("pmc", "pmc", &["-u", "-b", "0", "-s", &socket, "-i", &own, request]);
    pmc.wait_for_end(LIMIT).1
}

/// IEEE 1588-2019 8.2.4
#[test]
fn ptp4l_hears_of_our_leap_second_and_traceability() {
    let lan = Lan::cable();
    let _master = ours(lan.host(0), "master");
    let slave = ptp4l(&lan, lan.host(1), "ptp4l", Settings::slave(Transport::L2));
    slave.wait_for("our grandmaster", LIMIT, |line| line.contains("selected best master clock").then_some(()));
    // Which is selected before its data sets are taken; a few Announces later they are.
    slave.wait_for("UNCALIBRATED", LIMIT, |line| (ptp4l_state(line)? == "UNCALIBRATED").then_some(()));
    let answer = pmc(&lan, lan.host(1), "ptp4l", "GET TIME_PROPERTIES_DATA_SET");
    let found: Vec<Vec<&str>> = answer.iter().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        ["currentUtcOffset", "36"],
        ["leap61", "1"],
        ["leap59", "0"],
        ["currentUtcOffsetValid", "1"],
        ["ptpTimescale", "1"],
        ["timeTraceable", "1"],
        ["frequencyTraceable", "0"],
        ["timeSource", "0x20"],
    ] {
        assert!(found.iter().any(|words| words[..] == expected), "{expected:?} in {answer:?}");
    }
}

/// IEEE 1588-2019 8.2.4 and 9.3.5
#[test]
fn our_slave_tells_what_ptp4l_is_set_to_while_it_runs() {
    let lan = Lan::cable();
    let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    master.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let slave = ours(lan.host(1), "slave");
    slave.wait_for("its grandmaster", LIMIT, |line| (line == "class 255 to 248").then_some(()));
    // (quality, time properties as pmc takes them), then what our events say of them
    for (class, offset, flags, expected) in [
        (
            6,
            36,
            "leap61 0 leap59 1 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1 frequencyTraceable 1",
            "0x3e",
        ),
        (
            7,
            35,
            "leap61 0 leap59 0 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 0 frequencyTraceable 1",
            "0x2c",
        ),
    ] {
        let mark = slave.mark();
        let request = format!(
            "SET GRANDMASTER_SETTINGS_NP clockClass {class} clockAccuracy 0x21 offsetScaledLogVariance 0x4e5d
             currentUtcOffset {offset} {flags} timeSource 0x20"
        );
        pmc(&lan, lan.host(0), "ptp4l", &request.split_whitespace().collect::<Vec<_>>().join(" "));
        let (mut quality, mut time) = (false, false);
        let told = slave.poll_for_after(mark, LIMIT, |line| {
            quality |= line.ends_with(&format!("to {class}"));
            time |= line == format!("offset {offset} flags {expected} source 0x20");
            (quality && time).then_some(())
        });
        assert!(told.is_some(), "class {class}: quality told {quality}, time told {time}");
    }
}
