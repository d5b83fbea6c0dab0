//! Pairing of Sync and Follow_Up, in either order.

use super::{Stamped, SyncPoint};
use crate::counters::{Counters, Discard};

/// Half pairs that wait for their other half: the last two sequence numbers, so that a Follow_Up may also come after the
/// next Sync.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairing {
    slots: [Slot; 2],
    last: Option<u16>,
}

/// One half of a pair, or none.
#[derive(Clone, Debug, Default)]
struct Slot {
    stamped: Stamped,
    sequence_id: u16,
    waits: Option<Half>,
}

/// The halves of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// A Sync brings t2.
    Sync,
    /// A Follow_Up brings t1.
    FollowUp,
}

/// A sequenceId that lies this far or less behind the last one is an old message, further behind a master that started
/// again.
const REORDER_WINDOW: u16 = 16;

impl Pairing {
    /// Forgets everything: another master, or the clock was stepped.
    pub(crate) fn clear(&mut self) {
        self.forget_stamps();
        self.last = None;
    }

    /// Forgets the half pairs whose stamps are on the time before a step; what was used stays used.
    pub(crate) fn forget_stamps(&mut self) {
        for slot in &mut self.slots {
            slot.waits = None;
        }
    }

    /// Takes half a pair, and gives the Sync if the other half was there already. An older half that has to give way
    /// without ever finding its partner is counted.
    pub(crate) fn take(
        &mut self,
        id: u16,
        half: Half,
        stamped: Stamped,
        counters: &mut Counters,
    ) -> Result<Option<SyncPoint>, Discard> {
        self.check_order(id)?;
        let [even, odd] = &mut self.slots;
        let slot = if id & 1 == 0 { even } else { odd };
        match slot.waits {
            Some(_) if slot.sequence_id != id => counters.discard(Discard::Incomplete),
            Some(other) if other == half => return Err(Discard::Duplicate),
            Some(_) => {
                slot.waits = None;
                self.last = Some(id);
                return Ok(Some(match half {
                    Half::Sync => SyncPoint::new(&stamped, &slot.stamped),
                    Half::FollowUp => SyncPoint::new(&slot.stamped, &stamped),
                }));
            }
            None => {}
        }
        *slot = Slot { stamped, sequence_id: id, waits: Some(half) };
        Ok(None)
    }

    /// Takes a Sync whose partner is still to come. `None`, and nothing has changed, unless it is in order and its place is free.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) fn keep_sync(&mut self, id: u16, stamped: Stamped) -> Option<()> {
        self.check_order(id).ok()?;
        let slot = self.slot(id);
        if slot.waits.is_some() {
            return None;
        }
        *slot = Slot { stamped, sequence_id: id, waits: Some(Half::Sync) };
        Some(())
    }

    /// Takes a Follow_Up whose Sync waits. `None`, and nothing has changed, if that is not so.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) fn complete_sync(&mut self, id: u16, origin: &Stamped) -> Option<SyncPoint> {
        self.check_order(id).ok()?;
        let slot = self.slot(id);
        if !matches!(slot.waits, Some(Half::Sync)) || slot.sequence_id != id {
            return None;
        }
        slot.waits = None;
        let point = SyncPoint::new(&slot.stamped, origin);
        self.last = Some(id);
        Some(point)
    }

    #[cfg(target_pointer_width = "64")]
    fn slot(&mut self, id: u16) -> &mut Slot {
        let [even, odd] = &mut self.slots;
        if id & 1 == 0 { even } else { odd }
    }

    /// Takes a one-step Sync, which needs no partner.
    pub(crate) fn one_step(&mut self, id: u16) -> Result<(), Discard> {
        self.check_order(id)?;
        self.last = Some(id);
        Ok(())
    }

    /// sequenceId of the Sync that was used last.
    #[cfg(feature = "slave-monitoring")]
    pub(crate) const fn last(&self) -> Option<u16> {
        self.last
    }

    fn check_order(&self, id: u16) -> Result<(), Discard> {
        match self.last.map(|last| last.wrapping_sub(id)) {
            Some(behind) if behind < REORDER_WINDOW => Err(old(behind)),
            _ => Ok(()),
        }
    }
}

/// A message that lies so far behind.
#[cfg_attr(target_pointer_width = "64", inline(never))]
const fn old(behind: u16) -> Discard {
    if behind == 0 { Discard::Duplicate } else { Discard::OutOfOrder }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntone_hal::{TimeInterval, Timestamp};

    struct Test {
        pairing: Pairing,
        counters: Counters,
    }

    impl Test {
        fn new() -> Self {
            Self { pairing: Pairing::default(), counters: Counters::default() }
        }

        fn take(&mut self, id: u16, half: Half, nanos: u64) -> Result<Option<i64>, Discard> {
            let stamped = Stamped { time: Timestamp::from_nanos(nanos), correction: TimeInterval::ZERO };
            let point = self.pairing.take(id, half, stamped, &mut self.counters)?;
            Ok(point.map(|point| point.difference.nanos()))
        }

        fn sync(&mut self, id: u16, nanos: u64) -> Result<Option<i64>, Discard> {
            self.take(id, Half::Sync, nanos)
        }

        fn follow_up(&mut self, id: u16, nanos: u64) -> Result<Option<i64>, Discard> {
            self.take(id, Half::FollowUp, nanos)
        }
    }

    #[test]
    fn either_order_makes_a_pair() {
        let mut test = Test::new();
        assert_eq!(test.sync(7, 1), Ok(None));
        assert_eq!(test.follow_up(7, 3), Ok(Some(-2)));
        assert_eq!(test.follow_up(8, 4), Ok(None));
        assert_eq!(test.sync(8, 9), Ok(Some(5)));
    }

    #[test]
    fn a_follow_up_may_come_after_the_next_sync() {
        let mut test = Test::new();
        assert_eq!(test.sync(1, 1), Ok(None));
        assert_eq!(test.sync(2, 2), Ok(None));
        assert_eq!(test.follow_up(1, 11), Ok(Some(-10)));
        assert_eq!(test.follow_up(2, 22), Ok(Some(-20)));
        assert_eq!(test.counters, Counters::default());
    }

    #[test]
    fn duplicates_and_old_messages_are_told_apart() {
        let mut test = Test::new();
        assert_eq!(test.sync(5, 1), Ok(None));
        assert_eq!(test.sync(5, 1), Err(Discard::Duplicate));
        assert_eq!(test.follow_up(5, 1), Ok(Some(0)));
        assert_eq!(test.follow_up(5, 1), Err(Discard::Duplicate));
        assert_eq!(test.sync(4, 1), Err(Discard::OutOfOrder));
        assert_eq!(test.pairing.one_step(5), Err(Discard::Duplicate));
    }

    #[test]
    fn a_lost_follow_up_is_counted_once_and_the_sequence_may_wrap_or_restart() {
        let mut test = Test::new();
        assert_eq!(test.sync(65_534, 1), Ok(None));
        assert_eq!(test.sync(0, 2), Ok(None));
        assert_eq!(test.counters.discarded(Discard::Incomplete), 1);
        assert_eq!(test.follow_up(0, 2), Ok(Some(0)));
        assert_eq!(test.pairing.one_step(1), Ok(()));
        // Far behind: the master started its sequence again.
        assert_eq!(test.pairing.one_step(60_000), Ok(()));
        assert_eq!(test.counters.total_discarded(), 1);
    }
}
