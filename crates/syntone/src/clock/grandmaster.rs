//! What a clock says of itself as grandmaster, and what it knows of UTC.

use super::Clock;
#[cfg(feature = "holdover-upgrade")]
use super::holdover;
use crate::config::{ConfigError, check_grandmaster};
use crate::datasets::TimePropertiesDs;
use crate::servo::Servo;
#[cfg(feature = "utc")]
use crate::utc::UtcKeeper;
use crate::wire::ClockQuality;
use syntone_hal::Instant;
#[cfg(feature = "utc")]
use syntone_hal::Timestamp;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Changes the quality of this clock as grandmaster, while it runs (IEEE 1588-2019 7.6.2).
    ///
    /// # Errors
    /// As [`Clock::set_grandmaster`]. Nothing changes then.
    pub fn set_clock_quality(&mut self, now: Instant, quality: ClockQuality) -> Result<(), ConfigError> {
        let (_, &mut properties) = self.own();
        self.set_grandmaster(now, quality, properties)
    }

    /// Changes what this clock announces of its time as grandmaster, while it runs (IEEE 1588-2019 8.2.4).
    ///
    /// # Errors
    /// As [`Clock::set_grandmaster`]. Nothing changes then.
    pub fn set_time_properties(&mut self, now: Instant, properties: TimePropertiesDs) -> Result<(), ConfigError> {
        let (&mut quality, _) = self.own();
        self.set_grandmaster(now, quality, properties)
    }

    /// Changes both at once, which is the way from one timescale to the other.
    ///
    /// A leap flag is set on the UTC day that it ends, not more than 12 h before midnight (IEEE 1588-2019 9.4). With the
    /// feature `utc` the clock then changes its offset and takes the flag back by itself at midnight, by the time stamps of
    /// what it sends or by [`Clock::handle_time`]; without it the application does so.
    ///
    /// # Errors
    /// Names the rule that is broken. Nothing changes then.
    /// * clockClass is 255 for a slave-only clock, and 0 to 254 for others.
    /// * clockClass 6, 7, 52 and 187 are of the PTP timescale, 13, 14, 58 and 193 of an arbitrary one (IEEE 1588-2019 7.6.2.5).
    /// * Leap flags are of the PTP timescale, and one at a time.
    pub fn set_grandmaster(
        &mut self,
        now: Instant,
        quality: ClockQuality,
        properties: TimePropertiesDs,
    ) -> Result<(), ConfigError> {
        check_grandmaster(self.instance.default_ds.slave_only, &quality, &properties)?;
        let (own_quality, own_properties) = self.own();
        (*own_quality, *own_properties) = (quality, properties);
        self.decide_at = now;
        Ok(())
    }

    /// What the clock is as grandmaster by what was set, also while it is upgraded.
    pub(super) fn own(&mut self) -> (&mut ClockQuality, &mut TimePropertiesDs) {
        #[cfg(feature = "holdover-upgrade")]
        if let Some((quality, properties)) = self.holdover.as_mut().and_then(holdover::HoldoverState::own) {
            return (quality, properties);
        }
        (&mut self.instance.default_ds.clock_quality, &mut self.instance.own_time_properties)
    }

    /// What is known of UTC.
    #[cfg(feature = "utc")]
    pub const fn utc(&self) -> &UtcKeeper {
        &self.instance.utc
    }

    /// Tells the clock what PTP time it is: the grandmaster's, which is its own where it is that. It knows from the stamps of
    /// Syncs, received or sent; only a grandmaster that sends them one-step, without stamps, has to be told, each second or so.
    #[cfg(feature = "utc")]
    pub fn handle_time(&mut self, now: Instant, time: Timestamp) {
        if self.instance.keep_utc(time) {
            self.decide_at = now;
        }
    }
}
