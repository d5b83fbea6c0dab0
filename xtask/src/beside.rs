//! Steps that wait more than they compute: a second `cargo xtask test` runs them beside those that compute, which take what
//! time of the processor is left over.

use crate::context::{Context, run};
use crate::steps::Step;
use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{self, Child, Command};

/// How much the steps that compute stand back.
const NICENESS: &str = "15";

/// The second run.
pub(crate) struct Beside {
    child: Child,
    /// What it prints.
    log: PathBuf,
    /// It has ended, and was told of.
    told: bool,
}

impl Beside {
    /// Starts it with `steps`.
    pub(crate) fn start(context: &Context, steps: &[&Step]) -> Result<Self, String> {
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        println!("\n=== {} (beside the steps that follow; told when they have ended)", names.join(", "));
        let log = context.target().join("beside.log");
        let file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let again = file.try_clone().map_err(crate::text)?;
        let own = env::current_exe().map_err(crate::text)?;
        let mut command = Command::new(own);
        command.arg("test").args(names.iter().flat_map(|name| ["--only", name])).stdout(file).stderr(again);
        let child = command.spawn().map_err(crate::text)?;
        run(context.program("renice").args(["-n", NICENESS, "-p", &process::id().to_string()]))?;
        Ok(Self { child, log, told: false })
    }

    /// An error if it has ended and a step of it failed.
    pub(crate) fn look(&mut self) -> Result<(), String> {
        if !self.told && self.child.try_wait().map_err(crate::text)?.is_some() {
            return self.end();
        }
        Ok(())
    }

    /// Waits for its end and tells of it; an error if a step of it failed.
    pub(crate) fn end(&mut self) -> Result<(), String> {
        if self.told {
            return Ok(());
        }
        let status = self.child.wait().map_err(crate::text)?;
        self.told = true;
        print!("\n{}", fs::read_to_string(&self.log).map_err(crate::text)?);
        if status.success() { Ok(()) } else { Err("a step that ran beside the others failed".into()) }
    }
}

impl Drop for Beside {
    /// A step failed meanwhile: what these show is seen as well, and nothing of them is left.
    fn drop(&mut self) {
        if let Err(message) = self.end() {
            eprintln!("{message}");
        }
    }
}
