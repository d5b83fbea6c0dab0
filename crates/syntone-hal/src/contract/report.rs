//! What the checks found.

use super::Check;
use crate::{Destination, ErrorKind, HalError, Timestamp};
use core::fmt;

/// Why a check ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It could not be made, and why.
    Skipped(&'static str),
    /// It does not hold.
    Failed(Failure),
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Held,
    /// It could not be made, and why.
    Skipped(&'static str),
    /// It was not made: a check that it rests on does not hold.
    Unreached,
    /// It does not hold.
    Failed(Failure),
}

/// How an implementation broke a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at.
    pub of: &'static str,
    /// What it should have been.
    pub expected: Value,
    /// What it was.
    pub seen: Value,
    /// The usual cause, where the values betray it; else empty.
    pub hint: &'static str,
}

/// Something that was expected or seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// In words.
    Text(&'static str),
    /// A number of something.
    Number(i64, &'static str),
    /// A number of something between two limits, both included.
    Between(i64, i64, &'static str),
    /// A moment of the PTP clock.
    Time(Timestamp),
    /// A moment of the PTP clock between two limits, both included.
    TimeBetween(Timestamp, Timestamp),
    /// An error of this kind.
    Error(ErrorKind),
}

/// The outcome of every check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    outcomes: [Outcome; Check::ALL.len()],
}

impl Report {
    pub(super) const fn new() -> Self {
        Self { outcomes: [Outcome::Unreached; Check::ALL.len()] }
    }

    pub(super) fn record(&mut self, check: Check, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(check.index()) {
            *place = outcome;
        }
    }

    /// True if none of `checks` failed and none rests on one that did.
    pub(super) fn allows(&self, checks: &[Check]) -> bool {
        checks.iter().all(|check| matches!(self.outcome(*check), Outcome::Held | Outcome::Skipped(_)))
    }

    /// True if no check failed; see [`Report::outcome`] for what was skipped.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// What one check found.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.outcomes.get(check.index()).copied().unwrap_or(Outcome::Unreached)
    }

    /// The checks that failed, and how.
    pub fn failed(&self) -> impl Iterator<Item = (Check, Failure)> + '_ {
        Check::ALL.into_iter().filter_map(|check| match self.outcome(check) {
            Outcome::Failed(failure) => Some((check, failure)),
            _ => None,
        })
    }

    fn count(&self, wanted: fn(Outcome) -> bool) -> usize {
        Check::ALL.into_iter().filter(|check| wanted(self.outcome(*check))).count()
    }
}

/// One line for each check that failed or was skipped, and a line that sums up; with `{:#}` a line for every check.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in Check::ALL {
            let name = check.name();
            match self.outcome(check) {
                Outcome::Held if f.alternate() => writeln!(f, "held       {name}")?,
                Outcome::Unreached if f.alternate() => writeln!(f, "unreached  {name}")?,
                Outcome::Held | Outcome::Unreached => {}
                Outcome::Skipped(reason) => writeln!(f, "skipped    {name}: {reason}")?,
                Outcome::Failed(failure) => writeln!(f, "FAILED     {name}: {failure}")?,
            }
        }
        let held = self.count(|outcome| outcome == Outcome::Held);
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let skipped = self.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        let unreached = self.count(|outcome| outcome == Outcome::Unreached);
        write!(f, "HAL contract: {held} held, {failed} failed, {skipped} skipped, {unreached} unreached")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, saw {}", self.of, self.expected, self.seen)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number, "") => write!(f, "{number}"),
            Self::Number(number, unit) => write!(f, "{number} {unit}"),
            Self::Between(low, high, unit) if low == high => write!(f, "{}", Self::Number(*low, unit)),
            Self::Between(low, high, unit) => write!(f, "{low} to {high} {unit}"),
            Self::Time(time) => write!(f, "{}.{:09} s", time.seconds(), time.nanos()),
            Self::TimeBetween(low, high) => write!(f, "{} to {}", Self::Time(*low), Self::Time(*high)),
            Self::Error(kind) => write!(f, "the error {kind:?}"),
        }
    }
}

impl From<Result<(), Stop>> for Outcome {
    fn from(result: Result<(), Stop>) -> Self {
        match result {
            Ok(()) => Self::Held,
            Err(Stop::Skipped(reason)) => Self::Skipped(reason),
            Err(Stop::Failed(failure)) => Self::Failed(failure),
        }
    }
}

impl Stop {
    pub(super) const fn failed(of: &'static str, expected: Value, seen: Value) -> Self {
        Self::Failed(Failure { of, expected, seen, hint: "" })
    }

    /// For a call that must succeed.
    pub(super) fn error<E: HalError>(of: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::failed(of, Value::Text("no error"), Value::Error(error.kind()))
    }

    pub(super) const fn hinted(self, hint: &'static str) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(Failure { hint, ..failure }),
            Self::Skipped(_) => self,
        }
    }
}

/// A destination in words.
pub(super) const fn whom(destination: Destination) -> Value {
    Value::Text(match destination {
        Destination::PrimaryMulticast => "the primary multicast group",
        Destination::PeerMulticast => "the peer multicast group",
        Destination::Unicast(_) => "one node",
    })
}

/// Ends the check unless `seen` lies within `low..=high`.
pub(super) const fn within(of: &'static str, low: i64, high: i64, seen: i64, unit: &'static str) -> Result<(), Stop> {
    if low <= seen && seen <= high {
        return Ok(());
    }
    Err(Stop::failed(of, Value::Between(low, high, unit), Value::Number(seen, unit)))
}
