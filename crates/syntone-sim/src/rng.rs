//! The random numbers of the world: the same on every platform.
//!
//! Uniform numbers are xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64. Gaussian and exponential numbers use
//! only what IEEE 754 rounds correctly everywhere (+ − × ÷ and the square root); the logarithm they need is a series of
//! these, not the mathematical library's, whose last bit differs between platforms.

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Rng {
    /// The stream that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        Self { state: core::array::from_fn(|_| split_mix(&mut mixer)), spare: None }
    }

    /// The stream `stream` of the world with `seed`: independent of every other, so that a component more in a scenario
    /// does not change the noise of the rest.
    #[must_use]
    pub fn stream(seed: u64, stream: Stream, index: u64) -> Self {
        let mut mixer = seed ^ (stream as u64).rotate_left(56) ^ index.rotate_left(16);
        Self::new(split_mix(&mut mixer) ^ seed)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform in 0 ≤ x < 1, in steps of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0 ≤ x < `bound`, which is not zero; exact (the bias of 2⁻⁶⁴ aside).
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True with this probability. Draws no number where the answer is certain.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.uniform() < probability)
    }

    /// Gaussian with mean 0 and standard deviation 1 (Marsaglia's polar method).
    pub fn gaussian(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let scale = (-2.0 * ln(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(1.0 - self.uniform())
    }
}

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// An oscillator's noise.
    Oscillator = 1,
    /// A node's time stampers.
    Stamper = 2,
    /// One direction of a link.
    Link = 3,
    /// A switch's queues.
    Switch = 4,
    /// Whatever the scenario draws for itself.
    Scenario = 5,
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Natural logarithm of a positive normal number: x = m · 2ᵉ with m in [√½, √2), ln m = 2 artanh((m − 1) / (m + 1)) by its
/// series, which is below one unit in the last place after eleven terms there.
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) as i64) - 1_023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1_023 << 52));
    let (m, e) = if mantissa < core::f64::consts::SQRT_2 {
        (mantissa, exponent as f64)
    } else {
        (mantissa / 2.0, (exponent + 1) as f64)
    };
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let series = (0..11).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * s * series + e * core::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_are_the_published_xoshiro256_plus_plus() {
        // The vector that the authors' C program gives for the state 1, 2, 3, 4.
        let mut rng = Rng { state: [1, 2, 3, 4], spare: None };
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    #[test]
    fn seeding_is_the_published_split_mix_64() {
        let mut state = 1_234_567;
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(expected.map(|_| split_mix(&mut state)), expected);
    }

    #[test]
    fn the_logarithm_agrees_with_the_mathematical_library() {
        let mut rng = Rng::new(1);
        for _ in 0..100_000 {
            let x = rng.uniform() + 1e-9;
            assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "ln {x}");
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(f64::MIN_POSITIVE), f64::MIN_POSITIVE.ln());
    }

    #[test]
    fn gaussian_numbers_have_the_moments_and_tails_of_the_normal_distribution() {
        const COUNT: usize = 1_000_000;
        let mut rng = Rng::new(7);
        let numbers: Vec<f64> = (0..COUNT).map(|_| rng.gaussian()).collect();
        let moment = |power: i32| numbers.iter().map(|x| x.powi(power)).sum::<f64>() / COUNT as f64;
        let beyond = |limit: f64| numbers.iter().filter(|x| x.abs() > limit).count() as f64 / COUNT as f64;
        // Five standard errors each: σ/√n, √2/√n, √15/√n, √96/√n.
        assert!(moment(1).abs() < 0.005, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.007, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.02, "skewness {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.05, "kurtosis {}", moment(4));
        // Shares from the table of the normal distribution.
        assert!((beyond(1.0) - 0.317_311).abs() < 0.0024);
        assert!((beyond(3.0) - 0.002_700).abs() < 0.000_27);
        assert!((beyond(4.0) - 0.000_063).abs() < 0.000_04);
    }

    #[test]
    fn other_distributions_have_their_moments() {
        const COUNT: u32 = 1_000_000;
        let mut rng = Rng::new(8);
        let mean = |next: &mut dyn FnMut() -> f64| (0..COUNT).map(|_| next()).sum::<f64>() / f64::from(COUNT);
        assert!((mean(&mut || rng.uniform()) - 0.5).abs() < 0.0015);
        assert!((mean(&mut || rng.uniform().powi(2)) - 1.0 / 3.0).abs() < 0.0015);
        assert!((mean(&mut || rng.exponential()) - 1.0).abs() < 0.005);
        assert!((mean(&mut || rng.exponential().powi(2)) - 2.0).abs() < 0.023);
        assert!((mean(&mut || f64::from(u8::from(rng.chance(0.01)))) - 0.01).abs() < 0.0005);
        assert!((mean(&mut || rng.below(10) as f64) - 4.5).abs() < 0.0144);
        assert!(!rng.chance(0.0) && rng.chance(1.0));
    }

    #[test]
    fn streams_differ_from_each_other_and_repeat() {
        let first = |seed, stream, index| Rng::stream(seed, stream, index).next_u64();
        let reference = first(1, Stream::Link, 0);
        assert_eq!(reference, first(1, Stream::Link, 0));
        assert_ne!(reference, first(2, Stream::Link, 0));
        assert_ne!(reference, first(1, Stream::Switch, 0));
        assert_ne!(reference, first(1, Stream::Link, 1));
    }
}
