//! The management sockets of the daemon, as ptp4l has them: one to read and write, one to read alone.

use super::engine::Engine;
use super::host::{Host, PortClock};
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
use syntone_linux::{Awaited, Error, LocalSocket, PtpClock};

/// Messages that one turn takes from a socket at the most, so that a flood does not keep the clock from its work.
const BATCH: usize = 8;
/// No request is longer.
const LONGEST: usize = 1500;

/// The sockets, and who wants to be told of what happens.
pub(crate) struct Control {
    sockets: Vec<Socket>,
    interfaces: Vec<String>,
    subscriptions: Subscriptions,
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
        let options = [
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
        Ok(Self { sockets, interfaces, subscriptions: Subscriptions::default(), dropped: false, last_sync: None })
    }

    /// What is to be waited for.
    pub(crate) fn awaited(&self) -> Vec<Awaited<'_>> {
        self.sockets.iter().map(|socket| Awaited { socket: socket.socket.as_fd(), ready: false }).collect()
    }

    /// What the wait has found, in the same order.
    pub(crate) fn note(&mut self, ready: &[bool]) {
        for (socket, ready) in self.sockets.iter_mut().zip(ready) {
            socket.ready = *ready;
        }
    }

    /// Answers what has come, up to a limit. Gives the reason why the first message ever was dropped.
    pub(crate) fn serve(&mut self, engine: &mut dyn Engine) -> Option<Discard> {
        let mut buffer = [0; LONGEST];
        let mut dropped = None;
        for index in 0..self.sockets.len() {
            if !std::mem::take(&mut self.sockets[index].ready) {
                continue;
            }
            for _ in 0..BATCH {
                // An error of the socket is no matter of the clock.
                let Ok(Some((length, from))) = self.sockets[index].socket.receive(&mut buffer) else { break };
                let (Some(from), Some(octets)) = (from, buffer.get(..length)) else { continue };
                let Socket { socket, access, .. } = &self.sockets[index];
                let requester = Header::parse(octets).map(|(header, _)| header);
                let now = engine.hal().monotonic();
                let mut host = host(&self.interfaces, &mut self.subscriptions, engine, self.last_sync);
                if let (Ok(header), Access::ReadWrite) = (&requester, access) {
                    host.asked_by = Some((header.source_port_identity, header.domain_number, from, now));
                }
                // Who does not read their answers goes without.
                let mut answer = |octets: &[u8]| drop(socket.send(octets, &from));
                if let Err(reason) = engine.manage(*access, octets, &mut host, &mut answer) {
                    dropped = dropped.or(Some(reason));
                }
            }
        }
        dropped.filter(|_| !std::mem::replace(&mut self.dropped, true))
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

fn host<'a>(
    interfaces: &'a [String],
    subscriptions: &'a mut Subscriptions,
    engine: &dyn Engine,
    last_sync: Option<Instant>,
) -> Host<'a> {
    let phc_index = match engine.hal().clock() {
        PtpClock::Phc(phc) => phc.index(),
        _ => None,
    };
    let port = |(index, interface): (PortIndex, &'a String)| PortClock {
        identity: PortIdentity::new(engine.identity(), index.number()),
        state: engine.port_state(index),
        stamping: stamping(&engine.hal().capabilities(index)),
        phc_index,
        interface,
        trouble: engine.hal().trouble(index).map(short).unwrap_or_default(),
    };
    Host {
        ports: (0..).map(PortIndex).zip(interfaces).map(port).collect(),
        is_slave_only: engine.is_slave_only(),
        status: status(engine, last_sync),
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
    use super::super::engine::Following;
    use super::super::settings::Origin;
    use super::*;
    use std::os::unix::net::UnixDatagram;
    use syntone::Event;
    use syntone::counters::Counters;
    use syntone::datasets::ParentDs;
    use syntone::port::State;
    use syntone::wire::ClockIdentity;
    use syntone_hal::TimeInterval;
    use syntone_linux::{LinuxHal, OscillatorError, SoftwareClock};

    /// It answers each message with its length.
    struct Echo {
        hal: LinuxHal,
        asked: Vec<Access>,
    }

    impl Engine for Echo {
        fn turn(&mut self, _: &mut dyn FnMut(&Event)) -> Instant {
            self.hal.monotonic()
        }

        fn manage(
            &mut self,
            access: Access,
            octets: &[u8],
            _: &mut Host<'_>,
            on_answer: &mut dyn FnMut(&[u8]),
        ) -> Result<(), Discard> {
            self.asked.push(access);
            on_answer(&[octets.len() as u8]);
            Ok(())
        }

        fn hal(&self) -> &LinuxHal {
            &self.hal
        }

        fn hal_mut(&mut self) -> &mut LinuxHal {
            &mut self.hal
        }

        fn following(&self) -> Option<Following> {
            None
        }

        fn port_state(&self, _: PortIndex) -> State {
            State::Listening
        }

        fn parent_ds(&self) -> Option<&ParentDs> {
            None
        }

        fn counters(&self, _: PortIndex) -> Option<&Counters> {
            None
        }

        fn link_is_up(&self, _: PortIndex) -> bool {
            true
        }

        fn mean_link_delay(&self, _: PortIndex) -> Option<TimeInterval> {
            None
        }

        fn stepped_by_others(&mut self, _: i64) {}

        fn identity(&self) -> ClockIdentity {
            ClockIdentity(1)
        }

        fn is_slave_only(&self) -> bool {
            false
        }

        fn change(&mut self, _: &str, _: &Settings) -> Result<bool, String> {
            Ok(false)
        }
    }

    #[test]
    fn a_turn_answers_a_bounded_number_of_messages_from_each_socket() {
        let folder = std::env::temp_dir().join(format!("syntone-control-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = |name: &str| folder.join(name).display().to_string();
        let mut settings = Settings::default();
        for (option, name) in [("uds_address", "rw"), ("uds_ro_address", "ro")] {
            settings.set(option, None, &path(name), Origin::CommandLine).expect("it is taken");
        }
        let mut control = Control::open(&settings, &mut Vec::new()).expect("two sockets");
        let client = UnixDatagram::bind(path("client")).expect("a socket");
        client.set_nonblocking(true).expect("it does not wait");
        // As many as every kernel holds for a reader.
        for length in 1..=10 {
            client.send_to(&vec![0; length], path("rw")).expect("there is room");
        }
        client.send_to(&[0; 77], path("ro")).expect("there is room");
        let hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
        let mut engine = Echo { hal, asked: Vec::new() };
        assert_eq!(control.serve(&mut engine), None);
        assert_eq!(engine.asked, [&[Access::ReadWrite; BATCH][..], &[Access::ReadOnly]].concat());
        let mut answers = std::iter::from_fn(|| {
            let mut octet = [0];
            client.recv(&mut octet).is_ok().then_some(octet[0])
        });
        assert!(answers.by_ref().take(BATCH + 1).eq((1..=BATCH as u8).chain([77])));
        control.note(&[true, false]);
        control.serve(&mut engine);
        assert_eq!(engine.asked.len(), 11);
        drop(control);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
