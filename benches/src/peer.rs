//! statime at work, with its basic filter.

use crate::frames;
use crate::work::{Measure, Work};
use core::cell::RefCell;
use core::hint::black_box;
use rand::rngs::mock::StepRng;
use statime::config::{
    AcceptAnyMaster, ClockIdentity, DelayMechanism, InstanceConfig, PortConfig, PtpMinorVersion, SdoId,
    TimePropertiesDS, TimeSource,
};
use statime::filters::BasicFilter;
use statime::port::{NoForwardedTLVs, Port, PortAction, PortActionIterator, Running, TimestampContext};
use statime::time::{Duration, Interval, Time};
use statime::{PtpInstance, PtpInstanceState};

const EPOCH: u64 = 1_700_000_000_000_000_000;

type Instance = PtpInstance<BasicFilter, RefCell<PtpInstanceState>>;
type RunningPort<'a> = Port<'a, Running, AcceptAnyMaster, StepRng, FreeClock, BasicFilter>;

/// A clock that does nothing.
pub struct FreeClock;

impl statime::Clock for FreeClock {
    type Error = ();

    fn now(&self) -> Time {
        Time::from_nanos(EPOCH)
    }

    fn step_clock(&mut self, offset: Duration) -> Result<Time, ()> {
        black_box(offset);
        Ok(Time::from_nanos(EPOCH))
    }

    fn set_frequency(&mut self, ppm: f64) -> Result<Time, ()> {
        black_box(ppm);
        Ok(Time::from_nanos(EPOCH))
    }

    fn set_properties(&mut self, properties: &TimePropertiesDS) -> Result<(), ()> {
        black_box(properties);
        Ok(())
    }
}

/// An ordinary clock, and the world it needs.
pub struct Peer<'a> {
    instance: &'a Instance,
    port: Option<RunningPort<'a>>,
    now: u64,
    sequence: u16,
    noise: u32,
}

/// Does what the port asks for; gives back the claim on an egress stamp, with the sequenceId of the message.
fn act(actions: PortActionIterator<'_>) -> Option<(TimestampContext, u16)> {
    let mut sent = None;
    for action in actions {
        match action {
            PortAction::SendEvent { context, data, .. } => {
                let sequence = data.get(30..32).map_or(0, |octets| u16::from_be_bytes([octets[0], octets[1]]));
                sent = Some((context, sequence));
            }
            other => {
                let _ = black_box(&other);
            }
        }
    }
    sent
}

impl<'a> Peer<'a> {
    /// Lends a slave that steers, or a master, to `user`.
    ///
    /// # Panics
    /// When it does not get there: that would measure something else.
    pub fn with(master: bool, user: impl FnOnce(&mut Peer<'_>)) {
        let [a, b, c, d, e, f, g, h, ..] = frames::SELF;
        let config = InstanceConfig {
            clock_identity: ClockIdentity([a, b, c, d, e, f, g, h]),
            priority_1: 128,
            priority_2: 128,
            domain_number: 0,
            slave_only: !master,
            sdo_id: SdoId::default(),
            path_trace: false,
        };
        let properties = TimePropertiesDS::new_arbitrary_time(false, false, TimeSource::InternalOscillator);
        let instance = Instance::new(config, properties);
        let interval = Interval::from_log_2(0);
        let port_config = PortConfig {
            acceptable_master_list: AcceptAnyMaster,
            delay_mechanism: DelayMechanism::E2E { interval },
            announce_interval: interval,
            announce_receipt_timeout: 3,
            sync_interval: interval,
            master_only: false,
            delay_asymmetry: Duration::ZERO,
            minor_ptp_version: PtpMinorVersion::One,
        };
        let port = instance.add_port(port_config, 0.25, FreeClock, StepRng::new(1, 0x9E37_79B9_7F4A_7C15));
        let (port, actions) = port.end_bmca();
        act(actions);
        let mut peer = Peer { instance: &instance, port: Some(port), now: 1_000_000_000, sequence: 0, noise: 1 };
        if master {
            peer.become_master();
        } else {
            peer.become_slave();
        }
        user(&mut peer);
    }

    /// Does `work` again and again.
    pub fn repeat(&mut self, work: Work, rounds: u32, measure: &mut impl Measure) {
        for _ in 0..rounds {
            match work {
                Work::Nothing => measure.measure(&mut || {}),
                Work::Round => self.round(measure),
                Work::FollowUp | Work::FollowUpAndDelay => self.follow_up(measure),
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

    fn become_slave(&mut self) {
        for _ in 0..40 {
            self.keep_alive();
            if self.port().is_steering() {
                self.round(&mut |work: &mut dyn FnMut()| work());
            }
        }
        assert!(self.port().is_steering());
    }

    fn become_master(&mut self) {
        act(self.port().handle_announce_receipt_timer());
        assert!(self.port().is_master());
    }

    fn port(&mut self) -> &mut RunningPort<'a> {
        self.port.as_mut().expect("it is only away during a state decision")
    }

    /// A second passes, with an Announce from the master and a state decision.
    fn keep_alive(&mut self) {
        let announce = frames::announce(self.sequence);
        act(self.port().handle_general_receive(announce.octets()));
        self.now += 1_000_000_000;
        self.sequence = self.sequence.wrapping_add(1);
        self.decide();
    }

    fn decide(&mut self) {
        let port = self.port.take().expect("it is only away during a state decision");
        let mut port = port.start_bmca();
        self.instance.bmca(&mut [&mut port]);
        let (port, actions) = port.end_bmca();
        act(actions);
        self.port = Some(port);
    }

    /// Within ± 8 ns.
    fn noise(&mut self) -> u64 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u64::from(self.noise >> 28)
    }

    /// The stamp of something that the master sent a microsecond ago.
    fn ingress(&mut self) -> Time {
        let noise = self.noise();
        Time::from_nanos(EPOCH + self.now + 1_000 + noise)
    }

    /// Lets a Delay_Req go; its sequenceId.
    fn request(&mut self) -> u16 {
        self.now += 100_000_000;
        let stamp = Time::from_nanos(EPOCH + self.now);
        let (context, sequence) = act(self.port().handle_delay_request_timer()).expect("a slave sends it");
        act(self.port().handle_send_timestamp(context, stamp));
        sequence
    }

    fn round(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let sync = frames::sync(self.sequence);
        let follow_up = frames::follow_up(self.sequence, EPOCH + self.now);
        let ingress = self.ingress();
        let (sync, follow_up) = (sync.octets(), follow_up.octets());
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_event_receive(sync, ingress));
            act(port.handle_general_receive(follow_up));
        });
        let requested = self.request();
        let delay_resp = frames::delay_resp(requested, EPOCH + self.now + 1_000 + self.noise());
        let delay_resp = delay_resp.octets();
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_general_receive(delay_resp));
        });
    }

    fn follow_up(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let sync = frames::sync(self.sequence);
        let follow_up = frames::follow_up(self.sequence, EPOCH + self.now);
        let ingress = self.ingress();
        act(self.port().handle_event_receive(sync.octets(), ingress));
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_general_receive(follow_up.octets()));
        });
        let requested = self.request();
        let delay_resp = frames::delay_resp(requested, EPOCH + self.now + 1_000);
        act(self.port().handle_general_receive(delay_resp.octets()));
    }

    fn delay_req(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let stamp = Time::from_nanos(EPOCH + self.now);
        let port = self.port();
        measure.measure(&mut || {
            if let Some((context, _)) = act(port.handle_delay_request_timer()) {
                act(port.handle_send_timestamp(context, stamp));
            }
        });
    }

    fn foreign_domain(&mut self, measure: &mut impl Measure) {
        let (sync, ingress) = (frames::sync(self.sequence).in_domain(1), self.ingress());
        self.sequence = self.sequence.wrapping_add(1);
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_event_receive(sync.octets(), ingress));
        });
    }

    fn announce(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        let announce = frames::announce(self.sequence);
        self.sequence = self.sequence.wrapping_add(1);
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_general_receive(announce.octets()));
        });
    }

    fn bmca(&mut self, measure: &mut impl Measure) {
        self.keep_alive();
        measure.measure(&mut || self.decide());
    }

    fn send_sync(&mut self, measure: &mut impl Measure) {
        self.now += 1_000_000_000;
        let stamp = Time::from_nanos(EPOCH + self.now);
        let port = self.port();
        measure.measure(&mut || {
            if let Some((context, _)) = act(port.handle_sync_timer()) {
                act(port.handle_send_timestamp(context, stamp));
            }
        });
    }

    fn send_announce(&mut self, measure: &mut impl Measure) {
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_announce_timer(&mut NoForwardedTLVs));
        });
    }

    fn answer_delay_req(&mut self, measure: &mut impl Measure) {
        let (request, ingress) = (frames::delay_req(self.sequence), self.ingress());
        self.sequence = self.sequence.wrapping_add(1);
        let port = self.port();
        measure.measure(&mut || {
            act(port.handle_event_receive(request.octets(), ingress));
        });
    }
}
