//! The configuration files that linuxptp comes with: `syntone run --check` takes them, or names every option that it does not do.

use std::io::Write;
use std::process::{Command, Stdio};

const G_8275: &str = "dataset_comparison G.8275.x\nG.8275.defaultDS.localPriority 128\nG.8275.portDS.localPriority 128\n\
                      maxStepsRemoved 255\nserverOnly 0\n";
const UNICAST: &str = "hybrid_e2e 1\ninhibit_multicast_service 1\nunicast_listen 1\n";
const REQUESTS: &str = "unicast_req_duration 60\n";
const GPTP: &str = "gmCapable 1\npriority1 248\npriority2 248\nlogAnnounceInterval 0\nlogSyncInterval -3\n\
                    syncReceiptTimeout 3\nneighborPropDelayThresh 800\nmin_neighbor_prop_delay -20000000\n\
                    assume_two_step 1\npath_trace_enabled 1\nfollow_up_info 1\ntransportSpecific 0x1\n\
                    ptp_dst_mac 01:80:C2:00:00:0E\nnetwork_transport L2\ndelay_mechanism P2P\n";
const TRANSPARENT: &str = "priority1 254\nfree_running 1\nfreq_est_interval 3\ntc_spanning_tree 1\nsummary_interval 1\n\
                           network_transport L2\n";
const AUTOMOTIVE: &str = "BMCA noop\ninhibit_announce 1\nasCapable true\n";
const UNICAST_TABLES: &str = "[unicast_master_table]\ntable_id 1\nlogQueryInterval 2\nUDPv4 192.168.1.11\nUDPv4 192.168.2.22\n\
                              UDPv4 192.168.3.33\n[unicast_master_table]\ntable_id 2\nlogQueryInterval 2\n\
                              L2 00:11:22:33:44:55\n[unicast_master_table]\ntable_id 3\nlogQueryInterval 2\n\
                              peer_address 192.168.4.44\nUDPv4 192.168.4.44\n[eth0]\nunicast_master_table 1\n[eth1]\n\
                              network_transport L2\nunicast_master_table 2\n";
const CMLDS_SERVER: &str = "clientOnly 1\nfree_running 1\nignore_transport_specific 1\ntransportSpecific 2\n";
const CMLDS_CLIENT: &str = "gmCapable 1\npriority1 248\npriority2 248\nlogAnnounceInterval 0\nlogSyncInterval -3\n\
                            syncReceiptTimeout 3\nassume_two_step 1\npath_trace_enabled 1\nfollow_up_info 1\n\
                            transportSpecific 0x1\nptp_dst_mac 01:80:C2:00:00:0E\nnetwork_transport L2\n\
                            delay_mechanism COMMON_P2P\ncmlds.server_address /var/run/cmlds_server\n";
const TS2PHC: &str = "use_syslog 0\nverbose 1\nlogging_level 6\n";

const OF_UNICAST: &[&str] = &["inhibit_multicast_service", "unicast_listen"];
const OF_GPTP: &[&str] = &["neighborPropDelayThresh", "assume_two_step", "follow_up_info"];
const OF_AUTOMOTIVE: &[&str] = &["inhibit_announce", "asCapable"];
const OF_CMLDS_CLIENT: &[&str] =
    &["assume_two_step", "follow_up_info", "delay_mechanism", "cmlds.client_address", "phc_index"];
const OF_SECURITY: &[&str] = &["spp", "active_key_id"];

/// What it says, by the numbers of the lines, of a file that begins with [global]; the status with it.
fn check(text: &str) -> (Option<i32>, Vec<(usize, String)>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syntone"));
    command.args(["run", "--check", "-i", "eth0", "-i", "eth1", "-f", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    write!(process.stdin.take().expect("its input"), "[global]\n{text}").expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().map(|line| {
        let (number, words) = line.strip_prefix("error: -:").and_then(|line| line.split_once(": ")).expect(line);
        (number.parse().expect(line), words.to_owned())
    });
    (output.status.code(), told.collect())
}

/// The file `name` is taken, but for what is `missing`, each of which is named in its line.
fn lacks(name: &str, text: &str, missing: &[&[&str]]) {
    let (status, told) = check(text);
    let mut named: Vec<&str> = Vec::new();
    for (line, words) in &told {
        let option = text.lines().nth(line - 2).and_then(|line| line.split(' ').next()).expect("a line of the file");
        // A section is refused as a whole.
        let begin = if option.starts_with('[') { format!("{option} is") } else { format!("{option} \"") };
        assert!(words.starts_with(&begin) && words.contains("is not supported: "), "{name}: {words}");
        named.push(option);
    }
    named.sort_unstable();
    let mut missing = missing.concat();
    missing.sort_unstable();
    let expected = if missing.is_empty() { 0 } else { 2 };
    assert_eq!((named, status), (missing, Some(expected)), "{name}");
}

#[test]
fn profiles_of_default_telecom_and_automotive_networks() {
    lacks(
        "default",
        "ptp_dst_mac 01:1B:19:00:00:00\np2p_dst_mac 01:80:C2:00:00:0E\npower_profile.version none\nspp -1\n",
        &[],
    );
    let full = "logAnnounceInterval -3\nlogSyncInterval -4\nlogMinDelayReqInterval -4\ndelay_request_variability 0.3\n\
                ptp_dst_mac 01:80:C2:00:00:0E\nnetwork_transport L2\ndomainNumber 24\n";
    lacks("G.8275.1", &format!("{G_8275}{full}"), &[&["dataset_comparison", "delay_request_variability"]]);
    let partial = format!("{G_8275}{UNICAST}{REQUESTS}logAnnounceInterval 0\ndomainNumber 44\n");
    lacks("G.8275.2", &partial, &[OF_UNICAST, &["dataset_comparison", "unicast_req_duration"]]);
    let frequency = format!("serverOnly 0\ndomainNumber 4\n{UNICAST}{REQUESTS}");
    lacks("G.8265.1", &frequency, &[OF_UNICAST, &["unicast_req_duration"]]);
    lacks("gPTP", GPTP, &[OF_GPTP]);
    let master = format!("{GPTP}{AUTOMOTIVE}serverOnly 1\ninhibit_delay_req 1\n");
    lacks("automotive-master", &master, &[OF_GPTP, OF_AUTOMOTIVE, &["inhibit_delay_req"]]);
    let own = "clientOnly 1\nignore_source_id 1\nstep_threshold 1\noperLogSyncInterval 0\noperLogPdelayReqInterval 2\n\
               msg_interval_request 1\nservo_offset_threshold 30\nservo_num_offset_values 10\n";
    lacks("automotive-slave", &format!("{GPTP}{AUTOMOTIVE}{own}"), &[OF_GPTP, OF_AUTOMOTIVE, &["ignore_source_id"]]);
}

#[test]
fn files_of_transparent_clocks_unicast_and_pulses() {
    lacks("E2E-TC", &format!("clock_type E2E_TC\n{TRANSPARENT}"), &[&["tc_spanning_tree"]]);
    let peer = format!("clock_type P2P_TC\ndelay_mechanism P2P\n{TRANSPARENT}");
    lacks("P2P-TC", &peer, &[&["tc_spanning_tree"]]);
    lacks("UNICAST-MASTER", UNICAST, &[OF_UNICAST]);
    let tables = ["[unicast_master_table]"; 3];
    let of_slave = ["unicast_req_duration", "unicast_master_table", "unicast_master_table"];
    lacks("UNICAST-SLAVE", &format!("{REQUESTS}{UNICAST_TABLES}"), &[&tables, &of_slave]);
    let generic =
        "ts2phc.pulsewidth 100000000\n[eth1]\nts2phc.channel 0\nts2phc.extts_polarity both\nts2phc.pin_index 0\n";
    lacks("ts2phc-generic", &format!("{TS2PHC}{generic}"), &[&["ts2phc.pulsewidth", "ts2phc.extts_polarity"]]);
    let chain = "ts2phc.pulsewidth 500000000\n[eth1]\nts2phc.channel 0\nts2phc.master 1\nts2phc.pin_index 0\n\
                 [eth0]\nts2phc.channel 0\nts2phc.extts_polarity both\nts2phc.pin_index 0\n";
    let of_chain = ["ts2phc.pulsewidth", "ts2phc.master", "ts2phc.extts_polarity"];
    lacks("ts2phc-TC", &format!("{TS2PHC}{chain}"), &[&of_chain]);
}

#[test]
fn files_of_the_common_link_delay_service_and_of_authentication() {
    let server =
        "clockIdentity C37D50.0000.000000\nuds_address /var/run/ptp/cmlds_server\n[eth1]\ndelay_mechanism P2P\n";
    lacks("CMLDS_server", &format!("{CMLDS_SERVER}{server}"), &[&["ignore_transport_specific"]]);
    lacks("CMLDS_client", "[eth1]\ndelay_mechanism COMMON_P2P\n", &[&["delay_mechanism"]]);
    let gptp = "clockIdentity 000001.0000.800000\nuds_address /var/run/cmlds_server\ndelay_mechanism P2P\nfollow_up_info 1\n\
                allowedLostResponses 9\nassume_two_step 1\nmin_neighbor_prop_delay -20000000\n\
                neighborPropDelayThresh 800\nnetwork_transport L2\nphc_index 4\n";
    let missing = ["ignore_transport_specific", "allowedLostResponses", "phc_index"];
    lacks("gPTP_CMLDS_server", &format!("{CMLDS_SERVER}{gptp}"), &[OF_GPTP, &missing]);
    for domain in ["0", "1"] {
        let own = format!(
            "domainNumber {domain}\ncmlds.client_address /var/run/cmlds-client-{domain}\n\
             uds_address /var/run/cmlds-domain-{domain}\nclockIdentity 00000{domain}.0000.000000\nphc_index 4\n"
        );
        lacks("gPTP_CMLDS_domain", &format!("{CMLDS_CLIENT}{own}"), &[OF_CMLDS_CLIENT]);
    }
    let ports = "spp 0\nactive_key_id 2\nsa_file configs/sa.cfg\n[eth1]\nspp 1\nactive_key_id 1\n[eth0]\nspp 1\n\
                 active_key_id 3\n[eth3]\nactive_key_id 1\n";
    lacks("authentication", ports, &[OF_SECURITY, &["sa_file"], OF_SECURITY, OF_SECURITY, &["active_key_id"]]);
    let keys = "[security_association]\nspp 0\nallow_mutable 1\n1 SHA256-128 HEX:00\n[security_association]\nspp 1\n\
                seqid_window 20\n1 AES128 B64:AAAA\n";
    lacks("sa", keys, &[&["[security_association]"; 2]]);
}
