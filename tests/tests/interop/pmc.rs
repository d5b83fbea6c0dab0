//! Debian's pmc and phc2sys at the UNIX sockets of our daemon, beside those of ptp4l. Needs root.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use syntone_tests::netns::{INTERFACE, Lan, SECOND_INTERFACE};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l, ptp4l_state, ptp4l_with, through};
use syntone_tests::pmc::{Printed, REFUSED, pmc_local, pmc_through};
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);
/// Longer than a master may be silent.
const FLOOD: Duration = Duration::from_secs(6);

/// Every id that ptp4l and pmc 3.1.1 both know, and the fields that both clocks of the test below tell alike.
const ALIKE: [(&str, &[&str]); 27] = [
    ("USER_DESCRIPTION", &["userDescription"]),
    ("DEFAULT_DATA_SET", &["twoStepFlag", "slaveOnly", "numberPorts", "priority1", "clockClass", "domainNumber"]),
    ("CURRENT_DATA_SET", &["stepsRemoved"]),
    (
        "PARENT_DATA_SET",
        &["parentPortIdentity", "parentStats", "grandmasterPriority1", "gm.ClockClass", "grandmasterIdentity"],
    ),
    ("TIME_PROPERTIES_DATA_SET", &["currentUtcOffset", "leap61", "ptpTimescale", "timeTraceable", "timeSource"]),
    ("PRIORITY1", &["priority1"]),
    ("PRIORITY2", &["priority2"]),
    ("DOMAIN", &["domainNumber"]),
    ("SLAVE_ONLY", &["slaveOnly"]),
    ("CLOCK_ACCURACY", &["clockAccuracy"]),
    ("TRACEABILITY_PROPERTIES", &["timeTraceable", "frequencyTraceable"]),
    ("TIMESCALE_PROPERTIES", &["ptpTimescale"]),
    ("TIME_STATUS_NP", &["gmPresent", "gmIdentity"]),
    ("GRANDMASTER_SETTINGS_NP", &["clockClass", "clockAccuracy", "currentUtcOffset", "timeSource"]),
    ("SUBSCRIBE_EVENTS_NP", &["duration", "NOTIFY_PORT_STATE"]),
    ("SYNCHRONIZATION_UNCERTAIN_NP", &["uncertain"]),
    ("CLOCK_DESCRIPTION", &["clockType", "physicalLayerProtocol", "manufacturerId", "productDescription"]),
    ("PORT_DATA_SET", &["logMinDelayReqInterval", "logAnnounceInterval", "logSyncInterval", "delayMechanism"]),
    ("LOG_ANNOUNCE_INTERVAL", &["logAnnounceInterval"]),
    ("ANNOUNCE_RECEIPT_TIMEOUT", &["announceReceiptTimeout"]),
    ("LOG_SYNC_INTERVAL", &["logSyncInterval"]),
    ("VERSION_NUMBER", &["versionNumber"]),
    ("DELAY_MECHANISM", &["delayMechanism"]),
    ("LOG_MIN_PDELAY_REQ_INTERVAL", &["logMinPdelayReqInterval"]),
    ("PORT_DATA_SET_NP", &["neighborPropDelayThresh", "asCapable"]),
    ("PORT_STATS_NP", &["rx_Pdelay_Req", "tx_Sync", "tx_Announce"]),
    ("PORT_PROPERTIES_NP", &["timestamping", "interface"]),
];

fn wait_for_state(process: &Process, state: &str) {
    process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
}

/// A master on host 0, ours as slave on host 1.
struct Pair {
    lan: Lan,
    _master: Process,
    ours: Process,
    socket: PathBuf,
}

impl Pair {
    fn start(settings: Settings) -> Self {
        Self::start_on(Lan::bridge(3), settings)
    }

    fn start_on(lan: Lan, settings: Settings) -> Self {
        let master = ptp4l(&lan, lan.host(0), "master", Settings::master(Transport::L2));
        wait_for_state(&master, "MASTER");
        let (ours, _) = daemon(&lan, lan.host(1), "syntone", settings, &[INTERFACE], "");
        wait_for_state(&ours, "UNCALIBRATED");
        let socket = lan.file("syntone.sock");
        Self { lan, _master: master, ours, socket }
    }

    fn read_only(&self) -> PathBuf {
        self.lan.file("syntone.sock.ro")
    }

    fn pmc(&self, requests: &[&str]) -> Printed {
        pmc_local(self.lan.host(1), &self.socket, requests)
    }
}

fn fields<'a>(printed: &'a Printed, id: &str) -> &'a std::collections::BTreeMap<String, String> {
    &printed.get(id).unwrap_or_else(|| panic!("{id} in {printed:?}")).1
}

/// Two slaves of the same master: of ours pmc prints the same fields as of ptp4l, with the same values where both are alike.
#[test]
fn pmc_prints_of_our_daemon_what_it_prints_of_ptp4l() {
    let pair = Pair::start(Settings::slave(Transport::L2));
    let theirs = ptp4l(&pair.lan, pair.lan.host(2), "ptp4l", Settings::slave(Transport::L2));
    wait_for_state(&theirs, "UNCALIBRATED");
    let requests: Vec<String> = ALIKE.iter().map(|(id, _)| format!("GET {id}")).collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    // pmc sends without waiting for answers, and a socket may hold no more than ten.
    let ask = |host: usize, path: &Path| -> Printed {
        requests.chunks(5).flat_map(|some| pmc_local(pair.lan.host(host), path, some)).collect()
    };
    let (ours, theirs) = (ask(1, &pair.socket), ask(2, &pair.lan.file("ptp4l.sock")));
    for (id, alike) in ALIKE {
        let (own, other) = (fields(&ours, id), fields(&theirs, id));
        assert!(own.keys().eq(other.keys()) && !own.is_empty(), "{id}: {own:?}, {other:?}");
        for name in alike {
            assert_eq!(own.get(*name), other.get(*name), "{name} of {id}");
        }
        // The clock answers as port 0, the port as itself.
        let port = |printed: &Printed| printed[id].0.rsplit('-').next().map(str::to_owned);
        assert_eq!(port(&ours), port(&theirs), "{id}");
    }
    assert_eq!(ours.len(), ALIKE.len(), "{:?}", ours.keys());
    // What is set is told, and whether the port is asCapable is found by it.
    let set = "SET PORT_DATA_SET_NP neighborPropDelayThresh 800 asCapable 0";
    let [ours, theirs] = [(1, pair.socket.clone()), (2, pair.lan.file("ptp4l.sock"))].map(|(host, path)| {
        let printed = pmc_local(pair.lan.host(host), &path, &[set]);
        let (_, fields) = printed.get("PORT_DATA_SET_NP").unwrap_or_else(|| panic!("{printed:?}"));
        (fields["neighborPropDelayThresh"].clone(), fields["asCapable"].clone())
    });
    assert_eq!((ours.clone(), ours.0.as_str()), (theirs, "800"));
}

/// IEEE 1588-2019 15.5.3.1.2: of two hosts that differ in the last digit of their addresses alone.
fn addresses_are_told_as_ptp4l_tells_its_own(transport: Transport) {
    let lan = Lan::bridge(3);
    let (ours, _) = daemon(&lan, lan.host(1), "syntone", Settings::slave(transport), &[INTERFACE], "");
    let theirs = ptp4l(&lan, lan.host(2), "ptp4l", Settings::slave(transport));
    let told = [(1, &ours, "syntone.sock"), (2, &theirs, "ptp4l.sock")].map(|(host, process, socket)| {
        wait_for_state(process, "LISTENING");
        let printed = pmc_local(lan.host(host), &lan.file(socket), &["GET CLOCK_DESCRIPTION"]);
        let fields = fields(&printed, "CLOCK_DESCRIPTION");
        ["physicalAddress", "protocolAddress"].map(|name| fields[name].clone())
    });
    let [ours, theirs] = told;
    for (own, other) in ours.iter().zip(theirs) {
        let same = own.strip_suffix('2').expect("the address of host 1");
        assert_eq!(Some(same), other.strip_suffix('3'), "{own}, {other}");
    }
}

#[test]
fn addresses_over_ethernet_are_told_as_ptp4l_tells_its_own() {
    addresses_are_told_as_ptp4l_tells_its_own(Transport::L2);
}

#[test]
fn addresses_over_udp4_are_told_as_ptp4l_tells_its_own() {
    addresses_are_told_as_ptp4l_tells_its_own(Transport::Udp4);
}

#[test]
fn addresses_over_udp6_are_told_as_ptp4l_tells_its_own() {
    addresses_are_told_as_ptp4l_tells_its_own(Transport::Udp6);
}

#[test]
fn priority1_set_by_pmc_makes_another_master() {
    let pair = Pair::start(Settings { slave_only: false, ..Settings::slave(Transport::L2) });
    let mark = pair.ours.mark();
    let printed = pair.pmc(&["SET PRIORITY1 1", "GET PRIORITY1", "GET PARENT_DATA_SET"]);
    assert_eq!(fields(&printed, "PRIORITY1")["priority1"], "1");
    assert_eq!(fields(&printed, "PARENT_DATA_SET")["grandmasterPriority1"], "1", "the decision is made at once");
    let master = pair.ours.poll_for_after(mark, LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    assert!(master.is_some(), "the port does not become master");
}

/// Of each id, the hosts whose clocks answer pmc at the socket of `label` on `host`, as many hops away.
fn answering(lan: &Lan, host: usize, label: &str, hops: u8, requests: &[&str]) -> Vec<(String, Vec<char>)> {
    let path = lan.file(&format!("{label}.sock"));
    let answers = pmc_through(lan.host(host), &path, hops, requests);
    let ids = requests.iter().filter_map(|request| request.strip_prefix("GET "));
    ids.map(|id| {
        let of_id = answers.iter().filter(|(_, other, _)| other == id);
        let mut hosts: Vec<char> =
            of_id.filter_map(|(source, _, _)| source.split('-').next()?.chars().last()).collect();
        hosts.sort_unstable();
        (id.to_owned(), hosts)
    })
    .collect()
}

const NEIGHBOURS: [&str; 3] = ["GET PRIORITY1", "GET DEFAULT_DATA_SET", "GET PORT_STATS_NP"];

/// Asks until so many clocks answer: a port that has just begun to listen hands nothing on.
fn wait_for_answers(lan: &Lan, host: usize, label: &str, hops: u8, requests: &[&str], expected: &[char]) {
    let begin = Instant::now();
    loop {
        let answers = answering(lan, host, label, hops, requests);
        if answers.iter().all(|(_, hosts)| hosts == expected) {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "{label}, {hops} hops: {answers:?}");
    }
}

/// Through our daemon pmc reaches the clocks around it as it does through ptp4l, and each answers once (IEEE 1588-2019 15.3.3).
#[test]
fn pmc_at_our_socket_reaches_the_neighbours_as_at_that_of_ptp4l() {
    let pair = Pair::start(Settings::slave(Transport::L2));
    let theirs = ptp4l(&pair.lan, pair.lan.host(2), "ptp4l", Settings::slave(Transport::L2));
    wait_for_state(&theirs, "UNCALIBRATED");
    for (host, label) in [(2, "ptp4l"), (1, "syntone")] {
        wait_for_answers(&pair.lan, host, label, 1, &NEIGHBOURS, &['1', '2', '3']);
        let own = char::from_digit(u32::try_from(host).expect("small") + 1, 10).expect("a digit");
        assert!(answering(&pair.lan, host, label, 0, &NEIGHBOURS).iter().all(|(_, hosts)| *hosts == [own]), "{label}");
    }
    // What may only read asks this clock alone.
    let read_only = pmc_through(pair.lan.host(1), &pair.read_only(), 1, &NEIGHBOURS);
    assert!(read_only.len() == 3 && read_only.iter().all(|(source, _, _)| source.starts_with("020000.fffe.000002")));
    let printed = pmc_through(pair.lan.host(1), &pair.socket, 1, &["TARGET 020000.fffe.000001-1", "GET PORT_DATA_SET"]);
    assert_eq!(printed[0].2["portState"], "MASTER", "{printed:?}");
}

/// Ours, a boundary clock of ptp4l, and ptp4l behind it: each hop is one clock further (IEEE 1588-2019 15.3.3).
#[test]
fn boundary_hops_from_our_socket_are_counted() {
    let lan = Lan::line();
    let (ours, _) = daemon(&lan, lan.host(0), "syntone", Settings::master(Transport::L2), &[INTERFACE], "");
    wait_for_state(&ours, "MASTER");
    let middle = Settings { slave_only: false, ..Settings::slave(Transport::L2) };
    let _boundary = ptp4l_with(&lan, lan.host(1), "boundary", middle, &[INTERFACE, SECOND_INTERFACE], "");
    let _slave = ptp4l(&lan, lan.host(2), "slave", Settings::slave(Transport::L2));
    // Of the ports of a clock each answers for itself.
    let of_clocks = &NEIGHBOURS[..2];
    wait_for_answers(&lan, 0, "syntone", 2, of_clocks, &['1', '2', '3']);
    wait_for_answers(&lan, 0, "syntone", 1, of_clocks, &['1', '2']);
}

/// Through a transparent clock of ours, too.
#[test]
fn pmc_at_the_socket_of_our_transparent_clock_reaches_both_sides() {
    let lan = Lan::line();
    let settings = Settings::slave(Transport::L2);
    let _through = through(&lan, settings, LIMIT);
    let _master = ptp4l(&lan, lan.host(0), "master", Settings::master(Transport::L2));
    let _slave = ptp4l(&lan, lan.host(2), "slave", settings);
    let begin = Instant::now();
    loop {
        // It has no priority of its own to tell.
        let answers = answering(&lan, 1, "through", 1, &["GET USER_DESCRIPTION", "GET PRIORITY1"]);
        if answers[0].1 == ['1', '2', '3'] && answers[1].1 == ['1', '3'] {
            return;
        }
        assert!(begin.elapsed() < LIMIT, "{answers:?}");
    }
}

#[test]
fn the_second_socket_lets_read_and_not_write() {
    let pair = Pair::start(Settings { slave_only: false, ..Settings::slave(Transport::L2) });
    let read_only = |requests: &[&str]| pmc_local(pair.lan.host(1), &pair.read_only(), requests);
    let printed = read_only(&["SET PRIORITY1 1"]);
    assert!(printed.contains_key(REFUSED) && !printed.contains_key("PRIORITY1"), "{printed:?}");
    assert_eq!(fields(&read_only(&["GET PRIORITY1"]), "PRIORITY1")["priority1"], "128");
    let modes = [&pair.socket, &pair.read_only()].map(|path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).expect("a socket").permissions().mode() & 0o777
    });
    assert_eq!(modes, [0o660, 0o666]);
}

/// A daemon that was killed leaves its sockets behind, and the next one takes them over; one that runs keeps them.
#[test]
fn sockets_are_taken_over_from_the_dead_alone_and_removed_at_the_end() {
    let mut pair = Pair::start(Settings::slave(Transport::L2));
    let start =
        |label: &str| daemon(&pair.lan, pair.lan.host(2), label, Settings::slave(Transport::L2), &[INTERFACE], "");
    let path = pair.socket.display().to_string();
    let second = format!("--uds_address={path}");
    let file = pair.lan.file("syntone.cfg").display().to_string();
    let arguments = ["run", "-f", &file, "-i", INTERFACE, &second];
    let binary = syntone_tests::peers::syntone_binary().display().to_string();
    let mut refused = pair.lan.host(1).spawn("second", &binary, &arguments);
    let (status, lines) = refused.wait_for_end(LIMIT);
    let told = format!("error: uds_address: the socket {path} is in use by syntone (pid ");
    assert!(status.code() == Some(1) && lines.iter().any(|line| line.starts_with(&told)), "{status}: {lines:?}");
    pair.ours.kill();
    assert!(pair.socket.exists());
    let (mut next, _) = start("syntone");
    let begin = Instant::now();
    while pair.pmc(&["GET PRIORITY1"]).is_empty() {
        assert!(begin.elapsed() < LIMIT, "no answer");
    }
    next.signal("TERM");
    next.wait_for_end(LIMIT);
    assert!(!pair.socket.exists() && !pair.read_only().exists());
}

/// A request, as the daemon answers it on its socket.
fn get_everything() -> Vec<u8> {
    use syntone::management::{Addressee, Request};
    use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};
    let request = Request {
        addressee: Addressee::EVERYBODY,
        source_port_identity: PortIdentity::new(ClockIdentity(0), 1),
        sequence_id: 0,
        action: ManagementAction::GET,
        management_id: ManagementId::PORT_STATS_NP,
        data: None,
    };
    let mut octets = vec![0; 512];
    let length = request.emit(&mut octets).expect("there is room");
    octets.truncate(length);
    octets
}

/// Whatever comes at a socket costs only a little at a time: the clock goes on following, and who asks rightly is answered.
#[test]
fn a_flood_at_a_socket_does_not_keep_the_clock_from_its_work() {
    use std::os::unix::net::UnixDatagram;
    let pair = &Pair::start_on(Lan::bridge_alone(3), Settings::slave(Transport::L2));
    wait_for_state(&pair.ours, "SLAVE");
    let mark = pair.ours.mark();
    let start = Instant::now();
    let flood = &|number: u32| {
        let socket = UnixDatagram::bind(pair.lan.file(&format!("flood{number}"))).expect("a socket");
        socket.connect(pair.read_only()).expect("the daemon's");
        let mut sent = 0_u32;
        while start.elapsed() < FLOOD {
            // Some begin as a management message does; to answer a request costs more than to send it.
            let octets = match number {
                0 => vec![if sent.is_multiple_of(2) { 0x0D } else { 0xFF }; (sent % 1400) as usize],
                _ => get_everything(),
            };
            socket.send(&octets).expect("it waits for room");
            sent += 1;
        }
        sent
    };
    // Together they fill the socket faster than it is read.
    let sent: u32 = std::thread::scope(|scope| {
        let floods: Vec<_> = (0..4).map(|number| scope.spawn(move || flood(number))).collect();
        floods.into_iter().map(|flood| flood.join().expect("it ends")).sum()
    });
    // A line a second, and not all of them afterwards.
    let mut measured = 0;
    let lines = pair.ours.poll_for_after(mark, Duration::ZERO, |line| {
        assert!(ptp4l_state(line).is_none(), "{line} after {sent} messages");
        measured += usize::from(line.contains(" rms ") || line.contains("]: rms "));
        (measured == 3).then_some(())
    });
    assert!(lines.is_some() && sent > 10_000, "{measured} lines, {sent} messages");
    let told = pair.ours.poll_for_after(mark, LIMIT, |line| line.contains("was dropped").then(|| line.to_owned()));
    assert!(told.is_some_and(|line| line.ends_with("malformed; more are not told")));
    assert_eq!(fields(&pair.pmc(&["GET PRIORITY1"]), "PRIORITY1")["priority1"], "128");
}
