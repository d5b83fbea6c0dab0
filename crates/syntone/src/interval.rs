//! Message intervals, given as log₂ of seconds.

/// The smallest and largest message interval that is configured or accepted from a peer, log₂ of seconds.
pub(crate) const LOG_INTERVAL_MIN: i8 = -7;
pub(crate) const LOG_INTERVAL_MAX: i8 = 7;

/// Nanoseconds of an interval given as log₂ of seconds; beyond ± 30 as that.
pub(crate) fn interval_nanos(log: i8) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    match u32::try_from(log) {
        Ok(up) => SECOND << up.min(30),
        Err(_) => SECOND >> u32::from(log.unsigned_abs()).min(30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_powers_of_two_of_a_second() {
        assert_eq!(interval_nanos(0), 1_000_000_000);
        assert_eq!(interval_nanos(-3), 125_000_000);
        assert_eq!(interval_nanos(4), 16_000_000_000);
        assert_eq!(interval_nanos(i8::MIN), 0);
        assert_eq!(interval_nanos(i8::MAX), 1_073_741_824_000_000_000);
    }
}
