//! TLVs of organisations between applications.

use crate::setup::{figure, identity};
use crate::tlvs::{add, add_announcer, newest, path, storage, tlv};
use syntone::Clock;
use syntone::counters::Discard;
use syntone::hal::{Destination, MessageClass, PortIndex};
use syntone::state::State;
use syntone::wire::tlvs::OrganizationExtension;
use syntone::wire::{Header, Layout, MessageBody, MessageType, PortIdentity, Signaling, Tlvs};
use syntone_sim::{Board, Link, NodeId, SimHal, Way, World, ms, secs, us};

/// organizationId, organizationSubType and data.
fn extension(tlv_type: u16, number: u8) -> Vec<u8> {
    tlv(tlv_type, &[0x1C, 0x12, 0x9D, 0, 0, number, number, number])
}

/// Port, sender, type of message and TLV of all that an application was offered.
fn offered(world: &World, node: NodeId) -> Vec<(u8, PortIdentity, MessageType, Vec<u8>)> {
    let of = |octets: &[u8]| octets.to_vec();
    let all = world.clock(node).received_tlvs().into_iter();
    all.map(|it| (it.port.0, it.source_port_identity, it.message_type, of(&tlv(it.tlv.tlv_type.0, it.tlv.value))))
        .collect()
}

fn forget(world: &mut World, node: NodeId) {
    world.change_clock(node, |clock, _| {
        clock.forget_received_tlvs();
        Ok(())
    });
}

/// A Signaling message of a stranger, whose number is 9.
fn signaling(target: PortIdentity, tlvs: &[u8]) -> Vec<u8> {
    let header =
        Header { version_ptp: 2, source_port_identity: PortIdentity::new(identity(9), 4), ..Header::default() };
    let mut octets = vec![0; 44 + tlvs.len()];
    let body = Signaling { target_port_identity: target };
    body.emit(&header, Tlvs::parse(tlvs).expect("whole TLVs"), &mut octets).expect("it fits");
    octets
}

/// IEEE 1588-2019 14.3
#[test]
fn an_application_is_offered_the_tlvs_of_organisations_from_its_master_and_by_signaling() {
    let mut world = World::new(1);
    let riding = [tlv(0x4002, &[1; 4]), extension(0x0003, 1), extension(0x4000, 2), path(&[]), extension(0x8000, 3)];
    let all = riding.concat();
    let head = add_announcer(&mut world, move |_| all.clone());
    let slave = add::<2>(&mut world, 10, 256, |clock| clock.keep_received_tlvs(storage(200)));
    let worse = add::<1>(&mut world, 20, 256, |clock| {
        clock.keep_announced_tlvs(storage(64));
        clock.set_announced_tlvs(Tlvs::parse(&extension(0x8000, 7)).expect("whole")).expect("there is room");
        clock.set_external_port_configuration(syntone::hal::Instant::from_nanos(0), true);
        let now = syntone::hal::Instant::from_nanos(0);
        clock.set_desired_state(now, PortIndex(0), State::Master).expect("the port is there");
    });
    let stranger = world.add_raw("stranger", &Board::new(), |hal: &mut SimHal| {
        while hal.take().is_some() {}
        None
    });
    world.segment([(head, 0), (slave, 0), (worse, 0), (stranger, 0)], us(1));
    world.tap();
    // Between two Announces.
    world.run_for(ms(30_500));
    assert_eq!(world.state(slave, 0), State::Uncalibrated, "the announcer sends no Sync");
    assert_eq!(newest(&world, worse, 0, Way::Out), extension(0x8000, 7), "it was there to be heard");
    // Each second three of 24 octets, of which 200 octets hold eight.
    let (expected, from) = ([1, 2, 4].map(|place| riding[place].clone()), PortIdentity::new(identity(1), 1));
    let heard = offered(&world, slave);
    assert_eq!(heard.len(), 8);
    for (place, (port, sender, kind, octets)) in heard.iter().enumerate() {
        assert_eq!((*port, *sender, *kind), (0, from, MessageType::ANNOUNCE));
        assert_eq!(*octets, expected[place % 3]);
    }
    let omitted = world.counters(slave, 0).discarded(Discard::TlvOmitted);
    figure("TLVs that had no room for them", f64::from(omitted), "TLVs", "more than 30");
    assert!(omitted > 30);

    forget(&mut world, slave);
    assert_eq!(offered(&world, slave), []);
    let ours = PortIdentity::new(identity(10), 1);
    let tlvs = [tlv(0x8008, &[0; 6]), extension(0x0003, 4), tlv(0x0004, &[0; 6]), extension(0x8000, 5)].concat();
    let before = world.counters(slave, 0).clone();
    for target in [ours, PortIdentity::WILDCARD, PortIdentity::new(identity(11), 1)] {
        let octets = signaling(target, &tlvs);
        world.inject(stranger, 0, Destination::PrimaryMulticast, MessageClass::General, octets);
    }
    world.inject(
        stranger,
        0,
        Destination::PrimaryMulticast,
        MessageClass::General,
        signaling(ours, &tlv(0x0004, &[0; 6])),
    );
    world.run_for(us(100));
    let by_signaling =
        |number, kind| (0, PortIdentity::new(identity(9), 4), MessageType::SIGNALING, extension(kind, number));
    let two = [by_signaling(4, 0x0003), by_signaling(5, 0x8000)];
    assert_eq!(offered(&world, slave), [two.clone(), two].concat(), "what is for it and for all");
    let counters = world.counters(slave, 0);
    assert_eq!(counters.received(MessageType::SIGNALING) - before.received(MessageType::SIGNALING), 2);
    let discarded = [Discard::NotForUs, Discard::Unsupported].map(|it| counters.discarded(it) - before.discarded(it));
    assert_eq!(discarded, [1, 1]);
    let read = world.clock(slave).received_tlvs()[0];
    let read = OrganizationExtension::parse(read.tlv.value).expect("an extension");
    assert_eq!((read.organization_id, read.organization_sub_type), ([0x1C, 0x12, 0x9D], [0, 0, 4]));
}

/// IEEE 1588-2019 14.2.2.2, IEEE 1588-2019 16.13
#[test]
fn what_an_application_lets_ride_on_announces_is_handed_on_as_its_type_says() {
    let mut world = World::new(1);
    let with = |tlvs: Vec<u8>, length: u16| {
        move |clock: &mut Clock<2>| {
            clock.keep_received_tlvs(storage(2_000));
            clock.keep_announced_tlvs(storage(64));
            clock.set_announced_tlvs(Tlvs::parse(&tlvs).expect("whole")).expect("there is room");
            clock.set_announce_length(length).expect("a length that can be");
        }
    };
    let [local, passing, of_boundary] = [extension(0x8000, 1), extension(0x4000, 2), extension(0x0003, 3)];
    let first = add::<2>(&mut world, 1, 256, with([local.clone(), passing.clone()].concat(), 64));
    let second = add::<2>(&mut world, 2, 256, with(of_boundary.clone(), 128));
    let third = add::<2>(&mut world, 3, 256, with(Vec::new(), 78));
    let fourth = add::<2>(&mut world, 4, 256, |clock| clock.keep_received_tlvs(storage(2_000)));
    world.link((first, 1), (second, 0), Link::new(us(1)));
    world.link((second, 1), (third, 0), Link::new(us(1)));
    world.link((third, 1), (fourth, 0), Link::new(us(1)));
    world.tap();
    world.run_for(secs(30));
    let pad = |octets: usize| tlv(0x8008, &vec![0; octets - 4]);
    assert_eq!(newest(&world, first, 1, Way::Out), [local.clone(), passing.clone()].concat());
    assert_eq!(newest(&world, second, 1, Way::Out), [passing.clone(), of_boundary.clone(), pad(40)].concat());
    assert_eq!(newest(&world, third, 1, Way::Out), [passing.clone(), pad(4)].concat(), "2 octets are no PAD");
    let said = |world: &World, node| {
        let mut said: Vec<_> = offered(world, node).into_iter().map(|(.., octets)| octets).collect();
        said.sort_unstable();
        said.dedup();
        said
    };
    assert_eq!(said(&world, second), [passing.clone(), local]);
    assert_eq!(said(&world, third), [of_boundary, passing.clone()]);
    assert_eq!(said(&world, fourth), [passing], "a PAD is nothing");

    let other = extension(0x8000, 9);
    world.change_clock(first, |clock, _| clock.set_announced_tlvs(Tlvs::parse(&other).expect("whole")));
    world.change_clock(first, |clock, _| {
        let long = [0x80, 0x00, 0, 64].into_iter().chain([0; 64]).collect::<Vec<u8>>();
        let refused = clock.set_announced_tlvs(Tlvs::parse(&long).expect("whole")).expect_err("too long");
        assert_eq!((refused.value, refused.max), (68, 64));
        Ok(())
    });
    world.run_for(secs(5));
    assert_eq!(newest(&world, first, 1, Way::Out), other);
    assert_eq!(newest(&world, second, 1, Way::Out).len(), 64);
}

#[test]
fn a_length_that_no_announce_can_have_is_refused() {
    let mut world = World::new(1);
    let clock = add::<1>(&mut world, 1, 0, |clock| {
        for length in [0, 62, 65, 1_442] {
            clock.set_announce_length(length).expect_err("no such length");
        }
        clock.set_announce_length(1_440).expect("the longest");
    });
    let other = add::<1>(&mut world, 2, 0, |_| {});
    world.link(clock, other, Link::new(us(1)));
    world.tap();
    world.run_for(secs(20));
    assert_eq!(newest(&world, clock, 0, Way::Out).len(), 1_440 - 64);
    assert_eq!(world.state(other, 0), State::Slave);
}
