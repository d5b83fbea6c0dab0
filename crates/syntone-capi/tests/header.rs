//! The committed header is what the code makes. To write it anew: `SYNTONE_WRITE_HEADER=1 cargo test -p syntone-capi
//! --test header`.

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, ItemType, Language, RenameRule, Style};
use std::collections::BTreeSet;
use std::path::Path;

/// The names that C sees.
const NAMES: &[(&str, &str)] = &[
    ("SyntoneAcceptableMaster", "syntone_acceptable_master"),
    ("SyntoneAcceptedIntervals", "syntone_accepted_intervals"),
    ("SyntoneAccuracyMetrics", "syntone_accuracy_metrics"),
    ("SyntoneAddress", "syntone_address"),
    ("SyntoneAlternateMaster", "syntone_alternate_master"),
    ("SyntoneAlternateTimescale", "syntone_alternate_timescale"),
    ("SyntoneClock", "syntone_clock"),
    ("SyntoneConfig", "syntone_config"),
    ("SyntoneConfigError", "syntone_config_error"),
    ("SyntoneDescription", "syntone_description"),
    ("SyntoneEgressStamp", "syntone_egress_stamp"),
    ("SyntoneEvent", "syntone_event"),
    ("SyntoneFault", "syntone_fault"),
    ("SyntoneGrandmaster", "syntone_grandmaster"),
    ("SyntoneHal", "syntone_hal"),
    ("SyntoneHistogram", "syntone_histogram"),
    ("SyntoneHistograms", "syntone_histograms"),
    ("SyntoneHoldoverUpgrade", "syntone_holdover_upgrade"),
    ("SyntoneIntervalRequest", "syntone_interval_request"),
    ("SyntoneLinux", "syntone_linux"),
    ("SyntoneLinuxConfig", "syntone_linux_config"),
    ("SyntoneLinuxError", "syntone_linux_error"),
    ("SyntoneLinuxPort", "syntone_linux_port"),
    ("SyntoneLock", "syntone_lock"),
    ("SyntoneMessage", "syntone_message"),
    ("SyntoneParseError", "syntone_parse_error"),
    ("SyntoneTlv", "syntone_tlv"),
    ("SyntoneMaster", "syntone_master"),
    ("SyntoneOnAnswer", "syntone_on_answer"),
    ("SyntoneOnEvent", "syntone_on_event"),
    ("SyntoneOnTlv", "syntone_on_tlv"),
    ("SyntonePerformance", "syntone_performance"),
    ("SyntonePortCapabilities", "syntone_port_capabilities"),
    ("SyntonePortConfig", "syntone_port_config"),
    ("SyntonePortIdentity", "syntone_port_identity"),
    ("SyntonePortPerformance", "syntone_port_performance"),
    ("SyntonePortState", "syntone_port_state"),
    ("SyntonePortStatus", "syntone_port_status"),
    ("SyntoneReceived", "syntone_received"),
    ("SyntoneReceivedTlv", "syntone_received_tlv"),
    ("SyntoneRequest", "syntone_request"),
    ("SyntoneResponse", "syntone_response"),
    ("SyntoneResult", "syntone_result"),
    ("SyntoneSlaveEvent", "syntone_slave_event"),
    ("SyntoneSlaveMonitoring", "syntone_slave_monitoring"),
    ("SyntoneSpread", "syntone_spread"),
    ("SyntoneStatus", "syntone_status"),
    ("SyntoneTimeProperties", "syntone_time_properties"),
    ("SyntoneTimestamp", "syntone_timestamp"),
    ("SyntoneTransmit", "syntone_transmit"),
    ("SyntoneTransparent", "syntone_transparent"),
    ("SyntoneTransparentConfig", "syntone_transparent_config"),
    ("SyntoneTransparentPort", "syntone_transparent_port"),
    ("SyntoneTransparentPortConfig", "syntone_transparent_port_config"),
    ("SyntoneUtc", "syntone_utc"),
];

const INTRODUCTION: &str = "\
/*
 * The C interface of Syntone, an IEEE 1588-2019 (PTP) stack.
 *
 * Made by cbindgen from crates/syntone-capi: do not change it by hand. C11 and C++17.
 *
 * Use: fill in a syntone_config (syntone_config_init) and a syntone_hal, make a clock in storage of yours
 * (syntone_clock_init), call syntone_clock_run_once again and again: at the time that it asks for, and whenever the
 * board has received or stamped something. That is all that a slave takes; docs/c-api.md has it as a whole program. What
 * else there is, in this order: messages as octets and structs; status; grandmaster, holdover and UTC; settings;
 * management; storage that is lent, and what is kept there; performance; Signaling; transparent clocks; and, on Linux, a
 * board ready made.
 *
 * Calls: a struct that begins with struct_size is told its size before each call, by its _init function or by you; reserved
 * members are 0. Ports count from 0 (portNumber of the standard from 1). Texts are UTF-8 and end with NUL. The functions
 * of a library that was built without its features `full` or `boundary` are fewer: docs/c-api.md.
 *
 * Units: times in nanoseconds; finer ones (offsets, delays, latencies) in units of 2^-16 ns, as PTP carries them on the
 * wire; frequencies in units of 2^-16 ppm, as Linux counts them. Intervals are logarithms to base 2 of seconds.
 * Flags are octets, 0 or not 0.
 *
 * Two times: `monotonic` only counts, and says when to be called again; the PTP clock is what is stepped and steered, and
 * what makes the time stamps.
 *
 * Ownership: nothing is allocated but a syntone_linux, nothing is kept but the clock in the caller's storage; what is handed
 * over by pointer is copied, but for what is lent and for `context` pointers. Storage of a clock that is no longer used can
 * be used for something else without further ado.
 *
 * Threads: there is no global state. Different clocks can be used by different threads; one clock by one thread at a
 * time, and not from its own callbacks (they get SYNTONE_RESULT_BUSY).
 *
 * Results: 0 is success. Pointers that are NULL or misaligned, storage that is too small and versions that do not match
 * are results, not crashes. What no library can check stands under `Pointers` at each function, and is up to the caller.
 * Nothing unwinds out of a function, and callbacks must not throw.
 */";

const STORAGE: &str = "
// Octets that suffice for a clock with so many ports; syntone_clock_size() is exact.
#define SYNTONE_CLOCK_SIZE(ports) (SYNTONE_CLOCK_SIZE_BASE + (ports) * SYNTONE_CLOCK_SIZE_PORT)

// Octets that suffice for a transparent clock with so many ports; syntone_transparent_size() is exact.
#define SYNTONE_TRANSPARENT_SIZE(ports) (SYNTONE_TRANSPARENT_SIZE_BASE + (ports) * SYNTONE_TRANSPARENT_SIZE_PORT)

// Octets that suffice for the performance records of a clock with so many ports; syntone_performance_size() is exact.
#define SYNTONE_PERFORMANCE_SIZE(ports) (SYNTONE_PERFORMANCE_SIZE_BASE + (ports) * SYNTONE_PERFORMANCE_SIZE_PORT)";

fn config() -> Config {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        cpp_compat: true,
        header: Some(INTRODUCTION.to_owned()),
        include_guard: Some("SYNTONE_H".to_owned()),
        after_includes: Some(STORAGE.to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::C99,
        line_length: 120,
        tab_width: 4,
        enumeration: EnumConfig { rename_variants: RenameRule::QualifiedScreamingSnakeCase, ..EnumConfig::default() },
        ..Config::default()
    };
    config.export.item_types = vec![
        ItemType::Constants,
        ItemType::Enums,
        ItemType::Structs,
        ItemType::OpaqueItems,
        ItemType::Typedefs,
        ItemType::Functions,
    ];
    config.export.include = NAMES.iter().map(|(rust, _)| (*rust).to_owned()).collect();
    config.export.rename = NAMES.iter().map(|(rust, c)| ((*rust).to_owned(), (*c).to_owned())).collect();
    config
}

fn generate() -> String {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = [
        "result",
        "address",
        "board",
        "transmit",
        "config",
        "event",
        "codec_message",
        "codec",
        "slave_event",
        "status",
        "clock",
        "grandmaster",
        "settings",
        "management",
        "lent",
        "attached",
        "masters",
        "describe",
        "performance",
        "histogram",
        "signaling",
        "transparent_config",
        "transparent",
        "transparent_management",
        "linux/config",
        "linux/mod",
    ];
    let builder = modules.iter().fold(Builder::new().with_config(config()), |builder, module| {
        builder.with_src(sources.join(module).with_extension("rs"))
    });
    let mut header = Vec::new();
    builder.generate().expect("the sources are valid").write(&mut header);
    let header = String::from_utf8(header).expect("ASCII").replace("# Safety", "Pointers:");
    header.lines().map(|line| in_parentheses(line) + "\n").collect()
}

/// A negative constant in parentheses, so that it can stand in any expression.
fn in_parentheses(line: &str) -> String {
    match line.split_once(" -") {
        Some((name, number)) if line.starts_with("#define") => format!("{name} (-{number})"),
        _ => line.to_owned(),
    }
}

#[test]
fn committed_header_is_what_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/syntone.h");
    let made = generate();
    if std::env::var_os("SYNTONE_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).expect("the folder can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if made != committed {
        let differs = made.lines().zip(committed.lines()).find(|(made, committed)| made != committed);
        panic!("{} is out of date, first at {differs:?}: see the top of this test", path.display());
    }
}

#[test]
fn every_name_in_the_header_is_the_projects_own() {
    let header = generate();
    for (rust, c) in NAMES {
        assert!(header.contains(c), "{c} is missing");
        assert!(!header.contains(rust), "{rust} is not a name for C");
    }
}

/// The names in a column of the table of docs/c-api.md that says what is what in Rust.
fn column(document: &str, column: usize) -> Vec<&str> {
    let (_, table) = document.split_once("| C | Rust |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(column + 1).expect("two columns"));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The header without its comments.
fn code(header: &str) -> String {
    let code: Vec<&str> = header.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n")
}

/// The functions that it declares.
fn functions(code: &str) -> BTreeSet<&str> {
    let words = code.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_(".contains(letter));
    let calls = words.filter_map(|word| word.split_once('(')).map(|(name, _)| name);
    calls.filter(|name| name.starts_with("syntone_")).collect()
}

#[test]
fn each_function_of_the_header_stands_in_the_table_once_and_nothing_else_does() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/c-api.md");
    let document = std::fs::read_to_string(document).expect("the document");
    let code = code(&generate());
    let functions = functions(&code);
    let told = column(&document, 0);
    let wrong: Vec<_> = functions.iter().filter(|name| told.iter().filter(|told| told == name).count() != 1).collect();
    assert!(wrong.is_empty() && functions.len() > 40, "not told once: {wrong:?}");
    let unknown: Vec<_> = told
        .iter()
        .filter(|told| !code.contains(&format!("{told}(")) && !code.contains(&format!("}} {told};")))
        .collect();
    assert!(unknown.is_empty(), "not in the header: {unknown:?}");
}

#[test]
fn the_fuzzer_calls_each_function_of_the_header() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/src/oracle/capi");
    let files = std::fs::read_dir(folder).expect("the oracle").map(|entry| entry.expect("a file").path());
    let oracle: String = files.map(|path| std::fs::read_to_string(path).expect("a source")).collect();
    let code = code(&generate());
    let left_out: Vec<_> = functions(&code).into_iter().filter(|name| !oracle.contains(&format!("{name}("))).collect();
    assert!(left_out.is_empty(), "not called: {left_out:?}");
}

/// The functions that a line of the wrapper declares, of a class or of none; what is called within them is left out.
fn declared(line: &str) -> Vec<&str> {
    let indentation = line.len() - line.trim_start().len();
    let head = line.trim_start();
    if ![0, 4].contains(&indentation) || ["//", "return", "static_assert"].iter().any(|word| head.starts_with(word)) {
        return Vec::new();
    }
    let head = head.split(['{', ';']).next().and_then(|head| head.split(" : ").next()).unwrap_or("");
    let ends = head.match_indices('(').map(|(at, _)| &head[..at]);
    let word = |before: &'_ str| before.rfind(|letter: char| !letter.is_ascii_alphanumeric() && !"_:".contains(letter));
    let names = ends.map(|before| before.get(word(before).map_or(0, |at| at + 1)..).unwrap_or(""));
    let own = |name: &&str| {
        name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && !name.contains(':')
            && !name.starts_with("syntone_")
    };
    names.filter(own).filter(|name| !["decltype", "noexcept", "bool", "alignas"].contains(name)).collect()
}

#[test]
fn each_function_of_the_wrapper_is_called_by_an_example() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wrapper = std::fs::read_to_string(here.join("include/syntone.hpp")).expect("the wrapper");
    let (before, rest) = wrapper.split_once("namespace detail {").expect("details");
    let (_, after) = rest.split_once("} // namespace detail").expect("their end");
    let functions: BTreeSet<&str> = before.lines().chain(after.lines()).flat_map(declared).collect();
    let examples =
        ["cpp-analyser/main.cpp", "cpp-linux/main.cpp", "cpp-custom-hal/main.cpp", "cpp-custom-hal/node.hpp"];
    let more =
        ["board.hpp", "transparent.cpp", "services.cpp", "wrapper.cpp"].map(|name| format!("cpp-custom-hal/{name}"));
    let files = examples.map(str::to_owned).into_iter().chain(more).map(|name| here.join("../../examples").join(name));
    let code: String = files.map(|file| std::fs::read_to_string(file).expect("an example")).collect();
    let is_called = |name: &&&str| {
        let call = format!("{name}(");
        code.match_indices(&call)
            .any(|(at, _)| !code[..at].ends_with(|it: char| it.is_ascii_alphanumeric() || it == '_'))
    };
    let left_out: Vec<_> = functions.iter().filter(|name| !is_called(name)).collect();
    assert!(left_out.is_empty() && functions.len() > 70, "not called: {left_out:?} of {functions:?}");
}
