//! The oldest Rust that the core and the C interface promise to build with.

use crate::context::{Context, output, run};
use std::fs;
use std::path::{Path, PathBuf};

/// The version that the manifests of [`CRATES`] name.
const VERSION: &str = "1.85";
/// Who promises it.
const CRATES: [&str; 4] = ["syntone-hal", "syntone", "syntone-smoltcp", "syntone-stm32"];

/// Checks the crates with that very compiler.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let toolchain = toolchain(context)?;
    let check = |arguments: &[&str]| {
        let mut command = context.program(toolchain.join("usr/bin/cargo"));
        command
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("RUSTC", toolchain.join("usr/bin/rustc"))
            .env("LD_LIBRARY_PATH", toolchain.join("usr/lib/x86_64-linux-gnu"))
            .env("CARGO_TARGET_DIR", context.target().join("msrv"))
            .args(["check", "--locked"])
            .args(arguments);
        run(&mut command)
    };
    for name in CRATES {
        check(&["-p", name, "--all-features"])?;
    }
    check(&["-p", "syntone", "--no-default-features"])?;
    // Its feature `linux` is built on a crate that promises less.
    check(&["-p", "syntone-capi", "--no-default-features", "--features", "std,boundary"])
}

/// Debian's packages of that version, unpacked into a folder of ours.
fn toolchain(context: &Context) -> Result<PathBuf, String> {
    let folder = context.target().join("toolchain").join(VERSION);
    if !folder.join("usr/bin/rustc").exists() {
        fetch(context, &folder)?;
    }
    let version = output(
        context
            .program(folder.join("usr/bin/rustc"))
            .env("LD_LIBRARY_PATH", folder.join("usr/lib/x86_64-linux-gnu"))
            .arg("--version"),
    )?;
    if version.starts_with(&format!("rustc {VERSION}.")) {
        return Ok(folder);
    }
    Err(format!("{} is {version}, not {VERSION}", folder.display()))
}

fn fetch(context: &Context, folder: &Path) -> Result<(), String> {
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).map_err(|error| format!("cannot make {}: {error}", packages.display()))?;
    let names = ["rustc-web", "cargo-web", "libstd-rust-web-dev"].map(|name| format!("{name}={VERSION}.*"));
    let library = format!("libstd-rust-web-{VERSION}");
    let unsandboxed = ["-o", "APT::Sandbox::User=root", "-qq", "download"];
    let mut download = context.program("apt-get");
    run(download.current_dir(&packages).args(unsandboxed).args(names).arg(library))
        .map_err(|message| format!("{message}\nDebian's packages of Rust {VERSION} are needed (bookworm has them)"))?;
    for entry in fs::read_dir(&packages).map_err(|error| error.to_string())? {
        let package = entry.map_err(|error| error.to_string())?.path();
        run(context.program("dpkg").arg("-x").arg(package).arg(folder))?;
    }
    Ok(())
}
