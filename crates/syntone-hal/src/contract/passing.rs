//! Checks of messages that a transparent clock passes on.

use super::egress::stamp_of;
use super::measure::{clock, hold, near};
use super::probe::{Probe, drain, take_stamps, taken};
use super::{Fixture, Stop};
use crate::{Forward, MessageClass, NetworkHal, OneStep, PortIndex, Ticket, Timestamp, Transmit};

/// One that a driver confuses if it keeps 16 bits of it.
const TICKET: u32 = 0x0003_0007;

/// A message that is passed on arrives at the peer as it was handed over; event and general, short and long, on every
/// port.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn forwarded_message_arrives_whole<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    for port in (0..fixture.ports()).map(PortIndex) {
        for (class, length) in [(MessageClass::Event, 44), (MessageClass::General, 64), (MessageClass::General, 240)] {
            drain(fixture);
            let probe = Probe::new(class, length, port.0);
            forward(fixture, port, &probe, None)?;
            taken(fixture, port, &probe, &[])?;
            take_stamps(fixture, class)?;
        }
    }
    drain(fixture);
    Ok(())
}

/// The egress stamp of an event message that is passed on comes back under its ticket, and is of when it left.
///
/// # Errors
/// As [`Check::run`](super::Check::run).
pub fn forwarded_event_message_is_stamped_when_it_left<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    drain(fixture);
    let truth = forward(fixture, PortIndex(0), &Probe::event(1), None)?;
    fixture.pass(hold(fixture));
    let stamp = stamp_of(fixture, TICKET)?;
    near(fixture, "the egress stamp of a message that was passed on", stamp, truth)
}

/// Passes `probe` on through `port`, to be completed or, if it is an event, for its stamp; between which moments of the
/// clock it was handed over.
pub(super) fn forward<F: Fixture>(
    fixture: &mut F,
    port: PortIndex,
    probe: &Probe,
    one_step: Option<OneStep>,
) -> Result<(Timestamp, Timestamp), Stop> {
    let destination = fixture.destination(port);
    let stamped = probe.class == MessageClass::Event && one_step.is_none();
    let ticket = stamped.then(|| Ticket::from_raw(TICKET));
    let before = clock(fixture)?;
    let transmit = Transmit { port, destination, ticket, one_step };
    fixture.hal().forward(Forward { transmit, source: None }, probe.octets()).map_err(Stop::error("passing on"))?;
    Ok((before, clock(fixture)?))
}
