//! The TLVs of the messages that a port receives and sends.

#[cfg(feature = "master")]
use super::State;
use super::{Outcome, Port};
#[cfg(feature = "master")]
use crate::attached::Sink;
use crate::counters::Discard;
use crate::instance::Instance;
use crate::wire::{Announce, Header, MessageBody, Tlvs};
use syntone_hal::Instant;

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// An Announce, and what rides on it.
    pub(super) fn handle_announce_with_tlvs(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &Announce,
        content: &[u8],
    ) -> Result<Outcome, Discard> {
        let tlvs = content.get(Announce::LENGTH..).and_then(Tlvs::checked).unwrap_or_default();
        #[cfg(feature = "path-trace")]
        if instance.attached.path.has_passed(tlvs, instance.default_ds.clock_identity) {
            return Err(Discard::PathTrace);
        }
        let outcome = self.handle_announce(now, instance, header, body)?;
        if self.is_following() && header.source_port_identity == instance.parent_ds.parent_port_identity {
            let lost = instance.attached.keep(tlvs);
            self.count_omitted(lost);
            #[cfg(feature = "application-tlvs")]
            self.offer(instance, header, tlvs);
        }
        Ok(outcome)
    }

    /// Writes the TLVs of an Announce behind its body, and gives the number of their octets.
    #[cfg(feature = "master")]
    pub(super) fn attach_to_announce(&mut self, instance: &Instance, buffer: &mut [u8]) -> u16 {
        let mut sink = Sink::behind(Header::LENGTH.saturating_add(Announce::LENGTH), buffer);
        // A slave that is an alternate master tells of itself.
        let is_grandmaster = instance.is_grandmaster() || self.ds.port_state == State::Slave;
        instance.attached.announce(instance.default_ds.clock_identity, is_grandmaster, &mut sink);
        let (length, omitted) = sink.finish();
        self.count_omitted(omitted);
        length
    }

    /// Keeps for the application what it may want; says whether there was any.
    #[cfg(feature = "application-tlvs")]
    pub(super) fn offer(&mut self, instance: &mut Instance, header: &Header, tlvs: Tlvs<'_>) -> bool {
        let received = &mut instance.attached.received;
        let mut offered = false;
        for tlv in tlvs {
            if received.wants(&tlv) {
                offered = true;
                if !received.push(self.index, header, &tlv) {
                    self.counters.discard(Discard::TlvOmitted);
                }
            }
        }
        offered
    }

    fn count_omitted(&mut self, omitted: u16) {
        for _ in 0..omitted {
            self.counters.discard(Discard::TlvOmitted);
        }
    }
}
