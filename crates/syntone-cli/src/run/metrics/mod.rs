//! Metrics for monitoring systems: OpenMetrics over HTTP.

mod content;
mod encode;
mod server;

use super::engine::Engine;
use super::settings::Settings;
use server::Server;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use syntone::Event;
use syntone_hal::{Instant, TimeInterval};
use syntone_linux::{Awaited, Histogram, monotonic};

/// The ranges of offsets, in nanoseconds: they hold the thresholds of hardware and of software time stamps.
const OFFSETS: [u64; 14] = [
    50,
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    50_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// What is served, and what is counted for it. Without an address nothing is served.
#[derive(Debug)]
pub(crate) struct Metrics {
    server: Option<Server>,
    /// One of the descriptors has something.
    ready: bool,
    tally: Tally,
}

/// What the clock does not count itself.
#[derive(Debug)]
struct Tally {
    /// As last measured, while a master is followed.
    offset: Option<TimeInterval>,
    offsets: Histogram,
    last_sync: Option<Instant>,
    grandmaster_changes: u64,
    steps: u64,
    foreign_steps: u64,
    /// Of each port.
    faults: Vec<u64>,
}

impl Metrics {
    /// Listens, where an address is set.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn open(settings: &Settings) -> Result<Self, String> {
        let tally = Tally {
            offset: None,
            offsets: Histogram::new(&OFFSETS),
            last_sync: None,
            grandmaster_changes: 0,
            steps: 0,
            foreign_steps: 0,
            faults: vec![0; settings.interfaces.len()],
        };
        Ok(Self { server: listen(settings)?, ready: false, tally })
    }

    /// Serves at another address, or nowhere any more; what was counted stays.
    ///
    /// # Errors
    /// A text with cause and cure; then it serves where it did.
    pub(crate) fn reopen(&mut self, settings: &Settings) -> Result<(), String> {
        let is_same = self.server.as_ref().map(Server::address) == address(settings)?;
        if !is_same {
            self.server = listen(settings)?;
        }
        Ok(())
    }

    /// What is to be waited for.
    pub(crate) fn awaited(&self) -> Vec<Awaited<'_>> {
        self.server.as_ref().map(|server| server.awaited(monotonic())).unwrap_or_default()
    }

    /// Some descriptor that was waited for has something, or none has.
    pub(crate) const fn woken(&mut self, ready: bool) {
        self.ready = ready;
    }

    /// Answers who asks, without waiting for anybody. Says when it has to look again without being woken.
    pub(crate) fn serve(&mut self, engine: &dyn Engine, settings: &Settings) -> Option<Instant> {
        let Self { server, ready, tally } = self;
        let server = server.as_mut()?;
        let now = engine.hal().monotonic();
        server.turn(now, *ready, || content::tell(engine, settings, tally, now))
    }

    /// Counts what has happened.
    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Parent { from, to, .. }
                if from.parent_ds.grandmaster_identity != to.parent_ds.grandmaster_identity =>
            {
                self.tally.grandmaster_changes += 1;
            }
            Event::Stepped(_) => self.tally.steps += 1,
            Event::Fault { port, .. } | Event::SeveralResponders { port } => {
                if let Some(faults) = self.tally.faults.get_mut(port.get()) {
                    *faults += 1;
                }
            }
            Event::State { from, to, .. } if from.has_parent() && !to.has_parent() => self.tally.offset = None,
            _ => {}
        }
    }

    /// Another program has stepped the clock.
    pub(crate) const fn count_foreign_step(&mut self) {
        self.tally.foreign_steps += 1;
    }

    /// A Sync was used.
    pub(crate) const fn count_sync(&mut self, now: Instant) {
        self.tally.last_sync = Some(now);
    }

    /// It has shown this offset.
    pub(crate) fn count_offset(&mut self, offset: TimeInterval) {
        self.tally.offset = Some(offset);
        self.tally.offsets.add(offset.scaled().unsigned_abs() >> 16);
    }
}

fn listen(settings: &Settings) -> Result<Option<Server>, String> {
    let open = |address| {
        Server::open(address).map_err(|error| {
            format!("metrics: cannot listen on {address}: {error}; another port or address is set with --metrics")
        })
    };
    address(settings)?.map(open).transpose()
}

/// Where metrics are served: an address and a port, or a port of the loopback interface.
///
/// # Errors
/// A text that names the option.
pub(crate) fn address(settings: &Settings) -> Result<Option<SocketAddr>, String> {
    let text = settings.text("metrics", None);
    if text.is_empty() {
        return Ok(None);
    }
    let port = text.parse().ok().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let address = port.or_else(|| text.parse().ok()).filter(|address| address.port() != 0);
    let allowed = "it is a port of TCP, as in 9319, or an address and a port, as in 192.0.2.1:9319 or [::1]:9319";
    address.map(Some).ok_or_else(|| format!("metrics {text:?} is not allowed; {allowed}"))
}

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;

    fn address_of(text: &str) -> Result<Option<String>, String> {
        let mut settings = Settings::default();
        settings.set("metrics", None, text, Origin::CommandLine).expect("a text");
        Ok(address(&settings)?.map(|address| address.to_string()))
    }

    #[test]
    fn a_port_alone_is_one_of_the_loopback_interface() {
        assert_eq!(address_of(""), Ok(None));
        assert_eq!(address_of("9319"), Ok(Some("127.0.0.1:9319".into())));
        assert_eq!(address_of("0.0.0.0:80"), Ok(Some("0.0.0.0:80".into())));
        assert_eq!(address_of("[::1]:9319"), Ok(Some("[::1]:9319".into())));
        for wrong in ["0", "65536", "localhost:1", "127.0.0.1", "127.0.0.1:0", "-1"] {
            let error = address_of(wrong).expect_err(wrong);
            assert!(error.starts_with(&format!("metrics {wrong:?} is not allowed; it is a port")), "{error}");
        }
    }
}
