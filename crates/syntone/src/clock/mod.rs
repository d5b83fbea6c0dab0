//! A PTP clock: ordinary with one port, boundary with several (IEEE 1588-2019 9.1); and the transparent clock.

#[cfg(feature = "announce-tlvs")]
mod attached;
mod decision;
mod exchange;
#[cfg(feature = "external-ports")]
mod external;
mod frame;
mod grandmaster;
#[cfg(feature = "holdover-upgrade")]
mod holdover;
#[cfg(feature = "management")]
mod managed;
mod settings;
#[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
mod signaling;
pub mod transparent;
mod view;

pub use exchange::{Input, Output, Wait, WaitReason};

use crate::config::{ClockConfig, ConfigError, PortConfig};
use crate::counters::Discard;
use crate::event::Pending;
use crate::instance::Instance;
use crate::port::{Outcome, Port, StateEvent, Timer};
use crate::servo::{Adjustment, LockState, PiServo, Servo, ServoContext};
use syntone_hal::{ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex};

/// A PTP clock that does no input or output of its own: [`Clock::handle`] takes what happened, [`Clock::poll`] says what
/// to do, until that is to wait. [`Runner`](crate::Runner) joins it to a board.
///
/// One port makes an ordinary clock, several a boundary clock. `FOREIGN` is how many foreign masters each port keeps.
#[derive(Debug)]
pub struct Clock<const PORTS: usize = 1, S: Servo = PiServo, const FOREIGN: usize = 5> {
    instance: Instance,
    ports: [Port<FOREIGN>; PORTS],
    servo: S,
    limits: ClockLimits,
    /// The adjustment that is to be made next.
    adjustment: Adjustment,
    lock_state: LockState,
    /// The state decision has to be made at the next poll, and at the latest then.
    decide_at: Instant,
    syncs: u32,
    #[cfg(feature = "holdover-upgrade")]
    holdover: Option<holdover::HoldoverState>,
    #[cfg(feature = "management")]
    management: crate::management::Management,
    #[cfg(feature = "management")]
    access: [crate::management::Access; PORTS],
    #[cfg(feature = "management")]
    forwarding: crate::management::Forwarding,
    #[cfg(feature = "management")]
    managed: managed::ManagedState,
}

/// An error that will not go away by itself.
const fn is_lasting(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied | ErrorKind::Other)
}

/// So many things are done in one poll at the most. It bounds the loop where time has come to its end, and everything is
/// due for ever.
const MAX_DUE: usize = 64;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// A clock that has not started yet; its ports are INITIALIZING until the first [`Clock::poll`].
    ///
    /// # Errors
    /// [`ConfigError`] names the option that cannot be.
    pub fn new(config: &ClockConfig, ports: &[PortConfig; PORTS], servo: S) -> Result<Self, ConfigError> {
        config.check(PORTS)?;
        for port in ports {
            port.check()?;
        }
        let instance = Instance::new(config, u16::try_from(PORTS).unwrap_or(u16::MAX));
        let mut number = 0_u8;
        Ok(Self {
            ports: core::array::from_fn(|index| {
                number = number.wrapping_add(1);
                Port::new(
                    PortIndex(number.wrapping_sub(1)),
                    ports.get(index).unwrap_or(&PortConfig::default()),
                    &instance,
                )
            }),
            instance,
            servo,
            limits: ClockLimits { max_frequency: FrequencyOffset::ZERO, can_step: false },
            adjustment: Adjustment::NONE,
            lock_state: LockState::Unlocked,
            decide_at: Instant::from_nanos(0),
            syncs: 0,
            #[cfg(feature = "holdover-upgrade")]
            holdover: None,
            #[cfg(feature = "management")]
            management: crate::management::Management::default(),
            #[cfg(feature = "management")]
            access: [crate::management::Access::None; PORTS],
            #[cfg(feature = "management")]
            forwarding: crate::management::Forwarding::default(),
            #[cfg(feature = "management")]
            managed: managed::ManagedState::default(),
        })
    }

    /// Takes what happened at `now`. Drain [`Clock::poll`] afterwards.
    // Who calls it knows the kind of input: there the choice is made when the program is built.
    #[inline(always)]
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Start(limits) => self.start(limits),
            Input::Capabilities(port, capabilities) => self.set_capabilities(port, &capabilities),
            Input::Frame(received, octets) => self.handle_frame(now, received, octets),
            Input::Egress(egress) => self.handle_egress(now, egress),
            Input::Adjusted(effective) => self.handle_adjusted(now, &effective),
            Input::Stepped(nanoseconds) => self.handle_step(now, nanoseconds),
            Input::Link(port, up) => self.handle_link(now, port, up),
            Input::SendFailed(port, kind) => self.handle_send_failed(now, port, kind),
            Input::ReceiveFailed(_) => self.handle_receive_failed(),
        }
    }

    /// Says what to do at `now`; to be called until it says [`Output::Wait`]. Hand over first what was received: a
    /// timeout that has passed counts, whatever waits. A message is put into `buffer`, which has to
    /// hold at least 64 octets.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub fn poll(&mut self, now: Instant, buffer: &mut [u8]) -> Output {
        let wait = self.next_due();
        if wait.until > now && !self.has_more() {
            if self.adjustment == Adjustment::NONE {
                return Output::Wait(wait);
            }
            return Output::Adjust(core::mem::take(&mut self.adjustment));
        }
        self.poll_busy(now, buffer)
    }

    // Rare beside polls that find nothing, which it would cost registers.
    #[inline(never)]
    fn poll_busy(&mut self, now: Instant, buffer: &mut [u8]) -> Output {
        let wait = self.do_what_is_due(now);
        self.output(buffer, wait)
    }

    pub(crate) const fn start(&mut self, limits: ClockLimits) {
        self.limits = limits;
    }

    pub(crate) fn set_capabilities(&mut self, port: PortIndex, capabilities: &PortCapabilities) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.set_capabilities(capabilities);
        }
    }

    pub(crate) fn handle_receive_failed(&mut self) {
        self.discard(PortIndex::default(), Discard::ReceiveFailed);
    }

    pub(crate) fn handle_egress(&mut self, now: Instant, egress: EgressStamp) {
        #[cfg(feature = "management")]
        self.read_time(now, egress.stamp);
        let [index, kind, high, low] = egress.ticket.into_raw().to_be_bytes();
        let Some(port) = self.ports.get_mut(usize::from(index)) else { return };
        match port.egress(now, &self.instance, kind, u16::from_be_bytes([high, low]), egress.stamp) {
            Ok(outcome) => self.take(now, PortIndex(index), outcome),
            Err(reason) => port.counters.discard(reason),
        }
        #[cfg(all(feature = "utc", feature = "master"))]
        if let Some(stamp) = egress.stamp.filter(|_| now >= self.instance.settled_at && self.following().is_none()) {
            self.handle_time(now, stamp);
        }
    }

    pub(crate) fn handle_adjusted(&mut self, now: Instant, effective: &Adjustment) {
        self.servo.applied(now, effective);
        #[cfg(feature = "peer-to-peer")]
        if let Some(frequency) = effective.frequency {
            for port in &mut self.ports {
                port.follow_frequency(frequency);
            }
        }
        if let Some(nanoseconds) = effective.step {
            self.on_step(now, nanoseconds);
        }
    }

    fn handle_step(&mut self, now: Instant, nanoseconds: i64) {
        self.on_step(now, nanoseconds);
        if let Some(port) = self.following() {
            self.start_servo(port);
        }
    }

    pub(crate) fn handle_link(&mut self, now: Instant, port: PortIndex, up: bool) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.on_link(now, &mut self.instance, up);
            self.decide_at = now;
        }
    }

    /// A message that was refused for the moment is lost, no more; what will not get better by itself is a fault.
    pub(crate) fn handle_send_failed(&mut self, now: Instant, index: PortIndex, kind: ErrorKind) {
        let Some(port) = self.ports.get_mut(index.get()) else { return };
        port.on_send_failed();
        if is_lasting(kind) {
            self.instance.events.push(Pending::Fault { port: index, kind });
            #[cfg(feature = "management")]
            self.management.remember(index, kind);
            port.dispatch(now, &mut self.instance, StateEvent::FaultDetected);
            self.decide_at = now;
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn on_step(&mut self, now: Instant, nanoseconds: i64) {
        self.instance.on_step(now, nanoseconds);
        #[cfg(feature = "management")]
        self.managed.on_step(nanoseconds);
        for port in &mut self.ports {
            port.forget_stamps();
        }
    }

    /// What a port made of an input, as far as it goes beyond the port.
    #[inline(never)]
    fn take(&mut self, now: Instant, port: PortIndex, outcome: Outcome) {
        match outcome {
            Outcome::Nothing => {}
            #[cfg(feature = "management")]
            Outcome::Management => {}
            Outcome::Decide => self.decide_at = now,
            Outcome::Delay => self.take_delay(now, port),
            Outcome::Sync { delay } => self.take_sync(now, port, delay),
            Outcome::SyncLost => {
                self.adjustment = self.servo.hold();
                self.follow_lock(now);
            }
        }
    }

    fn take_delay(&mut self, now: Instant, port: PortIndex) {
        if let Some(sample) = self.ports.get(port.get()).and_then(|port| port.delay_sample(now)) {
            self.servo.delay(&sample);
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn take_sync(&mut self, now: Instant, port: PortIndex, delay: bool) {
        if delay {
            self.take_delay(now, port);
        }
        let Some(sample) = self.ports.get(port.get()).and_then(|port| port.sync_sample(now)) else { return };
        self.syncs = self.syncs.wrapping_add(1);
        #[cfg(feature = "linuxptp-management")]
        {
            self.managed.sync_ingress = Some(sample.ingress);
        }
        if let Some(offset) = sample.offset_from_master() {
            self.instance.current_ds.offset_from_master = offset;
        }
        if let Some(delay) = sample.mean_delay {
            self.instance.current_ds.mean_delay = delay;
        }
        #[cfg(feature = "utc")]
        self.handle_time(now, sample.ingress.offset_nanos(sample.difference_nanos.wrapping_neg()));
        self.adjustment = self.servo.sync(&sample);
        self.follow_lock(now);
    }

    /// Tells the port that follows, and the application, when the servo locks or loses the lock.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn follow_lock(&mut self, now: Instant) {
        let lock_state = self.servo.lock_state();
        if lock_state != self.lock_state {
            self.tell_lock(now, lock_state);
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn tell_lock(&mut self, now: Instant, lock_state: LockState) {
        self.lock_state = lock_state;
        self.instance.events.push(Pending::Lock(lock_state));
        let event = match lock_state {
            LockState::Locked => StateEvent::MasterClockSelected,
            LockState::Unlocked | LockState::Holdover => StateEvent::SynchronizationFault,
        };
        if let Some(port) = self.following().and_then(|index| self.ports.get_mut(index.get())) {
            port.dispatch(now, &mut self.instance, event);
        }
    }

    /// The port that has a parent.
    fn following(&self) -> Option<PortIndex> {
        self.ports.iter().find(|port| port.is_following()).map(|port| port.index)
    }

    /// What was decided and not yet handed over; if there is nothing, to `wait`.
    pub(crate) fn output(&mut self, buffer: &mut [u8], wait: Wait) -> Output {
        if self.adjustment != Adjustment::NONE {
            return Output::Adjust(core::mem::take(&mut self.adjustment));
        }
        if self.has_more() { self.report_or_send(buffer, wait) } else { Output::Wait(wait) }
    }

    /// There is something to report or to send.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn has_more(&self) -> bool {
        let has_more = !self.instance.events.is_empty() || self.ports.iter().any(Port::has_to_send);
        #[cfg(feature = "management")]
        let has_more = has_more || self.has_managed_to_send();
        has_more
    }

    // Rare beside polls that find nothing, which it would cost registers.
    #[inline(never)]
    fn report_or_send(&mut self, buffer: &mut [u8], wait: Wait) -> Output {
        if let Some(event) = self.instance.pop_event() {
            return Output::Event(event);
        }
        for port in &mut self.ports {
            if let Some((transmit, length)) = port.transmit(&self.instance, buffer) {
                return Output::Send { transmit, length };
            }
        }
        #[cfg(feature = "management")]
        if let Some((transmit, length)) = self.transmit_managed(buffer) {
            return Output::Send { transmit, length };
        }
        Output::Wait(wait)
    }

    fn start_servo(&mut self, port: PortIndex) {
        if let Some(port) = self.ports.get(port.get()) {
            let context = ServoContext { stamping: port.stamping, resolution: port.resolution, limits: self.limits };
            self.servo.start(&context);
        }
    }

    /// Handles the timers that are due and the state decision, and says what is due next.
    pub(crate) fn do_what_is_due(&mut self, now: Instant) -> Wait {
        for _ in 0..MAX_DUE {
            let wait = self.next_due();
            if wait.until > now {
                return wait;
            }
            self.do_due(now, wait.reason);
        }
        Wait { until: now, reason: WaitReason::StateDecision }
    }

    // Rare beside polls that find nothing, which it would cost registers.
    #[inline(never)]
    fn do_due(&mut self, now: Instant, reason: WaitReason) {
        match reason {
            WaitReason::Timer(port, timer) => self.on_timer(now, port, timer),
            WaitReason::StateDecision => self.decide(now),
        }
    }

    fn on_timer(&mut self, now: Instant, index: PortIndex, timer: Timer) {
        let Some(port) = self.ports.get_mut(index.get()) else { return };
        let outcome = port.on_timer(now, &mut self.instance, timer);
        self.take(now, index, outcome);
    }

    /// What is due first: a timer of any port, or the state decision.
    pub(crate) fn next_due(&self) -> Wait {
        let mut first = Wait { until: self.decide_at, reason: WaitReason::StateDecision };
        for port in &self.ports {
            let (timer, deadline) = port.timers.next();
            // At the same moment timers come first: the decision looks at what they did.
            if deadline <= first.until {
                first = Wait { until: deadline, reason: WaitReason::Timer(port.index, timer) };
            }
        }
        first
    }
}
