//! Header and library agree, and change together with the version of the interface.
//!
//! The header is read as a C program would see it; a C program is made of it that tells every size, offset and number as the C
//! compiler has it, and the same list in Rust, which is committed. After a change of the header, write list and fingerprint anew:
//! `SYNTONE_WRITE_HEADER=1 cargo test -p syntone-capi --test abi`.
#![cfg(all(
    feature = "full",
    feature = "boundary",
    feature = "linux",
    target_os = "linux",
    target_pointer_width = "64"
))]

mod parse;

use core::mem::offset_of;
use parse::{Declared, declared};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use syntone_capi::{
    attached::*, board::*, clock::*, codec::*, codec_message::*, config::*, describe::*, event::*, grandmaster::*,
    histogram::*, lent::*, linux::*, management::*, masters::*, performance::*, result::*, settings::*, signaling::*,
    slave_event::*, status::*, transparent::*, transparent_config::*,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

fn header() -> Declared {
    declared(&fs::read_to_string(folder().join("include/syntone.h")).expect("the committed header"))
}

/// What is written anew when it is asked for, and otherwise has to be as it is.
fn committed(name: &str, made: &str) -> String {
    let path = folder().join("tests/abi").join(name);
    if std::env::var_os("SYNTONE_WRITE_HEADER").is_some() {
        fs::write(&path, made).expect("the folder can be written");
    }
    fs::read_to_string(&path).unwrap_or_default()
}

/// The list in Rust: name and number of each.
fn rust_list(header: &Declared) -> String {
    let mut list =
        String::from("// Made by the test `abi`: do not change it by hand.\nconst LIST: &[(&str, i128)] = &[\n");
    for (name, rust) in &header.constants {
        writeln!(list, "    (\"{name}\", {rust} as i128),").expect("a string");
    }
    for (name, members) in &header.structs {
        let rust = parse::camel(name);
        writeln!(list, "    (\"sizeof {name}\", size_of::<{rust}>() as i128),").expect("a string");
        writeln!(list, "    (\"alignof {name}\", align_of::<{rust}>() as i128),").expect("a string");
        for member in members {
            writeln!(list, "    (\"{name}.{member}\", offset_of!({rust}, {member}) as i128),").expect("a string");
        }
    }
    list + "];\n"
}

/// The list as a C compiler has it, in lines; `name` is one for its files.
fn c_list(header: &Declared, name: &str) -> String {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (source, binary) = (out.with_extension("c"), out);
    fs::write(&source, c_program(header)).expect("the folder can be written");
    let include = folder().join("include");
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(include).arg(source).arg("-o").arg(&binary);
    assert!(compile.status().expect("a C compiler").success());
    String::from_utf8(Command::new(binary).output().expect("it runs").stdout).expect("ASCII")
}

fn c_program(header: &Declared) -> String {
    let mut program =
        String::from("#include <syntone.h>\n#include <stdalign.h>\n#include <stdio.h>\nint main(void) {\n");
    let mut print = |name: &str, value: &str| {
        writeln!(program, "    printf(\"%s %lld\\n\", \"{name}\", (long long)({value}));").expect("a string");
    };
    for (name, _) in &header.constants {
        print(name, name);
    }
    for (name, members) in &header.structs {
        print(&format!("sizeof {name}"), &format!("sizeof(struct {name})"));
        print(&format!("alignof {name}"), &format!("alignof(struct {name})"));
        for member in members {
            print(&format!("{name}.{member}"), &format!("offsetof(struct {name}, {member})"));
        }
    }
    program + "    return 0;\n}\n"
}

include!("list.in");

#[test]
fn sizes_alignments_offsets_and_constants_are_the_same_in_c_and_in_rust() {
    let header = header();
    let made = rust_list(&header);
    assert_eq!(committed("list.in", &made), made, "the list is out of date: see the top of this test");
    let rust: String = LIST.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    let c = c_list(&header, "abi-list");
    let differs = c.lines().zip(rust.lines()).find(|(c, rust)| c != rust);
    assert_eq!((differs, c.lines().count()), (None, rust.lines().count()));
    assert!(c.lines().count() > 300, "{} things were compared", c.lines().count());
}

/// What is there stays as it is within one version; more may come.
#[test]
fn nothing_that_a_compiled_program_relies_on_changes_without_a_new_version() {
    let header = header();
    let functions: String = header.functions.iter().map(|function| format!("{function}\n")).collect();
    let now = c_list(&header, "abi-fingerprint") + &functions;
    let name = format!("version-{SYNTONE_ABI_VERSION}.txt");
    let before = fs::read_to_string(folder().join("tests/abi").join(&name)).unwrap_or_default();
    let lost: Vec<&str> = before.lines().filter(|line| !now.lines().any(|other| other == *line)).collect();
    assert!(lost.is_empty(), "changed without a new SYNTONE_ABI_VERSION: {lost:#?}");
    assert_eq!(committed(&name, &now), now, "the fingerprint is out of date: see the top of this test");
}
