//! When to tell routers and switches of the groups that a port is in: IGMPv2 (RFC 2236) and MLDv1 (RFC 2710) agree on it.

use syntone_hal::Instant;

const MILLISECOND: u64 = 1_000_000;
/// The second report without having been asked comes within this time after the first.
const UNSOLICITED_INTERVAL: u64 = 10_000 * MILLISECOND;
/// A report that could not be sent is tried again after this time.
const RETRY: u64 = 100 * MILLISECOND;

/// One group.
#[derive(Clone, Copy, Debug)]
struct Membership {
    /// When its next report is to be sent.
    due: Option<Instant>,
    /// Reports that follow without having been asked for.
    unsolicited: u8,
    /// A query was heard that allows this time for the answer, in nanoseconds.
    asked: Option<u64>,
}

impl Membership {
    const JOINING: Self = Self { due: Some(Instant::from_nanos(0)), unsolicited: 2, asked: None };
}

/// The groups of a port. However many queries come, a group has one report waiting at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memberships<const GROUPS: usize> {
    groups: [Membership; GROUPS],
    random: u32,
}

impl<const GROUPS: usize> Memberships<GROUPS> {
    /// To be told as soon as there is a link; `seed` spreads the answers of several stations.
    pub(crate) const fn new(seed: u32) -> Self {
        Self { groups: [Membership::JOINING; GROUPS], random: seed | 1 }
    }

    /// The link is new: whoever is at its other end knows nothing.
    pub(crate) const fn rejoin(&mut self) {
        self.groups = [Membership::JOINING; GROUPS];
    }

    /// Somebody asks about `group`, or about all groups; the answer is to come within `nanos`.
    pub(crate) fn on_query(&mut self, group: Option<usize>, nanos: u64) {
        for (index, membership) in self.groups.iter_mut().enumerate() {
            if group.is_none_or(|group| group == index) {
                membership.asked = Some(nanos);
            }
        }
    }

    /// Sends what is due at `now`; `report` says whether it could.
    pub(crate) fn serve(&mut self, now: Instant, mut report: impl FnMut(usize) -> bool) {
        for index in 0..GROUPS {
            let random = self.next_random();
            let Some(membership) = self.groups.get_mut(index) else { return };
            if let Some(nanos) = membership.asked.take() {
                let answer = now.plus_nanos(share(nanos, random));
                membership.due = Some(membership.due.map_or(answer, |due| due.min(answer)));
            }
            if membership.due.is_some_and(|due| due <= now) {
                membership.due = if !report(index) {
                    Some(now.plus_nanos(RETRY))
                } else if membership.unsolicited > 1 {
                    Some(now.plus_nanos(share(UNSOLICITED_INTERVAL, random)))
                } else {
                    None
                };
                membership.unsolicited = membership.unsolicited.saturating_sub(1);
            }
        }
    }

    fn next_random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }
}

/// A random share of the first half of `nanos`: who serves this may come late.
fn share(nanos: u64, random: u32) -> u64 {
    (nanos >> 17).wrapping_mul(u64::from(random & 0xFFFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// The reports of each group while `ask` is asked each 10 ms, until `seconds`.
    fn reports(memberships: &mut Memberships<2>, seconds: u64, ask: impl Fn(u64, &mut Memberships<2>)) -> [u32; 2] {
        let mut reports = [0; 2];
        for turn in 0..seconds * 100 {
            ask(turn, memberships);
            memberships.serve(Instant::from_nanos(1 + turn * SECOND / 100), |group| {
                reports[group] += 1;
                true
            });
        }
        reports
    }

    #[test]
    fn a_group_is_told_twice_without_having_been_asked_and_again_on_a_new_link() {
        let mut memberships = Memberships::new(7);
        assert_eq!(reports(&mut memberships, 20, |_, _| {}), [2, 2]);
        assert_eq!(reports(&mut memberships, 20, |_, _| {}), [0, 0]);
        memberships.rejoin();
        assert_eq!(reports(&mut memberships, 20, |_, _| {}), [2, 2]);
    }

    #[test]
    fn a_query_is_answered_within_its_time_and_for_the_groups_it_names() {
        let mut memberships = Memberships::new(7);
        reports(&mut memberships, 20, |_, _| {});
        let once = |group| {
            move |turn, memberships: &mut Memberships<2>| {
                if turn == 5 {
                    memberships.on_query(group, SECOND);
                }
            }
        };
        assert_eq!(reports(&mut memberships, 1, once(None)), [1, 1]);
        assert_eq!(reports(&mut memberships, 1, once(Some(1))), [0, 1]);
    }

    #[test]
    fn a_flood_of_queries_is_answered_at_a_rate_that_their_time_bounds() {
        let mut memberships = Memberships::new(7);
        reports(&mut memberships, 20, |_, _| {});
        let flood =
            |_, memberships: &mut Memberships<2>| (0..1000).for_each(|_| memberships.on_query(None, 10 * SECOND));
        let [primary, peer] = reports(&mut memberships, 60, flood);
        assert!((1..600).contains(&primary) && (1..600).contains(&peer), "{primary} {peer}");
    }

    #[test]
    fn a_report_that_found_no_room_is_tried_again() {
        let mut memberships = Memberships::<2>::new(7);
        let mut tries = 0;
        for turn in 0..21 {
            memberships.serve(Instant::from_nanos(1 + turn * SECOND / 100), |_| {
                tries += 1;
                false
            });
        }
        assert_eq!(tries, 6); // at 0, 100 and 200 ms, each of two groups
    }
}
