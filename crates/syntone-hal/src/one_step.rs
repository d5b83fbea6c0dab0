//! Messages that the hardware completes as they leave.

use crate::Timestamp;

/// What is to be written into an event message as it leaves, so that no second message has to tell when that was.
///
/// Asked only of a port whose [`PortCapabilities`](crate::PortCapabilities) say that it can. The time written is not
/// corrected for latency: the protocol has put the latency into correctionField.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OneStep {
    /// A Sync: originTimestamp (octets 34 to 43) becomes the egress time; what that has below a nanosecond is added to
    /// correctionField (octets 8 to 15).
    Origin,
    /// A Pdelay_Resp, or a message that is passed on: the egress time as [`Timestamp::wrapping_scaled`] gives it is added to
    /// correctionField (octets 8 to 15), modulo 2⁶⁴. The protocol has subtracted the moment from which on time counts.
    Elapsed,
}

impl OneStep {
    /// Does in software what the hardware is to do to `message`, which begins with the PTP header, when it leaves at
    /// `egress`. For simulations, for hardware that lets the driver write so late, and to check other hardware against.
    pub fn complete(self, message: &mut [u8], egress: Timestamp) {
        let added = match self {
            Self::Origin => {
                let Some(origin) = octets_at::<10>(message, 34) else { return };
                let [_, _, s0, s1, s2, s3, s4, s5] = egress.seconds().to_be_bytes();
                let [n0, n1, n2, n3] = egress.nanos().to_be_bytes();
                *origin = [s0, s1, s2, s3, s4, s5, n0, n1, n2, n3];
                i64::from(egress.subnanos())
            }
            Self::Elapsed => egress.wrapping_scaled(),
        };
        if let Some(correction) = octets_at::<8>(message, 8) {
            *correction = i64::from_be_bytes(*correction).wrapping_add(added).to_be_bytes();
        }
    }
}

fn octets_at<const N: usize>(message: &mut [u8], offset: usize) -> Option<&mut [u8; N]> {
    message.get_mut(offset..)?.first_chunk_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EGRESS: Option<Timestamp> = Timestamp::new(0x0102_0304, 0x0708_090A);

    fn correction(message: &[u8]) -> i64 {
        i64::from_be_bytes(message[8..16].try_into().expect("eight octets"))
    }

    /// IEEE 1588-2019 9.5.9.3
    #[test]
    fn a_sync_gets_its_origin_and_keeps_its_correction() {
        let mut sync = [0; 44];
        sync[8..16].copy_from_slice(&0x0005_0000_i64.to_be_bytes());
        OneStep::Origin.complete(&mut sync, EGRESS.expect("in range").with_subnanos(0x8000));
        assert_eq!(sync[34..], [0, 0, 1, 2, 3, 4, 7, 8, 9, 10]);
        assert_eq!(correction(&sync), 0x0005_8000);
    }

    /// IEEE 1588-2019 11.4.2: from 0.999 999 999 5 s to 1.000 000 100 s of a second far beyond 39 h.
    #[test]
    fn what_was_subtracted_leaves_the_time_that_has_elapsed() {
        let since = Timestamp::new(1_700_000_000, 999_999_999).expect("in range").with_subnanos(0x8000);
        let mut response = [0; 54];
        response[8..16].copy_from_slice(&7_i64.wrapping_sub(since.wrapping_scaled()).to_be_bytes());
        OneStep::Elapsed.complete(&mut response, Timestamp::new(1_700_000_001, 100).expect("in range"));
        assert_eq!(correction(&response), (100 << 16) + 0x8000 + 7);
        assert_eq!(response[34..], [0; 20]);
    }

    #[test]
    fn what_is_no_message_is_left_alone() {
        OneStep::Elapsed.complete(&mut [0; 15], Timestamp::ZERO);
        let mut short = [9; 43];
        OneStep::Origin.complete(&mut short, Timestamp::ZERO);
        assert_eq!(short, [9; 43]);
    }
}
