//! Which station an address of the internet was last heard from.

use syntone_hal::Instant;

/// Messages to one node can be sent.
pub(crate) const SERVED: bool = true;

/// Stations that are remembered; a later one takes the place of the oldest.
const CAPACITY: usize = 4;
/// Between two requests that we send, and between two that we answer, in nanoseconds.
const SPACING: u64 = 1_000_000;

/// Somebody wants to know who has an address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked<A> {
    pub(crate) own: A,
    pub(crate) asker: A,
    pub(crate) station: [u8; 6],
}

/// The stations of a port's neighbours, and who is looking for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours<A> {
    stations: [Option<(A, [u8; 6])>; CAPACITY],
    next: usize,
    asked: Option<Asked<A>>,
    quiet_until: Instant,
}

impl<A: Copy + PartialEq> Neighbours<A> {
    pub(crate) const fn new() -> Self {
        Self { stations: [None; CAPACITY], next: 0, asked: None, quiet_until: Instant::from_nanos(0) }
    }

    /// Something came from `address` by way of `station`: so goes what is for it.
    pub(crate) fn learn(&mut self, address: A, station: [u8; 6]) {
        for (known, place) in self.stations.iter_mut().flatten() {
            if *known == address {
                *place = station;
                return;
            }
        }
        if let Some(place) = self.stations.get_mut(self.next) {
            *place = Some((address, station));
        }
        self.next = self.next.wrapping_add(1) % CAPACITY;
    }

    pub(crate) fn station(&self, address: A) -> Option<[u8; 6]> {
        self.stations.iter().flatten().find(|(known, _)| *known == address).map(|(_, station)| *station)
    }

    /// The last who asks is answered.
    pub(crate) const fn on_request(&mut self, asked: Asked<A>) {
        self.asked = Some(asked);
    }

    /// Whom to answer now.
    pub(crate) fn answer(&mut self, now: Instant) -> Option<Asked<A>> {
        if self.asked.is_none() || !self.may_send(now) {
            return None;
        }
        self.asked.take()
    }

    /// No more than one request or answer in a millisecond, whatever comes in.
    pub(crate) fn may_send(&mut self, now: Instant) -> bool {
        let may = now >= self.quiet_until;
        if may {
            self.quiet_until = now.plus_nanos(SPACING);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_are_known_and_a_station_that_moved_is_followed() {
        let mut neighbours = Neighbours::new();
        for address in 0..6_u8 {
            neighbours.learn(address, [address; 6]);
        }
        neighbours.learn(4, [0x44; 6]);
        let known: [_; 6] = core::array::from_fn(|address| neighbours.station(address as u8).map(|[first, ..]| first));
        assert_eq!(known, [None, None, Some(2), Some(3), Some(0x44), Some(5)]);
    }

    #[test]
    fn who_asks_often_is_answered_at_a_bounded_rate() {
        let mut neighbours = Neighbours::new();
        let mut answers = 0;
        for micros in 0..10_000 {
            neighbours.on_request(Asked { own: 0_u8, asker: 1, station: [1; 6] });
            answers += u32::from(neighbours.answer(Instant::from_nanos(micros * 1_000)).is_some());
        }
        assert_eq!(answers, 10);
    }
}
