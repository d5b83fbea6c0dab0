//! One scenario, three times: in the simulator, which writes down what the slave's board gives it, then from that script on this machine and
//! on the board.

#[expect(unreachable_pub, reason = "taken in as it is: in the firmware it is reachable")]
#[path = "../../../examples/qemu-mps2/src/replay.rs"]
mod script;

use script::{FRAME, LIMITS, LOST, NOTHING, STAMP, Slave, TURN, Tell, capabilities, tell_sent};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, NetworkHal, PortCapabilities, PortIndex,
    Received, Ticket, Timestamp, TimestampHal, Transmit,
};
use syntone_sim::{Board, Oscillator, SimHal, Stamper, World, ms, ns, secs, us};
use syntone_tests::board;

/// Passes everything on and writes it down.
struct Recording<'a> {
    hal: &'a mut SimHal,
    script: &'a RefCell<Vec<u8>>,
    tell: Tell<'a>,
}

impl Recording<'_> {
    fn write(&self, parts: &[&[u8]]) {
        self.script.borrow_mut().extend(parts.concat());
    }
}

fn nanos(stamp: Option<Timestamp>) -> [u8; 8] {
    stamp.map_or(LOST, |stamp| stamp.nanos_since(Timestamp::ZERO)).to_be_bytes()
}

impl NetworkHal for Recording<'_> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        let received = self.hal.receive(buffer)?;
        match &received {
            Some(Received { length, stamp, .. }) => {
                let octets = u8::try_from(*length).expect("a short message");
                self.write(&[&[FRAME], &nanos(*stamp), &[octets], &buffer[..*length]]);
            }
            None => self.write(&[&[NOTHING]]),
        }
        Ok(received)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        let Transmit { port, destination, ticket, one_step } = transmit;
        let raw = ticket.map(Ticket::into_raw);
        let transmit = || Transmit { port, destination, ticket: raw.map(Ticket::from_raw), one_step };
        tell_sent(self.hal.monotonic().nanos(), transmit(), message, self.tell);
        self.hal.send(transmit(), message)
    }
}

impl TimestampHal for Recording<'_> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        let Some(EgressStamp { ticket, stamp }) = self.hal.poll_egress()? else {
            self.write(&[&[NOTHING]]);
            return Ok(None);
        };
        let raw = ticket.into_raw();
        self.write(&[&[STAMP], &raw.to_be_bytes(), &nanos(stamp)]);
        Ok(Some(EgressStamp { ticket: Ticket::from_raw(raw), stamp }))
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        capabilities()
    }
}

impl ClockHal for Recording<'_> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.hal.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        self.hal.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        (self.tell)(self.hal.monotonic().nanos(), "step", nanoseconds);
        self.hal.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        (self.tell)(self.hal.monotonic().nanos(), "frequency", i64::from(frequency.scaled_ppm()));
        self.hal.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        LIMITS
    }
}

type Shared<T> = Rc<RefCell<T>>;

/// Two masters, the better of which goes, and stamps with noise of which some are lost: the script, and the slave's decisions.
fn simulate() -> (Vec<u8>, Vec<String>) {
    let (script, decisions) = <(Shared<Vec<u8>>, Shared<Vec<String>>)>::default();
    let mut world = World::new(5);
    let noisy = Board::new().stamper(Stamper::hardware().noise(ns(8)));
    let port = PortConfig {
        log_announce_interval: 0,
        log_sync_interval: -3,
        log_min_delay_req_interval: -3,
        ..PortConfig::default()
    };
    let masters = [100, 110].map(|priority1| {
        let config = ClockConfig { priority1, ..ClockConfig::new(ClockIdentity(u64::from(priority1))) };
        let port = port.clone();
        world.add_clock(format!("master {priority1}"), &noisy, move || -> Clock {
            let servo = PiServo::new(PiConfig::default()).expect("the defaults are in range");
            Clock::new(&config, std::slice::from_ref(&port).try_into().expect("one"), servo).expect("in range")
        })
    });
    let wrong = noisy.ahead(ms(2_000)).oscillator(Oscillator::ideal().ppm(50.0).wander(1.0));
    let (to_script, to_decisions) = (Rc::clone(&script), Rc::clone(&decisions));
    let slave = world.add("slave", &wrong, move |_| {
        let (script, decisions) = (Rc::clone(&to_script), Rc::clone(&to_decisions));
        let mut slave = Slave::new().expect("the settings are in range");
        move |hal: &mut SimHal| {
            let now = hal.monotonic().nanos();
            script.borrow_mut().extend([&[TURN][..], &now.to_be_bytes()].concat());
            let tell = |now: u64, what: &'static str, value: i64| {
                decisions.borrow_mut().push(format!("{now} {what} {value}"));
            };
            Some(slave.turn(&mut Recording { hal, script: &script, tell: &tell }, &tell))
        }
    });
    world.segment([masters[0], masters[1], slave], us(3));
    world.at(secs(15), move |world| world.stop(masters[0]));
    world.run_for(secs(30));
    (script.take(), decisions.take())
}

#[test]
fn the_same_script_gives_the_same_decisions_in_the_simulator_on_the_host_and_on_the_board() {
    let (script, simulated) = simulate();
    // What the scenario is for.
    let count = |what: &str| simulated.iter().filter(|line| line.split(' ').nth(1) == Some(what)).count();
    println!(
        "{} octets, {} decisions; {:?}",
        script.len(),
        simulated.len(),
        ["grandmaster", "step", "frequency", "send"].map(count)
    );
    assert!(count("grandmaster") >= 2 && count("step") >= 1 && count("frequency") > 100 && count("send") > 100);

    let (played, mut rest) = (RefCell::new(Vec::new()), &script[..]);
    let mut take = |octets: &mut [u8]| {
        rest.split_at_checked(octets.len()).is_some_and(|(next, later)| {
            octets.copy_from_slice(next);
            rest = later;
            true
        })
    };
    let tell = |now: u64, what: &'static str, value: i64| played.borrow_mut().push(format!("{now} {what} {value}"));
    assert_eq!(script::play(&mut take, &tell), Some(()), "the script was left");
    assert_same("the host", &played.take(), &simulated);

    let (status, lines) = board::with_a_script(&script).wait_for_end(Duration::from_secs(60));
    let decided: Vec<_> = lines.into_iter().filter(|line| !line.starts_with("qemu-system-arm:")).collect();
    assert_same("the board", &decided, &simulated);
    assert!(status.success(), "{status}");
}

/// Fails with the first decision that is another one.
#[track_caller]
fn assert_same(what: &str, decided: &[String], simulated: &[String]) {
    let first = decided.iter().zip(simulated).position(|(one, other)| one != other);
    let first = first.map(|index| (index, &decided[index], &simulated[index]));
    assert_eq!((first, decided.len()), (None, simulated.len()), "{what} against the simulator");
}
