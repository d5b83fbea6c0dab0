//! A run from its start to its end.

use super::args::{Args, Transport};
use super::diagnosis::{Evidence, diagnose};
use super::node::{Node, PORT, Setup, lock_name, nanos, scaled_ppb};
use super::picture::Caption;
use super::series::{Early, Sample, Series};
use super::summary::Summary;
use super::view::View;
use syntone::Event;
use syntone::counters::Discard;
use syntone::port::State;
use syntone::servo::LockState;
use syntone_hal::Instant;
use syntone_linux::LinuxHal;

/// Without an offset after this long, the live view says what is missing.
const PATIENCE: u64 = 5_000_000_000;

/// A run.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    args: &'a Args,
    setup: Setup,
    start: Instant,
    series: Series,
    syncs: u32,
    locked_at: Option<u64>,
    lock_losses: u32,
    lock: LockState,
}

impl<'a> Session<'a> {
    pub(crate) fn new(args: &'a Args, setup: Setup) -> Self {
        let start = setup.watched.hal.monotonic();
        Self {
            args,
            setup,
            start,
            series: Series::default(),
            syncs: 0,
            locked_at: None,
            lock_losses: 0,
            lock: LockState::Unlocked,
        }
    }

    /// Nanoseconds since the start.
    pub(crate) fn elapsed(&self) -> u64 {
        self.setup.watched.hal.monotonic().nanos_since(self.start)
    }

    /// Does what is due, notes what was measured, and waits for what comes next; at most until `limit` nanoseconds after
    /// the start.
    ///
    /// # Errors
    /// A text with the cause, when the system refuses to wait.
    pub(crate) fn turn(&mut self, limit: u64) -> Result<(), String> {
        let true_error = self.true_error();
        let mut until = self.start.plus_nanos(limit);
        if let Some(master) = &mut self.setup.master {
            until = until.min(master.turn(&mut |_| {}));
        }
        let mut locks = Vec::new();
        until = until.min(self.setup.watched.turn(&mut |event| {
            if let Event::Lock(lock) = event {
                locks.push(*lock);
            }
        }));
        for lock in locks {
            self.note_lock(lock);
        }
        self.note_sample(true_error);
        let mut hals: Vec<&mut LinuxHal> = vec![&mut self.setup.watched.hal];
        hals.extend(self.setup.master.as_mut().map(|master| &mut master.hal));
        syntone_linux::wait(&mut hals, &mut [], until).map_err(|error| error.to_string())
    }

    /// How far the slave's clock is ahead of the master's at this moment, where both can be read.
    fn true_error(&mut self) -> Option<f64> {
        let master = self.setup.master.as_mut()?.hal.software_clock()?;
        let slave = self.setup.watched.hal.software_clock()?;
        let kernel = slave.kernel_now();
        master.kernel_now();
        Some(slave.at(kernel).nanos_since(master.at(kernel)) as f64)
    }

    fn note_lock(&mut self, lock: LockState) {
        if lock == LockState::Locked && self.locked_at.is_none() {
            self.locked_at = Some(self.elapsed());
        }
        if self.lock == LockState::Locked && lock != LockState::Locked {
            self.lock_losses += 1;
        }
        self.lock = lock;
    }

    fn note_sample(&mut self, true_error: Option<f64>) {
        self.series.push_early(Early { at: self.elapsed(), true_error, frequency: self.frequency() });
        let clock = &self.setup.watched.clock;
        if clock.syncs() == self.syncs {
            return;
        }
        self.syncs = clock.syncs();
        let current = clock.current_ds();
        // Before the first path delay there is no offset.
        if current.mean_delay.scaled() == 0 && current.offset_from_master.scaled() == 0 {
            return;
        }
        let sample = Sample {
            at: self.elapsed(),
            offset: nanos(current.offset_from_master),
            true_error,
            delay: nanos(current.mean_delay),
            frequency: self.frequency(),
            locked: clock.lock_state() == LockState::Locked,
        };
        self.series.push(sample);
    }

    fn frequency(&self) -> f64 {
        scaled_ppb(self.setup.watched.hal.clock().frequency())
    }

    fn watched(&self) -> &Node {
        &self.setup.watched
    }

    fn port_state(&self) -> State {
        self.watched().clock.port_ds(PORT).map_or(State::Initializing, |port| port.port_state)
    }

    fn grandmaster(&self) -> Option<String> {
        let parent = self.watched().clock.parent_ds();
        self.port_state().has_parent().then(|| parent.grandmaster_identity.to_string())
    }

    /// The frequency offset, in ppb, that would cancel the oscillator's error exactly.
    fn true_frequency(&self) -> Option<f64> {
        self.setup.oscillator_ppb.map(|ppb| (1.0 / (1.0 + ppb / 1e9) - 1.0) * 1e9)
    }

    /// Messages received, sent and dropped.
    fn messages(&self) -> (u32, u32, u32) {
        self.watched().clock.counters(PORT).map_or((0, 0, 0), |counters| {
            (counters.total_received(), counters.total_sent(), counters.total_discarded())
        })
    }

    /// What was not used, by reason.
    fn discards(&self) -> Vec<(&'static str, u32)> {
        let Some(counters) = self.watched().clock.counters(PORT) else { return Vec::new() };
        let counts = Discard::ALL.map(|reason| (reason.name(), counters.discarded(reason)));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    fn diagnosis(&self) -> Option<String> {
        let clock = &self.watched().clock;
        Some(diagnose(&Evidence {
            counters: clock.counters(PORT)?,
            link_up: clock.link_is_up(PORT),
            has_parent: self.port_state().has_parent(),
            has_offset: !self.series.samples().is_empty(),
            domain: self.args.domain,
            place: &self.setup.place,
            interface: self.args.interface.as_deref(),
            ethernet: self.args.transport != Transport::Udp4,
        }))
    }

    fn serves(&self) -> bool {
        self.args.master && matches!(self.port_state(), State::Master | State::PreMaster | State::Passive)
    }

    /// What is worth a note before the run.
    pub(crate) fn note(&self) -> Option<&str> {
        self.setup.note.as_deref()
    }

    pub(crate) fn title(&self) -> &str {
        &self.setup.title
    }

    /// What the live view shows now.
    pub(crate) fn view(&self, colour: bool) -> View<'_> {
        let (received, sent, discarded) = self.messages();
        let elapsed = self.elapsed();
        let idle = self.series.samples().is_empty() && !self.serves() && elapsed >= PATIENCE;
        View {
            title: &self.setup.title,
            elapsed,
            length: self.args.duration().map(|length| u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)),
            port_state: state_name(self.port_state()),
            master: self.grandmaster(),
            lock: self.watched().clock.lock_state(),
            locked_at: self.locked_at,
            received,
            sent,
            discarded,
            true_frequency: self.true_frequency(),
            hint: idle.then(|| self.diagnosis()).flatten(),
            series: &self.series,
            colour,
        }
    }

    pub(crate) fn summary(&self) -> Summary {
        let length = self.elapsed();
        let (offset, true_error, mean_path_delay) = Summary::statistics(self.series.since(length / 2));
        let (received, sent, _) = self.messages();
        let lock = self.watched().clock.lock_state();
        let serves = self.serves() && self.port_state() != State::PreMaster;
        let trouble = match lock {
            _ if serves => None,
            LockState::Locked => None,
            // Both ends are ours: nothing is the matter but the haste.
            _ if self.setup.master.is_some() && length < PATIENCE => {
                Some(format!("it ended after {}, and a lock takes about 3 s", super::quantity::seconds(length)))
            }
            _ => self.diagnosis(),
        };
        Summary {
            state: if serves { "master" } else { lock_name(lock) },
            port_state: state_name(self.port_state()),
            grandmaster: self.grandmaster(),
            length,
            locked_at: self.locked_at,
            lock_losses: self.lock_losses,
            offset,
            true_error,
            mean_path_delay,
            frequency: self.frequency(),
            received,
            sent,
            discarded: self.discards(),
            trouble,
        }
    }

    /// What the picture says, and the samples for it.
    pub(crate) fn picture(&self, summary: &Summary) -> (Caption, &Series) {
        let offset = summary.offset.map_or_else(String::new, |offset| {
            format!("offset {} rms over the last half, ", super::quantity::time(offset.rms))
        });
        let caption = Caption {
            title: if self.setup.master.is_some() {
                "A slave clock finds its master".into()
            } else {
                format!("Slave on {}", self.setup.place)
            },
            subtitle: format!(
                "{offset}kernel software time stamps, PI servo; {}",
                self.setup.title.trim_start_matches("syntone demo").trim()
            ),
            length: summary.length,
            locked_at: self.locked_at,
            true_frequency: self.true_frequency(),
        };
        (caption, &self.series)
    }
}

/// The standard's name of a port state.
pub(crate) const fn state_name(state: State) -> &'static str {
    match state {
        State::Initializing => "INITIALIZING",
        State::Faulty => "FAULTY",
        State::Disabled => "DISABLED",
        State::Listening => "LISTENING",
        State::PreMaster => "PRE_MASTER",
        State::Master => "MASTER",
        State::Passive => "PASSIVE",
        State::Uncalibrated => "UNCALIBRATED",
        State::Slave => "SLAVE",
    }
}
