//! Pairing of Sync and Follow_Up, in either order.

use crate::counters::Discard;
use syntone_hal::{TimeInterval, Timestamp};

/// What a Sync brings: its ingress time t2 and its corrections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SyncPart {
    pub(crate) ingress: Timestamp,
    pub(crate) correction: TimeInterval,
}

/// What a Follow_Up brings, or a one-step Sync by itself: its origin time t1 and its corrections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowUpPart {
    pub(crate) origin: Timestamp,
    pub(crate) correction: TimeInterval,
}

/// Half pairs that wait for their other half: the last two sequence numbers, so that a Follow_Up may also come after the
/// next Sync.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairing {
    slots: [Slot; 2],
    last: Option<u16>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    sequence_id: u16,
    sync: Option<SyncPart>,
    follow_up: Option<FollowUpPart>,
}

/// A sequenceId that lies this far or less behind the last one is an old message, further behind a master that started
/// again.
const REORDER_WINDOW: u16 = 16;

impl Pairing {
    /// Forgets everything: another master, or the clock was stepped.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets the half pairs whose stamps are on the time before a step; what was used stays used.
    pub(crate) fn forget_stamps(&mut self) {
        self.slots = <[Slot; 2]>::default();
    }

    /// Takes a two-step Sync. `lost` says whether an older Sync had to go without its Follow_Up.
    pub(crate) fn sync(&mut self, id: u16, part: SyncPart) -> Result<Paired, Discard> {
        let (slot, lost) = self.slot(id)?;
        if slot.sync.is_some() {
            return Err(Discard::Duplicate);
        }
        slot.sync = Some(part);
        Ok(self.complete(id, lost))
    }

    /// Takes a Follow_Up.
    pub(crate) fn follow_up(&mut self, id: u16, part: FollowUpPart) -> Result<Paired, Discard> {
        let (slot, lost) = self.slot(id)?;
        if slot.follow_up.is_some() {
            return Err(Discard::Duplicate);
        }
        slot.follow_up = Some(part);
        Ok(self.complete(id, lost))
    }

    /// Takes a one-step Sync, which needs no partner.
    pub(crate) fn one_step(&mut self, id: u16) -> Result<(), Discard> {
        self.check_order(id)?;
        self.last = Some(id);
        Ok(())
    }

    fn check_order(&self, id: u16) -> Result<(), Discard> {
        match self.last.map(|last| last.wrapping_sub(id)) {
            Some(0) => Err(Discard::Duplicate),
            Some(behind) if behind < REORDER_WINDOW => Err(Discard::OutOfOrder),
            _ => Ok(()),
        }
    }

    fn slot(&mut self, id: u16) -> Result<(&mut Slot, bool), Discard> {
        self.check_order(id)?;
        let [even, odd] = &mut self.slots;
        let slot = if id & 1 == 0 { even } else { odd };
        let mut lost = false;
        if slot.sequence_id != id {
            lost = slot.sync.is_some() || slot.follow_up.is_some();
            *slot = Slot { sequence_id: id, ..Slot::default() };
        }
        Ok((slot, lost))
    }

    fn complete(&mut self, id: u16, lost: bool) -> Paired {
        let [even, odd] = &mut self.slots;
        let slot = if id & 1 == 0 { even } else { odd };
        let pair = match (slot.sync, slot.follow_up) {
            (Some(sync), Some(follow_up)) => {
                *slot = Slot::default();
                self.last = Some(id);
                Some((sync, follow_up))
            }
            _ => None,
        };
        Paired { pair, lost }
    }
}

/// What became of a half pair.
#[derive(Debug)]
pub(crate) struct Paired {
    /// Both halves, if the other one was there already.
    pub(crate) pair: Option<(SyncPart, FollowUpPart)>,
    /// An older half had to give way without ever finding its partner.
    pub(crate) lost: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(nanos: u64) -> SyncPart {
        SyncPart { ingress: Timestamp::from_nanos(nanos), correction: TimeInterval::ZERO }
    }

    fn follow_up(nanos: u64) -> FollowUpPart {
        FollowUpPart { origin: Timestamp::from_nanos(nanos), correction: TimeInterval::ZERO }
    }

    fn origin(paired: &Paired) -> Option<u64> {
        paired.pair.map(|(_, follow_up)| u64::from(follow_up.origin.nanos()))
    }

    #[test]
    fn either_order_makes_a_pair() {
        let mut pairing = Pairing::default();
        assert_eq!(origin(&pairing.sync(7, sync(1)).unwrap()), None);
        assert_eq!(origin(&pairing.follow_up(7, follow_up(2)).unwrap()), Some(2));
        assert_eq!(origin(&pairing.follow_up(8, follow_up(3)).unwrap()), None);
        assert_eq!(origin(&pairing.sync(8, sync(4)).unwrap()), Some(3));
    }

    #[test]
    fn a_follow_up_may_come_after_the_next_sync() {
        let mut pairing = Pairing::default();
        pairing.sync(1, sync(1)).unwrap();
        pairing.sync(2, sync(2)).unwrap();
        assert_eq!(origin(&pairing.follow_up(1, follow_up(11)).unwrap()), Some(11));
        assert_eq!(origin(&pairing.follow_up(2, follow_up(12)).unwrap()), Some(12));
    }

    #[test]
    fn duplicates_and_old_messages_are_told_apart() {
        let mut pairing = Pairing::default();
        pairing.sync(5, sync(1)).unwrap();
        assert_eq!(pairing.sync(5, sync(1)).unwrap_err(), Discard::Duplicate);
        pairing.follow_up(5, follow_up(1)).unwrap();
        assert_eq!(pairing.follow_up(5, follow_up(1)).unwrap_err(), Discard::Duplicate);
        assert_eq!(pairing.sync(4, sync(1)).unwrap_err(), Discard::OutOfOrder);
        assert_eq!(pairing.one_step(5).unwrap_err(), Discard::Duplicate);
    }

    #[test]
    fn a_lost_follow_up_is_reported_once_and_the_sequence_may_wrap_or_restart() {
        let mut pairing = Pairing::default();
        pairing.sync(65_534, sync(1)).unwrap();
        assert!(pairing.sync(0, sync(2)).unwrap().lost);
        assert!(origin(&pairing.follow_up(0, follow_up(2)).unwrap()).is_some());
        pairing.one_step(1).unwrap();
        // Far behind: the master started its sequence again.
        pairing.one_step(60_000).unwrap();
    }
}
