//! Settings of the PI servo.

use super::Gains;
use core::fmt;
use fixed::types::{U10F22, U16F16};
use syntone_hal::{FrequencyOffset, TimeInterval};

/// Settings of [`PiServo`](super::PiServo); the names of the thresholds are those that linuxptp made common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PiConfig {
    /// When the servo starts to follow its first master, an offset larger than this is stepped away; zero: never.
    /// Default 20 µs.
    pub first_step_threshold: TimeInterval,
    /// At any later time, an offset larger than this is stepped away; zero: never. Default zero.
    pub step_threshold: TimeInterval,
    /// Locked means offsets no larger than this; `None`: 1 µs with hardware stamps, 50 µs with software stamps.
    pub lock_threshold: Option<TimeInterval>,
    /// So many Syncs in a row within the threshold make the lock, and so many beyond twice the threshold break it;
    /// at least 1. Default 4.
    pub lock_count: u8,
    /// The frequency is kept within this and within what the clock can do; above 0. Default 500 ppm.
    pub max_frequency: FrequencyOffset,
    /// Gains that hold at every Sync interval, instead of those that follow interval and stamping.
    pub gains: Option<Gains>,
}

impl Default for PiConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A setting outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PiConfigError {
    /// The member of [`PiConfig`].
    pub option: &'static str,
    /// The value it was given, in the smallest unit of its type.
    pub value: i64,
    /// The smallest value that is allowed.
    pub minimum: i64,
    /// The largest value that is allowed.
    pub maximum: i64,
}

impl fmt::Display for PiConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, value, minimum, maximum } = self;
        write!(formatter, "{option} is {value}, allowed is {minimum} to {maximum}")
    }
}

impl core::error::Error for PiConfigError {}

impl PiConfig {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        first_step_threshold: TimeInterval::from_nanos(20_000),
        step_threshold: TimeInterval::ZERO,
        lock_threshold: None,
        lock_count: 4,
        max_frequency: FrequencyOffset::from_ppb(500_000),
        gains: None,
    };

    /// Whether every setting is within its range.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), PiConfigError> {
        at_least("first_step_threshold", self.first_step_threshold.scaled(), 0)?;
        at_least("step_threshold", self.step_threshold.scaled(), 0)?;
        at_least("lock_threshold", self.lock_threshold.map_or(0, TimeInterval::scaled), 0)?;
        within("lock_count", i64::from(self.lock_count), 1, i64::from(u8::MAX))?;
        within("max_frequency", i64::from(self.max_frequency.scaled_ppm()), 1, i64::from(i32::MAX))?;
        let Some(gains) = self.gains else {
            return Ok(());
        };
        let one = i64::from(U16F16::ONE.to_bits());
        within("gains.proportional", i64::from(gains.proportional.to_bits()), 1, one)?;
        let two = i64::from(U10F22::ONE.to_bits()).saturating_mul(2);
        within("gains.integral", i64::from(gains.integral.to_bits()), 0, two)
    }
}

fn at_least(option: &'static str, value: i64, minimum: i64) -> Result<(), PiConfigError> {
    within(option, value, minimum, i64::MAX)
}

fn within(option: &'static str, value: i64, minimum: i64, maximum: i64) -> Result<(), PiConfigError> {
    if (minimum..=maximum).contains(&value) {
        return Ok(());
    }
    Err(PiConfigError { option, value, minimum, maximum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_outside_its_range_is_named() {
        let negative = TimeInterval::from_nanos(-1);
        let gains = |proportional, integral| {
            Some(Gains { proportional: U16F16::from_num(proportional), integral: U10F22::from_num(integral) })
        };
        let default = PiConfig::DEFAULT;
        assert_eq!(default.check(), Ok(()));
        for (config, option) in [
            (PiConfig { first_step_threshold: negative, ..default }, "first_step_threshold"),
            (PiConfig { step_threshold: negative, ..default }, "step_threshold"),
            (PiConfig { lock_threshold: Some(negative), ..default }, "lock_threshold"),
            (PiConfig { lock_count: 0, ..default }, "lock_count"),
            (PiConfig { max_frequency: FrequencyOffset::ZERO, ..default }, "max_frequency"),
            (PiConfig { gains: gains(0.0, 0.1), ..default }, "gains.proportional"),
            (PiConfig { gains: gains(1.1, 0.1), ..default }, "gains.proportional"),
            (PiConfig { gains: gains(0.5, 2.1), ..default }, "gains.integral"),
        ] {
            assert_eq!(config.check().unwrap_err().option, option);
        }
        assert_eq!(PiConfig { gains: gains(1.0, 2.0), ..default }.check(), Ok(()));
    }
}
