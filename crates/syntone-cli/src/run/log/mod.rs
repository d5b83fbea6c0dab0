//! What the daemon says while it runs: as text, as JSON, as the lines that ptp4l writes, or to the journal with fields.

mod journal;
mod limit;
mod statistics;

pub(crate) use statistics::Statistics;

use super::settings::Settings;
use crate::demo::state_name;
use journal::Journal;
use limit::Limit;
use serde_json::{Value, json};
use statistics::Figures;
use std::cell::RefCell;
use std::io::{self, Write};
use syntone::port::{State, StateEvent};
use syntone_hal::Instant;

/// The levels of syslog that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Error = 3,
    Warning = 4,
    Notice = 5,
    Info = 6,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Info => "info",
        }
    }
}

/// Something to say.
#[derive(Debug)]
pub(crate) enum Entry<'a> {
    /// Words, for whoever reads along.
    Words(Level, &'a str),
    /// A port changed its state.
    State { number: u16, interface: &'a str, from: State, to: State, cause: StateEvent },
    /// Another grandmaster, or our own clock.
    Grandmaster { identity: &'a str, own: bool },
    /// What was measured with one Sync.
    Sample(Sample),
    /// What was measured with several.
    Summary(Statistics),
}

/// What was measured with one Sync; nanoseconds and ppb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) offset: f64,
    pub(crate) delay: f64,
    /// What the clock is set to.
    pub(crate) frequency: f64,
    pub(crate) servo: Servo,
}

/// What the servo does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Servo {
    Unlocked,
    Stepped,
    Locked,
    Holdover,
}

/// Lines of the same text within a period of the limit, where they are no troubles; of troubles there is one.
const MOST_OF_A_KIND: u32 = 8;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Linuxptp,
    Journal,
}

/// Writes lines to standard output.
#[derive(Debug)]
pub(crate) struct Log {
    format: Format,
    /// The highest level that is written.
    level: i64,
    tag: String,
    /// For lines with fields.
    journal: Option<Journal>,
    /// Why there are no fields although they are wanted.
    complaint: Option<String>,
    limit: RefCell<Limit>,
}

impl Log {
    pub(crate) fn new(settings: &Settings) -> Self {
        let format = match settings.text("log_format", None).as_str() {
            "json" => Format::Json,
            "linuxptp" => Format::Linuxptp,
            "journal" => Format::Journal,
            _ => Format::Text,
        };
        let tag = match settings.text("message_tag", None) {
            none if none.is_empty() && settings.is_one_of_several => {
                format!("domain {}", settings.integer("domainNumber", None))
            }
            tag => tag,
        };
        let path = settings.text("journal_address", None);
        let (journal, complaint) = match (format == Format::Journal).then(|| Journal::connect(&path)) {
            None => (None, None),
            Some(Ok(journal)) => (Some(journal), None),
            Some(Err(error)) => {
                (None, Some(format!("no fields for the journal at {path}: {error}; lines go to standard output")))
            }
        };
        let level = settings.integer("logging_level", None);
        Self { format, level, tag, journal, complaint, limit: RefCell::default() }
    }

    /// What is to be said of the log itself, once.
    pub(crate) const fn take_complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Writes an entry, at `now`, unless its level is not wanted or its text has come too often.
    pub(crate) fn write(&self, now: Instant, entry: &Entry<'_>) {
        let level = entry.level();
        if level as i64 > self.level {
            return;
        }
        let most = match entry {
            // Measurements come as often as they are asked for.
            Entry::Sample(_) | Entry::Summary(_) => return self.put(now, level, entry),
            Entry::Words(Level::Error | Level::Warning, _) => 1,
            _ => MOST_OF_A_KIND,
        };
        let text = match entry {
            Entry::Words(_, words) => (*words).to_owned(),
            other => other.text(),
        };
        if self.limit.borrow_mut().admit(now, level, &text, most) {
            self.put(now, level, entry);
        }
    }

    /// Says how often lines were left out whose time is over, or with `at_end` of all.
    pub(crate) fn tell_left_out(&self, now: Instant, at_end: bool) {
        let over = self.limit.borrow_mut().expire((!at_end).then_some(now));
        for (level, text, times) in over {
            let words = format!("{text} ({times} more within {} s)", limit::PERIOD_NS / 1_000_000_000);
            self.put(now, level, &Entry::Words(level, &words));
        }
    }

    fn put(&self, now: Instant, level: Level, entry: &Entry<'_>) {
        if let Some(journal) = &self.journal {
            let told = self.tagged(entry.json(level, now));
            // What has no room is lost: the clock goes on.
            return drop(journal.write(level, &self.prefixed(&entry.text()), &told));
        }
        let line = match self.format {
            Format::Text | Format::Journal => self.prefixed(&entry.text()),
            Format::Json => self.tagged(entry.json(level, now)).to_string(),
            Format::Linuxptp => match entry.linuxptp() {
                Some(text) => {
                    let milliseconds = now.nanos() / 1_000_000;
                    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
                    format!("ptp4l[{seconds}.{milliseconds:03}]: {}", self.prefixed(&text))
                }
                None => return,
            },
        };
        // Whoever reads may have gone; the clock goes on.
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    fn tagged(&self, mut object: Value) -> Value {
        if !self.tag.is_empty() {
            object["tag"] = self.tag.as_str().into();
        }
        object
    }

    fn prefixed(&self, text: &str) -> String {
        if self.tag.is_empty() { text.to_owned() } else { format!("[{}] {text}", self.tag) }
    }
}

impl Entry<'_> {
    const fn level(&self) -> Level {
        match self {
            Self::Words(level, _) => *level,
            Self::State { .. } | Self::Grandmaster { .. } => Level::Notice,
            Self::Sample(_) | Self::Summary(_) => Level::Info,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Words(Level::Error, words) => format!("error: {words}"),
            Self::Words(Level::Warning, words) => format!("warning: {words}"),
            Self::Words(_, words) => (*words).to_owned(),
            Self::State { number, interface, from, to, cause } => {
                let (from, to) = (state_name(*from), state_name(*to));
                format!("port {number} ({interface}): {from} → {to}, {}", reason(*cause))
            }
            Self::Grandmaster { identity, own: true } => format!("grandmaster: this clock, {identity}"),
            Self::Grandmaster { identity, own: false } => format!("grandmaster: {identity}"),
            Self::Sample(Sample { offset, delay, frequency, servo }) => format!(
                "offset {offset:.0} ns, path delay {delay:.0} ns, frequency {frequency:+.0} ppb, {}",
                servo.name()
            ),
            Self::Summary(statistics) => {
                let Figures { rms, max, frequency: (frequency, frequency_deviation), delay: (delay, delay_deviation) } =
                    statistics.figures();
                format!(
                    "offset rms {rms:.0} ns, max {max:.0} ns; frequency {frequency:+.0} ± {frequency_deviation:.0} ppb; \
                     path delay {delay:.0} ± {delay_deviation:.0} ns"
                )
            }
        }
    }

    fn json(&self, level: Level, now: Instant) -> Value {
        let mut object = json!({ "monotonic_ns": now.nanos(), "level": level.name() });
        let more = match self {
            Self::Words(_, words) => json!({ "message": words }),
            Self::State { number, interface, from, to, cause } => json!({
                "event": "portState", "portNumber": number, "interface": interface, "from": state_name(*from),
                "to": state_name(*to), "cause": cause_name(*cause),
            }),
            Self::Grandmaster { identity, own } => {
                json!({ "event": "grandmaster", "grandmasterIdentity": identity, "own": own })
            }
            Self::Sample(Sample { offset, delay, frequency, servo }) => json!({
                "event": "sync", "offsetFromMaster_ns": offset, "meanDelay_ns": delay, "frequency_ppb": frequency,
                "servo": servo.name(),
            }),
            Self::Summary(statistics) => {
                let Figures { rms, max, frequency: (frequency, frequency_deviation), delay: (delay, delay_deviation) } =
                    statistics.figures();
                json!({
                    "event": "summary", "syncs": statistics.count(), "offset_rms_ns": rms,
                    "offset_max_ns": max, "frequency_ppb": frequency,
                    "frequency_deviation_ppb": frequency_deviation, "meanDelay_ns": delay,
                    "meanDelay_deviation_ns": delay_deviation,
                })
            }
        };
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        object
    }

    /// As ptp4l says it; `None` for what it does not say.
    fn linuxptp(&self) -> Option<String> {
        Some(match self {
            Self::Words(_, words) => (*words).to_owned(),
            Self::State { number, interface, from, to, cause } => {
                let (from, to) = (state_name(*from), state_name(*to));
                format!("port {number} ({interface}): {from} to {to} on {}", cause_name(*cause))
            }
            Self::Grandmaster { identity, own: true } => format!("selected local clock {identity} as best master"),
            Self::Grandmaster { identity, own: false } => format!("selected best master clock {identity}"),
            // Its frequency is what is taken off; ours is what the clock is set to.
            Self::Sample(Sample { offset, delay, frequency, servo }) => format!(
                "master offset {offset:10.0} s{} freq {:+7.0} path delay {delay:9.0}",
                servo.number(),
                -frequency
            ),
            Self::Summary(statistics) => {
                let Figures { rms, max, frequency: (frequency, frequency_deviation), delay: (delay, delay_deviation) } =
                    statistics.figures();
                format!(
                    "rms {rms:4.0} max {max:4.0} freq {:+6.0} +/- {frequency_deviation:3.0} delay {delay:5.0} +/- {delay_deviation:3.0}",
                    -frequency
                )
            }
        })
    }
}

impl Servo {
    const fn name(self) -> &'static str {
        match self {
            Self::Unlocked => "unlocked",
            Self::Stepped => "stepped",
            Self::Locked => "locked",
            Self::Holdover => "holdover",
        }
    }

    /// The servo states that ptp4l prints.
    const fn number(self) -> u8 {
        match self {
            Self::Unlocked | Self::Holdover => 0,
            Self::Stepped => 1,
            Self::Locked => 2,
        }
    }
}

/// Why a port changed its state, in words.
const fn reason(cause: StateEvent) -> &'static str {
    match cause {
        StateEvent::PowerUp => "switched on",
        StateEvent::Initialize => "management asked for a new start",
        StateEvent::InitComplete => "its start is complete",
        StateEvent::FaultDetected => "it cannot work",
        StateEvent::FaultCleared => "it can work again",
        StateEvent::DesignatedEnabled => "management enabled it",
        StateEvent::DesignatedDisabled => "management disabled it",
        StateEvent::M1 | StateEvent::M2 => "this clock is the best",
        StateEvent::M3 => "the time comes by another port",
        StateEvent::P1 => "a better clock is heard",
        StateEvent::P2 => "a better way to the grandmaster is heard",
        StateEvent::S1 { .. } => "the best master is heard here",
        StateEvent::AnnounceReceiptTimeoutExpires => "no Announce came in time",
        StateEvent::QualificationTimeoutExpires => "no better master spoke up",
        StateEvent::MasterClockSelected => "the clock follows its master",
        StateEvent::SynchronizationFault => "the clock does not follow its master",
    }
}

/// Why a port changed its state, in the words of ptp4l.
const fn cause_name(cause: StateEvent) -> &'static str {
    match cause {
        StateEvent::PowerUp => "POWERUP",
        StateEvent::Initialize => "INITIALIZE",
        StateEvent::InitComplete => "INIT_COMPLETE",
        StateEvent::FaultDetected => "FAULT_DETECTED",
        StateEvent::FaultCleared => "FAULT_CLEARED",
        StateEvent::DesignatedEnabled => "DESIGNATED_ENABLED",
        StateEvent::DesignatedDisabled => "DESIGNATED_DISABLED",
        StateEvent::M1 | StateEvent::M2 => "RS_GRAND_MASTER",
        StateEvent::M3 => "RS_MASTER",
        StateEvent::P1 | StateEvent::P2 => "RS_PASSIVE",
        StateEvent::S1 { .. } => "RS_SLAVE",
        StateEvent::AnnounceReceiptTimeoutExpires => "ANNOUNCE_RECEIPT_TIMEOUT_EXPIRES",
        StateEvent::QualificationTimeoutExpires => "QUALIFICATION_TIMEOUT_EXPIRES",
        StateEvent::MasterClockSelected => "MASTER_CLOCK_SELECTED",
        StateEvent::SynchronizationFault => "SYNCHRONIZATION_FAULT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Sample = Sample { offset: -12.4, delay: 345.6, frequency: -1234.0, servo: Servo::Locked };

    /// The forms are those of ptp4l's source, as people's scripts expect them.
    #[test]
    fn lines_for_scripts_are_those_of_ptp4l() {
        let line = |entry: Entry<'_>| entry.linuxptp().expect("ptp4l says it, too");
        assert_eq!(line(Entry::Sample(SAMPLE)), "master offset        -12 s2 freq   +1234 path delay       346");
        let mut statistics = Statistics::default();
        for offset in [3.0, -4.0] {
            statistics.add(&Sample { offset, ..SAMPLE });
        }
        assert_eq!(line(Entry::Summary(statistics)), "rms    4 max    4 freq  +1234 +/-   0 delay   346 +/-   0");
        let (from, to, cause) = (State::Listening, State::Uncalibrated, StateEvent::S1 { new_master: true });
        let state = Entry::State { number: 1, interface: "eth0", from, to, cause };
        assert_eq!(line(state), "port 1 (eth0): LISTENING to UNCALIBRATED on RS_SLAVE");
    }

    #[test]
    fn every_entry_is_one_object_in_json() {
        let object = Entry::Sample(SAMPLE).json(Level::Info, Instant::from_nanos(7));
        assert_eq!((&object["monotonic_ns"], &object["offsetFromMaster_ns"]), (&json!(7), &json!(-12.4)));
        assert_eq!(object["servo"], "locked");
    }
}
