//! The responder of the peer-to-peer delay mechanism (IEEE 1588-2019 11.4.2).

use crate::counters::Discard;
use crate::wire::{PdelayResp, PdelayRespFollowUp, PortIdentity, WireTimestamp};
use syntone_hal::{Address, TimeInterval, Timestamp};

/// A Pdelay_Req that is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerRequest {
    pub(crate) sequence_id: u16,
    pub(crate) source_port_identity: PortIdentity,
    /// correctionField of the Pdelay_Req.
    pub(crate) correction: TimeInterval,
    /// t2, corrected for latency.
    pub(crate) receipt: Timestamp,
    /// Where the answer goes if the request was unicast.
    pub(crate) unicast: Option<Address>,
}

/// Answers Pdelay_Reqs, and remembers those whose Pdelay_Resp_Follow_Up waits for an egress stamp.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responder {
    request: Option<PeerRequest>,
    sent: [Option<(u16, PeerRequest)>; 2],
    /// Number of the response that is sent next: requests of two neighbours may have the same sequenceId.
    number: u16,
    follow_up: Option<(PeerRequest, Timestamp)>,
}

impl Responder {
    /// Takes a Pdelay_Req. One that was not answered yet gives way.
    pub(crate) fn take(&mut self, request: PeerRequest) -> Result<(), Discard> {
        self.request.replace(request).map_or(Ok(()), |_| Err(Discard::NotDrained))
    }

    /// The request that is to be answered now in one step.
    pub(crate) fn respond_at_once(&mut self) -> Option<PeerRequest> {
        self.request.take()
    }

    /// The request that is to be answered now in two steps, and the number under which its egress stamp comes back; and
    /// whether that of an older answer has to be given up.
    pub(crate) fn respond(&mut self) -> Option<(PeerRequest, u16, Option<Discard>)> {
        let request = self.request.take()?;
        let number = self.number;
        self.number = number.wrapping_add(1);
        let [even, odd] = &mut self.sent;
        let slot = if number & 1 == 0 { even } else { odd };
        let lost = slot.replace((number, request)).map(|_| Discard::EgressStampLost);
        Some((request, number, lost))
    }

    /// The response of that number left at t3, corrected for latency: its Follow_Up can be sent.
    pub(crate) fn egress(&mut self, number: u16, egress: Timestamp) -> Result<(), Discard> {
        let slot = self.sent.iter_mut().find(|slot| slot.is_some_and(|(other, _)| other == number));
        let (_, request) = slot.and_then(Option::take).ok_or(Discard::Unmatched)?;
        self.follow_up.replace((request, egress)).map_or(Ok(()), |_| Err(Discard::NotDrained))
    }

    /// The request whose Follow_Up is to be sent now, and t3.
    pub(crate) fn follow_up(&mut self) -> Option<(PeerRequest, Timestamp)> {
        self.follow_up.take()
    }

    /// The clock was stepped, or the port left the network: nothing of what is under way holds.
    pub(crate) fn clear(&mut self) {
        *self = Self { number: self.number, ..Self::default() };
    }
}

impl PeerRequest {
    /// Body and correctionField of the Pdelay_Resp of a two-step port.
    pub(crate) fn response(&self) -> (PdelayResp, TimeInterval) {
        (self.response_body(), -fraction(self.receipt))
    }

    /// Body and correctionField of the Pdelay_Resp_Follow_Up, whose Pdelay_Resp left at t3.
    pub(crate) fn follow_up(&self, egress: Timestamp) -> (PdelayRespFollowUp, TimeInterval) {
        let body = PdelayRespFollowUp {
            response_origin_timestamp: WireTimestamp::from(egress),
            requesting_port_identity: self.source_port_identity,
        };
        (body, self.correction + fraction(egress))
    }

    /// Body and correctionField of a one-step Pdelay_Resp as it is handed to the hardware, which adds its egress stamp −
    /// requestReceiptTimestamp to the correctionField and zeroes requestReceiptTimestamp.
    pub(crate) fn one_step_response(&self, egress_latency: TimeInterval) -> (PdelayResp, TimeInterval) {
        (self.response_body(), self.correction + egress_latency - fraction(self.receipt))
    }

    fn response_body(&self) -> PdelayResp {
        PdelayResp {
            request_receipt_timestamp: WireTimestamp::from(self.receipt),
            requesting_port_identity: self.source_port_identity,
        }
    }
}

fn fraction(time: Timestamp) -> TimeInterval {
    TimeInterval::from_scaled(i64::from(time.subnanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClockIdentity;

    fn request(sequence_id: u16, port: u16) -> PeerRequest {
        PeerRequest {
            sequence_id,
            source_port_identity: PortIdentity::new(ClockIdentity(9), port),
            correction: TimeInterval::from_scaled(-3 << 16),
            receipt: Timestamp::new(5, 999_999_999).expect("in range").with_subnanos(0x4000),
            unicast: None,
        }
    }

    /// IEEE 1588-2019 11.4.2: t2 = 5.99999999925 s, t3 = 6.00000100050 s, so the turnaround is 1001.25 ns.
    #[test]
    fn two_steps_tell_the_turnaround_and_give_the_correction_back() {
        let (response, response_correction) = request(7, 1).response();
        let egress = Timestamp::new(6, 1_000).expect("in range").with_subnanos(0x8000);
        let (follow_up, correction) = request(7, 1).follow_up(egress);
        assert_eq!(response.request_receipt_timestamp, WireTimestamp { seconds: 5, nanoseconds: 999_999_999 });
        assert_eq!(response_correction.scaled(), -0x4000);
        assert_eq!(follow_up.response_origin_timestamp, WireTimestamp { seconds: 6, nanoseconds: 1_000 });
        assert_eq!(correction.scaled(), (-3 << 16) + 0x8000);
        assert_eq!(follow_up.requesting_port_identity, response.requesting_port_identity);
    }

    /// IEEE 1588-2019 11.4.2: what the hardware adds is 1001 ns; with 5 ns of latency the turnaround is 1005.75 ns.
    #[test]
    fn one_step_leaves_whole_nanoseconds_to_the_hardware() {
        let (response, correction) = request(7, 1).one_step_response(TimeInterval::from_nanos(5));
        assert_eq!(response.request_receipt_timestamp, WireTimestamp { seconds: 5, nanoseconds: 999_999_999 });
        assert_eq!(correction.scaled(), (2 << 16) - 0x4000);
    }

    #[test]
    fn two_neighbours_with_one_sequence_id_get_each_their_own_follow_up() {
        let mut responder = Responder::default();
        assert_eq!(responder.take(request(7, 1)), Ok(()));
        let (_, first, _) = responder.respond().expect("due");
        assert_eq!(responder.take(request(7, 2)), Ok(()));
        let (_, second, lost) = responder.respond().expect("due");
        assert_eq!((responder.respond(), lost), (None, None));
        for (number, port) in [(second, 2), (first, 1)] {
            assert_eq!(responder.egress(number, Timestamp::ZERO), Ok(()));
            let (answered, _) = responder.follow_up().expect("due");
            assert_eq!(answered.source_port_identity.port_number, port);
        }
        assert_eq!(responder.egress(first, Timestamp::ZERO), Err(Discard::Unmatched));
    }

    #[test]
    fn a_response_whose_stamp_never_comes_gives_way_and_is_counted() {
        let mut responder = Responder::default();
        let mut lost = 0;
        for sequence_id in 0..10 {
            assert_eq!(responder.take(request(sequence_id, 1)), Ok(()));
            lost += usize::from(responder.respond().expect("due").2 == Some(Discard::EgressStampLost));
        }
        assert_eq!(lost, 8);
        assert_eq!(responder.take(request(10, 1)), Ok(()));
        assert_eq!(responder.take(request(11, 1)), Err(Discard::NotDrained));
        assert_eq!(responder.respond_at_once(), Some(request(11, 1)));
        responder.clear();
        assert_eq!(responder.egress(9, Timestamp::ZERO), Err(Discard::Unmatched));
    }
}
