//! Twelve faults as drivers of real chips have had them: what shows that a bench can tell.

use super::{Bounds, Check, Direction, Fixture, Injected, Taken};
use crate::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, Forward, FrequencyOffset, Instant, MessageClass,
    NetworkHal, PortCapabilities, PortIndex, Received, Ticket, Timestamp, TimestampHal, Transmit,
};
use core::cell::RefCell;

/// The longest message that is received whole.
const LONGEST: usize = 2_048;
/// A stamp that is older than this, or from before a step, would be told by other checks as well.
const SOON_NANOS: i64 = 100_000_000;

/// What is wrong with a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It takes the time when a frame is fetched.
    LateStamp,
    /// It reads the words of a stamp the wrong way round.
    SwappedSeconds,
    /// It gives a frame the stamp of the frame before, where several wait.
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
    /// It changes the frequency by what it is told, instead of to that.
    RelativeFrequency,
    /// It reads seconds and nanoseconds once each.
    TornRead,
    /// It steps the other way.
    StepOfWrongSign,
    /// It steps by initialising the unit anew.
    StepResetsFrequency,
}

impl Fault {
    /// Each of them.
    pub const ALL: [Self; 12] = [
        Self::LateStamp,
        Self::SwappedSeconds,
        Self::StampOfOtherFrame,
        Self::MadeUpStamp,
        Self::MessageCut,
        Self::BlockingReceive,
        Self::BlockingSend,
        Self::TicketCut,
        Self::RelativeFrequency,
        Self::TornRead,
        Self::StepOfWrongSign,
        Self::StepResetsFrequency,
    ];

    /// The check that tells of it, and the only one. [`Fault::LateStamp`] is late by what passes until a frame is fetched, and
    /// [`Fault::MadeUpStamp`] shows where the bench can lose stamps.
    #[must_use]
    pub const fn check(self) -> Check {
        match self {
            Self::LateStamp | Self::SwappedSeconds => Check::IngressStamp,
            Self::StampOfOtherFrame => Check::IngressPairing,
            Self::MadeUpStamp => Check::LostIngress,
            Self::MessageCut => Check::SmallBuffer,
            Self::BlockingReceive => Check::ReceiveAtOnce,
            Self::BlockingSend => Check::SendAtOnce,
            Self::TicketCut => Check::EgressTicket,
            Self::RelativeFrequency => Check::FrequencyAbsolute,
            Self::TornRead => Check::ClockReadings,
            Self::StepOfWrongSign => Check::StepForward,
            Self::StepResetsFrequency => Check::StepRate,
        }
    }
}

/// The bench `F` whose implementation has one fault.
///
/// Whoever ports a board sees by it that the bench can tell: of `Broken::new(bench, fault)` exactly
/// [`fault.check()`](Fault::check) must fail.
#[derive(Debug)]
pub struct Broken<F> {
    bench: RefCell<F>,
    fault: Fault,
    last_stamp: Option<Timestamp>,
    last_frequency: i32,
}

impl<F: Fixture> Broken<F> {
    /// `bench` with `fault`.
    pub const fn new(bench: F, fault: Fault) -> Self {
        Self { bench: RefCell::new(bench), fault, last_stamp: None, last_frequency: 0 }
    }

    /// The bench again.
    pub fn into_bench(self) -> F {
        self.bench.into_inner()
    }

    fn sound(&mut self) -> &mut F::Hal {
        self.bench.get_mut().hal()
    }

    /// What becomes of the stamp of an event message.
    fn spoilt(&mut self, truth: Option<Timestamp>) -> Option<Timestamp> {
        match self.fault {
            Fault::LateStamp => self.sound().now().ok(),
            Fault::SwappedSeconds => {
                let (seconds, nanos) = truth?.split();
                Timestamp::new(u64::from(nanos), u32::try_from(seconds).ok()?)
            }
            Fault::StampOfOtherFrame => {
                let is_near =
                    |last: &Timestamp| truth.is_some_and(|truth| (0..SOON_NANOS).contains(&truth.nanos_since(*last)));
                self.last_stamp.filter(is_near).or(truth)
            }
            Fault::MadeUpStamp => truth.or(Some(Timestamp::ZERO)),
            _ => truth,
        }
    }
}

impl<F: Fixture> NetworkHal for Broken<F> {
    type Error = <F::Hal as NetworkHal>::Error;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Self::Error> {
        if self.fault == Fault::BlockingReceive {
            self.bench.get_mut().pass(50_000_000);
        }
        let mut whole = [0; LONGEST];
        let cut = self.fault == Fault::MessageCut && buffer.len() < LONGEST;
        let received = self.sound().receive(if cut { &mut whole } else { buffer })?;
        let Some(mut received) = received else {
            self.last_stamp = None;
            return Ok(None);
        };
        if cut {
            received.length = received.length.min(buffer.len());
            buffer.iter_mut().zip(whole).for_each(|(place, octet)| *place = octet);
        }
        let truth = received.stamp;
        if buffer.first().is_some_and(|octet| octet & 0xF < 8) {
            received.stamp = self.spoilt(truth);
        }
        self.last_stamp = truth.or(self.last_stamp);
        Ok(Some(received))
    }

    fn send(&mut self, mut transmit: Transmit, message: &[u8]) -> Result<(), Self::Error> {
        let is_event = transmit.ticket.is_some();
        if self.fault == Fault::TicketCut {
            transmit.ticket = transmit.ticket.map(|ticket| Ticket::from_raw(ticket.into_raw() & 0xFFFF));
        }
        self.sound().send(transmit, message)?;
        if self.fault == Fault::BlockingSend && is_event {
            self.bench.get_mut().pass(1_000_000);
        }
        Ok(())
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), Self::Error> {
        self.sound().forward(forward, message)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.sound().link_up(port)
    }
}

impl<F: Fixture> TimestampHal for Broken<F> {
    type Error = <F::Hal as TimestampHal>::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Self::Error> {
        self.sound().poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        // Nobody else has it at this moment.
        self.bench
            .try_borrow_mut()
            .map_or_else(|_| PortCapabilities::default(), |mut bench| bench.hal().capabilities(port))
    }
}

impl<F: Fixture> ClockHal for Broken<F> {
    type Error = <F::Hal as ClockHal>::Error;

    fn monotonic(&mut self) -> Instant {
        self.sound().monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, Self::Error> {
        let time = self.sound().now()?;
        if self.fault != Fault::TornRead {
            return Ok(time);
        }
        let later = self.sound().now()?;
        Ok(Timestamp::new(time.seconds(), later.nanos()).unwrap_or(time))
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), Self::Error> {
        if self.fault == Fault::StepResetsFrequency {
            self.sound().set_frequency(FrequencyOffset::ZERO)?;
        }
        let wrong = self.fault == Fault::StepOfWrongSign;
        self.sound().step(if wrong { nanoseconds.wrapping_neg() } else { nanoseconds })
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Self::Error> {
        let base = if self.fault == Fault::RelativeFrequency { self.last_frequency } else { 0 };
        let set = base.saturating_add(frequency.scaled_ppm());
        self.last_frequency = if frequency == FrequencyOffset::ZERO { 0 } else { set };
        self.sound().set_frequency(FrequencyOffset::from_scaled_ppm(set))
    }

    fn limits(&self) -> ClockLimits {
        let none = ClockLimits { max_frequency: FrequencyOffset::ZERO, can_step: false };
        self.bench.try_borrow_mut().map_or(none, |mut bench| bench.hal().limits())
    }
}

impl<F: Fixture> Fixture for Broken<F> {
    type Hal = Self;

    fn hal(&mut self) -> &mut Self {
        self
    }

    fn pass(&mut self, nanos: u64) {
        self.bench.get_mut().pass(nanos);
    }

    fn bounds(&self) -> Bounds {
        self.bench.try_borrow().map_or_else(|_| Bounds::default(), |bench| bench.bounds())
    }

    fn ports(&self) -> u8 {
        self.bench.try_borrow().map_or(1, |bench| bench.ports())
    }

    fn destination(&self, port: PortIndex) -> Destination {
        self.bench.try_borrow().map_or(Destination::PrimaryMulticast, |bench| bench.destination(port))
    }

    fn peer(&self, port: PortIndex) -> Option<Address> {
        self.bench.try_borrow().ok()?.peer(port)
    }

    fn address(&self, port: PortIndex) -> Option<Address> {
        self.bench.try_borrow().ok()?.address(port)
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        self.bench.get_mut().inject(port, class, message)
    }

    fn inject_for(
        &mut self,
        port: PortIndex,
        destination: Destination,
        class: MessageClass,
        message: &[u8],
    ) -> Injected {
        self.bench.get_mut().inject_for(port, destination, class, message)
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        self.bench.get_mut().take_sent(port, buffer)
    }

    fn taken_for(&self) -> Option<Destination> {
        self.bench.try_borrow().ok()?.taken_for()
    }

    fn lose_next_stamp(&mut self, port: PortIndex, direction: Direction) -> bool {
        self.bench.get_mut().lose_next_stamp(port, direction)
    }

    fn starting(&mut self, check: Check) {
        self.bench.get_mut().starting(check);
    }
}
