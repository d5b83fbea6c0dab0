//! Reading the kernel's clocks.

use syntone_hal::Instant;

/// A clock of the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KernelClock {
    /// The time of day, in which software time stamps are taken; it can be stepped.
    Realtime,
    /// Time since boot; never steps.
    Monotonic,
    /// Time since boot by the oscillator alone, which nobody steers; never steps.
    MonotonicRaw,
}

/// Nanoseconds on `clock`.
pub(crate) fn now(clock: KernelClock) -> i64 {
    let id = match clock {
        KernelClock::Realtime => libc::CLOCK_REALTIME,
        KernelClock::Monotonic => libc::CLOCK_MONOTONIC,
        KernelClock::MonotonicRaw => libc::CLOCK_MONOTONIC_RAW,
    };
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid, exclusive pointer for the length of the call. All these clocks exist on every Linux, so the
    // call cannot fail.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    nanos(&time)
}

/// Time since boot.
pub fn monotonic() -> Instant {
    Instant::from_nanos(u64::try_from(now(KernelClock::Monotonic)).unwrap_or(0))
}

/// A `timespec` in nanoseconds, saturating: 292 years either way.
pub(crate) fn nanos(time: &libc::timespec) -> i64 {
    widen(time.tv_sec).saturating_mul(1_000_000_000).saturating_add(widen(time.tv_nsec))
}

/// The fields of the kernel's structures of time are narrower on some machines.
pub(super) fn widen(value: impl Into<i64>) -> i64 {
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_time_does_not_go_back() {
        let first = now(KernelClock::Monotonic);
        assert!(now(KernelClock::Monotonic) >= first);
    }

    #[test]
    fn time_of_day_agrees_with_the_standard_library() {
        let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let reading = i128::from(now(KernelClock::Realtime));
        let after = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        assert!((i128::try_from(before).unwrap()..=i128::try_from(after).unwrap()).contains(&reading));
    }
}
