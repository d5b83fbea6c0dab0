//! `cargo xtask count`: instructions for the same work by Syntone and by statime.

use crate::context::{Context, output};
use crate::cross;
use crate::install::{self, Need};
use lexopt::{Arg, Parser};
use serde_json::json;
use std::path::Path;

/// What counting needs beside Rust.
pub(crate) const NEEDS: [Need; 1] = [Need { probe: "valgrind", package: "valgrind" }];
/// The peer, as it is printed.
const PEER: &str = "statime 0.4.0";
/// What counting itself costs, to be taken off.
const NOTHING: &str = "nothing";
/// How often each piece of work is done; the count is exact, so this only averages over what the rounds do differently.
const ROUNDS: u64 = 200;

/// Instructions for a piece of work, on one target.
struct Count {
    name: String,
    target: &'static str,
    ours: f64,
    peer: f64,
}

pub(crate) fn command(context: &Context, arguments: &mut Parser) -> Result<(), String> {
    let mut as_json = false;
    while let Some(argument) = arguments.next().map_err(crate::text)? {
        match argument {
            Arg::Long("json") => as_json = true,
            other => return Err(crate::text(other.unexpected())),
        }
    }
    install::install(context, &install::missing(&[&NEEDS[..], &install::BOARD[..]].concat()))?;
    let mut counts = on_host(context)?;
    counts.extend(on_board(context)?);
    if as_json {
        counts.iter().for_each(print_object);
    } else {
        print_table(&counts);
    }
    Ok(())
}

/// Counts on this machine, under valgrind.
fn on_host(context: &Context) -> Result<Vec<Count>, String> {
    let mut build = context.cargo();
    build.args(["build", "--quiet", "--release", "-p", "syntone-benches", "--bin", "count"]);
    output(&mut build)?;
    let program = context.target().join("release/count");
    let listing = output(context.program(&program).arg("--list"))?;
    let own = |side| per_round(context, &program, NOTHING, side);
    let (nothing_ours, nothing_peer) = (own("ours")?, own("peer")?);
    let work = listing.lines().filter(|name| *name != NOTHING);
    work.map(|name| {
        Ok(Count {
            name: name.to_owned(),
            target: "x86_64",
            ours: per_round(context, &program, name, "ours")? - nothing_ours,
            peer: per_round(context, &program, name, "peer")? - nothing_peer,
        })
    })
    .collect()
}

/// Instructions that one round of the work takes.
fn per_round(context: &Context, program: &Path, work: &str, side: &str) -> Result<f64, String> {
    let file = context.target().join(format!("count-{work}-{side}.callgrind"));
    let mut valgrind = context.program("valgrind");
    valgrind
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=*counted_work*"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .args([work, side, &ROUNDS.to_string()]);
    output(&mut valgrind)?;
    let profile = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: ")).map(str::trim);
    let total: f64 = total.and_then(|total| total.parse().ok()).ok_or("callgrind gave no total")?;
    if total == 0.0 {
        return Err(format!("callgrind saw nothing of `{work}`"));
    }
    Ok(total / ROUNDS as f64)
}

/// Counts on a Cortex-M4 that QEMU emulates, where each instruction takes a nanosecond.
fn on_board(context: &Context) -> Result<Vec<Count>, String> {
    let target = cross::TARGETS[0];
    let mut build = cross::cargo_from_source(context, &[target], "build")?;
    output(build.args(["--quiet", "--release", "--manifest-path", "benches/firmware/Cargo.toml"]))?;
    let image = cross::images(context, target).join("count-firmware");
    let mut board = context.program("qemu-system-arm");
    board
        .args(["-machine", "mps2-an386", "-nographic", "-monitor", "none", "-icount", "shift=0"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(image);
    let printed = output(&mut board)?;
    let counts: Option<Vec<(&str, f64, f64)>> = printed.lines().map(parse_line).collect();
    let counts = counts.ok_or_else(|| format!("the board printed\n{printed}"))?;
    let &(_, nothing_ours, nothing_peer) =
        counts.iter().find(|(name, ..)| *name == NOTHING).ok_or("the board did not count its own cost")?;
    let work = counts.into_iter().filter(|(name, ..)| *name != NOTHING);
    let taken = |(name, ours, peer): (&str, f64, f64)| Count {
        name: name.to_owned(),
        target: "cortex-m4",
        ours: ours - nothing_ours,
        peer: peer - nothing_peer,
    };
    Ok(work.map(taken).collect())
}

/// A line of the board: a name, and the instructions of both sides.
fn parse_line(line: &str) -> Option<(&str, f64, f64)> {
    let mut words = line.split_whitespace();
    Some((words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn print_object(count: &Count) {
    let object = json!({
        "name": count.name,
        "target": count.target,
        "instructions": count.ours.round() as i64,
        "peer": PEER,
        "peer_instructions": count.peer.round() as i64,
    });
    println!("{object}");
}

fn print_table(counts: &[Count]) {
    println!("{:<10} {:<18} {:>10} {:>14} {:>7}", "target", "work", "syntone", PEER, "ratio");
    for count in counts {
        let Count { name, target, ours, peer } = count;
        println!("{target:<10} {name:<18} {ours:>10.0} {peer:>14.0} {:>6.1}x", peer / ours);
    }
}
