//! What the clock is when it has lost its grandmaster: the settings of the holdover upgrade.

use super::clock::is_slave_only;
use super::settings::Settings;
use std::time::Duration;
use syntone::Clock;
use syntone::reference::{Degradation, HoldoverUpgrade};
use syntone::servo::Servo;
use syntone::wire::{ClockAccuracy, ClockClass, ClockQuality};
use syntone_hal::Instant;

/// The settings, as they are to be from now on.
///
/// # Errors
/// A text that names the option.
pub(crate) fn settings(settings: &Settings) -> Result<HoldoverUpgrade, String> {
    let number = |name| settings.integer(name, None);
    let enable = settings.flag("holdover_upgrade", None);
    if enable && is_slave_only(settings) {
        return Err("holdover_upgrade 1 is for a clock that may become master: take clientOnly out".into());
    }
    let degradation = match settings.text("holdover_alternative", None).as_str() {
        "A" => Degradation::NeverSlave,
        _ => Degradation::MaySlave,
    };
    if enable && settings.text("clock_type", None).ends_with("_TC") {
        return Err(
            "holdover_upgrade 1 is for a clock that may become master, and a transparent clock has no time".into()
        );
    }
    Ok(HoldoverUpgrade {
        enable,
        specification: Duration::from_secs(u64::try_from(number("holdover_specification")).unwrap_or(0)),
        degradation,
        quality: ClockQuality {
            clock_class: ClockClass::DEFAULT,
            clock_accuracy: ClockAccuracy(u8::try_from(number("holdover_accuracy")).unwrap_or(0xFE)),
            offset_scaled_log_variance: u16::try_from(number("offsetScaledLogVariance")).unwrap_or(0xFFFF),
        },
    })
}

/// Tells the clock; one that was never told, and is not to be upgraded, stays one that cannot be.
///
/// # Errors
/// A text that names the option.
pub(crate) fn set<const PORTS: usize, S: Servo>(
    clock: &mut Clock<PORTS, S>,
    now: Instant,
    settings: &Settings,
) -> Result<(), String> {
    let wanted = self::settings(settings)?;
    if !wanted.enable && clock.holdover_upgrade().is_none() {
        return Ok(());
    }
    clock.set_holdover_upgrade(now, wanted).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;

    #[test]
    fn each_option_of_the_holdover_counts() {
        let with = |options: &[(&str, &str)]| {
            let mut read = Settings::default();
            for (name, value) in options {
                read.set(&format!("holdover_{name}"), None, value, Origin::CommandLine).expect("it is taken");
            }
            settings(&read).expect("right")
        };
        let usual = with(&[]);
        assert_eq!(
            (usual.enable, usual.degradation, usual.specification),
            (false, Degradation::MaySlave, Duration::ZERO)
        );
        let set = with(&[("upgrade", "1"), ("alternative", "A"), ("specification", "60"), ("accuracy", "0x21")]);
        assert_eq!((set.enable, set.degradation, set.specification.as_secs()), (true, Degradation::NeverSlave, 60));
        assert_eq!(set.quality.clock_accuracy, ClockAccuracy(0x21));
    }
}
