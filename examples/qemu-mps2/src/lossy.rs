//! A board whose hardware loses time stamps.

use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, FrequencyOffset, Instant, NetworkHal, PortCapabilities, PortIndex, Received,
    Timestamp, TimestampHal, Transmit,
};

/// Loses one of so many ingress stamps and as many egress stamps of the board `H`, and nothing else.
#[derive(Debug)]
pub struct Lossy<H> {
    hal: H,
    period: u8,
    ingress: u8,
    egress: u8,
}

impl<H> Lossy<H> {
    /// The board whose hardware loses one stamp of `period`.
    pub const fn one_of(period: u8, hal: H) -> Self {
        Self { hal, period, ingress: 0, egress: 0 }
    }

    /// The board.
    pub const fn hal(&mut self) -> &mut H {
        &mut self.hal
    }
}

/// Counts a stamp, and takes it away when it is its turn.
fn lose(stamp: &mut Option<Timestamp>, count: &mut u8, period: u8) {
    if stamp.is_some() {
        *count = count.wrapping_add(1);
        if *count >= period {
            *count = 0;
            *stamp = None;
        }
    }
}

impl<H: NetworkHal> NetworkHal for Lossy<H> {
    type Error = H::Error;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, H::Error> {
        let mut received = self.hal.receive(buffer)?;
        if let Some(received) = &mut received {
            lose(&mut received.stamp, &mut self.ingress, self.period);
        }
        Ok(received)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), H::Error> {
        self.hal.send(transmit, message)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.hal.link_up(port)
    }
}

impl<H: TimestampHal> TimestampHal for Lossy<H> {
    type Error = H::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, H::Error> {
        let mut egress = self.hal.poll_egress()?;
        if let Some(egress) = &mut egress {
            lose(&mut egress.stamp, &mut self.egress, self.period);
        }
        Ok(egress)
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.hal.capabilities(port)
    }
}

impl<H: ClockHal> ClockHal for Lossy<H> {
    type Error = H::Error;

    fn monotonic(&mut self) -> Instant {
        self.hal.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, H::Error> {
        self.hal.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), H::Error> {
        self.hal.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), H::Error> {
        self.hal.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.hal.limits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stamp_of_a_hundred_is_lost() {
        let mut count = 0;
        let lost = (0..1000).filter(|_| {
            let mut stamp = Some(Timestamp::ZERO);
            lose(&mut stamp, &mut count, 100);
            stamp.is_none()
        });
        assert_eq!(lost.collect::<Vec<_>>(), (0..10).map(|lost| lost * 100 + 99).collect::<Vec<_>>());
        let mut none = None;
        lose(&mut none, &mut count, 100);
        assert_eq!((none, count), (None, 0), "what has none is not counted");
    }
}
