//! What a daemon costs: ours and ptp4l as slaves of one master, with the same settings.

use crate::netns::{Host, INTERFACE, Lan, require_tool};
use crate::process::Process;
use std::path::Path;
use std::time::Duration;

/// How long a master may take to become one.
const LIMIT: Duration = Duration::from_secs(60);

/// A bridge with a master of ptp4l on host 0, and room for two slaves.
#[derive(Debug)]
pub struct Run {
    lan: Lan,
    log_interval: i8,
    _master: Process,
}

/// A slave that is to be started.
#[derive(Clone, Copy, Debug)]
pub enum Slave<'a> {
    /// ptp4l, on host 1.
    Theirs,
    /// This program, on host 2.
    Ours(&'a Path),
}

impl Slave<'_> {
    const fn label(self) -> &'static str {
        match self {
            Self::Theirs => "ptp4l",
            Self::Ours(_) => "syntone",
        }
    }
}

impl Run {
    /// Starts the master, which sends a Sync each 2^`log_interval` s.
    #[must_use]
    pub fn start(log_interval: i8) -> Self {
        require_tool("ptp4l", "linuxptp");
        let lan = Lan::bridge_alone(3);
        let master = spawn(&lan, log_interval, lan.host(0), "master", Slave::Theirs, None, &["--priority1", "100"]);
        let is_master = |line: &str| line.contains("to MASTER").then_some(());
        master.wait_for("a master", LIMIT, is_master);
        Self { lan, log_interval, _master: master }
    }

    /// A slave that runs until it is dropped.
    #[must_use]
    pub fn slave(&self, slave: Slave<'_>) -> Process {
        self.spawn(slave, None)
    }

    /// How many system calls ptp4l and `ours` make in the same seconds, those of the start included.
    #[must_use]
    pub fn system_calls(&self, ours: &Path, seconds: u32) -> [u64; 2] {
        require_tool("strace", "strace");
        let slaves = [Slave::Theirs, Slave::Ours(ours)].map(|slave| {
            let counts = self.lan.file(&format!("{}.counts", slave.label()));
            (self.spawn(slave, Some((&counts, seconds))), counts)
        });
        slaves.map(|(mut process, counts)| {
            process.wait_for_end(LIMIT);
            let text = std::fs::read_to_string(&counts).expect("strace has counted");
            let total = text.lines().rev().find(|line| line.trim_end().ends_with("total")).expect("a total");
            total.split_whitespace().nth(3).and_then(|count| count.parse().ok()).expect("a number")
        })
    }

    fn spawn(&self, slave: Slave<'_>, counts: Option<(&Path, u32)>) -> Process {
        let host = match slave {
            Slave::Theirs => 1,
            Slave::Ours(_) => 2,
        };
        spawn(&self.lan, self.log_interval, self.lan.host(host), slave.label(), slave, counts, &["-s"])
    }
}

/// Starts one that steers nothing and prints a line a second; under strace for so many seconds if a file for its counts is given.
fn spawn(
    lan: &Lan,
    log: i8,
    host: &Host,
    label: &str,
    which: Slave<'_>,
    counts: Option<(&Path, u32)>,
    more: &[&str],
) -> Process {
    let (file, socket) = (lan.file(&format!("{label}.cfg")), lan.file(&format!("{label}.sock")));
    // Neither steers a clock: both print how far the master is from the machine's.
    let (program, command, options) = match which {
        Slave::Ours(program) => {
            let ro = format!("uds_ro_address {}.ro\n", socket.display());
            let options = format!("free_running 1\nlog_format linuxptp\nclock software\n{ro}");
            (program.to_string_lossy().into_owned(), &["run"][..], options)
        }
        Slave::Theirs => {
            let options = "clock_servo nullf\nfirst_step_threshold 0.0\nstep_threshold 0.0\ntx_timestamp_timeout 50\n";
            ("ptp4l".to_owned(), &["-m", "-q"][..], options.to_owned())
        }
    };
    let text = format!(
        "[global]\ntime_stamping software\nnetwork_transport L2\nlogAnnounceInterval 0\nlogSyncInterval {log}\n\
         logMinDelayReqInterval {log}\nuds_address {}\n{options}",
        socket.display(),
    );
    std::fs::write(&file, text).expect("a configuration file");
    let file = file.to_string_lossy().into_owned();
    let arguments = [&[program.as_str()], command, &["-f", &file, "-i", INTERFACE], more].concat();
    let Some((counts, seconds)) = counts else { return host.spawn(label, arguments[0], &arguments[1..]) };
    // strace keeps signals from who it watches: they end by themselves.
    let (counts, seconds) = (counts.to_string_lossy().into_owned(), seconds.to_string());
    let watched = ["-c", "-f", "-o", &counts, "timeout", "-s", "INT", &seconds];
    host.spawn(label, "strace", &[&watched[..], &arguments].concat())
}
