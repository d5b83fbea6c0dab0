//! Twelve drivers that are broken as drivers of real chips have been: each fails the contract, and the report names the check.

use crate::contract::{Bench, bench};
use crate::model::Kind;
use syntone_hal::contract::{Bounds, Check, Direction, Fixture, Injected, Taken, check_all};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, MessageClass, NetworkHal,
    PortCapabilities, PortIndex, Received, Ticket, Timestamp, TimestampHal, Transmit,
};
use syntone_stm32::{Block, Eqos};

/// What is wrong with a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It takes the time when a frame is fetched.
    LateStamp,
    /// It reads the words of a stamp the wrong way round.
    SwappedSeconds,
    /// It gives a frame the stamp of the frame before.
    StampOfOtherFrame,
    /// It makes a time of what the hardware writes where it has none.
    MadeUpStamp,
    /// It cuts a message to the buffer.
    MessageCut,
    /// It waits for a frame.
    BlockingReceive,
    /// It waits for the egress stamp.
    BlockingSend,
    /// It keeps 16 bits of a ticket.
    TicketCut,
    /// It changes the addend by what it was changed last.
    RelativeFrequency,
    /// It reads seconds and nanoseconds once each.
    TornRead,
    /// It steps the other way.
    StepOfWrongSign,
    /// It steps by initialising the unit anew.
    StepResetsFrequency,
}

use Fault::*;

/// Each fault, the check that must name it, and what the report says of its cause.
const FAULTS: [(Fault, Check, &str); 12] = [
    (LateStamp, Check::IngressStamp, "taken too late"),
    (SwappedSeconds, Check::IngressStamp, "seconds and nanoseconds are swapped"),
    (StampOfOtherFrame, Check::IngressPairing, "of an earlier message"),
    (MadeUpStamp, Check::LostIngress, "a lost ingress stamp: expected no stamp"),
    (MessageCut, Check::SmallBuffer, "expected"),
    (BlockingReceive, Check::ReceiveAtOnce, "a call of receive"),
    (BlockingSend, Check::SendAtOnce, "a call of send"),
    (TicketCut, Check::EgressTicket, "the ticket"),
    (RelativeFrequency, Check::FrequencyAbsolute, "added to the one before instead of replacing it"),
    (TornRead, Check::ClockReadings, "torn: seconds and nanoseconds are of different moments"),
    (StepOfWrongSign, Check::StepForward, "stepped the wrong way"),
    (StepResetsFrequency, Check::StepRate, "the rate after a step"),
];

/// A sound driver behind one that is not.
struct Broken<B> {
    bench: Bench<B>,
    fault: Fault,
    last_stamp: Option<Timestamp>,
    last_frequency: i32,
}

impl<B: Block> NetworkHal for Broken<B> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        if self.fault == BlockingReceive {
            self.bench.pass(50_000_000);
        }
        let mut whole = [0; 2_048];
        let room = if self.fault == MessageCut { whole.len() } else { buffer.len() };
        let Some(mut received) = self.bench.hal().receive(&mut whole[..room])? else { return Ok(None) };
        received.length = received.length.min(buffer.len());
        buffer[..received.length].copy_from_slice(&whole[..received.length]);
        let is_event = buffer[0] & 0xF < 8;
        let truth = received.stamp;
        match self.fault {
            LateStamp if is_event => received.stamp = Some(self.bench.hal().now()?),
            SwappedSeconds => {
                received.stamp = truth.and_then(|stamp| {
                    let (seconds, nanos) = stamp.split();
                    Timestamp::new(u64::from(nanos), u32::try_from(seconds).ok()?)
                });
            }
            StampOfOtherFrame if is_event => {
                // Not that of long ago or from before a step: those would be told by other checks as well.
                let soon =
                    |last: &Timestamp| truth.is_some_and(|truth| (0..100_000_000).contains(&truth.nanos_since(*last)));
                received.stamp = self.last_stamp.filter(soon).or(truth);
            }
            MadeUpStamp if is_event => received.stamp = truth.or(Some(Timestamp::ZERO)),
            _ => {}
        }
        self.last_stamp = truth.or(self.last_stamp);
        Ok(Some(received))
    }

    fn send(&mut self, mut transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        if self.fault == TicketCut {
            transmit.ticket = transmit.ticket.map(|ticket| Ticket::from_raw(ticket.into_raw() & 0xFFFF));
        }
        let is_event = transmit.ticket.is_some();
        self.bench.hal().send(transmit, message)?;
        if self.fault == BlockingSend && is_event {
            self.bench.pass(1_000_000);
        }
        Ok(())
    }
}

impl<B: Block> TimestampHal for Broken<B> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        self.bench.hal().poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.bench.board.capabilities(port)
    }
}

impl<B: Block> ClockHal for Broken<B> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.bench.hal().monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        let time = self.bench.hal().now()?;
        if self.fault != TornRead {
            return Ok(time);
        }
        let later = self.bench.hal().now()?;
        Ok(Timestamp::new(time.seconds(), later.nanos()).expect("in range"))
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        if self.fault == StepResetsFrequency {
            self.bench.hal().set_frequency(FrequencyOffset::ZERO)?;
        }
        self.bench.hal().step(if self.fault == StepOfWrongSign { -nanoseconds } else { nanoseconds })
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        let base = if self.fault == RelativeFrequency { self.last_frequency } else { 0 };
        self.last_frequency = if frequency == FrequencyOffset::ZERO { 0 } else { base + frequency.scaled_ppm() };
        self.bench.hal().set_frequency(FrequencyOffset::from_scaled_ppm(base + frequency.scaled_ppm()))
    }

    fn limits(&self) -> ClockLimits {
        self.bench.board.limits()
    }
}

impl<B: Block> Fixture for Broken<B> {
    type Hal = Self;

    fn hal(&mut self) -> &mut Self {
        self
    }

    fn pass(&mut self, nanos: u64) {
        self.bench.pass(nanos);
    }

    fn bounds(&self) -> Bounds {
        self.bench.bounds()
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.bench.inject(port, class, message)
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        self.bench.take_sent(port, buffer)
    }

    fn lose_next_stamp(&mut self, port: PortIndex, direction: Direction) -> bool {
        self.bench.lose_next_stamp(port, direction)
    }
}

#[test]
fn each_of_twelve_broken_drivers_fails_the_check_that_names_its_fault() {
    for (fault, expected, cause) in FAULTS {
        let mut broken = Broken { bench: bench::<Eqos>(Kind::Eqos), fault, last_stamp: None, last_frequency: 0 };
        let report = check_all(&mut broken);
        let failed: Vec<&str> = report.failed().map(|(check, _)| check.name()).collect();
        assert_eq!(failed, [expected.name()], "{fault:?}:\n{report:#}");
        let text = report.to_string();
        let line = text.lines().find(|line| line.starts_with("FAILED")).expect("one failed");
        assert!(line.contains(cause), "{fault:?}: {line}");
    }
}
