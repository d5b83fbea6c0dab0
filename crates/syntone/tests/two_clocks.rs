//! A master and a slave on a perfect wire in virtual time: the smallest complete use of the public interface.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use syntone::hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, NetworkHal, PortCapabilities, PortIndex,
    Received, Stamping, Timestamp, TimestampHal, Transmit,
};
use syntone::port::State;
use syntone::servo::{LockState, PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, Input, Output, PortConfig, Runner};

const DELAY: u64 = 1_000;

/// Frames on the wire: when they arrive, whether they are event messages, their octets.
type Wire = Rc<RefCell<VecDeque<(u64, bool, Vec<u8>)>>>;

struct Board {
    true_nanos: Rc<RefCell<u64>>,
    /// Time of the clock at `base`, and how much faster than true time it runs by itself and by steering.
    base: u64,
    time_at_base: i64,
    own_ppb: i64,
    steered_ppb: i64,
    incoming: Wire,
    outgoing: Wire,
    stamps: VecDeque<EgressStamp>,
}

impl Board {
    fn time_at(&self, nanos: u64) -> Timestamp {
        let elapsed = i64::try_from(nanos - self.base).unwrap();
        let gained = elapsed / 1000 * (self.own_ppb + self.steered_ppb) / 1_000_000;
        Timestamp::from_nanos(u64::try_from(self.time_at_base + elapsed + gained).unwrap())
    }

    fn rebase(&mut self) {
        let now = *self.true_nanos.borrow();
        let time = self.time_at(now);
        self.time_at_base = time.nanos_since(Timestamp::ZERO);
        self.base = now;
    }
}

impl NetworkHal for Board {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        let mut incoming = self.incoming.borrow_mut();
        if incoming.front().is_none_or(|(at, ..)| *at > *self.true_nanos.borrow()) {
            return Ok(None);
        }
        let (at, event, octets) = incoming.pop_front().unwrap();
        buffer[..octets.len()].copy_from_slice(&octets);
        let stamp = event.then(|| self.time_at(at));
        Ok(Some(Received { port: PortIndex(0), length: octets.len(), source: None, stamp }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        let now = *self.true_nanos.borrow();
        self.outgoing.borrow_mut().push_back((now + DELAY, transmit.ticket.is_some(), message.to_vec()));
        if let Some(ticket) = transmit.ticket {
            self.stamps.push_back(EgressStamp { ticket, stamp: Some(self.time_at(now)) });
        }
        Ok(())
    }
}

impl TimestampHal for Board {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        Ok(self.stamps.pop_front())
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        PortCapabilities { stamping: Stamping::Hardware, ..PortCapabilities::default() }
    }
}

impl ClockHal for Board {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        Instant::from_nanos(*self.true_nanos.borrow())
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        Ok(self.time_at(*self.true_nanos.borrow()))
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.rebase();
        self.time_at_base += nanoseconds;
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.rebase();
        self.steered_ppb = i64::from(frequency.ppb());
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true }
    }
}

#[test]
fn a_slave_that_is_10_s_and_37_ppm_off_locks_to_its_master() {
    let now = Rc::new(RefCell::new(0));
    let (to_slave, to_master) = (Wire::default(), Wire::default());
    let board = |time_at_base, own_ppb, incoming: &Wire, outgoing: &Wire| Board {
        true_nanos: now.clone(),
        base: 0,
        time_at_base,
        own_ppb,
        steered_ppb: 0,
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
        stamps: VecDeque::new(),
    };
    let mut master_board = board(1_000_000_000_000, 0, &to_master, &to_slave);
    let mut slave_board = board(990_000_000_000, 37_000, &to_slave, &to_master);
    let servo = || PiServo::new(PiConfig::default()).unwrap();
    let identity = |last| ClockIdentity::from_octets([2, 0, 0, 0xFF, 0xFE, 0, 0, last]);
    let mut master: Clock = Clock::new(&ClockConfig::new(identity(1)), &[PortConfig::default()], servo()).unwrap();
    let mut slave: Clock =
        Clock::new(&ClockConfig::slave_only(identity(2)), &[PortConfig::default()], servo()).unwrap();
    let (mut master_runner, mut slave_runner) = (Runner::<512>::new(), Runner::<512>::new());
    let mut events = Vec::new();
    while *now.borrow() < 30_000_000_000 {
        let wait = master_runner.turn(&mut master, &mut master_board, &mut |_| {});
        let other = slave_runner.turn(&mut slave, &mut slave_board, &mut |event: &Event| events.push(*event));
        let mut next = wait.until.min(other.until).nanos();
        for wire in [&to_slave, &to_master] {
            next = next.min(wire.borrow().front().map_or(u64::MAX, |(at, ..)| *at));
        }
        let current = *now.borrow();
        *now.borrow_mut() = next.max(current + 1);
    }
    let states: Vec<_> =
        events.iter().filter_map(|event| if let Event::State { to, .. } = event { Some(*to) } else { None }).collect();
    assert_eq!(states, [State::Listening, State::Uncalibrated, State::Slave], "{events:#?}");
    assert_eq!(slave.lock_state(), LockState::Locked);
    assert_eq!(master.port_ds(PortIndex(0)).unwrap().port_state, State::Master);
    let error = slave_board.now().unwrap().nanos_since(master_board.now().unwrap());
    assert!(error.abs() < 50, "{error} ns");
    let delay = slave.current_ds().mean_delay.nanos();
    assert!((delay - 1000).abs() <= 2, "{delay} ns");
    assert_eq!(slave.parent_ds().grandmaster_identity, identity(1));
    assert_eq!(slave.current_ds().steps_removed, 1);

    // Without a link there is no master: the frequency is held, and nobody is told that the clock is still locked.
    let instant = slave_board.monotonic();
    slave.handle(instant, Input::Link(PortIndex(0), false));
    while !matches!(slave.poll(instant, &mut [0; 128]), Output::Wait(_)) {}
    assert_eq!(slave.port_ds(PortIndex(0)).unwrap().port_state, State::Faulty);
    assert_eq!(slave.lock_state(), LockState::Holdover);
}
