//! ENHANCED_ACCURACY_METRICS: errors on the way from the grandmaster, of which each clock adds its own (IEEE 1588-2019 16.12).

use super::Attached;
#[cfg(feature = "master")]
use super::Sink;
#[cfg(feature = "master")]
use crate::wire::Tlv;
use crate::wire::layout::Float64;
use crate::wire::tlvs::EnhancedAccuracyMetrics;
use crate::wire::{Layout, TlvType, Tlvs};
use syntone_hal::TimeInterval;

/// Errors add up: the largest ones as they are, and the variances, too, where one error has nothing to do with the other. A sum that no
/// field holds is the largest value, which means unknown.
fn after(before: &EnhancedAccuracyMetrics, own: &EnhancedAccuracyMetrics) -> EnhancedAccuracyMetrics {
    let add = |a: TimeInterval, b: TimeInterval| TimeInterval::from_scaled(a.scaled().saturating_add(b.scaled()));
    EnhancedAccuracyMetrics {
        bc_hop_count: before.bc_hop_count.saturating_add(1),
        tc_hop_count: before.tc_hop_count,
        // Of the grandmaster alone.
        max_gm_inaccuracy: before.max_gm_inaccuracy,
        var_gm_inaccuracy: before.var_gm_inaccuracy,
        max_transient_inaccuracy: add(before.max_transient_inaccuracy, own.max_transient_inaccuracy),
        var_transient_inaccuracy: sum(before.var_transient_inaccuracy, own.var_transient_inaccuracy),
        max_dynamic_inaccuracy: add(before.max_dynamic_inaccuracy, own.max_dynamic_inaccuracy),
        var_dynamic_inaccuracy: sum(before.var_dynamic_inaccuracy, own.var_dynamic_inaccuracy),
        max_static_instance_inaccuracy: add(before.max_static_instance_inaccuracy, own.max_static_instance_inaccuracy),
        var_static_instance_inaccuracy: sum(before.var_static_instance_inaccuracy, own.var_static_instance_inaccuracy),
        max_static_medium_inaccuracy: add(before.max_static_medium_inaccuracy, own.max_static_medium_inaccuracy),
        var_static_medium_inaccuracy: sum(before.var_static_medium_inaccuracy, own.var_static_medium_inaccuracy),
    }
}

impl Attached {
    /// Those of the time that the clock has.
    pub(crate) fn accuracy_metrics(&self, is_grandmaster: bool) -> Option<EnhancedAccuracyMetrics> {
        match (&self.metrics, is_grandmaster) {
            (None, true) => None,
            (Some(own), true) => Some(EnhancedAccuracyMetrics { bc_hop_count: 0, tc_hop_count: 0, ..*own }),
            (None, false) => of_parent(self.parent.tlvs()),
            (Some(own), false) => of_parent(self.parent.tlvs()).map(|before| after(&before, own)),
        }
    }

    #[cfg(feature = "master")]
    pub(super) fn announce_metrics(&self, is_grandmaster: bool, sink: &mut Sink<'_>) {
        // Without own ones those of the parent are handed on as they are.
        let metrics = self.metrics.and_then(|_| self.accuracy_metrics(is_grandmaster));
        if let Some(metrics) = metrics {
            sink.push_value(&metrics);
        }
    }

    #[cfg(feature = "master")]
    pub(super) fn replaces_metrics(&self, tlv: &Tlv<'_>) -> bool {
        self.metrics.is_some() && tlv.tlv_type == TlvType::ENHANCED_ACCURACY_METRICS
    }
}

/// Of one that cannot be read nothing is known.
fn of_parent(tlvs: Tlvs<'_>) -> Option<EnhancedAccuracyMetrics> {
    let tlv = tlvs.find(TlvType::ENHANCED_ACCURACY_METRICS)?;
    EnhancedAccuracyMetrics::parse(tlv.value).ok()
}

const INFINITE: u64 = 0x7FF0_0000_0000_0000;
const NOT_A_NUMBER: u64 = 0x7FF8_0000_0000_0000;
/// Bits of a fraction.
const FRACTION: u32 = 52;
/// Bits behind the last one of a fraction while it is added, of which the last one stands for all that follow.
const GUARD: u32 = 9;

/// The sum of two IEEE 754 numbers that are not negative, rounded to the nearest, by integers: no floating point is in the core. A
/// variance that is negative, or no number, makes the sum none.
fn sum(a: Float64, b: Float64) -> Float64 {
    let (small, large) = if a.0 <= b.0 { (a.0, b.0) } else { (b.0, a.0) };
    if large >= INFINITE {
        return Float64(if large == INFINITE { INFINITE } else { NOT_A_NUMBER });
    }
    let ((low, addend), (exponent, augend)) = (parts(small), parts(large));
    let total = augend.wrapping_add(shifted(addend, exponent.wrapping_sub(low)));
    // One more bit in front, one fewer behind.
    let carries = total >> (FRACTION + GUARD + 1) != 0;
    let total = if carries { total >> 1 | total & 1 } else { total };
    let exponent = exponent.wrapping_add(carries.into());
    let (kept, rest) = (total >> GUARD, total & ((1 << GUARD) - 1));
    let half = 1 << (GUARD - 1);
    let up = rest > half || rest == half && kept & 1 == 1;
    // The bit in front of the fraction is added to the exponent, and so is one that rounding carries there.
    let bits = (exponent.wrapping_sub(1) << FRACTION).wrapping_add(kept).wrapping_add(up.into());
    Float64(bits.min(INFINITE))
}

/// Exponent, and the fraction with the bit in front of it, which numbers next to 0 have not.
const fn parts(bits: u64) -> (u64, u64) {
    let (exponent, fraction) = (bits >> FRACTION, bits & ((1 << FRACTION) - 1));
    match exponent {
        0 => (1, fraction << GUARD),
        _ => (exponent, (fraction | 1 << FRACTION) << GUARD),
    }
}

/// The last bit that is left tells whether any was lost.
fn shifted(fraction: u64, places: u64) -> u64 {
    let places = u32::try_from(places).unwrap_or(u32::MAX);
    let kept = fraction.checked_shr(places).unwrap_or(0);
    let lost = kept.checked_shl(places).unwrap_or(0) != fraction;
    kept | u64::from(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn added(a: u64, b: u64) -> (u64, u64) {
        (sum(Float64(a), Float64(b)).0, (f64::from_bits(a) + f64::from_bits(b)).to_bits())
    }

    #[test]
    fn sums_at_the_edges_are_those_of_floating_point() {
        let edges =
            [0, 1, 2, (1 << 52) - 1, 1 << 52, (1 << 52) + 1, (2 << 52) - 1, 1.0_f64.to_bits(), INFINITE - 1, INFINITE];
        for a in edges {
            for b in edges {
                let (ours, expected) = added(a, b);
                assert_eq!(ours, expected, "{a:x} + {b:x}");
            }
        }
    }

    #[test]
    fn what_is_negative_or_no_number_makes_no_number() {
        for bits in [NOT_A_NUMBER, INFINITE + 1, (-1.0_f64).to_bits(), u64::MAX, 1 << 63] {
            assert!(f64::from_bits(sum(Float64(bits), Float64(0)).0).is_nan(), "{bits:x}");
            assert!(f64::from_bits(sum(Float64(INFINITE), Float64(bits)).0).is_nan(), "{bits:x}");
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_floating_point(a in 0..INFINITE, b in 0..INFINITE, near in 0_u64..120 << 52) {
            for b in [b, a.saturating_sub(near), a.saturating_add(near).min(INFINITE)] {
                let (ours, expected) = added(a, b);
                prop_assert_eq!(ours, expected, "{:x} + {:x}", a, b);
            }
        }
    }
}
