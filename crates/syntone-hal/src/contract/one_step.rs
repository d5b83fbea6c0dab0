//! Checks of messages that the hardware completes as they leave; skipped on ports that do not say that they can.

use super::measure::{NS, clock, hold, near, signed};
use super::passing::forward;
use super::probe::{CORRECTION, Probe, drain, inject, receive, send, take_stamps, taken};
use super::report::within;
use super::{Fixture, Stop, Value};
use crate::{
    MessageClass, NetworkHal, OneStep, PortCapabilities, PortIndex, Received, Timestamp, TimestampHal, Transmit,
};
use core::ops::Range;

const ORIGIN: Range<usize> = 34..44;
const REQUESTING_PORT: usize = 44;
const SOURCE_PORT: usize = 20;
const PDELAY_REQ: u8 = 0x2;
const PDELAY_RESP: u8 = 0x3;
/// What correctionField holds before, in units of 2⁻¹⁶ ns: it must not be lost.
const CORRECTED: i64 = 5 << 16;
/// Of the message behind a one-step one.
const TICKET: u32 = 0x0005_0007;

/// A Sync that is to be completed tells, in originTimestamp and what correctionField has gained below a nanosecond, when it
/// left; nothing else of it is changed. The next one, in two steps, is not completed.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn one_step_sync_tells_when_it_left<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let port = able(fixture, |port| port.one_step_sync)?;
    drain(fixture);
    let probe = Probe::event(port.0).in_one_step();
    let probe = probe.with(CORRECTION.start, &CORRECTED.to_be_bytes()).with(ORIGIN.start, &[0; 10]);
    let left = complete(fixture, port, &probe, OneStep::Origin)?;
    let arrived = taken(fixture, port, &probe, &[CORRECTION, ORIGIN])?;
    near(fixture, "originTimestamp of a one-step Sync", origin(&arrived), left)?;
    let added = arrived.correction().saturating_sub(CORRECTED);
    within("what correctionField gained below a nanosecond", 0, 0xFFFF, added, "· 2⁻¹⁶ ns")?;
    let next = Probe::event(port.0.wrapping_add(1));
    send(fixture, port, &next, TICKET)?;
    let arrived = taken(fixture, port, &next, &[]);
    arrived.map_err(|stop| stop.hinted("the hardware still completes what leaves: tell it with each message"))?;
    take_stamps(fixture, next.class)
}

fn origin(probe: &Probe) -> Option<Timestamp> {
    let [s0, s1, s2, s3, s4, s5, nanos @ ..] = probe.part::<10>(ORIGIN.start);
    Timestamp::new(u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]), u32::from_be_bytes(nanos))
}

/// A Pdelay_Resp that is to be completed tells in correctionField how long after its Pdelay_Req it left; nothing else of it
/// is changed.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn one_step_pdelay_resp_tells_its_turnaround<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let port = able(fixture, |port| port.one_step_pdelay_resp)?;
    drain(fixture);
    let request = Probe::new(MessageClass::Event, 54, port.0).typed(PDELAY_REQ).in_one_step();
    inject(fixture, port, &request)?;
    let ingress = stamp_of(&receive(fixture, &request)?)?;
    fixture.pass(hold(fixture));
    let response =
        since(&request.clone().typed(PDELAY_RESP), ingress).with(REQUESTING_PORT, &request.part::<10>(SOURCE_PORT));
    let left = complete(fixture, port, &response, OneStep::Elapsed)?;
    let arrived = taken(fixture, port, &response, &[CORRECTION])?;
    gained_time(fixture, "the turnaround of a one-step Pdelay_Resp", &arrived, ingress, left)
}

/// An event message that is passed on and to be completed has gained in correctionField the time that it stayed; nothing
/// else of it is changed.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn one_step_residence_is_added_to_what_passes<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let port = able(fixture, |port| port.one_step_residence)?;
    drain(fixture);
    let probe = Probe::event(port.0).in_one_step();
    inject(fixture, port, &probe)?;
    let ingress = stamp_of(&receive(fixture, &probe)?)?;
    fixture.pass(hold(fixture));
    let passing = since(&probe, ingress);
    let left = forward(fixture, port, &passing, Some(OneStep::Elapsed))?;
    let arrived = taken(fixture, port, &passing, &[CORRECTION])?;
    gained_time(fixture, "the residence time of a message", &arrived, ingress, left)
}

/// The first port whose capabilities say that it can; skips if none does.
fn able<F: Fixture>(fixture: &mut F, can: fn(PortCapabilities) -> bool) -> Result<PortIndex, Stop> {
    let port = (0..fixture.ports()).map(PortIndex).find(|port| can(fixture.hal().capabilities(*port)));
    port.ok_or(Stop::Skipped("no port says that it can"))
}

/// Sends `probe` through `port`, to be completed; between which moments of the clock it was handed over.
fn complete<F: Fixture>(
    fixture: &mut F,
    port: PortIndex,
    probe: &Probe,
    one_step: OneStep,
) -> Result<(Timestamp, Timestamp), Stop> {
    let destination = fixture.destination(port);
    let before = clock(fixture)?;
    let transmit = Transmit { port, destination, ticket: None, one_step: Some(one_step) };
    fixture.hal().send(transmit, probe.octets()).map_err(Stop::error("sending in one step"))?;
    Ok((before, clock(fixture)?))
}

/// `probe` as the protocol hands it over for [`OneStep::Elapsed`], of the time since `moment`.
fn since(probe: &Probe, moment: Timestamp) -> Probe {
    let correction = CORRECTED.wrapping_sub(moment.wrapping_scaled());
    probe.clone().with(CORRECTION.start, &correction.to_be_bytes())
}

fn stamp_of(received: &Received) -> Result<Timestamp, Stop> {
    received.stamp.ok_or(Stop::failed("the ingress stamp", Value::Text("one stamp"), Value::Text("none")))
}

/// Ends the check unless `arrived` has gained the time from `since` to the moments `left`.
fn gained_time<F: Fixture>(
    fixture: &F,
    of: &'static str,
    arrived: &Probe,
    since: Timestamp,
    left: (Timestamp, Timestamp),
) -> Result<(), Stop> {
    let slack = signed(fixture.bounds().stamp_nanos.saturating_add(fixture.bounds().reading_nanos));
    let low = left.0.nanos_since(since).saturating_sub(slack);
    let high = left.1.nanos_since(since).saturating_add(slack);
    within(of, low, high, arrived.correction().wrapping_sub(CORRECTED) >> 16, NS)
}
