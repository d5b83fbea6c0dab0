//! `syntone run`: the daemon.

mod args;
mod changes;
mod check;
mod clock;
mod companions;
mod control;
mod daemon;
mod engine;
mod file;
mod holdover;
mod host;
mod ini;
mod intervals;
mod lent;
mod log;
mod metrics;
mod neighbours;
mod options;
mod ports;
mod power;
mod privileges;
mod process;
mod relay;
mod reload;
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
pub(crate) use clock::parse_identity;
pub(crate) use options::integer;

use settings::{Origin, Settings};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// A longer file is no configuration.
const LONGEST_FILE: u64 = 1 << 20;

/// Where the settings of a clock come from: read at the start, and again on SIGHUP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    args: &'a Args,
    file: Option<&'a Path>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let configurations = match read_all(args) {
        Ok(configurations) => configurations,
        Err(mistakes) => {
            complain(&mistakes);
            return ExitCode::from(2);
        }
    };
    if args.check {
        return show(args, &configurations);
    }
    match process::run(configurations) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(&[message]);
            ExitCode::FAILURE
        }
    }
}

/// A clock for each file, or one that the command line describes alone.
fn read_all(args: &Args) -> Result<Vec<(Sources<'_>, Settings)>, Vec<String>> {
    let mut files: Vec<Option<&Path>> = args.files.iter().map(|file| Some(file.as_path())).collect();
    if files.is_empty() {
        files.push(None);
    }
    let mut configurations = Vec::new();
    for file in &files {
        let sources = Sources { args, file: *file };
        let settings = sources.read()?;
        engine::check(&settings).map_err(|error| vec![error])?;
        configurations.push((sources, settings));
    }
    let all: Vec<Settings> = configurations.iter().map(|(_, settings)| settings.clone()).collect();
    neighbours::check(&all).map_err(|error| vec![error])?;
    Ok(configurations)
}

/// What would be in effect: for several clocks one after the other.
fn show(args: &Args, configurations: &[(Sources<'_>, Settings)]) -> ExitCode {
    for (sources, settings) in configurations {
        let text = match sources.file {
            _ if args.json => format!("{:#}\n", check::json(settings)),
            Some(file) if configurations.len() > 1 => format!("# {}\n{}", file.display(), check::text(settings)),
            _ => check::text(settings),
        };
        let _ = io::stdout().write_all(text.as_bytes());
    }
    ExitCode::SUCCESS
}

impl Sources<'_> {
    /// They cannot be read a second time.
    pub(crate) fn are_spent(&self) -> bool {
        self.file == Some(Path::new("-"))
    }

    /// Reads the file, if there is one, and adds what the command line says.
    ///
    /// # Errors
    /// Every mistake: line, option, value and what is allowed.
    pub(crate) fn read(&self) -> Result<Settings, Vec<String>> {
        let mut settings = Settings::default();
        settings.is_one_of_several = self.args.files.len() > 1;
        for interface in &self.args.interfaces {
            settings.add_interface(interface);
        }
        if let Some(path) = self.file {
            let name = path.display().to_string();
            let text = read_file(path).map_err(|error| vec![error])?;
            settings.add_file(&name, file::parse(&text))?;
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
