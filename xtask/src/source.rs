//! Reading Rust source as tokens: the paths it names and the lengths of its functions.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path that begins with `crate` or `super`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Its segments, the first one too.
    pub(crate) path: Vec<String>,
    /// The line it begins on.
    pub(crate) line: usize,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The line of its `fn`.
    pub(crate) line: usize,
    /// Lines from its `fn` to its last brace.
    pub(crate) length: usize,
}

/// Every path from `crate` or `super` in `source` outside its tests.
pub(crate) fn mentions(source: &str) -> Result<Vec<Mention>, String> {
    let mut found = Vec::new();
    collect_mentions(&without_tests(tokens(source)?), &mut found);
    Ok(found)
}

/// Every function in `source` outside its tests.
pub(crate) fn functions(source: &str) -> Result<Vec<Function>, String> {
    let mut found = Vec::new();
    collect_functions(&without_tests(tokens(source)?), &mut found);
    Ok(found)
}

/// Lines of `source` up to its tests, which stand last.
pub(crate) fn lines_without_tests(source: &str) -> usize {
    let lines: Vec<&str> = source.lines().collect();
    let tests = lines.iter().zip(lines.iter().skip(1)).position(|(first, second)| {
        first.trim() == "#[cfg(test)]" && second.trim_start().starts_with("mod ") && second.trim_end().ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

fn tokens(source: &str) -> Result<Vec<TokenTree>, String> {
    let stream: TokenStream = source.parse().map_err(|error| format!("not Rust: {error}"))?;
    Ok(stream.into_iter().collect())
}

/// The same tokens without each item that stands behind `#[cfg(test)]`.
fn without_tests(tokens: Vec<TokenTree>) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let is_test = is_punct(&token, '#') && rest.peek().is_some_and(|next| next.to_string() == "[cfg (test)]");
        if is_test {
            let ends = |token: &TokenTree| is_punct(token, ';') || braces(token).is_some();
            rest.by_ref().find(ends);
        } else {
            kept.push(token);
        }
    }
    kept
}

fn collect_mentions(tokens: &[TokenTree], found: &mut Vec<Mention>) {
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token {
            TokenTree::Ident(word) if (word == "crate" || word == "super") && separator(tokens, index) => {
                let line = word.span().start().line;
                index = follow(tokens, index, vec![word.to_string()], line, found);
            }
            TokenTree::Group(group) => collect_mentions(&inside(group), found),
            _ => {}
        }
    }
}

/// Follows a path whose next token is at `index`, a `::`; returns the index behind it.
fn follow(
    tokens: &[TokenTree],
    mut index: usize,
    mut path: Vec<String>,
    line: usize,
    found: &mut Vec<Mention>,
) -> usize {
    while separator(tokens, index) {
        match tokens.get(index + 2) {
            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                follow_list(&inside(group), &path, found);
                return index + 3;
            }
            _ => break,
        }
        index += 3;
    }
    found.push(Mention { path, line });
    index
}

/// The branches of `path::{a, b::c}`.
fn follow_list(tokens: &[TokenTree], path: &[String], found: &mut Vec<Mention>) {
    for branch in tokens.split(|token| is_punct(token, ',')) {
        if let Some(TokenTree::Ident(word)) = branch.first() {
            let path = path.iter().cloned().chain([word.to_string()]).collect();
            follow(branch, 1, path, word.span().start().line, found);
        }
    }
}

fn collect_functions(tokens: &[TokenTree], found: &mut Vec<Function>) {
    for (index, token) in tokens.iter().enumerate() {
        if let (TokenTree::Ident(word), Some(TokenTree::Ident(name))) = (token, tokens.get(index + 1))
            && word == "fn"
        {
            let rest = tokens.get(index..).unwrap_or_default();
            let body = rest.iter().take_while(|token| !is_punct(token, ';')).find_map(braces);
            if let Some(body) = body {
                let (line, end) = (word.span().start().line, body.span_close().end().line);
                found.push(Function { name: name.to_string(), line, length: end + 1 - line });
            }
        }
        if let TokenTree::Group(group) = token {
            collect_functions(&inside(group), found);
        }
    }
}

fn inside(group: &Group) -> Vec<TokenTree> {
    without_tests(group.stream().into_iter().collect())
}

fn braces(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

fn separator(tokens: &[TokenTree], index: usize) -> bool {
    let colon = |index| tokens.get(index).is_some_and(|token| is_punct(token, ':'));
    colon(index) && colon(index + 1)
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        mentions(source).expect("Rust").into_iter().map(|mention| mention.path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_imports_expressions_and_macros() {
        let source = "use crate::{a::{B, c::D as E}, f};\nfn g() { assert!(super::h::I == crate::j()); }";
        assert_eq!(paths(source), ["crate::a::B", "crate::a::c::D", "crate::f", "super::h::I", "crate::j"]);
    }

    #[test]
    fn tests_comments_and_strings_are_not_source() {
        let source = "// crate::a\nconst A: &str = \"crate::b\";\n#[cfg(test)]\nmod tests { use crate::c::D; }\n\
                      #[cfg(test)]\nuse crate::e::F;\nuse crate::g::H;";
        assert_eq!(paths(source), ["crate::g::H"]);
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_last_brace() {
        let source = "trait A { fn b(); }\nimpl C {\n  fn d(e: fn(u8)) -> u8 {\n    1\n  }\n}";
        assert_eq!(functions(source).expect("Rust"), [Function { name: "d".to_owned(), line: 3, length: 3 }]);
    }

    #[test]
    fn lines_are_counted_up_to_the_tests() {
        assert_eq!(lines_without_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert_eq!(lines_without_tests("a\n#[cfg(test)]\nuse b;\nc\n"), 4);
    }
}
