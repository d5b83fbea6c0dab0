//! Building for microcontrollers, with whatever toolchain this machine has.
//!
//! A user has `rustup target add`; an automatic check does not, and takes Debian's second toolchain, which builds the
//! `core` library from its sources.

use crate::context::{Context, output};
use crate::install;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where firmware must run: Cortex-M4F, Cortex-M0+, and a RISC-V with atomics.
pub(crate) const TARGETS: [&str; 3] = ["thumbv7em-none-eabihf", "thumbv6m-none-eabi", "riscv32imac-unknown-none-elf"];

/// That of Debian's toolchain.
const CARGO: &str = "/usr/bin/cargo";

/// A cargo that builds for each of `targets` at the same time, its profile set to what firmware is built with.
pub(crate) fn cargo(context: &Context, targets: &[&str], subcommand: &str) -> Result<Command, String> {
    for target in targets {
        if !host_has(context, target)? {
            return cargo_from_source(context, targets, subcommand);
        }
    }
    let mut command = context.cargo();
    command.arg(subcommand).env("CARGO_TARGET_DIR", folder(context));
    command.args(targets.iter().flat_map(|target| ["--target", target]));
    Ok(command)
}

/// The same, with a `core` library that is built from source with the image's own optimisation: what sizes are
/// published with.
pub(crate) fn cargo_from_source(context: &Context, targets: &[&str], subcommand: &str) -> Result<Command, String> {
    // A subcommand that is a program of its own is called by its name: cargo would take that of the host's toolchain.
    let own = format!("{CARGO}-{subcommand}");
    let mut command = context.program(if Path::new(&own).exists() { &own } else { CARGO });
    let linker = linker(context)?;
    let variable = |target: &&str| format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
    command
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("CARGO", CARGO)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zemit-stack-sizes")
        .env("CARGO_TARGET_DIR", folder(context))
        .envs(targets.iter().map(|target| (variable(target), &linker)))
        .args([subcommand, "-Zbuild-std=core"])
        .args(targets.iter().flat_map(|target| ["--target", target]));
    Ok(command)
}

/// The folder for what [`cargo`] builds.
fn folder(context: &Context) -> PathBuf {
    context.target().join("cross")
}

/// Where the images are that [`cargo`] builds.
pub(crate) fn images(context: &Context, target: &str) -> PathBuf {
    folder(context).join(target).join("release")
}

fn host_has(context: &Context, target: &str) -> Result<bool, String> {
    let sysroot = output(context.program("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(target).join("lib").is_dir())
}

/// The linker of the same LLVM as Debian's rustc; installed on the first call.
pub(crate) fn linker(context: &Context) -> Result<String, String> {
    let version = output(context.program("/usr/bin/rustc").arg("-vV"))?;
    let llvm = version.lines().find_map(|line| line.strip_prefix("LLVM version: "));
    let major = llvm.and_then(|llvm| llvm.split('.').next()).ok_or("rustc -vV names no LLVM version")?;
    let linker = format!("/usr/bin/ld.lld-{major}");
    if !Path::new(&linker).exists() {
        install::install(context, &[format!("lld-{major}")])?;
    }
    Ok(linker)
}
