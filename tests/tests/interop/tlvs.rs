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
    let lan = Lan::line();
    let _grandmaster = theirs(&lan, 0, Settings::master(Transport::L2), &[INTERFACE]);
    let boundary = ours(lan.host(1), "boundary", &[INTERFACE, SECOND_INTERFACE]);
    wait_for_path(&lan, &boundary, &[0]);
    let decoder = decode(lan.host(2), &["ptp.v2.clockidentity", "ptp.v2.an.pathsequence"]);
    let [first, second] = [0, 1].map(|host| format!("0x{}", lan.host(host).clock_identity()));
    let expected = format!("{second}\t{first},{second}");
    decoder.wait_for(&expected, LIMIT, |line| (line == expected).then_some(()));
}

/// IEEE 1588-2019 16.3: what our boundary clock hands on of our grandmaster's local time, read by a decoder of others. Linuxptp 3.1.1 knows
/// nothing of alternate timescales.
#[test]
fn a_decoder_of_others_reads_our_alternate_timescale() {
    let lan = Lan::line();
    let _grandmaster = ours(lan.host(0), "grandmaster", &[INTERFACE]);
    let _boundary = ours(lan.host(1), "boundary", &[INTERFACE, SECOND_INTERFACE]);
    let members = ["keyField", "currentOffset", "jumpSeconds", "timeOfNextJump", "displayName"];
    let members = members.map(|member| format!("ptp.v2.an.atoi.{member}"));
    let decoder = decode(lan.host(2), &members.each_ref().map(String::as_str));
    // It prints the 48 bits as hexadecimal digits, and the name twice.
    let expected = format!("2\t3563\t3600\t{:012x}\tCET,CET", 1_806_195_637);
    decoder.wait_for(&expected, LIMIT, |line| (line == expected).then_some(()));
}

/// Prints these fields of each Announce that comes to the host.
fn decode(host: &Host, fields: &[&str]) -> Process {
    require_tool("tshark", "tshark");
    let options = format!("-i {INTERFACE} -l -Q -Y ptp.v2.messagetype==0xb -T fields");
    let fields = fields.iter().flat_map(|field| ["-e", field]);
    host.spawn("tshark", "tshark", &options.split_whitespace().chain(fields).collect::<Vec<_>>())
}
