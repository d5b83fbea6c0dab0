//! What is asked for, as pmc writes it: `GET PRIORITY1`, `SET PRIORITY1 10`, `TARGET 001122.fffe.334455-1`.

use super::set;
use syntone::wire::{ClockIdentity, ManagementAction, ManagementId, PortIdentity};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Whom the next ones are for.
    Target(PortIdentity),
    /// An action on an id, with the octets of its dataField.
    Ask { action: ManagementAction, id: ManagementId, data: Vec<u8> },
}

/// Reads a line; `None` if it is empty or a comment.
///
/// # Errors
/// What is wrong with it, and what is right.
pub(super) fn parse(line: &str) -> Result<Option<Command>, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (first, rest) = match &words[..] {
        [] => return Ok(None),
        [first, ..] if first.starts_with('#') => return Ok(None),
        [first, rest @ ..] => (first.to_uppercase(), rest),
    };
    if is_short_for(&first, "TARGET") {
        let [target] = rest else { return Err("TARGET has one word behind it: * or 001122.fffe.334455-1".into()) };
        return port_identity(target).map(|target| Some(Command::Target(target)));
    }
    let action = match first.as_str() {
        "CMD" => ManagementAction::COMMAND,
        word if is_short_for(word, "GET") => ManagementAction::GET,
        word if is_short_for(word, "SET") => ManagementAction::SET,
        word if is_short_for(word, "COMMAND") => ManagementAction::COMMAND,
        _ => return Err(format!("{:?} is no action: GET, SET, CMD or TARGET", words[0])),
    };
    let [id, values @ ..] = rest else {
        return Err(format!("{first} has the name of an id behind it, as GET PRIORITY1"));
    };
    let id = management_id(id)?;
    let data = set::data(action, id, values)?;
    Ok(Some(Command::Ask { action, id, data }))
}

fn is_short_for(word: &str, whole: &str) -> bool {
    whole.starts_with(word)
}

/// The id of that name, or the one whose name begins so; or a number as 0xC000.
fn management_id(text: &str) -> Result<ManagementId, String> {
    let name = text.to_uppercase();
    if name == "NULL_MANAGEMENT" {
        return Ok(ManagementId::NULL_PTP_MANAGEMENT);
    }
    if let Some(number) = name.strip_prefix("0X").and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
        return Ok(ManagementId(number));
    }
    let names = || ManagementId::ALL.iter().filter_map(|id| Some((*id, id.name()?)));
    if let Some((id, _)) = names().find(|(_, other)| *other == name) {
        return Ok(id);
    }
    match &names().filter(|(_, other)| other.starts_with(&name)).collect::<Vec<_>>()[..] {
        [(id, _)] => Ok(*id),
        [] => Err(format!("{text:?} is the name of no id; `syntone query --list` prints all")),
        several => {
            let names: Vec<&str> = several.iter().map(|(_, name)| *name).collect();
            Err(format!("{text:?} may be {}", names.join(", ")))
        }
    }
}

/// As linuxptp writes it, with or without a port number; `*` for everybody.
fn port_identity(text: &str) -> Result<PortIdentity, String> {
    if text == "*" {
        return Ok(PortIdentity::WILDCARD);
    }
    let (clock, port) = text.split_once('-').map_or((text, Some(u16::MAX)), |(clock, port)| (clock, port.parse().ok()));
    let digits: String = clock.chars().filter(|c| *c != '.' && *c != ':').collect();
    let clock = u64::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 16);
    match (clock, port) {
        (Some(clock), Some(port)) => Ok(PortIdentity::new(ClockIdentity(clock), port)),
        _ => Err(format!("{text:?} is no port; it is written as 001122.fffe.334455-1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str) -> (ManagementAction, ManagementId, Vec<u8>) {
        match parse(line) {
            Ok(Some(Command::Ask { action, id, data })) => (action, id, data),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn commands_are_written_as_for_pmc() {
        let get = (ManagementAction::GET, ManagementId::DEFAULT_DATA_SET, Vec::new());
        for line in ["GET DEFAULT_DATA_SET", "get default_data_set", "  g  DEFAULT "] {
            assert_eq!(ask(line), get, "{line}");
        }
        assert_eq!(ask("SET PRIORITY1 10"), (ManagementAction::SET, ManagementId::PRIORITY1, vec![10, 0]));
        assert_eq!(ask("CMD DISABLE_PORT"), (ManagementAction::COMMAND, ManagementId::DISABLE_PORT, vec![]));
        assert_eq!(ask("GET NULL_MANAGEMENT").1, ManagementId::NULL_PTP_MANAGEMENT);
        assert_eq!(ask("GET 0xC0FE").1, ManagementId(0xC0FE));
        assert_eq!(parse("# a comment"), Ok(None));
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn targets_are_everybody_a_clock_or_a_port() {
        let target = |clock, port| Ok(Some(Command::Target(PortIdentity::new(ClockIdentity(clock), port))));
        assert_eq!(parse("TARGET *"), target(u64::MAX, u16::MAX));
        assert_eq!(parse("target 001122.fffe.334455-2"), target(0x0011_22FF_FE33_4455, 2));
        assert_eq!(parse("TARGET 00:11:22:ff:fe:33:44:55"), target(0x0011_22FF_FE33_4455, u16::MAX));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        let cases = [
            ("HELLO", "\"HELLO\" is no action"),
            ("GET", "GET has the name of an id behind it"),
            ("GET LOG", "\"LOG\" may be LOG_ANNOUNCE_INTERVAL, LOG_SYNC_INTERVAL, LOG_MIN_PDELAY_REQ_INTERVAL"),
            ("GET NONSENSE", "\"NONSENSE\" is the name of no id"),
            ("TARGET 1-1", "\"1-1\" is no port"),
            ("TARGET", "TARGET has one word behind it"),
            ("SET PRIORITY1", "SET PRIORITY1 lacks priority1"),
            ("SET PRIORITY1 256", "priority1 \"256\" is not allowed; it is 0 to 255"),
            ("SET PRIORITY1 1 2", "SET PRIORITY1 takes priority1"),
            ("SET DEFAULT_DATA_SET x 1", "DEFAULT_DATA_SET cannot be set"),
            ("GET PRIORITY1 1", "GET PRIORITY1 takes no values"),
        ];
        for (line, told) in cases {
            let error = parse(line).expect_err(line);
            assert!(error.starts_with(told), "{line}: {error}");
        }
    }
}
