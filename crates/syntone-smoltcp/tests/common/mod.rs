//! A MAC in virtual time: what it is given to receive, what it sent, and a clock that stamps both.
#![expect(dead_code, reason = "each test uses a part of it")]

pub(crate) mod frames;

use std::collections::VecDeque;
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Stamping,
    Ticket, TimeInterval, Timestamp, TimestampHal,
};
use syntone_smoltcp::{FrameInterface, Outgoing, SliceFrame};

/// The stations of the two ports.
pub(crate) const STATIONS: [[u8; 6]; 2] = [[0x02, 0, 0, 0, 0, 0x10], [0x02, 0, 0, 0, 0, 0x11]];
/// Who is at the other end.
pub(crate) const PEER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x99];
/// Frames that the transmit ring holds.
const RING: usize = 16;

/// A frame on the wire.
pub(crate) struct Wired {
    pub(crate) port: PortIndex,
    pub(crate) octets: Vec<u8>,
    pub(crate) stamp: Option<Timestamp>,
}

/// The MAC, its two ports and its clock.
pub(crate) struct Mac {
    pub(crate) nanos: u64,
    /// The clock at `set_at`, in units of 2⁻¹⁶ ns.
    clock: i128,
    set_at: u64,
    frequency: i32,
    pub(crate) arrived: VecDeque<Wired>,
    current: Option<Wired>,
    pub(crate) sent: VecDeque<Wired>,
    pub(crate) egress: VecDeque<EgressStamp>,
    pub(crate) lose_ingress: bool,
    pub(crate) lose_egress: bool,
    pub(crate) link: bool,
    /// The transmit ring is full.
    pub(crate) full: bool,
    pub(crate) one_step: bool,
    /// The PHY sends back what leaves.
    pub(crate) looped: bool,
}

impl Mac {
    pub(crate) fn new() -> Self {
        Self {
            nanos: 1_000_000,
            clock: 5_000_000_000_000 << 16,
            set_at: 1_000_000,
            frequency: 0,
            arrived: VecDeque::new(),
            current: None,
            sent: VecDeque::new(),
            egress: VecDeque::new(),
            lose_ingress: false,
            lose_egress: false,
            link: true,
            full: false,
            one_step: false,
            looped: false,
        }
    }

    pub(crate) fn time(&mut self) -> Timestamp {
        let elapsed = i128::from(self.nanos - self.set_at);
        self.clock += (elapsed << 16) + elapsed * i128::from(self.frequency) / 1_000_000;
        self.set_at = self.nanos;
        Timestamp::from_nanos(u64::try_from(self.clock >> 16).expect("after the epoch"))
    }

    /// `frame` comes in by `port` now; it is padded as Ethernet does.
    pub(crate) fn arrive(&mut self, port: PortIndex, mut frame: Vec<u8>) -> Timestamp {
        frame.resize(frame.len().max(60), 0);
        let truth = self.time();
        let lost = std::mem::take(&mut self.lose_ingress);
        self.arrived.push_back(Wired { port, octets: frame, stamp: (!lost).then_some(truth) });
        truth
    }

    /// Everything that left so far.
    pub(crate) fn take_sent(&mut self) -> Vec<Vec<u8>> {
        self.sent.drain(..).map(|wired| wired.octets).collect()
    }
}

impl FrameInterface for Mac {
    type Error = ErrorKind;
    type Frame<'a> = SliceFrame<'a>;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        self.nanos += 100;
        self.current = self.arrived.pop_front();
        Ok(self.current.as_ref().map(|wired| SliceFrame::new(wired.port, &wired.octets, wired.stamp)))
    }

    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        self.nanos += 50;
        if self.full || self.sent.len() >= RING * 100 {
            return Err(ErrorKind::Busy);
        }
        assert!(frame.message.is_empty() || frame.header.len() % 4 == 2, "the message begins at a word");
        let mut octets = vec![0; 1_600];
        let length = frame.copy_into(&mut octets).expect("no frame is longer");
        octets.truncate(length);
        let stamp = self.time();
        if let Some(one_step) = frame.one_step {
            one_step.complete(&mut octets[frame.header.len()..], stamp);
        }
        octets.resize(length.max(60), 0);
        if let Some(ticket) = ticket {
            let lost = std::mem::take(&mut self.lose_egress);
            self.egress.push_back(EgressStamp { ticket, stamp: (!lost).then_some(stamp) });
        }
        let place = if self.looped { &mut self.arrived } else { &mut self.sent };
        place.push_back(Wired { port, octets, stamp: Some(stamp) });
        Ok(())
    }

    fn link_up(&mut self, _: PortIndex) -> bool {
        self.link
    }

    fn station(&self, port: PortIndex) -> [u8; 6] {
        STATIONS[port.get()]
    }
}

impl TimestampHal for Mac {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        self.nanos += 50;
        Ok(self.egress.pop_front())
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        PortCapabilities {
            stamping: Stamping::Hardware,
            resolution: TimeInterval::from_nanos(1),
            one_step_sync: self.one_step,
            ..PortCapabilities::default()
        }
    }
}

impl ClockHal for Mac {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.nanos += 10;
        Instant::from_nanos(self.nanos)
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.nanos += 20;
        Ok(self.time())
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        self.time();
        self.clock += i128::from(nanoseconds) << 16;
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(self.limits().max_frequency) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        self.time();
        self.frequency = frequency.scaled_ppm();
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true }
    }
}
