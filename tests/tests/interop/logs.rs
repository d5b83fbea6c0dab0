//! What `syntone run` says, and how often, in a network namespace. Needs root.

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;
use syntone::management::{Addressee, Request};
use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon};

const LIMIT: Duration = Duration::from_secs(40);

/// The fields of an entry as the journal takes them; none here has more than one line.
fn fields(octets: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8(octets.to_vec()).expect("text");
    let field = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    text.lines().map(|line| field(line).unwrap_or_else(|| panic!("{line} in {text}"))).collect()
}

/// A stand-in for the journal is told each line with its level, and what it tells in fields of its own.
#[test]
fn the_journal_gets_lines_with_fields() {
    let lan = Lan::cable();
    let journal = UnixDatagram::bind(lan.file("journal")).expect("a socket");
    journal.set_read_timeout(Some(LIMIT)).expect("it can");
    let more = format!("log_format journal\njournal_address {}\n", lan.file("journal").display());
    let (mut ours, _) = daemon(&lan, lan.host(0), "syntone", Settings::master(Transport::L2), &[INTERFACE], &more);
    let mut buffer = [0; 4096];
    let mut next = || {
        let length = journal.recv(&mut buffer).expect("it says something");
        fields(&buffer[..length])
    };
    let first = next();
    assert!(first["MESSAGE"].starts_with("syntone ") && first["MESSAGE"].contains("domain 0"), "{first:?}");
    assert_eq!((first["PRIORITY"].as_str(), first["SYSLOG_IDENTIFIER"].as_str()), ("5", "syntone"));
    let master = loop {
        let entry = next();
        if entry.get("PTP_TO").is_some_and(|to| to == "MASTER") {
            break entry;
        }
    };
    let told = |name: &str| master.get(name).map(String::as_str);
    assert_eq!(told("PTP_EVENT"), Some("portState"));
    assert_eq!((told("PTP_PORT_NUMBER"), told("PTP_INTERFACE")), (Some("1"), Some(INTERFACE)));
    assert_eq!(told("PTP_CAUSE"), Some("ANNOUNCE_RECEIPT_TIMEOUT_EXPIRES"));
    // A journal that is gone keeps nobody from his work.
    drop(journal);
    ours.signal("TERM");
    let (status, lines) = ours.wait_for_end(LIMIT);
    assert!(status.success() && lines.is_empty(), "{status}: {lines:?}");
}

#[test]
fn without_a_journal_lines_go_to_standard_output_and_it_is_said() {
    let lan = Lan::cable();
    let more = "log_format journal\njournal_address /nowhere\n";
    let (ours, _) = daemon(&lan, lan.host(0), "syntone", Settings::master(Transport::L2), &[INTERFACE], more);
    let complaint = "warning: no fields for the journal at /nowhere: ";
    ours.wait_for("complaint", LIMIT, |line| line.starts_with(complaint).then_some(()));
    ours.wait_for("a state", LIMIT, |line| line.contains("→ LISTENING").then_some(()));
}

/// Waits for an answer.
fn go_round(lan: &Lan, socket: &Path) {
    let path = lan.file("asking");
    let _ = std::fs::remove_file(&path);
    let asking = UnixDatagram::bind(&path).expect("a socket");
    asking.set_read_timeout(Some(LIMIT)).expect("it can");
    let request = Request {
        addressee: Addressee::EVERYBODY,
        source_port_identity: PortIdentity::new(ClockIdentity(0), 1),
        sequence_id: 0,
        action: ManagementAction::GET,
        management_id: ManagementId::PRIORITY1,
        data: None,
    };
    let mut octets = [0; 512];
    let length = request.emit(&mut octets).expect("there is room");
    asking.send_to(&octets[..length], socket).expect("it listens");
    asking.recv(&mut octets).expect("it answers");
}

/// Each reload of a wrong file is an error of the same words: the first is said, the others are counted.
#[test]
fn a_flood_of_the_same_line_is_one_line_with_a_count() {
    const TIMES: u32 = 20;
    let lan = Lan::cable();
    let (mut ours, file) = daemon(&lan, lan.host(0), "syntone", Settings::master(Transport::L2), &[INTERFACE], "");
    ours.wait_for("the clock", LIMIT, |line| line.contains(": syntone ").then_some(()));
    let text = std::fs::read_to_string(&file).expect("its configuration");
    std::fs::write(&file, text.replace("priority1 100", "priority1 1000")).expect("its configuration");
    for _ in 0..TIMES {
        ours.signal("HUP");
        // The first answer may be of the turn in which the signal came, and rarely the second is as well.
        (0..2).for_each(|_| go_round(&lan, &lan.file("syntone.sock")));
    }
    ours.signal("TERM");
    let (status, lines) = ours.wait_for_end(LIMIT);
    assert!(status.success(), "{status}");
    let mut told = lines.iter().filter(|line| line.contains("priority1 \"1000\" is not allowed"));
    let first = told.next().expect("the first is said");
    assert!(!first.contains(" more within "), "{first}");
    // On a machine that is busy its time may be over meanwhile, and a second begins.
    let (mut said, mut counted) = (1, 0);
    for line in told {
        match line.split_once("255 (").and_then(|(_, rest)| rest.strip_suffix(" more within 10 s)")) {
            Some(count) => counted += count.parse::<u32>().expect("a number"),
            None => said += 1,
        }
    }
    // Two signals within one turn are one.
    let reloads = said + counted;
    assert!((TIMES / 2..=TIMES).contains(&reloads) && said < TIMES / 4, "{said} said, {counted} counted: {lines:?}");
}
