//! What the service manager is told, where there is one.

use syntone_hal::Instant;

/// Without a watchdog the loop goes round this often at least.
const LONGEST_WAIT: u64 = 1_000_000_000;

/// The service manager's watchdog, where there is one.
pub(crate) struct Watchdog {
    /// Half of what it waits.
    interval: Option<u64>,
    due: Instant,
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        let mut microseconds = 0;
        let enabled = sd_notify::watchdog_enabled(false, &mut microseconds) && microseconds > 0;
        Self { interval: enabled.then(|| microseconds.saturating_mul(500)), due: Instant::from_nanos(0) }
    }

    /// The loop goes round: it is told.
    pub(crate) fn tell(&mut self, now: Instant) {
        if let Some(interval) = self.interval.filter(|_| now >= self.due) {
            notify("WATCHDOG=1");
            self.due = now.plus_nanos(interval);
        }
    }

    /// Without a timer of the protocol the loop goes round this often at least, in nanoseconds.
    pub(crate) fn longest_wait(&self) -> u64 {
        self.interval.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }
}

/// Tells the service manager, where there is one.
pub(crate) fn notify(state: &str) {
    let _ = sd_notify::notify(false, &[sd_notify::NotifyState::Custom(state)]);
}
