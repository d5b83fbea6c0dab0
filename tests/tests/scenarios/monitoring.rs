//! What a slave tells of itself agrees with what the simulator knows.

use crate::setup::{add, figure, grandmaster, identity};
use std::cell::RefCell;
use std::rc::Rc;
use syntone::hal::{ClockHal, Instant, PortIndex, TimeInterval};
use syntone::performance::{Observed, Observer, PerformanceMonitor, PortCounts, Record, Spread};
use syntone::servo::{DelaySample, LockState, PiConfig, PiServo, SyncSample};
use syntone::wire::MessageType;
use syntone::{Clock, ClockConfig, Event, PortConfig};
use syntone_sim::{Board, Link, NodeId, Oscillator, RecordId, SimTime, Span, Stamper, Way, World, ms, ns, secs, us};

/// The monotonic time of a board when the world begins.
const BEGINNING: Instant = Instant::from_nanos(1_000_000_000);

type Monitor = PerformanceMonitor<1, 4>;

/// A monitor that the scenario can look into.
#[derive(Clone)]
struct Shared(Rc<RefCell<Monitor>>);

impl Observer for Shared {
    fn sync(&mut self, sample: &SyncSample, lock_state: LockState) {
        Observer::sync(&mut *self.0.borrow_mut(), sample, lock_state);
    }

    fn delay(&mut self, sample: &DelaySample, lock_state: LockState) {
        Observer::delay(&mut *self.0.borrow_mut(), sample, lock_state);
    }
}

/// A grandmaster that is right and a slave that wanders and is monitored.
struct Scene {
    world: World,
    master: NodeId,
    slave: NodeId,
    monitor: Shared,
    truth: RecordId,
}

impl Scene {
    fn new(noise: Span) -> Self {
        let mut world = World::new(1);
        let stamper = Stamper::hardware().noise(noise);
        let (right, port) = (Board::new().stamper(stamper), PortConfig::default());
        let wrong = right.clone().ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
        let master = add::<1>(&mut world, "master", &right, &grandmaster(1), &port);
        let monitor = Shared(Rc::new(RefCell::new(Monitor::new(BEGINNING))));
        let observer = monitor.clone();
        let slave = world.add_clock::<1, _, 5>("slave", &wrong, move || {
            let servo = PiServo::new(PiConfig::default()).expect("the default settings");
            let servo = Observed { servo, observer: observer.clone() };
            Clock::new(&ClockConfig::slave_only(identity(2)), &[PortConfig::default()], servo).expect("a clock")
        });
        world.link(master, slave, Link::new(us(3)));
        let truth = world.record_at_sync(slave, master);
        world.tap();
        Self { world, master, slave, monitor, truth }
    }

    /// Runs to that second and tells the monitor the counters.
    fn run_to(&mut self, second: i64) {
        self.world.run_until(SimTime::after(secs(second)));
        let now = self.world.board(self.slave).monotonic();
        let counters = self.world.counters(self.slave, 0);
        self.monitor.0.borrow_mut().counters(now, PortIndex(0), counters);
    }

    fn record(&self, number: u16) -> Record<1> {
        self.monitor.0.borrow().record(number).expect("it is kept")
    }

    /// The true offsets, in nanoseconds, at the Syncs between two seconds that came while the slave was locked.
    fn true_offsets(&self, from: i64, until: i64) -> Vec<f64> {
        let range = SimTime::after(secs(from))..SimTime::after(secs(until));
        let locked_at = |at: SimTime| {
            let before = self.world.events(self.slave).iter().filter(|(when, _)| *when < at);
            let mut locks =
                before.filter_map(|(_, event)| if let Event::Lock(state) = event { Some(*state) } else { None });
            locks.next_back() == Some(LockState::Locked)
        };
        let samples = self.world.series(self.truth).samples().iter();
        samples.filter(|(at, _)| range.contains(at) && locked_at(*at)).map(|(_, offset)| offset.nanos()).collect()
    }

    /// Compares a record with true offsets: none of mean, deviation, minimum and maximum may be further off than its limit.
    fn check(&self, name: &str, record: &Record<1>, truth: &[f64], limits: [f64; 4]) {
        let count = truth.len() as f64;
        let mean = truth.iter().sum::<f64>() / count;
        let deviation = (truth.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count).sqrt();
        let smallest = truth.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = truth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let told = figures(&record.offset_from_master);
        let names = ["mean", "deviation", "minimum", "maximum"];
        let known = [mean, deviation, smallest, largest];
        for (((what, told), known), limit) in names.iter().zip(told).zip(known).zip(limits) {
            let limit_text = format!("limit {limit:.1} ns; true {known:.2} ns, told {told:.2} ns, {count} Syncs");
            figure(&format!("{name}: {what} of the offset, told less true"), told - known, "ns", &limit_text);
            assert!((told - known).abs() <= limit, "{name}: {what} {told} {known}");
        }
    }
}

fn figures(spread: &Spread) -> [f64; 4] {
    [spread.average, spread.standard_deviation, spread.minimum, spread.maximum].map(nanos)
}

fn nanos(interval: TimeInterval) -> f64 {
    interval.scaled() as f64 / 65_536.0
}

/// IEEE 1588-2019 J.5, IEEE 1588-2019 J
#[test]
fn the_record_of_a_quarter_of_an_hour_tells_the_true_offsets() {
    // Stamps are exact to 1 ns: that and the wander within one exchange are left. With 8 ns of noise on each of two stamps an offset
    // is wrong by up to 4 sigma of 8 sqrt(2), which adds to the deviation, and 900 of them by little.
    let noisy = 8.0 * 2_f64.sqrt();
    let limits_of_noise = [3.0 * noisy / 30.0 + 1.0, noisy, 4.0 * noisy, 4.0 * noisy];
    for (name, noise, limits) in [("exact stamps", ns(0), [1.0; 4]), ("8 ns of noise", ns(8), limits_of_noise)] {
        let mut scene = Scene::new(noise);
        [900, 1_800, 1_801].into_iter().for_each(|second| scene.run_to(second));
        let record = scene.record(1);
        assert!(record.measurement_valid && record.period_complete, "{name}");
        assert_eq!(record.pm_time, 100 * (1 + 900), "{name}");
        scene.check(name, &record, &scene.true_offsets(900, 1_800), limits);
        let delays = [&record.master_slave_delay, &record.slave_master_delay, &record.mean_path_delay];
        for delay in delays.map(|delay| nanos(delay.average)) {
            assert!((delay - 3_000.0).abs() < limits[0], "{name}: {delay}");
        }
        let before = scene.record(2);
        scene.check(&format!("{name}, from the start"), &before, &scene.true_offsets(0, 900), limits);
    }
}

/// IEEE 1588-2019 J.5.2
#[test]
fn messages_of_a_quarter_of_an_hour_are_counted_as_they_passed() {
    let mut scene = Scene::new(ns(0));
    (0..=1_801).for_each(|second| scene.run_to(second));
    // The slave's oscillator is fast: it was told at 899 s and at 1 799 s for the last time before its quarter began and ended.
    let passed = |message_type: MessageType, way| {
        let range = SimTime::after(secs(899))..SimTime::after(secs(1_799));
        let passages = scene.world.passages().iter().filter(|it| it.node == scene.slave && it.way == way);
        let counted = passages.filter(|it| range.contains(&it.at) && it.frame.message_type() == Some(message_type.0));
        u32::try_from(counted.count()).expect("a small number")
    };
    let expected = PortCounts {
        announce_rx: passed(MessageType::ANNOUNCE, Way::In),
        sync_rx: passed(MessageType::SYNC, Way::In),
        follow_up_rx: passed(MessageType::FOLLOW_UP, Way::In),
        delay_req_tx: passed(MessageType::DELAY_REQ, Way::Out),
        delay_resp_rx: passed(MessageType::DELAY_RESP, Way::In),
        ..PortCounts::default()
    };
    assert!((899..=901).contains(&expected.sync_rx) && expected.delay_resp_rx > 800, "{expected:?}");
    assert_eq!(scene.record(1).ports[0].counts, expected);
}

#[test]
fn a_master_that_is_lost_for_a_while_leaves_only_valid_offsets_in_the_record() {
    let mut scene = Scene::new(ns(0));
    scene.run_to(1_000);
    scene.world.stop(scene.master);
    scene.run_to(1_300);
    assert_eq!(scene.world.clock(scene.slave).lock_state(), LockState::Holdover);
    scene.world.start(scene.master);
    // And steps by 5 ms, as a master may.
    scene.run_to(1_500);
    scene.world.shift(scene.master, ms(5));
    scene.run_to(1_801);
    let record = scene.record(1);
    assert!(record.measurement_valid && record.period_complete);
    let truth = scene.true_offsets(900, 1_800);
    // 900 Syncs less 300 s of silence and the time to lock twice.
    assert!((500..600).contains(&truth.len()), "{}", truth.len());
    // The first Sync after the step of the master is in the record: the slave was locked, and 5 ms wrong.
    assert!((nanos(record.offset_from_master.minimum) + 5e6).abs() < 1_000.0);
    scene.check("a lost master", &record, &truth, [1.0; 4]);
}
