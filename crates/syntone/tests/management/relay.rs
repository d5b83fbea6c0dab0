//! Programs on the host of a clock that ask others through it (IEEE 1588-2019 15.3.3).

use crate::bench::{Bench, OURS, Sent, emitted, raw, request};
use syntone::TransparentClock;
use syntone::clock::transparent::{Output, TransparentConfig, TransparentPortConfig};
use syntone::counters::Discard;
use syntone::hal::{Instant, PortIndex};
use syntone::management::Access;
use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};

const PROGRAM: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

/// GET PRIORITY1 of all clocks, so many hops away.
fn get(hops: u8) -> Vec<u8> {
    let mut request = request(ManagementAction::GET, ManagementId::PRIORITY1, None);
    request.addressee.target_port_identity = PortIdentity::WILDCARD;
    request.addressee.boundary_hops = hops;
    request.source_port_identity = PortIdentity::new(ClockIdentity(0), 7);
    emitted(&request)
}

/// The answer of another clock to that program, with hops left.
fn answer(to: [u8; 10], hops: u8) -> Vec<u8> {
    let mut octets = raw(ManagementAction::RESPONSE, ManagementId::PRIORITY1.0, &[hops, 0]);
    octets[34..44].copy_from_slice(&to);
    octets[44..46].copy_from_slice(&[hops; 2]);
    octets
}

/// Asks from the host: the number of answers of the clock itself, and what leaves by its ports.
fn ask<const PORTS: usize>(
    bench: &mut Bench<PORTS>,
    access: Access,
    octets: &[u8],
) -> (Result<usize, Discard>, Vec<Sent>) {
    let mut answers = 0;
    let taken = bench.clock.handle_request(bench.now, access, octets, &mut (), &mut [0; 512], &mut |_| answers += 1);
    (taken.map(|()| answers), bench.taken())
}

fn relaying<const PORTS: usize>() -> Bench<PORTS> {
    let mut bench = Bench::grandmaster(Access::ReadOnly);
    bench.clock.keep_relayed_answers(Box::leak(Box::new([0; 200])));
    bench
}

fn relayed<const PORTS: usize>(bench: &mut Bench<PORTS>) -> Vec<Vec<u8>> {
    let answers = bench.clock.relayed_answers().map(<[u8]>::to_vec).collect();
    bench.clock.forget_relayed_answers();
    answers
}

/// IEEE 1588-2019 15.3.3
#[test]
fn a_request_of_the_host_leaves_by_every_port_with_a_hop_less() {
    let mut bench = relaying::<2>();
    let (own, sent) = ask(&mut bench, Access::ReadWrite, &get(2));
    let mut next = get(2);
    next[45] = 1;
    assert_eq!(own, Ok(1), "it is for this clock as well");
    assert_eq!(sent.iter().map(|(port, _, octets)| (port.0, octets)).collect::<Vec<_>>(), [(0, &next), (1, &next)]);
    let mut other = get(1);
    other[34..42].copy_from_slice(&[9; 8]);
    let (own, sent) = ask(&mut bench, Access::ReadWrite, &other);
    assert_eq!((own, sent.len()), (Ok(0), 2), "for another clock");
}

/// IEEE 1588-2019 15.3.3
#[test]
fn what_is_to_stay_here_stays_here() {
    let mut bench = relaying::<1>();
    let to_us = raw(ManagementAction::GET, ManagementId::PRIORITY1.0, &[]);
    let (mut domain, mut sdo, mut ours, mut response) = (get(1), get(1), to_us, get(1));
    domain[4] = 9;
    sdo[0] |= 0x10;
    ours[44..46].copy_from_slice(&[1; 2]);
    response[46] = ManagementAction::RESPONSE.0;
    for (octets, access) in [
        (get(0), Access::ReadWrite),
        (get(1), Access::ReadOnly),
        (domain, Access::ReadWrite),
        (sdo, Access::ReadWrite),
        (ours, Access::ReadWrite),
        (response, Access::ReadWrite),
    ] {
        assert_eq!(ask(&mut bench, access, &octets).1, [], "{octets:?}");
    }
    bench.clock.set_management_access(PortIndex(0), Access::None);
    assert_eq!(ask(&mut bench, Access::ReadWrite, &get(1)).1, [], "nothing is allowed on this port");
    let mut bench = Bench::<1>::grandmaster(Access::ReadOnly);
    assert_eq!(ask(&mut bench, Access::ReadWrite, &get(1)).1, [], "nobody keeps the answers");
    let mut bench = Bench::<1>::new(Access::ReadOnly);
    bench.clock.keep_relayed_answers(Box::leak(Box::new([0; 200])));
    assert_eq!(ask(&mut bench, Access::ReadWrite, &get(1)).1, [], "a port that still listens hands nothing on");
}

/// IEEE 1588-2019 15.3.3
#[test]
fn answers_come_back_to_who_asked_alone_and_count_as_received() {
    let mut bench = relaying::<1>();
    bench.give(0, &answer(PROGRAM, 1));
    assert_eq!(relayed(&mut bench), [[0; 0]; 0], "nobody has asked");
    assert_eq!(ask(&mut bench, Access::ReadWrite, &get(1)).0, Ok(1));
    let before = bench.discarded(Discard::NotForUs);
    bench.give(0, &answer(PROGRAM, 1));
    assert_eq!(bench.discarded(Discard::NotForUs), before);
    let mut expected = answer(PROGRAM, 1);
    expected[45] = 0;
    assert_eq!(relayed(&mut bench), [expected]);
    let mut elsewhere = PROGRAM;
    elsewhere[9] = 8;
    bench.give(0, &answer(elsewhere, 1));
    bench.give(0, &answer(PROGRAM, 0));
    assert_eq!(relayed(&mut bench), [[0; 0]; 0], "for somebody else, and without a hop");
}

#[test]
fn answers_without_room_are_counted_and_those_before_are_whole() {
    let mut bench = relaying::<1>();
    assert_eq!(ask(&mut bench, Access::ReadWrite, &get(1)).0, Ok(1));
    (1..=4).for_each(|hops| drop(bench.give(0, &answer(PROGRAM, hops))));
    let hops: Vec<u8> = relayed(&mut bench).iter().map(|octets| octets[45]).collect();
    assert_eq!((hops, bench.discarded(Discard::NotDrained)), (vec![0, 1, 2], 1));
    bench.give(0, &answer(PROGRAM, 9));
    assert_eq!(relayed(&mut bench).len(), 1, "there is room again");
}

#[test]
fn a_second_request_before_the_first_has_left_is_counted() {
    let mut bench = relaying::<1>();
    let mut handle =
        || bench.clock.handle_request(bench.now, Access::ReadWrite, &get(1), &mut (), &mut [0; 512], &mut |_| {});
    assert_eq!([handle(), handle()], [Ok(()); 2], "the clock itself has answered");
    assert_eq!((bench.taken().len(), bench.discarded(Discard::TooMany)), (1, 1));
}

/// IEEE 1588-2019 15.3.3
#[test]
fn a_transparent_clock_hands_requests_of_its_host_on_and_not_to_a_port_that_is_blocked() {
    let port = TransparentPortConfig::default();
    let ports = [port.clone(), TransparentPortConfig { blocked: true, ..port.clone() }, port];
    let mut clock = TransparentClock::<3>::new(&TransparentConfig::new(OURS), &ports).unwrap();
    for port in 0..3 {
        clock.set_management_access(PortIndex(port), Access::ReadOnly);
    }
    clock.keep_relayed_answers(Box::leak(Box::new([0; 200])));
    let now = Instant::from_nanos(1);
    let mut buffer = [0; 512];
    clock.handle_request(now, Access::ReadWrite, &get(1), &mut (), &mut buffer, &mut |_| {}).unwrap();
    let mut left = Vec::new();
    loop {
        match clock.poll(now, &mut buffer) {
            Output::Wait(_) => break,
            Output::Send { forward, length } if buffer[0] & 0x0F == 0x0D => {
                left.push((forward.transmit.port.0, buffer[45], length));
            }
            _ => {}
        }
    }
    assert_eq!(left, [(0, 0, get(1).len()), (2, 0, get(1).len())]);
    let octets = answer(PROGRAM, 1);
    let received = syntone::hal::Received {
        port: PortIndex(0),
        length: octets.len(),
        source: None,
        destination: None,
        stamp: None,
    };
    clock.handle(now, syntone::clock::transparent::Input::Frame(&received, &octets));
    assert_eq!(clock.relayed_answers().count(), 1);
}
