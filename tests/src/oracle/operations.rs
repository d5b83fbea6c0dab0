//! A clock against whatever can happen to it, in any order: frames good and bad, stamps, time, links, faults.

pub(crate) mod input;
mod outputs;
mod peers;

pub(super) use input::Bytes;
use outputs::Watch;
use peers::Peers;
use std::collections::BTreeSet;
use syntone::clock::{Clock, Input, Output};
use syntone::config::{ClockConfig, PortConfig};
use syntone::datasets::DelayMechanism;
use syntone::servo::{Adjustment, PiConfig, PiServo};
use syntone::wire::{ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, Flags, SdoId, TimeSource};
use syntone_hal::{
    Address, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Received,
    Stamping, Ticket, TimeInterval, Timestamp,
};

const OWN: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0080);
/// No clock goes beyond: nanoseconds.
const LATEST: i64 = i64::MAX / 2;
/// Outputs that one input can lead to at the most, by far.
const PATIENCE: usize = 64;

/// What a run has come by, to see that a corpus leads somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Numbers of the states of the ports.
    pub states: BTreeSet<u8>,
    /// Types of the messages that the clock sent.
    pub sent: BTreeSet<u8>,
    /// Types of the messages that the clock received and used.
    pub received: BTreeSet<u8>,
    /// The clock was stepped by its servo.
    pub stepped: bool,
    /// The clock was locked.
    pub locked: bool,
}

/// Reads `data` as settings and then one operation after the other. Says what was reached.
///
/// # Panics
/// When something does not hold.
pub fn operations(data: &[u8]) -> Reached {
    let mut bytes = Bytes::new(data);
    let settings = bytes.u8();
    let slave_only = settings & 1 != 0;
    let config = ClockConfig {
        slave_only,
        domain_number: settings >> 1 & 3,
        sdo_id: if settings & 8 != 0 { SdoId::GPTP } else { SdoId::DEFAULT },
        minor_version_ptp: settings >> 4 & 1,
        clock_quality: quality(if settings & 0x20 != 0 { 6 } else { 248 }),
        priority1: bytes.u8(),
        max_steps_removed: bytes.u8().max(2),
        seed: u64::from(bytes.u8()),
        ..ClockConfig::new(OWN)
    };
    let peer_to_peer = settings & 0x40 != 0;
    let port = |bits: u8| PortConfig {
        delay_mechanism: if peer_to_peer { DelayMechanism::PeerToPeer } else { DelayMechanism::EndToEnd },
        log_min_pdelay_req_interval: i8::try_from(bits >> 6).expect("two bits") - 2,
        two_step_flag: settings & 0x80 == 0,
        master_only: bits & 1 != 0 && !slave_only,
        log_sync_interval: i8::try_from(bits >> 1 & 7).expect("three bits") - 4,
        log_announce_interval: i8::try_from(bits >> 4 & 3).expect("two bits") - 1,
        ..PortConfig::default()
    };
    let servo = || PiServo::new(PiConfig::default()).expect("the default is good");
    if slave_only {
        let clock = Clock::new(&config, &[port(bytes.u8())], servo()).expect("a good configuration");
        Bench::new(clock, config, settings).run(bytes)
    } else {
        let ports = [port(bytes.u8()), port(bytes.u8())];
        let clock = Clock::<2>::new(&config, &ports, servo()).expect("a good configuration");
        Bench::new(clock, config, settings).run(bytes)
    }
}

fn quality(class: u8) -> ClockQuality {
    let (clock_class, clock_accuracy) = (ClockClass(class), ClockAccuracy::UNKNOWN);
    ClockQuality { clock_class, clock_accuracy, offset_scaled_log_variance: 0xFFFF }
}

/// A clock, the time around it, and what is known of it.
struct Bench<const PORTS: usize> {
    clock: Clock<PORTS>,
    now: u64,
    /// What the PTP clock reads, and what the other clocks read: nanoseconds.
    time: i64,
    truth: i64,
    /// How much faster than the others the clock runs by itself, and what was set: 2⁻¹⁶ ppm.
    drift: i32,
    frequency: i32,
    until: u64,
    limits: ClockLimits,
    refuse_step: bool,
    refuse_frequency: bool,
    peers: Peers,
    watch: Watch<PORTS>,
}

impl<const PORTS: usize> Bench<PORTS> {
    fn new(clock: Clock<PORTS>, config: ClockConfig, settings: u8) -> Self {
        let limits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(100_000), can_step: true };
        let (peers, watch) =
            (Peers::new(&config, settings & 0x40 != 0), Watch::new(&clock, config, settings & 0x80 != 0));
        let (now, truth) = (1_000, 1_700_000_000_000_000_000);
        let (time, until) = (truth, now);
        let (drift, frequency, refuse_step, refuse_frequency) = (0, 0, false, false);
        Self { clock, now, time, truth, drift, frequency, until, limits, refuse_step, refuse_frequency, peers, watch }
    }

    fn run(mut self, mut bytes: Bytes<'_>) -> Reached {
        self.start(bytes.u8());
        self.drain();
        while !bytes.is_empty() {
            let choice = bytes.u8();
            self.operation(choice, &mut bytes);
            // As a runner does: a stamp and a frame, or a link, before the outputs are looked at.
            self.watch.several_inputs = choice & 0x80 != 0;
            if self.watch.several_inputs {
                self.operation(bytes.u8(), &mut bytes);
            }
            self.drain();
            self.watch.check_data_sets(&self.clock);
        }
        self.watch.reached
    }

    fn at(&self) -> Instant {
        Instant::from_nanos(self.now)
    }

    fn handle(&mut self, input: Input<'_>) {
        self.clock.handle(Instant::from_nanos(self.now), input);
    }

    fn start(&mut self, bits: u8) {
        self.limits.can_step = bits & 1 == 0;
        self.drift = i32::from(bits >> 1 & 7) << 19;
        self.time = self.time.saturating_add(i64::from(bits >> 4) << 29);
        self.handle(Input::Start(self.limits));
    }

    fn operation(&mut self, choice: u8, bytes: &mut Bytes<'_>) {
        match choice % 16 {
            0 => {
                let length = usize::from(bytes.u8());
                let octets = bytes.take(length).to_vec();
                self.frame(bytes.u8(), &octets);
            }
            1..=5 => {
                let octets = self.peers.message(bytes, self.truth);
                self.frame(bytes.u8(), &octets);
            }
            6 => self.elapse(1 << (bytes.u8() % 36)),
            7 | 8 => self.elapse(self.until.saturating_sub(self.now)),
            9 => self.egress(bytes),
            10 => {
                // A ticket that was never given out, or one that a fuzzer has guessed.
                let (raw, stamp) = (bytes.u32(), Some(self.stamp(0)));
                let ticket = self.watch.note_stamp(&Ticket::from_raw(raw), stamp).unwrap_or(Ticket::from_raw(raw));
                self.handle(Input::Egress(EgressStamp { ticket, stamp }));
            }
            11 => {
                let bits = bytes.u8();
                self.handle(Input::Link(PortIndex(bits >> 1 & 3), bits & 1 != 0));
            }
            12 => self.fault(bytes.u8()),
            13 => {
                let nanoseconds = bytes.i64();
                self.time = self.time.saturating_add(nanoseconds).clamp(0, LATEST);
                self.handle(Input::Stepped(nanoseconds));
            }
            14 => self.change_clock(bytes.u8()),
            _ => self.change_board(bytes.u8()),
        }
    }

    fn elapse(&mut self, nanoseconds: u64) {
        // A century is enough, and leaves room to add to.
        let step = nanoseconds.min(3_200_000_000_000_000_000_u64.saturating_sub(self.now));
        self.now += step;
        let step = i64::try_from(step).expect("below a century");
        let gained = i128::from(step) * i128::from(self.drift + self.frequency) / (1_000_000 << 16);
        self.truth = self.truth.saturating_add(step).min(LATEST);
        self.time = self.time.saturating_add(step + i64::try_from(gained).expect("a fraction")).clamp(0, LATEST);
    }

    fn stamp(&self, late: u8) -> Timestamp {
        let time = Timestamp::from_nanos(u64::try_from(self.time).expect("not before the epoch"));
        time.with_subnanos(u16::from(late) << 8)
    }

    /// A frame comes in. It is counted once, as received or as discarded, and in the second case nothing changes.
    fn frame(&mut self, bits: u8, octets: &[u8]) {
        let port = PortIndex(bits >> 5 & 1);
        let stamp = (bits & 1 == 0).then(|| self.stamp(bits));
        let source = (bits & 2 == 0).then_some(Address::Ethernet([bits; 6]));
        let received = Received { port, length: octets.len(), source, destination: None, stamp };
        let before = self.watch.snapshot(&self.clock, port);
        self.handle(Input::Frame(&received, octets));
        self.watch.check_frame(&self.clock, port, &before, octets, stamp);
    }

    fn egress(&mut self, bytes: &mut Bytes<'_>) {
        let bits = bytes.u8();
        let stamp = (bits & 0x0F != 0).then(|| self.stamp(bits));
        if let Some(ticket) = self.watch.take_ticket(bits >> 4, stamp) {
            self.handle(Input::Egress(EgressStamp { ticket, stamp }));
        }
    }

    fn fault(&mut self, bits: u8) {
        let kinds = [
            ErrorKind::LinkDown,
            ErrorKind::Busy,
            ErrorKind::Unsupported,
            ErrorKind::PermissionDenied,
            ErrorKind::Timeout,
            ErrorKind::Other,
        ];
        let kind = kinds[usize::from(bits & 0x0F) % kinds.len()];
        match bits >> 4 & 3 {
            3 => self.handle(Input::ReceiveFailed(kind)),
            port => self.handle(Input::SendFailed(PortIndex(port), kind)),
        }
    }

    fn change_clock(&mut self, bits: u8) {
        let now = self.at();
        let before = self.clock.default_ds().clock_quality;
        let changed = if bits & 1 == 0 {
            self.clock.set_clock_quality(now, quality([6, 127, 128, 248][usize::from(bits >> 1 & 3)]))
        } else {
            let flags = Flags::from_bits_retain(u16::from(bits >> 1));
            let properties = syntone::datasets::TimePropertiesDs::new(i16::from(bits), flags, TimeSource(bits));
            self.clock.set_time_properties(now, properties)
        };
        if changed.is_err() {
            assert_eq!(self.clock.default_ds().clock_quality, before, "what is refused changes nothing");
        }
    }

    fn change_board(&mut self, bits: u8) {
        self.refuse_step = bits & 1 != 0;
        self.refuse_frequency = bits & 2 != 0;
        let stamping = if bits & 4 != 0 { Stamping::Hardware } else { Stamping::Software };
        let resolution = TimeInterval::from_scaled(i64::from(bits) << 12);
        let (port, one_step) = (PortIndex(bits >> 3 & 3), bits & 0x20 != 0);
        let (one_step_sync, one_step_pdelay_resp) = (one_step, one_step);
        let capabilities = PortCapabilities {
            stamping,
            resolution,
            one_step_sync,
            one_step_pdelay_resp,
            ..PortCapabilities::default()
        };
        self.watch.can_one_step(port, one_step);
        self.handle(Input::Capabilities(port, capabilities));
    }

    /// Does what the clock says, and looks at it.
    fn drain(&mut self) {
        let mut buffer = [0xEE; 128];
        for _ in 0..PATIENCE {
            let at = self.at();
            match self.clock.poll(at, &mut buffer) {
                Output::Wait(wait) => {
                    assert!(wait.until > at, "waits for what is due: {wait:?} at {at:?}");
                    self.until = wait.until.nanos();
                    return;
                }
                Output::Event(event) => self.watch.check_event(&event),
                Output::Adjust(adjustment) => self.adjust(adjustment),
                Output::Send { transmit, length } => {
                    self.watch.check_message(&self.clock, &transmit, &buffer[..length]);
                    self.peers.sent(&buffer[..length]);
                    self.watch.sent(transmit, &buffer[..length]);
                }
            }
        }
        panic!("no end of outputs");
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        assert_ne!(adjustment, Adjustment::NONE, "an adjustment of nothing");
        assert!(adjustment.step.is_none() || self.limits.can_step, "steps a clock that cannot be stepped");
        let ppm = adjustment.frequency.map_or(0, FrequencyOffset::scaled_ppm);
        let limit = self.limits.max_frequency.scaled_ppm();
        assert!((-limit..=limit).contains(&ppm), "{adjustment:?} is beyond what the clock can do");
        let step = adjustment.step.filter(|_| !self.refuse_step);
        let frequency = adjustment.frequency.filter(|_| !self.refuse_frequency);
        self.watch.reached.stepped |= step.is_some();
        self.time = self.time.saturating_add(step.unwrap_or(0)).clamp(0, LATEST);
        self.frequency = frequency.map_or(self.frequency, FrequencyOffset::scaled_ppm);
        self.handle(Input::Adjusted(Adjustment { step, frequency }));
    }
}
