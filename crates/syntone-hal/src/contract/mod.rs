//! Checks that every implementation of the traits must pass.
//!
//! Fill in a [`Fixture`] (the implementation under test, a way to let time pass, a peer at the other end of the port) and
//! say [`contract_test!`](crate::contract_test) in a test, or call [`check_all`] on the target and print the [`Report`]:
//! it names each check that failed with what was expected and what was seen. When it is green, the port is done.
//! [`Broken`] shows that the bench can tell.
//!
//! Nothing here allocates, and nothing assumes that time is real: a simulated board passes in virtual time.

mod broken;
mod check;
mod clock;
mod egress;
mod ingress;
mod measure;
mod one_step;
mod passing;
mod probe;
mod report;
#[cfg(test)]
mod tests;

pub use broken::{Broken, Fault};
pub use check::Check;
pub use clock::*;
pub use egress::*;
pub use ingress::*;
pub use one_step::*;
pub use passing::*;
pub use report::{Failure, Outcome, Report, Stop, Value};

use crate::{Address, Destination, Hal, MessageClass, PortIndex, Timestamp};

/// What the checks need of an implementation's surroundings.
///
/// Only [`hal`](Fixture::hal) and [`pass`](Fixture::pass) must be written. Checks that need a peer are skipped, and
/// reported as skipped, where the fixture has none. Start the clock 1 000 s or more after its epoch.
pub trait Fixture {
    /// The implementation under test.
    type Hal: Hal;

    /// The implementation under test.
    fn hal(&mut self) -> &mut Self::Hal;

    /// Lets `nanos` nanoseconds or a little more pass: sleeps, waits in a loop, or advances a simulation.
    fn pass(&mut self, nanos: u64);

    /// How exact this implementation is meant to be, and how long the checks may wait.
    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// How many ports the implementation serves, from 1.
    fn ports(&self) -> u8 {
        1
    }

    /// Whom the checks send to through `port`.
    fn destination(&self, port: PortIndex) -> Destination {
        let _ = port;
        Destination::PrimaryMulticast
    }

    /// The unicast address of the peer at `port`, if it has one that the checks may send to.
    fn peer(&self, port: PortIndex) -> Option<Address> {
        let _ = port;
        None
    }

    /// The unicast address of `port` itself, if the peer can send to it.
    fn address(&self, port: PortIndex) -> Option<Address> {
        let _ = port;
        None
    }

    /// Lets the peer at `port` send `message`, the octets of one PTP message, and returns when it has arrived at the
    /// port's time stamper (not necessarily when `receive` would find it), letting time pass where that is needed.
    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let _ = (port, class, message);
        Injected::Unsupported
    }

    /// As [`inject`](Fixture::inject), for a message of a chosen destination.
    fn inject_for(
        &mut self,
        port: PortIndex,
        destination: Destination,
        class: MessageClass,
        message: &[u8],
    ) -> Injected {
        let _ = (port, destination, class, message);
        Injected::Unsupported
    }

    /// Takes the next PTP message that the peer at `port` received into `buffer`, from its header on. Messages that are
    /// not the checks' own may be among them.
    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let _ = (port, buffer);
        Taken::Unsupported
    }

    /// Whom the message was for that [`take_sent`](Fixture::take_sent) took last, as the peer saw it.
    fn taken_for(&self) -> Option<Destination> {
        None
    }

    /// Makes the hardware lose the time stamp of the next event message that passes `port` in `direction`; `false` where
    /// that cannot be done.
    fn lose_next_stamp(&mut self, port: PortIndex, direction: Direction) -> bool {
        let _ = (port, direction);
        false
    }

    /// Called before each check, so that a hang can be told from its name; on a target, print it.
    fn starting(&mut self, check: Check) {
        let _ = check;
    }
}

/// Which way a message goes, seen from the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Received.
    Ingress,
    /// Sent.
    Egress,
}

/// What became of a message that the peer was to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// The fixture has no peer.
    Unsupported,
    /// It has arrived; when exactly is not known.
    Sent,
    /// It passed the point where stamps are taken at this moment of the PTP clock under test.
    At(Timestamp),
}

/// What the peer received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The fixture has no peer.
    Unsupported,
    /// No message is there.
    Nothing,
    /// A message of so many octets, padding included.
    Message(usize),
}

/// How exact an implementation is meant to be, and how long the checks may wait. The default suits virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How far a time stamp may be from the moment it stands for, in nanoseconds; for egress stamps this includes the time
    /// that a message spends between `send` and the medium.
    pub stamp_nanos: u64,
    /// How far a reading of the PTP clock may be from the moment it stands for, in nanoseconds.
    pub reading_nanos: u64,
    /// How long a call that must not block may take, in nanoseconds. On a system with other work the best of several calls
    /// counts.
    pub call_nanos: u64,
    /// How long an arrived message or an egress time stamp may take to be handed over, in nanoseconds.
    pub handover_nanos: u64,
    /// How long a frequency is measured for, in nanoseconds. Long enough that twice `reading_nanos` is small beside it.
    pub window_nanos: u64,
    /// How far a measured frequency may be from the one set, beyond what `reading_nanos` explains, in parts per 10⁹.
    pub rate_ppb: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            stamp_nanos: 100,
            reading_nanos: 20,
            call_nanos: 100_000,
            handover_nanos: 20_000_000,
            window_nanos: 1_000_000_000,
            rate_ppb: 10,
        }
    }
}

impl Bounds {
    /// Bounds for software time stamps on an operating system with other work to do, in real time.
    #[must_use]
    pub const fn software() -> Self {
        Self {
            stamp_nanos: 2_000_000,
            reading_nanos: 5_000,
            call_nanos: 2_000_000,
            handover_nanos: 1_000_000_000,
            window_nanos: 250_000_000,
            rate_ppb: 1_000,
        }
    }
}

/// Runs every check; one that rests on a failed one is not made, so that the report names the cause and not its echoes.
pub fn check_all<F: Fixture>(fixture: &mut F) -> Report {
    let mut report = Report::new();
    for check in Check::ALL {
        if report.allows(check.needs()) {
            fixture.starting(check);
            report.record(check, Outcome::from(check.run(fixture)));
        }
    }
    report
}

/// A test that runs the whole contract: `contract_test!(name, expression that makes the fixture);`
#[macro_export]
macro_rules! contract_test {
    ($name:ident, $fixture:expr) => {
        #[test]
        fn $name() {
            let report = $crate::contract::check_all(&mut $fixture);
            assert!(report.passed(), "{report}");
        }
    };
}
