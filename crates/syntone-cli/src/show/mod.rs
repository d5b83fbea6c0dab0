//! `syntone show network`: every clock that answers management requests, as switches show it.

mod table;

use crate::decode::Told;
use crate::manager::WayArgs;
use crate::query::complain;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use syntone::management::Outcome;
use syntone::wire::ManagementId;

const EXAMPLES: &str = "\
Examples:
  syntone show network -i eth0               all clocks that hear it, UDP over IPv4
  syntone show network -i eth0 -2 -d 24      over Ethernet, in domain 24
  syntone show network -i eth0 -b 2          also those behind two boundary clocks
  syntone show network                       the daemon on this machine alone
  syntone query -i eth0 'TARGET 001122.fffe.334455-1' 'GET PORT_DATA_SET'   one of them in detail

Slaves and switches that do not answer management requests are not seen. Exit status: 0 a clock has answered, 1 none has, 2 wrong usage.";

/// The command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every clock that answers management requests, a line each
    #[command(after_help = EXAMPLES)]
    Network(Network),
}

#[derive(Debug, clap::Args)]
struct Network {
    #[command(flatten)]
    way: WayArgs,
    /// As JSON: an object for each clock, with what it has answered
    #[arg(long)]
    json: bool,
}

/// What every clock is asked for, one after the other.
const ASKED: [ManagementId; 6] = [
    ManagementId::DEFAULT_DATA_SET,
    ManagementId::CLOCK_DESCRIPTION,
    ManagementId::CURRENT_DATA_SET,
    ManagementId::PARENT_DATA_SET,
    ManagementId::PORT_DATA_SET,
    ManagementId::TRANSPARENT_CLOCK_DEFAULT_DATA_SET,
];

/// Where a daemon has its sockets: that which everybody may read, and the other.
const SOCKETS: [&str; 2] = ["/var/run/ptp4lro", "/var/run/ptp4l"];

/// What a clock has answered, by the names of the ids; of ids that each port answers, a list.
type Answers = Map<String, Value>;

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let What::Network(args) = &args.what;
    let clocks = match ask(args) {
        Ok(clocks) => clocks,
        Err(error) => {
            complain(&error);
            return ExitCode::FAILURE;
        }
    };
    if clocks.is_empty() {
        complain(&args.way.when_silent(&SOCKETS));
        return ExitCode::FAILURE;
    }
    let text = if args.json {
        let clocks = clocks.into_iter().map(|(identity, mut answers)| {
            answers.insert("clockIdentity".into(), identity.into());
            Value::Object(answers)
        });
        format!("{:#}\n", Value::Array(clocks.collect()))
    } else {
        table::print(&clocks)
    };
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn ask(args: &Network) -> Result<BTreeMap<String, Answers>, String> {
    let mut manager = args.way.manager(&SOCKETS)?;
    let mut clocks: BTreeMap<String, Answers> = BTreeMap::new();
    for id in ASKED {
        let name = id.name().unwrap_or_default();
        for answer in manager.get(id)? {
            let Some(response) = answer.response() else { continue };
            let Outcome::Data(data) = response.outcome else { continue };
            let mut told = Told::default();
            data.visit(&mut told);
            let clock = clocks.entry(response.source_port_identity.clock_identity.to_string()).or_default();
            if id == ManagementId::PORT_DATA_SET {
                let ports = clock.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(ports) = ports {
                    ports.push(told.json.into());
                }
            } else {
                clock.insert(name.to_owned(), told.json.into());
            }
        }
    }
    Ok(clocks)
}
