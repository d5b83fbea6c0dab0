//! The frequency that kept pace with the master, kept from one run to the next.

use super::engine::Following;
use super::settings::Settings;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use syntone::servo::LockState;
use syntone_hal::{ClockHal, FrequencyOffset, Instant};
use syntone_linux::{LinuxHal, PtpClock};

/// A lock this old is worth to be kept; then again after each such time.
const FIRST_NS: u64 = 10_000_000_000;
const AGAIN_NS: u64 = 300_000_000_000;

/// Where the frequency is kept, and when it is written next.
#[derive(Debug)]
pub(crate) struct SavedFrequency {
    folder: Option<PathBuf>,
    file: Option<PathBuf>,
    due: Option<Instant>,
    /// It could not be written: said once.
    failed: bool,
    /// Of a clock that is one of several in the process.
    domain: Option<i64>,
}

impl SavedFrequency {
    pub(crate) fn new(settings: &Settings) -> Self {
        let folder = match settings.text("state_directory", None).as_str() {
            // As systemd names it, where it starts the daemon.
            "" => std::env::var_os("STATE_DIRECTORY").map(PathBuf::from),
            folder => Some(folder.into()),
        };
        let domain = settings.is_one_of_several.then(|| settings.integer("domainNumber", None));
        Self { folder, file: None, due: None, failed: false, domain }
    }

    /// Sets the clock to the frequency that an earlier run has kept; if there is none, leaves it as it is found. Gives the one that is set.
    pub(crate) fn restore(&mut self, hal: &mut LinuxHal, hardware_address: [u8; 6]) -> FrequencyOffset {
        let name = match hal.clock() {
            // Each has its own, to which its master is as fast as it is.
            PtpClock::Software(_) => match self.domain {
                Some(domain) => format!("frequency-software-{domain}"),
                None => "frequency-software".to_owned(),
            },
            PtpClock::System(_) => "frequency-system".to_owned(),
            // Numbers of devices change; the interface that the clock belongs to stays.
            PtpClock::Phc(_) => format!("frequency-{}", hardware_address.map(|octet| format!("{octet:02x}")).concat()),
        };
        self.file = self.folder.as_ref().map(|folder| folder.join(name));
        let kept = self.file.as_deref().and_then(read);
        // What another clock would take may be too much for this one; then it stays as it is.
        if let Some(frequency) = kept {
            let _ = hal.set_frequency(frequency);
        }
        hal.clock().frequency()
    }

    /// Keeps the frequency once the clock is locked, and from time to time. An error is told once.
    pub(crate) fn keep(&mut self, now: Instant, following: &Following) -> Result<(), String> {
        let (Some(frequency), LockState::Locked) = (following.frequency, following.lock) else {
            self.due = None;
            return Ok(());
        };
        match self.due {
            None => self.due = Some(now.plus_nanos(FIRST_NS)),
            Some(due) if now >= due => {
                self.due = Some(now.plus_nanos(AGAIN_NS));
                return self.write(frequency);
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// At the end: leaves the clock at the frequency that keeps pace, without what is being made up, and keeps it.
    pub(crate) fn leave(&mut self, hal: &mut LinuxHal, frequency: Option<FrequencyOffset>) -> Result<(), String> {
        let Some(frequency) = frequency else { return Ok(()) };
        hal.set_frequency(frequency).map_err(|error| error.to_string())?;
        self.write(frequency)
    }

    fn write(&mut self, frequency: FrequencyOffset) -> Result<(), String> {
        let Some(file) = &self.file else { return Ok(()) };
        let written = replace(file, &format!("{}\n", frequency.scaled_ppm()));
        let told = std::mem::replace(&mut self.failed, written.is_err());
        match written {
            Err(error) if !told => Err(format!(
                "cannot keep the frequency in {}: {error}; --state_directory names a directory that may be written to",
                file.display()
            )),
            _ => Ok(()),
        }
    }
}

/// In units of 2⁻¹⁶ ppm, as the kernel counts.
fn read(path: &Path) -> Option<FrequencyOffset> {
    fs::read_to_string(path).ok()?.trim().parse().ok().map(FrequencyOffset::from_scaled_ppm)
}

/// Whoever is stopped midway leaves the old file or the new one, not a half.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;
    use syntone::datasets::{CurrentDs, TimePropertiesDs};
    use syntone_linux::{OscillatorError, SoftwareClock};

    fn hal() -> LinuxHal {
        LinuxHal::new(SoftwareClock::new(OscillatorError::default()))
    }

    fn saved(folder: &Path) -> SavedFrequency {
        let mut settings = Settings::default();
        settings.set("state_directory", None, &folder.display().to_string(), Origin::CommandLine).expect("right");
        SavedFrequency::new(&settings)
    }

    #[test]
    fn what_was_kept_after_a_lock_is_set_again_at_the_next_start() {
        let folder = std::env::temp_dir().join(format!("syntone-saved-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a directory");
        let frequency = FrequencyOffset::from_ppb(-12_345);
        let following = |lock| Following {
            syncs: 0,
            current_ds: CurrentDs::default(),
            time_properties_ds: TimePropertiesDs::default(),
            lock,
            frequency: Some(frequency),
            is_grandmaster: false,
        };
        let mut first = saved(&folder);
        assert_eq!(first.restore(&mut hal(), [0; 6]), FrequencyOffset::ZERO);
        let file = folder.join("frequency-software");
        for (seconds, lock, kept) in
            [(0, LockState::Locked, false), (9, LockState::Locked, false), (10, LockState::Locked, true)]
        {
            let now = Instant::from_nanos(seconds * 1_000_000_000);
            first.keep(now, &following(lock)).expect("it can be written");
            assert_eq!(file.exists(), kept, "after {seconds} s");
        }
        assert_eq!(saved(&folder).restore(&mut hal(), [0; 6]), frequency);
        fs::write(&file, "a torn fi").expect("it can be written");
        assert_eq!(
            saved(&folder).restore(&mut hal(), [0; 6]),
            FrequencyOffset::ZERO,
            "what is no number is no frequency"
        );
        fs::remove_dir_all(&folder).expect("it was there");
        let error = first.leave(&mut hal(), Some(frequency)).expect_err("the directory is gone");
        assert!(error.contains("--state_directory"), "{error}");
        first.leave(&mut hal(), Some(frequency)).expect("said once");
    }
}
