//! What management ids mean to an ordinary or boundary clock (IEEE 1588-2019 15.5.3).

mod get;
mod set;

use super::Clock;
use crate::config::ConfigError;
use crate::counters::Counters;
use crate::management::{self, Access, Description, FaultLog, Managed, Management, Names};
use crate::port::{Port, State};
use crate::servo::Servo;
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
        self.management.description = Some(description);
    }

    /// Remembers faults from now on, as many as there is room for.
    pub fn keep_fault_log(&mut self, storage: &'static mut [Option<management::Fault>]) {
        self.management.fault_log = Some(FaultLog::new(storage));
    }

    /// The faults that are remembered.
    pub const fn fault_log(&self) -> Option<&FaultLog> {
        self.management.fault_log.as_ref()
    }

    pub(super) fn manage(&mut self, now: Instant, received: &Received, octets: &[u8]) {
        let result = management::receive(self, now, received, octets);
        // So that the answer tells what is in effect by then.
        if self.decide_at <= now {
            self.decide(now);
        }
        let Some(counters) = self.port_counters(received.port) else { return };
        match result {
            Ok(()) => counters.count_received(MessageType::MANAGEMENT),
            Err(reason) => counters.discard(reason),
        }
    }

    pub(super) fn transmit_managed(&mut self, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        while self.management.has_to_send() {
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

    fn forwards(&self, port: PortIndex) -> bool {
        let states = [State::Master, State::PreMaster, State::Slave, State::Uncalibrated];
        self.ports.get(port.get()).is_some_and(|port| states.contains(&port.ds.port_state))
    }

    fn port_counters(&mut self, port: PortIndex) -> Option<&mut Counters> {
        self.ports.get_mut(port.get()).map(|port| &mut port.counters)
    }

    fn get(&self, id: ManagementId, port: PortIndex, to: &mut Emitter<'_>) -> Result<(), ManagementErrorId> {
        if self.get_of_clock(id, to)? { Ok(()) } else { self.get_of_port(id, port, to) }
    }

    fn set(&mut self, now: Instant, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId> {
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
