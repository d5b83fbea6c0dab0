//! From a 32-bit counter to a time that does not wrap.

/// Nanoseconds of one tick of the 25 MHz counter.
pub const TICK_NANOS: u32 = 40;

/// Extends a 32-bit counter to 64 bits.
///
/// The counter wraps after 171.8 s; it must be looked at twice in that time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extended {
    latest: u64,
}

impl Extended {
    /// A counter that has just begun at 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { latest: 0 }
    }

    /// The full count that belongs to `raw`, which was read less than half a wrap before or after the last look.
    ///
    /// A stamp that an interrupt took a while ago is as good as one read just now.
    pub fn look(&mut self, raw: u32) -> u64 {
        let ticks = self.extend(raw);
        self.latest = self.latest.max(ticks);
        ticks
    }

    fn extend(&self, raw: u32) -> u64 {
        // The low halves differ by the distance, whichever of them has wrapped.
        let distance = raw.wrapping_sub(self.latest as u32) as i32;
        self.latest.saturating_add_signed(i64::from(distance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_goes_on_where_the_counter_wraps() {
        let mut counter = Extended::default();
        let mut expected = 0_u64;
        for step in [0, 0x7FFF_FFFF, 0x7FFF_FFFF, 1, 0x1234_5678, 0x7000_0000, 0x7FFF_FFFF, 5] {
            expected += step;
            assert_eq!(counter.look(expected as u32), expected);
        }
        assert!(expected > 2 << 32);
    }

    #[test]
    fn a_stamp_from_before_the_wrap_is_read_after_it() {
        let mut counter = Extended { latest: 0x1_0000_0010 };
        assert_eq!(counter.look(0xFFFF_FFF0), 0xFFFF_FFF0);
        assert_eq!(counter.look(0x20), 0x1_0000_0020);
    }
}
