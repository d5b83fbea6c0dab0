//! The syntone command: demonstration, decoder and tools for PTP.

mod decode;

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
    /// Print PTP messages field by field, from captures or octets
    Decode(decode::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Decode(args) => decode::run(&args),
    }
}
