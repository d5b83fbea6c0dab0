//! Who is what, seen from the wire: independent of what the programs say about themselves.

use crate::netns::{Lan, require_tool};
use crate::process::Process;
use std::collections::BTreeSet;
use std::time::Duration;

/// Watches all PTP messages of a network with a switch.
#[derive(Debug)]
pub struct Observer(Process);

/// What the clocks of a network do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Clock identities of those that send Announce messages.
    pub masters: BTreeSet<String>,
    /// Clock identities of those that send Delay_Req messages.
    pub slaves: BTreeSet<String>,
    /// The grandmasters that are announced.
    pub grandmasters: BTreeSet<String>,
}

/// One message, as far as it tells roles.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Announce { sender: String, grandmaster: String },
    DelayReq { sender: String },
}

impl Observer {
    /// Starts to watch.
    #[must_use]
    pub fn start(lan: &Lan) -> Self {
        require_tool("tcpdump", "tcpdump");
        let filter = "ether proto 0x88f7 or udp port 319 or udp port 320";
        let options = format!("-i {} -n -l -q -t -xx -s 128 --immediate-mode", Lan::switch_interface());
        let mut arguments: Vec<_> = options.split_whitespace().collect();
        arguments.push(filter);
        let process = lan.spawn_in_switch("tcpdump", "tcpdump", &arguments);
        process.wait_for("start of the capture", Duration::from_secs(10), |line| {
            line.contains("listening on").then_some(())
        });
        Self(process.unshown())
    }

    /// Waits until, from now on, the last `announces` Announce messages have come from `master` alone, with itself as
    /// grandmaster, and since the first of these exactly `slaves` have sent Delay_Req.
    #[track_caller]
    pub fn wait_for_roles(&self, master: &str, slaves: &[&str], announces: usize, limit: Duration) {
        let mut frames = Frames::default();
        let mut seen: Vec<Seen> = Vec::new();
        let wanted = Roles {
            masters: BTreeSet::from([master.to_owned()]),
            slaves: slaves.iter().map(|slave| (*slave).to_owned()).collect(),
            grandmasters: BTreeSet::from([master.to_owned()]),
        };
        let mut last = None;
        let found = self.0.poll_for_after(self.0.mark(), limit, |line| {
            seen.extend(frames.take(line).and_then(|frame| parse(&frame)));
            last = roles_of_last(&seen, announces);
            (last.as_ref()? == &wanted).then_some(())
        });
        assert!(found.is_some(), "after {limit:?} the roles are\n{last:?}, not\n{wanted:?}");
    }

    /// Waits until, from now on, `count` Delay_Reqs and as many Delay_Resps were seen, and says of how many of each the frame
    /// was for one station alone and the message said so by its unicastFlag.
    #[track_caller]
    #[must_use]
    pub fn unicast_delay_messages(&self, count: usize, limit: Duration) -> [usize; 2] {
        let mut frames = Frames::default();
        let (mut seen, mut unicast) = ([0; 2], [0; 2]);
        let found = self.0.poll_for_after(self.0.mark(), limit, |line| {
            let frame = frames.take(line)?;
            let message = message_of(&frame)?;
            let place = match message.first()? & 0x0F {
                0x1 => 0,
                0x9 => 1,
                _ => return None,
            };
            if seen[place] < count {
                seen[place] += 1;
                let (station, flag) = (frame.first()? & 1 == 0, message.get(6)? & 0x04 != 0);
                unicast[place] += usize::from(station && flag);
            }
            (seen == [count; 2]).then_some(())
        });
        assert!(found.is_some(), "after {limit:?} {seen:?} Delay_Reqs and Delay_Resps were seen, not {count}");
        unicast
    }
}

/// The roles since the Announce message that is `announces` from the end.
fn roles_of_last(seen: &[Seen], announces: usize) -> Option<Roles> {
    let is_announce = |(index, seen): (usize, &Seen)| matches!(seen, Seen::Announce { .. }).then_some(index);
    let first = seen.iter().enumerate().filter_map(is_announce).rev().nth(announces - 1)?;
    let mut roles = Roles::default();
    for seen in &seen[first..] {
        match seen.clone() {
            Seen::Announce { sender, grandmaster } => {
                roles.masters.insert(sender);
                roles.grandmasters.insert(grandmaster);
            }
            Seen::DelayReq { sender } => {
                roles.slaves.insert(sender);
            }
        }
    }
    Some(roles)
}

/// The octets of the frame whose dump is under way.
#[derive(Debug, Default)]
struct Frames(Vec<u8>);

impl Frames {
    /// Takes the next line; gives the frame that ends before it.
    fn take(&mut self, line: &str) -> Option<Vec<u8>> {
        let Some(dump) = line.strip_prefix("\t0x") else { return Some(std::mem::take(&mut self.0)) };
        self.0.extend(hexadecimal(dump));
        None
    }
}

/// The octets of a line such as `0000:  0100 5e00 0181`, whose first three octets of a row have been cut off.
fn hexadecimal(dump: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        dump.split_once(':').map_or("", |(_, digits)| digits).bytes().filter(u8::is_ascii_hexdigit).collect();
    let octet = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    digits.chunks(2).filter_map(octet).collect()
}

fn message_of(frame: &[u8]) -> Option<&[u8]> {
    match frame.get(12..14)? {
        [0x88, 0xF7] => frame.get(14..),
        // IPv4 without options, UDP.
        [0x08, 0x00] => frame.get(42..),
        _ => None,
    }
}

fn parse(frame: &[u8]) -> Option<Seen> {
    let message = message_of(frame)?;
    let identity = |at: usize| {
        let octets = message.get(at..at + 8)?;
        Some(octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>())
    };
    match message.first()? & 0x0F {
        0x1 => Some(Seen::DelayReq { sender: identity(20)? }),
        0xB => Some(Seen::Announce { sender: identity(20)?, grandmaster: identity(53)? }),
        _ => None,
    }
}
