//! `cargo xtask test`: the steps one after the other, those that wait beside those that compute.

use crate::beside::Beside;
use crate::context::Context;
use crate::install;
use crate::steps::{STEPS, Step};
use lexopt::{Arg, Parser, ValueExt};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Choice {
    list: bool,
    only: Vec<String>,
    skip: Vec<String>,
}

/// Runs what the command line asks for.
pub(crate) fn command(context: &Context, arguments: &mut Parser) -> Result<(), String> {
    let choice = parse(arguments)?;
    if choice.list {
        for step in STEPS {
            println!("{:<12} {}", step.name, step.about);
        }
        return Ok(());
    }
    let chosen = |step: &&Step| {
        let named = |names: &[String]| names.iter().any(|name| name == step.name);
        (choice.only.is_empty() || named(&choice.only)) && !named(&choice.skip)
    };
    run_all(context, &STEPS.iter().filter(chosen).collect::<Vec<_>>())
}

/// Runs the steps that need nothing but the compiler and little time.
pub(crate) fn quick(context: &Context) -> Result<(), String> {
    run_all(context, &STEPS.iter().filter(|step| step.quick).collect::<Vec<_>>())
}

fn parse(arguments: &mut Parser) -> Result<Choice, String> {
    let mut choice = Choice::default();
    while let Some(argument) = arguments.next().map_err(crate::text)? {
        match argument {
            Arg::Long("list") => choice.list = true,
            Arg::Long("only") => choice.only.push(step_name(arguments)?),
            Arg::Long("skip") => choice.skip.push(step_name(arguments)?),
            other => return Err(crate::text(other.unexpected())),
        }
    }
    Ok(choice)
}

fn step_name(arguments: &mut Parser) -> Result<String, String> {
    let name = arguments.value().and_then(|value| value.string()).map_err(crate::text)?;
    if STEPS.iter().any(|step| step.name == name) {
        return Ok(name);
    }
    Err(format!("no step `{name}`; `cargo xtask test --list` shows them"))
}

fn run_all(context: &Context, steps: &[&Step]) -> Result<(), String> {
    let start = Instant::now();
    let needs: Vec<_> = steps.iter().flat_map(|step| step.needs.iter().copied()).collect();
    let wanted = install::missing(&needs);
    if let Err(message) = install::install(context, &wanted)
        && context.ci
    {
        return Err(message);
    }
    let mut skipped = Vec::new();
    let mut able = Vec::new();
    for step in steps {
        match obstacle(context, step) {
            Some(reason) => skipped.push(format!("{}: {reason}", step.name)),
            None => able.push(*step),
        }
    }
    run_each(context, &able)?;
    summary(context, able.len(), &skipped, start.elapsed())
}

/// In their order, but those that wait beside those that compute after them.
fn run_each(context: &Context, steps: &[&Step]) -> Result<(), String> {
    let waiting: Vec<_> = steps.iter().copied().filter(|step| step.waits).collect();
    let all_wait = waiting.len() == steps.len();
    let mut beside: Option<Beside> = None;
    for step in steps {
        if !all_wait && waiting.iter().any(|other| other.name == step.name) {
            if beside.is_none() {
                beside = Some(Beside::start(context, &waiting)?);
            }
            continue;
        }
        println!("\n=== {} ({})", step.name, step.about);
        let begin = Instant::now();
        if let Err(message) = (step.run)(context) {
            let message = failure(step, begin.elapsed(), &message);
            if beside.is_some() {
                eprintln!("{message}\nwaiting for the steps beside it");
            }
            return Err(message);
        }
        println!("--- {} passed in {:.1} s", step.name, begin.elapsed().as_secs_f64());
        beside.as_mut().map_or(Ok(()), Beside::look)?;
    }
    beside.map_or(Ok(()), |mut beside| beside.end())
}

/// Why the step cannot run on this machine, if it cannot.
fn obstacle(context: &Context, step: &Step) -> Option<String> {
    let packages = install::missing(step.needs);
    if !packages.is_empty() {
        let list = packages.join(" ");
        return Some(format!("missing {list} (apt-get install --no-install-recommends {list})"));
    }
    (step.superuser && !context.superuser).then(|| "needs root".to_owned())
}

fn failure(step: &Step, time: Duration, message: &str) -> String {
    let name = step.name;
    format!(
        "step {name} failed after {:.1} s: {message}\nto see it again: cargo xtask test --only {name}",
        time.as_secs_f64()
    )
}

fn summary(context: &Context, passed: usize, skipped: &[String], time: Duration) -> Result<(), String> {
    println!("\n{passed} steps passed, {} not run, in {:.0} s", skipped.len(), time.as_secs_f64());
    for line in skipped {
        println!("  not run: {line}");
    }
    if context.ci && !skipped.is_empty() {
        return Err("with CI set, a step that cannot run is a failure".to_owned());
    }
    Ok(())
}
