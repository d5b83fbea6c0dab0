//! What management ids mean to a transparent clock (IEEE 1588-2019 15.5.3).

use super::TransparentClock;
use super::passage::Sight;
use crate::counters::{Counters, Discard};
use crate::datasets::DelayMechanism;
use crate::management::{
    self, Access, Description, Fault, FaultLog, HostRequest, LocalHost, Managed, Management, Names,
};
use crate::management::{exactly, initialization_key};
use crate::wire::management::{
    ClockType, DelayMechanismNumber, TransparentClockDefaultDataSet, TransparentClockPortDataSet,
    TransparentClockPortFlags,
};
use crate::wire::{ClockIdentity, Emitter, Layout, ManagementErrorId, ManagementId, PortIdentity, SdoId};
use syntone_hal::{Instant, PortIndex, Received, TimeInterval, Transmit};

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> TransparentClock<PORTS, PENDING, HELD> {
    /// What management messages that come in by a port may do; nothing, until this is called. They are forwarded all the same,
    /// whatever this says, unless they are for this clock alone. A request in any domain is answered, in that domain.
    pub fn set_management_access(&mut self, port: PortIndex, access: Access) {
        if let Some(place) = self.access.get_mut(port.get()) {
            *place = access;
        }
    }

    /// What CLOCK_DESCRIPTION and USER_DESCRIPTION tell.
    pub const fn set_description(&mut self, description: &'static Description) {
        self.management.host.description = Some(description);
    }

    /// As [`Clock::lend_user_description`](crate::Clock::lend_user_description).
    pub fn lend_user_description(&mut self, storage: &'static mut [u8]) {
        self.management.host.lend(storage);
    }

    /// As [`Clock::user_description`](crate::Clock::user_description).
    pub fn user_description(&self) -> &[u8] {
        self.management.host.user_description()
    }

    /// As [`Clock::offer_storage`](crate::Clock::offer_storage).
    pub const fn offer_storage(&mut self) {
        self.management.host.has_storage = true;
    }

    /// As [`Clock::take_host_request`](crate::Clock::take_host_request).
    pub const fn take_host_request(&mut self) -> Option<HostRequest> {
        self.management.host.request.take()
    }

    /// Remembers messages that could not be sent, and will not be, from now on.
    pub fn keep_fault_log(&mut self, storage: &'static mut [Option<Fault>]) {
        self.management.fault_log = Some(FaultLog::new(storage));
    }

    /// As [`Clock::handle_request`](crate::Clock::handle_request).
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
        #[cfg(feature = "management-relay")]
        let relayed = access == Access::ReadWrite && management::hand_on(self, now, octets);
        #[cfg(not(feature = "management-relay"))]
        let relayed = false;
        match management::take((self, host), now, access, octets) {
            Err(Discard::NotForUs) if relayed => {}
            taken => {
                if let Some(taken) = taken? {
                    management::answer_all((self, host), taken, buffer, on_answer);
                }
            }
        }
        Ok(())
    }

    /// As [`Clock::keep_relayed_answers`](crate::Clock::keep_relayed_answers), but in every domain.
    #[cfg(feature = "management-relay")]
    pub fn keep_relayed_answers(&mut self, storage: &'static mut [u8]) {
        self.management.relay.lend(storage);
    }

    /// As [`Clock::relayed_answers`](crate::Clock::relayed_answers).
    #[cfg(feature = "management-relay")]
    pub fn relayed_answers(&self) -> impl Iterator<Item = &[u8]> {
        self.management.relay.iter()
    }

    /// As [`Clock::forget_relayed_answers`](crate::Clock::forget_relayed_answers).
    #[cfg(feature = "management-relay")]
    pub fn forget_relayed_answers(&mut self) {
        self.management.relay.clear();
    }

    /// Takes a request for this clock. Says whether it goes no further: it is for this clock alone.
    ///
    /// # Errors
    /// Why such a message is not used. One that goes further is counted only.
    pub(super) fn manage(&mut self, now: Instant, received: &Received, sight: &Sight<'_>) -> Result<bool, Discard> {
        if self.access(received.port) == Access::None || sight.header.sdo_id != SdoId::DEFAULT {
            return Ok(false);
        }
        let is_for_us = sight.clock_identity(TARGET) == self.clock_identity;
        match management::receive(self, now, received, sight.octets) {
            Ok(()) => Ok(is_for_us),
            Err(reason) if is_for_us => Err(reason),
            Err(Discard::NotForUs) => Ok(false),
            Err(reason) => {
                self.discard(received.port, reason);
                Ok(false)
            }
        }
    }

    pub(super) fn transmit_managed(&mut self, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        #[cfg(feature = "management-relay")]
        let has_more = |clock: &Self| clock.management.has_to_send() || clock.forwarding.is_busy();
        #[cfg(not(feature = "management-relay"))]
        let has_more = |clock: &Self| clock.management.has_to_send();
        while has_more(self) {
            if let Some(sent) = management::transmit(self, buffer) {
                return Some(sent);
            }
        }
        None
    }

    const fn delay_mechanism(&self) -> DelayMechanism {
        #[cfg(feature = "peer-to-peer")]
        if let Some(super::port::Port { peer: Some(_), .. }) = self.ports.first() {
            return DelayMechanism::PeerToPeer;
        }
        DelayMechanism::EndToEnd
    }

    fn default_data_set(&self) -> TransparentClockDefaultDataSet {
        TransparentClockDefaultDataSet {
            clock_identity: self.clock_identity,
            number_ports: u16::try_from(PORTS).unwrap_or(u16::MAX),
            delay_mechanism: DelayMechanismNumber(self.delay_mechanism().number()),
            primary_domain: self.syntoniser.domain_number().unwrap_or(0),
        }
    }

    fn port_data_set(&self, index: PortIndex) -> Result<TransparentClockPortDataSet, ManagementErrorId> {
        let port = self.ports.get(index.get()).ok_or(ManagementErrorId::WRONG_VALUE)?;
        let mut flags = TransparentClockPortFlags::empty();
        flags.set(TransparentClockPortFlags::FAULTY_FLAG, port.link_delay() == Err(Discard::SeveralResponders));
        Ok(TransparentClockPortDataSet {
            port_identity: PortIdentity::new(self.clock_identity, index.number()),
            flags,
            log_min_pdelay_req_interval: port.log_min_pdelay_req_interval(),
            peer_mean_path_delay: port.link_delay().unwrap_or(TimeInterval::ZERO),
        })
    }
}

/// Where targetPortIdentity is in a message.
const TARGET: usize = 34;

impl Sight<'_> {
    fn clock_identity(&self, at: usize) -> ClockIdentity {
        ClockIdentity::from_octets(self.field(at))
    }
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> Managed for TransparentClock<PORTS, PENDING, HELD> {
    fn names(&self) -> Names {
        Names {
            clock_identity: self.clock_identity,
            sdo_id: SdoId::DEFAULT,
            minor_version_ptp: 1,
            number_ports: u8::try_from(PORTS).unwrap_or(u8::MAX),
        }
    }

    fn management(&mut self) -> &mut Management {
        &mut self.management
    }

    fn access(&self, port: PortIndex) -> Access {
        self.access.get(port.get()).copied().unwrap_or_default()
    }

    #[cfg(feature = "management-relay")]
    fn forwarding(&mut self) -> Option<&mut management::Forwarding> {
        Some(&mut self.forwarding)
    }

    /// What comes by a port passes as it is.
    fn forwards(&self, _: PortIndex) -> bool {
        false
    }

    fn relays(&self, port: PortIndex) -> bool {
        self.ports.get(port.get()).is_some_and(|port| port.forwarding)
    }

    fn port_counters(&mut self, port: PortIndex) -> Option<&mut Counters> {
        self.ports.get_mut(port.get()).map(|port| &mut port.counters)
    }

    fn get(&self, id: ManagementId, _key: u8, port: PortIndex, to: &mut Emitter<'_>) -> Result<(), ManagementErrorId> {
        let clock_type = match self.delay_mechanism() {
            DelayMechanism::PeerToPeer => ClockType::P2P_TRANSPARENT_CLOCK,
            _ => ClockType::E2E_TRANSPARENT_CLOCK,
        };
        if self.management.get(id, clock_type, port, to)? {
            return Ok(());
        }
        let (clock, data) = (self.default_data_set(), self.port_data_set(port)?);
        match id {
            ManagementId::TRANSPARENT_CLOCK_DEFAULT_DATA_SET => clock.emit_into(to),
            ManagementId::TRANSPARENT_CLOCK_PORT_DATA_SET => data.emit_into(to),
            ManagementId::PRIMARY_DOMAIN => to.put(&[clock.primary_domain, 0]),
            ManagementId::DELAY_MECHANISM => to.put(&[clock.delay_mechanism.0, 0]),
            ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL => {
                let [log] = data.log_min_pdelay_req_interval.to_be_bytes();
                to.put(&[log, 0]);
            }
            ManagementId::VERSION_NUMBER => to.put(&[2, 0]),
            _ => return Err(ManagementErrorId::NOT_SUPPORTED),
        }
        Ok(())
    }

    fn set(&mut self, now: Instant, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId> {
        if self.management.set(id, data)? {
            return Ok(());
        }
        let value = exactly(data).map(|[value, _]| value);
        let port = self.ports.get_mut(port.get()).ok_or(ManagementErrorId::WRONG_VALUE)?;
        match id {
            ManagementId::PRIMARY_DOMAIN => self.syntoniser.set_domain_number(value?),
            ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL => {
                port.set_log_min_pdelay_req_interval(now, i8::from_be_bytes([value?]))?;
                Ok(())
            }
            // What cannot be another than it is.
            ManagementId::DELAY_MECHANISM => same(value?, self.delay_mechanism().number()),
            ManagementId::VERSION_NUMBER => same(value? & 0x0F, 2),
            _ => Err(ManagementErrorId::NOT_SUPPORTED),
        }
    }

    fn command(&mut self, now: Instant, id: ManagementId, _: PortIndex, data: &[u8]) -> Result<(), ManagementErrorId> {
        match id {
            // All that was measured is measured anew.
            ManagementId::INITIALIZE => {
                initialization_key(data)?;
                self.handle_step(now);
                Ok(())
            }
            _ if self.management.command(id)? => Ok(()),
            _ => Err(ManagementErrorId::NOT_SUPPORTED),
        }
    }
}

const fn same(value: u8, as_it_is: u8) -> Result<(), ManagementErrorId> {
    if value == as_it_is { Ok(()) } else { Err(ManagementErrorId::WRONG_VALUE) }
}
