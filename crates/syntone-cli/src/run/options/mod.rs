//! Every option of the daemon, read from one table.

mod value;

pub(crate) use value::{Kind, Value, integer};

use std::sync::LazyLock;

/// An option that a configuration file or the command line may set.
#[derive(Debug)]
pub(crate) struct OptionDef {
    /// Its name, in a file and as `--name`.
    pub(crate) name: &'static str,
    /// It may be set for one port.
    pub(crate) per_port: bool,
    pub(crate) kind: Kind,
    /// Its default, as it would be written.
    pub(crate) default: &'static str,
    pub(crate) support: Support,
    /// What it is for.
    pub(crate) about: &'static str,
    /// The heading that it stands under.
    pub(crate) group: &'static str,
}

/// What the daemon does with an option.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Support {
    /// It works; with some values not, and why not.
    Works { refused: Vec<&'static str>, why: &'static str },
    /// Only the default, or one of these, is taken.
    Fixed { accepted: Vec<&'static str>, why: &'static str },
    /// It is taken, and changes nothing.
    NoEffect { why: &'static str },
}

static TABLE: LazyLock<Vec<OptionDef>> = LazyLock::new(|| read(include_str!("table.txt")));

/// All options, in the order of the table.
pub(crate) fn all() -> &'static [OptionDef] {
    &TABLE
}

/// The option of that name.
pub(crate) fn find(name: &str) -> Option<&'static OptionDef> {
    TABLE.iter().find(|option| option.name == name)
}

/// The name most like `name`, for who mistyped it.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let distance = |option: &&OptionDef| distance(&option.name.to_lowercase(), &name.to_lowercase());
    TABLE.iter().min_by_key(distance).filter(|option| distance(option) <= 3).map(|option| option.name)
}

impl OptionDef {
    /// Reads a value, and says whether it is taken.
    ///
    /// # Errors
    /// A text that says what is allowed, or why it is not taken and what to use instead.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        let value = match (&self.kind, text) {
            // linuxptp's word where an option says how long a fault lasts.
            (Kind::Integer { min, .. }, "ASAP") if self.name.starts_with("fault_") => Value::Integer(*min),
            _ => self.kind.read(text).map_err(|allowed| format!("{text:?} is not allowed; it is {allowed}"))?,
        };
        let is_one_of = |texts: &[&str]| texts.iter().any(|other| self.kind.read(other).as_ref() == Ok(&value));
        let why = match &self.support {
            Support::Works { refused, why } if is_one_of(refused) => why,
            Support::Fixed { accepted, why } if value != self.default() && !is_one_of(accepted) => why,
            _ => return Ok(value),
        };
        Err(format!("{text:?} is not supported: {why}"))
    }

    /// Its default.
    pub(crate) fn default(&self) -> Value {
        self.kind.read(self.default).unwrap_or_else(|_| Value::Text(self.default.to_owned()))
    }
}

fn read(table: &'static str) -> Vec<OptionDef> {
    let mut group = "";
    let mut options = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            group = heading;
        } else if let [name, scope, kind, default, allowed, support, about] =
            line.splitn(7, " | ").collect::<Vec<_>>()[..]
        {
            options.push(OptionDef {
                name,
                per_port: scope == "P",
                kind: Kind::new(kind, allowed),
                default,
                support: Support::new(support),
                about,
                group,
            });
        } else {
            unreachable!("the table of options has a line that is none: {line}");
        }
    }
    options
}

impl Support {
    fn new(text: &'static str) -> Self {
        let (head, why) = text.split_once(": ").unwrap_or((text, ""));
        let values = |prefix| head.strip_prefix(prefix).map(|rest: &'static str| rest.split_whitespace().collect());
        if head == "no effect" {
            Self::NoEffect { why }
        } else if let Some(accepted) = values("fixed") {
            Self::Fixed { accepted, why }
        } else {
            Self::Works { refused: values("works except").unwrap_or_default(), why }
        }
    }
}

/// How many letters have to be put in, left out or exchanged.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_is_taken() {
        for option in all() {
            // linuxptp computes some defaults that cannot be written.
            if option.name == "ts2phc.pulsewidth" || option.name == "ts2phc.perout_phase" {
                continue;
            }
            let refused =
                matches!(&option.support, Support::Works { refused, .. } if refused.contains(&option.default));
            assert_eq!(option.read(option.default).is_ok(), !refused, "{}", option.name);
        }
    }

    #[test]
    fn all_152_options_of_linuxptp_are_known_and_each_says_what_it_does() {
        let (own, theirs): (Vec<_>, Vec<_>) = all().iter().partition(|option| option.group == "Syntone's own");
        assert_eq!((theirs.len(), own.len()), (152, 18));
        for option in all() {
            let why = match &option.support {
                Support::Works { refused, .. } if refused.is_empty() => continue,
                Support::Works { why, .. } | Support::Fixed { why, .. } | Support::NoEffect { why } => why,
            };
            assert!(!why.is_empty(), "{} is refused without a reason", option.name);
        }
    }

    #[test]
    fn a_refused_value_says_why_and_a_wrong_one_what_is_allowed() {
        let read = |name, text| find(name).expect("it exists").read(text);
        assert_eq!(read("priority1", "0x80"), Ok(Value::Integer(128)));
        assert_eq!(read("priority1", "256"), Err("\"256\" is not allowed; it is 0 to 255".into()));
        let refused = read("clock_servo", "linreg").expect_err("only PI");
        assert!(refused.starts_with("\"linreg\" is not supported: the servo is PI"), "{refused}");
        assert!(read("delay_mechanism", "Auto").is_err());
        assert_eq!(read("fault_reset_interval", "ASAP"), Ok(Value::Integer(-3)));
        assert!(read("priority1", "ASAP").is_err());
        assert_eq!(nearest("domainnumer"), Some("domainNumber"));
        assert_eq!(nearest("quite_something_else"), None);
    }
}
