//! Arrows point down: which module and which crate may be built on which.

use crate::context::{Context, output};
use crate::source;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules of `syntone` from the bottom up, and what each is built on beside what those are built on in turn.
const MODULES: [(&str, &[&str]); 19] = [
    ("wire", &[]),
    ("interval", &[]),
    ("random", &[]),
    ("servo", &[]),
    ("datasets", &["wire"]),
    ("utc", &["datasets"]),
    ("reference", &["datasets"]),
    ("state", &["datasets"]),
    ("attached", &["wire"]),
    ("bmca", &["datasets", "interval"]),
    ("counters", &["wire"]),
    ("delay", &["counters", "servo"]),
    ("performance", &["counters", "servo"]),
    ("config", &["datasets", "interval"]),
    ("event", &["state", "servo"]),
    ("instance", &["attached", "bmca", "config", "event", "random", "utc"]),
    ("port", &["bmca", "delay", "instance"]),
    ("management", &["counters"]),
    ("clock", &["port", "management", "reference"]),
];
/// The top: may use everything.
const TOP: &str = "runner";
/// The crates, and what each is built on directly.
const CRATES: [(&str, &[&str]); 12] = [
    ("syntone-hal", &["defmt"]),
    ("syntone", &["syntone-hal", "bitflags", "heapless", "fixed", "defmt"]),
    ("syntone-sim", &["syntone", "syntone-hal"]),
    ("syntone-linux", &["syntone", "syntone-hal"]),
    ("syntone-smoltcp", &["syntone-hal"]),
    ("syntone-stm32", &["syntone-hal", "syntone-smoltcp"]),
    ("syntone-capi", &["syntone", "syntone-hal", "syntone-linux"]),
    ("syntone-cli", &["syntone", "syntone-hal", "syntone-linux", "syntone-sim"]),
    ("syntone-tests", &["syntone", "syntone-hal", "syntone-linux", "syntone-sim", "syntone-capi"]),
    ("syntone-benches", &["syntone", "syntone-hal", "syntone-linux", "syntone-sim"]),
    ("syntone-hal-template", &["syntone-hal", "syntone-smoltcp"]),
    ("xtask", &[]),
];
/// The crates that a microcontroller runs: whatever they depend on is named above, also what is not ours.
const CORE: [&str; 2] = ["syntone-hal", "syntone"];

/// One use of a module by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: Vec<String>,
    to: Vec<String>,
    place: String,
}

/// Checks the modules of the core and the crates of the workspace.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let folder = context.root.join("crates/syntone/src");
    let mut files = BTreeMap::new();
    for file in context.files()? {
        if let Ok(inner) = file.strip_prefix("crates/syntone/src") {
            let text =
                fs::read_to_string(folder.join(inner)).map_err(|error| format!("{}: {error}", file.display()))?;
            files.insert(module(inner), (file.display().to_string(), text));
        }
    }
    let arrows = arrows(&files)?;
    let mut complaints = crates(context)?;
    complaints.extend(upward(&arrows));
    complaints.extend(cycles(&arrows));
    println!("{} modules, {} uses between them", files.len(), arrows.len());
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// `port/state.rs` is `port::state`, `port/mod.rs` is `port`, `lib.rs` is the root.
fn module(file: &Path) -> Vec<String> {
    let mut path: Vec<String> =
        file.with_extension("").components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

/// Every use of one module by another; the root, which only lists the modules, is left out.
fn arrows(files: &BTreeMap<Vec<String>, (String, String)>) -> Result<Vec<Arrow>, String> {
    let mut arrows = Vec::new();
    for (from, (name, text)) in files.iter().filter(|(from, _)| !from.is_empty()) {
        for mention in source::mentions(text).map_err(|error| format!("{name}: {error}"))? {
            let to = resolve(from, &mention.path, files);
            if &to != from && !to.is_empty() {
                arrows.push(Arrow { from: from.clone(), to, place: format!("{name}:{}", mention.line) });
            }
        }
    }
    Ok(arrows)
}

/// The module that a path from `crate` or `super` within `from` leads into.
fn resolve(from: &[String], path: &[String], files: &BTreeMap<Vec<String>, (String, String)>) -> Vec<String> {
    let ups = path.iter().take_while(|segment| *segment == "super").count();
    let base = if ups == 0 { &[] } else { from.get(..from.len().saturating_sub(ups)).unwrap_or(&[]) };
    let mut absolute: Vec<String> = base.iter().chain(path.iter().skip(ups.max(1))).cloned().collect();
    while !absolute.is_empty() && !files.contains_key(&absolute) {
        absolute.pop();
    }
    absolute
}

/// Uses that the table of modules does not allow.
fn upward(arrows: &[Arrow]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Arrow { from, to, place } in arrows {
        let (from, to) = (&from[0], &to[0]);
        if from == to || from == TOP || below(from).contains(to.as_str()) {
            continue;
        }
        let known = MODULES.iter().any(|(name, _)| name == from);
        let cure = if known { "" } else { " (xtask/src/graph.rs does not know it yet)" };
        complaints.push(format!("{place}: `{from}` must not use `{to}`{cure}"));
    }
    complaints
}

/// All that `name` may use.
fn below(name: &str) -> BTreeSet<&'static str> {
    let direct = MODULES.iter().find(|(module, _)| *module == name).map_or(&[][..], |(_, below)| *below);
    direct.iter().copied().chain(direct.iter().flat_map(|name| below(name))).collect()
}

/// Circles of modules that use each other, within any one folder.
fn cycles(arrows: &[Arrow]) -> Vec<String> {
    let mut folders: BTreeMap<&[String], BTreeMap<String, BTreeMap<String, &str>>> = BTreeMap::new();
    for Arrow { from, to, place } in arrows {
        let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        let (Some(source), Some(target)) = (from.get(shared), to.get(shared)) else { continue };
        let folder = folders.entry(&from[..shared]).or_default();
        folder.entry(source.clone()).or_default().entry(target.clone()).or_insert(place);
    }
    folders.values().filter_map(circle).collect()
}

/// One circle of the graph, told with the places that close it.
fn circle(graph: &BTreeMap<String, BTreeMap<String, &str>>) -> Option<String> {
    graph.keys().find_map(|start| {
        let path = walk(graph, start, start, &mut BTreeSet::new())?;
        Some(format!("modules in a circle: {}", path.join(", ")))
    })
}

/// The arrows from `at` back to `start`.
fn walk<'a>(
    graph: &'a BTreeMap<String, BTreeMap<String, &str>>,
    at: &'a str,
    start: &str,
    seen: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    for (next, place) in graph.get(at)? {
        let arrow = format!("`{at}` uses `{next}` ({place})");
        if next == start {
            return Some(vec![arrow]);
        }
        if seen.insert(next)
            && let Some(rest) = walk(graph, next, start, seen)
        {
            return Some([arrow].into_iter().chain(rest).collect());
        }
    }
    None
}

/// Dependencies between the crates that the table does not allow.
fn crates(context: &Context) -> Result<Vec<String>, String> {
    let metadata = output(context.cargo().args(["metadata", "--no-deps", "--format-version=1", "--offline"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut complaints = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = package["name"].as_str().unwrap_or_default();
        let dependencies = list(&package["dependencies"]);
        let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        complaints.extend(foreign(name, normal.filter_map(|dependency| dependency["name"].as_str())));
    }
    Ok(complaints)
}

/// Those of `dependencies` that the table does not grant to the crate `name`.
fn foreign<'a>(name: &str, dependencies: impl Iterator<Item = &'a str>) -> Vec<String> {
    let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
        return vec![format!("xtask/src/graph.rs does not know the crate `{name}` yet")];
    };
    let counts = |dependency: &&str| CORE.contains(&name) || dependency.starts_with("syntone");
    let refused = dependencies.filter(counts).filter(|dependency| !allowed.contains(dependency));
    refused.map(|dependency| format!("the crate `{name}` must not depend on `{dependency}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(files: &[(&str, &str)]) -> Vec<Arrow> {
        let entry = |(name, text): &(&str, &str)| (module(Path::new(name)), ((*name).to_owned(), (*text).to_owned()));
        arrows(&files.iter().map(entry).collect()).expect("Rust")
    }

    #[test]
    fn a_module_may_use_what_is_below_it() {
        let arrows = graph(&[
            ("lib.rs", "pub mod wire; pub use crate::runner::Runner;"),
            ("wire/mod.rs", ""),
            ("runner.rs", "use crate::wire::Header;"),
            ("datasets.rs", "use crate::wire::ClockIdentity;"),
            ("port/mod.rs", "pub use state::State; use crate::{datasets::PortDs, wire::Header};"),
            ("port/state.rs", ""),
        ]);
        assert_eq!(arrows.len(), 4);
        assert_eq!(upward(&arrows), [""; 0]);
        assert_eq!(cycles(&arrows), [""; 0]);
    }

    #[test]
    fn a_module_that_uses_one_above_is_named() {
        let arrows = graph(&[("wire/header.rs", "\nuse crate::datasets::DefaultDs;"), ("datasets.rs", "")]);
        assert_eq!(upward(&arrows), ["wire/header.rs:2: `wire` must not use `datasets`"]);
    }

    #[test]
    fn a_planted_circle_between_neighbours_is_named() {
        let arrows = graph(&[
            ("port/mod.rs", ""),
            ("port/receive.rs", "use super::slave::Slave;"),
            ("port/slave.rs", "use crate::port::timers;"),
            ("port/timers.rs", "fn f() { super::receive::g(); }"),
        ]);
        assert_eq!(upward(&arrows), [""; 0]);
        assert_eq!(
            cycles(&arrows),
            ["modules in a circle: `receive` uses `slave` (port/receive.rs:1), \
              `slave` uses `timers` (port/slave.rs:1), `timers` uses `receive` (port/timers.rs:1)"]
        );
    }

    #[test]
    fn a_new_module_and_a_new_crate_must_be_placed() {
        let arrows = graph(&[("alarm.rs", "use crate::wire::Header;"), ("wire/mod.rs", "")]);
        assert!(upward(&arrows)[0].contains("`alarm` must not use `wire` (xtask/src/graph.rs does not know"));
        assert_eq!(foreign("syntone-hal", ["defmt", "syntone"].into_iter()).len(), 1);
        assert_eq!(foreign("syntone-linux", ["libc", "syntone-cli"].into_iter()).len(), 1);
        assert_eq!(foreign("syntone-new", ["libc"].into_iter()).len(), 1);
    }

    #[test]
    fn the_table_itself_points_down() {
        for (index, (name, below)) in MODULES.iter().enumerate() {
            let known: Vec<_> = MODULES.iter().take(index).map(|(name, _)| *name).collect();
            assert!(below.iter().all(|below| known.contains(below)), "{name} is built on something above it");
        }
    }
}
