//! What is said at the end of a run.

use super::quantity::{ppm, seconds, signed_time, time};
use super::series::{Sample, Statistics};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The result of a run.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// How the clock follows: `locked`, `unlocked`, `holdover`; `master` if it serves.
    pub(crate) state: &'static str,
    pub(crate) port_state: &'static str,
    /// The identity of the grandmaster.
    pub(crate) grandmaster: Option<String>,
    /// The length of the run, in nanoseconds.
    pub(crate) length: u64,
    pub(crate) locked_at: Option<u64>,
    /// How often the lock was lost.
    pub(crate) lock_losses: u32,
    /// Of the last half of the run: the offset as measured, and the true error where it is known.
    pub(crate) offset: Option<Statistics>,
    pub(crate) true_error: Option<Statistics>,
    pub(crate) mean_path_delay: Option<f64>,
    pub(crate) frequency: f64,
    pub(crate) received: u32,
    pub(crate) sent: u32,
    /// What was not used, by reason.
    pub(crate) discarded: Vec<(&'static str, u32)>,
    /// Why it did not end well, with a cure.
    pub(crate) trouble: Option<String>,
}

impl Summary {
    /// Statistics of the samples of the last half.
    pub(crate) fn statistics(samples: &[Sample]) -> (Option<Statistics>, Option<Statistics>, Option<f64>) {
        let offset = Statistics::of(samples.iter().map(|sample| sample.offset));
        let true_error = Statistics::of(samples.iter().filter_map(|sample| sample.true_error));
        let delay = samples.iter().map(|sample| sample.delay).sum::<f64>() / samples.len() as f64;
        (offset, true_error, offset.map(|_| delay))
    }

    /// Whether the run ended as it should.
    pub(crate) fn is_success(&self) -> bool {
        self.trouble.is_none()
    }

    /// One JSON object.
    pub(crate) fn json(&self) -> Value {
        let rounded = |value: f64| (value * 10.0).round() / 10.0;
        let part = |statistics: Option<Statistics>, pick: fn(&Statistics) -> f64| {
            statistics.map(|statistics| rounded(pick(&statistics)))
        };
        json!({
            "state": self.state,
            "offset_rms_ns": part(self.offset, |offset| offset.rms),
            "offset_median_ns": part(self.offset, |offset| offset.median),
            "offset_p99_ns": part(self.offset, |offset| offset.p99),
            "offset_max_ns": part(self.offset, |offset| offset.max),
            "mean_path_delay_ns": self.mean_path_delay.map(rounded),
            "frequency_ppb": rounded(self.frequency),
            "lock_time_s": self.locked_at.map(|at| (at as f64 / 1e6).round() / 1e3),
            "messages": u64::from(self.received) + u64::from(self.sent),
            "messages_received": self.received,
            "messages_sent": self.sent,
            "messages_discarded": self.discarded.iter().copied().collect::<BTreeMap<_, _>>(),
            "true_error_rms_ns": part(self.true_error, |error| error.rms),
            "true_error_max_ns": part(self.true_error, |error| error.max),
            "samples": self.offset.map_or(0, |offset| offset.count),
            "lock_losses": self.lock_losses,
            "port_state": self.port_state,
            "grandmaster": self.grandmaster,
            "duration_s": (self.length as f64 / 1e6).round() / 1e3,
            "trouble": self.trouble,
        })
    }

    /// A few sentences.
    pub(crate) fn words(&self) -> String {
        let mut lines = vec![self.outcome()];
        if let Some(offset) = self.offset {
            lines.push(format!(
                "Over the last half the offset was {} rms, 99 % within ±{}, {} at worst ({} Syncs).",
                time(offset.rms),
                time(offset.p99),
                time(offset.max),
                offset.count
            ));
        }
        if let Some(error) = self.true_error {
            lines.push(format!(
                "The true error, known because both clocks lie over the same kernel clock, was {} rms, {} at worst.",
                time(error.rms),
                time(error.max)
            ));
        }
        if let Some(delay) = self.mean_path_delay {
            lines.push(format!(
                "The path takes {}; the slave's frequency was corrected by {}.",
                delay_text(delay),
                ppm(self.frequency)
            ));
        }
        let dropped: Vec<String> = self.discarded.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let dropped =
            if dropped.is_empty() { "none dropped".into() } else { format!("dropped: {}", dropped.join(", ")) };
        lines.push(format!("Messages: {} received, {} sent, {dropped}.", self.received, self.sent));
        lines.join("\n")
    }

    fn outcome(&self) -> String {
        let length = seconds(self.length);
        let losses = match self.lock_losses {
            0 => String::new(),
            1 => "; the lock was lost once".into(),
            count => format!("; the lock was lost {count} times"),
        };
        let master = self.grandmaster.as_ref().map(|master| format!(" to grandmaster {master}")).unwrap_or_default();
        match (self.state, self.locked_at) {
            ("locked", Some(at)) => format!("Locked{master} after {} of {length}{losses}.", seconds(at)),
            ("master", _) => format!("Served as master for {length}."),
            ("holdover", _) => format!("The master is gone; its frequency is held{losses}."),
            _ => format!("Not locked after {length}{losses}."),
        }
    }
}

fn delay_text(nanos: f64) -> String {
    if nanos < 0.0 { signed_time(nanos) } else { time(nanos) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let samples = [3.0, -4.0].map(|offset| Sample { offset, delay: 1_800.0, ..Sample::default() });
        let (offset, true_error, mean_path_delay) = Summary::statistics(&samples);
        Summary {
            state: "locked",
            port_state: "SLAVE",
            grandmaster: Some("020000.fffe.000001".into()),
            length: 20_000_000_000,
            locked_at: Some(2_412_345_678),
            lock_losses: 0,
            offset,
            true_error,
            mean_path_delay,
            frequency: -36_998.63,
            received: 300,
            sent: 100,
            discarded: vec![("domain", 7)],
            trouble: None,
        }
    }

    #[test]
    fn the_object_has_the_promised_members() {
        let object = summary().json();
        assert_eq!(object["state"], "locked");
        assert_eq!(object["offset_rms_ns"], 3.5); // √((9 + 16) / 2) = 3.54
        assert_eq!(object["offset_median_ns"], 3.0);
        assert_eq!(object["offset_p99_ns"], 4.0);
        assert_eq!(object["offset_max_ns"], 4.0);
        assert_eq!(object["mean_path_delay_ns"], 1800.0);
        assert_eq!(object["frequency_ppb"], -36_998.6);
        assert_eq!(object["lock_time_s"], 2.412);
        assert_eq!(object["messages"], 400);
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let (offset, true_error, mean_path_delay) = Summary::statistics(&[]);
        let empty = Summary { state: "unlocked", locked_at: None, offset, true_error, mean_path_delay, ..summary() };
        let object = empty.json();
        for member in ["offset_rms_ns", "offset_p99_ns", "offset_max_ns", "mean_path_delay_ns", "lock_time_s"] {
            assert!(object[member].is_null(), "{member}");
        }
        assert!(empty.words().starts_with("Not locked after 20.0 s."), "{}", empty.words());
    }

    #[test]
    fn the_words_name_time_size_and_cause() {
        let words = summary().words();
        for part in [
            "Locked to grandmaster 020000.fffe.000001 after 2.4 s",
            "4 ns rms",
            "1.80 µs",
            "−36.999 ppm",
            "300 received",
        ] {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(Summary { lock_losses: 2, ..summary() }.words().contains("lost 2 times"));
    }
}
