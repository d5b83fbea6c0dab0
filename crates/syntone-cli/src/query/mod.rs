//! `syntone query`: management requests as pmc takes them, and the answers field by field.

mod command;
mod set;

use crate::decode::Told;
use crate::manager::{Answer, Manager, WayArgs};
use command::Command;
use serde_json::json;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use syntone::management::{Outcome, Response};
use syntone::wire::{ManagementData, ManagementErrorId, ManagementId};

const EXAMPLES: &str = "\
Examples:
  syntone query 'GET DEFAULT_DATA_SET'                  the daemon on this machine, syntone's or ptp4l
  syntone query 'SET PRIORITY1 10' 'GET PARENT_DATA_SET'
  syntone query -i eth0 'GET CURRENT_DATA_SET'          every clock that hears it, UDP over IPv4
  syntone query -i eth0 -2 -d 24 'TARGET 001122.fffe.334455-1' 'GET PORT_DATA_SET'
  echo 'GET TIME_STATUS_NP' | syntone query --json      an object a line, for programs

Commands are those of pmc: GET, SET, CMD and the name of an id (or the beginning of one), TARGET and a port or *.

Exit status: 0 all was answered, 1 something was not or was refused, 2 wrong usage.";

/// The command line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    way: WayArgs,
    /// Answers as JSON, an object a line
    #[arg(long)]
    json: bool,
    /// Print the names of all ids
    #[arg(long)]
    list: bool,
    /// Such as 'GET DEFAULT_DATA_SET'; without any, lines of standard input
    #[arg(value_name = "COMMAND")]
    commands: Vec<String>,
}

/// Where daemons have the socket to read and write, and that which everybody may read.
const SOCKETS: [&str; 2] = ["/var/run/ptp4l", "/var/run/ptp4lro"];

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    if args.list {
        let names = ManagementId::ALL.iter().filter_map(|id| id.name());
        return print(&names.map(|name| format!("{name}\n")).collect::<String>());
    }
    // What is wrong with a command is told before any is sent.
    let commands: Result<Vec<_>, String> = args.commands.iter().map(|line| command::parse(line)).collect();
    let commands = match commands {
        Ok(commands) => commands,
        Err(error) => {
            complain(&error);
            return ExitCode::from(2);
        }
    };
    let manager = match args.way.manager(&SOCKETS) {
        Ok(manager) => manager,
        Err(error) => {
            complain(&error);
            return ExitCode::FAILURE;
        }
    };
    let mut query = Query { args, manager, failed: false };
    if commands.is_empty() {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            match command::parse(&line) {
                Ok(command) => query.take(command),
                Err(error) => {
                    complain(&error);
                    query.failed = true;
                }
            }
        }
    }
    for command in commands {
        query.take(command);
    }
    if query.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

struct Query<'a> {
    args: &'a Args,
    manager: Manager,
    failed: bool,
}

impl Query<'_> {
    fn take(&mut self, command: Option<Command>) {
        let (action, id, data) = match command {
            None => return,
            Some(Command::Target(target)) => {
                self.manager.addressee.target_port_identity = target;
                return;
            }
            Some(Command::Ask { action, id, data }) => (action, id, data),
        };
        // It was written from what it says.
        let told = ManagementData::parse(id, &data).ok().filter(|_| !data.is_empty());
        match self.manager.ask(action, id, told) {
            Ok(answers) if answers.is_empty() => {
                self.fail(&format!("{}: {}", id.name().unwrap_or("?"), self.args.way.when_silent(&SOCKETS)));
            }
            Ok(answers) => {
                for answer in &answers {
                    self.show(answer);
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &str) {
        complain(error);
        self.failed = true;
    }

    fn show(&mut self, answer: &Answer) {
        let Some(response) = answer.response() else { return };
        self.failed |= matches!(response.outcome, Outcome::Refused(_));
        let text = if self.args.json { format!("{}\n", as_json(&response)) } else { as_text(&response) };
        let _ = io::stdout().write_all(text.as_bytes());
    }
}

fn as_text(response: &Response<'_>) -> String {
    let act = if response.acknowledges { "ACKNOWLEDGE" } else { "RESPONSE" };
    let id = name(response.management_id);
    let head = format!("{} seq {} {act}", response.source_port_identity, response.sequence_id);
    match response.outcome {
        Outcome::Refused(error) => format!("{head} MANAGEMENT_ERROR_STATUS {id}\n    {}\n", meaning(error)),
        Outcome::Done => format!("{head} MANAGEMENT {id}\n"),
        Outcome::Data(data) => {
            let mut told = Told::default();
            data.visit(&mut told);
            let lines = told.lines.iter().map(|(depth, line)| format!("    {:1$}{line}\n", "", depth * 2));
            format!("{head} MANAGEMENT {id}\n{}", lines.collect::<String>())
        }
    }
}

fn as_json(response: &Response<'_>) -> serde_json::Value {
    let source = response.source_port_identity;
    let mut object = json!({
        "sourcePortIdentity": { "clockIdentity": source.clock_identity.to_string(), "portNumber": source.port_number },
        "sequenceId": response.sequence_id,
        "domainNumber": response.domain_number,
        "managementId": name(response.management_id),
    });
    match response.outcome {
        Outcome::Refused(error) => object["managementErrorId"] = json!(error.name().unwrap_or("reserved")),
        Outcome::Done => object["data"] = json!({}),
        Outcome::Data(data) => {
            let mut told = Told::default();
            data.visit(&mut told);
            object["data"] = serde_json::Value::Object(told.json);
        }
    }
    object
}

fn name(id: ManagementId) -> String {
    id.name().map_or_else(|| format!("0x{:04X}", id.0), str::to_owned)
}

/// What a refusal means.
fn meaning(error: ManagementErrorId) -> String {
    let why = match error {
        ManagementErrorId::RESPONSE_TOO_BIG => "the answer does not fit into one message",
        ManagementErrorId::NO_SUCH_ID => "the clock does not know this id",
        ManagementErrorId::WRONG_LENGTH => "the data have another length than the id",
        ManagementErrorId::WRONG_VALUE => "a value is out of its range, or there is no such port",
        ManagementErrorId::NOT_SETABLE => "it cannot be set",
        ManagementErrorId::NOT_SUPPORTED => {
            "the clock does not offer it, or not to who asks by this way; to set, use the daemon's socket as root"
        }
        ManagementErrorId::UNPOPULATED => "there is no value yet",
        _ => "the clock does not say why",
    };
    format!("{}: {why}", error.name().unwrap_or("an unknown error"))
}

fn print(text: &str) -> ExitCode {
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

pub(crate) fn complain(error: &str) {
    let _ = writeln!(io::stderr(), "error: {error}");
}
