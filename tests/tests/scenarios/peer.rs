//! The peer-to-peer delay mechanism, and transmission in one step.

use crate::setup::{add, entered, figure, grandmaster, identity};
use syntone::counters::Discard;
use syntone::datasets::DelayMechanism;
use syntone::event::Event;
use syntone::hal::{Destination, MessageClass, PortIndex, TimeInterval};
use syntone::servo::LockState;
use syntone::state::State;
use syntone::wire::{Body, Flags, Header, Message, MessageBody, MessageType, PdelayResp, PortIdentity, Tlvs};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, Fate, Frame, Link, NodeId, Oscillator, Span, Stamper, Way, World, ms, ns, ps, secs, us};

const PORT: PortIndex = PortIndex(0);
/// Stamps in steps of 8 ns; the protocol gets what is received 1 ms late, which is the turnaround of its answers.
const COARSE: Stamper = Stamper::hardware().resolution(ns(8)).ingress_lateness(syntone_sim::Delay::Constant(ms(1)));
/// No noise anywhere, so that what is left is the mechanism's own error.
const FINE: Stamper = COARSE.resolution(ps(0));

fn peer_to_peer() -> PortConfig {
    PortConfig { delay_mechanism: DelayMechanism::PeerToPeer, ..PortConfig::default() }
}

struct Pair {
    world: World,
    master: NodeId,
    slave: NodeId,
}

/// A grandmaster that is right and a slave 1 ms and 20 ppm wrong that wanders by 1 ppb/√s.
fn pair(seed: u64, stampers: [Stamper; 2], ports: [&PortConfig; 2], link: Link) -> Pair {
    pair_with(seed, stampers, ports, link, Oscillator::ideal().ppm(20.0).wander(1.0))
}

fn pair_with(seed: u64, stampers: [Stamper; 2], ports: [&PortConfig; 2], link: Link, slave: Oscillator) -> Pair {
    let mut world = World::new(seed);
    let wrong = Board::new().stamper(stampers[1]).ahead(ms(1)).oscillator(slave);
    let right = Board::new().stamper(stampers[0]);
    let master = add::<1>(&mut world, "master", &right, &grandmaster(1), ports[0]);
    let slave = add::<1>(&mut world, "slave", &wrong, &ClockConfig::slave_only(identity(2)), ports[1]);
    world.link(master, slave, link);
    world.tap();
    Pair { world, master, slave }
}

impl Pair {
    /// Messages of a type that have left `node`.
    fn sent(&self, node: NodeId, message_type: MessageType) -> u32 {
        self.world.counters(node, 0).sent(message_type)
    }

    fn locked(&self) -> bool {
        self.world.clock(self.slave).lock_state() == LockState::Locked
    }
}

/// meanLinkDelay in ns.
fn link_delay(world: &World, node: NodeId, port: u8) -> f64 {
    nanos(world.clock(node).port_ds(PortIndex(port)).expect("there is such a port").mean_link_delay)
}

fn nanos(interval: TimeInterval) -> f64 {
    interval.scaled() as f64 / 65_536.0
}

/// neighborRateRatio − 1 in ppb.
fn rate_ratio(world: &World, node: NodeId) -> f64 {
    let link = world.clock(node).peer_link(PORT).expect("it measures its link");
    f64::from(link.scaled_neighbor_rate_ratio.expect("it is known")) / 2_f64.powi(41) * 1e9
}

fn wire(span: Span) -> TimeInterval {
    TimeInterval::from_scaled(span.picos() * 65_536 / 1_000)
}

/// IEEE 1588-2019 11.4
#[test]
fn a_slave_locks_with_the_delay_of_its_link_and_both_ends_know_it() {
    let (mut offsets, mut slowest, mut worst_delay) = (0.0_f64, 0.0_f64, 0.0_f64);
    for seed in 1..=20 {
        let port = peer_to_peer();
        let mut pair = pair(seed, [COARSE; 2], [&port; 2], Link::new(us(1)));
        let record = pair.world.record(pair.slave, pair.master, ms(100));
        pair.world.run_for(secs(60));
        let discarded = pair.world.counters(pair.slave, 0).total_discarded();
        pair.world.run_for(secs(60));
        assert!(pair.locked(), "seed {seed}");
        let slave = entered(&pair.world, pair.slave, State::Slave).expect("it is one");
        slowest = slowest.max(slave.seconds());
        offsets = offsets.max(pair.world.series(record).since(secs(60)).max());
        for node in [pair.master, pair.slave] {
            worst_delay = worst_delay.max((link_delay(&pair.world, node, 0) - 1_000.0).abs());
        }
        for message_type in [MessageType::DELAY_REQ, MessageType::DELAY_RESP] {
            assert_eq!(pair.sent(pair.master, message_type) + pair.sent(pair.slave, message_type), 0);
        }
        for passage in pair.world.passages() {
            let to_peer = passage.frame.destination == Destination::PeerMulticast;
            let is_peer = matches!(passage.frame.message_type(), Some(2 | 3 | 0xA));
            assert_eq!(to_peer, is_peer, "{:?}", passage.frame);
        }
        assert!(rate_ratio(&pair.world, pair.slave).abs() < 50.0, "the slave has the rate of its master");
        assert_eq!(pair.world.counters(pair.slave, 0).total_discarded(), discarded);
    }
    figure("peer to peer, 8 ns stamps: offset after 60 s, worst of 20 seeds", offsets, "ns", "limit 25");
    figure("peer to peer, 8 ns stamps: last slave after", slowest, "s", "limit 20");
    figure("peer to peer, 8 ns stamps: link delay, worst error of 20 seeds", worst_delay, "ns", "limit 8");
    assert!(offsets < 25.0 && slowest < 20.0 && worst_delay <= 8.0);
}

/// IEEE 1588-2019 11.4, in the state LISTENING: nobody steers, so the rates stay apart.
#[test]
fn the_rate_of_the_neighbor_is_told_and_keeps_a_slow_answer_from_spoiling_the_delay() {
    for (ours, theirs) in [(0.0, 50.0), (0.0, -50.0), (-50.0, 50.0), (50.0, -50.0), (100.0, 0.0)] {
        let mut world = World::new(3);
        let slow = COARSE.ingress_lateness(ms(10).into());
        let nodes = [("near", ours, 1), ("far", theirs, 2)].map(|(name, ppm, number)| {
            let board = Board::new().stamper(slow).oscillator(Oscillator::ideal().ppm(ppm));
            add::<1>(&mut world, name, &board, &ClockConfig::slave_only(identity(number)), &peer_to_peer())
        });
        world.link(nodes[0], nodes[1], Link::new(ns(700)));
        world.run_for(secs(60));
        assert_eq!(nodes.map(|node| world.state(node, 0)), [State::Listening; 2]);
        let truth = ((1.0 + theirs * 1e-6) / (1.0 + ours * 1e-6) - 1.0) * 1e9;
        let (ratio, delay) = (rate_ratio(&world, nodes[0]), link_delay(&world, nodes[0], 0));
        figure(&format!("rate ratio of {theirs} to {ours} ppm"), ratio, "ppb", &format!("{truth:.2}, limit 2"));
        // Without the ratio 10 ms of turnaround at 100 ppm would make 500 ns.
        figure(&format!("link delay of {theirs} to {ours} ppm"), delay, "ns", "700, limit 8");
        assert!((ratio - truth).abs() < 2.0 && (delay - 700.0).abs() <= 8.0);
    }
}

#[test]
fn a_passive_port_measures_its_link_too() {
    let mut world = World::new(4);
    let nodes = [1, 2].map(|number| {
        let board = Board::new().stamper(COARSE);
        add::<1>(&mut world, "grandmaster", &board, &grandmaster(number), &peer_to_peer())
    });
    world.link(nodes[0], nodes[1], Link::new(us(2)));
    world.run_for(secs(60));
    assert_eq!(nodes.map(|node| world.state(node, 0)), [State::Master, State::Passive]);
    for node in nodes {
        assert!((link_delay(&world, node, 0) - 2_000.0).abs() <= 8.0);
        let counters = world.counters(node, 0);
        assert_eq!(counters.sent(MessageType::PDELAY_RESP), counters.received(MessageType::PDELAY_REQ));
    }
}

/// IEEE 1588-2019 9.5.13.2
#[test]
fn requests_keep_their_interval_for_any_setting() {
    for log in [-7, -3, 0, 2] {
        let port = PortConfig { log_min_pdelay_req_interval: log, ..peer_to_peer() };
        let mut pair = pair(5, [COARSE; 2], [&port; 2], Link::new(us(1)));
        pair.world.run_for(secs(60));
        let times: Vec<f64> = pair
            .world
            .passages()
            .iter()
            .filter(|passage| passage.node == pair.master && passage.way == Way::Out)
            .filter(|passage| passage.frame.message_type() == Some(MessageType::PDELAY_REQ.0))
            .map(|passage| passage.at.seconds())
            .collect();
        let interval = 2_f64.powi(log.into());
        assert!(times.len() >= 10, "{log}");
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.clone().all(|gap| gap > interval - 0.001 && gap < 1.3 * interval), "{log}");
        assert!(pair.world.counters(pair.slave, 0).received(MessageType::PDELAY_RESP) > 10, "{log}");
    }
}

/// What a scenario does to every seventh Pdelay_Resp or to its Follow_Up.
type Damage = fn(&Frame) -> Fate;

fn altered(frame: &Frame, alter: impl FnOnce(&mut [u8])) -> Fate {
    let mut octets = frame.octets.to_vec();
    alter(&mut octets);
    Fate::Alter(octets)
}

#[test]
fn answers_that_are_lost_late_doubled_or_not_ours_are_counted_and_do_no_harm() {
    let (response, follow_up) = (MessageType::PDELAY_RESP, MessageType::PDELAY_RESP_FOLLOW_UP);
    let damages: [(&str, MessageType, Damage, Discard); 9] = [
        ("lost", response, |_| Fate::Lose, Discard::Incomplete),
        ("late", response, |_| Fate::HoldBack(ms(1_500)), Discard::OutOfOrder),
        ("late Follow_Up", follow_up, |_| Fate::HoldBack(ms(1_500)), Discard::OutOfOrder),
        ("doubled", response, |_| Fate::Repeat(ms(3)), Discard::Duplicate),
        ("doubled Follow_Up", follow_up, |_| Fate::Repeat(ms(3)), Discard::Duplicate),
        ("other sequenceId", response, |frame| altered(frame, |octets| octets[30] ^= 0x40), Discard::Unmatched),
        ("other requester", response, |frame| altered(frame, |octets| octets[53] ^= 1), Discard::NotForUs),
        ("no time", follow_up, |frame| altered(frame, |octets| octets[40] = 0xFF), Discard::InvalidTime),
        ("endless correction", follow_up, |frame| altered(frame, |octets| octets[8] = 0x7F), Discard::InvalidTime),
    ];
    for (name, message_type, damage, reason) in damages {
        let port = PortConfig { log_min_pdelay_req_interval: -1, ..peer_to_peer() };
        let mut pair = pair(6, [COARSE; 2], [&port; 2], Link::new(us(1)));
        let record = pair.world.record(pair.slave, pair.master, ms(100));
        pair.world.run_for(secs(60));
        let mut count = 0;
        pair.world.impair(pair.master, 0, move |frame| {
            if frame.message_type() != Some(message_type.0) {
                return Fate::Pass;
            }
            count += 1;
            if count % 7 == 0 { damage(frame) } else { Fate::Pass }
        });
        pair.world.run_for(secs(120));
        let offset = pair.world.series(record).since(secs(60)).max();
        let delay = (link_delay(&pair.world, pair.slave, 0) - 1_000.0).abs();
        let counted = pair.world.counters(pair.slave, 0).discarded(reason);
        figure(&format!("answers {name}: offset"), offset, "ns", &format!("limit 25; {counted} counted"));
        assert!(pair.locked() && offset < 25.0 && delay <= 8.0, "{name}: {delay}");
        // 240 exchanges, each seventh.
        assert!((33..=35).contains(&counted), "{name}: {counted}");
    }
}

#[test]
fn a_link_that_loses_and_doubles_anything_is_still_measured() {
    let (mut offsets, mut delays) = (0.0_f64, 0.0_f64);
    for seed in 1..=20 {
        let port = PortConfig { log_min_pdelay_req_interval: -1, ..peer_to_peer() };
        let link = Link::new(us(1)).loss(0.1).duplication(0.1);
        let mut pair = pair(seed, [COARSE.loss(0.1); 2], [&port; 2], link);
        let record = pair.world.record(pair.slave, pair.master, ms(100));
        pair.world.run_for(secs(300));
        assert!(pair.locked(), "seed {seed}");
        offsets = offsets.max(pair.world.series(record).since(secs(150)).max());
        delays = delays.max((link_delay(&pair.world, pair.slave, 0) - 1_000.0).abs());
    }
    figure("a tenth of all lost, doubled, not stamped: offset, worst of 20 seeds", offsets, "ns", "limit 100");
    figure("a tenth of all lost, doubled, not stamped: link delay, worst error", delays, "ns", "limit 8");
    assert!(offsets < 100.0 && delays <= 8.0);
}

/// IEEE 1588-2019 11.4.4
#[test]
fn a_medium_with_three_nodes_is_no_link_and_a_fault_is_told() {
    let mut world = World::new(7);
    let nodes = [1, 2, 3].map(|number| {
        let board = Board::new().stamper(COARSE);
        add::<1>(&mut world, "node", &board, &grandmaster(number), &peer_to_peer())
    });
    world.segment(nodes, us(1));
    world.run_for(secs(5));
    // The first to find out falls silent, and leaves a link between the others.
    let fault = Event::SeveralResponders { port: PORT };
    let told = |node: &&NodeId| world.events(**node).iter().any(|(_, event)| *event == fault);
    let faulty: Vec<_> = nodes.iter().filter(told).collect();
    assert_eq!(faulty.len(), 1);
    assert!(entered(&world, *faulty[0], State::Faulty).is_some());
    assert!(world.counters(*faulty[0], 0).discarded(Discard::SeveralResponders) >= 3);
    assert_eq!(link_delay(&world, *faulty[0], 0), 0.0, "a faulty port knows no link");
    world.stop(nodes[2]);
    world.run_for(secs(60));
    let states = [0, 1].map(|node| world.state(nodes[node], 0));
    assert_eq!(states, [State::Master, State::Passive], "two that are left are a link");
    assert!((link_delay(&world, nodes[0], 0) - 1_000.0).abs() <= 8.0);
}

#[test]
fn an_intruder_that_answers_now_and_then_is_counted_and_not_believed() {
    let port = peer_to_peer();
    let mut pair = pair(8, [COARSE; 2], [&port; 2], Link::new(us(1)));
    let record = pair.world.record(pair.slave, pair.master, ms(100));
    pair.world.run_for(secs(30));
    let before = pair.world.counters(pair.slave, 0).discarded(Discard::SeveralResponders);
    let mut seen = pair.world.passages().len();
    let mut forged = 0;
    for _ in 0..2_000 {
        pair.world.run_for(ms(50));
        let request = pair.world.passages()[seen..].iter().find(|passage| {
            let is_request = passage.frame.message_type() == Some(MessageType::PDELAY_REQ.0);
            passage.node == pair.slave && passage.way == Way::Out && is_request
        });
        let request = request.map(|passage| passage.frame.octets.clone());
        seen = pair.world.passages().len();
        let Some(octets) = request else { continue };
        let asked = Message::parse(&octets).expect("a message").header;
        forged += 1;
        // Two of three, so that never three in a row are answered by several.
        if forged % 3 != 0 {
            let octets = forged_response(&asked);
            pair.world.inject(pair.master, 0, Destination::PeerMulticast, MessageClass::Event, octets);
        }
    }
    let counted = pair.world.counters(pair.slave, 0).discarded(Discard::SeveralResponders) - before;
    let offset = pair.world.series(record).since(secs(30)).max();
    figure("forged answers to two of three requests: offset", offset, "ns", &format!("limit 25; {counted} counted"));
    assert!(counted >= 60 && offset < 25.0 && pair.locked());
}

/// An answer in one step that tells a turnaround of a tenth of a second.
fn forged_response(asked: &Header) -> Vec<u8> {
    let header = Header {
        flags: Flags::empty(),
        correction_field: TimeInterval::from_nanos(100_000_000),
        source_port_identity: PortIdentity::new(identity(66), 1),
        ..*asked
    };
    let body = PdelayResp { requesting_port_identity: asked.source_port_identity, ..PdelayResp::default() };
    let mut buffer = [0; 64];
    let length = body.emit(&header, Tlvs::NONE, &mut buffer).expect("there is room");
    buffer[..length].to_vec()
}

/// The mean offset and the link delay, in ns, that the slave of such a pair comes to.
fn offset_and_delay(link: Link, stampers: [Stamper; 2], ports: [&PortConfig; 2]) -> (f64, f64) {
    let mut pair = pair_with(9, stampers, ports, link, Oscillator::ideal().ppm(20.0));
    let record = pair.world.record(pair.slave, pair.master, ms(100));
    pair.world.run_for(secs(200));
    assert!(pair.locked());
    (pair.world.series(record).since(secs(100)).mean(), link_delay(&pair.world, pair.slave, 0))
}

fn check(name: &str, (offset, delay): (f64, f64), expected_offset: f64, expected_delay: f64) {
    figure(&format!("offset, {name}"), offset, "ns", &format!("expected {expected_offset}, limit 0.2"));
    figure(&format!("link delay, {name}"), delay, "ns", &format!("expected {expected_delay}, limit 0.1"));
    assert!((offset - expected_offset).abs() < 0.2 && (delay - expected_delay).abs() < 0.1, "{name}");
}

/// IEEE 1588-2019 7.4.2 and 16.7.1
#[test]
fn asymmetry_and_latencies_are_corrected_in_one_step_and_in_two() {
    for two_step_flag in [true, false] {
        let port = PortConfig { two_step_flag, ..peer_to_peer() };
        let fine = if two_step_flag { FINE } else { FINE.one_step() };
        // 3.5 µs from the master, 1.25 µs to it: the mean is 2.375 µs, the asymmetry 1.125 µs.
        let link = Link::new(ns(3_500)).backward(ns(1_250));
        let steps = if two_step_flag { "two steps" } else { "one step" };
        let told = PortConfig { delay_asymmetry: wire(ns(1_125)), ..port.clone() };
        let name = format!("asymmetric link, not told, {steps}");
        check(&name, offset_and_delay(link, [fine; 2], [&port, &port]), -1_125.0, 2_375.0);
        let name = format!("asymmetric link, told, {steps}");
        check(&name, offset_and_delay(link, [fine; 2], [&port, &told]), 0.0, 2_375.0);
        let latent = [fine.latencies(ns(300), ns(100)), fine.latencies(ns(700), ns(250))];
        let advertised = latent.map(Stamper::advertises_latencies);
        let name = format!("latencies, {steps}");
        check(&name, offset_and_delay(Link::new(us(1)), advertised, [&port, &port]), 0.0, 1_000.0);
    }
}

/// IEEE 1588-2019 9.5.9 and 11.4.2
#[test]
fn one_step_where_the_hardware_can_and_the_settings_ask_and_nothing_is_sent_twice() {
    let one_step = COARSE.one_step();
    let (ask, not) = (PortConfig { two_step_flag: false, ..peer_to_peer() }, peer_to_peer());
    let cases = [
        ("both", [one_step, one_step], [&ask, &ask], [true, true]),
        ("only the master", [one_step, one_step], [&ask, &not], [true, false]),
        ("only the slave", [one_step, COARSE], [&not, &ask], [false, false]),
        ("hardware that cannot", [COARSE, one_step], [&ask, &ask], [false, true]),
    ];
    for (name, stampers, ports, expected) in cases {
        let mut pair = pair(10, stampers, ports, Link::new(us(1)));
        let record = pair.world.record(pair.slave, pair.master, ms(100));
        pair.world.run_for(secs(60));
        let discarded = [pair.master, pair.slave].map(|node| pair.world.counters(node, 0).total_discarded());
        pair.world.run_for(secs(60));
        let offset = pair.world.series(record).since(secs(60)).max();
        figure(&format!("one step, {name}: offset"), offset, "ns", "limit 25");
        assert!(pair.locked() && offset < 25.0, "{name}");
        for (node, one_step) in [pair.master, pair.slave].into_iter().zip(expected) {
            check_steps(&pair, node, one_step);
            assert!((link_delay(&pair.world, node, 0) - 1_000.0).abs() <= 8.0, "{name}");
        }
        let since = [pair.master, pair.slave].map(|node| pair.world.counters(node, 0).total_discarded());
        assert_eq!(since, discarded, "{name}");
    }
}

/// Each Sync and each Pdelay_Resp of `node` stands alone, or has its Follow_Up.
fn check_steps(pair: &Pair, node: NodeId, one_step: bool) {
    let sent = |message_type| pair.sent(node, message_type);
    let pairs =
        [(MessageType::SYNC, MessageType::FOLLOW_UP), (MessageType::PDELAY_RESP, MessageType::PDELAY_RESP_FOLLOW_UP)];
    for (event, follow_up) in pairs {
        assert_eq!(sent(follow_up), if one_step { 0 } else { sent(event) }, "{event:?}");
    }
    let mut responses = 0;
    for passage in pair.world.passages().iter().filter(|passage| passage.node == node && passage.way == Way::Out) {
        let Ok(Message { header, body, .. }) = Message::parse(&passage.frame.octets) else { continue };
        if let Body::PdelayResp(response) = body {
            responses += 1;
            assert_eq!(header.flags.contains(Flags::TWO_STEP), !one_step);
            assert_eq!(response.request_receipt_timestamp.seconds == 0, one_step);
        }
        if let Body::Sync(sync) = body {
            assert_eq!(header.flags.contains(Flags::TWO_STEP), !one_step);
            assert_eq!(sync.origin_timestamp.seconds != 0, one_step);
        }
    }
    assert!(responses > 100);
}

/// A clock with two masters, each behind a link of its own.
#[test]
fn another_master_needs_no_new_delay() {
    let mut world = World::new(11);
    let board = Board::new().stamper(COARSE);
    let port = peer_to_peer();
    let first = add::<1>(&mut world, "first", &board, &grandmaster(1), &port);
    let second = add::<1>(&mut world, "second", &board, &grandmaster(2), &port);
    let wrong = board.clone().ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0));
    let between = add::<2>(&mut world, "between", &wrong, &ClockConfig::new(identity(9)), &port);
    world.link(first, (between, 0), Link::new(us(1)));
    world.link(second, (between, 1), Link::new(us(5)));
    world.run_for(secs(60));
    assert!((nanos(world.clock(between).current_ds().mean_delay) - 1_000.0).abs() <= 8.0);
    world.stop(first);
    let follows = |world: &mut World| world.state(between, 1) == State::Uncalibrated;
    assert!(world.run_until_or(secs(30), ms(10), follows));
    let syncs = world.clock(between).syncs();
    assert!(world.run_until_or(secs(2), ms(10), |world| world.clock(between).syncs() > syncs));
    let delay = nanos(world.clock(between).current_ds().mean_delay);
    figure("delay with the first Sync of another master", delay, "ns", "5000, limit 8");
    assert!((delay - 5_000.0).abs() <= 8.0);
}

#[test]
fn the_messages_of_the_other_mechanism_are_counted_and_ignored() {
    let (end_to_end, none) =
        (PortConfig::default(), PortConfig { delay_mechanism: DelayMechanism::NoMechanism, ..PortConfig::default() });
    let peer = peer_to_peer();
    for (theirs, ours) in [(&peer, &end_to_end), (&end_to_end, &peer), (&peer, &none)] {
        let mut pair = pair(12, [COARSE; 2], [theirs, ours], Link::new(us(1)));
        pair.world.run_for(secs(60));
        let ignored = |node| pair.world.counters(node, 0).discarded(Discard::DelayMechanism);
        assert!(ignored(pair.slave) + ignored(pair.master) > 20);
        let delay = pair.world.clock(pair.slave).current_ds().mean_delay;
        assert_eq!(delay, TimeInterval::ZERO);
    }
    // Without a mechanism the delay counts as none: the slave is behind by the link.
    let mut pair = pair(13, [COARSE; 2], [&none; 2], Link::new(us(1)));
    let record = pair.world.record(pair.slave, pair.master, ms(100));
    pair.world.run_for(secs(120));
    let offset = pair.world.series(record).since(secs(60)).mean();
    figure("offset without a delay mechanism", offset, "ns", "-1000, limit 10");
    assert!(pair.locked() && (offset + 1_000.0).abs() < 10.0);
}
