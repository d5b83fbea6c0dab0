//! What a node's hardware is like.

use crate::{Oscillator, Span, Stamper};
use syntone_hal::{ClockLimits, FrequencyOffset};

/// A node's hardware: its oscillator, its PTP clock and the time stampers of its ports.
///
/// If nothing is said it is ideal: right from the beginning, and stamped in hardware without noise.
#[derive(Clone, Debug)]
pub struct Board {
    pub(crate) oscillator: Oscillator,
    pub(crate) ahead: Span,
    pub(crate) stamper: Stamper,
    pub(crate) limits: ClockLimits,
    pub(crate) ports: u8,
    pub(crate) promiscuous: bool,
}

impl Board {
    /// An ideal board.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            oscillator: Oscillator::ideal(),
            ahead: Span::ZERO,
            stamper: Stamper::hardware(),
            limits: ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true },
            ports: 1,
            promiscuous: false,
        }
    }

    /// With this oscillator.
    #[must_use]
    pub const fn oscillator(mut self, oscillator: Oscillator) -> Self {
        self.oscillator = oscillator;
        self
    }

    /// Its PTP clock starts this much ahead of true time.
    #[must_use]
    pub const fn ahead(mut self, offset: Span) -> Self {
        self.ahead = offset;
        self
    }

    /// With these time stampers at every port; single ports can be changed later by
    /// [`World::set_stamper`](crate::World::set_stamper).
    #[must_use]
    pub const fn stamper(mut self, stamper: Stamper) -> Self {
        self.stamper = stamper;
        self
    }

    /// With a clock that can do this: ± 500 ppm and steps if nothing is said.
    #[must_use]
    pub const fn limits(mut self, limits: ClockLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Receives also what is for others; a transparent clock does so by itself.
    #[must_use]
    pub const fn promiscuous(mut self) -> Self {
        self.promiscuous = true;
        self
    }

    /// With so many ports. A PTP clock brings its own number.
    #[must_use]
    pub const fn ports(mut self, ports: u8) -> Self {
        self.ports = ports;
        self
    }
}

impl Default for Board {
    fn default() -> Self {
        Self::new()
    }
}
