//! The oracles of the fuzzers, on what the fuzzers have collected and on octets at random.

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use syntone_capi::result::SyntoneResult;
use syntone_tests::oracle::{self, Reached};
use syntone_tests::vectors;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn replay<T>(target: &str, oracle: fn(&[u8]) -> T) -> Vec<T> {
    let corpus = corpus(target);
    assert!(!corpus.is_empty(), "the corpus of {target} is missing");
    let run = |(name, octets): (String, Vec<u8>)| {
        std::panic::catch_unwind(|| oracle(&octets)).unwrap_or_else(|_| panic!("{name} fails"))
    };
    corpus.into_iter().map(run).collect()
}

#[test]
fn what_the_fuzzers_collected_holds_for_the_codec() {
    replay("octets", oracle::octets);
}

#[test]
fn what_the_fuzzers_collected_holds_for_a_clock_and_leads_everywhere() {
    let reached = replay("port", oracle::operations);
    let all = |choose: fn(&Reached) -> &BTreeSet<u8>| reached.iter().flat_map(choose).copied().collect::<Vec<_>>();
    let sorted = |numbers: Vec<u8>| BTreeSet::from_iter(numbers).into_iter().collect::<Vec<_>>();
    // All states but DISABLED, which only management leads to.
    assert_eq!(sorted(all(|run| &run.states)), [1, 2, 4, 5, 6, 7, 8, 9]);
    // All but Signaling and Management, both ways.
    assert_eq!(sorted(all(|run| &run.sent)), [0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xA, 0xB]);
    assert_eq!(sorted(all(|run| &run.received)), [0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xA, 0xB]);
    assert!(reached.iter().any(|run| run.stepped) && reached.iter().any(|run| run.locked));
}

#[test]
fn what_the_fuzzers_collected_holds_for_a_managed_clock_and_leads_everywhere() {
    let reached = replay("management", oracle::management);
    let actions: BTreeSet<u8> = reached.iter().flat_map(|run| &run.actions).copied().collect();
    let refusals: BTreeSet<u16> = reached.iter().flat_map(|run| &run.refusals).copied().collect();
    // GET, SET and COMMAND.
    assert_eq!(actions, [0, 1, 3].into());
    // All but that an answer is too big: no such id, wrong length, wrong value, not setable, not supported, no data yet.
    assert_eq!(refusals, [2, 3, 4, 5, 6, 7].into());
    assert!(reached.iter().any(|run| run.signaled));
}

#[test]
fn what_the_fuzzers_collected_holds_for_a_transparent_clock_and_leads_everywhere() {
    let sent: BTreeSet<u8> = replay("transparent", oracle::transparent).into_iter().flatten().collect();
    // Every type of message, the reserved ones included that it was given.
    assert_eq!(sent, [0x0, 0x1, 0x2, 0x3, 0x5, 0x8, 0x9, 0xA, 0xB, 0xC, 0xD, 0xE].into());
}

#[test]
fn what_the_fuzzers_collected_holds_for_the_c_interface_and_leads_everywhere() {
    let called = replay("capi", oracle::capi);
    let came = |result: SyntoneResult| called.iter().any(|called| called.results[result as usize] > 0);
    // All but BUSY, which only calls from callbacks get, and always.
    let all = [
        SyntoneResult::Ok,
        SyntoneResult::NullPointer,
        SyntoneResult::Misaligned,
        SyntoneResult::StorageTooSmall,
        SyntoneResult::WrongSize,
        SyntoneResult::WrongVersion,
        SyntoneResult::MissingFunction,
        SyntoneResult::BadConfig,
        SyntoneResult::NoClock,
        SyntoneResult::OutOfRange,
        SyntoneResult::System,
        SyntoneResult::Refused,
        SyntoneResult::NotAnswered,
    ];
    let missing: Vec<_> = all.into_iter().filter(|result| !came(*result)).collect();
    assert_eq!(missing, []);
}

#[test]
fn damaged_vectors_are_judged_as_the_tables_say() {
    for vector in vectors::vectors() {
        oracle::octets(&vector.ptp);
        for position in 0..vector.ptp.len() {
            let mut octets = vector.ptp.clone();
            octets[position] ^= 1 << (position % 8);
            oracle::octets(&octets);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_requests_hold_for_a_managed_clock(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        oracle::management(&octets);
    }

    #[test]
    fn any_calls_hold_for_the_c_interface(octets in prop::collection::vec(any::<u8>(), 0..2000)) {
        oracle::capi(&octets);
    }

    #[test]
    fn any_octets_hold_for_the_codec(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        oracle::octets(&octets);
    }

    #[test]
    fn any_operations_hold_for_a_transparent_clock(octets in prop::collection::vec(any::<u8>(), 0..1000)) {
        oracle::transparent(&octets);
    }

    /// IEEE 1588-2019 7.3.7, IEEE 1588-2019 11.3.2
    #[test]
    fn any_operations_hold_for_a_clock(octets in prop::collection::vec(any::<u8>(), 0..1000)) {
        oracle::operations(&octets);
    }
}
