//! Does one piece of work so many times, for an instruction counter to look at: `count WORK ours|peer ROUNDS`.
//!
//! The counter is to look at nothing but what happens inside of `counted_work`.

use std::env;
use std::process::ExitCode;
use syntone_benches::{Side, Work};

/// What the counter is told to look at.
#[inline(never)]
fn counted_work(work: &mut dyn FnMut()) {
    work();
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments == ["--list"] {
        syntone_benches::WORK.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    let [work, side, rounds] = arguments.as_slice() else {
        return usage();
    };
    let side = match side.as_str() {
        "ours" => Side::Ours,
        "peer" => Side::Peer,
        _ => return usage(),
    };
    let (Some(work), Ok(rounds)) = (Work::named(work), rounds.parse()) else {
        return usage();
    };
    work.run(side, rounds, &mut counted_work);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    let names: Vec<_> = syntone_benches::WORK.iter().map(|(name, _)| *name).collect();
    eprintln!("count WORK ours|peer ROUNDS, where WORK is one of {}", names.join(", "));
    ExitCode::FAILURE
}
