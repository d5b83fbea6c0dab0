//! The arithmetic of the time-stamp unit, beside plain references.

use proptest::prelude::*;
use syntone_hal::{FrequencyOffset, Timestamp};
use syntone_stm32::arithmetic::{Rate, RawTime};

const SECOND: i128 = 1_000_000_000;

/// From the manuals' formula, 2³² · 10⁹ / (f · increment), as other drivers publish it.
#[test]
fn nominal_addends_are_those_that_others_have_worked_out() {
    for (megahertz, increment, nominal) in [
        (168, 6, 0xFDF7_DF7E),
        (168, 10, 0x9861_8618),
        (180, 6, 0xED09_7B42),
        (200, 6, 0xD555_5555),
        (200, 8, 0xA000_0000),
        (216, 5, 0xED09_7B42),
        (240, 8, 0x8555_5555),
        (250, 5, 0xCCCC_CCCD),
        (275, 8, 0x745D_1746),
        (100, 20, 0x8000_0000),
    ] {
        let rate = Rate::with_increment(megahertz * 1_000_000, increment).expect("it has room");
        assert_eq!((rate.nominal, rate.increment), (nominal, increment), "{megahertz} MHz");
    }
}

#[test]
fn the_smallest_increment_that_leaves_room_is_chosen() {
    let increment = |hertz| Rate::from_hertz(hertz).map(|rate| rate.increment);
    assert_eq!([168_000_000, 216_000_000, 250_000_000].map(increment), [Some(6), Some(5), Some(5)]);
    assert_eq!([550_000_000, 4_000_000].map(increment), [Some(2), Some(252)]);
    // Exactly 2^32 does not fit, and neither does what cannot be made faster.
    assert_eq!(Rate::with_increment(250_000_000, 4), None);
    assert_eq!(Rate::with_increment(166_700_000, 6), None);
    assert_eq!(increment(3_000_000), None);
}

#[test]
fn the_limit_is_the_room_above_the_addend() {
    let limit = |hertz, increment| Rate::with_increment(hertz, increment).expect("room").limit();
    // 168 MHz · 6 ns is 0.8 % above 10⁹.
    assert!((7_999_990..=8_000_000).contains(&limit(168_000_000, 6).ppb()));
    // More than the type can say.
    assert_eq!(limit(100_000_000, 20), FrequencyOffset::from_scaled_ppm(i32::MAX));
}

#[test]
fn all_ones_and_a_whole_second_of_nanoseconds_are_no_stamp() {
    assert_eq!(RawTime::stamp(u32::MAX, u32::MAX), None);
    assert_eq!(RawTime::stamp(7, 1_000_000_000), None);
    assert_eq!(RawTime::stamp(u32::MAX, 999_999_999), Some(RawTime { seconds: u32::MAX, nanos: 999_999_999 }));
}

/// What a unit that counts seconds modulo 2³² shows after an addition.
fn after(seconds: u32, nanos: u32, addition: RawTime) -> i128 {
    let sum = i128::from(seconds) * SECOND + i128::from(nanos);
    let addition = i128::from(addition.seconds) * SECOND + i128::from(addition.nanos);
    (sum + addition).rem_euclid(SECOND << 32)
}

proptest! {
    #[test]
    fn addends_are_exact_to_half_of_their_last_place(hertz in 4_000_000..600_000_000_u32, scaled in any::<i32>()) {
        let rate = Rate::from_hertz(hertz).expect("from 4 MHz on");
        let frequency = FrequencyOffset::from_scaled_ppm(scaled).clamp_to(rate.limit());
        let addend = rate.addend(frequency).expect("within the limit");
        // In units of 1 / (10⁶ · 2¹⁶).
        let exact = i128::from(rate.nominal) * (65_536_000_000 + i128::from(frequency.scaled_ppm()));
        let error = i128::from(addend) * 65_536_000_000 - exact;
        prop_assert!(error.abs() <= 32_768_000_000, "{error}");
        if frequency.clamp_to(rate.limit()) != FrequencyOffset::from_scaled_ppm(scaled) && scaled > 0 {
            // The limit is where the room ends, but for what rounding takes.
            let above = FrequencyOffset::from_scaled_ppm(frequency.scaled_ppm().saturating_add(3));
            prop_assert!(rate.addend(above).is_none_or(|addend| addend > u32::MAX - 2));
        }
    }

    #[test]
    fn adding_moves_by_any_number_of_nanoseconds_either_way(
        seconds in any::<u32>(), nanos in 0..1_000_000_000_u32, by in any::<i64>(),
    ) {
        let addition = RawTime::addition(by);
        prop_assert!(addition.nanos < 1_000_000_000);
        let expected = (i128::from(seconds) * SECOND + i128::from(nanos) + i128::from(by)).rem_euclid(SECOND << 32);
        prop_assert_eq!(after(seconds, nanos, addition), expected);
    }

    #[test]
    fn the_upper_bits_of_seconds_are_those_of_a_time_nearby(
        seconds in 0..Timestamp::MAX_SECONDS, nanos in 0..1_000_000_000_u32, years in -67..=67_i64,
    ) {
        let time = Timestamp::new(seconds, nanos).expect("in range");
        let distance = years * 365 * 86_400;
        let near = Timestamp::new(seconds.saturating_add_signed(distance).min(Timestamp::MAX_SECONDS), 0);
        let raw = RawTime::of(time);
        prop_assert_eq!((raw.seconds, raw.nanos), ((seconds & 0xFFFF_FFFF) as u32, nanos));
        prop_assert_eq!(raw.extend(near.expect("in range")), Some(time));
    }
}
