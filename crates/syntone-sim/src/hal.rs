//! A node's board: the three traits over virtual time.

use crate::clock::NodeClock;
use crate::{Frame, Rng, SimTime, Span, Stamper};
use std::collections::VecDeque;
use syntone::Event;
use syntone_hal::{
    Address, ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, Forward, FrequencyOffset, Instant,
    MessageClass, NetworkHal, PortCapabilities, PortIndex, Received, Ticket, Timestamp, TimestampHal, Transmit,
};

/// The largest PTP message that goes onto the medium, in octets.
pub const MAX_MESSAGE: usize = 1_500;

/// The board of one node. True time stands still while its protocol runs.
#[derive(Debug)]
pub struct SimHal {
    now: SimTime,
    clock: NodeClock,
    limits: ClockLimits,
    ports: Vec<Port>,
    promiscuous: bool,
    rng: Rng,
    received: VecDeque<Delivery>,
    stamps: VecDeque<EgressStamp>,
    pub(crate) outbox: Vec<Outgoing>,
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) events: Vec<(SimTime, Event)>,
    pub(crate) refusals: Refusals,
}

impl SimHal {
    pub(crate) fn new(clock: NodeClock, limits: ClockLimits, ports: Vec<Port>, promiscuous: bool, rng: Rng) -> Self {
        Self {
            now: SimTime::ZERO,
            clock,
            limits,
            ports,
            promiscuous,
            rng,
            received: VecDeque::new(),
            stamps: VecDeque::new(),
            outbox: Vec::new(),
            adjustments: Vec::new(),
            events: Vec::new(),
            refusals: Refusals::default(),
        }
    }

    /// True time, which no board knows.
    #[must_use]
    pub const fn true_time(&self) -> SimTime {
        self.now
    }

    /// The address of `port`.
    ///
    /// # Panics
    /// When there is no such port.
    #[must_use]
    pub fn address(&self, port: PortIndex) -> Address {
        self.ports[port.get()].address
    }

    /// The next received message with its octets, for nodes that are no PTP clock.
    pub fn take(&mut self) -> Option<(Received, Vec<u8>)> {
        let delivery = self.received.pop_front()?;
        Some((delivery.received(), delivery.octets))
    }

    pub(crate) fn advance(&mut self, now: SimTime) {
        self.now = now;
        self.clock.advance(now);
    }

    pub(crate) const fn clock(&self) -> &NodeClock {
        &self.clock
    }

    pub(crate) const fn clock_mut(&mut self) -> &mut NodeClock {
        &mut self.clock
    }

    pub(crate) fn port_mut(&mut self, port: PortIndex) -> &mut Port {
        &mut self.ports[port.get()]
    }

    pub(crate) fn accepts(&self, port: PortIndex, destination: Destination) -> bool {
        match destination {
            Destination::Unicast(address) => self.promiscuous || address == self.ports[port.get()].address,
            _ => true,
        }
    }

    /// Stamps a message that arrives now; gives what to hand over and how late.
    pub(crate) fn stamp_in(&mut self, port: PortIndex, frame: &Frame) -> (Delivery, Span) {
        let stamper = &self.ports[port.get()].stamper;
        let (stamp, lateness) = match frame.class {
            MessageClass::Event => stamper.stamp_in(self.clock.ptp_picos(), &mut self.rng),
            MessageClass::General => (None, Span::ZERO),
        };
        let (octets, source, destination) = (frame.octets.to_vec(), frame.source, frame.destination);
        (Delivery { port, octets, source, destination, stamp }, lateness)
    }

    pub(crate) fn deliver(&mut self, delivery: Delivery) {
        self.received.push_back(delivery);
    }

    pub(crate) fn hand_over(&mut self, stamp: EgressStamp) {
        self.stamps.push_back(stamp);
    }

    /// What a power failure forgets; the clock runs on from its battery, unsteered.
    pub(crate) fn power_off(&mut self) {
        self.received.clear();
        self.stamps.clear();
        self.outbox.clear();
        self.clock.steer(FrequencyOffset::ZERO);
    }

    fn refuse(&mut self, adjustment: Change) -> ErrorKind {
        self.adjustments.push(Adjustment { at: self.now, change: adjustment, refused: true });
        ErrorKind::Other
    }

    fn log(&mut self, change: Change) {
        self.adjustments.push(Adjustment { at: self.now, change, refused: false });
    }
}

/// One port of a board.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) stamper: Stamper,
    pub(crate) address: Address,
    pub(crate) link_up: bool,
}

/// A message for the protocol.
#[derive(Debug)]
pub(crate) struct Delivery {
    port: PortIndex,
    octets: Vec<u8>,
    source: Address,
    destination: Destination,
    stamp: Option<Timestamp>,
}

impl Delivery {
    fn received(&self) -> Received {
        Received {
            port: self.port,
            length: self.octets.len(),
            source: Some(self.source),
            destination: Some(self.destination),
            stamp: self.stamp,
        }
    }
}

/// A message from the protocol.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) port: PortIndex,
    pub(crate) source: Address,
    pub(crate) destination: Destination,
    pub(crate) class: MessageClass,
    pub(crate) octets: Vec<u8>,
    /// The egress stamp and how late it is handed over, if it ever is.
    pub(crate) stamp: Option<(EgressStamp, Span)>,
    /// From where it was stamped to the medium.
    pub(crate) latency: Span,
}

/// What the protocol did to a PTP clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// When, in true time.
    pub at: SimTime,
    /// What.
    pub change: Change,
    /// The clock did not do it: a fault of the scenario, or out of range.
    pub refused: bool,
}

/// A change of a PTP clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was stepped by this many nanoseconds.
    Step(i64),
    /// Its frequency was set.
    Frequency(FrequencyOffset),
}

/// What a board refuses at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Stepping the clock.
    pub steps: bool,
    /// Setting its frequency.
    pub frequency: bool,
    /// Sending: the error it gives.
    pub sending: Option<ErrorKind>,
}

impl NetworkHal for SimHal {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        let Some(delivery) = self.received.pop_front() else { return Ok(None) };
        let target = buffer.get_mut(..delivery.octets.len()).ok_or(ErrorKind::BufferTooSmall)?;
        target.copy_from_slice(&delivery.octets);
        Ok(Some(delivery.received()))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        self.forward(Forward { transmit, source: None }, message)
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), ErrorKind> {
        let Forward { transmit, source } = forward;
        if let Some(kind) = self.refusals.sending {
            return Err(kind);
        }
        let port = self.ports.get(transmit.port.get()).ok_or(ErrorKind::Unreachable)?;
        if message.len() > MAX_MESSAGE {
            return Err(ErrorKind::OutOfRange);
        }
        if !port.link_up {
            return Err(ErrorKind::LinkDown);
        }
        let class = transmit.class();
        let mut octets = message.to_vec();
        if let Some(one_step) = transmit.one_step {
            one_step.complete(&mut octets, port.stamper.stamp_in_passing(self.clock.ptp_picos(), &mut self.rng));
        }
        let stamp = transmit.ticket.and_then(|ticket| stamp_out(ticket, port, &self.clock, &mut self.rng));
        self.outbox.push(Outgoing {
            port: transmit.port,
            source: source.unwrap_or(port.address),
            destination: transmit.destination,
            class,
            octets,
            stamp,
            latency: port.stamper.latency_out(),
        });
        Ok(())
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.ports.get(port.get()).is_some_and(|port| port.link_up)
    }
}

fn stamp_out(ticket: Ticket, port: &Port, clock: &NodeClock, rng: &mut Rng) -> Option<(EgressStamp, Span)> {
    let (stamp, lateness) = port.stamper.stamp_out(clock.ptp_picos(), rng)?;
    Some((EgressStamp { ticket, stamp }, lateness))
}

impl TimestampHal for SimHal {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        Ok(self.stamps.pop_front())
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.ports.get(port.get()).map_or_else(PortCapabilities::default, |port| port.stamper.capabilities())
    }
}

impl ClockHal for SimHal {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.clock.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        Ok(self.clock.now())
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        if self.refusals.steps {
            return Err(self.refuse(Change::Step(nanoseconds)));
        }
        if !self.limits.can_step {
            return Err(ErrorKind::Unsupported);
        }
        self.clock.step(nanoseconds);
        self.log(Change::Step(nanoseconds));
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if self.refusals.frequency {
            return Err(self.refuse(Change::Frequency(frequency)));
        }
        if frequency.clamp_to(self.limits.max_frequency) != frequency {
            self.refuse(Change::Frequency(frequency));
            return Err(ErrorKind::OutOfRange);
        }
        self.clock.steer(frequency);
        self.log(Change::Frequency(frequency));
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        self.limits
    }
}
