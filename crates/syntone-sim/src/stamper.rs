//! Time stampers: what becomes of a clock's reading on its way to the protocol.

use crate::clock::{interval, timestamp_of_picos};
use crate::delay::scaled;
use crate::{Delay, Rng, Span, ns, us};
use syntone_hal::{PortCapabilities, Stamping, Timestamp};

/// What a port's time stamper is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamper {
    kind: Stamping,
    resolution: Span,
    noise: Span,
    ingress_loss: f64,
    egress_loss: f64,
    loss_is_reported: bool,
    ingress_lateness: Delay,
    egress_lateness: Delay,
    ingress_latency: Span,
    egress_latency: Span,
    latencies_are_advertised: bool,
    adds_residence: bool,
    one_step: bool,
}

impl Stamper {
    /// In hardware: steps of 1 ns, no noise, nothing lost, at once.
    #[must_use]
    pub const fn hardware() -> Self {
        Self {
            kind: Stamping::Hardware,
            resolution: ns(1),
            noise: Span::ZERO,
            ingress_loss: 0.0,
            egress_loss: 0.0,
            loss_is_reported: false,
            ingress_lateness: Delay::NONE,
            egress_lateness: Delay::NONE,
            ingress_latency: Span::ZERO,
            egress_latency: Span::ZERO,
            latencies_are_advertised: false,
            adds_residence: false,
            one_step: false,
        }
    }

    /// In software: steps of 1 ns, 1 µs of noise (one sigma), nothing lost; egress stamps come 5 µs late.
    #[must_use]
    pub const fn software() -> Self {
        let mut stamper = Self::hardware();
        stamper.kind = Stamping::Software;
        stamper.noise = us(1);
        stamper.egress_lateness = Delay::Constant(us(5));
        stamper
    }

    /// Stamps are whole multiples of this, rounded down. No time means as fine as a time stamp can be.
    #[must_use]
    pub const fn resolution(mut self, resolution: Span) -> Self {
        self.resolution = resolution;
        self
    }

    /// Gaussian noise of each stamp, one sigma, before it is rounded.
    #[must_use]
    pub const fn noise(mut self, deviation: Span) -> Self {
        self.noise = deviation;
        self
    }

    /// Loses this share of the stamps, both ways.
    #[must_use]
    pub const fn loss(self, share: f64) -> Self {
        self.ingress_loss(share).egress_loss(share)
    }

    /// Loses this share of the ingress stamps: the message arrives without.
    #[must_use]
    pub const fn ingress_loss(mut self, share: f64) -> Self {
        self.ingress_loss = share;
        self
    }

    /// Loses this share of the egress stamps: they never come.
    #[must_use]
    pub const fn egress_loss(mut self, share: f64) -> Self {
        self.egress_loss = share;
        self
    }

    /// An egress stamp that is lost is handed over as known to be lost, instead of never.
    #[must_use]
    pub const fn reports_loss(mut self) -> Self {
        self.loss_is_reported = true;
        self
    }

    /// Received messages reach the protocol, with their stamps, this long after they were stamped.
    #[must_use]
    pub const fn ingress_lateness(mut self, lateness: Delay) -> Self {
        self.ingress_lateness = lateness;
        self
    }

    /// Egress stamps reach the protocol this long after they were taken.
    #[must_use]
    pub const fn egress_lateness(mut self, lateness: Delay) -> Self {
        self.egress_lateness = lateness;
        self
    }

    /// The true times between the medium and where the stamps are taken: a message is stamped `ingress` after it arrived,
    /// and is on the medium `egress` after it was stamped.
    #[must_use]
    pub const fn latencies(mut self, ingress: Span, egress: Span) -> Self {
        self.ingress_latency = ingress;
        self.egress_latency = egress;
        self
    }

    /// The port's capabilities tell the latencies. Otherwise the protocol must be told by its settings.
    #[must_use]
    pub const fn advertises_latencies(mut self) -> Self {
        self.latencies_are_advertised = true;
        self
    }

    /// Adds the time that a message of another node stayed to its correctionField as it leaves (one-step).
    #[must_use]
    pub const fn adds_residence(mut self) -> Self {
        self.adds_residence = true;
        self
    }

    /// The port can write its stamps into messages as they leave.
    #[must_use]
    pub const fn one_step(mut self) -> Self {
        self.one_step = true;
        self
    }

    pub(crate) fn capabilities(&self) -> PortCapabilities {
        let advertised = |latency| interval(if self.latencies_are_advertised { latency } else { Span::ZERO });
        PortCapabilities {
            stamping: self.kind,
            resolution: interval(self.resolution),
            ingress_latency: advertised(self.ingress_latency),
            egress_latency: advertised(self.egress_latency),
            one_step_residence: self.adds_residence,
            one_step_sync: self.one_step,
            one_step_pdelay_resp: self.one_step,
        }
    }

    pub(crate) const fn latency_in(&self) -> Span {
        self.ingress_latency
    }

    pub(crate) const fn latency_out(&self) -> Span {
        self.egress_latency
    }

    /// The ingress stamp for a clock that reads `picos`, and how late it is handed over.
    pub(crate) fn stamp_in(&self, picos: i128, rng: &mut Rng) -> (Option<Timestamp>, Span) {
        let stamp = (!rng.chance(self.ingress_loss)).then(|| self.stamp(picos, rng));
        (stamp, self.ingress_lateness.draw(rng))
    }

    /// The egress stamp for a clock that reads `picos`, and how late it is handed over; `None` if it never is.
    pub(crate) fn stamp_out(&self, picos: i128, rng: &mut Rng) -> Option<(Option<Timestamp>, Span)> {
        let stamp = (!rng.chance(self.egress_loss)).then(|| self.stamp(picos, rng));
        let lateness = self.egress_lateness.draw(rng);
        (stamp.is_some() || self.loss_is_reported).then_some((stamp, lateness))
    }

    /// The stamp that is written into a message for a clock that reads `picos`.
    pub(crate) fn stamp_in_passing(&self, picos: i128, rng: &mut Rng) -> Timestamp {
        self.stamp(picos, rng)
    }

    fn stamp(&self, picos: i128, rng: &mut Rng) -> Timestamp {
        let noise = if self.noise == Span::ZERO { Span::ZERO } else { scaled(self.noise, rng.gaussian()) };
        let resolution = i128::from(self.resolution.picos().max(1));
        timestamp_of_picos((picos + i128::from(noise.picos())).div_euclid(resolution) * resolution)
    }
}

impl Default for Stamper {
    fn default() -> Self {
        Self::hardware()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ms, ps};

    const NOW: i128 = 1_000_000_000_000_123;

    #[test]
    fn stamps_are_multiples_of_the_resolution() {
        let mut rng = Rng::new(1);
        let stamper = Stamper::hardware().resolution(ns(8));
        let (stamp, lateness) = stamper.stamp_in(NOW + 15_800, &mut rng);
        assert_eq!((stamp, lateness), (Timestamp::new(1_000, 8), Span::ZERO));
        let fine = Stamper::hardware().resolution(ps(0)).stamp_in(NOW + 377, &mut rng).0.expect("a stamp");
        assert_eq!((fine.nanos(), fine.subnanos()), (0, 0x8000));
    }

    #[test]
    fn noise_has_the_deviation_that_was_asked() {
        const COUNT: usize = 50_000;
        let (mut rng, stamper) = (Rng::new(2), Stamper::hardware().resolution(ps(1)).noise(ns(8)));
        let truth = Timestamp::new(1_000, 0).expect("in range");
        let squares: f64 = (0..COUNT)
            .map(|_| stamper.stamp_in(NOW, &mut rng).0.expect("a stamp").since(truth).scaled() as f64 / 65_536.0)
            .map(|error| error * error)
            .sum();
        let deviation = (squares / COUNT as f64).sqrt();
        assert!((deviation - 8.0).abs() < 0.13, "{deviation} ns");
    }

    #[test]
    fn the_share_asked_for_is_lost_silently_or_told() {
        let mut rng = Rng::new(3);
        let stamper = Stamper::hardware().loss(0.1);
        let lost_in = (0..10_000).filter(|_| stamper.stamp_in(NOW, &mut rng).0.is_none()).count();
        let lost_out = (0..10_000).filter(|_| stamper.stamp_out(NOW, &mut rng).is_none()).count();
        assert!((850..1_150).contains(&lost_in) && (850..1_150).contains(&lost_out));
        let told = Stamper::hardware().egress_loss(1.0).reports_loss();
        assert_eq!(told.stamp_out(NOW, &mut rng), Some((None, Span::ZERO)));
    }

    #[test]
    fn lateness_and_latencies_are_what_was_asked() {
        let mut rng = Rng::new(4);
        let stamper = Stamper::software().egress_lateness(ms(50).into()).latencies(ns(120), ns(80));
        assert_eq!(stamper.stamp_out(NOW, &mut rng).expect("a stamp").1, ms(50));
        assert_eq!(stamper.capabilities().ingress_latency, interval(Span::ZERO));
        let told = stamper.advertises_latencies().capabilities();
        assert_eq!((told.ingress_latency, told.egress_latency), (interval(ns(120)), interval(ns(80))));
        assert_eq!((told.stamping, told.resolution), (Stamping::Software, interval(ns(1))));
    }
}
