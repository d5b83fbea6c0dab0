//! Programs under observation: their output is read line by line as it comes, and waited for instead of slept for.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A running program. It is killed when the value goes out of scope.
#[derive(Debug)]
pub struct Process {
    label: String,
    /// Its log belongs into the message of a test that fails.
    shown: bool,
    child: Child,
    log: Arc<Log>,
}

#[derive(Debug, Default)]
struct Log {
    state: Mutex<LogState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct LogState {
    lines: Vec<String>,
    closed_streams: u8,
}

impl Process {
    /// Starts `command` and reads what it prints.
    #[must_use]
    pub fn start(label: &str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{label}: {command:?}: {error}"));
        let log = Arc::new(Log::default());
        log.follow(child.stdout.take().expect("piped"));
        log.follow(child.stderr.take().expect("piped"));
        Self { label: label.to_owned(), shown: true, child, log }
    }

    /// Its log is too long to be shown when a test fails.
    #[must_use]
    pub fn unshown(mut self) -> Self {
        self.shown = false;
        self
    }

    /// The number of lines so far, for [`Process::poll_for_after`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.log.state.lock().expect("no reader panics").lines.len()
    }

    /// Waits for a line that holds, from the first on; gives what `find` made of it.
    ///
    /// Fails with the whole log if `what` does not come within `limit` or the program ends without it.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, limit: Duration, find: impl FnMut(&str) -> Option<T>) -> T {
        let found = self.poll_for_after(0, limit, find);
        // The log is shown when this value is dropped.
        found.unwrap_or_else(|| panic!("{}: {what} did not come within {limit:?}, or before its end", self.label))
    }

    /// As [`Process::wait_for`], but from a mark on, and without failing.
    pub fn poll_for_after<T>(
        &self,
        mark: usize,
        limit: Duration,
        mut find: impl FnMut(&str) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut next = mark;
        let mut state = self.log.state.lock().expect("no reader panics");
        loop {
            while let Some(line) = state.lines.get(next) {
                next += 1;
                if let Some(found) = find(line) {
                    return Some(found);
                }
            }
            let remaining = deadline.saturating_duration_since(Instant::now());
            if remaining.is_zero() || state.closed_streams == 2 {
                return None;
            }
            state = self.log.changed.wait_timeout(state, remaining).expect("no reader panics").0;
        }
    }

    /// Waits for the end of the program and gives its status and all lines.
    #[track_caller]
    pub fn wait_for_end(&mut self, limit: Duration) -> (ExitStatus, Vec<String>) {
        let state = self.log.state.lock().expect("no reader panics");
        let waited = self.log.changed.wait_timeout_while(state, limit, |state| state.closed_streams < 2);
        let (state, timeout) = waited.expect("no reader panics");
        let lines = state.lines.clone();
        drop(state);
        assert!(!timeout.timed_out(), "{} did not end within {limit:?}", self.label);
        (self.child.wait().expect("a child of ours"), lines)
    }

    /// What it holds of the machine's memory, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("no VmRSS in {path}: {status}"))
    }

    /// The processor time that it has used, in nanoseconds, by all its threads.
    #[must_use]
    pub fn processor_nanos(&self) -> u64 {
        let path = format!("/proc/{}/task", self.child.id());
        let threads = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let files = threads.flatten().map(|thread| thread.path().join("schedstat"));
        let texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
        // On a processor, waiting for one, and how often.
        texts.filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok()).sum()
    }

    /// How many frames have come and gone over an interface of its network namespace.
    #[must_use]
    pub fn frames(&self, interface: &str) -> u64 {
        let path = format!("/proc/{}/net/dev", self.child.id());
        let table = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let line = table.lines().find_map(|line| line.trim().strip_prefix(interface)?.strip_prefix(':'));
        let fields: Vec<u64> = line.unwrap_or_default().split_whitespace().flat_map(str::parse).collect();
        // Octets, frames and six more, received; then the same, sent.
        fields.get(1).zip(fields.get(9)).map(|(received, sent)| received + sent).expect("an interface in the table")
    }

    /// Sends a signal, such as `HUP`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let arguments = ["-s", name, &self.child.id().to_string()];
        let status = Command::new("kill").args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{} cannot be sent {name}", self.label);
    }

    /// Kills the program and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The last lines that it has printed.
    fn log(&self) -> String {
        let state = self.log.state.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = state.lines.len().saturating_sub(200);
        let mut text = String::new();
        for line in state.lines.iter().skip(skipped) {
            let _ = writeln!(text, "  {} | {line}", self.label);
        }
        text
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if self.shown && std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

impl Log {
    fn follow(self: &Arc<Self>, stream: impl Read + Send + 'static) {
        let log = Arc::clone(self);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                log.state.lock().expect("no waiter panics with the lock").lines.push(line);
                log.changed.notify_all();
            }
            log.state.lock().expect("no waiter panics with the lock").closed_streams += 1;
            log.changed.notify_all();
        });
    }
}
