//! The loop that makes the clock run as fast as the grandmaster of one domain (IEEE 1588-2019 10.1).

use super::passage::Domain;
use super::rate::Rates;
use crate::servo::Adjustment;
#[cfg(feature = "management")]
use crate::wire::ManagementErrorId;
use crate::wire::SdoId;
use syntone_hal::{ClockLimits, FrequencyOffset};

/// Syncs over which the rate is measured before the frequency is set for the first time, and then each time.
const FIRST: u8 = 4;
const THEN: u8 = 16;

/// Sets the frequency to what was measured since it was set last.
#[derive(Debug)]
pub(super) struct Syntoniser {
    domain: Option<Domain>,
    limit: FrequencyOffset,
    frequency: FrequencyOffset,
    /// Syncs since the frequency was set, and until it is to be set again.
    syncs: u8,
    until: u8,
    wanted: Option<FrequencyOffset>,
}

impl Syntoniser {
    pub(super) fn new(domain: Option<u8>) -> Self {
        let (limit, frequency) = (FrequencyOffset::ZERO, FrequencyOffset::ZERO);
        let domain = domain.map(|number| Domain { sdo_id: SdoId::DEFAULT, number });
        Self { domain, limit, frequency, syncs: 0, until: FIRST, wanted: None }
    }

    pub(super) const fn start(&mut self, limits: ClockLimits) {
        self.limit = limits.max_frequency;
    }

    /// domainNumber of that domain; `None` where the clock runs free.
    #[cfg(feature = "management")]
    pub(super) fn domain_number(&self) -> Option<u8> {
        self.domain.map(|domain| domain.number)
    }

    /// Another domain; a clock that runs free has none.
    #[cfg(feature = "management")]
    pub(super) fn set_domain_number(&mut self, number: u8) -> Result<(), ManagementErrorId> {
        let domain = self.domain.as_mut().ok_or(ManagementErrorId::NOT_SUPPORTED)?;
        if domain.number != number {
            domain.number = number;
            (self.syncs, self.until, self.wanted) = (0, FIRST, None);
        }
        Ok(())
    }

    /// A Sync of `domain` was measured.
    pub(super) fn take(&mut self, domain: Domain, rates: &Rates) {
        if self.domain != Some(domain) {
            return;
        }
        self.syncs = self.syncs.saturating_add(1);
        let Some(scaled) = rates.scaled(domain).filter(|_| self.syncs >= self.until) else { return };
        let frequency = self.frequency.scaled_ppm().saturating_add(frequency_of(scaled).scaled_ppm());
        self.wanted = Some(FrequencyOffset::from_scaled_ppm(frequency).clamp_to(self.limit));
        self.syncs = 0;
    }

    /// What is to be adjusted now.
    pub(super) fn poll(&mut self) -> Option<Adjustment> {
        let frequency = self.wanted.take()?;
        Some(Adjustment { step: None, frequency: Some(frequency) })
    }

    pub(super) const fn adjusted(&mut self, frequency: FrequencyOffset) {
        (self.frequency, self.syncs, self.until) = (frequency, 0, THEN);
    }
}

/// From units of 2⁻⁴¹ to those of 2⁻¹⁶ ppm: 10⁶ · 2¹⁶ / 2⁴¹ is 15 625 / 2¹⁹.
pub(super) fn frequency_of(scaled: i32) -> FrequencyOffset {
    let ppm = i64::from(scaled).wrapping_mul(15_625).wrapping_add(1 << 18) >> 19;
    FrequencyOffset::from_scaled_ppm(i32::try_from(ppm).unwrap_or(0))
}
