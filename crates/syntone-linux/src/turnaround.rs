//! Peer delay in one step, as drivers do it.
//!
//! The protocol subtracts the ingress time of the request from correctionField and has the egress time added. Linux drivers
//! remember the ingress time by themselves and add the difference. So what the protocol has subtracted is put back.

use std::collections::VecDeque;
use syntone_hal::Timestamp;

/// The ingress times of the requests that may still be answered.
#[derive(Debug, Default)]
pub(crate) struct Requests(VecDeque<Request>);

#[derive(Debug)]
struct Request {
    /// sourcePortIdentity.
    source: [u8; 10],
    /// sequenceId.
    sequence: [u8; 2],
    ingress: Timestamp,
}

/// As many as the protocol keeps, and some.
const CAPACITY: usize = 8;
const PDELAY_REQ: u8 = 2;
const PDELAY_RESP: u8 = 3;

impl Requests {
    /// A message has come in; if it is a request its time is remembered.
    pub(crate) fn note(&mut self, message: &[u8], ingress: Timestamp) {
        if message.first().is_none_or(|octet| octet & 0x0F != PDELAY_REQ) {
            return;
        }
        let (Some(source), Some(sequence)) = (octets(message, 20), octets(message, 30)) else { return };
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(Request { source, sequence, ingress });
    }

    /// The Pdelay_Resp as the driver wants it; `None` if `message` is none to a request that is remembered.
    pub(crate) fn restore(&self, message: &[u8]) -> Option<Vec<u8>> {
        if message.first()? & 0x0F != PDELAY_RESP {
            return None;
        }
        let (source, sequence) = (octets::<10>(message, 44)?, octets::<2>(message, 30)?);
        let request = self.0.iter().rev().find(|request| request.source == source && request.sequence == sequence)?;
        let correction = i64::from_be_bytes(octets(message, 8)?);
        let restored = correction.wrapping_add(request.ingress.wrapping_scaled());
        let mut copy = message.to_vec();
        copy.get_mut(8..16)?.copy_from_slice(&restored.to_be_bytes());
        Some(copy)
    }
}

fn octets<const N: usize>(message: &[u8], at: usize) -> Option<[u8; N]> {
    message.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntone_hal::OneStep;

    const SOURCE: [u8; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1];

    fn request(sequence: u8) -> [u8; 54] {
        let mut message = [0; 54];
        message[0] = PDELAY_REQ;
        message[20..30].copy_from_slice(&SOURCE);
        message[31] = sequence;
        message
    }

    fn response(sequence: u8, correction: i64) -> [u8; 54] {
        let mut message = [0; 54];
        message[0] = PDELAY_RESP;
        message[8..16].copy_from_slice(&correction.to_be_bytes());
        message[31] = sequence;
        message[44..54].copy_from_slice(&SOURCE);
        message
    }

    fn correction(message: &[u8]) -> i64 {
        i64::from_be_bytes(octets(message, 8).unwrap())
    }

    /// IEEE 1588-2019 11.4.2: what the driver adds to this is the same as what the protocol wants to have added to that.
    #[test]
    fn the_driver_and_the_protocol_mean_the_same_turnaround() {
        let (ingress, egress) =
            (Timestamp::from_nanos(1_700_000_000_123_456_789), Timestamp::from_nanos(1_700_000_000_123_956_794));
        let mut requests = Requests::default();
        requests.note(&request(6), Timestamp::from_nanos(5));
        requests.note(&request(7), ingress);
        let mut as_protocol = response(7, (3_i64 << 16).wrapping_sub(ingress.wrapping_scaled()));
        let as_driver = requests.restore(&as_protocol).unwrap();
        OneStep::Elapsed.complete(&mut as_protocol, egress);
        assert_eq!(correction(&as_driver) + ((500_005) << 16), correction(&as_protocol));
        assert_eq!(as_driver[16..], as_protocol[16..]);
    }

    #[test]
    fn an_answer_to_nobody_and_other_messages_are_not_restored() {
        let mut requests = Requests::default();
        requests.note(&request(7), Timestamp::ZERO);
        assert_eq!(requests.restore(&response(8, 0)), None);
        assert_eq!(requests.restore(&request(7)), None);
        assert_eq!(requests.restore(&[]), None);
        requests.note(&[PDELAY_REQ; 20], Timestamp::ZERO);
        for sequence in 100..108 {
            requests.note(&request(sequence), Timestamp::ZERO);
        }
        assert_eq!(requests.restore(&response(7, 0)), None);
        assert!(requests.restore(&response(100, 0)).is_some());
    }
}
