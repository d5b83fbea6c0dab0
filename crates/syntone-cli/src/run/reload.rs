//! SIGHUP: the configuration is read again, and what can be changed while the clock runs is changed.

use super::daemon::Daemon;
use super::engine;
use super::log::{Level, Log};
use super::options;
use super::settings::Settings;

impl Daemon<'_> {
    /// Reads the configuration again, and changes what can be changed while the clock runs.
    pub(crate) fn reload(&mut self) {
        if self.sources.are_spent() {
            self.words(Level::Error, "the configuration is not reloaded: it came from standard input");
            return;
        }
        match self.sources.read().and_then(|new| engine::check(&new).map(|()| new).map_err(|error| vec![error])) {
            Ok(new) => self.adopt(new),
            Err(mistakes) => {
                for mistake in mistakes {
                    self.words(Level::Error, &format!("the configuration is not reloaded: {mistake}"));
                }
            }
        }
    }

    fn adopt(&mut self, mut new: Settings) {
        if new.interfaces != self.settings.interfaces {
            self.words(Level::Warning, "other interfaces need a new start; the rest is reloaded");
            new.interfaces.clone_from(&self.settings.interfaces);
        }
        self.log.tell_left_out(self.now(), true);
        self.log = Log::new(&new);
        if let Some(complaint) = self.log.take_complaint() {
            self.words(Level::Warning, &complaint);
        }
        let names = options::all().iter().map(|option| option.name);
        let changed: Vec<(&str, String)> =
            names.filter_map(|name| Some((name, self.difference(&new, name)?))).collect();
        for (name, difference) in &changed {
            match self.change(name, &new) {
                Ok(true) => self.words(Level::Notice, &format!("{difference} now")),
                Ok(false) => {
                    new.keep(name, &self.settings);
                    self.words(Level::Warning, &format!("{name} changes with a new start only"));
                }
                Err(error) => {
                    new.keep(name, &self.settings);
                    self.words(Level::Error, &format!("{name} is not changed: {error}"));
                }
            }
        }
        if changed.is_empty() {
            self.words(Level::Notice, "the configuration is reloaded; nothing has changed");
        }
        self.settings = new;
        self.stability.read(&self.settings);
        self.at_once = self.syncs_per_summary();
    }

    /// Changes one option; `false`: it needs a new start.
    fn change(&mut self, name: &str, new: &Settings) -> Result<bool, String> {
        match name {
            // What only the loop looks at is changed with the settings.
            "logging_level" | "log_format" | "journal_address" | "message_tag" | "summary_interval" => Ok(true),
            "servo_offset_threshold" | "servo_num_offset_values" => Ok(true),
            "operLogSyncInterval" | "operLogPdelayReqInterval" => Ok(true),
            "metrics" => self.metrics.reopen(new).map(|()| true),
            // Others beside it have their sockets by their domains.
            "domainNumber" if !self.is_alone => Ok(false),
            _ => self.engine.change(name, new),
        }
    }

    /// The new value of an option, for the clock or for the first port that has another; `None`: it has not changed.
    fn difference(&self, new: &Settings, name: &str) -> Option<String> {
        let ports = self.settings.interfaces.iter().map(|name| Some(name.as_str()));
        let differs = |place: &Option<&str>| new.text(name, *place) != self.settings.text(name, *place);
        let place = std::iter::once(None).chain(ports).find(differs)?;
        let port = place.map_or(String::new(), |interface| format!("[{interface}] "));
        Some(format!("{port}{name} is {}", new.text(name, place)))
    }
}
