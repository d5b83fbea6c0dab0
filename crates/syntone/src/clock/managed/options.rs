//! The ids of options that have a feature of their own.

use super::Clock;
use crate::servo::Servo;
use crate::wire::{Emitter, ManagementErrorId, ManagementId};
use syntone_hal::{Instant, PortIndex};

#[cfg(feature = "acceptable-masters")]
mod acceptable;
#[cfg(feature = "alternate-masters")]
mod alternate;
#[cfg(feature = "path-trace")]
mod path;
#[cfg(feature = "alternate-time-offset")]
mod timescales;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Says whether the id is one of these.
    pub(super) fn get_of_options(
        &self,
        id: ManagementId,
        key: u8,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        let told = false;
        #[cfg(feature = "acceptable-masters")]
        let told = told || self.get_of_acceptable_masters(id, port, to)?;
        #[cfg(feature = "alternate-masters")]
        let told = told || self.get_of_alternate_masters(id, port, to)?;
        #[cfg(feature = "path-trace")]
        let told = told || self.get_of_path(id, to)?;
        #[cfg(feature = "alternate-time-offset")]
        let told = told || self.get_of_timescales(id, key, to)?;
        let _ = (id, key, port, to);
        Ok(told)
    }

    /// Says whether the id is one of these.
    pub(super) fn set_of_options(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<bool, ManagementErrorId> {
        let done = false;
        #[cfg(feature = "acceptable-masters")]
        let done = done || self.set_of_acceptable_masters(now, id, port, data)?;
        #[cfg(feature = "alternate-masters")]
        let done = done || self.set_of_alternate_masters(now, id, port, data)?;
        #[cfg(feature = "path-trace")]
        let done = done || self.set_of_path(id, data)?;
        #[cfg(feature = "alternate-time-offset")]
        let done = done || self.set_of_timescales(id, data)?;
        let _ = (now, id, port, data);
        Ok(done)
    }
}
