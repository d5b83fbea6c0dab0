//! Going on as another user once everything is open.

use super::settings::Settings;
use std::io;
use syntone_linux::{Capability, PtpClock, become_user};

/// Goes on as `user`, if one is set, with the rights that are needed when an interface comes back.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn drop<'a>(clocks: impl Iterator<Item = (&'a Settings, &'a PtpClock)>) -> Result<(), String> {
    let (mut user, mut kept) = (String::new(), vec![Capability::NetBindService, Capability::NetRaw]);
    for (settings, clock) in clocks {
        // It is the same for all.
        user = settings.text("user", None);
        if matches!(clock, PtpClock::Phc(_)) {
            kept.push(Capability::NetAdmin);
        }
        if !matches!(clock, PtpClock::Software(_)) {
            kept.push(Capability::SysTime);
        }
    }
    if user.is_empty() {
        return Ok(());
    }
    become_user(&user, &kept).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("user {user:?} is not a user of this machine"),
        io::ErrorKind::PermissionDenied => {
            format!("only root can become user {user:?}: start it as root, or as that user")
        }
        _ => format!("cannot become user {user:?}: {error}"),
    })
}
