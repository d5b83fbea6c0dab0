//! Gains of the PI servo: how far each Sync is believed.

use super::units::INTERVALS;
use fixed::types::{U10F22, U16F16};
use syntone_hal::Stamping;

/// How much of the surprise in a Sync goes into the phase and into the frequency.
///
/// In the words of control theory: the proportional and the integral gain of the loop, made dimensionless by the Sync
/// interval; in those of estimation: α and β.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gains {
    /// The share taken as phase error, made up within one Sync interval; above 0, at most 1.
    pub proportional: U16F16,
    /// The share taken as frequency error, per Sync interval; at most 2.
    pub integral: U10F22,
}

/// The gains once the memory is full, for 2⁻⁷ s to 2⁴ s.
///
/// They are those of the Kalman filter of phase and frequency in its steady state, and the test below computes them
/// anew. Hardware: stamps of 8 ns rms at both ends, an oscillator that wanders by 1 ppb/√s. Software: offsets of 2 µs
/// rms; the wander is put at 10 ppb/√s, which keeps the time constant near 10 s, because stamps that are far better
/// than assumed should not be wasted and a warming board should be followed.
const HARDWARE: ([u16; INTERVALS], [u32; INTERVALS]) = (
    [720, 1207, 2016, 3355, 5544, 9052, 14_497, 22_495, 33_222, 45_578, 56_633, 63_130],
    [255, 717, 2016, 5642, 15_676, 43_022, 115_671, 300_439, 736_304, 1_636_680, 3_091_912, 4_546_363],
);
const SOFTWARE: ([u16; INTERVALS], [u32; INTERVALS]) = (
    [172, 289, 485, 814, 1363, 2277, 3783, 6237, 10_145, 16_146, 24_808, 36_088],
    [14, 41, 115, 326, 917, 2576, 7197, 19_949, 54_532, 145_647, 374_087, 899_702],
);

/// A longer memory than any pair of gains above asks for.
pub(super) const FULL_MEMORY: u16 = 4095;

impl Gains {
    /// The gains of a full memory; `interval` counts from 2⁻⁷ s.
    pub(super) fn steady(stamping: Stamping, interval: u8) -> Self {
        let (proportional, integral) = match stamping {
            Stamping::Hardware => &HARDWARE,
            Stamping::Software => &SOFTWARE,
        };
        let interval = usize::from(interval);
        Self {
            proportional: U16F16::from_bits(u32::from(proportional.get(interval).copied().unwrap_or(0))),
            integral: U10F22::from_bits(integral.get(interval).copied().unwrap_or(0)),
        }
    }

    /// The gains for the last of `samples` samples that have been seen, 2 to [`FULL_MEMORY`]: those of the straight line
    /// through all of them, as long as these are larger than `self`.
    pub(super) fn growing(self, samples: u16) -> Self {
        if samples >= FULL_MEMORY {
            return self;
        }
        let n = u32::from(samples.max(2));
        // 2 (2n − 1) / (n (n + 1)) and 6 / (n (n + 1)); n has 12 bits, so that everything here fits 32.
        let below = n.wrapping_mul(n.wrapping_add(1));
        let phase = (n.wrapping_mul(4).wrapping_sub(2) << 16).checked_div(below).unwrap_or(0);
        let rate = (6_u32 << 22).checked_div(below).unwrap_or(0);
        Self {
            proportional: self.proportional.max(U16F16::from_bits(phase)),
            integral: self.integral.max(U10F22::from_bits(rate)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "an overflow fails the test")]

    use super::*;
    use crate::servo::reference::steady_kalman;

    #[test]
    fn steady_gains_are_those_of_the_kalman_filter() {
        let cases = [(Stamping::Hardware, 8.0 * 2f64.sqrt(), 1.0), (Stamping::Software, 2000.0, 10.0)];
        for (stamping, noise, wander) in cases {
            for interval in 0..INTERVALS as u8 {
                let kalman = steady_kalman(f64::from(i32::from(interval) - 7).exp2(), noise, wander);
                let gains = Gains::steady(stamping, interval);
                let (alpha, beta) = (gains.proportional.to_num::<f64>(), gains.integral.to_num::<f64>());
                assert!((alpha - kalman.alpha).abs() <= 2f64.powi(-16), "{stamping:?} {interval} {alpha} {kalman:?}");
                assert!((beta - kalman.beta).abs() <= 2f64.powi(-21), "{stamping:?} {interval} {beta} {kalman:?}");
            }
        }
    }

    #[test]
    fn growing_gains_are_those_of_a_straight_line_through_all_samples() {
        let none = Gains { proportional: U16F16::ZERO, integral: U10F22::ZERO };
        // Least squares over n equidistant samples by the normal equations: the weight of the last one in the value and
        // in the slope at the end.
        for n in 2..100_u16 {
            let mean = (f64::from(n) - 1.0) / 2.0;
            let spread: f64 = (0..n).map(|i| (f64::from(i) - mean).powi(2)).sum();
            let slope = mean / spread;
            let value = 1.0 / f64::from(n) + mean * slope;
            let gains = none.growing(n);
            assert!((gains.proportional.to_num::<f64>() - value).abs() < 2e-5, "{n}");
            assert!((gains.integral.to_num::<f64>() - slope).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn a_full_memory_leaves_the_steady_gains() {
        for stamping in [Stamping::Hardware, Stamping::Software] {
            for interval in 0..INTERVALS as u8 {
                let steady = Gains::steady(stamping, interval);
                assert_eq!(steady.growing(FULL_MEMORY), steady);
                assert_eq!(steady.growing(u16::MAX), steady);
            }
        }
    }
}
