//! How fast the masters of the domains run against this clock, seen in the Syncs that pass.

use super::passage::Domain;
use crate::counters::Discard;
use crate::delay::RateRatio;
use crate::wire::PortIdentity;
use syntone_hal::{FrequencyOffset, Instant, TimeInterval, Timestamp};

/// Domains whose rate is measured at once. Of a further one the least recently heard gives way.
pub(super) const DOMAINS: usize = 4;
/// A master that was silent for so long is another's place.
const SILENCE_NANOS: u64 = 10_000_000_000;
/// 250 ppm in units of 2⁻⁴¹: two oscillators of 100 ppm, and some. What is more is no rate but a fault.
const LIMIT: u32 = 549_755_814;

/// The rates of some domains.
#[derive(Debug, Default)]
pub(super) struct Rates {
    slots: [Option<DomainRate>; DOMAINS],
    /// Of our own clock.
    frequency: FrequencyOffset,
}

#[derive(Debug)]
struct DomainRate {
    domain: Domain,
    master: PortIdentity,
    heard: Instant,
    rate: RateRatio,
    /// What was measured last within the limit.
    bounded: i32,
}

/// A Sync, as the rate is measured by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    pub(super) master: PortIdentity,
    pub(super) ingress: Timestamp,
    pub(super) origin: Timestamp,
    pub(super) correction: TimeInterval,
}

impl Rates {
    /// Takes a Sync of `domain`; another domain may have to give way for it.
    pub(super) fn take(&mut self, now: Instant, domain: Domain, beat: &Beat) -> Option<Discard> {
        let evicted = self.make_room(now, domain, beat.master);
        let slot = self.find(domain)?;
        if slot.master != beat.master {
            if now.nanos_since(slot.heard) < SILENCE_NANOS {
                return evicted;
            }
            slot.master = beat.master;
            slot.rate.restart();
        }
        slot.heard = now;
        slot.rate.take(beat.ingress, beat.origin, beat.correction);
        match slot.rate.scaled() {
            Some(scaled) if scaled.unsigned_abs() <= LIMIT => slot.bounded = scaled,
            Some(_) => slot.rate.forget(),
            None => {}
        }
        evicted
    }

    /// An interval of this clock in the time of the domain's master.
    pub(super) fn to_master(&self, domain: Domain, interval: TimeInterval) -> TimeInterval {
        let Some(slot) = self.slots.iter().flatten().find(|slot| slot.domain == domain) else { return interval };
        let Ok(nanos) = i32::try_from(interval.nanos()) else { return interval };
        // From units of 2^-41 ns to those of 2^-16 ns.
        let share = i64::from(slot.bounded).wrapping_mul(i64::from(nanos)) >> 25;
        interval + TimeInterval::from_scaled(share)
    }

    /// How much faster than this clock the domain's master runs, in units of 2⁻⁴¹; `None` until it is measured.
    pub(super) fn scaled(&self, domain: Domain) -> Option<i32> {
        let slot = self.slots.iter().flatten().find(|slot| slot.domain == domain)?;
        slot.rate.scaled().map(|_| slot.bounded)
    }

    /// Our own clock runs at `frequency` from now on.
    pub(super) fn adjusted(&mut self, frequency: FrequencyOffset) {
        self.frequency = frequency;
        for slot in self.slots.iter_mut().flatten() {
            slot.rate.adjusted(frequency);
            slot.rate.restart();
            slot.bounded = slot.rate.scaled().unwrap_or(slot.bounded);
        }
    }

    /// Our own clock was stepped.
    pub(super) fn restart(&mut self) {
        for slot in self.slots.iter_mut().flatten() {
            slot.rate.restart();
        }
    }

    fn find(&mut self, domain: Domain) -> Option<&mut DomainRate> {
        self.slots.iter_mut().flatten().find(|slot| slot.domain == domain)
    }

    fn make_room(&mut self, now: Instant, domain: Domain, master: PortIdentity) -> Option<Discard> {
        if self.find(domain).is_some() {
            return None;
        }
        let mut fresh = DomainRate { domain, master, heard: now, rate: RateRatio::default(), bounded: 0 };
        fresh.rate.adjusted(self.frequency);
        let heard = |slot: &&mut Option<DomainRate>| slot.as_ref().map(|slot| slot.heard);
        let slot = self.slots.iter_mut().min_by_key(heard)?;
        slot.replace(fresh).map(|_| Discard::TableFull)
    }
}
