//! `docs/porting.md`, followed to the letter for a MAC that does not exist: a copy of the template passes, what the document shows compiles,
//! and after each place the contract says what is next.

mod filled;
mod firmware;
#[path = "../../../hal-template/tests/registers/mod.rs"]
mod registers;

use registers::{Bench, Model, Modelled};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_hal::PortIndex;
use syntone_hal::contract::{Check, Fixture, Outcome, Report, check_all};
use syntone_hal_template::{Chip, FrameInfo, RawStamp, mac};

/// The MAC of the template with so many of its places filled in, from the first on.
struct Partly {
    places: u8,
    filled: filled::Mac<Model>,
    empty: mac::Mac<Model>,
}

impl Partly {
    fn new(places: u8) -> Self {
        let filled = filled::Mac { registers: Model::new(), ticks: 0 };
        Self { places, filled, empty: mac::Mac::new(Model::new()) }
    }
}

/// Calls the place of this number, as it is filled in or empty.
macro_rules! place {
    ($chip:ident, $number:literal, $name:ident($($argument:ident),*)) => {
        if $chip.places >= $number { $chip.filled.$name($($argument),*) } else { $chip.empty.$name($($argument),*) }
    };
}

impl Chip for Partly {
    const NOMINAL_ADDEND: u32 = mac::Mac::<Model>::NOMINAL_ADDEND;
    const MAX_PPB: i32 = mac::Mac::<Model>::MAX_PPB;

    fn monotonic_nanos(&mut self) -> u64 {
        place!(self, 1, monotonic_nanos())
    }

    fn read_clock(&mut self) -> RawStamp {
        place!(self, 2, read_clock())
    }

    fn step_clock(&mut self, forward: bool, seconds: u32, nanos: u32) {
        place!(self, 3, step_clock(forward, seconds, nanos));
    }

    fn set_addend(&mut self, addend: u32) {
        place!(self, 4, set_addend(addend));
    }

    fn take_frame(&mut self, buffer: &mut [u8]) -> Option<FrameInfo> {
        place!(self, 5, take_frame(buffer))
    }

    fn put_frame(&mut self, frame: &[u8], tag: Option<u8>) -> bool {
        place!(self, 6, put_frame(frame, tag))
    }

    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)> {
        place!(self, 7, take_stamp())
    }

    fn link_up(&mut self) -> bool {
        place!(self, 8, link_up())
    }

    fn mac_address(&self) -> [u8; 6] {
        place!(self, 9, mac_address())
    }
}

impl Modelled for Partly {
    fn model(&mut self) -> &mut Model {
        &mut self.filled.registers
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).expect("a file of the repository")
}

/// What the document shows for each of the nine places.
fn blocks() -> Vec<String> {
    let document = read("docs/porting.md");
    let blocks = document.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| block.trim_end().replace('\n', "\n    ")).collect()
}

/// `src/mac.rs` of the template with each place filled in by the function of the same name in the document.
fn filled_in() -> String {
    let mut source = read("hal-template/src/mac.rs");
    for block in blocks() {
        let name = block.split('(').next().expect("a function");
        let start = source.find(&format!("    {name}(")).unwrap_or_else(|| panic!("no place for {name}"));
        let end = start + source[start..].find("\n    }\n").expect("its end");
        source.replace_range(start..end + "\n    }".len(), &format!("    {block}"));
    }
    source
}

/// The places of the document's table, each with what its last column says.
fn places() -> Vec<(u8, String)> {
    let text = read("docs/porting.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, place, .., last, _] = cells[..] else { return None };
        Some((place.parse().ok()?, last.trim_matches('`').to_owned()))
    });
    rows.collect()
}

/// What became of the check of this name.
fn outcome(report: &Report, name: &str) -> Outcome {
    let check = Check::ALL.into_iter().find(|check| check.name() == name);
    report.outcome(check.unwrap_or_else(|| panic!("no check {name}")))
}

#[test]
fn the_template_filled_in_by_the_document_is_what_these_tests_are_made_with() {
    assert_eq!(blocks().len(), 9, "one for each place");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let of_impl = |text: &str| text[text.find("impl<R: Registers> Chip for Mac<R>").expect("the places")..].to_owned();
    let here = include_str!("filled.rs");
    assert_eq!(words(&of_impl(&filled_in())), words(&of_impl(here)));
}

#[test]
fn what_is_shown_of_a_firmware_compiles() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let document = read("docs/porting.md");
    let blocks: Vec<_> =
        document.split("```rust,ignore\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3, "the registers, the contract, the clock");
    let here = words(include_str!("firmware.rs"));
    for block in blocks.into_iter().map(words) {
        assert!(here.contains(&block), "not in firmware.rs: {block}");
    }
    // They are for a MAC that is not here.
    let _: fn() = firmware::check;
    let _: fn(_) -> _ = firmware::lock;
}

/// Runs `cargo test` in the copy; whether it passed, and what it said.
fn test_copy(copy: &Path) -> (bool, String) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--offline", "--quiet"]).current_dir(copy);
    let output = cargo.env("CARGO_TARGET_DIR", copy.with_file_name("target")).output().expect("cargo runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// As its first step says: elsewhere, with the path of Syntone put right.
#[test]
fn a_copy_of_the_template_passes_as_it_is_and_names_the_next_place_and_passes_when_all_are_filled_in() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("porting/board");
    let _ = fs::remove_dir_all(&copy);
    for file in ["Cargo.toml", "src/board.rs", "src/chip.rs", "src/lib.rs", "src/mac.rs"].into_iter().chain([
        "tests/contract.rs",
        "tests/mac.rs",
        "tests/registers/mod.rs",
    ]) {
        let place = copy.join(file);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        fs::write(place, read(&format!("hal-template/{file}"))).expect("a copy");
    }
    fs::copy(repository().join("Cargo.lock"), copy.join("Cargo.lock")).expect("the versions that are here");
    let crates = repository().canonicalize().expect("it exists").join("crates");
    let manifest = read("hal-template/Cargo.toml").replace("../crates", crates.to_str().expect("a path"));
    fs::write(copy.join("Cargo.toml"), manifest + "\n[workspace]\n").expect("a manifest");
    let (passes, said) = test_copy(&copy);
    assert!(passes, "{said}");

    let test = read("hal-template/tests/mac.rs");
    let test: Vec<_> = test.lines().filter(|line| !line.starts_with("#[should_panic")).collect();
    fs::write(copy.join("tests/mac.rs"), test.join("\n")).expect("a test");
    let (passes, said) = test_copy(&copy);
    let (_, first) = &places()[0];
    let named = said.lines().find(|line| line.starts_with("FAILED ")).expect("a check failed");
    assert!(!passes && named.contains(&**first), "{said}");

    fs::write(copy.join("src/mac.rs"), filled_in()).expect("a source");
    let (passes, said) = test_copy(&copy);
    assert!(passes, "{said}");
}

#[test]
fn after_each_place_the_contract_names_the_next_one() {
    let places = places();
    assert_eq!(places.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for filled in 0..=9 {
        let report = check_all(&mut Bench::new(Partly::new(filled)));
        for (place, check) in places.iter().filter(|(place, _)| *place <= 7) {
            let outcome = outcome(&report, check);
            let held = matches!(outcome, Outcome::Held);
            assert_eq!(held, *place <= filled, "{place} with {filled} filled in:\n{report:#}");
            // Later ones may rest on it, and are not reached.
            assert!(*place != filled + 1 || matches!(outcome, Outcome::Failed(_)), "{place} is next:\n{report:#}");
        }
        assert_eq!(report.passed(), filled >= 7, "{report:#}");
    }
}

#[test]
fn without_a_link_the_port_is_faulty_and_without_an_address_frames_have_no_sender() {
    for (filled, state, sender) in [(7, State::Faulty, 0), (8, State::Listening, 0), (9, State::Listening, 2)] {
        let mut bench = Bench::new(Partly::new(filled));
        let servo = PiServo::new(PiConfig::default()).expect("the default");
        let config = ClockConfig::slave_only(ClockIdentity::from_mac48([2, 0, 0, 0, 0, 1]));
        let mut clock: Clock = Clock::new(&config, &[PortConfig::default()], servo).expect("the default");
        let mut runner: Runner<192> = Runner::new();
        for _ in 0..4 {
            runner.turn(&mut clock, &mut bench.0, &mut |_| {});
            bench.pass(1_000_000);
        }
        assert_eq!(clock.port_ds(PortIndex(0)).map(|port| port.port_state), Some(state), "{filled}");
        let transmit = syntone_hal::Transmit {
            port: PortIndex(0),
            destination: syntone_hal::Destination::PrimaryMulticast,
            ticket: None,
            one_step: None,
        };
        syntone_hal::NetworkHal::send(&mut bench.0, transmit, &[0; 44]).expect("there is room");
        let sent = bench.model().sent.pop_back().expect("it has left");
        assert_eq!(sent[6..12], [sender, 0, 0, 0, 0, u8::from(sender > 0)]);
    }
}
