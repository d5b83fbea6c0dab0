//! The DMA's rings over models of both kinds of MAC: they wrap, stamps come late or not at all, frames are broken.

use crate::model::{HERTZ, Kind, Model, RECEIVE, Ring, TRANSMIT};
use syntone_hal::{ErrorKind, Instant, PortIndex, Ticket, Timestamp, TimestampHal};
use syntone_smoltcp::{Frame, FrameInterface, Outgoing};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Block, Clock, Eqos, Legacy, Port};

const FIRST: PortIndex = PortIndex(0);

type AnyPort<B> = Port<Model, B, Box<dyn FnMut() -> Instant>, Ring, Ring>;

fn start<B: Block>(kind: Kind, receive: usize) -> (Model, AnyPort<B>) {
    let model = Model::new(kind, receive, 4);
    let port = try_start(&model).expect("rings that fit");
    (model, port)
}

fn try_start<B: Block>(model: &Model) -> Result<AnyPort<B>, ErrorKind> {
    let rate = Rate::from_hertz(HERTZ).expect("a usual frequency");
    let monotonic: Box<dyn FnMut() -> Instant> = Box::new(model.monotonic());
    let clock = Clock::start(model.clone(), rate, monotonic, Timestamp::new(5_000, 0).expect("in range"))?;
    Port::start(clock, model.memory(RECEIVE), model.memory(TRANSMIT), [2, 0, 0, 0, 0, 7])
}

fn frame(number: u8) -> [u8; 64] {
    [number; 64]
}

/// The next frame: its number and its stamp.
fn receive<B: Block>(port: &mut AnyPort<B>) -> Option<(u8, Option<Timestamp>)> {
    let mut frame = port.receive().expect("nothing fails")?;
    assert_eq!(frame.remaining(), 64);
    let [number, ..] = frame.header();
    Some((number, frame.stamp()))
}

fn send<B: Block>(port: &mut AnyPort<B>, ticket: Option<u32>) -> Result<(), ErrorKind> {
    let frame = Outgoing { header: &[0xAA; 14], message: &[0xBB; 20], trailer: &[], one_step: None };
    port.send(FIRST, frame, ticket.map(Ticket::from_raw))
}

fn egress<B: Block>(port: &mut AnyPort<B>) -> Option<(u32, Option<Timestamp>)> {
    let egress = port.poll_egress().expect("nothing fails")?;
    Some((egress.ticket.into_raw(), egress.stamp))
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
    frames_keep_their_stamps_around_the_ring => around;
    a_full_ring_costs_frames_and_goes_on_when_there_is_room => full;
    broken_frames_and_pieces_are_passed_over => broken;
    a_lost_ingress_stamp_is_none_and_the_next_one_right => lost;
    stamps_come_back_around_the_transmit_ring => transmit;
    a_transmit_ring_that_does_not_move_is_busy => stuck;
    a_lost_egress_stamp_is_none => lost_egress;
    a_stamp_from_before_the_seconds_overflowed_is_whole => era;
    rings_that_do_not_fit_are_refused => sizes;
    the_smallest_ring_gives_each_frame_its_stamp => smallest;
}

fn around<B: Block>(kind: Kind) {
    // Odd, so that with EQOS a frame and its context meet the end of the ring in every way.
    let (model, mut port) = start::<B>(kind, 5);
    let mut truths = Vec::new();
    for number in 0..100 {
        truths.push((number, Some(model.time(0))));
        model.arrive(&frame(number), 0);
        model.pass(10_000);
        if number % 2 == 1 {
            assert_eq!(receive(&mut port), Some(truths.remove(0)));
            assert_eq!(receive(&mut port), Some(truths.remove(0)));
            assert_eq!(receive(&mut port), None);
        }
    }
    assert_eq!(model.mac.borrow().missed, 0);
}

fn full<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 4);
    for round in 0..5 {
        for number in 0..9 {
            model.arrive(&frame(number), 0);
        }
        let mut numbers = Vec::new();
        while let Some((number, stamp)) = receive(&mut port) {
            assert!(stamp.is_some());
            numbers.push(number);
        }
        let fit = if kind == Kind::Legacy { 4 } else { 2 };
        assert_eq!(numbers, (0..fit).collect::<Vec<_>>(), "round {round}");
    }
}

fn broken<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 12);
    let error = 1 << 15;
    model.arrive(&frame(1), error);
    let truth = model.time(0);
    model.arrive(&frame(2), 0);
    assert_eq!(receive(&mut port), Some((2, Some(truth))));
    assert_eq!(receive(&mut port), None);
}

fn lost<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 8);
    model.mac.borrow_mut().lose_ingress = true;
    model.arrive(&frame(1), 0);
    let truth = model.time(0);
    model.arrive(&frame(2), 0);
    assert_eq!(receive(&mut port), Some((1, None)));
    assert_eq!(receive(&mut port), Some((2, Some(truth))));
}

fn transmit<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 4);
    for number in 0..50_u32 {
        let truth = model.time(0);
        send(&mut port, Some(number)).expect("there is room");
        send(&mut port, None).expect("there is room");
        let (mut stamp, mut waited) = (egress(&mut port), 0);
        while stamp.is_none() && waited < 100 {
            model.pass(1_000);
            (stamp, waited) = (egress(&mut port), waited + 1);
        }
        let (ticket, stamp) = stamp.expect("it comes");
        let late = stamp.expect("it is not lost").nanos_since(truth);
        assert!(ticket == number && (0..1_000).contains(&late), "{ticket}: {late} ns after {number} was sent");
        model.pass(100_000);
        assert_eq!(egress(&mut port), None);
    }
    let sent = &model.mac.borrow().sent;
    let padded = [&[0xAA; 14][..], &[0xBB; 20], &[0; 26]].concat();
    assert!(sent.len() == 100 && sent.iter().all(|frame| *frame == padded));
}

fn stuck<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 4);
    model.mac.borrow_mut().stuck = true;
    // A ring that is full to the last would look empty to EQOS.
    let fit = if kind == Kind::Legacy { 4 } else { 3 };
    for number in 0..fit {
        send(&mut port, Some(number)).expect("there is room");
    }
    let ticks = model.ticks();
    assert_eq!(send(&mut port, Some(9)), Err(ErrorKind::Busy));
    assert!(model.ticks() - ticks < 100);
    assert_eq!(egress(&mut port), None);
    let longest = Outgoing { header: &[0; 14], message: &[0; 1_600], trailer: &[], one_step: None };
    assert_eq!(port.send(FIRST, longest, None), Err(ErrorKind::Busy));
    // It moves again, and all of them leave.
    model.mac.borrow_mut().stuck = false;
    model.wake();
    model.pass(100_000);
    let tickets: Vec<_> = std::iter::from_fn(|| egress(&mut port)).map(|(ticket, _)| ticket).collect();
    assert_eq!(tickets, (0..fit).collect::<Vec<_>>());
}

fn lost_egress<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 4);
    model.mac.borrow_mut().lose_egress = true;
    send(&mut port, Some(1)).expect("there is room");
    send(&mut port, Some(2)).expect("there is room");
    model.pass(100_000);
    assert_eq!(egress(&mut port), Some((1, None)));
    assert!(matches!(egress(&mut port), Some((2, Some(_)))));
    // Not fetched before its place is needed again: lost, and never another's.
    for number in 10..15 {
        send(&mut port, Some(number)).expect("there is room");
        model.pass(100_000);
    }
    let mut tickets: Vec<_> = std::iter::from_fn(|| egress(&mut port)).map(|(ticket, _)| ticket).collect();
    tickets.sort_unstable();
    assert_eq!(tickets, [11, 12, 13, 14]);
    let longest = Outgoing { header: &[0; 14], message: &[0; 1_600], trailer: &[], one_step: None };
    assert_eq!(port.send(FIRST, longest, None), Err(ErrorKind::OutOfRange));
}

fn era<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, 8);
    let step = (i64::from(u32::MAX) - 5_000) * 1_000_000_000 + 999_900_000;
    syntone_hal::ClockHal::step(&mut port, step).expect("in range");
    let before = model.time(0);
    model.arrive(&frame(1), 0);
    model.pass(1_000_000);
    let after = model.time(1);
    model.arrive(&frame(2), 0);
    assert_eq!(receive(&mut port), Some((1, Some(before))));
    assert_eq!(receive(&mut port), Some((2, Some(after))));
}

fn sizes<B: Block>(kind: Kind) {
    for (receive, transmit) in [(1, 4), (4, 1), (4, 5)] {
        assert_eq!(try_start::<B>(&Model::new(kind, receive, transmit)).map(|_| ()), Err(ErrorKind::OutOfRange));
    }
    // A frame, its context, and the one where the DMA's tail pointer is.
    let two = try_start::<B>(&Model::new(kind, 2, 4)).map(|_| ());
    assert_eq!(two, if kind == Kind::Legacy { Ok(()) } else { Err(ErrorKind::OutOfRange) });
}

fn smallest<B: Block>(kind: Kind) {
    let (model, mut port) = start::<B>(kind, if kind == Kind::Legacy { 2 } else { 3 });
    for number in 0..20 {
        let truth = model.time(0);
        model.arrive(&frame(number), 0);
        assert_eq!(receive(&mut port), Some((number, Some(truth))));
        // What was handed out is given back when it is asked for more.
        assert_eq!(receive(&mut port), None);
        model.pass(10_000);
    }
    assert_eq!(model.mac.borrow().missed, 0);
}

#[test]
fn a_context_that_comes_a_little_late_is_waited_for() {
    let (model, mut port) = start::<Eqos>(Kind::Eqos, 5);
    for number in 0..20 {
        model.mac.borrow_mut().context_delay = u32::from(number) * 4;
        let truth = model.time(0);
        model.arrive(&frame(number), 0);
        assert_eq!(receive(&mut port), Some((number, Some(truth))));
    }
}

#[test]
fn a_context_that_does_not_come_costs_a_stamp_and_later_no_frame() {
    let (model, mut port) = start::<Eqos>(Kind::Eqos, 5);
    for number in 0..20 {
        model.mac.borrow_mut().context_delay = 1_000;
        model.arrive(&frame(number), 0);
        let ticks = model.ticks();
        assert_eq!(receive(&mut port), Some((number, None)));
        assert!(model.ticks() - ticks < 1_000, "the wait is bounded");
        // It comes in the end, and is nothing by itself.
        for _ in 0..2_000 {
            assert_eq!(receive(&mut port), None);
        }
        model.mac.borrow_mut().context_delay = 0;
        let truth = model.time(0);
        model.arrive(&frame(100 + number), 0);
        assert_eq!(receive(&mut port), Some((100 + number, Some(truth))));
    }
}
