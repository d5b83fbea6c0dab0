//! A slave that follows well asks its master for other message intervals (`msg_interval_request`, IEEE 802.1AS 10.6.4.3).

use super::engine::{Engine, Running};
use super::settings::Settings;
use syntone::port::{AcceptedIntervals, INITIAL, NO_CHANGE};
use syntone::servo::LockState;
use syntone::wire::tlvs::{IntervalRequestFlags, MessageIntervalRequest};
use syntone_hal::{PortIndex, TimeInterval};

/// Whatever a port can have, log₂ of seconds.
const ANY: [i8; 2] = [-7, 7];

/// How well the clock has followed.
#[derive(Debug)]
pub(crate) struct Stability {
    /// Below it an offset is good. Kept, because options are not looked up for each Sync.
    threshold: TimeInterval,
    /// As many good ones are stable.
    wanted: i64,
    /// Good ones, one after the other.
    good: i64,
    is_stable: bool,
}

impl Stability {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut new = Self { threshold: TimeInterval::ZERO, wanted: 0, good: 0, is_stable: false };
        new.read(settings);
        new
    }

    /// The settings are others.
    pub(crate) fn read(&mut self, settings: &Settings) {
        self.threshold = TimeInterval::from_nanos(settings.integer("servo_offset_threshold", None));
        self.wanted = settings.integer("servo_num_offset_values", None);
    }

    /// A Sync has shown `offset`. What is to be said where the clock has become stable, or is not any more.
    pub(crate) fn see(
        &mut self,
        offset: TimeInterval,
        lock: LockState,
        engine: &mut dyn Engine,
        settings: &Settings,
    ) -> Option<&'static str> {
        let is_good = lock == LockState::Locked && offset.abs() < self.threshold;
        self.good = if is_good { self.good.saturating_add(1) } else { 0 };
        let is_stable = is_good && self.good >= self.wanted;
        if is_stable == self.is_stable {
            return None;
        }
        self.is_stable = is_stable;
        if !engine.ask_for_intervals(is_stable, settings) {
            return None;
        }
        Some(if is_stable {
            "the offset is stable: the master is asked for operLogSyncInterval"
        } else {
            "the offset is not stable any more: the master is asked for its Sync interval of before"
        })
    }

    /// There is another master, which was not asked yet.
    pub(crate) fn forget(&mut self, engine: &mut dyn Engine, settings: &Settings) {
        self.good = 0;
        if std::mem::take(&mut self.is_stable) {
            engine.ask_for_intervals(false, settings);
        }
    }
}

/// Lets other ports ask, where the option says so.
pub(super) fn accept<const PORTS: usize>(running: &mut Running<PORTS>, settings: &Settings) {
    for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
        let accepted =
            AcceptedIntervals { log_announce_interval: ANY, log_sync_interval: ANY, log_min_pdelay_req_interval: ANY };
        let wanted = settings.flag("msg_interval_request", Some(interface)).then_some(accepted);
        // Its range is that of all ports.
        let _ = running.clock.accept_interval_requests(index, wanted);
    }
}

/// Asks the master for the intervals of a stable clock, or for those of before; `false`: no option says so.
pub(super) fn ask<const PORTS: usize>(running: &mut Running<PORTS>, is_stable: bool, settings: &Settings) -> bool {
    let now = running.hal.monotonic();
    let mut asked = false;
    for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
        let port = Some(interface.as_str());
        if !settings.flag("msg_interval_request", port) {
            continue;
        }
        let log = |name| i8::try_from(settings.integer(name, port)).unwrap_or(0);
        let own = if is_stable { "operLogPdelayReqInterval" } else { "logMinPdelayReqInterval" };
        // The range of both is that of all ports.
        let _ = running.clock.set_log_min_pdelay_req_interval(now, index, log(own));
        if running.port_state(index).has_parent() {
            asked = true;
            let request = MessageIntervalRequest {
                link_delay_interval: NO_CHANGE,
                time_sync_interval: if is_stable { log("operLogSyncInterval") } else { INITIAL },
                announce_interval: NO_CHANGE,
                flags: IntervalRequestFlags::empty(),
            };
            running.clock.request_intervals(index, request);
        }
    }
    asked
}
