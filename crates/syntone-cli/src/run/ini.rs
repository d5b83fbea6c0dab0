//! The INI form of a configuration: `key = value` in sections of its own.

use super::file::Assignment;

/// Its sections.
pub(crate) const SECTIONS: [&str; 6] = ["general", "timing", "sync", "logging", "monitoring", "buffers"];

/// What a line means.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// A port on this interface.
    Interface(String),
    /// An option of the daemon.
    Option(Assignment),
    /// Nothing that the daemon would do otherwise without it.
    Nothing,
}

/// Reads a line of a section.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(section: &str, written: &str, line: usize) -> Result<Meaning, String> {
    let (key, value) = written.split_once('=').ok_or_else(|| format!("in [{section}] it is: key = value"))?;
    let (key, value) = (key.trim(), value.trim());
    let option =
        |name: &str, value: String| Ok(Meaning::Option(Assignment { interface: None, name: name.into(), value, line }));
    let number = || value.parse::<f64>().map_err(|_| format!("{key} is {value:?}; it is a number"));
    match (section, key) {
        ("general", "network_interface") => Ok(Meaning::Interface(value.to_owned())),
        ("general", "clock_domain") => option("domainNumber", value.to_owned()),
        ("general", "priority1" | "priority2") => option(key, value.to_owned()),
        ("general", "master_only") => option("acceptable_masters", value.to_owned()),
        ("timing", "sync_interval") => option("logSyncInterval", value.to_owned()),
        ("timing", "announce_interval") => option("logAnnounceInterval", value.to_owned()),
        ("timing", "delay_req_interval") => option("logMinDelayReqInterval", value.to_owned()),
        ("sync", "offset_threshold_ns") => option("step_threshold", format!("{}", number()? / 1e9)),
        ("sync", "slew_rate_ppb") => option("max_frequency", value.to_owned()),
        // The defaults of the form, which no gain of ours corresponds to.
        ("sync", "proportional_gain") if number()? == 0.7 => Ok(Meaning::Nothing),
        ("sync", "integral_gain") if number()? == 0.3 => Ok(Meaning::Nothing),
        ("sync", "proportional_gain" | "integral_gain") => Err(format!(
            "{key} is not supported: the gains follow the Sync interval and the kind of stamps; leave it out"
        )),
        ("logging", "log_level") => option("logging_level", level(value)?.to_string()),
        ("logging", "log_file" | "log_rotation" | "log_retention_days") => option(key, value.to_owned()),
        ("monitoring", "enable_stats") => option(key, value.to_owned()),
        ("monitoring", "stats_interval") => option("summary_interval", summary_interval(number()?).to_string()),
        ("monitoring", "prometheus_port") => option("metrics", value.to_owned()),
        ("buffers", "rx_buffer_size" | "rx_buffer_count") => option(key, value.to_owned()),
        _ => Err(format!("[{section}] has no {key}")),
    }
}

/// The syslog level of a name.
fn level(name: &str) -> Result<u8, String> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "error" => 3,
        "warn" | "warning" => 4,
        "notice" => 5,
        "info" => 6,
        "debug" | "trace" => 7,
        _ => return Err(format!("log_level is {name:?}; it is error, warning, notice, info or debug")),
    })
}

/// The next power of two of so many seconds, as its exponent.
fn summary_interval(seconds: f64) -> i32 {
    (-6..31).find(|exponent| 2_f64.powi(*exponent) >= seconds).unwrap_or(31)
}
