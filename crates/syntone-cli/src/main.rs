//! The syntone command: daemon, demonstration, decoder and tools for PTP.

mod decode;
mod demo;
#[cfg(feature = "generate")]
mod generate;
mod manager;
mod query;
mod run;
mod show;
mod status;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tools for the Precision Time Protocol (IEEE 1588).
#[derive(Debug, Parser)]
#[command(name = "syntone", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a real lock: a grandmaster and a slave on this machine, or a slave on a network
    Demo(demo::Args),
    /// Run a PTP clock, with ptp4l's options and configuration file
    Run(run::Args),
    /// Show how the clock of a daemon is: state, offset, delay, grandmaster, faults
    Status(status::Args),
    /// Ask clocks by management messages, as pmc does
    Query(query::Args),
    /// Show the clocks of a network
    Show(show::Args),
    /// Print PTP messages field by field, from captures or octets
    Decode(decode::Args),
    #[cfg(feature = "generate")]
    #[command(hide = true)]
    Generate(generate::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Query(args) => query::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Decode(args) => decode::run(&args),
        #[cfg(feature = "generate")]
        Command::Generate(args) => generate::run(&args, <Cli as clap::CommandFactory>::command()),
    }
}
