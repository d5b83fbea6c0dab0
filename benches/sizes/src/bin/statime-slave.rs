//! A slave made of statime 0.4 with its basic filter, over the same drivers.
#![no_std]
#![no_main]

use core::cell::RefCell;
use core::time::Duration as CoreDuration;
use qemu_mps2::board;
use rand::RngCore;
use statime::config::{
    AcceptAnyMaster, ClockIdentity, DelayMechanism, InstanceConfig, PortConfig, PtpMinorVersion, SdoId,
    TimePropertiesDS, TimeSource,
};
use statime::filters::BasicFilter;
use statime::port::{InBmca, Port, PortAction, PortActionIterator, Running, TimestampContext};
use statime::time::{Duration, Interval, Time};
use statime::{Clock, PtpInstance};
use syntone_hal::{
    ClockHal, Destination, ErrorKind, FrequencyOffset, Instant, NetworkHal, PortIndex, Ticket, Timestamp, TimestampHal,
    Transmit,
};
use syntone_smoltcp::Ethernet;

syntone_sizes::entry!(run);

type Shared<'a> = &'a RefCell<board::Port<Ethernet>>;
type Slave<'a, L> = Port<'a, L, AcceptAnyMaster, Random, SoftClock<'a>, BasicFilter>;

/// The board's clock as statime wants it.
struct SoftClock<'a>(Shared<'a>);

impl Clock for SoftClock<'_> {
    type Error = ErrorKind;

    fn now(&self) -> Time {
        self.0.borrow_mut().now().map_or(Time::from_nanos(0), time)
    }

    fn step_clock(&mut self, offset: Duration) -> Result<Time, ErrorKind> {
        let nanos = i64::try_from(offset.nanos_rounded()).map_err(|_| ErrorKind::OutOfRange)?;
        self.0.borrow_mut().step(nanos)?;
        Ok(self.now())
    }

    fn set_frequency(&mut self, ppm: f64) -> Result<Time, ErrorKind> {
        self.0.borrow_mut().set_frequency(FrequencyOffset::from_scaled_ppm((ppm * 65_536.0) as i32))?;
        Ok(self.now())
    }

    fn set_properties(&mut self, _: &TimePropertiesDS) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Numbers for the spacing of Delay_Req.
struct Random(u32);

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        octets.iter_mut().for_each(|octet| *octet = self.next_u32() as u8);
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

/// What the user of statime keeps: timers and the stamp that is waited for.
struct Duties<'a> {
    board: Shared<'a>,
    delay_request: Instant,
    announce_receipt: Instant,
    filter_update: Instant,
    bmca: Instant,
    pending: Option<TimestampContext>,
}

fn run() -> Option<()> {
    let board = RefCell::new(board::start(Ethernet)?);
    let instance = PtpInstance::<BasicFilter>::new(
        instance_config(),
        TimePropertiesDS::new_arbitrary_time(false, false, TimeSource::InternalOscillator),
    );
    let port = instance.add_port(port_config(), 0.25, SoftClock(&board), Random(0x3860));
    let never = Instant::FAR_FUTURE;
    let mut duties = Duties {
        board: &board,
        delay_request: never,
        announce_receipt: never,
        filter_update: never,
        bmca: never,
        pending: None,
    };
    let mut port = duties.decide(&instance, port);
    let mut buffer = [0; 192];
    loop {
        if duties.monotonic() >= duties.bmca {
            port = duties.decide(&instance, port.start_bmca());
        }
        duties.turn(&mut port, &mut buffer);
        let until = duties.delay_request.min(duties.announce_receipt).min(duties.filter_update).min(duties.bmca);
        board.borrow_mut().interface().sleep_until(until);
    }
}

impl<'a> Duties<'a> {
    fn monotonic(&self) -> Instant {
        self.board.borrow_mut().monotonic()
    }

    fn decide(&mut self, instance: &'a PtpInstance<BasicFilter>, mut port: Slave<'a, InBmca>) -> Slave<'a, Running> {
        instance.bmca(&mut [&mut port]);
        self.bmca = self.monotonic() + instance.bmca_interval();
        let (port, actions) = port.end_bmca();
        self.carry_out(actions);
        port
    }

    /// Takes what has come in and does what is due.
    fn turn(&mut self, port: &mut Slave<'_, Running>, buffer: &mut [u8; 192]) {
        let stamp = self.board.borrow_mut().poll_egress();
        if let Ok(Some(egress)) = stamp
            && let (Some(stamp), Some(context)) = (egress.stamp, self.pending.take())
        {
            self.carry_out(port.handle_send_timestamp(context, time(stamp)));
        }
        let received = self.board.borrow_mut().receive(buffer);
        if let Ok(Some(received)) = received
            && let Some(message) = buffer.get(..received.length)
        {
            let actions = match received.stamp {
                Some(stamp) => port.handle_event_receive(message, time(stamp)),
                None => port.handle_general_receive(message),
            };
            self.carry_out(actions);
        }
        let now = self.monotonic();
        if now >= self.delay_request {
            self.delay_request = Instant::FAR_FUTURE;
            self.carry_out(port.handle_delay_request_timer());
        }
        if now >= self.announce_receipt {
            self.announce_receipt = Instant::FAR_FUTURE;
            self.carry_out(port.handle_announce_receipt_timer());
        }
        if now >= self.filter_update {
            self.filter_update = Instant::FAR_FUTURE;
            self.carry_out(port.handle_filter_update_timer());
        }
    }

    fn carry_out(&mut self, actions: PortActionIterator<'_>) {
        for action in actions {
            match action {
                PortAction::SendEvent { context, data, .. } => {
                    if self.send(data, Some(Ticket::from_raw(0))) {
                        self.pending = Some(context);
                    }
                }
                PortAction::SendGeneral { data, .. } => drop(self.send(data, None)),
                PortAction::ResetDelayRequestTimer { duration } => self.delay_request = self.after(duration),
                PortAction::ResetAnnounceReceiptTimer { duration } => self.announce_receipt = self.after(duration),
                PortAction::ResetFilterUpdateTimer { duration } => self.filter_update = self.after(duration),
                // A slave has no use for the others.
                _ => {}
            }
        }
    }

    fn send(&self, message: &[u8], ticket: Option<Ticket>) -> bool {
        let transmit =
            Transmit { port: PortIndex(0), destination: Destination::PrimaryMulticast, ticket, one_step: None };
        self.board.borrow_mut().send(transmit, message).is_ok()
    }

    fn after(&self, duration: CoreDuration) -> Instant {
        self.monotonic() + duration
    }
}

fn time(stamp: Timestamp) -> Time {
    Time::from_nanos(stamp.seconds().wrapping_mul(1_000_000_000).wrapping_add(u64::from(stamp.nanos())))
}

fn instance_config() -> InstanceConfig {
    InstanceConfig {
        clock_identity: ClockIdentity::from_mac_address(board::STATION),
        priority_1: 128,
        priority_2: 128,
        domain_number: 0,
        sdo_id: SdoId::default(),
        slave_only: true,
        path_trace: false,
    }
}

fn port_config() -> PortConfig<AcceptAnyMaster> {
    PortConfig {
        acceptable_master_list: AcceptAnyMaster,
        delay_mechanism: DelayMechanism::E2E { interval: Interval::from_log_2(0) },
        announce_interval: Interval::from_log_2(1),
        announce_receipt_timeout: 3,
        sync_interval: Interval::from_log_2(0),
        master_only: false,
        delay_asymmetry: Duration::ZERO,
        minor_ptp_version: PtpMinorVersion::One,
    }
}
