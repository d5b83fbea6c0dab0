//! The steps of `cargo xtask test`.

use crate::context::{Context, output, run, side_by_side};
use crate::install::{self, Need};
use crate::{c_firmware, conformance, cross, graph, house, monitoring, msrv, options, package, size};
use std::fs;
use std::path::{Path, PathBuf};

/// One step.
pub(crate) struct Step {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it shows, in a few words.
    pub(crate) about: &'static str,
    /// What it needs beside Rust.
    pub(crate) needs: &'static [Need],
    /// It makes network namespaces.
    pub(crate) superuser: bool,
    /// It needs nothing but the compiler and little time.
    pub(crate) quick: bool,
    /// It waits more than it computes, so that it runs beside the steps after it.
    pub(crate) waits: bool,
    /// Does it; the error says what is wrong.
    pub(crate) run: fn(&Context) -> Result<(), String>,
}

/// Firmware for boards that nobody has here: it is built.
const BOARDS: [&str; 2] = ["examples/stm32f767-nucleo/Cargo.toml", "examples/stm32h743-nucleo/Cargo.toml"];
/// Tests of firmware that make network namespaces; the others reach the board by sockets of the loopback interface.
const IN_NETWORKS: [&str; 2] = ["boards_and_programs_follow_each_other", "echo::"];
/// The package of the board's firmware.
const BOARD_MANIFEST: &str = "examples/qemu-mps2/Cargo.toml";

/// Interop's tests whose network is the only one, in parts of their names.
const ALONE: [&str; 3] = ["cost::", "faults::a_flood_", "pmc::a_flood_"];

const fn step(name: &'static str, about: &'static str, run: fn(&Context) -> Result<(), String>) -> Step {
    Step { name, about, needs: &[], superuser: false, quick: false, waits: false, run }
}

/// All of them, in order.
pub(crate) const STEPS: &[Step] = &[
    Step { quick: true, ..step("fmt", "every file is formatted", fmt) },
    Step { quick: true, ..step("house", "house rules that no compiler checks", house::step) },
    Step { quick: true, ..step("graph", "modules and crates are built on what is below them", graph::step) },
    Step { quick: true, ..step("clippy", "lints, with every set of features", clippy) },
    step("unit", "unit, property, conformance and scenario tests", unit),
    Step {
        needs: &install::INTEROP,
        superuser: true,
        ..step("floods", "other implementations, in a namespace and with the machine for themselves", floods)
    },
    Step {
        needs: &install::INTEROP,
        superuser: true,
        waits: true,
        ..step("interop", "other implementations, in namespaces", interop)
    },
    Step {
        needs: &install::FIRMWARE,
        waits: true,
        ..step("firmware", "Cortex-M boards in QEMU, as slaves and as masters of programs on the host", firmware)
    },
    Step {
        needs: &install::C_FIRMWARE,
        waits: true,
        ..step(
            "firmware-c",
            "a Cortex-M board in QEMU whose program is in C locks, and is not much larger",
            c_firmware::step,
        )
    },
    step("conformance", "docs/conformance.md says what the source says", conformance::step),
    step("options", "docs/from-linuxptp.md says what the daemon does", options::step),
    Step {
        needs: &install::MONITORING,
        ..step("monitoring", "alert rules fire at their thresholds", monitoring::step)
    },
    Step { needs: &install::PACKAGING, ..step("packaging", "unit, example, man pages and completions", package::step) },
    step("doctest", "examples in the documentation", doctest),
    step("doc", "the documentation builds without a warning", doc),
    Step { needs: &install::CPP, ..step("cpp", "C++ programs lock through the C interface", cpp) },
    Step {
        needs: &install::CROSS_ALL,
        ..step(
            "cross",
            "the core, the C library and firmware build for microcontrollers, without a warning",
            cross_build,
        )
    },
    Step { needs: &install::STM32, ..step("stm32", "firmware for STM32 locks on a model of the chip", stm32) },
    Step {
        needs: &install::GUEST,
        ..step("guest", "hardware clocks and stamps of a real kernel, in a guest of its own", guest)
    },
    Step {
        needs: &install::CROSS,
        ..step("size", "firmware within its budget, without panics and formatting", size::step)
    },
    Step { needs: &install::MSRV, ..step("msrv", "the core builds with the oldest promised Rust", msrv::step) },
];

/// The manifests of packages that stand outside the workspace.
fn apart(context: &Context) -> Result<Vec<PathBuf>, String> {
    let has_own_workspace = |file: &PathBuf| {
        let text = fs::read_to_string(context.root.join(file)).unwrap_or_default();
        file.parent() != Some(Path::new("")) && text.lines().any(|line| line == "[workspace]")
    };
    let manifests = context.files()?.into_iter().filter(|file| file.ends_with("Cargo.toml"));
    Ok(manifests.filter(has_own_workspace).collect())
}

fn fmt(context: &Context) -> Result<(), String> {
    run(context.cargo().args(["fmt", "--all", "--check"]))?;
    for manifest in apart(context)? {
        run(context.cargo().args(["fmt", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(())
}

fn clippy(context: &Context) -> Result<(), String> {
    let clippy = |arguments: &[&str]| {
        run(context.cargo().arg("clippy").args(arguments).args(["--all-targets", "--", "-D", "warnings"]))
    };
    clippy(&["--workspace"])?;
    clippy(&["-p", "syntone", "--no-default-features"])?;
    clippy(&["-p", "syntone-hal", "-p", "syntone", "-p", "syntone-smoltcp", "--all-features"])?;
    clippy(&["-p", "syntone-tests", "--features", "cost,firmware,guest"])?;
    run(context.cargo().args([
        "clippy",
        "--manifest-path",
        BOARD_MANIFEST,
        "--features",
        "sockets",
        "--lib",
        "--tests",
        "--",
        "-D",
        "warnings",
    ]))
}

fn unit(context: &Context) -> Result<(), String> {
    let mut command = context.cargo();
    command.args(["test", "--workspace", "--exclude", "syntone-tests", "--lib", "--bins", "--tests", "--examples"]);
    run(&mut command)?;
    run(context.cargo().args(["test", "-p", "syntone", "--no-default-features", "--lib"]))?;
    let small = ["--no-default-features", "--features", "std", "--test", "small"];
    run(context.cargo().args(["test", "-p", "syntone-capi"]).args(small))?;
    let all = ["--features", "contract,ipv6,smoltcp", "--lib", "--tests"];
    run(context.cargo().args(["test", "-p", "syntone-smoltcp"]).args(all))?;
    run(context.cargo().args(["test", "-p", "syntone-smoltcp", "--no-default-features", "--tests"]))?;
    let tests = integration_tests(context)?;
    let elsewhere = |name: &str| ["interop", "firmware", "firmware_c", "cost", "guest"].contains(&name);
    let tests: Vec<_> = tests.iter().filter(|name| !elsewhere(name)).flat_map(|name| ["--test", name]).collect();
    run(context.cargo().args(["test", "-p", "syntone-tests", "--lib"]).args(tests))?;
    run(context.cargo().args(["test", "--manifest-path", BOARD_MANIFEST, "--features", "sockets", "--lib"]))
}

fn doctest(context: &Context) -> Result<(), String> {
    run(context.cargo().args(["test", "--workspace", "--doc"]))
}

fn doc(context: &Context) -> Result<(), String> {
    let mut command = context.cargo();
    command.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    run(&mut command)
}

/// The tests wait more than they compute: more of them at a time than there are cores.
fn interop(context: &Context) -> Result<(), String> {
    let alone = ALONE.map(|name| ["--skip", name]);
    interop_tests(context, &[&["--test-threads=8"], alone.as_flattened()].concat())
}

/// Those that would harm others, or measure the machine itself.
fn floods(context: &Context) -> Result<(), String> {
    interop_tests(context, &[&["--test-threads=1"], &ALONE[..]].concat())
}

fn interop_tests(context: &Context, arguments: &[&str]) -> Result<(), String> {
    run(context.cargo().args(["test", "-p", "syntone-tests", "--test", "interop", "--"]).args(arguments))
}

/// Each C++ example is built and run by its own Makefile.
fn cpp(context: &Context) -> Result<(), String> {
    // Firmware in C has a step of its own.
    let is_for_the_host =
        |file: &PathBuf| file.to_string_lossy().starts_with("examples/cpp-") && file.ends_with("Makefile");
    for makefile in context.files()?.into_iter().filter(is_for_the_host) {
        let folder = makefile.parent().unwrap_or(&makefile);
        run(context.program("make").args(["-j2", "-C"]).arg(folder).arg("check"))?;
    }
    Ok(())
}

/// The names of the integration tests of the package for tests.
fn integration_tests(context: &Context) -> Result<Vec<String>, String> {
    let metadata = output(context.cargo().args(["metadata", "--no-deps", "--format-version=1", "--offline"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let package = packages.iter().find(|package| package["name"] == "syntone-tests");
    let targets = package.map(|package| list(&package["targets"])).unwrap_or_default();
    let tests = targets.iter().filter(|target| list(&target["kind"]).iter().any(|kind| kind == "test"));
    Ok(tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}

fn firmware(context: &Context) -> Result<(), String> {
    let target = cross::TARGETS[0];
    let build = |more: &[&str]| {
        let mut command = cross::cargo(context, &[target], "build")?;
        run(command.args(["--release", "--manifest-path", BOARD_MANIFEST]).args(more))
    };
    // First what a slave needs and no more, then what can be master.
    build(&["--bins"])?;
    let masters = ["master", "master-ipv4", "boundary", "alone"].map(|name| ["--bin", name]);
    build(&[&["--features", "master"], masters.as_flattened()].concat())?;
    build(&["--features", "contract", "--bin", "contract", "--bin", "contract-broken"])?;
    build(&["--features", "sockets", "--bin", "slave-echo"])?;
    let images = cross::images(context, target);
    let mut test = context.cargo();
    test.env("SYNTONE_FIRMWARE", images).args(["test", "-p", "syntone-tests", "--features", "firmware"]);
    test.args(["--test", "firmware", "--", "--nocapture"]);
    if !context.superuser {
        println!("not run without root: {}", IN_NETWORKS.join(", "));
        test.args(IN_NETWORKS.iter().flat_map(|name| ["--skip", name]));
    }
    run(&mut test)
}

fn guest(context: &Context) -> Result<(), String> {
    let cache = context.target().join("kernel-lab");
    let mut prepare = context.program("tests/kernel-lab/kernel-lab");
    prepare.env("KERNEL_LAB_CACHE", &cache).arg("prepare");
    if context.superuser {
        prepare.arg("--install");
    }
    run(&mut prepare)?;
    let mut test = context.cargo();
    test.env("KERNEL_LAB_CACHE", cache).args(["test", "-p", "syntone-tests", "--features", "guest"]);
    run(test.args(["--test", "guest", "--", "--test-threads=2"]))
}

fn cross_build(context: &Context) -> Result<(), String> {
    run(cross::cargo(context, &cross::TARGETS, "check")?.args(["-p", "syntone"]))?;
    cross::TARGETS.iter().try_for_each(|target| c_firmware::links(context, target))?;
    BOARDS.iter().try_for_each(|manifest| build_board(context, manifest).map(|_| ()))?;
    lint_board(context)
}

/// What of the board's firmware builds for a microcontroller alone.
fn lint_board(context: &Context) -> Result<(), String> {
    let mut clippy = cross::cargo(context, &cross::TARGETS[..1], "clippy")?;
    let all = ["--release", "--features", "master,contract,sockets", "--manifest-path", BOARD_MANIFEST];
    run(clippy.args(all).args(["--", "-D", "warnings"]))
}

/// Builds the images of a board, and gives the folder that they are in.
fn build_board(context: &Context, manifest: &str) -> Result<PathBuf, String> {
    let target = cross::TARGETS[0];
    let mut build = cross::cargo(context, &[target], "build")?;
    build.env("DEFMT_LOG", "info").args(["--release", "--manifest-path", manifest]);
    run(build.args(["--features", "contract"]))?;
    Ok(cross::images(context, target))
}

/// The images that are flashed: the slave with all stamps and with one in five lost, and the contract; a model uses one core.
fn stm32(context: &Context) -> Result<(), String> {
    let mut runs = Vec::new();
    for manifest in BOARDS {
        let folder = build_board(context, manifest)?;
        let name = Path::new(manifest).parent().and_then(Path::file_name).unwrap_or_default();
        let slave = folder.join(name);
        let contract = PathBuf::from(slave.to_string_lossy().replace("-nucleo", "-contract"));
        runs.extend([(slave.clone(), "0"), (slave, "5"), (contract, "0")]);
    }
    side_by_side(&runs, |(image, lose)| run(context.program("tests/stm32-model/run").arg(image).arg(lose)))?;
    Ok(())
}
