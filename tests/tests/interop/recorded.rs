//! What Debian's linuxptp is too old for: a conversation of pmc and ptp4l of linuxptp's head, as it was recorded. What pmc said then is said to our
//! daemon. Needs root.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use syntone::management::{Outcome, Response};
use syntone::wire::{ManagementAction, ManagementData};
use syntone_tests::netns::{INTERFACE, Lan};
use syntone_tests::peers::{Settings, Transport, daemon, ptp4l_state};
use syntone_tests::vectors::{Vector, vectors};

const LIMIT: Duration = Duration::from_secs(40);

/// Everything as the ptp4l had it, but for its clockClass, which tells of a time that a clock of the daemon's own is not on.
const SETTINGS: &str = "clockIdentity 6278CD.FFFE.B2922B
clockClass 248
clockAccuracy 0x21
offsetScaledLogVariance 0x4e5d
timeSource 0x20
manufacturerIdentity 00:11:22
productDescription ACME;Model1;0001
revisionData 1;2;3
userDescription review lab
logAnnounceInterval -1
logSyncInterval -1
logMinDelayReqInterval -1
logMinPdelayReqInterval -1
power_profile.version 2017
power_profile.grandmasterID 0x0102";

/// Offsets in a message: of sequenceId, of controlField, which linuxptp leaves at 0, of the hops, of actionField, of the TLV and its data.
const SEQUENCE_ID: std::ops::Range<usize> = 30..32;
const CONTROL_FIELD: usize = 32;
const HOPS: std::ops::Range<usize> = 44..46;
const ACTION_FIELD: usize = 46;
const TLV: usize = 48;
const DATA: usize = 54;

/// A program at the socket of the daemon.
struct Pmc {
    socket: UnixDatagram,
    /// What nobody has waited for yet.
    heard: Vec<Vec<u8>>,
}

impl Pmc {
    fn at(lan: &Lan, daemon: &str) -> Self {
        let socket = UnixDatagram::bind(lan.file("pmc")).expect("a socket");
        socket.connect(lan.file(daemon)).expect("the daemon's");
        socket.set_read_timeout(Some(LIMIT / 4)).expect("a timeout");
        Self { socket, heard: Vec::new() }
    }

    fn send(&self, octets: &[u8]) {
        self.socket.send(octets).expect("it is sent");
    }

    /// Notifications come whenever something changes, so others may come before it.
    fn wait_for(&mut self, what: &str, is_it: impl Fn(&[u8]) -> bool) {
        loop {
            if let Some(index) = self.heard.iter().position(|octets| is_it(octets)) {
                self.heard.swap_remove(index);
                return;
            }
            let mut buffer = [0; 1500];
            let received = self.socket.recv(&mut buffer);
            let heard = || self.heard.iter().map(|octets| hexadecimal(octets)).collect::<Vec<_>>().join("\n");
            let length = received.unwrap_or_else(|error| panic!("{what}: {error}; heard:\n{}", heard()));
            self.heard.push(buffer[..length].to_vec());
        }
    }
}

/// Whether our answer has the octets of theirs, where both clocks are in the same state.
fn agree(theirs: &[u8], ours: &[u8]) -> bool {
    let (mut theirs, mut ours) = (theirs.to_vec(), ours.to_vec());
    let is_notification = theirs[HOPS] != [0, 0];
    for octets in [&mut theirs, &mut ours] {
        octets[CONTROL_FIELD] = 0;
        if is_notification {
            octets[SEQUENCE_ID].fill(0);
            // Theirs say that they could go further.
            octets[HOPS].fill(0);
        }
    }
    if theirs.len() > DATA && ours.get(TLV..DATA) == Some(&theirs[TLV..DATA]) {
        match theirs[DATA - 2..DATA] {
            // DEFAULT_DATA_SET, PARENT_DATA_SET, GRANDMASTER_SETTINGS_NP: clockClass.
            [0x20, 0x00] => theirs[DATA + 5] = 248,
            [0x20, 0x02] if theirs[DATA + 19] == 6 => theirs[DATA + 19] = 248,
            [0xC0, 0x01] if theirs[DATA] == 6 => theirs[DATA] = 248,
            // TIMESCALE_PROPERTIES: linuxptp leaves timeSource out.
            [0x20, 0x13] => theirs[DATA + 1] = 0x20,
            // SUBSCRIBE_EVENTS_NP: the seconds that are left.
            [0xC0, 0x03] if theirs[DATA + 1] == 59 => theirs[DATA + 1] = ours[DATA + 1].clamp(50, 60),
            // PORT_STATS_NP, PORT_SERVICE_STATS_NP: what was counted.
            [0xC0, 0x05 | 0x07] => [&mut theirs, &mut ours].into_iter().for_each(|octets| octets[DATA + 10..].fill(0)),
            _ => {}
        }
    }
    theirs == ours || described(&theirs).is_some_and(|told| Some(told) == described(&ours))
}

/// What of an answer the configuration says, where much else is the host's: addresses and profile, or the name of the interface.
fn described(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
    let Some(Response { outcome: Outcome::Data(data), .. }) = Response::parse(octets) else { return None };
    match data {
        ManagementData::ClockDescription(told) => Some(vec![
            told.manufacturer_identity.to_vec(),
            told.physical_layer_protocol.0.to_vec(),
            told.product_description.0.to_vec(),
            told.revision_data.0.to_vec(),
            told.user_description.0.to_vec(),
        ]),
        ManagementData::PortPropertiesNp(_) => Some(vec![octets[DATA..DATA + 12].to_vec()]),
        _ => None,
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Every id that linuxptp answers, what of them it sets, and its notifications.
#[test]
fn pmc_of_linuxptps_head_is_answered_as_by_its_ptp4l() {
    let lan = Lan::cable();
    let settings = Settings { priority1: 100, ..Settings::master(Transport::Udp4) };
    let (ours, _) = daemon(&lan, lan.host(0), "syntone", settings, &[INTERFACE], SETTINGS);
    ours.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let mut pmc = Pmc::at(&lan, "syntone.sock");
    let recorded: Vec<Vector> = vectors().into_iter().filter(|vector| vector.id.starts_with("mgmt-uds-")).collect();
    let is_request = |vector: &Vector| {
        let action = ManagementAction(vector.ptp[ACTION_FIELD] & 0xF);
        !matches!(action, ManagementAction::RESPONSE | ManagementAction::ACKNOWLEDGE)
    };
    let mut answers = 0;
    for both in recorded.chunk_by(|_, next| !is_request(next)) {
        let [request, theirs @ ..] = both else { unreachable!("a chunk begins") };
        pmc.send(&request.ptp);
        // The last tells of a link that neither measures, and is not told by ours.
        for theirs in theirs.iter().filter(|answer| answer.id != "mgmt-uds-115") {
            let told = format!("{} as {}", theirs.id, hexadecimal(&theirs.ptp));
            pmc.wait_for(&told, |ours| agree(&theirs.ptp, ours));
            answers += 1;
        }
    }
    assert_eq!(answers, 59);
    sets_a_power_profile(&mut pmc);
}

/// The SET is one of libptpmgmt, of which no answer is recorded.
fn sets_a_power_profile(pmc: &mut Pmc) {
    let recorded = vectors().into_iter().find(|vector| vector.id == "libptpmgmt-built-037").expect("it is recorded");
    let mut set = recorded.ptp;
    pmc.send(&set);
    pmc.wait_for("what was set", |ours| ours.get(TLV..) == Some(&set[TLV..]));
    // There is no third edition: MANAGEMENT_ERROR_STATUS, WRONG_VALUE.
    set[DATA + 1] = 3;
    pmc.send(&set);
    pmc.wait_for("a refusal", |ours| ours.get(TLV..) == Some(&[0, 2, 0, 8, 0, 4, 0xC0, 0x0A, 0, 0, 0, 0]));
}
