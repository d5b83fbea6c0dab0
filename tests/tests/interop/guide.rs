//! docs/c-api.md, word for word: its commands are run, its programs built and left to lock to ptp4l in a network namespace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, ptp4l};

/// The blocks of the page in one language, in their order.
fn blocks(language: &str) -> Vec<String> {
    let page = include_str!("../../../docs/c-api.md");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            blocks.extend((found == language).then_some(block));
        }
    }
    blocks
}

/// The blocks, of which the page has so many.
fn blocks_of<const COUNT: usize>(language: &str) -> [String; COUNT] {
    let blocks = blocks(language);
    let count = blocks.len();
    blocks
        .try_into()
        .unwrap_or_else(|_| panic!("{count} blocks of {language}: which are new, and what shows that they are right?"))
}

/// A folder with the programs of the page, and what stands for the places that the page names.
struct Workshop {
    folder: PathBuf,
    root: PathBuf,
    target: PathBuf,
}

impl Workshop {
    /// Empty but for the programs of the page.
    fn new(name: &str) -> Self {
        for (tool, package) in [("gcc", "gcc"), ("g++", "g++"), ("cmake", "cmake"), ("pkg-config", "pkg-config")] {
            require_tool(tool, package);
        }
        // …/target/debug/deps/interop-0123
        let test = std::env::current_exe().expect("the path of this test");
        let target = test.ancestors().nth(3).expect("three folders above a test").to_owned();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
        let folder = target.join("guide-c").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let [board, clock, run, tell, transparent] = blocks_of("c");
        fs::write(folder.join("yours.c"), [board, clock, run, tell].concat()).expect("a file");
        // What it takes over from the program of before.
        let given = "const uint8_t *my_identity, syntone_hal hal, syntone_config_error error";
        let begin = format!("#include <string.h>\n#include <syntone.h>\nvoid make({given});\nvoid make({given}) {{\n");
        fs::write(folder.join("transparent.c"), format!("{begin}{transparent}}}\n")).expect("a file");
        let [cpp] = blocks_of("cpp");
        fs::write(folder.join("yours.cpp"), cpp).expect("a file");
        Self { folder, root, target }
    }

    fn prefix(&self) -> String {
        self.folder.join("prefix").display().to_string()
    }

    /// Runs what the page says, in this folder instead of the project's.
    fn run(&self, commands: &str) {
        let (root, target) = (self.root.display(), self.target.display());
        let here = commands
            .replace("-p syntone-capi", &format!("--quiet --manifest-path {root}/Cargo.toml -p syntone-capi"))
            .replace("crates/syntone-capi", &format!("{root}/crates/syntone-capi"))
            .replace("target/release", &format!("{target}/release"))
            // Built once, in the folder for build results.
            .replace("-B build", &format!("-B build -DSYNTONE_TARGET_DIR={target}"))
            .replace("/usr/local", &self.prefix());
        let mut shell = Command::new("sh");
        shell.args(["-exc", &here]).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        shell.env("PKG_CONFIG_PATH", self.folder.join("prefix/lib/pkgconfig"));
        assert!(shell.status().expect("a shell").success(), "{here}");
    }

    /// Makes a project of a block of CMake's language, and builds it.
    fn build_with_cmake(&self, name: &str, block: &str, options: &str) -> PathBuf {
        let project = self.folder.join(name);
        fs::create_dir_all(&project).expect("a folder");
        fs::copy(self.folder.join("yours.cpp"), project.join("yours.cpp")).expect("a file");
        let begin = "cmake_minimum_required(VERSION 3.18)\nproject(yours C CXX)\nset(CMAKE_CXX_STANDARD 17)\n";
        fs::write(project.join("CMakeLists.txt"), format!("{begin}{block}")).expect("a file");
        self.run(&format!("cmake -S {name} -B of-{name} {options} && cmake --build of-{name}"));
        self.folder.join(format!("of-{name}/yours"))
    }

    /// The program, on an interface beside ptp4l, locks.
    fn locks(&self, program: &Path) {
        let lan = Lan::cable();
        let _master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::Udp4));
        let libraries = format!("LD_LIBRARY_PATH={}/lib", self.prefix());
        let program = program.to_string_lossy();
        let slave = lan.host(1).spawn("yours", "env", &[&libraries, &program, INTERFACE]);
        slave.wait_for("lock", Duration::from_secs(60), |line| (line == "locked").then_some(()));
    }
}

#[test]
fn the_page_leads_from_nothing_to_a_locked_clock_in_c() {
    let workshop = Workshop::new("c");
    let [in_place, installed, firmware] = blocks_of("sh");
    // `cargo xtask test --only cross` builds for microcontrollers.
    assert!(firmware.contains("--target thumbv7em-none-eabihf"));
    workshop.run(
        "gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -Icrates/syntone-capi/include -fsyntax-only yours.c transparent.c",
    );
    workshop.run(&in_place);
    fs::rename(workshop.folder.join("yours"), workshop.folder.join("yours-in-place")).expect("a program");
    workshop.run(&installed);
    workshop.locks(&workshop.folder.join("yours-in-place"));
    workshop.locks(&workshop.folder.join("yours"));
}

#[test]
fn the_page_leads_from_nothing_to_a_locked_clock_in_cpp() {
    let workshop = Workshop::new("cpp");
    let [found, fetched] = blocks_of("cmake");
    let [_, installed, _] = blocks_of("sh");
    let install = installed.lines().next().expect("a line that installs");
    workshop.run(install);
    let options = format!("-DCMAKE_PREFIX_PATH={}", workshop.prefix());
    workshop.locks(&workshop.build_with_cmake("found", &found, &options));
    // What would be fetched is here.
    let (root, target) = (workshop.root.display(), workshop.target.display());
    let options = format!("-DFETCHCONTENT_SOURCE_DIR_SYNTONE={root} -DSYNTONE_TARGET_DIR={target}");
    let fetched = fetched.replace("<repository>", "https://example.org/syntone").replace("<tag>", "main");
    workshop.locks(&workshop.build_with_cmake("fetched", &fetched, &options));
}
