//! What is in effect: defaults, the configuration file and the command line, each value with its origin.

use super::file::{Assignment, Contents, Mistake};
use super::options::{self, OptionDef, Support, Value};
use std::fmt;

/// All that was set, and the ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// The interfaces of the ports, in order.
    pub(crate) interfaces: Vec<String>,
    /// The process has other clocks beside this one.
    pub(crate) is_one_of_several: bool,
    set: Vec<Setting>,
}

/// One option that was set.
#[derive(Clone, Debug, PartialEq)]
struct Setting {
    name: &'static str,
    /// For this port alone.
    interface: Option<String>,
    value: Value,
    origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File { path: String, line: usize },
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

impl Settings {
    /// Takes what a file says.
    ///
    /// # Errors
    /// Every mistake and each option that is not taken, with its line.
    pub(crate) fn add_file(&mut self, path: &str, contents: Contents) -> Result<(), Vec<String>> {
        for interface in contents.interfaces {
            self.add_interface(&interface);
        }
        let mut mistakes = contents.mistakes;
        for Assignment { interface, name, value, line } in contents.assignments {
            let origin = Origin::File { path: path.to_owned(), line };
            let taken = self.set(&name, interface.as_deref(), &value, origin);
            mistakes.extend(taken.err().map(|message| Mistake { line, message }));
        }
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        Err(mistakes.into_iter().map(|Mistake { line, message }| format!("{path}:{line}: {message}")).collect())
    }

    /// Adds a port, unless there is one on this interface.
    pub(crate) fn add_interface(&mut self, name: &str) {
        if !self.interfaces.iter().any(|other| other == name) {
            self.interfaces.push(name.to_owned());
        }
    }

    /// Sets an option, for all ports or for one.
    ///
    /// # Errors
    /// A text that names the option, the value and what is allowed.
    pub(crate) fn set(
        &mut self,
        name: &str,
        interface: Option<&str>,
        text: &str,
        origin: Origin,
    ) -> Result<(), String> {
        let Some(option) = options::find(name) else {
            let hint = options::nearest(name).map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("there is no option {name}{hint}"));
        };
        if interface.is_some() && !option.per_port {
            return Err(format!("{name} holds for the whole clock: it stands in [global]"));
        }
        let value = option.read(text).map_err(|why| format!("{name} {why}"))?;
        let interface = interface.map(str::to_owned);
        self.set.retain(|setting| setting.name != option.name || setting.interface != interface);
        self.set.push(Setting { name: option.name, interface, value, origin });
        Ok(())
    }

    /// Takes an option back to what `old` says of it.
    pub(crate) fn keep(&mut self, name: &str, old: &Self) {
        self.set.retain(|setting| setting.name != name);
        self.set.extend(old.set.iter().filter(|setting| setting.name == name).cloned());
    }

    /// The value of an option for the whole clock, and where it comes from.
    pub(crate) fn value(&self, option: &OptionDef) -> (Value, Origin) {
        self.find(option.name, None).unwrap_or_else(|| (option.default(), Origin::Default))
    }

    /// The value of an option that one port has for itself.
    pub(crate) fn own_value(&self, name: &str, interface: &str) -> Option<(Value, Origin)> {
        self.find(name, Some(interface))
    }

    fn find(&self, name: &str, interface: Option<&str>) -> Option<(Value, Origin)> {
        let is_it = |setting: &&Setting| setting.name == name && setting.interface.as_deref() == interface;
        self.set.iter().find(is_it).map(|setting| (setting.value.clone(), setting.origin.clone()))
    }

    /// Whether an option was set at all, by a file or the command line.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.set.iter().any(|setting| setting.name == name)
    }

    /// The options that were set although they change nothing, and why.
    pub(crate) fn without_effect(&self) -> Vec<(&'static str, &'static str)> {
        let why = |setting: &Setting| match options::find(setting.name)?.support {
            Support::NoEffect { why } => Some((setting.name, why)),
            _ => None,
        };
        self.set.iter().filter_map(why).collect()
    }

    /// A whole number for a port, or for the clock.
    pub(crate) fn integer(&self, name: &str, interface: Option<&str>) -> i64 {
        match self.effective(name, interface) {
            Value::Integer(number) => number,
            other => unreachable!("{name} is a whole number, not {other}"),
        }
    }

    /// A number.
    pub(crate) fn float(&self, name: &str) -> f64 {
        match self.effective(name, None) {
            Value::Float(number) => number,
            other => unreachable!("{name} is a number, not {other}"),
        }
    }

    /// Whether an option is switched on.
    pub(crate) fn flag(&self, name: &str, interface: Option<&str>) -> bool {
        self.integer(name, interface) != 0
    }

    /// One of the words of an option, or its text.
    pub(crate) fn text(&self, name: &str, interface: Option<&str>) -> String {
        self.effective(name, interface).to_string()
    }

    fn effective(&self, name: &str, interface: Option<&str>) -> Value {
        let option = options::find(name).unwrap_or_else(|| unreachable!("the table has {name}"));
        let own = interface.and_then(|interface| self.own_value(name, interface));
        own.unwrap_or_else(|| self.value(option)).0
    }
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn settings(text: &str) -> Result<Settings, Vec<String>> {
        let mut settings = Settings::default();
        settings.add_file("x.conf", file::parse(text))?;
        Ok(settings)
    }

    #[test]
    fn a_port_has_its_own_value_or_that_of_all_or_the_default() {
        let settings = settings("[global]\nlogSyncInterval -1\n[eth0]\nlogSyncInterval -3\n[eth1]\n").expect("right");
        assert_eq!(settings.integer("logSyncInterval", Some("eth0")), -3);
        assert_eq!(settings.integer("logSyncInterval", Some("eth1")), -1);
        assert_eq!(settings.integer("logAnnounceInterval", Some("eth1")), 1);
    }

    #[test]
    fn the_last_value_counts_and_the_command_line_beats_the_global_section() {
        let mut settings = settings("[global]\npriority1 1\npriority1 2\n").expect("right");
        assert_eq!(settings.integer("priority1", None), 2);
        settings.set("priority1", None, "3", Origin::CommandLine).expect("right");
        assert_eq!(settings.integer("priority1", None), 3);
    }

    #[test]
    fn each_mistake_names_line_option_value_and_what_is_allowed() {
        let mistakes = settings(
            "[global]\npriority1 300\npriorty2 1\nclock_servo ntpshm\n[eth0\npriority1 = 1\n[eth0]\npriority2 1\n",
        );
        let expected = [
            "x.conf:2: priority1 \"300\" is not allowed; it is 0 to 255",
            "x.conf:3: there is no option priorty2; did you mean priority2?",
            "x.conf:4: clock_servo \"ntpshm\" is not supported: the servo is PI",
            "x.conf:5: a section is written as [global] or [eth0]",
            "x.conf:6: in [global] and in the section of an interface it is: priority1 1",
            "x.conf:8: priority2 holds for the whole clock: it stands in [global]",
        ];
        let mistakes = mistakes.expect_err("it has mistakes");
        assert_eq!(mistakes.len(), expected.len());
        for (mistake, expected) in mistakes.iter().zip(expected) {
            assert!(mistake.starts_with(expected), "{mistake}");
        }
    }
}
