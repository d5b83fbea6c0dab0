//! Management against linuxptp in network namespaces: `pmc` reads and sets ours, ours reads ptp4l. Needs root.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, ptp4l, ptp4l_state, syntone_managed};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(30);

/// What pmc printed for each id: who answered, and the fields.
type Printed = BTreeMap<String, (String, BTreeMap<String, String>)>;

const REFUSED: &str = "MANAGEMENT_ERROR_STATUS";

/// Runs pmc on host 1 with these requests.
fn pmc(lan: &Lan, transport: Transport, requests: &[&str]) -> Printed {
    let transport = if transport == Transport::Udp4 { "-4" } else { "-2" };
    let arguments = [&[transport, "-i", INTERFACE, "-b", "0", "-t", "0"][..], requests].concat();
    let mut process = lan.host(1).spawn("pmc", "pmc", &arguments);
    let (status, lines) = process.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
    let mut printed = Printed::new();
    let mut current = String::new();
    for line in &lines {
        let words: Vec<_> = line.split_whitespace().collect();
        match &words[..] {
            [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", "MANAGEMENT", id] => {
                current = (*id).to_owned();
                printed.insert(current.clone(), ((*source).to_owned(), BTreeMap::new()));
            }
            // Of which id, it does not tell.
            [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", REFUSED, ..] => {
                current = REFUSED.to_owned();
                printed.insert(current.clone(), ((*source).to_owned(), BTreeMap::new()));
            }
            [name, value @ ..] => {
                if let Some((_, fields)) = printed.get_mut(&current) {
                    fields.insert((*name).to_owned(), value.join(" "));
                }
            }
            [] => {}
        }
    }
    printed
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
];

/// Other ids that pmc asks for; of a clock that has none of that.
const UNSUPPORTED: [&str; 3] = ["TIME_STATUS_NP", "PORT_DATA_SET_NP", "PORT_STATS_NP"];

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
