//! Syntone at work.

use crate::frames::{self, Frame};
use crate::work::{Measure, Work};
use core::hint::black_box;
use syntone::clock::WaitReason;
use syntone::hal::{
    ClockLimits, EgressStamp, FrequencyOffset, Instant, PortCapabilities, PortIndex, Received, Stamping, Ticket,
    Timestamp,
};
use syntone::port::{State, Timer};
use syntone::servo::{LockState, PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Input, Output, PortConfig};

/// Where the master's time begins.
const EPOCH: u64 = 1_700_000_000_000_000_000;

/// An ordinary clock, and the world it needs.
pub struct Ours {
    clock: Clock,
    /// Monotonic time.
    now: u64,
    buffer: [u8; 128],
    /// The claim on the egress stamp of what was sent last.
    ticket: Option<Ticket>,
    /// sequenceId of the Delay_Req that was sent last.
    requested: u16,
    sequence: u16,
    noise: u32,
    /// When to poll again, and why.
    until: u64,
    reason: WaitReason,
}

impl Ours {
    /// A slave that has locked, or a master.
    ///
    /// # Panics
    /// When it does not get there: that would measure something else.
    #[must_use]
    pub fn new(master: bool) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = frames::SELF;
        let identity = ClockIdentity::from_octets([a, b, c, d, e, f, g, h]);
        let config = if master { ClockConfig::new(identity) } else { ClockConfig::slave_only(identity) };
        let port = PortConfig { log_announce_interval: 0, log_sync_interval: -3, ..PortConfig::default() };
        let servo = PiServo::new(PiConfig::DEFAULT).expect("the defaults are in range");
        let mut ours = Self {
            clock: Clock::new(&config, &[port], servo).expect("a usual configuration"),
            now: 1_000_000_000,
            buffer: [0; 128],
            ticket: None,
            requested: 0,
            sequence: 0,
            noise: 1,
            until: 0,
            reason: WaitReason::StateDecision,
        };
        ours.start();
        if master {
            ours.become_master();
        } else {
            ours.become_slave();
        }
        ours
    }

    /// Does `work` again and again.
    pub fn repeat(&mut self, work: Work, rounds: u32, measure: &mut impl Measure) {
        for _ in 0..rounds {
            match work {
                Work::Nothing => measure.measure(&mut || {}),
                Work::Round => self.round(measure),
                Work::FollowUp => self.follow_up(false, measure),
                Work::FollowUpAndDelay => self.follow_up(true, measure),
                Work::DelayReq => self.delay_req(measure),
                Work::ForeignDomain => self.foreign_domain(measure),
                Work::Announce => self.announce(measure),
                Work::Bmca => self.bmca(measure),
                Work::SendSync => self.send_sync(measure),
                Work::SendAnnounce => self.send_announce(measure),
                Work::AnswerDelayReq => self.answer_delay_req(measure),
            }
        }
    }

    fn start(&mut self) {
        let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true };
        let capabilities = PortCapabilities { stamping: Stamping::Hardware, ..PortCapabilities::default() };
        let now = Instant::from_nanos(self.now);
        self.clock.handle(now, Input::Start(limits));
        self.clock.handle(now, Input::Capabilities(PortIndex(0), capabilities));
        self.clock.handle(now, Input::Link(PortIndex(0), true));
        self.drain();
    }

    fn become_slave(&mut self) {
        for _ in 0..40 {
            self.keep_alive();
            self.round(&mut |work: &mut dyn FnMut()| work());
        }
        assert_eq!(self.state(), State::Slave);
        assert_eq!(self.clock.lock_state(), LockState::Locked);
    }

    fn become_master(&mut self) {
        while self.state() != State::Master {
            self.advance();
            assert!(self.now < 60_000_000_000, "it does not become master");
        }
        // A Sync that is late by more than an interval starts a new phase: never again is it due together with an Announce.
        self.wait_for(Timer::Announce);
        self.advance();
        self.now += 260_000_000;
        self.drain();
        self.stamp();
    }

    fn state(&self) -> State {
        self.clock.port_ds(PortIndex(0)).expect("it has this port").port_state
    }

    /// A second passes, with an Announce from the master; nothing is due afterwards.
    fn keep_alive(&mut self) {
        let announce = frames::announce(self.sequence);
        let end = self.now + 1_000_000_000;
        self.frame(&announce, None);
        self.drain();
        while self.until < end {
            self.advance();
        }
        self.now = end;
        self.drain();
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// To the next moment at which something is due, and does it; egress stamps and answers come at once.
    fn advance(&mut self) {
        self.now = self.now.max(self.until);
        self.drain();
        if self.stamp() && self.state() != State::Master {
            let answer = self.answer();
            self.frame(&answer, None);
            self.drain();
        }
    }

    fn stamp(&mut self) -> bool {
        let ticket = self.ticket.take();
        ticket.is_some_and(|ticket| {
            self.egress(ticket);
            self.drain();
            true
        })
    }

    /// The answer to the Delay_Req that was sent last.
    fn answer(&mut self) -> Frame {
        frames::delay_resp(self.requested, EPOCH + self.now + 1_000 + self.noise())
    }

    fn egress(&mut self, ticket: Ticket) {
        let stamp = Some(Timestamp::from_nanos(EPOCH + self.now));
        self.clock.handle(Instant::from_nanos(self.now), Input::Egress(EgressStamp { ticket, stamp }));
    }

    fn frame(&mut self, frame: &Frame, stamp: Option<Timestamp>) {
        self.octets(frame.octets(), stamp);
    }

    #[inline(always)]
    fn octets(&mut self, octets: &[u8], stamp: Option<Timestamp>) {
        let received = Received { port: PortIndex(0), length: octets.len(), source: None, destination: None, stamp };
        self.clock.handle(Instant::from_nanos(self.now), Input::Frame(&received, octets));
    }

    /// What a runner does.
    fn drain(&mut self) {
        match self.clock.poll(Instant::from_nanos(self.now), &mut self.buffer) {
            Output::Wait(wait) => {
                self.until = wait.until.nanos();
                self.reason = wait.reason;
            }
            output => self.act(output),
        }
    }

    /// Does what a clock wants done, and what it wants then.
    #[inline(never)]
    fn act(&mut self, output: Output) {
        match output {
            Output::Adjust(adjustment) => {
                black_box(adjustment.frequency);
                self.clock.handle(Instant::from_nanos(self.now), Input::Adjusted(adjustment));
            }
            Output::Event(event) => {
                black_box(&event);
            }
            Output::Send { transmit, length } => {
                if transmit.ticket.is_some() {
                    self.ticket = transmit.ticket;
                    let [.., high, low] = *self.buffer.first_chunk::<32>().expect("long enough");
                    self.requested = u16::from_be_bytes([high, low]);
                }
                black_box(length);
            }
            Output::Wait(_) => {}
        }
        self.drain();
    }

    /// Within ± 8 ns.
    fn noise(&mut self) -> u64 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u64::from(self.noise >> 28)
    }

    /// The stamp of something that the master sent a microsecond ago.
    fn ingress(&mut self) -> Timestamp {
        let noise = self.noise();
        Timestamp::from_nanos(EPOCH + self.now + 1_000 + noise)
    }

    fn round(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let (sync, follow_up) = self.sync_frames();
        let ingress = self.ingress();
        let (sync, follow_up) = (sync.octets(), follow_up.octets());
        measure.measure(&mut || {
            self.octets(sync, Some(ingress));
            self.drain();
            self.octets(follow_up, None);
            self.drain();
        });
        self.request();
        let delay_resp = self.answer();
        let delay_resp = delay_resp.octets();
        measure.measure(&mut || {
            self.octets(delay_resp, None);
            self.drain();
        });
    }

    fn sync_frames(&mut self) -> (Frame, Frame) {
        (frames::sync(self.sequence), frames::follow_up(self.sequence, EPOCH + self.now))
    }

    /// Waits until a Delay_Req is due and lets it go.
    fn request(&mut self) {
        while self.ticket.is_none() {
            self.now = self.now.max(self.until);
            self.drain();
        }
        self.stamp();
    }

    fn follow_up(&mut self, with_delay: bool, measure: &mut impl Measure) {
        self.keep_alive();
        if with_delay {
            self.request();
            let delay_resp = self.answer();
            self.frame(&delay_resp, None);
            self.drain();
        } else {
            self.settle();
        }
        let (sync, follow_up) = self.sync_frames();
        let ingress = self.ingress();
        self.frame(&sync, Some(ingress));
        self.drain();
        measure.measure(&mut || {
            self.frame(&follow_up, None);
            self.drain();
        });
    }

    /// A Sync completes the delay exchange that is under way; nothing is due for a while after it.
    fn settle(&mut self) {
        while self.until <= self.now + 2_000_000 {
            self.advance();
        }
        let (sync, follow_up) = self.sync_frames();
        let ingress = self.ingress();
        self.frame(&sync, Some(ingress));
        self.frame(&follow_up, None);
        self.drain();
        self.sequence = self.sequence.wrapping_add(1);
        self.now += 1_000_000;
    }

    fn delay_req(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let (sync, follow_up) = self.sync_frames();
        let ingress = self.ingress();
        self.frame(&sync, Some(ingress));
        self.frame(&follow_up, None);
        self.drain();
        self.wait_for(Timer::DelayReq);
        measure.measure(&mut || {
            self.drain();
            if let Some(ticket) = self.ticket.take() {
                self.egress(ticket);
                self.drain();
            }
        });
    }

    /// To the moment at which this timer is due, which is not yet done then; what is due before is done.
    fn wait_for(&mut self, timer: Timer) {
        self.ticket = None;
        while self.reason != WaitReason::Timer(PortIndex(0), timer) {
            // The next state decision comes so much later, and in the end not at the same moment as the timer.
            self.until += 1_000_000;
            self.advance();
        }
        self.now = self.now.max(self.until);
    }

    fn foreign_domain(&mut self, measure: &mut impl Measure) {
        let (sync, ingress) = (frames::sync(self.sequence).in_domain(1), self.ingress());
        measure.measure(&mut || self.frame(&sync, Some(ingress)));
        self.sequence = self.sequence.wrapping_add(1);
    }

    fn announce(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let announce = frames::announce(self.sequence);
        self.sequence = self.sequence.wrapping_add(1);
        self.now += 1_000;
        measure.measure(&mut || {
            self.frame(&announce, None);
            self.drain();
        });
    }

    fn bmca(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        while self.reason != WaitReason::StateDecision {
            self.advance();
        }
        self.now = self.until;
        measure.measure(&mut || self.drain());
    }

    fn send_sync(&mut self, measure: &mut impl Measure) {
        self.drain();
        self.wait_for(Timer::Sync);
        measure.measure(&mut || {
            self.drain();
            if let Some(ticket) = self.ticket.take() {
                self.egress(ticket);
                self.drain();
            }
        });
    }

    fn send_announce(&mut self, measure: &mut impl Measure) {
        self.drain();
        self.wait_for(Timer::Announce);
        measure.measure(&mut || self.drain());
    }

    fn answer_delay_req(&mut self, measure: &mut impl Measure) {
        let (request, ingress) = (frames::delay_req(self.sequence), self.ingress());
        self.sequence = self.sequence.wrapping_add(1);
        measure.measure(&mut || {
            self.frame(&request, Some(ingress));
            self.drain();
        });
    }
}
