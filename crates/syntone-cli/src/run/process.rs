//! The process: one clock, or several beside each other in one loop.

use super::Sources;
use super::daemon::Daemon;
use super::neighbours::{self, Neighbours};
use super::privileges;
use super::service::{Watchdog, notify};
use super::settings::Settings;
use syntone_hal::Instant;
use syntone_linux::{monotonic, reload_requested, stop_requested};

/// Runs until a signal ends it.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn run(configurations: Vec<(Sources<'_>, Settings)>) -> Result<(), String> {
    syntone_linux::catch_stop_signals().map_err(|error| format!("cannot catch signals: {error}"))?;
    syntone_linux::catch_reload_signal().map_err(|error| format!("cannot catch SIGHUP: {error}"))?;
    let mut clocks = open(configurations)?;
    let mut watchdog = Watchdog::new();
    clocks.iter_mut().for_each(Daemon::greet);
    notify("READY=1");
    while !stop_requested() {
        if reload_requested() {
            notify("RELOADING=1");
            clocks.iter_mut().for_each(Daemon::reload);
            notify("READY=1");
        }
        let due = clocks.iter_mut().map(Daemon::turn).min();
        let now = monotonic();
        watchdog.tell(now);
        let latest = now.plus_nanos(watchdog.longest_wait());
        wait(&mut clocks, due.map_or(latest, |due| due.min(latest)))?;
    }
    notify("STOPPING=1");
    clocks.iter_mut().for_each(Daemon::leave);
    Ok(())
}

fn open(configurations: Vec<(Sources<'_>, Settings)>) -> Result<Vec<Daemon<'_>>, String> {
    let neighbours = Neighbours::new(configurations.iter().map(|(_, settings)| settings));
    let mut clocks: Vec<Daemon<'_>> = Vec::new();
    for (sources, settings) in configurations {
        clocks.push(Daemon::open(sources, settings, &neighbours)?);
        neighbours::check_steered(clocks.iter().map(|clock| (&clock.settings, clock.engine.hal())))?;
    }
    privileges::drop(clocks.iter().map(|clock| (&clock.settings, clock.engine.hal().clock())))?;
    Ok(clocks)
}

/// Waits for sockets, for a signal, and until then at the latest.
fn wait(clocks: &mut [Daemon<'_>], until: Instant) -> Result<(), String> {
    let (mut hals, mut others, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for clock in &mut *clocks {
        let (hal, awaited) = clock.awaited();
        counts.push(awaited.len());
        hals.push(hal);
        others.extend(awaited);
    }
    syntone_linux::wait(&mut hals, &mut others, until).map_err(|error| error.to_string())?;
    let ready: Vec<bool> = others.iter().map(|other| other.ready).collect();
    let mut rest = &ready[..];
    for (clock, count) in clocks.iter_mut().zip(counts) {
        let (own, behind) = rest.split_at(count);
        clock.note(own);
        rest = behind;
    }
    Ok(())
}
