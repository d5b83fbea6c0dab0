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

/// An answer as pmc printed it: who answered, the id, and the fields.
pub type Answer = (String, String, BTreeMap<String, String>);

/// Runs pmc with these options and requests, to clocks on the same path.
#[must_use]
pub fn pmc(host: &Host, options: &[&str], requests: &[&str]) -> Printed {
    let answers = pmc_answers(host, &[options, &["-b", "0"]].concat(), requests);
    answers.into_iter().map(|(source, id, fields)| (id, (source, fields))).collect()
}

/// All answers to these requests, in their order.
#[must_use]
pub fn pmc_answers(host: &Host, options: &[&str], requests: &[&str]) -> Vec<Answer> {
    require_tool("pmc", "linuxptp");
    let mut process = host.spawn("pmc", "pmc", &[options, requests].concat());
    let (status, lines) = process.wait_for_end(LIMIT);
    assert!(status.success(), "{status}: {lines:?}");
    let mut answers: Vec<Answer> = Vec::new();
    for line in &lines {
        let words: Vec<_> = line.split_whitespace().collect();
        match &words[..] {
            [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", "MANAGEMENT", id]
            | [source, "seq", _, "RESPONSE" | "ACKNOWLEDGE", id @ REFUSED, ..] => {
                answers.push(((*source).to_owned(), (*id).to_owned(), BTreeMap::new()));
            }
            ["sending:", ..] | [] => {}
            [name, value @ ..] => {
                if let Some((_, _, fields)) = answers.last_mut() {
                    fields.insert((*name).to_owned(), value.join(" "));
                }
            }
        }
    }
    answers
}

/// Runs pmc against the UNIX socket at `path`.
#[must_use]
pub fn pmc_local(host: &Host, path: &Path, requests: &[&str]) -> Printed {
    let (path, own) = (path.to_string_lossy(), own(path));
    pmc(host, &["-u", "-s", &path, "-i", &own], requests)
}

/// Runs pmc against the UNIX socket at `path`, and through it as many hops away.
#[must_use]
pub fn pmc_through(host: &Host, path: &Path, hops: u8, requests: &[&str]) -> Vec<Answer> {
    let (path, own) = (path.to_string_lossy(), own(path));
    pmc_answers(host, &["-u", "-s", &path, "-i", &own, "-b", &hops.to_string()], requests)
}

fn own(path: &Path) -> String {
    format!("{}.pmc", path.display())
}
