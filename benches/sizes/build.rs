//! Hands the memory map to the linker.

use std::env;
use std::fs;
use std::path::PathBuf;

const REGIONS: &str = "MEMORY
{
  FLASH : ORIGIN = 0x00000000, LENGTH = 256K
  RAM : ORIGIN = 0x20000000, LENGTH = 64K
}
";
/// What the linker script of riscv-rt asks for beside the regions.
const ALIASES: &str = r#"
REGION_ALIAS("REGION_TEXT", FLASH);
REGION_ALIAS("REGION_RODATA", FLASH);
REGION_ALIAS("REGION_DATA", RAM);
REGION_ALIAS("REGION_BSS", RAM);
REGION_ALIAS("REGION_HEAP", RAM);
REGION_ALIAS("REGION_STACK", RAM);
"#;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo:rustc-link-search={}", out.display());
    match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("arm") => {
            fs::write(out.join("memory.x"), REGIONS).expect("OUT_DIR is writable");
            fs::write(out.join("device.x"), "").expect("OUT_DIR is writable");
            println!("cargo:rustc-link-arg-bins=-Tlink.x");
        }
        Ok("riscv32") => {
            fs::write(out.join("memory.x"), format!("{REGIONS}{ALIASES}")).expect("OUT_DIR is writable");
            println!("cargo:rustc-link-arg-bins=-Tmemory.x");
            println!("cargo:rustc-link-arg-bins=-Tlink.x");
        }
        _ => {}
    }
}
