//! Configuration files: linuxptp's grammar, and the INI form.

use super::ini;

/// One line that sets an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The interface whose port it is for; `None`: for all.
    pub(crate) interface: Option<String>,
    pub(crate) name: String,
    pub(crate) value: String,
    /// Counts from 1.
    pub(crate) line: usize,
}

/// What a file says: interfaces in order, what is set, and what cannot be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) interfaces: Vec<String>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Something in a file that cannot be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Counts from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Longer lines are no configuration.
const LONGEST_LINE: usize = 4096;

/// Reads a file in either form: `name value` beneath `[global]` and `[interface]`, or `key = value` beneath `[general]` and
/// its like.
pub(crate) fn parse(text: &str) -> Contents {
    let mut contents = Contents::default();
    let mut section = Section::None;
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let mut mistake = |message: String| contents.mistakes.push(Mistake { line, message });
        if raw.len() > LONGEST_LINE {
            mistake(format!("the line is longer than {LONGEST_LINE} octets"));
            continue;
        }
        let written = raw.trim();
        if written.is_empty() || written.starts_with('#') || written.starts_with(';') {
            continue;
        }
        if let Some(rest) = written.strip_prefix('[') {
            match rest.strip_suffix(']').map(str::trim).filter(|name| !name.is_empty()) {
                Some(name) => match Section::new(name) {
                    Ok(new) => {
                        if let Section::Interface(interface) = &new
                            && !contents.interfaces.contains(interface)
                        {
                            contents.interfaces.push(interface.clone());
                        }
                        section = new;
                    }
                    Err(message) => {
                        mistake(message);
                        section = Section::Refused;
                    }
                },
                None => mistake(format!("a section is written as [global] or [eth0], not {written:?}")),
            }
            continue;
        }
        match section.assign(written, line) {
            Ok(Some(ini::Meaning::Interface(interface))) => contents.interfaces.push(interface),
            Ok(Some(ini::Meaning::Option(assignment))) => contents.assignments.push(assignment),
            Ok(Some(ini::Meaning::Nothing) | None) => {}
            Err(message) => mistake(message),
        }
    }
    contents
}

/// What the lines below a heading are about.
#[derive(Debug)]
enum Section {
    /// No heading yet.
    None,
    Global,
    Interface(String),
    /// A section of the INI form.
    Ini(String),
    /// One that was refused: its lines are not looked at.
    Refused,
}

impl Section {
    fn new(name: &str) -> Result<Self, String> {
        match name {
            "global" => Ok(Self::Global),
            "unicast_master_table" => {
                Err("[unicast_master_table] is not supported: unicast negotiation is not built yet".into())
            }
            "security_association" => {
                Err("[security_association] is not supported: authentication is not built yet".into())
            }
            _ if ini::SECTIONS.contains(&name) => Ok(Self::Ini(name.to_owned())),
            // What the kernel takes as the name of an interface.
            _ if name.len() > 15 || name.contains(|c: char| c == '/' || c.is_whitespace()) => {
                Err(format!("[{name}] is neither [global] nor an interface"))
            }
            _ => Ok(Self::Interface(name.to_owned())),
        }
    }

    fn assign(&self, written: &str, line: usize) -> Result<Option<ini::Meaning>, String> {
        let interface = match self {
            Self::None => return Err("an option stands below a section; begin with [global]".into()),
            Self::Refused => return Ok(None),
            Self::Ini(section) => return ini::read(section, written, line).map(Some),
            Self::Global => None,
            Self::Interface(interface) => Some(interface.clone()),
        };
        // A text may be empty.
        let (name, value) = written.split_once(char::is_whitespace).unwrap_or((written, ""));
        let value = value.trim();
        if let Some(value) = value.strip_prefix('=') {
            return Err(format!("in [global] and in the section of an interface it is: {name}{value}"));
        }
        let assignment = Assignment { interface, name: name.to_owned(), value: value.to_owned(), line };
        Ok(Some(ini::Meaning::Option(assignment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<(usize, String)> {
        parse(text).mistakes.into_iter().map(|mistake| (mistake.line, mistake.message)).collect()
    }

    #[test]
    fn linuxptps_grammar_is_read() {
        let text = "# comment\n[global]\npriority1\t 10\nuserDescription\nproductDescription ;;a b\n\n[ eth0 ]\nlogSyncInterval -3\n[eth1]\n";
        let contents = parse(text);
        assert_eq!(contents.mistakes, []);
        assert_eq!(contents.interfaces, ["eth0", "eth1"]);
        let set: Vec<_> =
            contents.assignments.iter().map(|a| (a.interface.as_deref(), &*a.name, &*a.value, a.line)).collect();
        assert_eq!(
            set,
            [
                (None, "priority1", "10", 3),
                (None, "userDescription", "", 4),
                (None, "productDescription", ";;a b", 5),
                (Some("eth0"), "logSyncInterval", "-3", 8),
            ]
        );
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        assert_eq!(messages("priority1 1\n")[0].0, 1);
        let several = messages("[global]\npriority1 = 10\n[not an interface]\nx 1\n[eth0\n");
        assert_eq!(several.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 5]);
        assert_eq!(several[0].1, "in [global] and in the section of an interface it is: priority1 10");
        assert!(messages("[unicast_master_table]\ntable_id 1\n")[0].1.contains("unicast negotiation"));
    }

    #[test]
    fn the_ini_form_is_read() {
        let text = "[general]\nnetwork_interface = eth3\nclock_domain = 24\n[timing]\nsync_interval = -3\n[logging]\nlog_level = INFO\n[monitoring]\nprometheus_port = 9319\n";
        let contents = parse(text);
        assert_eq!(contents.mistakes, []);
        assert_eq!(contents.interfaces, ["eth3"]);
        let set: Vec<_> = contents.assignments.iter().map(|a| (&*a.name, &*a.value)).collect();
        let expected = [("domainNumber", "24"), ("logSyncInterval", "-3"), ("logging_level", "6"), ("metrics", "9319")];
        assert_eq!(set, expected);
        assert!(messages("[general]\ncolour = red\n")[0].1.contains("colour"));
    }
}
