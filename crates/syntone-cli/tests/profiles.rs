//! The profiles that linuxptp ships: `syntone run --check` takes them, or names every option that it does not do.

use std::process::Command;

const G_8275: &str = "dataset_comparison G.8275.x\nG.8275.defaultDS.localPriority 128\nG.8275.portDS.localPriority 128\n\
                      maxStepsRemoved 255\nserverOnly 0\n";
const UNICAST: &str = "hybrid_e2e 1\ninhibit_multicast_service 1\nunicast_listen 1\n";
const GPTP: &str = "gmCapable 1\npriority1 248\npriority2 248\nlogSyncInterval -3\nsyncReceiptTimeout 3\n\
                    neighborPropDelayThresh 800\nmin_neighbor_prop_delay -20000000\nassume_two_step 1\n\
                    path_trace_enabled 1\nfollow_up_info 1\ntransportSpecific 0x1\nptp_dst_mac 01:80:C2:00:00:0E\n\
                    network_transport L2\ndelay_mechanism P2P\n";
const TRANSPARENT: &str = "priority1 254\nfree_running 1\nfreq_est_interval 3\ntc_spanning_tree 1\nsummary_interval 1\n\
                           network_transport L2\n";
const AUTOMOTIVE: &str = "BMCA noop\ninhibit_announce 1\nasCapable true\n";

const OF_UNICAST: &[&str] = &["inhibit_multicast_service", "unicast_listen"];
const OF_GPTP: &[&str] = &["neighborPropDelayThresh", "assume_two_step", "follow_up_info"];
const OF_CMLDS: &[&str] = &["ignore_transport_specific", "allowedLostResponses"];

/// What it says, by the numbers of the lines, of a file that begins with [global]; the status with it.
fn check(text: &str) -> (Option<i32>, Vec<(usize, String)>) {
    let path = std::env::temp_dir().join(format!("syntone-profile-{}.cfg", std::process::id()));
    std::fs::write(&path, format!("[global]\n{text}")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_syntone"));
    let output = command.args(["run", "--check", "-i", "eth0", "-i", "eth1", "-f"]).arg(&path).output();
    std::fs::remove_file(&path).expect("it is there");
    let output = output.expect("it starts");
    let begin = format!("error: {}:", path.display());
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().map(|line| {
        let (number, words) = line.strip_prefix(&begin).and_then(|line| line.split_once(": ")).expect(line);
        (number.parse().expect(line), words.to_owned())
    });
    (output.status.code(), told.collect())
}

#[test]
fn each_profile_of_linuxptp_is_taken_or_what_is_missing_is_named_with_its_line() {
    let requests = "unicast_req_duration 60\n";
    let variability = "delay_request_variability 0.3\n";
    let slave = "ignore_source_id 1\nstep_threshold 1\noperLogSyncInterval 0\noperLogPdelayReqInterval 2\nmsg_interval_request 1\n\
                 servo_offset_threshold 30\nservo_num_offset_values 10\n";
    // The other two that it sets are at their defaults.
    let own = ["ignore_source_id", "operLogPdelayReqInterval", "msg_interval_request", "servo_offset_threshold"];
    let automotive = ["inhibit_announce", "asCapable"];
    let profiles: [(&str, String, Vec<&str>); 11] = [
        ("default", "ptp_dst_mac 01:1B:19:00:00:00\np2p_dst_mac 01:80:C2:00:00:0E\nspp -1\n".into(), vec![]),
        (
            "G.8275.1",
            format!(
                "{G_8275}logAnnounceInterval -3\nlogSyncInterval -4\nnetwork_transport L2\ndomainNumber 24\n{variability}"
            ),
            vec!["dataset_comparison", "delay_request_variability"],
        ),
        (
            "G.8275.2",
            format!("{G_8275}{UNICAST}{requests}domainNumber 44\n"),
            [&["dataset_comparison"], OF_UNICAST, &["unicast_req_duration"]].concat(),
        ),
        ("G.8265.1", format!("domainNumber 4\n{UNICAST}{requests}"), [OF_UNICAST, &["unicast_req_duration"]].concat()),
        ("UNICAST-MASTER", UNICAST.into(), OF_UNICAST.to_vec()),
        ("gPTP", GPTP.into(), OF_GPTP.to_vec()),
        (
            "automotive-master",
            format!("{GPTP}{AUTOMOTIVE}serverOnly 1\ninhibit_delay_req 1\n"),
            [OF_GPTP, &automotive, &["inhibit_delay_req"]].concat(),
        ),
        ("automotive-slave", format!("{GPTP}{AUTOMOTIVE}clientOnly 1\n{slave}"), [OF_GPTP, &automotive, &own].concat()),
        ("E2E-TC", format!("clock_type E2E_TC\n{TRANSPARENT}"), vec!["tc_spanning_tree"]),
        ("P2P-TC", format!("clock_type P2P_TC\ndelay_mechanism P2P\n{TRANSPARENT}"), vec!["tc_spanning_tree"]),
        (
            "gPTP_CMLDS_server",
            format!("{GPTP}ignore_transport_specific 1\nallowedLostResponses 9\n"),
            [OF_GPTP, OF_CMLDS].concat(),
        ),
    ];
    for (name, text, mut missing) in profiles {
        let (status, told) = check(&text);
        let mut named: Vec<&str> = Vec::new();
        for (line, words) in &told {
            let option =
                text.lines().nth(line - 2).and_then(|line| line.split(' ').next()).expect("a line of the file");
            assert!(
                words.starts_with(&format!("{option} \"")) && words.contains(" is not supported: "),
                "{name}: {words}"
            );
            named.push(option);
        }
        named.sort_unstable();
        missing.sort_unstable();
        assert_eq!((named, status), (missing.clone(), Some(if missing.is_empty() { 0 } else { 2 })), "{name}");
    }
}
