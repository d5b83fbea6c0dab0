//! `syntone run`: the daemon.

mod args;
mod check;
mod clock;
mod companions;
mod control;
mod daemon;
mod engine;
mod file;
mod host;
mod ini;
mod log;
mod metrics;
mod options;
mod ports;
mod privileges;
mod relay;
mod saved;
mod service;
mod servo;
mod settings;
mod silence;
mod steps;
mod subscriptions;
mod system;
mod transparent;

pub(crate) use args::Args;
pub(crate) use options::integer;

use settings::{Origin, Settings};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// A longer file is no configuration.
const LONGEST_FILE: u64 = 1 << 20;

/// Where settings come from: read at the start, and again on SIGHUP.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    args: &'a Args,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let sources = Sources { args };
    let settings = match sources.read().and_then(|settings| {
        engine::check(&settings).map_err(|error| vec![error])?;
        Ok(settings)
    }) {
        Ok(settings) => settings,
        Err(mistakes) => {
            complain(&mistakes);
            return ExitCode::from(2);
        }
    };
    if args.check {
        let text = if args.json { format!("{:#}\n", check::json(&settings)) } else { check::text(&settings) };
        let _ = io::stdout().write_all(text.as_bytes());
        return ExitCode::SUCCESS;
    }
    match daemon::run(&sources, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(&[message]);
            ExitCode::FAILURE
        }
    }
}

impl Sources<'_> {
    /// They cannot be read a second time.
    pub(crate) fn are_spent(&self) -> bool {
        self.args.file.as_deref() == Some(Path::new("-"))
    }

    /// Reads the file, if there is one, and adds what the command line says.
    ///
    /// # Errors
    /// Every mistake: line, option, value and what is allowed.
    pub(crate) fn read(&self) -> Result<Settings, Vec<String>> {
        let mut settings = Settings::default();
        for interface in &self.args.interfaces {
            settings.add_interface(interface);
        }
        if let Some(path) = &self.args.file {
            let name = path.display().to_string();
            let text = read_file(path).map_err(|error| vec![error])?;
            let contents = file::parse(&text).map_err(|mistakes| {
                mistakes
                    .into_iter()
                    .map(|mistake| format!("{name}:{}: {}", mistake.line, mistake.message))
                    .collect::<Vec<_>>()
            })?;
            settings.add_file(&name, contents)?;
        }
        let mistakes: Vec<String> = self
            .args
            .options
            .iter()
            .filter_map(|(name, value)| settings.set(name, None, value, Origin::CommandLine).err())
            .map(|mistake| format!("--{mistake}"))
            .collect();
        if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().take(LONGEST_FILE + 1).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(LONGEST_FILE + 1).read_to_string(&mut text))
    };
    match read {
        Ok(octets) if octets as u64 <= LONGEST_FILE => Ok(text),
        Ok(_) => Err(format!("{} is longer than {LONGEST_FILE} octets: no configuration", path.display())),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

fn complain(mistakes: &[String]) {
    for mistake in mistakes {
        let _ = writeln!(io::stderr(), "error: {mistake}");
    }
}
