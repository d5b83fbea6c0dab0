//! Programs that are told what happens, as SUBSCRIBE_EVENTS_NP of linuxptp asks for.

use syntone::management::{Addressee, Request};
use syntone::wire::management::{EventMask, SubscribeEventsNp};
use syntone::wire::{ManagementAction, ManagementErrorId, ManagementId, PortIdentity};
use syntone_hal::{Instant, PortIndex};
use syntone_linux::LocalAddress;

/// Something that a program may want to be told; what it is told is the data that have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A port has another state.
    PortState(PortIndex),
    /// A Sync was used.
    TimeSync,
    /// There is another parent, or it has changed.
    Parent,
}

/// As many programs at once.
const MOST: usize = 32;
/// A subscription for so many seconds has no end.
const FOR_EVER: u16 = u16::MAX;

/// Who wants to be told.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions(Vec<Subscription>);

#[derive(Debug)]
struct Subscription {
    who: PortIdentity,
    domain_number: u8,
    address: LocalAddress,
    events: EventMask,
    until: Option<Instant>,
    sequence_id: u16,
}

impl Notice {
    /// Its number in linuxptp.
    const fn number(self) -> usize {
        match self {
            Self::PortState(_) => 0,
            Self::TimeSync => 1,
            Self::Parent => 2,
        }
    }

    const fn told(self) -> ManagementId {
        match self {
            Self::PortState(_) => ManagementId::PORT_DATA_SET,
            Self::TimeSync => ManagementId::TIME_STATUS_NP,
            Self::Parent => ManagementId::PARENT_DATA_SET,
        }
    }

    fn is_in(self, mask: &EventMask) -> bool {
        mask.0[self.number() / 8] & (1 << (self.number() % 8)) != 0
    }
}

impl Subscriptions {
    /// What `who` is subscribed to, and for how many seconds still.
    pub(crate) fn get(&self, who: PortIdentity, now: Instant) -> SubscribeEventsNp {
        let found = self.0.iter().find(|other| other.who == who && other.lasts(now));
        found.map_or_else(SubscribeEventsNp::default, |found| SubscribeEventsNp {
            duration: found.until.map_or(FOR_EVER, |until| {
                u16::try_from(until.nanos_since(now).div_ceil(1_000_000_000)).unwrap_or(FOR_EVER)
            }),
            bitmask: found.events,
        })
    }

    /// Subscribes, changes or, with no events, ends it.
    ///
    /// # Errors
    /// GENERAL_ERROR when there are too many already.
    pub(crate) fn set(
        &mut self,
        (who, domain_number, address, now): (PortIdentity, u8, LocalAddress, Instant),
        wanted: &SubscribeEventsNp,
    ) -> Result<(), ManagementErrorId> {
        let before = self.0.iter().position(|other| other.who == who);
        let sequence_id = before.map_or(0, |index| self.0.swap_remove(index).sequence_id);
        self.0.retain(|other| other.lasts(now));
        if wanted.bitmask == EventMask::default() || wanted.duration == 0 {
            return Ok(());
        }
        if self.0.len() >= MOST {
            return Err(ManagementErrorId::GENERAL_ERROR);
        }
        let until = now.plus_nanos(u64::from(wanted.duration) * 1_000_000_000);
        let until = (wanted.duration != FOR_EVER).then_some(until);
        self.0.push(Subscription { who, domain_number, address, events: wanted.bitmask, until, sequence_id });
        Ok(())
    }

    /// The program there is gone.
    pub(crate) fn remove(&mut self, address: &LocalAddress) {
        self.0.retain(|other| other.address != *address);
    }

    /// A request for each who is to be told, whose answer is what they are told.
    pub(crate) fn notifications(&mut self, notice: Notice, now: Instant) -> Vec<(Vec<u8>, LocalAddress)> {
        let port_number = match notice {
            Notice::PortState(port) => port.number(),
            _ => 0,
        };
        let to = self.0.iter_mut().filter(|to| notice.is_in(&to.events) && to.lasts(now));
        to.filter_map(|to| {
            let request = Request {
                addressee: Addressee {
                    target_port_identity: PortIdentity { port_number, ..PortIdentity::WILDCARD },
                    domain_number: to.domain_number,
                    ..Addressee::EVERYBODY
                },
                source_port_identity: to.who,
                sequence_id: to.sequence_id,
                action: ManagementAction::GET,
                management_id: notice.told(),
                data: None,
            };
            to.sequence_id = to.sequence_id.wrapping_add(1);
            let mut octets = vec![0; 64];
            let length = request.emit(&mut octets).ok()?;
            octets.truncate(length);
            Some((octets, to.address))
        })
        .collect()
    }
}

impl Subscription {
    fn lasts(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use syntone::wire::{ClockIdentity, Header};

    fn somebody(port_number: u16, second: u64) -> (PortIdentity, u8, LocalAddress, Instant) {
        let address = LocalAddress::of_path(Path::new(&format!("/tmp/{port_number}"))).expect("a path");
        (PortIdentity::new(ClockIdentity(7), port_number), 24, address, at(second))
    }

    fn at(second: u64) -> Instant {
        Instant::from_nanos(second * 1_000_000_000)
    }

    fn events(octet: u8, duration: u16) -> SubscribeEventsNp {
        let mut wanted = SubscribeEventsNp { duration, ..SubscribeEventsNp::default() };
        wanted.bitmask.0[0] = octet;
        wanted
    }

    #[test]
    fn a_program_is_told_what_it_asked_for_as_long_as_it_asked_for() {
        let mut all = Subscriptions::default();
        all.set(somebody(1, 0), &events(0b001, 60)).expect("there is room");
        all.set(somebody(2, 0), &events(0b110, FOR_EVER)).expect("there is room");
        let mut told = |notice, second| {
            let told = all.notifications(notice, at(second));
            told.iter()
                .map(|(octets, _)| Header::parse(octets).expect("a message").0)
                .map(|header| (header.source_port_identity.port_number, header.sequence_id, header.domain_number))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(Notice::PortState(PortIndex(0)), 1), [(1, 0, 24)]);
        assert_eq!(told(Notice::PortState(PortIndex(0)), 59), [(1, 1, 24)]);
        assert_eq!(told(Notice::PortState(PortIndex(0)), 60), []);
        assert_eq!(told(Notice::TimeSync, 1_000_000), [(2, 0, 24)]);
        assert_eq!(told(Notice::Parent, 1_000_000), [(2, 1, 24)]);
        assert_eq!(all.get(somebody(1, 0).0, at(20)).duration, 40);
        assert_eq!(all.get(somebody(2, 0).0, at(20)), events(0b110, FOR_EVER));
        assert_eq!(all.get(somebody(3, 0).0, at(20)), SubscribeEventsNp::default());
    }

    #[test]
    fn who_asks_again_changes_it_and_who_wants_nothing_or_is_gone_is_forgotten() {
        let mut all = Subscriptions::default();
        for wanted in [events(1, 60), events(2, 90)] {
            all.set(somebody(1, 0), &wanted).expect("there is room");
        }
        assert_eq!(all.get(somebody(1, 0).0, at(0)), events(2, 90));
        all.set(somebody(1, 0), &events(0, 90)).expect("it ends");
        all.set(somebody(2, 0), &events(1, 90)).expect("there is room");
        all.remove(&somebody(2, 0).2);
        assert!(all.0.is_empty());
    }

    #[test]
    fn there_is_room_for_some_and_for_more_when_their_time_is_over() {
        let mut all = Subscriptions::default();
        for port_number in 0..40 {
            let taken = all.set(somebody(port_number, 0), &events(1, 60));
            assert_eq!(taken.is_ok(), usize::from(port_number) < MOST);
        }
        assert_eq!(all.set(somebody(99, 60), &events(1, 60)), Ok(()));
    }
}
