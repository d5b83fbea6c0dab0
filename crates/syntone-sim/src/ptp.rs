//! PTP clocks on boards: the same `Clock` and `Runner` as everywhere.

use crate::{Board, MAX_MESSAGE, NodeId, Participant, SimHal, SimTime, World};
use syntone::attached::{AlternateTimescale, ReceivedTlv};
use syntone::bmca::{AcceptableMaster, ForeignMaster};
use syntone::clock::Clock;
use syntone::counters::Counters;
use syntone::datasets::{CurrentDs, DefaultDs, ParentDs, PortDs, TimePropertiesDs};
use syntone::hal::{Instant, PortIndex};
use syntone::port::{AlternateMasterPortDs, PeerLink, State};
use syntone::reference::Reference;
use syntone::servo::{LockState, Servo};
use syntone::utc::UtcKeeper;
use syntone::wire::layout::Records;
use syntone::wire::tlvs::{AlternateTimeOffsetIndicator, EnhancedAccuracyMetrics, MessageIntervalRequest};
use syntone::wire::{ClockIdentity, ClockQuality, Tlvs};
use syntone::{ConfigError, Event, Runner};

/// What can be seen of a [`Clock`] whatever its number of ports and its servo.
#[expect(missing_docs, reason = "each is the method of the same name of Clock")]
pub trait PtpClock {
    fn default_ds(&self) -> &DefaultDs;
    fn current_ds(&self) -> &CurrentDs;
    fn parent_ds(&self) -> &ParentDs;
    fn time_properties_ds(&self) -> &TimePropertiesDs;
    fn port_ds(&self, port: PortIndex) -> Option<&PortDs>;
    fn peer_link(&self, port: PortIndex) -> Option<PeerLink>;
    fn counters(&self, port: PortIndex) -> Option<&Counters>;
    fn lock_state(&self) -> LockState;
    fn syncs(&self) -> u32;
    fn utc(&self) -> &UtcKeeper;
    fn parent_tlvs(&self) -> Tlvs<'_>;
    fn path_trace_list(&self) -> Records<'_, ClockIdentity>;
    fn keep_announce_tlvs(&mut self, storage: &'static mut [u8]);
    fn set_path_trace(&mut self, enable: bool);
    fn alternate_timescales(&self) -> Vec<AlternateTimeOffsetIndicator<'_>>;
    fn set_alternate_timescale(&mut self, key_field: u8, timescale: AlternateTimescale) -> Result<(), ConfigError>;
    fn accuracy_metrics(&self) -> Option<EnhancedAccuracyMetrics>;
    fn received_tlvs(&self) -> Vec<ReceivedTlv<'_>>;
    fn forget_received_tlvs(&mut self);
    fn set_announced_tlvs(&mut self, tlvs: Tlvs<'_>) -> Result<(), ConfigError>;
    fn set_external_port_configuration(&mut self, now: Instant, enabled: bool);
    fn set_desired_state(&mut self, now: Instant, port: PortIndex, state: State) -> Result<(), ConfigError>;
    fn set_grandmaster(
        &mut self,
        now: Instant,
        quality: ClockQuality,
        properties: TimePropertiesDs,
    ) -> Result<(), ConfigError>;
    fn set_clock_quality(&mut self, now: Instant, quality: ClockQuality) -> Result<(), ConfigError>;
    fn set_time_properties(&mut self, now: Instant, properties: TimePropertiesDs) -> Result<(), ConfigError>;
    fn request_intervals(&mut self, port: PortIndex, request: MessageIntervalRequest);
    fn set_master_only(&mut self, now: Instant, port: PortIndex, master_only: bool) -> Result<(), ConfigError>;
    fn alternate_masters(&self, now: Instant, port: PortIndex) -> Vec<(ForeignMaster, bool)>;
    fn set_alternate_master(
        &mut self,
        now: Instant,
        port: PortIndex,
        ds: &AlternateMasterPortDs,
    ) -> Result<(), ConfigError>;
    fn set_acceptable_masters(&mut self, now: Instant, list: &[AcceptableMaster]) -> Result<(), ConfigError>;
    fn set_acceptable_master_table_enabled(
        &mut self,
        now: Instant,
        port: PortIndex,
        enabled: bool,
    ) -> Result<(), ConfigError>;
}

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> PtpClock for Clock<PORTS, S, FOREIGN> {
    fn default_ds(&self) -> &DefaultDs {
        Self::default_ds(self)
    }

    fn current_ds(&self) -> &CurrentDs {
        Self::current_ds(self)
    }

    fn parent_ds(&self) -> &ParentDs {
        Self::parent_ds(self)
    }

    fn time_properties_ds(&self) -> &TimePropertiesDs {
        Self::time_properties_ds(self)
    }

    fn port_ds(&self, port: PortIndex) -> Option<&PortDs> {
        Self::port_ds(self, port)
    }

    fn peer_link(&self, port: PortIndex) -> Option<PeerLink> {
        Self::peer_link(self, port)
    }

    fn counters(&self, port: PortIndex) -> Option<&Counters> {
        Self::counters(self, port)
    }

    fn lock_state(&self) -> LockState {
        Self::lock_state(self)
    }

    fn syncs(&self) -> u32 {
        Self::syncs(self)
    }

    fn utc(&self) -> &UtcKeeper {
        Self::utc(self)
    }

    fn parent_tlvs(&self) -> Tlvs<'_> {
        Self::parent_tlvs(self)
    }

    fn path_trace_list(&self) -> Records<'_, ClockIdentity> {
        Self::path_trace_list(self)
    }

    fn keep_announce_tlvs(&mut self, storage: &'static mut [u8]) {
        Self::keep_announce_tlvs(self, storage);
    }

    fn set_path_trace(&mut self, enable: bool) {
        Self::set_path_trace(self, enable);
    }

    fn alternate_timescales(&self) -> Vec<AlternateTimeOffsetIndicator<'_>> {
        Self::alternate_timescales(self).collect()
    }

    fn set_alternate_timescale(&mut self, key_field: u8, timescale: AlternateTimescale) -> Result<(), ConfigError> {
        Self::set_alternate_timescale(self, key_field, timescale)
    }

    fn accuracy_metrics(&self) -> Option<EnhancedAccuracyMetrics> {
        Self::accuracy_metrics(self)
    }

    fn received_tlvs(&self) -> Vec<ReceivedTlv<'_>> {
        Self::received_tlvs(self).collect()
    }

    fn forget_received_tlvs(&mut self) {
        Self::forget_received_tlvs(self);
    }

    fn set_announced_tlvs(&mut self, tlvs: Tlvs<'_>) -> Result<(), ConfigError> {
        Self::set_announced_tlvs(self, tlvs)
    }

    fn set_external_port_configuration(&mut self, now: Instant, enabled: bool) {
        Self::set_external_port_configuration(self, now, enabled);
    }

    fn set_desired_state(&mut self, now: Instant, port: PortIndex, state: State) -> Result<(), ConfigError> {
        Self::set_desired_state(self, now, port, state)
    }

    fn set_grandmaster(
        &mut self,
        now: Instant,
        quality: ClockQuality,
        properties: TimePropertiesDs,
    ) -> Result<(), ConfigError> {
        Self::set_grandmaster(self, now, quality, properties)
    }

    fn set_clock_quality(&mut self, now: Instant, quality: ClockQuality) -> Result<(), ConfigError> {
        Self::set_clock_quality(self, now, quality)
    }

    fn set_time_properties(&mut self, now: Instant, properties: TimePropertiesDs) -> Result<(), ConfigError> {
        Self::set_time_properties(self, now, properties)
    }

    fn request_intervals(&mut self, port: PortIndex, request: MessageIntervalRequest) {
        Self::request_intervals(self, port, request);
    }

    fn set_master_only(&mut self, now: Instant, port: PortIndex, master_only: bool) -> Result<(), ConfigError> {
        Self::set_master_only(self, now, port, master_only)
    }

    fn alternate_masters(&self, now: Instant, port: PortIndex) -> Vec<(ForeignMaster, bool)> {
        Self::alternate_masters(self, now, port).map(|(master, is_qualified)| (*master, is_qualified)).collect()
    }

    fn set_alternate_master(
        &mut self,
        now: Instant,
        port: PortIndex,
        ds: &AlternateMasterPortDs,
    ) -> Result<(), ConfigError> {
        Self::set_alternate_master(self, now, port, ds)
    }

    fn set_acceptable_masters(&mut self, now: Instant, list: &[AcceptableMaster]) -> Result<(), ConfigError> {
        Self::set_acceptable_masters(self, now, list)
    }

    fn set_acceptable_master_table_enabled(
        &mut self,
        now: Instant,
        port: PortIndex,
        enabled: bool,
    ) -> Result<(), ConfigError> {
        Self::set_acceptable_master_table_enabled(self, now, port, enabled)
    }
}

/// A PTP clock and the loop that joins it to its board.
struct PtpNode<C> {
    clock: C,
    runner: Runner<MAX_MESSAGE>,
}

impl<const PORTS: usize, S: Servo + 'static, const FOREIGN: usize> Participant for PtpNode<Clock<PORTS, S, FOREIGN>> {
    fn turn(&mut self, hal: &mut SimHal) -> Option<Instant> {
        let mut events = Vec::new();
        let wait = self.runner.turn(&mut self.clock, hal, &mut |event| events.push(*event));
        let now = hal.true_time();
        hal.events.extend(events.into_iter().map(|event| (now, event)));
        Some(wait.until)
    }

    fn clock(&self) -> Option<&dyn PtpClock> {
        Some(&self.clock)
    }

    fn clock_mut(&mut self) -> Option<&mut dyn PtpClock> {
        Some(&mut self.clock)
    }
}

impl World {
    /// Adds a PTP clock with all its ports. `factory` makes it anew at each start.
    pub fn add_clock<const PORTS: usize, S: Servo + 'static, const FOREIGN: usize>(
        &mut self,
        name: impl Into<String>,
        board: &Board,
        mut factory: impl FnMut() -> Clock<PORTS, S, FOREIGN> + 'static,
    ) -> NodeId {
        let ports = u8::try_from(PORTS).expect("a clock of the simulator has at most 255 ports");
        self.add(name, &board.clone().ports(ports), move |_| PtpNode { clock: factory(), runner: Runner::new() })
    }

    /// The PTP clock that runs on `node`.
    ///
    /// # Panics
    /// When none runs there at present.
    #[must_use]
    pub fn clock(&self, node: NodeId) -> &dyn PtpClock {
        let clock = self.nodes[node.0].participant.as_ref().and_then(|participant| participant.clock());
        clock.unwrap_or_else(|| panic!("no PTP clock runs on {}", self.name(node)))
    }

    /// The state of a port of the PTP clock on `node`.
    ///
    /// # Panics
    /// When no clock runs there, or it has no such port.
    #[must_use]
    pub fn state(&self, node: NodeId, port: u8) -> State {
        self.clock(node).port_ds(PortIndex(port)).expect("the clock has that port").port_state
    }

    /// The counters of a port of the PTP clock on `node`.
    ///
    /// # Panics
    /// When no clock runs there, or it has no such port.
    #[must_use]
    pub fn counters(&self, node: NodeId, port: u8) -> &Counters {
        self.clock(node).counters(PortIndex(port)).expect("the clock has that port")
    }

    /// The alternate masters that a port of the PTP clock on `node` knows now, and whether each was heard more than once.
    ///
    /// # Panics
    /// When no clock runs there.
    #[must_use]
    pub fn alternate_masters(&self, node: NodeId, port: u8) -> Vec<(ForeignMaster, bool)> {
        self.clock(node).alternate_masters(self.nodes[node.0].hal.clock().monotonic(), PortIndex(port))
    }

    /// What the PTP clock on `node` reported, through all its lives, and when.
    #[must_use]
    pub fn events(&self, node: NodeId) -> &[(SimTime, Event)] {
        &self.nodes[node.0].hal.events
    }

    /// Changes the quality that the PTP clock on `node` has by itself.
    ///
    /// # Panics
    /// When no clock runs there, or it refuses.
    pub fn set_clock_quality(&mut self, node: NodeId, quality: ClockQuality) {
        self.change_clock(node, |clock, now| clock.set_clock_quality(now, quality));
    }

    /// Changes what the PTP clock on `node` announces of its time as grandmaster.
    ///
    /// # Panics
    /// When no clock runs there, or it refuses.
    pub fn set_time_properties(&mut self, node: NodeId, properties: TimePropertiesDs) {
        self.change_clock(node, |clock, now| clock.set_time_properties(now, properties));
    }

    /// Makes a port of the PTP clock on `node` ask for other message intervals.
    ///
    /// # Panics
    /// When no clock runs there.
    pub fn request_intervals(&mut self, node: NodeId, port: u8, request: MessageIntervalRequest) {
        self.change_clock(node, |clock, _| {
            clock.request_intervals(PortIndex(port), request);
            Ok(())
        });
    }

    /// Tells the ports of the PTP clock on `node`, in their order, what they are to be; without any, the best master clock
    /// algorithm decides again.
    ///
    /// # Panics
    /// When no clock runs there, or it refuses.
    pub fn configure_ports(&mut self, node: NodeId, desired: &[State]) {
        self.change_clock(node, |clock, now| {
            clock.set_external_port_configuration(now, !desired.is_empty());
            (0..).zip(desired).try_for_each(|(port, state)| clock.set_desired_state(now, PortIndex(port), *state))
        });
    }

    /// Hands the state of its reference to the PTP clock on `node`; `quality` and `properties` are those with the reference.
    ///
    /// # Panics
    /// When no clock runs there, or it refuses.
    pub fn set_reference(
        &mut self,
        node: NodeId,
        reference: &Reference,
        quality: &ClockQuality,
        properties: &TimePropertiesDs,
    ) {
        self.change_clock(node, |clock, now| {
            let quality = reference.clock_quality(now, quality);
            clock.set_grandmaster(now, quality, reference.time_properties(now, properties))
        });
    }

    /// Changes what the PTP clock on `node` is, by a method of [`PtpClock`].
    ///
    /// # Panics
    /// When no clock runs there, or it refuses.
    pub fn change_clock(
        &mut self,
        node: NodeId,
        change: impl FnOnce(&mut dyn PtpClock, Instant) -> Result<(), ConfigError>,
    ) {
        self.bring_up_to_date(node);
        let on = &mut self.nodes[node.0];
        let now = on.hal.clock().monotonic();
        let clock = on.participant.as_mut().and_then(|participant| participant.clock_mut());
        change(clock.expect("a PTP clock runs on the node"), now).expect("the clock takes it");
        self.turn(node);
    }
}
