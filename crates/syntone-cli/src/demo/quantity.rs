//! Numbers as people read them.

/// Nanoseconds with a unit that suits, three digits and a sign: `+123 ns`, `−1.23 µs`, `+250 ms`.
pub(crate) fn signed_time(nanos: f64) -> String {
    let sign = if nanos < 0.0 { "−" } else { "+" };
    format!("{sign}{}", time(nanos.abs()))
}

/// Nanoseconds, not negative, with a unit that suits and three digits: `123 ns`, `1.23 µs`, `250 ms`.
pub(crate) fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 999.5 => return format!("{n:.0} ns"),
        n if n < 999.5e3 => (n / 1e3, "µs"),
        n if n < 999.5e6 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// Parts per 10⁹ as ppm with a sign: `−37.001 ppm`.
pub(crate) fn ppm(ppb: f64) -> String {
    let sign = if ppb < 0.0 { "−" } else { "+" };
    format!("{sign}{:.3} ppm", ppb.abs() / 1e3)
}

/// Seconds with one decimal: `2.4 s`.
pub(crate) fn seconds(nanos: u64) -> String {
    format!("{:.1} s", nanos as f64 / 1e9)
}

/// The exponent of the power of ten at or next below `value`, which is 10⁻¹² to 10¹⁹.
pub(crate) fn decade(value: f64) -> i32 {
    (-12..19).rev().find(|exponent| 10_f64.powi(*exponent) <= value).unwrap_or(-12)
}

/// The logarithm to base ten of such a value to nine decimals, for pictures. The library of such functions takes a tenth of the
/// memory of the daemon, which is the same program and has no use for it.
pub(crate) fn log10(value: f64) -> f64 {
    let whole = decade(value);
    let (mut rest, mut bit, mut fraction) = (value / 10_f64.powi(whole), 0.5, 0.0);
    for _ in 0..32 {
        rest *= rest;
        if rest >= 10.0 {
            rest /= 10.0;
            fraction += bit;
        }
        bit /= 2.0;
    }
    f64::from(whole) + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_as_those_of_the_library() {
        for exponent in -120..190 {
            let value = 10_f64.powf(f64::from(exponent) / 10.0) * 1.000_000_1;
            assert!((log10(value) - value.log10()).abs() < 1e-9, "{value}");
            assert_eq!(f64::from(decade(value)), value.log10().floor(), "{value}");
        }
        assert_eq!([decade(1000.0), decade(999.0), decade(1.0)], [3, 2, 0]);
    }

    #[test]
    fn times_have_three_digits_and_a_unit_that_suits() {
        let shown = [0.0, 7.0, 999.4, 999.6, 1234.0, 9_996.0, 45_678.0, 250e6, 999.6e6, 1.5e9].map(time);
        let expected =
            ["0 ns", "7 ns", "999 ns", "1.00 µs", "1.23 µs", "10.0 µs", "45.7 µs", "250 ms", "1.00 s", "1.50 s"];
        assert_eq!(shown, expected);
        assert_eq!(signed_time(-1234.0), "−1.23 µs");
        assert_eq!(signed_time(12.0), "+12 ns");
    }

    #[test]
    fn frequencies_are_ppm_with_a_sign() {
        assert_eq!([ppm(-37_001.4), ppm(0.4), ppm(1500.0)], ["−37.001 ppm", "+0.000 ppm", "+1.500 ppm"]);
    }
}
