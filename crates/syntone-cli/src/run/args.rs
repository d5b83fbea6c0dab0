//! The command line of `syntone run`: ptp4l's short options, and every option of the table as a long one.

use super::options::{self, Support};
use clap::{Arg, ArgAction, ArgMatches, Command, error::Error};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  syntone run -i eth0                       an ordinary clock on eth0, UDP over IPv4
  syntone run -i eth0 -s -2                 a slave over Ethernet frames
  syntone run -i eth0 -i eth1 -P            a boundary clock that measures the delay of each link
  syntone run -f /etc/linuxptp/ptp4l.conf   as that file of linuxptp says
  syntone run -f ptp4l.conf --check         what would be in effect, and from where; opens nothing
  syntone run -f domain0.conf -f domain24.conf   two clocks, each as its file says
  syntone run -i eth0 --priority1 10        any option of the file; it beats [global] of the file

Signals: SIGTERM and Ctrl-C end it; SIGHUP reads the configuration file again.
`syntone run --help` lists every option. UDP needs cap_net_bind_service (for ports 319 and 320), Ethernet frames
need cap_net_raw; root has both.

Exit status: 0 ended by a signal (or --check found nothing wrong), 1 it cannot run, 2 wrong usage.";

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    /// Each is the configuration of a clock.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) interfaces: Vec<String>,
    /// Options and their values, in the order of the table; short ones first.
    pub(crate) options: Vec<(&'static str, String)>,
    pub(crate) check: bool,
    pub(crate) json: bool,
}

/// Short options that stand for an option and a value.
const SHORT: [(&str, &str, &str, &str); 13] = [
    ("2", "network_transport", "L2", "Ethernet frames"),
    ("4", "network_transport", "UDPv4", "UDP over IPv4 (the default)"),
    ("6", "network_transport", "UDPv6", "UDP over IPv6"),
    ("A", "delay_mechanism", "Auto", "Delay mechanism: end-to-end until a peer is heard"),
    ("E", "delay_mechanism", "E2E", "Delay mechanism: end-to-end (the default)"),
    ("P", "delay_mechanism", "P2P", "Delay mechanism: peer-to-peer"),
    ("H", "time_stamping", "hardware", "Time stamps of the hardware, or not at all"),
    ("S", "time_stamping", "software", "Time stamps of the kernel"),
    ("L", "time_stamping", "legacy", "Time stamps of the hardware, the old way"),
    ("s", "clientOnly", "1", "Never become master"),
    ("m", "verbose", "1", "Print lines (always done)"),
    ("q", "use_syslog", "0", "No lines to the system log (never done)"),
    ("p", "phc_index", "", "A clock device; it is found from the interface"),
];

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        let mut command = command
            .about("Run a PTP clock: what ptp4l does, with its options and its configuration file")
            .after_help(EXAMPLES)
            .arg(
                value_arg("file")
                    .short('f')
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .help("Read this configuration file; - is standard input. Given several times: a clock for each, as in several domains"),
            )
            .arg(
                value_arg("interface")
                    .short('i')
                    .value_name("IF")
                    .action(ArgAction::Append)
                    .help("A port on this interface; may be given several times"),
            )
            .arg(
                value_arg("level")
                    .short('l')
                    .value_name("0-7")
                    .help("Print lines up to this level of syslog [default: 6]"),
            )
            .arg(flag("check").long("check").help("Say what would be in effect and where it comes from; open nothing"))
            .arg(flag("json").long("json").help("With --check: as one JSON object; else lines as JSON objects"));
        for (short, _, value, help) in SHORT {
            let arg = if value.is_empty() { value_arg(short).value_name("DEVICE") } else { flag(short) };
            command = command.arg(arg.short(short.chars().next()).help(help));
        }
        for option in options::all() {
            let help = match &option.support {
                Support::Works { .. } => option.about.to_owned(),
                Support::Fixed { why, .. } => format!("{} (only {}: {why})", option.about, shown(option.default)),
                Support::NoEffect { why } => format!("{} (changes nothing: {why})", option.about),
            };
            let help = format!("{help} [default: {}]", shown(option.default));
            let arg = value_arg(option.name).long(option.name).value_name("VALUE").help(help);
            command = command.arg(arg.allow_hyphen_values(true).hide_short_help(true).help_heading(option.group));
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        let mut given = Vec::new();
        for (short, name, value, _) in SHORT {
            if value.is_empty() {
                given.extend(text(short).map(|value| (name, value)));
            } else if matches.get_flag(short) {
                given.push((name, value.to_owned()));
            }
        }
        given.extend(text("level").map(|level| ("logging_level", level)));
        given.extend(options::all().iter().filter_map(|option| Some((option.name, text(option.name)?))));
        let json = matches.get_flag("json");
        let check = matches.get_flag("check");
        if json && !check {
            given.push(("log_format", "json".into()));
        }
        Ok(Self {
            files: matches.get_many::<String>("file").unwrap_or_default().map(PathBuf::from).collect(),
            interfaces: matches.get_many::<String>("interface").unwrap_or_default().cloned().collect(),
            options: given,
            check,
            json,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn value_arg(id: &'static str) -> Arg {
    Arg::new(id).num_args(1)
}

fn flag(id: &'static str) -> Arg {
    Arg::new(id).action(ArgAction::SetTrue)
}

/// A default that can be seen.
fn shown(default: &str) -> &str {
    if default.is_empty() { "empty" } else { default }
}
