//! A master and a slave on a perfect wire in virtual time: the smallest complete use of the public interface.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use syntone::counters::Discard;
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
    /// How much faster than true time the clock runs by itself.
    own_ppb: i64,
    /// From when on, beginning with what time, it was steered how: all of it, for what is stamped may be handed over later.
    steered: Vec<(u64, i64, i64)>,
    incoming: Wire,
    outgoing: Wire,
    stamps: VecDeque<EgressStamp>,
    /// It has no room for what is to be sent.
    is_full: bool,
}

impl Board {
    fn time_at(&self, nanos: u64) -> Timestamp {
        let (since, time, ppb) = self.steered.iter().rev().find(|(since, ..)| *since <= nanos).unwrap();
        let elapsed = i64::try_from(nanos - since).unwrap();
        let gained = elapsed / 1000 * (self.own_ppb + ppb) / 1_000_000;
        Timestamp::from_nanos(u64::try_from(time + elapsed + gained).unwrap())
    }

    fn steer(&mut self, step: i64, ppb: i64) {
        let now = *self.true_nanos.borrow();
        let time = self.time_at(now).nanos_since(Timestamp::ZERO);
        self.steered.push((now, time + step, ppb));
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
        Ok(Some(Received { port: PortIndex(0), length: octets.len(), source: None, destination: None, stamp }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        if self.is_full {
            return Err(ErrorKind::Busy);
        }
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
        let (.., ppb) = *self.steered.last().unwrap();
        self.steer(nanoseconds, ppb);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        self.steer(0, i64::from(frequency.ppb()));
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true }
    }
}

/// A master and a slave that is 10 s and 37 ppm off.
struct Pair {
    now: Rc<RefCell<u64>>,
    wires: [Wire; 2],
    master: (Clock, Runner, Board),
    slave: (Clock, Runner, Board),
    /// What the slave reported.
    events: Vec<Event>,
}

impl Pair {
    fn new() -> Self {
        let now = Rc::new(RefCell::new(0));
        let (to_slave, to_master) = (Wire::default(), Wire::default());
        let board = |time, own_ppb, incoming: &Wire, outgoing: &Wire| Board {
            true_nanos: now.clone(),
            own_ppb,
            steered: vec![(0, time, 0)],
            incoming: incoming.clone(),
            outgoing: outgoing.clone(),
            stamps: VecDeque::new(),
            is_full: false,
        };
        let master_board = board(1_000_000_000_000, 0, &to_master, &to_slave);
        let slave_board = board(990_000_000_000, 37_000, &to_slave, &to_master);
        let clock = |config: ClockConfig| {
            let servo = PiServo::new(PiConfig::default()).unwrap();
            Clock::new(&config, &[PortConfig::default()], servo).unwrap()
        };
        Self {
            now,
            wires: [to_slave, to_master],
            master: (clock(ClockConfig::new(identity(1))), Runner::new(), master_board),
            slave: (clock(ClockConfig::slave_only(identity(2))), Runner::new(), slave_board),
            events: Vec::new(),
        }
    }

    fn turn_master(&mut self) -> u64 {
        let (clock, runner, board) = &mut self.master;
        runner.turn(clock, board, &mut |_| {}).until.nanos()
    }

    fn turn_slave(&mut self) -> u64 {
        let (clock, runner, board) = &mut self.slave;
        runner.turn(clock, board, &mut |event: &Event| self.events.push(*event)).until.nanos()
    }

    /// Lets time pass; the slave is busy with other things for as long as it `stalls`.
    fn run_until(&mut self, end: u64, stalls: bool) {
        while *self.now.borrow() < end {
            let mut next = self.turn_master().min(if stalls { u64::MAX } else { self.turn_slave() });
            for wire in &self.wires {
                let first = wire.borrow().front().map_or(u64::MAX, |(at, ..)| *at);
                if first > *self.now.borrow() {
                    next = next.min(first);
                }
            }
            let current = *self.now.borrow();
            *self.now.borrow_mut() = next.max(current + 1);
        }
    }

    /// The states that the slave entered since it was asked last.
    fn states(&mut self) -> Vec<State> {
        let entered = |event| if let Event::State { to, .. } = event { Some(to) } else { None };
        self.events.drain(..).filter_map(entered).collect()
    }
}

fn identity(last: u8) -> ClockIdentity {
    ClockIdentity::from_octets([2, 0, 0, 0xFF, 0xFE, 0, 0, last])
}

/// IEEE 1588-2019 9.1, IEEE 1588-2019 11.3
#[test]
fn a_slave_that_is_10_s_and_37_ppm_off_locks_to_its_master() {
    let mut pair = Pair::new();
    pair.run_until(30_000_000_000, false);
    assert_eq!(pair.states(), [State::Listening, State::Uncalibrated, State::Slave]);
    let Pair { master: (master, _, mut master_board), slave: (mut slave, _, mut slave_board), .. } = pair;
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

#[test]
fn a_slave_that_is_not_served_for_longer_than_its_timeouts_keeps_a_master_whose_messages_wait() {
    let mut pair = Pair::new();
    pair.run_until(30_000_000_000, false);
    assert_eq!(pair.states().last(), Some(&State::Slave));
    // Announces come every 2 s, so the master would be given up after 6 to 8 s; a turn takes up to 64 messages.
    pair.run_until(50_000_000_000, true);
    pair.run_until(60_000_000_000, false);
    assert_eq!(pair.states(), []);
    assert_eq!(pair.slave.0.lock_state(), LockState::Locked);
}

#[test]
fn a_request_that_could_not_be_sent_is_counted_as_that_and_as_nothing_else() {
    let mut pair = Pair::new();
    pair.run_until(30_000_000_000, false);
    let discarded = |pair: &Pair, reason| pair.slave.0.counters(PortIndex(0)).unwrap().discarded(reason);
    let total = |pair: &Pair| pair.slave.0.counters(PortIndex(0)).unwrap().total_discarded();
    let before = total(&pair);
    pair.slave.2.is_full = true;
    pair.run_until(50_000_000_000, false);
    pair.slave.2.is_full = false;
    pair.run_until(60_000_000_000, false);
    let unsent = discarded(&pair, Discard::SendFailed);
    assert!(unsent > 5, "{unsent}");
    assert_eq!(total(&pair), before + unsent);
    assert_eq!(pair.slave.0.lock_state(), LockState::Locked);
}
