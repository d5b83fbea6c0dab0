//! Steps of the clock by other programs.

use super::engine::Engine;
use super::settings::Settings;
use syntone::port::State;
use syntone_hal::{ClockHal, Instant, PortIndex, TimeInterval};

/// How often it is looked whether another program has stepped the clock.
const INTERVAL_NS: u64 = 1_000_000_000;

/// When the offset jumps by more, it is looked at once: each further Sync would be taken for one of the same clock.
const SUSPICIOUS_JUMP: TimeInterval = TimeInterval::from_nanos(100_000);

/// When it is looked for them next.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    due: Option<Instant>,
    offset: TimeInterval,
}

impl Steps {
    /// A Sync has shown `offset`.
    pub(crate) fn see(&mut self, offset: TimeInterval) {
        let before = std::mem::replace(&mut self.offset, offset);
        if (offset - before).abs() > SUSPICIOUS_JUMP {
            self.due = None;
        }
    }

    /// Another program may have stepped the clock: while it follows a master, that is undone. What is to be said of it.
    pub(crate) fn look(&mut self, now: Instant, engine: &mut dyn Engine, settings: &Settings) -> Option<String> {
        if self.due.is_some_and(|due| now < due) {
            return None;
        }
        self.due = Some(now.plus_nanos(INTERVAL_NS));
        // A clock that is not ours to steer is another's to step.
        if settings.flag("free_running", None) {
            return None;
        }
        // A device that is gone is told by the port.
        let stepped = engine.hal_mut().clock_mut().stepped_by_others().ok().flatten()?;
        engine.stepped_by_others(stepped);
        let mut ports = (0..).map(PortIndex).zip(&settings.interfaces);
        let follows = ports.any(|(port, _)| engine.port_state(port) == State::Slave);
        let undone = follows && engine.hal_mut().step(stepped.saturating_neg()).is_ok();
        if undone {
            engine.stepped_by_others(stepped.saturating_neg());
        }
        let what_then = if undone { "that is undone" } else { "it stays" };
        Some(format!(
            "another program has stepped the clock by {stepped} ns: {what_then}; is another time daemon running?"
        ))
    }
}
