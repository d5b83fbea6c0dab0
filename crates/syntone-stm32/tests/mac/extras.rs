//! What the MAC has beside frames and a clock: alarms, pulses, snapshots, one-step Syncs, the PHY.

use crate::model::{HERTZ, Kind, Model, RECEIVE, Ring, TRANSMIT};
use syntone_hal::{ClockHal, ErrorKind, Instant, OneStep, PortIndex, Timestamp, TimestampHal};
use syntone_smoltcp::{FrameInterface, Outgoing};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Block, Clock, Eqos, Events, Legacy, Phy, Port, Pulses, Registers, reset};

type AnyClock<B> = Clock<Model, B, Box<dyn FnMut() -> Instant>>;
const STATION: [u8; 6] = [2, 0, 0, 0, 0, 7];
const FIRST: PortIndex = PortIndex(0);

fn at(seconds: u64, nanos: u32) -> Timestamp {
    Timestamp::new(seconds, nanos).expect("in range")
}

/// A unit that counts in 8 ns from 1 000 s on.
fn start<B: Block>(kind: Kind) -> (Model, AnyClock<B>) {
    let model = Model::new(kind, 4, 4);
    let rate = Rate::with_increment(HERTZ, 8).expect("fast enough");
    let clock = Clock::start(model.clone(), rate, Box::new(model.monotonic()) as Box<_>, at(1_000, 0));
    (model, clock.expect("it has a clock"))
}

fn port(model: &Model, clock: AnyClock<Eqos>) -> Port<Model, Eqos, Box<dyn FnMut() -> Instant>, Ring, Ring> {
    Port::start(clock, model.memory(RECEIVE), model.memory(TRANSMIT), STATION).expect("rings that fit")
}

/// Each test for both kinds.
macro_rules! both {
    ($($name:ident => $check:ident;)*) => {
        mod legacy {
            $(#[test] fn $name() { super::$check::<super::Legacy>(super::Kind::Legacy); })*
        }
        mod eqos {
            $(#[test] fn $name() { super::$check::<super::Eqos>(super::Kind::Eqos); })*
        }
    };
}

both! {
    an_alarm_comes_once_at_its_time_also_while_the_clock_is_steered => alarm;
    an_alarm_that_is_over_is_refused => late_alarm;
    the_end_of_32_bits_of_seconds_is_told_once => overflow;
    the_phy_is_found_and_its_link_told => phy;
    a_reset_that_does_not_end_is_told_in_bounded_time => endless_reset;
}

fn alarm<B: Block>(kind: Kind) {
    let (model, mut clock) = start::<B>(kind);
    clock.set_alarm(at(1_001, 500_000_000)).expect("it is to come");
    model.pass(1_400_000_000);
    // Commands go on while it waits.
    clock.step(-200_000_000).expect("in range");
    model.pass(200_000_000);
    assert!(!model.interrupts(), "not yet: {:?}", model.time(0));
    assert_eq!(clock.take_events(), Events::default());
    model.pass(110_000_000);
    assert!(model.interrupts(), "now: {:?}", model.time(0));
    assert_eq!(clock.take_events(), Events { alarm: true, ..Events::default() });
    clock.step(1).expect("in range");
    model.pass(3_000_000_000);
    assert!(!model.interrupts(), "it comes once");
    assert_eq!(clock.take_events(), Events::default());
}

fn late_alarm<B: Block>(kind: Kind) {
    let (model, mut clock) = start::<B>(kind);
    for time in [at(999, 0), model.time(0)] {
        assert_eq!(clock.set_alarm(time), Err(ErrorKind::OutOfRange));
    }
    assert!(!model.interrupts());
}

fn overflow<B: Block>(kind: Kind) {
    let (model, mut clock) = start::<B>(kind);
    clock.step((i64::from(u32::MAX) - 1_000) * 1_000_000_000).expect("in range");
    // Beyond the end: the target holds 32 bits of its seconds too.
    assert_eq!(clock.take_events(), Events::default());
    model.pass(1_500_000_000);
    assert_eq!(clock.take_events(), Events { overflow: true, ..Events::default() });
    assert_eq!(clock.now().expect("a time").seconds(), 1 << 32);
    assert_eq!(clock.take_events(), Events::default());
}

fn phy<B: Block>(kind: Kind) {
    let model = Model::new(kind, 2, 2);
    let phy = Phy::<B>::new(0, HERTZ).expect("a usual frequency");
    assert_eq!(phy.has_link(&model), Ok(false), "there is none");
    model.mac.borrow_mut().phy = [0; 32];
    phy.negotiate(&model).expect("it answers");
    // 100BASE-TX in full duplex by IEEE 802.3 alone; negotiation begun anew.
    assert_eq!((model.mac.borrow().phy[4], model.mac.borrow().phy[0]), (0x0101, 0x1200));
    for (status, link) in [(0x0004, false), (0x0020, false), (0x0024, true), (0xFFFF, false)] {
        model.mac.borrow_mut().phy[1] = status;
        assert_eq!(phy.has_link(&model), Ok(link), "{status:#x}");
    }
    let elsewhere = Phy::<B>::new(3, HERTZ).expect("a usual frequency");
    assert_eq!(elsewhere.read(&model, 1), Ok(0xFFFF));
    for hertz in [19_999_999, 300_000_001] {
        assert!(Phy::<B>::new(0, hertz).is_none());
    }
}

fn endless_reset<B: Block>(kind: Kind) {
    let model = Model::new(kind, 2, 2);
    let ticks = model.ticks();
    assert_eq!(reset::<B>(&model), Err(ErrorKind::Timeout));
    assert!(model.ticks() - ticks < 1_000_000);
}

#[test]
fn a_train_of_pulses_rises_with_each_second_of_a_steered_clock() {
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    let pulses = Pulses { start: at(1_002, 0), interval: 1_000_000_000, width: 100_000_000 };
    clock.start_pulses(pulses).expect("it is to come");
    model.pass(3_500_000_000);
    clock.set_frequency(syntone_hal::FrequencyOffset::from_ppb(80_000)).expect("within the limit");
    model.pass(3_000_000_000);
    let edge = |second: u128, nanos: u128| second * 1_000_000_000 + nanos;
    let expected: Vec<_> =
        (1_002..1_007).flat_map(|second| [(edge(second, 0), true), (edge(second, 100_000_000), false)]).collect();
    assert_eq!(model.edges(), expected);
    clock.stop_pulses();
    model.pass(2_000_000_000);
    assert_eq!(model.edges(), expected);
}

#[test]
fn one_pulse_is_one_pulse() {
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    clock.pulse_at(at(1_000, 500_000_000), 4_000).expect("it is to come");
    model.pass(3_000_000_000);
    let edges = [(1_000_500_000_000, true), (1_000_500_004_000, false)];
    assert_eq!(model.edges(), edges);
    // An alarm afterwards has the target for itself.
    clock.set_alarm(at(1_004, 0)).expect("it is to come");
    model.pass(1_100_000_000);
    assert!(model.interrupts() && clock.take_events().alarm);
    assert_eq!(model.edges(), edges);
}

#[test]
fn a_pulse_that_is_awaited_is_taken_back() {
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    clock.pulse_at(at(1_500, 0), 4_000).expect("it is to come");
    model.pass(1_000);
    clock.stop_pulses();
    clock.step(502_000_000_000).expect("it can");
    model.pass(1_000_000_000);
    assert_eq!(model.edges(), []);
    clock.pulse_at(at(1_504, 0), 4_000).expect("nothing is awaited");
    model.pass(2_000_000_000);
    assert_eq!(model.edges(), [(1_504_000_000_000, true), (1_504_000_004_000, false)]);
}

#[test]
fn pulses_that_would_drift_or_do_not_fit_are_refused() {
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    let good = Pulses { start: at(1_002, 0), interval: 1_000, width: 200 };
    let refused = [
        Pulses { start: at(999, 0), ..good },
        Pulses { interval: 1_004, ..good },
        Pulses { width: 12, ..good },
        Pulses { width: 0, ..good },
        Pulses { width: 1_000, ..good },
    ];
    for pulses in refused {
        assert_eq!(clock.start_pulses(pulses), Err(ErrorKind::OutOfRange), "{pulses:?}");
    }
    model.write(0x0B84, 1 << 31);
    assert_eq!(clock.start_pulses(good), Err(ErrorKind::Busy), "a target is not taken over yet");
}

#[test]
fn pulses_of_the_clock_itself_are_set_by_the_code_of_the_block() {
    // By the manuals: 2^n on F4 and F7; on EQOS in decimal rollover half of it, and code 0 for the short pulse of each second.
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    for (power, code) in [(0, 0), (1, 2), (14, 15)] {
        clock.set_pulses(power).expect("in range");
        assert_eq!(model.read(0x0B70), code);
    }
    assert_eq!(clock.set_pulses(15), Err(ErrorKind::OutOfRange));
    let (model, mut clock) = start::<Legacy>(Kind::Legacy);
    clock.set_pulses(15).expect("in range");
    assert_eq!(model.read(0x072C), 15);
    assert_eq!(clock.set_pulses(16), Err(ErrorKind::OutOfRange));
}

#[test]
fn edges_at_the_inputs_are_told_in_order_and_lost_ones_too() {
    let (model, mut clock) = start::<Eqos>(Kind::Eqos);
    model.edge(1);
    assert_eq!(clock.take_snapshot(), None, "nobody watched");
    clock.watch_inputs(0b0101);
    let mut truths = Vec::new();
    for inputs in [1, 2, 4, 5] {
        model.pass(300_000_000);
        truths.push((model.time(0), (inputs & 0b101) as u8));
        model.edge(inputs);
    }
    clock.set_alarm(at(1_001, 300_000_000)).expect("it is to come");
    model.pass(200_000_000);
    for (time, inputs) in truths.into_iter().filter(|(_, inputs)| *inputs != 0) {
        let snapshot = clock.take_snapshot().expect("there is one");
        assert_eq!((snapshot.time, snapshot.inputs, snapshot.missed), (time, inputs, false));
    }
    assert_eq!(clock.take_snapshot(), None);
    assert!(clock.take_events().alarm, "the looks at the status have not lost it");
    for _ in 0..5 {
        model.edge(1);
    }
    let told: Vec<_> = std::iter::from_fn(|| clock.take_snapshot()).collect();
    assert!(told.len() == 4 && told.iter().all(|snapshot| snapshot.missed));
    clock.watch_inputs(1);
    model.edge(1);
    assert!(!clock.take_snapshot().expect("there is one").missed);
}

/// IEEE 1588-2019 9.5.9.3
#[test]
fn a_one_step_sync_leaves_with_its_egress_time_and_around_the_ring() {
    let (model, clock) = start::<Eqos>(Kind::Eqos);
    let mut port = port(&model, clock);
    let mut frame = Outgoing { header: &[0xAA; 14], message: &[0; 44], trailer: &[], one_step: Some(OneStep::Origin) };
    assert!(!port.capabilities(FIRST).one_step_sync);
    assert_eq!(port.send(FIRST, frame, None), Err(ErrorKind::Unsupported));
    port.one_step = true;
    assert!(port.capabilities(FIRST).one_step_sync && !port.capabilities(FIRST).one_step_pdelay_resp);
    for number in 0..10 {
        let before = model.time(0);
        port.send(FIRST, frame, None).expect("there is room");
        let after = model.time(0);
        model.pass(100_000);
        let sent = model.mac.borrow_mut().sent.pop_front().expect("it has left");
        let [s, n] = [50, 54].map(|at| u32::from_be_bytes(sent[at..at + 4].try_into().expect("four octets")));
        let origin = at(u64::from(s), n);
        assert!(before <= origin && origin <= after, "{number}: {origin:?} is not from {before:?} to {after:?}");
        assert_eq!(port.poll_egress(), Ok(None), "nobody asked for a stamp");
        // One in two steps is left alone, and shifts the place of the next one in the ring.
        frame.one_step = None;
        port.send(FIRST, frame, Some(syntone_hal::Ticket::from_raw(number))).expect("there is room");
        model.pass(100_000);
        let sent = model.mac.borrow_mut().sent.pop_front().expect("it has left");
        assert_eq!(sent[14..58], [0; 44], "{number}: completed, though it has a Follow_Up");
        let egress = port.poll_egress().expect("nothing fails").expect("it has left");
        assert_eq!(egress.ticket.into_raw(), number);
        if number % 2 == 0 {
            // What is told once is told: this one has the ring's next place alone.
            port.send(FIRST, frame, None).expect("there is room");
            model.pass(100_000);
            model.mac.borrow_mut().sent.clear();
        }
        frame.one_step = Some(OneStep::Origin);
    }
    frame.one_step = Some(OneStep::Elapsed);
    assert_eq!(port.send(FIRST, frame, None), Err(ErrorKind::Unsupported));
}

#[test]
fn a_one_step_sync_needs_room_for_two_descriptors() {
    let (model, clock) = start::<Eqos>(Kind::Eqos);
    let mut port = port(&model, clock);
    port.one_step = true;
    model.mac.borrow_mut().stuck = true;
    let mut frame = Outgoing { header: &[0; 14], message: &[0; 44], trailer: &[], one_step: None };
    for _ in 0..2 {
        port.send(FIRST, frame, None).expect("there is room");
    }
    frame.one_step = Some(OneStep::Origin);
    assert_eq!(port.send(FIRST, frame, None), Err(ErrorKind::Busy));
    frame.one_step = None;
    port.send(FIRST, frame, None).expect("there is room for one, and one is left free");
}

#[test]
fn the_mac_knows_its_station_address_and_the_longest_frame_passes_its_queues() {
    for kind in [Kind::Legacy, Kind::Eqos] {
        let (model, upper, lower) = (Model::new(kind, 4, 4), [0x40, 0x300], [0x44, 0x304]);
        let rate = Rate::from_hertz(HERTZ).expect("a usual frequency");
        let longest = Outgoing { header: &[0; 14], message: &[0; 1_500], trailer: &[], one_step: None };
        let station = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55];
        if kind == Kind::Legacy {
            let clock: Clock<_, Legacy, _> =
                Clock::start(model.clone(), rate, model.monotonic(), at(0, 0)).expect("a clock");
            let mut port: Port<_, _, _, _, _> =
                Port::start(clock, model.memory(RECEIVE), model.memory(TRANSMIT), station).expect("rings");
            port.send(FIRST, longest, None).expect("there is room");
        } else {
            let clock: Clock<_, Eqos, _> =
                Clock::start(model.clone(), rate, model.monotonic(), at(0, 0)).expect("a clock");
            let mut port: Port<_, _, _, _, _> =
                Port::start(clock, model.memory(RECEIVE), model.memory(TRANSMIT), station).expect("rings");
            port.send(FIRST, longest, None).expect("there is room");
        }
        model.arrive(&[0; 1_514], 0);
        let which = usize::from(kind == Kind::Eqos);
        assert_eq!((model.read(upper[which]), model.read(lower[which])), (0x5544, 0x3322_1102));
    }
}
