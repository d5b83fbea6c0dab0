//! Project automation: `cargo xtask test` runs every test there is, `cargo xtask size` and `cargo xtask count` measure.
//!
//! It needs nothing but a Rust toolchain; whatever else a step wants it installs where it may (as root, from Debian's
//! packages) and names where it may not.

mod aims;
mod beside;
mod c_firmware;
mod conformance;
mod context;
mod count;
mod cross;
mod figures;
mod graph;
mod house;
mod image;
mod install;
mod monitoring;
mod msrv;
mod options;
mod package;
mod share;
mod size;
mod source;
mod stack;
mod steps;
mod test;

use context::Context;
use lexopt::{Arg, Parser, ValueExt};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test [--list] [--only STEP]... [--skip STEP]...   every test, in order; stops at the first step that fails
  check                                             the quick steps: format, lints, module graph, house rules
  size [--json|--where] [--update] [--target TRIPLE]
                                                    flash, RAM and stack of each kind of clock, beside what was aimed at and what peers take
  count [--json]                                    instructions for the same work, beside a peer
  package                                           the Debian package, with man pages and completions
  conformance [--update]                            which clause is obeyed where, and which test shows it
  options [--update]                                what the daemon does with each option of linuxptp
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments = Parser::from_env();
    let context = Context::new()?;
    let command = match arguments.next().map_err(text)? {
        Some(Arg::Value(value)) => value.string().map_err(text)?,
        Some(Arg::Short('h') | Arg::Long("help")) | None => {
            print!("{USAGE}");
            return Ok(());
        }
        Some(other) => return Err(text(other.unexpected())),
    };
    match command.as_str() {
        "test" => test::command(&context, &mut arguments),
        "count" => count::command(&context, &mut arguments),
        "conformance" => update_flag(&mut arguments).and_then(|update| conformance::command(&context, update)),
        "options" => update_flag(&mut arguments).and_then(|update| options::command(&context, update)),
        "package" => no_more(&mut arguments).and_then(|()| package::command(&context)),
        "check" => no_more(&mut arguments).and_then(|()| test::quick(&context)),
        "size" => size_choice(&mut arguments).and_then(|choice| size::command(&context, &choice)),
        other => Err(format!("no command `{other}`\n\n{USAGE}")),
    }
}

fn size_choice(arguments: &mut Parser) -> Result<size::Choice, String> {
    let mut choice = size::Choice::default();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Arg::Long("json") => choice.json = true,
            Arg::Long("where") => choice.table = true,
            Arg::Long("update") => choice.update = true,
            Arg::Long("target") => {
                choice.target = Some(arguments.value().and_then(|value| value.string()).map_err(text)?);
            }
            other => return Err(text(other.unexpected())),
        }
    }
    Ok(choice)
}

fn update_flag(arguments: &mut Parser) -> Result<bool, String> {
    let mut update = false;
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Arg::Long("update") => update = true,
            other => return Err(text(other.unexpected())),
        }
    }
    Ok(update)
}

/// An error if anything is left on the command line.
fn no_more(arguments: &mut Parser) -> Result<(), String> {
    arguments.next().map_err(text)?.map_or(Ok(()), |rest| Err(text(rest.unexpected())))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
