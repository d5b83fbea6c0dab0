//! One port of a clock: its state machine, its timers, what it receives and what it sends.

#[cfg(feature = "acceptable-masters")]
mod acceptable;
#[cfg(feature = "alternate-masters")]
mod alternate;
#[cfg(feature = "announce-tlvs")]
mod attached;
mod egress;
#[cfg(feature = "interval-request")]
mod intervals;
#[cfg(feature = "master")]
mod master;
#[cfg(feature = "slave-monitoring")]
mod monitor;
mod path;
#[cfg(feature = "peer-to-peer")]
mod peer;
mod receive;
#[cfg(any(feature = "slave-monitoring", feature = "interval-request", feature = "application-tlvs"))]
mod signaling;
mod slave;
mod timers;
mod transmit;
#[cfg(target_pointer_width = "64")]
mod usual;

pub use crate::state::{Role, State, StateEvent, next};
#[cfg(feature = "alternate-masters")]
pub use alternate::AlternateMasterPortDs;
#[cfg(feature = "interval-request")]
pub use intervals::{AcceptedIntervals, INITIAL, NO_CHANGE};
#[cfg(feature = "slave-monitoring")]
pub use monitor::{SlaveMonitoring, SlaveMonitoringPortDs};
#[cfg(feature = "peer-to-peer")]
pub use peer::PeerLink;
pub(crate) use receive::screen;
#[cfg(all(test, target_pointer_width = "64"))]
pub(crate) use receive::screen_field_by_field;
pub use timers::Timer;

use crate::bmca::{ForeignMasters, Window, foreign_master_time_window};
use crate::config::PortConfig;
use crate::counters::Counters;
use crate::datasets::PortDs;
use crate::delay::Pairing;
use crate::event::Pending;
use crate::instance::Instance;
use crate::interval::interval_nanos;
use crate::wire::PortIdentity;
use path::Path;
use syntone_hal::{ErrorKind, Instant, PortCapabilities, PortIndex, Stamping, TimeInterval};
use timers::Timers;
use transmit::{Due, Sequences};

/// One port.
#[derive(Debug)]
pub struct Port<const FOREIGN: usize> {
    pub(crate) index: PortIndex,
    pub(crate) ds: PortDs,
    pub(crate) role: Role,
    #[cfg(feature = "external-ports")]
    pub(crate) desired_state: State,
    pub(crate) stamping: Stamping,
    pub(crate) resolution: TimeInterval,
    pub(crate) link_up: bool,
    pub(crate) timers: Timers,
    pub(crate) foreign: ForeignMasters<FOREIGN>,
    pub(crate) counters: Counters,
    /// Until then an Announce of our own clock, sent by a port with a lower number, is fresh: we share its path.
    #[cfg(feature = "master")]
    pub(crate) shadowed_until: Instant,
    #[cfg(feature = "acceptable-masters")]
    pub(crate) acceptable_master_table_enabled: bool,
    #[cfg(feature = "linuxptp-management")]
    pub(crate) neighbor_prop_delay_thresh: u32,
    configured_latency: [TimeInterval; 2],
    ingress_latency: TimeInterval,
    egress_latency: TimeInterval,
    log_fault_reset_interval: i8,
    #[cfg(any(feature = "master", feature = "peer-to-peer"))]
    pub(crate) two_step_flag: bool,
    #[cfg(feature = "master")]
    one_step_sync: bool,
    peer_log_sync_interval: i8,
    /// It follows `peer_log_sync_interval`; nanoseconds.
    sync_receipt_timeout: u64,
    #[cfg(feature = "hybrid-delay")]
    hybrid: bool,
    /// Where the Syncs of the parent come from.
    #[cfg(feature = "hybrid-delay")]
    parent_address: Option<syntone_hal::Address>,
    pairing: Pairing,
    path: Path,
    /// Of the last exchange alone.
    measured_delay: TimeInterval,
    /// The delay of the way from the master, as well as it is known.
    mean_delay: Option<TimeInterval>,
    sequences: Sequences,
    due: Due,
    #[cfg(feature = "master")]
    master: master::Master,
    #[cfg(feature = "alternate-masters")]
    alternate: alternate::Alternate,
    #[cfg(feature = "slave-monitoring")]
    monitor: monitor::Monitor,
    #[cfg(feature = "interval-request")]
    intervals: intervals::Intervals,
}

/// What a message, a stamp or a timer means to the clock above the port.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing beyond the port.
    Nothing,
    /// The state decision has to be made again.
    Decide,
    /// A Sync is complete, and perhaps a delay exchange with it.
    Sync { delay: bool },
    /// A delay exchange is complete.
    Delay,
    /// No Sync for too long.
    SyncLost,
    /// A management message: for the clock.
    #[cfg(feature = "management")]
    Management,
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    pub(crate) fn new(index: PortIndex, config: &PortConfig, instance: &Instance) -> Self {
        let identity = PortIdentity { clock_identity: instance.default_ds.clock_identity, port_number: index.number() };
        Self {
            index,
            ds: initial_ds(identity, config, instance),
            role: if instance.default_ds.slave_only { Role::SlaveOnly } else { Role::Full },
            #[cfg(feature = "external-ports")]
            desired_state: State::Passive,
            stamping: Stamping::Software,
            resolution: TimeInterval::ZERO,
            link_up: true,
            timers: Timers::new(),
            foreign: ForeignMasters::new(),
            counters: Counters::default(),
            #[cfg(feature = "master")]
            shadowed_until: Instant::from_nanos(0),
            #[cfg(feature = "acceptable-masters")]
            acceptable_master_table_enabled: false,
            #[cfg(feature = "linuxptp-management")]
            neighbor_prop_delay_thresh: 20_000_000,
            configured_latency: [config.ingress_latency, config.egress_latency],
            ingress_latency: config.ingress_latency,
            egress_latency: config.egress_latency,
            log_fault_reset_interval: config.log_fault_reset_interval,
            #[cfg(any(feature = "master", feature = "peer-to-peer"))]
            two_step_flag: config.two_step_flag,
            #[cfg(feature = "master")]
            one_step_sync: false,
            peer_log_sync_interval: config.log_sync_interval,
            sync_receipt_timeout: slave::sync_receipt_timeout(config.log_sync_interval),
            #[cfg(feature = "hybrid-delay")]
            hybrid: config.hybrid,
            #[cfg(feature = "hybrid-delay")]
            parent_address: None,
            pairing: Pairing::default(),
            path: Path::new(config),
            measured_delay: TimeInterval::ZERO,
            mean_delay: Path::given_delay(config),
            sequences: Sequences::default(),
            due: Due::default(),
            #[cfg(feature = "master")]
            master: master::Master::default(),
            #[cfg(feature = "alternate-masters")]
            alternate: alternate::Alternate::default(),
            #[cfg(feature = "slave-monitoring")]
            monitor: monitor::Monitor::default(),
            #[cfg(feature = "interval-request")]
            intervals: intervals::Intervals::default(),
        }
    }

    /// Changes portDS.delayAsymmetry and the latencies that were configured; those that the driver tells stay beside them.
    pub(crate) fn set_corrections(&mut self, asymmetry: TimeInterval, [ingress, egress]: [TimeInterval; 2]) {
        let [old_ingress, old_egress] = self.configured_latency;
        self.ingress_latency = latency(self.ingress_latency - old_ingress + ingress);
        self.egress_latency = latency(self.egress_latency - old_egress + egress);
        self.configured_latency = [ingress, egress];
        self.ds.delay_asymmetry = asymmetry;
    }

    /// The latencies that were configured: of ingress and of egress.
    #[cfg(feature = "linuxptp-management")]
    pub(crate) const fn configured_latency(&self) -> [TimeInterval; 2] {
        self.configured_latency
    }

    /// What the driver says that the port can do.
    pub(crate) fn set_capabilities(&mut self, capabilities: &PortCapabilities) {
        let [ingress, egress] = self.configured_latency;
        self.stamping = capabilities.stamping;
        self.resolution = capabilities.resolution;
        self.ingress_latency = latency(capabilities.ingress_latency + ingress);
        self.egress_latency = latency(capabilities.egress_latency + egress);
        #[cfg(feature = "master")]
        {
            self.one_step_sync = capabilities.one_step_sync && !self.two_step_flag;
        }
        #[cfg(feature = "peer-to-peer")]
        self.answer_in_one_step(capabilities.one_step_pdelay_resp && !self.two_step_flag);
    }

    /// Puts `event` to the state machine, and does what belongs to entering a new state.
    pub(crate) fn dispatch(&mut self, now: Instant, instance: &mut Instance, event: StateEvent) {
        let from = self.ds.port_state;
        let to = next(from, event, self.role());
        let new_master = matches!(event, StateEvent::S1 { new_master: true });
        if to == from && !new_master {
            return;
        }
        self.ds.port_state = to;
        if to != from {
            instance.events.push(Pending::State { port: self.index, from, to, cause: event });
        }
        self.on_enter(now, instance, from, to, new_master);
    }

    /// Without the feature `master` there is but one role, and what only the other one needs is not built.
    const fn role(&self) -> Role {
        if cfg!(feature = "master") { self.role } else { Role::SlaveOnly }
    }

    fn on_enter(&mut self, now: Instant, instance: &mut Instance, from: State, to: State, new_master: bool) {
        self.due = Due::default();
        if !to.has_parent() || new_master || !from.has_parent() {
            self.forget_path();
        }
        #[cfg(feature = "master")]
        self.stop_master();
        match to {
            #[cfg(feature = "master")]
            State::PreMaster => self.qualify_master(now, instance),
            #[cfg(feature = "master")]
            State::Master => self.start_master(now),
            State::Initializing | State::Faulty | State::Disabled => {
                self.timers.stop_all();
                self.foreign.clear();
                if to == State::Faulty {
                    let wait = interval_nanos(self.log_fault_reset_interval);
                    self.timers.set(Timer::FaultReset, now.plus_nanos(wait));
                }
            }
            _ => self.expect_announce(now, instance),
        }
        #[cfg(feature = "alternate-masters")]
        self.start_alternate(now);
        #[cfg(feature = "peer-to-peer")]
        self.measure_link(now, instance);
    }

    /// (Re)starts the announce receipt timeout: the configured number of intervals and a random part of one more
    /// (IEEE 1588-2019 9.2.6.12).
    pub(crate) fn expect_announce(&mut self, now: Instant, instance: &mut Instance) {
        let interval = interval_nanos(self.ds.log_announce_interval);
        let wait = interval.saturating_mul(u64::from(self.ds.announce_receipt_timeout));
        let extra = instance.random.below(interval);
        self.timers.set(Timer::AnnounceReceipt, now.plus_nanos(wait.saturating_add(extra)));
    }

    /// Handles one timer that is due.
    pub(crate) fn on_timer(&mut self, now: Instant, instance: &mut Instance, timer: Timer) -> Outcome {
        #[cfg(feature = "linuxptp-management")]
        self.timers.count(timer);
        match timer {
            #[cfg(feature = "master")]
            Timer::Announce => self.on_announce(now, instance),
            #[cfg(feature = "master")]
            Timer::Sync => self.on_sync(now),
            Timer::DelayReq => self.on_delay_req(now, instance),
            #[cfg(feature = "peer-to-peer")]
            Timer::PdelayReq => self.on_pdelay_req(now),
            Timer::AnnounceReceipt => {
                self.on_announce_receipt_timeout(now, instance);
                return Outcome::Decide;
            }
            Timer::SyncReceipt => {
                self.timers.stop(Timer::SyncReceipt);
                return Outcome::SyncLost;
            }
            #[cfg(feature = "master")]
            Timer::Qualification => {
                self.timers.stop(Timer::Qualification);
                self.dispatch(now, instance, StateEvent::QualificationTimeoutExpires);
            }
            Timer::FaultReset => {
                self.timers.stop(Timer::FaultReset);
                if self.link_up {
                    self.restart(now, instance);
                }
                return Outcome::Decide;
            }
            #[cfg(not(feature = "master"))]
            Timer::Announce | Timer::Sync | Timer::Qualification => self.timers.stop(timer),
            #[cfg(not(feature = "peer-to-peer"))]
            Timer::PdelayReq => self.timers.stop(timer),
        }
        Outcome::Nothing
    }

    /// Leaves FAULTY, or starts at all.
    pub(crate) fn restart(&mut self, now: Instant, instance: &mut Instance) {
        self.dispatch(now, instance, StateEvent::FaultCleared);
        self.dispatch(now, instance, StateEvent::InitComplete);
    }

    /// The link went down or came up, or the driver failed.
    pub(crate) fn on_link(&mut self, now: Instant, instance: &mut Instance, up: bool) {
        if self.link_up == up {
            return;
        }
        self.link_up = up;
        if up {
            self.restart(now, instance);
        } else {
            instance.events.push(Pending::Fault { port: self.index, kind: ErrorKind::LinkDown });
            self.dispatch(now, instance, StateEvent::FaultDetected);
        }
    }

    /// The master fell silent: it is not heard any more, and a port that listened in vain becomes master (or, slave-only,
    /// listens on).
    fn on_announce_receipt_timeout(&mut self, now: Instant, instance: &mut Instance) {
        match self.ds.port_state {
            #[cfg(feature = "external-ports")]
            State::Listening if instance.external_port_configuration_enabled => {}
            State::Listening => {
                self.dispatch(now, instance, StateEvent::AnnounceReceiptTimeoutExpires);
                if self.ds.port_state == State::Listening {
                    self.expect_announce(now, instance);
                }
                return;
            }
            #[cfg(feature = "master")]
            State::Passive => {
                if let Some(best) = self.best_sender(now) {
                    self.foreign.remove(best);
                }
            }
            _ => {
                self.foreign.remove(instance.parent_ds.parent_port_identity);
            }
        }
        self.expect_announce(now, instance);
    }

    /// Who sends the best qualified Announce on this port.
    #[cfg(feature = "master")]
    pub(crate) fn best_sender(&self, now: Instant) -> Option<PortIdentity> {
        let window = self.window(now, PortIdentity::default());
        self.foreign.best(self.ds.port_identity, &window).map(|best| best.sender())
    }

    /// The window in which foreign masters count; `parent` is that of the clock.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(crate) fn window(&self, now: Instant, parent: PortIdentity) -> Window {
        Window { now, length: self.window_nanos(), parent: self.is_following().then_some(parent) }
    }

    /// FOREIGN_MASTER_TIME_WINDOW (IEEE 1588-2019 9.3.2.4.4).
    pub(crate) fn window_nanos(&self) -> u64 {
        foreign_master_time_window(self.ds.log_announce_interval)
    }
}

/// portDS before anything has happened.
fn initial_ds(port_identity: PortIdentity, config: &PortConfig, instance: &Instance) -> PortDs {
    PortDs {
        port_identity,
        port_state: State::Initializing,
        log_min_delay_req_interval: config.log_min_delay_req_interval,
        log_announce_interval: config.log_announce_interval,
        announce_receipt_timeout: config.announce_receipt_timeout,
        log_sync_interval: config.log_sync_interval,
        delay_mechanism: config.delay_mechanism,
        log_min_pdelay_req_interval: config.log_min_pdelay_req_interval,
        mean_link_delay: TimeInterval::ZERO,
        minor_version_number: instance.minor_version_ptp,
        delay_asymmetry: config.delay_asymmetry,
        port_enable: true,
        master_only: config.master_only,
    }
}

/// A latency that is no larger than a second either way, whatever the driver says.
fn latency(told: TimeInterval) -> TimeInterval {
    let limit = TimeInterval::from_nanos(1_000_000_000);
    told.min(limit).max(-limit)
}
