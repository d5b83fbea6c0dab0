//! Signaling messages that a port sends (IEEE 1588-2019 13.12).

use super::Port;
use crate::counters::Discard;
use crate::instance::Instance;
use crate::wire::{MessageBody, MessageType, PortIdentity, Signaling};
use syntone_hal::{Destination, Transmit};
#[cfg(feature = "interval-request")]
use {
    super::State,
    crate::datasets::DelayMechanism,
    crate::wire::tlvs::{OrganizationData, OrganizationExtension},
    crate::wire::{TlvValue, Tlvs},
};

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

    fn next_header(&mut self, instance: &Instance) -> crate::wire::Header {
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
