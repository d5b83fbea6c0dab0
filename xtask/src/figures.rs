//! The tables of `docs/size.md`: which module takes what of each image, and what was aimed at.

use crate::context::Context;
use crate::size::Measured;
use crate::{aims, cross};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

const DOCUMENT: &str = "docs/size.md";
/// A table stands between the line that [`begin`] gives and this one.
const END: &str = "<!-- until here -->\n";
const PEER: &str = "statime";
const BOARD: &str = "board without protocol";
const PROGRAM: &str = "main";
/// Modules that take less than this in every image are one line.
const SMALL: u64 = 128;

/// Puts the tables of each target that was measured into the documentation.
pub(crate) fn write(context: &Context, measured: &[Measured]) -> Result<(), String> {
    let path = context.root.join(DOCUMENT);
    let mut document = fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    for target in cross::TARGETS.into_iter().filter(|target| measured.iter().any(|one| one.target() == *target)) {
        for (kind, table) in [("where", table(measured, target)?), ("aims", aims::table(measured, target))] {
            document = replaced(&document, &begin(kind, target), &table)
                .ok_or(format!("{DOCUMENT} has no place for the table `{kind}` of {target}"))?;
        }
    }
    fs::write(&path, document).map_err(|error| format!("{DOCUMENT}: {error}"))
}

/// The line before the table of this kind.
fn begin(kind: &str, target: &str) -> String {
    format!("<!-- {kind}, {target}, made by cargo xtask size --update -->\n")
}

/// The document with another table behind the line `begin`.
fn replaced(document: &str, begin: &str, table: &str) -> Option<String> {
    let (head, rest) = document.split_once(begin)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{begin}{table}{END}{tail}"))
}

/// The images of a target, one a column.
pub(crate) fn table(measured: &[Measured], target: &str) -> Result<String, String> {
    let shown = measured.iter().filter(|one| one.target() == target && !one.name().starts_with(PEER));
    let (boards, clocks): (Vec<_>, Vec<_>) = shown.partition(|one| one.name() == BOARD);
    let board = boards.first().map_or(0, |board| board.flash());
    let drivers = boards.first().map_or(0, |board| board.home());
    let mut text = String::from("| octets |");
    for one in &clocks {
        let _ = write!(text, " {} |", one.name().trim_start_matches("syntone "));
    }
    text += &format!("\n|---|{}\n", "--:|".repeat(clocks.len()));
    row(&mut text, "**flash**", clocks.iter().map(|one| one.flash()));
    row(&mut text, "of it protocol, above the board alone", clocks.iter().map(|one| one.flash() - board));
    row(&mut text, "static RAM", clocks.iter().map(|one| one.ram()));
    row(&mut text, "**clock and runner**, in the frame of `main`", clocks.iter().map(|one| one.home() - drivers));
    row(&mut text, "stack above that frame, once it runs", clocks.iter().map(|one| one.stacks()[1] - one.home()));
    row(&mut text, "**stack, all in all**, once it runs", clocks.iter().map(|one| one.stacks()[1]));
    row(&mut text, "stack, all in all, while the clock is built", clocks.iter().map(|one| one.stacks()[0]));
    let shares = clocks.iter().map(|one| shares(one)).collect::<Result<Vec<_>, String>>()?;
    for module in modules(&shares) {
        row(&mut text, &format!("`{module}`"), shares.iter().map(|one| one.get(&module).copied().unwrap_or(0)));
    }
    let listed = modules(&shares);
    let told = |one: &BTreeMap<String, u64>| listed.iter().filter_map(|module| one.get(module)).sum::<u64>();
    let rest = clocks.iter().zip(&shares).map(|(one, shares)| one.flash().saturating_sub(told(shares)));
    row(&mut text, "smaller ones, tables and gaps", rest);
    Ok(text)
}

/// By module; the program itself under the same name in each image.
fn shares(one: &Measured) -> Result<BTreeMap<String, u64>, String> {
    let mut shares = BTreeMap::new();
    for (module, size) in one.shares()? {
        let is_library = ["syntone_hal", "syntone_smoltcp"].iter().any(|name| module.starts_with(name));
        let is_program = module.starts_with("syntone_") && !is_library;
        *shares.entry(if is_program { PROGRAM.to_owned() } else { module }).or_insert(0) += size;
    }
    Ok(shares)
}

/// Those that are large somewhere, the largest first.
fn modules(shares: &[BTreeMap<String, u64>]) -> Vec<String> {
    let mut largest: BTreeMap<&str, u64> = BTreeMap::new();
    for (module, size) in shares.iter().flatten() {
        let known = largest.entry(module).or_default();
        *known = size.max(known).to_owned();
    }
    let mut modules: Vec<_> = largest.into_iter().filter(|(_, size)| *size >= SMALL).collect();
    modules.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), *name));
    modules.into_iter().map(|(name, _)| name.to_owned()).collect()
}

fn row(text: &mut String, title: &str, values: impl Iterator<Item = u64>) {
    let _ = write!(text, "| {title} |");
    for value in values {
        let told = if value == 0 { String::new() } else { grouped(value) };
        let _ = write!(text, " {told} |");
    }
    text.push('\n');
}

/// With a space before the last three digits.
pub(crate) fn grouped(value: u64) -> String {
    if value < 1000 { value.to_string() } else { format!("{} {:03}", value / 1000, value % 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_of_a_document_is_replaced() {
        let [one, other, third] =
            [("where", "x"), ("where", "y"), ("aims", "x")].map(|(kind, target)| begin(kind, target));
        let document = |[first, second]: [&str; 2]| format!("a\n{one}{first}{END}b\n{other}{second}{END}");
        assert_eq!(replaced(&document(["old\n"; 2]), &other, "new\n"), Some(document(["old\n", "new\n"])));
        assert_eq!(replaced(&document(["old\n"; 2]), &third, "new\n"), None);
    }

    #[test]
    fn modules_are_listed_where_they_are_large_in_any_image() {
        let image = |sizes: &[(&str, u64)]| sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
        let images = [image(&[("small", 100), ("a", 200)]), image(&[("a", 50), ("b", 300)])];
        assert_eq!(modules(&images), ["b", "a"]);
        assert_eq!((grouped(999), grouped(1_002), grouped(16_648)), ("999".into(), "1 002".into(), "16 648".into()));
    }
}
