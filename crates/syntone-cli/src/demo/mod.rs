//! `syntone demo`: a real lock to look at.

mod args;
mod braille;
mod diagnosis;
mod node;
mod picture;
mod quantity;
mod screen;
mod series;
mod session;
mod summary;
mod view;

pub(crate) use args::Args;
pub(crate) use node::{lock_name, nanos, scaled_ppb};
pub(crate) use session::state_name;

use quantity::{ppm, seconds, signed_time, time};
use screen::Screen;
use session::Session;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use view::View;

/// The live view is drawn this often.
const FRAME: u64 = 100_000_000;
/// A plain line is printed this often.
const LINE: u64 = 1_000_000_000;

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    args.check();
    match run_to_the_end(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run_to_the_end(args: &Args) -> Result<bool, String> {
    if let Some(path) = &args.plot {
        check_writable(path)?;
    }
    syntone_linux::catch_stop_signals().map_err(|error| format!("cannot catch signals: {error}"))?;
    let mut session = Session::new(args, node::set_up(args)?);
    let mut display = Display::open(args.json)?;
    display.begin(&session);
    let end = args.duration().map_or(u64::MAX, |length| u64::try_from(length.as_nanos()).unwrap_or(u64::MAX));
    while session.elapsed() < end && !syntone_linux::stop_requested() {
        match display.update(&session) {
            Ok(next) => session.turn(end.min(next))?,
            // Whoever reads the lines has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(format!("cannot show the run: {error}")),
        }
    }
    drop(display);
    finish(args, &session)
}

/// Draws the picture and says how it went.
fn finish(args: &Args, session: &Session<'_>) -> Result<bool, String> {
    let summary = session.summary();
    if let Some(path) = &args.plot {
        let (caption, series) = session.picture(&summary);
        fs::write(path, picture::draw(series, &caption)).map_err(|error| cannot_write(path, &error))?;
    }
    let text = if args.json { summary.json().to_string() } else { summary.words() };
    // Whoever closes the pipe has seen enough.
    let _ = writeln!(io::stdout(), "{text}");
    if let (false, Some(path)) = (args.json, &args.plot) {
        let _ = writeln!(io::stdout(), "Picture: {}", path.display());
    }
    if let Some(trouble) = &summary.trouble {
        let _ = writeln!(io::stderr(), "error: not locked: {trouble}");
    }
    Ok(summary.is_success())
}

/// Where the run is shown.
enum Display {
    /// Drawn over itself on a terminal.
    Live { screen: Screen<io::Stdout>, colour: bool, next: u64 },
    /// A line a second; what is the matter is said once.
    Lines { next: u64, hint: Option<String> },
    /// Nowhere.
    Nothing,
}

impl Display {
    fn open(quiet: bool) -> Result<Self, String> {
        if quiet {
            return Ok(Self::Nothing);
        }
        if !io::stdout().is_terminal() || std::env::var_os("TERM").is_none_or(|term| term == "dumb") {
            return Ok(Self::Lines { next: LINE, hint: None });
        }
        let screen = Screen::open(io::stdout()).map_err(|error| format!("cannot write to the terminal: {error}"))?;
        Ok(Self::Live { screen, colour: std::env::var_os("NO_COLOR").is_none(), next: 0 })
    }

    fn begin(&self, session: &Session<'_>) {
        if let Self::Lines { .. } = self {
            let _ = writeln!(io::stdout(), "{}", session.title());
            if let Some(note) = session.note() {
                let _ = writeln!(io::stderr(), "note: {note}");
            }
        }
    }

    /// Shows what is due, and says when the next thing is.
    fn update(&mut self, session: &Session<'_>) -> io::Result<u64> {
        let elapsed = session.elapsed();
        match self {
            Self::Nothing => Ok(u64::MAX),
            Self::Lines { next, hint } => {
                if elapsed >= *next {
                    *next = elapsed - elapsed % LINE + LINE;
                    let view = session.view(false);
                    let mut text = line(&view);
                    if view.hint.is_some() && view.hint != *hint {
                        text += &format!("\n          {}", view.hint.as_deref().unwrap_or_default());
                        hint.clone_from(&view.hint);
                    }
                    writeln!(io::stdout(), "{text}")?;
                }
                Ok(*next)
            }
            Self::Live { screen, colour, next } => {
                if elapsed >= *next {
                    *next = elapsed + FRAME;
                    let (columns, rows) = syntone_linux::terminal_size(&io::stdout()).unwrap_or((80, 24));
                    screen.show(&session.view(*colour).draw(columns.into(), rows.into()))?;
                }
                Ok(*next)
            }
        }
    }
}

/// How it stands, in one line.
fn line(view: &View<'_>) -> String {
    let mut line = format!("{:>8}  {:<12}  {:<8}", seconds(view.elapsed), view.port_state, lock_name(view.lock));
    if let Some(sample) = view.series.samples().last() {
        line += &format!("  offset {:>9}", signed_time(sample.offset));
        if let Some(error) = sample.true_error {
            line += &format!(" (true {:>9})", signed_time(error));
        }
        line += &format!("  delay {:>7}  frequency {}", time(sample.delay.max(0.0)), ppm(sample.frequency));
    }
    if let Some(age) = view.silence() {
        line += &format!("  no Sync for {}", seconds(age));
    }
    line.trim_end().to_owned()
}

/// Better now than after the run.
fn check_writable(path: &Path) -> Result<(), String> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|error| cannot_write(path, &error))?;
    Ok(())
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!(
        "cannot write the picture to {}: {error}; give --plot a file in a folder that exists and is yours",
        path.display()
    )
}
