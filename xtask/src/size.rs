//! `cargo xtask size`: what a slave takes of a microcontroller, beside a peer's.

use crate::context::{Context, run};
use crate::image::{self, Image};
use crate::stack::{self, Depth};
use crate::{aims, cross, figures, share};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Growth beyond this, in thousandths, must be meant: `cargo xtask size --update` says so.
const TOLERANCE: u64 = 20;
/// What was agreed on, one measurement a line.
const BUDGETS: &str = "xtask/budgets.json";
/// The processor pushes this when an interrupt comes: eight words, and room for the floating-point registers.
const EXCEPTION_FRAME: u64 = 104;

/// A firmware whose size is measured.
pub(crate) struct Recipe {
    pub(crate) image: &'static str,
    manifest: &'static str,
    binary: &'static str,
    features: &'static str,
    targets: &'static [&'static str],
    /// All of its code is ours or chosen by us: what must not be in it is a failure.
    pub(crate) ours: bool,
}

const SIZES: &str = "benches/sizes/Cargo.toml";

/// The images, each for its targets. The board's interrupt does not exist on RISC-V, so neither do its code and stack.
/// The peer does not build for Cortex-M0+; where the floor is, is shown for one target.
const RECIPES: [Recipe; 10] = [
    recipe("syntone slave", "syntone-slave", &cross::TARGETS),
    recipe("syntone slave over UDP/IPv4", "syntone-slave-ipv4", &cross::TARGETS),
    recipe("syntone least slave over UDP/IPv4", "syntone-slave-least", &[cross::TARGETS[0]]),
    Recipe { features: "ordinary", ..recipe("syntone ordinary clock", "syntone-ordinary", &cross::TARGETS) },
    Recipe {
        features: "transports",
        ..recipe("syntone ordinary clock over any transport", "syntone-ordinary-all", &cross::TARGETS)
    },
    Recipe { features: "managed", ..recipe("syntone ordinary clock, managed", "syntone-managed", &cross::TARGETS) },
    Recipe {
        features: "managed",
        ..recipe("syntone boundary clock, two ports, managed", "syntone-boundary", &cross::TARGETS)
    },
    recipe("syntone transparent clock, two ports", "syntone-transparent", &cross::TARGETS),
    recipe("board without protocol", "board", &cross::TARGETS),
    Recipe {
        features: "peer",
        ours: false,
        ..recipe("statime slave", "statime-slave", &[cross::TARGETS[0], cross::TARGETS[2]])
    },
];

const fn recipe(image: &'static str, binary: &'static str, targets: &'static [&'static str]) -> Recipe {
    Recipe { image, manifest: SIZES, binary, features: "", targets, ours: true }
}

/// One image for one target, built and measured.
pub(crate) struct Measured {
    recipe: &'static Recipe,
    target: &'static str,
    path: PathBuf,
    image: Image,
    depth: Option<Depth>,
}

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// This target alone.
    pub(crate) target: Option<String>,
    /// One object a line, and nothing else.
    pub(crate) json: bool,
    /// The table of where it went, and nothing else.
    pub(crate) table: bool,
    /// What is measured becomes the budget, and goes into the documentation.
    pub(crate) update: bool,
}

/// Builds, measures, prints and compares with the budgets.
pub(crate) fn command(context: &Context, choice: &Choice) -> Result<(), String> {
    let measured = measure_all(context, choice.target.as_deref())?;
    for one in measured.iter().filter(|_| !choice.table) {
        if choice.json { println!("{}", one.to_json()) } else { one.print()? }
    }
    let is_measured = |target: &&str| measured.iter().any(|one| one.target() == *target);
    for target in cross::TARGETS.into_iter().filter(is_measured).filter(|_| !choice.json) {
        let table = if choice.table { figures::table(&measured, target)? } else { aims::table(&measured, target) };
        println!("\n{table}");
    }
    if choice.update {
        figures::write(context, &measured)?;
        return agree(context, &measured);
    }
    let mut complaints = over_budget(context, &measured)?;
    complaints.extend(measured.iter().filter(|one| one.recipe.ours).flat_map(Measured::strangers));
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// The step of the same name.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    command(context, &Choice::default())
}

fn measure_all(context: &Context, only: Option<&str>) -> Result<Vec<Measured>, String> {
    let mut measured = Vec::new();
    for recipe in &RECIPES {
        let wanted = |target: &&&str| only.is_none_or(|only| only == **target);
        let targets: Vec<&str> = recipe.targets.iter().filter(wanted).copied().collect();
        if !targets.is_empty() {
            build(context, recipe, &targets)?;
        }
        for target in targets {
            measured.push(measure(context, recipe, target)?);
        }
    }
    Ok(measured)
}

fn build(context: &Context, recipe: &Recipe, targets: &[&str]) -> Result<(), String> {
    let mut build = cross::cargo_from_source(context, targets, "build")?;
    build.args(["--release", "--manifest-path", recipe.manifest, "--bin", recipe.binary]);
    run(build.args(["--features", recipe.features]))
}

fn measure(context: &Context, recipe: &'static Recipe, target: &'static str) -> Result<Measured, String> {
    let path = cross::images(context, target).join(recipe.binary);
    let image = image::read(&path)?;
    let depth = stack_of(&image, |_| false);
    Ok(Measured { recipe, target, path, image, depth })
}

/// The deepest stack of the program as if it did not call those that `left_out` picks, with the interrupt on top of it.
fn stack_of(image: &Image, left_out: fn(&str) -> bool) -> Option<Depth> {
    let mut depth = stack::depth_without(image, "main", left_out)?;
    let interrupt = image.functions.iter().find(|function| function.name.ends_with("::on_ethernet"));
    if let Some(interrupt) = interrupt.and_then(|function| stack::depth(image, &function.name)) {
        depth.octets += EXCEPTION_FRAME + interrupt.octets;
        depth.path.extend(interrupt.path);
        depth.indirect.extend(interrupt.indirect);
        depth.recursive.extend(interrupt.recursive);
    }
    Some(depth)
}

impl Measured {
    pub(crate) fn name(&self) -> &'static str {
        self.recipe.image
    }

    pub(crate) fn target(&self) -> &'static str {
        self.target
    }

    pub(crate) fn flash(&self) -> u64 {
        self.image.flash
    }

    pub(crate) fn ram(&self) -> u64 {
        self.image.ram
    }

    /// At its deepest, and at its deepest once the clock is built.
    pub(crate) fn stacks(&self) -> [u64; 2] {
        let running = stack_of(&self.image, |name| name.ends_with("::build"));
        [self.depth.as_ref(), running.as_ref()].map(|depth| depth.map_or(0, |depth| depth.octets))
    }

    /// What the function takes that the clock lives in.
    pub(crate) fn home(&self) -> u64 {
        let frame = |is_home: fn(&str) -> bool| {
            let homes = self.image.functions.iter().filter(|function| is_home(&function.name));
            homes.filter_map(|function| function.frame).sum()
        };
        match frame(|name| name.ends_with("::__cortex_m_rt_main")) {
            0 => frame(|name| name == "main"),
            frame => frame,
        }
    }

    pub(crate) fn shares(&self) -> Result<Vec<(String, u64)>, String> {
        share::modules(&self.path, &self.image)
    }

    fn to_json(&self) -> Value {
        json!({
            "image": self.recipe.image,
            "target": self.target,
            "flash": self.image.flash,
            "ram": self.image.ram,
            "stack": self.depth.as_ref().map(|depth| depth.octets),
        })
    }

    fn print(&self) -> Result<(), String> {
        let stack = self.depth.as_ref().map_or(0, |depth| depth.octets);
        let Image { flash, ram, .. } = self.image;
        println!("\n{} on {}: {flash} octets of flash, {ram} of RAM, {stack} of stack", self.recipe.image, self.target);
        let shares = self.shares()?;
        let told = shares.iter().filter(|(_, size)| *size >= 64);
        told.clone().for_each(|(module, size)| println!("{size:>8}  {module}"));
        println!("{:>8}  smaller ones, tables and gaps", flash.saturating_sub(told.map(|(_, size)| size).sum()));
        if let Some(depth) = &self.depth {
            println!("  deepest stack: {}", depth.path.join(" > "));
            for (what, names) in [("recursive", &depth.recursive), ("calls not known", &depth.indirect)] {
                if !names.is_empty() {
                    println!("  {what}: {}", names.join(", "));
                }
            }
        }
        let strangers = self.strangers();
        match strangers.len() {
            0 => println!("  no panic, no formatting, no floating point in software"),
            count => println!("  {count} functions that panic, format or calculate floating point in software"),
        }
        Ok(())
    }

    /// Functions that our code should not bring along, and who calls them.
    fn strangers(&self) -> Vec<String> {
        let callers = stack::callers(&self.image, is_stranger);
        let strange = self.image.functions.iter().filter(|function| is_stranger(&function.name));
        let told = |name: &str| {
            let by: Vec<_> = callers.iter().filter(|(_, callee)| *callee == name).map(|(caller, _)| *caller).collect();
            let by = if by.is_empty() { String::new() } else { format!(", called by {}", by.join(", ")) };
            format!("{} on {} contains {name}{by}", self.recipe.image, self.target)
        };
        strange.map(|function| told(&function.name)).collect()
    }
}

/// Panics, formatting and floating point in software.
fn is_stranger(name: &str) -> bool {
    const PANICS: [&str; 6] =
        ["panicking", "panic_bounds_check", "unwrap_failed", "expect_failed", "slice_error_fail", "_len_mismatch_fail"];
    const FLOATS: [&str; 4] = ["__aeabi_f", "__aeabi_d", "compiler_builtins::float", "libm::"];
    const FLOAT_ENDS: [&str; 4] = ["sf2", "df2", "sf3", "df3"];
    PANICS.iter().any(|part| name.contains(part))
        || name.contains("core::fmt")
        || FLOATS.iter().any(|part| name.starts_with(part))
        || name.starts_with("__") && FLOAT_ENDS.iter().any(|end| name.ends_with(end))
}

fn budgets(context: &Context) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(context.root.join(BUDGETS)).unwrap_or_default();
    let budgets: Result<_, _> = text.lines().map(serde_json::from_str).collect();
    budgets.map_err(|error| format!("{BUDGETS}: {error}"))
}

/// The flash that was agreed on for an image.
pub(crate) fn budget(context: &Context, image: &str, target: &str) -> Result<u64, String> {
    let budgets = budgets(context)?;
    let budget = budgets.iter().find(|budget| budget["image"] == image && budget["target"] == target);
    budget.and_then(|budget| budget["flash"].as_u64()).ok_or_else(|| format!("{BUDGETS}: no {image} on {target}"))
}

/// What was measured becomes the budget; that of other targets stays.
fn agree(context: &Context, measured: &[Measured]) -> Result<(), String> {
    let mut lines = budgets(context)?;
    for one in measured.iter().map(Measured::to_json) {
        let same = |budget: &&mut Value| budget["image"] == one["image"] && budget["target"] == one["target"];
        match lines.iter_mut().find(same) {
            Some(budget) => *budget = one,
            None => lines.push(one),
        }
    }
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(context.root.join(BUDGETS), lines).map_err(|error| format!("{BUDGETS}: {error}"))
}

/// What has grown beyond its budget, or has none.
fn over_budget(context: &Context, measured: &[Measured]) -> Result<Vec<String>, String> {
    let budgets = budgets(context)?;
    let mut complaints = Vec::new();
    for one in measured.iter().filter(|one| one.recipe.ours) {
        let now = one.to_json();
        let budget = budgets.iter().find(|budget| budget["image"] == now["image"] && budget["target"] == now["target"]);
        complaints.extend(growth(&now, budget));
    }
    Ok(complaints)
}

/// What of a measurement is larger than `budget` grants.
fn growth(now: &Value, budget: Option<&Value>) -> Vec<String> {
    let place = format!("{} on {}", now["image"].as_str().unwrap_or(""), now["target"].as_str().unwrap_or(""));
    let Some(budget) = budget else {
        return vec![format!("{place} has no budget; `cargo xtask size --update` writes what is measured now")];
    };
    let complain = |what: &&str| {
        let (size, granted) = (now[what].as_u64().unwrap_or(0), budget[what].as_u64().unwrap_or(0));
        (size * 1000 > granted * (1000 + TOLERANCE)).then(|| {
            format!(
                "{place}: {what} is {size}, the budget {granted} (over by more than 2 %). \
                 If that is meant: cargo xtask size --update"
            )
        })
    };
    ["flash", "ram", "stack"].iter().filter_map(complain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_beyond_two_percent_is_told() {
        let budget = json!({"image": "a", "target": "t", "flash": 10_000, "ram": 1000, "stack": 500});
        let now = json!({"image": "a", "target": "t", "flash": 10_200, "ram": 1021, "stack": 400});
        let complaints = growth(&now, Some(&budget));
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].starts_with("a on t: ram is 1021, the budget 1000"));
        assert_eq!(growth(&now, None).len(), 1);
    }

    #[test]
    fn strangers_are_known_by_name() {
        for name in ["core::panicking::panic_fmt", "<u8 as core::fmt::Display>::fmt", "__aeabi_dmul", "__muldf3"] {
            assert!(is_stranger(name), "{name}");
        }
        for name in ["__aeabi_ldivmod", "__aeabi_memcpy", "syntone::wire::format", "__divdi3"] {
            assert!(!is_stranger(name), "{name}");
        }
    }
}
