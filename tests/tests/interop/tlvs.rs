//! What rides on Announces, to ptp4l and from it, in network namespaces. Needs root.

use std::time::Duration;
use syntone_tests::netns::{Host, INTERFACE, Lan, SECOND_INTERFACE, require_tool};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l_state, ptp4l_with, syntone_binary};
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

/// What is set at the socket of our daemon is what it announces, read by a decoder of others: a power profile, a local time, the grandmaster
/// that an external source has, and that the time is not certain.
#[test]
fn what_management_sets_rides_on_our_announces() {
    let lan = Lan::cable();
    let settings = Settings::master(Transport::L2);
    let (ours, _) = daemon(&lan, lan.host(0), "syntone", settings, &[INTERFACE], "power_profile.version 2011");
    ours.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let of_2011 = ["ptp.v2.an.oe.networkTimeInaccuracy", "ptp.v2.an.grandmasterclockidentity"];
    let identity = format!("0x{}", lan.host(0).clock_identity());
    wait_for_fields(lan.host(1), &of_2011, &format!("{}\t{identity}", u32::MAX));
    let socket = lan.file("syntone.sock").display().to_string();
    let requests = [
        "SET POWER_PROFILE_SETTINGS_NP version 2017 grandmasterID 0x55 grandmasterTimeInaccuracy 50 networkTimeInaccuracy 1000 \
         totalTimeInaccuracy 2000",
        "SET SYNCHRONIZATION_UNCERTAIN_NP 1",
        "SET EXTERNAL_GRANDMASTER_PROPERTIES_NP gmIdentity 001122.fffe.334455 stepsRemoved 3",
        "SET ALTERNATE_TIME_OFFSET_NAME keyField 1 displayName CEST",
        "SET ALTERNATE_TIME_OFFSET_PROPERTIES keyField 1 currentOffset 7200 jumpSeconds -3600 timeOfNextJump 1792890000",
        "SET ALTERNATE_TIME_OFFSET_ENABLE keyField 1 enable 1",
    ];
    let binary = syntone_binary().display().to_string();
    let arguments = [&["query", "-s", &socket][..], &requests].concat();
    let (status, lines) = lan.host(0).spawn("query", &binary, &arguments).wait_for_end(LIMIT);
    assert!(status.success(), "{lines:?}");
    let fields = [
        "ptp.v2.an.oe.grandmasterID",
        "ptp.v2.an.oe.totalTimeInaccuracy",
        "ptp.v2.flags.synchronizationUncertain",
        "ptp.v2.an.grandmasterclockidentity",
        "ptp.v2.an.localstepsremoved",
        "ptp.v2.an.atoi.currentOffset",
        "ptp.v2.an.atoi.displayName",
    ];
    // It prints the name twice.
    wait_for_fields(lan.host(1), &fields, "85\t2000\t1\t0x001122fffe334455\t3\t7200\tCEST,CEST");
}

/// Waits until an Announce that comes to the host has these fields.
fn wait_for_fields(host: &Host, fields: &[&str], expected: &str) {
    decode(host, fields).wait_for(expected, LIMIT, |line| (line == expected).then_some(()));
}

/// Prints these fields of each Announce that comes to the host.
fn decode(host: &Host, fields: &[&str]) -> Process {
    require_tool("tshark", "tshark");
    let options = format!("-i {INTERFACE} -l -Q -Y ptp.v2.messagetype==0xb -T fields");
    let fields = fields.iter().flat_map(|field| ["-e", field]);
    host.spawn("tshark", "tshark", &options.split_whitespace().chain(fields).collect::<Vec<_>>())
}
