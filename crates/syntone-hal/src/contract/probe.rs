//! The messages that the checks send both ways, and how they are told from others.

use super::measure::{clock, monotonic};
use super::{Fixture, Injected, Stop, Taken, Value};
use crate::{Hal, HalError, MessageClass, NetworkHal, PortIndex, Received, Ticket, Timestamp, TimestampHal, Transmit};
use core::ops::Range;

/// The longest message that the checks use, in octets.
const LONGEST: usize = 240;
/// The clockIdentity of the checks' messages, at octet 20 of the header.
const IDENTITY: &[u8; 8] = b"contract";
const IDENTITY_AT: usize = 20;
const SLICES: u64 = 64;

/// Where correctionField is.
pub(super) const CORRECTION: Range<usize> = 8..16;

/// One message of the checks.
#[derive(Clone)]
pub(super) struct Probe {
    octets: [u8; LONGEST],
    length: usize,
    pub(super) class: MessageClass,
}

impl Probe {
    /// A Sync, for an event, or a Follow_Up; `length` from 44 to [`LONGEST`], `number` tells it from others of a check.
    pub(super) fn new(class: MessageClass, length: u8, number: u8) -> Self {
        let mut octets = [0; LONGEST];
        let kind = if class == MessageClass::Event { 0x00 } else { 0x08 };
        let control = if class == MessageClass::Event { 0x00 } else { 0x02 };
        // twoStepFlag, where a stamp is wanted: hardware that can do one step goes by it.
        let two_step = if class == MessageClass::Event { 0x02 } else { 0x00 };
        let start = [kind, 0x02, 0x00, length, 127, 0x00, two_step];
        let end = [0x00, 0x01, 0xC0, number, control, 0x7F];
        write(&mut octets, 0, &start);
        write(&mut octets, IDENTITY_AT, IDENTITY);
        write(&mut octets, 28, &end);
        let length = usize::from(length).min(LONGEST);
        for (octet, pattern) in octets.iter_mut().zip(0..=u8::MAX).take(length).skip(34) {
            *octet = pattern ^ number;
        }
        Self { octets, length, class }
    }

    pub(super) fn event(number: u8) -> Self {
        Self::new(MessageClass::Event, 44, number)
    }

    /// The same as a message of another type.
    pub(super) fn typed(mut self, message_type: u8) -> Self {
        write(&mut self.octets, 0, &[message_type]);
        self
    }

    /// The same without twoStepFlag.
    pub(super) fn in_one_step(self) -> Self {
        self.with(6, &[0])
    }

    /// The same with other octets at a place.
    pub(super) fn with(mut self, at: usize, part: &[u8]) -> Self {
        write(&mut self.octets, at, part);
        self
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or(&[])
    }

    /// So many octets from a place on; zeros where there are none.
    pub(super) fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        self.octets.get(at..).and_then(|octets| octets.first_chunk()).copied().unwrap_or([0; N])
    }

    /// correctionField, in units of 2⁻¹⁶ ns.
    pub(super) fn correction(&self) -> i64 {
        i64::from_be_bytes(self.part(CORRECTION.start))
    }

    /// What `received` octets are to this probe.
    pub(super) fn compare(&self, received: &[u8]) -> Match {
        let identity = received.windows(IDENTITY.len()).position(|octets| octets == IDENTITY);
        match identity {
            Some(IDENTITY_AT) if received.get(28..32) != self.octets.get(28..32) => Match::Other,
            Some(IDENTITY_AT) if received.get(..self.length) == Some(self.octets()) => Match::Whole,
            Some(IDENTITY_AT) => Match::Broken,
            Some(place) if place > IDENTITY_AT => Match::StartsLate(place.saturating_sub(IDENTITY_AT)),
            Some(_) => Match::Broken,
            None => Match::Other,
        }
    }

    /// Ends the check if `received` octets are this probe, but not as they were sent.
    pub(super) fn is(&self, of: &'static str, received: &[u8]) -> Result<bool, Stop> {
        let expected = Value::Text("the octets that were sent, from the PTP header on");
        match self.compare(received) {
            Match::Whole => Ok(true),
            Match::Other => Ok(false),
            Match::Broken if received.len() < self.length => Err(length(of, self.length, received.len())),
            Match::Broken => Err(Stop::failed(of, expected, Value::Text("other octets"))),
            Match::StartsLate(by) => {
                let seen = Value::Number(i64::try_from(by).unwrap_or(i64::MAX), "octets before the PTP header");
                Err(Stop::failed(of, expected, seen).hinted("strip the transport headers"))
            }
        }
    }
}

/// What received octets are to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Another message.
    Other,
    /// This one, as it was sent.
    Whole,
    /// This one, cut or changed.
    Broken,
    /// Some probe, with so many octets before it.
    StartsLate(usize),
}

fn length(of: &'static str, expected: usize, seen: usize) -> Stop {
    let number = |value| Value::Number(i64::try_from(value).unwrap_or(i64::MAX), "octets");
    Stop::failed(of, number(expected), number(seen))
}

fn write(octets: &mut [u8], at: usize, part: &[u8]) {
    for (octet, value) in octets.iter_mut().skip(at).zip(part) {
        *octet = *value;
    }
}

/// Takes everything that earlier checks left behind.
pub(super) fn drain<F: Fixture>(fixture: &mut F) {
    let mut buffer = [0; 2_048];
    for _ in 0..64_u8 {
        let received = !matches!(fixture.hal().receive(&mut buffer), Ok(None));
        let stamped = !matches!(fixture.hal().poll_egress(), Ok(None));
        if !received && !stamped {
            return;
        }
    }
}

/// Lets the peer at `port` send `probe`; between which moments of the clock it arrived.
pub(super) fn inject<F: Fixture>(
    fixture: &mut F,
    port: PortIndex,
    probe: &Probe,
) -> Result<(Timestamp, Timestamp), Stop> {
    let before = clock(fixture)?;
    match fixture.inject(port, probe.class, probe.octets()) {
        Injected::Unsupported => Err(Stop::Skipped("the fixture has no peer that sends")),
        Injected::At(moment) => Ok((moment, moment)),
        Injected::Sent => Ok((before, clock(fixture)?)),
    }
}

/// Receives `probe`, passing over messages that are not the checks'; ends the check if it does not come whole.
pub(super) fn receive<F: Fixture>(fixture: &mut F, probe: &Probe) -> Result<Received, Stop> {
    match receive_any(fixture, core::slice::from_ref(probe))? {
        Some((_, received)) => Ok(received),
        None => Err(Stop::failed("receiving", Value::Text("the message that was sent"), Value::Text("none"))),
    }
}

/// Receives any of `probes`: which one, and what the driver said of it. `None` when none comes in time.
pub(super) fn receive_any<F: Fixture>(fixture: &mut F, probes: &[Probe]) -> Result<Option<(usize, Received)>, Stop> {
    let mut buffer = [0; 2_048];
    wait_for(fixture, |hal| {
        let received = hal.receive(&mut buffer).map_err(Stop::error("receiving"))?;
        let Some(received) = received else { return Ok(Step::Wait) };
        let Some(octets) = buffer.get(..received.length) else {
            return Err(length("the length of a received message", buffer.len(), received.length));
        };
        for (place, probe) in probes.iter().enumerate() {
            if probe.is("a received message", octets)? {
                return Ok(Step::Done((place, received)));
            }
        }
        Ok(Step::Again)
    })
}

/// What one look brought.
pub(super) enum Step<T> {
    /// What was waited for.
    Done(T),
    /// Something else: look again at once.
    Again,
    /// Nothing: let time pass.
    Wait,
}

/// Looks until it is done or the time for handing over has passed.
pub(super) fn wait_for<F: Fixture, T>(
    fixture: &mut F,
    mut look: impl FnMut(&mut F::Hal) -> Result<Step<T>, Stop>,
) -> Result<Option<T>, Stop> {
    let limit = fixture.bounds().handover_nanos;
    let start = monotonic(fixture);
    // Both are limited: the time, and the number of looks in case the driver never runs dry.
    for _ in 0..4_096_u16 {
        match look(fixture.hal())? {
            Step::Done(found) => return Ok(Some(found)),
            Step::Again => {}
            Step::Wait if monotonic(fixture).nanos_since(start) > limit => return Ok(None),
            Step::Wait => fixture.pass(limit.wrapping_div(SLICES).max(1)),
        }
    }
    Ok(None)
}

/// Sends `probe` through `port`, an event message under `ticket`; between which moments of the clock it was handed over.
pub(super) fn send<F: Fixture>(
    fixture: &mut F,
    port: PortIndex,
    probe: &Probe,
    ticket: u32,
) -> Result<(Timestamp, Timestamp), Stop> {
    let destination = fixture.destination(port);
    let ticket = (probe.class == MessageClass::Event).then(|| Ticket::from_raw(ticket));
    let before = clock(fixture)?;
    let transmit = Transmit { port, destination, ticket, one_step: None };
    fixture.hal().send(transmit, probe.octets()).map_err(Stop::error("sending"))?;
    Ok((before, clock(fixture)?))
}

/// The next egress stamp: its ticket's number and what it says.
pub(super) fn poll<H: Hal>(hal: &mut H) -> Result<Option<(u32, Option<Timestamp>)>, Stop> {
    match hal.poll_egress() {
        Ok(stamp) => Ok(stamp.map(|stamp| (stamp.ticket.into_raw(), stamp.stamp))),
        Err(error) => Err(Stop::failed("polling egress stamps", Value::Text("no error"), Value::Error(error.kind()))),
    }
}

/// Waits until the peer at `port` has received `probe`, and gives it as it arrived: the octets at `free` may be others.
pub(super) fn taken<F: Fixture>(
    fixture: &mut F,
    port: PortIndex,
    probe: &Probe,
    free: &[Range<usize>],
) -> Result<Probe, Stop> {
    let mut buffer = [0; 2_048];
    for _ in 0..256_u16 {
        match fixture.take_sent(port, &mut buffer) {
            Taken::Unsupported => return Err(Stop::Skipped("the fixture has no peer that receives")),
            Taken::Nothing => fixture.pass(fixture.bounds().handover_nanos.wrapping_div(SLICES).max(1)),
            Taken::Message(length) => {
                let octets = buffer.get(..length).unwrap_or(&buffer);
                let arrived = free.iter().fold(probe.clone(), |arrived, free| {
                    let part = octets.get(free.clone()).unwrap_or(&[]);
                    arrived.with(free.start, part)
                });
                if arrived.is("a message that was sent", octets)? {
                    return Ok(arrived);
                }
            }
        }
    }
    Err(Stop::failed("sending", Value::Text("the message at the peer"), Value::Text("none")))
}

/// Takes the stamp of a message that was sent as an event: it may come late, and must not meet what follows.
pub(super) fn take_stamps<F: Fixture>(fixture: &mut F, class: MessageClass) -> Result<(), Stop> {
    if class == MessageClass::Event {
        wait_for(fixture, |hal| Ok(poll(hal)?.map_or(Step::Wait, |_| Step::Done(()))))?;
    }
    Ok(())
}
