//! Signaling: slaves that tell of their measurements, and requests for other message intervals.

use crate::setup::{add, figure, grandmaster, identity, intervals};
use std::collections::BTreeMap;
use syntone::counters::Discard;
use syntone::hal::{Destination, MessageClass, PortIndex, Timestamp};
use syntone::port::{AcceptedIntervals, SlaveMonitoring, SlaveMonitoringPortDs, State};
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::tlvs::{
    MessageIntervalRequest, SlaveEvents, SlaveRxSyncComputedData, SlaveRxSyncTimingData, SlaveTxEventTimestamps,
};
use syntone::wire::{MessageType, PortIdentity, TlvData, WireTimestamp};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{
    Board, EPOCH, Link, NodeId, Oscillator, Passage, RecordId, Rng, SimHal, SimTime, Span, Stream, Way, World, secs, us,
};

const MONITORED: SlaveMonitoringPortDs = SlaveMonitoringPortDs {
    enable: SlaveMonitoring::all(),
    events_per_rx_sync_timing_tlv: 4,
    rx_sync_timing_tlv_message_m: 2,
    events_per_rx_sync_computed_tlv: 8,
    ..SlaveMonitoringPortDs::OFF
};

pub(crate) const ACCEPTED: AcceptedIntervals = AcceptedIntervals {
    log_announce_interval: [0, 2],
    log_sync_interval: [-3, 1],
    log_min_pdelay_req_interval: [0, 2],
};

const UNCHANGED: MessageIntervalRequest = MessageIntervalRequest {
    link_delay_interval: -128,
    time_sync_interval: -128,
    announce_interval: -128,
    flags: syntone::wire::tlvs::IntervalRequestFlags::empty(),
};

fn servo() -> PiServo {
    PiServo::new(PiConfig::default()).expect("the default settings")
}

/// Two grandmasters that are right, of which the second is worse, a slave that is monitored, and a stranger.
struct Scene {
    world: World,
    masters: [NodeId; 2],
    slave: NodeId,
    stranger: NodeId,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new(1);
        let masters = [1, 3].map(|number| {
            world.add_clock::<1, _, 5>(format!("master {number}"), &Board::new(), move || {
                let ports = [PortConfig::default()];
                let mut clock = Clock::new(&grandmaster(number), &ports, servo()).expect("a clock");
                clock.accept_interval_requests(PortIndex(0), Some(ACCEPTED)).expect("ranges that can be");
                clock
            })
        });
        let wrong = Board::new().ahead(us(300)).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
        let slave = world.add_clock::<1, _, 5>("slave", &wrong, || {
            let ports = [PortConfig::default()];
            let mut clock = Clock::new(&ClockConfig::slave_only(identity(2)), &ports, servo()).expect("a clock");
            clock.set_slave_monitoring(PortIndex(0), &MONITORED).expect("settings that can be");
            clock
        });
        let stranger = world.add_raw("stranger", &Board::new(), |hal: &mut SimHal| {
            while hal.take().is_some() {}
            None
        });
        world.segment([masters[0], masters[1], slave, stranger], us(3));
        world.tap();
        Self { world, masters, slave, stranger }
    }

    /// The messages of a type that passed the port of a node from `from` on.
    fn passed(&self, node: NodeId, message_type: MessageType, way: Way, from: SimTime) -> Vec<&Passage> {
        let of = |it: &&Passage| it.node == node && it.way == way && it.at >= from;
        let passages = self.world.passages().iter().filter(of);
        passages.filter(|it| it.frame.message_type() == Some(message_type.0)).collect()
    }

    /// The seconds between the Syncs of the best master from `from` on: the shortest and the longest.
    fn sync_spacing(&self, from: SimTime) -> (f64, f64) {
        let syncs = self.passed(self.masters[0], MessageType::SYNC, Way::Out, from);
        let spacing = syncs.windows(2).map(|pair| pair[1].at.seconds() - pair[0].at.seconds());
        spacing.fold((f64::INFINITY, 0.0), |(least, most), it| (it.min(least), it.max(most)))
    }

    fn refused(&self) -> u32 {
        self.world.counters(self.masters[0], 0).discarded(Discard::Interval)
    }
}

fn octets<const N: usize>(passage: &Passage, place: usize) -> [u8; N] {
    passage.frame.octets[place..place + N].try_into().expect("N octets")
}

/// Nanoseconds of a timestamp at that place of a message (IEEE 1588-2019 5.3.3).
fn nanos_at(passage: &Passage, place: usize) -> i128 {
    let [a, b, c, d, e, f] = octets(passage, place);
    let seconds = i128::from(u64::from_be_bytes([0, 0, a, b, c, d, e, f]));
    seconds * 1_000_000_000 + i128::from(u32::from_be_bytes(octets(passage, place + 6)))
}

fn nanos(wire: WireTimestamp) -> i128 {
    i128::from(Timestamp::try_from(wire).expect("a time").total_nanos())
}

fn picos(at: SimTime) -> i128 {
    EPOCH * 1_000 + i128::from(at.picos())
}

/// What was on the wire, and how wrong the slave was at each Sync.
struct Known<'a> {
    syncs: Vec<&'a Passage>,
    follow_ups: Vec<&'a Passage>,
    requests: Vec<&'a Passage>,
    offsets: BTreeMap<i64, Span>,
}

impl<'a> Known<'a> {
    fn new(scene: &'a Scene, truth: RecordId) -> Self {
        let offsets = scene.world.series(truth).samples().iter().map(|(at, offset)| (at.picos(), *offset)).collect();
        let passed = |message_type, way| scene.passed(scene.slave, message_type, way, SimTime::ZERO);
        Self {
            syncs: passed(MessageType::SYNC, Way::In),
            follow_ups: passed(MessageType::FOLLOW_UP, Way::In),
            requests: passed(MessageType::DELAY_REQ, Way::Out),
            offsets,
        }
    }

    /// The one message of a source with that number.
    fn find(among: &[&'a Passage], source: PortIdentity, sequence_id: u16) -> &'a Passage {
        let is_it = |it: &&&Passage| {
            octets::<8>(it, 20) == source.clock_identity.octets() && it.frame.sequence_id() == Some(sequence_id)
        };
        among.iter().find(is_it).expect("it was on the wire")
    }

    /// Each stamp is exactly the one that was taken; counts them.
    fn check_timing(&self, data: &SlaveRxSyncTimingData<'_>) -> usize {
        let ids: Vec<u16> = data.list.iter().map(|event| event.sequence_id).collect();
        assert!(ids.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == 2), "{ids:?}");
        for event in data.list {
            let [sync, follow_up] = [&self.syncs, &self.follow_ups]
                .map(|among| Self::find(among, data.sync_source_port_identity, event.sequence_id));
            let known = picos(sync.at) + i128::from(self.offsets[&sync.at.picos()].picos());
            assert_eq!(nanos(event.sync_event_ingress_timestamp), known.div_euclid(1_000));
            assert_eq!(nanos(event.sync_origin_timestamp), nanos_at(follow_up, 34));
            let corrections = [sync, follow_up].map(|it| i64::from_be_bytes(octets(it, 8)));
            assert_eq!(event.total_correction_field.scaled(), corrections[0] + corrections[1]);
        }
        ids.len()
    }

    /// Each offset is the true one, within what 1 ns of a stamp leaves; counts them.
    fn check_computed(&self, data: &SlaveRxSyncComputedData<'_>, parent: PortIdentity) -> usize {
        for event in data.list {
            let sync = Self::find(&self.syncs, parent, event.sequence_id);
            let known = self.offsets[&sync.at.picos()].nanos();
            let told = event.offset_from_master.scaled() as f64 / 65_536.0;
            assert!((told - known).abs() < 1.5, "{told} {known}");
            assert!((event.mean_path_delay.nanos() - 3_000).abs() <= 1);
        }
        data.list.iter().count()
    }

    /// The slave is locked: each stamp is within 100 ns of true time; counts them.
    fn check_sent(&self, data: &SlaveTxEventTimestamps<'_>, slave: PortIdentity) -> usize {
        assert_eq!(data.event_message_type.0, MessageType::DELAY_REQ);
        for event in data.list {
            let request = Self::find(&self.requests, slave, event.sequence_id);
            assert!((nanos(event.event_egress_timestamp) * 1_000 - picos(request.at)).abs() < 100_000);
        }
        data.list.iter().count()
    }
}

/// IEEE 1588-2019 16.11, IEEE 1588-2019 16.11.4.1, IEEE 1588-2019 16.11.4.2, IEEE 1588-2019 16.11.4.3, IEEE 1588-2019 16.11.6
#[test]
fn slave_events_carry_the_stamps_that_the_simulator_issued() {
    let mut scene = Scene::new();
    let truth = scene.world.record_at_sync(scene.slave, scene.masters[0]);
    scene.world.run_for(secs(120));
    let first = scene.world.clock(scene.slave).parent_ds().parent_port_identity;
    scene.world.stop(scene.masters[0]);
    scene.world.run_for(secs(120));
    let second = scene.world.clock(scene.slave).parent_ds().parent_port_identity;
    assert_eq!([first, second].map(|it| it.clock_identity), [1, 3].map(identity));
    let known = Known::new(&scene, truth);
    let (mut stamps, mut computed, mut sent, mut partial) = (0, 0, 0, Vec::new());
    for message in scene.passed(scene.slave, MessageType::SIGNALING, Way::Out, SimTime::ZERO) {
        let events = SlaveEvents::parse(&message.frame.octets).expect("a message").expect("Signaling");
        assert_eq!(events.slave.clock_identity, identity(2));
        let is_locked = message.at >= secs(40).into();
        for event in events.iter() {
            match event.expect("a TLV") {
                TlvData::SlaveRxSyncTimingData(data) => {
                    let told = known.check_timing(&data);
                    partial.extend((told != 4).then_some(data.sync_source_port_identity));
                    stamps += told;
                }
                TlvData::SlaveRxSyncComputedData(data) if is_locked && message.at < secs(120).into() => {
                    computed += known.check_computed(&data, first);
                }
                TlvData::SlaveTxEventTimestamps(data) if is_locked => sent += known.check_sent(&data, events.slave),
                _ => {}
            }
        }
    }
    figure(
        "Syncs whose stamps were told exactly",
        stamps as f64,
        "Syncs",
        "at least 90: every other of 240 s less two starts",
    );
    figure("offsets told within 1.5 ns", computed as f64, "Syncs", "at least 60 of 80 s");
    figure("requests whose stamps were told within 100 ns", sent as f64, "messages", "at least 150 of 200 s");
    assert!(stamps >= 90 && computed >= 60 && sent >= 150);
    // What there was of the first master when it was given up.
    assert_eq!(partial, [first]);
}

#[test]
fn slave_events_are_off_until_they_are_asked_for() {
    let mut world = World::new(1);
    let port = PortConfig::default();
    let master = add::<1>(&mut world, "master", &Board::new(), &grandmaster(1), &port);
    let slave = add::<1>(&mut world, "slave", &Board::new(), &ClockConfig::slave_only(identity(2)), &port);
    world.segment([master, slave], us(1));
    world.run_for(secs(60));
    assert_eq!(world.state(slave, 0), State::Slave);
    assert_eq!(world.counters(slave, 0).sent(MessageType::SIGNALING), 0);
}

/// IEEE 802.1AS 10.6.4.3
#[test]
fn a_master_sends_at_the_interval_that_a_slave_asks_for_within_its_range() {
    let mut scene = Scene::new();
    scene.world.run_for(secs(60));
    for (asked, seconds, refused) in [(-3, 0.125, 0), (-4, 0.125, 1), (1, 2.0, 1), (127, 2.0, 2), (126, 1.0, 2)] {
        let request = MessageIntervalRequest { time_sync_interval: asked, ..UNCHANGED };
        scene.world.request_intervals(scene.slave, 0, request);
        scene.world.run_for(secs(4));
        let from = scene.world.now();
        scene.world.run_for(secs(20));
        let (least, most) = scene.sync_spacing(from);
        assert!((least - seconds).abs() < 1e-3 && (most - seconds).abs() < 1e-3, "{asked}: {least} {most}");
        assert_eq!(scene.refused(), refused, "{asked}");
        let last = scene.passed(scene.masters[0], MessageType::SYNC, Way::Out, from)[0].frame.octets[33];
        assert_eq!(f64::from(last.cast_signed()).exp2(), seconds, "{asked}");
    }
    // The other master was not meant: the request names the parent.
    let taken = scene.masters.map(|master| scene.world.counters(master, 0).received(MessageType::SIGNALING));
    assert_eq!(taken, [5, 0]);
    assert_eq!(scene.world.state(scene.slave, 0), State::Slave);
}

/// IEEE 1588-2019 9.5.11.2: at random, evenly between nothing and twice the interval that the master's answers tell.
#[test]
fn a_slave_spaces_its_requests_at_random_as_its_master_asks() {
    for log in [-4, 0, 2] {
        let mut world = World::new(7);
        let master = add::<1>(&mut world, "master", &Board::new(), &grandmaster(1), &intervals(0, log));
        let slave =
            add::<1>(&mut world, "slave", &Board::new(), &ClockConfig::slave_only(identity(2)), &intervals(0, 1));
        world.link(master, slave, Link::new(us(1)));
        let interval = 2_f64.powi(log.into());
        // The first requests are spaced as the slave's own settings say.
        world.run_for(secs(30));
        world.tap();
        world.run_for(secs(800));
        let requests: Vec<f64> = world
            .passages()
            .iter()
            .filter(|passage| passage.node == slave && passage.way == Way::Out)
            .filter(|passage| passage.frame.message_type() == Some(MessageType::DELAY_REQ.0))
            .map(|passage| passage.at.seconds())
            .collect();
        let gaps: Vec<f64> = requests.windows(2).map(|pair| (pair[1] - pair[0]) / interval).collect();
        let part =
            |from: f64| gaps.iter().filter(|gap| (from..from + 0.5).contains(*gap)).count() as f64 / gaps.len() as f64;
        let quarters = [0.0, 0.5, 1.0, 1.5].map(part);
        figure("requests", gaps.len() as f64, "", &format!("quarters of the range {quarters:.2?}"));
        assert!(gaps.iter().all(|gap| *gap <= 2.001), "2^{log} s: {gaps:?}");
        // A quarter of them in each; 200 of them scatter by 0.03.
        assert!(quarters.iter().all(|part| (part - 0.25).abs() < 0.1), "2^{log} s: {quarters:?}");
    }
}

/// IEEE 802.1AS 10.6.4.3
#[test]
fn a_master_that_begins_anew_has_forgotten_what_it_was_asked_for() {
    let mut scene = Scene::new();
    scene.world.run_for(secs(60));
    scene.world.request_intervals(scene.slave, 0, MessageIntervalRequest { time_sync_interval: -3, ..UNCHANGED });
    scene.world.run_for(secs(10));
    let link = scene.world.link_of(scene.masters[0], 0).expect("it has one");
    scene.world.cut(link);
    scene.world.run_for(secs(20));
    scene.world.restore(link);
    scene.world.run_for(secs(30));
    let from = scene.world.now();
    scene.world.run_for(secs(20));
    assert!((scene.sync_spacing(from).0 - 1.0).abs() < 1e-3);
}

#[test]
fn a_flood_of_interval_requests_changes_no_rate_beyond_the_range_and_no_offset() {
    const PER_SECOND: i64 = 20_000;
    let mut scene = Scene::new();
    scene.world.run_for(secs(120));
    let record = scene.world.record(scene.slave, scene.masters[0], us(10_000));
    let from = scene.world.now();
    let before = scene.refused();
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    let mut expected = 0;
    for sequence_id in 0..10 * PER_SECOND {
        let [a, b, c] = [rng.next_u64(), rng.next_u64(), rng.next_u64()].map(|it| it as u8);
        let outside = |asked: u8, range: [i8; 2]| {
            let asked = asked.cast_signed();
            u32::from(!(range[0]..=range[1]).contains(&asked) && asked != -128 && asked != 126)
        };
        let ranges = [ACCEPTED.log_min_pdelay_req_interval, ACCEPTED.log_sync_interval, ACCEPTED.log_announce_interval];
        expected += [a, b, c].into_iter().zip(ranges).map(|(asked, range)| outside(asked, range)).sum::<u32>();
        let octets = request(sequence_id as u16, [a, b, c]);
        scene.world.inject(scene.stranger, 0, Destination::PrimaryMulticast, MessageClass::General, octets);
        scene.world.run_for(us(1_000_000 / PER_SECOND));
    }
    scene.world.run_for(secs(20));
    let counted = scene.refused() - before;
    figure("requests refused of 600 000", f64::from(counted), "intervals", &format!("limit: exactly {expected}"));
    assert_eq!(counted, expected);
    let (least, most) = scene.sync_spacing(from);
    figure("shortest time between Syncs", least, "s", "limit 0.125");
    figure("longest time between Syncs", most, "s", "limit 2");
    assert!(least >= 0.125 - 1e-6 && most <= 2.0 + 1e-3);
    let worst = scene.world.series(record).since(from).max();
    figure("largest offset of the slave", worst, "ns", "limit 100");
    assert!(worst < 100.0);
    assert_eq!(scene.world.state(scene.slave, 0), State::Slave);
    assert!(scene.world.events(scene.slave).iter().all(|(at, _)| *at < from), "the slave noticed");
}

/// A Signaling message to everybody with a message interval request, octet by octet.
pub(crate) fn request(sequence_id: u16, intervals: [u8; 3]) -> Vec<u8> {
    let mut octets = vec![0; 60];
    octets[..4].copy_from_slice(&[0x0C, 0x12, 0, 60]);
    octets[20..30].copy_from_slice(&[2, 0, 0, 0xFF, 0xFE, 0, 0, 99, 0, 1]);
    octets[30..32].copy_from_slice(&sequence_id.to_be_bytes());
    octets[32..44].copy_from_slice(&[[5, 0x7F].as_slice(), &[0xFF; 10]].concat());
    octets[44..54].copy_from_slice(&[0, 3, 0, 12, 0x00, 0x80, 0xC2, 0, 0, 2]);
    octets[54..57].copy_from_slice(&intervals);
    octets
}
