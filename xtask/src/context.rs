//! Where we are, what we may do, and how programs are run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// What every step is told.
pub(crate) struct Context {
    /// The root folder of the project.
    pub(crate) root: PathBuf,
    /// Nobody watches: whatever is missing is a failure.
    pub(crate) ci: bool,
    /// We are root, so that packages can be installed and network namespaces made.
    pub(crate) superuser: bool,
}

impl Context {
    pub(crate) fn new() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the xtask folder has no parent")?.to_owned();
        let ci = env::var("CI").is_ok_and(|value| value != "false" && !value.is_empty());
        let superuser = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        Ok(Self { root, ci, superuser })
    }

    /// The host's cargo, in the root folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).env_remove("LD_LIBRARY_PATH");
        command
    }

    /// Any other program, in the root folder.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root).env_remove("LD_LIBRARY_PATH");
        command
    }

    /// The folder for build results.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |target| self.root.join(target))
    }

    /// The files that git tracks or would track, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, String> {
        let listing =
            output(self.program("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
        let files = listing.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
        Ok(files.filter(|file| self.root.join(file).is_file()).collect())
    }
}

/// Prints the command as it could be typed (on standard error, so that output for programs stays clean), runs it with our own output, and fails unless it ends well.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let line = line(command);
    eprintln!("$ {line}");
    let status = command.status().map_err(|error| format!("cannot run `{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` ended with {status}")) }
}

/// Does `work` with each of `items` at the same time, and gives back what came of it in their order, or the first error.
pub(crate) fn side_by_side<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(move || work(item))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into()))).collect()
    })
}

/// Runs the command silently and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let line = line(command);
    let output = command.output().map_err(|error| format!("cannot run `{line}`: {error}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{line}` ended with {}\n{complaint}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("`{line}` printed no text: {error}"))
}

/// The command as it could be typed, with the variables that were set.
fn line(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        value.map(|value| format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())))
    });
    let program = Path::new(command.get_program());
    let program = program.file_name().filter(|_| program.ends_with("bin/cargo")).unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| quoted(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}
