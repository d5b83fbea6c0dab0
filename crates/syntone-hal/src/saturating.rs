//! Arithmetic of 64 bits that stops at the ends of its range.
//!
//! Sums of times reach those ends where somebody lies or a clock is decades off. Where a word has 64 bits that is one branch
//! which is never taken, and less than what the library's functions choose without one.

/// `a` + `b`.
#[inline(always)]
pub(crate) const fn add(a: i64, b: i64) -> i64 {
    if cfg!(target_pointer_width = "64") { or_end(a.checked_add(b), a) } else { a.saturating_add(b) }
}

/// `a` − `b`.
#[inline(always)]
pub(crate) const fn sub(a: i64, b: i64) -> i64 {
    if cfg!(target_pointer_width = "64") { or_end(a.checked_sub(b), a) } else { a.saturating_sub(b) }
}

/// `a` + `b`.
#[inline(always)]
pub(crate) const fn add_unsigned(a: u64, b: u64) -> u64 {
    if cfg!(target_pointer_width = "64") {
        return match a.checked_add(b) {
            Some(sum) => sum,
            None => end_unsigned(),
        };
    }
    a.saturating_add(b)
}

/// The size of `a`.
#[inline(always)]
pub(crate) const fn abs(a: i64) -> i64 {
    if cfg!(target_pointer_width = "64") {
        let size = a.wrapping_abs();
        return if size < 0 { end(1) } else { size };
    }
    a.saturating_abs()
}

/// `a` · 2¹⁶.
#[inline(always)]
pub(crate) const fn times_2_16(a: i64) -> i64 {
    if cfg!(target_pointer_width = "64") {
        return or_end(a.checked_mul(1 << 16), a);
    }
    match a >> 47 {
        0 | -1 => a << 16,
        1.. => i64::MAX,
        _ => i64::MIN,
    }
}

/// What was reckoned, or the end on the side of `sign`.
#[inline(always)]
const fn or_end(reckoned: Option<i64>, sign: i64) -> i64 {
    match reckoned {
        Some(value) => value,
        None => end(sign),
    }
}

// Apart, or it would be reckoned each time and chosen from without a branch.
#[inline(never)]
const fn end(sign: i64) -> i64 {
    if sign < 0 { i64::MIN } else { i64::MAX }
}

#[inline(never)]
const fn end_unsigned() -> u64 {
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Around zero and around each power of two, either way.
    fn numbers() -> impl Iterator<Item = i64> {
        let powers = (0..64).map(|bit| 1_i64 << bit);
        powers.flat_map(|power| (-2..=2).flat_map(move |near| [power.wrapping_add(near), near.wrapping_sub(power)]))
    }

    #[test]
    fn it_stops_at_the_ends_that_more_bits_show() {
        let stop = |exact: i128| i64::try_from(exact.clamp(i64::MIN.into(), i64::MAX.into())).expect("clamped");
        for a in numbers() {
            assert_eq!(abs(a), stop(i128::from(a).abs()), "{a}");
            assert_eq!(times_2_16(a), stop(i128::from(a) << 16), "{a}");
            for b in numbers() {
                assert_eq!(add(a, b), stop(i128::from(a) + i128::from(b)), "{a} {b}");
                let (c, d) = (0_u64.wrapping_add_signed(a), 0_u64.wrapping_add_signed(b));
                assert_eq!(
                    u128::from(add_unsigned(c, d)),
                    (u128::from(c) + u128::from(d)).min(u64::MAX.into()),
                    "{c} {d}"
                );
                assert_eq!(sub(a, b), stop(i128::from(a) - i128::from(b)), "{a} {b}");
            }
        }
    }
}
