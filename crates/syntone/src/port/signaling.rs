//! Signaling messages that a port receives and sends (IEEE 1588-2019 13.12).

use super::Port;
use crate::counters::Discard;
use crate::instance::Instance;
use crate::wire::{Header, PortIdentity, Signaling};
#[cfg(feature = "interval-request")]
use {
    super::State,
    crate::datasets::DelayMechanism,
    crate::wire::tlvs::{OrganizationData, OrganizationExtension},
    crate::wire::{TlvValue, Tlvs},
};
#[cfg(any(feature = "interval-request", feature = "application-tlvs"))]
use {crate::wire, syntone_hal::Instant};
#[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
use {
    crate::wire::{MessageBody, MessageType},
    syntone_hal::{Destination, Transmit},
};

#[cfg(any(feature = "interval-request", feature = "application-tlvs"))]
impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Takes a Signaling message to this port (IEEE 1588-2019 13.12).
    pub(super) fn handle_signaling(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        content: &[u8],
    ) -> Result<(), Discard> {
        let (body, tlvs) = wire::checked::<Signaling>(content).ok_or(Discard::Malformed)?;
        if ![self.ds.port_identity, PortIdentity::WILDCARD].contains(&body.target_port_identity) {
            return Err(Discard::NotForUs);
        }
        let used = false;
        #[cfg(feature = "interval-request")]
        let used = used | self.take_interval_requests(now, tlvs);
        #[cfg(feature = "application-tlvs")]
        let used = used | self.offer(instance, header, tlvs);
        let _ = (now, instance, header);
        if used { Ok(()) } else { Err(Discard::Unsupported) }
    }
}

#[cfg(any(feature = "slave-monitoring", feature = "interval-request"))]
impl<const FOREIGN: usize> Port<FOREIGN> {
    pub(super) const fn has_signaling_to_send(&self) -> bool {
        #[cfg(feature = "interval-request")]
        if self.intervals.request.is_some() {
            return true;
        }
        #[cfg(feature = "slave-monitoring")]
        if self.monitor.has_to_send() {
            return true;
        }
        false
    }

    /// Builds the next Signaling message that is to be sent.
    pub(super) fn transmit_signaling(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        #[cfg(feature = "interval-request")]
        if self.intervals.request.is_some() {
            return self.transmit_interval_request(instance, buffer);
        }
        #[cfg(feature = "slave-monitoring")]
        if self.monitor.has_to_send() {
            return self.transmit_events(instance, buffer);
        }
        None
    }

    /// To the master, or on a link of two ports to whoever is there.
    #[cfg(feature = "interval-request")]
    fn transmit_interval_request(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let request = OrganizationData::MessageIntervalRequest(self.intervals.request.take()?);
        let (organization_id, organization_sub_type) = request.kind();
        let mut data = [0; 6];
        let length = request.emit(&mut data).ok()?;
        let data_field = data.get(..length)?;
        let extension = OrganizationExtension { organization_id, organization_sub_type, data_field };
        let mut tlv = [0; 16];
        let length = extension.emit_tlv(&mut tlv).ok()?;
        let is_link = self.ds.delay_mechanism == DelayMechanism::PeerToPeer;
        let follows = matches!(self.ds.port_state, State::Uncalibrated | State::Slave);
        let parent = follows && !is_link;
        let target = if parent { instance.parent_ds.parent_port_identity } else { PortIdentity::WILDCARD };
        let destination = if is_link { Destination::PeerMulticast } else { Destination::PrimaryMulticast };
        let header = self.next_header(instance);
        let sent = Signaling { target_port_identity: target }.emit(&header, Tlvs::checked(tlv.get(..length)?)?, buffer);
        self.finish(sent.ok(), destination)
    }

    #[cfg(feature = "slave-monitoring")]
    fn transmit_events(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        if !self.ds.port_state.is_running() {
            self.monitor.clear();
            return None;
        }
        let header = self.next_header(instance);
        let destination = self.monitor.ds.destination;
        let body = Signaling { target_port_identity: PortIdentity::WILDCARD };
        let sent = self.monitor.take().and_then(|tlv| body.emit(&header, tlv, buffer).ok());
        self.finish(sent, destination)
    }

    fn next_header(&mut self, instance: &Instance) -> Header {
        self.sequences.signaling = self.sequences.signaling.wrapping_add(1);
        self.header(instance, MessageType::SIGNALING, self.sequences.signaling)
    }

    /// A message that the buffer has no room for is lost.
    fn finish(&mut self, sent: Option<usize>, destination: Destination) -> Option<(Transmit, usize)> {
        let Some(length) = sent else {
            self.counters.discard(Discard::SendFailed);
            return None;
        };
        self.counters.count_sent(MessageType::SIGNALING);
        Some((Transmit { port: self.index, destination, ticket: None, one_step: None }, length))
    }
}
