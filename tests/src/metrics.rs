//! What a daemon tells over HTTP, read by the reference parser of OpenMetrics; and clients that mean harm.

use crate::netns::{Host, require_tool};
use crate::process::Process;
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
/// Asks and parses, strictly; prints one object of samples.
const SCRAPE: &str = include_str!("scrape.py");
/// Keeps a server busy without any use; prints what has become of its connections.
const HARM: &str = include_str!("harm.py");

/// The samples by name and labels, as `name{a="1",b="2"}` with the labels in the order of their names.
pub type Samples = BTreeMap<String, f64>;

/// What the server at this address tells to a program on `host`.
///
/// # Panics
/// If it does not answer, or if the answer breaks the format.
#[must_use]
pub fn scrape(host: &Host, address: &str) -> Samples {
    let printed = python(host, "scrape", SCRAPE, &[&format!("http://{address}/metrics")]);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

/// Starts clients on `host` that connect and send nothing, garbage, or a request octet by octet, for some seconds.
#[must_use]
pub fn harm(host: &Host, address: &str, seconds: u32) -> Process {
    let (name, port) = address.rsplit_once(':').expect("an address with a port");
    host.spawn("harm", "/usr/bin/python3", &["-c", HARM, name, port, &seconds.to_string()])
}

/// What Prometheus answers to a query of its interface for programs.
#[must_use]
pub fn ask_prometheus(host: &Host, path: &str) -> serde_json::Value {
    let script = "import sys, urllib.request\n\
        try: print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())\n\
        except OSError as error: print('null')";
    let printed = python(host, "query", script, &[&format!("http://127.0.0.1:9090/api/v1/{path}")]);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

fn python(host: &Host, label: &str, script: &str, arguments: &[&str]) -> String {
    // Debian's own, which finds the packages of Debian.
    require_tool("/usr/bin/python3", "python3");
    let all = [&["-c", script], arguments].concat();
    let (status, lines) = host.spawn(label, "/usr/bin/python3", &all).unshown().wait_for_end(LIMIT);
    assert!(status.success(), "{label}: {status}: {lines:?}");
    lines.concat()
}
