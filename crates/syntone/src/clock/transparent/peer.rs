//! The link of one port of a peer-to-peer transparent clock: measured in every state of the port, blocked or not, and never
//! a matter of the others (IEEE 1588-2019 10.3, 11.4).

use super::config::{TransparentConfig, TransparentPortConfig};
use super::passage::{Domain, Sight};
use super::passing::Claim;
use crate::counters::{Counters, Discard};
use crate::delay::{PeerDelay, PeerRequest, PeerResponse, Responder, Stamped};
use crate::interval::interval_nanos;
use crate::wire::{
    Flags, Header, MessageBody, MessageType, PdelayReq, PdelayResp, PdelayRespFollowUp, PortIdentity, SdoId, Tlvs,
    WireTimestamp, checked,
};
use syntone_hal::{
    Address, Destination, FrequencyOffset, Instant, OneStep, PortIndex, TimeInterval, Timestamp, Transmit,
};

/// Both ends of the mechanism at one port.
#[derive(Debug)]
pub(super) struct PeerPort {
    index: PortIndex,
    identity: PortIdentity,
    /// Of our requests; answers keep that of theirs.
    domain: Domain,
    interval: u64,
    asymmetry: TimeInterval,
    answers_in_one_step: bool,
    delay: PeerDelay,
    responder: Responder,
    asked: [(PortIdentity, u16, Domain); 2],
    sequence_id: u16,
    next: Instant,
    request_is_due: bool,
}

/// A message of the mechanism that came in.
pub(super) struct PeerMessage<'a> {
    pub(super) sight: Sight<'a>,
    /// When, at the medium.
    pub(super) stamp: Option<Timestamp>,
    pub(super) source: Option<Address>,
}

impl PeerPort {
    pub(super) fn new(index: PortIndex, config: &TransparentConfig, port: &TransparentPortConfig) -> Self {
        let interval = interval_nanos(port.log_min_pdelay_req_interval);
        // Nodes that were switched on at once do not all ask at once.
        let phase = (config.clock_identity.0 ^ u64::from(index.0)) & 0xFF;
        Self {
            index,
            identity: PortIdentity::new(config.clock_identity, index.number()),
            domain: Domain { sdo_id: SdoId::DEFAULT, number: port.domain_number },
            interval,
            asymmetry: port.delay_asymmetry,
            answers_in_one_step: false,
            delay: PeerDelay::default(),
            responder: Responder::default(),
            asked: [(PortIdentity::default(), 0, Domain::default()); 2],
            sequence_id: 0,
            next: Instant::from_nanos((interval >> 8).saturating_mul(phase)),
            request_is_due: false,
        }
    }

    #[cfg(feature = "management")]
    pub(super) fn set_log_interval(&mut self, now: Instant, log: i8) {
        self.interval = interval_nanos(log);
        self.next = self.next.min(now.plus_nanos(self.interval));
    }

    /// meanLinkDelay, which a Sync that came in here is to be corrected by.
    pub(super) fn link_delay(&self) -> Result<TimeInterval, Discard> {
        if self.delay.has_several_neighbors() {
            return Err(Discard::SeveralResponders);
        }
        // A Sync that lacks it would be wrong by all of it.
        self.delay.mean_link_delay().ok_or(Discard::State)
    }

    pub(super) const fn mean_link_delay(&self) -> Option<TimeInterval> {
        self.delay.mean_link_delay()
    }

    pub(super) const fn answer_in_one_step(&mut self, one_step: bool) {
        self.answers_in_one_step = one_step;
    }

    pub(super) fn set_link(&mut self, up: bool) {
        if !up {
            self.delay.clear();
            self.responder.clear();
            self.request_is_due = false;
        }
    }

    pub(super) fn forget_stamps(&mut self) {
        self.delay.forget_stamps();
        self.responder.clear();
    }

    pub(super) fn adjusted(&mut self, frequency: FrequencyOffset) {
        self.delay.adjusted(frequency);
    }

    /// A message did not leave: if it was a request, no stamp of it is waited for.
    pub(super) fn unsent(&mut self) {
        self.delay.unsent();
    }

    /// When there is something to do next.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    pub(super) fn on_timer(&mut self, now: Instant, counters: &mut Counters) {
        if now < self.next {
            return;
        }
        let next = self.next.plus_nanos(self.interval);
        self.next = if next > now { next } else { now.plus_nanos(self.interval) };
        if self.delay.put_off() {
            return;
        }
        self.sequence_id = self.sequence_id.wrapping_add(1);
        if let Some(lost) = self.delay.request(self.sequence_id) {
            counters.discard(lost);
        }
        self.request_is_due = true;
    }

    pub(super) fn receive(&mut self, message: &PeerMessage<'_>, counters: &mut Counters) -> Result<(), Discard> {
        match message.sight.header.message_type {
            MessageType::PDELAY_REQ => self.take_request(message, counters),
            MessageType::PDELAY_RESP => self.take_response(message, counters),
            _ => self.take_follow_up(message, counters),
        }
    }

    fn take_request(&mut self, message: &PeerMessage<'_>, counters: &mut Counters) -> Result<(), Discard> {
        let header = &message.sight.header;
        let request = PeerRequest {
            sequence_id: header.sequence_id,
            source_port_identity: header.source_port_identity,
            correction: header.correction_field,
            time: message.stamp.ok_or(Discard::NoStamp)?,
            unicast: message.source.filter(|_| header.flags.contains(Flags::UNICAST)),
        };
        let [last, _] = self.asked;
        self.asked = [(header.source_port_identity, header.sequence_id, Domain::of(header)), last];
        if let Some(lost) = self.responder.take(request) {
            counters.discard(lost);
        }
        Ok(())
    }

    fn take_response(&mut self, message: &PeerMessage<'_>, counters: &mut Counters) -> Result<(), Discard> {
        let header = &message.sight.header;
        let body: PdelayResp = self.body(&message.sight)?;
        self.expect_asked(body.requesting_port_identity)?;
        let time = message.stamp.ok_or(Discard::NoStamp)?;
        let receipt = Timestamp::try_from(body.request_receipt_timestamp).map_err(|_| Discard::InvalidTime)?;
        let response = PeerResponse {
            ingress: Stamped { time, correction: header.correction_field + self.asymmetry },
            receipt: header.flags.contains(Flags::TWO_STEP).then_some(receipt),
        };
        self.delay.response(header.sequence_id, header.source_port_identity, response, counters).map(|_| ())
    }

    fn take_follow_up(&mut self, message: &PeerMessage<'_>, counters: &mut Counters) -> Result<(), Discard> {
        let header = &message.sight.header;
        let body: PdelayRespFollowUp = self.body(&message.sight)?;
        self.expect_asked(body.requesting_port_identity)?;
        let time = Timestamp::try_from(body.response_origin_timestamp).map_err(|_| Discard::InvalidTime)?;
        let origin = Stamped { time, correction: header.correction_field };
        self.delay.follow_up(header.sequence_id, header.source_port_identity, origin, counters).map(|_| ())
    }

    fn body<B: MessageBody>(&self, sight: &Sight<'_>) -> Result<B, Discard> {
        let content = sight.octets.get(Header::LENGTH..).and_then(checked);
        content.map(|(body, _)| body).ok_or(Discard::Malformed)
    }

    fn expect_asked(&self, requesting: PortIdentity) -> Result<(), Discard> {
        if requesting == self.identity { Ok(()) } else { Err(Discard::NotForUs) }
    }

    /// The egress stamp of a request or a response, at the medium; `None` if it was lost.
    pub(super) fn egress(&mut self, claim: &Claim, stamp: Option<Timestamp>) -> Result<(), Discard> {
        match (claim, stamp) {
            (Claim::PeerRequest(_, id), Some(stamp)) => self.delay.egress(*id, stamp).map(|_| ()),
            (Claim::PeerRequest(_, id), None) => {
                self.delay.egress_lost(*id);
                Ok(())
            }
            (Claim::PeerResponse(_, number), Some(stamp)) => self.responder.egress(*number, stamp),
            (Claim::PeerResponse(..), None) => Err(Discard::EgressStampLost),
            _ => Ok(()),
        }
    }

    /// Builds the next message of the mechanism that is to be sent; answers first, for the time until then is error.
    pub(super) fn transmit(&mut self, egress_latency: TimeInterval, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        if self.answers_in_one_step {
            if let Some(request) = self.responder.respond_at_once() {
                let (body, correction) = request.one_step_response(egress_latency);
                let header = self.answer(&request, correction);
                let transmit = self.to(request.destination(), Claim::Nobody(self.index), Some(OneStep::Elapsed));
                return emit(&header, &body, buffer, Transmit { ticket: None, ..transmit });
            }
        } else if let Some((request, number)) = self.responder.respond() {
            let (body, correction) = request.response();
            let mut header = self.answer(&request, correction);
            header.flags |= Flags::TWO_STEP;
            let transmit = self.to(request.destination(), Claim::PeerResponse(self.index, number), None);
            return emit(&header, &body, buffer, transmit);
        }
        if let Some(request) = self.responder.follow_up() {
            let (body, correction) = request.follow_up();
            let transmit = self.to(request.destination(), Claim::Nobody(self.index), None);
            let header = self.answer(&request, correction);
            return emit(&header, &body, buffer, Transmit { ticket: None, ..transmit });
        }
        core::mem::take(&mut self.request_is_due).then(|| self.request(buffer)).flatten()
    }

    fn request(&self, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let mut header = self.header(self.domain, self.sequence_id);
        header.correction_field = -self.asymmetry;
        let claim = Claim::PeerRequest(self.index, self.sequence_id);
        let transmit = self.to(Destination::PeerMulticast, claim, None);
        emit(&header, &PdelayReq { origin_timestamp: WireTimestamp::ZERO }, buffer, transmit)
    }

    fn answer(&self, request: &PeerRequest, correction: TimeInterval) -> Header {
        let of_request = |(sender, id, _): &&(PortIdentity, u16, Domain)| {
            *sender == request.source_port_identity && *id == request.sequence_id
        };
        let domain = self.asked.iter().find(of_request).map_or(self.domain, |(.., domain)| *domain);
        let mut header = self.header(domain, request.sequence_id);
        header.correction_field = correction;
        if request.unicast.is_some() {
            header.flags |= Flags::UNICAST;
        }
        header
    }

    fn header(&self, domain: Domain, sequence_id: u16) -> Header {
        Header {
            sdo_id: domain.sdo_id,
            minor_version_ptp: 1,
            version_ptp: 2,
            domain_number: domain.number,
            source_port_identity: self.identity,
            sequence_id,
            control_field: MessageType::PDELAY_REQ.control_field(),
            log_message_interval: 0x7F,
            ..Header::default()
        }
    }

    const fn to(&self, destination: Destination, claim: Claim, one_step: Option<OneStep>) -> Transmit {
        Transmit { port: self.index, destination, ticket: Some(claim.ticket()), one_step }
    }
}

fn emit<B: MessageBody>(header: &Header, body: &B, buffer: &mut [u8], transmit: Transmit) -> Option<(Transmit, usize)> {
    Some((transmit, body.emit(header, Tlvs::NONE, buffer).ok()?))
}
