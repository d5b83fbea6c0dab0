//! House rules that no compiler checks.

use crate::context::Context;
use crate::source;
use std::fs;
use std::path::Path;

/// Lines of a source file without its tests.
const FILE_LINES: usize = 400;
/// Nine functions in ten are no longer.
const USUAL_LINES: usize = 25;
/// What may stand in the root folder beside files that begin with a dot.
const ROOT: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "crates",
    "examples",
    "hal-template",
    "tests",
    "benches",
    "docs",
    "packaging",
    "xtask",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
];
/// What must not be written anywhere. In two halves, or this file would break the rule.
const WORDS: [(&str, &str); 8] = [
    ("/wo", "rk/"),
    ("/tm", "p/wt"),
    ("/tm", "p/target-"),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
    ("HA", "CK"),
    ("#[ig", "nore"),
];

/// Checks every file that git tracks.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let mut complaints = Vec::new();
    let mut lengths = Vec::new();
    for file in context.files()? {
        check_place(&file, &mut complaints);
        let Ok(text) = fs::read_to_string(context.root.join(&file)) else { continue };
        check_words(&file, &text, &mut complaints);
        if is_source(&file) {
            check_length(&file, &text, &mut complaints);
            let functions = source::functions(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            lengths.extend(functions.iter().map(|function| function.length));
        }
    }
    check_functions(&lengths, &mut complaints);
    if complaints.is_empty() { Ok(()) } else { Err(format!("house rules broken:\n{}", complaints.join("\n"))) }
}

fn is_source(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let is_test = file.iter().any(|part| part == "tests") || name == "tests" || name.ends_with("_tests");
    file.extension().is_some_and(|extension| extension == "rs") && !is_test
}

fn check_place(file: &Path, complaints: &mut Vec<String>) {
    let top = file.components().next().map(|part| part.as_os_str().to_string_lossy()).unwrap_or_default();
    if !top.starts_with('.') && !ROOT.contains(&&*top) {
        complaints.push(format!("{top}: does not belong in the root folder"));
    }
}

fn check_words(file: &Path, text: &str, complaints: &mut Vec<String>) {
    for (number, line) in text.lines().enumerate() {
        for (first, second) in WORDS {
            if has_word(line, &format!("{first}{second}")) {
                complaints.push(format!("{}:{}: must not say {first}{second}", file.display(), number + 1));
            }
        }
    }
}

/// `line` holds `word` not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    line.match_indices(word).any(|(at, _)| {
        let plain = word.chars().all(|letter| letter.is_ascii_uppercase());
        let (before, after) = (line.get(..at).unwrap_or(""), line.get(at + word.len()..).unwrap_or(""));
        !plain || !(joins(before.chars().next_back()) || joins(after.chars().next()))
    })
}

fn check_length(file: &Path, text: &str, complaints: &mut Vec<String>) {
    let lines = source::lines_without_tests(text);
    if lines > FILE_LINES {
        complaints.push(format!("{}: {lines} lines without its tests, more than {FILE_LINES}", file.display()));
    }
}

fn check_functions(lengths: &[usize], complaints: &mut Vec<String>) {
    let long = lengths.iter().filter(|length| **length > USUAL_LINES).count();
    println!("{} functions, {long} longer than {USUAL_LINES} lines", lengths.len());
    if long * 10 > lengths.len() {
        complaints.push(format!("more than one function in ten is longer than {USUAL_LINES} lines"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_inside_a_word_is_another_word() {
        let word = ["XX", "X"].concat();
        assert!(has_word(&format!("// {word}: later"), &word));
        assert!(!has_word(&format!("mkstemp(a{word}{word})"), &word));
        assert!(has_word(&["see /wo", "rk/main"].concat(), &["/wo", "rk/"].concat()));
    }

    #[test]
    fn strangers_in_the_root_folder_are_named() {
        let mut complaints = Vec::new();
        for file in ["Cargo.toml", ".ci/run", "crates/a/b.rs", "notes.txt"] {
            check_place(Path::new(file), &mut complaints);
        }
        assert_eq!(complaints, ["notes.txt: does not belong in the root folder"]);
    }

    #[test]
    fn a_long_file_is_named_but_its_tests_do_not_count() {
        let mut complaints = Vec::new();
        let tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "a\n".repeat(400), "b\n".repeat(400));
        check_length(Path::new("fits.rs"), &tests, &mut complaints);
        assert!(complaints.is_empty());
        check_length(Path::new("long.rs"), &"a\n".repeat(401), &mut complaints);
        assert_eq!(complaints, ["long.rs: 401 lines without its tests, more than 400"]);
    }
}
