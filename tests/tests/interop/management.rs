//! Management against linuxptp in network namespaces: `pmc` reads and sets ours, ours reads ptp4l. Needs root.

use std::time::{Duration, Instant};
use syntone_tests::netns::{Host, INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_state, syntone_managed, through};
use syntone_tests::pmc::{self, Printed, REFUSED};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);

/// Runs pmc on host 1 with these requests.
fn pmc(lan: &Lan, transport: Transport, requests: &[&str]) -> Printed {
    pmc_on(lan.host(1), transport, requests)
}

fn pmc_on(host: &Host, transport: Transport, requests: &[&str]) -> Printed {
    let transport = if transport == Transport::Udp4 { "-4" } else { "-2" };
    pmc::pmc(host, &[transport, "-i", INTERFACE, "-t", "0"], requests)
}

fn wait_until_master(lan: &Lan, transport: Transport) {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let printed = pmc(lan, transport, &["GET PORT_DATA_SET"]);
        if printed.get("PORT_DATA_SET").is_some_and(|(_, fields)| fields["portState"] == "MASTER") {
            return;
        }
    }
    panic!("ours did not become master");
}

fn ours(lan: &Lan, transport: Transport, access: &str) -> Process {
    syntone_managed(lan.host(0), "syntone", Settings::master(transport), 4 * LIMIT, access)
}

/// The fields that pmc shall print.
const EXPECTED: &[(&str, &[(&str, &str)])] = &[
    ("USER_DESCRIPTION", &[]),
    ("CLOCK_DESCRIPTION", &[("clockType", "0x8000"), ("productDescription", "Syntone;demo;")]),
    (
        "DEFAULT_DATA_SET",
        &[
            ("twoStepFlag", "1"),
            ("slaveOnly", "0"),
            ("numberPorts", "1"),
            ("priority1", "100"),
            ("clockClass", "248"),
            ("clockAccuracy", "0xfe"),
            ("offsetScaledLogVariance", "0xffff"),
            ("priority2", "128"),
            ("clockIdentity", "020000.fffe.000001"),
            ("domainNumber", "0"),
        ],
    ),
    ("CURRENT_DATA_SET", &[("stepsRemoved", "0"), ("offsetFromMaster", "0.0"), ("meanPathDelay", "0.0")]),
    (
        "PARENT_DATA_SET",
        &[
            ("parentPortIdentity", "020000.fffe.000001-0"),
            ("parentStats", "0"),
            ("observedParentOffsetScaledLogVariance", "0xffff"),
            ("observedParentClockPhaseChangeRate", "0x7fffffff"),
            ("grandmasterPriority1", "100"),
            ("gm.ClockClass", "248"),
            ("gm.ClockAccuracy", "0xfe"),
            ("gm.OffsetScaledLogVariance", "0xffff"),
            ("grandmasterPriority2", "128"),
            ("grandmasterIdentity", "020000.fffe.000001"),
        ],
    ),
    (
        "TIME_PROPERTIES_DATA_SET",
        &[
            ("currentUtcOffset", "37"),
            ("leap61", "0"),
            ("leap59", "0"),
            ("currentUtcOffsetValid", "0"),
            ("ptpTimescale", "0"),
            ("timeTraceable", "0"),
            ("frequencyTraceable", "0"),
            ("timeSource", "0xa0"),
        ],
    ),
    (
        "PORT_DATA_SET",
        &[
            ("portIdentity", "020000.fffe.000001-1"),
            ("portState", "MASTER"),
            ("logMinDelayReqInterval", "-3"),
            ("logAnnounceInterval", "0"),
            ("announceReceiptTimeout", "3"),
            ("logSyncInterval", "-3"),
            ("delayMechanism", "1"),
            ("versionNumber", "2"),
        ],
    ),
    ("PRIORITY1", &[("priority1", "100")]),
    ("PRIORITY2", &[("priority2", "128")]),
    ("DOMAIN", &[("domainNumber", "0")]),
    ("SLAVE_ONLY", &[("slaveOnly", "0")]),
    ("CLOCK_ACCURACY", &[("clockAccuracy", "0xfe")]),
    ("TRACEABILITY_PROPERTIES", &[("timeTraceable", "0"), ("frequencyTraceable", "0")]),
    // Of this one pmc prints half.
    ("TIMESCALE_PROPERTIES", &[("ptpTimescale", "0")]),
    ("LOG_ANNOUNCE_INTERVAL", &[("logAnnounceInterval", "0")]),
    ("ANNOUNCE_RECEIPT_TIMEOUT", &[("announceReceiptTimeout", "3")]),
    ("LOG_SYNC_INTERVAL", &[("logSyncInterval", "-3")]),
    ("VERSION_NUMBER", &[("versionNumber", "2")]),
    ("DELAY_MECHANISM", &[("delayMechanism", "1")]),
    ("LOG_MIN_PDELAY_REQ_INTERVAL", &[("logMinPdelayReqInterval", "-3")]),
    (
        "TIME_STATUS_NP",
        &[("master_offset", "0"), ("ingress_time", "0"), ("gmPresent", "false"), ("gmIdentity", "020000.fffe.000001")],
    ),
    (
        "GRANDMASTER_SETTINGS_NP",
        &[
            ("clockClass", "248"),
            ("clockAccuracy", "0xfe"),
            ("offsetScaledLogVariance", "0xffff"),
            ("currentUtcOffset", "37"),
            ("ptpTimescale", "0"),
            ("timeTraceable", "0"),
            ("timeSource", "0xa0"),
        ],
    ),
    ("PORT_DATA_SET_NP", &[("asCapable", "1")]),
    ("PORT_STATS_NP", &[("portIdentity", "020000.fffe.000001-1"), ("rx_Announce", "0"), ("tx_Delay_Req", "0")]),
];

/// Of a daemon, which ours is none here.
const UNSUPPORTED: [&str; 1] = ["PORT_PROPERTIES_NP"];

fn pmc_reads_and_sets_ours(transport: Transport) {
    let lan = Lan::cable();
    let _ours = ours(&lan, transport, "write");
    wait_until_master(&lan, transport);
    let requests: Vec<_> = EXPECTED.iter().map(|(id, _)| format!("GET {id}")).collect();
    let printed = pmc(&lan, transport, &requests.iter().map(String::as_str).collect::<Vec<_>>());
    for (id, expected) in EXPECTED {
        let (source, fields) = printed.get(*id).unwrap_or_else(|| panic!("{id} in {printed:?}"));
        assert!(source == "020000.fffe.000001-1", "{id}: {source} {fields:?}");
        for (name, value) in *expected {
            assert_eq!(fields.get(*name).map(String::as_str), Some(*value), "{name} of {id}: {fields:?}");
        }
    }
    for id in UNSUPPORTED {
        let printed = pmc(&lan, transport, &[&format!("GET {id}")]);
        assert!(printed.contains_key(REFUSED) && !printed.contains_key(id), "{id}: {printed:?}");
    }
    let printed = pmc(&lan, transport, &["SET PRIORITY1 77", "GET DEFAULT_DATA_SET", "GET PARENT_DATA_SET"]);
    assert_eq!(printed["PRIORITY1"].1["priority1"], "77", "{printed:?}");
    assert_eq!(printed["DEFAULT_DATA_SET"].1["priority1"], "77", "{printed:?}");
    assert_eq!(printed["PARENT_DATA_SET"].1["grandmasterPriority1"], "77", "{printed:?}");
}

/// IEEE 1588-2019 15.5.3
#[test]
fn pmc_reads_and_sets_ours_over_udp() {
    pmc_reads_and_sets_ours(Transport::Udp4);
}

/// IEEE 1588-2019 15.5.3
#[test]
fn pmc_reads_and_sets_ours_over_ethernet() {
    pmc_reads_and_sets_ours(Transport::L2);
}

#[test]
fn pmc_reads_what_it_may_not_set() {
    let lan = Lan::cable();
    let _ours = ours(&lan, Transport::Udp4, "read");
    wait_until_master(&lan, Transport::Udp4);
    let printed = pmc(&lan, Transport::Udp4, &["SET PRIORITY1 77"]);
    assert!(printed.contains_key(REFUSED) && !printed.contains_key("PRIORITY1"), "{printed:?}");
    let printed = pmc(&lan, Transport::Udp4, &["GET PRIORITY1"]);
    assert_eq!(printed["PRIORITY1"].1["priority1"], "100", "{printed:?}");
}

/// Of our daemon messages from the network may do what `network_management` says, from a reload on.
#[test]
fn the_network_may_do_what_the_daemon_is_told() {
    let lan = Lan::cable();
    let settings = Settings::master(Transport::L2);
    let (ours, file) = daemon(&lan, lan.host(0), "syntone", settings, &[INTERFACE], "network_management none");
    ours.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let ask = |request: &str| pmc(&lan, Transport::L2, &[request]);
    assert_eq!(ask("GET PRIORITY1"), Printed::new());
    let mut text = std::fs::read_to_string(&file).expect("its configuration");
    for access in ["read", "write"] {
        text.push_str(&format!("network_management {access}\n"));
        std::fs::write(&file, &text).expect("its configuration");
        ours.signal("HUP");
        let told = format!("network_management is {access} now");
        ours.wait_for("a reload", LIMIT, |line| line.contains(&told).then_some(()));
        assert_eq!(ask("GET PRIORITY1")["PRIORITY1"].1["priority1"], "100");
        let set = ask("SET PRIORITY1 77");
        assert_eq!(set.contains_key(REFUSED), access == "read", "{set:?}");
    }
    assert_eq!(ask("GET PRIORITY1")["PRIORITY1"].1["priority1"], "77");
}

/// IEEE 1588-2019 15.4.1
#[test]
fn ours_reads_ptp4l() {
    let lan = Lan::cable();
    let peer = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::Udp4));
    peer.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let address = lan.host(1).address.clone();
    let ids = ["PRIORITY1", "PORT_DATA_SET", "DEFAULT_DATA_SET", "CLOCK_DESCRIPTION", "TIME"];
    let program = env!("CARGO_BIN_EXE_management-client");
    let mut client = lan.host(1).spawn("client", program, &[&[address.as_str()][..], &ids].concat());
    let (status, lines) = client.wait_for_end(LIMIT);
    assert!(status.success(), "{status}");
    let line =
        |id: &str| lines.iter().find(|line| line.starts_with(&format!("{id} "))).expect("a line for each").clone();
    assert!(line("PRIORITY1").contains("020000.fffe.000001-1 Data(Priority1(Priority1 { priority1: 100 }))"));
    let port = line("PORT_DATA_SET");
    assert!(port.contains("port_state: PortStateNumber(6)") && port.contains("log_sync_interval: -3"), "{port}");
    let default = line("DEFAULT_DATA_SET");
    assert!(default.contains("number_ports: 1, priority1: 100") && default.contains("TWO_STEP_FLAG"), "{default}");
    assert!(line("CLOCK_DESCRIPTION").contains("ORDINARY_CLOCK"), "{}", line("CLOCK_DESCRIPTION"));
    assert!(line("TIME").contains("Refused(ManagementErrorId(6))"), "{}", line("TIME"));
}

/// What both told of an id: the same fields, and these with the same values.
fn same_fields(ours: &Printed, theirs: &Printed, id: &str, values: &[&str]) {
    let [ours, theirs] =
        [ours, theirs].map(|printed| &printed.get(id).unwrap_or_else(|| panic!("{id} in {printed:?}")).1);
    assert!(ours.keys().eq(theirs.keys()) && !ours.is_empty(), "{id}: {ours:?}, {theirs:?}");
    for name in values {
        assert_eq!(ours[*name], theirs[*name], "{name} of {id}");
    }
}

const OF_LINUXPTP: [&str; 4] =
    ["GET TIME_STATUS_NP", "GET GRANDMASTER_SETTINGS_NP", "GET PORT_DATA_SET_NP", "GET PORT_STATS_NP"];

/// Two clocks that follow the same master: pmc prints of ours what it prints of ptp4l.
#[test]
fn pmc_prints_of_a_slave_of_ours_what_it_prints_of_ptp4l() {
    let lan = Lan::bridge(3);
    let transport = Transport::L2;
    let master = ptp4l(&lan, lan.host(0), "master", Settings::master(transport));
    master.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let start = Instant::now();
    let _ours = syntone_managed(lan.host(2), "slave", Settings::slave(transport), 4 * LIMIT, "read");
    let theirs = ptp4l(&lan, lan.host(1), "ptp4l", Settings::slave(transport));
    theirs.wait_for("a master", LIMIT, |line| line.contains("UNCALIBRATED").then_some(()));
    let ask = |host: usize, requests: &[&str]| {
        let target = format!("TARGET 020000.fffe.00000{}-1", host + 1);
        pmc_on(lan.host(0), transport, &[&[target.as_str()][..], requests].concat())
    };
    let mut ours = ask(2, &OF_LINUXPTP);
    while ours["TIME_STATUS_NP"].1["ingress_time"] == "0" {
        assert!(start.elapsed() < LIMIT, "{ours:?}");
        ours = ask(2, &OF_LINUXPTP);
    }
    let theirs = ask(1, &OF_LINUXPTP);
    same_fields(
        &ours,
        &theirs,
        "TIME_STATUS_NP",
        &["gmPresent", "gmIdentity", "gmTimeBaseIndicator", "lastGmPhaseChange"],
    );
    assert_eq!(ours["TIME_STATUS_NP"].1["gmIdentity"], "020000.fffe.000001");
    same_fields(&ours, &theirs, "GRANDMASTER_SETTINGS_NP", &["clockClass", "currentUtcOffset", "timeSource"]);
    same_fields(&ours, &theirs, "PORT_DATA_SET_NP", &["asCapable"]);
    same_fields(&ours, &theirs, "PORT_STATS_NP", &["rx_Pdelay_Req", "tx_Sync", "tx_Announce"]);
    let received = |printed: &Printed, name: &str| printed["PORT_STATS_NP"].1[name].parse::<u32>().expect("a number");
    let [syncs, follow_ups] = ["rx_Sync", "rx_Follow_Up"].map(|name| received(&ours, name));
    assert!(syncs > 0 && syncs.abs_diff(follow_ups) <= 1 && received(&ours, "rx_Announce") > 0, "{ours:?}");
}

/// The settings of a grandmaster, as ts2phc's users set them on ptp4l.
#[test]
fn pmc_sets_the_grandmaster_settings_of_ours() {
    let lan = Lan::cable();
    let _ours = ours(&lan, Transport::L2, "write");
    wait_until_master(&lan, Transport::L2);
    let set = "SET GRANDMASTER_SETTINGS_NP clockClass 6 clockAccuracy 0x21 offsetScaledLogVariance 0x4e5d \
               currentUtcOffset 37 leap61 0 leap59 0 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1 \
               frequencyTraceable 1 timeSource 0x20";
    let printed = pmc(&lan, Transport::L2, &[set, "GET PARENT_DATA_SET", "GET TIME_PROPERTIES_DATA_SET"]);
    assert_eq!(printed["GRANDMASTER_SETTINGS_NP"].1["clockClass"], "6", "{printed:?}");
    assert_eq!(printed["PARENT_DATA_SET"].1["gm.ClockClass"], "6", "{printed:?}");
    assert_eq!(printed["TIME_PROPERTIES_DATA_SET"].1["timeSource"], "0x20", "{printed:?}");
}

/// pmc at one end of a line, a transparent clock of ours in the middle, ptp4l at the other end.
fn pmc_reads_our_transparent_clock_and_through_it(mechanism: &str) {
    let is_peer = mechanism == "P2P";
    let lan = Lan::line();
    let _through = through(&lan, Settings { peer_to_peer: is_peer, ..Settings::slave(Transport::L2) }, LIMIT);
    let settings = Settings { peer_to_peer: is_peer, ..Settings::master(Transport::L2) };
    let peer = ptp4l(&lan, lan.host(0), "ptp4l", settings);
    peer.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let pmc = |requests: &[&str]| pmc_on(lan.host(2), Transport::L2, requests);
    let own = "TARGET 020000.fffe.000002-1";
    let ids = ["GET CLOCK_DESCRIPTION", "GET USER_DESCRIPTION", "GET VERSION_NUMBER"];
    let printed = pmc(&[&[own][..], &ids].concat());
    let source = |id: &str| printed.get(id).unwrap_or_else(|| panic!("{id} in {printed:?}")).0.as_str();
    assert_eq!(source("USER_DESCRIPTION"), "020000.fffe.000002-2", "by the port where the request came in");
    assert_eq!(printed["CLOCK_DESCRIPTION"].1["clockType"], if is_peer { "0x2000" } else { "0x1000" });
    assert_eq!(printed["VERSION_NUMBER"].1["versionNumber"], "2");
    let printed = pmc(&["TARGET 020000.fffe.000002-1", "GET DELAY_MECHANISM", "GET LOG_MIN_PDELAY_REQ_INTERVAL"]);
    assert_eq!(printed["DELAY_MECHANISM"].1["delayMechanism"], if is_peer { "2" } else { "1" });
    assert_eq!(printed["DELAY_MECHANISM"].0, "020000.fffe.000002-1");
    assert_eq!(printed["LOG_MIN_PDELAY_REQ_INTERVAL"].1["logMinPdelayReqInterval"], "-3");
    // What it cannot be asked, it says so; what is for the clock behind it, that one answers.
    assert!(pmc(&[own, "GET DEFAULT_DATA_SET"]).contains_key(REFUSED));
    let printed = pmc(&["TARGET 020000.fffe.000001-1", "GET DEFAULT_DATA_SET", "GET PORT_DATA_SET"]);
    assert_eq!(printed["DEFAULT_DATA_SET"].1["priority1"], "100", "{printed:?}");
    assert_eq!(printed["PORT_DATA_SET"].1["portState"], "MASTER", "{printed:?}");
    // pmc does not know the data sets of transparent clocks; our client does.
    let ids = ["TRANSPARENT_CLOCK_DEFAULT_DATA_SET", "TRANSPARENT_CLOCK_PORT_DATA_SET", "PRIMARY_DOMAIN"];
    let program = env!("CARGO_BIN_EXE_management-client");
    let mut client = lan.host(2).spawn("client", program, &[&[INTERFACE][..], &ids].concat());
    let (status, lines) = client.wait_for_end(LIMIT);
    assert!(status.success(), "{status}");
    let told = |index: usize, text: &str| assert!(lines[index].contains(text), "{text} in {}", lines[index]);
    told(0, "020000.fffe.000002-2 Data(TransparentClockDefaultDataSet(");
    told(0, "number_ports: 2");
    told(1, "020000.fffe.000002-1 Data(TransparentClockPortDataSet(");
    told(1, "log_min_pdelay_req_interval: -3");
    told(2, "Data(PrimaryDomain(PrimaryDomain { primary_domain: 0 }))");
}

/// IEEE 1588-2019 15.3.3, IEEE 1588-2019 15.5.3
#[test]
fn pmc_reads_our_end_to_end_transparent_clock_and_through_it() {
    pmc_reads_our_transparent_clock_and_through_it("E2E");
}

/// IEEE 1588-2019 15.3.3, IEEE 1588-2019 15.5.3
#[test]
fn pmc_reads_our_peer_to_peer_transparent_clock_and_through_it() {
    pmc_reads_our_transparent_clock_and_through_it("P2P");
}
