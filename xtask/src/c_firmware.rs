//! The firmware in C: built, held to its size, and run in QEMU.

use crate::context::{Context, run};
use crate::{cross, image, size};

/// Its folder.
const FOLDER: &str = "examples/c-firmware";
/// How much more flash than the slave in Rust it may take, in percent. The C interface takes its settings when the program
/// runs, so their checks and names are in the image; in Rust the compiler sees the settings and leaves them out.
const MORE_PERCENT: u64 = 35;

/// The step of the same name.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let target = cross::TARGETS[0];
    let mut library = cross::cargo(context, target, "rustc")?;
    // As examples/c-firmware/README.md says.
    for (name, value) in [("OPT_LEVEL", "z"), ("LTO", "fat"), ("PANIC", "abort"), ("DEBUG", "2")] {
        library.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    library.args(["--release", "-p", "syntone-capi", "--no-default-features", "--features", "panic-handler"]);
    run(library.args(["--crate-type", "staticlib"]))?;
    let library = cross::folder(context).join(target).join("release/libsyntone_capi.a");
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
    test.env("SYNTONE_FIRMWARE_C", out.join("firmware.elf"));
    run(test.args(["test", "-p", "syntone-tests", "--features", "firmware", "--test", "firmware_c"]))
}
