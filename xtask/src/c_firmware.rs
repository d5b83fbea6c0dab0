//! The firmware in C: built, held to its size, and run in QEMU.

use crate::context::{Context, run};
use crate::{cross, image, size};
use std::path::PathBuf;

/// Its folder.
const FOLDER: &str = "examples/c-firmware";
/// How much more flash than the slave in Rust it may take, in percent. The C interface takes its settings and its board when the
/// program runs; in Rust the compiler sees both, leaves out the checks and puts the board where it is called.
const MORE_PERCENT: u64 = 15;

/// The step of the same name.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let target = cross::TARGETS[0];
    let library = library(context, target)?;
    let out = context.target().join("c-firmware");
    let variables = [format!("LIB={}", library.display()), format!("OUT={}", out.display())];
    run(context.program("make").args(["-C", FOLDER]).args(variables))?;
    let flash = image::read(&out.join("quiet.elf"))?.flash;
    let in_rust = size::budget(context, "syntone slave", target)?;
    println!("slave in C: {flash} octets of flash; in Rust: {in_rust}");
    if flash * 100 > in_rust * (100 + MORE_PERCENT) {
        return Err(format!("the firmware in C takes more than {MORE_PERCENT} % more flash than that in Rust"));
    }
    let mut test = context.cargo();
    test.env("SYNTONE_FIRMWARE", &out);
    run(test.args(["test", "-p", "syntone-tests", "--features", "firmware", "--test", "firmware_c"]))
}

/// The library for a slave, small, as examples/c-firmware/README.md says.
pub(crate) fn library(context: &Context, target: &str) -> Result<PathBuf, String> {
    let mut library = cross::cargo(context, &[target], "rustc")?;
    for (name, value) in [("OPT_LEVEL", "z"), ("LTO", "fat"), ("PANIC", "abort"), ("DEBUG", "2")] {
        library.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    library.args(["--release", "-p", "syntone-capi", "--no-default-features", "--features", "panic-handler"]);
    run(library.args(["--crate-type", "staticlib"]))?;
    Ok(cross::images(context, target).join("libsyntone_capi.a"))
}

/// The program in C links with the library for a slave on `target`, the board left out; and the whole library compiles.
pub(crate) fn links(context: &Context, target: &str) -> Result<(), String> {
    let library = library(context, target)?;
    let folder = cross::images(context, target);
    let (object, image) = (folder.join("main.o"), folder.join("main.elf"));
    let mut compile = context.program("clang");
    compile.args(["-std=c11", "-Os", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffreestanding", "-DQUIET"]);
    compile.args(["-Icrates/syntone-capi/include", "-c", "examples/c-firmware/main.c"]);
    run(compile.args(c_target(target)).arg("-o").arg(&object))?;
    let mut link = context.program(cross::linker(context)?);
    link.args(["--gc-sections", "--fatal-warnings", "-e", "main", "-o"]).arg(&image).arg(object).arg(library);
    // The board, which each architecture has its own: some function.
    run(link.args(["board_start", "board_sleep_until", "board_station"].map(|name| format!("--defsym={name}=main"))))?;
    let mut whole = cross::cargo(context, &[target], "check")?;
    whole.args(["-p", "syntone-capi", "--no-default-features", "--features", "panic-handler,boundary,full"]);
    run(&mut whole)
}

/// What a target of Rust is called by compilers of C.
fn c_target(target: &str) -> &[&str] {
    match target {
        "thumbv7em-none-eabihf" => &["--target=thumbv7em-none-eabihf", "-mfpu=fpv4-sp-d16"],
        "riscv32imac-unknown-none-elf" => &["--target=riscv32-none-elf", "-march=rv32imac", "-mabi=ilp32"],
        _ => &["--target=thumbv6m-none-eabi"],
    }
}
