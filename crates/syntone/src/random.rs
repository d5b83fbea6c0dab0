//! Random numbers for the spacing of messages; seeded by the caller, so a run repeats.

/// A xorshift generator (32 bits of state), good enough to spread messages over time; not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u32);

impl Random {
    /// Folds `seed` into a state that is never zero.
    pub(crate) fn new(seed: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = seed.to_be_bytes();
        let folded = u32::from_be_bytes([a, b, c, d]) ^ u32::from_be_bytes([e, f, g, h]).rotate_left(16);
        let mut random = Self(if folded == 0 { 0x9E37_79B9 } else { folded });
        for _ in 0..4 {
            random.next();
        }
        random
    }

    /// Uniform in 0 ..= 2³² − 1 (never 0 by construction of the generator).
    pub(crate) fn next(&mut self) -> u32 {
        let mut x = self.0;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.0 = x;
        x
    }

    /// Uniform in 0 .. `limit` (nanoseconds); `limit` up to about 2⁴⁸.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (limit >> 16).wrapping_mul(u64::from(self.next() >> 16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_fill_the_range_evenly() {
        let mut random = Random::new(7);
        let mut bins = [0u32; 10];
        for _ in 0..10_000 {
            let draw = random.below(2_000_000_000);
            assert!(draw < 2_000_000_000);
            bins[usize::try_from(draw / 200_000_000).unwrap()] += 1;
        }
        // A fair bin holds 1000 ± 30 (one sigma).
        assert!(bins.iter().all(|count| (850..1150).contains(count)), "{bins:?}");
    }

    #[test]
    fn a_zero_seed_works_and_seeds_differ() {
        assert_ne!(Random::new(0).next(), 0);
        assert_ne!(Random::new(1).next(), Random::new(2).next());
    }
}
