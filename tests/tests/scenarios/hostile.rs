//! Frames that mean harm: each is a counted discard and changes nothing.
//!
//! Every attack is made on one of two equal worlds; the slave under attack must have the same offsets, to the
//! picosecond, as its twin that was left alone.

use crate::setup::{add, figure, grandmaster, identity};
use syntone::counters::{Counters, Discard};
use syntone::hal::{Destination, MessageClass, PortIndex};
use syntone::management::Access;
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::MessageType;
use syntone::wire::{ManagementId, TlvData};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, NodeId, Oscillator, RecordId, Rng, SimHal, Stream, Way, World, ms, secs, us};

/// A locked slave, its master and a stranger on one segment.
struct Scene {
    world: World,
    slave: NodeId,
    stranger: NodeId,
    offsets: RecordId,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new(1);
        let port = PortConfig::default();
        let wrong = Board::new().ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
        let master = add::<1>(&mut world, "master", &Board::new(), &grandmaster(1), &port);
        // It may be asked, so that what is asked has something to break.
        let slave = world.add_clock::<1, _, 5>("slave", &wrong, || {
            let servo = PiServo::new(PiConfig::default()).expect("the default settings");
            let config = ClockConfig { seed: 1, ..ClockConfig::slave_only(identity(2)) };
            let mut clock = Clock::new(&config, &[PortConfig::default()], servo).expect("a good configuration");
            clock.set_management_access(PortIndex(0), Access::ReadOnly);
            clock
        });
        let stranger = world.add_raw("stranger", &Board::new(), |hal: &mut SimHal| {
            while hal.take().is_some() {}
            None
        });
        world.segment([master, slave, stranger], us(1));
        world.tap();
        let offsets = world.record(slave, master, ms(10));
        // Between the messages of the master, which come each second after it listened for 6 to 8 s.
        world.run_for(ms(60_050));
        assert_eq!(world.state(slave, 0), State::Slave);
        Self { world, slave, stranger, offsets }
    }

    /// The newest message of a type that passed the slave's port.
    fn newest(&self, message_type: MessageType, way: Way) -> Vec<u8> {
        let mut passages = self.world.passages().iter().rev().filter(|passage| passage.node == self.slave);
        let newest = passages.find(|it| it.way == way && it.frame.message_type() == Some(message_type.0));
        newest.expect("there was one").frame.octets.to_vec()
    }

    fn attack(&mut self, octets: &[u8]) {
        let is_event = octets.first().is_some_and(|first| first & 0x08 == 0);
        let class = if is_event { MessageClass::Event } else { MessageClass::General };
        // To the slave alone, so that its master has no part in what follows.
        let slave = self.world.board(self.slave).address(PortIndex(0));
        self.world.inject(self.stranger, 0, Destination::Unicast(slave), class, octets);
    }

    fn counters(&self) -> &Counters {
        self.world.counters(self.slave, 0)
    }

    /// Panics unless the slave has the states and offsets, up to now, of one that was left alone.
    fn check_unharmed(&self) {
        let twin = self.check_undisturbed();
        assert_eq!(self.counters().total_received(), twin.counters().total_received());
    }

    /// The same, whatever was received.
    fn check_undisturbed(&self) -> Self {
        let mut twin = Self::new();
        twin.world.run_until(self.world.now());
        let offsets = [&self.world, &twin.world].map(|world| world.series(self.offsets).samples());
        let different = offsets[0].iter().zip(offsets[1]).find(|(disturbed, alone)| disturbed != alone);
        assert_eq!((different, offsets[0].len()), (None, offsets[1].len()));
        assert_eq!(self.world.events(self.slave), twin.world.events(twin.slave));
        let clocks = [self.world.clock(self.slave), twin.world.clock(twin.slave)];
        assert_eq!(clocks[0].current_ds(), clocks[1].current_ds());
        assert_eq!(clocks[0].parent_ds(), clocks[1].parent_ds());
        assert_eq!(clocks[0].time_properties_ds(), clocks[1].time_properties_ds());
        assert_eq!(clocks[0].port_ds(PortIndex(0)), clocks[1].port_ds(PortIndex(0)));
        twin
    }
}

/// A frame, what it is and why it must be discarded.
type Attack = (&'static str, Vec<u8>, Discard);

/// `octets` with some of them replaced.
fn with(octets: &[u8], changes: &[(usize, u8)]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for (place, octet) in changes {
        octets[*place] = *octet;
    }
    octets
}

/// `octets` with so many added behind, the messageLength telling so.
fn and(octets: &[u8], more: &[u8]) -> Vec<u8> {
    let octets = [octets, more].concat();
    let [.., high, low] = octets.len().to_be_bytes();
    with(&octets, &[(2, high), (3, low)])
}

/// What is wrong in header, lengths and TLVs; places are those of IEEE 1588-2019 13.3.
fn malformed(scene: &Scene) -> Vec<Attack> {
    let sync = scene.newest(MessageType::SYNC, Way::In);
    let announce = scene.newest(MessageType::ANNOUNCE, Way::In);
    let malformed = |name, octets| (name, octets, Discard::Malformed);
    let mut attacks: Vec<Attack> =
        (0..sync.len()).map(|length| malformed("truncated Sync", sync[..length].into())).collect();
    attacks.extend((0..announce.len()).map(|length| malformed("truncated Announce", announce[..length].into())));
    attacks.extend(
        [0x4, 0x5, 0x6, 0x7, 0xE, 0xF].map(|kind| malformed("reserved messageType", with(&sync, &[(0, kind)]))),
    );
    attacks.extend([
        malformed("messageLength beyond the frame", with(&sync, &[(3, 200)])),
        malformed("messageLength within the body", with(&sync, &[(3, 43)])),
        malformed("messageLength 0", with(&sync, &[(3, 0)])),
        malformed("TLV that reaches beyond the message", and(&announce, &[0x00, 0x08, 0x00, 0x20, 1, 2, 3, 4])),
        malformed("TLV of 65535 octets", and(&announce, &[0x00, 0x08, 0xFF, 0xFF])),
        malformed("TLV of odd length", and(&announce, &[0x00, 0x08, 0x00, 0x03, 1, 2, 3])),
        malformed("half a TLV", and(&announce, &[0x00, 0x08])),
        malformed("TLV behind a good one", and(&sync, &[0x80, 0x08, 0, 2, 0, 0, 0, 3, 0, 99])),
    ]);
    attacks
}

/// Whole messages that are not for this clock, or too old, or from somebody who must not send them.
fn unwelcome(scene: &Scene) -> Vec<Attack> {
    let [sync, follow_up, delay_resp, announce] =
        [MessageType::SYNC, MessageType::FOLLOW_UP, MessageType::DELAY_RESP, MessageType::ANNOUNCE]
            .map(|message_type| scene.newest(message_type, Way::In));
    let own = scene.newest(MessageType::DELAY_REQ, Way::Out);
    // Of the slave itself, and of a clock that nobody knows.
    let (echoed, unknown) = ((27, 2), (27, 99));
    let (next_sync, next_follow_up) = (sync[31].wrapping_add(1), follow_up[31].wrapping_add(1));
    vec![
        ("versionPTP 1", with(&sync, &[(1, 0x01)]), Discard::Version),
        ("versionPTP 3", with(&sync, &[(1, 0x13)]), Discard::Version),
        ("another domain", with(&sync, &[(4, 1)]), Discard::Domain),
        ("sdoId of gPTP", with(&sync, &[(0, 0x10)]), Discard::SdoId),
        ("another minorSdoId", with(&sync, &[(5, 1)]), Discard::SdoId),
        ("own Delay_Req echoed", own.clone(), Discard::OwnIdentity),
        ("Sync in the own name", with(&sync, &[echoed]), Discard::OwnIdentity),
        ("Announce in the own name", with(&announce, &[echoed]), Discard::OwnIdentity),
        ("Sync of another master", with(&sync, &[unknown]), Discard::NotParent),
        ("Follow_Up of another master", with(&follow_up, &[unknown, (31, next_follow_up)]), Discard::NotParent),
        ("Delay_Resp of another master", with(&delay_resp, &[unknown]), Discard::NotParent),
        ("Delay_Resp for another slave", with(&delay_resp, &[(51, 99)]), Discard::NotForUs),
        ("Delay_Resp to no request", with(&delay_resp, &[(30, 0x77)]), Discard::Unmatched),
        ("Sync again", sync.clone(), Discard::Duplicate),
        ("Follow_Up again", follow_up.clone(), Discard::Duplicate),
        ("Announce again", announce.clone(), Discard::Duplicate),
        (
            "Follow_Up of a second with 10^9 ns",
            with(&follow_up, &[(31, next_follow_up), (40, 0x3B), (41, 0x9A), (42, 0xCA), (43, 0)]),
            Discard::InvalidTime,
        ),
        (
            "one-step Sync of a second with 2^32 - 1 ns",
            with(&sync, &[(6, 0), (31, next_sync), (40, 0xFF), (41, 0xFF), (42, 0xFF), (43, 0xFF)]),
            Discard::InvalidTime,
        ),
        ("Delay_Req to a slave", with(&own, &[unknown]), Discard::State),
        ("Announce over 255 boundary clocks", with(&announce, &[unknown, (61, 0), (62, 255)]), Discard::StepsRemoved),
        (
            "Announce over 65535 boundary clocks",
            with(&announce, &[unknown, (61, 255), (62, 255)]),
            Discard::StepsRemoved,
        ),
        ("Announce of an alternate master", with(&announce, &[unknown, (6, 0x01)]), Discard::AlternateMaster),
        ("Announce of port 0", with(&announce, &[unknown, (29, 0)]), Discard::NotAcceptable),
        (
            "Announce of nobody",
            with(&announce, &[20, 21, 22, 23, 24, 25, 26, 27].map(|place| (place, 0))),
            Discard::NotAcceptable,
        ),
        ("Signaling", [&with(&sync, &[(0, 0x0C), unknown])[..34], &[0xFF; 10]].concat(), Discard::Unsupported),
        ("Pdelay_Req", with(&and(&sync, &[0; 10]), &[(0, 0x02), unknown]), Discard::DelayMechanism),
    ]
}

#[test]
fn each_hostile_frame_is_one_counted_discard_and_changes_nothing() {
    let mut scene = Scene::new();
    let attacks = [malformed(&scene), unwelcome(&scene)].concat();
    for (name, octets, reason) in &attacks {
        let before = scene.counters().clone();
        scene.attack(octets);
        scene.world.run_for(us(10));
        let counted = scene.counters().discarded(*reason) - before.discarded(*reason);
        let all = scene.counters().total_discarded() - before.total_discarded();
        assert_eq!((counted, all), (1, 1), "{name}: {octets:02x?}");
        assert_eq!(scene.counters().total_received(), before.total_received(), "{name}");
    }
    scene.world.run_for(secs(20));
    figure("hostile frames that were one discard each", attacks.len() as f64, "frames", "limit: all");
    scene.check_unharmed();
}

#[test]
fn frames_beyond_the_buffer_are_counted() {
    let mut scene = Scene::new();
    let sync = scene.newest(MessageType::SYNC, Way::In);
    let before = scene.counters().clone();
    for length in [1_501, 2_000, 9_000, 65_535] {
        let padded = [sync.clone(), vec![0; length - sync.len()]].concat();
        scene.attack(&padded);
        scene.world.run_for(us(10));
    }
    let counters = scene.counters();
    assert_eq!(counters.discarded(Discard::ReceiveFailed) - before.discarded(Discard::ReceiveFailed), 4);
    assert_eq!(counters.total_discarded() - before.total_discarded(), 4);
    scene.world.run_for(secs(20));
    scene.check_unharmed();
}

#[test]
fn a_flood_is_counted_to_the_last_frame_and_changes_nothing() {
    const PER_SECOND: u32 = 20_000;
    let mut scene = Scene::new();
    let attacks = [malformed(&scene), unwelcome(&scene)].concat();
    // Those that do not depend on what the slave has heard last.
    let lasting: Vec<&Attack> =
        attacks.iter().filter(|(.., reason)| !matches!(reason, Discard::Duplicate | Discard::InvalidTime)).collect();
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    let before = scene.counters().clone();
    let mut expected = [0; Discard::COUNT];
    for _ in 0..5 * PER_SECOND {
        let (_, octets, reason) = lasting[rng.below(lasting.len() as u64) as usize];
        expected[Discard::ALL.iter().position(|it| it == reason).expect("listed")] += 1;
        scene.attack(octets);
        scene.world.run_for(us(1_000_000 / i64::from(PER_SECOND)));
    }
    scene.world.run_for(secs(15));
    for (reason, expected) in Discard::ALL.into_iter().zip(expected) {
        let counted = scene.counters().discarded(reason) - before.discarded(reason);
        assert_eq!(counted, expected, "{}", reason.name());
    }
    scene.check_unharmed();
}

#[test]
fn a_crowd_of_worse_masters_does_not_drive_out_the_parent() {
    let mut scene = Scene::new();
    let announce = scene.newest(MessageType::ANNOUNCE, Way::In);
    // A thousand grandmasters that are a little worse, each heard often enough to qualify.
    for round in 0..20_u8 {
        for number in 0..1_000_u16 {
            let [high, low] = number.to_be_bytes();
            let identity = [(26, high + 0x10), (27, low), (59, high + 0x10), (60, low), (47, 101)];
            scene.attack(&with(&with(&announce, &identity), &[(31, round)]));
            scene.world.run_for(us(500));
        }
    }
    scene.world.run_for(secs(20));
    scene.check_undisturbed();
}

#[test]
fn noise_made_of_real_messages_never_stops_a_clock() {
    // Random damage may make a message that is believed, but never one that stops the clock.
    let mut scene = Scene::new();
    let kinds = [MessageType::SYNC, MessageType::FOLLOW_UP, MessageType::DELAY_RESP, MessageType::ANNOUNCE];
    let real = kinds.map(|message_type| scene.newest(message_type, Way::In));
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    for _ in 0..100_000 {
        let mut octets = real[rng.below(4) as usize].clone();
        for _ in 0..=rng.below(4) {
            let place = rng.below(octets.len() as u64) as usize;
            octets[place] = rng.next_u64() as u8;
        }
        octets.truncate(octets.len() - if rng.chance(0.2) { rng.below(20) as usize } else { 0 });
        scene.attack(&octets);
        scene.world.run_for(us(100));
    }
    scene.world.run_for(secs(120));
    assert_eq!(scene.world.state(scene.slave, 0), State::Slave);
    assert!(scene.world.series(scene.offsets).since(scene.world.now() + -secs(10)).max() < 1_000.0);
}

/// A message of a stranger with one TLV: a management message, Signaling or an Announce, made from an Announce.
pub(crate) fn with_tlv(announce: &[u8], rng: &mut Rng) -> Vec<u8> {
    let pick = |rng: &mut Rng, count: usize| rng.below(count as u64) as usize;
    let mut value: Vec<u8> = (0..2 * rng.below(40)).map(|_| rng.next_u64() as u8).collect();
    // Extremes of intervals, durations, lengths and sizes of tables.
    let extreme = [0x00, 0x7F, 0x80, 0xFF][pick(rng, 4)];
    if rng.chance(0.5) {
        value.fill(extreme);
    }
    let (kind, body, tlv_type) = match rng.below(4) {
        0 => (0x0C, vec![0xFF; 10], TlvData::TYPES[pick(rng, TlvData::TYPES.len())].0),
        1 => (0x0B, announce[34..64].to_vec(), TlvData::TYPES[pick(rng, TlvData::TYPES.len())].0),
        _ => {
            let id = ManagementId::ALL[pick(rng, ManagementId::ALL.len())];
            value.splice(0..0, id.0.to_be_bytes());
            (0x0D, [&[0xFF; 10][..], &[9, 9, rng.below(6) as u8, 0]].concat(), 0x0001)
        }
    };
    // Of an unknown clock, which is a worse master.
    let mut octets = with(&announce[..34], &[(0, kind), (27, 99)]);
    octets.extend(body);
    if kind == 0x0B {
        octets = with(&octets, &[(47, 101), (60, 99)]);
    }
    let honest = value.len() as u16;
    let length = if rng.chance(0.1) { rng.next_u64() as u16 } else { honest };
    let tlv = [&tlv_type.to_be_bytes()[..], &length.to_be_bytes(), &value].concat();
    and(&octets, &tlv)
}

/// A TLV that no receiver expects where it is, with sizes and intervals that no receiver can take: the clock does what it did.
#[test]
fn a_flood_of_management_signaling_and_tlvs_leaves_a_locked_slave_unharmed() {
    const PER_SECOND: u32 = 20_000;
    const SECONDS: u32 = 5;
    let mut scene = Scene::new();
    let mut rng = Rng::stream(1, Stream::Scenario, 0);
    let before = scene.counters().clone();
    let announce = scene.newest(MessageType::ANNOUNCE, Way::In);
    for _ in 0..SECONDS * PER_SECOND {
        let octets = with_tlv(&announce, &mut rng);
        scene.attack(&octets);
        scene.world.run_for(us(1_000_000 / i64::from(PER_SECOND)));
    }
    scene.world.run_for(secs(15));
    let count = |message_type| scene.counters().sent(message_type) - before.sent(message_type);
    let answers = count(MessageType::MANAGEMENT);
    let dropped = scene.counters().discarded(Discard::TooMany);
    figure("answers to 100 000 hostile frames in 5 s", f64::from(answers), "answers", "limit: 64 + 5 · 128 + 1");
    assert!(answers > 600 && answers <= 64 + SECONDS * 128 + 1, "{answers}");
    assert!(dropped > 10_000, "{dropped}");
    let twin = scene.check_undisturbed();
    // Since the flood began.
    let since = scene.world.now() + -secs(i64::from(SECONDS) + 15);
    for (name, world) in [("in", &scene.world), ("without", &twin.world)] {
        let series = world.series(scene.offsets).since(since);
        figure(&format!("offset {name} the flood, rms"), series.rms(), "ns", "limit: the same to the picosecond");
        figure(&format!("offset {name} the flood, max"), series.max(), "ns", "limit: the same to the picosecond");
    }
}
