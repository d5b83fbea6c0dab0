//! Why there is no lock, in words: what was seen, what that means and what to do.

use syntone::counters::{Counters, Discard};
use syntone::wire::MessageType;

/// What is known of a clock that should follow a master and does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) counters: &'a Counters,
    pub(crate) link_up: bool,
    pub(crate) has_parent: bool,
    pub(crate) has_offset: bool,
    pub(crate) domain: u8,
    /// Where the port is, for messages, and its interface if it has one.
    pub(crate) place: &'a str,
    pub(crate) interface: Option<&'a str>,
    pub(crate) ethernet: bool,
}

/// Names the first thing that is missing on the way to a lock.
pub(crate) fn diagnose(evidence: &Evidence<'_>) -> String {
    let Evidence { counters, place, .. } = evidence;
    let received = |message_type| counters.received(message_type);
    if !evidence.link_up {
        format!("{place} has no link: check the cable and the other end")
    } else if counters.total_received() == 0 {
        nothing_accepted(evidence)
    } else if !evidence.has_parent && evidence.has_offset {
        format!("the master on {place} fell silent: is it still running? The frequency that it gave is held")
    } else if !evidence.has_parent {
        format!(
            "{} Announce came on {place}, but no master was chosen: it takes two within four announce intervals; check that \
             --log-announce-interval is the master's",
            received(MessageType::ANNOUNCE),
        )
    } else {
        no_offset(evidence)
    }
}

fn nothing_accepted(evidence: &Evidence<'_>) -> String {
    let Evidence { counters, place, domain, .. } = evidence;
    let count = |reason| counters.discarded(reason);
    let no_announce = "they are no Announce, but Sync or others: their sender is no complete master, or its Announce is lost \
                       on the way";
    let reasons = [
        (Discard::State, no_announce.into()),
        (Discard::Domain, format!("they are of another domain than {domain}; give theirs with --domain")),
        (Discard::Version, "they are not of PTP version 2 (version 1 is another protocol)".into()),
        (Discard::SdoId, "they have another sdoId (majorSdoId), such as those of gPTP (IEEE 802.1AS)".into()),
        (Discard::OwnIdentity, "they are our own: something on the network sends them back".into()),
        (Discard::Malformed, "their octets break the format; look at them with: syntone decode".into()),
    ];
    let most = reasons.into_iter().max_by_key(|(reason, _)| count(*reason)).filter(|(reason, _)| count(*reason) > 0);
    match most {
        Some((reason, why)) => format!("{} PTP messages came on {place}, and none could be used: {why}", count(reason)),
        None => {
            let filter = if evidence.ethernet { "ether proto 0x88f7" } else { "udp port 319 or udp port 320" };
            let blocked = if evidence.ethernet {
                "do switches pass 01:1b:19:00:00:00"
            } else {
                "do firewall and switches (IGMP snooping) pass UDP 319 and 320 to 224.0.1.129"
            };
            format!(
                "nothing was received on {place}: is a master running there with this transport, and {blocked}? See what \
                 comes in with: tcpdump -i {} '{filter}'",
                evidence.interface.unwrap_or("any")
            )
        }
    }
}

/// There is a master, and Announces of it, but no offset.
fn no_offset(evidence: &Evidence<'_>) -> String {
    let Evidence { counters, place, .. } = evidence;
    let received = |message_type| counters.received(message_type);
    let discarded = |reason| counters.discarded(reason);
    if received(MessageType::SYNC) == 0 {
        format!(
            "Announce but no Sync came on {place}: the master announces itself and gives no time, or a firewall drops UDP \
             port 319 and passes 320"
        )
    } else if discarded(Discard::NoStamp) > received(MessageType::SYNC) / 2 {
        format!("Sync came on {place} without receive time stamps: ethtool -T must list software-receive for it")
    } else if received(MessageType::FOLLOW_UP) == 0 && discarded(Discard::Incomplete) > 0 {
        format!("Sync came on {place}, but not the Follow_Up that they promise: does a firewall drop UDP port 320?")
    } else if counters.sent(MessageType::DELAY_REQ) == 0 {
        "no Delay_Req was sent so far: it takes a longer run".into()
    } else if discarded(Discard::EgressStampLost) > counters.sent(MessageType::DELAY_REQ) / 2 {
        format!("no transmit time stamps came from {place}: ethtool -T must list software-transmit for it")
    } else if received(MessageType::DELAY_RESP) == 0 {
        format!(
            "Sync came on {place}, but no Delay_Resp to {} Delay_Req: does the master use the peer delay mechanism (P2P), \
             or does a firewall on it drop UDP port 319?",
            counters.sent(MessageType::DELAY_REQ)
        )
    } else if evidence.has_offset {
        "the offset did not stay within the lock threshold for four Syncs so far: it takes a longer run, or the path is too uneven".into()
    } else {
        "all messages came, but too few so far to compute an offset: it takes a longer run".into()
    }
}
