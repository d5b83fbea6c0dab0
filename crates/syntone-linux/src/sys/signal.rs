//! Signals that set a flag.

use super::check;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);
static RELOAD: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP set the flag that [`stop_requested`] reads, and interrupt a wait.
///
/// # Errors
/// When the system refuses the handler.
pub fn catch_stop_signals() -> io::Result<()> {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        catch(signal, on_stop)?;
    }
    Ok(())
}

/// From now on SIGHUP does not stop the program but sets the flag that [`reload_requested`] reads, and interrupts a wait.
///
/// # Errors
/// When the system refuses the handler.
pub fn catch_reload_signal() -> io::Result<()> {
    catch(libc::SIGHUP, on_reload)
}

/// Whether SIGHUP has come since the last time this was asked.
#[must_use]
pub fn reload_requested() -> bool {
    RELOAD.swap(false, Ordering::Relaxed)
}

/// Whether one of the caught signals has come.
#[must_use]
pub fn stop_requested() -> bool {
    STOP.load(Ordering::Relaxed)
}

fn catch(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) -> io::Result<()> {
    // SAFETY: an all-zero `sigaction` is a valid value: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: `action` lives for the call; the handlers only store to an atomic, which is async-signal-safe. The old action
    // is not asked for.
    check(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }).map(|_| ())
}

extern "C" fn on_stop(_signal: libc::c_int) {
    STOP.store(true, Ordering::Relaxed);
}

extern "C" fn on_reload(_signal: libc::c_int) {
    RELOAD.store(true, Ordering::Relaxed);
}
