//! TLVs on their way through boundary clocks.

use crate::setup::{figure, grandmaster, identity, ports};
use syntone::attached::{AlternateTimescale, DisplayName};
use syntone::counters::Discard;
use syntone::hal::{ClockHal, Destination, MessageClass, NetworkHal, PortIndex, Timestamp, Transmit};
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::{Announce, ClockIdentity, Header, MessageBody, MessageType, PortIdentity, Tlv, TlvType, Tlvs};
use syntone::{Clock, ClockConfig, PortConfig};
use syntone_sim::{Board, Frame, Link, NodeId, Passage, SimHal, Way, World, ms, secs, us};

/// Octets that live as long as the program.
pub(crate) fn storage(octets: usize) -> &'static mut [u8] {
    Box::leak(vec![0; octets].into_boxed_slice())
}

/// A clock with Announces each second that keeps so many octets of TLVs, and is set up further by `set`.
pub(crate) fn add<const PORTS: usize>(
    world: &mut World,
    number: u8,
    octets: usize,
    set: impl Fn(&mut Clock<PORTS>) + 'static,
) -> NodeId {
    let config = ClockConfig { seed: 1, ..ClockConfig::new(identity(number)) };
    let port = PortConfig { log_announce_interval: 0, ..PortConfig::default() };
    world.add_clock::<PORTS, _, 5>(format!("clock {number}"), &Board::new(), move || {
        let servo = PiServo::new(PiConfig::default()).expect("the default settings");
        let mut clock = Clock::new(&config, &ports(&port), servo).expect("a clock with these settings");
        clock.keep_announce_tlvs(storage(octets));
        set(&mut clock);
        clock
    })
}

/// An Announce of the best clock of all, whose number is 1.
fn announce(sequence_id: u16, tlvs: &[u8]) -> Vec<u8> {
    let config = grandmaster(1);
    let header = Header {
        version_ptp: 2,
        source_port_identity: PortIdentity::new(identity(1), 1),
        sequence_id,
        ..Header::default()
    };
    let body = Announce {
        grandmaster_priority1: config.priority1,
        grandmaster_clock_quality: config.clock_quality,
        grandmaster_identity: identity(1),
        ..Announce::default()
    };
    let mut octets = [0; 1_500];
    let length = body.emit(&header, Tlvs::parse(tlvs).expect("whole TLVs"), &mut octets).expect("not too long");
    octets[..length].to_vec()
}

/// A grandmaster that says each second, and nothing else, what `tlvs` makes of the number of seconds.
pub(crate) fn add_announcer(world: &mut World, tlvs: impl Fn(u16) -> Vec<u8> + Clone + 'static) -> NodeId {
    let mut next = syntone::hal::Instant::from_nanos(0);
    let mut count = 0;
    world.add_raw("announcer", &Board::new(), move |hal: &mut SimHal| {
        while hal.take().is_some() {}
        if hal.monotonic() >= next {
            next = hal.monotonic().plus_nanos(1_000_000_000);
            let transmit = Transmit {
                port: PortIndex(0),
                destination: Destination::PrimaryMulticast,
                ticket: None,
                one_step: None,
            };
            hal.send(transmit, &announce(count, &tlvs(count))).expect("it is sent");
            count += 1;
        }
        Some(next)
    })
}

/// What rides on the newest Announce that passed a port.
pub(crate) fn newest(world: &World, node: NodeId, port: u8, way: Way) -> Vec<u8> {
    newest_frame(world, node, port, way).octets[64..].to_vec()
}

fn newest_frame(world: &World, node: NodeId, port: u8, way: Way) -> &Frame {
    let passes = |it: &&Passage| (it.node, it.port, it.way) == (node, PortIndex(port), way);
    let announces = |it: &&Passage| it.frame.message_type() == Some(MessageType::ANNOUNCE.0);
    let passage = world.passages().iter().rev().filter(passes).find(announces).expect("an Announce");
    &passage.frame
}

pub(crate) fn tlv(tlv_type: u16, value: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; value.len() + 4];
    Tlv { tlv_type: TlvType(tlv_type), value }.emit(&mut octets).expect("an even length");
    octets
}

pub(crate) fn path(clocks: &[ClockIdentity]) -> Vec<u8> {
    let octets: Vec<u8> = clocks.iter().flat_map(|clock| clock.0.to_be_bytes()).collect();
    tlv(TlvType::PATH_TRACE.0, &octets)
}

/// The edges of the ranges of types, and the types between that are an exception; whether they are handed on.
const TYPES: [(u16, bool); 26] = [
    (0x0000, false),
    (0x0001, false),
    (0x0003, false),
    (0x0007, false),
    (0x0008, true),
    (0x0009, true),
    (0x000A, false),
    (0x1FFF, false),
    (0x2000, false),
    (0x2007, false),
    (0x3FFF, false),
    (0x4000, true),
    (0x4001, true),
    (0x4002, true),
    (0x7EFF, true),
    (0x7F00, true),
    (0x7FFF, true),
    (0x8000, false),
    (0x8001, false),
    (0x8003, false),
    (0x8007, false),
    (0x8008, false),
    (0x800A, false),
    (0xFFEF, false),
    (0xFFF0, false),
    (0xFFFF, false),
];

/// IEEE 1588-2019 14.2.2.2
#[test]
fn tlvs_that_propagate_go_through_boundary_clocks_octet_for_octet() {
    let value = |tlv_type: u16| vec![tlv_type as u8; 2 * usize::from(tlv_type % 9)];
    let all = move |_| TYPES.iter().flat_map(|(tlv_type, _)| tlv(*tlv_type, &value(*tlv_type))).collect();
    let mut world = World::new(1);
    let head = add_announcer(&mut world, all);
    let clocks: Vec<NodeId> = (10..14).map(|number| add::<2>(&mut world, number, 512, |_| {})).collect();
    world.link(head, (clocks[0], 0), Link::new(us(1)));
    world.link((clocks[0], 1), (clocks[1], 0), Link::new(us(1)));
    world.link((clocks[1], 1), (clocks[2], 0), Link::new(us(1)));
    world.link((clocks[2], 1), (clocks[3], 0), Link::new(us(1)));
    world.tap();
    world.run_for(secs(60));
    let expected: Vec<u8> =
        TYPES.iter().filter(|(_, handed_on)| *handed_on).flat_map(|(kind, _)| tlv(*kind, &value(*kind))).collect();
    for clock in &clocks[..3] {
        assert_eq!(world.state(*clock, 1), State::Master);
        assert_eq!(newest(&world, *clock, 1, Way::Out), expected, "{}", world.name(*clock));
        assert_eq!(world.clock(*clock).parent_tlvs().octets(), expected, "{}", world.name(*clock));
        assert_eq!(world.counters(*clock, 0).discarded(Discard::TlvOmitted), 0);
    }
}

/// IEEE 1588-2019 16.2
#[test]
fn a_path_grows_by_each_clock_and_is_what_the_next_one_tells() {
    let mut world = World::new(1);
    let clocks: Vec<NodeId> =
        (1..=5).map(|number| add::<2>(&mut world, number, 64, |clock| clock.set_path_trace(true))).collect();
    for pair in clocks.windows(2) {
        world.link((pair[0], 1), (pair[1], 0), Link::new(us(1)));
    }
    world.tap();
    world.run_for(secs(60));
    for (index, clock) in clocks.iter().enumerate() {
        let before: Vec<ClockIdentity> = (1..=index as u8).map(identity).collect();
        let list: Vec<ClockIdentity> = world.clock(*clock).path_trace_list().iter().collect();
        assert_eq!(list, before, "{}", world.name(*clock));
        if index < 4 {
            let with_own = [&before[..], &[identity(index as u8 + 1)]].concat();
            assert_eq!(newest(&world, *clock, 1, Way::Out), path(&with_own), "{}", world.name(*clock));
        }
    }
}

/// Five boundary clocks in a ring, each told to follow the one before it. A single Announce of a grandmaster that does not exist is put
/// in once all is at rest. Gives over how many clocks it went, and how many Announces were known to have come back.
fn rogue_in_a_ring(path_trace: bool) -> (u16, u32) {
    const ROGUE: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0099);
    let mut world = World::new(1);
    let ring: Vec<NodeId> = (10..15)
        .map(|number| add::<2>(&mut world, number, 256, move |clock| clock.set_path_trace(path_trace)))
        .collect();
    for (place, clock) in ring.iter().enumerate() {
        world.link((*clock, 1), (ring[(place + 1) % ring.len()], 0), Link::new(us(1)));
    }
    world.run_for(ms(1));
    for clock in &ring {
        world.configure_ports(*clock, &[State::Slave, State::Master]);
    }
    world.tap();
    // Without paths, what they said at first goes round 255 times.
    world.run_for(secs(300));
    let (mut rogue, last) = (announce(0, &path(&[ROGUE, identity(14)])), newest_frame(&world, ring[4], 1, Way::Out));
    rogue[20..32].copy_from_slice(&last.octets[20..32]);
    rogue[30] ^= 0x40;
    rogue[53..61].copy_from_slice(&ROGUE.0.to_be_bytes());
    world.inject(ring[4], 1, Destination::PrimaryMulticast, MessageClass::General, rogue);
    world.run_for(secs(300));
    let tells = |it: &&Passage| it.frame.octets.get(53..61) == Some(&ROGUE.0.to_be_bytes()[..]);
    let steps =
        world.passages().iter().filter(tells).map(|it| u16::from_be_bytes([it.frame.octets[61], it.frame.octets[62]]));
    let hops = steps.max().expect("at least the one that was put in");
    (hops, ring.iter().map(|clock| world.counters(*clock, 0).discarded(Discard::PathTrace)).sum())
}

/// IEEE 1588-2019 16.2.3
#[test]
fn in_a_ring_the_path_is_what_ends_a_rogue_announce() {
    let ((without, none), (with, came_back)) = (rogue_in_a_ring(false), rogue_in_a_ring(true));
    figure(
        "clocks that a rogue Announce in a ring of 5 goes over, without paths",
        f64::from(without),
        "clocks",
        "255: to the end",
    );
    figure("the same with paths", f64::from(with), "clocks", "limit 4");
    figure("Announces that came back", f64::from(came_back), "Announces", "at least 1");
    assert_eq!((without, none, with), (255, 0, 4));
    assert!(came_back > 0);
}

/// IEEE 1588-2019 14.2.2.2
#[test]
fn with_another_parent_the_tlvs_of_the_old_one_are_gone() {
    let mut world = World::new(1);
    let head = add_announcer(&mut world, |_| tlv(0x4002, &[1, 2]));
    let worse = add::<1>(&mut world, 2, 0, |_| {});
    let clock = add::<3>(&mut world, 3, 64, |_| {});
    let end = add::<1>(&mut world, 4, 64, |_| {});
    world.link(head, (clock, 0), Link::new(us(1)));
    world.link(worse, (clock, 1), Link::new(us(1)));
    world.link((clock, 2), end, Link::new(us(1)));
    world.tap();
    world.run_for(secs(30));
    assert_eq!(newest(&world, clock, 2, Way::Out), tlv(0x4002, &[1, 2]));
    assert_eq!(world.clock(end).parent_tlvs().octets(), tlv(0x4002, &[1, 2]));
    world.stop(head);
    world.run_for(secs(30));
    assert_eq!(world.clock(clock).parent_ds().grandmaster_identity, identity(2));
    assert_eq!(newest(&world, clock, 2, Way::Out), b"");
    assert!(world.clock(end).parent_tlvs().is_empty());
}

/// IEEE 1588-2019 14.2.2.2: each whole or not at all, in their order.
#[test]
fn what_has_no_room_is_left_out_and_counted() {
    let (first, large, last) = (tlv(0x4002, &[1; 6]), tlv(0x4003, &[2; 30]), tlv(0x4004, &[3; 4]));
    let all = [first.clone(), large, last.clone()].concat();
    let mut world = World::new(1);
    let head = add_announcer(&mut world, move |_| all.clone());
    let clock = add::<2>(&mut world, 3, 24, |_| {});
    let end = add::<1>(&mut world, 4, 0, |_| {});
    world.link(head, (clock, 0), Link::new(us(1)));
    world.link((clock, 1), end, Link::new(us(1)));
    world.tap();
    world.run_for(secs(30));
    assert_eq!(newest(&world, clock, 1, Way::Out), [first, last].concat());
    let (heard, omitted) = (
        world.counters(clock, 0).received(MessageType::ANNOUNCE),
        world.counters(clock, 0).discarded(Discard::TlvOmitted),
    );
    // Two are heard before their sender is parent.
    assert_eq!(omitted, heard - 2, "{heard}");
}

/// IEEE 1588-2019 16.2: a list that has lost its beginning would be a lie.
#[test]
fn a_path_that_has_no_room_is_not_handed_on() {
    let clocks: Vec<ClockIdentity> = (101..=180).map(identity).collect();
    // With no room at all there is never a list.
    for (room, at_last) in [(100, path(&[identity(1), identity(3)])), (0, Vec::new())] {
        let longest = path(&clocks);
        let tell = move |count| if count < 30 { longest.clone() } else { path(&[identity(1)]) };
        let mut world = World::new(1);
        let head = add_announcer(&mut world, tell);
        let clock = add::<2>(&mut world, 3, room, |clock| clock.set_path_trace(true));
        let end = add::<1>(&mut world, 4, 64, |_| {});
        world.link(head, (clock, 0), Link::new(us(1)));
        world.link((clock, 1), end, Link::new(us(1)));
        world.tap();
        world.run_for(secs(25));
        assert_eq!(newest(&world, clock, 1, Way::Out), b"");
        world.run_for(secs(25));
        assert_eq!(newest(&world, clock, 1, Way::Out), at_last, "{room} octets");
    }
}

/// Alternate timescales over which the world goes within half a minute.
fn timescale(world: &mut World, node: NodeId, offset: i32, jump: (i32, u64), name: &str) -> AlternateTimescale {
    let (jump_seconds, ahead) = jump;
    AlternateTimescale {
        enable: true,
        current_offset: offset,
        jump_seconds,
        time_of_next_jump: world.board(node).now().expect("a clock that can be read").seconds() + ahead,
        display_name: DisplayName::new(name).expect("a short name"),
    }
}

/// IEEE 1588-2019 16.3: two local times, one of which jumps, from a grandmaster over two boundary clocks to a slave. On each tenth of a second
/// from before the jump until long after it the slave's local time is the grandmaster's, whatever is under way.
#[test]
fn local_time_comes_over_boundary_clocks_and_over_its_jump() {
    let mut world = World::new(1);
    let head = add::<1>(&mut world, 1, 0, |clock| {
        clock.keep_alternate_timescales(Box::leak(Box::new([AlternateTimescale::default(); 4])));
    });
    let clocks = [2, 3].map(|number| add::<2>(&mut world, number, 128, |_| {}));
    let slave = add::<1>(&mut world, 4, 128, |_| {});
    world.link(head, (clocks[0], 0), Link::new(us(1)));
    world.link((clocks[0], 1), (clocks[1], 0), Link::new(us(1)));
    world.link((clocks[1], 1), slave, Link::new(us(1)));
    world.run_for(ms(1));
    let summer = timescale(&mut world, head, 3600 - 37, (3600, 60), "CET");
    let other = timescale(&mut world, head, -37, (0, 0), "UTC");
    let set = |world: &mut World, key, timescale| {
        world.change_clock(head, move |clock, _| clock.set_alternate_timescale(key, timescale));
    };
    set(&mut world, 1, summer);
    set(&mut world, 3, other);
    world.run_for(secs(45));
    let jump = summer.time_of_next_jump;
    let mut checked = 0;
    for tenth in 0..400 {
        // Some seconds after the jump the grandmaster's application has seen to it.
        if tenth == 200 {
            let after = AlternateTimescale { current_offset: 7200 - 37, jump_seconds: 0, ..summer };
            set(&mut world, 1, after);
        }
        world.run_for(ms(100));
        let time: Timestamp = world.board(slave).now().expect("a clock that can be read");
        let told = world.clock(slave).alternate_timescales();
        let names: Vec<_> = told.iter().map(|it| (it.key_field, it.display_name.as_str().expect("UTF-8"))).collect();
        assert_eq!(names, [(1, "CET"), (3, "UTC")]);
        let expected = if time.seconds() < jump { 3600 - 37 } else { 7200 - 37 };
        assert_eq!([told[0].offset_at(time), told[1].offset_at(time)], [expected, -37], "{tenth}");
        checked += u32::from(time.seconds() >= jump);
    }
    assert!((200..300).contains(&checked), "{checked} tenths of a second after the jump");
    // One that is not announced any more is gone, and the others stay.
    set(&mut world, 1, AlternateTimescale { enable: false, ..summer });
    world.run_for(secs(5));
    assert_eq!(world.clock(slave).alternate_timescales().iter().map(|it| it.key_field).collect::<Vec<_>>(), [3]);
}
