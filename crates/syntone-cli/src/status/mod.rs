//! `syntone status`: how the clock of a daemon is, in a few lines.

mod diagnosis;
mod print;
mod report;

use crate::manager::SocketArgs;
use crate::query::complain;
use report::Report;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  syntone status                   the daemon on this machine, syntone's or ptp4l
  syntone status --offset          the offset alone, in nanoseconds, for scripts
  syntone status --watch           a line a second until Ctrl-C
  syntone status --full            also settings and counters
  syntone status -s /run/other     the daemon with that socket

Exit status: 0 the clock follows its master or is the grandmaster, 1 it is not so or nobody answers, 2 wrong usage.";

/// The command line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    way: SocketArgs,
    /// Print the offset from the master alone, in nanoseconds
    #[arg(long, conflicts_with_all = ["full", "json"])]
    offset: bool,
    /// Also settings, descriptions and counters
    #[arg(long)]
    full: bool,
    /// As JSON; with --watch an object a line
    #[arg(long)]
    json: bool,
    /// Again and again, a line each time, every so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "1", value_parser = interval)]
    watch: Option<f64>,
}

/// Where daemons have the socket that everybody may read, and the other.
const SOCKETS: [&str; 2] = ["/var/run/ptp4lro", "/var/run/ptp4l"];

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let mut manager = match args.way.manager(&SOCKETS) {
        Ok(manager) => manager,
        Err(error) => {
            complain(&error);
            return ExitCode::FAILURE;
        }
    };
    if args.watch.is_some()
        && let Err(error) = syntone_linux::catch_stop_signals()
    {
        complain(&format!("cannot catch signals: {error}"));
    }
    loop {
        let report = match Report::collect(&mut manager, args.full) {
            Ok(Some(report)) => report,
            Ok(None) => {
                complain(&args.way.when_silent(&SOCKETS));
                return ExitCode::FAILURE;
            }
            Err(error) => {
                complain(&error);
                return ExitCode::FAILURE;
            }
        };
        let said = io::stdout().write_all(text(args, &report).as_bytes()).and_then(|()| io::stdout().flush());
        let code = if report.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        let Some(seconds) = args.watch.filter(|_| said.is_ok()) else { return code };
        // A signal ends it.
        std::thread::sleep(Duration::from_secs_f64(seconds));
        if syntone_linux::stop_requested() {
            return code;
        }
    }
}

fn text(args: &Args, report: &Report) -> String {
    if args.offset {
        report.offset_ns().map_or_else(|| "unknown\n".into(), |offset| format!("{offset:.0}\n"))
    } else if args.json && args.watch.is_some() {
        format!("{}\n", print::json(report))
    } else if args.json {
        format!("{:#}\n", print::json(report))
    } else if args.watch.is_some() {
        print::line(report)
    } else {
        print::text(report)
    }
}

fn interval(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds)).ok_or_else(|| "it is 0.1 to 86400".into())
}
