//! Requests of programs on the host of a clock.

use crate::bench::{Bench, OURS, emitted, raw, request};
use syntone::TransparentClock;
use syntone::clock::transparent::{TransparentConfig, TransparentPortConfig};
use syntone::counters::Discard;
use syntone::hal::{Instant, PortIndex};
use syntone::management::{Access, LocalHost, Outcome, Request, Response};
use syntone::wire::management::{Priority1, UserDescription};
use syntone::wire::{
    ClockIdentity, Emitter, Header, ManagementAction, ManagementData, ManagementErrorId, ManagementId, PortIdentity,
};

/// A host that has one id for each port, and keeps what was set.
#[derive(Default)]
struct Named {
    set: Vec<(PortIndex, Vec<u8>)>,
}

impl LocalHost for Named {
    fn get(&self, id: ManagementId, port: PortIndex, to: &mut Emitter<'_>) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::PORT_PROPERTIES_NP => to.put(&[port.0; 14]),
            ManagementId::PRIORITY2 => return Err(ManagementErrorId::GENERAL_ERROR),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set(&mut self, id: ManagementId, port: PortIndex, data: &[u8]) -> Result<bool, ManagementErrorId> {
        if id == ManagementId::USER_DESCRIPTION {
            self.set.push((port, data.to_vec()));
        }
        Ok(id == ManagementId::USER_DESCRIPTION)
    }
}

type Answers = Result<Vec<Vec<u8>>, Discard>;

fn ask<const PORTS: usize>(
    bench: &mut Bench<PORTS>,
    access: Access,
    host: &mut impl LocalHost,
    octets: &[u8],
) -> Answers {
    let mut answers = Vec::new();
    let mut on_answer = |answer: &[u8]| answers.push(answer.to_vec());
    bench.clock.handle_request(bench.now, access, octets, host, &mut bench.buffer, &mut on_answer)?;
    Ok(answers)
}

fn to_all<'a>(action: ManagementAction, id: ManagementId, data: Option<ManagementData<'a>>) -> Request<'a> {
    let mut request = request(action, id, data);
    request.addressee.target_port_identity = PortIdentity::WILDCARD;
    request
}

fn outcomes(answers: &[Vec<u8>]) -> Vec<(u16, Outcome<'_>)> {
    let parse = |answer: &'_ Vec<u8>| Header::parse(answer).map(|(header, _)| header.source_port_identity.port_number);
    answers.iter().map(|answer| (parse(answer).unwrap(), Response::parse(answer).expect("an answer").outcome)).collect()
}

/// The clock answers as port 0, each port for itself.
#[test]
fn a_program_on_the_host_is_answered_at_once_whatever_its_domain() {
    let mut bench = Bench::<2>::new(Access::None);
    let mut get = to_all(ManagementAction::GET, ManagementId::PRIORITY1, None);
    get.addressee.domain_number = 77;
    let answers = ask(&mut bench, Access::ReadOnly, &mut (), &emitted(&get)).unwrap();
    assert!(get.is_answered_by(&Response::parse(&answers[0]).unwrap()));
    let priority1 = ManagementData::Priority1(Priority1 { priority1: 128 });
    assert_eq!(outcomes(&answers), [(0, Outcome::Data(priority1))]);
    let get = to_all(ManagementAction::GET, ManagementId::LOG_SYNC_INTERVAL, None);
    let answers = ask(&mut bench, Access::ReadOnly, &mut (), &emitted(&get)).unwrap();
    assert_eq!(outcomes(&answers).iter().map(|(port, _)| *port).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_transparent_clock_answers_a_program_on_its_host() {
    let ports = [TransparentPortConfig::default(), TransparentPortConfig::default()];
    let mut clock = TransparentClock::<2>::new(&TransparentConfig::new(OURS), &ports).unwrap();
    let mut sources = Vec::new();
    for id in [ManagementId::TRANSPARENT_CLOCK_DEFAULT_DATA_SET, ManagementId::TRANSPARENT_CLOCK_PORT_DATA_SET] {
        let get = to_all(ManagementAction::GET, id, None);
        let mut on_answer = |answer: &[u8]| {
            let response = Response::parse(answer).expect("an answer");
            assert!(get.is_answered_by(&response) && matches!(response.outcome, Outcome::Data(_)), "{response:?}");
            sources.push(response.source_port_identity.port_number);
        };
        let (octets, now) = (emitted(&get), Instant::from_nanos(0));
        clock.handle_request(now, Access::ReadOnly, &octets, &mut (), &mut [0; 512], &mut on_answer).unwrap();
    }
    assert_eq!(sources, [0, 1, 2]);
}

#[test]
fn what_is_set_takes_effect_before_the_answer_and_only_where_it_may() {
    let mut bench = Bench::<1>::grandmaster(Access::None);
    let data = ManagementData::Priority1(Priority1 { priority1: 7 });
    let set = emitted(&to_all(ManagementAction::SET, data.id(), Some(data)));
    let refused = ask(&mut bench, Access::ReadOnly, &mut (), &set).unwrap();
    assert_eq!(outcomes(&refused), [(0, Outcome::Refused(ManagementErrorId::NOT_SUPPORTED))]);
    assert_eq!(bench.clock.parent_ds().grandmaster_priority1, 128);
    let answers = ask(&mut bench, Access::ReadWrite, &mut (), &set).unwrap();
    assert_eq!(outcomes(&answers), [(0, Outcome::Data(data))]);
    assert_eq!(bench.clock.parent_ds().grandmaster_priority1, 7);
}

#[test]
fn the_host_is_asked_first() {
    let mut bench = Bench::<2>::new(Access::None);
    let mut host = Named::default();
    let get = |id| emitted(&to_all(ManagementAction::GET, id, None));
    let answers = ask(&mut bench, Access::ReadOnly, &mut host, &get(ManagementId::PORT_PROPERTIES_NP)).unwrap();
    assert_eq!(answers.iter().map(|octets| &octets[54..68]).collect::<Vec<_>>(), [[0; 14], [1; 14]]);
    let answers = ask(&mut bench, Access::ReadOnly, &mut host, &get(ManagementId::PRIORITY2)).unwrap();
    assert_eq!(outcomes(&answers), [(0, Outcome::Refused(ManagementErrorId::GENERAL_ERROR))]);
    let data = ManagementData::UserDescription(UserDescription { user_description: "x".into() });
    let set = emitted(&to_all(ManagementAction::SET, data.id(), Some(data)));
    ask(&mut bench, Access::ReadOnly, &mut host, &set).unwrap();
    assert_eq!(host.set, [], "who may only read sets nothing");
    ask(&mut bench, Access::ReadWrite, &mut host, &set).unwrap();
    assert_eq!(host.set, [(PortIndex(0), b"\x01x".to_vec())]);
}

#[test]
fn what_is_no_request_to_this_clock_is_discarded_with_a_reason() {
    let mut bench = Bench::<1>::new(Access::None);
    let mut other = request(ManagementAction::GET, ManagementId::PRIORITY1, None);
    other.addressee.target_port_identity.clock_identity = ClockIdentity(9);
    let get = emitted(&request(ManagementAction::GET, ManagementId::PRIORITY1, None));
    let mut signaling = get.clone();
    signaling[0] = 0x0C;
    let cases = [
        (emitted(&other), Discard::NotForUs),
        (raw(ManagementAction::RESPONSE, 0x2005, &[1, 0]), Discard::NotForUs),
        (get[..50].to_vec(), Discard::Malformed),
        (Vec::new(), Discard::Malformed),
        (signaling, Discard::Unsupported),
    ];
    for (octets, reason) in cases {
        assert_eq!(ask(&mut bench, Access::ReadWrite, &mut (), &octets), Err(reason), "{octets:?}");
    }
    assert_eq!(ask(&mut bench, Access::None, &mut (), &get), Err(Discard::Unsupported));
}
