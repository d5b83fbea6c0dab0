//! Holdover upgrade (IEEE 1588-2019 16.4): a clock that has lost its grandmaster serves with its holdover.

use super::Clock;
use crate::bmca::DataSet;
use crate::config::{ConfigError, range};
use crate::datasets::TimePropertiesDs;
use crate::reference::{HoldoverUpgrade, Reference, Source};
use crate::servo::{LockState, Servo};
use crate::wire::{ClockClass, ClockQuality};
use syntone_hal::Instant;

/// What is remembered for the upgrade.
#[derive(Debug)]
pub(super) struct HoldoverState {
    settings: HoldoverUpgrade,
    /// The grandmaster that the clock was synchronised to, as its reference, and what it announced of the time.
    reference: Option<(Reference, TimePropertiesDs)>,
    /// What the clock is without the upgrade, while it is upgraded.
    own: Option<(ClockQuality, TimePropertiesDs)>,
}

impl HoldoverState {
    /// What the clock is without the upgrade, while it is upgraded.
    pub(super) fn own(&mut self) -> Option<&mut (ClockQuality, TimePropertiesDs)> {
        self.own.as_mut()
    }
}

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Lets the clock be upgraded while it holds over: once it was locked to a grandmaster of clockClass 6 or 13 and has lost
    /// it, it is of clockClass 7 or 14, and of the degraded class after the time that it keeps its promise for. It is so only while
    /// that makes it the best clock of all that are heard, and takes the place of another grandmaster only where its class is
    /// better. When a better one is there, it is again what it was, and follows.
    ///
    /// defaultDS tells the upgraded quality; what [`Clock::set_grandmaster`] sets meanwhile counts afterwards.
    ///
    /// # Errors
    /// [`ConfigError`] for a slave-only clock, which serves nobody.
    pub fn set_holdover_upgrade(&mut self, now: Instant, settings: HoldoverUpgrade) -> Result<(), ConfigError> {
        range("slaveOnly with holdover upgrade", u8::from(self.instance.default_ds.slave_only), 0, 0)?;
        match &mut self.holdover {
            Some(state) => state.settings = settings,
            None => self.holdover = Some(HoldoverState { settings, reference: None, own: None }),
        }
        self.decide_at = now;
        Ok(())
    }

    /// The settings of the upgrade, with holdoverUpgradeDS.enable; `None` until there are any.
    pub fn holdover_upgrade(&self) -> Option<&HoldoverUpgrade> {
        self.holdover.as_ref().map(|state| &state.settings)
    }

    /// The clock is upgraded: it serves with its holdover.
    pub fn is_upgraded(&self) -> bool {
        self.holdover.as_ref().is_some_and(|state| state.own.is_some())
    }

    /// Looks at what the state decision is about to be made from; `best` is E_best.
    pub(super) fn upgrade(&mut self, now: Instant, best: Option<&DataSet>) {
        let follows = self.lock_state == LockState::Locked && self.following().is_some();
        let parent = self.instance.parent_ds.parent_port_identity;
        let Some(state) = &mut self.holdover else { return };
        let class =
            best.filter(|best| follows && best.sender == parent).map(|best| best.grandmaster_clock_quality.clock_class);
        let source = match class {
            Some(ClockClass::PRIMARY) => Some(Source::Primary),
            Some(ClockClass::APPLICATION) => Some(Source::Application),
            _ => None,
        };
        if let Some(source) = source {
            let HoldoverUpgrade { degradation, specification, .. } = state.settings;
            let mut reference = Reference::new(source, degradation, specification);
            reference.regained();
            state.reference = Some((reference, self.instance.time_properties_ds));
        } else if let Some((reference, _)) = &mut state.reference {
            reference.lost(now);
        }
        let was = state.own.is_some();
        if let Some((_, properties)) = state.reference.as_mut().filter(|_| was) {
            // A leap second may have come since.
            *properties = self.instance.own_time_properties;
        }
        let upgraded =
            state.reference.filter(|_| source.is_none() && state.settings.enable).map(|(reference, properties)| {
                let quality = reference.clock_quality(now, &state.settings.quality);
                (quality, reference.time_properties(now, &properties))
            });
        let default_ds = &self.instance.default_ds;
        let upgraded = upgraded.filter(|(quality, _)| {
            let mut own = DataSet::own(default_ds);
            own.grandmaster_clock_quality = *quality;
            // Once upgraded, the order of all clocks decides: of two that are, one stays. The place of another is taken only with a
            // better class, so that nobody competes with a grandmaster that holds over itself.
            let takes = |best: &DataSet| was || quality.clock_class < best.grandmaster_clock_quality.clock_class;
            own.is_better_than(best) && best.is_none_or(takes)
        });
        let Some((quality, properties)) = upgraded else { return self.end_upgrade() };
        let (default_ds, own_properties) = (&mut self.instance.default_ds, &mut self.instance.own_time_properties);
        state.own.get_or_insert((default_ds.clock_quality, *own_properties));
        (default_ds.clock_quality, *own_properties) = (quality, properties);
    }

    /// The clock is what it was.
    pub(super) fn end_upgrade(&mut self) {
        if let Some((quality, properties)) = self.holdover.as_mut().and_then(|state| state.own.take()) {
            self.instance.default_ds.clock_quality = quality;
            self.instance.own_time_properties = properties;
        }
    }
}
