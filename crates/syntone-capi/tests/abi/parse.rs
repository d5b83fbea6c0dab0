//! What the header declares. It is made by cbindgen, which always writes in the same way.

/// Declared in the header.
pub(crate) struct Declared {
    /// Each number, and what it is called in Rust.
    pub(crate) constants: Vec<(String, String)>,
    /// Each struct with its members.
    pub(crate) structs: Vec<(String, Vec<String>)>,
    /// Each function and type of a function, in one line.
    pub(crate) functions: Vec<String>,
}

/// The name in Rust of a type.
pub(crate) fn camel(name: &str) -> String {
    let upper = |word: &str| word[..1].to_uppercase() + &word[1..].to_lowercase();
    name.split('_').map(upper).collect()
}

pub(crate) fn declared(header: &str) -> Declared {
    let mut declared = Declared { constants: Vec::new(), structs: Vec::new(), functions: Vec::new() };
    for line in header.lines() {
        let Some((name, _)) = line.strip_prefix("#define ").and_then(|line| line.split_once(' ')) else { continue };
        if !name.contains('(') {
            declared.constants.push((name.to_owned(), name.to_owned()));
        }
    }
    let introduction = header.split_once("*/").map_or(header, |(_, rest)| rest);
    let code =
        introduction.lines().filter(|line| !line.starts_with('#')).map(|line| line.split("//").next().unwrap_or(""));
    let code: Vec<String> = code.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    // The functions stand in braces of their own.
    for item in items(&code.join(" ").replace("extern \"C\" {", "")) {
        declared.add(&item);
    }
    declared
}

/// What ends with a semicolon outside of braces.
fn items(code: &str) -> Vec<String> {
    let (mut depth, mut items, mut item) = (0, Vec::new(), String::new());
    for character in code.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        if character == ';' && depth == 0 {
            items.push(core::mem::take(&mut item).trim().to_owned());
        } else {
            item.push(character);
        }
    }
    items
}

impl Declared {
    fn add(&mut self, item: &str) {
        match item.split_once(" {") {
            Some((head, body)) if head.starts_with("typedef struct ") => {
                let name = head.trim_start_matches("typedef struct ");
                let members = body.split(';').filter_map(|member| member_name(member.trim().trim_start_matches('}')));
                self.structs.push((name.to_owned(), members.collect()));
            }
            Some((head, body)) if head.starts_with("enum ") => {
                let name = head.split(' ').nth(1).unwrap_or_default();
                let numbers = body.split(',').filter_map(|number| number.split_once(" =")).map(|(name, _)| name.trim());
                for number in numbers {
                    let variant = camel(&number[name.len() + 1..]);
                    self.constants.push((number.to_owned(), format!("{}::{variant}", camel(name))));
                }
            }
            _ if item.contains('(') => self.functions.push(item.to_owned()),
            _ => {}
        }
    }
}

/// `uint8_t octets[16]` is octets, `int32_t (*send)(void *context)` is send.
fn member_name(member: &str) -> Option<String> {
    if let Some((_, rest)) = member.split_once("(*") {
        return rest.split(')').next().map(str::to_owned);
    }
    // What stands behind the brace is the name of the struct.
    let (_, name) = member.rsplit_once(' ').filter(|(kind, _)| !kind.is_empty())?;
    let name = name.trim_start_matches('*').split('[').next()?;
    Some(name.to_owned())
}
