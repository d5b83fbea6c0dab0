//! What rides on Announces, to ptp4l and from it, in network namespaces. Needs root.

use std::time::Duration;
use syntone_tests::netns::{Host, INTERFACE, Lan, SECOND_INTERFACE, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l_with};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);

fn ours(host: &Host, role: &str, interfaces: &[&str]) -> Process {
    host.spawn(role, env!("CARGO_BIN_EXE_announces"), &[&[role], interfaces].concat())
}

fn theirs(lan: &Lan, host: usize, settings: Settings, interfaces: &[&str]) -> Process {
    ptp4l_with(lan, lan.host(host), &format!("ptp4l{host}"), settings, interfaces, "path_trace_enabled 1")
}

/// Waits until `process` has printed the path over these hosts, the last of which is its parent.
fn wait_for_path(lan: &Lan, process: &Process, hosts: &[usize]) {
    let clocks: Vec<_> = hosts.iter().map(|host| lan.host(*host).clock_identity()).collect();
    let expected = format!("path {}", clocks.join(" "));
    process.wait_for(&expected, LIMIT, |line| (line == expected).then_some(()));
}

/// IEEE 1588-2019 16.2: from our grandmaster through a boundary clock of linuxptp to our slave.
#[test]
fn a_boundary_clock_of_linuxptp_appends_itself_to_our_path() {
    let lan = Lan::line();
    let _grandmaster = ours(lan.host(0), "grandmaster", &[INTERFACE]);
    let boundary = Settings { slave_only: false, priority1: 128, ..Settings::master(Transport::L2) };
    let _boundary = theirs(&lan, 1, boundary, &[INTERFACE, SECOND_INTERFACE]);
    let slave = ours(lan.host(2), "slave", &[INTERFACE]);
    wait_for_path(&lan, &slave, &[0, 1]);
}

/// IEEE 1588-2019 16.2: from a grandmaster of linuxptp through our boundary clock to the wire, read by a decoder of others.
#[test]
fn our_boundary_clock_appends_itself_to_the_path_of_linuxptp() {
    require_tool("tshark", "tshark");
    let lan = Lan::line();
    let _grandmaster = theirs(&lan, 0, Settings::master(Transport::L2), &[INTERFACE]);
    let boundary = ours(lan.host(1), "boundary", &[INTERFACE, SECOND_INTERFACE]);
    wait_for_path(&lan, &boundary, &[0]);
    let fields = ["ptp.v2.clockidentity", "ptp.v2.an.pathsequence"];
    let options =
        format!("-i {INTERFACE} -l -Q -Y ptp.v2.messagetype==0xb -T fields -e {} -e {}", fields[0], fields[1]);
    let decoder = lan.host(2).spawn("tshark", "tshark", &options.split_whitespace().collect::<Vec<_>>());
    let [first, second] = [0, 1].map(|host| format!("0x{}", lan.host(host).clock_identity()));
    let expected = format!("{second}\t{first},{second}");
    decoder.wait_for(&expected, LIMIT, |line| (line == expected).then_some(()));
}
