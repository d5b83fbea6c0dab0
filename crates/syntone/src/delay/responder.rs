//! The responder of the peer-to-peer delay mechanism (IEEE 1588-2019 11.4.2).

use crate::counters::Discard;
use crate::wire::{PdelayResp, PdelayRespFollowUp, PortIdentity, WireTimestamp};
use syntone_hal::{Address, Destination, TimeInterval, Timestamp};

/// A Pdelay_Req that is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerRequest {
    pub(crate) sequence_id: u16,
    pub(crate) source_port_identity: PortIdentity,
    /// correctionField of the Pdelay_Req.
    pub(crate) correction: TimeInterval,
    /// t2, corrected for latency; t3 once that is known.
    pub(crate) time: Timestamp,
    /// Where the answer goes if the request was unicast.
    pub(crate) unicast: Option<Address>,
}

/// Answers Pdelay_Reqs. Two may be under way at once, for two neighbours, or where one egress stamp was lost; what is older
/// gives way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responder {
    slots: [Option<Answer>; 2],
    /// Of the last request: the sequenceIds of two neighbours may be the same.
    number: u16,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    number: u16,
    progress: Progress,
    request: PeerRequest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Asked,
    Responded,
    /// The time of the request is t3 now.
    Stamped,
}

impl Responder {
    /// Takes a Pdelay_Req. Says what the one lacked that gave way to it.
    pub(crate) fn take(&mut self, request: PeerRequest) -> Option<Discard> {
        self.number = self.number.wrapping_add(1);
        let [even, odd] = &mut self.slots;
        let slot = if self.number & 1 == 0 { even } else { odd };
        let older = slot.replace(Answer { number: self.number, progress: Progress::Asked, request })?;
        Some(if older.progress == Progress::Responded { Discard::EgressStampLost } else { Discard::NotDrained })
    }

    /// There is a response or a Follow_Up to send.
    pub(crate) fn has_to_send(&self) -> bool {
        self.slots.iter().flatten().any(|answer| answer.progress != Progress::Responded)
    }

    /// The request that is to be answered now in one step.
    pub(crate) fn respond_at_once(&mut self) -> Option<PeerRequest> {
        let slot = self.slots.iter_mut().find(|slot| is(slot, Progress::Asked))?;
        Some(slot.take()?.request)
    }

    /// The request that is to be answered now in two steps, and the number under which its egress stamp comes back.
    pub(crate) fn respond(&mut self) -> Option<(PeerRequest, u16)> {
        let answer = self.slots.iter_mut().flatten().find(|answer| answer.progress == Progress::Asked)?;
        answer.progress = Progress::Responded;
        Some((answer.request, answer.number))
    }

    /// The response of that number left at t3, corrected for latency: its Follow_Up can be sent.
    pub(crate) fn egress(&mut self, number: u16, egress: Timestamp) -> Result<(), Discard> {
        let mut sent = self.slots.iter_mut().flatten().filter(|answer| answer.progress == Progress::Responded);
        let answer = sent.find(|answer| answer.number == number).ok_or(Discard::Unmatched)?;
        answer.progress = Progress::Stamped;
        answer.request.time = egress;
        Ok(())
    }

    /// The request whose Follow_Up is to be sent now.
    pub(crate) fn follow_up(&mut self) -> Option<PeerRequest> {
        let slot = self.slots.iter_mut().find(|slot| is(slot, Progress::Stamped))?;
        Some(slot.take()?.request)
    }

    /// The clock was stepped, or the port left the network: nothing of what is under way holds.
    pub(crate) fn clear(&mut self) {
        self.slots = [None; 2];
    }
}

fn is(slot: &Option<Answer>, progress: Progress) -> bool {
    slot.is_some_and(|answer| answer.progress == progress)
}

impl PeerRequest {
    /// Body and correctionField of the Pdelay_Resp of a two-step port.
    pub(crate) fn response(&self) -> (PdelayResp, TimeInterval) {
        let body = PdelayResp {
            request_receipt_timestamp: WireTimestamp::from(self.time),
            requesting_port_identity: self.source_port_identity,
        };
        (body, -fraction(self.time))
    }

    /// Body and correctionField of the Pdelay_Resp_Follow_Up.
    pub(crate) fn follow_up(&self) -> (PdelayRespFollowUp, TimeInterval) {
        let body = PdelayRespFollowUp {
            response_origin_timestamp: WireTimestamp::from(self.time),
            requesting_port_identity: self.source_port_identity,
        };
        (body, self.correction + fraction(self.time))
    }

    /// Body and correctionField of a one-step Pdelay_Resp, to which the hardware adds its egress stamp
    /// ([`OneStep::Elapsed`](syntone_hal::OneStep::Elapsed)).
    pub(crate) fn one_step_response(&self, egress_latency: TimeInterval) -> (PdelayResp, TimeInterval) {
        let body = PdelayResp {
            request_receipt_timestamp: WireTimestamp::ZERO,
            requesting_port_identity: self.source_port_identity,
        };
        let since = (self.correction + egress_latency).scaled().wrapping_sub(self.time.wrapping_scaled());
        (body, TimeInterval::from_scaled(since))
    }

    /// Where the answer goes.
    pub(crate) fn destination(&self) -> Destination {
        self.unicast.map_or(Destination::PeerMulticast, Destination::Unicast)
    }
}

fn fraction(time: Timestamp) -> TimeInterval {
    TimeInterval::from_scaled(i64::from(time.subnanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Body, ClockIdentity, Header, Message, MessageBody, Tlvs};
    use syntone_hal::OneStep;

    fn request(sequence_id: u16, port: u16) -> PeerRequest {
        PeerRequest {
            sequence_id,
            source_port_identity: PortIdentity::new(ClockIdentity(9), port),
            correction: TimeInterval::from_scaled(-3 << 16),
            time: Timestamp::new(5, 999_999_999).expect("in range").with_subnanos(0x4000),
            unicast: None,
        }
    }

    /// IEEE 1588-2019 11.4.2: t2 = 5.99999999925 s, t3 = 6.00000100050 s, so the turnaround is 1001.25 ns.
    #[test]
    fn two_steps_tell_the_turnaround_and_give_the_correction_back() {
        let (response, response_correction) = request(7, 1).response();
        let egress = Timestamp::new(6, 1_000).expect("in range").with_subnanos(0x8000);
        let (follow_up, correction) = PeerRequest { time: egress, ..request(7, 1) }.follow_up();
        assert_eq!(response.request_receipt_timestamp, WireTimestamp { seconds: 5, nanoseconds: 999_999_999 });
        assert_eq!(response_correction.scaled(), -0x4000);
        assert_eq!(follow_up.response_origin_timestamp, WireTimestamp { seconds: 6, nanoseconds: 1_000 });
        assert_eq!(correction.scaled(), (-3 << 16) + 0x8000);
        assert_eq!(follow_up.requesting_port_identity, response.requesting_port_identity);
    }

    /// IEEE 1588-2019 11.4.2: from 5.99999999925 s to 6.000001 s and 5 ns of latency, less the 3 ns that came along.
    #[test]
    fn one_step_leaves_the_turnaround_to_what_the_hardware_adds() {
        let (response, correction) = request(7, 1).one_step_response(TimeInterval::from_nanos(5));
        let header = Header { version_ptp: 2, correction_field: correction, ..Header::default() };
        let mut octets = [0; 64];
        let length = response.emit(&header, Tlvs::NONE, &mut octets).expect("there is room");
        OneStep::Elapsed.complete(&mut octets, Timestamp::new(6, 1_000).expect("in range"));
        let sent = Message::parse(&octets[..length]).expect("a message");
        assert_eq!(sent.header.correction_field.scaled(), ((1_000 + 5 - 3) << 16) + 0xC000);
        assert_eq!(
            sent.body,
            Body::PdelayResp(PdelayResp { request_receipt_timestamp: WireTimestamp::ZERO, ..response })
        );
    }

    #[test]
    fn two_neighbours_with_one_sequence_id_get_each_their_own_follow_up() {
        let mut responder = Responder::default();
        assert_eq!(responder.take(request(7, 1)), None);
        let (_, first) = responder.respond().expect("due");
        assert_eq!(responder.take(request(7, 2)), None);
        let (_, second) = responder.respond().expect("due");
        assert_eq!(responder.respond(), None);
        for (number, port) in [(second, 2), (first, 1)] {
            assert_eq!(responder.egress(number, Timestamp::from_nanos(port.into())), Ok(()));
            let answered = responder.follow_up().expect("due");
            assert_eq!(answered.source_port_identity.port_number, port);
            assert_eq!(answered.time, Timestamp::from_nanos(port.into()));
        }
        assert_eq!(responder.egress(first, Timestamp::ZERO), Err(Discard::Unmatched));
    }

    #[test]
    fn an_answer_whose_stamp_never_comes_gives_way_and_is_counted() {
        let mut responder = Responder::default();
        for sequence_id in 0..10 {
            let lost = (sequence_id >= 2).then_some(Discard::EgressStampLost);
            assert_eq!(responder.take(request(sequence_id, 1)), lost);
            responder.respond().expect("due");
        }
        responder.clear();
        assert_eq!(responder.take(request(10, 1)), None);
        assert_eq!(responder.take(request(11, 1)), None);
        assert_eq!(responder.take(request(12, 1)), Some(Discard::NotDrained));
        let answered = [responder.respond_at_once(), responder.respond_at_once(), responder.respond_at_once()];
        let ids = answered.map(|request| request.map(|request| request.sequence_id));
        assert!(ids.contains(&Some(11)) && ids.contains(&Some(12)) && ids.contains(&None), "{ids:?}");
    }
}
