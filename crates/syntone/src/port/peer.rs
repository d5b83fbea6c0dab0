//! What a port does with the peer-to-peer delay mechanism, in every state in which it uses the network
//! (IEEE 1588-2019 11.4).

use super::receive::parse;
use super::slave::{correction, stamped};
use super::transmit::TicketKind;
use super::{Outcome, Port, Timer};
use crate::counters::Discard;
use crate::datasets::DelayMechanism;
use crate::delay::{PeerDelay, PeerRequest, PeerResponse, Responder, Stamped};
use crate::event::Pending;
use crate::instance::Instance;
use crate::interval::interval_nanos;
use crate::servo::DelaySample;
use crate::state::StateEvent;
use crate::wire::{Flags, Header, MessageType, PdelayReq, PdelayResp, PdelayRespFollowUp, PortIdentity, WireTimestamp};
use syntone_hal::{Destination, FrequencyOffset, Instant, OneStep, Received, TimeInterval, Timestamp, Transmit};

/// Both ends of the mechanism, and what is to be sent.
#[derive(Debug, Default)]
pub(super) struct Peer {
    delay: PeerDelay,
    responder: Responder,
    sequence_id: u16,
    request_is_due: bool,
    answers_in_one_step: bool,
}

/// What a port knows of the other end of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PeerLink {
    /// Who answers there; `None` until somebody does.
    pub neighbor: Option<PortIdentity>,
    /// meanLinkDelay; `None` until it was measured.
    pub mean_link_delay: Option<TimeInterval>,
    /// neighborRateRatio − 1 in units of 2⁻⁴¹; `None` until two exchanges tell it, and where the neighbour answers in one
    /// step.
    pub scaled_neighbor_rate_ratio: Option<i32>,
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// What is known of the link; `None` where another delay mechanism is used.
    pub(crate) fn peer_link(&self) -> Option<PeerLink> {
        let delay = &self.peer.delay;
        (self.ds.delay_mechanism == DelayMechanism::PeerToPeer).then(|| PeerLink {
            neighbor: delay.neighbor(),
            mean_link_delay: delay.mean_link_delay(),
            scaled_neighbor_rate_ratio: delay.scaled_neighbor_rate_ratio(),
        })
    }

    /// Whether the hardware is to write the turnaround time into Pdelay_Resps.
    pub(super) const fn answer_in_one_step(&mut self, one_step: bool) {
        self.peer.answers_in_one_step = one_step;
    }

    /// Our own clock runs at `frequency` from now on.
    pub(crate) fn follow_frequency(&mut self, frequency: FrequencyOffset) {
        self.peer.delay.adjusted(frequency);
    }

    /// The clock was stepped.
    pub(super) fn forget_peer_stamps(&mut self) {
        self.peer.delay.forget_stamps();
        self.peer.responder.clear();
    }

    /// The port enters a state: the link is measured in all in which it uses the network. The first request comes at any
    /// moment of the interval, so that nodes that were switched on at once do not all ask at once.
    pub(super) fn measure_link(&mut self, now: Instant, instance: &mut Instance) {
        if !self.ds.port_state.is_running() {
            self.peer.delay.clear();
            self.peer.responder.clear();
            self.peer.request_is_due = false;
            self.ds.mean_link_delay = TimeInterval::ZERO;
        } else if self.ds.delay_mechanism == DelayMechanism::PeerToPeer && !self.timers.is_running(Timer::PdelayReq) {
            let wait = instance.random.below(interval_nanos(self.ds.log_min_pdelay_req_interval));
            self.timers.set(Timer::PdelayReq, now.plus_nanos(wait));
        }
    }

    /// A Pdelay_Req is due. The interval is not less than portDS.logMinPdelayReqInterval (IEEE 1588-2019 9.5.13.2).
    pub(super) fn on_pdelay_req(&mut self, now: Instant) {
        self.timers.advance(Timer::PdelayReq, now, interval_nanos(self.ds.log_min_pdelay_req_interval));
        if self.peer.delay.put_off() {
            return;
        }
        self.peer.sequence_id = self.peer.sequence_id.wrapping_add(1);
        if let Some(lost) = self.peer.delay.request(self.peer.sequence_id) {
            self.counters.discard(lost);
        }
        self.peer.request_is_due = true;
    }

    /// Turns away the messages of a delay mechanism that is not this port's.
    pub(super) fn check_delay_mechanism(&self, message_type: MessageType) -> Result<(), Discard> {
        let mechanism = match message_type {
            MessageType::DELAY_REQ | MessageType::DELAY_RESP => DelayMechanism::EndToEnd,
            MessageType::PDELAY_REQ | MessageType::PDELAY_RESP | MessageType::PDELAY_RESP_FOLLOW_UP => {
                DelayMechanism::PeerToPeer
            }
            _ => return Ok(()),
        };
        if mechanism == self.ds.delay_mechanism { Ok(()) } else { Err(Discard::DelayMechanism) }
    }

    pub(super) fn handle_peer_message(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        received: &Received,
        header: &Header,
        content: &[u8],
    ) -> Result<Outcome, Discard> {
        match header.message_type {
            MessageType::PDELAY_REQ => {
                parse::<PdelayReq>(content)?;
                self.handle_pdelay_req(now, instance, header, received)
            }
            MessageType::PDELAY_RESP => {
                let body = parse::<PdelayResp>(content)?;
                let measured = self.handle_pdelay_resp(now, instance, header, &body, received.stamp);
                self.take_link_delay(now, instance, measured)
            }
            MessageType::PDELAY_RESP_FOLLOW_UP => {
                let body = parse::<PdelayRespFollowUp>(content)?;
                let measured = self.handle_pdelay_resp_follow_up(header, &body);
                self.take_link_delay(now, instance, measured)
            }
            _ => Err(Discard::Unsupported),
        }
    }

    fn handle_pdelay_req(
        &mut self,
        now: Instant,
        instance: &Instance,
        header: &Header,
        received: &Received,
    ) -> Result<Outcome, Discard> {
        let stamp = received.stamp.filter(|_| now >= instance.settled_at).ok_or(Discard::NoStamp)?;
        let lost = self.peer.responder.take(PeerRequest {
            sequence_id: header.sequence_id,
            source_port_identity: header.source_port_identity,
            correction: correction(header)?,
            time: stamp - self.ingress_latency,
            unicast: received.source.filter(|_| header.flags.contains(Flags::UNICAST)),
        });
        if let Some(lost) = lost {
            self.counters.discard(lost);
        }
        Ok(Outcome::Nothing)
    }

    fn handle_pdelay_resp(
        &mut self,
        now: Instant,
        instance: &Instance,
        header: &Header,
        body: &PdelayResp,
        stamp: Option<Timestamp>,
    ) -> Result<Option<TimeInterval>, Discard> {
        self.expect_asked(body.requesting_port_identity)?;
        let stamp = stamp.filter(|_| now >= instance.settled_at).ok_or(Discard::NoStamp)?;
        let receipt = stamped(body.request_receipt_timestamp, TimeInterval::ZERO)?;
        let response = PeerResponse {
            ingress: Stamped {
                time: stamp - self.ingress_latency,
                correction: correction(header)? + self.ds.delay_asymmetry,
            },
            receipt: header.flags.contains(Flags::TWO_STEP).then_some(receipt.time),
        };
        let (id, sender) = (header.sequence_id, header.source_port_identity);
        self.peer.delay.response(id, sender, response, &mut self.counters)
    }

    fn handle_pdelay_resp_follow_up(
        &mut self,
        header: &Header,
        body: &PdelayRespFollowUp,
    ) -> Result<Option<TimeInterval>, Discard> {
        self.expect_asked(body.requesting_port_identity)?;
        let origin = stamped(body.response_origin_timestamp, correction(header)?)?;
        let (id, sender) = (header.sequence_id, header.source_port_identity);
        self.peer.delay.follow_up(id, sender, origin, &mut self.counters)
    }

    fn expect_asked(&self, requesting: PortIdentity) -> Result<(), Discard> {
        if requesting == self.ds.port_identity { Ok(()) } else { Err(Discard::NotForUs) }
    }

    /// A message could not be sent, perhaps a Pdelay_Req: no stamp of it is waited for.
    pub(super) fn forget_pdelay_req(&mut self) {
        self.peer.delay.unsent();
    }

    /// t1 is known, or known to be lost.
    pub(super) fn egress_pdelay_req(&mut self, sequence_id: u16, stamp: Option<Timestamp>) -> Result<Outcome, Discard> {
        let Some(stamp) = stamp else {
            self.peer.delay.egress_lost(sequence_id);
            return Ok(Outcome::Nothing);
        };
        let measured = self.peer.delay.egress(sequence_id, stamp + self.egress_latency)?;
        Ok(self.publish_link_delay(measured))
    }

    /// t3 is known.
    pub(super) fn egress_pdelay_resp(&mut self, number: u16, stamp: Timestamp) -> Result<Outcome, Discard> {
        self.peer.responder.egress(number, stamp + self.egress_latency)?;
        Ok(Outcome::Nothing)
    }

    /// What came of an answer. Where several answer again and again, the port is faulty (IEEE 1588-2019 11.4.4).
    fn take_link_delay(
        &mut self,
        now: Instant,
        instance: &mut Instance,
        measured: Result<Option<TimeInterval>, Discard>,
    ) -> Result<Outcome, Discard> {
        if !self.peer.delay.has_several_neighbors() {
            return Ok(self.publish_link_delay(measured?));
        }
        if let Err(reason) = measured {
            self.counters.discard(reason);
        }
        instance.events.push(Pending::SeveralResponders(self.index));
        self.dispatch(now, instance, StateEvent::FaultDetected);
        Ok(Outcome::Decide)
    }

    /// An exchange is complete, if there is one.
    fn publish_link_delay(&mut self, measured: Option<TimeInterval>) -> Outcome {
        let Some(measured) = measured else { return Outcome::Nothing };
        self.measured_delay = measured;
        self.ds.mean_link_delay = self.peer.delay.mean_link_delay().unwrap_or(measured);
        if self.is_following() { Outcome::Delay } else { Outcome::Nothing }
    }

    /// meanLinkDelay, where it is the delay of the way from the master.
    pub(super) const fn mean_link_delay(&self) -> Option<TimeInterval> {
        self.peer.delay.mean_link_delay()
    }

    /// The newest exchange, as the servo wants it.
    pub(super) fn link_delay_sample(&self, at: Instant) -> Option<DelaySample> {
        Some(DelaySample {
            at,
            egress: self.peer.delay.requested_at()?,
            difference_nanos: 0,
            correction: TimeInterval::ZERO,
            mean_path_delay: self.measured_delay,
        })
    }

    /// There may be a message of the mechanism to send.
    pub(super) fn has_to_send_to_peer(&self) -> bool {
        self.peer.request_is_due || self.peer.responder.has_to_send()
    }

    /// Builds the next message of the mechanism that is to be sent; answers first, for the time until then is error.
    pub(super) fn transmit_to_peer(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        if self.peer.answers_in_one_step {
            if let Some(request) = self.peer.responder.respond_at_once() {
                return self.transmit_one_step_response(instance, buffer, &request);
            }
        } else if let Some((request, number)) = self.peer.responder.respond() {
            let (body, correction) = request.response();
            let mut header = self.answer_header(instance, MessageType::PDELAY_RESP, &request, correction);
            header.flags |= Flags::TWO_STEP;
            let ticket = self.ticket(TicketKind::PDELAY_RESP, number);
            return self.emit(&mut header, &body, buffer, request.destination(), Some(ticket));
        }
        if let Some(request) = self.peer.responder.follow_up() {
            let (body, correction) = request.follow_up();
            let mut header = self.answer_header(instance, MessageType::PDELAY_RESP_FOLLOW_UP, &request, correction);
            return self.emit(&mut header, &body, buffer, request.destination(), None);
        }
        if core::mem::take(&mut self.peer.request_is_due) {
            return self.transmit_pdelay_req(instance, buffer);
        }
        None
    }

    fn transmit_one_step_response(
        &mut self,
        instance: &Instance,
        buffer: &mut [u8],
        request: &PeerRequest,
    ) -> Option<(Transmit, usize)> {
        let (body, correction) = request.one_step_response(self.egress_latency);
        let mut header = self.answer_header(instance, MessageType::PDELAY_RESP, request, correction);
        let (transmit, length) = self.emit(&mut header, &body, buffer, request.destination(), None)?;
        Some((Transmit { one_step: Some(OneStep::Elapsed), ..transmit }, length))
    }

    fn answer_header(
        &self,
        instance: &Instance,
        message_type: MessageType,
        request: &PeerRequest,
        correction: TimeInterval,
    ) -> Header {
        let mut header = self.header(instance, message_type, request.sequence_id);
        header.correction_field = correction;
        if request.unicast.is_some() {
            header.flags |= Flags::UNICAST;
        }
        header
    }

    fn transmit_pdelay_req(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let mut header = self.header(instance, MessageType::PDELAY_REQ, self.peer.sequence_id);
        header.correction_field = -self.ds.delay_asymmetry;
        let body = PdelayReq { origin_timestamp: WireTimestamp::ZERO };
        let ticket = self.ticket(TicketKind::PDELAY_REQ, header.sequence_id);
        self.emit(&mut header, &body, buffer, Destination::PeerMulticast, Some(ticket))
    }
}
