//! Going on as another user once everything is open.

use super::settings::Settings;
use std::io;
use syntone_linux::{Capability, PtpClock, become_user};

/// Goes on as `user`, if one is set, with the rights that are needed when an interface comes back.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn drop(settings: &Settings, clock: &PtpClock) -> Result<(), String> {
    let user = settings.text("user", None);
    if user.is_empty() {
        return Ok(());
    }
    let mut kept = vec![Capability::NetBindService, Capability::NetRaw];
    if matches!(clock, PtpClock::Phc(_)) {
        kept.push(Capability::NetAdmin);
    }
    if !matches!(clock, PtpClock::Software(_)) {
        kept.push(Capability::SysTime);
    }
    become_user(&user, &kept).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("user {user:?} is not a user of this machine"),
        io::ErrorKind::PermissionDenied => {
            format!("only root can become user {user:?}: start it as root, or as that user")
        }
        _ => format!("cannot become user {user:?}: {error}"),
    })
}
