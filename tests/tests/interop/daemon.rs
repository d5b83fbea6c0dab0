//! `syntone run` beside ptp4l in network namespaces, with ptp4l's own configuration and log lines. Needs root.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use syntone_tests::netns::{Host, INTERFACE, Lan, SECOND_INTERFACE, require_tool};
use syntone_tests::peers::{
    Measured, Settings, Transport, daemon, daemon_file, daemon_of, ptp4l, ptp4l_measured, ptp4l_state, ptp4l_with,
    syntone_binary,
};
use syntone_tests::pmc::pmc_local;
use syntone_tests::process::Process;

const LIMIT: Duration = Duration::from_secs(40);
/// All clocks of one machine share the kernel's clock: what remains is the noise of software time stamps.
const OFFSET_NS: f64 = 10_000.0;
const DELAY_NS: f64 = 100_000.0;

/// The median of 9 lines, each the rms of a second, is within the limits, after 3 lines for settling.
fn check_lines(slave: &Process) {
    let mut lines: Vec<Measured> = Vec::new();
    slave.wait_for("12 measurements", LIMIT, |line| {
        lines.extend(ptp4l_measured(line));
        (lines.len() >= 12).then_some(())
    });
    let steady = &mut lines[3..12];
    steady.sort_by(|one, other| one.offset_rms.total_cmp(&other.offset_rms));
    assert!(steady[4].offset_rms < OFFSET_NS, "{steady:?}");
    assert!(steady.iter().all(|line| (1.0..DELAY_NS).contains(&line.delay)), "{steady:?}");
}

fn wait_for_state(process: &Process, state: &str) {
    process.wait_for(state, LIMIT, |line| (ptp4l_state(line)? == state).then_some(()));
}

/// What both ends of a test have.
#[derive(Clone, Copy)]
struct Link {
    transport: Transport,
    peer_to_peer: bool,
    domain: u8,
}

impl Link {
    const fn new(transport: Transport, peer_to_peer: bool) -> Self {
        Self { transport, peer_to_peer, domain: 0 }
    }

    const fn in_domain(self, domain: u8) -> Self {
        Self { domain, ..self }
    }

    /// Of a master and a slave, and more lines for both.
    fn settings(self) -> (Settings, Settings, String) {
        let with = |settings| Settings { peer_to_peer: self.peer_to_peer, ..settings };
        let more = format!("domainNumber {}", self.domain);
        (with(Settings::master(self.transport)), with(Settings::slave(self.transport)), more)
    }
}

fn our_daemon_follows_ptp4l(link: Link) {
    let (master, slave, more) = link.settings();
    let lan = Lan::cable();
    let master = ptp4l_with(&lan, lan.host(0), "ptp4l", master, &[INTERFACE], &more);
    wait_for_state(&master, "MASTER");
    let (mut slave, _) = daemon(&lan, lan.host(1), "syntone", slave, &[INTERFACE], &more);
    wait_for_state(&slave, "SLAVE");
    check_lines(&slave);
    slave.signal("TERM");
    let (status, lines) = slave.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
}

fn ptp4l_follows_our_daemon(link: Link) {
    let (master, slave, more) = link.settings();
    let lan = Lan::cable();
    let (master, _) = daemon(&lan, lan.host(0), "syntone", master, &[INTERFACE], &more);
    wait_for_state(&master, "MASTER");
    let slave = ptp4l_with(&lan, lan.host(1), "ptp4l", slave, &[INTERFACE], &more);
    check_lines(&slave);
}

#[test]
fn our_daemon_follows_ptp4l_over_udp4() {
    our_daemon_follows_ptp4l(Link::new(Transport::Udp4, false));
}

#[test]
fn our_daemon_follows_ptp4l_over_udp4_peer_to_peer() {
    our_daemon_follows_ptp4l(Link::new(Transport::Udp4, true));
}

#[test]
fn our_daemon_follows_ptp4l_over_udp6() {
    our_daemon_follows_ptp4l(Link::new(Transport::Udp6, false));
}

#[test]
fn our_daemon_follows_ptp4l_over_udp6_peer_to_peer() {
    our_daemon_follows_ptp4l(Link::new(Transport::Udp6, true));
}

#[test]
fn our_daemon_follows_ptp4l_over_ethernet_in_domain_24() {
    our_daemon_follows_ptp4l(Link::new(Transport::L2, false).in_domain(24));
}

#[test]
fn our_daemon_follows_ptp4l_over_ethernet_peer_to_peer() {
    our_daemon_follows_ptp4l(Link::new(Transport::L2, true));
}

#[test]
fn ptp4l_follows_our_daemon_over_udp4() {
    ptp4l_follows_our_daemon(Link::new(Transport::Udp4, false));
}

#[test]
fn ptp4l_follows_our_daemon_over_udp4_peer_to_peer() {
    ptp4l_follows_our_daemon(Link::new(Transport::Udp4, true));
}

#[test]
fn ptp4l_follows_our_daemon_over_udp6() {
    ptp4l_follows_our_daemon(Link::new(Transport::Udp6, false));
}

#[test]
fn ptp4l_follows_our_daemon_over_udp6_peer_to_peer() {
    ptp4l_follows_our_daemon(Link::new(Transport::Udp6, true));
}

#[test]
fn ptp4l_follows_our_daemon_over_ethernet_in_domain_24() {
    ptp4l_follows_our_daemon(Link::new(Transport::L2, false).in_domain(24));
}

#[test]
fn ptp4l_follows_our_daemon_over_ethernet_peer_to_peer() {
    ptp4l_follows_our_daemon(Link::new(Transport::L2, true));
}

/// ptp4l → ours, a boundary clock → ptp4l.
#[test]
fn our_boundary_clock_passes_the_time_of_ptp4l_on_to_ptp4l() {
    let lan = Lan::line();
    let master = ptp4l(&lan, lan.host(0), "grandmaster", Settings::master(Transport::L2));
    wait_for_state(&master, "MASTER");
    let middle = Settings { slave_only: false, ..Settings::slave(Transport::L2) };
    let (boundary, _) = daemon(&lan, lan.host(1), "boundary", middle, &[INTERFACE, SECOND_INTERFACE], "");
    wait_for_state(&boundary, "SLAVE");
    wait_for_state(&boundary, "MASTER");
    let slave = ptp4l(&lan, lan.host(2), "slave", Settings::slave(Transport::L2));
    slave.wait_for("choice of our boundary clock", LIMIT, |line| {
        line.contains("selected best master clock").then_some(())
    });
    check_lines(&slave);
}

/// A master of ptp4l in domain 0 and another in domain 24; ours follows both, each with a clock of its own.
fn one_daemon_follows_a_master_in_each_of_two_domains(settings: fn(Settings) -> Settings, transport: Transport) {
    const DOMAINS: [&str; 2] = ["domainNumber 0", "domainNumber 24"];
    let lan = Lan::bridge(3);
    let [first, second] = [0, 1].map(|number| {
        let label = format!("master{number}");
        let master = settings(Settings::master(transport));
        ptp4l_with(&lan, lan.host(number), &label, master, &[INTERFACE], DOMAINS[number])
    });
    let [zero, other] = [0, 1].map(|number| {
        daemon_file(&lan, &format!("ours{number}"), settings(Settings::slave(transport)), DOMAINS[number])
    });
    let mut ours = daemon_of(lan.host(2), "ours", &[&zero, &other], &[INTERFACE]);
    let wait = |what: &'static str, tag: &'static str, text: &'static str| {
        ours.wait_for(what, LIMIT, |line| (line.contains(tag) && line.contains(text)).then_some(()));
    };
    let tags = ["[domain 0] ", "[domain 24] "];
    tags.iter().for_each(|tag| wait("both lock", tag, " to SLAVE "));
    for (number, tag) in tags.into_iter().enumerate() {
        let mut lines = Vec::new();
        ours.wait_for("measurements", LIMIT, |line| {
            lines.extend(line.split_once(tag).and_then(|(_, line)| ptp4l_measured(line)));
            (lines.len() >= 6).then_some(())
        });
        let mut steady: Vec<f64> = lines.iter().skip(2).map(|line: &Measured| line.offset_rms).collect();
        steady.sort_by(f64::total_cmp);
        // That it follows is the matter here, and not how well.
        assert!(steady[1] < 10.0 * OFFSET_NS, "{tag}: {lines:?}");
        let socket = lan.file(&format!("ours{number}.sock"));
        let told = pmc_local(lan.host(2), &socket, &["GET TIME_STATUS_NP", "GET DOMAIN"]);
        assert_eq!(told["TIME_STATUS_NP"].1["gmIdentity"], format!("020000.fffe.00000{}", number + 1), "{told:?}");
        assert_eq!(told["DOMAIN"].1["domainNumber"], ["0", "24"][number], "{told:?}");
    }
    // What one loses, the other does not notice.
    let mark = ours.mark();
    drop(second);
    let lost = ours.poll_for_after(mark, LIMIT, |line| {
        assert!(!(line.contains(tags[0]) && line.contains(" port ")), "{line}");
        (line.contains(tags[1]) && line.contains(" to LISTENING ")).then_some(())
    });
    assert!(lost.is_some(), "domain 24 has no master any more");
    drop(first);
    ours.signal("TERM");
    assert!(ours.wait_for_end(LIMIT).0.success());
}

#[test]
fn one_daemon_follows_a_master_in_each_of_two_domains_over_ethernet() {
    one_daemon_follows_a_master_in_each_of_two_domains(|settings| settings, Transport::L2);
}

#[test]
fn one_daemon_follows_a_master_in_each_of_two_domains_over_udp6() {
    one_daemon_follows_a_master_in_each_of_two_domains(|settings| settings, Transport::Udp6);
}

/// The answers to its Delay_Reqs come by unicast, and each to the clock that has asked.
#[test]
fn one_daemon_follows_a_master_in_each_of_two_domains_over_udp4_with_unicast_delays() {
    one_daemon_follows_a_master_in_each_of_two_domains(Settings::hybrid, Transport::Udp4);
}

/// Runs nft on a host; what it has printed.
fn nft(host: &Host, script: &str) -> String {
    require_tool("nft", "nftables");
    let mut process = host.spawn("nft", "nft", &[script]);
    let (status, lines) = process.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
    lines.join("\n")
}

/// What is set for the messages of the daemon stands in the packets that come to another host, and the machine queues them by the priority.
fn packets_are_marked_as_set(transport: Transport, [dscp, hops]: [&str; 2]) {
    require_tool("tshark", "tshark");
    let lan = Lan::cable();
    nft(
        lan.host(0),
        "add table inet t; add chain inet t o { type filter hook output priority 0; }; \
         add rule inet t o meta priority 0:5 udp dport { 319, 320 } counter; \
         add rule inet t o meta priority != 0:5 udp dport { 319, 320 } counter",
    );
    let fields = ["udp.dstport", "ptp.v2.messagetype", dscp, hops];
    let mut arguments = vec!["-i", INTERFACE, "-l", "-Q", "-Y", "ptp", "-T", "fields"];
    arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
    let seen = lan.host(1).spawn("tshark", "tshark", &arguments);
    let more = "udp_ttl 7\ndscp_event 46\ndscp_general 10\nsocket_priority 5\n";
    let (_ours, _) = daemon(&lan, lan.host(0), "syntone", Settings::master(transport), &[INTERFACE], more);
    // Sync, Follow_Up and Announce.
    for expected in ["319\t0x00\t46\t7", "320\t0x08\t10\t7", "320\t0x0b\t10\t7"] {
        seen.wait_for(expected, LIMIT, |line| (line == expected).then_some(()));
    }
    let others = seen.poll_for_after(0, Duration::ZERO, |line| {
        let is_marked = line.starts_with("319\t") && line.ends_with("\t46\t7")
            || line.starts_with("320\t") && line.ends_with("\t10\t7");
        // Not what tshark says of itself.
        (line.contains('\t') && !is_marked).then(|| line.to_owned())
    });
    assert_eq!(others, None, "not marked");
    let counted = nft(lan.host(0), "list chain inet t o");
    let packets: Vec<u32> = counted
        .split("packets ")
        .skip(1)
        .map(|rest| rest.split(' ').next().and_then(|count| count.parse().ok()).expect("a count"))
        .collect();
    assert!(packets[0] >= 3 && packets[1] == 0, "{counted}");
}

/// IEEE 1588-2019 Annex C
#[test]
fn packets_of_ipv4_have_the_code_point_the_lifetime_and_the_priority_that_are_set() {
    packets_are_marked_as_set(Transport::Udp4, ["ip.dsfield.dscp", "ip.ttl"]);
}

/// IEEE 1588-2019 Annex D
#[test]
fn packets_of_ipv6_have_the_code_point_the_hop_limit_and_the_priority_that_are_set() {
    packets_are_marked_as_set(Transport::Udp6, ["ipv6.tclass.dscp", "ipv6.hlim"]);
}

/// A reload changes what can be changed without a new start, and says what cannot; a wrong file changes nothing.
#[test]
fn sighup_reloads_and_a_wrong_file_changes_nothing() {
    let lan = Lan::cable();
    let peer = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    wait_for_state(&peer, "MASTER");
    let full = Settings { slave_only: false, ..Settings::slave(Transport::L2) };
    let (ours, file) = daemon(&lan, lan.host(1), "syntone", full, &[INTERFACE], "");
    wait_for_state(&ours, "SLAVE");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let reload = |text: &str, expected: &str| {
        std::fs::write(&file, text).expect("its configuration");
        let mark = ours.mark();
        ours.signal("HUP");
        let said = ours.poll_for_after(mark, LIMIT, |line| line.contains(expected).then_some(()));
        assert!(said.is_some(), "it does not say {expected:?}");
    };
    reload(&text.replace("priority1 128", "priority1 1000"), "priority1 \"1000\" is not allowed; it is 0 to 255");
    reload(&format!("{text}transportSpecific 1\n"), "transportSpecific changes with a new start only");
    let mark = ours.mark();
    reload(&text.replace("priority1 128", "priority1 1"), "priority1 is 1 now");
    let master = ours.poll_for_after(mark, LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    assert!(master.is_some(), "a better priority1 makes it master");
    // It was taken back, and never was in effect.
    let again = ours.poll_for_after(mark, Duration::ZERO, |line| line.contains("transportSpecific").then_some(()));
    assert!(again.is_none(), "an option that is as it was is no change");
    // It steers nothing, and so never comes further.
    wait_for_state(&peer, "UNCALIBRATED");
}

/// IEEE 1588-2019 17.5: a master that is not in the list is no master. Whoever waits for one is told why, and follows once it is.
#[test]
fn a_slave_without_a_master_says_why_and_takes_one_once_it_is_acceptable() {
    let lan = Lan::cable();
    let settings = Settings::slave(Transport::L2);
    let (ours, file) = daemon(&lan, lan.host(1), "syntone", settings, &[INTERFACE], "");
    let said = |text: &'static str| ours.wait_for(text, LIMIT, |line| line.contains(text).then_some(()));
    said("no master is heard in domain 0: is one running");
    let master = Settings::master(Transport::L2);
    let peer = ptp4l_with(&lan, lan.host(0), "ptp4l", master, &[INTERFACE], "domainNumber 5");
    wait_for_state(&peer, "MASTER");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let reload = |more: &str| {
        std::fs::write(&file, format!("{text}domainNumber 5\n{more}\n")).expect("its configuration");
        ours.signal("HUP");
    };
    reload("acceptable_masters 020000.fffe.000077");
    said("acceptable_masters is 020000.fffe.000077 now");
    let chosen = ours.poll_for_after(0, Duration::from_secs(5), |line| line.contains("UNCALIBRATED").then_some(()));
    assert_eq!(chosen, None, "it is not acceptable");
    reload("acceptable_masters 020000.fffe.000077 020000.fffe.000001");
    wait_for_state(&ours, "SLAVE");
}

/// The files that linuxptp comes with: accepted, or refused with line and option.
#[test]
fn the_files_that_linuxptp_ships_are_accepted_or_refused_by_name() {
    let folder = Path::new("/usr/share/doc/linuxptp/configs");
    let files =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}; install linuxptp", folder.display()));
    let mut checked = 0;
    for file in
        files.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "cfg"))
    {
        let output =
            Command::new(syntone_binary()).args(["run", "--check", "-f"]).arg(&file).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        println!("{}: {}\n{errors}", file.display(), output.status);
        match output.status.code() {
            Some(0) => assert_eq!(errors, ""),
            Some(2) => {
                let place = format!("error: {}:", file.display());
                for line in errors.lines() {
                    assert!(line.starts_with(&place) && line.contains("is not supported: "), "{line}");
                }
            }
            other => panic!("{other:?}"),
        }
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} files");
}
