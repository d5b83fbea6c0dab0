//! A transparent clock against whatever can come in, in any order. What leaves is what came in, but for a correctionField
//! that has grown by the time that the message stayed, and a twoStepFlag.

use super::operations::input::Bytes;
use std::collections::BTreeSet;
use syntone::clock::transparent::{Input, Output, TransparentClock, TransparentConfig, TransparentPortConfig};
use syntone::servo::Adjustment;
use syntone::wire::{ClockIdentity, MessageType};
use syntone_hal::{
    ClockLimits, EgressStamp, ErrorKind, Forward, FrequencyOffset, Instant, OneStep, PortCapabilities, PortIndex,
    Received, Ticket, Timestamp,
};

const PORTS: usize = 3;
const HELD: usize = 2;
const OWN: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0080);
/// Nanoseconds at the start.
const START: u64 = 1_700_000_000_000_000_000;

/// A message that came in and may have been taken.
struct Seen {
    port: u8,
    octets: Vec<u8>,
    stamp: Option<Timestamp>,
}

/// A message that is stamped where it leaves.
struct Left {
    ticket: u32,
    seen: usize,
    port: u8,
}

/// How long a message stayed until it left by a port, in units of 2⁻¹⁶ ns.
struct Stayed {
    seen: usize,
    port: u8,
    interval: i64,
}

struct Bench {
    clock: TransparentClock<PORTS, 4, HELD>,
    now: u64,
    /// Ports that correct as a message leaves.
    one_step: [bool; PORTS],
    seen: Vec<Seen>,
    left: Vec<Left>,
    stayed: Vec<Stayed>,
    sent: BTreeSet<u8>,
}

/// Reads `data` as one operation after the other; says which types of messages left.
///
/// # Panics
/// When something does not hold.
pub fn transparent(data: &[u8]) -> BTreeSet<u8> {
    let mut bytes = Bytes::new(data);
    let ports = std::array::from_fn(|_| TransparentPortConfig::default());
    let clock = TransparentClock::new(&TransparentConfig::new(OWN), &ports).expect("good settings");
    let (seen, left, stayed) = (Vec::new(), Vec::new(), Vec::new());
    let mut bench = Bench { clock, now: 1_000, one_step: [false; PORTS], seen, left, stayed, sent: BTreeSet::new() };
    let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(100_000), can_step: true };
    bench.handle(Input::Start(limits));
    while !bytes.is_empty() {
        bench.operation(&mut bytes);
    }
    bench.sent
}

impl Bench {
    fn handle(&mut self, input: Input<'_>) {
        self.clock.handle(Instant::from_nanos(self.now), input);
    }

    fn stamp(&self) -> Timestamp {
        Timestamp::from_nanos(START + self.now)
    }

    fn operation(&mut self, bytes: &mut Bytes<'_>) {
        let choice = bytes.u8();
        let port = PortIndex(choice >> 4 & 3);
        let mut buffer = [0xEE; 256];
        match choice & 0x0F {
            0..=8 => self.frame(port, bytes, &mut buffer),
            9..=11 => self.egress(bytes.u8()),
            12 => self.now += 1 << (bytes.u8() % 32),
            13 => self.handle(Input::Link(port, bytes.u8() & 3 != 0)),
            14 => self.clock.set_forwarding(port, bytes.u8() & 3 != 0),
            _ => self.change(port, bytes.u8()),
        }
        self.drain(&mut buffer);
    }

    /// Few senders, numbers and domains, so that messages belong together often.
    fn frame(&mut self, port: PortIndex, bytes: &mut Bytes<'_>, buffer: &mut [u8; 256]) {
        let kinds = [0, 0, 8, 8, 1, 9, 2, 3, 10, 0xB, 0xC, 0xD, 5, 0xE, 1, 9];
        let (bits, names) = (bytes.u8(), bytes.u8());
        let kind = kinds[usize::from(bits & 0x0F)];
        let mut octets = vec![0; usize::from(MessageType(kind).minimum_length().unwrap_or(34))];
        (octets[0], octets[1], octets[4]) = (kind, 0x12, names & 1);
        octets[6] = if bits & 0x10 != 0 { 2 } else { 0 };
        octets[8..16].copy_from_slice(&(bytes.i64() >> 16).to_be_bytes());
        octets[27] = names >> 1 & 1;
        octets[31] = names >> 2 & 1;
        if matches!(kind, 3 | 9 | 10) {
            octets[51] = names >> 3 & 1;
        }
        octets.extend_from_slice(bytes.take(usize::from(bits >> 5)));
        let length = u16::try_from(octets.len()).expect("short");
        octets[2..4].copy_from_slice(&length.to_be_bytes());
        if names & 0x80 != 0 {
            // Anything at all.
            octets.truncate(usize::from(names & 0x7F));
        }
        let stamp = (kind < 8 && names & 0x40 == 0).then(|| self.stamp());
        buffer[..octets.len()].copy_from_slice(&octets);
        let received = Received { port, length: octets.len(), source: None, destination: None, stamp };
        self.handle(Input::Frame(&received, &octets));
        self.seen.push(Seen { port: port.0, octets, stamp });
    }

    fn egress(&mut self, bits: u8) {
        if self.left.is_empty() {
            return;
        }
        let Left { ticket, seen, port } = self.left.remove(usize::from(bits & 0x3F) % self.left.len());
        let stamp = (bits & 0xC0 != 0).then(|| self.stamp());
        if let (Some(stamp), Some(ingress)) = (stamp, self.seen[seen].stamp) {
            self.stayed.push(Stayed { seen, port, interval: stamp.since(ingress).scaled() });
        }
        self.handle(Input::Egress(EgressStamp { ticket: Ticket::from_raw(ticket), stamp }));
    }

    fn change(&mut self, port: PortIndex, bits: u8) {
        match bits & 3 {
            0 => self.handle(Input::Stepped),
            1 => self.handle(Input::SendFailed(port, ErrorKind::Busy)),
            2 => {
                let ticket = Ticket::from_raw(u32::from(bits).wrapping_mul(0x0104_0311));
                self.handle(Input::Egress(EgressStamp { ticket, stamp: None }));
            }
            _ => {
                let capabilities =
                    PortCapabilities { one_step_residence: bits & 4 != 0, ..PortCapabilities::default() };
                if let Some(on) = self.one_step.get_mut(port.get()) {
                    *on = bits & 4 != 0;
                }
                self.handle(Input::Capabilities(port, capabilities));
            }
        }
    }

    /// One input leads to so many outputs at the most.
    fn drain(&mut self, buffer: &mut [u8; 256]) {
        for _ in 0..=PORTS * (1 + HELD) {
            match self.clock.poll(Instant::from_nanos(self.now), buffer) {
                Output::Wait(_) => return,
                Output::Adjust(_) => self.handle(Input::Adjusted(Adjustment::NONE)),
                Output::Send { forward, length } => self.check(forward, &buffer[..length]),
            }
        }
        panic!("no end of outputs");
    }

    fn check(&mut self, forward: Forward, octets: &[u8]) {
        let port = forward.transmit.port.0;
        assert!(usize::from(port) < PORTS && self.clock.is_forwarding(PortIndex(port)), "leaves by a closed port");
        let kind = octets[0] & 0x0F;
        self.sent.insert(kind);
        assert_eq!(forward.transmit.ticket.is_some() || forward.transmit.one_step.is_some(), kind < 8);
        if kind >= 8 {
            // The one that came in last may not be the one: some wait.
            let mut alike = self.alike(port, octets);
            let known = |index: usize| self.is_known(index, port, grown(&self.seen[index].octets, octets));
            assert!(alike.any(known) || self.is_made(port, octets), "grown out of nothing: {octets:?}");
            return;
        }
        let original = self.alike(port, octets).last().expect("what came in");
        let Seen { octets: before, stamp, .. } = &self.seen[original];
        let (grown, flag) = (grown(before, octets), octets[6] ^ before[6]);
        if forward.transmit.one_step == Some(OneStep::Elapsed) {
            let since = stamp.expect("stamped").wrapping_scaled();
            assert!(self.is_known(original, port, grown.wrapping_add(since)), "{octets:?}");
            assert_eq!(flag, 0, "it stays as it is");
        } else {
            assert_eq!(grown, 0, "{octets:?}");
            assert!(flag == 0 || octets[6] == 2 && matches!(kind, 0 | 3), "{octets:?}");
        }
        if let Some(ticket) = forward.transmit.ticket {
            self.left.push(Left { ticket: ticket.into_raw(), seen: original, port });
        }
    }

    /// What came in by another port and may be what leaves by this one.
    fn alike<'a>(&'a self, port: u8, octets: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let of = move |seen: &Seen| seen.port != port && is_alike(&seen.octets, octets);
        (0..self.seen.len()).filter(move |index| of(&self.seen[*index]))
    }

    /// A message that follows a one-step message where that left in two steps.
    fn is_made(&self, port: u8, octets: &[u8]) -> bool {
        let followed = match octets[0] & 0x0F {
            8 => 0,
            10 => 3,
            _ => return false,
        };
        let of = |seen: &&Seen| {
            let before = &seen.octets;
            before.len() >= octets.len()
                && before[0] == followed
                && before[6] == 0
                && before[4..6] == octets[4..6]
                && before[16..32] == octets[16..32]
                && before[34..octets.len()] == octets[34..]
        };
        let known = (0..self.seen.len()).filter(|index| of(&&self.seen[*index]));
        known.flat_map(|event| self.sums(event, port)).any(|sum| is_near(sum, correction(octets)))
    }

    /// Whether a message may grow by so much where it leaves by `port`.
    fn is_known(&self, seen: usize, port: u8, grown: i64) -> bool {
        let Seen { octets, port: via, .. } = &self.seen[seen];
        let requests = || self.belonging(octets, 1).chain(self.belonging(octets, 2));
        match octets[0] & 0x0F {
            3 => grown == 0 || requests().any(|request| self.has_stayed(request, *via, grown)),
            8 => grown == 0 || self.belonging(octets, 0).any(|sync| self.has_stayed(sync, port, grown)),
            9 => grown == 0 || requests().any(|request| self.has_stayed(request, *via, grown)),
            10 => {
                let responses = self.belonging(octets, 3);
                grown == 0 || responses.flat_map(|event| self.sums(event, port)).any(|sum| is_near(sum, grown))
            }
            _ => grown == 0,
        }
    }

    /// What may be added to what follows an event message at `port`: its time, and that of the request that it answers.
    fn sums(&self, event: usize, port: u8) -> Vec<i64> {
        let Seen { octets, port: via, .. } = &self.seen[event];
        let own = self.stayed.iter().filter(|stayed| stayed.seen == event && stayed.port == port);
        let mut requests: Vec<i64> = vec![0];
        if octets[0] & 0x0F == 3 {
            let stayed =
                |request| self.stayed.iter().filter(move |stayed| stayed.seen == request && stayed.port == *via);
            requests.extend(self.belonging(octets, 2).flat_map(stayed).map(|stayed| stayed.interval));
        }
        own.flat_map(|own| requests.iter().map(move |request| own.interval + request)).collect()
    }

    fn has_stayed(&self, seen: usize, port: u8, interval: i64) -> bool {
        let same = |stayed: &&Stayed| stayed.seen == seen && stayed.port == port;
        self.stayed.iter().filter(same).any(|stayed| is_near(stayed.interval, interval))
    }

    /// The messages of `kind` that a message follows or answers.
    fn belonging<'a>(&'a self, octets: &'a [u8], kind: u8) -> impl Iterator<Item = usize> + 'a {
        let asked = kind == 1 || kind == 2;
        let of = move |seen: &Seen| {
            // A message that is too short to name it belongs to none.
            let Some(owner) = octets.get(if asked { 44..54 } else { 20..30 }) else { return false };
            seen.octets.first() == Some(&kind)
                && seen.octets.len() >= 44
                && &seen.octets[20..30] == owner
                && seen.octets[30..32] == octets[30..32]
                && seen.octets[4] == octets[4]
                && (kind != 3 || seen.octets.get(44..54) == octets.get(44..54))
        };
        (0..self.seen.len()).filter(move |index| of(&self.seen[*index]))
    }
}

/// All but correctionField and twoStepFlag is the same.
fn is_alike(before: &[u8], after: &[u8]) -> bool {
    let rest = |octets: &[u8]| [&octets[..6], &[octets[6] & !2], &octets[7..8], &octets[16..]].concat();
    before.len() == after.len() && before.len() >= 34 && rest(before) == rest(after)
}

fn correction(octets: &[u8]) -> i64 {
    i64::from_be_bytes(octets[8..16].try_into().expect("eight octets"))
}

fn grown(before: &[u8], after: &[u8]) -> i64 {
    correction(after).wrapping_sub(correction(before))
}

/// The same but for the rate of a master, which is at most 250 ppm.
fn is_near(stayed: i64, grown: i64) -> bool {
    (stayed - grown).abs() <= stayed / 4_000 + 4
}
