//! `cargo xtask test`: the steps one after the other.

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
    let mut passed = 0;
    let mut skipped = Vec::new();
    for step in steps {
        println!("\n=== {} ({})", step.name, step.about);
        if let Some(reason) = obstacle(context, step) {
            println!("--- {} not run: {reason}", step.name);
            skipped.push(format!("{}: {reason}", step.name));
            continue;
        }
        let begin = Instant::now();
        (step.run)(context).map_err(|message| failure(step, begin.elapsed(), &message))?;
        println!("--- {} passed in {:.1} s", step.name, begin.elapsed().as_secs_f64());
        passed += 1;
    }
    summary(context, passed, &skipped, start.elapsed())
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
