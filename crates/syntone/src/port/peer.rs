//! What a port does with the peer-to-peer delay mechanism, in every state in which it uses the network
//! (IEEE 1588-2019 11.4).

use super::path::{Path, Peer};
use super::receive::parse;
use super::slave::{correction, stamped};
use super::transmit::TicketKind;
use super::{Outcome, Port, Timer};
use crate::counters::{Counters, Discard};
use crate::datasets::DelayMechanism;
use crate::delay::{PeerRequest, PeerResponse, Stamped};
use crate::event::Pending;
use crate::instance::Instance;
use crate::interval::interval_nanos;
use crate::state::StateEvent;
use crate::wire::{Flags, Header, MessageType, PdelayReq, PdelayResp, PdelayRespFollowUp, PortIdentity, WireTimestamp};
use syntone_hal::{Destination, FrequencyOffset, Instant, OneStep, Received, TimeInterval, Timestamp, Transmit};

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

impl Peer {
    /// There may be a message of the mechanism to send.
    fn has_to_send(&self) -> bool {
        self.request_is_due || self.responder.has_to_send()
    }

    /// `stamp` is t2, corrected for latency.
    fn take_request(
        &mut self,
        header: &Header,
        stamp: Timestamp,
        received: &Received,
        counters: &mut Counters,
    ) -> Result<(), Discard> {
        let lost = self.responder.take(PeerRequest {
            sequence_id: header.sequence_id,
            source_port_identity: header.source_port_identity,
            correction: correction(header.correction_field)?,
            time: stamp,
            unicast: received.source.filter(|_| header.flags.contains(Flags::UNICAST)),
        });
        if let Some(lost) = lost {
            counters.discard(lost);
        }
        Ok(())
    }

    /// `stamp` is t4, corrected for latency.
    fn take_response(
        &mut self,
        header: &Header,
        body: &PdelayResp,
        stamp: Option<Timestamp>,
        asymmetry: TimeInterval,
        counters: &mut Counters,
    ) -> Result<Option<TimeInterval>, Discard> {
        let time = stamp.ok_or(Discard::NoStamp)?;
        let receipt = stamped(body.request_receipt_timestamp, TimeInterval::ZERO)?;
        let response = PeerResponse {
            ingress: Stamped { time, correction: correction(header.correction_field)? + asymmetry },
            receipt: header.flags.contains(Flags::TWO_STEP).then_some(receipt.time),
        };
        self.delay.response(header.sequence_id, header.source_port_identity, response, counters)
    }

    fn take_follow_up(
        &mut self,
        header: &Header,
        body: &PdelayRespFollowUp,
        counters: &mut Counters,
    ) -> Result<Option<TimeInterval>, Discard> {
        let origin = stamped(body.response_origin_timestamp, correction(header.correction_field)?)?;
        self.delay.follow_up(header.sequence_id, header.source_port_identity, origin, counters)
    }
}

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// What is known of the link; `None` where another delay mechanism is used.
    pub(crate) const fn peer_link(&self) -> Option<PeerLink> {
        let Path::PeerToPeer(Peer { delay, .. }, _) = &self.path else { return None };
        Some(PeerLink {
            neighbor: delay.neighbor(),
            mean_link_delay: delay.mean_link_delay(),
            scaled_neighbor_rate_ratio: delay.scaled_neighbor_rate_ratio(),
        })
    }

    /// Whether the hardware is to write the turnaround time into Pdelay_Resps.
    pub(super) const fn answer_in_one_step(&mut self, one_step: bool) {
        if let Path::PeerToPeer(peer, _) = &mut self.path {
            peer.answers_in_one_step = one_step;
        }
    }

    /// Our own clock runs at `frequency` from now on.
    pub(crate) fn follow_frequency(&mut self, frequency: FrequencyOffset) {
        if let Path::PeerToPeer(peer, _) = &mut self.path {
            peer.delay.adjusted(frequency);
        }
    }

    /// The port enters a state: the link is measured in all in which it uses the network. The first request comes at any
    /// moment of the interval, so that nodes that were switched on at once do not all ask at once.
    pub(super) fn measure_link(&mut self, now: Instant, instance: &mut Instance) {
        let Path::PeerToPeer(peer, _) = &mut self.path else { return };
        if !self.ds.port_state.is_running() {
            peer.delay.clear();
            peer.responder.clear();
            peer.request_is_due = false;
            self.mean_delay = None;
            self.ds.mean_link_delay = TimeInterval::ZERO;
        } else if !self.timers.is_running(Timer::PdelayReq) {
            let wait = instance.random.below(interval_nanos(self.ds.log_min_pdelay_req_interval));
            self.timers.set(Timer::PdelayReq, now.plus_nanos(wait));
        }
    }

    /// A Pdelay_Req is due. The interval is not less than portDS.logMinPdelayReqInterval (IEEE 1588-2019 9.5.13.2).
    pub(super) fn on_pdelay_req(&mut self, now: Instant) {
        self.timers.advance(Timer::PdelayReq, now, interval_nanos(self.ds.log_min_pdelay_req_interval));
        let Path::PeerToPeer(peer, _) = &mut self.path else { return };
        if peer.delay.put_off() {
            return;
        }
        peer.sequence_id = peer.sequence_id.wrapping_add(1);
        if let Some(lost) = peer.delay.request(peer.sequence_id) {
            self.counters.discard(lost);
        }
        peer.request_is_due = true;
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
        let Path::PeerToPeer(peer, _) = &mut self.path else { return Err(Discard::DelayMechanism) };
        let stamp = received.stamp.filter(|_| now >= instance.settled_at);
        let stamp = stamp.map(|stamp| stamp - self.ingress_latency);
        let (asked, counters) = (self.ds.port_identity, &mut self.counters);
        let measured = match header.message_type {
            MessageType::PDELAY_REQ => {
                parse::<PdelayReq>(content)?;
                peer.take_request(header, stamp.ok_or(Discard::NoStamp)?, received, counters)?;
                return Ok(Outcome::Nothing);
            }
            MessageType::PDELAY_RESP => {
                let body = parse::<PdelayResp>(content)?;
                expect_asked(asked, body.requesting_port_identity)
                    .and_then(|()| peer.take_response(header, &body, stamp, self.ds.delay_asymmetry, counters))
            }
            MessageType::PDELAY_RESP_FOLLOW_UP => {
                let body = parse::<PdelayRespFollowUp>(content)?;
                expect_asked(asked, body.requesting_port_identity)
                    .and_then(|()| peer.take_follow_up(header, &body, counters))
            }
            _ => return Err(Discard::Unsupported),
        };
        // Where several answer again and again, the port is faulty (IEEE 1588-2019 11.4.4).
        if !peer.delay.has_several_neighbors() {
            return Ok(self.publish_link_delay(measured?));
        }
        if let Err(reason) = measured {
            self.counters.discard(reason);
        }
        instance.events.push(Pending::SeveralResponders(self.index));
        self.dispatch(now, instance, StateEvent::FaultDetected);
        Ok(Outcome::Decide)
    }

    /// t1 is known, or known to be lost.
    pub(super) fn egress_pdelay_req(&mut self, sequence_id: u16, stamp: Option<Timestamp>) -> Result<Outcome, Discard> {
        let Path::PeerToPeer(peer, _) = &mut self.path else { return Err(Discard::Unmatched) };
        let Some(stamp) = stamp else {
            peer.delay.egress_lost(sequence_id);
            return Ok(Outcome::Nothing);
        };
        let measured = peer.delay.egress(sequence_id, stamp + self.egress_latency)?;
        Ok(self.publish_link_delay(measured))
    }

    /// t3 is known.
    pub(super) fn egress_pdelay_resp(&mut self, number: u16, stamp: Timestamp) -> Result<Outcome, Discard> {
        let Path::PeerToPeer(peer, _) = &mut self.path else { return Err(Discard::Unmatched) };
        peer.responder.egress(number, stamp + self.egress_latency)?;
        Ok(Outcome::Nothing)
    }

    /// An exchange is complete, if there is one.
    fn publish_link_delay(&mut self, measured: Option<TimeInterval>) -> Outcome {
        let Some(measured) = measured else { return Outcome::Nothing };
        self.measured_delay = measured;
        if let Path::PeerToPeer(peer, _) = &self.path {
            self.mean_delay = peer.delay.mean_link_delay();
        }
        self.ds.mean_link_delay = self.mean_delay.unwrap_or(measured);
        if self.is_following() { Outcome::Delay } else { Outcome::Nothing }
    }

    /// There may be a message of the mechanism to send.
    pub(super) fn has_to_send_to_peer(&self) -> bool {
        matches!(&self.path, Path::PeerToPeer(peer, _) if peer.has_to_send())
    }

    /// Builds the next message of the mechanism that is to be sent; answers first, for the time until then is error.
    pub(super) fn transmit_to_peer(&mut self, instance: &Instance, buffer: &mut [u8]) -> Option<(Transmit, usize)> {
        let Path::PeerToPeer(peer, _) = &mut self.path else { return None };
        if peer.answers_in_one_step {
            if let Some(request) = peer.responder.respond_at_once() {
                return self.transmit_one_step_response(instance, buffer, &request);
            }
        } else if let Some((request, number)) = peer.responder.respond() {
            let (body, correction) = request.response();
            let mut header = self.answer_header(instance, MessageType::PDELAY_RESP, &request, correction);
            header.flags |= Flags::TWO_STEP;
            let ticket = self.ticket(TicketKind::PDELAY_RESP, number);
            return self.emit(&mut header, &body, buffer, request.destination(), Some(ticket));
        }
        if let Some(request) = peer.responder.follow_up() {
            let (body, correction) = request.follow_up();
            let mut header = self.answer_header(instance, MessageType::PDELAY_RESP_FOLLOW_UP, &request, correction);
            return self.emit(&mut header, &body, buffer, request.destination(), None);
        }
        if core::mem::take(&mut peer.request_is_due) {
            let sequence_id = peer.sequence_id;
            return self.transmit_pdelay_req(instance, buffer, sequence_id);
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

    fn transmit_pdelay_req(
        &mut self,
        instance: &Instance,
        buffer: &mut [u8],
        sequence_id: u16,
    ) -> Option<(Transmit, usize)> {
        let mut header = self.header(instance, MessageType::PDELAY_REQ, sequence_id);
        header.correction_field = -self.ds.delay_asymmetry;
        let body = PdelayReq { origin_timestamp: WireTimestamp::ZERO };
        let ticket = self.ticket(TicketKind::PDELAY_REQ, sequence_id);
        self.emit(&mut header, &body, buffer, Destination::PeerMulticast, Some(ticket))
    }
}

fn expect_asked(we: PortIdentity, asked: PortIdentity) -> Result<(), Discard> {
    if asked == we { Ok(()) } else { Err(Discard::NotForUs) }
}
