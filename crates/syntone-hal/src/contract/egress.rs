//! Checks of what is sent and of its time stamps.

use super::measure::{at_once, hold, monotonic, near, run_fast_for_a_while, set_frequency, shortest, step};
use super::probe::{Probe, Step, drain, poll, send, take_stamps, taken, wait_for};
use super::report::{whom, within};
use super::{Direction, Fixture, Stop, Value};
use crate::{Destination, FrequencyOffset, MessageClass, NetworkHal, PortIndex, Ticket, Timestamp, Transmit};

const FIRST: PortIndex = PortIndex(0);
const STEP: i64 = 10_000_000_000;
/// Tickets that a driver confuses if it keeps 16 bits of them.
const TICKETS: [u32; 3] = [0x0001_0007, 0x0002_0007, 0xFFFF_FFFE];

/// With no egress stamp waiting, `poll_egress` returns `Ok(None)` at once.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn poll_egress_returns_at_once_when_nothing_is_there<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let nanos = shortest(fixture, |fixture| {
        let before = monotonic(fixture);
        poll(fixture.hal())?;
        Ok(monotonic(fixture).nanos_since(before))
    })?;
    at_once(fixture, "a call of poll_egress", nanos)
}

/// Sending waits neither for the medium nor for the stamp.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn send_does_not_wait<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let probe = Probe::event(1);
    let nanos = shortest(fixture, |fixture| {
        drain(fixture);
        let transmit = Transmit {
            port: FIRST,
            destination: fixture.destination(FIRST),
            ticket: Some(Ticket::from_raw(TICKETS[0])),
            one_step: None,
        };
        let before = monotonic(fixture);
        fixture.hal().send(transmit, probe.octets()).map_err(Stop::error("sending"))?;
        let nanos = monotonic(fixture).nanos_since(before);
        fixture.pass(hold(fixture));
        Ok(nanos)
    })?;
    drain(fixture);
    at_once(fixture, "a call of send", nanos)
}

/// A message that was sent arrives at the peer as it was handed over; event and general, short and long, on every port.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn sent_message_arrives_whole<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for port in (0..fixture.ports()).map(PortIndex) {
        for (class, length) in [(MessageClass::Event, 44), (MessageClass::General, 64), (MessageClass::General, 240)] {
            drain(fixture);
            let probe = Probe::new(class, length, port.0);
            send(fixture, port, &probe, TICKETS[0])?;
            taken(fixture, port, &probe, &[])?;
            take_stamps(fixture, class)?;
        }
    }
    drain(fixture);
    Ok(())
}

/// A message that is sent to a group or to one node is seen there as that.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn sent_message_goes_to_its_destination<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for port in (0..fixture.ports()).map(PortIndex) {
        let unicast = fixture.peer(port).map(Destination::Unicast);
        let all = [Some(Destination::PrimaryMulticast), Some(Destination::PeerMulticast), unicast];
        for (number, destination) in (1..).zip(all.into_iter().flatten()) {
            drain(fixture);
            let probe = Probe::new(MessageClass::General, 64, number);
            let transmit = Transmit { port, destination, ticket: None, one_step: None };
            fixture.hal().send(transmit, probe.octets()).map_err(Stop::error("sending"))?;
            taken(fixture, port, &probe, &[])?;
            let Some(seen) = fixture.taken_for() else {
                return Err(Stop::Skipped("the peer does not see whom a message is for"));
            };
            if seen != destination {
                return Err(Stop::failed("whom a message was for", whom(destination), whom(seen)));
            }
        }
    }
    Ok(())
}

/// The egress stamp of an event message comes back, under the ticket it was sent with.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamp_comes_back_under_its_ticket<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for ticket in TICKETS {
        drain(fixture);
        send(fixture, FIRST, &Probe::event(1), ticket)?;
        let back = wait_for(fixture, |hal| Ok(poll(hal)?.map_or(Step::Wait, |(seen, _)| Step::Done(seen))))?;
        let expected = Value::Number(i64::from(ticket), "");
        match back {
            Some(seen) if seen == ticket => {}
            Some(seen) => return Err(Stop::failed("the ticket", expected, Value::Number(i64::from(seen), ""))),
            None => return Err(Stop::failed("the egress stamp", Value::Text("one stamp"), Value::Text("none"))),
        }
    }
    Ok(())
}

/// The egress stamps of several event messages, sent before any is taken, all come back, in any order.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamps_of_several_in_flight_come_back<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    for (number, ticket) in (1..).zip(TICKETS) {
        send(fixture, FIRST, &Probe::event(number), ticket)?;
    }
    let stamps = collect(fixture)?;
    let missed = stamps.iter().filter(|stamp| stamp.is_none()).count();
    within("egress stamps that did not come", 0, 0, i64::try_from(missed).unwrap_or(i64::MAX), "")
}

/// What came back under each of [`TICKETS`]: `None` if nothing did.
fn collect<F: Fixture>(fixture: &mut F) -> Result<[Option<Option<Timestamp>>; 3], Stop> {
    let mut stamps = [None; 3];
    wait_for(fixture, |hal| {
        let Some((ticket, stamp)) = poll(hal)? else { return Ok(Step::Wait) };
        for (mine, place) in TICKETS.iter().zip(&mut stamps) {
            if *mine == ticket && place.is_none() {
                *place = Some(stamp);
            }
        }
        Ok(if stamps.iter().all(Option::is_some) { Step::Done(()) } else { Step::Again })
    })?;
    Ok(stamps)
}

/// No egress stamp comes back a second time.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamp_comes_back_only_once<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    send(fixture, FIRST, &Probe::event(1), TICKETS[0])?;
    let mut times = 0_i64;
    for _ in 0..16_u8 {
        match poll(fixture.hal())? {
            Some((ticket, _)) if ticket == TICKETS[0] => times = times.saturating_add(1),
            Some(_) => {}
            None => fixture.pass(hold(fixture).max(fixture.bounds().handover_nanos.wrapping_div(8))),
        }
    }
    within("how often the egress stamp came back", 1, 1, times, "times")
}

/// An egress stamp is of the moment when the message left, on the PTP clock, whenever it is taken.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamp_is_of_when_the_message_left<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    stamp_is_near(fixture)
}

fn stamp_is_near<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let truth = send(fixture, FIRST, &Probe::event(1), TICKETS[0])?;
    fixture.pass(hold(fixture));
    let stamp = stamp_of(fixture, TICKETS[0])?;
    near(fixture, "the egress stamp", stamp, truth)
}

/// What comes back under `ticket`; `None` if nothing does.
pub(super) fn stamp_of<F: Fixture>(fixture: &mut F, ticket: u32) -> Result<Option<Timestamp>, Stop> {
    let stamp = wait_for(fixture, |hal| {
        Ok(match poll(hal)? {
            Some((seen, stamp)) if seen == ticket => Step::Done(stamp),
            Some(_) => Step::Again,
            None => Step::Wait,
        })
    })?;
    Ok(stamp.flatten())
}

/// Of several messages in flight, each gets back its own stamp.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamps_belong_to_their_messages<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let mut truths = [(Timestamp::ZERO, Timestamp::ZERO); 3];
    for ((number, ticket), truth) in (1..).zip(TICKETS).zip(&mut truths) {
        *truth = send(fixture, FIRST, &Probe::event(number), ticket)?;
        fixture.pass(hold(fixture));
    }
    let stamps = collect(fixture)?;
    for (stamp, truth) in stamps.into_iter().zip(truths) {
        near(fixture, "the egress stamp of one of several messages", stamp.flatten(), truth)?;
    }
    Ok(())
}

/// A general message, sent without a ticket, gives no egress stamp.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn general_message_gives_no_egress_stamp<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    send(fixture, FIRST, &Probe::new(MessageClass::General, 64, 1), 0)?;
    for _ in 0..4_u8 {
        fixture.pass(hold(fixture));
        if let Some((ticket, _)) = poll(fixture.hal())? {
            let seen = Value::Number(i64::from(ticket), "as a ticket");
            return Err(Stop::failed("the egress stamp of a general message", Value::Text("none"), seen));
        }
    }
    Ok(())
}

/// A stamp that the hardware lost is `None` or never comes, and the next one comes.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn lost_egress_stamp_is_none_or_never_comes<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    if !fixture.lose_next_stamp(FIRST, Direction::Egress) {
        return Err(Stop::Skipped("the fixture cannot lose a stamp"));
    }
    send(fixture, FIRST, &Probe::event(1), TICKETS[1])?;
    if let Some(stamp) = stamp_of(fixture, TICKETS[1])? {
        return Err(Stop::failed("a lost egress stamp", Value::Text("no stamp"), Value::Time(stamp)));
    }
    stamp_is_near(fixture)
}

/// After a step of the clock, messages that leave are stamped on its new time.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamps_follow_steps<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for nanoseconds in [STEP, -STEP] {
        step(fixture, nanoseconds)?;
        stamp_is_near(fixture)?;
    }
    Ok(())
}

/// With a frequency set, messages that leave are stamped on the clock that runs so.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn egress_stamps_follow_the_frequency<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    run_fast_for_a_while(fixture)?;
    let result = stamp_is_near(fixture);
    set_frequency(fixture, FrequencyOffset::ZERO)?;
    result
}
