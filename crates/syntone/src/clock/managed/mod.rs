//! What management ids mean to an ordinary or boundary clock (IEEE 1588-2019 15.5.3).

mod get;
#[cfg(feature = "linuxptp-management")]
mod linuxptp;
#[cfg(any(
    feature = "acceptable-masters",
    feature = "alternate-masters",
    feature = "path-trace",
    feature = "alternate-time-offset"
))]
mod options;
#[cfg(feature = "management-relay")]
mod relay;
mod set;
mod time;

pub(super) use time::ManagedState;

use super::Clock;
use crate::config::ConfigError;
use crate::counters::{Counters, Discard};
use crate::management::{
    self, Access, Description, FaultLog, Forwarding, HostRequest, LocalHost, Managed, Management, Names,
};
use crate::port::{Port, State};
use crate::servo::Servo;
use crate::wire::management::ClockType;
use crate::wire::{Emitter, ManagementErrorId, ManagementId, MessageType};
use syntone_hal::{Instant, PortIndex, Received, Transmit};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// What management messages on a port may do; nothing, until this is called. A boundary clock hands them on between
    /// the ports on which they may do anything.
    pub fn set_management_access(&mut self, port: PortIndex, access: Access) {
        if let Some(place) = self.access.get_mut(port.get()) {
            *place = access;
        }
    }

    /// What CLOCK_DESCRIPTION and USER_DESCRIPTION tell.
    pub const fn set_description(&mut self, description: &'static Description) {
        self.management.host.description = Some(description);
    }

    /// Lets management set what USER_DESCRIPTION tells, up to 128 octets and as many as there is room for. At first that is what the
    /// description says (IEEE 1588-2019 8.2.5.4).
    pub fn lend_user_description(&mut self, storage: &'static mut [u8]) {
        self.management.host.lend(storage);
    }

    /// What USER_DESCRIPTION tells: UTF-8, where who set it keeps the rules.
    pub fn user_description(&self) -> &[u8] {
        self.management.host.user_description()
    }

    /// Says that the host can keep settings and forget them again. What management asks for is in
    /// [`Clock::take_host_request`] then; otherwise it is NOT_SUPPORTED.
    pub const fn offer_storage(&mut self) {
        self.management.host.has_storage = true;
    }

    /// What management asked the host to do since this was called last; to be looked at after each turn of the runner.
    pub const fn take_host_request(&mut self) -> Option<HostRequest> {
        self.management.host.request.take()
    }

    /// Lets management set the time of this clock while it follows no master, by TIME. Otherwise that is NOT_SUPPORTED.
    pub const fn allow_setting_time(&mut self) {
        self.managed.time_is_settable = true;
    }

    /// Remembers faults from now on, as many as there is room for.
    pub fn keep_fault_log(&mut self, storage: &'static mut [Option<management::Fault>]) {
        self.management.fault_log = Some(FaultLog::new(storage));
    }

    /// The faults that are remembered.
    pub const fn fault_log(&self) -> Option<&FaultLog> {
        self.management.fault_log.as_ref()
    }

    pub(super) fn has_managed_to_send(&self) -> bool {
        self.management.has_to_send() || self.forwarding.is_busy()
    }

    pub(super) fn manage(&mut self, now: Instant, received: &Received, octets: &[u8]) {
        self.managed.asked_at = now;
        let result = management::receive(self, now, received, octets);
        self.decide_if_due(now);
        let Some(counters) = self.port_counters(received.port) else { return };
        match result {
            Ok(()) => counters.count_received(MessageType::MANAGEMENT),
            Err(reason) => counters.discard(reason),
        }
    }

    /// Answers a management message from a program on the same host, that came over no port: each answer is made in `buffer` and
    /// handed to `on_answer`. Answers of the clock as a whole are those of port number 0. What only the host knows, it is
    /// asked for first.
    ///
    /// The domain and sdoId of the message are not looked at, and how many come in what time is the caller's business.
    ///
    /// With the feature `management-relay` and `Clock::keep_relayed_answers` a request that has boundary hops left and came with
    /// [`Access::ReadWrite`] is handed on to other clocks as well, if it is for the domain and sdoId of this one.
    ///
    /// # Errors
    /// Why it is not answered.
    pub fn handle_request(
        &mut self,
        now: Instant,
        access: Access,
        octets: &[u8],
        host: &mut impl LocalHost,
        buffer: &mut [u8],
        on_answer: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard> {
        self.managed.asked_at = now;
        #[cfg(feature = "management-relay")]
        let relayed = access == Access::ReadWrite && self.relay_request(now, octets);
        #[cfg(not(feature = "management-relay"))]
        let relayed = false;
        let taken = match management::take((self, host), now, access, octets) {
            Err(Discard::NotForUs) if relayed => return Ok(()),
            taken => taken?,
        };
        let Some(taken) = taken else { return Ok(()) };
        self.decide_if_due(now);
        management::answer_all((self, host), taken, buffer, on_answer);
        Ok(())
    }

    /// So that an answer tells what is in effect after a request.
    fn decide_if_due(&mut self, now: Instant) {
        if self.decide_at <= now {
            self.decide(now);
        }
    }

    pub(super) fn transmit_managed(&mut self, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        while self.has_managed_to_send() {
            if let Some(sent) = management::transmit(self, buffer) {
                return Some(sent);
            }
        }
        None
    }

    fn port(&self, port: PortIndex) -> Result<&Port<FOREIGN>, ManagementErrorId> {
        self.ports.get(port.get()).ok_or(ManagementErrorId::WRONG_VALUE)
    }
}

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Managed for Clock<PORTS, S, FOREIGN> {
    fn names(&self) -> Names {
        let ds = &self.instance.default_ds;
        Names {
            clock_identity: ds.clock_identity,
            sdo_id: ds.sdo_id,
            minor_version_ptp: self.instance.minor_version_ptp,
            number_ports: u8::try_from(PORTS).unwrap_or(u8::MAX),
        }
    }

    fn management(&mut self) -> &mut Management {
        &mut self.management
    }

    fn access(&self, port: PortIndex) -> Access {
        self.access.get(port.get()).copied().unwrap_or_default()
    }

    fn forwarding(&mut self) -> Option<&mut Forwarding> {
        Some(&mut self.forwarding)
    }

    fn forwards(&self, port: PortIndex) -> bool {
        let states = [State::Master, State::PreMaster, State::Slave, State::Uncalibrated];
        self.ports.get(port.get()).is_some_and(|port| states.contains(&port.ds.port_state))
    }

    fn port_counters(&mut self, port: PortIndex) -> Option<&mut Counters> {
        self.ports.get_mut(port.get()).map(|port| &mut port.counters)
    }

    fn get(&self, id: ManagementId, key: u8, port: PortIndex, to: &mut Emitter<'_>) -> Result<(), ManagementErrorId> {
        let clock_type = if PORTS == 1 { ClockType::ORDINARY_CLOCK } else { ClockType::BOUNDARY_CLOCK };
        let told = self.management.get(id, clock_type, port, to)? || self.get_of_clock(id, to)?;
        #[cfg(feature = "linuxptp-management")]
        let told = told || self.get_of_linuxptp(id, port, to)?;
        #[cfg(any(
            feature = "acceptable-masters",
            feature = "alternate-masters",
            feature = "path-trace",
            feature = "alternate-time-offset"
        ))]
        let told = told || self.get_of_options(id, key, port, to)?;
        #[cfg(not(any(
            feature = "acceptable-masters",
            feature = "alternate-masters",
            feature = "path-trace",
            feature = "alternate-time-offset"
        )))]
        let _ = key;
        if told { Ok(()) } else { self.get_of_port(id, port, to) }
    }

    fn set(&mut self, now: Instant, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId> {
        if self.management.set(id, data)? {
            return Ok(());
        }
        #[cfg(feature = "linuxptp-management")]
        if self.set_of_linuxptp(now, id, port, data)? {
            return Ok(());
        }
        #[cfg(any(
            feature = "acceptable-masters",
            feature = "alternate-masters",
            feature = "path-trace",
            feature = "alternate-time-offset"
        ))]
        if self.set_of_options(now, id, port, data)? {
            return Ok(());
        }
        self.set_id(now, id, port, data)
    }

    fn command(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<(), ManagementErrorId> {
        self.do_command(now, id, port, data)
    }
}

impl From<ConfigError> for ManagementErrorId {
    fn from(_: ConfigError) -> Self {
        Self::WRONG_VALUE
    }
}
