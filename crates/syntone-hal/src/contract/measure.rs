//! Reading both times of an implementation, and comparing them.

use super::report::within;
use super::{Fixture, Stop, Value};
use crate::{ClockHal, FrequencyOffset, Instant, Timestamp};

pub(super) const NS: &str = "ns";
pub(super) const PPB: &str = "ppb";
const SECOND: i64 = 1_000_000_000;

/// Both times of an implementation at one moment.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) monotonic: Instant,
    pub(super) clock: Timestamp,
}

pub(super) fn monotonic<F: Fixture>(fixture: &mut F) -> Instant {
    fixture.hal().monotonic()
}

pub(super) fn clock<F: Fixture>(fixture: &mut F) -> Result<Timestamp, Stop> {
    fixture.hal().now().map_err(Stop::error("reading the clock"))
}

/// Reads the clock between two readings of the monotonic time, and takes the closest pair of several: an interruption
/// between the two spoils one of them, not all.
pub(super) fn reading<F: Fixture>(fixture: &mut F) -> Result<Reading, Stop> {
    let mut best = (u64::MAX, Reading { monotonic: Instant::from_nanos(0), clock: Timestamp::ZERO });
    for _ in 0..8 {
        let before = monotonic(fixture);
        let clock = clock(fixture)?;
        let width = monotonic(fixture).nanos_since(before);
        if width < best.0 {
            best = (width, Reading { monotonic: before.plus_nanos(width >> 1), clock });
        }
    }
    Ok(best.1)
}

/// How far the clock has gone beyond the monotonic time from one reading to the next, in nanoseconds.
pub(super) fn gain(from: Reading, to: Reading) -> i64 {
    let elapsed = signed(to.monotonic.nanos_since(from.monotonic));
    to.clock.nanos_since(from.clock).saturating_sub(elapsed)
}

/// How fast the clock runs beside the monotonic time, in parts per 10⁹ beyond equal.
pub(super) fn rate<F: Fixture>(fixture: &mut F) -> Result<i64, Stop> {
    let window = fixture.bounds().window_nanos;
    let from = reading(fixture)?;
    fixture.pass(window);
    let to = reading(fixture)?;
    let elapsed = signed(to.monotonic.nanos_since(from.monotonic)).max(1);
    let scaled = i128::from(gain(from, to)).saturating_mul(i128::from(SECOND));
    Ok(scaled.checked_div(i128::from(elapsed)).and_then(|rate| i64::try_from(rate).ok()).unwrap_or(i64::MAX))
}

/// How far two measured rates may be apart if the clock's own did not change, in parts per 10⁹.
pub(super) fn rate_error<F: Fixture>(fixture: &F) -> i64 {
    let bounds = fixture.bounds();
    let readings = signed(bounds.reading_nanos).saturating_mul(4).saturating_mul(SECOND);
    signed(bounds.rate_ppb).saturating_add(readings.checked_div(signed(bounds.window_nanos)).unwrap_or(i64::MAX))
}

pub(super) fn set_frequency<F: Fixture>(fixture: &mut F, frequency: FrequencyOffset) -> Result<(), Stop> {
    fixture.hal().set_frequency(frequency).map_err(Stop::error("setting a frequency within the limits"))
}

/// A frequency to try: half the limit, 1 000 ppm at most. Skips where it could not be told from noise.
pub(super) fn trial_frequency<F: Fixture>(fixture: &mut F) -> Result<FrequencyOffset, Stop> {
    let limit = fixture.hal().limits().max_frequency.scaled_ppm();
    let trial = FrequencyOffset::from_scaled_ppm((limit >> 1).min(1_000 << 16));
    if i64::from(trial.ppb()) <= rate_error(fixture).saturating_mul(2) {
        return Err(Stop::Skipped("the largest frequency drowns in the noise: a longer window_nanos shows it"));
    }
    Ok(trial)
}

/// Sets a frequency and lets the clock gain by it four times what a stamp may be off.
pub(super) fn run_fast_for_a_while<F: Fixture>(fixture: &mut F) -> Result<(), Stop> {
    let trial = trial_frequency(fixture)?;
    let bounds = fixture.bounds();
    // In 10⁹ ns the clock gains 1 ns at 1 ppb.
    let needed = signed(bounds.stamp_nanos).saturating_mul(4 * SECOND);
    let nanos = needed.checked_div(i64::from(trial.ppb())).unwrap_or(i64::MAX).unsigned_abs();
    if nanos > bounds.window_nanos.saturating_mul(4) {
        return Err(Stop::Skipped("the frequency drowns in the noise of the stamps"));
    }
    set_frequency(fixture, trial)?;
    fixture.pass(nanos);
    Ok(())
}

/// Steps the clock, where it can be stepped.
pub(super) fn step<F: Fixture>(fixture: &mut F, nanoseconds: i64) -> Result<(), Stop> {
    if !fixture.hal().limits().can_step {
        return Err(Stop::Skipped("the clock cannot step"));
    }
    fixture.hal().step(nanoseconds).map_err(Stop::error("stepping the clock"))
}

/// Steps the clock and measures by how much it moved; ends the check if it is not `expected`.
pub(super) fn step_moves<F: Fixture>(fixture: &mut F, nanoseconds: i64) -> Result<(), Stop> {
    let before = reading(fixture)?;
    step(fixture, nanoseconds)?;
    let moved = gain(before, reading(fixture)?);
    let error = signed(fixture.bounds().reading_nanos).saturating_mul(4);
    let (low, high) = (nanoseconds.saturating_sub(error), nanoseconds.saturating_add(error));
    within("the step of the clock", low, high, moved, NS).map_err(|stop| {
        let opposite = moved.saturating_add(nanoseconds).saturating_abs() <= error;
        stop.hinted(if opposite { "stepped the wrong way" } else { "" })
    })
}

/// Ends the check unless the clock gained between `low` and `high` ns since `from`, reading errors allowed.
pub(super) fn gained<F: Fixture>(fixture: &mut F, of: &'static str, from: Reading, allowed: i64) -> Result<(), Stop> {
    let seen = gain(from, reading(fixture)?);
    let limit = allowed.saturating_add(signed(fixture.bounds().reading_nanos).saturating_mul(4));
    within(of, limit.saturating_neg(), limit, seen, NS)
}

/// How long to let pass so that a stamp taken too late or of another message is told from a right one, in nanoseconds.
pub(super) fn hold<F: Fixture>(fixture: &F) -> u64 {
    fixture.bounds().stamp_nanos.saturating_mul(8).max(5_000_000)
}

/// The shortest of five times that `call` measured, in nanoseconds: other work delays one, not all.
pub(super) fn shortest<F: Fixture>(
    fixture: &mut F,
    mut call: impl FnMut(&mut F) -> Result<u64, Stop>,
) -> Result<u64, Stop> {
    let mut best = u64::MAX;
    for _ in 0..5_u8 {
        best = best.min(call(fixture)?);
    }
    Ok(best)
}

/// Ends the check if a call that must not block took `nanos`.
pub(super) fn at_once<F: Fixture>(fixture: &F, of: &'static str, nanos: u64) -> Result<(), Stop> {
    within(of, 0, signed(fixture.bounds().call_nanos), signed(nanos), NS)
}

/// Ends the check unless `stamp` lies within the bounds of the moments `from` to `to`.
pub(super) fn near<F: Fixture>(
    fixture: &F,
    of: &'static str,
    stamp: Option<Timestamp>,
    (from, to): (Timestamp, Timestamp),
) -> Result<(), Stop> {
    let bounds = fixture.bounds();
    let slack = signed(bounds.stamp_nanos.saturating_add(bounds.reading_nanos));
    let (low, high) = (from.offset_nanos(slack.saturating_neg()), to.offset_nanos(slack));
    let expected = Value::TimeBetween(low, high);
    let Some(stamp) = stamp else {
        return Err(Stop::failed(of, expected, Value::Text("no stamp")));
    };
    if low <= stamp && stamp <= high {
        return Ok(());
    }
    let made_up = stamp == Timestamp::ZERO || stamp.seconds() == Timestamp::MAX_SECONDS;
    let hint = if made_up {
        "all zeros or all ones is no stamp"
    } else if u64::from(stamp.nanos()).abs_diff(from.seconds()) <= 1 {
        "seconds and nanoseconds are swapped"
    } else if stamp > high {
        "taken too late, or of a later message"
    } else {
        "of an earlier message, or on another clock"
    };
    Err(Stop::failed(of, expected, Value::Time(stamp)).hinted(hint))
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
