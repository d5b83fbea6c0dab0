//! Links: what happens to a message between two ports.

use crate::{Delay, Frame, Rng, SimTime, Span};

/// What a link is like. Messages of one direction keep their order unless [`Link::reordering`] says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    forward: Delay,
    backward: Delay,
    loss: f64,
    duplication: f64,
    reordering: f64,
    held_back: Span,
}

impl Link {
    /// Takes `delay` either way; loses nothing.
    #[must_use]
    pub fn new(delay: impl Into<Delay>) -> Self {
        let delay = delay.into();
        Self { forward: delay, backward: delay, loss: 0.0, duplication: 0.0, reordering: 0.0, held_back: Span::ZERO }
    }

    /// Takes another time on the way from its second end to its first.
    #[must_use]
    pub fn backward(mut self, delay: impl Into<Delay>) -> Self {
        self.backward = delay.into();
        self
    }

    /// Loses this share of the messages.
    #[must_use]
    pub const fn loss(mut self, share: f64) -> Self {
        self.loss = share;
        self
    }

    /// Delivers this share of the messages twice; the second takes a delay of its own.
    #[must_use]
    pub const fn duplication(mut self, share: f64) -> Self {
        self.duplication = share;
        self
    }

    /// Holds this share of the messages back for `span`, so that later ones overtake them.
    #[must_use]
    pub const fn reordering(mut self, share: f64, span: Span) -> Self {
        self.reordering = share;
        self.held_back = span;
        self
    }
}

/// What a scenario decides about one message on a link; see [`World::impair`](crate::World::impair).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// As the link would have it.
    Pass,
    /// It is lost.
    Lose,
    /// It arrives this much later, and others may overtake it.
    HoldBack(Span),
    /// It arrives, and once more this much later.
    Repeat(Span),
    /// It arrives with other octets.
    Alter(Vec<u8>),
}

/// A scenario's own rule for the messages of one direction.
pub(crate) type Rule = Box<dyn FnMut(&Frame) -> Fate>;

/// One direction of a link at work.
pub(crate) struct Lane {
    delay: Delay,
    link: Link,
    rng: Rng,
    last: SimTime,
    pub(crate) rule: Option<Rule>,
}

impl Lane {
    /// The two directions of `link`.
    pub(crate) fn pair(link: Link, forward: Rng, backward: Rng) -> [Self; 2] {
        let lane = |delay, rng| Self { delay, link, rng, last: SimTime::ZERO, rule: None };
        [lane(link.forward, forward), lane(link.backward, backward)]
    }

    /// When `frame`, on the medium at `at`, arrives at the other end: not at all, once or several times.
    pub(crate) fn carry(&mut self, at: SimTime, frame: Frame) -> Vec<(SimTime, Frame)> {
        if self.rng.chance(self.link.loss) {
            return Vec::new();
        }
        let fate = self.rule.as_mut().map_or(Fate::Pass, |rule| rule(&frame));
        let mut arrivals = match fate {
            Fate::Lose => Vec::new(),
            Fate::Pass => vec![(self.arrival(at), frame)],
            Fate::HoldBack(span) => vec![(at + self.delay.draw(&mut self.rng) + span, frame)],
            Fate::Alter(octets) => vec![(self.arrival(at), Frame { octets: octets.into(), ..frame })],
            Fate::Repeat(span) => {
                let first = self.arrival(at);
                vec![(first, frame.clone()), (first + span, frame)]
            }
        };
        if let Some((_, frame)) = arrivals.first().cloned()
            && self.rng.chance(self.link.duplication)
        {
            arrivals.push((self.arrival(at), frame));
        }
        arrivals
    }

    fn arrival(&mut self, at: SimTime) -> SimTime {
        let arrival = at + self.delay.draw(&mut self.rng);
        if self.rng.chance(self.link.reordering) {
            return arrival + self.link.held_back;
        }
        self.last = self.last.max(arrival);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ms, ns, us};
    use syntone_hal::{Address, Destination, MessageClass};

    fn frame(number: u8) -> Frame {
        Frame {
            octets: [number].into(),
            destination: Destination::PrimaryMulticast,
            source: Address::Ethernet([0; 6]),
            class: MessageClass::Event,
        }
    }

    /// Sends a message each millisecond and gives (when, which) in the order of arrival.
    fn carried(link: Link, side: usize, count: usize, rule: Option<Rule>) -> Vec<(SimTime, u8)> {
        let mut lanes = Lane::pair(link, Rng::new(1), Rng::new(2));
        lanes[side].rule = rule;
        let mut arrivals: Vec<_> = (0..count)
            .flat_map(|k| lanes[side].carry(SimTime::after(ms(k as i64)), frame(k as u8)))
            .map(|(at, frame)| (at, frame.octets[0]))
            .collect();
        arrivals.sort_by_key(|(at, _)| *at);
        arrivals
    }

    #[test]
    fn each_direction_takes_its_own_time() {
        let link = Link::new(us(3)).backward(us(5));
        assert_eq!(carried(link, 0, 1, None), [(SimTime::after(us(3)), 0)]);
        assert_eq!(carried(link, 1, 1, None), [(SimTime::after(us(5)), 0)]);
    }

    #[test]
    fn jitter_alone_keeps_the_order() {
        let arrivals = carried(Link::new(Delay::Uniform(ns(0), ms(5))), 0, 200, None);
        assert!(arrivals.iter().map(|(_, number)| *number).eq(0..200));
    }

    #[test]
    fn loss_duplication_and_reordering_have_the_share_asked_for() {
        let of_link = |link| carried(link, 0, 10_000, None);
        assert!((9_350..9_650).contains(&of_link(Link::new(us(1)).loss(0.05)).len()));
        assert!((10_350..10_650).contains(&of_link(Link::new(us(1)).duplication(0.05)).len()));
        let reordered = of_link(Link::new(us(1)).reordering(0.05, us(1_500)));
        let inversions = reordered.windows(2).filter(|pair| pair[1].1 == pair[0].1.wrapping_sub(1)).count();
        assert!((350..650).contains(&inversions), "{inversions}");
    }

    #[test]
    fn a_rule_decides_message_by_message() {
        let rule: Rule = Box::new(|frame| match frame.octets[0] {
            0 => Fate::HoldBack(ms(2)),
            1 => Fate::Lose,
            2 => Fate::Repeat(us(1)),
            3 => Fate::Alter(vec![9]),
            _ => Fate::Pass,
        });
        let order: Vec<u8> =
            carried(Link::new(us(1)), 0, 5, Some(rule)).into_iter().map(|(_, number)| number).collect();
        assert_eq!(order, [0, 2, 2, 9, 4]);
    }
}
