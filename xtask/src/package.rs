//! What makes the `syntone` command a service and a package: `packaging/`, and what is made of the command line.

use crate::context::{Context, output, run};
use std::fs;
use std::path::{Path, PathBuf};

/// What `systemd-analyze security` counts at the most, in tenths: the network, its raw sockets and the clock remain open.
const MOST_EXPOSURE: &str = "30";

/// `cargo xtask package`: builds the Debian package.
pub(crate) fn command(context: &Context) -> Result<(), String> {
    generate(context, &["--profile", "dist"], "dist")?;
    run(context.cargo().args(["build", "--profile", "dist", "--locked", "-p", "syntone-cli", "--bin", "syntone"]))?;
    // It would build the whole workspace.
    let mut deb = context.cargo();
    run(deb.args(["deb", "-p", "syntone-cli", "--locked", "--no-build", "--profile", "dist"]))
        .map_err(|error| format!("{error}; if it is not installed: cargo install cargo-deb --locked"))
}

/// Checks the unit, the example of a configuration, the man pages and the completions.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let generated = generate(context, &[], "debug")?;
    let binary = context.target().join("debug/syntone");
    check_unit(context, &binary)?;
    run(context.program(&binary).args(["run", "--check", "-f", "packaging/syntone.conf"]))?;
    check_man_pages(context, &generated)?;
    check_container(context)?;
    run(context.program("bash").arg("-n").arg(generated.join("syntone.bash")))?;
    for script in ["postinst", "prerm", "postrm"] {
        run(context.program("sh").arg("-n").arg(Path::new("packaging/deb").join(script)))?;
    }
    Ok(())
}

/// Man pages and completions, of the command line as it is. Gives their folder.
fn generate(context: &Context, profile: &[&str], name: &str) -> Result<PathBuf, String> {
    let folder = context.target().join(name).join("generated");
    // What an earlier run has left would be packaged, too.
    let _ = fs::remove_dir_all(&folder);
    let mut command = context.cargo();
    command.args(["run", "-p", "syntone-cli", "--features", "generate"]).args(profile);
    run(command.args(["--", "generate"]).arg(&folder))?;
    Ok(folder)
}

/// As systemd reads it, with a program that is there.
fn check_unit(context: &Context, binary: &Path) -> Result<(), String> {
    let unit = fs::read_to_string(context.root.join("packaging/syntone.service")).map_err(|error| error.to_string())?;
    let folder = context.target().join("unit");
    let copy = folder.join("syntone.service");
    let text = unit.replace("/usr/bin/syntone", &binary.to_string_lossy());
    fs::create_dir_all(&folder).and_then(|()| fs::write(&copy, text)).map_err(|error| error.to_string())?;
    let mut verify = context.program("systemd-analyze");
    run(verify.args(["verify", "--man=no"]).arg(&copy))?;
    let threshold = format!("--threshold={MOST_EXPOSURE}");
    run(context.program("systemd-analyze").args(["security", "--offline=yes", "--no-pager", &threshold]).arg(&copy))
}

/// The compiler of the image can build it, what is copied into it is there, and what it starts is what was copied.
fn check_container(context: &Context) -> Result<(), String> {
    let read = |path: &str| fs::read_to_string(context.root.join(path)).map_err(|error| format!("{path}: {error}"));
    let (text, manifest) = (read("packaging/Containerfile")?, read("Cargo.toml")?);
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
    let wanted = wanted.ok_or("Cargo.toml says no rust-version")?;
    if !text.contains(&format!("/rust:{wanted}-")) {
        return Err(format!("packaging/Containerfile does not build with Rust {wanted}, which Cargo.toml asks for"));
    }
    let mut copied = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let [source, target] = words[..] else { return Err(format!("packaging/Containerfile: COPY {line}")) };
        if !line.starts_with("--from=") && !context.root.join(source).exists() {
            return Err(format!("packaging/Containerfile copies {source}, which is not there"));
        }
        copied.push(target);
    }
    let started = text.lines().find_map(|line| line.strip_prefix("ENTRYPOINT [\"")?.split('"').next());
    match started.filter(|program| copied.contains(program)) {
        Some(_) => Ok(()),
        None => Err(format!("packaging/Containerfile starts {started:?}, which is not copied into it")),
    }
}

/// groff formats them without a warning, and none is on the help.
fn check_man_pages(context: &Context, folder: &Path) -> Result<(), String> {
    let files = fs::read_dir(folder).map_err(|error| error.to_string())?.flatten();
    if let Some(page) = files.map(|file| file.file_name()).find(|name| name.to_string_lossy().contains("-help")) {
        return Err(format!("{} is a page on the help", page.display()));
    }
    for page in ["syntone.1", "syntone-run.1"] {
        let mut groff = context.program("groff");
        groff.args(["-man", "-Tutf8", "-ww", "-z"]).arg(folder.join(page));
        let said = groff.stderr(std::process::Stdio::piped()).output().map_err(|error| format!("groff: {error}"))?;
        let warnings = String::from_utf8_lossy(&said.stderr).into_owned();
        if !said.status.success() || !warnings.is_empty() {
            return Err(format!("{page}: {warnings}"));
        }
    }
    let text = output(context.program("groff").args(["-man", "-Tascii", "-P-cbou"]).arg(folder.join("syntone-run.1")))?;
    let missing: Vec<_> =
        ["--metrics", "--clientOnly", "--uds_address"].into_iter().filter(|name| !text.contains(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("syntone-run.1 does not tell of {missing:?}")) }
}
