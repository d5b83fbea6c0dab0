//! `docs/conformance.md`: which clause is obeyed where, and which test shows it, by the tags in the source.

use crate::context::Context;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What a tag begins with; the clause follows. In two halves, or this line would be a tag.
const TAG: (&str, &str) = ("IEEE 1588", "-2019 ");
/// What each clause is about in our words, and which options are not there.
const CLAUSES: &str = "xtask/clauses.json";
/// What is made of it all.
const REPORT: &str = "docs/conformance.md";

/// Where a clause is cited.
#[derive(Debug, Default, PartialEq, Eq)]
struct Places {
    /// In code: `crate::file: item`.
    code: BTreeSet<String>,
    /// In tests: the test's name and its file.
    tests: BTreeSet<String>,
}

/// One tag in a file.
#[derive(Debug, PartialEq, Eq)]
struct Cited {
    clause: String,
    item: String,
    in_test: bool,
}

/// Makes the report anew.
pub(crate) fn command(context: &Context, update: bool) -> Result<(), String> {
    let report = report(context)?;
    if update {
        return fs::write(context.root.join(REPORT), report).map_err(|error| format!("{REPORT}: {error}"));
    }
    print!("{report}");
    Ok(())
}

/// The report as it is kept is that of the source.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let kept = fs::read_to_string(context.root.join(REPORT)).map_err(|error| format!("{REPORT}: {error}"))?;
    if kept == report(context)? {
        return Ok(());
    }
    Err(format!("{REPORT} is not what the source says: cargo xtask conformance --update"))
}

fn report(context: &Context) -> Result<String, String> {
    let text = fs::read_to_string(context.root.join(CLAUSES)).map_err(|error| format!("{CLAUSES}: {error}"))?;
    let clauses: Value = serde_json::from_str(&text).map_err(|error| format!("{CLAUSES}: {error}"))?;
    let mut places: BTreeMap<String, Places> = BTreeMap::new();
    for file in context.files()? {
        if file.extension().is_none_or(|extension| extension != "rs") || file.starts_with("xtask") {
            continue;
        }
        let Ok(text) = fs::read_to_string(context.root.join(&file)) else { continue };
        for cited in citations(&text, is_test_file(&file)) {
            let entry = places.entry(cited.clause).or_default();
            let place = format!("`{}`: {}", file.display(), cited.item);
            if cited.in_test {
                entry.tests.insert(place)
            } else {
                entry.code.insert(place)
            };
        }
    }
    write_report(&places, &clauses)
}

fn is_test_file(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    file.iter().any(|part| part == "tests") || name == "tests" || name.ends_with("_tests")
}

fn write_report(places: &BTreeMap<String, Places>, clauses: &Value) -> Result<String, String> {
    let mut report = String::from(
        "# Conformance\n\nMade by `cargo xtask conformance --update` from the clauses that code and tests cite; CI checks that it is \
         current. A clause\nis cited where it is obeyed, and by the tests that show it. Nobody has certified anything.\n\n\
         | clause | about | obeyed in | shown by |\n|---|---|---|---|\n",
    );
    let mut sorted: Vec<_> = places.iter().collect();
    sorted.sort_by_key(|(clause, _)| key(clause));
    let mut without_subject = Vec::new();
    for (clause, Places { code, tests }) in sorted {
        let about = subject(clause, &clauses["about"]).unwrap_or_else(|| {
            without_subject.push(clause.as_str());
            ""
        });
        let list = |places: &BTreeSet<String>, none: &str| match places.len() {
            0 => none.to_owned(),
            _ => places.iter().cloned().collect::<Vec<_>>().join("<br>"),
        };
        let (code, tests) = (list(code, "tests only"), list(tests, "**no test cites it**"));
        let _ = writeln!(report, "| {clause} | {about} | {code} | {tests} |");
    }
    if !without_subject.is_empty() {
        return Err(format!("{CLAUSES} does not say what these clauses are about: {}", without_subject.join(", ")));
    }
    report.push_str("\n## Options that are not implemented\n\n| clause | option |\n|---|---|\n");
    for (clause, option) in clauses["not_implemented"].as_object().into_iter().flatten() {
        let _ = writeln!(report, "| {clause} | {} |", option.as_str().unwrap_or_default());
    }
    Ok(report)
}

/// What a clause is about, or the nearest clause that it is a part of.
fn subject<'a>(clause: &str, about: &'a Value) -> Option<&'a str> {
    about[clause].as_str().or_else(|| subject(clause.rsplit_once('.')?.0, about))
}

/// Clauses in their order: 9.5.2 before 9.5.11, numbers before annexes.
fn key(clause: &str) -> Vec<(bool, u32, &str)> {
    let part = |part| match str::parse(part) {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, part),
    };
    clause.split('.').map(part).collect()
}

/// Every tag in a file with the item that it belongs to: the next one for a line of documentation, the function around it for
/// a comment inside of one.
fn citations(text: &str, is_test_file: bool) -> Vec<Cited> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let (mut found, mut in_tests, mut around) = (Vec::new(), is_test_file, "the file");
    for (number, line) in lines.iter().enumerate() {
        let mut after = lines.iter().skip(number + 1).skip_while(|next| next.starts_with("#["));
        in_tests |= *line == "#[cfg(test)]" && after.next().is_some_and(|next| next.starts_with("mod "));
        if let (false, Some(name)) = (line.starts_with("//"), function_name(line)) {
            around = name;
        }
        for clause in clauses_of(line) {
            let item = if line.starts_with("///") {
                let rest = lines.get(number + 1..).unwrap_or_default();
                rest.iter().find_map(|line| item_name(line)).unwrap_or("?")
            } else if line.starts_with("//!") {
                "the file"
            } else {
                around
            };
            found.push(Cited { clause: clause.to_owned(), item: item.to_owned(), in_test: in_tests });
        }
    }
    found
}

/// The clauses that a line cites.
fn clauses_of(line: &str) -> impl Iterator<Item = &str> {
    let tag = format!("{}{}", TAG.0, TAG.1);
    let starts: Vec<_> = line.match_indices(&tag).map(|(start, _)| start + tag.len()).collect();
    starts.into_iter().filter_map(move |start| {
        let rest = line.get(start..)?;
        let rest = rest.strip_prefix("Annex ").unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
        let clause = rest.get(..end)?.trim_end_matches('.');
        let is_clause = clause.len() < 16 && (clause.len() == 1 || clause.chars().any(|c| c.is_ascii_digit()));
        is_clause.then_some(clause)
    })
}

fn function_name(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fn ")?;
    let name = word(rest);
    (!name.is_empty()).then_some(name)
}

/// The name of the item that a line begins, if it is no comment and no attribute.
fn item_name(line: &str) -> Option<&str> {
    if line.is_empty() || line.starts_with("//") || line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    for prefix in ["pub(crate) ", "pub(super) ", "pub ", "const ", "static ", "unsafe ", "extern \"C\" "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    for keyword in ["fn ", "struct ", "enum ", "trait ", "type ", "mod ", "union ", "impl "] {
        rest = rest.strip_prefix(keyword).unwrap_or(rest);
    }
    let name = word(rest);
    (!name.is_empty()).then_some(name)
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(clause: &str, item: &str, in_test: bool) -> Cited {
        Cited { clause: clause.to_owned(), item: item.to_owned(), in_test }
    }

    #[test]
    fn a_tag_belongs_to_the_item_behind_it_or_to_the_function_around_it() {
        let tag = format!("{}{}", TAG.0, TAG.1);
        let source = format!(
            "//! All of {tag}9.1.\n\n/// One ({tag}9.3.2, {tag}Annex A.4).\n#[inline]\npub(crate) const fn one() {{\n    // {tag}7.2\n}}\n\
             #[cfg(test)]\n#[expect(lint)]\nmod tests {{\n    /// {tag}9.3.2\n    #[test]\n    fn shows() {{}}\n}}\n"
        );
        let expected = [
            cited("9.1", "the file", false),
            cited("9.3.2", "one", false),
            cited("A.4", "one", false),
            cited("7.2", "one", false),
            cited("9.3.2", "shows", true),
        ];
        assert_eq!(citations(&source, false), expected);
        assert!(citations(&source, true).iter().all(|cited| cited.in_test));
    }

    #[test]
    fn clauses_are_sorted_by_number_and_annexes_come_last() {
        let mut clauses = vec!["A.2", "9.5.11", "9.5.2", "10", "9"];
        clauses.sort_by_key(|clause| key(clause));
        assert_eq!(clauses, ["9", "9.5.2", "9.5.11", "10", "A.2"]);
    }

    #[test]
    fn a_clause_without_a_test_is_visible_and_one_without_a_subject_an_error() {
        let mut places = BTreeMap::new();
        places.insert("9.1".to_owned(), Places { code: ["`a`: b".to_owned()].into(), tests: BTreeSet::new() });
        let clauses = serde_json::json!({ "about": { "9": "roles" }, "not_implemented": { "17.4": "clusters" } });
        let report = write_report(&places, &clauses).expect("all is said");
        assert!(report.contains("| 9.1 | roles | `a`: b | **no test cites it** |"), "{report}");
        assert!(report.contains("| 17.4 | clusters |"), "{report}");
        assert!(write_report(&places, &serde_json::json!({})).is_err_and(|error| error.ends_with("9.1")));
    }
}
