//! One number for everything that happened.

use crate::{Adjustment, Change, Frame, NodeId, SimTime};
use syntone_hal::PortIndex;

/// FNV-1a (64 bit) over every message that was sent and every adjustment of a clock, with their true times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }

    pub(crate) fn frame(&mut self, at: SimTime, node: NodeId, port: PortIndex, frame: &Frame) {
        self.number(at.picos());
        self.number(node.0 as i64);
        self.octets(&[port.0]);
        self.octets(&frame.octets);
    }

    pub(crate) fn adjustments(&mut self, node: NodeId, made: &[Adjustment]) {
        for adjustment in made {
            self.number(adjustment.at.picos());
            self.number(node.0 as i64);
            match adjustment.change {
                Change::Step(nanoseconds) => self.number(nanoseconds),
                Change::Frequency(frequency) => self.number(i64::from(frequency.scaled_ppm())),
            }
        }
    }

    fn number(&mut self, number: i64) {
        self.octets(&number.to_le_bytes());
    }

    fn octets(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x100_0000_01B3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_fnv_1a() {
        let of = |octets: &[u8]| {
            let mut digest = Digest::new();
            digest.octets(octets);
            digest.value()
        };
        assert_eq!(of(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(of(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(of(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
