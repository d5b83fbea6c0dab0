//! The order of sixteen values in one word, where words are long enough: four bits tell the place of each, the smallest value's
//! come first.

use super::value_at;
use syntone_hal::TimeInterval;

/// So many.
pub(super) const VALUES: u8 = 16;
/// The last place, and all bits of one.
pub(super) const LAST: u8 = VALUES - 1;
/// One in each of the four bits.
const EACH: u64 = 0x1111_1111_1111_1111;

/// It is for so many values.
pub(super) const fn serves(values: usize) -> bool {
    cfg!(target_pointer_width = "64") && values == 16
}

/// The place of the value that has `rank` others before it; `rank` is below 16.
#[inline(always)]
pub(super) fn place_of(order: u64, rank: u8) -> u8 {
    place_at(order, u32::from(rank) << 2)
}

/// The order with `place`, which now holds `value`, among `count` others, fewer than 16.
pub(super) fn inserted(order: u64, count: u8, place: u8, value: TimeInterval, values: &[TimeInterval]) -> u64 {
    let end = u32::from(count) << 2;
    let mut at = 0;
    while at < end && value_at(values, place_at(order, at)) < value {
        at = at.wrapping_add(4);
    }
    opened(order, at, place)
}

/// The full order after `place` has got another `value`.
#[inline(always)]
pub(super) fn exchanged(order: u64, place: u8, value: TimeInterval, values: &[TimeInterval]) -> u64 {
    // Where it stands: the lowest four bits that become zero; a borrow reaches none below them.
    let difference = order ^ EACH.wrapping_mul(u64::from(place));
    let zeros = difference.wrapping_sub(EACH) & !difference & (EACH << 3);
    let others = order ^ ((order ^ (order >> 4)) & u64::MAX.wrapping_shl(zeros.trailing_zeros() & 0x3C));
    // Fifteen others are halved four times.
    let mut at = 0_u32;
    for step in [32, 16, 8, 4] {
        let beyond = at.wrapping_add(step);
        if value_at(values, place_at(others, beyond.wrapping_sub(4))) < value {
            at = beyond;
        }
    }
    opened(others, at, place)
}

/// The order with `place` put in at the bit `at`.
#[inline(always)]
fn opened(order: u64, at: u32, place: u8) -> u64 {
    let larger = order & u64::MAX.wrapping_shl(at);
    // What is larger moves on by four bits: 15 times itself is added.
    order.wrapping_add(larger.wrapping_mul(15)) | u64::from(place).wrapping_shl(at)
}

#[inline(always)]
#[expect(clippy::as_conversions, reason = "four bits")]
const fn place_at(order: u64, bit: u32) -> u8 {
    (order.wrapping_shr(bit) & 0xF) as u8
}
