//! One clock of the daemon from its start to its end.

use super::Sources;
use super::companions::Companions;
use super::control::Control;
use super::engine::{self, Engine};
use super::intervals::Stability;
use super::log::{Entry, Level, Log, Sample, Servo, Statistics};
use super::metrics::Metrics;
use super::neighbours::Neighbours;
use super::saved::SavedFrequency;
use super::settings::Settings;
use super::silence::Silence;
use super::steps::Steps;
use super::subscriptions::Notice;
use super::system::SystemTime;
use crate::demo::{nanos, scaled_ppb};
use syntone::Event;
use syntone::servo::LockState;
use syntone_hal::{Instant, PortIndex, TimeInterval};
use syntone_linux::{Awaited, LinuxHal, PtpClock};

/// A running clock, and what is said of it.
pub(crate) struct Daemon<'a> {
    pub(super) sources: Sources<'a>,
    /// The process has no other.
    pub(super) is_alone: bool,
    pub(super) engine: Box<dyn Engine>,
    control: Control,
    pub(super) metrics: Metrics,
    pub(super) settings: Settings,
    saved: SavedFrequency,
    system: SystemTime,
    companions: Companions,
    steps: Steps,
    pub(super) stability: Stability,
    silence: Silence,
    pub(super) log: Log,
    /// What is to be said at the start.
    warnings: Vec<String>,
    syncs: u32,
    stepped: bool,
    statistics: Statistics,
    /// How many Syncs one line tells of. Looked up for each line, not for each Sync.
    pub(super) at_once: u32,
}

impl<'a> Daemon<'a> {
    /// Opens what a clock needs, and says nothing yet.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn open(sources: Sources<'a>, settings: Settings, neighbours: &Neighbours) -> Result<Self, String> {
        let log = Log::new(&settings);
        let mut saved = SavedFrequency::new(&settings);
        let (mut engine, mut warnings) = engine::start(&settings, &mut saved, neighbours)?;
        let system = SystemTime::new(&settings, engine.hal().clock())?;
        let companions = Companions::new(&settings, engine.hal_mut())?;
        let control = Control::open(&settings, &mut warnings)?;
        let metrics = Metrics::open(&settings)?;
        let stability = Stability::new(&settings);
        Ok(Self {
            sources,
            is_alone: neighbours.are_none(),
            engine,
            control,
            metrics,
            settings,
            saved,
            system,
            companions,
            steps: Steps::default(),
            stability,
            silence: Silence::default(),
            log,
            warnings,
            syncs: 0,
            stepped: false,
            statistics: Statistics::default(),
            at_once: 0,
        })
    }

    /// Says how it starts.
    pub(crate) fn greet(&mut self) {
        self.say_what_has_no_effect();
        self.warnings.extend(self.log.take_complaint());
        for warning in std::mem::take(&mut self.warnings) {
            self.words(Level::Warning, &warning);
        }
        self.say_where_it_runs();
    }

    /// Its sockets with stamps, and the others that are to be waited for.
    pub(crate) fn awaited(&mut self) -> (&mut LinuxHal, Vec<Awaited<'_>>) {
        let mut others = self.control.awaited();
        others.extend(self.metrics.awaited());
        (self.engine.hal_mut(), others)
    }

    /// What the wait has found of the others, in their order.
    pub(crate) fn note(&mut self, ready: &[bool]) {
        let of_metrics = self.control.note(ready);
        self.metrics.woken(of_metrics.contains(&true));
    }

    pub(super) fn words(&self, level: Level, words: &str) {
        self.log.write(self.now(), &Entry::Words(level, words));
    }

    fn say_what_has_no_effect(&self) {
        for (name, why) in self.settings.without_effect() {
            self.words(Level::Info, &format!("{name} changes nothing: {why}"));
        }
    }

    fn say_where_it_runs(&self) {
        let interfaces = self.settings.interfaces.join(", ");
        let domain = self.settings.integer("domainNumber", None);
        let transport = self.settings.text("network_transport", self.settings.interfaces.first().map(String::as_str));
        self.words(
            Level::Notice,
            &format!(
                "syntone {} on {interfaces}, {transport}, domain {domain}, {}",
                env!("CARGO_PKG_VERSION"),
                clock_name(self.engine.hal().clock())
            ),
        );
    }

    /// Does what is due, says what happened, and until when there is nothing to do.
    pub(crate) fn turn(&mut self) -> Instant {
        if let Some(reason) = self.control.serve(&mut *self.engine) {
            let reason = reason.name();
            self.words(
                Level::Warning,
                &format!("a message on a management socket was dropped: {reason}; more are not told"),
            );
        }
        let mut events = Vec::new();
        let until = self.engine.turn(&mut |event| events.push(*event));
        if self.engine.hal_mut().take_replaced_clock() {
            let renewed = self.companions.renew(&mut *self.engine, &self.settings);
            self.words(Level::Notice, &renewed.unwrap_or_else(|error| error));
        }
        self.control.deliver(&mut *self.engine);
        for event in &events {
            self.metrics.count(event);
            self.tell(event);
            self.notify(event);
            if let Event::Parent { from, to, .. } = event
                && from.parent_ds.parent_port_identity != to.parent_ds.parent_port_identity
            {
                self.stability.forget(&mut *self.engine, &self.settings);
            }
        }
        self.sample();
        self.log.tell_left_out(self.now(), false);
        let due = self.look_after_clocks(self.now());
        let asked = self.metrics.serve(&*self.engine, &self.settings);
        until.min(due.unwrap_or(until)).min(asked.unwrap_or(until))
    }

    /// What another program does to the clock, and what runs beside the protocol.
    fn look_after_clocks(&mut self, now: Instant) -> Option<Instant> {
        if let Some(words) = self.steps.look(now, &mut *self.engine, &self.settings) {
            self.metrics.count_foreign_step();
            self.words(Level::Warning, &words);
        }
        if let Some(words) = self.silence.look(now, &*self.engine, &self.settings) {
            self.words(Level::Warning, &words);
        }
        let companions = match self.companions.turn(now, self.engine.hal_mut()) {
            Ok(due) => due,
            Err(error) => {
                self.words(Level::Error, &error);
                None
            }
        };
        self.look_after_system(now).into_iter().chain(companions).min()
    }

    /// The system clock beside the protocol, and the frequency that is kept for the next start.
    fn look_after_system(&mut self, now: Instant) -> Option<Instant> {
        let following = self.engine.following()?;
        if let Err(error) = self.saved.keep(now, &following) {
            self.words(Level::Warning, &error);
        }
        match self.system.turn(now, self.engine.hal_mut().clock_mut(), &following) {
            Ok((due, said)) => {
                if let Some(words) = said {
                    self.words(Level::Notice, &words);
                }
                due
            }
            Err(error) => {
                self.words(Level::Error, &error);
                None
            }
        }
    }

    /// At the end: the clock runs on at the frequency that kept pace.
    pub(crate) fn leave(&mut self) {
        let frequency = self.engine.following().and_then(|following| following.frequency);
        if let Err(error) = self.saved.leave(self.engine.hal_mut(), frequency) {
            self.words(Level::Warning, &error);
        }
        self.words(Level::Notice, "a signal ends it; the clock keeps its frequency");
        self.log.tell_left_out(self.now(), true);
    }

    pub(super) fn now(&self) -> Instant {
        self.engine.hal().monotonic()
    }

    fn tell(&mut self, event: &Event) {
        match *event {
            Event::State { port, from, to, cause } => {
                let interface = self.interface(port);
                let entry = Entry::State { number: port.number(), interface, from, to, cause };
                self.log.write(self.now(), &entry);
            }
            Event::Parent { grandmaster, from, to, .. }
                if from.parent_ds.grandmaster_identity != to.parent_ds.grandmaster_identity =>
            {
                let own = to.steps_removed == 0;
                let entry = Entry::Grandmaster { identity: &grandmaster.to_string(), own };
                self.log.write(self.now(), &entry);
            }
            Event::Lock(LockState::Holdover) => {
                self.words(Level::Warning, "no Sync comes any more: the frequency is held");
            }
            // The clock is another, which shows the time of the one before.
            Event::Stepped(0) => {}
            Event::Stepped(nanoseconds) => {
                self.stepped = true;
                self.companions.step(nanoseconds, self.engine.hal_mut());
                self.words(Level::Notice, &format!("the clock was stepped by {nanoseconds} ns"));
            }
            Event::Fault { port, kind } => {
                let trouble = self.engine.hal().trouble(port).map(ToString::to_string);
                let cause = trouble.unwrap_or_else(|| fault(kind).to_owned());
                let words = format!("port {} ({}): {cause}", port.number(), self.interface(port));
                self.words(Level::Error, &words);
            }
            Event::SeveralResponders { port } => {
                let words = format!(
                    "port {} ({}): several clocks answer its Pdelay_Reqs, so its link leads to more than one neighbour; \
                     use delay_mechanism E2E there",
                    port.number(),
                    self.interface(port)
                );
                self.words(Level::Error, &words);
            }
            Event::Missed(count) => self.words(Level::Warning, &format!("{count} events came too fast to be told")),
            _ => {}
        }
    }

    /// Tells the programs that asked for it.
    fn notify(&mut self, event: &Event) {
        let notice = match *event {
            Event::State { port, .. } => Notice::PortState(port),
            Event::Parent { .. } => Notice::Parent,
            _ => return,
        };
        self.control.notify(&mut *self.engine, notice);
    }

    fn interface(&self, port: PortIndex) -> &str {
        self.settings.interfaces.get(port.get()).map_or("?", String::as_str)
    }

    /// Says what the Syncs since the last turn have shown.
    fn sample(&mut self) {
        let Some(following) = self.engine.following() else { return };
        if following.syncs == self.syncs {
            return;
        }
        self.syncs = following.syncs;
        self.metrics.count_sync(self.now());
        self.control.notify(&mut *self.engine, Notice::TimeSync);
        let current = following.current_ds;
        // Before the first path delay there is no offset.
        if current.mean_delay == TimeInterval::ZERO && current.offset_from_master == TimeInterval::ZERO {
            return;
        }
        self.metrics.count_offset(current.offset_from_master);
        self.steps.see(current.offset_from_master);
        let (offset, lock) = (current.offset_from_master, following.lock);
        if let Some(words) = self.stability.see(offset, lock, &mut *self.engine, &self.settings) {
            self.words(Level::Info, words);
        }
        let servo = match following.lock {
            _ if std::mem::take(&mut self.stepped) => Servo::Stepped,
            LockState::Unlocked => Servo::Unlocked,
            LockState::Locked => Servo::Locked,
            LockState::Holdover => Servo::Holdover,
        };
        let sample = Sample {
            offset: nanos(current.offset_from_master),
            delay: nanos(current.mean_delay),
            frequency: scaled_ppb(self.engine.hal().clock().frequency()),
            servo,
        };
        if self.statistics.count() == 0 {
            self.at_once = self.syncs_per_summary();
        }
        if self.at_once <= 1 {
            self.log.write(self.now(), &Entry::Sample(sample));
            return;
        }
        self.statistics.add(&sample);
        if self.statistics.count() >= self.at_once {
            let statistics = std::mem::take(&mut self.statistics);
            self.log.write(self.now(), &Entry::Summary(statistics));
        }
    }

    pub(super) fn syncs_per_summary(&self) -> u32 {
        let following = (0..).map(PortIndex).zip(&self.settings.interfaces);
        let port =
            following.filter(|(port, _)| self.engine.port_state(*port).has_parent()).map(|(_, name)| name).next();
        let sync = self.settings.integer("logSyncInterval", port.map(String::as_str));
        let shift = self.settings.integer("summary_interval", None).saturating_sub(sync).clamp(0, 31);
        1_u32.wrapping_shl(u32::try_from(shift).unwrap_or(0))
    }
}

/// What a fault means, and what helps.
const fn fault(kind: syntone_hal::ErrorKind) -> &'static str {
    use syntone_hal::ErrorKind;
    match kind {
        ErrorKind::LinkDown => "the link is down; is the cable in, and is the interface up (ip link set NAME up)?",
        ErrorKind::PermissionDenied => "the system does not permit it to send; is there a firewall?",
        ErrorKind::Unsupported => "the driver does not do what is asked of it",
        _ => "the driver reports an error",
    }
}

/// The clock that is steered, and where its stamps come from.
fn clock_name(clock: &PtpClock) -> String {
    match clock {
        PtpClock::Software(_) => "a clock of its own by the kernel's time stamps".into(),
        PtpClock::System(_) => "the system clock by the kernel's time stamps".into(),
        PtpClock::Phc(phc) => format!("{} by the hardware's time stamps", phc.path()),
    }
}
