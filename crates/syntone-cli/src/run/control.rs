//! The management sockets of the daemon, as ptp4l has them: one to read and write, one to read alone.

use super::engine::Engine;
use super::host::{Host, PortClock};
use super::relay::Relay;
use super::settings::Settings;
use super::subscriptions::{Notice, Subscriptions};
use std::os::fd::AsFd;
use std::path::Path;
use syntone::counters::Discard;
use syntone::management::Access;
use syntone::servo::LockState;
use syntone::wire::management::SyntoneStatusNp;
use syntone::wire::{Header, PortIdentity};
use syntone_hal::{ErrorKind, FrequencyOffset, HalError, Instant, PortCapabilities, PortIndex, Stamping, TimestampHal};
use syntone_linux::{Awaited, Error, LocalAddress, LocalSocket};

/// Messages that one turn takes from a socket at the most, so that a flood does not keep the clock from its work.
const BATCH: usize = 8;
/// One to read and write, one to read alone.
const MOST_SOCKETS: usize = 2;
/// No request is longer.
const LONGEST: usize = 1500;

/// The sockets, and who wants to be told of what happens.
pub(crate) struct Control {
    sockets: Vec<Socket>,
    interfaces: Vec<String>,
    subscriptions: Subscriptions,
    relay: Relay,
    /// A message was dropped; said once.
    dropped: bool,
    /// When a Sync was used last.
    last_sync: Option<Instant>,
}

struct Socket {
    socket: LocalSocket,
    access: Access,
    /// There may be a message.
    ready: bool,
}

impl Control {
    /// Makes the sockets. What a user without the right to the usual places cannot have is left out, with a warning.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn open(settings: &Settings, warnings: &mut Vec<String>) -> Result<Self, String> {
        let mut sockets = Vec::new();
        let options: [_; MOST_SOCKETS] = [
            ("uds_address", "uds_file_mode", Access::ReadWrite),
            ("uds_ro_address", "uds_ro_file_mode", Access::ReadOnly),
        ];
        for (address, mode, access) in options {
            let path = settings.text(address, None);
            if path.is_empty() {
                continue;
            }
            let mode = u32::try_from(settings.integer(mode, None)).unwrap_or(0);
            match LocalSocket::bind(Path::new(&path), mode) {
                Ok(socket) => sockets.push(Socket { socket, access, ready: true }),
                Err(error) if !settings.is_set(address) && is_denied(&error) => {
                    warnings.push(format!("no management at {path}: {error} ({address})"));
                }
                Err(error) => return Err(format!("{address}: {error}")),
            }
        }
        let interfaces = settings.interfaces.clone();
        Ok(Self {
            sockets,
            interfaces,
            subscriptions: Subscriptions::default(),
            relay: Relay::default(),
            dropped: false,
            last_sync: None,
        })
    }

    /// What is to be waited for.
    pub(crate) fn awaited(&self) -> Vec<Awaited<'_>> {
        self.sockets.iter().map(|socket| Awaited { socket: socket.socket.as_fd(), ready: false }).collect()
    }

    /// What the wait has found, in the same order. Gives what was found of others, which come after.
    pub(crate) fn note<'a>(&mut self, ready: &'a [bool]) -> &'a [bool] {
        let (own, others) = ready.split_at(ready.len().min(self.sockets.len()));
        for (socket, ready) in self.sockets.iter_mut().zip(own) {
            socket.ready = *ready;
        }
        others
    }

    /// Answers what has come, up to a limit. Gives the reason why the first message ever was dropped.
    pub(crate) fn serve(&mut self, engine: &mut dyn Engine) -> Option<Discard> {
        let mut dropped = None;
        for socket in self.sockets.iter().filter(|socket| socket.ready) {
            socket.take(|octets, from| {
                let mut host = host(&self.interfaces, &mut self.subscriptions, engine, self.last_sync);
                if let (Ok(header), Access::ReadWrite) = (Header::parse(octets), socket.access) {
                    let now = engine.hal().monotonic();
                    host.asked_by = Some((header.0.source_port_identity, header.0.domain_number, *from, now));
                }
                // Who does not read their answers goes without.
                let mut answer = |octets: &[u8]| drop(socket.socket.send(octets, from));
                let before = host.power_profile;
                if let Err(reason) = engine.manage(socket.access, octets, &mut host, &mut answer) {
                    dropped = dropped.or(Some(reason));
                }
                if let Some(wanted) = host.power_profile.filter(|_| host.power_profile != before) {
                    engine.set_power_profile(wanted);
                }
                // The clock hands on one at a time, in its next turn.
                !(socket.access == Access::ReadWrite && self.relay.note(octets, *from))
            });
        }
        dropped.filter(|_| !std::mem::replace(&mut self.dropped, true))
    }

    /// Hands over what other clocks have answered.
    pub(crate) fn deliver(&self, engine: &mut dyn Engine) {
        let Some(Socket { socket, .. }) = self.sockets.iter().find(|socket| socket.access == Access::ReadWrite) else {
            return;
        };
        // Who does not read their answers goes without.
        self.relay.deliver(engine, |octets, to| drop(socket.send(octets, to)));
    }

    /// Tells who has asked for it.
    pub(crate) fn notify(&mut self, engine: &mut dyn Engine, notice: Notice) {
        let now = engine.hal().monotonic();
        if notice == Notice::TimeSync {
            self.last_sync = Some(now);
        }
        for (request, to) in self.subscriptions.notifications(notice, now) {
            let Some(Socket { socket, .. }) = self.sockets.first() else { return };
            let mut host = host(&self.interfaces, &mut self.subscriptions, engine, self.last_sync);
            let mut gone = false;
            let mut answer = |octets: &[u8]| gone |= socket.send(octets, &to).is_err_and(|error| !is_busy(&error));
            // What is asked for is among what every clock tells.
            let _ = engine.manage(Access::ReadOnly, &request, &mut host, &mut answer);
            if gone {
                self.subscriptions.remove(&to);
            }
        }
    }
}

impl Socket {
    /// Takes what has come from who can be answered, up to a limit or until `each` says that it is enough.
    fn take(&self, mut each: impl FnMut(&[u8], &LocalAddress) -> bool) {
        let mut buffer = [0; LONGEST];
        for _ in 0..BATCH {
            // An error of the socket is no matter of the clock.
            let Ok(Some((length, from))) = self.socket.receive(&mut buffer) else { break };
            if let (Some(from), Some(octets)) = (from, buffer.get(..length))
                && !each(octets, &from)
            {
                return;
            }
        }
    }
}

fn host<'a>(
    interfaces: &'a [String],
    subscriptions: &'a mut Subscriptions,
    engine: &dyn Engine,
    last_sync: Option<Instant>,
) -> Host<'a> {
    let port = |(index, interface): (PortIndex, &'a String)| PortClock {
        identity: PortIdentity::new(engine.identity(), index.number()),
        state: engine.port_state(index),
        stamping: stamping(&engine.hal().capabilities(index)),
        phc_index: engine.hal().phc_index(index),
        interface,
        measures_link: engine.mean_link_delay(index).is_some(),
        trouble: engine.hal().trouble(index).map(short).unwrap_or_default(),
    };
    Host {
        ports: (0..).map(PortIndex).zip(interfaces).map(port).collect(),
        is_slave_only: engine.is_slave_only(),
        status: status(engine, last_sync),
        power_profile: engine.power_profile(),
        subscriptions,
        asked_by: None,
    }
}

/// As much as a text of PTP holds.
fn short(error: &Error) -> String {
    let text = error.to_string();
    text.get(..text.floor_char_boundary(255)).unwrap_or_default().to_owned()
}

fn status(engine: &dyn Engine, last_sync: Option<Instant>) -> SyntoneStatusNp {
    let following = engine.following();
    let now = engine.hal().monotonic();
    SyntoneStatusNp {
        frequency: following.and_then(|following| following.frequency).map_or(i32::MIN, FrequencyOffset::scaled_ppm),
        servo_state: match following.map(|following| following.lock) {
            Some(LockState::Locked) => 1,
            Some(LockState::Holdover) => 2,
            _ => 0,
        },
        offset_age: last_sync.map_or(u64::MAX, |last| now.nanos_since(last)),
    }
}

/// As linuxptp numbers it: 0 software, 1 hardware, 3 one-step, 4 one-step also for Pdelay_Resp.
fn stamping(capabilities: &PortCapabilities) -> u8 {
    match capabilities.stamping {
        _ if capabilities.one_step_pdelay_resp => 4,
        _ if capabilities.one_step_sync => 3,
        Stamping::Hardware => 1,
        _ => 0,
    }
}

fn is_denied(error: &Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
}

fn is_busy(error: &Error) -> bool {
    error.kind() == ErrorKind::Busy
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn a_turn_takes_a_bounded_number_of_messages_from_a_socket() {
        let folder = std::env::temp_dir().join(format!("syntone-control-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let socket = LocalSocket::bind(&folder.join("daemon"), 0o600).expect("a socket");
        let socket = Socket { socket, access: Access::ReadOnly, ready: true };
        let client = UnixDatagram::bind(folder.join("client")).expect("a socket");
        // As many as every kernel holds for a reader.
        for length in 1..=10 {
            client.send_to(&vec![0; length], folder.join("daemon")).expect("there is room");
        }
        let take = || {
            let mut lengths = Vec::new();
            socket.take(|octets, _| {
                lengths.push(octets.len());
                true
            });
            lengths
        };
        assert_eq!([take(), take(), take()], [(1..=BATCH).collect(), (BATCH + 1..=10).collect(), vec![]]);
        drop(socket);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
