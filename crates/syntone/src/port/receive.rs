//! From octets to the duty that they call for.

#[cfg(any(feature = "master", feature = "management"))]
use super::State;
use super::{Outcome, Port};
use crate::bmca::{self, ForeignMaster, Unqualified};
use crate::counters::Discard;
use crate::datasets::DefaultDs;
use crate::instance::Instance;
use crate::wire::{self, Announce, DelayResp, FollowUp, Header, MessageBody, MessageType, SdoId, Sync};
use syntone_hal::{Instant, Received};

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Takes one frame that [`screen`] let through, of the type that it gave. What is not used is named and changes nothing.
    pub(crate) fn receive(
        &mut self,
        message_type: MessageType,
        now: Instant,
        instance: &mut Instance,
        received: &Received,
        octets: &[u8],
    ) -> Result<Outcome, Discard> {
        let (header, content) = Header::screened(message_type, octets).ok_or(Discard::Malformed)?;
        let own = header.source_port_identity.clock_identity == instance.default_ds.clock_identity;
        if own && header.message_type != MessageType::ANNOUNCE {
            return Err(Discard::OwnIdentity);
        }
        // FAULTY and DISABLED ports answer, too.
        #[cfg(feature = "management")]
        if header.message_type == MessageType::MANAGEMENT && self.ds.port_state != State::Initializing {
            return Ok(Outcome::Management);
        }
        if !self.ds.port_state.is_running() {
            return Err(Discard::State);
        }
        let outcome = self.dispatch_message(now, instance, received, &header, content)?;
        self.counters.count_received(header.message_type);
        Ok(outcome)
    }

    fn dispatch_message(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        received: &Received,
        header: &Header,
        content: &[u8],
    ) -> Result<Outcome, Discard> {
        #[cfg(feature = "peer-to-peer")]
        self.check_delay_mechanism(header.message_type)?;
        match header.message_type {
            MessageType::SYNC => {
                let body = parse::<Sync>(content)?;
                let outcome = self.handle_sync(now, instance, header, &body, received.stamp);
                #[cfg(feature = "hybrid-delay")]
                if outcome.is_ok() {
                    self.parent_address = received.source;
                }
                outcome
            }
            MessageType::FOLLOW_UP => {
                let body = parse::<FollowUp>(content)?;
                self.handle_follow_up(now, instance, header, &body)
            }
            MessageType::DELAY_RESP => {
                let body = parse::<DelayResp>(content)?;
                self.handle_delay_resp(instance, header, &body)
            }
            MessageType::ANNOUNCE => {
                let body = parse::<Announce>(content)?;
                #[cfg(feature = "announce-tlvs")]
                return self.handle_announce_with_tlvs(now, instance, header, &body, content);
                #[cfg(not(feature = "announce-tlvs"))]
                self.handle_announce(now, instance, header, &body)
            }
            #[cfg(feature = "master")]
            MessageType::DELAY_REQ => {
                parse::<wire::DelayReq>(content)?;
                self.handle_delay_req(now, instance, header, received)
            }
            #[cfg(any(feature = "interval-request", feature = "application-tlvs"))]
            MessageType::SIGNALING => self.handle_signaling(now, instance, header, content).map(|()| Outcome::Nothing),
            #[cfg(feature = "peer-to-peer")]
            _ => self.handle_peer_message(now, instance, received, header, content),
            #[cfg(not(feature = "peer-to-peer"))]
            _ => Err(Discard::Unsupported),
        }
    }

    pub(super) fn handle_announce(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        header: &Header,
        body: &Announce,
    ) -> Result<Outcome, Discard> {
        let sender = header.source_port_identity;
        if self.ds.master_only && sender.clock_identity != self.ds.port_identity.clock_identity {
            return Err(Discard::NotAcceptable);
        }
        let own = self.ds.port_identity;
        let qualified = bmca::qualify(header, body, own, instance.default_ds.max_steps_removed);
        #[cfg(feature = "master")]
        if qualified == Err(Unqualified::OwnLowerPort) {
            self.shadowed_until = now.plus_nanos(self.window_nanos());
        }
        match qualified {
            #[cfg(feature = "alternate-masters")]
            Err(Unqualified::AlternateMaster) if self.remembers_alternates() => {}
            qualified => qualified?,
        }
        let window = self.window(now, instance.parent_ds.parent_port_identity);
        let announced = ForeignMaster::new(header, body, now);
        #[cfg(feature = "acceptable-masters")]
        let announced = announced.with_alternate_priority1(self.accept(instance, sender)?);
        #[cfg(feature = "alternate-masters")]
        if qualified == Err(Unqualified::AlternateMaster) {
            return self.hear_alternate(now, announced);
        }
        let heard = self.foreign.update(announced, &window);
        let expected = match self.ds.port_state {
            #[cfg(feature = "master")]
            State::Passive => self.best_sender(now) == Some(sender),
            _ => window.parent == Some(sender),
        };
        match heard {
            bmca::Outcome::Duplicate => return Err(Discard::Duplicate),
            bmca::Outcome::Stale => return Err(Discard::OutOfOrder),
            bmca::Outcome::Refused => return Err(Discard::TableFull),
            _ if expected => self.expect_announce(now, instance),
            _ => {}
        }
        #[cfg(feature = "performance")]
        if window.parent == Some(sender) {
            self.counters.count_announce_of_parent();
        }
        Ok(if heard == bmca::Outcome::Changed { Outcome::Decide } else { Outcome::Nothing })
    }
}

impl From<Unqualified> for Discard {
    fn from(reason: Unqualified) -> Self {
        match reason {
            Unqualified::OwnIdentity | Unqualified::OwnLowerPort => Self::OwnIdentity,
            Unqualified::ReservedIdentity => Self::NotAcceptable,
            Unqualified::StepsRemoved => Self::StepsRemoved,
            Unqualified::AlternateMaster => Self::AlternateMaster,
        }
    }
}

/// Turns away what is not PTP version 2 of our sdoId and domain, before anything else is read; gives its type.
#[inline(always)]
pub(crate) fn screen(instance: &Instance, octets: &[u8]) -> Result<MessageType, Discard> {
    #[cfg(target_pointer_width = "64")]
    if let Some(&octets) = octets.first_chunk().filter(|octets| instance.screen.lets_through(**octets)) {
        let [first, ..] = octets;
        return Ok(MessageType(first & 0x0F));
    }
    screen_field_by_field(&instance.default_ds, octets)
}

#[cfg_attr(target_pointer_width = "64", inline(never))]
pub(crate) fn screen_field_by_field(ds: &DefaultDs, octets: &[u8]) -> Result<MessageType, Discard> {
    let Some([first, second, _, _, domain, minor_sdo_id]) = octets.first_chunk::<6>() else {
        return Err(Discard::Malformed);
    };
    if second & 0x0F != 2 {
        return Err(Discard::Version);
    }
    if SdoId::from_parts(first >> 4, *minor_sdo_id) != ds.sdo_id {
        return Err(Discard::SdoId);
    }
    if *domain != ds.domain_number {
        return Err(Discard::Domain);
    }
    Ok(MessageType(first & 0x0F))
}

pub(super) fn parse<B: MessageBody>(content: &[u8]) -> Result<B, Discard> {
    wire::checked(content).map(|(body, _)| body).ok_or(Discard::Malformed)
}
