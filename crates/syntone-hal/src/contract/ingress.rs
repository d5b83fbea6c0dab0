//! Checks of what is received and of its time stamps, and of the ports' capabilities.

use super::measure::{at_once, hold, monotonic, near, run_fast_for_a_while, set_frequency, shortest, step};
use super::probe::{Match, Probe, Step, drain, inject, receive, receive_any, wait_for};
use super::report::{whom, within};
use super::{Direction, Fixture, Injected, Stop, Value};
use crate::{Destination, ErrorKind, FrequencyOffset, HalError, MessageClass, NetworkHal, PortIndex, TimestampHal};

const FIRST: PortIndex = PortIndex(0);
const STEP: i64 = 10_000_000_000;

/// What a port says it can do is plausible and does not change; asking for a port that is not there does no harm.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn capabilities_are_constant_and_plausible<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let _ = fixture.hal().capabilities(PortIndex(u8::MAX));
    for port in (0..fixture.ports()).map(PortIndex) {
        let seen = fixture.hal().capabilities(port);
        within("the resolution of the stamps", 0, 1_000_000_000, seen.resolution.nanos(), "ns")?;
        within("the ingress latency", -1_000_000_000, 1_000_000_000, seen.ingress_latency.nanos(), "ns")?;
        within("the egress latency", -1_000_000_000, 1_000_000_000, seen.egress_latency.nanos(), "ns")?;
        fixture.pass(1_000_000);
        if fixture.hal().capabilities(port) != seen {
            let same = Value::Text("always the same");
            return Err(Stop::failed("the capabilities of a port", same, Value::Text("a change")));
        }
    }
    Ok(())
}

/// With nothing to receive, `receive` returns `Ok(None)` at once.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn receive_returns_at_once_when_nothing_is_there<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let mut buffer = [0; 2_048];
    let nanos = shortest(fixture, |fixture| {
        let before = monotonic(fixture);
        fixture.hal().receive(&mut buffer).map_err(Stop::error("receiving"))?;
        Ok(monotonic(fixture).nanos_since(before))
    })?;
    at_once(fixture, "a call of receive", nanos)
}

/// A received message is whole and starts at the PTP header; short and long, event and general.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn received_message_is_whole_from_its_header_on<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    for length in [44, 64, 240] {
        for (number, class) in [(0, MessageClass::Event), (1, MessageClass::General)] {
            let probe = Probe::new(class, length, number ^ length);
            inject(fixture, FIRST, &probe)?;
            receive(fixture, &probe)?;
        }
    }
    Ok(())
}

/// A received message carries the port that it came in by.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn received_message_names_its_port<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    for port in (0..fixture.ports()).map(PortIndex) {
        let probe = Probe::event(port.0);
        inject(fixture, port, &probe)?;
        let seen = i64::from(receive(fixture, &probe)?.port.0);
        within("the index of the port", i64::from(port.0), i64::from(port.0), seen, "")?;
    }
    Ok(())
}

/// Of several messages that wait, each is received, and only once.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn several_messages_are_each_received_once<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let probes = [Probe::event(1), Probe::new(MessageClass::General, 64, 2), Probe::event(3)];
    for probe in &probes {
        inject(fixture, FIRST, probe)?;
    }
    let mut times = [0_i64; 3];
    for _ in &probes {
        let Some((place, _)) = receive_any(fixture, &probes)? else { break };
        count(&mut times, place);
    }
    fixture.pass(hold(fixture));
    let mut buffer = [0; 2_048];
    while let Ok(Some(received)) = fixture.hal().receive(&mut buffer) {
        let octets = buffer.get(..received.length).unwrap_or(&[]);
        let Some(place) = probes.iter().position(|probe| probe.compare(octets) == Match::Whole) else { continue };
        count(&mut times, place);
        if times.iter().any(|times| *times > 8) {
            break;
        }
    }
    times.iter().try_for_each(|times| within("how often a message was received", 1, 1, *times, "times"))
}

fn count(times: &mut [i64], place: usize) {
    if let Some(times) = times.get_mut(place) {
        *times = times.saturating_add(1);
    }
}

/// A message that does not fit the caller's buffer is refused with [`ErrorKind::BufferTooSmall`]; the next one comes.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn message_beyond_the_buffer_is_refused_and_the_next_comes<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    const OF: &str = "receiving 240 octets into a buffer of 64";
    const AFTER: &str = "receiving after a message that did not fit";
    drain(fixture);
    let long = Probe::new(MessageClass::General, 240, 1);
    inject(fixture, FIRST, &long)?;
    let mut buffer = [0; 64];
    let too_small = Value::Error(ErrorKind::BufferTooSmall);
    let refused = wait_for(fixture, |hal| match hal.receive(&mut buffer) {
        Ok(None) => Ok(Step::Wait),
        Ok(Some(_)) if long.compare(&buffer) == Match::Other => Ok(Step::Again),
        Ok(Some(_)) => Err(Stop::failed(OF, too_small, Value::Text("success")).hinted("cut off without a word")),
        Err(error) if error.kind() == ErrorKind::BufferTooSmall => Ok(Step::Done(())),
        Err(error) => Err(Stop::failed(OF, too_small, Value::Error(error.kind()))),
    })?;
    if refused.is_none() {
        return Err(Stop::failed(OF, too_small, Value::Text("nothing")));
    }
    let next = Probe::event(2);
    inject(fixture, FIRST, &next)?;
    // Into the same small buffer, so that a long message that was not dropped is still in the way.
    let came = wait_for(fixture, |hal| match hal.receive(&mut buffer).map_err(Stop::error(AFTER))? {
        None => Ok(Step::Wait),
        Some(_) if next.compare(&buffer) == Match::Whole => Ok(Step::Done(())),
        Some(_) => Ok(Step::Again),
    })?;
    came.ok_or(Stop::failed(AFTER, Value::Text("the next message"), Value::Text("none")))
}

/// A received event message carries the moment of its arrival on the PTP clock, whenever it is taken.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn received_event_message_is_stamped_when_it_arrived<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    stamp_is_near(fixture, 1)
}

fn stamp_is_near<F: Fixture>(fixture: &mut F, number: u8) -> Result<(), Stop> {
    let probe = Probe::event(number);
    let truth = inject(fixture, FIRST, &probe)?;
    fixture.pass(hold(fixture));
    let stamp = receive(fixture, &probe)?.stamp;
    near(fixture, "the ingress stamp", stamp, truth)
}

/// Of several messages that wait, each carries its own stamp.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn ingress_stamps_belong_to_their_messages<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let probes = [Probe::event(1), Probe::event(2), Probe::event(3)];
    let mut truths = [None; 3];
    for (probe, truth) in probes.iter().zip(&mut truths) {
        *truth = Some(inject(fixture, FIRST, probe)?);
        fixture.pass(hold(fixture));
    }
    for _ in &probes {
        let Some((place, received)) = receive_any(fixture, &probes)? else { break };
        if let Some(truth) = truths.get_mut(place).and_then(Option::take) {
            near(fixture, "the ingress stamp of one of several messages", received.stamp, truth)?;
        }
    }
    let missed = truths.iter().filter(|truth| truth.is_some()).count();
    within("messages that did not come", 0, 0, i64::try_from(missed).unwrap_or(i64::MAX), "")
}

/// A general message carries no stamp.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn received_general_message_has_no_stamp<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let probe = Probe::new(MessageClass::General, 64, 1);
    inject(fixture, FIRST, &probe)?;
    let stamp = receive(fixture, &probe)?.stamp;
    no_stamp("the stamp of a general message", stamp)
}

/// A received message says nothing of whom it was for, or the truth: a transparent clock that is told of a unicast message
/// that it was for everybody passes it on to everybody.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn received_message_tells_whom_it_was_for_or_nothing<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let mut tells = false;
    for port in (0..fixture.ports()).map(PortIndex) {
        let unicast = fixture.address(port).map(Destination::Unicast);
        let all = [Some(Destination::PrimaryMulticast), Some(Destination::PeerMulticast), unicast];
        for (number, destination) in (1..).zip(all.into_iter().flatten()) {
            let probe = Probe::event(number);
            if fixture.inject_for(port, destination, probe.class, probe.octets()) == Injected::Unsupported {
                return Err(Stop::Skipped("the fixture cannot choose whom its peer sends to"));
            }
            let seen = receive(fixture, &probe)?.destination;
            if seen.is_some_and(|seen| seen != destination) {
                return Err(Stop::failed(
                    "whom a message was for",
                    whom(destination),
                    seen.map_or(Value::Text(""), whom),
                ));
            }
            tells |= seen.is_some();
        }
    }
    if tells { Ok(()) } else { Err(Stop::Skipped("the driver does not tell whom a message was for")) }
}

/// A stamp that the hardware lost is `None`: not zero, not all ones, not an old one.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn lost_ingress_stamp_is_none<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    if !fixture.lose_next_stamp(FIRST, Direction::Ingress) {
        return Err(Stop::Skipped("the fixture cannot lose a stamp"));
    }
    let probe = Probe::event(1);
    inject(fixture, FIRST, &probe)?;
    let stamp = receive(fixture, &probe)?.stamp;
    no_stamp("a lost ingress stamp", stamp)
}

fn no_stamp(of: &'static str, stamp: Option<crate::Timestamp>) -> Result<(), Stop> {
    stamp.map_or(Ok(()), |stamp| Err(Stop::failed(of, Value::Text("no stamp"), Value::Time(stamp))))
}

/// After a step of the clock, messages are stamped on its new time.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn ingress_stamps_follow_steps<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    for (number, nanoseconds) in [(1, STEP), (2, -STEP)] {
        step(fixture, nanoseconds)?;
        stamp_is_near(fixture, number)?;
    }
    Ok(())
}

/// With a frequency set, messages are stamped on the clock that runs so.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn ingress_stamps_follow_the_frequency<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    run_fast_for_a_while(fixture)?;
    let result = stamp_is_near(fixture, 1);
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    result
}
