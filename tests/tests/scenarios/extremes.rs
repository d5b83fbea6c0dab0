//! What is asked of a whole network of clocks that have every option in use: extreme intervals, lengths and sizes of tables, as fast as a
//! stranger can. Rates stay in their ranges, and nobody's time suffers.

use crate::hostile::with_tlv;
use crate::setup::{add_with, figure, grandmaster, identity};
use crate::signaling::{ACCEPTED, request};
use syntone::attached::AlternateTimescale;
use syntone::bmca::AcceptableMaster;
use syntone::counters::Discard;
use syntone::hal::{Destination, Instant, MessageClass, PortIndex};
use syntone::management::Access;
use syntone::port::{AlternateMasterPortDs, SlaveMonitoring, SlaveMonitoringPortDs};
use syntone::state::State;
use syntone::wire::{MessageType, PortIdentity, Tlv, TlvType};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, Fate, Frame, NodeId, Oscillator, RecordId, Rng, SimHal, Stream, Way, World, ms, secs, us};

/// Grandmaster, boundary clock and slave, and a stranger on each of the two segments.
struct Scene {
    world: World,
    master: NodeId,
    boundary: NodeId,
    slave: NodeId,
    strangers: [NodeId; 2],
    offsets: RecordId,
}

fn lent<T: Default + Clone>(count: usize) -> &'static mut [T] {
    Box::leak(vec![T::default(); count].into_boxed_slice())
}

/// All that a clock can be asked for is there.
fn with_every_option<const PORTS: usize>(clock: &mut Clock<PORTS>) {
    let start = Instant::from_nanos(0);
    clock.keep_announce_tlvs(lent(256));
    clock.set_path_trace(true);
    clock.keep_alternate_timescales(lent::<AlternateTimescale>(2));
    clock.keep_acceptable_masters(start, lent::<AcceptableMaster>(8));
    let acceptable = [1, 3, 99].map(|number| AcceptableMaster {
        acceptable_port_identity: PortIdentity::new(identity(number), 1),
        alternate_priority1: 0,
    });
    clock.set_acceptable_masters(start, &acceptable).expect("there is room");
    for port in (0..PORTS).map(|port| PortIndex(port as u8)) {
        clock.set_management_access(port, Access::ReadOnly);
        clock.accept_interval_requests(port, Some(ACCEPTED)).expect("ranges that can be");
        let alternate = AlternateMasterPortDs { number_of_alternate_masters: 1, ..AlternateMasterPortDs::default() };
        clock.set_alternate_master(start, port, &alternate).expect("settings that can be");
        let enable = SlaveMonitoring::all();
        let monitoring = SlaveMonitoringPortDs { enable, ..SlaveMonitoringPortDs::OFF };
        let monitoring = SlaveMonitoringPortDs {
            events_per_rx_sync_timing_tlv: 4,
            rx_sync_timing_tlv_message_m: 1,
            events_per_rx_sync_computed_tlv: 4,
            rx_sync_computed_tlv_message_m: 1,
            ..monitoring
        };
        clock.set_slave_monitoring(port, &monitoring).expect("settings that can be");
    }
    if PORTS == 2 {
        clock.set_acceptable_master_table_enabled(start, PortIndex(0), true).expect("the port is there");
    }
}

impl Scene {
    /// All is locked.
    fn new() -> Self {
        let mut world = World::new(1);
        let port = PortConfig::default();
        let wrong = |ahead, ppm| Board::new().ahead(ahead).oscillator(Oscillator::ideal().ppm(ppm).wander(1.0));
        let master = add_with::<1>(&mut world, "master", &Board::new(), &grandmaster(1), &port, with_every_option);
        let config = ClockConfig::new(identity(3));
        let boundary = add_with::<2>(&mut world, "boundary", &wrong(ms(1), 20.0), &config, &port, with_every_option);
        let config = ClockConfig::slave_only(identity(4));
        let slave = add_with::<1>(&mut world, "slave", &wrong(ms(-1), -15.0), &config, &port, with_every_option);
        let strangers = ["stranger", "another"].map(|name| {
            world.add_raw(name, &Board::new(), |hal: &mut SimHal| {
                while hal.take().is_some() {}
                None
            })
        });
        world.segment([(master, 0), (boundary, 0), (strangers[0], 0)], us(1));
        world.segment([(boundary, 1), (slave, 0), (strangers[1], 0)], us(1));
        world.tap();
        world.run_for(secs(120));
        let offsets = world.record(slave, master, ms(10));
        let scene = Self { world, master, boundary, slave, strangers, offsets };
        assert_eq!(scene.states(), [State::Master, State::Slave, State::Master, State::Slave]);
        scene
    }

    /// Each port, in the order of the way of time.
    const fn ports(&self) -> [(NodeId, u8); 4] {
        [(self.master, 0), (self.boundary, 0), (self.boundary, 1), (self.slave, 0)]
    }

    fn states(&self) -> [State; 4] {
        self.ports().map(|(node, port)| self.world.state(node, port))
    }

    fn sent(&self) -> [[u32; 16]; 4] {
        let types = std::array::from_fn(|number| MessageType(number as u8));
        self.ports().map(|(node, port)| types.map(|kind| self.world.counters(node, port).sent(kind)))
    }

    /// How many messages of each type each port sends in a second, over so many seconds.
    fn rates(&mut self, seconds: u32, during: impl FnOnce(&mut Self)) -> [[f64; 16]; 4] {
        let before = self.sent();
        during(self);
        let after = self.sent();
        let rate = |port: usize, kind: usize| f64::from(after[port][kind] - before[port][kind]) / f64::from(seconds);
        std::array::from_fn(|port| std::array::from_fn(|kind| rate(port, kind)))
    }

    fn rms_and_max(&self, seconds: i64) -> (f64, f64) {
        let series = self.world.series(self.offsets).since(self.world.now() + -secs(seconds));
        (series.rms(), series.max())
    }
}

/// The types that are sent by themselves, how often a second by default, and how often at the most by what may be asked.
const TYPES: [(MessageType, [f64; 4], [f64; 4]); 4] = [
    (MessageType::SYNC, [1.0, 0.0, 1.0, 0.0], [8.0, 0.0, 8.0, 0.0]),
    // The boundary clock is an alternate master to its master, too.
    (MessageType::ANNOUNCE, [0.5, 0.5, 0.5, 0.0], [1.0, 0.5, 1.0, 0.0]),
    // Spaced at random, once a second on average.
    (MessageType::DELAY_REQ, [0.0, 1.0, 0.0, 1.0], [0.0, 1.5, 0.0, 1.5]),
    // Slave events: a message for each four Syncs of each of two kinds, and one for each Delay_Req.
    (MessageType::SIGNALING, [0.0, 1.5, 0.0, 1.5], [0.0, 5.5, 0.0, 5.5]),
];

const PORTS: [&str; 4] = ["master", "boundary clock, slave port", "boundary clock, master port", "slave"];

#[test]
fn a_flood_of_extremes_keeps_every_rate_in_its_range_and_every_clock_right() {
    const PER_SECOND: u32 = 20_000;
    const SECONDS: u32 = 10;
    let (mut scene, mut twin) = (Scene::new(), Scene::new());
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    let passages = scene.world.passages();
    let announces = passages.iter().rev().find(|it| it.frame.message_type() == Some(MessageType::ANNOUNCE.0));
    let announce = announces.expect("an Announce").frame.octets.to_vec();
    let before = scene.rates(20, |scene| scene.world.run_for(secs(20)));
    let during = scene.rates(SECONDS, |scene| {
        for count in 0..SECONDS * PER_SECOND {
            let octets = if rng.chance(0.3) {
                request(count as u16, [rng.next_u64(), rng.next_u64(), rng.next_u64()].map(|it| it as u8))
            } else {
                with_tlv(&announce, &mut rng)
            };
            let stranger = scene.strangers[count as usize % 2];
            scene.world.inject(stranger, 0, Destination::PrimaryMulticast, MessageClass::General, octets);
            scene.world.run_for(us(1_000_000 / i64::from(PER_SECOND)));
        }
    });
    let offsets = scene.rms_and_max(SECONDS.into());
    twin.world.run_until(scene.world.now());
    let left_alone = twin.rms_and_max(SECONDS.into());
    let after = scene.rates(20, |scene| scene.world.run_for(secs(20)));
    for (kind, usual, most) in TYPES {
        for port in 0..4 {
            let [before, during, after] = [&before, &during, &after].map(|rates| rates[port][usize::from(kind.0)]);
            let name = format!("{} of the {}", kind.name().unwrap_or_default(), PORTS[port]);
            let limit = format!("before: about {}, then at the most {}", usual[port], most[port]);
            figure(&format!("{name}, before"), before, "a second", &limit);
            figure(&format!("{name}, in the flood"), during, "a second", &limit);
            figure(&format!("{name}, after it"), after, "a second", &limit);
            assert!((before - usual[port]).abs() <= 0.3, "{name}: {before}");
            // One more message in each span, for spans do not begin with one.
            assert!(during <= most[port] + 0.1 && after <= most[port] + 0.05, "{name}: {during} {after}");
        }
    }
    for (port, rates) in PORTS.iter().zip(during) {
        // 64 at once and 128 a second: of answers, and of what a boundary clock hands on.
        let (managed, limit) = (rates[usize::from(MessageType::MANAGEMENT.0)], 2.0 * (128.0 + 6.5));
        figure(&format!("management messages of the {port}"), managed, "a second", &format!("limit {limit}"));
        assert!(managed <= limit, "{port}: {managed}");
    }
    let limits = (left_alone.0 * 1.5 + 1.0, 100.0);
    figure("offset of the slave left alone, rms", left_alone.0, "ns", "beside it");
    figure("offset of the slave in the flood, rms", offsets.0, "ns", &format!("limit {:.1}", limits.0));
    figure("offset of the slave in the flood, max", offsets.1, "ns", &format!("limit {:.1}", limits.1));
    assert!(offsets.0 <= limits.0 && offsets.1 <= limits.1);
    assert_eq!(scene.states(), [State::Master, State::Slave, State::Master, State::Slave]);
    let since = secs(120);
    for node in [scene.master, scene.boundary, scene.slave] {
        assert!(scene.world.events(node).iter().all(|(at, _)| *at < since.into()), "{}", scene.world.name(node));
    }
}

/// The same Announce with TLVs of any types and lengths behind it, as many as there is room for.
fn loaded(frame: &Frame, rng: &mut Rng) -> Vec<u8> {
    let mut octets = frame.octets.to_vec();
    for _ in 0..rng.below(40) {
        let most = if rng.chance(0.1) { 600 } else { 20 };
        let mut value = vec![0; 2 * rng.below(most) as usize];
        value.fill_with(|| rng.next_u64() as u8);
        let likely = [0x0008, 0x0009, 0x4000, 0x4001, 0x7FFF, 0x8000][rng.below(6) as usize];
        let tlv_type = TlvType(if rng.chance(0.5) { likely } else { rng.next_u64() as u16 });
        let mut tlv = vec![0; value.len() + 4];
        Tlv { tlv_type, value: &value }.emit(&mut tlv).expect("an even length");
        if octets.len() + tlv.len() <= 1_440 {
            octets.extend(tlv);
        }
    }
    let [.., high, low] = octets.len().to_be_bytes();
    octets[2..4].copy_from_slice(&[high, low]);
    octets
}

/// IEEE 1588-2019 14.2.2.2
#[test]
fn whatever_a_master_lets_ride_on_its_announces_no_time_and_no_rate_suffers() {
    let (mut scene, mut twin) = (Scene::new(), Scene::new());
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    let from = scene.world.now();
    scene.world.impair(scene.master, 0, move |frame| match frame.message_type() {
        Some(kind) if kind == MessageType::ANNOUNCE.0 => Fate::Alter(loaded(frame, &mut rng)),
        _ => Fate::Pass,
    });
    let rates = [&mut scene, &mut twin].map(|scene| scene.rates(200, |scene| scene.world.run_for(secs(200))));
    for (kind, ..) in TYPES {
        let [loaded, alone] = rates.map(|rates| rates.map(|port| port[usize::from(kind.0)]));
        figure(
            &format!("{} of all ports", kind.name().unwrap_or_default()),
            loaded.iter().sum(),
            "a second",
            "limit: as without TLVs",
        );
        assert_eq!(loaded, alone, "{kind:?}");
    }
    let samples = [&scene, &twin].map(|scene| scene.world.series(scene.offsets).samples());
    assert_eq!(samples[0], samples[1], "the same offsets to the picosecond");
    let omitted = scene.world.counters(scene.boundary, 0).discarded(Discard::TlvOmitted);
    figure("TLVs beyond the room for them", f64::from(omitted), "TLVs", "at least 100");
    assert!(omitted > 100);
    let ours = scene.world.passages().iter().filter(|it| it.node == scene.boundary && it.way == Way::Out);
    let longest = ours.filter(|it| it.at >= from).map(|it| it.frame.octets.len()).max();
    figure("longest message of the boundary clock", longest.unwrap_or(0) as f64, "octets", "limit 64 + 256 + 12");
    assert!(longest <= Some(64 + 256 + 12), "{longest:?}");
}
