//! The contract on a board alone, which hears what it sends.

mod common;

use common::Mac;
use std::cell::Cell;
use std::rc::Rc;
use syntone_hal::contract::{Bounds, Broken, Check, Fault, Outcome, check_all};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Ticket,
    Timestamp, TimestampHal,
};
use syntone_smoltcp::{FrameInterface, LoopBench, Outgoing, SliceFrame};

/// A MAC whose time also passes while the bench waits.
struct Waiting {
    mac: Mac,
    waited: Rc<Cell<u64>>,
}

impl Waiting {
    fn mac(&mut self) -> &mut Mac {
        self.mac.nanos += self.waited.take();
        &mut self.mac
    }
}

impl FrameInterface for Waiting {
    type Error = ErrorKind;
    type Frame<'a> = SliceFrame<'a>;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        self.mac().receive()
    }

    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        self.mac().send(port, frame, ticket)
    }

    fn station(&self, port: PortIndex) -> [u8; 6] {
        self.mac.station(port)
    }
}

impl TimestampHal for Waiting {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        self.mac().poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.mac.capabilities(port)
    }
}

impl ClockHal for Waiting {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.mac().monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.mac().now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.mac().step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.mac().set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.mac.limits()
    }
}

fn bench() -> LoopBench<Waiting, impl FnMut(u64)> {
    let waited = Rc::new(Cell::new(0));
    let mut mac = Mac::new();
    (mac.looped, mac.one_step) = (true, true);
    let wait = {
        let waited = waited.clone();
        move |nanos| waited.set(waited.get() + nanos)
    };
    LoopBench::new(Waiting { mac, waited }, Bounds { stamp_nanos: 1_000, ..Bounds::default() }, wait)
}

#[test]
fn a_board_that_hears_itself_is_checked_without_a_peer() {
    let report = check_all(&mut bench());
    assert!(report.passed(), "{report}");
    let skipped: Vec<_> = Check::ALL
        .into_iter()
        .filter(|check| report.outcome(*check) != Outcome::Held)
        .map(|check| (check, report.outcome(check)))
        .collect();
    // What these boards cannot do, and neither can their contract be broken in it.
    let cannot = [
        (Check::ReceivedFor, Outcome::Skipped("the driver does not tell whom a message was for")),
        (Check::OneStepPdelayResp, Outcome::Skipped("no port says that it can")),
        (Check::OneStepResidence, Outcome::Skipped("no port says that it can")),
        (Check::FixedClock, Outcome::Skipped("the clock can step")),
    ];
    assert_eq!(skipped, cannot);
}

#[test]
fn each_of_twelve_faults_is_told_on_a_board_that_hears_itself() {
    for fault in Fault::ALL {
        let report = check_all(&mut Broken::new(bench(), fault));
        let failed: Vec<&str> = report.failed().map(|(check, _)| check.name()).collect();
        assert_eq!(failed, [fault.check().name()], "{fault:?}:\n{report:#}");
    }
}
