//! Man pages and shell completions, made of the command line as it is.

use clap::{Command, ValueHint};
use clap_complete::{Shell, generate_to};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write man pages and shell completions, for packages
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder that they are written to
    #[arg(value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args, command: Command) -> ExitCode {
    match write(&args.folder, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}: {error}", args.folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path, mut command: Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // First: making completions adds the help of each command as a command.
    clap_mangen::generate_to(without_help(command.clone()), folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut command, "syntone", folder)?;
    }
    Ok(())
}

/// Nobody looks for a page on the help.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}
