//! pmc of linuxptp, and what it prints.

use crate::netns::{Host, require_tool};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What pmc printed for each id: who answered, and the fields. Of several answers the last.
pub type Printed = BTreeMap<String, (String, BTreeMap<String, String>)>;

/// Stands for the id of an answer that refuses; of which id, pmc does not tell.
pub const REFUSED: &str = "MANAGEMENT_ERROR_STATUS";

const LIMIT: Duration = Duration::from_secs(30);

/// Runs pmc with these options and requests.
#[must_use]
pub fn pmc(host: &Host, options: &[&str], requests: &[&str]) -> Printed {
    require_tool("pmc", "linuxptp");
    let mut process = host.spawn("pmc", "pmc", &[options, &["-b", "0"], requests].concat());
    let (status, lines) = process.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
    let mut printed = Printed::new();
    let mut current = String::new();
    for line in &lines {
        let words: Vec<_> = line.split_whitespace().collect();
        match &words[..] {
            [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", "MANAGEMENT", id] => {
                current = (*id).to_owned();
                printed.insert(current.clone(), ((*source).to_owned(), BTreeMap::new()));
            }
            [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", REFUSED, ..] => {
                current = REFUSED.to_owned();
                printed.insert(current.clone(), ((*source).to_owned(), BTreeMap::new()));
            }
            ["sending:", ..] => {}
            [name, value @ ..] => {
                if let Some((_, fields)) = printed.get_mut(&current) {
                    fields.insert((*name).to_owned(), value.join(" "));
                }
            }
            [] => {}
        }
    }
    printed
}

/// Runs pmc against the UNIX socket at `path`.
#[must_use]
pub fn pmc_local(host: &Host, path: &Path, requests: &[&str]) -> Printed {
    let path = path.to_string_lossy();
    let own = format!("{path}.pmc");
    pmc(host, &["-u", "-s", &path, "-i", &own], requests)
}
